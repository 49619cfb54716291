"""The whole suite on another day: ``TODAY=2032-12-31 pytest`` finds tests that pass until some day only."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from smartcert.model.korean_time import KOREAN_TIME
from smartcert.services import clock


def set_today(day: str) -> None:
    """Have commands that run in this process believe in the last second of this day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=KOREAN_TIME) + timedelta(days=1, seconds=-1)

    class OtherDay(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # of no class of its own
            return moment.astimezone(tz)

    clock.datetime = OtherDay  # type: ignore[misc]  # a clock that stands still
