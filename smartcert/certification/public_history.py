"""What do published certifications say? First and last days, the picture on one day, and events like a register's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from smartcert.certification.events import Draft, Event, EventKind, Purpose, build_event
from smartcert.certification.periods import compute_first_period, compute_next_period
from smartcert.certification.state import Law
from smartcert.files import sha256_hex
from smartcert.model.applicant import NOT_LOCAL_GOVERNMENTS, Applicant, Registry, SizeType
from smartcert.model.certification import (
    CertificationKind,
    CertificationLapse,
    CertificationTerm,
    CertificationTimeline,
    Coverage,
    PublicCertification,
    PublicHistory,
    PublicHolding,
    Region,
    SizeCoverage,
    ValidityStatus,
    YearCount,
)
from smartcert.model.korean_time import KOREAN_TIME

_DAY = timedelta(days=1)


def compute_terms(certifications: Iterable[PublicCertification], law: Law) -> tuple[CertificationTerm, ...]:
    """Return the published certifications of one local government with their first and last days, oldest first.

    Where these are not published, they follow from the rules of the day of the announcement: a renewal continues the
    certification before it, if that has not ended yet. Where the year of the last day is published, the day that
    follows from the rules must lie in it.

    Raises:
        ValueError: the year that is published is another one.
        NoRuleError: days are not published, and no rule was in force on the day of the announcement.
    """
    terms: list[CertificationTerm] = []
    for certification in sorted(certifications, key=lambda certification: certification.decided_on):
        before = max((term.last for term in terms if _is_main_round(term)), default=None)
        terms.append(_compute_term(certification, before, law))
    return tuple(terms)


def _compute_term(certification: PublicCertification, before: date | None, law: Law) -> CertificationTerm:
    if certification.validity_status is ValidityStatus.DISPUTED:
        claims = certification.validity_claims
        return CertificationTerm(
            certification=certification,
            first=certification.valid_from or certification.decided_on,
            last=max(claims),
            inferred=certification.valid_from is None,
            last_claims=claims,
        )
    if certification.valid_from and certification.valid_to:
        return CertificationTerm(
            certification=certification, first=certification.valid_from, last=certification.valid_to, inferred=False
        )
    rules = law(certification.decided_on)
    if certification.kind is CertificationKind.RENEWAL and before is not None:
        first, last = compute_next_period(before, certification.decided_on, rules)
    else:
        first, last = compute_first_period(certification.decided_on, rules)
    if certification.valid_to_year not in (None, last.year):
        raise ValueError(
            f"the certification of {certification.name.en} of {certification.round_year} is published to run until "
            f"{certification.valid_to_year}, and by the rules it ends on {last}"
        )
    return CertificationTerm(certification=certification, first=first, last=last, inferred=True)


def _is_main_round(term: CertificationTerm) -> bool:
    return term.certification.kind is not CertificationKind.PILOT


def build_timeline(
    applicant: Applicant, terms: Iterable[CertificationTerm], day: date, known_to: date
) -> CertificationTimeline:
    """Return the terms of one local government in order, the lapses between them, and what it holds on ``day``.

    ``known_to`` is the last announcement that is known: after it nobody is called expired, as a later one may have
    certified it anew.
    """
    ordered = tuple(sorted(terms, key=lambda term: (term.first, term.last)))
    main = [term for term in ordered if _is_main_round(term)]
    holding, term = _find_public_holding(ordered, main, day)
    if holding is PublicHolding.EXPIRED and day > known_to:
        holding = PublicHolding.NOT_KNOWN
    return CertificationTimeline(
        applicant=applicant, terms=ordered, lapses=_find_lapses(main), holding=holding, term=term
    )


def _find_public_holding(
    terms: Sequence[CertificationTerm], main: Sequence[CertificationTerm], day: date
) -> tuple[PublicHolding, CertificationTerm | None]:
    in_force = [term for term in main if term.covers(day)]
    if in_force:
        return PublicHolding.CERTIFIED, in_force[-1]
    pilots = [term for term in terms if term.last_claims and term.covers(day)]
    if pilots:
        undisputed = day <= min(pilots[-1].last_claims)
        return (PublicHolding.PILOT if undisputed else PublicHolding.PILOT_DISPUTED), pilots[-1]
    past = [term for term in main if term.last < day] or [term for term in terms if term.last < day]
    return (PublicHolding.EXPIRED, max(past, key=lambda term: term.last)) if past else (PublicHolding.NOT_YET, None)


def _find_lapses(main: Sequence[CertificationTerm]) -> tuple[CertificationLapse, ...]:
    lapses = []
    for before, after in pairwise(main):
        if after.first > before.last + _DAY:
            inferred = before.inferred or after.inferred
            lapses.append(CertificationLapse(first=before.last + _DAY, last=after.first - _DAY, inferred=inferred))
    return tuple(lapses)


def build_history(
    certifications: Sequence[PublicCertification],
    registry: Registry,
    sizes: Mapping[str, str],
    law: Law,
    day: date,
    former: Mapping[str, Applicant] | None = None,
) -> PublicHistory:
    """Return who was certified on ``day`` and before, for how long, and how many residents live there.

    The codes of the certifications are those of the registry, or of ``former``: who was certified and has ended since.
    ``sizes`` gives the size type of each local government that may apply, by code; one without may not.

    Raises:
        NoRuleError: as `compute_terms`.
    """
    by_code = {**(former or {}), **registry.by_code()}
    known_to = max(certification.decided_on for certification in certifications)
    timelines = {
        code: build_timeline(by_code[code], compute_terms(own, law), day, known_to)
        for code, own in _group_by_code(certifications).items()
    }
    certified = frozenset(code for code, timeline in timelines.items() if timeline.holding is PublicHolding.CERTIFIED)
    governments = [entry for entry in registry.entries if entry.kind not in NOT_LOCAL_GOVERNMENTS]
    regions = [
        _build_region(government, governments, timelines, certified)
        for government in governments
        if government.parent_code is None
    ]
    parents = {government.parent_code for government in governments}
    lowest = [government for government in governments if government.code not in parents]
    return PublicHistory(
        day=day,
        known_to=known_to,
        timelines=tuple(
            sorted(timelines.values(), key=lambda timeline: (timeline.terms[0].first, timeline.applicant.code))
        ),
        everywhere=Coverage(
            certified=len(_select_certified(governments, certified)),
            all=len(governments),
            residents=sum(region.coverage.residents for region in regions),
            all_residents=sum(region.coverage.all_residents for region in regions),
        ),
        own=_build_coverage(lowest, certified),
        sizes=tuple(_cover_size(size, governments, sizes, timelines) for size in SizeType),
        cannot_apply=sum(government.code not in sizes for government in governments),
        regions=tuple(regions),
        counts=_count_by_year(certifications),
    )


def _group_by_code(certifications: Iterable[PublicCertification]) -> dict[str, list[PublicCertification]]:
    by_code: dict[str, list[PublicCertification]] = {}
    for certification in certifications:
        by_code.setdefault(certification.code, []).append(certification)
    return by_code


def _build_region(
    region: Applicant,
    governments: Sequence[Applicant],
    timelines: Mapping[str, CertificationTimeline],
    certified: frozenset[str],
) -> Region:
    """Return one region; where it is certified itself all its residents count, else those of certified members."""
    members = [government for government in governments if government.parent_code == region.code]
    timeline = timelines.get(region.code)
    coverage = _build_coverage(members, certified)
    residents = _get_residents(region)
    return Region(
        government=region,
        itself=timeline.holding if timeline else None,
        coverage=replace(
            coverage,
            residents=residents if region.code in certified else coverage.residents,
            all_residents=residents,
        ),
    )


def _cover_size(
    size: SizeType,
    governments: Sequence[Applicant],
    sizes: Mapping[str, str],
    timelines: Mapping[str, CertificationTimeline],
) -> SizeCoverage:
    """Return the coverage of one size type; who is certified counts in the size type of that certification."""
    size_types = dict(sizes)
    certified = set()
    for code, timeline in timelines.items():
        if timeline.holding is PublicHolding.CERTIFIED and timeline.term is not None:
            certified.add(code)
            size_types[code] = timeline.term.certification.size_type or size_types[code]
    members = [government for government in governments if size_types.get(government.code) is size]
    return SizeCoverage(size_type=size, coverage=_build_coverage(members, frozenset(certified)))


def _build_coverage(members: Sequence[Applicant], certified: frozenset[str]) -> Coverage:
    selected = _select_certified(members, certified)
    return Coverage(
        certified=len(selected),
        all=len(members),
        residents=sum(map(_get_residents, selected)),
        all_residents=sum(map(_get_residents, members)),
    )


def _select_certified(members: Iterable[Applicant], certified: frozenset[str]) -> list[Applicant]:
    return [member for member in members if member.code in certified]


def _get_residents(government: Applicant) -> int:
    return government.population.residents if government.population is not None else 0


def _count_by_year(certifications: Iterable[PublicCertification]) -> tuple[YearCount, ...]:
    counts = Counter(
        (certification.round_year, certification.kind, certification.size_type) for certification in certifications
    )
    kinds, sizes = list(CertificationKind), [None, *SizeType]
    ordered = sorted(counts, key=lambda key: (key[0], kinds.index(key[1]), sizes.index(key[2])))
    return tuple(
        YearCount(year=year, kind=kind.value, size_type=size, count=counts[year, kind, size])
        for year, kind, size in ordered
    )


GENESIS = sha256_hex(b"smartcert-register/1:public-history")
"""The hash that the first event of the public history follows."""

TRANSCRIBER = "public history"
"""The actor of a published certification: no person."""


def to_events(certifications: Iterable[PublicCertification], law: Law) -> tuple[Event, ...]:
    """Return the published certifications as a chain of events, in the order of their days and codes.

    Raises:
        NoRuleError: a certification of a day on which no rule on certificates was in force yet.
    """
    chain: list[Event] = []
    for draft in build_drafts(certifications, law):
        previous = chain[-1].hash if chain else GENESIS
        chain.append(build_event(draft, len(chain) + 1, draft.at, previous))
    return tuple(chain)


def build_drafts(certifications: Iterable[PublicCertification], law: Law) -> Iterator[Draft]:
    """Yield the published certifications but the pilot as drafts, to be entered into a register.

    Raises:
        NoRuleError: as `to_events`.
    """
    terms = [term for own in _group_by_code(certifications).values() for term in compute_terms(own, law)]
    for term in sorted(terms, key=lambda term: (term.certification.decided_on, term.certification.code)):
        if term.certification.kind is not CertificationKind.PILOT:
            yield _build_draft(term, law)


def _build_draft(term: CertificationTerm, law: Law) -> Draft:
    certification = term.certification
    purpose = Purpose.EXTENSION if certification.kind is CertificationKind.RENEWAL else Purpose.NEW
    facts = {
        "name_ko": certification.name.ko,
        "name_en": certification.name.en,
        "size_type": certification.size_type or "",
        "valid_from": term.first.isoformat(),
        "valid_to": term.last.isoformat(),
        "purpose": purpose.value,
        "round": str(certification.round_year),
        "level": str(certification.level) if certification.level else "",
        "level_told": certification.level_status.value,
        "level_claims": ";".join(str(claim) for claim in certification.level_claims),
        "source": " ".join(certification.sources),
    }
    return Draft(
        subject=certification.code,
        kind=EventKind.TRANSCRIBED,
        actor=TRANSCRIBER,
        role=law(certification.decided_on).keeps_register.value,
        at=datetime.combine(certification.decided_on, time(), KOREAN_TIME),
        reason=certification.note.en if certification.note else " ".join(certification.sources),
        facts={name: value for name, value in facts.items() if value},
    )
