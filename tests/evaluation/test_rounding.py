from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.scales import round_to
from smartcert.evaluation.totals import compute_totals
from smartcert.io.formats.text import NotReadableError, parse_percent
from smartcert.model.indicator import Rounding, RoundingMode, RoundingStep, Section
from tests.support.build import indicator, text

decimals = st.decimals(min_value=-100_000, max_value=100_000, places=6, allow_nan=False)


def rounding(digits: int, mode: RoundingMode, at: RoundingStep = RoundingStep.TOTAL) -> Rounding:
    return Rounding(at=at, digits=digits, mode=mode)


@given(decimals, st.integers(0, 5))
def test_half_up_is_the_half_up_of_decimal_arithmetic(value: Decimal, digits: int) -> None:
    expected = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert round_to(Fraction(value), rounding(digits, RoundingMode.HALF_UP)) == Fraction(expected)


@given(decimals, st.integers(0, 5))
def test_half_even_is_the_half_even_of_decimal_arithmetic(value: Decimal, digits: int) -> None:
    expected = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    assert round_to(Fraction(value), rounding(digits, RoundingMode.HALF_EVEN)) == Fraction(expected)


def test_a_half_goes_away_from_zero_on_both_sides() -> None:
    half_up = rounding(0, RoundingMode.HALF_UP)
    assert [round_to(Fraction(n, 2), half_up) for n in (-3, -1, 1, 3, 5)] == [-2, -1, 1, 2, 3]


def test_down_cuts_off_towards_zero() -> None:
    down = rounding(1, RoundingMode.DOWN)
    assert round_to(Fraction("1399.99"), down) == Fraction("1399.9")
    assert round_to(Fraction("-0.19"), down) == Fraction("-0.1")


def test_what_is_not_ordered_is_not_rounded() -> None:
    assert round_to(Fraction(1, 3), None) == Fraction(1, 3)


@given(st.fractions(), st.fractions(), st.integers(0, 4), st.sampled_from(RoundingMode))
def test_rounding_never_turns_an_order_around(a: Fraction, b: Fraction, digits: int, mode: RoundingMode) -> None:
    low, high = sorted((a, b))
    assert round_to(low, rounding(digits, mode)) <= round_to(high, rounding(digits, mode))


@pytest.mark.parametrize(("own", "expected"), [("10.4", 10), ("10.5", 11), ("10.6", 11)])
def test_a_domain_that_holds_indicators_is_rounded_as_an_item_and_as_a_domain(own: str, expected: int) -> None:
    held = Section(id="D1", name=text("D1"), points=Fraction(30), indicators=(indicator("N1"),))
    at_item = rounding(0, RoundingMode.HALF_UP, RoundingStep.ITEM)
    at_domain = rounding(0, RoundingMode.DOWN, RoundingStep.DOMAIN)
    totals = compute_totals([held], {"N1": Fraction(own)}, [at_item, at_domain])
    assert totals.exact_sections["D1"] == Fraction(own)
    assert totals.sections["D1"] == totals.points == expected


@pytest.mark.parametrize(
    ("written", "percent"),
    [("70", "70"), ("70 %", "70"), ("100/3", "100/3"), ("200/3 %", "200/3"), ("2/3 %", "2/3"), ("3/2", "3/2")],
)
def test_a_bound_may_be_written_as_a_fraction(written: str, percent: str) -> None:
    assert parse_percent(written) == Fraction(percent)


@pytest.mark.parametrize("written", ["2/3", "1/1", "0/5", "100/0", "1/3/3", "a third"])
def test_a_fraction_that_may_mean_a_share_of_all_is_refused(written: str) -> None:
    with pytest.raises(NotReadableError):
        parse_percent(written)
