"""Small values for tests: an indicator, an edition, a candidate, in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from smartcert.evaluation.scoring import Candidate, Column
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.model.applicant import Applicant, ApplicantKind, Population, SizeType
from smartcert.model.application import Application, Channel, Missing, Value
from smartcert.model.citation import Basis, Status, Text
from smartcert.model.indicator import (
    Direction,
    Edition,
    Indicator,
    IndicatorKind,
    LinearScale,
    Marks,
    MissingPolicy,
    Rounding,
    RoundingMode,
    RoundingStep,
    Scale,
    Section,
)
from smartcert.rules.rulebook import Rulebook, Rules
from smartcert.services.rounds import OpenRound, open_round

PARAMETERS = Path(__file__).parents[2] / "parameters"
BASIS = Basis(name="test.rule", since=date(2021, 1, 1), status=Status.ILLUSTRATIVE, cite=())


@cache
def rulebook() -> Rulebook:
    return read_rulebook(PARAMETERS / "rules")


@cache
def rules_of_2023() -> Rules:
    return rulebook().on(date(2023, 9, 13), "illustrative-2023")


@cache
def example() -> OpenRound:
    return open_round(str(PARAMETERS / "rounds" / "example"))


def text(words: str) -> Text:
    return Text(ko=words, en=words)


def applicant(
    kind: ApplicantKind = ApplicantKind.CITY, residents: int | None = 300_000, code: str = "9900000000"
) -> Applicant:
    population = None if residents is None else Population(residents=residents, as_of="2023-10", source="test")
    return Applicant(code=code, name=text("하늘시"), kind=kind, population=population)


def indicator(
    name: str = "N1",
    scale: Scale | None = None,
    points: Fraction | int = 30,
    *,
    direction: Direction = Direction.HIGHER,
    absent: MissingPolicy = MissingPolicy.ZERO,
    not_applicable: MissingPolicy = MissingPolicy.REFUSE,
    per_people: int | None = None,
) -> Indicator:
    scale = scale or LinearScale(zero_at=Fraction(0), full_at=Fraction(1))
    return Indicator(
        id=name,
        name=text(name),
        definition=text(name),
        kind=IndicatorKind.QUALITATIVE if isinstance(scale, Marks) else IndicatorKind.QUANTITATIVE,
        points=Fraction(points),
        unit=text("건"),
        direction=direction,
        scale=scale,
        absent=absent,
        not_applicable=not_applicable,
        per_people=per_people,
    )


def edition(
    indicators: Sequence[Indicator], rounding: Mapping[RoundingStep, int] | None = None, domains: int = 1
) -> Edition:
    """Return an edition of the indicators, dealt out to domains of one item each, with half-up rounding as told."""
    hands = [tuple(indicators[start::domains]) for start in range(domains)]
    sections = tuple(
        Section(
            id=f"D{number}",
            name=text(f"D{number}"),
            points=sum((one.points for one in hand), Fraction(0)),
            sections=(
                Section(
                    id=f"D{number}-1",
                    name=text(f"D{number}-1"),
                    points=sum((one.points for one in hand), Fraction(0)),
                    indicators=hand,
                ),
            ),
        )
        for number, hand in enumerate(hands, start=1)
        if hand
    )
    return Edition(
        id="test",
        title=text("test"),
        scheme="city",
        since=date(2021, 1, 1),
        points=sum((section.points for section in sections), Fraction(0)),
        domains=sections,
        rounding=tuple(
            Rounding(at=step, digits=digits, mode=RoundingMode.HALF_UP) for step, digits in (rounding or {}).items()
        ),
        basis=BASIS,
        note=text("test"),
    )


def candidate(
    values: Mapping[str, Value], *, size_type: SizeType = SizeType.LARGE, population: int | None = 1000
) -> Candidate:
    """Return a candidate whose claimed, desk and confirmed values are the same."""
    from datetime import UTC, datetime

    application = Application(
        id="haneul",
        applicant=applicant(),
        code="9900000000",
        channel=Channel.WEBSITE,
        arrived_at=datetime(2023, 10, 25, 9, tzinfo=UTC),
    )
    return Candidate(
        application=application,
        size_type=size_type,
        population=population,
        values=dict.fromkeys(Column, values),
        combinations={},
    )


ABSENT, NOT_APPLICABLE = Missing.ABSENT, Missing.NOT_APPLICABLE
