"""Invented local governments: names that no real one has, codes that begin with 9, populations as in Korea."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

from smartcert.model.applicant import Applicant, Kind, Population, Registry
from smartcert.model.citation import Text

AS_OF = "2023-10"
SOURCE = "invented by smartcert simulate"
_SYLLABLES = (
    *(("가", "ga"), ("온", "on"), ("나", "na"), ("래", "rae"), ("다", "da"), ("솜", "som"), ("라", "ra"), ("온", "on")),
    *(
        ("마", "ma"),
        ("루", "ru"),
        ("바", "ba"),
        ("람", "ram"),
        ("새", "sae"),
        ("벽", "byeok"),
        ("아", "a"),
        ("라", "ra"),
    ),
    *(("하", "ha"), ("늘", "neul"), ("별", "byeol"), ("빛", "bit"), ("누", "nu"), ("리", "ri"), ("물", "mul")),
    *(("결", "gyeol"), ("시", "si"), ("내", "nae"), ("초", "cho"), ("롱", "rong"), ("한", "han"), ("울", "ul")),
)
_SYLLABLE = tuple(dict.fromkeys(_SYLLABLES))
_ENDINGS = {
    Kind.METROPOLITAN_CITY: ("광역시", ""),
    Kind.PROVINCE: ("도", "-do"),
    Kind.CITY: ("시", "-si"),
    Kind.COUNTY: ("군", "-gun"),
    Kind.AUTONOMOUS_DISTRICT: ("구", "-gu"),
}
# median residents and spread, about as in the registry of October 2023
_SIZE = {Kind.CITY: (250_000, 0.8), Kind.COUNTY: (48_000, 0.5), Kind.AUTONOMOUS_DISTRICT: (300_000, 0.5)}
# how often each kind applies: cities, counties, districts, metropolitan cities as there are in Korea
_SHARES = ((Kind.CITY, 75), (Kind.COUNTY, 82), (Kind.AUTONOMOUS_DISTRICT, 69), (Kind.METROPOLITAN_CITY, 6))
_BELOW_ONE = 25
_MOST_RESIDENTS = 1_200_000


def registry(applicants: int, rng: random.Random, taken: frozenset[str]) -> tuple[Registry, tuple[Applicant, ...]]:
    """Return a registry, and the ``applicants`` of its entries that apply; ``taken`` names are not used."""
    names = _names(taken)
    kinds = rng.choices([kind for kind, _ in _SHARES], [share for _, share in _SHARES], k=applicants)
    numbers = count(1)
    entries: list[Applicant] = []
    applying: list[Applicant] = []
    parents: dict[Kind, list[Applicant]] = {Kind.PROVINCE: [], Kind.METROPOLITAN_CITY: []}
    below: dict[str, int] = {}

    def top(kind: Kind) -> Applicant:
        residents = rng.randrange(_MOST_RESIDENTS, 3 * _MOST_RESIDENTS)
        entry = _entry(kind, next(names), next(numbers), residents, None)
        parents[kind].append(entry)
        entries.append(entry)
        return entry

    def parent(kind: Kind) -> Applicant:
        known = parents[kind]
        found = known[-1] if known and below.get(known[-1].code, 0) < _BELOW_ONE else top(kind)
        below[found.code] = below.get(found.code, 0) + 1
        return found

    for kind in kinds:
        if kind is Kind.METROPOLITAN_CITY:
            applying.append(top(kind))
            continue
        above = parent(Kind.METROPOLITAN_CITY if kind is Kind.AUTONOMOUS_DISTRICT else Kind.PROVINCE)
        middle, spread = _SIZE[kind]
        residents = min(_MOST_RESIDENTS - 1, max(9_000, int(middle * rng.lognormvariate(0, spread))))
        entry = _entry(kind, next(names), next(numbers), residents, above)
        entries.append(entry)
        applying.append(entry)
    return Registry(as_of=AS_OF, entries=tuple(entries), source=SOURCE), tuple(applying)


def _entry(kind: Kind, name: tuple[str, str], number: int, residents: int, parent: Applicant | None) -> Applicant:
    korean, english = _ENDINGS[kind]
    return Applicant(
        code=f"9{number:09d}",
        name=Text(ko=name[0] + korean, en=name[1].capitalize() + english),
        kind=kind,
        parent_code=parent.code if parent else None,
        parent_name=parent.name.ko if parent else "",
        population=Population(residents=residents, as_of=AS_OF, source=SOURCE),
        invented=True,
    )


def _names(taken: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield stems of two syllables, then of three and more, each once, none of which a taken name begins with."""
    seen: set[str] = set()
    for length in count(2):
        for number in range(len(_SYLLABLE) ** length):
            # a step that shares no factor with the number of stems visits each once, far apart
            place = number * 7919 % len(_SYLLABLE) ** length
            parts = []
            for _ in range(length):
                place, part = divmod(place, len(_SYLLABLE))
                parts.append(_SYLLABLE[part])
            korean, english = "".join(part[0] for part in parts), "".join(part[1] for part in parts)
            if english not in seen and korean not in taken:
                seen.add(english)
                yield korean, english
