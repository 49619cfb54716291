"""Numbers, yes or no, days and moments as people write them in forms: certain, ambiguous, or unreadable.

A text that can be read in one way only is `Certain`. One that can be read in two ways is `Ambiguous` and becomes a
question to the applicant, never a guess: ``1,5``, ``△3``, ``없음``, ``01/02/2023``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Generic, TypeVar

from smartcert.characters import UNSEEN
from smartcert.io.formats import limits
from smartcert.io.formats import text as scalars
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.grid import COLOURED_AS_GROUND, CellType, RawCell
from smartcert.io.formats.marked_text import MARKS, STRIKE, normalise, remove_marks, remove_struck
from smartcert.io.formats.text import NotReadableError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import BandScale, CountScale, Indicator, LinearScale, YesNoScale
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.catalogue import add_particle

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Certain(Generic[T]):
    """The value of a text that can be read in one way only."""

    value: T


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A text to be asked about: why, and the values that it may mean, as ``measurements.csv`` writes them."""

    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no value; ``wanted`` is what was expected."""

    wanted: str


Interpretation = Certain[T] | Ambiguous | Unreadable


def clean_text(text: str) -> str:
    """Return ``text`` with full-width characters and the minus sign as plain ones, and blanks as single spaces.

    Raised and circled signs stay what they are: 12 with the footnote 1 is not 121.

    >>> clean_text("１，２３４　명 "), clean_text("12①")
    ('1,234 명', '12①')
    """
    return " ".join(normalise(text).replace("，", ",").replace("\u2212", "-").split())


def fold_text(text: str) -> str:
    """Return a cleaned text without blanks and capitals, as words are compared."""
    return text.replace(" ", "").casefold()


_PERCENT_WORDS = ("%", "퍼센트", "프로", "percent", "per cent", "pct")
_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?|[+-]?\.[0-9]{1,18}")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,18})?")
_COMMA = re.compile(r"[+-]?[0-9]{1,18},[0-9]{1,18}")
_HEAD = re.compile(r"(?P<number>[+-]?(?:[0-9][0-9.,]*|\.[0-9]+))\s*(?P<unit>.*)", re.DOTALL)
_RANGE = re.compile(r"([0-9][0-9.,]*)\s*[^0-9.,]{0,6}\s*[~〜∼–—-]\s*([0-9][0-9.,]*)")
# 1.234,5 and 1.234.567: thousands with points, as some systems of other languages write them
_POINTED = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]{1,18})|([+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,})")
_POWER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?e[+-]?[0-9]{1,2}", re.IGNORECASE)
_CALENDAR = re.compile(
    r"[0-9]{4}\s*[-./년]\s*[0-9]{1,2}(?:\s*[-./월]\s*(?:[0-9]{1,2}\s*[.일]?)?)?|[0-9]{1,2}월(?:\s*[0-9]{1,2}일)?|[0-9]{4}년"
)
_TRIANGLE = re.compile(r"[△▲▽▼]\s*([0-9][0-9.,]*)")
_BRACKETS = re.compile(r"\(([0-9][0-9.,]*)\)")
_HUNDREDS = re.compile(r"[0-9.,]*\s*(?:[십백천만억조]+)")
_ABOUT = re.compile(r"^(?:약|대략|about|ca\.?|approx\.?|≈|~|≒)|(?:여|이상|이하|내외|정도|미만|초과)(?:\s*[가-힣%]*)$")
_SIGNIFICANT = 15
_MANY_PERCENT = 5
_NUMBER_WANTED = "a number, or a word for absent (미제출) or not applicable (해당 없음)"


_MINUS = Text(ko="빼기를 뜻할 수 있는 세모", en="a triangle, which may mean minus")
_LIKE_A_DAY = Text(ko="날짜로 보이는 글", en="a text that looks like a day")
_AS_A_POWER = Text(ko="지수로 적은 수", en="a number written with a power of ten")
_IN_BRACKETS = Text(ko="괄호에 적은 수", en="a number in brackets")


def interpret_number(cell: RawCell, text: str, indicator: Indicator, unit: str) -> Interpretation[Value]:
    """Return a cleaned text as a number of the indicator; ``unit`` is what the form itself states, if any."""
    if cell.cell_type in (CellType.NUMBER, CellType.PERCENT):
        read = parse_stored_number(text)
        if read is None:
            return Unreadable("a number of at most 18 digits")
        return _interpret_in_unit(read, indicator, unit, cell.cell_type is CellType.PERCENT)
    if _CALENDAR.fullmatch(text) and not _PLAIN.fullmatch(text):
        return Ambiguous(_LIKE_A_DAY, _MISSING_WORDS)
    power = parse_stored_number(text) if _POWER.fullmatch(text) else None
    if power is not None:
        return Ambiguous(_AS_A_POWER, (format_exact(power),))
    for pattern, why in ((_TRIANGLE, _MINUS), (_BRACKETS, _IN_BRACKETS)):
        match = pattern.fullmatch(text)
        if match:
            inner = match[1].replace(",", "")
            return Ambiguous(why, (f"-{inner}", inner))
    match = _RANGE.search(text)
    if match and not _PLAIN.fullmatch(text):
        return Ambiguous(
            Text(ko="범위로 적은 값", en="a range"), tuple(part.replace(",", "") for part in match.groups())
        )
    if _ABOUT.search(text):
        digits = re.sub(r"[^0-9.]", "", text)
        return Ambiguous(Text(ko="어림값", en="not exact"), (digits,)) if digits else Unreadable(_NUMBER_WANTED)
    worded = _interpret_worded_number(text, indicator, unit)
    near = _NEARLY.fullmatch(text)
    plain = _BETWEEN_GROUPS.sub("", near[1]) if near else text
    if plain != text and isinstance(worded, Unreadable):
        readings = _list_readings(_interpret_worded_number(plain, indicator, unit))
        return Ambiguous(_SIGNS_AROUND, readings) if readings else worded
    return worded


# '12, ="12", 12., 1 234, 1'234: a number with what programs or typists put around it
_NEARLY = re.compile(
    r"""=?['"]?\s*([+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:[ '’][0-9]{3}){1,5})(?:\.[0-9]{1,18})?)\s*['".]?"""
)
_BETWEEN_GROUPS = re.compile("[ '’]")
_SIGNS_AROUND = Text(ko="다른 글자가 섞인 수", en="a number with other signs around it or in it")


