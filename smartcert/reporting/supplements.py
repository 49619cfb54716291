"""What is open in the papers: what to supplement, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smartcert.model.evaluation import Finding, Outcome
from smartcert.reporting import figures
from smartcert.reporting.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRow:
    """One thing that is open: what was found, and the days on which it was asked for and is due, if it was."""

    found: tuple[str, ...]
    asked: str
    due: str


def open_rows(findings: Iterable[Finding], words: Words) -> list[OpenRow]:
    """Return what is open, what falls due first first, what has no day last."""
    open_ = [finding for finding in findings if finding.outcome is Outcome.OPEN]
    asked = [finding for finding in open_ if "due" in finding.facts.days]
    documents = {finding.facts.terms.get("document", "") for finding in asked}
    others = [one for one in open_ if one not in asked and one.facts.terms.get("document", "") not in documents]
    rows = [_asked(one, open_, words) for one in sorted(asked, key=lambda one: one.facts.days["due"])]
    return [*rows, *(OpenRow(found=(words.finding(one),), asked="", due="") for one in others)]


def _asked(request: Finding, open_: list[Finding], words: Words) -> OpenRow:
    document, days = request.facts.terms.get("document", ""), request.facts.days
    missing = [one for one in open_ if one is not request and one.facts.terms.get("document", "") == document]
    return OpenRow(
        found=tuple(words.finding(one) for one in missing or [request]),
        asked=figures.day(days["asked"], words.language) if "asked" in days else "",
        due=figures.day(days["due"], words.language),
    )
