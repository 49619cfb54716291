"""Calculation step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from smartcert.model.applicant import SizeType
from smartcert.model.application import Missing
from smartcert.model.evaluation import Combination, Evaluation, IndicatorScore, Scorecard, SectionScore, Stage, Working
from smartcert.model.indicator import Band, Bands, Counted, Direction, Indicator, Linear, Marks, Rank, YesNo
from smartcert.model.indicator import Step as WorkingStep
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import MarkCell, mark_cells, points_text
from smartcert.reporting.catalogue import Words, quantity, value_text
from smartcert.reporting.formats import digits_at, part, total

# --- Scales in words and sums: the rule of an indicator, and how one value went through it.


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """One part of a rule, and whether the confirmed value reached it."""

    text: str
    reached: bool = False


def rule(indicator: Indicator, working: Working, words: Words) -> tuple[Reached, ...]:
    """Return the scale of an indicator in words, the part that the working reached marked, and what may be claimed."""
    return (*_scale(indicator, working, words), *_limits(indicator, words))


def _limits(indicator: Indicator, words: Words) -> tuple[Reached, ...]:
    limits = {"at_least": indicator.limits.at_least, "at_most": indicator.limits.at_most}
    shown = {name: quantity(value, indicator.unit, words) for name, value in limits.items() if value is not None}
    if not shown:
        return ()
    key = "limits" if len(shown) == len(limits) else "limits_from" if "at_least" in shown else "limits_to"
    return (Reached(text=words(f"working.{key}", **shown)),)


def _scale(indicator: Indicator, working: Working, words: Words) -> tuple[Reached, ...]:
    scale = indicator.scale
    there = not isinstance(working.value, Missing)
    match scale:
        case Bands():
            lines = [_band(indicator, band, words) for band in scale.bands]
            return _marked(lines, scale.bands, scale.otherwise, working, words)
        case Rank():
            key, name = ("rank_position", "place") if scale.by == "position" else ("rank_share", "share")
            lines = [words(f"working.{key}", **{name: band.bound, "points": band.points}) for band in scale.bands]
            return _marked(lines, scale.bands, scale.otherwise, working, words)
        case Linear():
            ends = {"zero_at": scale.zero_at, "full_at": scale.full_at}
            shown = {name: quantity(value, indicator.unit, words) for name, value in ends.items()}
            return (Reached(text=words("working.linear", points=indicator.points, **shown)),)
        case Marks():
            line = words("working.marks", points=indicator.points, zero_at=scale.zero_at, full_at=scale.full_at)
            return (Reached(text=line),)
        case Counted():
            return (Reached(text=words("working.counted", each=scale.points_each, cap=scale.cap)),)
        case YesNo():
            yes = words("working.yes", points=indicator.points)
            no = words("working.no", points=0)
            value = bool(working.value) if there else None
            return (Reached(text=yes, reached=value is True), Reached(text=no, reached=value is False))


def _band(indicator: Indicator, band: Band, words: Words) -> str:
    key = "band_at_least" if indicator.direction is Direction.HIGHER else "band_at_most"
    return words(f"working.{key}", bound=quantity(band.bound, indicator.unit, words), points=band.points)


def _marked(
    lines: list[str], bands: tuple[Band, ...], otherwise: Fraction, working: Working, words: Words
) -> tuple[Reached, ...]:
    there = not isinstance(working.value, Missing)
    parts = [
        Reached(text=line, reached=there and band.bound == working.band)
        for line, band in zip(lines, bands, strict=True)
    ]
    rest = Reached(text=words("working.otherwise", points=otherwise), reached=there and working.band is None)
    return (*parts, rest)


def reached(indicator: Indicator, working: Working, points: Fraction, words: Words) -> str:
    """Return how the measure of a working became ``points`` (before any spread and rounding).

    Where the measure lies beyond the end of a straight line the words say so instead of a sum.
    """
    scale = indicator.scale
    measure = working.measure if working.measure is not None else Fraction(0)
    match scale:
        case Bands():
            band = next((band for band in scale.bands if band.bound == working.band), None)
            none_reached = words("working.none_reached", points=points)
            return none_reached if band is None else _band(indicator, band, words)
        case Rank():
            return _ranked(scale, working, points, words)
        case Linear() | Marks():
            return _along(indicator, scale, measure, points, words)
        case Counted():
            counted = max(min(measure, scale.cap), Fraction(0))
            sum_ = f"{figures.number(counted)} × {figures.number(scale.points_each)} {figures.equals(points)}"
            return words("working.counted_sum", sum=sum_, cap=scale.cap) if measure > scale.cap else sum_
        case YesNo():
            return words("working.yes" if measure else "working.no", points=points)


def _along(indicator: Indicator, scale: Linear | Marks, measure: Fraction, points: Fraction, words: Words) -> str:
    share = (measure - scale.zero_at) / (scale.full_at - scale.zero_at)
    if isinstance(scale, Marks) and not 0 < share < 1:
        return words("working.mark_full" if share >= 1 else "working.mark_none", mark=measure, points=points)
    if share >= 1:
        return words("working.full", full_at=quantity(scale.full_at, indicator.unit, words), points=points)
    if share <= 0:
        return words("working.none", zero_at=quantity(scale.zero_at, indicator.unit, words))
    times = figures.number(indicator.points)
    result = figures.equals(points)
    value, zero_at, full_at = (_operand(one) for one in (measure, scale.zero_at, scale.full_at))
    if not scale.zero_at:
        return f"{times} × {value} ÷ {full_at} {result}"
    return f"{times} × ({value} − {zero_at}) ÷ ({full_at} − {zero_at}) {result}"


def _operand(value: Fraction) -> str:
    shown = figures.number(value)
    return f"({shown})" if value < 0 else shown


def _ranked(scale: Rank, working: Working, points: Fraction, words: Words) -> str:
    rank, of = working.rank or 0, working.of or 1
    if scale.by == "position":
        place = words("working.ranked", rank=rank, of=of)
    else:
        share = Fraction(100 * rank, of)
        place = words("working.ranked_share", rank=rank, of=of, rank_again=rank, of_again=of, share=share)
    band = next((band for band in scale.bands if band.bound == working.band), None)
    if band is None:
        return f"{place} → {words('working.none_reached', points=points)}"
    key, name = ("rank_position", "place") if scale.by == "position" else ("rank_share", "share")
    return f"{place} → {words(f'working.{key}', **{name: band.bound, 'points': band.points})}"


# --- Each indicator's working, step by step, so that a reader with a pocket calculator reaches the printed points.

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
    digits = digits_at(card, WorkingStep.INDICATOR)
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
        yield words("working.mark_rounded"), _arrow(combination.exact, combination.combined, card, WorkingStep.MARK)


def _measuring(one: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    indicator, value = one.indicator, working.value
    if indicator.per_people is None or working.population is None or isinstance(value, Missing):
        return
    exact = value * indicator.per_people / working.population
    sum_ = f"{figures.number(value)} ÷ {working.population:,} × {indicator.per_people:,} {figures.equals(exact)}"
    yield words("working.per_head", per=indicator.per_people), sum_
    if working.measure is not None and working.measure != exact:
        yield words("working.measure_rounded"), _arrow(exact, working.measure, card, WorkingStep.MEASURE)


def _scaling(one: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    yield words("working.scale"), reached(one.indicator, working, working.exact, words)
    factor = working.spread or Fraction(1)
    rounded = working.points / factor
    if rounded != working.exact:
        yield words("working.rounding"), _arrow(working.exact, rounded, card, WorkingStep.INDICATOR)
    if working.spread:
        times = f"× {figures.number(factor.numerator)} ÷ {figures.number(factor.denominator)}"
        yield words("working.spread"), f"{figures.number(rounded)} {times} {figures.equals(working.points)}"


def _arrow(before: Fraction, after: Fraction, card: Scorecard, step: WorkingStep) -> str:
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


# --- How many applications came how far: the steps of a round, counted once for charts and tables.

Step = Literal["received", "eligible", "in_time", "complete", "evaluated", "certified"]
STEPS: tuple[Step, ...] = ("received", "eligible", "in_time", "complete", "evaluated", "certified")
Size = SizeType | None
"""A size type, or None where the application ended before it was settled."""

_PASSED: Mapping[Stage, int] = {
    Stage.ELIGIBILITY: 1,
    Stage.RECEIPT: 2,
    Stage.DOCUMENTS: 3,
    Stage.SCORING: 4,
    Stage.EVALUATED: 5,
}


def steps(evaluation: Evaluation) -> tuple[Step, ...]:
    """Return the steps that an application passed, the first one for every application."""
    return STEPS[: _PASSED[evaluation.stage] + (1 if evaluation.certified else 0)]


def size_key(size: Size) -> str:
    """Return the key under which a chart's words name a size type."""
    return f"chart.size.{size.value if size is not None else 'unknown'}"


def counts(evaluations: Iterable[Evaluation]) -> dict[Step, int]:
    """Return how many applications passed each step."""
    found = dict.fromkeys(STEPS, 0)
    for evaluation in evaluations:
        for step in steps(evaluation):
            found[step] += 1
    return found