def _interpret_worded_number(text: str, indicator: Indicator, unit: str) -> Interpretation[Value]:
    match = _HEAD.fullmatch(text)
    if not match:
        return Unreadable(_NUMBER_WANTED)
    digits, tail = match["number"], match["unit"].strip().rstrip(".").strip().casefold()
    read = _interpret_digits(digits)
    is_own_unit = fold_text(tail) in _unit_names(indicator)
    if not is_own_unit and any(sign.isdigit() for sign in tail):
        return Unreadable("one plain number, with nothing but its unit behind it")
    if not isinstance(read, Certain):
        return read
    if tail and not is_own_unit and _HUNDREDS.fullmatch(f"{digits}{tail[:1]}"):
        return Ambiguous(
            Text(ko=f"말로 적은 수({tail[:3]})", en=f"a number in words ({tail[:3]})"),
            _convert_worded(read.value, tail, indicator),
        )
    percent = tail in _PERCENT_WORDS
    if tail and not percent and not is_own_unit:
        return Ambiguous(_describe_other_unit(tail, indicator), _convert_worded(read.value, tail, indicator))
    if percent and not _is_percent(indicator):
        return Ambiguous(_describe_other_unit("%", indicator), (format_exact(read.value),))
    return _interpret_in_unit(read.value, indicator, unit, percent=percent, has_unit=bool(tail))


def _interpret_digits(text: str) -> Interpretation[Fraction]:
    if _PLAIN.fullmatch(text):
        return Certain(Fraction(text.removeprefix("+")))
    if _GROUPED.fullmatch(text):
        return Certain(Fraction(text.replace(",", "").removeprefix("+")))
    if _COMMA.fullmatch(text):
        return Ambiguous(
            Text(ko="쉼표가 소수점일 수 있음", en="a comma that may be a decimal point"),
            tuple(format_exact(Fraction(text.replace(",", by).removeprefix("+"))) for by in (".", "")),
        )
    if text.count(".") > 1 or "," in text:
        pointed = _POINTED.fullmatch(text)
        if pointed:
            figure = f"{pointed[1]},{pointed[2]}" if pointed[1] else pointed[3]
            likely = figure.replace(".", "").replace(",", ".")
        else:
            likely = "" if text.count(".") > 1 else re.sub("[.,]", "", text)
        return Ambiguous(
            Text(ko="점과 쉼표의 자리가 맞지 않음", en="points and commas in unusual places"),
            (format_exact(Fraction(likely.removeprefix("+"))),) if likely else (),
        )
    return Unreadable("a number of at most 18 digits")


