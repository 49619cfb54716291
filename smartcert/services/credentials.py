"""Certificates of the register as W3C Verifiable Credentials 2.0, with Bitstring Status Lists of what has no effect."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smartcert.certification.events import EventKind
from smartcert.certification.integrity import verify
from smartcert.certification.signing import SigningKey
from smartcert.certification.state import Certificate, Law
from smartcert.certification.store import Register
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import is_specimen_number
from smartcert.model.citation import Text
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.canonical import canonical_json, compact_json
from smartcert.services.holders import codes_of
from smartcert.services.holdings import list_own

CONTEXT = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL_TYPE = "SmartCityCertificationCredential"
LEAST_BITS = 131_072
"""The least length of a status list, so that an index hides among others (Bitstring Status List 1.0, section 3.2)."""
REVOCATION, SUSPENSION = "revocation", "suspension"
_TERMS = (
    *(CREDENTIAL_TYPE, "SmartCityCertification", "administrativeCode", "certificateNumber", "indicatorSet", "level"),
    *("registerEntry", "round", "sizeType", "specimen"),
)
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/-]*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """A credential by the path of its file below the folder that is published, without an ending."""

    path: str
    content: Mapping[str, Any]
    status: str = ""
    """Of a certificate that ended, is suspended or awaits a ruling on a merger: how; empty for others and for lists."""

    def write(self, key: SigningKey | None = None) -> dict[str, bytes]:
        """Return its files by their paths: the JSON-LD, and with a key the same as a signed token."""
        files = {f"{self.path}.json": canonical_json(dict(self.content), lines=1)}
        if key is not None:
            files[f"{self.path}.jwt"] = sign_credential(self.content, key)
        return files


def build_credentials(
    register: Path, law: Law, day: date, address: str, *, round_id: str | None = None, office: str = ""
) -> tuple[Credential, ...]:
    """Return a credential of every certificate as it stands at the end of ``day``, and the status lists of all.

    ``address`` is where the files will be published, which is the issuer's id too. With ``round_id`` there are
    credentials only of certificates that were issued or extended in that round; the status lists are always those
    of the complete register. A certificate that is revoked, lapsed or surrendered has its bit set in the list for
    revocation, one that is suspended in that for suspension; that one has expired follows from ``validUntil``.

    Raises:
        UsageError: the address is none, the register is not intact, nothing is in it, or a level is not known.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"'{address}' is no address of a folder on the web, as https://example.org/certificates")
    base = address.rstrip("/")
    if verify(register, law, codes_of=codes_of):
        raise UsageError(f"{register} is not intact; run 'smartcert register verify' first")
    certificates, awaiting = _read_certificates(register, law, day)
    chosen = [
        (index, certificate)
        for index, certificate in certificates.items()
        if round_id is None or round_id in {period.round for period in certificate.periods}
    ]
    if not chosen:
        raise UsageError(f"the register has no certificate{f' of round {round_id!r}' if round_id else ''} on {day}")
    issuer = {"id": base, **({"name": office} if office else {})}
    moment = _format_moment(day, time.min)
    lists = (
        Credential(path=f"status/{purpose}", content=_build_list(purpose, certificates, base, issuer, moment))
        for purpose in (REVOCATION, SUSPENSION)
    )
    credentials = (
        _build_credential(index, certificate, base, issuer, awaits_ruling=certificate.number in awaiting)
        for index, certificate in chosen
    )
    return (*credentials, *lists)


def sign_credential(content: Mapping[str, Any], key: SigningKey) -> bytes:
    """Return a credential as a compact JWS with EdDSA (Securing Verifiable Credentials using JOSE and COSE, 3.1)."""
    issuer = content["issuer"]["id"]
    header = {"alg": "EdDSA", "cty": "vc", "kid": f"{issuer}#{key.public.id}", "typ": "vc+jwt"}
    signed = b".".join(_encode(compact_json(part).encode()) for part in (header, dict(content)))
    return signed + b"." + _encode(key.sign(signed))


