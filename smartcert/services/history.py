"""What is published about certifications: the public history with the registry and the rules, on any day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from smartcert import __version__
from smartcert.certification.public_history import build_history, build_timeline, compute_terms
from smartcert.errors import InputError, NoRuleError, Place, Problem, UsageError
from smartcert.evaluation.eligibility import determine_size_type
from smartcert.io.formats.text import display_path, read_file
from smartcert.io.parameters.certifications import SOURCES_FILE, read_certification_sources, read_certifications
from smartcert.io.parameters.local_governments import LOCAL_GOVERNMENTS, TABLE_FILES, load_local_governments
from smartcert.io.parameters.populations import POPULATIONS, list_months
from smartcert.io.parameters.registries import SHIPPED_REGISTRY, parse_registry, read_month
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, Registry
from smartcert.model.application import InputFile
from smartcert.model.certification import CertificationTimeline, PublicCertification
from smartcert.model.citation import Source, Text
from smartcert.model.scheme import CITY
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import HistoryRecord
from smartcert.representation import describe_briefly
from smartcert.rules.rulebook import Rulebook, Rules
from smartcert.services.holders import get_code_on
from smartcert.services.local_governments import describe_unknown

_CERTIFICATIONS_FILE = "certifications.csv"


@dataclass(frozen=True, kw_only=True)
class OpenHistory:
    """The published certifications with all that is needed to say what was in force on a day."""

    __repr__ = describe_briefly

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
        """Return the record of the history on ``day``, among the local governments of that day.

        Their populations are of the newest month that is known and not after the day, else of the first one.
        """
        rules, law = self._rules(day), self.rulebook.certification_on
        month, registry = self._find_month(day), self._registry_on(day)
        sizes = {entry.code: determine_size_type(entry, rules)[0] for entry in registry.entries}
        known_sizes = {code: size for code, size in sizes.items() if size is not None}
        own = self._certifications_on(day)
        former = {
            certification.code: self._find_former(certification.code)
            for certification in own
            if certification.code not in sizes
        }
        sources = {key for certification in self.certifications for key in certification.sources}
        return HistoryRecord(
            title=Text(ko=Words("ko", "history")("history.title"), en=Words("en", "history")("history.title")),
            history=build_history(own, registry, known_sizes, law, day, former),
            sources=tuple(self.sources[key] for key in sorted(sources)),
            rules=(
                *(rules.certification.valid_years.basis, rules.certification.extension_starts.basis),
                *(rules.size_type.large_from.basis, rules.eligibility.may_apply.basis),
            ),
            rules_day=rules.day,
            registry_as_of=registry.as_of,
            registry_source=registry.source,
            inputs=(*self._registry_inputs(month), *self.inputs, *self.rulebook.city_inputs),
            package=__version__,
        )

    def timelines(self, words: str, day: date) -> tuple[CertificationTimeline, ...]:
        """Return the timelines of those that ``words`` mean (a code or a name) and that were ever certified.

        A name or code that a local government had at another time means it too, where none has it on the day.

        Raises:
            UsageError: nobody was ever called so.
        """
        governments, on = load_local_governments(), self._clamp(day)
        found = governments.find(words, on=on)
        chosen = [candidate for candidate in found if candidate.current] or list(found)
        if not chosen:
            raise UsageError(describe_unknown(words, governments, day))
        timelines = []
        for candidate in chosen:
            codes = [code.code for code in candidate.entity.codes]
            own = [certification for certification in self.certifications if certification.code in codes]
            if own:
                code = candidate.entity.code_on(on) or codes[-1]
                applicant = self._registry_on(day).by_code().get(code) or self._find_former(code)
                terms = compute_terms(own, self.rulebook.certification_on)
                timelines.append(build_timeline(applicant, terms, day, self.known_to))
        return tuple(timelines)

    def _clamp(self, day: date) -> date:
        return max(day, load_local_governments().begins)

    def _find_month(self, day: date) -> str:
        months = list_months()
        return max((month for month in months if month <= f"{day:%Y-%m}"), default=months[0])

    def _registry_on(self, day: date) -> Registry:
        return read_month(self._find_month(day), self._clamp(day))

    def _certifications_on(self, day: date) -> tuple[PublicCertification, ...]:
        """Return the certifications with the code that each holder has on ``day``, or had last."""
        on = self._clamp(day)
        return tuple(
            replace(certification, code=get_code_on(certification.code, on)) for certification in self.certifications
        )

    def _find_former(self, code: str) -> Applicant:
        """Return a holder that has ended, as it was on its last day, without a population."""
        entity = load_local_governments().by_code(code)
        day = self._clamp(entity.last) if entity is not None and entity.last is not None else None
        entry = load_local_governments().registry(day).by_code().get(code) if day else None
        if entry is None:
            raise UsageError(f"no local government has had the code {code}")
        return entry

    def _registry_inputs(self, month: str) -> Iterator[InputFile]:
        home = PROJECT_ROOT / "parameters" / "registry"
        for file in (f"{POPULATIONS}/{month}.csv", *(f"{LOCAL_GOVERNMENTS}/{name}" for name in TABLE_FILES)):
            yield InputFile(file=f"registry/{file}", sha256=read_file(home / file).sha256)

    def _rules(self, day: date) -> Rules:
        """Return the rules of ``day``, or of the first day on which all of them were in force if that is later."""
        of_cities = (edition for edition in self.rulebook.editions.values() if edition.scheme == CITY)
        edition = min(of_cities, key=lambda edition: edition.since)
        try:
            return self.rulebook.on(max(day, edition.since), edition.id)
        except NoRuleError:
            files = self.rulebook.files.values()
            latest = max(min(rule.since for rule in rules) for file in files for rules in file.values())
            return self.rulebook.on(max(day, latest, edition.since), edition.id)


def open_history() -> OpenHistory:
    """Open the history in the parameters of this project.

    Raises:
        InputError: its files have problems, or there is no certification.
    """
    home = PROJECT_ROOT / "parameters"
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