def _interpret_in_unit(
    value: Fraction, indicator: Indicator, unit: str, percent: bool, *, has_unit: bool = False
) -> Interpretation[Value]:
    stated = {fold_text(part) for part in (clean_text(unit), *clean_text(unit).split("/")) if part.strip()}
    if stated and not stated & _unit_names(indicator):
        return Ambiguous(_describe_other_unit(unit, indicator), (format_exact(value),))
    if percent and not has_unit and _is_percent(indicator):
        value *= 100  # a cell shown as 45 % holds 0.45
    elif percent and not _is_percent(indicator):
        return Ambiguous(_describe_other_unit("%", indicator), (format_exact(value), format_exact(100 * value)))
    elif _is_percent(indicator) and not percent and 0 < value < 1 and _largest_scale_value(indicator) >= _MANY_PERCENT:
        return Ambiguous(
            Text(ko="비율인지 백분율인지 알 수 없음", en="a share or a percentage"),
            (format_exact(value), format_exact(100 * value)),
        )
    if isinstance(indicator.scale, CountScale) and (value.denominator != 1 or value < 0):
        return Unreadable("a whole number from 0 on, as it is counted")
    try:
        scalars.parse_decimal(format_exact(value))
    except NotReadableError as error:
        return Unreadable(str(error))
    return Certain(value)


def parse_stored_number(text: str) -> Fraction | None:
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


def _describe_other_unit(unit: str, indicator: Indicator) -> Text:
    wanted, given = indicator.unit, clean_text(unit)[:20]
    korean = f"단위가 {add_particle(wanted.ko, '이/가')} 아니라 {given}"
    return Text(ko=korean, en=f"the unit '{given}' instead of '{wanted.en}'")


def _unit_names(indicator: Indicator) -> frozenset[str]:
    written = (indicator.unit.ko, indicator.unit.en, *filter(None, (indicator.unit_one,)))
    own = {fold_text(clean_text(name)) for name in written}
    own |= {name.removesuffix("s") for name in own}
    return frozenset(own | ({fold_text(name) for name in _PERCENT_WORDS} if "%" in own else set()))


def _largest_scale_value(indicator: Indicator) -> Fraction:
    """Return the largest number of the scale, 100 where it has none: a guess of how large an honest value may be."""
    match indicator.scale:
        case BandScale(bands=bands):
            return max(abs(band.bound) for band in bands)
        case LinearScale(zero_at=zero_at, full_at=full_at):
            return max(abs(zero_at), abs(full_at))
    return Fraction(100)


def _is_percent(indicator: Indicator) -> bool:
    return indicator.unit.ko.strip() == "%"


_WORDED_UNIT = re.compile(r"([십백천]?)([만억조]?)(.*)", re.DOTALL)
_POWERS = {"": 1, "십": 10, "백": 100, "천": 1000, "만": 10**4, "억": 10**8, "조": 10**12}


def _split_worded_unit(unit: str) -> tuple[int, str]:
    """Return the number that a unit begins with and the unit behind it: 10^6 and 원 of 백만원."""
    hundreds, thousands, rest = _WORDED_UNIT.fullmatch(fold_text(clean_text(unit))).groups()  # type: ignore[union-attr]
    return _POWERS[hundreds] * _POWERS[thousands], rest


def _convert_worded(value: Fraction, tail: str, indicator: Indicator) -> tuple[str, ...]:
    """Return what a number with a worded unit may mean in the indicator's own, the likely figure first.

    3천건 is 3000 or 3 where 건 is wanted, 1,234천원 is 1.234 or 1234 in 백만원, and 12건 is 12 where 명 is wanted.
    """
    (power, rest), (own, own_rest) = _split_worded_unit(tail), _split_worded_unit(indicator.unit.ko)
    own_kind = rest in ("", own_rest)
    figures = (value * power / own, value) if own_kind else (value, value * power)
    return tuple(dict.fromkeys(format_exact(figure) for figure in figures))


