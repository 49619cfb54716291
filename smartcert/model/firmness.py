"""How firm is a level: in which share of simulations is it reached again, and what was varied in them?"""

from __future__ import annotations

from fractions import Fraction

from smartcert.lazy_dataclass import dataclass

NOT_JUDGED = 0
"""The level of a simulation in which too few marks were left to judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelShare:
    """A level, `NOT_JUDGED` included, and the share of the simulations that end in it, above 0 and at most 1."""

    level: int
    share: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Firmness:
    """The simulated levels of one evaluation, and what was assumed to vary.

    ``draws`` simulations from ``seed``. In each the points of every indicator vary by up to ± ``spread`` of
    themselves, as many evaluators are drawn again from the same committee, and values have errors whose standard
    deviations are from ``lower`` to ``upper`` of the value, by the grade of its evidence. Ranks stay as they are.
    """

    draws: int
    seed: int
    spread: Fraction
    lower: Fraction
    upper: Fraction
    levels: tuple[LevelShare, ...]

    def __post_init__(self) -> None:
        """Check that the shares are above 0 and those of all simulations, one for each level; a ValueError if not."""
        levels = [likely.level for likely in self.levels]
        if len(set(levels)) < len(levels) or any(likely.share <= 0 for likely in self.levels):
            raise ValueError("a simulated level has one share, above 0")
        if sum(likely.share for likely in self.levels) != 1:
            raise ValueError("the shares of the simulated levels do not sum up to 1")

    def find_share(self, *levels: int) -> Fraction:
        """Return the share of the simulations that end in one of these levels."""
        return sum((likely.share for likely in self.levels if likely.level in levels), Fraction(0))
