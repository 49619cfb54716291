"""Who may apply: the answer for one entry of the registry or the table of all, in words and with its citations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from enum import StrEnum

from smartcert.characters import neutralise_formula
from smartcert.errors import UsageError
from smartcert.evaluation.eligibility import (
    check_may_apply,
    check_population_month,
    determine_class,
    find_right_applicant,
    list_members,
    resolve_second_code,
)
from smartcert.io.parameters.applicant_search import find_by_history, find_entries, suggest_near
from smartcert.io.rounds.organisations import compact_number
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, Registry
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Finding
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import Rules
from smartcert.services.local_governments import describe_others

ELIGIBILITY_COLUMNS = (
    *("code", "name_ko", "name_en", "kind", "parent", "population", "population_as_of"),
    *("answer", "size_type", "right_applicant", "reason", "citations", "status"),
)
"""The columns of the table of all entries."""


class MayApply(StrEnum):
    """Whether an entry may apply; a second code stands for the local government that it belongs to."""

    YES = "yes"
    NO = "no"
    SAME_AS = "same_as"


@dataclass(frozen=True, kw_only=True, slots=True)
class EligibilityAnswer:
    """Whether one entry may apply; ``right`` is the local government that should apply instead, where it is one."""

    entry: Applicant
    may: MayApply
    findings: tuple[Finding, ...]
    size_type: str | None
    right: Applicant | None
    members: int
    """How many local governments below it may each apply for themselves; 0 where there is a single right applicant."""

    def bases(self) -> tuple[Basis, ...]:
        """Return every rule that the answer rests on, each once."""
        return tuple({basis.name: basis for finding in self.findings for basis in finding.basis}.values())


def find_named(registry: Registry, names: tuple[str, ...]) -> tuple[tuple[str, Applicant], ...]:
    """Return the entry that some words mean together (대구 동구), else those that each means alone, beside the words.

    Raises:
        UsageError: as `find_entry`; of the words together where one of them matches no entry.
    """
    together = " ".join(names)
    if (
        len(names) > 1
        and not _find_matches(registry, together)
        and all(_find_matches(registry, name) for name in names)
    ):
        return tuple((name, find_entry(registry, name)) for name in names)
    return ((together, find_entry(registry, together)),)


def _find_matches(registry: Registry, words: str) -> tuple[Applicant, ...]:
    return tuple(find_entries(registry, compact_number(words)) or find_by_history(registry, words))


def find_entry(registry: Registry, words: str) -> Applicant:
    """Return the entry that ``words`` mean: a code of ten digits, or a name, with or without the parent's.

    A code or name that its local government had at another time means it too. A business number may have its hyphens.

    Raises:
        UsageError: no entry matches, or several do; lists those that may be meant, with parent and code. What has
            ended is named with what came of it; names that are only similar are given as a guess.
    """
    entries = _find_matches(registry, words)
    if len(entries) == 1:
        return entries[0]
    if entries:
        listed = "".join(f"\n  {_describe_entry(entry)}" for entry in entries)
        raise UsageError(f"'{words}' may be one of {len(entries)}; give its code or its parent as well:{listed}")
    others = describe_others(words, registry)
    if others:
        raise UsageError(f"no entry '{words}' in the registry: {others}")
    near = "".join(f"\n  {_describe_entry(entry)}" for entry in suggest_near(registry, words))
    guess = f"; a guess from similar names, no more:{near}" if near else ""
    raise UsageError(f"no entry '{words}' in the registry{guess}")


def _describe_entry(entry: Applicant) -> str:
    parent = f", {entry.parent_name}" if entry.parent_name and entry.distinct_name is None else ""
    return f"{entry.code}  {entry.full_name.ko} ({entry.full_name.en}){parent}"


def answer_eligibility(entry: Applicant, registry: Registry, rules: Rules) -> EligibilityAnswer:
    """Return whether an entry may apply under the rules, in which size type, and who should apply instead."""
    applicant = resolve_second_code(entry, registry)
    findings = check_may_apply(entry, registry, rules)
    refused = any(finding.refuses for finding in findings)
    size_type, size_finding = (None, None) if refused else determine_class(applicant, rules)
    old_population = None if refused else check_population_month(applicant, rules)
    findings = (*findings, *(finding for finding in (size_finding, old_population) if finding))
    right = find_right_applicant(entry, registry, rules.eligibility)
    return EligibilityAnswer(
        entry=entry,
        may=MayApply.NO if refused else MayApply.YES if applicant is entry else MayApply.SAME_AS,
        findings=findings,
        size_type=size_type,
        right=right,
        members=len(list_members(entry, registry, rules.eligibility)) if refused and right is None else 0,
    )


def check_month_of_registry(registry: Registry, rules: Rules) -> Finding | None:
    """Return the finding on the month of a registry's populations, the same for all entries; None where all is well."""
    findings = (check_population_month(entry, rules) for entry in registry.entries)
    return next((finding for finding in findings if finding is not None), None)


