"""The weight explorer: weights, bounds and rules moved by hand, with levels, places and changed verdicts at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import Button, Dropdown, HBox, Layout, Text, VBox

from smartcert.analysis.arrays import AbsentPolicy, Aggregation, RoundArrays
from smartcert.analysis.vectorised import NOT_JUDGED
from smartcert.analysis.what_if import (
    Change,
    Scenario,
    WhatIfResult,
    build_scenario,
    delete_scenario,
    list_scenarios,
    read_scenario,
    rename_scenario,
    run_scenario,
    save_scenario,
    what_if,
    write_code,
)
from smartcert.errors import SmartcertError, UsageError
from smartcert.notebook.controls import ChoiceControl, NumberControl, create_html_area, show
from smartcert.notebook.page import (
    EFFECT_COLUMNS,
    NUMBER_COLUMNS,
    ResearchPage,
    find_bound_range,
    format_difference,
    format_effect,
    format_number,
    render_note,
    spaced_values,
)
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.page import Block, PageSection, ParagraphBlock, TableBlock
from smartcert.reporting.problems import translate
from smartcert.services.rounds import OpenRound

_RANGE_STEPS = 11
"""At how many values of its range the effect of a weight is tabled; that of a bound at twice as many intervals."""
_SAME_WEIGHT = 1e-9
"""A control this near to the official value is back at it: sliders count in binary steps."""


class WeightExplorer(ResearchPage):
    """The sections of the explorer in one language. Each call shows its control and returns the table of its range.

    All controls of a page set one change together; moving any of them shows the result of all. Nothing that is done
    here reaches the evaluation.
    """

    section_order = ("outcome", "weights", "indicator", "bound", "rules", "scenarios")

    def __init__(
        self, opened: OpenRound, language: str, scenario: str, scenarios: str, arrays: RoundArrays | None = None
    ) -> None:
        super().__init__(opened, language, arrays)
        self._scenario = read_scenario(Path(scenario)) if scenario else None
        self.folder = Path(scenarios)
        self.start = self._scenario.change if self._scenario else Change()
        self.change = self.start
        self._status = create_html_area()
        self._table = create_html_area()
        self._short_table = create_html_area()
        self._code = create_html_area()
        self.number_controls: dict[str, NumberControl] = {}
        """The controls of weights by the id of their domain."""
        self._setters: list[Callable[[Change], None]] = []
        self._notes: list[Callable[[WhatIfResult], None]] = []
        self._domain_names = {
            domain.id: self.words.show(domain.name, "text") for domain in opened.rules.edition.domains
        }
        self._redraw()

    @property
    def result(self) -> WhatIfResult:
        """Return what the controls give now."""
        return what_if(self.arrays, self.change, self.scorer)

    @property
    def code(self) -> str:
        """Return the lines of Python that make what the controls are set to, and its result."""
        folder = self.opened.folder
        shipped = folder.parent == PROJECT_ROOT / "parameters" / "rounds"
        return write_code(self.change, folder.name if shipped else str(folder))

    def head(self) -> PageSection:
        """Return the page's header, with the state in which it begins."""
        words = self.words
        start = words("explorer.start")
        if self._scenario is not None:
            start = words("explorer.start_scenario", name=self._scenario.name)
        return self.add_head("explorer.title", [(words("explorer.begins"), start)])

    def outcome(self) -> PageSection:
        """Show the table that follows the controls; return it as it is at the beginning."""
        show([self._status, self._table])
        result = what_if(self.arrays, self.start, self.scorer)
        note = ParagraphBlock(text=self.words("explorer.result.note"), style="quiet")
        blocks = [note, ParagraphBlock(text=self.describe_result(result)), *self._build_result_tables(result)]
        return self.add_blocks("outcome", self.words("explorer.result.title"), blocks)

    def weights(self) -> PageSection:
        """Show a control for each domain; return what each would do over its range."""
        controls = []
        blocks: list[Block] = [
            ParagraphBlock(text=self.words("explorer.weights.intro", out_of=round(self.arrays.out_of)))
        ]
        for domain in self.opened.rules.edition.domains:
            name = self.words("explorer.weights.control", name=domain.name)
            most = 2 * float(domain.points)
            controls.append(self._create_weight_control(domain.id, name, float(domain.points), most))
            changes = {value: self._with_weight(domain.id, value) for value in spaced_values(0.0, most, _RANGE_STEPS)}
            blocks += self.build_range_table(name, changes)
        side = VBox([*(control.box for control in controls), self._create_reset()], layout=Layout(flex="1 1 20rem"))
        table = VBox([self._status, self._short_table], layout=Layout(flex="1 1 30rem"))
        self._redraw()
        box = HBox([side, table], layout=Layout(flex_flow="row wrap"))
        box.add_class("smartcert-beside")
        show([box], controls)
        return self.add_blocks("weights", self.words("explorer.weights.title"), blocks)

    def indicator_weight(self) -> PageSection:
        """Show a control for one indicator that can be chosen; return what leaving out or doubling each would do."""
        words, first = self.words, self.arrays.weighed[0]
        name, most = words("explorer.indicator.control"), 2 * float(self.arrays.points.max())
        control = NumberControl(
            name=name,
            value=self._points_now(first),
            low=0.0,
            high=most,
            step=1.0,
            changed=lambda value: self._set_weight(chosen.value, value),
            refusal=self.describe_range(name, 0.0, most),
        )
        chosen = ChoiceControl(
            name=words("explorer.indicator.choose"),
            options={name: self.name_indicator(name) for name in self.arrays.weighed},
            value=first,
            changed=lambda name: self._choose_indicator(control, name),
        )
        self._setters.append(lambda _: control.set(self._points_now(chosen.value)))
        self._notes.append(lambda result: self._note_weight(control, chosen.value, result))
        self._redraw()
        show([chosen.box, control.box, self._create_reset(), self._status], [control])
        rows = []
        for name in self.arrays.weighed:
            cells = [self.name_indicator(name)]
            for factor in (0.0, 2.0):
                change = self._with_weight(name, factor * self._official_points(name))
                result = what_if(self.arrays, change, self.scorer)
                own, other = result.official.levels[0], result.changed.levels[0]
                certified, moved = self.count_certified(other), (own != other).sum()
                cells += [str(certified), str(int(moved))]
            rows.append(cells)
        sides = (words("explorer.indicator.out"), words("explorer.indicator.double"))
        counts = self.list_headings("certified", "levels_moved")
        heads = [words("research.indicator"), *(f"{side}: {count}" for side in sides for count in counts)]
        title = words("explorer.indicator.title")
        intro = ParagraphBlock(text=words("explorer.indicator.intro"))
        return self.add_blocks("indicator", title, [intro, *self.build_table(title, heads, rows)])

    def bound(self) -> PageSection:
        """Show a control for the bound of certification; return what it would do over its range."""
        setting = self.scorer.setting
        level = setting.certified_from
        low, high = find_bound_range(setting.bounds, level)
        name = self.words("explorer.bound.control", level=level)
        control = NumberControl(
            name=name,
            value=(self.start.bounds or {}).get(level, setting.bounds[level]),
            low=low,
            high=high,
            step=0.1,
            changed=lambda value: self._set_bound(level, value),
            refusal=self.describe_range(name, low, high),
        )
        self._setters.append(lambda change: control.set((change.bounds or {}).get(level, setting.bounds[level])))
        values = spaced_values(low, high, 2 * _RANGE_STEPS - 1)
        changes = {value: replace(self.start, bounds={**(self.start.bounds or {}), level: value}) for value in values}
        intro = ParagraphBlock(text=self.words("explorer.bound.intro", level=level))
        show([control.box, self._create_reset(), self._status], [control])
        return self.add_blocks(
            "bound", self.words("explorer.bound.title"), [intro, *self.build_range_table(name, changes)]
        )

    def rules(self) -> PageSection:
        """Show a list for each rule of combination; return what each alternative would do."""
        official: dict[str, StrEnum] = {
            "method": self.scorer.setting.combination.method,
            "aggregation": Aggregation.ARITHMETIC,
            "absent": AbsentPolicy.AS_DECLARED,
        }
        controls = [self._create_rule_control(field, value) for field, value in official.items()]
        show([*(control.box for control in controls), self._create_reset(), self._status])
        rows = []
        for field, value in official.items():
            for other in type(value):
                if other != value:
                    changed = what_if(self.arrays, _replace_field(Change(), field, other), self.scorer)
                    name = f"{self.words(f'explorer.rules.{field}')}: {self.words(f'research.{field}.{other}')}"
                    rows.append([name, *format_effect(changed)])
        heads = self.list_headings("rule", *EFFECT_COLUMNS)
        table_blocks = self.build_table(self.words("explorer.rules.range"), heads, rows)
        return self.add_blocks("rules", self.words("explorer.rules.title"), table_blocks)

    def scenarios(self) -> PageSection:
        """Show how to save and open scenarios; return the saved ones compared with the official result."""
        box = ScenarioBox(self)
        show([box.box, self._code])
        return self.add_blocks("scenarios", self.words("explorer.scenarios.title"), box.blocks())

    def open(self, change: Change) -> None:
        """Set all controls to a change."""
        self.change = change
        for setter in self._setters:
            setter(change)
        self.set_change(change)

    def set_change(self, change: Change) -> None:
        """Set the change and redraw what depends on it; the controls stay as they are."""
        self.change = change
        self._redraw()

    def describe_result(self, result: WhatIfResult) -> str:
        """Return one sentence on what a change does to the verdicts."""
        return self.words(
            "explorer.status",
            certified=self.count_certified(result.changed.levels[0]),
            official=self.count_certified(result.official.levels[0]),
            gains=self.list_verdict_changes(result.flips, "gains"),
            loses=self.list_verdict_changes(result.flips, "loses"),
        )

    def render_blocks(self, blocks: list[Block]) -> str:
        """Return blocks as the HTML of an area beside the controls."""
        return (
            f'<div class="smartcert" lang="{self.words.language}">{self._render("blocks.html.j2", blocks=blocks)}</div>'
        )

    def _redraw(self) -> None:
        result = self.result
        self._status.value = self.render_status(self.describe_result(result))
        self._table.value = self.render_blocks(self._build_result_tables(result))
        self._short_table.value = self.render_blocks([self._build_short_table(result)])
        intro = escape(self.words("explorer.code"))
        self._code.value = (
            f'<div class="smartcert" lang="{self.words.language}"><p>{intro}</p>'
            f'<pre tabindex="0">{escape(self.code)}</pre></div>'
        )
        for note in self._notes:
            note(result)

    def _build_short_table(self, result: WhatIfResult) -> TableBlock:
        """Return every applicant with points and level before and after: a table that fits beside the controls."""
        columns, table = ("points", "points_if", "level", "level_if", "flips"), result.table
        ordered = table.sort_values(["size_type", "points_if"], ascending=[True, False], kind="stable")
        rows = [
            [
                self.name_applicant(name),
                format_number(row["points"]),
                format_number(row["points_if"]),
                self.format_level(row["level"]),
                self.format_level(row["level_if"]),
                self.words(f"research.flips.{row['flips']}") if row["flips"] else "",
            ]
            for name, row in zip(ordered.index, ordered.to_dict("records"), strict=True)
        ]
        heads = [self.words("research.applicant"), *self.list_headings(*columns)]
        caption = self.words("explorer.result.table")
        return TableBlock(caption=caption, heads=heads, rows=rows, numbers=frozenset(range(1, 5)))

    def _build_result_tables(self, result: WhatIfResult) -> list[Block]:
        """Return applicants by level before and after, and every applicant with points, level, place and verdict."""
        words, table = self.words, result.table
        worst = self.scorer.setting.worst
        levels = [level for level in (*range(1, worst + 1), NOT_JUDGED) if level or (table["level_if"] == 0).any()]
        counts = [
            (
                self.format_level(level),
                *(str(int((table[column] == level).sum())) for column in ("level", "level_if")),
            )
            for level in levels
        ]
        heads = [words("research.head.level"), words("research.official"), words("research.head.level_if")]
        columns = ("points", "level", "place", "points_if", "level_if", "place_if", "moved", "flips")
        ordered = table.sort_values(["size_type", "points_if"], ascending=[True, False], kind="stable")
        rows = [
            [
                f"{self.name_applicant(name)} ({words.term('size_type.' + row['size_type'])})",
                format_number(row["points"]),
                self.format_level(row["level"]),
                format_number(row["place"], 0),
                format_number(row["points_if"]),
                self.format_level(row["level_if"]),
                format_number(row["place_if"], 0),
                format_difference(row["moved"]),
                words(f"research.flips.{row['flips']}") if row["flips"] else "",
            ]
            for name, row in zip(ordered.index, ordered.to_dict("records"), strict=True)
        ]
        return [
            TableBlock(caption=words("explorer.result.counts"), heads=heads, rows=counts, numbers=NUMBER_COLUMNS),
            TableBlock(
                caption=words("explorer.result.table"),
                heads=[words("research.applicant"), *self.list_headings(*columns)],
                rows=rows,
                numbers=frozenset(range(1, 8)),
            ),
        ]

    def _create_weight_control(self, group: str, name: str, official: float, most: float) -> NumberControl:
        control = NumberControl(
            name=name,
            value=(self.start.weights or {}).get(group, official),
            low=0.0,
            high=most,
            step=5.0,
            changed=lambda value: self._set_weight(group, value),
            refusal=self.describe_range(name, 0.0, most),
        )
        self.number_controls[group] = control
        self._setters.append(lambda change: control.set((change.weights or {}).get(group, official)))
        self._notes.append(lambda result: self._note_weight(control, group, result))
        return control

    def _create_reset(self) -> Button:
        button = Button(description=self.words("explorer.reset"), layout=Layout(width="auto", align_self="flex-start"))
        button.on_click(lambda _: self.open(Change()))
        return button

    def _choose_indicator(self, control: NumberControl, name: str) -> None:
        control.set(self._points_now(name))
        self._note_weight(control, name, self.result)

    def _note_weight(self, control: NumberControl, name: str, result: WhatIfResult) -> None:
        """Show beside a control how many points a domain or indicator has once all are scaled to the total again."""
        points = format_number(result.weights[self._columns(name)].sum())
        official = format_number(self._official_points(name))
        own = self._domain_names.get(name) or self.name_indicator(name)
        text = escape(self.words("explorer.effective", name=own, points=points, official=official))
        language = self.words.language
        control.note.value = f'<div class="smartcert" lang="{language}"><p class="quiet">{text}</p></div>'

    def _columns(self, name: str) -> slice:
        domains = {domain.id: domain.columns for domain in self.arrays.domains}
        column = 0 if name in domains else self.arrays.column(name)
        return domains.get(name, slice(column, column + 1))

    def _create_rule_control(self, field: str, official: StrEnum) -> ChoiceControl:
        def changed(value: str) -> None:
            chosen = None if value == official else type(official)(value)
            self.set_change(_replace_field(self.change, field, chosen))

        control = ChoiceControl(
            name=self.words(f"explorer.rules.{field}"),
            options={str(value): self.words(f"research.{field}.{value}") for value in type(official)},
            value=str(getattr(self.start, field) or official),
            changed=changed,
        )
        self._setters.append(lambda change: control.set(str(getattr(change, field) or official)))
        return control

    def _set_weight(self, name: str, value: float) -> None:
        weights = {key: points for key, points in (self.change.weights or {}).items() if key != name}
        if abs(value - self._official_points(name)) > _SAME_WEIGHT:
            weights[name] = value
        self.set_change(replace(self.change, weights=weights or None))

    def _set_bound(self, level: int, value: float) -> None:
        bounds = {key: percent for key, percent in (self.change.bounds or {}).items() if key != level}
        if abs(value - self.scorer.setting.bounds[level]) > _SAME_WEIGHT:
            bounds[level] = value
        self.set_change(replace(self.change, bounds=bounds or None))

    def _with_weight(self, name: str, value: float) -> Change:
        return replace(self.start, weights={**(self.start.weights or {}), name: value})

    def _points_now(self, name: str) -> float:
        return float((self.change.weights or {}).get(name, self._official_points(name)))

    def _official_points(self, name: str) -> float:
        return float(self.arrays.points[self._columns(name)].sum())


