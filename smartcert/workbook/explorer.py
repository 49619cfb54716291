"""The weight explorer: weights, bounds and rules moved by hand; levels, places and who flips at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from smartcert.analysis.scenarios import read
from smartcert.analysis.settings import AbsentPolicy, Aggregation
from smartcert.analysis.what_if import Change, Result, what_if
from smartcert.reporting.blocks import Block, Paragraph
from smartcert.reporting.page import Section
from smartcert.rounds import OpenRound
from smartcert.workbook import explorer_views as views
from smartcert.workbook.controls import ChoiceControl, NumberControl, live, show
from smartcert.workbook.research import ResearchPage
from smartcert.workbook.scenario_box import ScenarioBox

_STEPS = 11


class WeightExplorer(ResearchPage):
    """The sections of the explorer in one language. Each call shows its control, and its static twin below.

    All controls of a page hold one change together; whoever moves one sees the result of all. Nothing that is done here
    reaches the evaluation.
    """

    def __init__(self, opened: OpenRound, language: str, scenario: str, scenarios: str) -> None:
        super().__init__(opened, language)
        self._scenario = read(Path(scenario)) if scenario else None
        self.folder = Path(scenarios)
        self.start = self._scenario.change if self._scenario else Change()
        self.change = self.start
        self._status = live()
        self._table = live()
        self._setters: list[Callable[[Change], None]] = []
        self._redraw()

    @property
    def result(self) -> Result:
        """Return what the controls give now."""
        return what_if(self.arrays, self.change, self.scorer)

    def head(self) -> Section:
        """Return the page's header, with the state in which it begins."""
        words = self.words
        start = words("explorer.start")
        if self._scenario is not None:
            start = words("explorer.start_scenario", name=self._scenario.name)
        return self._head_of("explorer.title", [(words("explorer.begins"), start)])

    def weights(self) -> Section:
        """Show a control for each domain; return what each would do over its range."""
        controls, blocks = [], [Paragraph(text=self.words("explorer.weights.intro", out_of=round(self.arrays.out_of)))]
        twins: list[Block] = []
        for domain in self.opened.rules.edition.domains:
            name = self.words("explorer.weights.control", name=domain.name)
            most = 2 * float(domain.points)
            controls.append(self._weight(domain.id, name, float(domain.points), most))
            changes = {value: self._with_weight(domain.id, value) for value in views.over(0.0, most, _STEPS)}
            twins += views.twin(self, name, changes)
        return self._shown("weights", controls, [*blocks, *twins])

    def indicator_weight(self) -> Section:
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
        intro = Paragraph(text=self.words("explorer.indicator.intro"))
        return self._of("indicator", self.words("explorer.indicator.title"), [intro, *views.each_indicator(self)])

    def bound(self) -> Section:
        """Show a control for the bound of certification; return what it would do over its range."""
        setting = self.scorer.setting
        level = setting.certified_from
        low, high = views.room_of(setting.bounds, level)
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
        values = views.over(low, high, 2 * _STEPS - 1)
        changes = {value: replace(self.start, bounds={**(self.start.bounds or {}), level: value}) for value in values}
        intro = Paragraph(text=self.words("explorer.bound.intro", level=level))
        show([control.box, self._status], [control])
        return self._of("bound", self.words("explorer.bound.title"), [intro, *views.twin(self, name, changes)])

    def rules(self) -> Section:
        """Show a list for each rule of combination; return what each alternative would do."""
        own: dict[str, StrEnum] = {
            "method": self.scorer.setting.combination.method,
            "aggregation": Aggregation.ARITHMETIC,
        }
        own["absent"] = AbsentPolicy.AS_DECLARED
        controls = [self._rule(field, value) for field, value in own.items()]
        alone = [(field, one) for field, value in own.items() for one in type(value) if one != value]
        changes = {(field, str(one)): _with(Change(), field, one) for field, one in alone}
        show([*(control.box for control in controls), self._status])
        return self._of("rules", self.words("explorer.rules.title"), views.each_rule(self, changes))

    def _rule(self, field: str, own: StrEnum) -> ChoiceControl:
        """Return the list for one rule, which is officially ``own``."""

        def changed(value: str) -> None:
            chosen = None if value == own else type(own)(value)
            self._set(_with(self.change, field, chosen))

        control = ChoiceControl(
            name=self.words(f"explorer.rules.{field}"),
            options={str(one): self.words(f"research.{field}.{one}") for one in type(own)},
            value=str(getattr(self.start, field) or own),
            changed=changed,
        )
        self._setters.append(lambda change: control.set(str(getattr(change, field) or own)))
        return control

    def outcome(self) -> Section:
        """Show the table that follows the controls; return it as it is at the beginning."""
        show([self._status, self._table])
        result = what_if(self.arrays, self.start, self.scorer)
        note = Paragraph(text=self.words("explorer.result.note"), style="quiet")
        blocks = [note, Paragraph(text=views.status(self, result)), *views.result_blocks(self, result)]
        return self._of("outcome", self.words("explorer.result.title"), blocks)

    def scenarios(self) -> Section:
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
        self._status.value = views.status_html(self, result)
        self._table.value = views.result_html(self, result)

    def _shown(self, name: str, controls: list[NumberControl], blocks: list[Block]) -> Section:
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


def _with(change: Change, field: str, value: object) -> Change:
    """Return a change with one field set otherwise; the field is named by the catalogue of words."""
    named: dict[str, Any] = {field: value}
    return replace(change, **named)
