"""What an invented round consists of: local governments, claims, marks, and what goes wrong, all drawn from a seed.

The same seed gives the same round. Each applicant has its own stream of random numbers, so that one application does
not change when others are added.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import count

from smartcert.io.parameters.applicant_search import assign_ids
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantKind, Population, Registry
from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Channel,
    DeskCorrection,
    Document,
    DocumentKind,
    Evaluator,
    EvidenceGrade,
    Exclusion,
    ExclusionKind,
    Inspection,
    Mark,
    Measurement,
    Missing,
    Supplement,
    SupplementAnswer,
    Value,
)
from smartcert.model.citation import Text
from smartcert.model.indicator import (
    BandScale,
    CountScale,
    Direction,
    Indicator,
    IndicatorKind,
    LinearScale,
    Marks,
    MarkScale,
    MissingPolicy,
    PiecewiseScale,
    RankScale,
    Section,
    TableScale,
    TargetScale,
    YesNoScale,
)
from smartcert.rules.rulebook import Rules

_AS_OF = "2023-10"
_SOURCE = "invented"
_SYLLABLES = (
    *(("가", "ga"), ("온", "on"), ("나", "na"), ("래", "rae"), ("다", "da"), ("솜", "som"), ("라", "ra")),
    *(("마", "ma"), ("루", "ru"), ("바", "ba"), ("람", "ram"), ("새", "sae"), ("벽", "byeok"), ("아", "a")),
    *(("하", "ha"), ("늘", "neul"), ("별", "byeol"), ("빛", "bit"), ("누", "nu"), ("리", "ri"), ("물", "mul")),
    *(("결", "gyeol"), ("시", "si"), ("내", "nae"), ("초", "cho"), ("롱", "rong"), ("한", "han"), ("울", "ul")),
)
_ENDINGS = {
    ApplicantKind.METROPOLITAN_CITY: ("광역시", ""),
    ApplicantKind.PROVINCE: ("도", "-do"),
    ApplicantKind.CITY: ("시", "-si"),
    ApplicantKind.COUNTY: ("군", "-gun"),
    ApplicantKind.AUTONOMOUS_DISTRICT: ("구", "-gu"),
}
# median residents and spread, about as in the registry of October 2023
_RESIDENTS = {
    ApplicantKind.CITY: (250_000, 0.8),
    ApplicantKind.COUNTY: (48_000, 0.5),
    ApplicantKind.AUTONOMOUS_DISTRICT: (300_000, 0.5),
}
# how often each kind applies: the numbers of cities, counties, districts and metropolitan cities in Korea
_KIND_WEIGHTS = (
    (ApplicantKind.CITY, 75),
    (ApplicantKind.COUNTY, 82),
    (ApplicantKind.AUTONOMOUS_DISTRICT, 69),
    (ApplicantKind.METROPOLITAN_CITY, 6),
)
_MAX_PER_PARENT = 25
_MAX_RESIDENTS = 1_200_000
_ABSENT_SHARE = 0.02
_NOT_APPLICABLE_SHARE = 0.05
_GRADE_WEIGHTS = ((EvidenceGrade.MEASURED, 70), (EvidenceGrade.SURVEY, 15), (EvidenceGrade.ESTIMATED, 15))
_DESK = ("노하람", "문다올")
"""Who corrects claims at the desk in every invented round, and who confirms it."""
_DAYS_TO_CORRECT = 8
_MAX_UNLIMITED = 100
_MAX_EVALUATORS = 7
_FIELDS = ("도시계획", "정보통신", "교통", "환경", "재정", "시민참여", "데이터", "안전", "에너지")
_EVALUATOR_NAMES = ("강가람", "나누리", "도다솜", "류라온", "마루한", "박하늘", "서슬기", "안아람", "조한결")


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedRound:
    """An invented round: registry, committee, and every application with its inspections and marks."""

    registry: Registry
    committee: tuple[Evaluator, ...]
    applications: tuple[Application, ...]


def invent_round(
    applicants: int, seed: int, rules: Rules, window: ApplicationWindow, taken: frozenset[str]
) -> SimulatedRound:
    """Return an invented round of ``applicants`` under the rules; ``taken`` are stems of names that real ones have.

    How able an applicant is rises with its population and is shared by its figures and its marks, so that both
    correlate; each domain departs from it. A few applications arrive late, without a seal or the wrong way, a few
    values are absent or corrected, at the desk or on site, and a few evaluators have a conflict of interest.
    """
    rng = random.Random(f"{seed}:world")  # noqa: S311 - an invented round needs no secrecy
    registry, applying = invent_registry(applicants, rng, taken)
    evaluators = min(_MAX_EVALUATORS, rules.committee.members_at_most.value)
    committee = tuple(
        Evaluator(id=f"E{n}", name=_EVALUATOR_NAMES[(n - 1) % 9], field=_FIELDS[(n - 1) % 9], chair=n == 1)
        for n in range(1, evaluators + 1)
    )
    leniency = {evaluator.id: rng.gauss(0, 0.06) for evaluator in committee}
    ids = assign_ids(registry)
    applications = [
        _invent_application(applicant, ids[applicant.code], seed, rules, window, leniency) for applicant in applying
    ]
    applications.sort(key=lambda application: application.id)
    return SimulatedRound(registry=registry, committee=committee, applications=tuple(applications))


def _invent_application(
    applicant: Applicant, name: str, seed: int, rules: Rules, window: ApplicationWindow, leniency: Mapping[str, float]
) -> Application:
    rng = random.Random(f"{seed}:{applicant.code}")  # noqa: S311 - as above
    residents = applicant.population.residents if applicant.population else 1
    ability = min(0.95, max(0.05, rng.gauss(0.56, 0.17) + 0.05 * (len(str(residents)) - 5)))
    abilities = {domain.id: _vary(ability, rng) for domain in rules.edition.domains}
    measurements = {}
    for domain in rules.edition.domains:
        measurements.update(_invent_measurements(domain, abilities[domain.id], residents, window, rng))
    exclusions = _invent_exclusions(leniency, rules, rng)
    channel, arrived_at, sent_at, reason = _invent_arrival(window, rng)
    documents, supplements = _invent_documents(rules, window, rng)
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
        inspections=_invent_inspections(measurements, rules, rng),
        marks=_invent_marks(abilities, rules, leniency, exclusions, rng),
        exclusions=exclusions,
        bases={base.id: Fraction(rng.randint(10, 1000)) for base in rules.edition.bases},
    )


def invent_registry(
    applicants: int, rng: random.Random, taken: frozenset[str]
) -> tuple[Registry, tuple[Applicant, ...]]:
    """Return a registry and those of its entries that apply, ``applicants`` of them; ``taken`` stems are not used.

    Codes begin with 9, as no real one does. Populations are about as in Korea.
    """
    names = _generate_names(taken)
    kinds = rng.choices([kind for kind, _ in _KIND_WEIGHTS], [weight for _, weight in _KIND_WEIGHTS], k=applicants)
    numbers = count(1)
    entries: list[Applicant] = []
    applying: list[Applicant] = []
    parents: dict[ApplicantKind, list[Applicant]] = {ApplicantKind.PROVINCE: [], ApplicantKind.METROPOLITAN_CITY: []}
    members: dict[str, int] = {}

    def add_top(kind: ApplicantKind) -> Applicant:
        residents = rng.randrange(_MAX_RESIDENTS, 3 * _MAX_RESIDENTS)
        entry = _invent_entry(kind, next(names), next(numbers), residents, None)
        parents[kind].append(entry)
        entries.append(entry)
        return entry

    def choose_parent(kind: ApplicantKind) -> Applicant:
        known = parents[kind]
        parent = known[-1] if known and members.get(known[-1].code, 0) < _MAX_PER_PARENT else add_top(kind)
        members[parent.code] = members.get(parent.code, 0) + 1
        return parent

    for kind in kinds:
        if kind is ApplicantKind.METROPOLITAN_CITY:
            applying.append(add_top(kind))
            continue
        is_district = kind is ApplicantKind.AUTONOMOUS_DISTRICT
        parent = choose_parent(ApplicantKind.METROPOLITAN_CITY if is_district else ApplicantKind.PROVINCE)
        middle, spread = _RESIDENTS[kind]
        residents = min(_MAX_RESIDENTS - 1, max(9_000, int(middle * rng.lognormvariate(0, spread))))
        entry = _invent_entry(kind, next(names), next(numbers), residents, parent)
        entries.append(entry)
        applying.append(entry)
    return Registry(as_of=_AS_OF, entries=tuple(entries), source=_SOURCE), tuple(applying)


def _invent_entry(
    kind: ApplicantKind, name: tuple[str, str], number: int, residents: int, parent: Applicant | None
) -> Applicant:
    korean, english = _ENDINGS[kind]
    return Applicant(
        code=f"9{number:09d}",
        name=Text(ko=name[0] + korean, en=name[1].capitalize() + english),
        kind=kind,
        parent_code=parent.code if parent else None,
        parent_name=parent.name.ko if parent else "",
        population=Population(residents=residents, as_of=_AS_OF, source=_SOURCE),
        invented=True,
    )


def _generate_names(taken: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield Korean and English stems of two syllables, then of three and more, each once, that are not taken."""
    seen: set[str] = set()
    for length in count(2):
        for number in range(len(_SYLLABLES) ** length):
            # a step that shares no factor with the number of stems visits each once, far apart
            position = number * 7919 % len(_SYLLABLES) ** length
            parts = []
            for _ in range(length):
                position, syllable = divmod(position, len(_SYLLABLES))
                parts.append(_SYLLABLES[syllable])
            korean, english = map("".join, zip(*parts, strict=True))
            if english not in seen and korean not in taken:
                seen.add(english)
                yield korean, english


