"""The comparison of a round's official rules with another set: who moves, by what, and through which rule."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.what_if import TOGETHER, Change, RuleSetComparison, apply_edition, compare, what_if
from smartcert.notebook.controls import NumberControl, create_html_area, show
from smartcert.notebook.page import (
    ResearchPage,
    find_bound_range,
    format_difference,
    format_number,
    spaced_values,
)
from smartcert.reporting.page import Block, PageSection, ParagraphBlock
from smartcert.services.rounds import OpenRound

_RANGE_STEPS = 21
"""At how many values of its range the effect of a control is tabled."""


class RulesComparison(ResearchPage):
    """The sections of the comparison in one language. Nothing here reaches the evaluation."""

    section_order = ("compared", "moved", "alone", "bound", "bunching")

    def __init__(
        self,
        opened: OpenRound,
        language: str,
        change: Change,
        edition: str,
        width: float,
        arrays: RoundArrays | None = None,
    ) -> None:
        super().__init__(opened, language, arrays)
        self._change, self._edition, self._width = change, edition, width
        self._status = create_html_area()

    @property
    def change(self) -> Change:
        """Return what the second set of rules sets otherwise."""
        return self._change

    @cached_property
    def other(self) -> RoundArrays | None:
        """Return the round under the other edition, None where none other is chosen."""
        if not self._edition or self._edition == self.opened.rules.edition.id:
            return None
        return apply_edition(self.opened, self.opened.rulebook.editions[self._edition])

    @cached_property
    def comparison(self) -> RuleSetComparison:
        """Return who moves, by what, and through which rule."""
        return compare(self.arrays, self._change, self.other, self.scorer)

    def head(self) -> PageSection:
        """Return the page's header."""
        return self.add_head("comparison.title")

    def compared(self) -> PageSection:
        """Return the two sets of rules side by side."""
        words, setting, edition = self.words, self.scorer.setting, self.opened.rules.edition
        other = self.other.edition if self.other else edition
        level = setting.certified_from
        rows: list[tuple[str, ...]] = [
            (words("comparison.rules.edition"), words.show(edition.title, "text"), words.show(other.title, "text")),
            (
                words("comparison.rules.bounds", level=level),
                f"{format_number(setting.bounds[level])}%",
                f"{format_number(self._start_bound())}%",
            ),
        ]
        official = {"method": setting.combination.method, "aggregation": setting.aggregation, "absent": setting.absent}
        for field, value in official.items():
            sides = (words(f"research.{field}.{side}") for side in (value, getattr(self._change, field) or value))
            rows.append((words(f"comparison.rules.{field}"), *sides))
        heads = [words("research.head.rule"), words("comparison.first"), words("comparison.second")]
        table = self.build_table(words("comparison.rules.table"), heads, rows, frozenset())
        return self.add_blocks("compared", words("comparison.rules.title"), table)

    def moved(self) -> PageSection:
        """Return who changes level, by what, and through which rule."""
        words, table = self.words, self.comparison.table
        moved = table[table["level"] != table["level_if"]]
        gains, loses = (table["certified_if"] & ~table["certified"], table["certified"] & ~table["certified_if"])
        lead = words("comparison.moved.lead", count=len(moved), gains=int(gains.sum()), loses=int(loses.sum()))
        rows = [
            (
                self.name_applicant(name),
                format_number(row["points"]),
                self.format_level(row["level"]),
                format_number(row["points_if"]),
                self.format_level(row["level_if"]),
                format_difference(row["moved"]),
                self._name_rules(str(row["through"])),
            )
            for name, row in zip(moved.index, moved.to_dict("records"), strict=True)
        ]
        heads = [
            words("research.applicant"),
            *self.list_headings("points", "level", "points_if", "level_if", "moved", "through"),
        ]
        blocks: list[Block] = [ParagraphBlock(text=lead, style="lead")]
        if rows:
            blocks += self.build_table(words("comparison.moved.table"), heads, rows, frozenset(range(1, 6)))
        return self.add_blocks("moved", words("comparison.moved.title"), blocks)

    def alone(self) -> PageSection:
        """Return what each difference does alone."""
        words, alone = self.words, self.comparison.alone
        rows = [
            (
                self._name_rules(str(name)),
                format_number(row["levels_moved"], 0),
                format_number(row["gains"], 0),
                format_number(row["loses"], 0),
                format_number(row["points"]),
            )
            for name, row in zip(alone.index, alone.to_dict("records"), strict=True)
        ]
        heads = self.list_headings("rule", "levels_moved", "gains", "loses", "mean_points")
        table = self.build_table(words("comparison.alone.table"), heads, rows)
        return self.add_blocks("alone", words("comparison.alone.title"), table)

    def bound(self) -> PageSection:
        """Show a control for the bound of certification; return what it would do over its range."""
        setting = self.scorer.setting
        level = setting.certified_from
        low, high = find_bound_range(setting.bounds, level)
        name, start = self.words("explorer.bound.control", level=level), self._start_bound()
        refusal = self.describe_range(name, low, high)
        control = NumberControl(
            name=name, value=start, low=low, high=high, step=0.1, changed=self._show_status, refusal=refusal
        )
        self._show_status(start)
        show([control.box, self._status], [control])
        changes = {value: self._with_bound(value) for value in spaced_values(low, high, _RANGE_STEPS)}
        return self.add_blocks("bound", self.words("comparison.bound.title"), self.build_range_table(name, changes))

    def bunching(self) -> PageSection:
        """Return how many totals lie just below and just above each bound, by size type."""
        return self.add_blocks(
            "bunching", self.words("comparison.bunching.title"), self.build_bunching_blocks(self._width)
        )

    def _start_bound(self) -> float:
        """Return the bound of certification under the second set of rules, in percent."""
        setting = self.scorer.setting
        return (self._change.bounds or {}).get(setting.certified_from, setting.bounds[setting.certified_from])

    def _with_bound(self, value: float) -> Change:
        return replace(self._change, bounds={self.scorer.setting.certified_from: value})

    def _show_status(self, value: float) -> None:
        result = what_if(self.arrays, self._with_bound(value), self.scorer)
        text = self.words(
            "comparison.bound.live",
            count=int((result.official.levels[0] != result.changed.levels[0]).sum()),
            gains=self.list_verdict_changes(result.flips, "gains"),
            loses=self.list_verdict_changes(result.flips, "loses"),
        )
        self._status.value = self.render_status(text)

    def _name_rules(self, rules: str) -> str:
        """Return the names of the rules that ``compare`` gives in one cell, separated by " + "."""
        if rules == TOGETHER:
            return self.words("comparison.moved.together")
        level = self.scorer.setting.certified_from
        names = {"bounds": self.words("comparison.rules.bounds", level=level)}
        return " + ".join(names.get(rule) or self.words(f"comparison.rules.{rule}") for rule in rules.split(" + "))
