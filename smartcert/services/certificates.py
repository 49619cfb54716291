"""Issue and check certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from smartcert.certification import events as days
from smartcert.certification.events import Draft, EventKind, Purpose
from smartcert.certification.integrity import verify
from smartcert.certification.signing import (
    QR_MARK,
    PublicKey,
    SigningKey,
    build_qr_code,
    check_certificate_file,
    check_qr_code,
    seal_file,
)
from smartcert.certification.state import Certificate, Law, Period
from smartcert.certification.store import Register
from smartcert.certification.transitions import get_role_rule
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application
from smartcert.model.certification import CertificateCheck, CertificateSeal, CertificateStatement, CertificateStatus
from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.catalogue import Words
from smartcert.reporting.certificate import PrintedCertificate, render_certificate
from smartcert.reporting.records import Record, to_json
from smartcert.rules.rulebook import Rulebook
from smartcert.services.rounds import OpenRound

# --- Makes the certificate of a register entry, and checks certificates with the public key and, at hand, the register.

_MAX_BYTES = 64 * 1024 * 1024
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFiles:
    """A certificate as bytes to be placed; ``pdf`` is None where none was wanted."""

    name: str
    html: bytes
    pdf: bytes | None


def make_certificate(
    register: Path, number: str, key: SigningKey, rulebook: Rulebook, day: date, *, pdf: bool = True
) -> CertificateFiles:
    """Return the certificate with ``number`` as it stands in the register at the end of ``day``, signed with ``key``.

    Raises:
        UsageError: no such register or certificate, one that is not valid any more, a register that is not whole, a
            level that is not known, or a library that is not installed.
    """
    law = rulebook.certification_on
    if verify(register, law):
        raise UsageError(f"{register} is not whole; run 'smartcert register verify' first")
    with Register.read(register) as opened:
        held = opened.certificate(number, law, day)
    if held is None:
        raise UsageError(f"the register has no certificate '{number}' on {day}")
    if held.ended:
        raise UsageError(f"certificate '{number}' was {held.ended} on {held.ended_on}; none is made of it any more")
    if day > held.valid_to:
        raise UsageError(f"certificate '{number}' was valid to {held.valid_to}; none is made of it any more")
    statement = _build_statement(held, key.office)
    qr = build_qr_code(statement, key)
    edition = rulebook.editions.get(held.edition)
    page = render_certificate(
        statement,
        PrintedCertificate(
            code=qr.text,
            edition=edition.title if edition else Text(ko=held.edition, en=held.edition),
            mark=law(day).mark_while_valid.basis,
        ),
    )
    return CertificateFiles(
        name=number,
        html=seal_file(page.encode(), statement, qr, key),
        pdf=seal_file(_render_pdf(page), statement, qr, key) if pdf else None,
    )


def check_certificate(
    given: str, key: PublicKey, day: date, *, register: Path | None = None, law: Law | None = None
) -> CertificateCheck:
    """Return what a certificate is worth on ``day``.

    ``given`` is the path of its HTML or PDF file (or of a text file with the text of its QR code), or that text
    itself. Without a register its own days are looked at, and a revocation cannot be known.

    Raises:
        UsageError: there is no such file, or no register at ``register``.
    """
    checked = _check_signature(given, key)
    if checked.seal is not CertificateSeal.INTACT:
        return checked
    if register is not None and law is not None:
        return _check_register(checked, register, law, day)
    return _check_own_days(checked, day)


def describe_check(checked: CertificateCheck, words: Words, day: date) -> list[tuple[str, str]]:
    """Return the outcome of a check as labels with values; the first is the verdict on the signature."""
    rows = [(words("check.seal"), _describe_seal(checked, words))]
    if checked.seal is not CertificateSeal.INTACT:
        return rows
    office = checked.office or words("check.specimen")
    rows += [(words("check.office"), words.show(office, "text")), (words("check.number"), checked.number)]
    one = checked.statement
    if one is not None:
        rows += [
            (words("check.holder"), words("check.holder_value", name=one.name, code=one.subject)),
            (words("check.level"), words("certificate.level_value", level=one.level)),
            (words("check.period"), words("certificate.period", first=one.valid_from, last=one.valid_to)),
        ]
    rows.append((words("check.entry"), checked.entry))
    rows.append((words("check.status"), _describe_status(checked, words, day)))
    if not checked.register:
        rows.append(("", words("check.not_asked" if one else "check.file_needed")))
    return rows


def _build_statement(held: Certificate, office: str) -> CertificateStatement:
    latest = held.periods[-1]
    if latest.level is None:
        raise UsageError(f"the level of certificate '{held.number}' is not known")
    return CertificateStatement(
        number=held.number,
        subject=held.subject,
        name=held.name,
        size_type=SizeType(held.size_type),
        level=latest.level,
        issued_on=held.issued_on,
        valid_from=latest.valid_from,
        valid_to=latest.valid_to,
        round=held.round,
        edition=held.edition,
        entry=latest.entry,
        office=office,
    )


def _render_pdf(page: str) -> bytes:
    from smartcert.reporting.pdf import render_pdf  # heavy, and an extra

    return render_pdf(page)


def _check_signature(given: str, key: PublicKey) -> CertificateCheck:
    text = given.strip()
    if text.startswith(f"{QR_MARK}:"):
        return check_qr_code(text, key)
    path = Path(given)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path} is no certificate: it is larger than {_MAX_BYTES} bytes")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read {given[:100]!r} ({reason}), and it is no text of a QR code") from None
    if data.strip().startswith(f"{QR_MARK}:".encode()):
        return check_qr_code(data.decode("ascii", errors="replace"), key)
    return check_certificate_file(data, key)


def _check_own_days(checked: CertificateCheck, day: date) -> CertificateCheck:
    one = checked.statement
    if one is None:
        return checked
    if day < one.valid_from:
        return replace(checked, now=CertificateStatus.NOT_YET, since=one.valid_from)
    if day > one.valid_to:
        return replace(checked, now=CertificateStatus.EXPIRED, since=one.valid_to + _DAY)
    return checked


def _check_register(checked: CertificateCheck, register: Path, law: Law, day: date) -> CertificateCheck:
    asked = replace(checked, register=True)
    if verify(register, law):
        return replace(asked, now=CertificateStatus.REGISTER_DAMAGED)
    with Register.read(register) as opened:
        held = opened.certificate(checked.number, law, day)
    if held is None:
        return replace(asked, now=CertificateStatus.NOT_ENTERED)
    if held.ended:
        return replace(asked, now=CertificateStatus(held.ended), since=held.ended_on)
    period = next((one for one in held.periods if one.entry == checked.entry), None)
    if period is None or not _agrees_with_register(checked.statement, held, period):
        return replace(asked, now=CertificateStatus.REPLACED)
    if day < period.valid_from:
        return replace(asked, now=CertificateStatus.NOT_YET, since=period.valid_from)
    if day <= period.valid_to:
        return replace(asked, now=CertificateStatus.VALID)
    if held.covers(day):
        return replace(asked, now=CertificateStatus.REPLACED)
    return replace(asked, now=CertificateStatus.EXPIRED, since=held.valid_to + _DAY)


def _agrees_with_register(statement: CertificateStatement | None, held: Certificate, period: Period) -> bool:
    if statement is None:
        return True
    told = (statement.subject, statement.name, statement.size_type.value, statement.level)
    days = (statement.valid_from, statement.valid_to)
    entered = (held.subject, held.name, held.size_type, period.level)
    return (*told, *days) == (*entered, period.valid_from, period.valid_to)


def _describe_seal(checked: CertificateCheck, words: Words) -> str:
    if checked.seal is CertificateSeal.CHANGED:
        return words(f"check.changed.{checked.why}")
    return words(f"check.{checked.seal}")


def _describe_status(checked: CertificateCheck, words: Words, day: date) -> str:
    key = f"check.now.{checked.now}"
    if checked.now is CertificateStatus.VALID:
        last = checked.statement.valid_to if checked.statement else None
        return words("check.now.valid", day=day, last=last) if last else words("check.now.valid_code", day=day)
    return words(key, since=checked.since) if checked.since else words(key)


# --- From an evaluation of a round to the entries of the register: application, evaluation, proposal, decision, issue.


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """Who acted: for the applicant, in the evaluation (several, parted by ``;``), and at each step after it."""

    applied: str
    evaluated: str
    proposed: str
    decided: str
    issued: str


def draft_entries(
    opened: OpenRound,
    applicant_id: str,
    purpose: Purpose,
    persons: Persons,
    at: datetime,
    reason: str,
    law: Law,
    valid_to: date | None = None,
) -> tuple[Draft, ...]:
    """Return the entries of one application of a round, up to its certificate or to the decision not to certify.

    The application was made when it arrived; all else happens at ``at``. ``valid_to`` is the end of the validity that
    is extended, where one is.

    Raises:
        UsageError: the round has no such applicant.
    """
    record = opened.record(applicant_id)
    application = next(one for one in opened.round.applications if one.id == applicant_id)
    return tuple(_EntryDrafter(record, application, purpose, persons, at, reason, law, valid_to).drafts())


class _EntryDrafter:
    def __init__(
        self,
        record: Record,
        application: Application,
        purpose: Purpose,
        persons: Persons,
        at: datetime,
        reason: str,
        law: Law,
        valid_to: date | None,
    ) -> None:
        self.record, self.application, self.purpose, self.persons = record, application, purpose, persons
        self.at, self.reason, self.law, self.valid_to = at, reason, law, valid_to
        self.hash = sha256_hex(to_json(record))

    @property
    def evaluation(self) -> Evaluation:
        return self.record.evaluation

    def drafts(self) -> Iterator[Draft]:
        persons, evaluation = self.persons, self.evaluation
        first, *others = (one.strip() for one in persons.evaluated.split(";"))
        yes = "yes" if evaluation.certified else "no"
        level = {"level": str(evaluation.level.level)} if evaluation.level else {}
        points = {"points": str(evaluation.scorecard.points)} if evaluation.scorecard else {}
        along = {"others": ";".join(others)} if others else {}
        yield self._applied()
        yield self._draft(EventKind.EVALUATED, first, {"certified": yes, **level, **points, **along})
        yield self._draft(EventKind.PROPOSED, persons.proposed, {"grant": yes, **level})
        if not evaluation.certified:
            yield self._draft(EventKind.DECLINED, persons.decided, {})
            return
        yield self._draft(EventKind.DECIDED, persons.decided, level)
        yield self._draft(*self._granted(level))

    def _applied(self) -> Draft:
        name = self.evaluation.applicant.name
        facts = {
            "round": self.record.round.id,
            "application": self.application.id,
            "purpose": self.purpose.value,
            "name_ko": name.ko,
            "name_en": name.en,
        }
        arrived = min(self.application.arrived_at, self.at)
        return self._draft(EventKind.APPLIED, self.persons.applied, facts, arrived)

    def _granted(self, level: dict[str, str]) -> tuple[EventKind, str, dict[str, str]]:
        day = days.to_korean_day(self.at)
        rules = self.law(day)
        if self.purpose is Purpose.EXTENSION:
            if self.valid_to is None:
                raise UsageError("there is no certificate to extend")
            first, last = days.compute_next_period(self.valid_to, day, rules)
            validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
            return EventKind.EXTENDED, self.persons.issued, {**level, **validity}
        first, last = days.compute_first_period(day, rules)
        size, name = self.evaluation.size_type, self.evaluation.applicant.name
        facts = {
            "name_ko": name.ko,
            "name_en": name.en,
            "size_type": size.value if size else "",
            "edition": self.record.round.edition,
            "valid_from": first.isoformat(),
            "valid_to": last.isoformat(),
        }
        return EventKind.ISSUED, self.persons.issued, {**facts, **level}

    def _draft(self, kind: EventKind, actor: str, facts: dict[str, str], at: datetime | None = None) -> Draft:
        moment = at or self.at
        edition = f"{self.record.round.edition}@{self.record.round.governing_day.isoformat()}"
        return Draft(
            subject=self.evaluation.applicant.code,
            kind=kind,
            actor=actor,
            role=get_role_rule(kind, self.law(days.to_korean_day(moment))).value,
            at=moment,
            reason=self.reason,
            editions=() if kind is EventKind.APPLIED else (edition,),
            evaluation="" if kind is EventKind.APPLIED else self.hash,
            facts={name: value for name, value in facts.items() if value},
        )
