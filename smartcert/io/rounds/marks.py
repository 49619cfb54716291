"""The tables of marks and levels: ``marks.csv``, marks before and after discussion, levels proposed and decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from fractions import Fraction
from functools import cache, lru_cache

from smartcert.characters import remove_guard
from smartcert.errors import suggest
from smartcert.io.formats import text as scalars
from smartcert.io.formats.csv import Cells, Table, TooManyProblemsError, format_exact, iterate_cells
from smartcert.io.formats.text import NotReadableError, quote
from smartcert.io.rounds.applications import KNOWN_APPLICANT, describe_other_table, describe_unknown_indicator
from smartcert.io.rounds.committee import KNOWN_EVALUATOR, Exclusions
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Evaluator, Mark
from smartcert.model.committee import DiscussedMark, LevelDecision
from smartcert.model.indicator import Edition, IndicatorKind, MarkScale

MARK_COLUMNS = ("applicant", "indicator", "evaluator", "mark", "comment")
ABSENT = "absent"

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkingContext:
    """What marks are checked against: applicants, indicators of the edition, members, exclusions and the scale."""

    known: Mapping[str, int]
    edition: Edition
    members: tuple[Evaluator, ...]
    exclusions: Exclusions
    scale: MarkScale
    assigned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who judges an applicant; all members where the applicant is not a key."""
    later_stages: tuple[frozenset[str], ...] = ()
    """The indicators of each stage that only those of a short list reach."""

    def scale_of(self, indicator: str) -> MarkScale:
        """Return the marks that can be given on an indicator: its own where it has such, else those of the rules."""
        own = (entry.mark_scale for entry in self.edition.indicators() if entry.id == indicator)
        return next(own, None) or self.scale

    def list_judging(self, applicant: str) -> tuple[str, ...]:
        """Return who judges an applicant, by id: each member who is assigned to it and not excluded."""
        excluded, assigned = self.exclusions.lines.get(applicant, ()), self.assigned.get(applicant)
        ids = (member.id for member in self.members)
        return tuple(name for name in ids if name not in excluded and (assigned is None or name in assigned))


_Pair = tuple[str, str]
"""An indicator and an evaluator, by their ids."""


def read_marks(table: Table, marking: MarkingContext) -> dict[str, tuple[Mark, ...]]:
    """Return the marks by applicant; one with any needs those of every evaluator who judges it on every indicator.

    Those of a stage that only a short list reaches may all be missing.
    """
    marks: dict[str, list[Mark]] = {}
    lines: dict[str, dict[_Pair, int]] = {}
    parser = _MarkParser(table, marking)
    usual: dict[tuple[str, str, str], tuple[_Pair, Mark]] = {}  # what had no problem: of a million there are few
    current: str | None = None
    judging: frozenset[str] = frozenset()
    for line, (name, indicator, evaluator, text, comment) in table.rows():
        if name != current:  # the rows of an applicant usually stand together
            current, judging = name, frozenset(marking.list_judging(name) if name in marking.known else ())
        read = usual.get((indicator, evaluator, text)) if evaluator in judging and not comment else None
        if read is None:
            problems = len(table.problems)
            read = parser.parse(line, name, indicator, evaluator, text, comment)
            if read is None:
                continue
            if not comment and len(table.problems) == problems:
                usual[indicator, evaluator, text] = read
        pair, mark = read
        if name not in marks:
            marks[name], lines[name] = [], {}
        first = lines[name].setdefault(pair, line)
        if first != line:
            what = f"a second mark of '{evaluator}' on '{indicator}' for '{name}'"
            table.refuse(line, "mark", what, f"one (first in line {first})")
        marks[name].append(mark)
    _check_complete(table, marking, lines)
    return {name: tuple(own) for name, own in marks.items()}


class _MarkParser:
    """Reads rows of ``marks.csv``; a mark has the texts of edition and committee, so that a million share a few."""

    def __init__(self, table: Table, marking: MarkingContext) -> None:
        self._table, self._marking = table, marking
        questions = [item for item in marking.edition.indicators() if item.kind is IndicatorKind.QUALITATIVE]
        self._pairs = {(item.id, member.id): (item.id, member.id) for item in questions for member in marking.members}
        self._parsers = {item.id: _make_mark_parser(marking.scale_of(item.id)) for item in questions}
        self._wanted_comments = {
            (item.id, mark)
            for item in marking.edition.indicators()
            for mark in (item.about.comment_for if item.about is not None else ())
        }

    def parse(
        self, line: int, name: str, indicator: str, evaluator: str, text: str, comment: str
    ) -> tuple[_Pair, Mark] | None:
        """Return the mark of a row, None where nobody could give it; problems are added to the table."""
        table, marking = self._table, self._marking
        pair = self._pairs.get((indicator, evaluator))
        if name not in marking.known or pair is None:
            _refuse_names(table, line, marking, (name, indicator, evaluator))
            return None
        if evaluator in marking.exclusions.lines.get(name, ()):
            _refuse_excluded(table, line, marking, name, evaluator)
            return None
        if name in marking.assigned and evaluator not in marking.assigned[name]:
            wanted = f"a mark of: {', '.join(sorted(marking.assigned[name]))} (see assignments.csv)"
            table.refuse(line, "evaluator", f"a mark of '{evaluator}', who is not assigned to '{name}'", wanted)
            return None
        try:
            value = self._parsers[indicator](text)
        except NotReadableError as error:
            table.refuse(line, "mark", quote(text), str(error))
            value = None
        if not comment and (indicator, value) in self._wanted_comments:
            table.refuse(line, "comment", "nothing", describe_wanted_comment(value))
        return pair, Mark(indicator=pair[0], evaluator=pair[1], value=value, comment=remove_guard(comment))


