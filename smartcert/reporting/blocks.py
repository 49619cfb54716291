"""The parts that sections with many tables are made of: a paragraph, a list, a figure, a table, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from smartcert.model.evaluation import Finding
from smartcert.reporting.charts.chart import Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """One paragraph; ``style`` is a class of the style sheet ("lead", "note", "quiet")."""

    text: str
    style: str = ""
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A list of sentences."""

    items: Sequence[str]
    kind: Literal["items"] = "items"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A chart with its title and text alternative."""

    chart: Chart
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table whose first cell of a row is its heading; ``numbers`` are the columns set to the right, from 0."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = field(default_factory=frozenset)
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """A table of findings: outcome, sentence, basis."""

    caption: str
    heads: Sequence[str]
    findings: Sequence[Finding]
    kind: Literal["findings"] = "findings"


Block = Paragraph | Items | Drawing | Grid | Findings
