"""Rulebook.on(day) -> Rules; diff of two days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from smartcert.errors import NoRuleError, UsageError, suggest
from smartcert.model.application import InputFile
from smartcert.model.citation import Cited, Source
from smartcert.model.indicator import Edition
from smartcert.rules.parameters import (
    CertificationRules,
    CommitteeRules,
    DocumentsRules,
    EligibilityRules,
    LevelsRules,
    ReceiptRules,
    ScoringRules,
    SizeTypeRules,
)

# --- All editions of all rules, and the rules of one day.

DatedValues = Mapping[str, tuple[Cited[Any], ...]]
"""The entries of one rules file: per value its editions, oldest first."""

R = TypeVar("R")

RULE_CLASSES: Mapping[str, type] = {
    "eligibility": EligibilityRules,
    "size_type": SizeTypeRules,
    "receipt": ReceiptRules,
    "documents": DocumentsRules,
    "scoring": ScoringRules,
    "levels": LevelsRules,
    "committee": CommitteeRules,
    "certification": CertificationRules,
}
"""The files of ``parameters/rules`` by name, and what each becomes."""

LEVEL_BOUND_PREFIX = "level_"
"""Bounds stand in ``levels.yaml`` as ``level_1``, ``level_2`` ...: as many as the scheme has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What holds on one day, and the edition of indicators that the round named."""

    day: date
    edition: Edition
    eligibility: EligibilityRules
    size_type: SizeTypeRules
    receipt: ReceiptRules
    documents: DocumentsRules
    scoring: ScoringRules
    levels: LevelsRules
    committee: CommitteeRules
    certification: CertificationRules


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """Every dated value of ``parameters/rules`` with its sources, and every edition of indicators."""

    files: Mapping[str, DatedValues]
    editions: Mapping[str, Edition]
    sources: Mapping[str, Source]
    inputs: tuple[InputFile, ...] = ()
    """The files that it was read from."""

    def on(self, day: date, edition: str) -> Rules:
        """Return the rules of ``day``. A value holds from its ``since`` on, that day included.

        Raises:
            NoRuleError: a value has no entry yet on that day, or the edition holds only later.
            UsageError: there is no such edition, or a floor names a domain that it does not have.
        """
        table = self._edition(day, edition)
        levels = self._levels(day)
        _check_floor_domains(levels, table)
        return Rules(
            day=day,
            edition=table,
            eligibility=self._held(EligibilityRules, "eligibility", day),
            size_type=self._held(SizeTypeRules, "size_type", day),
            receipt=self._held(ReceiptRules, "receipt", day),
            documents=self._held(DocumentsRules, "documents", day),
            scoring=self._held(ScoringRules, "scoring", day),
            levels=levels,
            committee=self._held(CommitteeRules, "committee", day),
            certification=self._held(CertificationRules, "certification", day),
        )

    def certification_on(self, day: date) -> CertificationRules:
        """Return the rules of certificates on ``day``; unlike the rules of a round they name no edition of indicators.

        Raises:
            NoRuleError: a value has no entry yet on that day.
        """
        return self._held(CertificationRules, "certification", day)

    def _edition(self, day: date, name: str) -> Edition:
        if name not in self.editions:
            raise UsageError(f"no indicator edition '{name}'{suggest(name, self.editions)}")
        edition = self.editions[name]
        if edition.since > day:
            raise NoRuleError(f"indicator edition '{name}' holds since {edition.since}, not yet on {day}")
        return edition

    def _held(self, kind: type[R], file: str, day: date) -> R:
        dated = self.files[file]
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
        return kind(**{name: in_force(dated[name], day) for name in names})

    def _levels(self, day: date) -> LevelsRules:
        dated = self.files["levels"]
        bounds = {
            int(name.removeprefix(LEVEL_BOUND_PREFIX)): in_force(entries, day)
            for name, entries in dated.items()
            if name.startswith(LEVEL_BOUND_PREFIX)
        }
        others = {name: in_force(dated[name], day) for name in ("worst", "certified_from", "floors")}
        return LevelsRules(bounds=dict(sorted(bounds.items())), **others)


def _check_floor_domains(levels: LevelsRules, edition: Edition) -> None:
    known = [domain.id for domain in edition.domains]
    for floor in levels.floors.value:
        if floor.domain not in known:
            raise UsageError(
                f"levels.floors names domain '{floor.domain}', which edition '{edition.id}' does not have"
                f"{suggest(floor.domain, known)}"
            )


def in_force(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any]:
    """Return the entry that holds on ``day``: the latest whose ``since`` is not after it.

    Raises:
        NoRuleError: all entries begin later.
    """
    past = [entry for entry in entries if entry.since <= day]
    if not past:
        first = min(entry.since for entry in entries)
        raise NoRuleError(f"rule '{entries[0].name}' holds since {first}, not yet on {day}")
    return max(past, key=lambda entry: entry.since)


# --- Which dated values are others on one day than on another.


def diff_days(
    rulebook: Rulebook, before: date, after: date
) -> Iterator[tuple[str, Cited[Any] | None, Cited[Any] | None]]:
    """Yield each value as ``file.value`` with the entry of either day, None where there was none yet.

    An entry that holds on both days is the same object in both places.
    """
    for file, dated in rulebook.files.items():
        for name, entries in dated.items():
            yield f"{file}.{name}", _in_force_or_none(entries, before), _in_force_or_none(entries, after)


def _in_force_or_none(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any] | None:
    try:
        return in_force(entries, day)
    except NoRuleError:
        return None
