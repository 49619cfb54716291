"""The time zone of Korea."""

from zoneinfo import ZoneInfo

KOREAN_TIME = ZoneInfo("Asia/Seoul")
"""The time zone of every call, office and register; a moment without a zone is read in it."""
