"""Weight explorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import Button, Dropdown, HBox, Layout, Text, VBox

from smartcert.analysis.arrays import AbsentPolicy, Aggregation
from smartcert.analysis.vectorised import NOT_JUDGED
from smartcert.analysis.weights import summarise_shift
from smartcert.analysis.what_if import (
    Change,
    Scenario,
    WhatIfResult,
    build_scenario,
    list_scenarios,
    read_scenario,
    run_scenario,
    save_scenario,
    what_if,
)
from smartcert.errors import SmartcertError, UsageError
from smartcert.notebook.controls import ChoiceControl, NumberControl, create_html_area, show
from smartcert.notebook.page import NUMBER_COLUMNS, ResearchPage, format_difference, format_number
from smartcert.reporting.page import Block, PageSection, ParagraphBlock, TableBlock, template_environment
from smartcert.services.rounds import OpenRound

# --- What the explorer shows of a result: one sentence, tables, and the twins of its controls.

_MOST_NAMED = 5
EFFECT_COLUMNS = ("levels_moved", "gains", "loses", "mean_points", "mean_places")
"""The columns that say what a change would do in sum."""


def spaced_values(low: float, high: float, steps: int) -> list[float]:
    """Return evenly spaced values of a range, both ends included."""
    return [round(float(value), 6) for value in np.linspace(low, high, steps)]


def bound_range(bounds: Mapping[int, float], level: int) -> tuple[float, float]:
    """Return between which percentages a bound can move without passing its neighbours."""
    above = [percent for other, percent in bounds.items() if other < level]
    below = [percent for other, percent in bounds.items() if other > level]
    return (max(below) + 0.1 if below else 0.0), (min(above) - 0.1 if above else 100.0)


def list_flipped(page: ResearchPage, table: pd.DataFrame, flips: str) -> list[str]:
    """Return the applicants whose verdict turns so; a long list ends in how many more there are."""
    found = [page._applicant(name) for name in table.index[table["flips"] == flips]]
    rest = len(found) - _MOST_NAMED
    return page._list([*found[:_MOST_NAMED], f"+{rest}"] if rest > 0 else found)


def count_certified(levels: pd.Series[int], page: ResearchPage) -> int:
    """Return how many of some levels are certified."""
    return int(((levels != NOT_JUDGED) & (levels <= page.scorer.setting.certified_from)).sum())


def describe_result(page: ResearchPage, result: WhatIfResult) -> str:
    """Return one sentence on what a change does to the verdicts."""
    table = result.table
    return page.words(
        "explorer.status",
        certified=count_certified(table["level_if"], page),
        official=count_certified(table["level"], page),
        gains=list_flipped(page, table, "gains"),
        loses=list_flipped(page, table, "loses"),
    )


def render_status(page: ResearchPage, result: WhatIfResult) -> str:
    """Return the sentence for the place beside the controls; screen readers are told when it changes."""
    text = escape(describe_result(page, result))
    return f'<div class="smartcert" lang="{page.words.language}"><p role="status" class="note">{text}</p></div>'


def render_result(page: ResearchPage, result: WhatIfResult) -> str:
    """Return the tables of a result as they stand in the page."""
    template = template_environment().get_template("blocks.html.j2")
    words = page.words
    body = template.render(w=words, lang=words.language, blocks=build_result_blocks(page, result))
    return f'<div class="smartcert" lang="{words.language}">{body}</div>'


def build_result_blocks(page: ResearchPage, result: WhatIfResult) -> list[Block]:
    """Return applicants by level before and after, and every applicant with points, level, place and verdict."""
    words, table = page.words, result.table
    worst = page.scorer.setting.worst
    levels = [level for level in (*range(1, worst + 1), NOT_JUDGED) if level or (table["level_if"] == 0).any()]
    counts = [
        (page._level(level), str(int((table["level"] == level).sum())), str(int((table["level_if"] == level).sum())))
        for level in levels
    ]
    heads = [words("research.head.level"), words("research.official"), words("research.head.level_if")]
    columns = ("points", "level", "place", "points_if", "level_if", "place_if", "moved", "flips")
    caption = words("explorer.result.table")
    every = TableBlock(
        caption=caption,
        heads=[words("research.applicant"), *(words(f"research.head.{name}") for name in columns)],
        rows=[_result_row(page, row) for row in _sorted_rows(table)],
        numbers=frozenset(range(1, 8)),
    )
    return [
        TableBlock(caption=words("explorer.result.counts"), heads=heads, rows=counts, numbers=NUMBER_COLUMNS),
        every,
    ]


def _sorted_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    ordered = table.sort_values(["size_type", "points_if"], ascending=[True, False], kind="stable")
    rows = ordered.assign(id=ordered.index.astype(str)).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _result_row(page: ResearchPage, row: Mapping[str, Any]) -> list[str]:
    size = page.words.term(f"size_type.{row['size_type']}")
    return [
        f"{page._applicant(row['id'])} ({size})",
        format_number(row["points"]),
        page._level(row["level"]),
        format_number(row["place"], 0),
        format_number(row["points_if"]),
        page._level(row["level_if"]),
        format_number(row["place_if"], 0),
        format_difference(row["moved"]),
        page.words(f"research.flips.{row['flips']}") if row["flips"] else "",
    ]


def build_range_blocks(page: WeightExplorer, name: str, changes: Mapping[float, Change]) -> list[Block]:
    """Return what a control would do at values over its range: how many are certified, who gains and who loses."""
    rows = []
    for value, change in changes.items():
        try:
            table = what_if(page.arrays, change, page.scorer).table
        except UsageError as refused:
            rows.append((format_number(value), "—", "—", str(refused)))
            continue
        gains, loses = (", ".join(list_flipped(page, table, flips)) for flips in ("gains", "loses"))
        rows.append((format_number(value), str(count_certified(table["level_if"], page)), gains, loses))
    heads = page._heads("value", "certified", "gains", "loses")
    caption = f"{name}. {page.words('explorer.range')}"
    return page._grid(caption, heads, rows, frozenset({1}))


def format_effect(table: pd.DataFrame) -> list[str]:
    """Return what a change does in sum, in the order of `EFFECT`."""
    sums = summarise_shift(table)
    digits = {"levels_moved": 0, "gains": 0, "loses": 0, "points": 1, "places": 1}
    return [format_number(sums[key], places) for key, places in digits.items()]


def build_indicator_blocks(page: WeightExplorer) -> list[Block]:
    """Return what leaving out and doubling each indicator would do to the verdicts."""
    words, rows = page.words, []
    for name in page.arrays.names:
        cells = [page._indicator(name)]
        for factor in (0.0, 2.0):
            change = page._with_weight(name, factor * page._official_points(name))
            table = what_if(page.arrays, change, page.scorer).table
            cells += [
                str(count_certified(table["level_if"], page)),
                str(int((table["level"] != table["level_if"]).sum())),
            ]
        rows.append(cells)
    out, double = words("explorer.indicator.out"), words("explorer.indicator.double")
    found, changed = words("research.head.certified"), words("research.head.levels_moved")
    heads = [words("research.indicator"), *(f"{side}: {what}" for side in (out, double) for what in (found, changed))]
    return page._grid(words("explorer.indicator.title"), heads, rows)


def build_rule_blocks(page: WeightExplorer, changes: Mapping[tuple[str, str], Change]) -> list[Block]:
    """Return what each rule alone would do to the verdicts."""
    rows = []
    for (field, one), change in changes.items():
        table = what_if(page.arrays, change, page.scorer).table
        name = f"{page.words(f'explorer.rules.{field}')}: {page.words(f'research.{field}.{one}')}"
        rows.append([name, *format_effect(table)])
    return page._grid(page.words("explorer.rules.range"), page._heads("rule", *EFFECT_COLUMNS), rows)


# --- Scenarios in the explorer: saved under a name, opened again, compared.


class ScenarioBox:
    """The widgets for scenarios of one page."""

    def __init__(self, page: WeightExplorer, opened: Callable[[Change], None]) -> None:
        self._page, self._opened = page, opened
        words, full = page.words, {"description_width": "initial"}
        self.name = Text(description=words("explorer.scenarios.name"), style=full, layout=Layout(width="24rem"))
        self.save = Button(description=words("explorer.scenarios.save"))
        self.list = Dropdown(description=words("explorer.scenarios.choose"), style=full, layout=Layout(width="24rem"))
        self.open = Button(description=words("explorer.scenarios.open"))
        self.told, self.table = create_html_area(), create_html_area()
        self.save.on_click(lambda _: self._attempt(self._save))
        self.open.on_click(lambda _: self._attempt(self._open))
        rows = [HBox([self.name, self.save]), HBox([self.list, self.open])]
        self.box = VBox([*rows, self.told, self.table])
        self._refresh()

    def blocks(self) -> list[Block]:
        """Return the saved scenarios compared with the official result."""
        words = self._page.words
        intro = ParagraphBlock(text=words("explorer.scenarios.intro", folder=str(self._page.folder)))
        rows = [self._row(one) for one in self._scenarios()]
        if not rows:
            return [intro, ParagraphBlock(text=words("explorer.scenarios.none"))]
        heads = self._page._heads("scenario", "changes", *EFFECT_COLUMNS)
        caption = words("explorer.scenarios.compare")
        return [intro, *self._page._grid(caption, heads, rows, frozenset(range(2, 9)))]

    def _scenarios(self) -> list[Scenario]:
        found = [read_scenario(path) for path in list_scenarios(self._page.folder)]
        own = self._page.opened
        return [one for one in found if (one.round, one.edition) == (own.round.id, own.rules.edition.id)]

    def _row(self, one: Scenario) -> list[str]:
        table = run_scenario(one, self._page.arrays, self._page.scorer).table
        return [one.name, describe_change(self._page, one.change), *format_effect(table)]

    def _save(self) -> str:
        page = self._page
        one = build_scenario(self.name.value, page.opened.round.id, page.opened.rules.edition.id, page.change)
        path = save_scenario(one, page.folder)
        return page.words("explorer.scenarios.saved", file=path.name)

    def _open(self) -> str:
        page = self._page
        one = next((one for one in self._scenarios() if one.name == self.list.value), None)
        if one is None:
            return page.words("explorer.scenarios.none")
        self._opened(one.change)
        return page.words("explorer.scenarios.opened", name=one.name)

    def _attempt(self, act: Callable[[], str]) -> None:
        """Do something that a user asked for, and tell what came of it."""
        try:
            message = act()
            self._refresh()
        except SmartcertError as error:
            message = str(error)
        self.told.value = f'<div class="smartcert"><p role="status" class="note">{escape(message)}</p></div>'

    def _refresh(self) -> None:
        before = self.list.value
        names = [one.name for one in self._scenarios()]
        self.list.options = names
        self.list.value = before if before in names else next(iter(names), None)
        words = self._page.words
        template = template_environment().get_template("blocks.html.j2")
        body = template.render(w=words, lang=words.language, blocks=self.blocks()[1:])
        self.table.value = f'<div class="smartcert" lang="{words.language}">{body}</div>'


def describe_change(page: WeightExplorer, change: Change) -> str:
    """Return in words what a change sets otherwise."""
    words, parts = page.words, []
    if change.weights:
        names = [f"{name} → {format_number(points, 0)}" for name, points in change.weights.items()]
        parts.append(words("explorer.scenarios.change_weights", names=names))
    if change.bounds:
        names = [f"{level} → {format_number(percent)}%" for level, percent in change.bounds.items()]
        parts.append(words("explorer.scenarios.change_bounds", names=names))
    for field in ("method", "aggregation", "absent"):
        value = getattr(change, field)
        if value:
            parts.append(words(f"research.{field}.{value}"))
    return "; ".join(parts) or words("explorer.scenarios.nothing")


# --- The weight explorer: weights, bounds and rules moved by hand; levels, places and who flips at once.

_RANGE_STEPS = 11


class WeightExplorer(ResearchPage):
    """The sections of the explorer in one language. Each call shows its control, and its static twin below.

    All controls of a page hold one change together; whoever moves one sees the result of all. Nothing that is done here
    reaches the evaluation.
    """

    def __init__(self, opened: OpenRound, language: str, scenario: str, scenarios: str) -> None:
        super().__init__(opened, language)
        self._scenario = read_scenario(Path(scenario)) if scenario else None
        self.folder = Path(scenarios)
        self.start = self._scenario.change if self._scenario else Change()
        self.change = self.start
        self._status = create_html_area()
        self._table = create_html_area()
        self._setters: list[Callable[[Change], None]] = []
        self._redraw()

    @property
    def result(self) -> WhatIfResult:
        """Return what the controls give now."""
        return what_if(self.arrays, self.change, self.scorer)

    def head(self) -> PageSection:
        """Return the page's header, with the state in which it begins."""
        words = self.words
        start = words("explorer.start")
        if self._scenario is not None:
            start = words("explorer.start_scenario", name=self._scenario.name)
        return self._head_of("explorer.title", [(words("explorer.begins"), start)])

    def weights(self) -> PageSection:
        """Show a control for each domain; return what each would do over its range."""
        controls, blocks = (
            [],
            [ParagraphBlock(text=self.words("explorer.weights.intro", out_of=round(self.arrays.out_of)))],
        )
        twins: list[Block] = []
        for domain in self.opened.rules.edition.domains:
            name = self.words("explorer.weights.control", name=domain.name)
            most = 2 * float(domain.points)
            controls.append(self._weight(domain.id, name, float(domain.points), most))
            changes = {value: self._with_weight(domain.id, value) for value in spaced_values(0.0, most, _RANGE_STEPS)}
            twins += build_range_blocks(self, name, changes)
        return self._shown("weights", controls, [*blocks, *twins])

    def indicator_weight(self) -> PageSection:
        """Show a control for one indicator that can be chosen; return what leaving out or doubling each would do."""
        first = self.arrays.names[0]
        options = {name: self._indicator(name) for name in self.arrays.names}
        most = 2 * float(self.arrays.points.max())
        control = NumberControl(
            name=self.words("explorer.indicator.control"),
            value=self._points_of(first),
            low=0.0,
            high=most,
            step=1.0,
            changed=lambda value: self._set_weight(chosen.value, value),
        )
        chosen = ChoiceControl(
            name=self.words("explorer.indicator.choose"),
            options=options,
            value=first,
            changed=lambda name: control.set(self._points_of(name)),
        )
        self._setters.append(lambda _: control.set(self._points_of(chosen.value)))
        show([chosen.box, control.box, self._status], [control])
        intro = ParagraphBlock(text=self.words("explorer.indicator.intro"))
        return self._of("indicator", self.words("explorer.indicator.title"), [intro, *build_indicator_blocks(self)])

    def bound(self) -> PageSection:
        """Show a control for the bound of certification; return what it would do over its range."""
        setting = self.scorer.setting
        level = setting.certified_from
        low, high = bound_range(setting.bounds, level)
        name = self.words("explorer.bound.control", level=level)
        control = NumberControl(
            name=name,
            value=(self.start.bounds or {}).get(level, setting.bounds[level]),
            low=low,
            high=high,
            step=0.1,
            changed=lambda value: self._set(replace(self.change, bounds=self._bounds(level, value))),
        )
        self._setters.append(lambda change: control.set((change.bounds or {}).get(level, setting.bounds[level])))
        values = spaced_values(low, high, 2 * _RANGE_STEPS - 1)
        changes = {value: replace(self.start, bounds={**(self.start.bounds or {}), level: value}) for value in values}
        intro = ParagraphBlock(text=self.words("explorer.bound.intro", level=level))
        show([control.box, self._status], [control])
        return self._of("bound", self.words("explorer.bound.title"), [intro, *build_range_blocks(self, name, changes)])

    def rules(self) -> PageSection:
        """Show a list for each rule of combination; return what each alternative would do."""
        own: dict[str, StrEnum] = {
            "method": self.scorer.setting.combination.method,
            "aggregation": Aggregation.ARITHMETIC,
        }
        own["absent"] = AbsentPolicy.AS_DECLARED
        controls = [self._rule(field, value) for field, value in own.items()]
        alone = [(field, one) for field, value in own.items() for one in type(value) if one != value]
        changes = {(field, str(one)): _replace_field(Change(), field, one) for field, one in alone}
        show([*(control.box for control in controls), self._status])
        return self._of("rules", self.words("explorer.rules.title"), build_rule_blocks(self, changes))

    def _rule(self, field: str, own: StrEnum) -> ChoiceControl:
        """Return the list for one rule, which is officially ``own``."""

        def changed(value: str) -> None:
            chosen = None if value == own else type(own)(value)
            self._set(_replace_field(self.change, field, chosen))

        control = ChoiceControl(
            name=self.words(f"explorer.rules.{field}"),
            options={str(one): self.words(f"research.{field}.{one}") for one in type(own)},
            value=str(getattr(self.start, field) or own),
            changed=changed,
        )
        self._setters.append(lambda change: control.set(str(getattr(change, field) or own)))
        return control

    def outcome(self) -> PageSection:
        """Show the table that follows the controls; return it as it is at the beginning."""
        show([self._status, self._table])
        result = what_if(self.arrays, self.start, self.scorer)
        note = ParagraphBlock(text=self.words("explorer.result.note"), style="quiet")
        blocks = [note, ParagraphBlock(text=describe_result(self, result)), *build_result_blocks(self, result)]
        return self._of("outcome", self.words("explorer.result.title"), blocks)

    def scenarios(self) -> PageSection:
        """Show how to save and open scenarios; return the saved ones compared with the official result."""
        box = ScenarioBox(self, self.open)
        show([box.box])
        return self._of("scenarios", self.words("explorer.scenarios.title"), box.blocks())

    def open(self, change: Change) -> None:
        """Set all controls to a change."""
        self.change = change
        for setter in self._setters:
            setter(change)
        self._set(change)

    def _set(self, change: Change) -> None:
        self.change = change
        self._redraw()

    def _redraw(self) -> None:
        result = self.result
        self._status.value = render_status(self, result)
        self._table.value = render_result(self, result)

    def _shown(self, name: str, controls: list[NumberControl], blocks: list[Block]) -> PageSection:
        show([*(control.box for control in controls), self._status], controls)
        return self._of(name, self.words(f"explorer.{name}.title"), blocks)

    def _weight(self, group: str, name: str, own: float, most: float) -> NumberControl:
        control = NumberControl(
            name=name,
            value=(self.start.weights or {}).get(group, own),
            low=0.0,
            high=most,
            step=5.0,
            changed=lambda value: self._set_weight(group, value),
        )
        self._setters.append(lambda change: control.set((change.weights or {}).get(group, own)))
        return control

    def _set_weight(self, name: str, value: float) -> None:
        weights = {key: points for key, points in (self.change.weights or {}).items() if key != name}
        if abs(value - self._official_points(name)) > 1e-9:
            weights[name] = value
        self._set(replace(self.change, weights=weights or None))

    def _with_weight(self, name: str, value: float) -> Change:
        return replace(self.start, weights={**(self.start.weights or {}), name: value})

    def _points_of(self, name: str) -> float:
        return float((self.change.weights or {}).get(name, self._official_points(name)))

    def _official_points(self, name: str) -> float:
        columns: Mapping[str, slice] = {domain.id: domain.columns for domain in self.arrays.domains}
        if name in columns:
            return float(self.arrays.points[columns[name]].sum())
        return float(self.arrays.points[self.arrays.column(name)])

    def _bounds(self, level: int, value: float) -> dict[int, float] | None:
        bounds = {key: percent for key, percent in (self.change.bounds or {}).items() if key != level}
        if abs(value - self.scorer.setting.bounds[level]) > 1e-9:
            bounds[level] = value
        return bounds or None


def _replace_field(change: Change, field: str, value: object) -> Change:
    """Return a change with one field set otherwise; the field is named by the catalogue of words."""
    named: dict[str, Any] = {field: value}
    return replace(change, **named)
