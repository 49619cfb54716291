"""What is published about certifications: the public history with the registry and the rules, on any day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from smartcert import __version__
from smartcert.certification.public_history import build_history, build_timeline, compute_terms
from smartcert.errors import InputError, NoRuleError, Place, Problem, UsageError
from smartcert.evaluation.eligibility import determine_size_type
from smartcert.io.applicant_search import find_entries
from smartcert.io.certifications import SOURCES_FILE, read_certification_sources, read_certifications
from smartcert.io.registries import SHIPPED_REGISTRY, parse_registry
from smartcert.io.rulebook import read_rulebook
from smartcert.io.text import display_path, read_file
from smartcert.model.applicant import Registry
from smartcert.model.application import InputFile
from smartcert.model.certification import CertificationTimeline, PublicCertification
from smartcert.model.citation import Source, Text
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import HistoryRecord
from smartcert.rules.rulebook import Rulebook, Rules

_CERTIFICATIONS_FILE = "certifications.csv"


@dataclass(frozen=True, kw_only=True)
class OpenHistory:
    """The published certifications with all that is needed to say what was in force on a day."""

    certifications: tuple[PublicCertification, ...]
    registry: Registry
    rulebook: Rulebook
    sources: Mapping[str, Source]
    inputs: tuple[InputFile, ...]

    @property
    def known_to(self) -> date:
        """The day of the last announcement that is known."""
        return max(certification.decided_on for certification in self.certifications)

    def record(self, day: date) -> HistoryRecord:
        """Return the record of the history on ``day``."""
        rules = self._rules(day)
        sizes = {entry.code: determine_size_type(entry, rules)[0] for entry in self.registry.entries}
        known_sizes = {code: size for code, size in sizes.items() if size is not None}
        law = self.rulebook.certification_on
        sources = {key for certification in self.certifications for key in certification.sources}
        return HistoryRecord(
            title=Text(ko=Words("ko", "history")("history.title"), en=Words("en", "history")("history.title")),
            history=build_history(self.certifications, self.registry, known_sizes, law, day),
            sources=tuple(self.sources[key] for key in sorted(sources)),
            rules=(
                *(rules.certification.valid_years.basis, rules.certification.extension_starts.basis),
                *(rules.size_type.large_from.basis, rules.eligibility.may_apply.basis),
            ),
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
        entries = find_entries(self.registry, words)
        if not entries:
            raise UsageError(f"no entry '{words}' in the registry of {self.registry.as_of}")
        timelines = []
        for entry in entries:
            own = [certification for certification in self.certifications if certification.code == entry.code]
            if own:
                terms = compute_terms(own, self.rulebook.certification_on)
                timelines.append(build_timeline(entry, terms, day, self.known_to))
        return tuple(timelines)

    def _rules(self, day: date) -> Rules:
        """Return the rules of ``day``, or of the first day on which all of them were in force if that is later."""
        edition = min(self.rulebook.editions.values(), key=lambda edition: edition.since)
        try:
            return self.rulebook.on(max(day, edition.since), edition.id)
        except NoRuleError:
            files = self.rulebook.files.values()
            latest = max(min(rule.since for rule in rules) for file in files for rules in file.values())
            return self.rulebook.on(max(day, latest, edition.since), edition.id)


def open_history(folder: Path | None = None) -> OpenHistory:
    """Open the history in a folder of parameters, by default the one of this project.

    Raises:
        InputError: its files have problems, or there is no certification.
    """
    home = folder or PROJECT_ROOT / "parameters"
    rulebook = read_rulebook(home / "rules")
    registry_file, table = home / "registry" / SHIPPED_REGISTRY, home / "registry" / _CERTIFICATIONS_FILE
    text = read_file(registry_file)
    registry = parse_registry(text, registry_file.name)
    sources = read_certification_sources(home / "registry", rulebook.sources)
    certifications = read_certifications(table, registry, sources)
    if not certifications:
        raise InputError([Problem(place=Place(file=display_path(table)), found="no row", wanted="at least one")])
    try:
        for code in {certification.code for certification in certifications}:
            own = [certification for certification in certifications if certification.code == code]
            compute_terms(own, rulebook.certification_on)
    except ValueError as error:
        wanted = "a year in which the period ends by the rules, or a disputed validity"
        raise InputError([Problem(place=Place(file=display_path(table)), found=str(error), wanted=wanted)]) from None
    inputs = (
        InputFile(file=f"registry/{SHIPPED_REGISTRY}", sha256=text.sha256),
        *(
            InputFile(file=f"registry/{name}", sha256=read_file(table.with_name(name)).sha256)
            for name in (_CERTIFICATIONS_FILE, SOURCES_FILE)
        ),
    )
    return OpenHistory(
        certifications=certifications, registry=registry, rulebook=rulebook, sources=sources, inputs=inputs
    )
