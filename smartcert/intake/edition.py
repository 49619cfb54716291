"""An indicator edition's file to an `Edition`; a file that does not add up is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from smartcert.intake.citing import citations
from smartcert.intake.edition_adds_up import hold_counts, hold_rounding, hold_section
from smartcert.intake.edition_scales import BandsShape, IndicatorShape, RankShape, hold_indicator
from smartcert.intake.scalars import quoted
from smartcert.intake.typed import BROKEN, Decoder
from smartcert.intake.yaml_text import Path
from smartcert.model.citation import Basis, Source, Status, Text
from smartcert.model.indicator import Band, Bands, Edition, Indicator, Rank, Rounding, Scale, Section


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionShape:
    """A domain, an item or a level between, as the file writes it."""

    id: str
    name: Text
    points: Fraction
    items: tuple[SectionShape, ...] | None = None
    indicators: tuple[IndicatorShape, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedShape:
    """The counts and points that the file states for the whole."""

    domains: int
    items: int
    indicators: int
    points: Fraction
    quantitative: Fraction
    qualitative: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionShape:
    """The whole file."""

    edition: str
    title: Text
    status: Status
    since: date
    scheme: Literal["city", "service"]
    cite: tuple[str, ...]
    note: Text
    stated: StatedShape
    rounding: tuple[Rounding, ...]
    domains: tuple[SectionShape, ...]


def edition(decoder: Decoder, name: str, known: Mapping[str, Source]) -> Edition | None:
    """Return the edition of a file called ``name``, or None; what is wrong with it is left in the decoder."""
    read: EditionShape = decoder.read(EditionShape)
    if read is BROKEN:
        return None
    if read.edition != name:
        decoder.refuse(("edition",), quoted(read.edition), f"the name of the file, '{name}'")
    cite = citations(decoder, ("cite",), read.cite, known)
    hold_rounding(decoder, read.rounding)
    seen: dict[str, Path] = {}
    domains = tuple(_section(decoder, domain, ("domains", number), seen) for number, domain in enumerate(read.domains))
    hold_counts(decoder, read.stated, domains)
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
    )


def _section(decoder: Decoder, read: SectionShape, path: Path, seen: dict[str, Path]) -> Section:
    section = Section(
        id=read.id,
        name=read.name,
        points=read.points,
        sections=tuple(
            _section(decoder, one, (*path, "items", number), seen) for number, one in enumerate(read.items or ())
        ),
        indicators=tuple(
            _indicator(decoder, one, (*path, "indicators", number), seen)
            for number, one in enumerate(read.indicators or ())
        ),
    )
    hold_section(decoder, section, path, seen)
    return section


def _indicator(decoder: Decoder, read: IndicatorShape, path: Path, seen: dict[str, Path]) -> Indicator:
    hold_indicator(decoder, read, path, seen)
    return Indicator(
        id=read.id,
        name=read.name,
        definition=read.definition,
        kind=read.kind,
        points=read.points,
        unit=read.unit,
        direction=read.direction,
        scale=_scale(read.scale),
        absent=read.absent,
        not_applicable=read.not_applicable,
        per_people=read.per_people,
        limits=read.limits,
    )


def _scale(read: object) -> Scale:
    if isinstance(read, (BandsShape, RankShape)):
        bands = tuple(Band(bound=band.bound, points=band.points) for band in read.bands)
        if isinstance(read, RankShape):
            return Rank(by=read.by, bands=bands, otherwise=read.otherwise)
        return Bands(bands=bands, otherwise=read.otherwise)
    return read  # type: ignore[return-value]  # every other shape is the scale itself
