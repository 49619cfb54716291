"""Validity, review, revocation of a certificate, and who does what, as values (Act Art. 33-34, Notice Art. 15-17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.citation import Cited


class Duty(StrEnum):
    """Whether a ground binds the Minister or leaves discretion."""

    MUST = "must"
    MAY = "may"


class Role(StrEnum):
    """In which capacity somebody acts on a certificate."""

    APPLICANT = "applicant"
    OPERATING_BODY = "operating_body"
    MINISTER = "minister"


class ExtensionStart(StrEnum):
    """From when an extension runs that is decided while the certificate is still valid."""

    END_OF_VALIDITY = "end_of_validity"
    DECISION = "decision"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationRules:
    """Years and months as the law counts them, and the role that each step belongs to."""

    valid_years: Cited[int]
    review_every_years: Cited[int]
    extension_months_before: Cited[int]
    extension_starts: Cited[ExtensionStart]
    lapse_after_months: Cited[int]
    mark_while_valid: Cited[bool]
    revocation_improper: Cited[Duty]
    revocation_below_criteria: Cited[Duty]
    revocation_notices: Cited[int]
    explanation_period_stated: Cited[bool]
    revocation_published: Cited[bool]
    applies: Cited[Role]
    evaluates: Cited[Role]
    proposes: Cited[Role]
    decides: Cited[Role]
    decider_did_not_evaluate: Cited[bool]
    issues: Cited[Role]
    reviews: Cited[Role]
    gives_notice: Cited[Role]
    explains: Cited[Role]
    revokes: Cited[Role]
    reinstates: Cited[Role]
    handles_objections: Cited[Role]
    keeps_register: Cited[Role]
