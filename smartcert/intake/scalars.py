"""One text to one value: numbers, days, moments, yes or no. Exact, and the same for every kind of file."""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

KOREAN_TIME = ZoneInfo("Asia/Seoul")
"""The time zone of every call; a moment without an offset is read in it."""

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_RATIO = re.compile(r"[0-9]{1,9}/[1-9][0-9]{0,8}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_FORMULA = ("=", "+", "-", "@")
_CLIP = 60


class NotReadableError(ValueError):
    """A text that is not what was wanted; says what was."""


def quoted(text: str) -> str:
    r"""Return ``text`` as a problem tells it: in quotes, on one line, cut where it is long.

    >>> quoted("a\nb")
    "'a\\nb'"
    """
    if not text:
        return "nothing"
    clipped = text if len(text) <= _CLIP else text[: _CLIP - 1] + "…"
    plain = clipped if clipped.isprintable() else repr(clipped)[1:-1]
    formula = " (a formula)" if text.startswith(_FORMULA) and text[1:2].isalpha() else ""
    return f"'{plain}'{formula}"


def whole(text: str) -> int:
    """Return a whole number. ``"1,000"``, ``"1_000"``, ``"5.0"`` and ``"007"`` are none.

    Raises:
        NotReadableError: the text is no whole number.
    """
    if not _WHOLE.fullmatch(text):
        raise NotReadableError("a whole number")
    return int(text)


def decimal(text: str) -> Fraction:
    """Return a plain decimal exactly: ``"1.10"`` is 11/10. No exponent, sign of percent, separator or NaN.

    Raises:
        NotReadableError: the text is no plain decimal number.
    """
    if not _DECIMAL.fullmatch(text):
        raise NotReadableError("a plain decimal number such as 12 or 3.5")
    return Fraction(text)


def exact(text: str) -> Fraction:
    """Return a plain decimal or a ratio such as ``"2/3"``, exactly.

    Raises:
        NotReadableError: the text is neither.
    """
    if not _RATIO.fullmatch(text) and not _DECIMAL.fullmatch(text):
        raise NotReadableError("a plain decimal number such as 3.5, or a ratio such as 2/3")
    return Fraction(text)


def percent(text: str) -> Fraction:
    """Return a percentage such as ``"70"`` or ``"70 %"`` as 70, exactly. A ratio is none.

    Raises:
        NotReadableError: the text is no percentage.
    """
    if not _DECIMAL.fullmatch(text.removesuffix("%").rstrip(" ")):
        raise NotReadableError("a percentage such as 70 or 70 %")
    return Fraction(text.removesuffix("%").rstrip(" "))


def yes_no(text: str) -> bool:
    """Return whether ``text`` says yes. ``yes``, ``true``, ``no``, ``false`` in small letters, nothing else.

    Raises:
        NotReadableError: the text is none of them.
    """
    if text not in _YES_NO:
        raise NotReadableError("yes or no")
    return _YES_NO[text]


def day(text: str) -> date:
    """Return a day written ``2023-10-24``.

    Raises:
        NotReadableError: it is written otherwise, or there is no such day.
    """
    if not _DAY.fullmatch(text):
        raise NotReadableError("a day written as 2023-10-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotReadableError("a day that exists, written as 2023-10-24") from None


def moment(text: str) -> datetime:
    """Return a moment in Korean time: ``2023-10-24 18:00``, with seconds or an offset (``+09:00``) where wanted.

    Raises:
        NotReadableError: it is written otherwise, or there is no such moment.
    """
    if not _MOMENT.fullmatch(text):
        raise NotReadableError("a moment written as 2023-10-24 18:00 (Korean time)")
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=KOREAN_TIME) if read.tzinfo is None else read.astimezone(KOREAN_TIME)
    except (ValueError, OverflowError):
        raise NotReadableError("a moment that exists, written as 2023-10-24 18:00 (Korean time)") from None


def month(text: str) -> str:
    """Return a month written ``2023-10``, as it is.

    Raises:
        NotReadableError: it is written otherwise.
    """
    if not _MONTH.fullmatch(text):
        raise NotReadableError("a month written as 2023-10")
    return text
