"""Holds the vectorised scores at the nominal point against the exact ones of the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.vector import Scored, Scorer
from smartcert.errors import SmartcertError
from smartcert.model.evaluation import Evaluation

_SAME = 1e-6
"""Totals that differ by less are one: exact totals of any edition lie much further apart."""


def hold_exact(arrays: RoundArrays, evaluations: Sequence[Evaluation]) -> None:
    """Hold the nominal point against the verdicts, applicant by applicant.

    Raises:
        SmartcertError: a total or a level differs; names every such applicant.
    """
    scored = Scorer(arrays).nominal()
    wrong = list(_differing(arrays, scored, {one.id: one for one in evaluations}))
    if wrong:
        raise SmartcertError("the vectorised scores differ from the evaluation: " + "; ".join(wrong))


def _differing(arrays: RoundArrays, scored: Scored, verdicts: dict[str, Evaluation]) -> Iterator[str]:
    for at, name in enumerate(arrays.ids):
        card, result = verdicts[name].scorecard, verdicts[name].level
        total, level = float(scored.totals[0, at]), int(scored.levels[0, at])
        if card is None or result is None or abs(total - float(card.points)) > _SAME or level != result.level:
            told = "none" if card is None or result is None else f"{float(card.points)} (level {result.level})"
            yield f"'{name}' has {told}, the arrays give {total} (level {level})"
