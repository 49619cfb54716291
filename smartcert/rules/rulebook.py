"""Which rules are in force on a day, and what changed between two days?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, fields, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from smartcert.errors import NoRuleError, UsageError, suggest
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import SizeType
from smartcert.model.application import InputFile
from smartcert.model.citation import Basis, Cited, Source, Text
from smartcert.model.indicator import Edition, Indicator, MarkScale
from smartcert.model.scheme import CITY, NamedClass, SchemeFacts, Threshold, Wording
from smartcert.representation import describe_briefly
from smartcert.rules.parameters import (
    CertificationRules,
    CommitteeRules,
    DocumentsRules,
    EligibilityRules,
    LevelsRules,
    ReceiptRules,
    SchemeRules,
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

SCHEME = "scheme"
"""The name under which a scheme's file states the values of `SchemeRules`."""

_VALIDITY = "valid_years"

LEVEL_BOUND_PREFIX = "level_"
"""Bounds stand in ``levels.yaml`` as ``level_1``, ``level_2`` ...: as many as the scheme has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is in force on one day, and the edition of indicators that the round named."""

    __repr__ = describe_briefly

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
    scheme: SchemeRules = field(default_factory=SchemeRules)
    facts: SchemeFacts | None = None
    """What pages say about the scheme; None where it is the one that the files of ``parameters/rules`` are about."""

    def mark_scale_of(self, indicator: Indicator) -> MarkScale:
        """Return the marks that can be given on an indicator: its own where it has such, else those of the rules."""
        return indicator.mark_scale or self.scoring.mark_scale.value

    @property
    def class_ids(self) -> tuple[str, ...]:
        """The classes in which applicants are compared, in the order in which they are declared."""
        declared = self.scheme.classes
        return (
            tuple(declared_class.id for declared_class in declared.value.classes)
            if declared
            else tuple(size.value for size in SizeType)
        )

    def list_later_stages(self) -> tuple[frozenset[str], ...]:
        """Return the ids of the indicators of each stage that only those of a short list reach, in their order."""
        stages = self.scheme.stages.value if self.scheme.stages else ()
        limited = [
            number for number, stage in enumerate(stages) if stage.best is not None or stage.at_least is not None
        ]
        return tuple(self.list_indicators(stage.sections) for stage in stages[min(limited, default=len(stages)) :])

    def list_indicators(self, sections: Iterable[str]) -> frozenset[str]:
        """Return the ids of the indicators in these sections, by the ids of the sections."""
        named = frozenset(sections)
        return frozenset(
            indicator.id
            for domain in self.edition.domains
            for section in domain.walk_sections()
            if section.id in named
            for indicator in section.walk()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemeFile:
    """One file of ``parameters/schemes``: what the scheme is called, and the values that it states itself.

    ``files`` are by the name of the file of ``parameters/rules`` in whose place they are; those of `SchemeRules` stand
    under `SCHEME`. ``wordings`` are sentences of the catalogue that read otherwise.
    """

    id: str
    title: Text
    basis: Basis
    input: InputFile
    files: Mapping[str, DatedValues] = field(default_factory=dict)
    wordings: tuple[Wording, ...] = ()
    worded_as_city: bool = False
    """Whether sentences that it does not word are those about cities."""

    @property
    def states_validity(self) -> bool:
        """Whether it is known for how long certificates are valid: stated here, or by the law of cities it is under."""
        return self.id == CITY or self.worded_as_city or _VALIDITY in self.files.get("certification", {})

    @property
    def changes(self) -> bool:
        """Whether anything is different under this scheme from the files of ``parameters/rules`` alone."""
        return bool(self.files or self.wordings) or self.id != CITY


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """Every dated value of ``parameters/rules`` with its sources, every edition of indicators, and every scheme."""

    __repr__ = describe_briefly

    files: Mapping[str, DatedValues]
    editions: Mapping[str, Edition]
    sources: Mapping[str, Source]
    inputs: tuple[InputFile, ...] = ()
    """The files of ``parameters/rules`` that it was read from."""
    schemes: Mapping[str, SchemeFile] = field(default_factory=dict)

    @property
    def class_ids(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the classes of each scheme, on any day."""
        return list_class_ids(self.schemes)

    def inputs_of(self, edition: str) -> tuple[InputFile, ...]:
        """Return the files that the rules of an edition are from: without other editions, with its scheme's own file.

        The file of a scheme in which everything is as in ``parameters/rules`` decides nothing and is not among them.
        """
        others = {f"rules/indicators/{name}.yaml" for name in self.editions if name != edition}
        scheme = self._scheme_of(self.editions[edition])
        own = (scheme.input,) if scheme is not None and scheme.changes else ()
        return (*(file for file in self.inputs if file.file not in others), *own)

    @property
    def city_inputs(self) -> tuple[InputFile, ...]:
        """The files of the rules without the editions of other schemes."""
        others = {f"rules/indicators/{edition.id}.yaml" for edition in self.editions.values() if edition.scheme != CITY}
        return tuple(file for file in self.inputs if file.file not in others)

    def on(self, day: date, edition: str) -> Rules:
        """Return the rules of ``day``. A value is in force from its ``since`` on, that day included.

        Raises:
            NoRuleError: a value has no entry yet on that day, or the edition is in force only later.
            UsageError: there is no such edition, its scheme has no file, a floor or a scheme names a domain or an
                indicator that it does not have, or bounds of levels do not fall.
        """
        if edition not in self.editions:
            raise UsageError(f"no indicator edition '{edition}'{suggest(edition, self.editions)}")
        table = self.editions[edition]
        if table.since > day:
            raise NoRuleError(f"indicator edition '{edition}' holds since {table.since}, not yet on {day}")
        scheme = self._scheme_of(table)
        book = self._overlaid(scheme)
        own = book._scheme_rules_on(day)
        levels = _build_levels(book._levels_on(day), own, table)
        known = [domain.id for domain in table.domains]
        for floor in levels.floors.value:
            if floor.domain not in known:
                raise UsageError(
                    f"levels.floors names domain '{floor.domain}', which edition '{edition}' does not have"
                    f"{suggest(floor.domain, known)}"
                )
        others = {name: book._rules_on(day, name) for name in RULE_CLASSES if name != "levels"}
        _check_scheme(own, table)
        facts = _build_facts(scheme, own) if scheme is not None and scheme.changes else None
        return Rules(day=day, edition=table, levels=levels, scheme=own, facts=facts, **others)

    def _scheme_of(self, edition: Edition) -> SchemeFile | None:
        """Return the scheme of an edition; None for that of the rules themselves, where it has no file."""
        if edition.scheme in self.schemes:
            return self.schemes[edition.scheme]
        if edition.scheme == CITY:
            return None
        known = sorted({CITY, *self.schemes})
        raise UsageError(
            f"edition '{edition.id}' is of scheme '{edition.scheme}', which has no file in parameters/schemes"
            f"{suggest(edition.scheme, known)}; there are: {', '.join(known)}"
        )

    def _overlaid(self, scheme: SchemeFile | None) -> Rulebook:
        """Return a rulebook in which what a scheme states takes the place of what ``parameters/rules`` states.

        Where it states a bound of a level, it states all of them.
        """
        if scheme is None or not scheme.files:
            return self
        files = {name: {**dated, **scheme.files.get(name, {})} for name, dated in self.files.items()}
        own = scheme.files.get("levels", {})
        if any(name.startswith(LEVEL_BOUND_PREFIX) for name in own):
            files["levels"] = {
                name: entries
                for name, entries in files["levels"].items()
                if name in own or not name.startswith(LEVEL_BOUND_PREFIX)
            }
        return replace(self, files={**files, SCHEME: scheme.files.get(SCHEME, {})})

    def _scheme_rules_on(self, day: date) -> SchemeRules:
        dated = self.files.get(SCHEME, {})
        return SchemeRules(**{name: find_in_force(entries, day) for name, entries in dated.items()})

    def certification_on(self, day: date, edition: str = "", /) -> CertificationRules:
        """Return the rules of certificates on ``day`` under the scheme of an edition.

        Without an edition they are those of ``parameters/rules``.

        Raises:
            NoRuleError: a value has no entry yet on that day, or the edition is not known here: nor is its law then.
                Or its scheme, of another law than that of cities, does not state how long certificates are valid.
        """
        table = self.editions.get(edition)
        if edition and table is None:
            near = suggest(edition, self.editions)
            raise NoRuleError(f"no indicator edition '{edition}'{near}: the law of its certificates is not known")
        scheme = self.schemes.get(table.scheme) if table else None
        if scheme is not None and not scheme.states_validity:
            raise NoRuleError(
                f"scheme '{scheme.id}' does not state certification.{_VALIDITY}: how long its certificates are "
                f"valid is not known, and that of cities is of another law; state it in schemes/{scheme.id}.yaml, or "
                "'award: list'"
            )
        rules: CertificationRules = self._overlaid(scheme)._rules_on(day, "certification")
        return rules

    def facts_of(self, edition: str, day: date) -> SchemeFacts | None:
        """Return what the scheme of an edition calls its levels and classes on ``day``.

        None for the scheme of the rules themselves, and for an edition or a scheme that is not known here.
        """
        table = self.editions.get(edition)
        scheme = self.schemes.get(table.scheme) if table else None
        if scheme is None or not scheme.changes:
            return None
        return _build_facts(scheme, self._overlaid(scheme)._scheme_rules_on(day))

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


def list_class_ids(schemes: Mapping[str, SchemeFile]) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the classes of each scheme, those of every day; the size types where it declares none."""
    sizes = tuple(size.value for size in SizeType)
    declared = {name: scheme.files.get(SCHEME, {}).get("classes", ()) for name, scheme in schemes.items()}
    return {CITY: sizes} | {
        name: tuple(dict.fromkeys(declared_class.id for entry in entries for declared_class in entry.value.classes))
        or sizes
        for name, entries in declared.items()
    }


def _build_levels(levels: LevelsRules, scheme: SchemeRules, edition: Edition) -> LevelsRules:
    """Return a scheme's levels for an edition, bounds in percent of its points; a UsageError unless they fall."""
    if scheme.pass_or_fail is not None:
        rule = scheme.pass_or_fail
        bound = _restate(rule, rule.value.bound)
        bounds: Mapping[int, Cited[Any]] = {1: bound}
        levels = replace(levels, worst=_restate(rule, 2), certified_from=_restate(rule, 1))
    elif scheme.ranking is not None:
        ranking = scheme.ranking
        least = ranking.value.at_least
        bounds = {1: _restate(ranking, least)} if least is not None else {}
        levels = replace(levels, worst=_restate(ranking, 3), certified_from=_restate(ranking, 1))
    else:
        bounds = levels.bounds
    percentages = {number: _to_percentage(cited, edition.points) for number, cited in bounds.items()}
    numbers = sorted(percentages)
    for better, worse in pairwise(numbers):
        if percentages[worse].value >= percentages[better].value:
            raise UsageError(
                f"levels of edition '{edition.id}': the bound of level {worse} is not below that of level {better}"
            )
    return replace(levels, bounds=percentages)


def _restate(cited: Cited[Any], value: Any) -> Cited[Any]:
    """Return another value that rests on the same entry."""
    return replace(cited, value=value)


def _to_percentage(cited: Cited[Any], out_of: Fraction) -> Cited[Fraction]:
    if not isinstance(cited.value, Threshold):
        return cited
    return replace(cited, value=cited.value.in_points(out_of) * 100 / out_of if out_of else Fraction(0))


def _check_scheme(scheme: SchemeRules, edition: Edition) -> None:
    """Check that a scheme names only sections and indicators of the edition; a UsageError where it does not."""
    sections = [section.id for domain in edition.domains for section in domain.walk_sections()]
    indicators = [indicator.id for indicator in edition.indicators()]
    named: list[tuple[str, Iterable[str], list[str]]] = []
    if scheme.ranking is not None:
        named.append(("scheme.ranking.ties", scheme.ranking.value.ties, [*sections, *indicators]))
    if scheme.stages is not None:
        named += [(f"scheme.stages.{stage.id}", stage.sections, sections) for stage in scheme.stages.value]
    for what, names, known in named:
        for name in names:
            if name not in known:
                raise UsageError(
                    f"{what} names '{name}', which edition '{edition.id}' does not have{suggest(name, known)}"
                )
    if scheme.ranking is not None and scheme.classes is not None:
        known = [declared_class.id for declared_class in scheme.classes.value.classes]
        for name in scheme.ranking.value.class_places or ():
            if name not in known:
                raise UsageError(f"scheme.ranking.class_places names '{name}', which is no class of the scheme")


def _build_facts(scheme: SchemeFile, rules: SchemeRules) -> SchemeFacts:
    names: Mapping[int, Text] = rules.level_names.value if rules.level_names else {}
    if rules.pass_or_fail is not None:
        names = {1: rules.pass_or_fail.value.passed, 2: rules.pass_or_fail.value.failed}
    if rules.ranking is not None:
        ranking = rules.ranking.value
        names = {1: ranking.selected, 2: ranking.on_reserve, 3: ranking.not_selected}
    declared = rules.classes.value.classes if rules.classes else ()
    return SchemeFacts(
        id=scheme.id,
        title=scheme.title,
        ranking=rules.ranking is not None,
        award_list=rules.no_certificate is not None,
        validity_stated=scheme.states_validity,
        worded_as_city=scheme.worded_as_city,
        level_names=names,
        classes=tuple(NamedClass(id=size_class.id, name=size_class.name) for size_class in declared),
        wordings=scheme.wordings,
    )


def in_force(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any]:
    """Return the entry in force on ``day``: the latest whose ``since`` is not after it, else a NoRuleError."""
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
