"""What do all letters of result of a round rest on, whomever they are to?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcert.files import sha256_hex
from smartcert.model.sender import LetterRules, LetterSettings

if TYPE_CHECKING:
    from smartcert.services.rounds import OpenRound  # heavy: a process that renders letters reads no round


def collect_settings(opened: OpenRound) -> LetterSettings:
    """Return what all letters of a round have in common."""
    rules = opened.rules.certification
    return LetterSettings(
        sender=opened.round.sender,
        rules=LetterRules(
            objections=rules.handles_objections,
            objection_period=rules.objection_period_stated,
            issues=rules.issues,
            mark=rules.mark_while_valid.basis,
            extension_months=rules.extension_months_before,
            improper=rules.revocation_improper.basis,
            not_certified=rules.records_misuse.basis,
        ),
    )


def digest_sender(opened: OpenRound) -> str:
    """Return a hash of who sends the letters of a round: the rest of what they rest on is in an applicant's record."""
    return sha256_hex(repr(opened.round.sender).encode())
