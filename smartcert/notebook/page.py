"""What the researchers' pages share: the round with its arrays, tables of words and figures, effects of a change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.vectorised import NOT_JUDGED, Scorer, check_exact, from_round, share_scorer
from smartcert.analysis.what_if import Change, WhatIfResult, bunching, what_if
from smartcert.errors import UsageError
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.page import Block, Page, PageSection, ParagraphBlock, TableBlock
from smartcert.services.rounds import OpenRound

NUMBER_COLUMNS = frozenset(range(1, 20))
"""All columns but the first are numbers."""
EFFECT_COLUMNS = ("levels_moved", "gains", "loses", "mean_points", "mean_places")
"""The headings of `format_effect`, under ``research.head`` in the catalogue."""
_MOST_NAMED = 5
"""How many applicants a cell names before it counts the others."""


class ResearchPage(Page):
    """A page about a round whose sections are made of blocks."""

    ships_style = True

    def __init__(self, opened: OpenRound, language: str, arrays: RoundArrays | None = None) -> None:
        """Build the page; ``arrays``, which must be the round's, are given where a notebook has them already."""
        if arrays is not None:
            scored = tuple(sorted(evaluation.id for evaluation in opened.verdicts if evaluation.scorecard))
            if arrays.ids != scored or arrays.edition != opened.rules.edition:
                raise UsageError("these arrays are not those of this round")
            check_exact(arrays, opened.verdicts)
        self._given_arrays = arrays
        super().__init__(Words(language, "report", "charts", "summary", "research", scheme=opened.rules.facts))
        self.opened = opened
        self._names = {evaluation.id: evaluation.applicant.full_name for evaluation in opened.verdicts}
        self._indicators = {indicator.id: indicator.name for indicator in opened.rules.edition.indicators()}
        names = (text.of(self.words.language) for text in (*self._names.values(), *self._indicators.values()))
        self.extra_characters = self.words.characters().union(*names)

    @cached_property
    def arrays(self) -> RoundArrays:
        """Return the round's evaluated applicants as arrays."""
        return from_round(self.opened) if self._given_arrays is None else self._given_arrays

    @cached_property
    def scorer(self) -> Scorer:
        """Return the scorer that all sections share."""
        return share_scorer(self.arrays)

    def add_head(self, title: str, facts: Sequence[tuple[str, str]] = ()) -> PageSection:
        """Return the page's header: the title, the round, who is left out, and facts as pairs of name and value."""
        round_facts = [
            (self.words("research.evaluated"), figures.format_number(len(self.arrays.ids))),
            (self.words("research.edition"), self.words.show(self.opened.rules.edition.title, "text")),
        ]
        return self.add_header(
            "research_head.html.j2",
            title=self.words(title, round=self.opened.round.title),
            heading=self.words(title, round=self.opened.round.title),
            round=self.opened.facts,
            left_out=[self.name_applicant(name) for name, _ in self.arrays.left_out],
            facts=[*round_facts, *facts],
        )

    def add_blocks(self, name: str, title: str, blocks: Sequence[Block]) -> PageSection:
        """Return the section ``name`` with a number, a title and blocks."""
        return self.add_section(name, "blocks.html.j2", title=title, blocks=blocks)

    def blocks_or_reason(self, build: Callable[[], list[Block]]) -> list[Block]:
        """Return the blocks of ``build``, or a note with the reason where it raises a `UsageError`."""
        try:
            return build()
        except UsageError as error:
            return [ParagraphBlock(text=self.words("research.refused", reason=str(error)), style="note")]

    def build_table(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        numbers: frozenset[int] = NUMBER_COLUMNS,
        most: int | None = None,
    ) -> list[Block]:
        """Return a table and, where it has more than ``most`` rows, how many are left out; without rows a sentence."""
        if not rows:
            return [ParagraphBlock(text=f"{caption}: {self.words('research.none_found')}")]
        blocks: list[Block] = [TableBlock(caption=caption, heads=heads, rows=rows[:most], numbers=numbers)]
        if most is not None and len(rows) > most:
            blocks.append(ParagraphBlock(text=self.words("research.more", count=len(rows) - most), style="quiet"))
        return blocks

    def build_range_table(self, control: str, changes: Mapping[float, Change]) -> list[Block]:
        """Return what a control would do at each value: how many are certified, who gains and who loses.

        A value that cannot be set has the reason in its row. It is what a reader of the exported page has in place of
        the control.
        """
        rows = []
        for value, change in changes.items():
            try:
                result = what_if(self.arrays, change, self.scorer)
            except UsageError as error:
                rows.append((format_number(value), "—", "—", str(error)))
                continue
            gains, loses = (", ".join(self.list_verdict_changes(result.flips, flips)) for flips in ("gains", "loses"))
            rows.append((format_number(value), str(self.count_certified(result.changed.levels[0])), gains, loses))
        heads = self.list_headings("value", "certified", "gains", "loses")
        return self.build_table(f"{control}. {self.words('explorer.range')}", heads, rows, frozenset({1}))

    def build_bunching_blocks(self, width: float) -> list[Block]:
        """Return the totals within ``width`` points below and above each bound by size type, and what they mean."""
        words = self.words
        rows = [
            (
                f"{words('chart.level', level=int(row['level']))} ({words.term('size_type.' + row['size_type'])})",
                format_number(row["bound"]),
                str(row["below"]),
                str(row["above"]),
                format_percent(row["chance"], 0),
            )
            for row in bunching({self.opened.round.id: self.arrays}, width).to_dict("records")
        ]
        heads = [
            words("research.head.level"),
            *(words(f"audit.pictures.{name}") for name in ("bound", "below", "above", "chance")),
        ]
        caption = words("audit.pictures.bunching", width=int(width))
        note = ParagraphBlock(text=words("audit.pictures.bunching_note"), style="quiet")
        return [*self.build_table(caption, heads, rows), note]

    def list_headings(self, *names: str) -> list[str]:
        """Return headings of columns, which stand under ``research.head`` in the catalogue."""
        return [self.words(f"research.head.{name}") for name in names]

    def list_names(self, names: Iterable[str]) -> list[str]:
        """Return the names as a list for a sentence; where there are none, the word for none."""
        return list(names) or [self.words("research.none")]

    def list_verdict_changes(self, flips: NDArray[np.str_], kind: str) -> list[str]:
        """Return the applicants that gain or lose the certification (``kind``), the first few by name, then a count.

        ``flips`` (A,) are those of a `WhatIfResult`.
        """
        names = [self.name_applicant(self.arrays.ids[row]) for row in np.flatnonzero(flips == kind).tolist()]
        rest = len(names) - _MOST_NAMED
        return self.list_names([*names[:_MOST_NAMED], f"+{rest}"] if rest > 0 else names)

    def count_certified(self, levels: pd.Series[int] | NDArray[np.int8]) -> int:
        """Return how many of the levels are certified."""
        return int(((levels != NOT_JUDGED) & (levels <= self.scorer.setting.certified_from)).sum())

    def name_applicant(self, name: object) -> str:
        """Return the name of an applicant, safe to show, by its id."""
        return self.words.show(self._names[str(name)], "text")

    def name_indicator(self, name: object) -> str:
        """Return id and name of an indicator by its id."""
        return f"{name} {self.words.show(self._indicators[str(name)], 'text')}"

    def format_level(self, level: object) -> str:
        """Return a level as a cell; `NOT_JUDGED` has its own word."""
        return (
            self.words("research.level_none") if level == NOT_JUDGED else self.words.level(int(str(level)), "barelevel")
        )

    def render_status(self, text: str) -> str:
        """Return a sentence as HTML that screen readers announce whenever it changes."""
        return render_note(text, language=self.words.language)

    def describe_range(self, control: str, low: float, high: float) -> Callable[[float], str]:
        """Return what says that a number is refused, of a control from ``low`` to ``high``."""

        def describe(value: float) -> str:
            bounds = {"low": format_number(low), "high": format_number(high)}
            return self.words("explorer.refused", name=control, value=format_number(value), **bounds)

        return describe


