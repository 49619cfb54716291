"""The committee (인증평가위원회), as values (Notice 2021-223 Art. 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.citation import Cited


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeRules:
    """Size, quorum and decision as shares, term, and on what an evaluator does not judge an applicant."""

    members_at_most: Cited[int]
    quorum: Cited[Fraction]
    decision: Cited[Fraction]
    term_years: Cited[int]
    look_back_years: Cited[int]
    exclusion_grounds: Cited[tuple[int, ...]]
    challenge: Cited[bool]
    withdrawal: Cited[bool]
