"""Where a page does not say what its trace leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from smartcert.reporting.pieces import Piece

_LONGEST = 200
"""How much of a long text is told: a line or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place, what the page prints there, and what was calculated again."""

    where: str
    printed: str
    recomputed: str

    def __str__(self) -> str:
        return f"{self.where}: printed {self.printed or 'nothing'}; recomputed {self.recomputed or 'nothing'}"


def between(found: Sequence[Piece], expected: Sequence[Piece]) -> Iterator[Difference]:
    """Yield what differs between a section as found and as calculated, in its order. Places are those calculated."""
    printed, again = [piece.text for piece in found], [piece.text for piece in expected]
    if printed == again:
        return
    start = next(n for n, (a, b) in enumerate(zip_longest(printed, again)) if a != b)
    end = next(n for n, (a, b) in enumerate(zip_longest(reversed(printed), reversed(again))) if a != b)
    end = min(end, len(printed) - start, len(again) - start)
    left, right = printed[start : len(printed) - end], again[start : len(again) - end]
    if len(left) == len(right):  # as a changed number leaves them
        for offset, (one, other) in enumerate(zip(left, right, strict=True)):
            if one != other:
                yield Difference(where=_where(expected[start + offset]), printed=_short(one), recomputed=_short(other))
        return
    for kind, a1, a2, b1, b2 in SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        last = min(start + b1, len(expected) - 1)
        for offset, (one, other) in enumerate(zip_longest(left[a1:a2], right[b1:b2], fillvalue="")):
            place = min(start + b1 + offset, last if b1 == b2 else start + b2 - 1)
            yield Difference(where=_where(expected[place]), printed=_short(one), recomputed=_short(other))


def _where(piece: Piece) -> str:
    row = piece.row if piece.row != piece.text else ""
    return ", ".join(dict.fromkeys(part for part in (piece.section, piece.at, row, piece.column) if part))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
