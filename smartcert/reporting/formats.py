"""How are numbers, days, articles and other people's words written in Korean and in English?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from smartcert.characters import UNSEEN, UNSEEN_CLASS
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Citation
from smartcert.model.korean_time import KOREAN_TIME

if TYPE_CHECKING:  # a command that shows no points need not load what they are
    from smartcert.model.evaluation import Scorecard
    from smartcert.model.indicator import RoundingStep

Language = Literal["ko", "en"]

LANGUAGES: tuple[Language, ...] = ("ko", "en")
MAX_DIGITS = 4
"""Digits after the decimal point up to which a number is written out exactly."""

APPROXIMATELY = "≈"
_MINUS = "−"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ARTICLE_PATTERN = re.compile(r"(?P<article>\d+)(?:-(?P<branch>\d+))?(?:\((?P<paragraph>\d+)\)(?P<item>\d+)?)?")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_UNSEEN_OR_ISOLATE = re.compile(f"\u2068(?P<isolated>[^\u2068\u2069\n]*)\u2069|{UNSEEN.pattern}")
_UNSAFE = re.compile(f"[{UNSEEN_CLASS}\ud800-\udfff]")
"""What a reader does not see, and halves of characters, which cannot be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A number with the digits that a rule's rounding gives it: 1394 at one digit is shown as 1,394.0."""

    value: Fraction
    digits: int


def round_half_up(value: Fraction, digits: int) -> Fraction:
    """Return ``value`` rounded to ``digits`` after the decimal point; exactly half goes away from zero.

    >>> round_half_up(Fraction("0.25"), 1), round_half_up(Fraction("-0.25"), 1)
    (Fraction(3, 10), Fraction(-3, 10))
    """
    return Fraction(_scale_half_up(value.numerator, value.denominator, digits), 10**digits)


def _scale_half_up(numerator: int, denominator: int, digits: int) -> int:
    """Return a fraction times ten to the power of ``digits``, rounded half-up."""
    unit: int = 10**digits
    scaled = (2 * abs(numerator) * unit + denominator) // (2 * denominator)
    return scaled if numerator >= 0 else -scaled


def format_number(value: Fraction | int, digits: int = 0) -> str:
    """Return ``value`` with grouping and at least ``digits`` after the point, exactly or with the sign ≈.

    It is exact up to `MAX_DIGITS` digits (or ``digits``, if that is more). A half in the last digit shown goes up.

    >>> format_number(Fraction(13940, 10), 1), format_number(Fraction(4183, 3)), format_number(-5)
    ('1,394.0', '≈1,394.3333', '−5')
    """
    return _write_number(*value.as_integer_ratio(), digits)


@lru_cache(maxsize=16_384)
def _write_number(numerator: int, denominator: int, digits: int) -> str:
    # cached: the same points, marks and bounds come again in every table, and integers are found faster than fractions
    most = max(MAX_DIGITS, digits)
    scaled = _scale_half_up(numerator, denominator, most)
    exact = scaled * denominator == numerator * 10**most
    while most > digits and scaled % 10 == 0:
        scaled, most = scaled // 10, most - 1
    return ("" if exact else APPROXIMATELY) + _write_decimal(scaled, most)


def format_result(value: Fraction | int) -> str:
    """Return a number as the result of a sum: with = if it is exact, with ≈ if it is not.

    >>> format_result(Fraction(1, 2)), format_result(Fraction(1, 3))
    ('= 0.5', '≈ 0.3333')
    """
    shown = format_number(value)
    return f"{APPROXIMATELY} {shown.removeprefix(APPROXIMATELY)}" if shown.startswith(APPROXIMATELY) else f"= {shown}"


def format_rounded(value: Fraction | int, digits: int) -> str:
    """Return ``value`` rounded half-up to exactly ``digits`` digits, without a sign that it was rounded.

    For columns whose heading says that they are rounded; nothing is decided by such a number.
    """
    return _write_rounded(*value.as_integer_ratio(), digits)


@lru_cache(maxsize=4096)
def _write_rounded(numerator: int, denominator: int, digits: int) -> str:
    return _write_decimal(_scale_half_up(numerator, denominator, digits), digits)


def format_share(share: Fraction, bounds: Iterable[Fraction] = ()) -> str:
    """Return a share of points as every page writes it: in percent with one digit, a half rounded up.

    It has more digits where it would look as if it were on one of ``bounds``, shares too, or beyond it. What is
    public of a domain is a whole number of percent, rounded down, and no such share.

    >>> format_share(Fraction(697, 1000)), format_share(Fraction(1)), format_share(Fraction("0.69996"))
    ('69.7%', '100.0%', '70.0%')
    >>> format_share(Fraction("0.69996"), [Fraction("0.7")])
    '69.996%'
    """
    percent, digits = share * 100, 1
    others = [100 * bound for bound in bounds if bound != share]
    while any((round_half_up(percent, digits) - other) * (percent - other) <= 0 for other in others):
        digits += 1
    return format_rounded(percent, digits) + "%"