def render_note(text: str, *, alert: bool = False, language: str = "") -> str:
    """Return a sentence as HTML that screen readers announce whenever it changes."""
    spoken = f' lang="{language}"' if language else ""
    role = "alert" if alert else "status"
    return f'<div class="smartcert"{spoken}><p role="{role}" class="note">{escape(text)}</p></div>'


def spaced_values(low: float, high: float, count: int) -> list[float]:
    """Return ``count`` evenly spaced values, both ends included."""
    return [round(float(value), 6) for value in np.linspace(low, high, count)]


def find_bound_range(bounds: Mapping[int, float], level: int) -> tuple[float, float]:
    """Return between which percentages the bound of a level can move and stay 0.1 away from its neighbours."""
    above = [percent for other, percent in bounds.items() if other < level]
    below = [percent for other, percent in bounds.items() if other > level]
    return (max(below) + 0.1 if below else 0.0), (min(above) - 0.1 if above else 100.0)


def format_effect(result: WhatIfResult) -> list[str]:
    """Return what a change does in sum, in the order of `EFFECT_COLUMNS`."""
    return format_sums(result.summarise())


def format_sums(sums: Mapping[str, float] | pd.Series[float]) -> list[str]:
    """Return the figures of `WhatIfResult.summarise` as `format_effect` does; a dash where there is none."""
    digits = {"levels_moved": 0, "gains": 0, "loses": 0, "points": 1, "places": 1}
    return [format_number(sums[key], places) for key, places in digits.items()]


def format_number(value: object, digits: int = 1) -> str:
    """Return a number rounded for a table; a dash where there is none (NaN).

    >>> format_number(1394.04), format_number(float("nan")), format_number(-0.04), format_number(0.125, 2)
    ('1,394.0', '—', '0.0', '0.13')
    """
    number = float(value)  # type: ignore[arg-type]  # cells of frames are typed as anything
    if number != number:
        return "—"
    if abs(number) == float("inf"):
        return "∞"
    return figures.format_rounded(Fraction(str(number)), digits)  # a half goes up in the decimal that Python writes


def format_difference(value: object, digits: int = 1) -> str:
    """Return a difference with its sign.

    >>> format_difference(3.25), format_difference(-2), format_difference(0)
    ('+3.3', '−2.0', '0.0')
    """
    text = format_number(value, digits)
    return text if text.startswith(("−", "—")) or not float(value) > 0 else f"+{text}"  # type: ignore[arg-type]  # as above


def format_percent(value: object, digits: int = 1) -> str:
    """Return a share of one as a percentage; a dash where there is none."""
    text = format_number(float(value) * 100, digits)  # type: ignore[arg-type]  # as above
    return text if text == "—" else f"{text}%"