def invent_claim(indicator: Indicator, ability: float, residents: int, rng: random.Random) -> Value:
    """Return a claimed value within the indicator's limits, or now and then a missing one.

    ``ability`` lies between 0 and 1. A value is missing only where the edition can be evaluated without it.
    """
    if indicator.absent is not MissingPolicy.REFUSE and rng.random() < _ABSENT_SHARE:
        return Missing.ABSENT
    if indicator.not_applicable is not MissingPolicy.REFUSE and rng.random() < _NOT_APPLICABLE_SHARE:
        return Missing.NOT_APPLICABLE
    share = min(1.0, max(0.0, rng.gauss(ability, 0.18)))
    if isinstance(indicator.scale, YesNoScale):
        return Fraction(rng.random() < 0.25 + 0.7 * share)
    worst, best = _measure_range(indicator)
    measure = worst + share * 1.1 * (best - worst)
    if indicator.per_people:
        measure = measure * residents / indicator.per_people
    is_integer = isinstance(indicator.scale, CountScale) or indicator.per_people is not None
    return clamp_to_limits(indicator, Fraction(round(measure)) if is_integer else Fraction(round(measure * 10), 10))


def correct_value(indicator: Indicator, value: Fraction) -> Fraction:
    """Return what is left of an overstated value: a tenth worse, one less where it is counted, no instead of yes."""
    if isinstance(indicator.scale, YesNoScale):
        return Fraction(0)
    if isinstance(indicator.scale, CountScale):
        return max(value - 1, Fraction(0))
    factor = Fraction(9, 10) if indicator.direction is Direction.HIGHER else Fraction(11, 10)
    return clamp_to_limits(indicator, Fraction(round(value * factor * 10), 10))


