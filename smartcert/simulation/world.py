"""One invented round as values: the same seed gives the same round, and each applicant its own stream of chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from smartcert.intake.naming import ids
from smartcert.model.applicant import Applicant, Registry
from smartcert.model.application import (
    Answer,
    Application,
    Channel,
    Document,
    DocumentKind,
    Evaluator,
    Exclusion,
    ExclusionKind,
    Inspection,
    Mark,
    Measurement,
    Missing,
    Supplement,
    Window,
)
from smartcert.model.indicator import IndicatorKind, Section
from smartcert.rules.rulebook import Rules
from smartcert.simulation import figures
from smartcert.simulation.names import registry

_JUDGES = 7
_FIELDS = ("도시계획", "정보통신", "교통", "환경", "재정", "시민참여", "데이터", "안전", "에너지")
_FAMILY = ("강가람", "나누리", "도다솜", "류라온", "마루한", "박하늘", "서슬기", "안아람", "조한결")


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """An invented round: registry, committee, and every application with what was found about it."""

    registry: Registry
    committee: tuple[Evaluator, ...]
    applications: tuple[Application, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Committee:
    members: tuple[Evaluator, ...]
    leniency: Mapping[str, float] = field(default_factory=dict)


def invent(applicants: int, seed: int, rules: Rules, window: Window, taken: frozenset[str]) -> World:
    """Return an invented round of ``applicants`` under the rules; ``taken`` are stems of names that real ones have.

    How able an applicant is rises with its population and is shared by its figures and its marks, so both correlate;
    each domain departs from it. A few arrive late, without a seal or the wrong way, a few values are absent, a few are
    corrected at the desk or on site, and a few evaluators have a conflict.
    """
    rng = random.Random(f"{seed}:world")  # noqa: S311 - an invented round needs no secrecy
    entries, applying = registry(applicants, rng, taken)
    count = min(_JUDGES, rules.committee.members_at_most.value)
    members = tuple(
        Evaluator(id=f"E{n}", name=_FAMILY[(n - 1) % 9], field=_FIELDS[(n - 1) % 9], chair=n == 1)
        for n in range(1, count + 1)
    )
    committee = _Committee(members=members, leniency={one.id: rng.gauss(0, 0.06) for one in members})
    names = ids(entries)
    made = [_application(one, names[one.code], seed, rules, window, committee) for one in applying]
    return World(registry=entries, committee=members, applications=tuple(sorted(made, key=lambda one: one.id)))


def _application(
    applicant: Applicant, name: str, seed: int, rules: Rules, window: Window, committee: _Committee
) -> Application:
    rng = random.Random(f"{seed}:{applicant.code}")  # noqa: S311 - as above
    residents = applicant.population.residents if applicant.population else 1
    ability = min(0.95, max(0.05, rng.gauss(0.56, 0.17) + 0.05 * (len(str(residents)) - 5)))
    abilities = {domain.id: _near(ability, rng) for domain in rules.edition.domains}
    measurements = {}
    for domain in rules.edition.domains:
        measurements.update(_measured(domain, abilities[domain.id], residents, rng))
    exclusions = _exclusions(committee, rules, rng)
    channel, arrived_at, sent_at, reason = _arrival(window, rng)
    documents, supplements = _papers(rules, window, rng)
    return Application(
        id=name,
        applicant=applicant,
        code=applicant.code,
        channel=channel,
        arrived_at=arrived_at,
        sent_at=sent_at,
        official_letter=channel is Channel.WEBSITE,
        channel_reason=reason,
        documents=documents,
        supplements=supplements,
        measurements=measurements,
        inspections=_inspected(measurements, rules, rng),
        marks=_marked(abilities, rules, committee, exclusions, rng),
        exclusions=exclusions,
    )


def _near(ability: float, rng: random.Random) -> float:
    return min(1.0, max(0.0, rng.gauss(ability, 0.08)))


def _measured(domain: Section, ability: float, residents: int, rng: random.Random) -> dict[str, Measurement]:
    made = {}
    for number, indicator in enumerate(domain.walk(), start=1):
        if indicator.kind is not IndicatorKind.QUANTITATIVE:
            continue
        claimed = figures.claim(indicator, ability, residents, rng)
        desk, reason = claimed, ""
        if not isinstance(claimed, Missing) and rng.random() < 0.03:
            desk = figures.corrected(indicator, claimed)
            reason = "근거자료와 다른 수치를 바로잡음" if desk != claimed else ""
        there = claimed is not Missing.ABSENT
        made[indicator.id] = Measurement(
            indicator=indicator.id,
            claimed=claimed,
            desk=desk,
            desk_reason=reason,
            evidence_document=f"증빙 {domain.id}.pdf" if there else "",
            evidence_page=str(number) if there else "",
            grade=figures.grade(rng) if there else None,
        )
    return made


def _inspected(measurements: Mapping[str, Measurement], rules: Rules, rng: random.Random) -> dict[str, Inspection]:
    indicators = {one.id: one for one in rules.edition.indicators()}
    made = {}
    for name, measurement in measurements.items():
        if isinstance(measurement.desk, Missing) or rng.random() >= 0.4:
            continue
        found: Fraction | Missing = figures.corrected(indicators[name], measurement.desk)
        wrong = rng.random() < 0.08 and found != measurement.desk
        made[name] = Inspection(
            indicator=name,
            verified=not wrong,
            corrected=found if wrong else None,
            reason="현장에서 확인한 수치가 다름" if wrong else "",
        )
    return made


def _marked(
    abilities: Mapping[str, float],
    rules: Rules,
    committee: _Committee,
    exclusions: tuple[Exclusion, ...],
    rng: random.Random,
) -> tuple[Mark, ...]:
    away = {exclusion.evaluator for exclusion in exclusions}
    scale = rules.scoring.mark_scale.value
    return tuple(
        Mark(
            indicator=indicator.id,
            evaluator=judge.id,
            value=figures.mark(scale, quality, committee.leniency[judge.id], rng),
        )
        for domain in rules.edition.domains
        for indicator in domain.walk()
        if indicator.kind is IndicatorKind.QUALITATIVE
        for quality in [_near(abilities[domain.id], rng)]
        for judge in committee.members
        if judge.id not in away
    )


def _exclusions(committee: _Committee, rules: Rules, rng: random.Random) -> tuple[Exclusion, ...]:
    grounds = rules.committee.exclusion_grounds.value
    return tuple(
        Exclusion(
            evaluator=one.id, kind=ExclusionKind.EXCLUSION, ground=rng.choice(grounds), note="모의 공모의 이해관계"
        )
        for one in committee.members
        if rng.random() < 0.02
    )


def _arrival(window: Window, rng: random.Random) -> tuple[Channel, datetime, datetime | None, str]:
    """Return channel, arrival, posting and reason: most arrive on the last day, about one in thirty after it."""
    open_for = int((window.closes_at - window.opens_at).total_seconds() // 60)
    chance = rng.random()
    minutes = rng.randint(1, 90) if chance < 0.03 else -int(min(open_for, rng.expovariate(1 / 600)))
    arrived_at = window.closes_at + timedelta(minutes=minutes)
    if rng.random() < 0.95:
        return Channel.WEBSITE, arrived_at, None, ""
    reason = "" if rng.random() < 0.2 else "기관 방화벽으로 누리집 등록이 되지 않음"
    if rng.random() < 0.5:
        return Channel.IN_PERSON, arrived_at, None, reason
    return Channel.MAIL, arrived_at, arrived_at - timedelta(days=2), reason


def _papers(rules: Rules, window: Window, rng: random.Random) -> tuple[tuple[Document, ...], tuple[Supplement, ...]]:
    wanted = rules.documents
    documents, supplements = [], []
    asked = (window.closes_at + timedelta(days=4)).date()
    for kind in wanted.required.value:
        there, sealed = rng.random() >= 0.008, rng.random() >= 0.03
        document = Document(
            kind=kind,
            received=there,
            sealed=(sealed and there) if kind in wanted.sealed.value else None,
            lookup_table=there if kind in wanted.lookup_table.value else None,
        )
        documents.append(document)
        if not there or document.sealed is False:
            supplements.append(_supplement(kind, asked, rng))
    return tuple(documents), tuple(supplements)


def _supplement(kind: DocumentKind, asked: date, rng: random.Random) -> Supplement:
    answer = rng.choices([Answer.ANSWERED, Answer.NO_ANSWER, Answer.PENDING], [80, 10, 10])[0]
    due = asked + timedelta(days=9)
    return Supplement(
        document=kind,
        asked_on=asked,
        due_on=due,
        answer=answer,
        answered_on=due - timedelta(days=rng.randint(-1, 8)) if answer is Answer.ANSWERED else None,
        note="모의 공모의 보완 요청",
    )