def encode_bits(indexes: frozenset[int], length: int) -> str:
    """Return a status list: the bits of ``indexes`` set, the first one leftmost, as gzip in base64url with prefix u.

    The length grows by doubling from `LEAST_BITS` until it has ``length`` bits.
    """
    size = LEAST_BITS
    while size < length:
        size *= 2
    bits = bytearray(size // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + _encode(gzip.compress(bytes(bits), mtime=0)).decode("ascii")


def _read_certificates(register: Path, law: Law, day: date) -> tuple[dict[int, Certificate], frozenset[str]]:
    """Return all certificates by their index in the status lists, and the numbers of those that await a ruling.

    The index is the place of the issue among all issues.
    """
    with Register.read(register, codes_of) as opened:
        events = opened.events()
    issued = [event.text("number") for event in events if event.kind is EventKind.ISSUED]
    holders = list_own(events, day, law)
    known = {certificate.number: certificate for own in holders for certificate in own.standing.certificates}
    latest = (own.standing.certificate for own in holders if own.awaits_ruling)
    awaiting = frozenset(certificate.number for certificate in latest if certificate is not None)
    return {index: known[number] for index, number in enumerate(issued) if number in known}, awaiting


def _build_credential(
    index: int, certificate: Certificate, base: str, issuer: Mapping[str, str], *, awaits_ruling: bool
) -> Credential:
    latest = certificate.periods[-1]
    if latest.level is None:
        raise UsageError(f"the level of certificate '{certificate.number}' is not known")
    path = f"credentials/{certificate.number}"
    specimen = is_specimen_number(certificate.number)
    subject = {
        "type": "SmartCityCertification",
        "name": _list_names(certificate.name),
        "administrativeCode": certificate.subject,
        "certificateNumber": certificate.number,
        "level": latest.level,
        "round": certificate.round,
        "indicatorSet": certificate.edition,
        "registerEntry": latest.entry,
        **({"sizeType": certificate.size_type} if certificate.size_type else {}),
        **({"service": certificate.service} if certificate.service else {}),
        **({"specimen": True} if specimen else {}),
    }
    terms = (*_TERMS, "service") if certificate.service else _TERMS
    content = {
        "@context": [CONTEXT, {term: f"{base}/terms#{term}" for term in terms}],
        "id": f"{base}/{quote(path)}",
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": dict(issuer),
        "validFrom": _format_moment(latest.valid_from, time.min),
        "validUntil": _format_moment(latest.valid_to, time(23, 59, 59)),
        "credentialStatus": [_build_entry(index, purpose, base) for purpose in (REVOCATION, SUSPENSION)],
        "credentialSubject": subject,
    }
    running = "suspended" if certificate.suspended_on else "awaits_ruling" if awaits_ruling else ""
    status = certificate.ended or running
    return Credential(path=path, content=content, status=status)


def _build_entry(index: int, purpose: str, base: str) -> dict[str, str]:
    return {
        "id": f"{base}/status/{purpose}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": f"{base}/status/{purpose}",
    }


def _build_list(
    purpose: str, certificates: Mapping[int, Certificate], base: str, issuer: Mapping[str, str], moment: str
) -> dict[str, Any]:
    marked = frozenset(_find_marked(purpose, certificates))
    return {
        "@context": [CONTEXT],
        "id": f"{base}/status/{purpose}",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": dict(issuer),
        "validFrom": moment,
        "credentialSubject": {
            "id": f"{base}/status/{purpose}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bits(marked, max(certificates) + 1),
        },
    }


def _find_marked(purpose: str, certificates: Mapping[int, Certificate]) -> Iterator[int]:
    for index, certificate in certificates.items():
        if certificate.ended if purpose == REVOCATION else certificate.suspended_on is not None:
            yield index


def _list_names(name: Text) -> list[dict[str, str]]:
    return [{"@value": name.of(language), "@language": language} for language in ("ko", "en")]


def _format_moment(day: date, at: time) -> str:
    return datetime.combine(day, at, KOREAN_TIME).isoformat()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