ABSENT_WORDS = frozenset({"미제출", "absent", "notgiven", "notsubmitted"})
NOT_APPLICABLE_WORDS = frozenset({"해당없음", "해당사항없음", "notapplicable", "n/a", "na", "not_applicable"})
_UNCLEAR_WORDS = frozenset(
    {"없음", "-", "–", "—", "―", "x", "무", "none", "nil", "nothing", ".", "?", "미상", "확인중", "tbd"}
)
_YES = frozenset(
    {"예", "네", "유", "o", "○", "◯", "〇", "yes", "y", "true", "있음", "보유", "시행", "1", "✓", "✔", "v"}
)
_NO = frozenset({"아니오", "아니요", "무", "x", "×", "✕", "no", "n", "false", "미보유", "미시행", "0"})
_YES_NO_WORDS = {"1": "yes", "0": "no"}
_MISSING_WORDS = tuple(missing.value for missing in Missing)
_MISSING_BY_WORD = dict.fromkeys(ABSENT_WORDS, Missing.ABSENT) | dict.fromkeys(
    NOT_APPLICABLE_WORDS, Missing.NOT_APPLICABLE
)
_EMPTY = Text(ko="빈 칸", en="an empty cell")
_ERROR = Text(ko="스프레드시트 오류", en="an error of the spreadsheet")
_UNCLEAR = Text(
    ko="0, 미제출, 해당 없음 가운데 무엇인지 알 수 없는 말", en="a word that may mean zero, absent or not applicable"
)
_A_DAY = Text(ko="날짜로 표시된 숫자", en="a number that is shown as a day")
_STRUCK = Text(ko="취소선이 그어진 글자가 있는 칸", en="letters that are struck out")
HIDDEN = "a hidden cell"
"""The doubt of a cell that nobody sees, because its row, its column or its sheet is hidden."""

_FOOTNOTE = Text(ko="각주 표시로 보이는 글자가 붙은 값", en="a sign that may be a footnote's")
_DOUBTS = {
    "a formula without a value": Text(ko="계산된 값이 없는 수식", en="a formula without a value"),
    "a tracked change": Text(ko="변경 추적이 남은 칸", en="a tracked change"),
    "struck out": Text(ko="취소선이 그어진 칸", en="a cell that is struck out"),
    "a raised cell": Text(ko="위 첨자나 아래 첨자로 적은 칸", en="a cell in raised or lowered letters"),
    "a number shown in another way": Text(
        ko="표시 형식 때문에 다르게 보이는 수", en="a number that its format shows in another way"
    ),
    "text of an old format": Text(
        ko="취소선이나 위 첨자를 알 수 없는 파일 형식의 글자",
        en="text in a format that hides raised and struck letters",
    ),
    "a row longer than its heading": Text(
        ko="제목 줄보다 칸이 많은 줄(값 안의 쉼표로 보임)",
        en="a row longer than its heading, as by a comma in a figure",
    ),
    "a comma that may part a figure": Text(
        ko="천 단위 쉼표로 나뉜 값으로 보임", en="a comma that may part one figure into two cells"
    ),
    "more than text": Text(
        ko="글 말고 다른 것(표, 그림, 수식, 자동 번호)이 함께 있는 칸",
        en="a cell with more than text: a table, a picture, an equation or a number of its own",
    ),
    COLOURED_AS_GROUND: Text(
        ko="바탕과 같은 색이어서 보이지 않는 글자가 있는 칸", en="a cell with letters in the colour of their ground"
    ),
    HIDDEN: Text(ko="숨긴 행, 열이나 시트에 적힌 값", en="a value in a hidden row, column or sheet"),
    "several cells under one heading": Text(
        ko="한 제목 아래 여러 칸에 값이 있음", en="several cells with values under one heading"
    ),
}


