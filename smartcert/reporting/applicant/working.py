"""The working of every indicator and sum, step by step, so that a pocket calculator reaches the points shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing, Value
from smartcert.model.evaluation import Combination, IndicatorScore, Scorecard, SectionScore, Working
from smartcert.model.formula import format_formula, parse_formula
from smartcert.model.indicator import (
    POPULATION,
    Band,
    BandScale,
    Between,
    Combine,
    Corner,
    CountsAt,
    CountScale,
    Direction,
    Effect,
    Indicator,
    IndicatorKind,
    LinearScale,
    Marks,
    PiecewiseScale,
    RankScale,
    RoundingStep,
    TableScale,
    TargetScale,
    TotalMethod,
    TotalRule,
    YesNoScale,
)
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import MarkCell, build_mark_cells, format_points
from smartcert.reporting.catalogue import Words, format_quantity, format_value
from smartcert.reporting.formats import digits_after_step, indicator_amount, total_amount

COLUMNS = ("claimed", "desk", "confirmed")
"""The three workings of an indicator: as claimed, after the desk review, as confirmed on site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RulePart:
    """One part of a rule in words, and whether the confirmed value reached it."""

    text: str
    reached: bool = False


def describe_rule(indicator: Indicator, working: Working, words: Words) -> tuple[RulePart, ...]:
    """Return the scale of an indicator in words, with the part that was reached marked, and the limits of a claim."""
    return _build_rule(indicator, _find_reached(indicator, working), words)


@lru_cache(maxsize=4096)
def _build_rule(indicator: Indicator, reached: tuple[int, ...], words: Words) -> tuple[RulePart, ...]:
    # cached: it has nothing of an applicant but which of its parts were reached
    lines = _list_scale_lines(indicator, words)
    limits = {"at_least": indicator.limits.at_least, "at_most": indicator.limits.at_most}
    shown = {name: format_quantity(value, indicator, words) for name, value in limits.items() if value is not None}
    if shown:
        key = "limits" if len(shown) == len(limits) else "limits_from" if "at_least" in shown else "limits_to"
        lines.append(words(f"working.{key}", **shown))
    return tuple(RulePart(text=line, reached=number in reached) for number, line in enumerate(lines))


def _find_reached(indicator: Indicator, working: Working) -> tuple[int, ...]:
    """Return which lines of the scale the value of a working reached, by their numbers from 0."""
    scale, value = indicator.scale, working.value
    if isinstance(scale, BandScale | RankScale):
        if isinstance(value, Missing):
            return ()
        bounds = [*(band.bound for band in scale.bands), None]
        return tuple(number for number, bound in enumerate(bounds) if bound == working.band)
    if isinstance(scale, YesNoScale):
        return () if isinstance(value, Missing) else (0 if value else 1,)
    return tuple(number for number, corner in enumerate(indicator.list_corners()) if corner in working.segment)


def _list_scale_lines(indicator: Indicator, words: Words) -> list[str]:
    scale = indicator.scale
    match scale:
        case BandScale():
            lines = [_describe_band(indicator, band, words) for band in scale.bands]
            return [*lines, words("working.otherwise", points=scale.otherwise)]
        case RankScale():
            lines = [_describe_rank_band(scale, band, words) for band in scale.bands]
            return [*lines, words("working.otherwise", points=scale.otherwise)]
        case LinearScale():
            ends = {"zero_at": scale.zero_at, "full_at": scale.full_at}
            shown = {name: format_quantity(value, indicator, words) for name, value in ends.items()}
            return [words("working.linear", points=indicator.full, **shown)]
        case Marks():
            return [words("working.marks", points=indicator.full, zero_at=scale.zero_at, full_at=scale.full_at)]
        case CountScale():
            one, cap = (format_quantity(value, indicator, words) for value in (Fraction(1), scale.cap))
            return [words("working.counted", one=one, each=scale.points_each, cap=cap)]
        case YesNoScale():
            return [words("working.yes", points=indicator.full), words("working.no", points=0)]
        case PiecewiseScale() | TargetScale() | TableScale():
            between = scale.between if isinstance(scale, TableScale) else Between.LINEAR
            corners = [_describe_corner(indicator, corner, words) for corner in indicator.list_corners()]
            return [*corners, words(f"working.between_{between}")]


