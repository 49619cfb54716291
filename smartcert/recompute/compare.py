"""Does a page say what its own trace leads to: every sum, every sentence, every number that a reader sees or hears?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import zip_longest

from smartcert.errors import ReportError, UsageError
from smartcert.evaluation.improvement import find_next_steps
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import LevelResult, Scorecard
from smartcert.model.outcome import Outcome, Result
from smartcert.recompute.rebuild import rebuild_record
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.applicant.trace import (
    COMPUTED_SECTIONS,
    SEALED_SECTIONS,
    ComputedResult,
    Trace,
    read_trace,
)
from smartcert.reporting.compact import TRACE_ID, compact_html, shorten_markup, unpack_trace
from smartcert.reporting.page import PageNode, PageSection, digest_nodes, parse_page
from smartcert.reporting.records import Record

_LONGEST_TEXT = 200
"""How many letters of a text a difference shows: a line or two."""
_LONGEST_REASON = 300
_UNREADABLE = (ValueError, ArithmeticError, LookupError, UsageError, ReportError, RecursionError)
"""What a trace that somebody changed can lead to."""

_TRACE = re.compile(rf'<script type="application/json" id="{TRACE_ID}">(.*?)</script>', re.DOTALL)
_MARKER = "smartcert-equal"
"""The tag that stands for what page and recomputation have in common, to the letter."""
_OTHER_GROUP = re.compile("<(?:section|header|nav|footer|title|h2)\\b")
"""What would belong to another part of the page, or to its contents, wherever it stands."""

NodesBySection = dict[str, list[PageNode]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place of a page, what the page prints there, and what the recomputation gives."""

    where: str
    printed: str
    recomputed: str

    def __str__(self) -> str:
        return f"{self.where}: printed {self.printed or 'nothing'}; recomputed {self.recomputed or 'nothing'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recomputation:
    """The record that a page's trace leads to, None where it leads to none, and where the page differs from it."""

    record: Record | None
    language: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether the page says exactly what its trace leads to."""
        return not self.differences


def recompute(html: str, *, seals: bool = True) -> Recomputation:
    """Return everything that a page computes once more, and every difference from what the page prints.

    Without ``seals`` only what is computed is compared; the hashes of the other sections and of the trace are not.

    What the page has to the letter as it is recomputed is not taken apart, which is most of it; where anything differs
    all of it is.

    Raises:
        UsageError: the page carries no trace, or more than one.
    """
    html = unpack_trace(html)
    html = _shorten_page(
        html
    )  # nbconvert's own exporter, and a page without its header, leave more as the notebook has it
    result = _compare_page(html, seals=seals, cuts_equal=True)
    return result if result.equal else _compare_page(html, seals=seals, cuts_equal=False)


def _shorten_page(html: str) -> str:
    """Return a page, or a section of it, as the batch writes it."""
    return shorten_markup(compact_html(html))


def _compare_page(html: str, *, seals: bool, cuts_equal: bool) -> Recomputation:
    traces = _TRACE.findall(html) if cuts_equal else []
    nodes: list[PageNode] = []
    if len(traces) != 1:
        nodes, traces = parse_page(html)
    if len(traces) != 1:
        raise UsageError(
            f"the page carries {len(traces)} traces, not one"
            if traces
            else "the page carries no trace: it is no report, nothing was scored, or it is for the public"
        )
    try:
        trace, intact = read_trace(traces[0])
        record = rebuild_record(trace)
        sections = _render_sections(record, trace.language)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        difference = Difference(where="trace", printed="what cannot be calculated", recomputed=f"nothing ({reason})")
        return Recomputation(record=None, language="", differences=(difference,))
    parts = [_shorten_page(section.html) for section in sections]
    if not nodes:
        page, parts = _cut_equal(html, parts)
        nodes, parsed = parse_page(page)
        if parsed != traces:
            return _compare_page(html, seals=seals, cuts_equal=False)
    printed = _group_by_section(nodes)
    expected = _group_by_section(node for part in parts for node in parse_page(part)[0])
    card, result = record.evaluation.scorecard, record.evaluation.level
    differences = (
        [*compare_computed(trace.computed, card, result), *_compare_decision(trace.outcome, result)]
        if card and result
        else []
    )
    for name in COMPUTED_SECTIONS:
        if name in expected and name in printed:
            differences += compare_sections(printed[name], expected[name])
        elif name in printed:
            differences.append(Difference(where=name, printed="a section", recomputed="no section"))
        elif name in expected:
            differences.append(Difference(where=name, printed="no section", recomputed="a section"))
    differences += _compare_contents(printed)
    if seals:
        differences += _compare_seals(printed, trace, intact)
    return Recomputation(record=record, language=trace.language, differences=tuple(differences))


def _cut_equal(page: str, parts: Iterable[str]) -> tuple[str, list[str]]:
    """Return a page and sections with a marker in place of each section's body that the page has to the letter, once.

    A marker in a comment, a script or an attribute is no tag when the page is parsed, so it differs from the section's.
    """
    if _MARKER in page:
        return page, list(parts)
    cut: list[str] = []
    for part in parts:
        start, end = part.find("</h2>") + len("</h2>"), part.rfind("</section>")
        body = part[start:end]
        if page.count(body) == 1 and not _OTHER_GROUP.search(body):
            marker = f'<{_MARKER} data-part="{len(cut)}"></{_MARKER}>'
            page, part = page.replace(body, marker), part[:start] + marker + part[end:]
        cut.append(part)
    return page, cut


def _render_sections(record: Record, language: str) -> list[PageSection]:
    """Return the sections of a report of the record; those that are only sealed too, so that tables are numbered."""
    report = ApplicantReport(record, language, find_next_steps(record.evaluation))
    sections = (
        report.verdict(),
        report.decision(),
        report.next_level(),
        report.eligibility(),
        report.points(),
        report.working(),
        report.inspection(),
        report.committee(),
    )
    return [section for section in sections if section is not None]


def _group_by_section(nodes: Iterable[PageNode]) -> NodesBySection:
    groups: NodesBySection = {}
    for node in nodes:
        groups.setdefault(node.section, []).append(node)
    return groups


def compare_computed(printed: ComputedResult, card: Scorecard, result: LevelResult) -> Iterator[Difference]:
    """Yield every number that a trace states as computed which is not the recomputed one."""
    numbers = {
        "level": (printed.level, result.level),
        "meets criteria": (printed.meets_criteria, result.certified),
        "points": (printed.points, card.points),
        "points before rounding": (printed.exact, card.exact),
        "points as claimed": (printed.claimed, card.claimed),
        "points in the written evaluation": (printed.desk, card.desk),
    }
    for name, (stated, recomputed) in numbers.items():
        if stated != recomputed:
            yield Difference(where=f"trace, {name}", printed=str(stated), recomputed=str(recomputed))
    yield from _compare_points(printed.sections, {section.id: section.points for section in card.sections()})
    yield from _compare_points(printed.indicators, {score.id: score.points for score in card.indicators()})


def _compare_decision(outcome: Outcome, result: LevelResult) -> Iterator[Difference]:
    """Yield where the decision that a trace states does not fit the computed level or the levels that are certified."""
    if outcome.computed != result.level:
        yield Difference(
            where="trace, computed level of the outcome", printed=str(outcome.computed), recomputed=str(result.level)
        )
    decided = outcome.level is not None
    certified = any(bound.certified and bound.level == outcome.level for bound in result.bounds)
    fits = Result.OPEN if not decided else Result.CERTIFIED if certified else Result.NOT_CERTIFIED
    if outcome.result is not fits:
        yield Difference(where="trace, result of the outcome", printed=outcome.result.value, recomputed=fits.value)


def _compare_points(stated: Mapping[str, Fraction], recomputed: Mapping[str, Fraction]) -> Iterator[Difference]:
    for name in {**stated, **recomputed}:
        printed, again = stated.get(name, ""), recomputed.get(name, "")
        if printed != again:
            yield Difference(where=f"trace, points of {name}", printed=str(printed), recomputed=str(again))


def compare_sections(printed: Sequence[PageNode], expected: Sequence[PageNode]) -> Iterator[Difference]:
    """Yield what differs between a section as printed and as recomputed, in its order, by recomputed places."""
    before, after = [node.text for node in printed], [node.text for node in expected]
    if before == after:
        return
    start = next(n for n, (a, b) in enumerate(zip_longest(before, after)) if a != b)
    end = next(n for n, (a, b) in enumerate(zip_longest(reversed(before), reversed(after))) if a != b)
    end = min(end, len(before) - start, len(after) - start)
    left, right = before[start : len(before) - end], after[start : len(after) - end]

    def difference(index: int, text: str, again: str) -> Difference:
        return Difference(where=_describe_place(expected[index]), printed=_shorten(text), recomputed=_shorten(again))

    if len(left) == len(right):  # as a changed number leaves them
        for offset, (text, again) in enumerate(zip(left, right, strict=True)):
            if text != again:
                yield difference(start + offset, text, again)
        return
    for kind, a1, a2, b1, b2 in SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        last = min(start + b1, len(expected) - 1) if b1 == b2 else start + b2 - 1
        for offset, (text, again) in enumerate(zip_longest(left[a1:a2], right[b1:b2], fillvalue="")):
            yield difference(min(start + b1 + offset, last), text, again)


def _describe_place(node: PageNode) -> str:
    row = node.row if node.row != node.text else ""
    return ", ".join(dict.fromkeys(part for part in (node.section, node.at, row, node.column) if part))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _compare_contents(printed: NodesBySection) -> Iterator[Difference]:
    """Yield where the title and the list of contents do not repeat the headings."""
    if "contents" not in printed:
        return
    title = [node.text for node in printed.get("title", ()) if not node.tag]
    heading = [node.text for node in printed.get("head", ()) if node.within == "h1"]
    listed = [node.text for node in printed["contents"] if node.within == "a"]
    headings = [node.text for nodes in printed.values() for node in nodes if node.within == "h2"]
    for text, again in zip_longest([*title, *listed], [*heading, *headings], fillvalue=""):
        if text != again:
            yield Difference(where="contents", printed=text, recomputed=again)


def _compare_seals(printed: NodesBySection, trace: Trace, intact: bool) -> Iterator[Difference]:
    for name in SEALED_SECTIONS:
        if name not in printed and name not in trace.seals:
            continue
        nodes = [node for node in printed.get(name, ()) if node.text != "<header>"]
        if digest_nodes(nodes) != trace.seals.get(name):
            yield Difference(where=name, printed="what was not sealed", recomputed="what the trace has the hash of")
    if not intact:
        yield Difference(where="trace", printed="a trace that was changed", recomputed="one that keeps its own hash")
