"""Who applies: local governments and the entries of the registry that are none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.citation import Text


class ApplicantKind(StrEnum):
    """Kinds of registry entries. The first eight are local governments (지자체), the others are not."""

    SPECIAL_CITY = "special_city"
    METROPOLITAN_CITY = "metropolitan_city"
    SPECIAL_SELF_GOVERNING_CITY = "special_self_governing_city"
    SPECIAL_SELF_GOVERNING_PROVINCE = "special_self_governing_province"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    AUTONOMOUS_DISTRICT = "autonomous_district"
    GENERAL_DISTRICT = "general_district"
    ADMINISTRATIVE_CITY = "administrative_city"
    BRANCH_OFFICE_CODE = "branch_office_code"
    DUPLICATE_CODE = "duplicate_code"


NOT_LOCAL_GOVERNMENTS = frozenset(
    {
        ApplicantKind.GENERAL_DISTRICT,
        ApplicantKind.ADMINISTRATIVE_CITY,
        ApplicantKind.BRANCH_OFFICE_CODE,
        ApplicantKind.DUPLICATE_CODE,
    }
)


class SizeType(StrEnum):
    """The two groups in which applicants are compared (대도시, 중소도시)."""

    LARGE = "large"
    SMALL_MEDIUM = "small_medium"


@dataclass(frozen=True, kw_only=True, slots=True)
class Population:
    """Registered residents at the end of a month (``as_of`` as ``"2023-10"``), with where the figure is from."""

    residents: int
    as_of: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Applicant:
    """An entry of the registry: a local government, or a code that looks like one."""

    code: str
    name: Text
    kind: ApplicantKind
    parent_code: str | None = None
    parent_name: str = ""
    population: Population | None = None
    note: str = ""
    invented: bool = False
    """Whether the entry is a figment of a rehearsal round and no local government of Korea."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """All entries of one month, by code."""

    as_of: str
    entries: tuple[Applicant, ...]
    source: str

    def by_code(self) -> dict[str, Applicant]:
        """Return the entries by their ten-digit code."""
        return {entry.code: entry for entry in self.entries}
