"""Page against record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import zip_longest

from smartcert.errors import ReportError, UsageError
from smartcert.model.evaluation import LevelResult, Scorecard
from smartcert.recompute.rebuild import rebuild_record
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.applicant.trace import COMPUTED_SECTIONS, SEALED_SECTIONS, StatedOutcome, Trace, read_trace
from smartcert.reporting.page import PageNode, digest_nodes, parse_page
from smartcert.reporting.records import Record

# --- Where a page does not say what its trace leads to.

_LONGEST_TEXT = 200
"""How much of a long text is told: a line or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place, what the page prints there, and what was calculated again."""

    where: str
    printed: str
    recomputed: str

    def __str__(self) -> str:
        return f"{self.where}: printed {self.printed or 'nothing'}; recomputed {self.recomputed or 'nothing'}"


def compare_sections(found: Sequence[PageNode], expected: Sequence[PageNode]) -> Iterator[Difference]:
    """Yield what differs between a section as found and as calculated, in its order. Places are those calculated."""
    printed, again = [piece.text for piece in found], [piece.text for piece in expected]
    if printed == again:
        return
    start = next(n for n, (a, b) in enumerate(zip_longest(printed, again)) if a != b)
    end = next(n for n, (a, b) in enumerate(zip_longest(reversed(printed), reversed(again))) if a != b)
    end = min(end, len(printed) - start, len(again) - start)
    left, right = printed[start : len(printed) - end], again[start : len(again) - end]
    if len(left) == len(right):  # as a changed number leaves them
        for offset, (one, other) in enumerate(zip(left, right, strict=True)):
            if one != other:
                yield Difference(
                    where=_describe_place(expected[start + offset]), printed=_shorten(one), recomputed=_shorten(other)
                )
        return
    for kind, a1, a2, b1, b2 in SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        last = min(start + b1, len(expected) - 1)
        for offset, (one, other) in enumerate(zip_longest(left[a1:a2], right[b1:b2], fillvalue="")):
            place = min(start + b1 + offset, last if b1 == b2 else start + b2 - 1)
            yield Difference(where=_describe_place(expected[place]), printed=_shorten(one), recomputed=_shorten(other))


def _describe_place(piece: PageNode) -> str:
    row = piece.row if piece.row != piece.text else ""
    return ", ".join(dict.fromkeys(part for part in (piece.section, piece.at, row, piece.column) if part))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


# --- The outcome that a trace states, held against the one that it leads to.


def compare_outcome(printed: StatedOutcome, card: Scorecard, result: LevelResult) -> Iterator[Difference]:
    """Yield every number of the stated outcome that is not the calculated one."""
    again = {
        "level": (printed.level, result.level),
        "certified": (printed.certified, result.certified),
        "points": (printed.points, card.points),
        "points before rounding": (printed.exact, card.exact),
        "points as claimed": (printed.claimed, card.claimed),
        "points at the desk": (printed.desk, card.desk),
    }
    for name, (stated, calculated) in again.items():
        if stated != calculated:
            yield Difference(where=f"trace, {name}", printed=str(stated), recomputed=str(calculated))
    sections = {section.id: section.points for section in card.sections()}
    yield from _compare_points(printed.sections, sections)
    yield from _compare_points(printed.indicators, {one.indicator.id: one.points for one in card.indicators()})


def _compare_points(stated: Mapping[str, Fraction], calculated: Mapping[str, Fraction]) -> Iterator[Difference]:
    for name in {**stated, **calculated}:
        one, other = stated.get(name, ""), calculated.get(name, "")
        if one != other:
            yield Difference(where=f"trace, points of {name}", printed=str(one), recomputed=str(other))


# --- A page held against what its trace leads to: every sum, every sentence, every number that a reader sees or hears.

_UNREADABLE = (ValueError, ArithmeticError, LookupError, UsageError, ReportError, RecursionError)
"""What a trace that somebody changed can lead to."""

PiecesBySection = dict[str, list[PageNode]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recomputation:
    """What came out: the record as calculated again, None where it could not be, and where the page differs."""

    record: Record | None
    language: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether the page says exactly what its trace leads to."""
        return not self.differences


def recompute(html: str, *, seals: bool = True) -> Recomputation:
    """Return the whole calculation of a page again, and every difference from what the page prints.

    Without ``seals`` only what is calculated is compared; the hashes of the other sections and of the trace are not.

    Raises:
        UsageError: the page carries no trace, or more than one.
    """
    pieces, traces = parse_page(html)
    if len(traces) != 1:
        raise UsageError(
            f"the page carries {len(traces)} traces, not one"
            if traces
            else "the page carries no trace: it is no report, nothing was scored, or it is for the public"
        )
    try:
        trace, unbroken = read_trace(traces[0])
        record = rebuild_record(trace)
        expected = _render_expected(record, trace.language)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:300]
        told = Difference(where="trace", printed="what cannot be calculated", recomputed=f"nothing ({reason})")
        return Recomputation(record=None, language="", differences=(told,))
    found = _by_section(pieces)
    card, result = record.evaluation.scorecard, record.evaluation.level
    stated = compare_outcome(trace.printed, card, result) if card and result else ()
    differences = [*stated, *_compare_computed(found, expected), *_compare_contents(found)]
    if seals:
        differences += _compare_sealed(found, trace, unbroken)
    return Recomputation(record=record, language=trace.language, differences=tuple(differences))


def _render_expected(record: Record, language: str) -> PiecesBySection:
    """Return the computed sections as a report of the record shows them, numbered as in a page."""
    report = ApplicantReport(record, language)
    made = (
        report.verdict(),
        report.next_level(),
        report.eligibility(),
        report.points(),
        report.working(),
        report.inspection(),
        report.committee(),
    )
    return _by_section(piece for section in made if section is not None for piece in parse_page(section.html)[0])


def _by_section(pieces: Iterable[PageNode]) -> PiecesBySection:
    found: PiecesBySection = {}
    for piece in pieces:
        found.setdefault(piece.section, []).append(piece)
    return found


def _compare_computed(found: PiecesBySection, expected: PiecesBySection) -> Iterator[Difference]:
    for name in COMPUTED_SECTIONS:
        if name in expected and name in found:
            yield from compare_sections(found[name], expected[name])
        elif name in expected or name in found:
            printed, again = ("a section", "no section") if name in found else ("no section", "a section")
            yield Difference(where=name, printed=printed, recomputed=again)


def _compare_contents(found: PiecesBySection) -> Iterator[Difference]:
    """Yield where the title and the list of contents do not repeat the headings."""
    if "contents" not in found:
        return
    title = [piece.text for piece in found.get("title", ()) if not piece.tag]
    heading = [piece.text for piece in found.get("head", ()) if piece.within == "h1"]
    listed = [piece.text for piece in found["contents"] if piece.within == "a"]
    headings = [piece.text for pieces in found.values() for piece in pieces if piece.within == "h2"]
    for one, other in zip_longest([*title, *listed], [*heading, *headings], fillvalue=""):
        if one != other:
            yield Difference(where="contents", printed=one, recomputed=other)


def _compare_sealed(found: PiecesBySection, trace: Trace, unbroken: bool) -> Iterator[Difference]:
    for name in SEALED_SECTIONS:
        pieces = [piece for piece in found.get(name, ()) if piece.text != "<header>"]
        if digest_nodes(pieces) != trace.seals.get(name):
            yield Difference(where=name, printed="what was not sealed", recomputed="what the trace has the hash of")
    if not unbroken:
        yield Difference(where="trace", printed="a trace that was changed", recomputed="one that keeps its own hash")
