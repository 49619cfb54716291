"""Deadline, documents, supplements."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from math import ceil

from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Channel,
    Document,
    DocumentKind,
    Supplement,
    SupplementAnswer,
)
from smartcert.model.citation import Basis, Cited, Text
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.rules.parameters import DocumentsRules, ReceiptMoment, ReceiptRules
from smartcert.rules.rulebook import Rules

# --- Received in time and by an allowed channel (the round's call; Notice 2021-223 Art. 9).


def check_receipt(application: Application, window: ApplicationWindow, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on time, channel and official letter.

    The window's own minutes belong to it where ``bounds_included`` says so: an application of 18:00 is in time for a
    window that closes at 18:00, one of 18:01 is one minute late. What counts for mail is the moment of arrival unless
    the rules say postmark.
    """
    return (
        _check_time(application, window, rules.receipt),
        _check_channel(application, rules.receipt),
        *_check_official_letter(application, rules.receipt),
    )


def _check_time(application: Application, window: ApplicationWindow, rules: ReceiptRules) -> Finding:
    moment = _counting_moment(application, rules)
    facts = {"arrived": application.arrived_at, "opens": window.opens_at, "closes": window.closes_at}
    channel = {"channel": f"channel.{application.channel}"}
    basis: tuple[Basis, ...] = (window.basis, rules.moment.basis, rules.bounds_included.basis)
    if _is_early(moment, window, rules):
        return _receipt_finding("received_early", Outcome.NOT_MET, basis, Facts(terms=channel, moments=facts))
    if not _is_late(moment, window, rules):
        return _receipt_finding("received_in_time", Outcome.MET, basis, Facts(terms=channel, moments=facts))
    minutes = {"minutes": Fraction(ceil((moment - window.closes_at).total_seconds() / 60))}
    sent = application.sent_at
    refuses = rules.late_is_not_evaluated
    basis = (*basis, refuses.basis)
    if sent is not None and application.channel is Channel.MAIL and not _is_late(sent, window, rules):
        late = Facts(terms=channel, moments=facts | {"sent": sent}, numbers=minutes)
        return _receipt_finding("posted_in_time_arrived_late", Outcome.NOT_MET, basis, late, refuses=refuses.value)
    late = Facts(terms=channel, moments=facts, numbers=minutes)
    return _receipt_finding("received_late", Outcome.NOT_MET, basis, late, refuses=refuses.value)


def _counting_moment(application: Application, rules: ReceiptRules) -> datetime:
    if rules.moment.value is ReceiptMoment.POSTMARK and application.sent_at is not None:
        return application.sent_at
    return application.arrived_at


def _is_early(moment: datetime, window: ApplicationWindow, rules: ReceiptRules) -> bool:
    return moment < window.opens_at or (moment == window.opens_at and not rules.bounds_included.value)


def _is_late(moment: datetime, window: ApplicationWindow, rules: ReceiptRules) -> bool:
    return moment > window.closes_at or (moment == window.closes_at and not rules.bounds_included.value)


def _check_channel(application: Application, rules: ReceiptRules) -> Finding:
    terms = {"channel": f"channel.{application.channel}"}
    if application.channel in rules.default_channels.value:
        return _receipt_finding("channel_default", Outcome.MET, (rules.default_channels.basis,), Facts(terms=terms))
    basis = (rules.exceptional_channels.basis, rules.reason_needed.basis)
    allowed = application.channel in rules.exceptional_channels.value
    if allowed and (application.channel_reason or not rules.reason_needed.value):
        facts = Facts(terms=terms, words={"reason": application.channel_reason})
        return _receipt_finding("channel_reason_given", Outcome.MET, basis, facts)
    return _receipt_finding("channel_reason_missing", Outcome.NOT_MET, basis, Facts(terms=terms))


def _check_official_letter(application: Application, rules: ReceiptRules) -> tuple[Finding, ...]:
    if application.channel not in rules.official_letter_with.value:
        return ()
    basis = (rules.official_letter_with.basis,)
    if application.official_letter:
        return (_receipt_finding("official_letter_received", Outcome.MET, basis, Facts()),)
    return (_receipt_finding("official_letter_missing", Outcome.NOT_MET, basis, Facts()),)


def _receipt_finding(
    code: str, outcome: Outcome, basis: tuple[Basis, ...], facts: Facts, *, refuses: bool | None = None
) -> Finding:
    stops = outcome is Outcome.NOT_MET if refuses is None else refuses
    return Finding(code=code, stage=Stage.RECEIPT, outcome=outcome, basis=basis, facts=facts, refuses=stops)


# --- The five documents of the call, what is wrong with them, and what became of each request for a supplement.


