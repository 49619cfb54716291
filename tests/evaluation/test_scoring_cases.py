"""The worked cases from value to points to level, as an official reads them in ``tests/cases``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.scales import apply_scale, compute_measure, round_to
from smartcert.evaluation.scoring import build_candidate, build_scorecard, check_scorable, collect_peer_measures
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Channel, Inspection, Measurement, Missing, Value
from smartcert.model.evaluation import Scorecard, SectionScore
from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    Edition,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Scale,
    YesNoScale,
)
from smartcert.rules.parameters import LevelFloor, LevelsRules
from tests.support.build import applicant, edition, indicator, text
from tests.support.worked_cases import case_file, number, rules_of, worked, yes

BEST = {"A": "10", "B": "10", "C": "1"}


def bands(given: list[Mapping[str, str]]) -> tuple[Band, ...]:
    return tuple(
        Band(bound=number(band.get("at_least") or band["at_most"]), points=number(band["points"])) for band in given
    )


def scale_of(given: dict[str, Any]) -> Scale:
    numbers: dict[str, Any] = {
        name: number(value) for name, value in given.items() if name not in ("kind", "by", "bands")
    }
    match given["kind"]:
        case "bands":
            return BandScale(bands=bands(given["bands"]), **numbers)
        case "rank":
            return RankScale(by=given["by"], bands=bands(given["bands"]), **numbers)
        case "linear":
            return LinearScale(**numbers)
        case "marks":
            return Marks(**numbers)
        case "counted":
            return CountScale(**numbers)
        case "yes_no":
            return YesNoScale()
    raise AssertionError(given["kind"])


@pytest.mark.parametrize("case", worked("scales"))
def test_a_value_becomes_points(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    written = case_file("scales")["scales"][case["scale"]]
    one = indicator(
        "A",
        scale_of(written["scale"]),
        number(written["points"]),
        direction=Direction.LOWER if written.get("direction") == "lower" else Direction.HIGHER,
        per_people=int(given["per_people"]) if "per_people" in given else None,
    )

    measured = compute_measure(number(given["value"]), one, int(given["people"]) if "people" in given else None)
    found = apply_scale(one, measured, sorted(number(value) for value in given.get("among", ())))

    assert measured == number(expect.get("measure", given["value"]))
    assert found.points == number(expect["points"])
    assert (found.rank, found.of) == ((int(expect["place"]), int(expect["of"])) if "place" in expect else (None, None))


def value_of(text: str) -> Value:
    return Missing(text) if text in (Missing.ABSENT, Missing.NOT_APPLICABLE) else number(text)


def item(policies: Mapping[str, Mapping[str, str]]) -> Edition:
    line = LinearScale(zero_at=Fraction(0), full_at=Fraction(10))
    declared: dict[str, dict[str, Any]] = {
        name: {what: MissingPolicy(how) for what, how in own.items()} for name, own in policies.items()
    }
    return edition(
        [
            indicator("A", line, 30, **declared.get("A", {})),
            indicator("B", line, 20, **declared.get("B", {})),
            indicator("C", YesNoScale(), 10, **declared.get("C", {})),
        ]
    )


def measurement(name: str, given: str | Mapping[str, str]) -> Measurement:
    columns = {"claimed": given} if isinstance(given, str) else given
    claimed = value_of(columns["claimed"])
    return Measurement(indicator=name, claimed=claimed, desk=value_of(columns.get("desk", columns["claimed"])))


def inspection(name: str, given: str | Mapping[str, str]) -> Inspection | None:
    site = None if isinstance(given, str) else given.get("site")
    if site is None:
        return None
    if site == "confirmed":
        return Inspection(indicator=name, verified=True)
    return Inspection(indicator=name, verified=False, corrected=value_of(site), reason="현장 확인")


def application(given: Mapping[str, Any]) -> Application:
    values = {name: given.get(name, best) for name, best in BEST.items()}
    inspections = {name: inspection(name, value) for name, value in values.items()}
    return Application(
        id="haneul",
        applicant=applicant(),
        code=applicant().code,
        channel=Channel.WEBSITE,
        arrived_at=datetime.fromisoformat("2023-10-25T12:00+09:00"),
        measurements={name: measurement(name, value) for name, value in values.items()},
        inspections={name: one for name, one in inspections.items() if one is not None},
    )


@pytest.mark.parametrize("case", worked("values"))
def test_absent_zero_and_not_applicable_are_three_things(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    rules = replace(rules_of("levels"), edition=item(given.get("policies", {})))

    one = build_candidate(application(given), SizeType.LARGE, None, (), rules)
    refused = [finding.facts.words["indicator"] for finding in check_scorable(one, rules)]

    assert refused == expect.get("refused", [])
    if refused:
        return
    card = build_scorecard(one, rules.edition, collect_peer_measures([one], rules.edition))
    scores = {score.indicator.id: score for score in card.indicators()}
    assert {name: score.points for name, score in scores.items()} == {name: number(expect[name]) for name in "ABC"}
    weights = {"A": "30", "B": "20", "C": "10"} | expect.get("out_of", {})
    assert {name: score.out_of for name, score in scores.items()} == {
        n: number(weight) for n, weight in weights.items()
    }
    totals = {"total": card.points, "claimed": card.claimed, "desk": card.desk}
    assert totals == {name: number(expect.get(name, expect["total"])) for name in totals}


def domain(name: str, given: Mapping[str, str]) -> SectionScore:
    points = number(given["points"])
    return SectionScore(id=name, name=text(name), out_of=number(given["out_of"]), exact=points, points=points)


@pytest.mark.parametrize("case", worked("levels"))
def test_points_become_a_level(case: dict[str, Any]) -> None:
    given, expect, rules = case["given"], case["expect"], rules_of("levels")
    domains = tuple(domain(name, one) for name, one in given.get("domains", {}).items())
    exact = sum((one.points for one in domains), Fraction(0)) if domains else number(given["points"])
    points = round_to(exact, rules.edition.rounding_at(RoundingStep.TOTAL))
    card = Scorecard(
        edition=rules.edition.id,
        out_of=number(given.get("out_of", "2000")),
        domains=domains,
        exact=exact,
        points=points,
        claimed=points,
        desk=points,
        rounding=rules.edition.rounding,
    )

    found = determine_level(card, with_floors(rules.levels, given["floors"]) if "floors" in given else rules.levels)

    assert (points, found.level, found.certified) == (
        number(expect["points"]),
        int(expect["level"]),
        yes(expect["certified"]),
    )
    assert found.by_points == int(expect.get("by_points", expect["level"]))


def with_floors(levels: LevelsRules, given: list[Mapping[str, str]]) -> LevelsRules:
    floors = tuple(
        LevelFloor(domain=one["domain"], at_least=number(one["at_least"]), best_level=int(one["best_level"]))
        for one in given
    )
    return replace(levels, floors=replace(levels.floors, value=floors))
