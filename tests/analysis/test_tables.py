"""Scores from tables alone: as a round gives them, for every analysis; what is no value is refused with its cell."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smartcert
from smartcert.analysis.tables import ScoredTable, score
from smartcert.errors import InputError, UsageError
from smartcert.evaluation.scales import apply_scale
from smartcert.model.application import Application, Missing
from tests.support.build import example

LINE = {"id": "speed", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
YES = {"id": "plan", "points": 10, "scale": {"kind": "yes_no"}, "absent": "zero"}
PANEL = {"id": "style", "points": 10, "kind": "qualitative", "scale": {"kind": "marks", "zero_at": 0, "full_at": 10}}


def list_claims(applications: list[Application]) -> pd.DataFrame:
    """Return the claims of applications as a long table."""
    return pd.DataFrame(
        [
            (one.id, name, str(measured.claimed) if isinstance(measured.claimed, Missing) else measured.claimed)
            for one in applications
            for name, measured in one.measurements.items()
        ],
        columns=["applicant", "indicator", "value"],
    )


def list_marks(applications: list[Application]) -> pd.DataFrame:
    return pd.DataFrame(
        [(one.id, mark.indicator, mark.evaluator, mark.value) for one in applications for mark in one.marks],
        columns=["applicant", "indicator", "evaluator", "mark"],
    )


def test_the_tables_of_the_example_round_give_what_the_round_gives_before_anything_was_corrected() -> None:
    opened = example()
    scored = {one.id: one for one in opened.evaluations if one.scorecard}
    own = [one for one in opened.round.applications if one.id in scored and not one.exclusions]
    people = pd.DataFrame(
        {
            "class": [scored[one.id].size_type for one in own],
            "population": [
                population.residents if (population := scored[one.id].applicant.population) else None for one in own
            ],
        },
        index=[one.id for one in own],
    )
    made = score("illustrative-2023", list_claims(own), list_marks(own), people, on=opened.round.governing_day)
    ranked = {one.id for one in opened.rules.edition.indicators() if one.scale.kind == "rank"}
    for evaluation in made.evaluations:
        assert evaluation.scorecard is not None
        for mine, theirs in zip(
            evaluation.scorecard.indicators(), scored[evaluation.id].scorecard.indicators(), strict=True
        ):
            if mine.id not in ranked:
                assert mine.confirmed.points == theirs.claimed.points
    assert smartcert.arrays(made).values.shape == (len(own), 53)
    assert len(smartcert.what_if(smartcert.arrays(made), smartcert.Change(bounds={3: 65.0})).table) == len(own)
    assert len(smartcert.confidence(smartcert.arrays(made), draws=16).table) == len(own)


PANELS = pd.DataFrame({"J1": [7.5, 9.0], "J2": [8.0, 9.0], "J3": [8.5, np.nan], "J4": [9.5, 9.0]}, index=["a", "b"])


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        # by hand: a drops 7.5 and 9.5: (8.0 + 8.5) / 2 = 8.25; b has three marks of 9, drops two of them
        ({"method": "trimmed_mean", "drop": 1, "at_least": 3}, {"a": 8.25, "b": 9.0}),
        ({"method": "trimmed_mean", "drop": 1, "at_least": 4}, {"a": 8.25, "b": 9.0}),
        ({"method": "mean"}, {"a": 8.375, "b": 9.0}),  # (7.5 + 8 + 8.5 + 9.5) / 4 = 33.5 / 4
        ({"method": "median"}, {"a": 8.25, "b": 9.0}),
        ({"method": "mean", "fewest": 4}, {"a": 8.375}),  # b has three marks
    ],
)
def test_panels_of_judges_are_a_table_and_a_line(arguments: dict[str, Any], wanted: dict[str, float]) -> None:
    made = score({"indicators": [PANEL]}, marks=PANELS, mark_scale=(0, 10, 0.5), **arguments)
    assert made.totals.dropna().to_dict() == wanted
    assert set(made.table.query("reason != ''").index) == set(PANELS.index) - set(wanted)


@pytest.mark.parametrize(
    "long",
    [
        lambda table: table,
        lambda table: table.rename_axis("applicant").reset_index(),
        lambda table: table.assign(indicator="style"),
        lambda table: table.assign(indicator="style").rename_axis("applicant").set_index("indicator", append=True),
        lambda table: (
            table.rename_axis("applicant")
            .reset_index()
            .melt(id_vars="applicant", var_name="evaluator", value_name="mark")
            .assign(indicator="style")
        ),
    ],
)
def test_a_table_of_marks_may_have_any_of_its_shapes(long: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    made = score({"indicators": [PANEL]}, marks=long(PANELS), mark_scale=(0, 10, 0.5), method="mean")
    assert made.totals.to_dict() == {"a": 8.375, "b": 9.0}


@pytest.mark.parametrize(
    "value", [12.5, "12.5", Fraction(25, 2), Decimal("12.5"), np.float64(12.5), "25/2", np.float32(12.5)]
)
def test_a_figure_is_read_exactly_in_whatever_way_it_is_written(value: object) -> None:
    made = score({"indicators": [LINE]}, pd.DataFrame({"speed": [value]}, index=["a"], dtype=object))
    assert made.evaluations[0].scorecard is not None
    assert made.evaluations[0].scorecard.points == 20


def test_absent_not_applicable_and_zero_are_three_things() -> None:
    spread = {"items": [{"id": "i", "indicators": [{**LINE, "not_applicable": "redistribute", "absent": "zero"}, YES]}]}
    figures = pd.DataFrame({"speed": [0, "absent", "not_applicable", None], "plan": [1, "yes", True, "예"]})
    figures.index = pd.Index(["zero", "absent", "na", "empty"])
    made = score({"domains": [{"id": "d", **spread}]}, figures)
    assert made.totals.to_dict() == {"zero": 10.0, "absent": 10.0, "na": 90.0, "empty": 10.0}
    gaps = smartcert.scores(made).query("indicator == 'speed'").set_index("applicant")["gap"].to_dict()
    assert gaps == {"zero": "", "absent": "absent", "na": "not_applicable", "empty": "absent"}


def test_places_levels_sections_and_the_working_of_each_point_come_with_it() -> None:
    made = score(
        {"indicators": [LINE, YES]},
        pd.DataFrame({"speed": [40, 40, 10], "plan": ["yes", "yes", "no"]}, index=["a", "b", "c"]),
        levels={1: 70, 2: 50},
    )
    assert made.table["place"].tolist() == [1, 1, 3]
    assert made.levels.tolist() == [1, 1, 3]
    assert made.sections["all"].tolist() == [74.0, 74.0, 16.0]
    working = made.working("a")
    assert "80 × 40 ÷ 50 = 64" in working.loc["speed", "steps"]
    assert working.iloc[-1]["points"] == 74
    assert "80 × 40 ÷ 50 = 64" in made.working("a", "ko").loc["speed", "steps"]
    for rule in made.rules.levels.bounds.values():
        assert not rule.cite  # what a caller gives is no law


CELLS: list[tuple[dict[str, Any], str]] = [
    ({"measurements": pd.DataFrame({"sped": [1]}, index=["a"])}, "no indicator 'sped'.*speed"),
    ({"measurements": pd.DataFrame({"style": [1]}, index=["a"])}, "the qualitative indicator 'style'"),
    ({"measurements": pd.DataFrame({"speed": ["fast"]}, index=["a"])}, r"a, speed.*'fast'.*a finite number"),
    ({"measurements": pd.DataFrame({"speed": [np.inf]}, index=["a"])}, "inf.*a finite number"),
    ({"measurements": pd.DataFrame({"speed": [True]}, index=["a"])}, "True.*a finite number"),
    ({"measurements": pd.DataFrame({"plan": [2]}, index=["a"])}, "yes or no"),
    ({"measurements": pd.DataFrame({"speed": [1, 2]}, index=["a", "a"])}, "a, speed.*a second value"),
    ({"measurements": pd.DataFrame({"speed": [1]}, index=[7])}, "7.*a text, the id"),
    ({"measurements": pd.DataFrame({"indicator": ["speed"], "valu": [1]}, index=["a"])}, "no such column"),
    ({"marks": pd.DataFrame({"J1": [11]}, index=["a"])}, r"a, style, J1.*11.*from 1 to 5"),
    ({"marks": pd.DataFrame({"J1": [2.5]}, index=["a"])}, "2.5.*in steps of 1"),
    ({"marks": pd.DataFrame({"J1": [1, 2]}, index=["a", "a"])}, "a second mark"),
    (
        {
            "measurements": pd.DataFrame({"speed": [1]}, index=["a"]),
            "applicants": pd.DataFrame({"class": ["huge"]}, index=["a"]),
        },
        "'huge'.*one of large, small_medium",
    ),
    (
        {
            "measurements": pd.DataFrame({"speed": [1]}, index=["b"]),
            "applicants": pd.DataFrame({"class": ["large"]}, index=["a"]),
        },
        "b.*an applicant that the table of applicants lacks",
    ),
    (
        {
            "measurements": pd.DataFrame({"speed": [1]}, index=["a"]),
            "applicants": pd.DataFrame({"size": ["large"]}, index=["a"]),
        },
        "size.*an unknown column",
    ),
]


@pytest.mark.parametrize(("tables", "said"), CELLS)
def test_a_cell_that_is_no_value_is_refused_with_its_place(tables: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        score({"indicators": [LINE, YES, PANEL]}, **tables)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"method": "medain"}, "no method 'medain'"),
        ({"method": "mean", "drop": 1}, "only a trimmed mean drops"),
        ({"method": "median", "at_least": 4}, "at_least: only a trimmed mean drops"),
        ({"method": "trimmed_mean", "drop": 2, "at_least": 4}, "more than 4 marks"),
        ({"fewest": 0}, "a whole number from 1 on"),
        ({"mark_scale": (0, 10)}, r"mark_scale: tuple\[float, float, float\]"),
        ({"mark_scale": (0, 10, 3)}, "whole steps"),
        ({"levels": {2: 50}}, "a percentage for each level from 1 on"),
        ({"levels": {1: 50, 2: 60}}, "lower from level to level"),
        ({"on": "1999-01-01"}, "holds since|not yet"),
        ({"measurements": [1]}, "measurements: pd.DataFrame"),
        ({"measurements": None}, "nothing to score"),
    ],
)
def test_an_argument_that_is_none_is_refused(arguments: dict[str, Any], said: str) -> None:
    given = {"measurements": pd.DataFrame({"speed": [1]}, index=["a"]), **arguments}
    with pytest.raises(UsageError, match=said):
        score({"indicators": [LINE]}, **given)


def test_an_edition_of_ones_own_is_checked_like_a_file() -> None:
    with pytest.raises(InputError, match=r"own \(domains\[1\].indicators\[1\].scale"):
        score({"indicators": [{**LINE, "scale": {"kind": "linear", "zero_at": 1, "full_at": 1}}]}, pd.DataFrame())
    with pytest.raises(UsageError, match="'domains' or 'indicators'"):
        score({"indicator": []}, pd.DataFrame())
    with pytest.raises(UsageError, match=r"no edition .ilustrative-2023. .did you mean .illustrative-2023"):
        score("ilustrative-2023", pd.DataFrame())


def test_nobody_and_nothing_are_results_too() -> None:
    made = score({"indicators": [LINE]}, pd.DataFrame({"speed": []}))
    assert isinstance(made, ScoredTable)
    assert made.table.empty
    refused = score({"indicators": [LINE]}, pd.DataFrame({"speed": [None]}, index=["a"]))
    assert refused.levels.isna().all()
    assert refused.table.loc["a", "reason"]
    with pytest.raises(UsageError, match="'a' could not be scored"):
        refused.working("a")


def test_thousands_of_panels_take_seconds() -> None:
    rng = np.random.default_rng(1)
    panels = pd.DataFrame(rng.integers(0, 41, (2000, 9)) / 4, index=[f"p{n}" for n in range(2000)])
    panels.columns = pd.Index([f"J{n}" for n in range(9)])
    made = score({"indicators": [PANEL]}, marks=panels, mark_scale=(0, 10, 0.25), method="trimmed_mean", drop=1)
    wanted = (panels.sum(axis=1) - panels.max(axis=1) - panels.min(axis=1)) / 7
    assert made.table.index.tolist() == panels.index.tolist()
    assert np.allclose(made.totals.to_numpy(), wanted.to_numpy())
    assert len(repr(made)) < 100


@settings(max_examples=30, deadline=None)
@given(
    panels=st.lists(st.lists(st.integers(-5, 5) | st.none(), min_size=6, max_size=6), min_size=1, max_size=6),
    rule=st.sampled_from([("mean", {}), ("median", {}), *(("trimmed_mean", {"drop": n}) for n in (1, 2))]),
)
def test_panels_are_scored_exactly_as_fractions_are(
    panels: list[list[int | None]], rule: tuple[str, dict[str, int]]
) -> None:
    table = pd.DataFrame(panels, columns=[f"J{n}" for n in range(6)], index=[f"p{n}" for n in range(len(panels))])
    method, drop = rule[0], rule[1].get("drop", 0)
    more = {**rule[1], "at_least": 2 * drop + 1} if drop else {}
    made = score({"indicators": [PANEL]}, marks=table, mark_scale=(-5, 5, 1), method=method, fewest=1, **more)
    scale = next(made.rules.edition.indicators())
    cards = {one.id: one.scorecard for one in made.evaluations}
    for name, marks in zip(table.index, panels, strict=True):
        left = sorted(Fraction(mark) for mark in marks if mark is not None)
        card = cards[name]
        if not left:
            assert card is None
            continue
        counted = left
        if len(left) > 2 * drop:
            counted = left[drop : len(left) - drop]
        mean = median(left) if method == "median" else sum(counted, Fraction(0)) / len(counted)
        assert card is not None
        assert card.points == apply_scale(scale, mean).points
        (judged,) = card.indicators()
        assert judged.combination is not None
        assert judged.combination.exact == mean


def test_nobody_asks_for_the_reason_of_an_unknown_applicant() -> None:
    made = score({"indicators": [LINE]}, pd.DataFrame({"speed": [None]}, index=["abc"]))
    assert made.describe_reason("abc", "en") == made.table.loc["abc", "reason"] != ""
    with pytest.raises(UsageError, match=r"no applicant 'abd'.*'abc'"):
        made.describe_reason("abd", "en")


@pytest.mark.slow
def test_as_many_panels_as_figure_skating_has_take_seconds_of_processor_time() -> None:
    rng = np.random.default_rng(2)
    panels = pd.DataFrame(rng.integers(0, 41, (8630, 9)) / 4, index=[f"p{n}" for n in range(8630)])
    began = process_time()
    totals = score({"indicators": [PANEL]}, marks=panels, mark_scale=(0, 10, 0.25), method="mean").totals
    assert process_time() - began < 60, "three seconds on a machine that does nothing else"
    quarters = (panels.to_numpy() * 4).astype(int).sum(axis=1).tolist()
    assert totals.tolist() == [float(Fraction(one, 36)) for one in quarters]


def test_criteria_of_any_shape_are_scored_from_tables() -> None:
    ratio = {
        "id": "green",
        "points": 10,
        "inputs": [
            {"id": "parks", "name": {"ko": "공원", "en": "Parks"}, "unit": {"ko": "㎡", "en": "m2"}},
            {"id": "trees", "name": {"ko": "가로수", "en": "Trees"}, "unit": {"ko": "그루", "en": "trees"}},
        ],
        "measure": "parks / trees",
        "scale": {"kind": "linear", "zero_at": 0, "full_at": 4},
    }
    dense = {
        "id": "lamps",
        "points": 10,
        "per": {"base": "area_km2", "times": 1},
        "scale": {
            "kind": "by_class",
            "classes": {"large": {"kind": "linear", "zero_at": 0, "full_at": 10}},
            "otherwise": {"kind": "linear", "zero_at": 0, "full_at": 5},
        },
    }
    full = {"kind": "marks", "zero_at": 0, "full_at": 100}
    wide = {**PANEL, "marks": {"lowest": 0, "highest": 100, "step": 1}, "scale": full}
    bonus = {**YES, "id": "first", "points": 5, "effect": "bonus"}
    area = {"id": "area_km2", "name": {"ko": "면적", "en": "Area"}, "unit": {"ko": "㎢", "en": "km2"}}
    made = score(
        {"bases": [area], "indicators": [ratio, dense, wide, bonus]},
        pd.DataFrame({"parks": [6, 6], "trees": [3, 0], "lamps": [20, 20], "first": ["yes", "no"]}, index=["a", "b"]),
        pd.DataFrame({"E1": [73, 50], "E2": [80, 60], "E3": [90, 70]}, index=["a", "b"]),
        pd.DataFrame({"class": ["large", "small_medium"], "area_km2": [10, "20/3"]}, index=["a", "b"]),
        method="mean",
    )
    # a: 10 x 2 / 4 = 5; 20 / 10 = 2 of 10: 2; (73 + 80 + 90) / 3 = 81: 8.1; bonus 5; together 20.1
    assert made.totals["a"] == 20.1
    assert made.table.loc["b", "reason"]  # b divides by zero, and absent values are refused
    with pytest.raises(InputError, match=r"area_km2.*a number above 0"):
        score(
            {"bases": [area], "indicators": [dense]},
            pd.DataFrame({"lamps": [20]}, index=["a"]),
            applicants=pd.DataFrame({"area_km2": [0]}, index=["a"]),
        )