class ScenarioBox:
    """The widgets for the scenarios of a page: saved under a name, opened again, compared with the official result."""

    def __init__(self, page: WeightExplorer) -> None:
        self._page = page
        self._unread: dict[str, str] = {}
        words, full = page.words, {"description_width": "initial"}
        self.name = Text(description=words("explorer.scenarios.name"), style=full, layout=Layout(width="24rem"))
        self.save = Button(description=words("explorer.scenarios.save"))
        self.list = Dropdown(description=words("explorer.scenarios.choose"), style=full, layout=Layout(width="24rem"))
        self.open = Button(description=words("explorer.scenarios.open"))
        self.rename = Button(description=words("explorer.scenarios.rename"))
        self.delete = Button(description=words("explorer.scenarios.delete"))
        self.message, self.table = create_html_area(), create_html_area()
        self.save.on_click(lambda _: self._attempt(self._save))
        self.open.on_click(lambda _: self._attempt(self._open))
        self.rename.on_click(lambda _: self._attempt(self._rename))
        self.delete.on_click(lambda _: self._attempt(self._delete))
        wrap = Layout(flex_flow="row wrap")
        rows = [
            HBox([self.name, self.save, self.rename], layout=wrap),
            HBox([self.list, self.open, self.delete], layout=wrap),
        ]
        self.box = VBox([*rows, self.message, self.table])
        self._refresh()

    def blocks(self) -> list[Block]:
        """Return the saved scenarios compared with the official result."""
        page, words = self._page, self._page.words
        scenarios = self._read_scenarios()
        intro = ParagraphBlock(text=words("explorer.scenarios.intro", folder=str(page.folder)))
        rows = [
            [
                scenario.name,
                _describe_change(page, scenario.change),
                *format_effect(run_scenario(scenario, page.arrays, page.scorer)),
            ]
            for scenario in scenarios
        ]
        left_out = [
            ParagraphBlock(text=words("explorer.scenarios.unread", file=file, reason=reason), style="note")
            for file, reason in self._unread.items()
        ]
        if not rows:
            return [intro, ParagraphBlock(text=words("explorer.scenarios.none")), *left_out]
        heads = page.list_headings("scenario", "changes", *EFFECT_COLUMNS)
        table = page.build_table(words("explorer.scenarios.compare"), heads, rows, frozenset(range(2, 9)))
        return [intro, *table, *left_out]

    def _read_scenarios(self) -> list[Scenario]:
        """Return the scenarios of the folder that belong to the page's round and edition.

        A file that is none, or that names what the round does not have, is left out and stands in ``_unread``.
        """
        page, scenarios = self._page, []
        own = (page.opened.round.id, page.opened.rules.edition.id)
        self._unread.clear()
        for path in list_scenarios(page.folder):
            try:
                scenario = read_scenario(path)
                if (scenario.round, scenario.edition) == own:
                    run_scenario(scenario, page.arrays, page.scorer)
                    scenarios.append(scenario)
            except SmartcertError as error:
                self._unread[path.name] = translate(str(error), page.words.language)
        return scenarios

    def _save(self) -> str:
        page = self._page
        scenario = build_scenario(self.name.value, page.opened.round.id, page.opened.rules.edition.id, page.change)
        path = save_scenario(scenario, page.folder)
        self._refresh(scenario.name)
        return page.words("explorer.scenarios.saved", file=path.name)

    def _open(self) -> str:
        page, scenario = self._page, self._chosen()
        page.open(scenario.change)
        return page.words("explorer.scenarios.opened", name=scenario.name)

    def _rename(self) -> str:
        page, scenario = self._page, self._chosen()
        path = rename_scenario(scenario, self.name.value, page.folder)
        self._refresh(read_scenario(path).name)
        return page.words("explorer.scenarios.renamed", name=scenario.name, file=path.name)

    def _delete(self) -> str:
        page, scenario = self._page, self._chosen()
        delete_scenario(scenario, page.folder)
        self._refresh()
        return page.words("explorer.scenarios.deleted", name=scenario.name)

    def _chosen(self) -> Scenario:
        """Return the scenario that is chosen in the list; a UsageError where there is none."""
        for scenario in self._read_scenarios():
            if scenario.name == self.list.value:
                return scenario
        raise UsageError(self._page.words("explorer.scenarios.none"))

    def _attempt(self, act: Callable[[], str]) -> None:
        """Do what a user asked for, and show its message or that of its error."""
        try:
            message = act()
        except SmartcertError as error:
            message = translate(str(error), self._page.words.language)
        self.message.value = render_note(message, language=self._page.words.language)

    def _refresh(self, chosen: str | None = None) -> None:
        """Show the scenarios of the folder; the list stands at ``chosen``, or where it stood."""
        before = chosen or self.list.value
        names = [scenario.name for scenario in self._read_scenarios()]
        self.list.options = names
        self.list.value = before if before in names else next(iter(names), None)
        self.table.value = self._page.render_blocks(self.blocks()[1:])


def _describe_change(page: WeightExplorer, change: Change) -> str:
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


def _replace_field(change: Change, field: str, value: object) -> Change:
    """Return a change with one field set otherwise; the field is named by the catalogue of words."""
    named: dict[str, Any] = {field: value}
    return replace(change, **named)
