"""Points that no mark can give are not counted as not scored: what can be reached is, and what cannot is named."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from smartcert.evaluation.scoring import build_scorecard
from smartcert.model.indicator import Marks, MarkScale
from smartcert.reporting.applicant.verdict import group_gains, list_out_of_reach
from smartcert.reporting.catalogue import Words
from tests.support.build import candidate, edition, indicator

ONE_TO_FIVE = MarkScale(lowest=Fraction(1), highest=Fraction(5), step=Fraction(1))
HALVES = MarkScale(lowest=Fraction(0), highest=Fraction("2.5"), step=Fraction("0.5"))
WORDS = Words("en", "report")
CASES = {
    "the full mark is the highest": (0, 5, None, ONE_TO_FIVE, 3, 30, 12),
    "the full mark is below the highest": (0, 4, None, ONE_TO_FIVE, 3, 30, "7.5"),
    "the full mark is above the highest": (0, 6, None, ONE_TO_FIVE, 3, 25, 10),
    "the indicator has marks of its own": (0, 6, HALVES, ONE_TO_FIVE, "1.5", "12.5", 5),
    "its own marks reach the full mark, those of the rules do not": (0, "2.5", HALVES, None, 2, 30, 6),
    "the highest mark is given": (0, 6, None, ONE_TO_FIVE, 5, 25, 0),
    "a low mark is better, and the lowest earns less than all": (6, 0, None, ONE_TO_FIVE, 3, 25, 10),
    "no mark of the scale earns anything": (5, 9, None, ONE_TO_FIVE, 4, 0, 0),
    "the marks that can be given are not known": (0, 6, None, None, 3, 30, 15),
}


@pytest.mark.parametrize(("zero", "full", "own", "scale", "mark", "most", "left"), CASES.values(), ids=CASES)
def test_what_can_be_reached_is_counted(
    zero: float | str,
    full: float | str,
    own: MarkScale | None,
    scale: MarkScale | None,
    mark: float | str,
    most: float | str,
    left: float | str,
) -> None:
    judged = replace(indicator(scale=Marks(zero_at=Fraction(zero), full_at=Fraction(full))), mark_scale=own)
    card = build_scorecard(candidate({"N1": Fraction(mark)}), edition([judged]), {}, scale)
    (score,) = card.indicators()
    reached = score.out_of if score.attainable is None else score.attainable
    assert (reached, score.left) == (Fraction(most), Fraction(left))
    named = [f"N1 (at most {reached} of 30)".replace("25/2", "12.5")] if reached < 30 else []
    assert list_out_of_reach(card, WORDS) == named
    assert sum(group.points.value for group in group_gains(card, WORDS)) == Fraction(left)