def interpret_figure(cell: RawCell, indicator: Indicator, unit: str = "") -> Interpretation[Value]:
    """Return a cell as a value of the indicator. ``unit`` is the unit that the form itself states, if any.

    Limits are not checked here: a value beyond them is `Certain` too.
    """
    read = _interpret_marked(cell, indicator, unit)
    if not cell.doubt:
        return read
    readings = _list_readings(read)
    if isinstance(indicator.scale, YesNoScale):
        readings = tuple(_YES_NO_WORDS.get(reading, reading) for reading in readings)
    missing = tuple(word for word in _MISSING_WORDS if word not in readings)
    if cell.doubt == "struck out":
        readings, missing = (*missing, *readings), ()
    return Ambiguous(_DOUBTS.get(cell.doubt, Text(ko=cell.doubt, en=cell.doubt)), (*readings, *missing))


def _interpret_marked(cell: RawCell, indicator: Indicator, unit: str) -> Interpretation[Value]:
    """Return a cell as a value; with raised, circled or struck letters it is a question, never a joined number."""
    if cell.cell_type is not CellType.TEXT:
        return _check_shown(cell, indicator, unit, _interpret_without_doubt(cell, indicator, unit))
    if cell.shown is not None:
        return _interpret_hidden_text(cell, indicator, unit)
    plain = remove_struck(cell.text)
    unmarked = _FOOTNOTE_BEHIND.sub(r"\1", remove_marks(plain))
    if unmarked == cell.text:
        return _interpret_without_doubt(cell, indicator, unit)
    if plain == cell.text and not unmarked.strip():
        return Ambiguous(_FOOTNOTE, (*_list_readings(_interpret_circled(cell, indicator, unit)), *_MISSING_WORDS))
    read = _interpret_without_doubt(replace(cell, text=unmarked), indicator, unit)
    if plain != cell.text:
        struck = "" if plain.strip() else cell.text.replace(STRIKE, "")
        after = _list_readings(_interpret_without_doubt(replace(cell, text=struck), indicator, unit)) if struck else ()
        first = _list_readings(read) if plain.strip() else _MISSING_WORDS
        return Ambiguous(_STRUCK, (*first, *after))
    if MARKS.search(cell.text) and isinstance(read, Unreadable):
        return Ambiguous(_FOOTNOTE, ())
    return Ambiguous(_FOOTNOTE, _list_readings(read)) if _list_readings(read) else read


def _interpret_circled(cell: RawCell, indicator: Indicator, unit: str) -> Interpretation[Value]:
    """Return what raised or circled signs that stand alone would be as plain ones: 12 for ⑫."""
    return _interpret_without_doubt(replace(cell, text=unicodedata.normalize("NFKC", cell.text)), indicator, unit)


# 12 1), 12주1), 12(주1), 12*: what typists put behind a figure
_FOOTNOTE_BEHIND = re.compile(
    r"^(\s*[+-]?[0-9][0-9.,]*\s?[^\W\d_]{0,4}?)\s*"
    r"(?:\*{1,3}|[†‡※]+[0-9]?|주?\s?[0-9]{0,2}\)|[(\[]\s?주\s?[0-9]{0,2}\s?[)\]]|\[[0-9]{1,2}\]|주[0-9]{1,2})\s*$"
)


def _interpret_hidden_text(cell: RawCell, indicator: Indicator, unit: str) -> Interpretation[Value]:
    """Return what to ask about a text that its format shows in another way."""
    stored = _list_readings(_interpret_without_doubt(replace(cell, shown=None), indicator, unit))
    shown = _interpret_without_doubt(RawCell(cell.shown or ""), indicator, unit)
    readings = tuple(dict.fromkeys((*_list_readings(shown, missing=True), *stored)))
    if stored and readings == stored:
        return _interpret_without_doubt(replace(cell, shown=None), indicator, unit)
    return Ambiguous(_describe_shown(cell.shown or ""), readings)