def invent_mark(scale: MarkScale, ability: float, leniency: float, rng: random.Random) -> Fraction | None:
    """Return an evaluator's mark on the scale, near ability plus leniency, or now and then None for an absent one."""
    if rng.random() < 0.01:
        return None
    share = min(1.0, max(0.0, rng.gauss(0.25 + 0.7 * ability + leniency, 0.15)))
    steps = round(share * float((scale.highest - scale.lowest) / scale.step))
    return scale.lowest + steps * scale.step


def invent_grade(rng: random.Random) -> EvidenceGrade:
    """Return the grade of evidence of one value."""
    return rng.choices([grade for grade, _ in _GRADE_WEIGHTS], [weight for _, weight in _GRADE_WEIGHTS])[0]


def clamp_to_limits(indicator: Indicator, value: Fraction) -> Fraction:
    """Return ``value``, or the limit of the indicator that it exceeds."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _measure_range(indicator: Indicator) -> tuple[float, float]:
    """Return a measure that earns no or few points, and one that earns all or most."""
    match indicator.scale:
        case BandScale(bands=bands):
            last, first = float(bands[-1].bound), float(bands[0].bound)
            return last + 0.5 * (last - first) / max(len(bands) - 1, 1), first
        case LinearScale(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            return float(zero_at), float(full_at)
        case CountScale(cap=cap):
            return 0.0, float(cap)
        case PiecewiseScale() | TableScale() | TargetScale():
            corners = indicator.list_corners()
            worst = min(corners, key=lambda corner: corner.points)
            return float(worst.value), float(max(corners, key=lambda corner: corner.points).value)
        case RankScale() | YesNoScale():
            low = float(indicator.limits.at_least or 0)
            high = float(indicator.limits.at_most or _MAX_UNLIMITED)
            if indicator.per_people:
                high = low + (high - low) / 100
            middle = low + (high - low) / 2
            return (low, middle) if indicator.direction is Direction.HIGHER else (middle, low)


def _vary(ability: float, rng: random.Random) -> float:
    return min(1.0, max(0.0, rng.gauss(ability, 0.08)))


def _invent_measurements(
    domain: Section, ability: float, residents: int, window: ApplicationWindow, rng: random.Random
) -> dict[str, Measurement]:
    by, confirmed_by = _DESK
    correction = DeskCorrection(
        by=by, confirmed_by=confirmed_by, on=(window.closes_at + timedelta(days=_DAYS_TO_CORRECT)).date()
    )
    measurements = {}
    entries = (entry for indicator in domain.walk() for entry in indicator.list_figures() or (indicator,))
    for number, indicator in enumerate(entries, start=1):
        if indicator.kind is not IndicatorKind.QUANTITATIVE:
            continue
        claimed = invent_claim(indicator, ability, residents, rng)
        desk, reason = claimed, ""
        if not isinstance(claimed, Missing) and rng.random() < 0.03:
            desk = correct_value(indicator, claimed)
            reason = "근거자료와 다른 수치를 바로잡음" if desk != claimed else ""
        has_evidence = claimed is not Missing.ABSENT
        measurements[indicator.id] = Measurement(
            indicator=indicator.id,
            claimed=claimed,
            desk=desk,
            desk_reason=reason,
            evidence_document=f"증빙 {domain.id}.pdf" if has_evidence else "",
            evidence_page=str(number) if has_evidence else "",
            grade=invent_grade(rng) if has_evidence else None,
            correction=correction if desk != claimed else None,
        )
    return measurements


def _invent_inspections(
    measurements: Mapping[str, Measurement], rules: Rules, rng: random.Random
) -> dict[str, Inspection]:
    indicators = {indicator.id: indicator for indicator in rules.edition.entries()}
    inspections = {}
    for name, measurement in measurements.items():
        if isinstance(measurement.desk, Missing) or rng.random() >= 0.4:
            continue
        corrected = correct_value(indicators[name], measurement.desk)
        is_wrong = rng.random() < 0.08 and corrected != measurement.desk
        inspections[name] = Inspection(
            indicator=name,
            verified=not is_wrong,
            corrected=corrected if is_wrong else None,
            reason="현장에서 확인한 수치가 다름" if is_wrong else "",
        )
    return inspections


def _invent_marks(
    abilities: Mapping[str, float],
    rules: Rules,
    leniency: Mapping[str, float],
    exclusions: tuple[Exclusion, ...],
    rng: random.Random,
) -> tuple[Mark, ...]:
    excluded = {exclusion.evaluator for exclusion in exclusions}
    scale = rules.scoring.mark_scale.value
    return tuple(
        Mark(
            indicator=indicator.id,
            evaluator=evaluator,
            value=invent_mark(indicator.mark_scale or scale, quality, lenience, rng),
        )
        for domain in rules.edition.domains
        for indicator in domain.walk()
        if indicator.kind is IndicatorKind.QUALITATIVE
        for quality in [_vary(abilities[domain.id], rng)]
        for evaluator, lenience in leniency.items()
        if evaluator not in excluded
    )


def _invent_exclusions(evaluators: Iterable[str], rules: Rules, rng: random.Random) -> tuple[Exclusion, ...]:
    grounds = rules.committee.exclusion_grounds.value
    return tuple(
        Exclusion(
            evaluator=evaluator, kind=ExclusionKind.EXCLUSION, ground=rng.choice(grounds), note="모의 공모의 이해관계"
        )
        for evaluator in evaluators
        if rng.random() < 0.02
    )


def _invent_arrival(window: ApplicationWindow, rng: random.Random) -> tuple[Channel, datetime, datetime | None, str]:
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


def _invent_documents(
    rules: Rules, window: ApplicationWindow, rng: random.Random
) -> tuple[tuple[Document, ...], tuple[Supplement, ...]]:
    wanted = rules.documents
    documents, supplements = [], []
    asked = (window.closes_at + timedelta(days=4)).date()
    for kind in wanted.required.value:
        received, sealed = rng.random() >= 0.008, rng.random() >= 0.03
        document = Document(
            kind=kind,
            received=received,
            sealed=(sealed and received) if kind in wanted.sealed.value else None,
            lookup_table=received if kind in wanted.lookup_table.value else None,
        )
        documents.append(document)
        if not received or document.sealed is False:
            supplements.append(_invent_supplement(kind, asked, rng))
    return tuple(documents), tuple(supplements)


def _invent_supplement(kind: DocumentKind, asked: date, rng: random.Random) -> Supplement:
    answer = rng.choices(
        [SupplementAnswer.ANSWERED, SupplementAnswer.NO_ANSWER, SupplementAnswer.PENDING], [80, 10, 10]
    )[0]
    due = asked + timedelta(days=9)
    return Supplement(
        document=kind,
        asked_on=asked,
        due_on=due,
        answer=answer,
        answered_on=due - timedelta(days=rng.randint(-1, 8)) if answer is SupplementAnswer.ANSWERED else None,
        note="모의 공모의 보완 요청",
    )
