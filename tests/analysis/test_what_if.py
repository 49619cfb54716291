"""Changed rules: what-if, smallest changes, comparison and bunching hold against the exact evaluation."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import smartcert
from smartcert.analysis.arguments import read_meant
from smartcert.analysis.arrays import AbsentPolicy, Aggregation, RoundArrays, with_method
from smartcert.analysis.thresholds import find_lever_moves, find_weight_factors, smallest_changes
from smartcert.analysis.vectorised import Scorer, from_round
from smartcert.analysis.what_if import TOGETHER, Change, apply_edition, bunching, compare, what_if, write_code
from smartcert.errors import UsageError
from smartcert.evaluation.evaluate import evaluate, evaluate_changed
from smartcert.model.application import Mark, Missing
from smartcert.rules.parameters import CombinationMethod
from smartcert.rules.rulebook import Rules
from tests.support.big_round import big_arrays
from tests.support.build import example


@cache
def arrays() -> RoundArrays:
    return from_round(example())


@cache
def scorer() -> Scorer:
    return Scorer(arrays())


@cache
def changes(applicant: str) -> pd.DataFrame:
    return smallest_changes(arrays(), applicant, scorer())


def official(rules: Rules) -> dict[str, tuple[float, int]]:
    found = {}
    for one in evaluate(example().round, rules):
        if one.scorecard is not None and one.level is not None:
            found[one.id] = (float(one.scorecard.points), one.level.level)
    return found


def supposed(change: Change) -> dict[str, tuple[float, int]]:
    table = what_if(arrays(), change, scorer()).table
    return {
        str(name): (float(points), int(level))
        for name, points, level in zip(table.index, table["points_if"], table["level_if"], strict=True)
    }


def test_without_a_change_everything_is_as_officially_and_nobody_moves() -> None:
    table = what_if(arrays()).table
    assert supposed(Change()) == official(example().rules)
    assert (table["moved"] == 0).all()
    assert (table["flips"] == "").all()


@pytest.mark.parametrize("method", list(CombinationMethod))
def test_another_combination_is_what_the_evaluation_gives_under_it(method: CombinationMethod) -> None:
    rules = example().rules
    combination = rules.scoring.combination
    value = with_method(combination.value, method)
    changed = replace(rules, scoring=replace(rules.scoring, combination=replace(combination, value=value)))
    assert supposed(Change(method=method)) == official(changed)


@pytest.mark.parametrize("bound", ["69.5", "69.7", "70.05", "72.6"])
def test_other_bounds_are_what_the_evaluation_gives_under_them(bound: str) -> None:
    rules = example().rules
    third = replace(rules.levels.bounds[3], value=Fraction(bound))
    changed = replace(rules, levels=replace(rules.levels, bounds={**rules.levels.bounds, 3: third}))
    assert supposed(Change(bounds={3: float(bound)})) == official(changed)


def test_other_weights_are_what_an_edition_with_these_points_would_give() -> None:
    made = what_if(arrays(), Change(weights={"D1": 900.0}))
    assert made.weights.sum() == pytest.approx(2000)
    assert made.weights[arrays().domains[0].columns].sum() == pytest.approx(2000 * 900 / 2300)
    twice = what_if(
        arrays(), Change(weights={name: 2.0 * p for name, p in zip(arrays().names, arrays().points, strict=True)})
    )
    assert (twice.table["moved"] == 0).all()


@pytest.mark.parametrize("aggregation", [Aggregation.GEOMETRIC, Aggregation.HARMONIC])
def test_no_other_mean_gives_more_than_the_arithmetic_one(aggregation: Aggregation) -> None:
    made = what_if(big_arrays(60), Change(aggregation=aggregation)).table
    assert (made["moved"] <= 0.1).all()
    harmonic, geometric = (
        what_if(big_arrays(60), Change(aggregation=one)).table["points_if"]
        for one in (Aggregation.HARMONIC, Aggregation.GEOMETRIC)
    )
    assert (harmonic <= geometric + 0.1).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": {"N99": 3}}, "no indicator, item or domain 'N99'"),
        ({"weights": {"N01": -1}}, "0 or more"),
        ({"weights": {"N01": float("nan")}}, "a finite number"),
        ({"weights": {"D1": 0, "D2": 0, "D3": 0}}, "no points are left"),
        ({"weights": [3.0]}, "points by the id"),
        ({"bounds": {7: 50}}, "no bound of level 7"),
        ({"bounds": {3: 85}}, "lower from level to level"),
        ({"bounds": {1: 101}}, "0 to 100 percent"),
        ({"bounds": {"3": 60}}, "a whole number from 1 on"),
        ({"method": "medain"}, "no method 'medain'.*median.*there are: mean, median, trimmed_mean"),
        ({"aggregation": "foo"}, "no aggregation 'foo'; there are: arithmetic, geometric, harmonic"),
        ({"absent": "foo"}, "no absent 'foo'"),
    ],
)
def test_a_change_that_means_nothing_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        what_if(arrays(), Change(**change))


@pytest.mark.parametrize("name", ["arithmetic", "geometric", "harmonic"])
def test_a_choice_given_by_its_value_is_that_choice(name: str) -> None:
    by_value = what_if(arrays(), Change(aggregation=name))  # type: ignore[arg-type]  # what a researcher writes
    pd.testing.assert_frame_equal(by_value.table, what_if(arrays(), Change(aggregation=Aggregation(name))).table)
    assert (by_value.table["moved"] == 0).all() is np.bool_(name == "arithmetic")


@pytest.mark.parametrize(
    "change",
    [
        Change(weights={"D1": 800.0}),
        Change(bounds={3: 69.5}),
        Change(method=CombinationMethod.MEDIAN),
        Change(aggregation=Aggregation.GEOMETRIC, weights={"N01": 0.0}),
        Change(absent=AbsentPolicy.ZERO),
    ],
    ids=str,
)
def test_a_change_that_was_scored_before_gives_the_results_of_a_scorer_that_saw_none(change: Change) -> None:
    shared = Scorer(arrays())
    everything = (Change(), Change(weights={"N01": 5.0}), Change(bounds={3: 60.5}), change)
    for earlier in everything:
        what_if(arrays(), earlier, shared)
    again, anew = what_if(arrays(), change, shared), what_if(arrays(), change, Scorer(arrays()))
    assert again.table.equals(anew.table)
    assert (again.change, again.setting, again.weights.tolist()) == (change, anew.setting, anew.weights.tolist())


def test_weights_that_are_altered_after_they_were_scored_are_scored_anew() -> None:
    weights = {"N01": 0.0}
    first = what_if(arrays(), Change(weights=weights), scorer()).weights[0]
    weights["N01"] = 40.0
    assert what_if(arrays(), Change(weights=weights), scorer()).weights[0] == pytest.approx(40, rel=0.05) != first
    assert what_if(arrays(), Change(weights={"N01": 0.0}), scorer()).weights[0] == first == 0


def test_nobody_can_write_into_what_is_called_official() -> None:
    own = arrays()
    result = what_if(own, Change(bounds={3: 65.0}))
    for array in (own.points, own.values, own.marks, own.gaps, result.weights, result.official.totals):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    own_copy = result.table
    own_copy["points"] = 0.0
    assert (result.table["points"] > 0).all()


def level_with(applicant: str, name: str, evaluator: str, mark: int | None) -> int:
    """Return the level that the exact evaluation gives after one mark is changed, or an evaluator has none at all."""
    opened = example()
    ids = {f"E{n}": one.id for n, one in enumerate(opened.round.committee, start=1)}

    def turned(one: Mark) -> Mark:
        hit = one.evaluator == ids[evaluator] and name in ("", one.indicator)
        return replace(one, value=None if mark is None else Fraction(mark)) if hit else one

    application = next(one for one in opened.round.applications if one.id == applicant)
    changed = replace(application, marks=tuple(map(turned, application.marks)))
    again = next(iter(evaluate_changed(opened.round, [changed], opened.rules)))
    return again.level.level if again.level else 0


@pytest.mark.parametrize("applicant", ["mireu", "dasom"])
def test_single_marks_and_evaluators_that_turn_a_verdict_do_so_in_the_exact_evaluation(applicant: str) -> None:
    found = changes(applicant)
    own = next(one for one in example().evaluations if one.id == applicant)
    marks, evaluators = (found[found["lever"] == lever] for lever in ("mark", "evaluator"))
    for row in marks.head(2).to_dict("records"):
        name, evaluator = row["name"].split("/")
        assert (level_with(applicant, name, evaluator, int(row["after"])) <= 3) is not own.meets_criteria
    given = [one.value for one in own.scorecard.indicators()[3].combination.marks] if own.scorecard else []
    for number in range(1, len(given) + 1):
        turns = (level_with(applicant, "", f"E{number}", None) <= 3) is not own.meets_criteria
        assert (f"E{number}" in set(evaluators["name"])) is turns


def test_the_smallest_points_of_an_indicator_are_what_is_short_and_no_less_would_do() -> None:
    found = changes("haneul").query("lever == 'indicator'")
    marked = found["name"].isin([arrays().names[column] for column in arrays().qualitative])
    assert found[~marked]["size"].round(9).unique().tolist() == [5.95]  # 6 points short, and 0.05 less is rounded up
    assert (found[marked]["size"] >= 6).all()  # what marks give together goes in larger steps
    assert changes("byeolbit").query("lever == 'indicator'").empty


def test_a_weight_turns_the_verdict_at_its_turning_point_and_a_thousandth_nearer_does_not() -> None:
    made = arrays()
    for applicant, certified in (("haneul", False), ("mireu", True)):
        moves = [move for move in find_lever_moves(made, applicant, scorer())[0] if move.lever == "weight"]
        for move in moves[:5]:
            nearer = move.after + Fraction(1 if move.before > move.after else -1, 1000)
            for weight, turns in ((move.after, True), (nearer, False)):
                scored = scorer().evaluate(scorer().setting, find_weight_factors(made, move.name, weight))
                level = scored.levels[0, made.ids.index(applicant)]
                assert (bool(level <= 3) is not certified) is turns


def test_the_bound_would_have_to_move_to_the_total_or_just_over_it() -> None:
    made = arrays()
    for applicant in made.ids[::3]:
        rows = changes(applicant).query("lever == 'bound'")
        points = what_if(made).table.loc[applicant, "points"]
        assert rows.empty == (not 1200 < points < 1600)  # it would have to pass the bound of level 2 or 4
        for row in rows.to_dict("records"):
            table = what_if(made, Change(bounds={3: row["after"] / 20}), scorer()).table
            assert (table.loc[applicant, "level_if"] <= 3) == row["certified_after"]


def test_who_moves_is_told_with_the_rule_through_which() -> None:
    made = compare(arrays(), Change(bounds={3: 69.5}, method=CombinationMethod.MEDIAN))
    moved = made.table[made.table["through"] != ""]
    assert set(made.alone.index) == {"bounds", "method"}
    for applicant, row in moved.iterrows():
        alone = row["through"].split(" + ")
        if alone != [TOGETHER]:
            changes = {"bounds": Change(bounds={3: 69.5}), "method": Change(method=CombinationMethod.MEDIAN)}
            for name in alone:
                assert what_if(arrays(), changes[name]).table.loc[applicant, "level_if"] == row["level_if"]
    assert (made.table.query("level == level_if")["through"] == "").all()


def test_another_edition_is_compared_and_the_same_edition_moves_nobody() -> None:
    edition = example().rules.edition
    same = compare(arrays(), Change(), apply_edition(example(), edition))
    assert (same.table["moved"] == 0).all()
    domain = edition.domains[0]
    item = domain.sections[0]
    first = replace(item.indicators[0], id="X01")
    changed_item = replace(item, indicators=(first, *item.indicators[1:]))
    other = replace(
        edition,
        id="other",
        domains=(replace(domain, sections=(changed_item, *domain.sections[1:])), *edition.domains[1:]),
    )
    made = compare(arrays(), Change(), apply_edition(example(), other))
    assert made.alone.index.tolist() == ["edition"]
    assert (made.table["moved"] <= 0).all()
    assert made.table["moved"].min() == -30
    with pytest.raises(UsageError, match="no indicator in common"):
        apply_edition(
            example(), replace(other, domains=(replace(domain, sections=(replace(item, indicators=(first,)),)),))
        )


def test_totals_are_counted_below_and_above_each_bound() -> None:
    made = bunching({"example": arrays()}, width=10)
    third = made.query("level == 3").set_index("size_type")
    assert third.loc["large", ["below", "above"]].tolist() == [1, 2]  # 1,399.0 below; 1,400.0 twice, on the bound
    assert third.loc["small_medium", ["below", "above"]].tolist() == [1, 1]
    assert made["chance"].between(0, 1).all()
    assert bunching({"x": arrays()}, 10).query("below == 1 and above == 2")["chance"].tolist() == [1.0]
    with pytest.raises(UsageError, match="above 0"):
        bunching({"x": arrays()}, 0)


def test_everything_a_researcher_needs_comes_with_one_import() -> None:
    import re
    from pathlib import Path

    stub = Path(smartcert.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    told = set(re.findall(r"(?:as|def) (\w+)", stub))
    assert told == set(smartcert.__all__) - {"__version__"}
    assert all(callable(getattr(smartcert, name)) for name in told)
    assert told <= set(dir(smartcert))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = smartcert.nonsense  # type: ignore[attr-defined]


def test_the_frames_have_the_documented_columns() -> None:
    from smartcert.analysis.frames import COLUMNS

    opened = example()
    made = {
        "applicants": smartcert.applicants(opened).reset_index(),
        "indicators": smartcert.indicators(opened.rules.edition).reset_index(),
        "scores": smartcert.scores(opened),
        "marks": smartcert.marks(opened),
    }
    assert {name: list(frame.columns) for name, frame in made.items()} == {k: list(v) for k, v in COLUMNS.items()}
    points = smartcert.points(opened)
    assert np.allclose(
        points.sum(axis=1), made["applicants"].set_index("applicant")["points"].dropna().loc[points.index], atol=0.05
    )
    gaps = made["scores"].query("applicant == 'saebyeok' and gap != ''")["gap"].value_counts().to_dict()
    card = next(one.scorecard for one in opened.evaluations if one.id == "saebyeok")
    assert card is not None
    told = [score.confirmed.value.value for score in card.indicators() if isinstance(score.confirmed.value, Missing)]
    assert gaps == {kind: told.count(kind) for kind in told}
    assert set(gaps) == {"absent", "not_applicable"}


@pytest.mark.parametrize("absent", [AbsentPolicy.ZERO, AbsentPolicy.REDISTRIBUTE])
def test_spreading_the_points_of_gaps_never_costs_any(absent: AbsentPolicy) -> None:
    own = scorer()
    zero, spread = (
        own.nominal(replace(own.setting, absent=one)).totals for one in (AbsentPolicy.ZERO, AbsentPolicy.REDISTRIBUTE)
    )
    assert (spread >= zero).all()
    assert own.nominal(replace(own.setting, absent=absent)).totals.shape == zero.shape


def test_a_fraction_is_exact_and_the_code_of_a_change_makes_the_same_change() -> None:
    thirds = smartcert.Change(bounds={3: Fraction(200, 3)}, weights={"D1": Fraction(2000, 3)})
    plain = smartcert.Change(bounds={np.int64(3): np.float32(66.4)}, weights={"D1": np.float64(900)})  # type: ignore[dict-item]
    assert plain == smartcert.Change(bounds={3: 66.4}, weights={"D1": 900.0})
    for change in (thirds, plain):
        names: dict[str, object] = {}
        exec(write_code(change, "example").rsplit("\n", 1)[0], names)  # noqa: S102  code that we wrote
        assert names["change"] == change
    own = what_if(arrays(), thirds, scorer()).weights
    domains = [float(own[domain.columns].sum()) for domain in arrays().domains]
    others = sum(float(arrays().points[domain.columns].sum()) for domain in arrays().domains[1:])
    assert domains[0] == pytest.approx(arrays().out_of * (2000 / 3) / (2000 / 3 + others))


tenths = st.integers(10, 999).map(lambda number: Fraction(number, 10))


@given(st.tuples(tenths, tenths, tenths), st.fractions(0, 1, max_denominator=9))
def test_official_weights_that_were_computed_with_floats_move_nobody_off_a_bound(
    points: tuple[Fraction, ...], second: Fraction
) -> None:
    # somebody exactly at 70 %: all of the first indicator, a share of the second, and what is left of the third
    rest = (sum(points) * Fraction(7, 10) - points[0] - points[1] * second) / points[2]
    assume(0 <= rest <= 1)
    scale = {"kind": "linear", "zero_at": 0, "full_at": 1}
    edition = {"indicators": [{"id": f"i{j}", "points": float(own), "scale": scale} for j, own in enumerate(points)]}
    figures = pd.DataFrame({"i0": ["1"], "i1": [str(second)], "i2": [str(rest)]}, index=["x"])
    scored = smartcert.score(edition, figures, levels={1: 90, 2: 80, 3: 70, 4: 60})
    assert scored.levels["x"] == 3
    own = smartcert.arrays(scored)
    table = smartcert.weights(own).table
    assert table.loc["official", ["levels_moved", "points"]].tolist() == [0, 0]
    shares = own.points / own.points.sum()
    for size in (1.0, own.out_of, own.out_of / 3, 1e-6):
        weights = {name: float(share) * size for name, share in zip(own.names, shares, strict=True)}
        if size == own.out_of:
            assert what_if(own, Change(weights=weights)).table["level_if"].tolist() == [3]
        assert what_if(own, Change(weights=weights)).table["moved"].abs().max() <= 1e-9


@pytest.mark.parametrize("number", [66.4, 1287.3 / 20, 0.1 + 0.2, 100 / 3, 200 / 3 * 1.5])
def test_a_computed_number_is_the_one_that_it_is_meant_as(number: float) -> None:
    meant = {1287.3 / 20: "64.365", 0.1 + 0.2: "0.3", 100 / 3: "100/3", 200 / 3 * 1.5: "100", 66.4: "66.4"}
    assert read_meant(number, [Fraction(100, 3), Fraction(7)]) == Fraction(meant[number])


@given(st.integers(5001, 8999), st.integers(1, 30))
def test_who_is_exactly_on_a_threshold_is_no_way_off_it(bound: int, points: int) -> None:
    percent = Fraction(bound, 100)
    ends = {"x": percent, "y": percent - 10, "z": percent + 10}
    figures = pd.DataFrame({"s": [str(own) for own in ends.values()]}, index=list(ends))
    speed = {
        "id": "s",
        "points": float(Fraction(points, 10)),
        "scale": {"kind": "linear", "zero_at": 0, "full_at": 100},
    }
    levels = {1: 95, 2: 92.5, 3: float(percent), 4: 20}
    own = smartcert.arrays(smartcert.score({"indicators": [speed]}, figures, levels=levels))
    table = smartcert.margins(own).table
    assert table.loc["x", "distance"] == 0
    assert smartcert.what_if(own).table.loc["x", "level"] == 3
    counted = bunching({"": own}, points / 100).query("level == 3 and size_type == 'large'").iloc[0]
    assert (counted["below"], counted["above"]) == (
        1,
        1,
    )  # y is exactly as far below as counts, z as far above as does not
