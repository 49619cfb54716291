"""What a person sees of a number in a cell: the number as its format writes it, as far as that matters.

A format has up to four sections, for positive and negative numbers, zero and text, or conditions of its own
(ECMA-376, part 1, 18.8.31). Days are no matter of this module. Digits are rounded half up, as spreadsheets show them.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

from smartcert.lazy_dataclass import dataclass

BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    37: "#,##0 ;(#,##0)",
    38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)",
    41: '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-',
    42: '_-"₩"* #,##0_-;-"₩"* #,##0_-;_-"₩"* "-"_-;_-@_-',
    43: '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-',
    44: '_-"₩"* #,##0.00_-;-"₩"* #,##0.00_-;_-"₩"* "-"??_-;_-@_-',
    48: "##0.0E+0",
    49: "@",
}
"""Formats that a workbook names by number only; those of days are left out."""

_LONGEST = 200
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|(.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)")
_CURRENCY = re.compile(r"\$([^-\]]*)")
_DIGITS = "0#?"
_CONTEXT = Context(prec=400)


@dataclass(frozen=True, slots=True)
class _Section:
    """One section: what stands before and behind the number, and how the number is written."""

    parts: tuple[str, ...]
    """Literal texts, and ``\\0`` where the number or the text stands."""
    condition: tuple[str, Decimal] | None
    decimals: int
    thousands: int
    percents: int
    general: bool
    odd: bool
    """Whether the number is a fraction, has an exponent, or has literal text between its digits."""
    text: bool
    hides_zero: bool = False
    """Whether no digit is written where there is none, as by ``#,###``."""


def format_shown(code: str, value: str) -> str | None:
    """Return what a format shows of a stored number, without grouping; None where that cannot be said.

    An empty text means that nothing is seen. A format that is none, or too long to be one, shows the number.

    >>> format_shown('0;-0;"해당없음"', "0"), format_shown("#,##0", "1234"), format_shown(";;;", "12")
    ('해당없음', '1234', '')
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or len(code) > _LONGEST:
        return value
    section, own_sign = _choose_section(_split_sections(code), number)
    if section is None:
        return None
    if section.odd:
        return None
    if not any(part == "\0" for part in section.parts):
        return "".join(section.parts).strip()
    shown = number if own_sign else abs(number)
    text = _write_number(shown, section, value if own_sign else value.lstrip("-"))
    return "".join(text if part == "\0" else part for part in section.parts).strip()


def format_shown_text(code: str, text: str) -> str:
    """Return what a format shows of a text: by its fourth section, or by a single one for texts, else the text."""
    sections = _split_sections(code) if len(code) <= _LONGEST else ()
    chosen = sections[3] if len(sections) > 3 else next((section for section in sections if section.text), None)
    if chosen is None:
        return text
    return "".join(text if part == "\0" else part for part in chosen.parts)


def _choose_section(sections: tuple[_Section, ...], number: Decimal) -> tuple[_Section | None, bool]:
    """Return the section for a number, and whether the number is written with its own sign in it."""
    numeric = [section for section in sections[:3] if not (section.text and len(sections) > 1)]
    if not numeric:
        return None, True
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(section.condition, number):
                return section, True
        return None, True
    if number < 0 and len(numeric) > 1:
        return numeric[1], False
    if number == 0 and len(numeric) > 2:
        return numeric[2], True
    return numeric[0], True


def _holds(condition: tuple[str, Decimal], number: Decimal) -> bool:
    sign, bound = condition
    return {
        "<": number < bound,
        ">": number > bound,
        "=": number == bound,
        "<=": number <= bound,
        ">=": number >= bound,
        "<>": number != bound,
    }[sign]


def _write_number(number: Decimal, section: _Section, stored: str) -> str:
    if section.general:
        return stored
    scaled = number.scaleb(2 * section.percents - 3 * section.thousands)
    rounded = scaled.quantize(Decimal(1).scaleb(-section.decimals), ROUND_HALF_UP, _CONTEXT) if scaled else Decimal(0)
    if not rounded and section.hides_zero:
        return ""
    return f"{rounded or abs(rounded):f}"


@lru_cache(maxsize=1024)
def _split_sections(code: str) -> tuple[_Section, ...]:
    return tuple(_read_section(part) for part in _split_at_semicolons(code))


def _split_at_semicolons(code: str) -> list[str]:
    parts, current = [], ""
    for match in _TOKEN.finditer(code):
        if match.group() == ";":
            parts.append(current)
            current = ""
        else:
            current += match.group()
    return [*parts, current]


def _read_section(code: str) -> _Section:
    if code.strip().casefold() in ("general", "standard", "g/표준"):
        return _Section(("\0",), None, 0, 0, 0, general=True, odd=False, text=False)
    reader = _SectionReader()
    for match in _TOKEN.finditer(re.sub("(?i)general|g/표준", "\0", code)):
        reader.take(match)
    return reader.section()


class _SectionReader:
    """Collects the parts of a section."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._condition: tuple[str, Decimal] | None = None
        self._digits: list[str] = []
        self._point = self._general = self._text = self._odd = False
        self._percents = self._commas = 0

    def take(self, match: re.Match[str]) -> None:
        quoted, escaped, bracket, sign = match.groups()
        if bracket is not None:
            self._take_bracket(bracket)
        elif quoted is not None or escaped is not None:
            self._add(quoted if quoted is not None else escaped)
        elif sign is not None:
            self._take_sign(sign)

    def _take_bracket(self, text: str) -> None:
        condition, currency = _CONDITION.fullmatch(text.strip()), _CURRENCY.match(text)
        if condition:
            self._condition = (condition[1], Decimal(condition[2]))
        elif currency:
            self._add(currency[1])

    def _take_sign(self, sign: str) -> None:
        if sign in _DIGITS:
            self._take_digit(sign)
        elif sign == "." and not self._point and self._digits:
            self._point = True
        elif sign == "." and not self._point:
            self._point = True
            self._parts.append("\0")
        elif sign == "," and self._digits:
            self._commas += 1
        elif sign == "%":
            self._percents += 1
            self._add("%")
        elif sign in ("\0", "@"):
            self._general, self._text = sign == "\0", sign == "@"
            self._parts.append("\0")
        elif sign in "Ee/" and self._digits:
            self._odd = True
        else:
            self._add(sign)

    def _take_digit(self, sign: str) -> None:
        if not self._digits and "\0" not in self._parts:
            self._parts.append("\0")
        elif self._parts and self._parts[-1] != "\0" and self._parts[-1].strip():
            self._odd = True  # text between the digits
        self._digits.append("." + sign if self._point else sign)
        self._commas = 0  # only commas behind the last digit scale

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)

    def section(self) -> _Section:
        return _Section(
            parts=tuple(self._parts),
            condition=self._condition,
            decimals=sum(digit.startswith(".") for digit in self._digits),
            thousands=self._commas,
            percents=self._percents,
            general=self._general or (self._text and not self._digits),
            odd=self._odd,
            text=self._text,
            hides_zero=bool(self._digits) and not any("0" in digit for digit in self._digits),
        )
