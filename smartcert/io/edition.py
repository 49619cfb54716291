"""An edition of indicators: its file as an `Edition`, checked to be consistent, and an `Edition` as its file.

The shapes are what the file holds; the checks add problems to the decoder, each at its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from smartcert.io.csv import format_exact
from smartcert.io.sources import decode_citations
from smartcert.io.text import quote
from smartcert.io.yaml import INVALID, BareScalar, Decoder, NodePath, format_yaml
from smartcert.model.citation import Basis, Citation, Source, Status, Text
from smartcert.model.indicator import (
    About,
    Anchor,
    Band,
    BandScale,
    CountScale,
    Direction,
    Edition,
    Indicator,
    IndicatorKind,
    Limits,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingStep,
    Scale,
    Section,
    YesNoScale,
)

_UNLIMITED = Limits()
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BandShape:
    """A band as the file writes it: ``at_least`` where more is better, ``at_most`` where less is."""

    points: Fraction
    at_least: Fraction | None = None
    at_most: Fraction | None = None

    @property
    def bound(self) -> Fraction:
        """The bound that is given; 0 where none is, which is a problem of its own."""
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        return bounds[0] if bounds else Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class BandsShape:
    """Bands as the file writes them."""

    kind: Literal["bands"]
    bands: tuple[BandShape, ...]
    otherwise: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class RankShape:
    """Bands of places as the file writes them."""

    kind: Literal["rank"]
    by: Literal["position", "share"]
    bands: tuple[BandShape, ...]
    otherwise: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorShape:
    """An indicator as the file writes it."""

    id: str
    name: Text
    definition: Text
    kind: IndicatorKind
    points: Fraction
    unit: Text
    direction: Direction
    scale: BandsShape | LinearScale | YesNoScale | CountScale | RankShape | Marks
    absent: MissingPolicy
    not_applicable: MissingPolicy
    per_people: int | None = None
    limits: Limits = _UNLIMITED
    why: Text | None = None
    verify: Text | None = None
    source: Text | None = None
    period: Text | None = None
    documents: tuple[Text, ...] = ()
    anchors: Mapping[Fraction, Text] = field(default_factory=dict)
    links: tuple[str, ...] = ()


def check_indicator(decoder: Decoder, read: IndicatorShape, path: NodePath, seen: dict[str, NodePath]) -> None:
    """Check one indicator: its id, points, limits and scale; ``seen`` are the ids so far."""
    check_id(decoder, read.id, path, seen)
    if read.points <= 0:
        decoder.refuse((*path, "points"), f"{read.points} points", "more than 0 points")
    if read.per_people is not None and read.per_people < 1:
        decoder.refuse((*path, "per_people"), str(read.per_people), "a whole number from 1 on, such as 10000")
    limits = read.limits
    if limits.at_least is not None and limits.at_most is not None and limits.at_least > limits.at_most:
        decoder.refuse((*path, "limits"), "at_least above at_most", "at_least up to at_most")
    scale = (*path, "scale")
    if (read.kind is IndicatorKind.QUALITATIVE) is not isinstance(read.scale, Marks):
        decoder.refuse(
            scale, f"{read.scale.kind} for a {read.kind} indicator", "marks if and only if it is qualitative"
        )
    if read.per_people is not None and isinstance(read.scale, (YesNoScale, Marks)):
        decoder.refuse((*path, "per_people"), f"per_people with {read.scale.kind}", "a scale of numbers")
    _SCALE_CHECKS[type(read.scale)](decoder, read, scale)
    _check_anchors(decoder, read, (*path, "anchors"))


def _check_anchors(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if not read.anchors:
        return
    if read.kind is not IndicatorKind.QUALITATIVE:
        decoder.refuse(path, f"anchors for a {read.kind} indicator", "what marks mean, of qualitative indicators only")
    if len(decoder.tree.at(path)) != len(read.anchors):
        decoder.refuse(path, "a mark twice", "each mark once")


def check_id(decoder: Decoder, name: str, path: NodePath, seen: dict[str, NodePath]) -> None:
    """Check an id: valid, and unique among sections and indicators."""
    if not _ID.fullmatch(name):
        decoder.refuse((*path, "id"), quote(name), "a letter, then letters, digits, _ or - (at most 40)")
    elif name in seen:
        line = decoder.tree.place((*seen[name], "id")).line
        decoder.refuse((*path, "id"), f"the id '{name}' again", f"each id once (first in line {line})")
    else:
        seen[name] = path


def _check_linear(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    rises = scale.zero_at < scale.full_at
    if scale.zero_at == scale.full_at or rises is not (read.direction is Direction.HIGHER):
        wanted = "zero_at below full_at" if read.direction is Direction.HIGHER else "zero_at above full_at"
        decoder.refuse(path, f"zero_at {scale.zero_at} and full_at {scale.full_at}", f"{wanted} ({read.direction})")


def _check_counted(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_higher(decoder, read, path)
    if scale.points_each <= 0 or scale.cap <= 0:
        decoder.refuse(path, "points_each or cap not above 0", "both above 0")
    elif scale.points_each * scale.cap != read.points:
        found = f"points_each x cap = {scale.points_each * scale.cap}"
        decoder.refuse(path, found, f"{read.points}, the points of the indicator")


def _check_higher(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if read.direction is not Direction.HIGHER:
        decoder.refuse((*path[:-1], "direction"), f"{read.direction} with {read.scale.kind}", str(Direction.HIGHER))


def _check_bands(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    rises = read.direction is Direction.LOWER
    _check_band_order(decoder, read, path, bound="at_most" if rises else "at_least")


def _check_rank(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_band_order(decoder, read, path, bound="at_most")
    for number, band in enumerate(scale.bands):
        fits = 0 < band.bound <= 100 if scale.by == "share" else band.bound > 0 and band.bound.denominator == 1
        if not fits:
            wanted = "a share in percent, above 0 up to 100" if scale.by == "share" else "a place: 1, 2, 3 ..."
            decoder.refuse((*path, "bands", number), str(band.bound), wanted)


def _check_band_order(decoder: Decoder, read: IndicatorShape, path: NodePath, *, bound: str) -> None:
    """Check bands, best first: monotonic bounds, falling points, all for the best band, the least for ``otherwise``."""
    scale: Any = read.scale
    bands: tuple[BandShape, ...] = scale.bands
    if not bands:
        decoder.refuse((*path, "bands"), "no band", "at least one")
        return
    for number, band in enumerate(bands):
        if getattr(band, bound) is None or None not in (band.at_least, band.at_most):
            wanted = f"'{bound}' and no other bound ({scale.kind}, {read.direction})"
            decoder.refuse((*path, "bands", number), "another bound, two, or none", wanted)
    for number, (better, worse) in enumerate(pairwise(bands), start=1):
        in_order = worse.bound > better.bound if bound == "at_most" else worse.bound < better.bound
        if not in_order or worse.points >= better.points:
            wanted = f"bounds that {'rise' if bound == 'at_most' else 'fall'} and points that fall, best first"
            decoder.refuse((*path, "bands", number), "a band out of order", wanted)
    if bands[0].points != read.points:
        wanted = f"{read.points}, the points of the indicator"
        decoder.refuse((*path, "bands", 0, "points"), f"{bands[0].points} points for the best band", wanted)
    if not 0 <= scale.otherwise < bands[-1].points:
        wanted = "from 0 on and below the last band"
        decoder.refuse((*path, "otherwise"), f"{scale.otherwise} points otherwise", wanted)


def _check_marks(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_higher(decoder, read, path)
    if scale.zero_at >= scale.full_at:
        decoder.refuse(path, f"zero_at {scale.zero_at} and full_at {scale.full_at}", "zero_at below full_at")


_SCALE_CHECKS: Mapping[type, Callable[[Decoder, IndicatorShape, NodePath], None]] = {
    BandsShape: _check_bands,
    LinearScale: _check_linear,
    YesNoScale: _check_higher,
    CountScale: _check_counted,
    RankShape: _check_rank,
    Marks: _check_marks,
}


_MOST_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedShape:
    """The counts and points that a file states for the edition."""

    domains: int
    items: int
    indicators: int
    points: Fraction
    quantitative: Fraction
    qualitative: Fraction


def check_section(decoder: Decoder, section: Section, path: NodePath, seen: dict[str, NodePath]) -> None:
    """Check a section: items or indicators below it, points that are their sum, one indicator that always counts."""
    check_id(decoder, section.id, path, seen)
    if bool(section.sections) is bool(section.indicators):
        decoder.refuse(path, "both items and indicators, or neither", "either items or indicators")
        return
    below = sum((part.points for part in section.sections or section.indicators), Fraction(0))
    if below != section.points:
        wanted = f"{below}, the sum of what is below"
        decoder.refuse((*path, "points"), f"{section.points} points for '{section.id}'", wanted)
    if section.indicators and all(_may_be_redistributed(indicator) for indicator in section.indicators):
        found = f"redistribute for every indicator of '{section.id}'"
        decoder.refuse(path, found, "at least one that always keeps its points")


def _may_be_redistributed(indicator: Indicator) -> bool:
    return MissingPolicy.REDISTRIBUTE in (indicator.absent, indicator.not_applicable)


def count_stated(domains: tuple[Section, ...]) -> dict[str, Fraction]:
    """Return the counts and points of an edition by the fields of `StatedShape`."""
    indicators = [indicator for domain in domains for indicator in domain.walk()]
    by_kind = {
        kind: sum((indicator.points for indicator in indicators if indicator.kind is kind), Fraction(0))
        for kind in IndicatorKind
    }
    return {
        "domains": Fraction(len(domains)),
        "items": Fraction(sum(1 for domain in domains for _ in domain.items())),
        "indicators": Fraction(len(indicators)),
        "points": sum((domain.points for domain in domains), Fraction(0)),
        "quantitative": by_kind[IndicatorKind.QUANTITATIVE],
        "qualitative": by_kind[IndicatorKind.QUALITATIVE],
    }


def check_counts(decoder: Decoder, stated: StatedShape, domains: tuple[Section, ...]) -> None:
    """Check the counts and points that the file states."""
    for name, number in count_stated(domains).items():
        if getattr(stated, name) != number:
            decoder.refuse(("stated", name), f"{getattr(stated, name)} stated", f"{number}, as the file holds")


def check_rounding(decoder: Decoder, rounding: tuple[Rounding, ...]) -> None:
    """Check that steps do not repeat, are in their order, and round to 0 to 6 digits."""
    order = list(RoundingStep)
    last = -1
    for number, item in enumerate(rounding):
        if order.index(item.at) <= last:
            wanted = f"each step once, in the order {', '.join(order)}"
            decoder.refuse(("rounding", number, "at"), f"'{item.at}' here", wanted)
        last = max(last, order.index(item.at))
        if not 0 <= item.digits <= _MOST_DIGITS:
            decoder.refuse(("rounding", number, "digits"), str(item.digits), f"a whole number from 0 to {_MOST_DIGITS}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionShape:
    """A domain, an item or a level between, as the file writes it."""

    id: str
    name: Text
    points: Fraction
    items: tuple[SectionShape, ...] | None = None
    indicators: tuple[IndicatorShape, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionShape:
    """The file of an edition."""

    edition: str
    title: Text
    status: Status
    since: date
    scheme: str
    cite: tuple[str, ...]
    note: Text
    stated: StatedShape
    stated_cite: tuple[str, ...] | None = None
    rounding: tuple[Rounding, ...]
    domains: tuple[SectionShape, ...]


def decode_edition(decoder: Decoder, name: str, known: Mapping[str, Source]) -> Edition | None:
    """Return the edition of a file called ``name``, or None after adding its problems to the decoder."""
    read: EditionShape = decoder.read(EditionShape)
    if read is INVALID:
        return None
    if read.edition != name:
        decoder.refuse(("edition",), quote(read.edition), f"the name of the file, '{name}'")
    cite = decode_citations(decoder, ("cite",), read.cite, known)
    stated = None
    if read.stated_cite is not None:
        sources = decode_citations(decoder, ("stated_cite",), read.stated_cite, known)
        stated = Basis(name=f"indicators.{name}.stated", since=read.since, status=Status.PUBLISHED, cite=sources)
    check_rounding(decoder, read.rounding)
    seen: dict[str, NodePath] = {}
    domains = tuple(
        _build_section(decoder, domain, ("domains", number), seen) for number, domain in enumerate(read.domains)
    )
    check_counts(decoder, read.stated, domains)
    if decoder.problems:
        return None
    return Edition(
        id=read.edition,
        title=read.title,
        scheme=read.scheme,
        since=read.since,
        points=read.stated.points,
        domains=domains,
        rounding=read.rounding,
        basis=Basis(name=f"indicators.{name}", since=read.since, status=read.status, cite=cite, note=read.note),
        note=read.note,
        stated=stated,
    )


def _build_section(decoder: Decoder, read: SectionShape, path: NodePath, seen: dict[str, NodePath]) -> Section:
    section = Section(
        id=read.id,
        name=read.name,
        points=read.points,
        sections=tuple(
            _build_section(decoder, below, (*path, "items", number), seen)
            for number, below in enumerate(read.items or ())
        ),
        indicators=tuple(
            _build_indicator(decoder, indicator, (*path, "indicators", number), seen)
            for number, indicator in enumerate(read.indicators or ())
        ),
    )
    check_section(decoder, section, path, seen)
    return section


def _build_indicator(decoder: Decoder, read: IndicatorShape, path: NodePath, seen: dict[str, NodePath]) -> Indicator:
    check_indicator(decoder, read, path, seen)
    return Indicator(
        id=read.id,
        name=read.name,
        definition=read.definition,
        kind=read.kind,
        points=read.points,
        unit=read.unit,
        direction=read.direction,
        scale=_build_scale(read.scale),
        absent=read.absent,
        not_applicable=read.not_applicable,
        per_people=read.per_people,
        limits=read.limits,
        about=_build_about(read),
    )


def _build_about(read: IndicatorShape) -> About | None:
    about = About(
        why=read.why,
        verify=read.verify,
        source=read.source,
        period=read.period,
        documents=read.documents,
        anchors=tuple(Anchor(mark=mark, meaning=meaning) for mark, meaning in sorted(read.anchors.items())),
        links=read.links,
    )
    return None if about == About() else about


def _build_scale(read: object) -> Scale:
    if isinstance(read, (BandsShape, RankShape)):
        bands = tuple(Band(bound=band.bound, points=band.points) for band in read.bands)
        if isinstance(read, RankShape):
            return RankScale(by=read.by, bands=bands, otherwise=read.otherwise)
        return BandScale(bands=bands, otherwise=read.otherwise)
    return read  # type: ignore[return-value]  # the other shapes are scales


_HEAD = "# Written by smartcert rules import. Leave it as it is once a round refers to it; amend by a new edition.\n\n"


def format_edition(edition: Edition) -> str:
    """Return the file of an edition: reading it gives the same edition."""
    return _HEAD + format_yaml(build_edition_tree(edition))


def build_edition_tree(edition: Edition) -> dict[str, Any]:
    """Return an edition as the keys and values of its file."""
    return {
        "edition": edition.id,
        "title": build_text_tree(edition.title),
        "status": BareScalar(edition.basis.status.value),
        "since": BareScalar(edition.since.isoformat()),
        "scheme": BareScalar(edition.scheme),
        "cite": [format_citation(citation) for citation in edition.basis.cite],
        "note": build_text_tree(edition.note),
        **({"stated_cite": [format_citation(cite) for cite in edition.stated.cite]} if edition.stated else {}),
        "stated": {name: format_bare_number(value) for name, value in count_stated(edition.domains).items()},
        "rounding": [
            {
                "at": BareScalar(rounding.at.value),
                "digits": BareScalar(str(rounding.digits)),
                "mode": BareScalar(rounding.mode.value),
            }
            for rounding in edition.rounding
        ],
        "domains": [_build_section_tree(domain) for domain in edition.domains],
    }


def format_citation(citation: Citation) -> str:
    """Return a citation as a file writes it: ``notice-2021-223 8(4)``."""
    return f"{citation.source.id} {citation.article}" if citation.article else citation.source.id


def build_text_tree(text: Text) -> dict[str, str]:
    """Return a text with its two languages."""
    return {"ko": text.ko, "en": text.en}


def format_bare_number(value: Fraction) -> BareScalar:
    """Return a number as a file writes it."""
    return BareScalar(format_exact(value))


def _build_section_tree(section: Section) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "id": BareScalar(section.id),
        "name": build_text_tree(section.name),
        "points": format_bare_number(section.points),
    }
    if section.sections:
        return {**tree, "items": [_build_section_tree(item) for item in section.sections]}
    return {**tree, "indicators": [_build_indicator_tree(indicator) for indicator in section.indicators]}


def _build_indicator_tree(indicator: Indicator) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "id": BareScalar(indicator.id),
        "name": build_text_tree(indicator.name),
        "definition": build_text_tree(indicator.definition),
        "kind": BareScalar(indicator.kind.value),
        "points": format_bare_number(indicator.points),
        "unit": build_text_tree(indicator.unit),
        "direction": BareScalar(indicator.direction.value),
    }
    if indicator.per_people is not None:
        tree["per_people"] = BareScalar(str(indicator.per_people))
    if indicator.limits != Limits():
        tree["limits"] = build_limits_tree(indicator.limits)
    tree["scale"] = build_scale_tree(indicator.scale, indicator.direction)
    return {
        **tree,
        "absent": BareScalar(indicator.absent.value),
        "not_applicable": BareScalar(indicator.not_applicable.value),
        **(_build_about_tree(indicator.about) if indicator.about else {}),
    }


def _build_about_tree(about: About) -> dict[str, Any]:
    texts = {"why": about.why, "verify": about.verify, "source": about.source, "period": about.period}
    tree: dict[str, Any] = {name: build_text_tree(text) for name, text in texts.items() if text}
    if about.documents:
        tree["documents"] = [build_text_tree(document) for document in about.documents]
    if about.anchors:
        tree["anchors"] = {format_exact(anchor.mark): build_text_tree(anchor.meaning) for anchor in about.anchors}
    if about.links:
        tree["links"] = list(about.links)
    return tree


def build_limits_tree(limits: Limits) -> dict[str, BareScalar]:
    """Return the limits that are set."""
    limits_by_name = {"at_least": limits.at_least, "at_most": limits.at_most}
    return {name: format_bare_number(value) for name, value in limits_by_name.items() if value is not None}


def build_scale_tree(scale: Scale, direction: Direction) -> Mapping[str, Any]:
    """Return a scale as the keys and values of its file."""
    match scale:
        case BandScale(bands=bands, otherwise=otherwise):
            bound = "at_least" if direction is Direction.HIGHER else "at_most"
            return {
                "kind": BareScalar("bands"),
                "bands": _build_band_trees(bands, bound),
                "otherwise": format_bare_number(otherwise),
            }
        case RankScale(by=by, bands=bands, otherwise=otherwise):
            tree = {"kind": BareScalar("rank"), "by": BareScalar(by), "bands": _build_band_trees(bands, "at_most")}
            return {**tree, "otherwise": format_bare_number(otherwise)}
        case LinearScale(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            return {
                "kind": BareScalar(scale.kind),
                "zero_at": format_bare_number(zero_at),
                "full_at": format_bare_number(full_at),
            }
        case CountScale(points_each=each, cap=cap):
            return {
                "kind": BareScalar("counted"),
                "points_each": format_bare_number(each),
                "cap": format_bare_number(cap),
            }
        case YesNoScale():
            return {"kind": BareScalar("yes_no")}


def _build_band_trees(bands: tuple[Band, ...], bound: str) -> list[dict[str, BareScalar]]:
    return [{bound: format_bare_number(band.bound), "points": format_bare_number(band.points)} for band in bands]
