"""The readings of a question as whoever answers it says them: words of the form in place of those of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from smartcert.forms.phrases import MISSING, NO, YES
from smartcert.io.rounds.forms import Question
from smartcert.model.application import Missing
from smartcert.model.citation import Text

_WORDS = {"yes": YES, "no": NO} | {missing.value: MISSING[missing] for missing in Missing}


def format_readings(readings: Iterable[str], language: str) -> str:
    """Return readings in their order, each as the form has it; a figure stays a figure.

    >>> format_readings(("12", "not_applicable"), "ko")
    '12 / 해당 없음'
    """
    return " / ".join(_WORDS[reading].of(language) if reading in _WORDS else reading for reading in readings)


MOST_ALIKE = 3
"""Up to so many empty cells are asked about one by one."""


def join_questions(questions: Iterable[Question]) -> list[Question]:
    """Return the questions with one for all that ask the same of more than `MOST_ALIKE` empty cells.

    It has the ids of their indicators, parted by commas, and the place of the first; it stands where the first stood.
    """
    questions = list(questions)
    alike: dict[tuple[Text, tuple[str, ...]], list[Question]] = {}
    for question in questions:
        if not question.found:
            alike.setdefault((question.why, question.readings), []).append(question)
    result = []
    for question in questions:
        group = alike.get((question.why, question.readings), []) if not question.found else []
        if len(group) <= MOST_ALIKE:
            result.append(question)
        elif question is group[0]:
            result.append(replace(question, indicator=", ".join(reading.indicator for reading in group)))
    return result