def describe_wanted_comment(mark: Fraction | None) -> str:
    """Return what is wanted where a comment is missing beside a mark."""
    return f"a comment, which the edition wants for a mark of {format_exact(mark or Fraction(0))}"


@cache
def _make_mark_parser(scale: MarkScale) -> Callable[[str], Fraction | None]:
    wanted = f"a mark from {scale.lowest} to {scale.highest} in steps of {scale.step}, or '{ABSENT}' (not zero)"

    @lru_cache(maxsize=1000)
    def read(text: str) -> Fraction | None:
        if text == ABSENT:
            return None
        try:
            mark = scalars.parse_decimal(text)
        except NotReadableError:
            raise NotReadableError(wanted) from None
        if not scale.allows(mark):
            raise NotReadableError(wanted)
        return mark

    return read


def _refuse_names(table: Table, line: int, marking: MarkingContext, names: tuple[str, str, str]) -> None:
    name, indicator, evaluator = names
    indicators = {item.id: item for item in marking.edition.indicators()}
    members = [member.id for member in marking.members]
    if name not in marking.known:
        table.refuse(line, "applicant", quote(name) + suggest(name, marking.known), KNOWN_APPLICANT)
    if indicator not in indicators:
        table.refuse(
            line, "indicator", describe_unknown_indicator(indicator, indicators), "an indicator of the round's edition"
        )
    elif indicators[indicator].kind is not IndicatorKind.QUALITATIVE:
        wanted = describe_other_table(IndicatorKind.QUALITATIVE)
        table.refuse(line, "indicator", f"the quantitative indicator '{indicator}'", wanted)
    if evaluator not in members:
        found = quote(evaluator) + suggest(evaluator, members)
        table.refuse(line, "evaluator", found, "an evaluator of committee.csv")


def _refuse_excluded(table: Table, line: int, marking: MarkingContext, name: str, evaluator: str) -> None:
    row = marking.exclusions.row(name, evaluator)
    table.refuse(line, "evaluator", f"a mark of '{evaluator}', who does not judge '{name}'", f"no mark (see {row})")


def _check_complete(table: Table, marking: MarkingContext, lines: Mapping[str, Mapping[_Pair, int]]) -> None:
    questions = [item.id for item in marking.edition.indicators() if item.kind is IndicatorKind.QUALITATIVE]
    for name, marked in lines.items():
        given = {indicator for indicator, _ in marked} if marking.later_stages else frozenset()
        not_reached = frozenset().union(*(stage for stage in marking.later_stages if not stage & given))
        indicators = [indicator for indicator in questions if indicator not in not_reached]
        judging = marking.list_judging(name)
        if len(marked) == len(indicators) * len(judging):
            continue
        pairs = [(indicator, evaluator) for indicator in indicators for evaluator in judging]
        missing = [f"{indicator}/{evaluator}" for indicator, evaluator in pairs if (indicator, evaluator) not in marked]
        left = len(missing) - _MOST_NAMED
        named = ", ".join([*missing[:_MOST_NAMED], *([f"… (+{left})"] if left > 0 else [])])
        wanted = f"a row for every indicator and evaluator who judges ('{ABSENT}' where there is no mark)"
        table.refuse(min(marked.values()), "mark", f"no row for {named} of '{name}'", wanted)


DISCUSSION_COLUMNS = (
    "applicant",
    "indicator",
    "evaluator",
    "before",
    "after",
    "changed_by",
    "at",
    "reason",
    "minority_opinion",
)
DECISION_COLUMNS = (
    "applicant",
    "proposed",
    "proposed_by",
    "proposed_on",
    "proposal_reason",
    "decided",
    "decided_by",
    "decided_on",
    "reason",
)

_MarkKey = tuple[str, str, str]


