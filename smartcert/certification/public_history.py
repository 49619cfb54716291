"""Published certificates as terms and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from smartcert.certification.events import Draft, Event, EventKind, Purpose, build_event
from smartcert.certification.periods import compute_first_period, compute_next_period
from smartcert.certification.state import Law as PublicLaw
from smartcert.files import sha256_hex
from smartcert.model.applicant import NOT_LOCAL_GOVERNMENTS, Applicant, Registry, SizeType
from smartcert.model.application import KOREAN_TIME
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
from smartcert.rules.parameters import CertificationRules

# --- The public history on one day: terms, lapses, coverage. Values in, values out; nothing here reads a file or a clock.

Law = Callable[[date], CertificationRules]
_DAY = timedelta(days=1)


def compute_terms(certifications: Iterable[PublicCertification], law: Law) -> tuple[CertificationTerm, ...]:
    """Return the published certifications of one local government with their first and last days, oldest first.

    Where these are not published, they follow from the rules of the day of the announcement: a renewal continues the
    certification before it, if that has not ended yet.

    Raises:
        NoRuleError: days are not published, and no rule held on the day of the announcement.
    """
    found: list[CertificationTerm] = []
    for one in sorted(certifications, key=lambda one: one.decided_on):
        before = max((term.last for term in found if _is_main_round(term)), default=None)
        found.append(_compute_term(one, before, law))
    return tuple(found)


def _compute_term(one: PublicCertification, before: date | None, law: Law) -> CertificationTerm:
    if one.validity_status is ValidityStatus.DISPUTED:
        claims = one.validity_claims
        return CertificationTerm(
            certification=one,
            first=one.valid_from or one.decided_on,
            last=max(claims),
            inferred=one.valid_from is None,
            last_claims=claims,
        )
    if one.valid_from and one.valid_to:
        return CertificationTerm(certification=one, first=one.valid_from, last=one.valid_to, inferred=False)
    rules = law(one.decided_on)
    if one.kind is CertificationKind.RENEWAL and before is not None:
        first, last = compute_next_period(before, one.decided_on, rules)
    else:
        first, last = compute_first_period(one.decided_on, rules)
    return CertificationTerm(certification=one, first=first, last=last, inferred=True)


def _is_main_round(term: CertificationTerm) -> bool:
    return term.certification.kind is not CertificationKind.PILOT


def build_timeline(applicant: Applicant, terms: Iterable[CertificationTerm], day: date) -> CertificationTimeline:
    """Return all terms of one local government in their order, the lapses between them, and what it holds on a day."""
    ordered = tuple(sorted(terms, key=lambda term: (term.first, term.last)))
    main = [term for term in ordered if _is_main_round(term)]
    holding, term = _find_public_holding(ordered, main, day)
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
    found = []
    for before, after in pairwise(main):
        if after.first > before.last + _DAY:
            inferred = before.inferred or after.inferred
            found.append(CertificationLapse(first=before.last + _DAY, last=after.first - _DAY, inferred=inferred))
    return tuple(found)


def build_history(
    certifications: Sequence[PublicCertification],
    registry: Registry,
    sizes: Mapping[str, SizeType],
    law: Law,
    day: date,
) -> PublicHistory:
    """Return the whole picture on ``day``.

    ``sizes`` gives the size type of each local government that may apply, by code; one without may not.

    Raises:
        NoRuleError: as `terms_of`.
    """
    by_code = registry.by_code()
    rows: dict[str, list[PublicCertification]] = {}
    for one in certifications:
        rows.setdefault(one.code, []).append(one)
    timelines = [build_timeline(by_code[code], compute_terms(own, law), day) for code, own in rows.items()]
    holding = {one.applicant.code: one for one in timelines}
    certified = frozenset(code for code, one in holding.items() if one.holding is PublicHolding.CERTIFIED)
    governments = [one for one in registry.entries if one.kind not in NOT_LOCAL_GOVERNMENTS]
    regions = [_build_region(one, governments, holding, certified) for one in governments if one.parent_code is None]
    return PublicHistory(
        day=day,
        known_to=max(one.decided_on for one in certifications),
        timelines=tuple(sorted(timelines, key=lambda one: (one.terms[0].first, one.applicant.code))),
        everywhere=_cover_everywhere(governments, regions, certified),
        own=_cover_own_residents(governments, certified),
        sizes=tuple(_cover_size(size, governments, sizes, holding) for size in SizeType),
        cannot_apply=sum(one.code not in sizes for one in governments),
        regions=tuple(regions),
        counts=_count_by_year(certifications),
    )


def _build_region(
    government: Applicant,
    all_: Sequence[Applicant],
    holding: Mapping[str, CertificationTimeline],
    certified: frozenset[str],
) -> Region:
    below = [one for one in all_ if one.parent_code == government.code]
    known = holding.get(government.code)
    whole = _get_residents(government)
    return Region(
        government=government,
        itself=known.holding if known else None,
        coverage=Coverage(
            certified=sum(one.code in certified for one in below),
            all=len(below),
            residents=whole
            if government.code in certified
            else sum(map(_get_residents, _select_certified(below, certified))),
            all_residents=whole,
        ),
    )


def _cover_everywhere(all_: Sequence[Applicant], regions: Sequence[Region], certified: frozenset[str]) -> Coverage:
    return Coverage(
        certified=len(_select_certified(all_, certified)),
        all=len(all_),
        residents=sum(one.coverage.residents for one in regions),
        all_residents=sum(one.coverage.all_residents for one in regions),
    )


def _cover_own_residents(all_: Sequence[Applicant], certified: frozenset[str]) -> Coverage:
    above = {one.parent_code for one in all_}
    basic = [one for one in all_ if one.code not in above]
    return _build_coverage(basic, certified)


def _cover_size(
    size: SizeType,
    all_: Sequence[Applicant],
    sizes: Mapping[str, SizeType],
    holding: Mapping[str, CertificationTimeline],
) -> SizeCoverage:
    """Return one size type; who is certified has the size type of that certification."""
    told = dict(sizes)
    certified = set()
    for code, one in holding.items():
        if one.holding is PublicHolding.CERTIFIED and one.term is not None:
            certified.add(code)
            told[code] = one.term.certification.size_type or told[code]
    members = [one for one in all_ if told.get(one.code) is size]
    return SizeCoverage(size_type=size, coverage=_build_coverage(members, frozenset(certified)))


def _build_coverage(members: Sequence[Applicant], certified: frozenset[str]) -> Coverage:
    inside = _select_certified(members, certified)
    return Coverage(
        certified=len(inside),
        all=len(members),
        residents=sum(map(_get_residents, inside)),
        all_residents=sum(map(_get_residents, members)),
    )


def _select_certified(members: Iterable[Applicant], certified: frozenset[str]) -> list[Applicant]:
    return [one for one in members if one.code in certified]


def _get_residents(one: Applicant) -> int:
    return one.population.residents if one.population is not None else 0


def _count_by_year(certifications: Iterable[PublicCertification]) -> tuple[YearCount, ...]:
    found = Counter((one.round_year, one.kind, one.size_type) for one in certifications)
    kinds, sizes = list(CertificationKind), [None, *SizeType]
    ordered = sorted(found, key=lambda key: (key[0], kinds.index(key[1]), sizes.index(key[2])))
    return tuple(
        YearCount(year=year, kind=kind.value, size_type=size, count=found[year, kind, size])
        for year, kind, size in ordered
    )


# --- Certifications as they were made public, as events: so that what held on a day is answered in one way only.

GENESIS = sha256_hex(b"smartcert-register/1:public-history")
"""What the first event of the public history follows."""

TRANSCRIBER = "public history"
"""Who entered a published certification: nobody in person."""


def to_events(certifications: Iterable[PublicCertification], law: PublicLaw) -> tuple[Event, ...]:
    """Return the published certifications as a chain of events, in the order of their days and codes.

    Raises:
        NoRuleError: a certification of a day on which no rule on certificates held yet.
    """
    chain: list[Event] = []
    for draft in build_drafts(certifications, law):
        previous = chain[-1].hash if chain else GENESIS
        chain.append(build_event(draft, len(chain) + 1, draft.at, previous))
    return tuple(chain)


def build_drafts(certifications: Iterable[PublicCertification], law: PublicLaw) -> Iterator[Draft]:
    """Yield the published certifications but the pilot as drafts, to be entered into a register.

    Raises:
        NoRuleError: as `as_events`.
    """
    by_code: dict[str, list[PublicCertification]] = {}
    for one in certifications:
        by_code.setdefault(one.code, []).append(one)
    terms = [term for own in by_code.values() for term in compute_terms(own, law)]
    for term in sorted(terms, key=lambda term: (term.certification.decided_on, term.certification.code)):
        if term.certification.kind is not CertificationKind.PILOT:
            yield _build_draft(term, law)


def _build_draft(term: CertificationTerm, law: PublicLaw) -> Draft:
    one = term.certification
    purpose = Purpose.EXTENSION if one.kind is CertificationKind.RENEWAL else Purpose.NEW
    facts = {
        "name_ko": one.name.ko,
        "name_en": one.name.en,
        "size_type": one.size_type.value if one.size_type else "",
        "valid_from": term.first.isoformat(),
        "valid_to": term.last.isoformat(),
        "purpose": purpose.value,
        "round": str(one.round_year),
        "level": str(one.level) if one.level else "",
        "level_told": one.level_status.value,
        "level_claims": ";".join(str(claim) for claim in one.level_claims),
        "source": " ".join(one.sources),
    }
    return Draft(
        subject=one.code,
        kind=EventKind.TRANSCRIBED,
        actor=TRANSCRIBER,
        role=law(one.decided_on).keeps_register.value,
        at=datetime.combine(one.decided_on, time(), KOREAN_TIME),
        reason=one.note.en if one.note else " ".join(one.sources),
        facts={name: value for name, value in facts.items() if value},
    )
