"""Who applies: local governments and the entries of the registry that are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.representation import describe_briefly


class ApplicantKind(StrEnum):
    """Kinds of entries: eight of local governments (지자체), four of codes of a registry that are none, organisations.

    The last three are those of organisations, which a scheme may let apply beside or instead of local governments.
    """

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
    COMPANY = "company"
    CONSORTIUM = "consortium"
    PUBLIC_INSTITUTION = "public_institution"


ORGANISATIONS = frozenset({ApplicantKind.COMPANY, ApplicantKind.CONSORTIUM, ApplicantKind.PUBLIC_INSTITUTION})
"""The kinds that stand in a table of organisations under a business number, not in the registry."""

NOT_LOCAL_GOVERNMENTS = frozenset(
    {
        ApplicantKind.GENERAL_DISTRICT,
        ApplicantKind.ADMINISTRATIVE_CITY,
        ApplicantKind.BRANCH_OFFICE_CODE,
        ApplicantKind.DUPLICATE_CODE,
        *ORGANISATIONS,
    }
)


class SizeType(StrEnum):
    """The two classes of cities in which applicants are compared (대도시, 중소도시), where a scheme declares no others.

    Wherever an applicant's class stands it is the id of a class, a text; these two are ids.
    """

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
    """An entry of the registry: a local government, a code that looks like one, or an organisation.

    The ``code`` of an organisation is its business number.
    """

    code: str
    name: Text
    kind: ApplicantKind
    parent_code: str | None = None
    parent_name: str = ""
    population: Population | None = None
    note: str = ""
    invented: bool = False
    """Whether the entry is a figment of a rehearsal round and no local government of Korea."""
    distinct_name: Text | None = None
    """A name that no other entry of its registry has, set by `Registry`; None where that is the name itself."""
    class_id: str = ""
    """The class that the table of organisations gives it; empty where the scheme tells classes otherwise."""

    @property
    def organisation(self) -> bool:
        """Whether it is an organisation, which has a business number and no residents."""
        return self.kind in ORGANISATIONS

    @property
    def full_name(self) -> Text:
        """The name wherever people read one: with that of its parent where another entry has the same."""
        return self.distinct_name or self.name


class ApplicantChangeKind(StrEnum):
    """What can happen to an applicant: another name, another area while it goes on, its end."""

    RENAMED = "renamed"
    AREA = "area"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicantChange:
    """What happened to an applicant on a day after that of the rules.

    ``after`` is the applicant under its name of that day; where it was divided all that came of it, and where it ended
    nothing if that is not known.
    """

    kind: ApplicantChangeKind
    name: Text
    """Its name until then."""
    since: date
    """The first day on which it is as it is since."""
    after: tuple[Applicant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """All entries of one month, by code, with the organisations of the round. No two have the same full name."""

    __repr__ = describe_briefly

    as_of: str
    entries: tuple[Applicant, ...]
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", name_apart(self.entries))

    def by_code(self) -> dict[str, Applicant]:
        """Return the entries by their ten-digit code."""
        return {entry.code: entry for entry in self.entries}


def name_apart(entries: Iterable[Applicant]) -> tuple[Applicant, ...]:
    """Return the entries of one registry with names that no two share, in either language.

    An entry keeps its name where no other has it, else that of its parent is added, as each language writes it:
    인천광역시 중구; Jung-gu, Incheon. Where even these are equal, or there is no parent, its code is added. The second
    code of a local government has the name of that local government.
    """
    known = tuple(entries)
    by_code = {entry.code: entry for entry in known}
    counted = [entry for entry in known if entry.kind is not ApplicantKind.DUPLICATE_CODE]

    def list_names(entry: Applicant) -> tuple[Text, Text, Text]:
        parent, name = by_code.get(entry.parent_code or ""), entry.name
        longer = Text(ko=f"{parent.name.ko} {name.ko}", en=f"{name.en}, {parent.name.en}") if parent else name
        return name, longer, Text(ko=f"{longer.ko} ({entry.code})", en=f"{longer.en} ({entry.code})")

    names = {entry.code: list_names(entry) for entry in known}
    times = {
        language: Counter(text for entry in counted for text in {name.of(language) for name in names[entry.code]})
        for language in ("ko", "en")
    }

    def choose(entry: Applicant, language: str) -> str:
        texts = [name.of(language) for name in names[entry.code]]
        return next((text for text in texts if times[language][text] == 1), texts[-1])

    def rename(entry: Applicant) -> Applicant:
        ko, en = choose(entry, "ko"), choose(entry, "en")
        own = None if (ko, en) == (entry.name.ko, entry.name.en) else Text(ko=ko, en=en)
        return entry if own == entry.distinct_name else replace(entry, distinct_name=own)

    return tuple(entry if entry.kind is ApplicantKind.DUPLICATE_CODE else rename(entry) for entry in known)
