"""How and when an application is received, as values. The window itself belongs to the round's call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.model.application import Channel
from smartcert.model.citation import Cited


class Moment(StrEnum):
    """Which moment is held against the window."""

    ARRIVAL = "arrival"
    POSTMARK = "postmark"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptRules:
    """Channels, the official letter, the reason that an exceptional channel needs, and the moment that counts."""

    default_channels: Cited[tuple[Channel, ...]]
    exceptional_channels: Cited[tuple[Channel, ...]]
    reason_needed: Cited[bool]
    official_letter_with: Cited[tuple[Channel, ...]]
    moment: Cited[Moment]
    bounds_included: Cited[bool]
    late_is_not_evaluated: Cited[bool]
