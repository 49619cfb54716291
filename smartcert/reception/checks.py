"""Plausibility, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from smartcert.evaluation.scales import measure
from smartcert.io.csv import number
from smartcert.io.forms import Claim
from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, YesNo
from smartcert.reception.packages import Version
from smartcert.reporting.catalogue import with_particle

# --- Figures that are unlike those of the same size type, or unlike the last round's: questions, never rejections.

FAR = 6
"""How many median distances from the median a figure may be before it is asked about. No rule orders this."""

TIMES = 3
"""How many times the last round's figure, or what part of it, before it is asked about. No rule orders this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One applicant's claimed figures."""

    id: str
    applicant: Applicant
    size_type: SizeType | None
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something to ask an applicant about; it changes nothing by itself."""

    applicant: str
    indicator: str
    told: Text


def against_peers(everyone: Sequence[Figures], edition: Edition, fewest: int) -> Iterable[Remark]:
    """Yield a remark for each figure far from the median of its size type, where at least ``fewest`` have one."""
    for indicator in _numeric(edition):
        for size in SizeType:
            measured = [
                (
                    one,
                    measure(value, indicator, one.applicant.population.residents if one.applicant.population else None),
                )
                for one in everyone
                if one.size_type is size
                and isinstance(value := one.values.get(indicator.id), Fraction)
                and (indicator.per_people is None or one.applicant.population)
            ]
            if len(measured) >= fewest:
                yield from _far(measured, indicator)


def against_last(
    everyone: Sequence[Figures], last: Mapping[str, Mapping[str, Value]], edition: Edition
) -> Iterable[Remark]:
    """Yield a remark for each figure several times the last round's; ``last`` is by code and indicator."""
    for one in everyone:
        before = last.get(one.applicant.code, {})
        for indicator in _numeric(edition):
            now, then = one.values.get(indicator.id), before.get(indicator.id)
            if not isinstance(now, Fraction) or not isinstance(then, Fraction) or min(now, then) <= 0:
                continue
            if now >= TIMES * then or then >= TIMES * now:
                unit = indicator.unit.ko
                told = Text(
                    ko=f"지난 공모의 {number(then)}{unit}에서 {with_particle(number(now) + unit, '으로/로')} 바뀐 까닭",
                    en=f"why it went from {number(then)} in the last round to {number(now)} {indicator.unit.en}",
                )
                yield Remark(applicant=one.id, indicator=indicator.id, told=told)


def _numeric(edition: Edition) -> list[Indicator]:
    return [
        one
        for one in edition.indicators()
        if one.kind is IndicatorKind.QUANTITATIVE and not isinstance(one.scale, YesNo)
    ]


def _far(measured: list[tuple[Figures, Fraction]], indicator: Indicator) -> Iterable[Remark]:
    middle = median(value for _, value in measured)
    distance = median(abs(value - middle) for _, value in measured)
    for one, value in measured:
        if distance > 0 and abs(value - middle) > FAR * distance:
            told = Text(
                ko=f"값 {with_particle(_short(value), '이/가')} 같은 도시 유형의 중앙값 "
                f"{with_particle(_short(middle), '과/와')} 크게 다른 까닭",
                en=f"why {_short(value)} is far from {_short(middle)}, the median of the same size type",
            )
            yield Remark(applicant=one.id, indicator=indicator.id, told=told)


def _short(value: Fraction) -> str:
    return number(Fraction(round(value * 100), 100))


# --- Evidence that a form names, held against the files that came: there, and long enough for the page.

_PAGE = re.compile(r"[0-9]{1,6}")


def evidence(name: str, version: Version) -> Iterable[Remark]:
    """Yield a remark for each figure whose document or page is not named, not there, or beyond its end."""
    for claim in version.submission.claims.values():
        if claim.value is None or isinstance(claim.value, Missing):
            continue
        told = _told(claim, version)
        if told is not None:
            yield Remark(applicant=name, indicator=claim.indicator.id, told=told)


def _told(claim: Claim, version: Version) -> Text | None:
    if not claim.document or not claim.page:
        return Text(ko="증빙 문서와 쪽을 적어야 합니다", en="the document and the page of the evidence")
    found = [file for file in version.kept.files if claim.document in (file.name, file.name.rpartition("/")[2])]
    if not found:
        return Text(
            ko=f"증빙 문서 {with_particle(claim.document, '이/가')} 제출 파일에 없습니다",
            en=f"the document {claim.document}, which is not among the files received",
        )
    last = max((int(page) for page in _PAGE.findall(claim.page)), default=0)
    pages = found[0].pages
    if pages is not None and last > pages:
        return Text(
            ko=f"{with_particle(claim.document, '은/는')} {pages}쪽까지인데 {claim.page}쪽을 가리킵니다",
            en=f"page {claim.page} of {claim.document}, which has {pages}",
        )
    return None
