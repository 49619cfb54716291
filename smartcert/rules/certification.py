"""Validity, review and revocation of a certificate, as values (Act Art. 33-34, Notice Art. 15-17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.citation import Cited


class Duty(StrEnum):
    """Whether a ground binds the Minister or leaves discretion."""

    MUST = "must"
    MAY = "may"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationRules:
    """Years and months as the law counts them."""

    valid_years: Cited[int]
    review_every_years: Cited[int]
    extension_months_before: Cited[int]
    revocation_improper: Cited[Duty]
    revocation_below_criteria: Cited[Duty]
    revocation_notices: Cited[int]
