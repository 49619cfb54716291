"""Who may apply (Notice 2021-223 Art. 7), as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.applicant import Kind
from smartcert.model.citation import Cited


class Redirect(StrEnum):
    """Where the right applicant is found for an entry that may not apply."""

    PARENT = "parent"
    MEMBERS = "members"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class EligibilityRules:
    """``right_applicant`` names, per kind that may not apply, where the right one is found."""

    may_apply: Cited[tuple[Kind, ...]]
    joint_applications: Cited[bool]
    right_applicant: Cited[Mapping[Kind, Redirect]]
