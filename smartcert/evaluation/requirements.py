"""Did an application come in time, by an allowed channel, with all its documents?

The call of the round; Notice 2021-223 Art. 9.
"""

from __future__ import annotations

from dataclasses import replace
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
from smartcert.model.evaluation import Facts, Finding, FindingOutcome, Stage
from smartcert.rules.parameters import DocumentsRules, ReceiptMoment, ReceiptRules
from smartcert.rules.rulebook import Rules


def check_receipt(application: Application, window: ApplicationWindow, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on time, channel and official letter.

    The window's own minutes belong to it where ``bounds_included`` says so: an application of 18:00 is in time for a
    window that closes at 18:00, one of 18:01 is one minute late. What counts for mail is the moment of arrival unless
    the rules say postmark. Each finding cites the rules that decided it: that on bounds only at a bound.
    """
    findings = [_check_time(application, window, rules.receipt), _check_channel(application, rules.receipt)]
    letter = rules.receipt.official_letter_with
    if application.channel in letter.value:
        code, outcome = (
            ("official_letter_received", FindingOutcome.MET)
            if application.official_letter
            else ("official_letter_missing", FindingOutcome.NOT_MET)
        )
        findings.append(_receipt_finding(code, outcome, (letter.basis,), Facts()))
    return tuple(findings)


def _check_time(application: Application, window: ApplicationWindow, rules: ReceiptRules) -> Finding:
    sent, moment = application.sent_at, application.arrived_at
    if rules.moment.value is ReceiptMoment.POSTMARK and sent is not None:
        moment = sent
    facts = Facts(
        terms={"channel": f"channel.{application.channel}"},
        moments={"arrived": application.arrived_at, "opens": window.opens_at, "closes": window.closes_at},
    )
    basis: tuple[Basis, ...] = (window.basis, rules.moment.basis)
    if moment in (window.opens_at, window.closes_at):
        basis = (*basis, rules.bounds_included.basis)
    if moment < window.opens_at or (moment == window.opens_at and not rules.bounds_included.value):
        early = rules.early_is_not_evaluated
        basis = (*basis, early.basis)
        return _receipt_finding("received_early", FindingOutcome.NOT_MET, basis, facts, refuses=early.value)
    if not _is_late(moment, window, rules):
        return _receipt_finding("received_in_time", FindingOutcome.MET, basis, facts)
    late = rules.late_is_not_evaluated
    basis = (*basis, late.basis)
    facts = replace(facts, numbers={"minutes": Fraction(ceil((moment - window.closes_at).total_seconds() / 60))})
    if sent is not None and application.channel is Channel.MAIL and not _is_late(sent, window, rules):
        facts = replace(facts, moments={**facts.moments, "sent": sent})
        return _receipt_finding("posted_in_time_arrived_late", FindingOutcome.NOT_MET, basis, facts, refuses=late.value)
    return _receipt_finding("received_late", FindingOutcome.NOT_MET, basis, facts, refuses=late.value)


def _is_late(moment: datetime, window: ApplicationWindow, rules: ReceiptRules) -> bool:
    return moment > window.closes_at or (moment == window.closes_at and not rules.bounds_included.value)


def _check_channel(application: Application, rules: ReceiptRules) -> Finding:
    terms = {"channel": f"channel.{application.channel}"}
    if application.channel in rules.default_channels.value:
        return _receipt_finding(
            "channel_default", FindingOutcome.MET, (rules.default_channels.basis,), Facts(terms=terms)
        )
    if application.channel not in rules.exceptional_channels.value:
        basis = (rules.default_channels.basis, rules.exceptional_channels.basis)
        return _receipt_finding("channel_not_allowed", FindingOutcome.NOT_MET, basis, Facts(terms=terms))
    basis = (rules.exceptional_channels.basis, rules.reason_needed.basis)
    if application.channel_reason or not rules.reason_needed.value:
        words = {"reason": application.channel_reason} if application.channel_reason else {}
        return _receipt_finding("channel_reason_given", FindingOutcome.MET, basis, Facts(terms=terms, words=words))
    return _receipt_finding("channel_reason_missing", FindingOutcome.NOT_MET, basis, Facts(terms=terms))


def _receipt_finding(
    code: str, outcome: FindingOutcome, basis: tuple[Basis, ...], facts: Facts, *, refuses: bool | None = None
) -> Finding:
    if refuses is None:
        refuses = outcome is FindingOutcome.NOT_MET
    return Finding(code=code, stage=Stage.RECEIPT, outcome=outcome, basis=basis, facts=facts, refuses=refuses)


def check_documents(application: Application, rules: Rules) -> tuple[Finding, ...]:
    """Return a finding per document and deficiency, and per supplement that a deficiency called for.

    A supplement answered on its last day is in time. A deficiency counts as met once it was supplemented in time, is
    open while the answer may still come, and is not met otherwise; whether the application then goes no further is
    ``documents.incomplete_is_not_evaluated``.
    """
    wanted = rules.documents
    by_kind = {document.kind: document for document in application.documents}
    requested = {document.kind for document in application.documents if document.requested}
    findings: list[Finding] = []
    for kind in (*wanted.required.value, *(kind for kind in wanted.on_request.value if kind in requested)):
        supplements = [supplement for supplement in application.supplements if supplement.document is kind]
        last = max(supplements, key=lambda supplement: (supplement.asked_on, supplement.due_on), default=None)
        findings += _check_document(kind, by_kind.get(kind), last, wanted)
    if application.misrepresentation:
        rule, risk = wanted.misrepresentation_is_not_evaluated, wanted.risk_misrepresentation
        facts = Facts(words={"found": application.misrepresentation}, names={"risk": risk.value})
        basis = (rule.basis, risk.basis)
        findings.append(
            _documents_finding("misrepresentation", FindingOutcome.NOT_MET, basis, facts, refuses=rule.value)
        )
    return tuple(findings)


def _check_document(
    kind: DocumentKind, document: Document | None, supplement: Supplement | None, rules: DocumentsRules
) -> list[Finding]:
    facts = Facts(terms={"document": f"document.{kind}"})
    wanted = rules.required if kind in rules.required.value else rules.on_request
    received = document is not None and document.received
    checks: tuple[tuple[str, Cited[tuple[DocumentKind, ...]], bool | None], ...] = (
        ("document_missing", wanted, received),
        ("document_unsealed", rules.sealed, not received or (document is not None and document.sealed)),
        (
            "document_without_lookup_table",
            rules.lookup_table,
            not received or (document is not None and document.lookup_table),
        ),
    )
    applied = [(code, rule.basis, met) for code, rule, met in checks if kind in rule.value]
    deficiencies = [(code, basis) for code, basis, met in applied if not met]
    if not deficiencies:
        bases = tuple(basis for _, basis, _ in applied)
        return [_documents_finding("document_complete", FindingOutcome.MET, bases, facts)]
    answer = _check_supplement(facts, supplement, rules)
    return [*(_documents_finding(code, answer.outcome, (basis,), facts) for code, basis in deficiencies), answer]


def _check_supplement(facts: Facts, supplement: Supplement | None, rules: DocumentsRules) -> Finding:
    if supplement is None or not rules.supplement.value:
        return _stop("supplement_not_asked", facts, rules)
    facts = replace(facts, days={"asked": supplement.asked_on, "due": supplement.due_on})
    if supplement.answer is SupplementAnswer.UNREACHABLE:
        return _stop("supplement_unreachable", facts, rules, risk=rules.risk_unreachable)
    if supplement.answer is SupplementAnswer.PENDING:
        return _stop("supplement_pending", facts, rules, outcome=FindingOutcome.OPEN)
    if supplement.answered_on is None or supplement.answer is SupplementAnswer.NO_ANSWER:
        return _stop("supplement_no_answer", facts, rules, risk=rules.risk_no_answer)
    facts = replace(facts, days={**facts.days, "answered": supplement.answered_on})
    if supplement.answered_on > supplement.due_on:
        return _stop("supplement_late", facts, rules)
    return _documents_finding("supplement_answered", FindingOutcome.MET, (rules.supplement.basis,), facts)


def _stop(
    code: str,
    facts: Facts,
    rules: DocumentsRules,
    *,
    outcome: FindingOutcome = FindingOutcome.NOT_MET,
    risk: Cited[Text] | None = None,
) -> Finding:
    """Return the finding of an incomplete document; ``risk`` are the call's words on whose risk it is."""
    incomplete = rules.incomplete_is_not_evaluated
    basis: tuple[Basis, ...] = (rules.supplement.basis, incomplete.basis)
    if risk is not None:
        facts, basis = replace(facts, names={"risk": risk.value}), (*basis, risk.basis)
    return _documents_finding(code, outcome, basis, facts, refuses=incomplete.value)


def _documents_finding(
    code: str, outcome: FindingOutcome, basis: tuple[Basis, ...], facts: Facts, *, refuses: bool = False
) -> Finding:
    return Finding(code=code, stage=Stage.DOCUMENTS, outcome=outcome, basis=basis, facts=facts, refuses=refuses)
