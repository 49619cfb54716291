"""All marks of a round as one array, for one reader: what the reader is kept from is not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartcert.evaluation.committee import labels
from smartcert.model.application import Round
from smartcert.model.evaluation import Evaluation
from smartcert.model.scorecard import Scorecard


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksTable:
    """``marks[a, i, e]`` is the mark of evaluator ``e`` on indicator ``i`` of applicant ``a``; NaN: there is none."""

    applicants: tuple[str, ...]
    indicators: tuple[str, ...]
    evaluators: tuple[str, ...]
    marks: NDArray[np.float64]

    def targets(self) -> NDArray[np.float64]:
        """Return one row per applicant and indicator, one column per evaluator."""
        applicants, indicators, evaluators = self.marks.shape
        return self.marks.reshape(applicants * indicators, evaluators)

    def of_applicant(self) -> NDArray[np.float64]:
        """Return each evaluator's mean mark of each applicant; NaN where a mark of the applicant is missing."""
        return np.asarray(self.marks.mean(axis=1))


def cards(evaluations: Sequence[Evaluation]) -> dict[str, Scorecard]:
    """Return the scorecards of those who have one, by id."""
    return {one.id: one.scorecard for one in evaluations if one.scorecard is not None}


def readable(round_: Round, evaluations: Sequence[Evaluation], reader: str) -> tuple[Evaluation, ...]:
    """Return the evaluations that a reader may see anything of: those of which the reader is not kept.

    ``reader`` is the id of an evaluator, or empty for the operating body, which sees all. An evaluator who does not
    judge an applicant sees no figure that depends on that applicant's marks.
    """
    kept_from = {
        application.id
        for application in round_.applications
        if any(exclusion.evaluator == reader for exclusion in application.exclusions)
    }
    return tuple(one for one in evaluations if one.id not in kept_from)


def marks_table(round_: Round, evaluations: Sequence[Evaluation]) -> MarksTable:
    """Return the marks that count of the given evaluations, in the order of ids, edition and committee."""
    scored = cards(evaluations)
    evaluators = tuple(labels(round_.committee).values())
    columns = {label: number for number, label in enumerate(evaluators)}
    first = next(iter(scored.values()), None)
    indicators = tuple(one.indicator.id for one in first.indicators() if one.combination) if first else ()
    marks = np.full((len(scored), len(indicators), len(evaluators)), np.nan)
    for row, card in enumerate(scored.values()):
        judged = [one.combination for one in card.indicators() if one.combination]
        for column, combination in enumerate(judged):
            for use in combination.marks:
                if use.value is not None:
                    marks[row, column, columns[use.evaluator]] = float(use.value)
    return MarksTable(applicants=tuple(scored), indicators=indicators, evaluators=evaluators, marks=marks)
