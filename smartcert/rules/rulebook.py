"""Which rules are in force on a day, and what changed between two days?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

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

DatedValues = Mapping[str, tuple[Cited[Any], ...]]
"""The entries of one rules file: per value its editions, oldest first."""

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
    """What is in force on one day, and the edition of indicators that the round named."""

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
        """Return the rules of ``day``. A value is in force from its ``since`` on, that day included.

        Raises:
            NoRuleError: a value has no entry yet on that day, or the edition is in force only later.
            UsageError: there is no such edition, or a floor names a domain that it does not have.
        """
        if edition not in self.editions:
            raise UsageError(f"no indicator edition '{edition}'{suggest(edition, self.editions)}")
        table = self.editions[edition]
        if table.since > day:
            raise NoRuleError(f"indicator edition '{edition}' holds since {table.since}, not yet on {day}")
        levels = self._levels_on(day)
        known = [domain.id for domain in table.domains]
        for floor in levels.floors.value:
            if floor.domain not in known:
                raise UsageError(
                    f"levels.floors names domain '{floor.domain}', which edition '{edition}' does not have"
                    f"{suggest(floor.domain, known)}"
                )
        others = {name: self._rules_on(day, name) for name in RULE_CLASSES if name != "levels"}
        return Rules(day=day, edition=table, levels=levels, **others)

    def certification_on(self, day: date) -> CertificationRules:
        """Return the rules of certificates on ``day``; unlike the rules of a round they name no edition of indicators.

        Raises:
            NoRuleError: a value has no entry yet on that day.
        """
        rules: CertificationRules = self._rules_on(day, "certification")
        return rules

    def _rules_on(self, day: date, file: str) -> Any:
        rule_class, dated = RULE_CLASSES[file], self.files[file]
        return rule_class(**{field.name: in_force(dated[field.name], day) for field in fields(rule_class)})

    def _levels_on(self, day: date) -> LevelsRules:
        dated = self.files["levels"]
        bounds = {
            int(name.removeprefix(LEVEL_BOUND_PREFIX)): in_force(entries, day)
            for name, entries in dated.items()
            if name.startswith(LEVEL_BOUND_PREFIX)
        }
        others = {name: in_force(dated[name], day) for name in ("worst", "certified_from", "floors")}
        return LevelsRules(bounds=dict(sorted(bounds.items())), **others)


def in_force(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any]:
    """Return the entry that is in force on ``day``: the latest whose ``since`` is not after it.

    Raises:
        NoRuleError: all entries begin later.
    """
    entry = find_in_force(entries, day)
    if entry is None:
        first = min(entry.since for entry in entries)
        raise NoRuleError(f"rule '{entries[0].name}' holds since {first}, not yet on {day}")
    return entry


def find_in_force(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any] | None:
    """Return the entry that is in force on ``day``, or None where all begin later."""
    return max((entry for entry in entries if entry.since <= day), key=lambda entry: entry.since, default=None)


def diff_days(
    rulebook: Rulebook, before: date, after: date
) -> Iterator[tuple[str, Cited[Any] | None, Cited[Any] | None]]:
    """Yield each value as ``file.value`` with the entry of either day, None where there was none yet.

    An entry that is in force on both days is the same object in both places.
    """
    for file, dated in rulebook.files.items():
        for name, entries in dated.items():
            yield f"{file}.{name}", find_in_force(entries, before), find_in_force(entries, after)