def read_discussion(
    table: Table, marking: MarkingContext, marks: Mapping[str, tuple[Mark, ...]], *, complete: bool = True
) -> tuple[DiscussedMark, ...]:
    """Return the changes of marks in order of time; after the last one a mark must be that of ``marks.csv``.

    A row without a change records a minority opinion. The mark before a change is the one after the previous change.
    Unless ``marks`` are ``complete``, since their table has a problem, nothing is compared with them.
    """
    agreed = {
        (name, mark.indicator, mark.evaluator): mark.value for name, own_marks in marks.items() for mark in own_marks
    }
    changes: dict[_MarkKey, list[tuple[DiscussedMark, Cells]]] = {}
    for cells in iterate_cells(table):
        change = _parse_discussed(cells, marking)
        known = (change.applicant, change.indicator, change.evaluator) in agreed
        if cells.valid and complete and not known:
            cells.refuse("evaluator", f"no mark of '{change.evaluator}' there", "a change of a mark of marks.csv")
        if cells.valid and known:
            changes.setdefault((change.applicant, change.indicator, change.evaluator), []).append((change, cells))
    with suppress(TooManyProblemsError):
        for key, rows in changes.items():
            rows.sort(key=lambda row: row[0].at)
            if complete:
                _check_chain(rows, agreed[key])
    ordered = [change for rows in changes.values() for change, cells in rows if cells.valid]
    return tuple(sorted(ordered, key=lambda change: (change.at, change.applicant, change.indicator, change.evaluator)))


def _parse_discussed(cells: Cells, marking: MarkingContext) -> DiscussedMark:
    indicators = {change.id: change for change in marking.edition.indicators()}
    name = cells.text("indicator")
    if name not in indicators:
        cells.refuse("indicator", describe_unknown_indicator(name, indicators), "an indicator of the round's edition")
    elif indicators[name].kind is not IndicatorKind.QUALITATIVE:
        cells.refuse(
            "indicator", f"the quantitative indicator '{name}'", describe_other_table(IndicatorKind.QUALITATIVE)
        )
    change = DiscussedMark(
        applicant=cells.known("applicant", marking.known, KNOWN_APPLICANT),
        indicator=name,
        evaluator=cells.known("evaluator", {member.id for member in marking.members}, KNOWN_EVALUATOR),
        before=_parse_mark(cells, "before", marking.scale_of(name)),
        after=_parse_mark(cells, "after", marking.scale_of(name)),
        changed_by=cells.required("changed_by", "who recorded it"),
        at=cells.moment("at"),
        reason=cells.reason("reason"),
        minority_opinion=cells.reason("minority_opinion"),
    )
    if cells.valid and change.before != change.after and not change.reason:
        cells.refuse("reason", "nothing", "why the mark was changed")
    if cells.valid and change.before == change.after and not change.minority_opinion:
        cells.refuse("after", quote(cells.text("after")), "another mark, or a minority opinion that stays")
    return change


def _parse_mark(cells: Cells, column: str, scale: MarkScale) -> Fraction:
    mark = cells.decimal(column)
    if cells.valid and not scale.allows(mark):
        wanted = f"a mark from {scale.lowest} to {scale.highest} in steps of {scale.step}"
        cells.refuse(column, quote(cells.text(column)), wanted)
    return mark


def _check_chain(rows: list[tuple[DiscussedMark, Cells]], agreed: Fraction | None) -> None:
    previous: Fraction | None = None
    for change, cells in rows:
        if previous is not None and change.before != previous:
            cells.refuse("before", str(change.before), f"{previous}, which the change before it left")
        previous = change.after
    last, cells = rows[-1]
    if last.after != agreed:
        agreed_text = "absent" if agreed is None else str(agreed)
        cells.refuse("after", str(last.after), f"the mark of marks.csv, {agreed_text}: the agreed marks stand there")


def read_decisions(table: Table, known: Mapping[str, int], worst: int) -> tuple[LevelDecision, ...]:
    """Return the levels proposed and decided, one row per applicant. A missing reason is a finding, not a problem."""
    lines: dict[str, int] = {}
    decisions = []
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        first = lines.setdefault(name, cells.line)
        if first != cells.line:
            cells.refuse("applicant", f"'{name}' again", f"each once (first in line {first})")
        decided = _parse_level(cells, "decided", worst) if cells.text("decided") else None
        decision = LevelDecision(
            applicant=name,
            proposed=_parse_level(cells, "proposed", worst),
            proposed_by=cells.required("proposed_by", "who proposed"),
            proposed_on=cells.day("proposed_on"),
            proposal_reason=cells.reason("proposal_reason"),
            decided=decided,
            decided_by=cells.required("decided_by", "who decided") if decided else cells.text("decided_by"),
            decided_on=cells.day("decided_on") if decided else cells.day_or_nothing("decided_on"),
            reason=cells.reason("reason"),
        )
        if cells.valid and decision.decided_on and decision.decided_on < decision.proposed_on:
            cells.refuse("decided_on", str(decision.decided_on), f"a day not before {decision.proposed_on}")
        if cells.valid:
            decisions.append(decision)
    return tuple(sorted(decisions, key=lambda row: row.applicant))


def _parse_level(cells: Cells, column: str, worst: int) -> int:
    level = cells.integer(column)
    if cells.valid and not 1 <= level <= worst:
        cells.refuse(column, str(level), f"a level from 1 to {worst}")
    return level
