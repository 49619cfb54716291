"""What the explorer shows of a result: one sentence, tables, and the twins of its controls."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from smartcert.analysis.vector import NOT_JUDGED
from smartcert.analysis.weights import moved
from smartcert.analysis.what_if import Change, Result, what_if
from smartcert.errors import UsageError
from smartcert.reporting.blocks import Block, Grid
from smartcert.reporting.page import environment
from smartcert.workbook.research import NUMBERS, ResearchPage, shown, signed

if TYPE_CHECKING:
    from smartcert.workbook.explorer import WeightExplorer

_NAMED = 5
EFFECT = ("levels_moved", "gains", "loses", "mean_points", "mean_places")
"""The columns that say what a change would do in sum."""


def over(low: float, high: float, steps: int) -> list[float]:
    """Return evenly spaced values of a range, both ends included."""
    return [round(float(value), 6) for value in np.linspace(low, high, steps)]


def room_of(bounds: Mapping[int, float], level: int) -> tuple[float, float]:
    """Return between which percentages a bound can move without passing its neighbours."""
    above = [percent for other, percent in bounds.items() if other < level]
    below = [percent for other, percent in bounds.items() if other > level]
    return (max(below) + 0.1 if below else 0.0), (min(above) - 0.1 if above else 100.0)


def names(page: ResearchPage, table: pd.DataFrame, flips: str) -> list[str]:
    """Return the applicants whose verdict turns so; a long list ends in how many more there are."""
    found = [page._applicant(name) for name in table.index[table["flips"] == flips]]
    rest = len(found) - _NAMED
    return page._list([*found[:_NAMED], f"+{rest}"] if rest > 0 else found)


def certified(levels: pd.Series[int], page: ResearchPage) -> int:
    """Return how many of some levels are certified."""
    return int(((levels != NOT_JUDGED) & (levels <= page.scorer.setting.certified_from)).sum())


def status(page: ResearchPage, result: Result) -> str:
    """Return one sentence on what a change does to the verdicts."""
    table = result.table
    return page.words(
        "explorer.status",
        certified=certified(table["level_if"], page),
        official=certified(table["level"], page),
        gains=names(page, table, "gains"),
        loses=names(page, table, "loses"),
    )


def status_html(page: ResearchPage, result: Result) -> str:
    """Return the sentence for the place beside the controls; screen readers are told when it changes."""
    text = escape(status(page, result))
    return f'<div class="smartcert" lang="{page.words.language}"><p role="status" class="note">{text}</p></div>'


def result_html(page: ResearchPage, result: Result) -> str:
    """Return the tables of a result as they stand in the page."""
    template = environment().get_template("blocks.html.j2")
    words = page.words
    body = template.render(w=words, lang=words.language, blocks=result_blocks(page, result))
    return f'<div class="smartcert" lang="{words.language}">{body}</div>'


def result_blocks(page: ResearchPage, result: Result) -> list[Block]:
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
    every = Grid(
        caption=caption,
        heads=[words("research.applicant"), *(words(f"research.head.{name}") for name in columns)],
        rows=[_row(page, row) for row in _ordered(table)],
        numbers=frozenset(range(1, 8)),
    )
    return [Grid(caption=words("explorer.result.counts"), heads=heads, rows=counts, numbers=NUMBERS), every]


def _ordered(table: pd.DataFrame) -> list[dict[str, Any]]:
    ordered = table.sort_values(["size_type", "points_if"], ascending=[True, False], kind="stable")
    rows = ordered.assign(id=ordered.index.astype(str)).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _row(page: ResearchPage, row: Mapping[str, Any]) -> list[str]:
    size = page.words.term(f"size_type.{row['size_type']}")
    return [
        f"{page._applicant(row['id'])} ({size})",
        shown(row["points"]),
        page._level(row["level"]),
        shown(row["place"], 0),
        shown(row["points_if"]),
        page._level(row["level_if"]),
        shown(row["place_if"], 0),
        signed(row["moved"]),
        page.words(f"research.flips.{row['flips']}") if row["flips"] else "",
    ]


def twin(page: WeightExplorer, name: str, changes: Mapping[float, Change]) -> list[Block]:
    """Return what a control would do at values over its range: how many are certified, who gains and who loses."""
    rows = []
    for value, change in changes.items():
        try:
            table = what_if(page.arrays, change, page.scorer).table
        except UsageError as refused:
            rows.append((shown(value), "—", "—", str(refused)))
            continue
        gains, loses = (", ".join(names(page, table, flips)) for flips in ("gains", "loses"))
        rows.append((shown(value), str(certified(table["level_if"], page)), gains, loses))
    heads = page._heads("value", "certified", "gains", "loses")
    caption = f"{name}. {page.words('explorer.range')}"
    return page._grid(caption, heads, rows, frozenset({1}))


def effect_cells(table: pd.DataFrame) -> list[str]:
    """Return what a change does in sum, in the order of `EFFECT`."""
    sums = moved(table)
    digits = {"levels_moved": 0, "gains": 0, "loses": 0, "points": 1, "places": 1}
    return [shown(sums[key], places) for key, places in digits.items()]


def each_indicator(page: WeightExplorer) -> list[Block]:
    """Return what leaving out and doubling each indicator would do to the verdicts."""
    words, rows = page.words, []
    for name in page.arrays.names:
        cells = [page._indicator(name)]
        for factor in (0.0, 2.0):
            change = page._with_weight(name, factor * page._official_points(name))
            table = what_if(page.arrays, change, page.scorer).table
            cells += [str(certified(table["level_if"], page)), str(int((table["level"] != table["level_if"]).sum()))]
        rows.append(cells)
    out, double = words("explorer.indicator.out"), words("explorer.indicator.double")
    found, changed = words("research.head.certified"), words("research.head.levels_moved")
    heads = [words("research.indicator"), *(f"{side}: {what}" for side in (out, double) for what in (found, changed))]
    return page._grid(words("explorer.indicator.title"), heads, rows)


def each_rule(page: WeightExplorer, changes: Mapping[tuple[str, str], Change]) -> list[Block]:
    """Return what each rule alone would do to the verdicts."""
    rows = []
    for (field, one), change in changes.items():
        table = what_if(page.arrays, change, page.scorer).table
        name = f"{page.words(f'explorer.rules.{field}')}: {page.words(f'research.{field}.{one}')}"
        rows.append([name, *effect_cells(table)])
    return page._grid(page.words("explorer.rules.range"), page._heads("rule", *EFFECT), rows)
