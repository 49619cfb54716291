"""How the size type (대도시, 중소도시) is read, kind by kind, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.applicant import Kind
from smartcert.model.citation import Cited


class Reading(StrEnum):
    """Whether a kind is always of one size type or by its population."""

    LARGE = "large"
    SMALL_MEDIUM = "small_medium"
    BY_POPULATION = "by_population"


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeTypeRules:
    """One reading per kind that may apply, and the population from which on a local government is large."""

    large_from: Cited[int]
    special_city: Cited[Reading]
    metropolitan_city: Cited[Reading]
    special_self_governing_city: Cited[Reading]
    special_self_governing_province: Cited[Reading]
    city: Cited[Reading]
    county: Cited[Reading]
    autonomous_district: Cited[Reading]

    def of(self, kind: Kind) -> Cited[Reading] | None:
        """Return the reading for ``kind``, or None for a kind that cannot apply."""
        readings: dict[Kind, Cited[Reading]] = {
            Kind.SPECIAL_CITY: self.special_city,
            Kind.METROPOLITAN_CITY: self.metropolitan_city,
            Kind.SPECIAL_SELF_GOVERNING_CITY: self.special_self_governing_city,
            Kind.SPECIAL_SELF_GOVERNING_PROVINCE: self.special_self_governing_province,
            Kind.CITY: self.city,
            Kind.COUNTY: self.county,
            Kind.AUTONOMOUS_DISTRICT: self.autonomous_district,
        }
        return readings.get(kind)
