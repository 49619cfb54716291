"""Which letter of result does an applicant of a round get, in each language and format?"""

from __future__ import annotations

from smartcert.evaluation.improvement import list_improvements
from smartcert.files import sha256_hex
from smartcert.reporting.applicant.letter import MOST_LISTED, LetterRules, build_result_letter
from smartcert.reporting.audience import redact
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.records import Audience, Record
from smartcert.services.rounds import OpenRound

LETTER_FORMATS = ("html", "hwpx")


def build_letters(opened: OpenRound, applicant_id: str, languages: tuple[str, ...]) -> dict[str, dict[str, bytes]]:
    """Return the letter of result of one applicant by language and ending (`LETTER_FORMATS`), from one document each.

    It shows what the applicant may see and no more: no evaluator's mark, nobody who voted or proposed.

    Raises:
        UsageError: the round has no such applicant.
    """
    record = redact(opened.record(applicant_id), Audience.APPLICANT)
    assert isinstance(record, Record)  # noqa: S101  # for the type checker: only the public gets another kind
    improvements = list_improvements(record.evaluation, MOST_LISTED)
    documents = {
        language: build_result_letter(record, opened.round.sender, collect_rules(opened), improvements, language)
        for language in languages
    }
    return {
        language: {"html": write_html(document).encode(), "hwpx": write_hwpx(document)}
        for language, document in documents.items()
    }


def collect_rules(opened: OpenRound) -> LetterRules:
    """Return the rules that letters of a round rest on."""
    rules = opened.rules.certification
    return LetterRules(
        objections=rules.handles_objections,
        objection_period=rules.objection_period_stated,
        issues=rules.issues,
        mark=rules.mark_while_valid.basis,
        extension_months=rules.extension_months_before,
        improper=rules.revocation_improper.basis,
        not_certified=rules.records_misuse.basis,
    )


def digest_sender(opened: OpenRound) -> str:
    """Return a hash of who sends the letters of a round: the rest of what they rest on is in an applicant's record."""
    return sha256_hex(repr(opened.round.sender).encode())