def _describe_corner(indicator: Indicator, corner: Corner, words: Words) -> str:
    return words("working.corner", value=_format_bound(corner.value, indicator, words), points=corner.points)


def _format_bound(value: Fraction, indicator: Indicator, words: Words) -> str:
    """Return a bound of a scale as the values are shown that it is held against: a mark, or a number with its unit."""
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return words("next.now_mark", mark=figures.format_number(value))
    return format_quantity(value, indicator, words)


def _describe_band(indicator: Indicator, band: Band, words: Words) -> str:
    key = "band_at_least" if indicator.direction is Direction.HIGHER else "band_at_most"
    return words(f"working.{key}", bound=_format_bound(band.bound, indicator, words), points=band.points)


def _describe_rank_band(scale: RankScale, band: Band, words: Words) -> str:
    key, name = ("rank_position", "place") if scale.by == "position" else ("rank_share", "share")
    return words(f"working.{key}", **{name: band.bound, "points": band.points})


def describe_scaling(indicator: Indicator, working: Working, points: Fraction, words: Words) -> str:
    """Return how the measure of a working became ``points`` (before any spread and rounding): a formula or a band.

    Where the measure lies at or beyond an end of a straight line, a sentence says so instead of a formula.
    """
    scale = indicator.scale
    measure = working.measure if working.measure is not None else Fraction(0)
    match scale:
        case BandScale():
            band = next((band for band in scale.bands if band.bound == working.band), None)
            none_reached = words("working.none_reached", points=points)
            return none_reached if band is None else _describe_band(indicator, band, words)
        case RankScale():
            return _describe_rank(scale, working, points, words)
        case LinearScale() | Marks():
            return _describe_line(indicator, scale, measure, points, words)
        case CountScale():
            counted = max(min(measure, scale.cap), Fraction(0))
            each, result = figures.format_number(scale.points_each), figures.format_result(points)
            formula = f"{figures.format_number(counted)} × {each} {result}"
            cap = format_quantity(scale.cap, indicator, words)
            return words("working.counted_sum", sum=formula, cap=cap) if measure > scale.cap else formula
        case YesNoScale():
            return words("working.yes" if measure else "working.no", points=points)
        case PiecewiseScale() | TargetScale() | TableScale():
            return _describe_segment(indicator, working.segment, measure, points, words)


def _describe_segment(
    indicator: Indicator, segment: Sequence[Corner], measure: Fraction, points: Fraction, words: Words
) -> str:
    """Return how points lie between two corners, or the corner or row that alone gives them."""
    if len(segment) != 2:
        return _describe_corner(indicator, segment[0] if segment else Corner(value=measure, points=points), words)
    low, high = segment
    first, last, value, start, end = (
        _format_operand(number) for number in (low.points, high.points, measure, low.value, high.value)
    )
    return f"{first} + ({last} − {first}) × ({value} − {start}) ÷ ({end} − {start}) {figures.format_result(points)}"


def _describe_line(
    indicator: Indicator, scale: LinearScale | Marks, measure: Fraction, points: Fraction, words: Words
) -> str:
    rising = scale.zero_at < scale.full_at
    full = scale.full_at <= measure if rising else measure <= scale.full_at
    none = measure <= scale.zero_at if rising else scale.zero_at <= measure
    if isinstance(scale, Marks) and (full or none):
        return words("working.mark_full" if full else "working.mark_none", mark=measure, points=points)
    if full:
        return words("working.full", full_at=format_quantity(scale.full_at, indicator, words), points=points)
    if none:
        return words("working.none", zero_at=format_quantity(scale.zero_at, indicator, words))
    times = figures.format_number(indicator.full)
    result = figures.format_result(points)
    value, zero_at, full_at = (_format_operand(value) for value in (measure, scale.zero_at, scale.full_at))
    if not scale.zero_at:
        return f"{times} × {value} ÷ {full_at} {result}"
    return f"{times} × ({value} − {zero_at}) ÷ ({full_at} − {zero_at}) {result}"


def _format_operand(value: Fraction) -> str:
    shown = figures.format_number(value)
    return f"({shown})" if value < 0 else shown


