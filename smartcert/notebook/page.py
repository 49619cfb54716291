"""What the researchers' pages have in common: the round with its arrays, words, and figures as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property

from smartcert.analysis.arrays import RoundArrays, from_round
from smartcert.analysis.vectorised import NOT_JUDGED, Scorer
from smartcert.errors import UsageError
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.page import Block, Page, PageSection, ParagraphBlock, TableBlock
from smartcert.services.rounds import OpenRound

NUMBER_COLUMNS = frozenset(range(1, 20))
"""All columns but the first are numbers."""


class ResearchPage(Page):
    """A page about a round whose sections are made of blocks."""

    def __init__(self, opened: OpenRound, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "research"))
        self.opened = opened
        self.extra_characters = self.words.characters()
        self._names = {one.id: one.applicant.name for one in opened.evaluations}
        self._indicators = {one.id: one.name for one in opened.rules.edition.indicators()}

    @cached_property
    def arrays(self) -> RoundArrays:
        """Return the round's evaluated applicants as arrays."""
        return from_round(self.opened)

    @cached_property
    def scorer(self) -> Scorer:
        """Return the scorer that all sections share."""
        return Scorer(self.arrays)

    def _head_of(self, title: str, facts: Sequence[tuple[str, str]] = ()) -> PageSection:
        own = [
            (self.words("research.evaluated"), figures.format_number(len(self.arrays.ids))),
            (self.words("research.edition"), self.words.show(self.opened.rules.edition.title, "text")),
        ]
        return self.add_header(
            "research_head.html.j2",
            title=self.words(title, round=self.opened.round.title),
            heading=self.words(title, round=self.opened.round.title),
            round=self.opened.facts,
            left_out=[self._applicant(name) for name, _ in self.arrays.left_out],
            facts=[*own, *facts],
        )

    def _of(self, name: str, title: str, blocks: Iterable[Block | None]) -> PageSection:
        shown = [block for block in blocks if block is not None]
        return self.add_section(name, "blocks.html.j2", title=title, blocks=shown)

    def _or_reason(self, make: Callable[[], list[Block]]) -> list[Block]:
        """Return blocks, or the reason why there are none."""
        try:
            return make()
        except UsageError as refused:
            return [ParagraphBlock(text=self.words("research.refused", reason=str(refused)), style="note")]

    def _grid(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        numbers: frozenset[int] = NUMBER_COLUMNS,
        most: int | None = None,
    ) -> list[Block]:
        """Return a table with at most so many rows, or the sentence that nothing was found."""
        if not rows:
            return [ParagraphBlock(text=f"{caption}: {self.words('research.none_found')}")]
        shown = [TableBlock(caption=caption, heads=heads, rows=rows[:most], numbers=numbers)]
        if most is None or len(rows) <= most:
            return [*shown]
        return [*shown, ParagraphBlock(text=self.words("research.more", count=len(rows) - most), style="quiet")]

    def _heads(self, *names: str) -> list[str]:
        return [self.words(f"research.head.{name}") for name in names]

    def _applicant(self, name: object) -> str:
        return self.words.show(self._names[str(name)], "text")

    def _indicator(self, name: object) -> str:
        return f"{name} {self.words.show(self._indicators[str(name)], 'text')}"

    def _list(self, names: Iterable[str]) -> list[str]:
        return list(names) or [self.words("research.none")]

    def _level(self, level: object) -> str:
        return self.words("research.level_none") if level == NOT_JUDGED else str(level)


def format_number(value: object, digits: int = 1) -> str:
    """Return a number rounded for a table; a dash where there is none.

    >>> format_number(1394.04), format_number(float("nan")), format_number(-0.04), format_number(0.125, 2)
    ('1,394.0', '—', '0.0', '0.13')
    """
    number = float(value)  # type: ignore[arg-type]  # cells of frames are typed as anything
    if number != number:
        return "—"
    exact = figures.round_half_up(Fraction(str(number)), digits) if abs(number) != float("inf") else None
    return "∞" if exact is None else figures.format_rounded(exact, digits)


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
