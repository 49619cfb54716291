"""What an applicant may know of the others: anonymous figures of its own size type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.applicant import SizeType


@dataclass(frozen=True, kw_only=True, slots=True)
class Quartiles:
    """Lower quartile, median and upper quartile of points, each interpolated linearly between neighbours."""

    lower: Fraction
    median: Fraction
    upper: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Quartiles over the evaluated applicants of one size type, the applicant itself included.

    Where there are fewer than ``suppress_below`` of them nothing is shown: ``total`` is None, the others are empty.
    ``sections`` is keyed by the id of a domain or item, ``indicators`` by the id of an indicator.
    """

    size_type: SizeType
    applicants: int
    suppress_below: int
    total: Quartiles | None
    sections: Mapping[str, Quartiles]
    indicators: Mapping[str, Quartiles]

    @property
    def suppressed(self) -> bool:
        """Whether the figures are held back because they could point at single applicants."""
        return self.total is None
