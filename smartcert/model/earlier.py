"""What is known of a local government from before a round, and of its certificate since."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.model.outcome import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierRound:
    """One earlier application: its round, the applicant's name then, its points if it was scored, and what counted."""

    round: str
    title: Text
    governing_day: date
    name: Text
    points: Fraction | None
    out_of: Fraction | None
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierCertificate:
    """A certificate that was issued before the round: its level if known, its first and last day, and how it ended.

    ``ended`` is empty, ``"lapsed"``, ``"revoked"``, ``"surrendered"`` or ``"replaced"`` by a new certificate, as before
    the round. ``last`` is the last day on which it was valid: of one that ended early the day before that.
    """

    name: Text
    round: str
    level: int | None
    first: date
    last: date
    ended: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What is known from before a round, each oldest first; a local government is followed through its codes."""

    rounds: tuple[EarlierRound, ...] = ()
    certificates: tuple[EarlierCertificate, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LaterChange:
    """What became of the certificate of a round, by the register: ``status`` is how it ended, or why it has no effect.

    It is ``"lapsed"``, ``"revoked"``, ``"surrendered"``, ``"replaced"``, ``"suspended"`` or ``"awaits_ruling"`` on a
    merger or division, since the day ``since``.
    """

    status: str
    since: date
