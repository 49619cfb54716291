"""``marks.csv``: each evaluator's mark on each qualitative indicator. Lean, because a round may have a million."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from smartcert.errors import suggestion
from smartcert.intake import scalars
from smartcert.intake.applications import KNOWN
from smartcert.intake.committee import Exclusions
from smartcert.intake.measurements import other_table, unknown_indicator
from smartcert.intake.scalars import NotReadableError, quoted
from smartcert.intake.tables import Table
from smartcert.model.application import Evaluator, Mark
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.rules.scoring import MarkScale

COLUMNS = ("applicant", "indicator", "evaluator", "mark", "comment")
ABSENT = "absent"

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Marking:
    """What marks may name: applicants, the edition's indicators, the committee, who is excluded, and the scale."""

    known: Mapping[str, int]
    edition: Edition
    members: tuple[Evaluator, ...]
    exclusions: Exclusions
    scale: MarkScale
    assigned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who judges an applicant; all members where the applicant is not named."""


def read_marks(table: Table, marking: Marking) -> dict[str, tuple[Mark, ...]]:
    """Return the marks by applicant: for each that has any, of every evaluator who judges it, on every indicator."""
    found: dict[str, list[Mark]] = {}
    lines: dict[str, dict[tuple[str, str], int]] = {}
    _read(table, marking, found, lines)
    _hold_complete(table, marking, lines)
    return {name: tuple(marks) for name, marks in found.items()}


def _read(
    table: Table,
    marking: Marking,
    found: dict[str, list[Mark]],
    lines: dict[str, dict[tuple[str, str], int]],
) -> None:
    indicators = {one.id: one.id for one in marking.edition.indicators() if one.kind is IndicatorKind.QUALITATIVE}
    members = {member.id: member.id for member in marking.members}
    known, excluded, value_of = marking.known, marking.exclusions.lines, _reader(marking.scale)
    assigned = marking.assigned
    nobody: Mapping[str, int] = {}
    for line, (name, indicator_text, evaluator_text, mark, comment) in table.rows():
        # the names as they are kept elsewhere: a million marks share a few texts
        indicator, evaluator = indicators.get(indicator_text), members.get(evaluator_text)
        if name not in known or indicator is None or evaluator is None:
            _refuse_names(table, line, marking, (name, indicator_text, evaluator_text))
            continue
        if evaluator in excluded.get(name, nobody):
            _refuse_excluded(table, line, marking, name, evaluator)
            continue
        if name in assigned and evaluator not in assigned[name]:
            wanted = f"a mark of: {', '.join(sorted(assigned[name]))} (see assignments.csv)"
            table.refuse(line, "evaluator", f"a mark of '{evaluator}', who is not assigned to '{name}'", wanted)
            continue
        try:
            value = value_of(mark)
        except NotReadableError as error:
            table.refuse(line, "mark", quoted(mark), str(error))
            value = None
        of_applicant = lines.get(name)
        if of_applicant is None:
            of_applicant = lines[name] = {}
            found[name] = []
        first = of_applicant.setdefault((indicator, evaluator), line)
        if first != line:
            what = f"a second mark of '{evaluator}' on '{indicator}' for '{name}'"
            table.refuse(line, "mark", what, f"one (first in line {first})")
        found[name].append(Mark(indicator=indicator, evaluator=evaluator, value=value, comment=comment))


def _reader(scale: MarkScale) -> Callable[[str], Fraction | None]:
    wanted = f"a mark from {scale.lowest} to {scale.highest} in steps of {scale.step}, or '{ABSENT}' (not zero)"

    @lru_cache(maxsize=10_000)
    def read(text: str) -> Fraction | None:
        if text == ABSENT:
            return None
        try:
            mark = scalars.decimal(text)
        except NotReadableError:
            raise NotReadableError(wanted) from None
        if not scale.allow(mark):
            raise NotReadableError(wanted)
        return mark

    return read


def _refuse_names(table: Table, line: int, marking: Marking, names: tuple[str, str, str]) -> None:
    name, indicator, evaluator = names
    indicators = {one.id: one for one in marking.edition.indicators()}
    members = [member.id for member in marking.members]
    if name not in marking.known:
        table.refuse(line, "applicant", quoted(name) + suggestion(name, marking.known), KNOWN)
    if indicator not in indicators:
        table.refuse(line, "indicator", unknown_indicator(indicator, indicators), "an indicator of the round's edition")
    elif indicators[indicator].kind is not IndicatorKind.QUALITATIVE:
        wanted = other_table(IndicatorKind.QUALITATIVE)
        table.refuse(line, "indicator", f"the quantitative indicator '{indicator}'", wanted)
    if evaluator not in members:
        found = quoted(evaluator) + suggestion(evaluator, members)
        table.refuse(line, "evaluator", found, "an evaluator of committee.csv")


def _refuse_excluded(table: Table, line: int, marking: Marking, name: str, evaluator: str) -> None:
    row = marking.exclusions.row(name, evaluator)
    table.refuse(line, "evaluator", f"a mark of '{evaluator}', who does not judge '{name}'", f"no mark (see {row})")


def _hold_complete(table: Table, marking: Marking, lines: Mapping[str, Mapping[tuple[str, str], int]]) -> None:
    indicators = [one.id for one in marking.edition.indicators() if one.kind is IndicatorKind.QUALITATIVE]
    for name, marked in lines.items():
        excluded = marking.exclusions.lines.get(name, {})
        assigned = marking.assigned.get(name)
        judging = [
            member.id
            for member in marking.members
            if member.id not in excluded and (assigned is None or member.id in assigned)
        ]
        if len(marked) == len(indicators) * len(judging):
            continue
        pairs = [(indicator, evaluator) for indicator in indicators for evaluator in judging]
        missing = [f"{indicator}/{evaluator}" for indicator, evaluator in pairs if (indicator, evaluator) not in marked]
        named = ", ".join(missing[:_MOST_NAMED]) + (
            f" and {len(missing) - _MOST_NAMED} more" if len(missing) > 10 else ""
        )
        wanted = f"a row for every indicator and evaluator who judges ('{ABSENT}' where there is no mark)"
        table.refuse(min(marked.values()), "mark", f"no row for {named} of '{name}'", wanted)
