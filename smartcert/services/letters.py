"""Which letter of result does an applicant of a round get, in each language and format?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smartcert.evaluation.improvement import list_improvements
from smartcert.model.improvement import Improvement
from smartcert.model.sender import LetterSettings
from smartcert.reporting.applicant.letter import MOST_LISTED, build_result_letter
from smartcert.reporting.audience import redact
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.records import Audience, Record
from smartcert.services.letter_settings import collect_settings

if TYPE_CHECKING:
    from smartcert.services.rounds import OpenRound  # heavy: a process that renders letters reads no round


def build_letters(opened: OpenRound, applicant_id: str, languages: tuple[str, ...]) -> dict[str, dict[str, bytes]]:
    """Return the letter of result of one applicant by language and ending (html, hwpx), from one document each.

    It shows what the applicant may see and no more: no evaluator's mark, nobody who voted or proposed.

    Raises:
        UsageError: the round has no such applicant.
    """
    record, settings = opened.record(applicant_id), collect_settings(opened)
    improvements = list_improvements(record.evaluation, MOST_LISTED)
    return {language: render_letter(record, settings, improvements, language) for language in languages}


def render_letter(
    record: Record, settings: LetterSettings, improvements: Sequence[Improvement], language: str
) -> dict[str, bytes]:
    """Return the letter of result to the applicant of a record by ending (html, hwpx), from one document.

    It shows what the applicant may see and no more, for whatever audience the record is. ``improvements`` are those of
    its evaluation, the most rewarding ones first.

    Raises:
        UsageError: the record is for an audience that sees less than the applicant.
    """
    shown = redact(record, Audience.APPLICANT)
    assert isinstance(shown, Record)  # noqa: S101  # for the type checker: only the public gets another kind
    document = build_result_letter(shown, settings.sender, settings.rules, improvements, language)
    return {"html": write_html(document).encode(), "hwpx": write_hwpx(document)}
