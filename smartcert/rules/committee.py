"""The committee (인증평가위원회), as values (Notice 2021-223 Art. 4, 5, 10 and 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import EvidenceGrade
from smartcert.model.citation import Cited
from smartcert.model.committee import MemberCategory, Tie


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeRules:
    """Size, qualification, quorum and decision as shares, term, groups, exclusion, decision of the level, inspection.

    ``qualification`` gives per category the years that it needs (0: none). ``ground_of`` gives the number in
    Art. 5(1) of each tie; a tie that is not in it is a question of fairness only. ``inspection_weights`` says how much
    likelier a figure of weak evidence is inspected than a measured one.
    """

    members_at_most: Cited[int]
    qualification: Cited[Mapping[MemberCategory, int]]
    chair_elected: Cited[bool]
    common_members: Cited[int]
    quorum: Cited[Fraction]
    decision: Cited[Fraction]
    excluded_count_as_members: Cited[bool]
    term_years: Cited[int]
    look_back_years: Cited[int]
    exclusion_grounds: Cited[tuple[int, ...]]
    ground_of: Cited[Mapping[Tie, int]]
    challenge: Cited[bool]
    challenged_takes_part: Cited[bool]
    withdrawal: Cited[bool]
    differing_decision_needs_reason: Cited[bool]
    decision_persons: Cited[int]
    inspection_share: Cited[Fraction]
    inspection_weights: Cited[Mapping[EvidenceGrade, int]]
