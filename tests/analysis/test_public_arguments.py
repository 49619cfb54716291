"""Whatever stands where another thing is wanted is refused in one sentence, by every public function and value."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from inspect import unwrap
from types import FunctionType
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

import smartcert
from smartcert.analysis.arguments import MOST_RESULTS
from smartcert.analysis.monte_carlo import check_draws
from smartcert.argument_types import check_arguments
from smartcert.errors import SmartcertError, UsageError
from smartcert.notebook.open import open_audit
from tests.support.build import example


class Stranger:
    """What no function takes."""


ROUND = example()
ARRAYS = smartcert.arrays(ROUND)
STANDARD = smartcert.standard(ARRAYS)
DATA = pd.DataFrame(
    {"a": [1, 2, np.nan, 4, 7, 5], "b": [4.0, 3, 2, 2, 1, 6], "c": [1.0, 5, 2, 9, 1, 2], "group": list("sslsll")},
    index=list("uvwxyz"),
)
TREE = pd.DataFrame({"name": ["i", "g", "a", "b", "c"], "parent": ["", "i", "g", "g", "i"]})
INDEX = smartcert.Index.from_tables(DATA, TREE)
NUMBERS = DATA[["a", "b", "c"]]
YEARS = pd.concat([DATA.assign(year=year, unit=DATA.index) for year in (2020, 2021, 2022)]).set_index(["unit", "year"])
PANEL = smartcert.IndexPanel.from_tables(YEARS, TREE)
PLAN = smartcert.Plan()
MARKS = np.array([[1.0, 2], [2, 2], [3, 3], [4, 5], [5, 4], [1, 1]])
CODES = pd.Series({"1100000000": 1.0, "2600000000": 2.0})
VARIED = smartcert.IndexPlan(
    index=INDEX, choices={"scale": ["minmax", "rank"], "available": smartcert.Between(low=0.1, high=0.9)}
)
SPEED = {"id": "speed", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
EXPERTS = pd.DataFrame([("kim", "a", "b", "3")], columns=["expert", "left", "right", "ratio"])
BUDGETS = pd.DataFrame({"a": [60.0, 50.0], "b": [40.0, 50.0]}, index=["kim", "lee"])


def options_of_an_index() -> dict[str, Any]:
    return {name: getattr(smartcert.IndexMethod(), name) for name in smartcert.IndexMethod.__dataclass_fields__}


CALLS: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "open_round": (smartcert.open_round, {"name": "example", "registry": None, "marks": True}),
    **{
        f"OpenRound.{name}": (getattr(ROUND, name), {"applicant_id": "haneul"})
        for name in ("record", "application", "input_digests")
    },
    "ScoredTable.working": (
        smartcert.score({"indicators": [SPEED]}, pd.DataFrame({"speed": [40]}, index=["a"])).working,
        {"applicant": "a", "language": "en"},
    ),
    **{
        name: (getattr(smartcert, name), {"opened": ROUND})
        for name in ("applicants", "scores", "points", "marks", "arrays")
    },
    "indicators": (smartcert.indicators, {"source": ROUND}),
    "what_if": (smartcert.what_if, {"arrays": ARRAYS, "change": None, "scorer": None}),
    "Change": (smartcert.Change, dict.fromkeys(("weights", "bounds", "method", "aggregation", "absent"))),
    "confidence": (
        smartcert.confidence,
        {"arrays": ARRAYS, "plan": None, "draws": 8, "threads": None, "change": None},
    ),
    "Plan": (smartcert.Plan, {name: getattr(PLAN, name) for name in smartcert.Plan.__dataclass_fields__}),
    "WeightRange": (smartcert.WeightRange, {"range": "uniform", "amount": 25.0, "per": "indicator"}),
    "ErrorSize": (smartcert.ErrorSize, {"relative": 0.1, "reversal": 0.1}),
    "Draws": (smartcert.Draws, {"arrays": ARRAYS, "plan": PLAN, "change": None}),
    "Draws.run": (smartcert.Draws(ARRAYS, PLAN).run, {"draws": 4}),
    "smallest_changes": (smartcert.smallest_changes, {"arrays": ARRAYS, "applicant": "haneul", "scorer": None}),
    "compare": (
        smartcert.compare,
        {"arrays": ARRAYS, "change": smartcert.Change(bounds={3: 65}), "edition": None, "scorer": None},
    ),
    "sensitivity": (
        smartcert.sensitivity,
        {"arrays": ARRAYS, "plan": PLAN, "base": 16, "seed": 1, "change": None},
    ),
    "standard": (smartcert.standard, {"source": ARRAYS}),
    "names": (smartcert.names, {"opened": ROUND, "language": "en"}),
    **{
        name: (getattr(smartcert, name), {"standard": STANDARD, "by": "item"})
        for name in ("reliability", "dimensions", "correlations")
    },
    **{name: (getattr(smartcert, name), {"standard": STANDARD}) for name in ("importance", "separation")},
    "burden": (smartcert.burden, {"opened": ROUND, "standard": None}),
    "moments": (smartcert.moments, {"values": ARRAYS}),
    "outliers": (smartcert.outliers, {"values": ARRAYS, "most": 5}),
    "gaps": (smartcert.gaps, {"arrays": ARRAYS}),
    "weights": (smartcert.weights, {"arrays": ARRAYS, "sets": None, "scorer": None}),
    **{
        name: (getattr(smartcert, name), {"arrays": ARRAYS, "scorer": None})
        for name in ("alternatives", "leave_one_out", "margins", "links")
    },
    "bunching": (smartcert.bunching, {"arrays": ARRAYS, "width": 20.0}),
    **{
        name: (getattr(smartcert, name), {"source": ROUND, "reader": ""})
        for name in ("review", "severity", "influence")
    },
    "cohen_kappa": (smartcert.cohen_kappa, {"table": MARKS, "weights": "none", "confidence": 0.95}),
    "icc": (smartcert.icc, {"table": MARKS, "confidence": 0.95}),
    "kendall_w": (smartcert.kendall_w, {"table": MARKS, "ties": True}),
    "krippendorff_alpha": (smartcert.krippendorff_alpha, {"table": MARKS, "metric": "ordinal"}),
    "resample_agreement": (
        smartcert.resample_agreement,
        {"table": MARKS, "measure": smartcert.cohen_kappa, "resamples": 100, "confidence": 0.95, "seed": 1},
    ),
    "alpha_interval": (smartcert.alpha_interval, {"table": NUMBERS.dropna(), "confidence": 0.95}),
    "history": (smartcert.history, {"on": "2024-06-01"}),
    **{
        name: (getattr(smartcert, name), {"values": CODES, "ax": None, "title": "", "language": "en"})
        for name in ("plot_map", "plot_tiles")
    },
    "use_korean_font": (smartcert.use_korean_font, {}),
    "score": (
        smartcert.score,
        {
            "edition": {"indicators": [SPEED]},
            "measurements": pd.DataFrame({"speed": [40, 25]}, index=["a", "b"]),
            **dict.fromkeys(("marks", "applicants", "rules", "method", "mark_scale", "levels"), None),
            "on": "2026-07-01",
            "drop": None,
            "at_least": None,
            "fewest": None,
        },
    ),
    "IndicatorTable": (smartcert.IndicatorTable.from_shares, {"shares": NUMBERS.dropna(), "weights": None}),
    "ahp_weights": (smartcert.ahp_weights, {"table": EXPERTS, "pooling": "judgements"}),
    "IndexMethod": (smartcert.IndexMethod, options_of_an_index()),
    "Index.change": (INDEX.change, options_of_an_index()),
    "Index": (smartcert.Index.from_tables, {"data": DATA, "structure": TREE, "method": None}),
    "Index.ranks": (INDEX.ranks, {"digits": None, "of": None, "within": None}),
    "Index.levels": (INDEX.levels, {"bounds": {"high": 0.6, "low": 0.2}, "otherwise": "none", "digits": None}),
    "Index.describe_unit": (INDEX.describe_unit, {"unit": "u", "digits": None}),
    "Index.strengths": (INDEX.strengths, {"unit": "u", "number": 5}),
    "Index.column": (INDEX.column, {"name": None}),
    "Index.rank_intervals": (INDEX.rank_intervals, {"percent": 25.0, "draws": 3, "seed": 1, "digits": None}),
    "IndexPlan": (
        smartcert.IndexPlan,
        {"index": INDEX, "choices": {"scale": ["minmax", "rank"]}, "digits": None, "seed": 1},
    ),
    "IndexPlan.run": (VARIED.run, {"runs": 8}),
    "IndexPlan.sensitivity": (VARIED.sensitivity, {"base": 16}),
    "Between": (smartcert.Between, {"low": 0.0, "high": 1.0}),
    "WeightNoise": (smartcert.WeightNoise, {"percent": 25.0, "names": (), "sets": 10}),
    "compare_indices": (smartcert.compare_indices, {"indices": {"a": INDEX, "b": INDEX}, "of": None, "digits": None}),
    "remove_elements": (smartcert.remove_elements, {"index": INDEX, "names": None}),
    "IndexPanel.from_tables": (smartcert.IndexPanel.from_tables, {"data": YEARS, "structure": TREE}),
    "IndexPanel": (smartcert.IndexPanel, {"index": PANEL.index}),
    "IndexPanel.values": (PANEL.values, {"of": None}),
    "IndexPanel.ranks": (PANEL.ranks, {"of": None, "digits": None}),
    "IndexPanel.trends": (PANEL.trends, {"measure": "cagr", "of_data": False, "latest": None}),
    "Scale": (smartcert.Scale, {"method": "minmax", "bottom": 0.0, "top": 1.0}),
    "Scale (goalposts)": (smartcert.Scale, {"method": "goalposts", "low": 0.0, "high": 1.0}),
    "Scale (zscore)": (smartcert.Scale, {"method": "zscore", "mean": 0.0, "deviation": 1.0}),
    "Scale (dist2ref)": (smartcert.Scale, {"method": "dist2ref", "reference": "u", "clamp": False}),
    "Treatment": (smartcert.Treatment, {"most": 5, "then": "log", "skewness": 2.0, "kurtosis": 3.5, "lam": 0.5}),
    "treat": (smartcert.treat, {"table": NUMBERS, "treatment": None}),
    "impute": (smartcert.impute, {"table": NUMBERS, "method": "group_mean", "groups": DATA["group"]}),
    "impute_panel": (smartcert.impute_panel, {"table": YEARS[["a", "b"]], "method": "last", "furthest": None}),
    "screen_units": (smartcert.screen_units, {"table": NUMBERS, "available": 0.5, "nonzero": 0.0}),
    **{
        name: (getattr(smartcert, name), {"table": STANDARD})
        for name in ("equal_weights", "entropy_weights", "critic_weights", "pca_weights")
    },
    "budget_weights": (smartcert.budget_weights, {"table": BUDGETS}),
    "optimise_weights": (smartcert.optimise_weights, {"index": INDEX, "wanted": None, "group": None}),
    "Result.plot": (smartcert.margins(ARRAYS).plot, {"ax": None, "language": "en", "names": None}),
}
NEVER_TAKEN = ("stranger", "a list of strangers", "a mapping of strangers")
"""What is no value of any argument, so that it must be refused; of the others it is enough that nothing breaks."""
STRANGE: dict[str, Any] = {
    "stranger": Stranger(),
    "a list of strangers": [Stranger()],
    "a mapping of strangers": {"nope": Stranger()},
    "misspelt": "medain",
    "empty text": "",
    "less than nothing": -1,
    "nothing": 0,
    "nan": float("nan"),
    "infinite": float("inf"),
    "huge": 1e200,
    "a truth": True,
    "none": None,
    "an empty list": [],
    "an empty mapping": {},
    "a number by a name": {"nope": float("nan")},
    "an array": np.array([1.0, 2.0]),
    "a table of words": pd.DataFrame({"q": ["x"]}),
    "an empty table": pd.DataFrame(),
    "a column twice": pd.DataFrame([[1.0, 2.0], [3.0, 1.0]], columns=["a", "a"]),
    "extremes": pd.DataFrame({"a": [1e-183, 1.0], "b": [2.0, 1e200]}),
    "a day": date(2020, 1, 1),
    "a broken number": 2.5,
    "a name twice": ("a", "a"),
}
RESULT_CLASSES = {"IndexComparison", "IndexUncertainty", "OptimisedWeights"}
"""What functions return, and nobody makes."""


@pytest.mark.parametrize("call", CALLS)
def test_nothing_strange_is_taken_and_nothing_breaks(call: str) -> None:
    function, valid = CALLS[call]
    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.simplefilter("error")
        function(**valid)
        for name in valid:
            for what, value in STRANGE.items():
                try:
                    function(**{**valid, name: value})
                except SmartcertError as error:
                    message = str(error)
                else:
                    message = ""
                assert bool(message) or what not in NEVER_TAKEN, (name, what)
                assert len(message) < 1000, (name, what)


MISTYPED: tuple[Any, ...] = (-1, 10**12, 10**30, 1e6, True, "1000", Fraction(5, 2))
"""What may be typed in place of a number of something."""
BOUNDED = {"draws", "runs", "base", "sets", "resamples", "threads", "chunk"}
SIZES: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    **CALLS,
    "confidence (threads)": (smartcert.confidence, {"arrays": ARRAYS, "draws": 8, "threads": 1}),
    "Draws.run (chunk)": (smartcert.Draws(ARRAYS, PLAN).run, {"draws": 4, "threads": 1, "chunk": 2}),
    "Draws.draw": (smartcert.Draws(ARRAYS, PLAN).draw, {"number": 3}),
    "Index.strengths": (INDEX.strengths, {"unit": "u", "number": 5}),
    "IndexPanel.trends": (PANEL.trends, {"latest": 2}),
    "IndexPanel.from_tables": (smartcert.IndexPanel.from_tables, {"data": YEARS, "structure": TREE, "furthest": 1}),
    "open_audit": (open_audit, {"round": "example", "draws": 16, "seed": 1}),
}


@pytest.mark.parametrize("call", SIZES)
def test_a_number_that_is_mistyped_is_refused_by_its_name_with_its_bounds(call: str) -> None:
    function, valid = SIZES[call]
    names = [name for name, value in valid.items() if isinstance(value, int) and not isinstance(value, bool)]
    for name, value in ((name, value) for name in names for value in MISTYPED):
        if valid[name] is None or (isinstance(value, float) and isinstance(valid[name], float)):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                function(**{**valid, name: value})
        except SmartcertError as error:
            message = str(error)
        else:
            message = ""
        integer = isinstance(value, int) and not isinstance(value, bool)
        assert name in message or (integer and not message and name not in BOUNDED), (name, value)
        if name in BOUNDED and integer:
            assert re.search(rf"{name}: a whole number from [\d,]+ to [\d,]+ is wanted, not ", message), value


def test_as_many_draws_as_can_be_held_are_taken() -> None:
    check_draws("draws", 1_000_000, 1, ARRAYS)
    most = MOST_RESULTS // (1000 * len(ARRAYS.ids) * 5)
    check_draws("draws", most, 1, ARRAYS, times=1000)
    with pytest.raises(UsageError, match=f"draws: a whole number from 1 to {most:,} is wanted, not {most + 1}"):
        check_draws("draws", most + 1, 1, ARRAYS, times=1000)


def test_every_public_function_and_value_stands_in_the_table() -> None:
    names = {name for name in smartcert.__all__ if name != "__version__"}
    values = {name for name in names if isinstance(kind := getattr(smartcert, name), type) and issubclass(kind, Enum)}
    assert names - values - RESULT_CLASSES <= CALLS.keys()


def test_every_public_function_checks_its_arguments() -> None:
    functions = [getattr(smartcert, name) for name in smartcert.__all__]
    unchecked = [
        own.__name__ for own in functions if callable(own) and not isinstance(own, type) and own is unwrap(own)
    ]
    assert unchecked == []


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("int", [0, np.int64(3)], [True, 2.0, "1", None]),
        ("float", [1, 2.5, np.float32(1)], [True, float("nan"), float("inf"), "1"]),
        ("bool", [True], [1, 0, None]),
        ("str | None", ["", None], [0, ["a"]]),
        ("Sequence[str]", [["a"], ("a",), pd.Index(["a"])], ["a", [1], {"a": 1}, pd.DataFrame({"a": [1]})]),
        ("Mapping[str, float]", [{}, {"a": 1}], [{"a": "1"}, {1: 1.0}, [("a", 1.0)]]),
        ("pd.Series[float]", [pd.Series([1.0])], [[1.0]]),
        ("tuple[float, float]", [(1, 2), [1, 2]], [(1,), "ab"]),
        ("Figure", [type("Figure", (), {})()], [Stranger()]),
    ],
)
def test_what_is_declared_is_what_is_taken(kind: str, taken: list[object], refused: list[object]) -> None:
    names = {"pd": pd, "Mapping": Mapping, "Sequence": Sequence}
    declared = FunctionType((lambda value: value).__code__, names, "take")
    declared.__annotations__ = {"value": kind}
    take = check_arguments(declared)
    for value in taken:
        assert take(value) is value
    for value in refused:
        with pytest.raises(UsageError, match=rf"{re.escape(kind)} is wanted, not "):
            take(value)


def test_a_moment_is_no_day_and_a_misspelt_name_is_answered() -> None:
    for moment in (pd.Timestamp("2026-11-01"), datetime(2026, 11, 1)):
        with pytest.raises(UsageError, match=r"date .* is wanted, not (Timestamp|datetime)"):
            smartcert.history(moment)
        with pytest.raises(UsageError, match=r"on: .* is wanted"):
            smartcert.score({"indicators": [SPEED]}, pd.DataFrame({"speed": [1]}, index=["a"]), on=moment)
    with pytest.raises(AttributeError, match="did you mean 'confidence'"):
        _ = smartcert.confidense  # type: ignore[attr-defined]


def test_a_round_that_is_called_by_its_year_is_opened_by_the_number() -> None:
    from smartcert.notebook import open as notebooks

    assert smartcert.open_round(2023).round.id == "2023"
    assert "2023" in notebooks.open_summary(round=2023, language="en").head().html
    with pytest.raises(UsageError, match="nobody was scored in round '2023'"):
        notebooks.open_audit(round=2023)
    for wrong in (True, 2023.0):
        with pytest.raises(UsageError, match="is wanted, not"):
            smartcert.open_round(wrong)  # type: ignore[arg-type]


def test_what_makes_an_argument_is_named_where_another_thing_is_given() -> None:
    scored = smartcert.score({"indicators": [SPEED]}, pd.DataFrame({"speed": [1]}, index=["a"]))
    for other in ("example", scored):
        with pytest.raises(UsageError, match=r"RoundArrays, as smartcert\.arrays returns it, is wanted, not "):
            smartcert.confidence(other)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"OpenRound, as smartcert\.open_round returns it, is wanted, not 'example'"):
        smartcert.arrays("example")  # type: ignore[arg-type]
    assert smartcert.confidence(smartcert.arrays(scored), draws=10).table.index.to_list() == ["a"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("open_audit", {"draws": "abc"}, "draws: int is wanted, not 'abc'"),
        ("open_audit", {"percent": "x"}, "percent: float is wanted, not 'x'"),
        ("open_comparison", {"bound": "70 %"}, "bound: float is wanted, not '70 %'"),
        ("open_comparison", {"method": 5}, "method: str is wanted, not 5"),
        ("open_explorer", {"scenario": None}, "scenario: str is wanted, not None"),
        ("open_committee", {"reader": 1}, "reader: str is wanted, not 1"),
        ("open_history", {"on": 2024}, "on: str is wanted, not 2024"),
    ],
)
def test_a_parameter_of_a_notebook_of_another_type_is_refused_by_its_name(
    name: str, given: dict[str, Any], said: str
) -> None:
    from smartcert.notebook import open as notebooks

    with pytest.raises(UsageError, match=re.escape(said)):
        getattr(notebooks, name)(**given)
