"""What may be shown of the marks on one indicator, so that nobody can subtract out one evaluator's mark.

The reader may be one of the evaluators and know the own mark, and can count who judged. A trimmed mean with the range
can give the others away; then the range is held back, then the combined mark itself. What a reader who does not judge
an applicant could learn is not decided here: that applicant is in no figure at all (`marks_table.readable`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, combinations_with_replacement

from smartcert.evaluation.committee import combine
from smartcert.rules.scoring import CombinationRule, MarkScale

Marks = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What is shown of the marks on one indicator; None is held back. How many marks there are is always known."""

    combined: Fraction | None
    count: int
    low: Fraction | None
    high: Fraction | None


def shown(marks: Mapping[str, Fraction], rule: CombinationRule, scale: MarkScale) -> Shown:
    """Return as much of what there is to show as gives nobody's mark away."""
    return _shown(tuple(sorted(marks.values())), rule, scale)


@lru_cache(maxsize=10_000)
def _shown(marks: Marks, rule: CombinationRule, scale: MarkScale) -> Shown:
    nothing = Shown(combined=None, count=len(marks), low=None, high=None)
    combined = _combined(marks, rule)
    if combined is None:
        return nothing
    full = Shown(combined=combined, count=len(marks), low=marks[0], high=marks[-1])
    without_range = replace(full, low=None, high=None)
    return next((what for what in (full, without_range) if not given_away(what, marks, rule, scale)), nothing)


def given_away(what: Shown, marks: Marks, rule: CombinationRule, scale: MarkScale) -> bool:
    """Return whether anybody could tell another's mark from ``what``: a stranger, or an evaluator with the own mark."""
    possible = tuple(consistent(what, rule, scale))
    return any(_told(possible, own) for own in (None, *dict.fromkeys(marks)))


def _told(possible: tuple[Marks, ...], own: Fraction | None) -> bool:
    """Whether some other mark must have one value in everything that is possible."""
    rests = [_rest(one, own) for one in possible if own is None or own in one]
    rests = [rest for rest in rests if rest]
    return bool(rests) and len({mark for rest in rests for mark in rest}) == 1


def _rest(marks: Marks, own: Fraction | None) -> Marks:
    if own is None:
        return marks
    at = marks.index(own)
    return marks[:at] + marks[at + 1 :]


def consistent(what: Shown, rule: CombinationRule, scale: MarkScale) -> Iterator[Marks]:
    """Yield every set of marks, ascending, that would have been shown as ``what``."""
    every = _every(what.count, rule, scale)
    sets = chain(*every.values()) if what.combined is None else every.get(what.combined, ())
    for marks in sets:
        if (what.low is None or marks[0] == what.low) and (what.high is None or marks[-1] == what.high):
            yield marks


@lru_cache(maxsize=64)
def _every(count: int, rule: CombinationRule, scale: MarkScale) -> Mapping[Fraction | None, list[Marks]]:
    """Return every set of so many marks by what it combines to."""
    steps = int((scale.highest - scale.lowest) / scale.step)
    values = [scale.lowest + step * scale.step for step in range(steps + 1)]
    found: dict[Fraction | None, list[Marks]] = {}
    for marks in combinations_with_replacement(values, count):
        found.setdefault(_combined(marks, rule), []).append(marks)
    return found


def _combined(marks: Marks, rule: CombinationRule) -> Fraction | None:
    made = combine({f"E{number}": mark for number, mark in enumerate(marks)}, frozenset(), rule)
    return made.exact if made else None
