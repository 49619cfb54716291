"""How the history names governments, regions, levels and days: the same in tables and in charts."""

from __future__ import annotations

from smartcert.model.applicant import Applicant
from smartcert.model.certification import LevelStatus, PublicCertification
from smartcert.reporting.words import Words


def region_name(government: Applicant, words: Words) -> str:
    """Return the short name of a regional government, or its own where the catalogue has none."""
    key = f"history.region.{government.code[:2]}"
    return words(key) if key in words else words.show(government.name, "text")


def place_of(one: Applicant, words: Words) -> str:
    """Return a name with its region in front (Korean) or behind (English), as there are six 중구."""
    name = words.show(one.name, "text")
    key = f"history.region.{one.code[:2]}"
    if one.parent_code is None or key not in words:
        return name
    return words("history.place", name=name, region=words(key))


def level_text(one: PublicCertification, words: Words) -> str:
    """Return the level in full: one level, both readings where they are disputed, or that none was published."""
    if one.level_status is LevelStatus.DISPUTED:
        return words(
            "history.level.disputed", levels=[words("history.level.one", level=level) for level in one.level_claims]
        )
    if one.level is None:
        return words("history.level.unknown")
    return words("history.level.one", level=one.level)


def level_short(one: PublicCertification, words: Words) -> str:
    """Return the level for a bar of a chart; nothing where it is not known."""
    if one.level_status is LevelStatus.DISPUTED:
        return words("history.level.short_disputed", level="/".join(map(str, one.level_claims)))
    return words("history.level.short", level=str(one.level)) if one.level is not None else ""
