"""An edition of indicators to the tree that its file holds, and to the file itself: what was read, written again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from smartcert.intake.written import number
from smartcert.intake.yaml_written import Bare, yaml_text
from smartcert.model.citation import Citation, Text
from smartcert.model.indicator import (
    Band,
    Bands,
    Counted,
    Direction,
    Edition,
    Indicator,
    IndicatorKind,
    Limits,
    Linear,
    Marks,
    Rank,
    Scale,
    Section,
)

_HEAD = "# Written by smartcert rules import. Leave it as it is once a round refers to it; amend by a new edition.\n\n"


def edition_text(edition: Edition) -> str:
    """Return the file of an edition: reading it gives the same edition."""
    return _HEAD + yaml_text(edition_tree(edition))


def edition_tree(edition: Edition) -> dict[str, Any]:
    """Return an edition as the keys and values of its file."""
    return {
        "edition": edition.id,
        "title": both(edition.title),
        "status": Bare(edition.basis.status.value),
        "since": Bare(edition.since.isoformat()),
        "scheme": Bare(edition.scheme),
        "cite": [cited(one) for one in edition.basis.cite],
        "note": both(edition.note),
        "stated": stated(edition),
        "rounding": [
            {"at": Bare(one.at.value), "digits": Bare(str(one.digits)), "mode": Bare(one.mode.value)}
            for one in edition.rounding
        ],
        "domains": [_section(domain) for domain in edition.domains],
    }


def stated(edition: Edition) -> dict[str, Bare]:
    """Return the counts and points of the whole, as the file states them."""
    indicators = list(edition.indicators())
    by_kind = {kind: sum((one.points for one in indicators if one.kind is kind), Fraction(0)) for kind in IndicatorKind}
    counted = {
        "domains": Fraction(len(edition.domains)),
        "items": Fraction(sum(1 for domain in edition.domains for _ in domain.items())),
        "indicators": Fraction(len(indicators)),
        "points": edition.points,
        "quantitative": by_kind[IndicatorKind.QUANTITATIVE],
        "qualitative": by_kind[IndicatorKind.QUALITATIVE],
    }
    return {name: bare(value) for name, value in counted.items()}


def cited(one: Citation) -> str:
    """Return a citation as a file writes it: ``notice-2021-223 8(4)``."""
    return f"{one.source.id} {one.article}" if one.article else one.source.id


def both(text: Text) -> dict[str, str]:
    """Return a text with its two languages."""
    return {"ko": text.ko, "en": text.en}


def bare(value: Fraction) -> Bare:
    """Return a number as a file writes it."""
    return Bare(number(value))


def _section(section: Section) -> dict[str, Any]:
    told: dict[str, Any] = {"id": Bare(section.id), "name": both(section.name), "points": bare(section.points)}
    if section.sections:
        return {**told, "items": [_section(one) for one in section.sections]}
    return {**told, "indicators": [_indicator(one) for one in section.indicators]}


def _indicator(one: Indicator) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": Bare(one.id),
        "name": both(one.name),
        "definition": both(one.definition),
        "kind": Bare(one.kind.value),
        "points": bare(one.points),
        "unit": both(one.unit),
        "direction": Bare(one.direction.value),
    }
    if one.per_people is not None:
        told["per_people"] = Bare(str(one.per_people))
    if one.limits != Limits():
        told["limits"] = limits_tree(one.limits)
    told["scale"] = scale_tree(one.scale, one.direction)
    return {**told, "absent": Bare(one.absent.value), "not_applicable": Bare(one.not_applicable.value)}


def limits_tree(limits: Limits) -> dict[str, Bare]:
    """Return those limits that there are."""
    told = {"at_least": limits.at_least, "at_most": limits.at_most}
    return {name: bare(value) for name, value in told.items() if value is not None}


def scale_tree(scale: Scale, direction: Direction) -> Mapping[str, Any]:
    """Return a scale as the keys and values of its file."""
    match scale:
        case Bands(bands=bands, otherwise=otherwise):
            bound = "at_least" if direction is Direction.HIGHER else "at_most"
            return {"kind": Bare("bands"), "bands": _bands(bands, bound), "otherwise": bare(otherwise)}
        case Rank(by=by, bands=bands, otherwise=otherwise):
            told = {"kind": Bare("rank"), "by": Bare(by), "bands": _bands(bands, "at_most")}
            return {**told, "otherwise": bare(otherwise)}
        case Linear(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            return {"kind": Bare(scale.kind), "zero_at": bare(zero_at), "full_at": bare(full_at)}
        case Counted(points_each=each, cap=cap):
            return {"kind": Bare("counted"), "points_each": bare(each), "cap": bare(cap)}
    return {"kind": Bare("yes_no")}


def _bands(bands: tuple[Band, ...], bound: str) -> list[dict[str, Bare]]:
    return [{bound: bare(band.bound), "points": bare(band.points)} for band in bands]
