"""Days as the law counts them: periods of years and months, and the Korean day of a moment."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from smartcert.rules.certification import CertificationRules, ExtensionStart

KOREAN_TIME = ZoneInfo("Asia/Seoul")
_DAY = timedelta(days=1)
_MONTHS = 12


def korean_day(moment: datetime) -> date:
    """Return the day in Korea on which ``moment`` falls."""
    return moment.astimezone(KOREAN_TIME).date()


def shifted(day: date, months: int) -> date:
    """Return the day ``months`` later or earlier; where that month has no such day, its last.

    >>> shifted(date(2024, 2, 29), 24), shifted(date(2023, 5, 31), -3)
    (datetime.date(2026, 2, 28), datetime.date(2023, 2, 28))
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(first: date, years: int) -> date:
    """Return the last day of a period of ``years`` whose first day counts (Civil Act Art. 160).

    It is the day before the corresponding one; where there is no corresponding one, the last of that month. So
    certificates are written: one issued on 10 September 2021 is valid to 9 September 2023.

    >>> last_day(date(2021, 9, 10), 2), last_day(date(2024, 2, 29), 2)
    (datetime.date(2023, 9, 9), datetime.date(2026, 2, 28))
    """
    corresponding = shifted(first, years * _MONTHS)
    return corresponding - _DAY if corresponding.day == first.day else corresponding


def first_period(issued: date, rules: CertificationRules) -> tuple[date, date]:
    """Return the first and last day of the validity of a certificate issued on ``issued``."""
    return issued, last_day(issued, rules.valid_years.value)


def next_period(valid_to: date, decided: date, rules: CertificationRules) -> tuple[date, date]:
    """Return the period of an extension of a validity that ends or ended on ``valid_to``.

    Decided on ``valid_to`` or before, it begins as the rules say; decided later, on the day of the decision, so that
    the days between are without validity.
    """
    seamless = decided <= valid_to and rules.extension_starts.value is ExtensionStart.END_OF_VALIDITY
    first = valid_to + _DAY if seamless else decided
    return first, last_day(first, rules.valid_years.value)


def ask_by(valid_to: date, rules: CertificationRules) -> date:
    """Return the last day on which an extension is asked for in time."""
    return shifted(valid_to, -rules.extension_months_before.value)


def review_on(valid_from: date, rules: CertificationRules) -> date:
    """Return the day on which the review of a period is due: as many years after its first day as the law says."""
    return shifted(valid_from, rules.review_every_years.value * _MONTHS)


def lapses_after(valid_to: date, rules: CertificationRules) -> date:
    """Return the last day on which an expired certificate can still be asked to be extended."""
    return shifted(valid_to, rules.lapse_after_months.value)
