"""The short ways of many draws give what the long ones give: bands by chance, places by order, marks by matrices."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.analysis.arrays import Floats, RoundArrays, with_method
from smartcert.analysis.monte_carlo import Plan
from smartcert.analysis.resampling import (
    QUANTILE_COUNT,
    CommitteeDraws,
    ErrorModel,
    MarkCombiner,
    compute_shares,
    draw_chances,
    normal_quantiles,
)
from smartcert.analysis.scales import TOLERANCE, competition_ranks, convert_to_share
from smartcert.evaluation.marks import combine_marks
from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    RankScale,
    Rounding,
    RoundingMode,
    RoundingStep,
    YesNoScale,
)
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from tests.support.big_round import big_arrays

DRAWS = 300


def _negative() -> RoundArrays:
    """Return a round of negative values: what rose with the chance now falls."""
    arrays = big_arrays(60)
    return replace(arrays, values=-arrays.values)


def _rounded() -> RoundArrays:
    """Return a round whose measures per head are rounded, so that many lie exactly on a bound."""
    arrays = big_arrays(60)
    rounding = (Rounding(at=RoundingStep.MEASURE, digits=0, mode=RoundingMode.HALF_UP), *arrays.edition.rounding)
    return replace(arrays, edition=replace(arrays.edition, rounding=rounding))


def _by_value(arrays: RoundArrays, j: int, errors: Floats) -> Floats:
    """Return the shares (D, A) of an indicator, value by value, as the errors (J, D, A) have them."""
    one, own = arrays.indicators[j], arrays.values[:, j]
    if isinstance(one.scale, YesNoScale):
        values = np.where(errors[j] == 1, 1 - own, own)
    else:
        values = own * (1 + errors[j])
        values = np.rint(values) if isinstance(one.scale, CountScale) else values
        if one.limits.at_least is not None:
            values = np.maximum(values, np.minimum(float(one.limits.at_least), own))
        if one.limits.at_most is not None:
            values = np.minimum(values, np.maximum(float(one.limits.at_most), own))
    return np.where(arrays.gaps[:, j] > 0, 0.0, compute_shares(arrays, j, values))


@pytest.mark.parametrize("make", [lambda: big_arrays(60), _negative, _rounded], ids=["as_is", "negative", "rounded"])
def test_shares_by_chance_are_the_shares_of_the_values_with_their_errors(make: Callable[[], RoundArrays]) -> None:
    arrays = make()
    errors = ErrorModel(arrays, Plan().spread(arrays))
    chances = errors.draw(np.random.default_rng(5), DRAWS)
    chances[:, 0], chances[:, 1] = 0, QUANTILE_COUNT - 1
    told = errors.relative(chances)
    for j in range(len(arrays.names)):
        if j not in arrays.qualitative:
            assert np.array_equal(errors.shares(j, chances), _by_value(arrays, j, told)), arrays.names[j]


@pytest.mark.parametrize("make", [lambda: big_arrays(60), _negative], ids=["as_is", "negative"])
def test_a_band_begins_at_exactly_the_chance_whose_value_holds_it(make: Callable[[], RoundArrays]) -> None:
    arrays = make().select(7)
    errors = ErrorModel(arrays, Plan().spread(arrays))
    every = np.arange(QUANTILE_COUNT, dtype=np.uint16)
    chances = np.repeat(every[None, :, None], sum(j not in arrays.qualitative for j in range(53)), axis=0)
    told = errors.relative(chances)
    begun = 0
    for j, one in enumerate(arrays.indicators):
        if isinstance(one.scale, BandScale | YesNoScale):
            made = errors.shares(j, chances)
            assert np.array_equal(made, _by_value(arrays, j, told)), one.id
            begun += int((made[1:] != made[:-1]).sum())
    assert begun  # some bands do begin within the errors


@pytest.mark.parametrize("shape", [(3, 64, 243), (2, 3, 5), (1, 1, 1), (0, 64, 5)])
def test_chances_are_those_that_numpy_draws_one_by_one(shape: tuple[int, ...]) -> None:
    made, plain = (np.random.Generator(np.random.PCG64(9)) for _ in range(2))
    assert np.array_equal(draw_chances(made, shape), plain.integers(0, QUANTILE_COUNT, shape, dtype=np.uint16))


def test_quantiles_are_to_the_bit_those_of_the_standard_normal_distribution() -> None:
    normal = NormalDist()
    expected = [normal.inv_cdf((number + 0.5) / QUANTILE_COUNT) for number in range(QUANTILE_COUNT)]
    assert normal_quantiles().tolist() == expected


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(st.integers(0, 6), min_size=9, max_size=9), min_size=1, max_size=5),
    shift=st.sampled_from([0.0, TOLERANCE / 2, TOLERANCE * 2]),
    by_position=st.booleans(),
    direction=st.sampled_from(list(Direction)),
    bounds=st.lists(st.integers(0, 120), min_size=1, max_size=4),
)
def test_bands_by_place_are_those_of_the_places(
    rows: list[list[int]], shift: float, by_position: bool, direction: Direction, bounds: list[int]
) -> None:
    values = np.array(rows, dtype=float) + shift * np.arange(9)
    ordered = sorted({bound // 12 if by_position else bound for bound in bounds})
    bands = tuple(Band(bound=Fraction(bound), points=Fraction(10 - at)) for at, bound in enumerate(ordered))
    scale = RankScale(by="position" if by_position else "share", bands=bands, otherwise=Fraction(1))
    one = replace(big_arrays(60).indicators[8], scale=scale, points=Fraction(10), direction=direction)
    place = competition_ranks(values, direction)
    reached = place if by_position else 100 * place / 9
    wanted = np.full(values.shape, 0.1)
    for band in reversed(bands):
        wanted[reached <= float(band.bound) + TOLERANCE] = float(band.points) / 10
    assert np.array_equal(convert_to_share(one, values, np.zeros(9, dtype=np.int64)), wanted)


@settings(max_examples=150, deadline=None)
@given(
    marks=st.lists(st.one_of(st.none(), st.integers(10, 50)), min_size=6, max_size=6),
    counts=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    method=st.sampled_from(list(CombinationMethod)),
    otherwise=st.sampled_from([CombinationMethod.MEAN, CombinationMethod.MEDIAN]),
    drop=st.integers(1, 2),
    part=st.sampled_from([1, 2, 3, 7, 10]),
)
def test_marks_of_drawn_committees_are_combined_as_if_written_down_one_by_one(
    marks: list[int | None],
    counts: list[int],
    method: CombinationMethod,
    otherwise: CombinationMethod,
    drop: int,
    part: int,
) -> None:
    own = [None if mark is None else Fraction(mark, part) for mark in marks]
    told = CombinationRule(method=CombinationMethod.TRIMMED_MEAN, at_least=5, drop=drop, otherwise=otherwise, fewest=3)
    rule = with_method(told, method)
    repeated = [mark for mark, times in zip(own, counts, strict=True) for _ in range(times)]
    wanted = combine_marks({f"E{at}": mark for at, mark in enumerate(repeated)}, frozenset(), rule)
    panel = MarkCombiner(np.array([[[np.nan if mark is None else float(mark) for mark in own]]]))
    made, too_few = panel.combine(0, CommitteeDraws(np.array([counts, counts], dtype=float)), rule)
    if wanted is None:
        assert too_few is not None
        assert too_few.all()
        assert (made == 0).all()
    else:
        assert too_few is None
        assert np.allclose(made, float(wanted.exact), rtol=1e-13, atol=0)
