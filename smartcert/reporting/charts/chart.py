"""What every chart is, and what several of them ask a record."""

from __future__ import annotations

from dataclasses import dataclass

from smartcert.errors import ReportError
from smartcert.model.citation import Text
from smartcert.model.level import Bound, LevelResult
from smartcert.model.scorecard import Scorecard
from smartcert.reporting import figures
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

PAGE = "charts"
"""The page of the catalogue that the words given to a chart must include."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One chart: an ``svg`` element, the plain text that stands for it, and the title that says what it shows."""

    svg: str
    alt: str
    title: str


def told(*sentences: str) -> str:
    """Return the text alternative of a chart: whole sentences, one after the other."""
    return " ".join(sentences)


def certified_from(result: LevelResult) -> Bound:
    """Return the bound from which on a level is certified: the lowest of those that are.

    Raises:
        ReportError: no level is certified.
    """
    certified = [bound for bound in result.bounds if bound.certified]
    if not certified:
        raise ReportError("no level of these rules is certified")
    return min(certified, key=lambda bound: bound.points)


def evaluated(record: Record) -> tuple[Scorecard, LevelResult]:
    """Return the points and the level of an evaluated application.

    Raises:
        ReportError: it was not evaluated.
    """
    card, result = record.evaluation.scorecard, record.evaluation.level
    if card is None or result is None:
        raise ReportError(f"'{record.evaluation.id}' was not evaluated: there are no points to draw")
    return card, result


def name_of(name: Text, words: Words) -> str:
    """Return a name in the language of the words, as one line that disturbs nothing around it."""
    return figures.plain(name.of(words.language))
