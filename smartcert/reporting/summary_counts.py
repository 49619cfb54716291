"""Counts of a round: by step, by level, by size type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation
from smartcert.model.level import LevelResult
from smartcert.reporting import figures
from smartcert.reporting.steps import STEPS, size_key, steps
from smartcert.reporting.words import Words

_UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """A table of counts: the headings of its columns, and its rows with a name each. The last column is the total."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def step_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts:
    """Return how many applications passed each step, by size type."""
    passed = pd.DataFrame(
        [{"size": _size(one), **{step: step in steps(one) for step in STEPS}} for one in evaluations],
        columns=["size", *STEPS],
    )
    table = passed.groupby("size").sum().T.astype(int)
    return _counts(table, [(step, words(f"chart.funnel.{step}")) for step in STEPS], words)


def level_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts | None:
    """Return how many applicants reached each level, by size type; None where nothing was evaluated."""
    reached = [(_size(one), one.level) for one in evaluations if one.level is not None]
    if not reached:
        return None
    frame = pd.DataFrame([{"size": size, "level": result.level} for size, result in reached])
    table = pd.crosstab(frame["level"], frame["size"])
    return _counts(table, _levels(reached[0][1], words), words)


def _levels(result: LevelResult, words: Words) -> list[tuple[object, str]]:
    certified = {bound.level for bound in result.bounds if bound.certified}
    kinds = {
        level: "certified" if level in certified else "not_certified" for level in range(1, len(result.bounds) + 2)
    }
    return [(level, words(f"summary.levels.{kind}", level=level)) for level, kind in kinds.items()]


def _counts(table: pd.DataFrame, rows: Sequence[tuple[object, str]], words: Words) -> Counts:
    sizes = [size.value for size in SizeType] + ([_UNKNOWN] if _UNKNOWN in table.columns else [])
    whole = table.reindex(index=pd.Index([key for key, _ in rows]), columns=pd.Index(sizes), fill_value=0)
    whole["total"] = whole.sum(axis="columns")
    known = {size.value: size_key(size) for size in SizeType}
    headings = [words(known.get(size, size_key(None))) for size in sizes]
    return Counts(
        headings=(*headings, words("summary.overview.total")),
        rows=tuple(
            (name, tuple(figures.number(int(count)) for count in counts))
            for (_, name), counts in zip(rows, whole.to_numpy().tolist(), strict=True)
        ),
    )


def _size(evaluation: Evaluation) -> str:
    return evaluation.size_type.value if evaluation.size_type is not None else _UNKNOWN
