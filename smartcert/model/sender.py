"""Who writes the letters of a round: a setting of the round. What is not known stays empty and is never invented.

With it stand the rules that letters of result rest on.
"""

from __future__ import annotations

from dataclasses import fields

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis, Cited, Text

SERIAL = "{serial}"
"""Stands in a scheme of document numbers for the number of the letter."""

_OPTIONAL = frozenset({"fax", "website", "objections", "remedies", "seal_omitted"})
"""What receipts and requests do without. A letter of result has a blank for the remedies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """The operating body as its letters name it (head and foot of an official letter); None or empty where not known.

    ``document_number`` is the scheme of the numbers, as ``"도시경제과-{serial}"``; ``first_serial`` is that of the
    first letter of the round. Without it the register of documents gives the numbers, by hand.
    """

    agency: Text | None = None
    """The body, at the head of the sheet (국토연구원)."""
    signatory: Text | None = None
    """In whose name it is sent (국토연구원장)."""
    unit: Text | None = None
    drafter: Text | None = None
    """Office and name of who wrote it, as are the two below."""
    reviewer: Text | None = None
    approver: Text | None = None
    postcode: str = ""
    address: Text | None = None
    telephone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    disclosure: Text | None = None
    """Whether the letter is open to the public (공개 구분)."""
    document_number: str = ""
    first_serial: int | None = None
    objections: Text | None = None
    """What bylaws or the call say about objections (period, form, basis), in a sentence; letters of result print it."""
    remedies: Text | None = None
    """What else stands open to somebody who disagrees (불복 안내), after legal review; letters of result print it."""
    seal_omitted: bool = False
    """Whether the seal is left out (관인생략)."""

    def list_missing(self) -> tuple[str, ...]:
        """Return the settings that letters leave blank. Fax and website may be left out: their labels are then too."""
        return tuple(
            field.name
            for field in fields(self)
            if field.name not in _OPTIONAL and getattr(self, field.name) in (None, "")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterRules:
    """The rules that letters of result rest on, each as it is in force on the round's day."""

    objections: Cited[str]
    """In which role objections are handled."""
    objection_period: Cited[bool]
    """Whether a period is laid down for them; which one is then a setting of the round."""
    issues: Cited[str]
    mark: Basis
    extension_months: Cited[int]
    improper: Basis
    not_certified: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterSettings:
    """What a letter of result rests on beside the record of its applicant: the same for all letters of a round."""

    sender: Sender
    rules: LetterRules
