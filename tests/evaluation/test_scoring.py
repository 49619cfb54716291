from dataclasses import replace
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.scales import RankedMeasures, apply_scale, argsort, compute_measure, find_place, score_rank
from smartcert.evaluation.scoring import Column, Scorer, build_scorecard, collect_peer_measures
from smartcert.model.applicant import SizeType
from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    LinearScale,
    MissingPolicy,
    RankScale,
    RoundingStep,
    YesNoScale,
)
from tests.support.build import ABSENT, NOT_APPLICABLE, candidate, edition, indicator, rules_of_2023

BANDS = BandScale(
    bands=(Band(bound=Fraction(10), points=Fraction(30)), Band(bound=Fraction(5), points=Fraction(10))),
    otherwise=Fraction(0),
)
UPWARDS = [
    indicator("N1", BANDS),
    indicator("N2", LinearScale(zero_at=Fraction(2), full_at=Fraction(9)), 41),
    indicator("N3", CountScale(points_each=Fraction(5), cap=Fraction(4)), 20),
    indicator("N4", YesNoScale(), 7),
    indicator("N5", LinearScale(zero_at=Fraction(0), full_at=Fraction(3)), 13, per_people=1000),
    indicator(
        "N6",
        RankScale(by="share", bands=(Band(bound=Fraction(50), points=Fraction(30)),), otherwise=Fraction(3)),
    ),
]
EDITION = edition(UPWARDS, {RoundingStep.INDICATOR: 2, RoundingStep.TOTAL: 1}, domains=2)
values = st.fixed_dictionaries(
    {
        one.id: st.fractions(0, 12, max_denominator=60)
        if one.id != "N4"
        else st.sampled_from([Fraction(0), Fraction(1)])
        for one in UPWARDS
    }
)


@given(values)
def test_points_stay_within_bounds_and_sums_add_up(mine: dict[str, Fraction]) -> None:
    card = build_scorecard(candidate(mine), EDITION, collect_peer_measures([candidate(mine)], EDITION))
    for score in card.indicators():
        assert 0 <= score.points <= score.out_of
    assert card.exact == sum(score.points for score in card.indicators())
    assert card.claimed == card.desk == card.points
    assert sum(domain.out_of for domain in card.domains) == card.out_of


@given(values, st.sampled_from([one.id for one in UPWARDS]), st.fractions(0, 5), st.lists(values, max_size=4))
def test_a_better_value_never_lowers_points_or_level(
    mine: dict[str, Fraction], which: str, more: Fraction, others: list[dict[str, Fraction]]
) -> None:
    better = mine | {which: Fraction(1) if which == "N4" else mine[which] + more}
    rivals = [candidate(other) for other in others]
    cards = [
        build_scorecard(candidate(one), EDITION, collect_peer_measures([candidate(one), *rivals], EDITION))
        for one in (mine, better)
    ]
    assert cards[1].points >= cards[0].points
    levels = [determine_level(card, rules_of_2023().levels).level for card in cards]
    assert levels[1] <= levels[0]


def test_absent_zero_and_not_applicable_are_three_different_things() -> None:
    parts = [indicator("N1", points=30, not_applicable=MissingPolicy.REDISTRIBUTE), indicator("N2", points=60)]
    of = edition(parts)
    cards = {
        name: build_scorecard(candidate({"N1": value, "N2": Fraction(1, 2)}), of, {})
        for name, value in {"absent": ABSENT, "zero": Fraction(0), "not_applicable": NOT_APPLICABLE}.items()
    }
    assert [card.points for card in cards.values()] == [30, 30, 45]
    first = {name: card.indicators()[0] for name, card in cards.items()}
    assert (first["absent"].confirmed.policy, first["absent"].out_of) == ("zero", 30)
    assert (first["zero"].confirmed.policy, first["zero"].confirmed.measure) == (None, 0)
    assert (first["not_applicable"].confirmed.policy, first["not_applicable"].out_of) == ("redistribute", 0)
    assert cards["not_applicable"].indicators()[1].confirmed.spread == Fraction(3, 2)
    assert cards["not_applicable"].indicators()[1].out_of == 90


def test_a_value_exactly_on_a_bound_belongs_to_the_better_band() -> None:
    up, down = (
        UPWARDS[0],
        replace(
            UPWARDS[0],
            direction=Direction.LOWER,
            scale=BandScale(
                bands=(Band(bound=Fraction(5), points=Fraction(30)), Band(bound=Fraction(10), points=Fraction(10))),
                otherwise=Fraction(0),
            ),
        ),
    )
    tiny = Fraction(1, 10**12)
    assert [apply_scale(up, Fraction(10) + d).points for d in (-tiny, Fraction(0), tiny)] == [10, 30, 30]
    assert [apply_scale(down, Fraction(5) + d).points for d in (-tiny, Fraction(0), tiny)] == [30, 30, 10]


