"""Figures that are unlike those of the same size type, or unlike the last round's: questions, never rejections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from smartcert.evaluation.scales import measure
from smartcert.intake.written import number
from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.application import Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, YesNo
from smartcert.reporting.particles import with_particle

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
