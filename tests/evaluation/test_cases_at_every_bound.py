"""The worked cases are complete: whatever kind of bound an edition can state has cases at it, under it and over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from fractions import Fraction
from functools import cache
from typing import Any, get_args

import pytest

from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.scoring import build_scorecard, check_scorable, collect_peer_measures
from smartcert.model.evaluation import Scorecard
from smartcert.model.indicator import (
    BandScale,
    CountsAt,
    CountScale,
    Edition,
    Effect,
    LinearScale,
    Marks,
    PiecewiseScale,
    RankScale,
    Scale,
    Section,
    TableScale,
    TargetScale,
    TotalRule,
    YesNoScale,
)
from tests.evaluation.test_criteria import EDITIONS
from tests.evaluation.test_scoring_cases import scale_of
from tests.support.criteria import candidate_for, rules_for
from tests.support.worked_cases import case_file, number

ALL = {"under", "at", "over"}
Relations = dict[tuple[str, str, Fraction], set[str]]
"""By the kind of a bound, what it belongs to and the bound itself: on which sides of it there are cases."""


def compare(value: Fraction, bound: Fraction) -> str:
    return "at" if value == bound else "under" if value < bound else "over"


def list_bounds(scale: Scale) -> list[Fraction]:
    """Return the values at which a scale changes; between yes (1) and no (0) there is one that nobody can have."""
    match scale:
        case BandScale(bands=bands) | RankScale(bands=bands):
            return [band.bound for band in bands]
        case LinearScale(zero_at=zero, full_at=full) | Marks(zero_at=zero, full_at=full):
            return [zero, full]
        case YesNoScale():
            return [Fraction(1, 2)]
        case CountScale(cap=cap):
            return [cap]
        case PiecewiseScale(corners=corners) | TableScale(rows=corners):
            return [corner.value for corner in corners]
        case TargetScale(full_from=low, full_to=high, zero_below=below, zero_above=above):
            return [bound for bound in (below, low, high, above) if bound is not None]


def score(case: Mapping[str, Any]) -> tuple[Edition, Scorecard, Any] | None:
    rules = rules_for(EDITIONS[case["edition"]])
    one = candidate_for(rules, case["given"])
    if check_scorable(one, rules):
        return None
    card = build_scorecard(one, rules.edition, collect_peer_measures([one], rules.edition))
    edition = rules.edition.for_class(case["given"].get("class", "large"))
    return edition, card, determine_level(card, rules.levels)


def observe_scales(edition: Edition, card: Scorecard, name: str) -> Iterator[tuple[str, str, Fraction, str]]:
    own = {one.id: one for one in edition.indicators()}
    for score_ in card.indicators():
        scale, measure = own[score_.id].scale, score_.confirmed.measure
        for bound in list_bounds(scale) if measure is not None else ():
            yield scale.kind, f"{name}.{score_.id}.{own[score_.id].scale_class}", bound, compare(measure, bound)


def observe_sections(edition: Edition, card: Scorecard, name: str) -> Iterator[tuple[str, str, Fraction, str]]:
    points = {part.id: part.points for part in (*card.sections(), *card.indicators())}
    for section in (part for domain in edition.domains for part in domain.walk_sections()):
        if section.combine is None:
            continue
        raw = sum_below(section, points)
        for kind in ("cap", "floor"):
            bound = getattr(section.combine, kind)
            if bound is not None:
                yield f"{kind} of a section", f"{name}.{section.id}", bound, compare(raw, bound)
        best = section.combine.best
        if best is not None:
            earned = sum(points[part.id] > 0 for part in (*section.sections, *section.indicators))
            yield "best of a section", f"{name}.{section.id}", Fraction(best), compare(Fraction(earned), Fraction(best))


def sum_below(section: Section, points: Mapping[str, Fraction]) -> Fraction:
    parts = [one for one in section.indicators if one.counted or one.counts_at is CountsAt.SECTION]
    return sum((points[one.id] for one in (*section.sections, *parts)), Fraction(0))


def observe_total(edition: Edition, card: Scorecard, name: str) -> Iterator[tuple[str, str, Fraction, str]]:
    rule = edition.total_rule or TotalRule(out_of=edition.points)
    points = {one.id: one.points for one in card.indicators()}
    at_total = [one for one in edition.indicators() if one.counts_at is CountsAt.TOTAL]
    bonus = sum((points[one.id] for one in at_total if one.effect is Effect.BONUS), Fraction(0))
    deducted = sum((points[one.id] for one in at_total if one.effect is Effect.DEDUCTION), Fraction(0))
    if rule.bonus_cap is not None:
        yield "bonus_cap of the total", name, rule.bonus_cap, compare(bonus, rule.bonus_cap)
        bonus = min(bonus, rule.bonus_cap)
    raw = sum((domain.points for domain in card.domains), Fraction(0)) + bonus + deducted
    if rule.method == "sum":
        yield "floor of the total", name, rule.floor, compare(raw, rule.floor)
        if rule.cap is not None:
            yield "cap of the total", name, rule.cap, compare(raw, rule.cap)


def observe_gates(level: Any, name: str) -> Iterator[tuple[str, str, Fraction, str]]:
    for result in level.gates:
        kind = "fails" if result.gate.best_level is None else "best_level"
        yield f"gate that {kind}", f"{name}.{result.gate.of}", result.needed, compare(result.points, result.needed)


@cache
def observe() -> Relations:
    seen: Relations = defaultdict(set)
    for case in case_file("criteria")["cases"]:
        scored = score(case)
        if scored is not None:
            edition, card, level = scored
            name = case["edition"]
            for observed in (
                *observe_scales(edition, card, name),
                *observe_sections(edition, card, name),
                *observe_total(edition, card, name),
                *observe_gates(level, name),
            ):
                seen[observed[:3]].add(observed[3])
    table = case_file("scales")
    for case in table["cases"]:
        scale = scale_of(table["scales"][case["scale"]]["scale"])
        expect = {name: number(value) for name, value in case["expect"].items()}
        value = expect.get("measure", number(case["given"]["value"]))
        if isinstance(scale, RankScale):
            value = expect["place"] if scale.by == "position" else 100 * expect["place"] / expect["of"]
        for bound in list_bounds(scale):
            seen[scale.kind, case["scale"], bound].add(compare(value, bound))
    return seen


def find_complete(kind: str) -> dict[str, dict[Fraction, set[str]]]:
    """Return what has this kind of bound, with the sides of each of its bounds that have no case."""
    owners: dict[str, dict[Fraction, set[str]]] = defaultdict(dict)
    for (own, owner, bound), sides in observe().items():
        if own == kind:
            wanted = {"under", "over"} if kind == "yes_no" else ALL
            owners[owner][bound] = wanted - sides
    return owners


KINDS = (
    *(next(field.default for field in fields(scale) if field.name == "kind") for scale in get_args(Scale)),
    *("cap of a section", "floor of a section", "best of a section"),
    *("bonus_cap of the total", "cap of the total", "floor of the total"),
    *("gate that fails", "gate that best_level"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_bound_has_cases_at_it_under_it_and_over_it(kind: str) -> None:
    owners = find_complete(kind)
    assert any(not any(missing.values()) for missing in owners.values()), (kind, owners)
