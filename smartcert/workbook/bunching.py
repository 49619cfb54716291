"""The table of totals near the bounds, as two pages show it."""

from __future__ import annotations

import pandas as pd

from smartcert.reporting.blocks import Block, Paragraph
from smartcert.workbook.research import ResearchPage, percent, shown


def bunching_blocks(page: ResearchPage, found: pd.DataFrame, width: float) -> list[Block]:
    """Return the counts below and above each bound by size type, and what they say and do not say."""
    words = page.words
    rows = [
        (
            f"{words('chart.level', level=int(row['level']))} ({words.term('size_type.' + row['size_type'])})",
            shown(row["bound"]),
            str(row["below"]),
            str(row["above"]),
            percent(row["chance"], 0),
        )
        for row in found.to_dict("records")
    ]
    heads = [
        words("research.head.level"),
        *(words(f"audit.pictures.{name}") for name in ("bound", "below", "above", "chance")),
    ]
    caption = words("audit.pictures.bunching", width=int(width))
    return [*page._grid(caption, heads, rows), Paragraph(text=words("audit.pictures.bunching_note"), style="quiet")]