def _check_shown(cell: RawCell, indicator: Indicator, unit: str, read: Interpretation[Value]) -> Interpretation[Value]:
    """Return ``read``, or a question where the format of the number shows a person something else.

    A number that is rounded to some decimals is still that number; one that is shown as a whole number and is none is
    asked about.
    """
    if cell.shown is None or not isinstance(read, Certain) or not isinstance(read.value, Fraction):
        return read
    shown = clean_text(cell.shown)
    stored = (format_exact(read.value),)
    if not shown:
        return Ambiguous(_describe_shown(shown), (*stored, *_MISSING_WORDS))
    seen = _interpret_without_doubt(RawCell(shown), indicator, unit)
    readings = _list_readings(seen, missing=True)
    if stored[0] in readings and (not isinstance(seen, Ambiguous) or seen.why in _SIGNS_OF_FORMATS):
        return read
    if isinstance(seen, Certain) and isinstance(seen.value, Fraction):
        decimals = len(_DECIMALS.search(shown)[1]) if _DECIMALS.search(shown) else 0  # type: ignore[index]
        is_rounded = abs(seen.value - read.value) <= Fraction(1, 2 * 10**decimals)
        if is_rounded and decimals and seen.value:
            return read
        first = (*stored, *readings) if is_rounded else (*readings, *stored)
        return Ambiguous(_describe_shown(shown), first)
    return Ambiguous(_describe_shown(shown), tuple(dict.fromkeys((*readings, *stored))))


_DECIMALS = re.compile(r"\.([0-9]+)")
_SIGNS_OF_FORMATS = (_MINUS, _IN_BRACKETS, _UNCLEAR, _SIGNS_AROUND)
"""What a format may show around a number that is asked about where it is typed: △3, (3), - for zero, 3."""


def _describe_shown(shown: str) -> Text:
    if not shown:
        return Text(ko="표시 형식 때문에 보이지 않는 값", en="a value that its format hides")
    seen = add_particle(f"‘{shown[:30]}’", "으로/로")
    return Text(ko=f"표시 형식 때문에 {seen} 보이는 값", en=f"a value that its format shows as '{shown[:30]}'")


def _interpret_without_doubt(cell: RawCell, indicator: Indicator, unit: str) -> Interpretation[Value]:
    text = clean_text(cell.text[: limits.FIGURE_LENGTH])
    if len(cell.text) > limits.FIGURE_LENGTH or UNSEEN.search(cell.text):
        return Unreadable(f"at most {limits.FIGURE_LENGTH} visible characters")
    word = fold_text(text)
    if not text or cell.cell_type is CellType.ERROR or text.startswith("#"):
        return Ambiguous(_EMPTY if not text else _ERROR, _MISSING_WORDS)
    if word in _MISSING_BY_WORD:
        return Certain(_MISSING_BY_WORD[word])
    if isinstance(indicator.scale, YesNoScale):
        return _interpret_yes_no(cell, word)
    if word in _UNCLEAR_WORDS:
        return Ambiguous(_UNCLEAR, ("0", *_MISSING_WORDS))
    if cell.cell_type.is_day:
        return Ambiguous(_A_DAY, (text, *_MISSING_WORDS))
    return (
        Unreadable("a number") if cell.cell_type is CellType.YES_NO else interpret_number(cell, text, indicator, unit)
    )


def interpret_yes_no(cell: RawCell) -> Interpretation[bool]:
    """Return a cell as yes or no; an empty one is unreadable."""
    read = _interpret_yes_no(cell, fold_text(clean_text(cell.text)))
    return Certain(bool(read.value)) if isinstance(read, Certain) else read


def interpret_grade(cell: RawCell, words: dict[str, EvidenceGrade]) -> Interpretation[EvidenceGrade | None]:
    """Return the evidence grade that a cell names, in any language that ``words`` know; None where it is empty."""
    word = fold_text(clean_text(cell.text))
    if not word:
        return Certain(None)
    return (
        Certain(words[word])
        if word in words
        else Unreadable("one of: " + ", ".join(known.value for known in EvidenceGrade))
    )


def _interpret_yes_no(cell: RawCell, word: str) -> Interpretation[Value]:
    if cell.cell_type is CellType.ERROR:
        return Ambiguous(_ERROR, ("yes", "no"))
    boxes = interpret_boxes(word)
    if boxes is not None:
        return boxes
    if word in _YES and word not in _NO:
        return Certain(Fraction(1))
    if word in _NO and word != "무":
        return Certain(Fraction(0))
    if word in ("△", "무", "없음", "-", "일부", "부분"):
        return Ambiguous(
            Text(ko="예, 아니요, 미제출 가운데 무엇인지 알 수 없는 말", en="a word between yes, no and absent"),
            ("yes", "no", *_MISSING_WORDS),
        )
    return Unreadable("yes or no (예, 아니요)")