def format_percent(share: Fraction, digits: int | None = None) -> str:
    """Return a share of one as a percentage: exactly or with ≈, or rounded to ``digits`` if these are given.

    >>> format_percent(Fraction(7, 10)), format_percent(Fraction(2, 3)), format_percent(Fraction(2, 3), 1)
    ('70%', '≈66.6667%', '66.7%')
    """
    return (format_number(share * 100) if digits is None else format_rounded(share * 100, digits)) + "%"


def _write_decimal(scaled: int, digits: int) -> str:
    units, rest = divmod(abs(scaled), 10**digits)
    sign = _MINUS if scaled < 0 else ""
    return f"{sign}{units:,}.{rest:0{digits}}" if digits else f"{sign}{units:,}"


def amount_before_rounding(value: Fraction, after: Fraction, digits: int) -> Amount:
    """Return ``value`` with digits enough to see why it was rounded to ``after``.

    That is more than `MAX_DIGITS` where these would show ``value`` on the other side of a half, or on it.

    >>> amount = amount_before_rounding(Fraction("1399.9499999"), Fraction("1399.9"), 1)
    >>> format_number(amount.value, amount.digits)
    '1,399.9499999'
    """
    numerator, denominator = value.as_integer_ratio()
    over, under = after.as_integer_ratio()
    unit = 2 * 10**digits
    halves = [over * unit + steps * under for steps in (-2, -1, 0, 1, 2)]  # each in parts of 1 / (under * unit)

    def list_sides(number: int, parts: int) -> list[int]:
        pairs = [(number * under * unit, half * parts) for half in halves]
        return [(own > bound) - (own < bound) for own, bound in pairs]

    sides = list_sides(numerator, denominator)
    for shown in range(MAX_DIGITS, 3 * MAX_DIGITS):
        if list_sides(_scale_half_up(numerator, denominator, shown), 10**shown) == sides:
            break
    return Amount(value=value, digits=shown if shown > MAX_DIGITS else 0)


def format_decimal(value: Fraction) -> str:
    """Return ``value`` for machines: no grouping, ASCII minus, rounded half-up to six digits.

    >>> format_decimal(Fraction(1, 3)), format_decimal(Fraction(-5, 2))
    ('0.333333', '-2.5')
    """
    shown = round_half_up(value, 6)
    return format((Decimal(shown.numerator) / Decimal(shown.denominator)).normalize(), "f")


def format_day(value: date, language: Language) -> str:
    """Return a day as each language writes it.

    >>> format_day(date(2023, 10, 26), "ko"), format_day(date(2023, 10, 26), "en")
    ('2023년 10월 26일', '26 October 2023')
    """
    if language == "ko":
        return f"{value.year}년 {value.month}월 {value.day}일"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def format_moment(value: datetime, language: Language) -> str:
    """Return a moment in Korean time, with seconds only where there are some.

    A moment without a time zone is taken as Korean time.

    >>> from datetime import timezone
    >>> format_moment(datetime(2023, 10, 26, 9, 0, tzinfo=timezone.utc), "en")
    '26 October 2023, 18:00'
    """
    local = value.astimezone(KOREAN_TIME) if value.tzinfo else value
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{format_day(local.date(), language)}{'' if language == 'ko' else ','} {time}"


_LONG_UNITS = (("일", "day", 1440), ("시간", "hour", 60), ("분", "minute", 1))


def format_duration(minutes: int, language: Language) -> str:
    """Return a number of minutes in days, hours and minutes, as people say it.

    >>> format_duration(940, "ko"), format_duration(940, "en"), format_duration(1441, "en"), format_duration(0, "ko")
    ('15시간 40분', '15 hours 40 minutes', '1 day 1 minute', '0분')
    """
    parts: list[str] = []
    rest = minutes
    for korean, english, size in _LONG_UNITS:
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            number = format_number(count)
            parts.append(f"{number}{korean}" if language == "ko" else f"{number} {english}{'' if count == 1 else 's'}")
    return " ".join(parts)


def format_month(value: str, language: Language) -> str:
    """Return ``"2023-10"`` as each language writes it; anything else is returned as it is.

    >>> format_month("2023-10", "ko"), format_month("2023-10", "en")
    ('2023년 10월', 'October 2023')
    """
    parts = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", value)
    if parts is None:
        return sanitise_text(value)
    year, month = int(parts[1]), int(parts[2])
    return f"{year}년 {month}월" if language == "ko" else f"{_MONTHS[month - 1]} {year}"


