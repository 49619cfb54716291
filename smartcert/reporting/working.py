"""Each indicator's working, step by step, so that a reader with a pocket calculator reaches the printed points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Missing
from smartcert.model.indicator import Step
from smartcert.model.scorecard import Combination, IndicatorScore, Scorecard, SectionScore, Working
from smartcert.reporting import figures
from smartcert.reporting.digits import digits_at, part, total
from smartcert.reporting.scale_words import Reached, reached, rule
from smartcert.reporting.tables import MarkCell, mark_cells, points_text
from smartcert.reporting.values import value_text
from smartcert.reporting.words import Words

COLUMNS = ("claimed", "desk", "confirmed")


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRow:
    """One step of a working: its name, and what it gives in each column."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorWorking:
    """One indicator as the report shows it."""

    id: str
    name: str
    definition: str
    points: str
    rule: tuple[Reached, ...]
    columns: tuple[str, ...]
    steps: tuple[StepRow, ...]
    marks: tuple[MarkCell, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionWorking:
    """A domain or item with what is below it and how its sum is made."""

    id: str
    name: str
    sections: tuple[SectionWorking, ...]
    indicators: tuple[IndicatorWorking, ...]
    sum: str


def sections(card: Scorecard, why: Mapping[str, str], words: Words) -> tuple[SectionWorking, ...]:
    """Return the workings of all domains. ``why`` names per evaluator why he or she did not judge."""
    return tuple(_section(domain, card, why, words) for domain in card.domains)


def _section(section: SectionScore, card: Scorecard, why: Mapping[str, str], words: Words) -> SectionWorking:
    name = words.show(section.name, "text")
    addends = [one.points for one in section.sections] + [one.points for one in section.indicators]
    return SectionWorking(
        id=figures.plain(section.id),
        name=name,
        sections=tuple(_section(one, card, why, words) for one in section.sections),
        indicators=tuple(_indicator(one, card, why, words) for one in section.indicators),
        sum=_sum(addends, section.exact, part(card, section.points), card, words),
    )


def total_sum(card: Scorecard, words: Words) -> str:
    """Return the sum of the domains and what rounding made of it."""
    return _sum([domain.points for domain in card.domains], card.exact, total(card, card.points), card, words)


def _sum(addends: list[Fraction], exact: Fraction, points: figures.Amount, card: Scorecard, words: Words) -> str:
    digits = digits_at(card, Step.INDICATOR)
    shown = f"{' + '.join(points_text(one, card) for one in addends)} = {figures.number(exact, digits)}"
    return shown if exact == points.value else words("working.sum_rounded", sum=shown, points=points)


def roundings(card: Scorecard, words: Words) -> list[str]:
    """Return where the edition orders rounding, one line per step."""
    return [
        words(
            "working.rounding_one",
            step=f"step.{one.at.value}",
            digits=one.digits,
            mode=f"mode.{one.mode.value}",
        )
        for one in card.rounding
    ]


def _indicator(one: IndicatorScore, card: Scorecard, why: Mapping[str, str], words: Words) -> IndicatorWorking:
    indicator = one.indicator
    columns = tuple(_columns(one))
    workings = [working for _, working in columns]
    return IndicatorWorking(
        id=figures.plain(indicator.id),
        name=words.show(indicator.name, "text"),
        definition=words.show(indicator.definition, "text"),
        points=words("unit.points_of", points=part(card, one.points), out_of=one.out_of),
        rule=rule(indicator, one.confirmed, words),
        columns=tuple(_column_name(one, names, words) for names, _ in columns),
        steps=tuple(_rows([dict(_steps(one, working, card, words)) for working in workings], words)),
        marks=mark_cells(one, why, words),
        notes=tuple(_notes(one, words)),
    )


def _columns(one: IndicatorScore) -> Iterator[tuple[list[str], Working]]:
    """Yield the three columns, those that are equal and next to each other as one."""
    names: list[str] = []
    held: Working | None = None
    for name in COLUMNS:
        working: Working = getattr(one, name)
        if held is not None and working != held:
            yield names, held
            names = []
        names.append(name)
        held = working
    if held is not None:
        yield names, held


def _column_name(one: IndicatorScore, names: list[str], words: Words) -> str:
    if one.combination is not None:
        return words("working.judged")
    return " · ".join(words(f"working.{name}") for name in names)


def _rows(columns: list[dict[str, str]], words: Words) -> Iterator[StepRow]:
    order = dict.fromkeys(name for column in columns for name in column)
    last = words("working.points")
    for name in [*(name for name in order if name != last), last]:
        yield StepRow(name=name, cells=tuple(column.get(name, words("symbol.none")) for column in columns))


def _steps(one: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    if one.combination is None or isinstance(working.value, Missing):
        yield words("working.value"), value_text(working.value, one.indicator, words)
    else:
        yield from _combining(one.combination, card, words)
    if isinstance(working.value, Missing):
        if working.policy is not None:
            policy = words(
                "working.policy", missing=f"missing.{working.value.value}", policy=f"policy.{working.policy}"
            )
            yield words("working.scale"), policy
    else:
        yield from _measuring(one, working, card, words)
        yield from _scaling(one, working, card, words)
    yield words("working.points"), points_text(working.points, card)


def _combining(combination: Combination, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    kept = [use.value for use in combination.marks if use.value is not None and not use.excluded and not use.trimmed]
    name = words("working.mark_mean", method=f"method.{combination.method}")
    if not combination.marks:  # a report without single marks
        yield name, figures.number(combination.combined)
        return
    if combination.method == "median":
        listed = ", ".join(figures.number(mark) for mark in sorted(kept))
        formula = words("working.median_of", marks=listed)
    else:
        formula = f"({' + '.join(figures.number(mark) for mark in kept)}) ÷ {len(kept)}"
    yield name, f"{formula} {figures.equals(combination.exact)}"
    if combination.combined != combination.exact:
        yield words("working.mark_rounded"), _arrow(combination.exact, combination.combined, card, Step.MARK)


def _measuring(one: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    indicator, value = one.indicator, working.value
    if indicator.per_people is None or working.population is None or isinstance(value, Missing):
        return
    exact = value * indicator.per_people / working.population
    sum_ = f"{figures.number(value)} ÷ {working.population:,} × {indicator.per_people:,} {figures.equals(exact)}"
    yield words("working.per_head", per=indicator.per_people), sum_
    if working.measure is not None and working.measure != exact:
        yield words("working.measure_rounded"), _arrow(exact, working.measure, card, Step.MEASURE)


def _scaling(one: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    yield words("working.scale"), reached(one.indicator, working, working.exact, words)
    factor = working.spread or Fraction(1)
    rounded = working.points / factor
    if rounded != working.exact:
        yield words("working.rounding"), _arrow(working.exact, rounded, card, Step.INDICATOR)
    if working.spread:
        times = f"× {figures.number(factor.numerator)} ÷ {figures.number(factor.denominator)}"
        yield words("working.spread"), f"{figures.number(rounded)} {times} {figures.equals(working.points)}"


def _arrow(before: Fraction, after: Fraction, card: Scorecard, step: Step) -> str:
    ordered = card.round_at(step)
    digits = ordered.digits if ordered else 0
    shown = figures.before(before, after, digits)
    return f"{figures.number(shown.value, shown.digits)} → {figures.number(after, digits)}"


def _notes(one: IndicatorScore, words: Words) -> Iterator[str]:
    value = one.confirmed.value
    if value is Missing.NOT_APPLICABLE and not one.out_of:
        yield words("working.spread_over")
    elif one.out_of != one.indicator.points:
        yield words("working.possible_changed", edition=one.indicator.points, possible=one.out_of)
    if one.evidence_document and one.evidence_page:
        yield words("working.evidence", document=one.evidence_document, page=one.evidence_page)
    elif one.evidence_document:
        yield words("working.evidence_document", document=one.evidence_document)
    elif one.combination is None and not isinstance(value, Missing):
        yield words("working.no_evidence")
    if one.combination is None:
        yield words("working.corrected" if one.verified is False else _inspected(one))


def _inspected(one: IndicatorScore) -> str:
    return "working.inspected" if one.inspected else "working.not_inspected"
