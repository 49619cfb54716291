"""What does the page on the history of certification show: who was certified when, in one language?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import (
    CertificationKind,
    CertificationTerm,
    CertificationTimeline,
    Coverage,
    LevelStatus,
    PublicCertification,
    PublicHistory,
    PublicHolding,
    ValidityStatus,
    YearCount,
)
from smartcert.model.citation import Source
from smartcert.reporting import basis
from smartcert.reporting.catalogue import Words, format_level, name_region
from smartcert.reporting.charts.history import draw_tiles_chart, draw_timeline_chart
from smartcert.reporting.formats import format_number, format_percent
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.records import HistoryRecord


class CertificationHistory(Page):
    """The sections of the page on who was certified when, in one language.

    A section keeps its number when others are left out.
    """

    ships_style = True
    section_order = ("certified", "coverage", "timeline", "rounds", "disputed", "basis")

    def __init__(self, record: HistoryRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "history"))
        self._record = record
        self._history = record.history

    @property
    def record(self) -> HistoryRecord:
        """Return what the page shows."""
        return self._record

    def head(self) -> PageSection:
        """Return the page's header: the day, what the page knows, and that most days are inferred."""
        return self.add_header(
            "history_head.html.j2",
            title=self.words("history.title"),
            history=self._history,
            record=self._record,
            certified=sum(timeline.holding is PublicHolding.CERTIFIED for timeline in self._history.timelines),
        )

    def certified(self) -> PageSection:
        """Return who is certified on the day, and who holds a pilot certificate."""
        words, history = self.words, self._history
        return self.add_section(
            "certified",
            "history_certified.html.j2",
            title=words("history.certified.title", day=history.day),
            history=history,
            rows=list_holders(history, [PublicHolding.CERTIFIED], words),
            pilots=list_holders(history, [PublicHolding.PILOT, PublicHolding.PILOT_DISPUTED], words),
            expired=list_holders(history, [PublicHolding.EXPIRED], words),
            unknown=list_holders(history, [PublicHolding.NOT_KNOWN], words),
            pilots_only={  # whose last certification is the pilot has no other
                holding.value: [
                    words.show(timeline.applicant.full_name, "text")
                    for timeline in sorted(history.timelines, key=lambda timeline: timeline.applicant.code)
                    if timeline.holding is holding
                    and timeline.term is not None
                    and timeline.term.certification.kind is CertificationKind.PILOT
                ]
                for holding in (PublicHolding.EXPIRED, PublicHolding.NOT_KNOWN)
            },
            share=format_share(history.everywhere),
        )

    def coverage(self) -> PageSection:
        """Return how much of the country is covered: by size type, and by region on tiles laid like a map."""
        words, history = self.words, self._history
        own = build_coverage_row(words("history.coverage.own"), history.own)
        return self.add_section(
            "coverage",
            "history_coverage.html.j2",
            title=words("history.coverage.title"),
            history=history,
            record=self._record,
            total=build_coverage_row(words("history.coverage.everywhere"), history.everywhere),
            own=own,
            sizes=[build_coverage_row(words(f"size_type.{size.size_type}"), size.coverage) for size in history.sizes],
            chart=draw_tiles_chart(history, words),
            regions=list_regions(history, words),
        )

    def timeline(self) -> PageSection:
        """Return every certification of everybody on one axis of time, the same as a table, and the lapses."""
        words, history = self.words, self._history
        return self.add_section(
            "timeline",
            "history_timeline.html.j2",
            title=words("history.timeline.title"),
            history=history,
            chart=draw_timeline_chart(history, words),
            groups=list_terms_by_holder(history, words),
            lapses=list_lapses(history, words),
        )

    def rounds(self) -> PageSection:
        """Return how many were certified in each round, by kind and size type."""
        words, history = self.words, self._history
        return self.add_section(
            "rounds",
            "history_rounds.html.j2",
            title=words("history.rounds.title"),
            history=history,
            rows=list_years(history.counts, words),
        )

    def disputed(self) -> PageSection:
        """Return the values on which sources disagree, both readings side by side."""
        words = self.words
        sources = {source.id: source for source in self._record.sources}
        return self.add_section(
            "disputed",
            "history_disputed.html.j2",
            title=words("history.disputed.title"),
            rows=list(list_disputes(self._history, sources, words)),
            notes=list_notes(self._history, words),
        )

    def basis(self) -> PageSection:
        """Return what the page rests on: rules behind inferred days, sources, and the hashes of the inputs."""
        words, record = self.words, self._record
        return self.add_section(
            "basis",
            "history_basis.html.j2",
            title=words("history.basis.title"),
            record=record,
            rules=basis.build_rule_rows(record.rules, words),
            sources=basis.build_source_rows(record.sources, words),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TermRow:
    """One certification: whose, in which round, its level and days, each with how firmly it is known."""

    name: str
    code: str
    region: str
    size_type: str
    round: str
    level: str
    level_status: str
    first: str
    last: str
    validity_status: str
    in_force: bool
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageRow:
    """How many of a group are certified, and how many residents they have."""

    name: str
    certified: str
    all: str
    residents: str
    share: str
    itself: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """One value on which sources disagree: what each of them says."""

    name: str
    what: str
    claims: tuple[tuple[str, str], ...]
    note: str


def list_holders(history: PublicHistory, holdings: Iterable[PublicHolding], words: Words) -> list[TermRow]:
    """Return the last certification of each government whose holding is one of ``holdings``, by region and code."""
    wanted = frozenset(holdings)
    rows = [
        build_term_row(timeline, timeline.term, history, words)
        for timeline in history.timelines
        if timeline.holding in wanted and timeline.term is not None
    ]
    return sorted(rows, key=lambda row: row.code)


def list_terms_by_holder(history: PublicHistory, words: Words) -> list[tuple[str, list[TermRow]]]:
    """Return every certification under the name of its holder, in the order of the history."""
    return [
        (
            words.show(timeline.applicant.full_name, "text"),
            [build_term_row(timeline, term, history, words) for term in timeline.terms],
        )
        for timeline in history.timelines
    ]


def build_term_row(
    timeline: CertificationTimeline, term: CertificationTerm, history: PublicHistory, words: Words
) -> TermRow:
    """Return the row of one certification; it is in force where it covers the day of the history."""
    certification, code = term.certification, timeline.applicant.code
    status = certification.level_status
    last_days = term.last_claims or (term.last,)
    return TermRow(
        name=words.show(timeline.applicant.full_name, "text"),
        code=code,
        region=code[:2],
        size_type=words(f"size_type.{certification.size_type}" if certification.size_type else "symbol.none"),
        round=words("history.round", year=str(certification.round_year), kind=f"history.kind.{certification.kind}"),
        level=format_level(certification, words),
        level_status="" if status in (LevelStatus.PUBLISHED, LevelStatus.UNKNOWN) else status.value,
        first=_format_unbroken_day(term.first, words),
        last=", ".join(_format_unbroken_day(day, words) for day in last_days),
        validity_status=certification.validity_status.value,
        in_force=term.covers(history.day),
        note=words.show(certification.note, "text") if certification.note else "",
    )


def _format_unbroken_day(day: date, words: Words) -> str:
    """Return a day that stays on one line."""
    return words.show(day, "day").replace(" ", "\u00a0")


def list_lapses(history: PublicHistory, words: Words) -> list[tuple[str, str, str, str, bool]]:
    """Return holder, first day, last day, number of days, and whether inferred, of every lapse; the longest first."""
    lapses = [(timeline.applicant, lapse) for timeline in history.timelines for lapse in timeline.lapses]
    return [
        (
            words.show(applicant.full_name, "text"),
            _format_unbroken_day(lapse.first, words),
            _format_unbroken_day(lapse.last, words),
            format_number(lapse.days),
            lapse.inferred,
        )
        for applicant, lapse in sorted(lapses, key=lambda pair: (-pair[1].days, pair[0].code))
    ]


def build_coverage_row(name: str, coverage: Coverage, itself: str = "") -> CoverageRow:
    """Return a row of a table of coverage; ``itself`` is what the regional government itself holds."""
    return CoverageRow(
        name=name,
        certified=format_number(coverage.certified),
        all=format_number(coverage.all),
        residents=format_number(coverage.residents),
        share=format_share(coverage),
        itself=itself,
    )


def format_share(coverage: Coverage) -> str:
    """Return the share of residents, rounded to one digit of a percent; a dash where there are no residents."""
    if not coverage.all_residents:
        return "—"
    return format_percent(Fraction(coverage.residents, coverage.all_residents), 1)


def list_regions(history: PublicHistory, words: Words) -> list[CoverageRow]:
    """Return a row per region, in the order of the codes."""
    return [
        build_coverage_row(
            name_region(region.government, words),
            region.coverage,
            words("history.holding.never" if region.itself is None else f"history.holding.{region.itself}"),
        )
        for region in history.regions
    ]


def list_years(counts: Iterable[YearCount], words: Words) -> list[tuple[str, str, str, str, str]]:
    """Return year, kind, counts of large and of small/medium (of the pilot: a dash), and their sum."""
    groups: dict[tuple[int, str], dict[str, int]] = {}
    for count in counts:
        groups.setdefault((count.year, count.kind), {})[str(count.size_type or "none")] = count.count
    rows = []
    for (year, kind), by_size in groups.items():
        large, small_medium = (
            words("symbol.none") if "none" in by_size else format_number(by_size.get(size, 0))
            for size in ("large", "small_medium")
        )
        rows.append(
            (str(year), words(f"history.kind.{kind}"), large, small_medium, format_number(sum(by_size.values())))
        )
    return rows


def list_disputes(history: PublicHistory, sources: Mapping[str, Source], words: Words) -> Iterator[Dispute]:
    """Yield every level on which sources disagree or that only one side claims, then every disputed validity.

    Pilot certifications whose validity is disputed in the same way by the same sources stand together.
    """
    pilots: dict[tuple[object, ...], list[PublicCertification]] = {}
    for timeline in history.timelines:
        for term in timeline.terms:
            certification = term.certification
            if certification.level_status in (LevelStatus.DISPUTED, LevelStatus.CLAIMED):
                name = words.show(timeline.applicant.full_name, "text")
                claims = [words("history.level.one", level=level) for level in certification.level_claims]
                keys = certification.level_sources
                yield _build_dispute(name, certification, "level", claims, keys, sources, words)
            if certification.validity_status is ValidityStatus.DISPUTED:
                key = (certification.validity_claims, certification.validity_sources)
                pilots.setdefault(key, []).append(certification)
    for group in pilots.values():
        name = words("history.disputed.several", names=[words.show(pilot.name, "text") for pilot in group])
        claims = [words.show(day, "day") for day in group[0].validity_claims]
        yield _build_dispute(name, group[0], "validity", claims, group[0].validity_sources, sources, words)


def _build_dispute(
    name: str,
    certification: PublicCertification,
    what: str,
    claims: list[str],
    keys: tuple[str, ...],
    sources: Mapping[str, Source],
    words: Words,
) -> Dispute:
    status = certification.level_status if what == "level" else certification.validity_status
    shorts = [words.show(sources[key].short, "text") for key in keys]
    if len(claims) == 1:  # the claim of one side: all its sources agree
        shorts = [", ".join(shorts)]
    return Dispute(
        name=name,
        what=words(f"history.disputed.{what}_{status}", year=str(certification.round_year)),
        claims=tuple(zip(claims, shorts, strict=True)),
        note=words.show(certification.note, "text") if certification.note else "",
    )


def list_notes(history: PublicHistory, words: Words) -> list[tuple[str, str]]:
    """Return the notes on single certifications with their headings; those of pilots and disputed levels left out.

    These stand in other tables.
    """
    return [
        (
            words(
                "history.noted",
                name=words.show(timeline.applicant.full_name, "text"),
                year=str(term.certification.round_year),
            ),
            words.show(term.certification.note, "text"),
        )
        for timeline in history.timelines
        for term in timeline.terms
        if term.certification.note is not None
        and term.certification.kind is not CertificationKind.PILOT
        and term.certification.level_status not in (LevelStatus.DISPUTED, LevelStatus.CLAIMED)
    ]