def _describe_rank(scale: RankScale, working: Working, points: Fraction, words: Words) -> str:
    rank, of = working.rank or 0, working.of or 1
    if scale.by == "position":
        position = words("working.ranked", rank=rank, of=of)
    else:
        share = figures.format_result(Fraction(100 * rank, of))
        position = words("working.ranked_share", rank=rank, of=of, rank_again=rank, of_again=of, share=share)
    band = next((band for band in scale.bands if band.bound == working.band), None)
    if band is None:
        return f"{position} → {words('working.none_reached', points=points)}"
    return f"{position} → {_describe_rank_band(scale, band, words)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingRow:
    """One step of a working: its name, and its result in each column."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorWorking:
    """One indicator as the report shows it."""

    id: str
    name: str
    definition: str
    points: str
    rule: tuple[RulePart, ...]
    columns: tuple[str, ...]
    steps: tuple[WorkingRow, ...]
    marks: tuple[MarkCell, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionWorking:
    """A domain or item with what is below it and the formula of its sum."""

    id: str
    name: str
    sections: tuple[SectionWorking, ...]
    indicators: tuple[IndicatorWorking, ...]
    sum: str


def build_sections(card: Scorecard, reasons: Mapping[str, str], words: Words) -> tuple[SectionWorking, ...]:
    """Return the workings of all domains. ``reasons`` name per excluded evaluator the reason (a key of a term)."""
    return tuple(_build_section(domain, card, reasons, words) for domain in card.domains)


def _build_section(section: SectionScore, card: Scorecard, reasons: Mapping[str, str], words: Words) -> SectionWorking:
    name = words.show(section.name, "text")
    return SectionWorking(
        id=figures.sanitise_text(section.id),
        name=name,
        sections=tuple(_build_section(part, card, reasons, words) for part in section.sections),
        indicators=tuple(_build_indicator(part, card, reasons, words) for part in section.indicators),
        sum=_describe_section_sum(section, card, words),
    )


def _describe_section_sum(section: SectionScore, card: Scorecard, words: Words) -> str:
    """Return how what is below a section became its points: the sum, of the best so many, within its ends."""
    counted = [_Addend(points=score.points) for score in section.indicators if score.indicator.counted]
    counted += [_Addend(points=part.points, weight=part.weight) for part in section.sections]
    further = [
        _Addend(points=score.points)
        for score in section.indicators
        if score.effect in (Effect.BONUS, Effect.DEDUCTION) and score.indicator.counts_at is CountsAt.SECTION
    ]
    combine = section.combine or Combine()
    notes = []
    if combine.best is not None and combine.best < len(counted):
        every = ", ".join(_format_addends([addend], card) for addend in counted)
        notes.append(words("working.best_of", count=combine.best, points=every))
        counted = sorted(counted, key=lambda addend: addend.value, reverse=True)[: combine.best]
    added = sum((addend.value for addend in (*counted, *further)), Fraction(0))
    for end, reached in (("cap", section.exact < added), ("floor", section.exact > added)):
        if reached:
            notes.append(words(f"working.{end}", points=section.exact))
    amount = indicator_amount(card, section.points)
    return _describe_sum([*counted, *further], added, section.exact, amount, card, notes, words)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addend:
    """What is added up: points, and how often they count."""

    points: Fraction
    weight: Fraction = Fraction(1)

    @property
    def value(self) -> Fraction:
        return self.points if self.weight == 1 else self.weight * self.points


def _format_addends(addends: Sequence[_Addend], card: Scorecard) -> str:
    parts = []
    for addend in addends:
        shown = format_points(abs(addend.points), card)
        times = "" if addend.weight == 1 else f"{figures.format_number(addend.weight)} × "
        sign = "−" if addend.points < 0 else "+"
        parts.append(f"{sign} {times}{shown}")
    joined = " ".join(parts)
    return joined.removeprefix("+ ").replace("− ", "−", 1) if joined.startswith("− ") else joined.removeprefix("+ ")


def describe_total(card: Scorecard, words: Words) -> str:
    """Return the formula of the total, and the total after rounding where that differs.

    Bonus points and deductions that count at the total are added to the domains; a mean of shares is written as one.
    """
    rule = card.total_rule or TotalRule(out_of=card.out_of)
    bonus = sum((score.points for score in _list_further(card, Effect.BONUS)), Fraction(0))
    lost = sum((score.points for score in _list_further(card, Effect.DEDUCTION)), Fraction(0))
    notes = []
    if rule.bonus_cap is not None and bonus > rule.bonus_cap:
        notes.append(words("working.bonus_cap", points=bonus, cap=rule.bonus_cap))
        bonus = rule.bonus_cap
    further = [_Addend(points=points) for points in (bonus, lost) if points]
    amount = total_amount(card, card.points)
    if rule.method is not TotalMethod.SUM:
        mean = _describe_mean(card, rule)
        if further:
            rest = _format_addends(further, card)
            mean += f" {rest}" if rest.startswith("−") else f" + {rest}"
        shown = f"{mean} {figures.format_result(card.exact)}"
        shown = shown if card.exact == amount.value else words("working.sum_rounded", sum=shown, points=amount)
        return "; ".join([*notes, shown])
    addends = [_Addend(points=domain.points, weight=domain.weight) for domain in card.domains]
    added = sum((addend.value for addend in (*addends, *further)), Fraction(0))
    for end, reached in (("cap", card.exact < added), ("floor", card.exact > added)):
        if reached:
            notes.append(words(f"working.{end}", points=card.exact))
    return _describe_sum([*addends, *further], added, card.exact, amount, card, notes, words)


def _list_further(card: Scorecard, effect: Effect) -> list[IndicatorScore]:
    """Return the bonus points or the deductions that are added to the total, not to a section."""
    return [
        score for score in card.indicators() if score.effect is effect and score.indicator.counts_at is CountsAt.TOTAL
    ]


def _describe_mean(card: Scorecard, rule: TotalRule) -> str:
    """Return a weighted mean of the shares of domains as a formula: ``100 × (1 × 30 ÷ 40 + 2 × 50 ÷ 60) ÷ 3``."""
    weights = [domain.weight for domain in card.domains]
    every = figures.format_number(sum(weights, Fraction(0)))
    shares = [
        f"{format_points(domain.points, card)} ÷ {figures.format_number(domain.out_of)}" for domain in card.domains
    ]
    out_of = figures.format_number(rule.out_of)
    pairs = list(zip(weights, shares, strict=True))
    if rule.method is TotalMethod.ARITHMETIC:
        parts = [share if weight == 1 else f"{figures.format_number(weight)} × {share}" for weight, share in pairs]
        return f"{out_of} × ({' + '.join(parts)}) ÷ {every}"
    parts = [f"({share})^({figures.format_number(weight)} ÷ {every})" for weight, share in pairs]
    return f"{out_of} × {' × '.join(parts)}"


def _describe_sum(
    addends: Sequence[_Addend],
    added: Fraction,
    exact: Fraction,
    points: figures.Amount,
    card: Scorecard,
    notes: Sequence[str],
    words: Words,
) -> str:
    digits = digits_after_step(card, RoundingStep.INDICATOR)
    formula = f"{_format_addends(addends, card) or '0'} = {figures.format_number(added, digits)}"
    shown = formula if exact == points.value else words("working.sum_rounded", sum=formula, points=points)
    return "; ".join([shown, *notes])


def describe_roundings(card: Scorecard, words: Words) -> list[str]:
    """Return a line per step at which the edition orders rounding: digits and mode."""
    return [
        words(
            "working.rounding_one",
            step=f"step.{rounding.at.value}",
            digits=rounding.digits,
            mode=f"mode.{rounding.mode.value}",
        )
        for rounding in card.rounding
    ]


def _without_competitors(working: Working) -> Working:
    """Return a working without a value as it is shown: among how many it would have a rank is not."""
    return replace(working, of=None) if isinstance(working.value, Missing) else working


def _build_indicator(
    score: IndicatorScore, card: Scorecard, reasons: Mapping[str, str], words: Words
) -> IndicatorWorking:
    indicator = score.indicator
    # neighbouring workings that are equal, of equal figures, share a column
    workings = {name: _without_competitors(getattr(score, name)) for name in COLUMNS}
    reported = {name: (workings[name], [getattr(figure, name) for figure in score.figures]) for name in COLUMNS}
    groups = [(list(names), working) for (working, _), names in groupby(COLUMNS, key=reported.__getitem__)]
    columns = [dict(_list_steps(score, names[0], working, card, words)) for names, working in groups]
    last = words("working.points")
    steps = [name for name in dict.fromkeys(name for column in columns for name in column) if name != last]
    none = words("symbol.none")
    return IndicatorWorking(
        id=figures.sanitise_text(indicator.id),
        name=words.show(indicator.name, "text"),
        definition=words.show(indicator.definition, "text"),
        points=words("working.met" if score.points else "working.not_met")
        if score.effect is Effect.PREREQUISITE
        else words("unit.points_of", points=indicator_amount(card, score.points), out_of=score.out_of),
        rule=describe_rule(indicator, score.confirmed, words),
        columns=tuple(
            words("working.judged")
            if score.combination is not None
            else " · ".join(words(f"working.{name}") for name in names)
            for names, _ in groups
        ),
        steps=tuple(
            WorkingRow(name=name, cells=tuple(column.get(name, none) for column in columns)) for name in (*steps, last)
        ),
        marks=build_mark_cells(score, reasons, words),
        notes=tuple(_list_notes(score, words)),
    )


def _list_steps(
    score: IndicatorScore, column: str, working: Working, card: Scorecard, words: Words
) -> Iterator[tuple[str, str]]:
    if score.figures:
        yield from _formula_steps(score, column, working, words)
    elif score.combination is None or isinstance(working.value, Missing):
        yield words("working.value"), format_value(working.value, score.indicator, words)
    else:
        yield from _combining_steps(score.combination, card, words)
    if isinstance(working.value, Missing):
        if working.policy is not None:
            policy = words(
                "working.policy", missing=f"missing.{working.value.value}", policy=f"policy.{working.policy}"
            )
            yield words("working.scale"), policy
    else:
        yield from _measuring_steps(score, working, card, words)
        yield from _scaling_steps(score, working, card, words)
    if score.effect is Effect.PREREQUISITE:
        yield words("working.points"), words("working.met" if working.points else "working.not_met")
    else:
        yield words("working.points"), format_points(working.points, card)


def _formula_steps(score: IndicatorScore, column: str, working: Working, words: Words) -> Iterator[tuple[str, str]]:
    """Yield each figure of a formula with its value, and the formula with the values in the places of the names."""
    values: dict[str, Value] = {figure.id: getattr(figure, column) for figure in score.figures}
    for figure, own in zip(score.figures, score.indicator.list_figures(), strict=True):
        yield words.show(figure.name, "text"), format_value(values[figure.id], own, words)
    if isinstance(working.value, Missing):
        yield words("working.value"), format_value(working.value, score.indicator, words)
        return
    known = {base.id: base.value for base in working.bases}
    if working.population is not None:
        known[POPULATION] = Fraction(working.population)
    known |= {name: Fraction(0) if isinstance(value, Missing) else value for name, value in values.items()}
    operands = {name: _format_operand(value) for name, value in known.items()}
    formula = format_formula(parse_formula(score.indicator.formula), operands)
    yield words("working.formula"), f"{formula} {figures.format_result(working.value)}"


def _combining_steps(combination: Combination, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    marks = [use.value for use in combination.marks if use.value is not None and not use.excluded and not use.trimmed]
    name = words("working.mark_mean", method=f"method.{combination.method}")
    if not combination.marks:  # the record of an audience that may not see single marks
        yield name, figures.format_number(combination.combined)
        return
    if combination.method == "median":
        listed = ", ".join(figures.format_number(mark) for mark in sorted(marks))
        formula = words("working.median_of", marks=listed)
    else:
        formula = f"({' + '.join(figures.format_number(mark) for mark in marks)}) ÷ {len(marks)}"
    yield name, f"{formula} {figures.format_result(combination.exact)}"
    if combination.combined != combination.exact:
        yield (
            words("working.mark_rounded"),
            _format_rounding(combination.exact, combination.combined, card, RoundingStep.MARK),
        )


def _measuring_steps(
    score: IndicatorScore, working: Working, card: Scorecard, words: Words
) -> Iterator[tuple[str, str]]:
    indicator, value = score.indicator, working.value
    if isinstance(value, Missing):
        return
    if indicator.per is not None:
        base = next((base.value for base in working.bases if base.id == indicator.per.base), None)
        base = Fraction(working.population) if base is None and working.population is not None else base
        if base is not None:
            exact = value / base * indicator.per.times
            times = "" if indicator.per.times == 1 else f" × {figures.format_number(indicator.per.times)}"
            formula = f"{figures.format_number(value)} ÷ {figures.format_number(base)}{times}"
            yield words("working.per_base"), f"{formula} {figures.format_result(exact)}"
            yield from _round_measure(exact, working, card, words)
        return
    if indicator.per_people is None or working.population is None:
        if indicator.computed:
            yield from _round_measure(value, working, card, words)
        return
    exact = value * indicator.per_people / working.population
    formula = f"{figures.format_number(value)} ÷ {working.population:,} × {indicator.per_people:,}"
    yield words("working.per_head", per=indicator.per_people), f"{formula} {figures.format_result(exact)}"
    yield from _round_measure(exact, working, card, words)


def _round_measure(exact: Fraction, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    if working.measure is not None and working.measure != exact:
        yield words("working.measure_rounded"), _format_rounding(exact, working.measure, card, RoundingStep.MEASURE)


def _scaling_steps(score: IndicatorScore, working: Working, card: Scorecard, words: Words) -> Iterator[tuple[str, str]]:
    yield words("working.scale"), describe_scaling(score.indicator, working, working.exact, words)
    factor = working.spread
    rounded = working.points / factor if factor else working.points
    if rounded != working.exact:
        yield words("working.rounding"), _format_rounding(working.exact, rounded, card, RoundingStep.INDICATOR)
    if factor:
        times = f"× {figures.format_number(factor.numerator)} ÷ {figures.format_number(factor.denominator)}"
        yield (
            words("working.spread"),
            f"{figures.format_number(rounded)} {times} {figures.format_result(working.points)}",
        )


def _format_rounding(before: Fraction, after: Fraction, card: Scorecard, step: RoundingStep) -> str:
    ordered = card.rounding_at(step)
    digits = ordered.digits if ordered else 0
    shown = figures.amount_before_rounding(before, after, digits)
    return f"{figures.format_number(shown.value, shown.digits)} → {figures.format_number(after, digits)}"


def _list_notes(score: IndicatorScore, words: Words) -> Iterator[str]:
    value = score.confirmed.value
    if value is Missing.NOT_APPLICABLE and not score.out_of:
        yield words("working.spread_over")
    elif score.out_of != score.indicator.points and score.indicator.counted:
        yield words("working.possible_changed", edition=score.indicator.points, possible=score.out_of)
    if score.figures:
        yield from _list_figure_notes(score, words)
        return
    if score.evidence_document and score.evidence_page:
        yield words("working.evidence", document=score.evidence_document, page=score.evidence_page)
    elif score.evidence_document:
        yield words("working.evidence_document", document=score.evidence_document)
    elif score.combination is None and not isinstance(value, Missing):
        yield words("working.no_evidence")
    if score.combination is None:
        state = "corrected" if score.verified is False else "inspected" if score.inspected else "not_inspected"
        yield words(f"working.{state}")


def _list_figure_notes(score: IndicatorScore, words: Words) -> Iterator[str]:
    """Yield for each figure of a formula its evidence and whether it was inspected, by the name of the figure."""
    for figure in score.figures:
        notes = []
        if figure.evidence_document and figure.evidence_page:
            notes.append(words("working.evidence", document=figure.evidence_document, page=figure.evidence_page))
        elif figure.evidence_document:
            notes.append(words("working.evidence_document", document=figure.evidence_document))
        elif not isinstance(figure.confirmed, Missing):
            notes.append(words("working.no_evidence"))
        state = "corrected" if figure.verified is False else "inspected" if figure.inspected else "not_inspected"
        notes.append(words(f"working.{state}"))
        yield words("working.figure_note", name=figure.name, note="; ".join(notes))
