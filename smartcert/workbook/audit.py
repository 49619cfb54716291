"""The audit of the method: the ten steps of the JRC and OECD handbook as a checklist with this round's figures."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from smartcert.analysis import frames
from smartcert.analysis.coherence import Standard, of_round
from smartcert.analysis.confidence import Confidence, confidence
from smartcert.analysis.plan import Plan, WeightRange
from smartcert.reporting.blocks import Block
from smartcert.reporting.page import Section
from smartcert.rounds import OpenRound
from smartcert.workbook import audit_data as data
from smartcert.workbook import audit_results as results
from smartcert.workbook import audit_weights as weights
from smartcert.workbook.research import ResearchPage

STEPS = (
    *("framework", "selection", "gaps", "multivariate", "normalisation"),
    *("weighting", "uncertainty", "back", "links", "pictures"),
)
"""The steps of the handbook (OECD and JRC 2008) in their order; each is a method of the page."""


class MethodologyAudit(ResearchPage):
    """The ten steps of the audit in one language. Where a figure cannot be given, the page says why."""

    def __init__(self, opened: OpenRound, language: str, draws: int, seed: int, percent: float) -> None:
        super().__init__(opened, language)
        self.draws = draws
        self.percent = percent
        self.plan = Plan(seed=seed, weights=WeightRange(amount=percent))

    @cached_property
    def standard(self) -> Standard:
        """Return what is audited."""
        return of_round(self.arrays, self.scorer)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Return a row per scored applicant and indicator."""
        return frames.scores(self.opened)

    @cached_property
    def confidence(self) -> Confidence:
        """Return how sure every level is."""
        return confidence(self.arrays, self.plan, self.draws)

    def head(self) -> Section:
        """Return the page's header, with draws and seed."""
        words = self.words
        facts = [(words("research.draws"), f"{self.draws:,}"), (words("research.seed"), str(self.plan.seed))]
        return self._head_of("audit.title", facts)

    def framework(self) -> Section:
        """Return step 1: what the standard is made of, and what it rests on."""
        return self._step("framework", data.framework(self))

    def selection(self) -> Section:
        """Return step 2: indicators that separate nobody, and those that are heavy to document for little."""
        return self._step("selection", self._or_reason(lambda: data.selection(self)))

    def gaps(self) -> Section:
        """Return step 3: what is missing, and what other policies for it would do."""
        return self._step("gaps", self._or_reason(lambda: data.gaps(self)))

    def multivariate(self) -> Section:
        """Return step 4: reliability, components and correlations."""
        return self._step("multivariate", self._or_reason(lambda: data.multivariate(self)))

    def normalisation(self) -> Section:
        """Return step 5: outliers, and scales that are used at their ends."""
        return self._step("normalisation", self._or_reason(lambda: data.normalisation(self)))

    def weighting(self) -> Section:
        """Return step 6: nominal and effective weights, other weights, other means."""
        return self._step("weighting", self._or_reason(lambda: weights.weighting(self)))

    def uncertainty(self) -> Section:
        """Return step 7: how sure every level is, and what moves levels most."""
        return self._step("uncertainty", self._or_reason(lambda: results.uncertainty(self)))

    def back(self) -> Section:
        """Return step 8: the smallest moves that turn a verdict round, and leaving indicators out."""
        return self._step("back", self._or_reason(lambda: weights.back(self)))

    def links(self) -> Section:
        """Return step 9: totals against what else is known of the applicants."""
        return self._step("links", self._or_reason(lambda: results.links(self)))

    def pictures(self) -> Section:
        """Return step 10: how results are shown, and how totals lie about the bounds."""
        return self._step("pictures", self._or_reason(lambda: results.pictures(self)))

    def _step(self, name: str, blocks: list[Block]) -> Section:
        return self._of(name, self.words(f"audit.{name}.title"), blocks)
