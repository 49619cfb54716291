"""Scenarios in the explorer: saved under a name, opened again, compared."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from ipywidgets import Button, Dropdown, HBox, Layout, Text, VBox

from smartcert.analysis.scenarios import Scenario, read, result_of, save, saved, scenario
from smartcert.analysis.what_if import Change
from smartcert.errors import SmartcertError
from smartcert.reporting.blocks import Block, Paragraph
from smartcert.reporting.page import environment
from smartcert.workbook.controls import live
from smartcert.workbook.explorer_views import EFFECT, effect_cells
from smartcert.workbook.research import shown

if TYPE_CHECKING:
    from smartcert.workbook.explorer import WeightExplorer


class ScenarioBox:
    """The widgets for scenarios of one page."""

    def __init__(self, page: WeightExplorer, opened: Callable[[Change], None]) -> None:
        self._page, self._opened = page, opened
        words, full = page.words, {"description_width": "initial"}
        self.name = Text(description=words("explorer.scenarios.name"), style=full, layout=Layout(width="24rem"))
        self.save = Button(description=words("explorer.scenarios.save"))
        self.list = Dropdown(description=words("explorer.scenarios.choose"), style=full, layout=Layout(width="24rem"))
        self.open = Button(description=words("explorer.scenarios.open"))
        self.told, self.table = live(), live()
        self.save.on_click(lambda _: self._attempt(self._save))
        self.open.on_click(lambda _: self._attempt(self._open))
        rows = [HBox([self.name, self.save]), HBox([self.list, self.open])]
        self.box = VBox([*rows, self.told, self.table])
        self._refresh()

    def blocks(self) -> list[Block]:
        """Return the saved scenarios compared with the official result."""
        words = self._page.words
        intro = Paragraph(text=words("explorer.scenarios.intro", folder=str(self._page.folder)))
        rows = [self._row(one) for one in self._scenarios()]
        if not rows:
            return [intro, Paragraph(text=words("explorer.scenarios.none"))]
        heads = self._page._heads("scenario", "changes", *EFFECT)
        caption = words("explorer.scenarios.compare")
        return [intro, *self._page._grid(caption, heads, rows, frozenset(range(2, 9)))]

    def _scenarios(self) -> list[Scenario]:
        found = [read(path) for path in saved(self._page.folder)]
        own = self._page.opened
        return [one for one in found if (one.round, one.edition) == (own.round.id, own.rules.edition.id)]

    def _row(self, one: Scenario) -> list[str]:
        table = result_of(one, self._page.arrays, self._page.scorer).table
        return [one.name, told(self._page, one.change), *effect_cells(table)]

    def _save(self) -> str:
        page = self._page
        one = scenario(self.name.value, page.opened.round.id, page.opened.rules.edition.id, page.change)
        path = save(one, page.folder)
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
        template = environment().get_template("blocks.html.j2")
        body = template.render(w=words, lang=words.language, blocks=self.blocks()[1:])
        self.table.value = f'<div class="smartcert" lang="{words.language}">{body}</div>'


def told(page: WeightExplorer, change: Change) -> str:
    """Return in words what a change sets otherwise."""
    words, parts = page.words, []
    if change.weights:
        names = [f"{name} → {shown(points, 0)}" for name, points in change.weights.items()]
        parts.append(words("explorer.scenarios.change_weights", names=names))
    if change.bounds:
        names = [f"{level} → {shown(percent)}%" for level, percent in change.bounds.items()]
        parts.append(words("explorer.scenarios.change_bounds", names=names))
    for field in ("method", "aggregation", "absent"):
        value = getattr(change, field)
        if value:
            parts.append(words(f"research.{field}.{value}"))
    return "; ".join(parts) or words("explorer.scenarios.nothing")
