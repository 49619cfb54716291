"""Opens the public history: published certifications, the registry and the rules, joined on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from smartcert import __version__
from smartcert.certification.public_history import build_history, build_timeline, compute_terms
from smartcert.errors import InputError, NoRuleError, Place, Problem, UsageError
from smartcert.evaluation.eligibility import determine_size_type
from smartcert.io.applicant_search import find_entries
from smartcert.io.certifications import SOURCES_FILE, read_certification_sources, read_certifications
from smartcert.io.registry import SHIPPED_REGISTRY, parse_registry
from smartcert.io.rulebook import read_rulebook
from smartcert.io.text import display_path, read_file
from smartcert.model.applicant import Applicant, Registry, SizeType
from smartcert.model.application import KOREAN_TIME, InputFile
from smartcert.model.certification import CertificationTimeline, PublicCertification
from smartcert.model.citation import Basis, Cited, Source, Text
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import HistoryRecord
from smartcert.rules.rulebook import Rulebook, Rules

CERTIFICATIONS_FILE = "certifications.csv"


@dataclass(frozen=True, kw_only=True)
class OpenHistory:
    """The published certifications with all that is needed to say what held on a day."""

    certifications: tuple[PublicCertification, ...]
    registry: Registry
    rulebook: Rulebook
    sources: Mapping[str, Source]
    inputs: tuple[InputFile, ...]

    def record(self, day: date) -> HistoryRecord:
        """Return the record of the history on ``day``."""
        rules = self._rules(day)
        sizes = {one.code: size for one in self.registry.entries if (size := _size_type(one, rules)) is not None}
        made = build_history(self.certifications, self.registry, sizes, self.rulebook.certification_on, day)
        named = {key for one in self.certifications for key in one.sources}
        bases = (
            rules.certification.valid_years.basis,
            rules.certification.extension_starts.basis,
            *_size_type_rules(rules),
        )
        return HistoryRecord(
            title=Text(ko=Words("ko", "history")("history.title"), en=Words("en", "history")("history.title")),
            history=made,
            sources=tuple(self.sources[key] for key in sorted(named)),
            rules=bases,
            rules_day=rules.day,
            registry_as_of=self.registry.as_of,
            registry_source=self.registry.source,
            inputs=(*self.inputs, *self.rulebook.inputs),
            package=__version__,
        )

    def timelines(self, words: str, day: date) -> tuple[CertificationTimeline, ...]:
        """Return the timelines of those that ``words`` mean (a code or a name) and that were ever certified.

        Raises:
            UsageError: the registry has no such entry.
        """
        found = find_entries(self.registry, words)
        if not found:
            raise UsageError(f"no entry '{words}' in the registry of {self.registry.as_of}")
        law = self.rulebook.certification_on
        rows = [(entry, [one for one in self.certifications if one.code == entry.code]) for entry in found]
        return tuple(build_timeline(entry, compute_terms(own, law), day) for entry, own in rows if own)

    def _rules(self, day: date) -> Rules:
        """Return the rules of ``day``; before all of them held, those of the first day on which they did."""
        edition = min(self.rulebook.editions.values(), key=lambda one: one.since)
        try:
            return self.rulebook.on(max(day, edition.since), edition.id)
        except NoRuleError:
            latest = max(_first_day(entries) for file in self.rulebook.files.values() for entries in file.values())
            return self.rulebook.on(max(day, latest, edition.since), edition.id)


def today() -> date:
    """Return today's date in Korea."""
    return datetime.now(KOREAN_TIME).date()


def open_history(folder: Path | None = None) -> OpenHistory:
    """Open the history in a folder of parameters (ours where none is given).

    Raises:
        InputError: its files have problems: all of them.
    """
    home = folder or PROJECT_ROOT / "parameters"
    rulebook = read_rulebook(home / "rules")
    registry_file, table = home / "registry" / SHIPPED_REGISTRY, home / "registry" / CERTIFICATIONS_FILE
    text = read_file(registry_file)
    registry = parse_registry(text, registry_file.name)
    sources = read_certification_sources(home / "registry", rulebook.sources)
    certifications = read_certifications(table, registry, sources)
    if not certifications:
        raise InputError([Problem(place=Place(file=display_path(table)), found="no row", wanted="at least one")])
    inputs = (
        InputFile(file=f"registry/{SHIPPED_REGISTRY}", sha256=text.sha256),
        *(
            InputFile(file=f"registry/{name}", sha256=read_file(table.with_name(name)).sha256)
            for name in (CERTIFICATIONS_FILE, SOURCES_FILE)
        ),
    )
    return OpenHistory(
        certifications=certifications, registry=registry, rulebook=rulebook, sources=sources, inputs=inputs
    )


def _size_type(one: Applicant, rules: Rules) -> SizeType | None:
    return determine_size_type(one, rules)[0]


def _size_type_rules(rules: Rules) -> tuple[Basis, ...]:
    return (rules.size_type.large_from.basis, rules.eligibility.may_apply.basis)


def _first_day(entries: tuple[Cited[Any], ...]) -> date:
    return min(entry.since for entry in entries)