def format_article(text: str, language: Language) -> str:
    """Return an article as each language writes it; a text of another form is returned as it is.

    >>> format_article("34-2", "ko"), format_article("5(1)2", "ko"), format_article("8(4)", "en")
    ('제34조의2', '제5조제1항제2호', 'Art. 8(4)')
    """
    match = _ARTICLE_PATTERN.fullmatch(text)
    if match is None:
        return sanitise_text(text)
    if language == "en":
        item = f", subpara. {match['item']}" if match["item"] else ""
        return f"Art. {text.removesuffix(match['item'] or '')}{item}"
    branch = f"의{match['branch']}" if match["branch"] else ""
    paragraph = f"제{match['paragraph']}항" if match["paragraph"] else ""
    item = f"제{match['item']}호" if match["item"] else ""
    return f"제{match['article']}조{branch}{paragraph}{item}"


def format_citation(cite: Citation, language: Language) -> str:
    """Return the short name of the source and the article, if one is given."""
    short = sanitise_text(cite.source.short.of(language))
    return short if cite.article is None else f"{short} {format_article(cite.article, language)}"


class SanitisedText(str):
    """A text that `sanitise_text` made, or that was put together from such: it is not changed again."""

    __slots__ = ()


def capitalise_first(text: str) -> str:
    """Return a term of the catalogue, which is lower case in English, as it begins a heading.

    A style sheet cannot do that: Chromium gives a heading of one character that has a ``::first-letter`` no name, so
    that a screen reader says nothing.
    """
    return text[:1].upper() + text[1:]


def sanitise_text(text: str) -> SanitisedText:
    """Return somebody's own words as one line that cannot disturb the words around it.

    White space becomes single spaces. Unseen characters (`smartcert.characters`) become visible (``⟨U+202E⟩``); words
    that are written from right to left are set apart by invisible isolates. Nothing is left out, and nothing is
    escaped: that is done where the text becomes HTML.
    """
    return text if isinstance(text, SanitisedText) else _sanitise(text)


def join_languages(ko: str, en: str) -> str:
    """Return a text in both languages for what can have no element inside; one where both are equal."""
    return ko if ko == en else f"{ko} / {en}"


def show_unseen(text: str) -> str:
    """Return a text of several lines with unseen characters made visible, but for the isolates of `sanitise_text`.

    An isolate that is closed stays, since it only keeps the direction of what is in it to itself.
    """
    return _UNSEEN_OR_ISOLATE.sub(_show_unseen_part, text)


def _show_unseen_part(match: re.Match[str]) -> str:
    inner = match["isolated"]
    if inner is None:
        return f"⟨U+{ord(match[0]):04X}⟩"
    return f"\u2068{UNSEEN.sub(lambda character: f'⟨U+{ord(character[0]):04X}⟩', inner)}\u2069"


@lru_cache(maxsize=4096)
def _sanitise(text: str) -> SanitisedText:
    # cached: the names of indicators come again in every table and chart
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return SanitisedText(line)
    shown = _UNSAFE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", line)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in shown):
        return SanitisedText(f"\u2068{shown}\u2069")
    return SanitisedText(shown)


def digits_after_step(card: Scorecard, step: RoundingStep) -> int:
    """Return the digits after the point that points have at ``step``: those of the last rounding up to it, or 0.

    Roundings of measures and of marks do not count: they round no points.
    """
    for earlier in _list_point_steps(step):
        for rounding in card.rounding:
            if rounding.at == earlier:
                return rounding.digits
    return 0


@cache
def _list_point_steps(step: RoundingStep) -> tuple[RoundingStep, ...]:
    """Return ``step`` and the steps before it that round points, the last one first."""
    kind = type(step)
    steps = tuple(kind)
    return tuple(
        earlier for earlier in reversed(steps[: steps.index(step) + 1]) if earlier not in (kind.MEASURE, kind.MARK)
    )


def total_amount(card: Scorecard, value: Fraction) -> Amount:
    """Return an amount with the digits of the total."""
    from smartcert.model.indicator import RoundingStep  # imported here: as above

    return Amount(value=value, digits=digits_after_step(card, RoundingStep.TOTAL))


def indicator_amount(card: Scorecard, value: Fraction) -> Amount:
    """Return an amount with the digits of an indicator, as sums before the total have them."""
    from smartcert.model.indicator import RoundingStep  # imported here: as above

    return Amount(value=value, digits=digits_after_step(card, RoundingStep.INDICATOR))
