"""Number formats of a workbook: which cells are percentages and which are days."""

from __future__ import annotations

import re

from smartcert.intake.grid import Written

_PERCENT_IDS = frozenset({9, 10})
_DAY_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# text in quotes or brackets, and single characters behind a backslash, are no part of the format
_ASIDE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_LONGEST = 200
_DAY = re.compile(r"[yYdD]|[mM](?![^;]*[#0])|[hHsS]")


class Styles:
    """Hears ``styles.xml``."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._inside = False
        self._known: dict[int, Written] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note a format, or the format of a cell style."""
        if name == "numFmt":
            self._codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")[:_LONGEST]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._formats.append(_whole(attributes.get("numFmtId")))

    def end(self, name: str) -> None:
        """Leave the styles of cells."""
        if name == "cellXfs":
            self._inside = False

    def text(self, text: str) -> None:
        """Styles hold no text."""

    def written(self, style: str | None) -> Written:
        """Return as what a number of this style is shown."""
        number = _whole(style)
        if number not in self._known:
            there = number < len(self._formats)
            form = self._formats[number] if there else 0
            self._known[number] = _kind(form, self._codes.get(form, "")) if there else Written.NUMBER
        return self._known[number]


def _kind(number: int, code: str) -> Written:
    plain = _ASIDE.sub("", code)
    if number in _PERCENT_IDS or "%" in plain:
        return Written.PERCENT
    if number in _DAY_IDS or _DAY.search(plain):
        return Written.DAY
    return Written.NUMBER


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0
