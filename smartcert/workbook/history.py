"""Opens the history that a notebook shows: a record made by the command, or the tables as they are now."""

from __future__ import annotations

from datetime import date

from smartcert.errors import UsageError
from smartcert.reporting.history import CertificationHistory
from smartcert.reporting.history_record import from_json
from smartcert.reporting.words import language as known_language
from smartcert.workbook.reading import read_record


def open_history(*, on: str = "", language: str = "ko", record: str = "") -> CertificationHistory:
    """Return the history of certification on a day.

    ``record`` is the path of a ``history.json``; ``on`` is then not looked at. If it is empty, the published
    certifications are read now, as of ``on`` (``"2024-06-01"``), or of today in Korea.

    Raises:
        UsageError: an unknown language, a day that is none, or no such file.
        InputError: the tables have problems, or the record is none.
    """
    chosen = known_language(language)
    if record:
        return CertificationHistory(read_record(record, from_json), chosen)
    from smartcert.history import open_history as open_tables  # a record needs none of what opens the tables
    from smartcert.history import today

    return CertificationHistory(open_tables().record(_day(on) if on else today()), chosen)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write it as 2024-06-01") from None