def test_ties_share_the_better_place() -> None:
    by_place = indicator(
        "N1",
        RankScale(
            by="position",
            bands=(Band(bound=Fraction(1), points=Fraction(30)), Band(bound=Fraction(2), points=Fraction(20))),
            otherwise=Fraction(5),
        ),
    )
    cohort = [Fraction(n) for n in (3, 7, 9, 9)]
    assert [
        (apply_scale(by_place, value, cohort).rank, apply_scale(by_place, value, cohort).points) for value in cohort
    ] == [
        (4, 5),
        (3, 5),
        (1, 30),
        (1, 30),
    ]
    lower = replace(by_place, direction=Direction.LOWER)
    assert [apply_scale(lower, value, cohort).rank for value in cohort] == [1, 2, 3, 3]


numbers = st.one_of(
    st.fractions(-2, 2, max_denominator=6), st.fractions(), st.integers(1, 5).map(lambda n: Fraction(n, 10**40))
)


@given(st.lists(numbers), numbers)
def test_measures_are_ordered_and_found_as_fractions_compare(measures: list[Fraction], other: Fraction) -> None:
    assert argsort(measures) == sorted(range(len(measures)), key=measures.__getitem__)
    assert argsort(measures, descending=True) == sorted(range(len(measures)), key=measures.__getitem__, reverse=True)
    ranked = RankedMeasures(measures)
    assert list(ranked) == sorted(measures)
    for measure in (*measures, other):
        place = (sum(each < measure for each in measures), sum(each <= measure for each in measures))
        assert find_place(measure, ranked) == find_place(measure, sorted(measures)) == place


bounds = st.lists(st.fractions(-2, 9, max_denominator=6), min_size=1, max_size=3, unique=True)


@given(bounds, st.one_of(numbers, st.fractions(-2, 9, max_denominator=6)), st.sampled_from(Direction))
def test_a_band_is_the_first_whose_bound_is_reached(
    ends: list[Fraction], value: Fraction, direction: Direction
) -> None:
    higher = direction is Direction.HIGHER
    ends = sorted(ends, reverse=higher)
    bands = tuple(Band(bound=end, points=Fraction(30 - number)) for number, end in enumerate(ends))
    result = apply_scale(
        replace(UPWARDS[0], direction=direction, scale=BandScale(bands=bands, otherwise=Fraction(0))), value
    )
    reached = [band for band in bands if (value >= band.bound if higher else value <= band.bound)]
    assert (result.points, result.band) == ((reached[0].points, reached[0].bound) if reached else (0, None))


@given(bounds, st.integers(1, 9), st.integers(0, 9), st.sampled_from(["position", "share"]))
def test_the_band_of_a_rank_is_the_first_that_it_is_not_beyond(
    ends: list[Fraction], rank: int, others: int, by: Literal["position", "share"]
) -> None:
    bands = tuple(Band(bound=10 * end, points=Fraction(30 - number)) for number, end in enumerate(sorted(ends)))
    result = score_rank(RankScale(by=by, bands=bands, otherwise=Fraction(0)), rank, rank + others)
    place = Fraction(rank) if by == "position" else Fraction(100 * rank, rank + others)
    reached = [band for band in bands if place <= band.bound]
    assert (result.points, result.band) == ((reached[0].points, reached[0].bound) if reached else (0, None))


@given(st.lists(st.tuples(values, st.sampled_from([50_000, 700_000])), min_size=1, max_size=5))
def test_cards_built_before_change_nothing(applicants: list[tuple[dict[str, Fraction], int]]) -> None:
    candidates = [candidate(own, population=residents) for own, residents in applicants]
    peers, scorer = collect_peer_measures(candidates, EDITION), Scorer(EDITION)
    for one in candidates:
        assert scorer.build_scorecard(one, peers) == build_scorecard(one, EDITION, peers)


def test_a_rank_is_held_within_the_size_type_and_without_those_who_have_no_value() -> None:
    of = edition([UPWARDS[5]])
    large = [candidate({"N6": Fraction(n)}) for n in (1, 2)]
    small = [candidate({"N6": Fraction(9)}, size_type=SizeType.SMALL_MEDIUM), candidate({"N6": ABSENT})]
    among = collect_peer_measures([*large, *small], of)
    assert among[SizeType.LARGE, Column.CONFIRMED, "N6"] == (1, 2)
    working = build_scorecard(large[1], of, among).indicators()[0].confirmed
    assert (working.rank, working.of, working.points) == (1, 2, 30)


def test_a_figure_per_head_needs_the_population() -> None:
    assert compute_measure(Fraction(3), UPWARDS[4], 2000) == Fraction(3, 2)
    with pytest.raises(ValueError, match="N5 is per population"):
        compute_measure(Fraction(3), UPWARDS[4], None)


def test_points_are_rounded_where_the_edition_orders_it_and_nowhere_else() -> None:
    thirds = [indicator(f"N{n}", points=10) for n in range(3)]
    mine = candidate({one.id: Fraction(1, 3) for one in thirds})
    assert build_scorecard(mine, edition(thirds), {}).points == 10
    assert build_scorecard(mine, edition(thirds, {RoundingStep.INDICATOR: 2}), {}).points == Fraction("9.99")
    assert build_scorecard(mine, edition(thirds, {RoundingStep.ITEM: 0}), {}).points == 10
    assert build_scorecard(mine, edition(thirds, {RoundingStep.INDICATOR: 2, RoundingStep.TOTAL: 1}), {}).points == 10
