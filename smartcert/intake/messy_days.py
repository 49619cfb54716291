"""How people write days and moments: five spellings and more, and the ones that may be two days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from smartcert.intake.grid import RawCell, Written
from smartcert.intake.readings import Asked, Reading, Refused, Sure, cleaned
from smartcert.intake.scalars import KOREAN_TIME
from smartcert.model.citation import Text

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
"""Days outside belong to no round: 1899 is a spreadsheet's zero, 9999 somebody's "never"."""

_YEAR_FIRST = re.compile(
    r"([0-9]{4})\s*[-./년]\s*([0-9]{1,2})\s*[-./월]\s*([0-9]{1,2})\s*[.일]?(?:\s*\([월화수목금토일]\))?"
)
_SOLID = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SHORT = re.compile(r"'?([0-9]{2})[-./]\s*([0-9]{1,2})[-./]\s*([0-9]{1,2})\.?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-./]([0-9]{1,2})[-./]([0-9]{4})")
_ENGLISH = re.compile(r"(?:([0-9]{1,2})\s+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*\s+([0-9]{1,2}))[.,]?\s+([0-9]{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(
    r"(?:(오전|오후)\s*)?([0-9]{1,2})\s*[:시]\s*(?:([0-9]{1,2})\s*분?)?(?::([0-9]{2})(?:\.0+)?)?\s*(am|pm)?"
)
_ZERO = date(1899, 12, 30)
_WANTED = "a day such as 2023-10-24, 2023.10.24., 2023년 10월 24일 or 20231024"


def day(cell: RawCell) -> Reading[date]:
    """Return a cell as a day; one that two spellings read as two days is asked."""
    text = cleaned(cell.text).casefold()
    counted = cell.written is Written.DAY or (cell.written is Written.NUMBER and not _SOLID.fullmatch(text))
    if counted and re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?", text):
        return _held(_ZERO + timedelta(days=int(float(text))))
    return _spelt(text)


def moment(cell: RawCell) -> Reading[datetime]:
    """Return a cell as a moment in Korean time: a day in any spelling, then a time of day."""
    text = cleaned(cell.text).casefold()
    if cell.written is Written.DAY and re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?", text):
        whole, seconds = divmod(round(float(text) * 86_400), 86_400)
        read = _held(_ZERO + timedelta(days=whole))
        clock: time | None = (datetime.min + timedelta(seconds=seconds)).time()
    else:
        found = re.search(rf"[t ]\s*({_CLOCK.pattern})$", text)
        if not found:
            return Refused("a moment such as 2023-10-24 18:00")
        read, clock = _spelt(text[: found.start()].strip()), _clock(found[1])
    if clock is None:
        return Refused("a time of day such as 18:00")
    if isinstance(read, Sure):
        return Sure(datetime.combine(read.value, clock, KOREAN_TIME))
    return read


def _spelt(text: str) -> Reading[date]:
    for pattern in (_YEAR_FIRST, _SOLID):
        found = pattern.fullmatch(text)
        if found:
            return _of([tuple(int(part) for part in found.groups())])
    found = _SHORT.fullmatch(text)
    if found:
        first, second, third = (int(part) for part in found.groups())
        both = [(2000 + first, second, third), (2000 + third, second, first)]
        return _of(both[:1] if text.startswith("'") else both)
    found = _YEAR_LAST.fullmatch(text)
    if found:
        first, second, third = (int(part) for part in found.groups())
        return _of([(third, first, second), (third, second, first)])
    found = _ENGLISH.fullmatch(text)
    if found:
        name = found[2] or found[3]
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
        return _of([(int(found[5]), month, int(found[1] or found[4]))])
    return Refused(_WANTED)


def _of(ways: Sequence[Sequence[int]]) -> Reading[date]:
    found: dict[date, None] = {}
    for year, month, number in ways:
        try:
            found[date(year, month, number)] = None
        except ValueError:
            continue
    likely = [one for one in found if EARLIEST <= one < LATEST]
    if len(likely) > 1:
        return Asked(
            Text(ko="두 날로 읽히는 날짜", en="a day that may be read in two ways"),
            tuple(one.isoformat() for one in likely),
        )
    return _held(likely[0] if likely else next(iter(found), None))


def _held(found: date | None) -> Reading[date]:
    if found is None:
        return Refused(f"a day that exists, {_WANTED}")
    if not EARLIEST <= found < LATEST:
        return Refused(f"a day from {EARLIEST.year} to {LATEST.year - 1}, not {found.isoformat()}")
    return Sure(found)


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    hour, minute, second = int(found[2]), int(found[3] or 0), int(found[4] or 0)
    half = {"오전": 0, "am": 0, "오후": 12, "pm": 12}.get(found[1] or found[5] or "")
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + half
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