def check_documents(application: Application, rules: Rules) -> tuple[Finding, ...]:
    """Return a finding per document and deficiency, and per supplement that a deficiency called for.

    A supplement answered on its last day is in time. A deficiency counts as met once it was supplemented in time, is
    open while the answer may still come, and is not met otherwise; whether the application then goes no further is
    ``documents.incomplete_is_not_evaluated``.
    """
    wanted = [*rules.documents.required.value, *_list_requested(application, rules.documents)]
    by_kind = {document.kind: document for document in application.documents}
    findings = [
        finding
        for kind in wanted
        for finding in _check_document(kind, by_kind.get(kind), _latest_supplement(application, kind), rules.documents)
    ]
    return (*findings, *_check_misrepresentation(application, rules.documents))


def _list_requested(application: Application, rules: DocumentsRules) -> list[DocumentKind]:
    asked = {document.kind for document in application.documents if document.requested}
    return [kind for kind in rules.on_request.value if kind in asked]


def _latest_supplement(application: Application, kind: DocumentKind) -> Supplement | None:
    asked = [supplement for supplement in application.supplements if supplement.document is kind]
    return max(asked, key=lambda supplement: (supplement.asked_on, supplement.due_on), default=None)


def _check_document(
    kind: DocumentKind, document: Document | None, supplement: Supplement | None, rules: DocumentsRules
) -> list[Finding]:
    terms = {"document": f"document.{kind}"}
    basis = _required_by(kind, rules)
    deficiencies = _list_deficiencies(kind, document, rules)
    if not deficiencies:
        return [_documents_finding("document_complete", Outcome.MET, basis, Facts(terms=terms))]
    answer = _check_supplement(terms, supplement, rules)
    state = answer.outcome
    return [_documents_finding(code, state, basis, Facts(terms=terms)) for code in deficiencies] + [answer]


def _required_by(kind: DocumentKind, rules: DocumentsRules) -> tuple[Basis, ...]:
    lists: tuple[Cited[tuple[DocumentKind, ...]], ...] = (
        rules.required,
        rules.on_request,
        rules.sealed,
        rules.lookup_table,
    )
    return tuple(rule.basis for rule in lists if kind in rule.value)


def _list_deficiencies(kind: DocumentKind, document: Document | None, rules: DocumentsRules) -> list[str]:
    if document is None or not document.received:
        return ["document_missing"]
    found = []
    if kind in rules.sealed.value and not document.sealed:
        found.append("document_unsealed")
    if kind in rules.lookup_table.value and not document.lookup_table:
        found.append("document_without_lookup_table")
    return found


def _check_supplement(terms: dict[str, str], supplement: Supplement | None, rules: DocumentsRules) -> Finding:
    if supplement is None or not rules.supplement.value:
        return _stop("supplement_not_asked", Facts(terms=terms), rules)
    days = {"asked": supplement.asked_on, "due": supplement.due_on}
    if supplement.answer is SupplementAnswer.UNREACHABLE:
        return _stop_at_own_risk("supplement_unreachable", Facts(terms=terms, days=days), rules.risk_unreachable, rules)
    if supplement.answer is SupplementAnswer.PENDING:
        return _stop("supplement_pending", Facts(terms=terms, days=days), rules, Outcome.OPEN)
    if supplement.answered_on is None or supplement.answer is SupplementAnswer.NO_ANSWER:
        return _stop_at_own_risk("supplement_no_answer", Facts(terms=terms, days=days), rules.risk_no_answer, rules)
    facts = Facts(terms=terms, days=days | {"answered": supplement.answered_on})
    if supplement.answered_on > supplement.due_on:
        return _stop("supplement_late", facts, rules)
    return _documents_finding("supplement_answered", Outcome.MET, (rules.supplement.basis,), facts)


def _stop_at_own_risk(code: str, facts: Facts, risk: Cited[Text], rules: DocumentsRules) -> Finding:
    told = Facts(terms=facts.terms, days=facts.days, names={"risk": risk.value})
    return _stop(code, told, rules, basis=(risk.basis,))


def _stop(
    code: str,
    facts: Facts,
    rules: DocumentsRules,
    outcome: Outcome = Outcome.NOT_MET,
    basis: tuple[Basis, ...] = (),
) -> Finding:
    incomplete = rules.incomplete_is_not_evaluated
    rests_on = (rules.supplement.basis, incomplete.basis, *basis)
    return _documents_finding(code, outcome, rests_on, facts, refuses=incomplete.value)


def _check_misrepresentation(application: Application, rules: DocumentsRules) -> tuple[Finding, ...]:
    if not application.misrepresentation:
        return ()
    rule = rules.misrepresentation_is_not_evaluated
    facts = Facts(words={"found": application.misrepresentation}, names={"risk": rules.risk_misrepresentation.value})
    basis = (rule.basis, rules.risk_misrepresentation.basis)
    return (_documents_finding("misrepresentation", Outcome.NOT_MET, basis, facts, refuses=rule.value),)


def _documents_finding(
    code: str, outcome: Outcome, basis: tuple[Basis, ...], facts: Facts, *, refuses: bool = False
) -> Finding:
    return Finding(code=code, stage=Stage.DOCUMENTS, outcome=outcome, basis=basis, facts=facts, refuses=refuses)
