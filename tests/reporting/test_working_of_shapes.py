"""The working of criteria of any shape: every sum and formula shown reaches its points with a pocket calculator."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from smartcert.analysis.tables import score
from smartcert.model.evaluation import Working
from smartcert.reporting.applicant.working import describe_rule
from smartcert.reporting.catalogue import Words, format_value, load_words
from tests.support.build import rulebook, rules_of_2023

UNIT = {"ko": "개", "en": "things"}


def figure(name: str, points: int = 10, **others: Any) -> dict[str, Any]:
    scale = {"kind": "linear", "zero_at": 0, "full_at": abs(points)}
    return {"id": name, "points": points, "scale": scale, **others}


def total(edition: dict[str, Any], values: dict[str, float | str], language: str = "en") -> str:
    """Return how the total of one applicant came about."""
    steps: str = score(edition, pd.DataFrame(values, index=["x"])).working("x", language).iloc[-1]["steps"]
    return steps


TWO = [
    {"id": "d1", "points": 10, "indicators": [figure("a")]},
    {"id": "d2", "points": 20, "indicators": [figure("b", 20)]},
]

SUMS: list[tuple[dict[str, Any], dict[str, float | str], str]] = [
    ({"domains": TWO}, {"a": 4, "b": 5}, "4 + 5 = 9"),
    (
        {"indicators": [figure("a"), figure("extra", 5, effect="bonus")]},
        {"a": 4, "extra": 2},
        "4 + 2 = 6",
    ),
    (
        {"indicators": [figure("a")], "total": {"bonus_cap": 3}},
        {"a": 4},
        "4 = 4",
    ),
    (
        {"indicators": [figure("a"), figure("extra", 5, effect="bonus")], "total": {"bonus_cap": 3}},
        {"a": 4, "extra": 5},
        "4 + 3 = 7; 3 of 5 bonus points counted",
    ),
    (
        {"indicators": [figure("a"), figure("extra", 5, effect="bonus")], "total": {"cap": 10}},
        {"a": 9, "extra": 5},
        "9 + 5 = 14, rounded to 10|9 + 5 = 14; capped at 10 points",
    ),
    (
        {
            "domains": [{**TWO[0], "weight": 2}, TWO[1]],
            "stated": {"domains": 2, "items": 2, "indicators": 2, "points": 40, "quantitative": 30, "qualitative": 0},
        },
        {"a": 4, "b": 5},
        "2 × 4 + 5 = 13",
    ),
    (
        {"domains": TWO, "total": {"method": "arithmetic"}},
        {"a": 5, "b": 5},
        "30 × (5 ÷ 10 + 5 ÷ 20) ÷ 2 = 11.25",
    ),
    (
        {
            "domains": TWO,
            "total": {"method": "geometric"},
            "rounding": [{"at": "total", "digits": 1, "mode": "half_up"}],
        },
        {"a": 10, "b": 5},
        "30 × (10 ÷ 10)^(1 ÷ 2) × (5 ÷ 20)^(1 ÷ 2) = 15",
    ),
]


@pytest.mark.parametrize(("edition", "values", "wanted"), SUMS)
def test_a_total_is_shown_as_it_came_about(
    edition: dict[str, Any], values: dict[str, float | str], wanted: str
) -> None:
    assert total(edition, values) in wanted.split("|")


def test_figures_bases_and_formulas_stand_in_the_steps_with_their_values() -> None:
    ratio = {
        "id": "rate",
        "points": 10,
        "inputs": [
            {"id": "part", "name": {"ko": "일부", "en": "Part"}, "unit": UNIT},
            {"id": "every", "name": {"ko": "전체", "en": "All"}, "unit": UNIT},
        ],
        "measure": "part / (every + area) * 100",
        "scale": {"kind": "linear", "zero_at": 0, "full_at": 50},
    }
    dense = figure("lamps", per={"base": "area", "times": 10})
    area = {"id": "area", "name": {"ko": "면적", "en": "Area"}, "unit": UNIT}
    made = score(
        {"bases": [area], "indicators": [ratio, dense]},
        pd.DataFrame({"part": [6], "every": [20], "lamps": [2]}, index=["x"]),
        applicants=pd.DataFrame({"area": [4]}, index=["x"]),
    )
    steps = made.working("x")["steps"]
    assert "Part: 6 things; All: 20 things; Formula: 6 ÷ (20 + 4) × 100 = 25" in steps["rate"]
    assert "10 × 25 ÷ 50 = 5" in steps["rate"]
    assert "Per base: 2 ÷ 4 × 10 = 5" in steps["lamps"]
    assert "산식: 6 ÷ (20 + 4) × 100 = 25" in made.working("x", "ko")["steps"]["rate"]


def test_deductions_are_subtracted_and_prerequisites_are_met_or_not() -> None:
    minus = {
        "id": "fault",
        "points": -4,
        "effect": "deduction",
        "scale": {"kind": "linear", "zero_at": 0, "full_at": 8},
    }
    must = {"id": "must", "effect": "prerequisite", "scale": {"kind": "yes_no"}}
    edition = {"indicators": [figure("a"), {**minus, "direction": "lower_is_better"}, must]}
    made = score(edition, pd.DataFrame({"a": [9], "fault": [4], "must": ["no"]}, index=["x"]))
    assert made.working("x").iloc[-1]["steps"] == "9 − 2 = 7"
    assert made.working("x").loc["must", "steps"].endswith("Points: not met")
    assert not made.table.loc["x", "certified"]


def test_the_best_of_a_section_are_named_with_all_that_were_there() -> None:
    section = {"id": "d", "points": 20, "best": 2, "indicators": [figure("a"), figure("b"), figure("c")]}
    stated = {"domains": 1, "items": 1, "indicators": 3, "points": 20, "quantitative": 30, "qualitative": 0}
    edition = {"domains": [section], "stated": stated}
    made = score(edition, pd.DataFrame({"a": [3], "b": [8], "c": [5]}, index=["x"]))
    assert made.totals["x"] == 13


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (0, "en", "0 analyses"),
        (1, "en", "1 analysis"),
        (2, "en", "2 analyses"),
        (Fraction(3, 2), "en", "1.5 analyses"),
        (-1, "en", "-1 analyses"),
        (1, "ko", "1건"),
        (2, "ko", "2건"),
    ],
)
def test_one_in_english_has_the_unit_of_one(value: Fraction | int, language: str, shown: str) -> None:
    indicator = next(one for one in rules_of_2023().edition.indicators() if one.unit_one == "analysis")
    assert format_value(Fraction(value), indicator, Words(language)).replace("−", "-") == shown


@pytest.mark.parametrize("edition", ["illustrative-2023", "service-illustrative-2023"])
def test_no_scale_in_english_has_a_unit_of_many_beside_one(edition: str) -> None:
    words = load_words("en", "report")
    for indicator in rulebook().editions[edition].indicators():
        if indicator.unit_one is not None:
            rule = describe_rule(
                indicator, Working(value=Fraction(1), measure=Fraction(1), exact=Fraction(0), points=Fraction(0)), words
            )
            assert not any(re.search(rf"(?<![\d.,])1 {indicator.unit.en}\b", part.text) for part in rule)
