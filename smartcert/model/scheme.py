"""What a scheme declares of its own: classes of applicants, names of levels, stages, and how a result comes about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantKind
from smartcert.model.citation import Text

CITY = "city"
"""The scheme that the files of ``parameters/rules`` are about; every other one states what is different in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """The fewest points that do: a number of points, a percentage of all points, or a fraction of them; one is given.

    Exactly as many are enough.
    """

    points: Fraction | None = None
    percent: Fraction | None = None
    fraction: Fraction | None = None

    def in_points(self, out_of: Fraction) -> Fraction:
        """Return it in points of a total of ``out_of``; a ValueError unless exactly one of the three is given."""
        given = [
            *([self.points] if self.points is not None else []),
            *([self.percent * out_of / 100] if self.percent is not None else []),
            *([self.fraction * out_of] if self.fraction is not None else []),
        ]
        (points,) = given
        return points

    @property
    def valid(self) -> bool:
        """Whether exactly one of the three is given."""
        return sum(value is not None for value in (self.points, self.percent, self.fraction)) == 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PassOrFail:
    """One bound, and what an applicant is called that reaches it or does not."""

    bound: Threshold
    passed: Text
    failed: Text


class ClassBy(StrEnum):
    """How an applicant gets its class."""

    SIZE_TYPE = "size_type"
    """By the size types of the rules."""
    POPULATION = "population"
    """By bounds of residents."""
    KIND = "kind"
    COLUMN = "column"
    """By the column ``class`` of the table of organisations."""
    NONE = "none"
    """There is one class, and everybody is in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicantClass:
    """A class in which applicants are compared.

    By population it begins at ``at_least`` residents, these included, and is for its ``kinds`` only, where it names
    any; without ``at_least`` it is for all of its kinds that are in no other class.
    """

    id: str
    name: Text
    at_least: int | None = None
    kinds: tuple[ApplicantKind, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Classes:
    """The classes of a scheme. By population one is in the class with the highest bound that one reaches."""

    by: ClassBy
    classes: tuple[ApplicantClass, ...]


class TieEnd(StrEnum):
    """What becomes of applicants that no rule on ties tells apart."""

    SHARED = "shared"
    """They share the better place."""
    LOT = "lot"
    """A lot decides, drawn from the seed that the round published beforehand."""


class BudgetEnd(StrEnum):
    """What happens at the first request that the rest of the budget does not cover."""

    STOP = "stop"
    """Nobody behind it is selected."""
    SKIP = "skip"
    """It is passed over; a smaller request behind it may be selected."""
    PART = "part"
    """It gets what is left, and nobody behind it anything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RankingRule:
    """How a ranking selects. ``ties`` are ids of sections or indicators: of two with equal points, more in the first.

    ``places`` is how many are selected in all, ``class_places`` in each class; a class that is not named has no limit
    of its own. Below ``at_least`` nobody is selected or on the reserve list. ``reserve`` is how many go on that list;
    None is all that are left.
    """

    selected: Text
    on_reserve: Text
    not_selected: Text

    ties: tuple[str, ...] = ()
    then: TieEnd
    places: int | None = None
    class_places: Mapping[str, int] | None = None
    at_least: Threshold | None = None
    budget: Fraction | None = None
    currency: Text | None = None
    beyond: BudgetEnd = BudgetEnd.STOP
    reserve: int | None = None


class Award(StrEnum):
    """What stands for a favourable decision."""

    CERTIFICATE = "certificate"
    """A certificate with a validity, entered in the register."""
    LIST = "list"
    """The published list of results; no certificate is issued, and the register has no entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRule:
    """A stage of judging: the sections judged in it, and who goes on to it from the one before it.

    ``best`` is how many go on, those that tie with the last of them too; ``at_least`` are the points of the sections
    before from which on one goes on. Without either everybody does.
    """

    id: str
    name: Text
    sections: tuple[str, ...]
    best: int | None = None
    at_least: Threshold | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedClass:
    """A class of applicants and what it is called."""

    id: str
    name: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """A sentence of the catalogue, by its page and key, as a scheme words it."""

    page: str
    key: str
    sentence: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemeFacts:
    """What pages say about a scheme: its names of levels and classes, and the sentences that it words otherwise."""

    id: str
    title: Text
    ranking: bool = False
    award_list: bool = False
    """Whether decisions go to an award list only, and no certificate is issued."""
    validity_stated: bool = True
    """Whether the scheme, or the law of cities where it is worded as that, says how long a certificate is valid."""
    worded_as_city: bool = False
    """Whether sentences that it does not word are those about cities; else they are the neutral ones."""
    level_names: Mapping[int, Text] = field(default_factory=dict)
    classes: tuple[NamedClass, ...] = ()
    wordings: tuple[Wording, ...] = ()

    def __hash__(self) -> int:
        return hash(self.id)  # names of levels are a mapping, which has no hash