_FILLED, _EMPTY_BOX = "■☑☒✓✔√✅●◉⦿▣◼⬛", "□☐○◯〇◻⬜▢"
_IN_BRACKET_MARKS = "ovx○●■√✓✔*"
_BOX = re.compile(
    rf"(?P<filled>[{_FILLED}])|(?P<bracket>[(\[](?P<mark>[{_IN_BRACKET_MARKS}]?)[)\]])|(?P<empty>[{_EMPTY_BOX}])"
)
_CHOICES = re.compile(
    r"(?P<yes>예|네|유|있음|yes)|(?P<no>아니오|아니요|무|없음|no)|(?P<other>해당(?:사항)?없음|미제출)"
)
_BOTH_OR_NONE = Text(ko="표시가 하나가 아닌 선택란", en="boxes of which not exactly one is marked")


def interpret_boxes(word: str) -> Interpretation[Value] | None:
    """Return what is ticked in a cell such as ``■예□아니오`` or ``예(○),아니오()``; None where it has no boxes.

    ``word`` is folded. Yes or no where exactly one choice is marked, a question where none or several are; a box alone
    is marked or not. A circle is a box to tick only beside choices; alone it means yes.
    """
    boxes = list(_BOX.finditer(word))
    if not boxes or word in _YES or (len(boxes) == 1 and boxes[0]["empty"] in tuple("○◯〇") and len(word) == 1):
        return None
    rest = _BOX.sub(" ", word)
    choices = _split_choices(word, boxes)
    if choices is None:
        return None
    marked = [choice for choice, filled in choices if filled]
    others = {name for name in re.split(r"[\s,/·|:]+", rest) if name}
    if any(_CHOICES.fullmatch(name) is None for name in others):
        return None
    if len(marked) == 1 and marked[0] in ("yes", "no"):
        return Certain(Fraction(int(marked[0] == "yes")))
    if len(marked) == 1 and marked[0] in _MISSING_BY_WORD:
        return Certain(_MISSING_BY_WORD[marked[0]])
    return Ambiguous(_BOTH_OR_NONE, ("yes", "no", *_MISSING_WORDS))


def _split_choices(word: str, boxes: list[re.Match[str]]) -> list[tuple[str, bool]] | None:
    """Return the choices of a cell, each with whether it is marked; None where they do not pair with the boxes."""
    names = [(match.start(), match.lastgroup or "", match.group()) for match in _CHOICES.finditer(word)]
    # a circle is the mark itself where it stands between brackets or beside empty brackets, else a box that is empty
    filled = [bool(box["filled"] or box["mark"]) for box in boxes]
    if not names:
        return [("yes", filled[0])] if len(boxes) == 1 else None
    if len(names) != len(boxes):
        return None
    behind = names[0][0] < boxes[0].start()
    pairs = zip(names, boxes, filled, strict=True)
    result = []
    for (start, group, text), box, is_filled in pairs:
        if (start < box.start()) is not behind:
            return None
        result.append((text if group == "other" else group, is_filled))
    return result


def _list_readings(read: Interpretation[Value], *, missing: bool = False) -> tuple[str, ...]:
    """Return the figures that a reading may mean, the likely one first; with ``missing`` the words for none too."""
    if missing and isinstance(read, Certain) and isinstance(read.value, Missing):
        return (read.value.value,)
    if isinstance(read, Ambiguous):
        return tuple(reading for reading in read.readings if missing or reading not in _MISSING_WORDS)
    if isinstance(read, Certain) and isinstance(read.value, Fraction):
        return (format_exact(read.value),)
    return ()


EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
"""The first day that is accepted, and the day after the last: 1899 is a spreadsheet's zero, 9999 often means never."""

_YEAR_FIRST = re.compile(
    r"([0-9]{4})\s*[-./년]\s*([0-9]{1,2})\s*[-./월]\s*([0-9]{1,2})\s*[.일]?(?:\s*\([월화수목금토일]\))?"
)
_EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TWO_DIGIT_YEAR = re.compile(r"'?([0-9]{2})[-./]\s*([0-9]{1,2})[-./]\s*([0-9]{1,2})\.?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-./]([0-9]{1,2})[-./]([0-9]{4})")
_ENGLISH_DAY = re.compile(r"(?:([0-9]{1,2})\s+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*\s+([0-9]{1,2}))[.,]?\s+([0-9]{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(
    r"(?:(오전|오후)\s*)?([0-9]{1,2})\s*[:시]\s*(?:([0-9]{1,2})\s*분?)?(?::([0-9]{2})(?:\.0+)?)?\s*(am|pm)?"
)
_SPREADSHEET_DAY_ZERO = date(1899, 12, 30)
_MAC_DAY_ZERO = date(1904, 1, 1)
_DAY_WANTED = "a day such as 2023-10-24, 2023.10.24., 2023년 10월 24일 or 20231024"


