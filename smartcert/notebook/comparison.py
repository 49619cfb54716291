"""Rule sets compared."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from html import escape

import pandas as pd

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.what_if import TOGETHER, Change, RuleSetComparison, apply_edition, bunching, compare, what_if
from smartcert.notebook import explorer as views
from smartcert.notebook.controls import NumberControl, create_html_area, show
from smartcert.notebook.page import ResearchPage, format_difference, format_number, format_percent
from smartcert.reporting.page import Block, PageSection, ParagraphBlock
from smartcert.services.rounds import OpenRound

# --- The table of totals near the bounds, as two pages show it.


def build_bunching_blocks(page: ResearchPage, found: pd.DataFrame, width: float) -> list[Block]:
    """Return the counts below and above each bound by size type, and what they say and do not say."""
    words = page.words
    rows = [
        (
            f"{words('chart.level', level=int(row['level']))} ({words.term('size_type.' + row['size_type'])})",
            format_number(row["bound"]),
            str(row["below"]),
            str(row["above"]),
            format_percent(row["chance"], 0),
        )
        for row in found.to_dict("records")
    ]
    heads = [
        words("research.head.level"),
        *(words(f"audit.pictures.{name}") for name in ("bound", "below", "above", "chance")),
    ]
    caption = words("audit.pictures.bunching", width=int(width))
    return [
        *page._grid(caption, heads, rows),
        ParagraphBlock(text=words("audit.pictures.bunching_note"), style="quiet"),
    ]


# --- The comparison of two sets of rules over one round.


class RulesComparison(ResearchPage):
    """The sections of the comparison in one language. Nothing here reaches the evaluation."""

    def __init__(self, opened: OpenRound, language: str, change: Change, edition: str, width: float) -> None:
        super().__init__(opened, language)
        self._change, self._edition, self._width = change, edition, width
        self._live = create_html_area()

    @cached_property
    def other(self) -> RoundArrays | None:
        """Return the round under the other edition, None where there is none."""
        if not self._edition or self._edition == self.opened.rules.edition.id:
            return None
        return apply_edition(self.opened, self.opened.rulebook.editions[self._edition])

    @cached_property
    def comparison(self) -> RuleSetComparison:
        """Return who moves, by what, and through which rule."""
        return compare(self.arrays, self._change, self.other, self.scorer)

    def head(self) -> PageSection:
        """Return the page's header."""
        return self._head_of("comparison.title")

    def compared(self) -> PageSection:
        """Return the two sets of rules side by side."""
        words, setting = self.words, self.scorer.setting
        level, change = setting.certified_from, self._change
        other = self.other.edition.title if self.other else self.opened.rules.edition.title
        bound = (change.bounds or {}).get(level, setting.bounds[level])
        own = {"method": setting.combination.method, "aggregation": setting.aggregation, "absent": setting.absent}
        rows = [
            (
                words("comparison.rules.edition"),
                words.show(self.opened.rules.edition.title, "text"),
                words.show(other, "text"),
            ),
            (
                words("comparison.rules.bounds", level=level),
                f"{format_number(setting.bounds[level])}%",
                f"{format_number(bound)}%",
            ),
        ]
        for field, value in own.items():
            then = getattr(change, field) or value
            sides = [words(f"research.{field}.{one}") for one in (value, then)]
            rows.append((words(f"comparison.rules.{field}"), sides[0], sides[1]))
        heads = [words("research.head.rule"), words("comparison.first"), words("comparison.second")]
        grid = self._grid(words("comparison.rules.table"), heads, rows, frozenset())
        return self._of("compared", words("comparison.rules.title"), grid)

    def moved(self) -> PageSection:
        """Return who changes level, by what, and through which rule."""
        words, table = self.words, self.comparison.table
        gone = table[table["level"] != table["level_if"]]
        gains, loses = (table["certified_if"] & ~table["certified"], table["certified"] & ~table["certified_if"])
        lead = words("comparison.moved.lead", count=len(gone), gains=int(gains.sum()), loses=int(loses.sum()))
        rows = [
            (
                self._applicant(name),
                format_number(row["points"]),
                self._level(row["level"]),
                format_number(row["points_if"]),
                self._level(row["level_if"]),
                format_difference(row["moved"]),
                self._through(str(row["through"])),
            )
            for name, row in zip(gone.index, gone.to_dict("records"), strict=True)
        ]
        heads = [
            words("research.applicant"),
            *self._heads("points", "level", "points_if", "level_if", "moved", "through"),
        ]
        numbers = frozenset(range(1, 6))
        blocks: list[Block] = [ParagraphBlock(text=lead, style="lead")]
        if rows:
            blocks += self._grid(words("comparison.moved.table"), heads, rows, numbers)
        return self._of("moved", words("comparison.moved.title"), blocks)

    def alone(self) -> PageSection:
        """Return what each difference does alone."""
        words, alone = self.words, self.comparison.alone
        rows = [
            (
                self._through(str(name)),
                format_number(row["levels_moved"], 0),
                format_number(row["gains"], 0),
                format_number(row["loses"], 0),
                format_number(row["points"]),
            )
            for name, row in zip(alone.index, alone.to_dict("records"), strict=True)
        ]
        heads = self._heads("rule", "levels_moved", "gains", "loses", "mean_points")
        return self._of(
            "alone", words("comparison.alone.title"), self._grid(words("comparison.alone.table"), heads, rows)
        )

    def bound(self) -> PageSection:
        """Show a control for the bound of certification; return what it would do over its range."""
        setting = self.scorer.setting
        level = setting.certified_from
        low, high = views.bound_range(setting.bounds, level)
        name = self.words("explorer.bound.control", level=level)
        start = (self._change.bounds or {}).get(level, setting.bounds[level])
        control = NumberControl(name=name, value=start, low=low, high=high, step=0.1, changed=self._try_bound)
        self._try_bound(start)
        show([control.box, self._live], [control])
        rows = []
        for value in views.spaced_values(low, high, 21):
            table = what_if(self.arrays, self._with_bound(value), self.scorer).table
            gains, loses = (", ".join(views.list_flipped(self, table, flips)) for flips in ("gains", "loses"))
            rows.append((format_number(value), str(views.count_certified(table["level_if"], self)), gains, loses))
        heads = self._heads("value", "certified", "gains", "loses")
        caption = f"{name}. {self.words('explorer.range')}"
        return self._of("bound", self.words("comparison.bound.title"), self._grid(caption, heads, rows, frozenset({1})))

    def bunching(self) -> PageSection:
        """Return how many totals lie just below and just above each bound, by size type."""
        found = bunching({self.opened.round.id: self.arrays}, self._width)
        return self._of(
            "bunching", self.words("comparison.bunching.title"), build_bunching_blocks(self, found, self._width)
        )

    def _with_bound(self, value: float) -> Change:
        return replace(self._change, bounds={self.scorer.setting.certified_from: value})

    def _try_bound(self, value: float) -> None:
        table = what_if(self.arrays, self._with_bound(value), self.scorer).table
        text = self.words(
            "comparison.bound.live",
            count=int((table["level"] != table["level_if"]).sum()),
            gains=views.list_flipped(self, table, "gains"),
            loses=views.list_flipped(self, table, "loses"),
        )
        self._live.value = (
            f'<div class="smartcert" lang="{self.words.language}">'
            f'<p role="status" class="note">{escape(text)}</p></div>'
        )

    def _through(self, rules: str) -> str:
        if rules == TOGETHER:
            return self.words("comparison.moved.together")
        level = self.scorer.setting.certified_from
        names = {"bounds": self.words("comparison.rules.bounds", level=level)}
        return " + ".join(names.get(one) or self.words(f"comparison.rules.{one}") for one in rules.split(" + "))
