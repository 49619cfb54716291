"""What came before the round in rows: earlier applications beside this one, and the certificates issued until then."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.earlier import Earlier, EarlierRound
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import total_amount
from smartcert.reporting.outcome import describe_computed, describe_outcome
from smartcert.reporting.records import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRow:
    """One round: its title, the day of its call, the applicant's name then, and what came of the application."""

    title: str
    day: str
    name: str
    points: str
    share: str
    computed: str
    outcome: str
    own: bool = False
    """Whether it is the round of the report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRow:
    """One period of a certificate: round, level, first and last day, and how it ended, if it did."""

    round: str
    name: str
    level: str
    first: str
    last: str
    state: str


def build_round_rows(record: Record, words: Words) -> list[RoundRow]:
    """Return a row per earlier round, oldest first, and the round of the report last; none without an earlier round.

    Points and shares have the digits that those of the report have.
    """
    if record.earlier is None or not record.earlier.rounds:
        return []
    evaluation, card = record.evaluation, record.evaluation.scorecard
    own = EarlierRound(
        round=record.round.id,
        title=record.round.title,
        governing_day=record.round.governing_day,
        name=evaluation.applicant.full_name,
        points=card.points if card else None,
        out_of=card.out_of if card else None,
        outcome=record.outcome,
    )
    digits = total_amount(card, card.points).digits if card else 0
    bounds = evaluation.level.bounds if card and evaluation.level else ()
    shares = [bound.points / card.out_of for bound in bounds] if card else []
    rounds = (*record.earlier.rounds, own)
    return [_build_round_row(shown, digits, shares, words, own=shown is own) for shown in rounds]


def _build_round_row(
    earlier: EarlierRound, digits: int, bounds: Sequence[Fraction], words: Words, *, own: bool
) -> RoundRow:
    none = words("symbol.none")
    return RoundRow(
        title=words.show(earlier.title, "text"),
        day=figures.format_day(earlier.governing_day, words.language),
        name=words.show(earlier.name, "text"),
        points=none if earlier.points is None else figures.format_number(earlier.points, digits),
        share=figures.format_share(earlier.points / earlier.out_of, bounds)
        if earlier.points is not None and earlier.out_of
        else none,
        computed=describe_computed(earlier.outcome, words),
        outcome=describe_outcome(earlier.outcome, words),
        own=own,
    )


def build_certificate_rows(earlier: Earlier, words: Words) -> list[CertificateRow]:
    """Return a row per period of each certificate, in the order given."""
    return [
        CertificateRow(
            round=figures.sanitise_text(certificate.round),
            name=words.show(certificate.name, "text"),
            level=words("earlier.level_unknown")
            if certificate.level is None
            else words("unit.level", level=certificate.level),
            first=figures.format_day(certificate.first, words.language),
            last=figures.format_day(certificate.last, words.language),
            state=words(f"earlier.{certificate.ended}") if certificate.ended else words("symbol.none"),
        )
        for certificate in earlier.certificates
    ]