def interpret_day(cell: RawCell) -> Interpretation[date]:
    """Return a cell as a day; ambiguous where two spellings give two days from `EARLIEST` to before `LATEST`."""
    text = clean_text(cell.text).casefold()
    counted = cell.cell_type.is_day or (cell.cell_type is CellType.NUMBER and not _EIGHT_DIGITS.fullmatch(text))
    if counted and re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?", text):
        return _check_day(_day_zero(cell) + timedelta(days=int(float(text))))
    return _interpret_spelling(text)


def interpret_moment(cell: RawCell) -> Interpretation[datetime]:
    """Return a cell as a moment in Korean time: a day in any spelling of `interpret_day`, then a time of day."""
    text = clean_text(cell.text).casefold()
    if cell.cell_type.is_day and re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?", text):
        days, seconds = divmod(round(float(text) * 86_400), 86_400)
        read = _check_day(_day_zero(cell) + timedelta(days=days))
        clock: time | None = (datetime.min + timedelta(seconds=seconds)).time()
    else:
        match = re.search(rf"[t ]\s*({_CLOCK.pattern})$", text)
        if not match:
            return Unreadable("a moment such as 2023-10-24 18:00")
        read, clock = _interpret_spelling(text[: match.start()].strip()), _parse_clock(match[1])
    if clock is None:
        return Unreadable("a time of day such as 18:00")
    if isinstance(read, Certain):
        return Certain(datetime.combine(read.value, clock, KOREAN_TIME))
    return read


def _day_zero(cell: RawCell) -> date:
    return _MAC_DAY_ZERO if cell.cell_type is CellType.DAY_1904 else _SPREADSHEET_DAY_ZERO


def _interpret_spelling(text: str) -> Interpretation[date]:
    for pattern in (_YEAR_FIRST, _EIGHT_DIGITS):
        match = pattern.fullmatch(text)
        if match:
            return _choose_day([tuple(int(part) for part in match.groups())])
    match = _TWO_DIGIT_YEAR.fullmatch(text)
    if match:
        first, second, third = (int(part) for part in match.groups())
        both = [(2000 + first, second, third), (2000 + third, second, first)]
        return _choose_day(both[:1] if text.startswith("'") else both)
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, second, third = (int(part) for part in match.groups())
        return _choose_day([(third, first, second), (third, second, first)])
    match = _ENGLISH_DAY.fullmatch(text)
    if match:
        name = match[2] or match[3]
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
        return _choose_day([(int(match[5]), month, int(match[1] or match[4]))])
    return Unreadable(_DAY_WANTED)


def _choose_day(readings: Sequence[Sequence[int]]) -> Interpretation[date]:
    days: dict[date, None] = {}
    for year, month, day in readings:
        try:
            days[date(year, month, day)] = None
        except ValueError:
            continue
    likely = [possible for possible in days if EARLIEST <= possible < LATEST]
    if len(likely) > 1:
        return Ambiguous(
            Text(ko="두 날로 읽히는 날짜", en="a day that may be read in two ways"),
            tuple(possible.isoformat() for possible in likely),
        )
    return _check_day(likely[0] if likely else next(iter(days), None))


def _check_day(day: date | None) -> Interpretation[date]:
    if day is None:
        return Unreadable(f"a day that exists, {_DAY_WANTED}")
    if not EARLIEST <= day < LATEST:
        return Unreadable(f"a day from {EARLIEST.year} to {LATEST.year - 1}, not {day.isoformat()}")
    return Certain(day)


def _parse_clock(text: str) -> time | None:
    match = _CLOCK.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[2]), int(match[3] or 0), int(match[4] or 0)
    half = {"오전": 0, "am": 0, "오후": 12, "pm": 12}.get(match[1] or match[5] or "")
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + half
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
