"""A page held against what its trace leads to: every sum, every sentence, every number that a reader sees or hears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from smartcert.errors import ReportError, UsageError
from smartcert.recompute.difference import Difference, between
from smartcert.recompute.rebuilding import record_of
from smartcert.recompute.stated import stated_otherwise
from smartcert.reporting.pieces import Piece, sealed, take_apart
from smartcert.reporting.record import Record
from smartcert.reporting.report import ApplicantReport
from smartcert.reporting.trace import COMPUTED, SEALED, read
from smartcert.reporting.trace_form import Trace

_UNREADABLE = (ValueError, ArithmeticError, LookupError, UsageError, ReportError, RecursionError)
"""What a trace that somebody changed can lead to."""

Sections = dict[str, list[Piece]]


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
    pieces, traces = take_apart(html)
    if len(traces) != 1:
        raise UsageError(
            f"the page carries {len(traces)} traces, not one"
            if traces
            else "the page carries no trace: it is no report, nothing was scored, or it is for the public"
        )
    try:
        trace, unbroken = read(traces[0])
        record = record_of(trace)
        expected = _expected(record, trace.language)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:300]
        told = Difference(where="trace", printed="what cannot be calculated", recomputed=f"nothing ({reason})")
        return Recomputation(record=None, language="", differences=(told,))
    found = _by_section(pieces)
    card, result = record.evaluation.scorecard, record.evaluation.level
    stated = stated_otherwise(trace.printed, card, result) if card and result else ()
    differences = [*stated, *_computed(found, expected), *_contents(found)]
    if seals:
        differences += _sealed(found, trace, unbroken)
    return Recomputation(record=record, language=trace.language, differences=tuple(differences))


def _expected(record: Record, language: str) -> Sections:
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
    return _by_section(piece for section in made if section is not None for piece in take_apart(section.html)[0])


def _by_section(pieces: Iterable[Piece]) -> Sections:
    found: Sections = {}
    for piece in pieces:
        found.setdefault(piece.section, []).append(piece)
    return found


def _computed(found: Sections, expected: Sections) -> Iterator[Difference]:
    for name in COMPUTED:
        if name in expected and name in found:
            yield from between(found[name], expected[name])
        elif name in expected or name in found:
            printed, again = ("a section", "no section") if name in found else ("no section", "a section")
            yield Difference(where=name, printed=printed, recomputed=again)


def _contents(found: Sections) -> Iterator[Difference]:
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


def _sealed(found: Sections, trace: Trace, unbroken: bool) -> Iterator[Difference]:
    for name in SEALED:
        pieces = [piece for piece in found.get(name, ()) if piece.text != "<header>"]
        if sealed(pieces) != trace.seals.get(name):
            yield Difference(where=name, printed="what was not sealed", recomputed="what the trace has the hash of")
    if not unbroken:
        yield Difference(where="trace", printed="a trace that was changed", recomputed="one that keeps its own hash")
