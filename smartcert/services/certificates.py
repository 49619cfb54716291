"""How the certificate of a register entry is issued, and what a certificate is worth by its key and the register."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

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
from smartcert.certification.store import Register, read_evaluation
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import (
    CertificateCheck,
    CertificateSeal,
    CertificateStatement,
    CertificateStatus,
    is_specimen_number,
)
from smartcert.model.citation import Text
from smartcert.reporting.catalogue import Words
from smartcert.reporting.certificate import PrintedCertificate, render_certificate
from smartcert.rules.rulebook import Rulebook
from smartcert.services.holders import codes_of
from smartcert.services.holdings import list_own

_MAX_BYTES = 64 * 1024 * 1024
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFiles:
    """A certificate as bytes to be written; ``pdf`` is None where none was wanted."""

    name: str
    html: bytes
    pdf: bytes | None


def make_certificate(
    register: Path,
    number: str,
    key: SigningKey,
    rulebook: Rulebook,
    day: date,
    *,
    print_pdf: Callable[[str], bytes] | None = None,
) -> CertificateFiles:
    """Return the certificate with ``number`` as it stands in the register at the end of ``day``, signed with ``key``.

    A certificate of an invented round is a specimen whatever the key. ``print_pdf`` returns the PDF of a page; without
    it there is no PDF.

    Raises:
        UsageError: no such register or certificate, one that is not valid any more or suspended, one of an invented
            round that was entered as if it were a real one, a register that is not intact, a
            level that is not known, or a library that is not installed.
        ReportError: the PDF is refused.
    """
    law = rulebook.certification_on
    if verify(register, law, codes_of=codes_of):
        raise UsageError(f"{register} is not intact; run 'smartcert register verify' first")
    with Register.read(register, codes_of) as opened:
        certificate, change = _read_certificate(opened, number, law, day)
    if certificate is None:
        raise UsageError(f"the register has no certificate '{number}' on {day}")
    if certificate.ended:
        raise UsageError(
            f"certificate '{number}' was {certificate.ended} on {certificate.ended_on}; none is made of it any more"
        )
    if certificate.suspended_on is not None:
        raise UsageError(f"certificate '{number}' is suspended since {certificate.suspended_on}; none is made of it")
    if change is not None:
        raise UsageError(
            f"the Minister's ruling on a merger or division on {change} is awaited; "
            f"none is made of certificate '{number}' before it"
        )
    _check_invented(register, certificate)
    if day > certificate.valid_to:
        raise UsageError(f"certificate '{number}' was valid to {certificate.valid_to}; none is made of it any more")
    statement = _build_statement(certificate, key.office)
    qr = build_qr_code(statement, key)
    edition = rulebook.editions.get(certificate.edition)
    page = render_certificate(
        statement,
        PrintedCertificate(
            code=qr.text,
            edition=edition.title if edition else Text(ko=certificate.edition, en=certificate.edition),
            mark=law(day, certificate.edition).mark_while_valid.basis,
            scheme=rulebook.facts_of(certificate.edition, certificate.periods[-1].valid_from),
        ),
    )
    return CertificateFiles(
        name=number,
        html=seal_file(page.encode(), statement, qr, key),
        pdf=seal_file(print_pdf(page), statement, qr, key) if print_pdf else None,
    )


def check_certificate(
    given: str, key: PublicKey, day: date, *, register: Path | None = None, law: Law | None = None
) -> CertificateCheck:
    """Return what a certificate is worth on ``day``.

    ``given`` is the path of its HTML or PDF file (or of a text file with the text of its QR code), or that text
    itself. Without a register only the days that it states count, and a revocation cannot be known. The first and the
    last day of a period belong to it.

    Raises:
        UsageError: there is no such file, or no register at ``register``.
    """
    check = _check_signature(given, key)
    if check.seal is not CertificateSeal.INTACT:
        return check
    if register is not None and law is not None:
        return _check_register(check, register, law, day)
    return _check_own_days(check, day)


def describe_check(checked: CertificateCheck, words: Words, day: date) -> list[tuple[str, str]]:
    """Return the outcome of a check as labels with values; the first is the verdict on the signature."""
    rows = [(words("check.seal"), _describe_seal(checked, words))]
    if checked.seal is not CertificateSeal.INTACT:
        return rows
    office = words.show(checked.office, "text") if checked.office else words("check.specimen")
    if checked.invented:
        office = words("check.specimen_invented")
    rows += [(words("check.office"), office), (words("check.number"), checked.number)]
    statement = checked.statement
    if statement is not None:
        first, last = statement.valid_from, statement.valid_to
        rows += [
            (words("check.holder"), words("check.holder_value", name=statement.name, code=statement.subject)),
            *([(words("certificate.service"), words.show(statement.service, "text"))] if statement.service else []),
            (words("check.level"), words("certificate.level_value", level=statement.level)),
            *([(words("certificate.partners"), words.show(statement.partners, "text"))] if statement.partners else []),
            *([] if statement.place is None else [(words("certificate.place"), str(statement.place))]),
            (words("check.period"), words("certificate.period", first=first, last=last)),
        ]
    rows.append((words("check.entry"), checked.entry))
    rows.append((words("check.status"), _describe_status(checked, words, day)))
    if checked.known_to is not None:
        rows.append((words("check.known"), words("check.known_value", known_to=checked.known_to)))
    if not checked.register:
        rows.append(("", words("check.not_asked" if statement else "check.file_needed")))
    return rows


def _check_invented(register: Path, certificate: Certificate) -> None:
    """Refuse a certificate without the number of a specimen whose stored evaluation is of an invented round.

    Earlier versions entered invented rounds without saying so.
    """
    if is_specimen_number(certificate.number):
        return
    stored = read_evaluation(register, certificate.evaluation) if certificate.evaluation else None
    if stored is not None and _is_of_invented_round(stored):
        raise UsageError(
            f"certificate '{certificate.number}' is based on the invented round '{certificate.round}', and its "
            "register does not say so; none is made of it: enter the round into a register of its own"
        )


def _is_of_invented_round(evaluation: bytes) -> bool:
    """Return whether a stored ``evaluation.json``, of this or of an earlier version, is of an invented round."""
    try:
        return json.loads(evaluation)["round"]["invented"] is True
    except (ValueError, KeyError, TypeError):
        return False


def _build_statement(certificate: Certificate, office: str) -> CertificateStatement:
    latest = certificate.periods[-1]
    if latest.level is None:
        raise UsageError(f"the level of certificate '{certificate.number}' is not known")
    return CertificateStatement(
        number=certificate.number,
        subject=certificate.subject,
        name=certificate.name,
        size_type=certificate.size_type,
        level=latest.level,
        issued_on=certificate.issued_on,
        valid_from=latest.valid_from,
        valid_to=latest.valid_to,
        round=certificate.round,
        edition=certificate.edition,
        entry=latest.entry,
        office=office,
        place=certificate.place,
        partners=certificate.partners,
        service=certificate.service,
    )


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
    statement = checked.statement
    if statement is None:
        return checked
    if day < statement.valid_from:
        return replace(checked, now=CertificateStatus.NOT_YET, since=statement.valid_from)
    if day > statement.valid_to:
        return replace(checked, now=CertificateStatus.EXPIRED, since=statement.valid_to + _DAY)
    return checked


def _check_register(checked: CertificateCheck, register: Path, law: Law, day: date) -> CertificateCheck:
    checked = replace(checked, register=True)
    if verify(register, law, codes_of=codes_of):
        return replace(checked, now=CertificateStatus.REGISTER_DAMAGED)
    with Register.read(register, codes_of) as opened:
        certificate, change = _read_certificate(opened, checked.number, law, day)
        known_to = opened.known_to()
    checked = replace(checked, known_to=known_to)
    if certificate is None:
        return replace(checked, now=CertificateStatus.NOT_ENTERED)
    if certificate.ended:
        return replace(checked, now=CertificateStatus(certificate.ended), since=certificate.ended_on)
    period = next((period for period in certificate.periods if period.entry == checked.entry), None)
    if period is None or not _agrees_with_register(checked.statement, certificate, period):
        return replace(checked, now=CertificateStatus.REPLACED)
    if day < period.valid_from:
        return replace(checked, now=CertificateStatus.NOT_YET, since=period.valid_from)
    if day <= period.valid_to and certificate.suspended_on is not None:
        return replace(checked, now=CertificateStatus.SUSPENDED, since=certificate.suspended_on)
    if day <= period.valid_to and change is not None:
        return replace(checked, now=CertificateStatus.AWAITS_RULING, since=change)
    if day <= period.valid_to:
        return replace(checked, now=CertificateStatus.VALID)
    if certificate.covers(day):
        return replace(checked, now=CertificateStatus.REPLACED)
    last = max(period.valid_to for period in certificate.periods if period.valid_to < day)
    return replace(checked, now=CertificateStatus.EXPIRED, since=last + _DAY)


def _read_certificate(register: Register, number: str, law: Law, day: date) -> tuple[Certificate | None, date | None]:
    """Return a certificate as it stood at the end of ``day``, and the day of a merger or division not ruled on."""
    certificate = register.certificate(number, law, day)
    if certificate is None:
        return None, None
    for own in list_own(register.events(), day, law):
        current = own.standing.certificate
        if current is not None and current.number == number and own.awaits_ruling:
            return certificate, next(ruled.change.day for ruled in own.changes if ruled.ruling is None)
    return certificate, None


def _agrees_with_register(statement: CertificateStatement | None, certificate: Certificate, period: Period) -> bool:
    if statement is None:  # a code alone states neither holder nor period
        return True
    stated = (statement.subject, statement.name, statement.size_type, statement.level)
    entered = (period.subject, period.name, period.size_type, period.level)
    if (statement.place, statement.partners) != (certificate.place, period.partners):
        return False
    if statement.service != certificate.service:
        return False
    return stated == entered and (statement.valid_from, statement.valid_to) == (period.valid_from, period.valid_to)


def _describe_seal(checked: CertificateCheck, words: Words) -> str:
    if checked.seal is CertificateSeal.CHANGED:
        return words(f"check.changed.{checked.why}")
    return words(f"check.{checked.seal}")


def _describe_status(checked: CertificateCheck, words: Words, day: date) -> str:
    key = f"check.now.{checked.now}"
    if checked.now is CertificateStatus.VALID and not checked.good:
        return words("check.now.specimen")
    if checked.now is CertificateStatus.VALID:
        last = checked.statement.valid_to if checked.statement else None
        return words("check.now.valid", day=day, last=last) if last else words("check.now.valid_code", day=day)
    return words(key, since=checked.since) if checked.since else words(key)
