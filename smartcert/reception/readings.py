"""The readings of a question as whoever answers it says them: words of the form in place of those of the tables."""

from __future__ import annotations

from collections.abc import Iterable

from smartcert.forms.phrases import MISSING, NO, YES
from smartcert.model.application import Missing

_WORDS = {"yes": YES, "no": NO} | {missing.value: MISSING[missing] for missing in Missing}


def format_readings(readings: Iterable[str], language: str) -> str:
    """Return readings in their order, each as the form has it; a figure stays a figure.

    >>> format_readings(("12", "not_applicable"), "ko")
    '12 / 해당 없음'
    """
    return " / ".join(_WORDS[reading].of(language) if reading in _WORDS else reading for reading in readings)
