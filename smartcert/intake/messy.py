"""How people write values. What can be read in one way is read; what can be read in two is asked, never guessed.

"1,234명" in a column of people is 1234; "1,23" may be 1.23 or 123; "없음" may be zero, absent or not applicable.
"""

from __future__ import annotations

import re
from fractions import Fraction

from smartcert.intake import limits
from smartcert.intake.grid import RawCell, Written
from smartcert.intake.messy_numbers import written_number
from smartcert.intake.readings import Asked, Reading, Refused, Sure, cleaned, heard
from smartcert.intake.written import number
from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Indicator, YesNo

ABSENT_WORDS = frozenset({"미제출", "absent", "notgiven", "notsubmitted"})
NOT_APPLICABLE_WORDS = frozenset({"해당없음", "해당사항없음", "notapplicable", "n/a", "na", "not_applicable"})
_UNCLEAR_WORDS = frozenset(
    {"없음", "-", "–", "—", "―", "x", "무", "none", "nil", "nothing", ".", "?", "미상", "확인중", "tbd"}
)
_YES = frozenset(
    {"예", "네", "유", "o", "○", "◯", "〇", "yes", "y", "true", "있음", "보유", "시행", "1", "✓", "✔", "v"}
)
_NO = frozenset({"아니오", "아니요", "무", "x", "×", "✕", "no", "n", "false", "미보유", "미시행", "0"})
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NEITHER = tuple(one.value for one in Missing)
_MISSING = dict.fromkeys(ABSENT_WORDS, Missing.ABSENT) | dict.fromkeys(NOT_APPLICABLE_WORDS, Missing.NOT_APPLICABLE)
_EMPTY = Text(ko="빈 칸", en="an empty cell")
_ERROR = Text(ko="스프레드시트 오류", en="an error of the spreadsheet")
_UNCLEAR = Text(
    ko="0, 미제출, 해당 없음 가운데 무엇인지 알 수 없는 말", en="a word that may mean zero, absent or not applicable"
)
_A_DAY = Text(ko="날짜로 표시된 숫자", en="a number that is shown as a day")
_DOUBTS = {
    "a formula without a value": Text(ko="계산된 값이 없는 수식", en="a formula without a value"),
    "a tracked change": Text(ko="변경 추적이 남은 칸", en="a tracked change"),
}


def figure(cell: RawCell, indicator: Indicator, unit: str = "") -> Reading[Value]:
    """Return a cell as a value of the indicator. ``unit`` is the unit that the form itself states, if any.

    Limits are not held here: a value beyond them is read all the same.
    """
    if cell.doubt:
        return Asked(
            _DOUBTS.get(cell.doubt, Text(ko=cell.doubt, en=cell.doubt)),
            _told(_plainly(cell, indicator, unit)) + _NEITHER,
        )
    return _plainly(cell, indicator, unit)


def _plainly(cell: RawCell, indicator: Indicator, unit: str) -> Reading[Value]:
    text = cleaned(cell.text[: limits.FIGURE_LENGTH])
    if len(cell.text) > limits.FIGURE_LENGTH or _UNSEEN.search(cell.text):
        return Refused(f"at most {limits.FIGURE_LENGTH} visible characters")
    word = heard(text)
    if not text or cell.written is Written.ERROR or text.startswith("#"):
        return Asked(_EMPTY if not text else _ERROR, _NEITHER)
    if word in _MISSING:
        return Sure(_MISSING[word])
    if isinstance(indicator.scale, YesNo):
        return _yes_no(cell, word)
    if word in _UNCLEAR_WORDS:
        return Asked(_UNCLEAR, ("0", *_NEITHER))
    if cell.written is Written.DAY:
        return Asked(_A_DAY, (text, *_NEITHER))
    return Refused("a number") if cell.written is Written.YES_NO else written_number(cell, text, indicator, unit)


def yes_no(cell: RawCell) -> Reading[bool]:
    """Return a cell as yes or no; an empty one is refused."""
    read = _yes_no(cell, heard(cleaned(cell.text)))
    return Sure(bool(read.value)) if isinstance(read, Sure) else read


def grade(cell: RawCell, words: dict[str, EvidenceGrade]) -> Reading[EvidenceGrade | None]:
    """Return the evidence grade that a cell names, in any language that ``words`` know; None where it is empty."""
    word = heard(cleaned(cell.text))
    if not word:
        return Sure(None)
    return Sure(words[word]) if word in words else Refused("one of: " + ", ".join(one.value for one in EvidenceGrade))


def _yes_no(cell: RawCell, word: str) -> Reading[Value]:
    if cell.written is Written.ERROR:
        return Asked(_ERROR, ("yes", "no"))
    if word in _YES and word not in _NO:
        return Sure(Fraction(1))
    if word in _NO and word != "무":
        return Sure(Fraction(0))
    if word in ("△", "무", "없음", "-", "일부", "부분"):
        return Asked(
            Text(ko="예, 아니오, 미제출 가운데 무엇인지 알 수 없는 말", en="a word between yes, no and absent"),
            ("yes", "no", *_NEITHER),
        )
    return Refused("yes or no (예, 아니오)")


def _told(read: Reading[Value]) -> tuple[str, ...]:
    if isinstance(read, Asked):
        return tuple(one for one in read.readings if one not in _NEITHER)
    if isinstance(read, Sure) and isinstance(read.value, Fraction):
        return (number(read.value),)
    return ()
