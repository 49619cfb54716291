"""Published certificates as terms and events."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from smartcert.certification.events import (
    KOREAN_TIME,
    Draft,
    Event,
    EventKind,
    Purpose,
    event_of,
    first_period,
    next_period,
)
from smartcert.certification.state import Law as PublicLaw
from smartcert.model.applicant import NOT_LOCAL_GOVERNMENTS, Applicant, Registry, SizeType
from smartcert.model.certification import (
    CertificationKind,
    Coverage,
    History,
    Holding,
    Lapse,
    PublicCertification,
    Region,
    SizeCoverage,
    Term,
    Timeline,
    ValidityStatus,
    YearCount,
)
from smartcert.rules.parameters import CertificationRules

# --- The public history on one day: terms, lapses, coverage. Values in, values out; nothing here reads a file or a clock.

Law = Callable[[date], CertificationRules]
_DAY = timedelta(days=1)


def terms_of(certifications: Iterable[PublicCertification], law: Law) -> tuple[Term, ...]:
    """Return the published certifications of one local government with their first and last days, oldest first.

    Where these are not published, they follow from the rules of the day of the announcement: a renewal continues the
    certification before it, if that has not ended yet.

    Raises:
        NoRuleError: days are not published, and no rule held on the day of the announcement.
    """
    found: list[Term] = []
    for one in sorted(certifications, key=lambda one: one.decided_on):
        before = max((term.last for term in found if _is_main(term)), default=None)
        found.append(_term(one, before, law))
    return tuple(found)


def _term(one: PublicCertification, before: date | None, law: Law) -> Term:
    if one.validity_status is ValidityStatus.DISPUTED:
        claims = one.validity_claims
        return Term(
            certification=one,
            first=one.valid_from or one.decided_on,
            last=max(claims),
            inferred=one.valid_from is None,
            last_claims=claims,
        )
    if one.valid_from and one.valid_to:
        return Term(certification=one, first=one.valid_from, last=one.valid_to, inferred=False)
    rules = law(one.decided_on)
    if one.kind is CertificationKind.RENEWAL and before is not None:
        first, last = next_period(before, one.decided_on, rules)
    else:
        first, last = first_period(one.decided_on, rules)
    return Term(certification=one, first=first, last=last, inferred=True)


def _is_main(term: Term) -> bool:
    return term.certification.kind is not CertificationKind.PILOT


def timeline(applicant: Applicant, terms: Iterable[Term], day: date) -> Timeline:
    """Return all terms of one local government in their order, the lapses between them, and what it holds on a day."""
    ordered = tuple(sorted(terms, key=lambda term: (term.first, term.last)))
    main = [term for term in ordered if _is_main(term)]
    holding, term = _holding(ordered, main, day)
    return Timeline(applicant=applicant, terms=ordered, lapses=_lapses(main), holding=holding, term=term)


def _holding(terms: Sequence[Term], main: Sequence[Term], day: date) -> tuple[Holding, Term | None]:
    in_force = [term for term in main if term.covers(day)]
    if in_force:
        return Holding.CERTIFIED, in_force[-1]
    pilots = [term for term in terms if term.last_claims and term.covers(day)]
    if pilots:
        undisputed = day <= min(pilots[-1].last_claims)
        return (Holding.PILOT if undisputed else Holding.PILOT_DISPUTED), pilots[-1]
    past = [term for term in main if term.last < day] or [term for term in terms if term.last < day]
    return (Holding.EXPIRED, max(past, key=lambda term: term.last)) if past else (Holding.NOT_YET, None)


def _lapses(main: Sequence[Term]) -> tuple[Lapse, ...]:
    found = []
    for before, after in pairwise(main):
        if after.first > before.last + _DAY:
            inferred = before.inferred or after.inferred
            found.append(Lapse(first=before.last + _DAY, last=after.first - _DAY, inferred=inferred))
    return tuple(found)


def history(
    certifications: Sequence[PublicCertification],
    registry: Registry,
    sizes: Mapping[str, SizeType],
    law: Law,
    day: date,
) -> History:
    """Return the whole picture on ``day``.

    ``sizes`` gives the size type of each local government that may apply, by code; one without may not.

    Raises:
        NoRuleError: as `terms_of`.
    """
    by_code = registry.by_code()
    rows: dict[str, list[PublicCertification]] = {}
    for one in certifications:
        rows.setdefault(one.code, []).append(one)
    timelines = [timeline(by_code[code], terms_of(own, law), day) for code, own in rows.items()]
    holding = {one.applicant.code: one for one in timelines}
    certified = frozenset(code for code, one in holding.items() if one.holding is Holding.CERTIFIED)
    governments = [one for one in registry.entries if one.kind not in NOT_LOCAL_GOVERNMENTS]
    regions = [_region(one, governments, holding, certified) for one in governments if one.parent_code is None]
    return History(
        day=day,
        known_to=max(one.decided_on for one in certifications),
        timelines=tuple(sorted(timelines, key=lambda one: (one.terms[0].first, one.applicant.code))),
        everywhere=_everywhere(governments, regions, certified),
        own=_own(governments, certified),
        sizes=tuple(_size(size, governments, sizes, holding) for size in SizeType),
        cannot_apply=sum(one.code not in sizes for one in governments),
        regions=tuple(regions),
        counts=_counts(certifications),
    )


def _region(
    government: Applicant, all_: Sequence[Applicant], holding: Mapping[str, Timeline], certified: frozenset[str]
) -> Region:
    below = [one for one in all_ if one.parent_code == government.code]
    known = holding.get(government.code)
    whole = _residents(government)
    return Region(
        government=government,
        itself=known.holding if known else None,
        coverage=Coverage(
            certified=sum(one.code in certified for one in below),
            all=len(below),
            residents=whole if government.code in certified else sum(map(_residents, _in(below, certified))),
            all_residents=whole,
        ),
    )


def _everywhere(all_: Sequence[Applicant], regions: Sequence[Region], certified: frozenset[str]) -> Coverage:
    return Coverage(
        certified=len(_in(all_, certified)),
        all=len(all_),
        residents=sum(one.coverage.residents for one in regions),
        all_residents=sum(one.coverage.all_residents for one in regions),
    )


def _own(all_: Sequence[Applicant], certified: frozenset[str]) -> Coverage:
    above = {one.parent_code for one in all_}
    basic = [one for one in all_ if one.code not in above]
    return _coverage(basic, certified)


def _size(
    size: SizeType, all_: Sequence[Applicant], sizes: Mapping[str, SizeType], holding: Mapping[str, Timeline]
) -> SizeCoverage:
    """Return one size type; who is certified has the size type of that certification."""
    told = dict(sizes)
    certified = set()
    for code, one in holding.items():
        if one.holding is Holding.CERTIFIED and one.term is not None:
            certified.add(code)
            told[code] = one.term.certification.size_type or told[code]
    members = [one for one in all_ if told.get(one.code) is size]
    return SizeCoverage(size_type=size, coverage=_coverage(members, frozenset(certified)))


def _coverage(members: Sequence[Applicant], certified: frozenset[str]) -> Coverage:
    inside = _in(members, certified)
    return Coverage(
        certified=len(inside),
        all=len(members),
        residents=sum(map(_residents, inside)),
        all_residents=sum(map(_residents, members)),
    )


def _in(members: Iterable[Applicant], certified: frozenset[str]) -> list[Applicant]:
    return [one for one in members if one.code in certified]


def _residents(one: Applicant) -> int:
    return one.population.residents if one.population is not None else 0


def _counts(certifications: Iterable[PublicCertification]) -> tuple[YearCount, ...]:
    found = Counter((one.round_year, one.kind, one.size_type) for one in certifications)
    kinds, sizes = list(CertificationKind), [None, *SizeType]
    ordered = sorted(found, key=lambda key: (key[0], kinds.index(key[1]), sizes.index(key[2])))
    return tuple(
        YearCount(year=year, kind=kind.value, size_type=size, count=found[year, kind, size])
        for year, kind, size in ordered
    )


# --- Certifications as they were made public, as events: so that what held on a day is answered in one way only.

GENESIS = hashlib.sha256(b"smartcert-register/1:public-history").hexdigest()
"""What the first event of the public history follows."""

TRANSCRIBER = "public history"
"""Who entered a published certification: nobody in person."""


def as_events(certifications: Iterable[PublicCertification], law: PublicLaw) -> tuple[Event, ...]:
    """Return the published certifications as a chain of events, in the order of their days and codes.

    Raises:
        NoRuleError: a certification of a day on which no rule on certificates held yet.
    """
    chain: list[Event] = []
    for draft in drafts(certifications, law):
        previous = chain[-1].hash if chain else GENESIS
        chain.append(event_of(draft, len(chain) + 1, draft.at, previous))
    return tuple(chain)


def drafts(certifications: Iterable[PublicCertification], law: PublicLaw) -> Iterator[Draft]:
    """Yield the published certifications but the pilot as drafts, to be entered into a register.

    Raises:
        NoRuleError: as `as_events`.
    """
    by_code: dict[str, list[PublicCertification]] = {}
    for one in certifications:
        by_code.setdefault(one.code, []).append(one)
    terms = [term for own in by_code.values() for term in terms_of(own, law)]
    for term in sorted(terms, key=lambda term: (term.certification.decided_on, term.certification.code)):
        if term.certification.kind is not CertificationKind.PILOT:
            yield _draft(term, law)


def _draft(term: Term, law: PublicLaw) -> Draft:
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
