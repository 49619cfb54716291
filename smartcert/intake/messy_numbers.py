"""How people write numbers: separators, units, percentages, ranges, words; and what a spreadsheet stored."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from smartcert.intake import scalars
from smartcert.intake.grid import RawCell, Written
from smartcert.intake.readings import Asked, Reading, Refused, Sure, cleaned, heard
from smartcert.intake.scalars import NotReadableError
from smartcert.intake.written import number
from smartcert.model.application import Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Bands, Counted, Indicator, Linear
from smartcert.reporting.particles import with_particle

_PERCENT_WORDS = ("%", "퍼센트", "프로", "percent", "per cent", "pct")
_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?|[+-]?\.[0-9]{1,18}")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,18})?")
_COMMA = re.compile(r"[+-]?[0-9]{1,18},[0-9]{1,18}")
_HEAD = re.compile(r"(?P<number>[+-]?(?:[0-9][0-9.,]*|\.[0-9]+))\s*(?P<unit>.*)", re.DOTALL)
_RANGE = re.compile(r"([0-9][0-9.,]*)\s*[^0-9.,]{0,6}\s*[~〜∼–—-]\s*([0-9][0-9.,]*)")
_TRIANGLE = re.compile(r"[△▲▽▼]\s*([0-9][0-9.,]*)")
_BRACKETS = re.compile(r"\(([0-9][0-9.,]*)\)")
_HUNDREDS = re.compile(r"[0-9.,]*\s*(?:[십백천만억조]+)")
_ABOUT = re.compile(r"^(?:약|대략|about|ca\.?|approx\.?|≈|~|≒)|(?:여|이상|이하|내외|정도|미만|초과)(?:\s*[가-힣%]*)$")
_SIGNIFICANT = 15
_MANY_PERCENT = 5
_NUMBER_WANTED = "a number, or a word for absent (미제출) or not applicable (해당 없음)"


_MINUS = Text(ko="빼기를 뜻할 수 있는 세모", en="a triangle, which may mean minus")
_IN_BRACKETS = Text(ko="괄호에 적은 수", en="a number in brackets")


def written_number(cell: RawCell, text: str, indicator: Indicator, unit: str) -> Reading[Value]:
    """Return a cleaned text as a number of the indicator; ``unit`` is what the form itself states, if any."""
    if cell.written in (Written.NUMBER, Written.PERCENT):
        read = shown_number(text)
        if read is None:
            return Refused("a number of at most 18 digits")
        return _in_unit(read, indicator, unit, cell.written is Written.PERCENT)
    for pattern, why in ((_TRIANGLE, _MINUS), (_BRACKETS, _IN_BRACKETS)):
        found = pattern.fullmatch(text)
        if found:
            inner = found[1].replace(",", "")
            return Asked(why, (f"-{inner}", inner))
    found = _RANGE.search(text)
    if found and not _PLAIN.fullmatch(text):
        return Asked(Text(ko="범위로 적은 값", en="a range"), tuple(part.replace(",", "") for part in found.groups()))
    if _ABOUT.search(text):
        digits = re.sub(r"[^0-9.]", "", text)
        return Asked(Text(ko="어림값", en="not exact"), (digits,)) if digits else Refused(_NUMBER_WANTED)
    return _worded(text, indicator, unit)


def _worded(text: str, indicator: Indicator, unit: str) -> Reading[Value]:
    found = _HEAD.fullmatch(text)
    if not found:
        return Refused(_NUMBER_WANTED)
    digits, tail = found["number"], found["unit"].strip().rstrip(".").strip().casefold()
    read = _grouped(digits)
    if not isinstance(read, Sure):
        return read
    if any(sign.isdigit() for sign in tail):
        return Refused("one plain number, with nothing but its unit behind it")
    own = heard(tail) in _units(indicator)
    if tail and not own and _HUNDREDS.fullmatch(f"{digits}{tail[:1]}"):
        return Asked(
            Text(ko=f"말로 적은 수({tail[:3]})", en=f"a number in words ({tail[:3]})"),
            (number(read.value), *_in_words(read.value, tail)),
        )
    percent = tail in _PERCENT_WORDS
    if tail and not percent and not own:
        return Asked(_other_unit(tail, indicator), (number(read.value),))
    if percent and not _is_percent(indicator):
        return Asked(_other_unit("%", indicator), (number(read.value),))
    return _in_unit(read.value, indicator, unit, percent=percent, said=bool(tail))


def _grouped(text: str) -> Reading[Fraction]:
    if _PLAIN.fullmatch(text):
        return Sure(Fraction(text.removeprefix("+")))
    if _GROUPED.fullmatch(text):
        return Sure(Fraction(text.replace(",", "").removeprefix("+")))
    if _COMMA.fullmatch(text):
        return Asked(
            Text(ko="쉼표가 소수점일 수 있음", en="a comma that may be a decimal point"),
            (text.replace(",", "."), text.replace(",", "")),
        )
    if text.count(".") > 1 or "," in text:
        return Asked(
            Text(ko="점과 쉼표의 자리가 맞지 않음", en="points and commas in unusual places"),
            (re.sub("[.,]", "", text),),
        )
    return Refused("a number of at most 18 digits")


def _in_unit(value: Fraction, indicator: Indicator, unit: str, percent: bool, *, said: bool = False) -> Reading[Value]:
    stated = {heard(part) for part in (cleaned(unit), *cleaned(unit).split("/")) if part.strip()}
    if stated and not stated & _units(indicator):
        return Asked(_other_unit(unit, indicator), (number(value),))
    if percent and not said and _is_percent(indicator):
        value *= 100  # a cell shown as 45 % holds 0.45
    elif percent and not _is_percent(indicator):
        return Asked(_other_unit("%", indicator), (number(value), number(100 * value)))
    elif _is_percent(indicator) and not percent and 0 < value < 1 and _highest(indicator) >= _MANY_PERCENT:
        return Asked(
            Text(ko="비율인지 백분율인지 알 수 없음", en="a share or a percentage"),
            (number(value), number(100 * value)),
        )
    if isinstance(indicator.scale, Counted) and (value.denominator != 1 or value < 0):
        return Refused("a whole number from 0 on, as it is counted")
    try:
        scalars.decimal(number(value))
    except NotReadableError as error:
        return Refused(str(error))
    return Sure(value)


def shown_number(text: str) -> Fraction | None:
    """Return a stored number as the spreadsheet shows it, to 15 digits: 0.30000000000000004 is 0.3."""
    try:
        stored = Decimal(text)
    except InvalidOperation:
        return None
    if not stored.is_finite() or abs(stored) >= 10**18 or (stored and stored.adjusted() < -_SIGNIFICANT):
        return None
    if stored == 0:
        return Fraction(0)
    digits = _SIGNIFICANT - 1 - stored.adjusted()
    return Fraction(round(stored, digits)) if digits > 0 else Fraction(stored)


def _other_unit(unit: str, indicator: Indicator) -> Text:
    wanted, found = indicator.unit, cleaned(unit)[:20]
    korean = f"단위가 {with_particle(wanted.ko, '이/가')} 아니라 {found}"
    return Text(ko=korean, en=f"the unit '{found}' instead of '{wanted.en}'")


def _units(indicator: Indicator) -> frozenset[str]:
    own = {heard(cleaned(name)) for name in (indicator.unit.ko, indicator.unit.en)}
    own |= {name.removesuffix("s") for name in own}
    return frozenset(own | ({heard(name) for name in _PERCENT_WORDS} if "%" in own else set()))


def _highest(indicator: Indicator) -> Fraction:
    """Return the largest number of the scale or, without one, 100: where that is small, so is an honest value."""
    match indicator.scale:
        case Bands(bands=bands):
            return max(abs(band.bound) for band in bands)
        case Linear(zero_at=zero_at, full_at=full_at):
            return max(abs(zero_at), abs(full_at))
    return Fraction(100)


def _is_percent(indicator: Indicator) -> bool:
    return indicator.unit.ko.strip() == "%"


def _in_words(value: Fraction, tail: str) -> tuple[str, ...]:
    power = {"십": 10, "백": 100, "천": 1000, "만": 10_000, "억": 10**8, "조": 10**12}[tail[0]]
    return (number(value * power),)