def describe_answer(answer: EligibilityAnswer, words: Words) -> list[tuple[str, str]]:
    """Return an answer as labels with values; the first value is the heading.

    An empty label continues the value above it.
    """
    entry, name, people, right = answer.entry, answer.entry.full_name, answer.entry.population, answer.right
    other = "en" if words.language == "ko" else "ko"
    heading = words("who.heading.name", name=name, other=name.of(other))
    if entry.parent_name and entry.distinct_name is None:
        heading = words("who.heading.below", name=name, other=name.of(other), parent=entry.parent_name)
    rows = [("", heading), (words("who.code"), entry.code), (words("who.kind"), words.term(f"kind.{entry.kind}"))]
    if entry.invented:
        rows.append(("", words("who.invented")))
    population = words("who.unknown")
    if people is not None:
        population = words("who.residents", residents=people.residents, as_of=people.as_of, source=people.source)
    size_type = words.term(f"size_type.{answer.size_type}") if answer.size_type else words("who.no_size_type")
    may_apply = words("symbol.no" if answer.may is MayApply.NO else "symbol.yes")
    if answer.may is MayApply.SAME_AS and right is not None:
        may_apply = words("who.answer.same_as", right=right.full_name)
    rows += [
        *([] if entry.organisation else [(words("who.population"), population)]),
        (words("who.size_type"), size_type),
        (words("who.may_apply"), may_apply),
    ]
    if answer.may is MayApply.NO and right:
        rows.append(
            (words("who.right"), f"{right.full_name.of(words.language)} ({right.full_name.of(other)}), {right.code}")
        )
    elif answer.may is MayApply.NO and answer.members:
        rows.append((words("who.right"), words("who.members", members=answer.members)))
    label = words("who.why")
    for finding in answer.findings:
        rows.append((label, words.finding(finding)))
        rows += [("", f"  {format_basis(basis, words)}") for basis in finding.basis]
        label = ""
    return rows


def format_basis(basis: Basis, words: Words) -> str:
    """Return a rule as a citation with its status: ``Notice 2021-223, Art. 7 [law]``."""
    places = "; ".join(words.citation(cite) for cite in basis.cite)
    return f"{places} [{words.term(f'status.{basis.status}')}]"


def format_eligibility_table(registry: Registry, rules: Rules, words: Words) -> str:
    """Return the answers for all entries, in the order of the registry, as CSV that a spreadsheet can open safely.

    Kinds, size types and statuses are the words of the data; reasons and citations are in the language of ``words``.
    ``status`` is that of the least firm rule that the answer rests on.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(ELIGIBILITY_COLUMNS)
    for entry in registry.entries:
        writer.writerow(map(neutralise_formula, _answer_cells(answer_eligibility(entry, registry, rules), words)))
    return out.getvalue()


def _answer_cells(answer: EligibilityAnswer, words: Words) -> Iterator[str]:
    entry, people = answer.entry, answer.entry.population
    yield from (entry.code, entry.name.ko, entry.name.en, entry.kind.value, entry.parent_name)
    yield from (str(people.residents), people.as_of) if people else ("", "")
    yield from (answer.may.value, answer.size_type if answer.size_type else "")
    yield answer.right.full_name.of(words.language) if answer.right else ""
    yield " ".join(words.finding(finding) for finding in answer.findings)
    bases = answer.bases()
    yield "; ".join(dict.fromkeys(words.citation(cite) for basis in bases for cite in basis.cite))
    yield max((basis.status for basis in bases), key=list(Status).index).value
