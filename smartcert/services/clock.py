"""What time and which day is it in Korea? Nothing below this package reads a clock."""

from __future__ import annotations

from datetime import date, datetime

from smartcert.model.korean_time import KOREAN_TIME


def get_now() -> datetime:
    """Return the time in Korea."""
    return datetime.now(KOREAN_TIME)


def get_today() -> date:
    """Return today's date in Korea."""
    return get_now().date()
