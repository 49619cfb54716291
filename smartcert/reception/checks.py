"""Plausibility, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from smartcert.evaluation.scales import compute_measure
from smartcert.io.csv import format_exact
from smartcert.io.forms import Claim
from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, YesNoScale
from smartcert.reception.packages import PackageVersion
from smartcert.reporting.catalogue import add_particle

# --- Figures that are unlike those of the same size type, or unlike the last round's: questions, never rejections.

MEDIAN_DISTANCES = 6
"""How many median distances from the median a figure may be before it is asked about. No rule orders this."""

CHANGE_FACTOR = 3
"""How many times the last round's figure, or what part of it, before it is asked about. No rule orders this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedFigures:
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


def compare_with_peers(everyone: Sequence[ClaimedFigures], edition: Edition, fewest: int) -> Iterable[Remark]:
    """Yield a remark for each figure far from the median of its size type, where at least ``fewest`` have one."""
    for indicator in _numeric_indicators(edition):
        for size in SizeType:
            measured = [
                (
                    one,
                    compute_measure(
                        value, indicator, one.applicant.population.residents if one.applicant.population else None
                    ),
                )
                for one in everyone
                if one.size_type is size
                and isinstance(value := one.values.get(indicator.id), Fraction)
                and (indicator.per_people is None or one.applicant.population)
            ]
            if len(measured) >= fewest:
                yield from _remark_outliers(measured, indicator)


def compare_with_last_round(
    everyone: Sequence[ClaimedFigures], last: Mapping[str, Mapping[str, Value]], edition: Edition
) -> Iterable[Remark]:
    """Yield a remark for each figure several times the last round's; ``last`` is by code and indicator."""
    for one in everyone:
        before = last.get(one.applicant.code, {})
        for indicator in _numeric_indicators(edition):
            now, then = one.values.get(indicator.id), before.get(indicator.id)
            if not isinstance(now, Fraction) or not isinstance(then, Fraction) or min(now, then) <= 0:
                continue
            if now >= CHANGE_FACTOR * then or then >= CHANGE_FACTOR * now:
                unit = indicator.unit.ko
                told = Text(
                    ko=f"지난 공모의 {format_exact(then)}{unit}에서 {add_particle(format_exact(now) + unit, '으로/로')} 바뀐 까닭",
                    en=f"why it went from {format_exact(then)} in the last round to {format_exact(now)} {indicator.unit.en}",
                )
                yield Remark(applicant=one.id, indicator=indicator.id, told=told)


def _numeric_indicators(edition: Edition) -> list[Indicator]:
    return [
        one
        for one in edition.indicators()
        if one.kind is IndicatorKind.QUANTITATIVE and not isinstance(one.scale, YesNoScale)
    ]


def _remark_outliers(measured: list[tuple[ClaimedFigures, Fraction]], indicator: Indicator) -> Iterable[Remark]:
    middle = median(value for _, value in measured)
    distance = median(abs(value - middle) for _, value in measured)
    for one, value in measured:
        if distance > 0 and abs(value - middle) > MEDIAN_DISTANCES * distance:
            told = Text(
                ko=f"값 {add_particle(_format_two_decimals(value), '이/가')} 같은 도시 유형의 중앙값 "
                f"{add_particle(_format_two_decimals(middle), '과/와')} 크게 다른 까닭",
                en=f"why {_format_two_decimals(value)} is far from {_format_two_decimals(middle)}, the median of the same size type",
            )
            yield Remark(applicant=one.id, indicator=indicator.id, told=told)


def _format_two_decimals(value: Fraction) -> str:
    return format_exact(Fraction(round(value * 100), 100))


# --- Evidence that a form names, held against the files that came: there, and long enough for the page.

_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


def check_evidence(name: str, version: PackageVersion) -> Iterable[Remark]:
    """Yield a remark for each figure whose document or page is not named, not there, or beyond its end."""
    for claim in version.submission.claims.values():
        if claim.value is None or isinstance(claim.value, Missing):
            continue
        told = _evidence_question(claim, version)
        if told is not None:
            yield Remark(applicant=name, indicator=claim.indicator.id, told=told)


def _evidence_question(claim: Claim, version: PackageVersion) -> Text | None:
    if not claim.document or not claim.page:
        return Text(ko="증빙 문서와 쪽을 적어야 합니다", en="the document and the page of the evidence")
    found = [file for file in version.kept.files if claim.document in (file.name, file.name.rpartition("/")[2])]
    if not found:
        return Text(
            ko=f"증빙 문서 {add_particle(claim.document, '이/가')} 제출 파일에 없습니다",
            en=f"the document {claim.document}, which is not among the files received",
        )
    last = max((int(page) for page in _PAGE_NUMBER.findall(claim.page)), default=0)
    pages = found[0].pages
    if pages is not None and last > pages:
        return Text(
            ko=f"{add_particle(claim.document, '은/는')} {pages}쪽까지인데 {claim.page}쪽을 가리킵니다",
            en=f"page {claim.page} of {claim.document}, which has {pages}",
        )
    return None
