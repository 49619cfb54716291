"""Counts of a round: by step, by level, by size type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation
from smartcert.model.level import LevelResult
from smartcert.reporting import figures
from smartcert.reporting.steps import STEPS, Size, size_key, steps
from smartcert.reporting.words import Words

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """A table of counts: the headings of its columns, and its rows with a name each. The last column is the total."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def step_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts:
    """Return how many applications passed each step, by size type."""
    passed = Counter((step, one.size_type) for one in evaluations for step in steps(one))
    return _counts(passed, {step: words(f"chart.funnel.{step}") for step in STEPS}, words)


def level_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts | None:
    """Return how many applicants reached each level, by size type; None where nothing was evaluated."""
    results = [(one.size_type, one.level) for one in evaluations if one.level is not None]
    if not results:
        return None
    reached = Counter((result.level, size) for size, result in results)
    return _counts(reached, _levels(results[0][1], words), words)


def _levels(result: LevelResult, words: Words) -> dict[int, str]:
    certified = {bound.level for bound in result.bounds if bound.certified}
    kinds = {
        level: "certified" if level in certified else "not_certified" for level in range(1, len(result.bounds) + 2)
    }
    return {level: words(f"summary.levels.{kind}", level=level) for level, kind in kinds.items()}


def _counts(found: Counter[tuple[K, Size]], rows: Mapping[K, str], words: Words) -> Counts:
    sizes: list[Size] = list(SizeType)
    if any(size is None for _, size in found):
        sizes.append(None)
    return Counts(
        headings=(*(words(size_key(size)) for size in sizes), words("summary.overview.total")),
        rows=tuple((name, _row([found[key, size] for size in sizes])) for key, name in rows.items()),
    )


def _row(counts: list[int]) -> tuple[str, ...]:
    return tuple(figures.number(count) for count in (*counts, sum(counts)))
