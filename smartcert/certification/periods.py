"""How does the law count the days of a certificate? Periods of years and months, and the Korean day of a moment."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from smartcert.model.korean_time import KOREAN_TIME
from smartcert.rules.parameters import CertificationRules, ExtensionStart

_DAY = timedelta(days=1)
_MONTHS_PER_YEAR = 12


def to_korean_day(moment: datetime) -> date:
    """Return the day in Korea on which ``moment`` falls."""
    return moment.astimezone(KOREAN_TIME).date()


def shift_months(day: date, months: int) -> date:
    """Return the day ``months`` later, or earlier where negative; in a month without such a day, its last day.

    Beyond the years 1 to 9999 it is the first or the last day of them.

    >>> shift_months(date(2024, 2, 29), 24), shift_months(date(2023, 5, 31), -3)
    (datetime.date(2026, 2, 28), datetime.date(2023, 2, 28))
    """
    year, month = divmod(day.year * _MONTHS_PER_YEAR + day.month - 1 + months, _MONTHS_PER_YEAR)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def compute_last_day(first: date, years: int) -> date:
    """Return the last day of a period of ``years`` whose first day counts (Civil Act Art. 160).

    It is the day before the day of the same date; in a month without that date, its last day. Certificates are
    written this way: one issued on 10 September 2021 is valid to 9 September 2023.

    >>> compute_last_day(date(2021, 9, 10), 2), compute_last_day(date(2024, 2, 29), 2)
    (datetime.date(2023, 9, 9), datetime.date(2026, 2, 28))
    """
    corresponding = shift_months(first, years * _MONTHS_PER_YEAR)
    return corresponding - _DAY if corresponding.day == first.day else corresponding


def compute_first_period(issued: date, rules: CertificationRules) -> tuple[date, date]:
    """Return the first and last day of the validity of a certificate issued on ``issued``."""
    return issued, compute_last_day(issued, rules.valid_years.value)


def compute_next_period(valid_to: date, decided: date, rules: CertificationRules) -> tuple[date, date]:
    """Return the first and last day of the extension of a period that ends on ``valid_to``.

    Decided on ``valid_to`` or before, it begins as the rules say: on the day after, or on the day of the decision.
    Decided later, it begins on the day of the decision, and the days between are without validity.
    """
    seamless = decided <= valid_to < date.max and rules.extension_starts.value is ExtensionStart.END_OF_VALIDITY
    first = valid_to + _DAY if seamless else decided
    return first, compute_last_day(first, rules.valid_years.value)


def compute_extension_deadline(valid_to: date, rules: CertificationRules) -> date:
    """Return the last day on which an extension of a period can be applied for in time."""
    return shift_months(valid_to, -rules.extension_months_before.value)


def compute_review_day(valid_from: date, rules: CertificationRules) -> date:
    """Return the day on which the review of a period is due, counted in years from its first day."""
    return shift_months(valid_from, rules.review_every_years.value * _MONTHS_PER_YEAR)


def compute_lapse_deadline(valid_to: date, rules: CertificationRules) -> date:
    """Return the last day on which the extension of an expired certificate can still be applied for."""
    return shift_months(valid_to, rules.lapse_after_months.value)
