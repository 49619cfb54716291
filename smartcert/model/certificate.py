"""What a certificate says, and what a check of one finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smartcert.model.applicant import SizeType
from smartcert.model.citation import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """All that a certificate says of its holder; ``entry`` is the hash of the register entry that it rests on."""

    number: str
    subject: str
    name: Text
    size_type: SizeType
    level: int
    issued_on: date
    valid_from: date
    valid_to: date
    """The last day of the validity, which is part of it."""
    round: str
    edition: str
    entry: str
    office: str
    """The office whose key signs it; empty on a specimen."""

    @property
    def specimen(self) -> bool:
        """Whether it is signed by no issuing office and proves nothing."""
        return not self.office


class Seal(StrEnum):
    """What the signature of a certificate says about it."""

    INTACT = "intact"
    CHANGED = "changed"
    UNKNOWN_KEY = "unknown_key"
    NONE = "none"


class Now(StrEnum):
    """What a certificate is worth on a day, by the register or, where there is none, by its own days."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    REPLACED = "replaced"
    NOT_ENTERED = "not_entered"
    REGISTER_DAMAGED = "register_damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The outcome of a check. ``why`` names what was changed; ``statement`` is None where only a QR code was read."""

    seal: Seal
    why: str = ""
    number: str = ""
    entry: str = ""
    office: str = ""
    statement: Statement | None = None
    now: Now = Now.UNKNOWN
    since: date | None = None
    """The day from which it is so: of the revocation, the lapse, the end; or of the beginning that is yet to come."""
    register: bool = False
    """Whether ``now`` comes from a register."""

    @property
    def good(self) -> bool:
        """Whether it may be relied on: intact, of an issuing office, and not known to be without validity."""
        return self.seal is Seal.INTACT and bool(self.office) and self.now in (Now.VALID, Now.UNKNOWN)
