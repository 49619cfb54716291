"""Who may apply: the answer for one entry of the registry, or the table of all, in words and with what it rests on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from smartcert.characters import neutralise_formula
from smartcert.errors import UsageError
from smartcert.evaluation.eligibility import (
    check_may_apply,
    determine_size_type,
    find_right_applicant,
    list_members,
    resolve_second_code,
)
from smartcert.io.applicant_search import find_entries, suggest_entries
from smartcert.model.applicant import Applicant, Registry, SizeType
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Finding
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import Rules

COLUMNS = (
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
    """The standing of one entry. ``right`` is the local government that should apply instead, if it is a single one."""

    entry: Applicant
    may: MayApply
    findings: tuple[Finding, ...]
    size_type: SizeType | None
    right: Applicant | None
    members: int
    """How many local governments below it may each apply for themselves; 0 where there is a single right applicant."""

    def bases(self) -> tuple[Basis, ...]:
        """Return every rule that the answer rests on, once."""
        return tuple({basis.name: basis for finding in self.findings for basis in finding.basis}.values())


def find_entry(registry: Registry, words: str) -> Applicant:
    """Return the one entry that ``words`` mean: a code of ten digits, or a name, with or without the parent's.

    Raises:
        UsageError: there is none, or there are several; names those that may be meant, with parent and code.
    """
    found = find_entries(registry, words)
    if len(found) == 1:
        return found[0]
    listed = "".join(f"\n  {_format_candidate(one)}" for one in found or suggest_entries(registry, words))
    if found:
        raise UsageError(f"'{words}' may be one of {len(found)}; give its code or its parent as well:{listed}")
    raise UsageError(f"no entry '{words}' in the registry" + (f"; the nearest are:{listed}" if listed else ""))


def answer_eligibility(asked: Applicant, registry: Registry, rules: Rules) -> EligibilityAnswer:
    """Return whether an entry may apply under the rules, in which size type, and who should apply instead."""
    itself = resolve_second_code(asked, registry)
    findings = check_may_apply(asked, registry, rules)
    refused = any(finding.refuses for finding in findings)
    size, because = (None, None) if refused else determine_size_type(itself, rules)
    right = find_right_applicant(asked, registry, rules.eligibility)
    return EligibilityAnswer(
        entry=asked,
        may=MayApply.NO if refused else MayApply.YES if itself is asked else MayApply.SAME_AS,
        findings=(*findings, because) if because else findings,
        size_type=size,
        right=right,
        members=len(list_members(asked, registry, rules.eligibility)) if refused and right is None else 0,
    )


def describe_answer(given: EligibilityAnswer, words: Words) -> list[tuple[str, str]]:
    """Return an answer as labels with values; a label is empty where its value goes on. The first is the heading."""
    asked, residents = given.entry, given.entry.population
    rows = [("", _heading(asked, words)), (words("who.code"), asked.code)]
    rows.append((words("who.kind"), words.term(f"kind.{asked.kind}")))
    if asked.invented:
        rows.append(("", words("who.invented")))
    population = words("who.unknown")
    if residents is not None:
        population = words(
            "who.residents", residents=residents.residents, as_of=residents.as_of, source=residents.source
        )
    rows.append((words("who.population"), population))
    size = words.term(f"size_type.{given.size_type}") if given.size_type else words("who.no_size_type")
    rows.append((words("who.size_type"), size))
    rows.append((words("who.may_apply"), _describe_may_apply(given, words)))
    if given.may is MayApply.NO and (given.right or given.members):
        rows.append((words("who.right"), _describe_right_applicant(given, words)))
    label = words("who.why")
    for finding in given.findings:
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
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in registry.entries:
        rows.writerow(
            [neutralise_formula(cell) for cell in _answer_cells(answer_eligibility(one, registry, rules), words)]
        )
    return out.getvalue()


def _answer_cells(given: EligibilityAnswer, words: Words) -> Iterator[str]:
    asked, residents = given.entry, given.entry.population
    yield from (asked.code, asked.name.ko, asked.name.en, asked.kind.value, asked.parent_name)
    yield from (str(residents.residents), residents.as_of) if residents else ("", "")
    yield from (given.may.value, given.size_type.value if given.size_type else "")
    yield given.right.name.of(words.language) if given.right else ""
    yield " ".join(words.finding(finding) for finding in given.findings)
    cites = {words.citation(cite): None for basis in given.bases() for cite in basis.cite}
    yield "; ".join(cites)
    yield max((basis.status for basis in given.bases()), key=list(Status).index).value


def _format_candidate(one: Applicant) -> str:
    place = f", {one.parent_name}" if one.parent_name else ""
    return f"{one.code}  {one.name.ko} ({one.name.en}){place}"


def _heading(asked: Applicant, words: Words) -> str:
    other = "en" if words.language == "ko" else "ko"
    name = asked.name
    if asked.parent_name:
        return words("who.heading.below", name=name, other=name.of(other), parent=asked.parent_name)
    return words("who.heading.name", name=name, other=name.of(other))


def _describe_may_apply(given: EligibilityAnswer, words: Words) -> str:
    if given.may is MayApply.SAME_AS and given.right is not None:
        return words("who.answer.same_as", right=given.right.name)
    return words("symbol.no" if given.may is MayApply.NO else "symbol.yes")


def _describe_right_applicant(given: EligibilityAnswer, words: Words) -> str:
    if given.right is None:
        return words("who.members", members=given.members)
    name, code = given.right.name, given.right.code
    return f"{name.of(words.language)} ({name.of('en' if words.language == 'ko' else 'ko')}), {code}"
