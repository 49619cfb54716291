"""The history page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from smartcert.model.certification import (
    CertificationKind,
    CertificationLapse,
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
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words, format_level, name_government, name_region
from smartcert.reporting.charts.round import draw_tiles_chart
from smartcert.reporting.charts.timeline import draw_timeline_chart
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.records import HistoryRecord

# --- Rows of the history's tables. Cells are words and figures, not yet escaped.


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


def build_term_row(
    one: CertificationTimeline, term: CertificationTerm, history: PublicHistory, words: Words
) -> TermRow:
    """Return the row of one certification."""
    it = term.certification
    return TermRow(
        name=name_government(one.applicant, words),
        code=one.applicant.code,
        region=one.applicant.code[:2],
        size_type=words(f"size_type.{it.size_type}") if it.size_type else words("symbol.none"),
        round=words("history.round", year=str(it.round_year), kind=f"history.kind.{it.kind}"),
        level=format_level(it, words),
        level_status="" if it.level_status in (LevelStatus.PUBLISHED, LevelStatus.UNKNOWN) else it.level_status.value,
        first=_format_unbroken_day(term.first, words),
        last=_format_last_days(term, words),
        validity_status=it.validity_status.value,
        in_force=term.covers(history.day),
        note=words.show(it.note, "text") if it.note else "",
    )


def _format_last_days(term: CertificationTerm, words: Words) -> str:
    return ", ".join(_format_unbroken_day(last, words) for last in term.last_claims or (term.last,))


def _format_unbroken_day(day: date, words: Words) -> str:
    """Return a day that stays on one line."""
    return words.show(day, "day").replace(" ", "\u00a0")


def list_holders(history: PublicHistory, holdings: Iterable[PublicHolding], words: Words) -> list[TermRow]:
    """Return the row of what each holds who holds one of ``holdings``, by region and code."""
    wanted = frozenset(holdings)
    found = [one for one in history.timelines if one.holding in wanted and one.term is not None]
    found.sort(key=lambda one: one.applicant.code)
    return [build_term_row(one, one.term, history, words) for one in found if one.term is not None]


def list_terms_by_holder(history: PublicHistory, words: Words) -> list[tuple[str, list[TermRow]]]:
    """Return every certification under the name of its holder, in the order of the history."""
    return [
        (name_government(one.applicant, words), [build_term_row(one, term, history, words) for term in one.terms])
        for one in history.timelines
    ]


def list_lapses(history: PublicHistory, words: Words) -> list[tuple[str, str, str, str, bool]]:
    """Return holder, first day, last day, number of days, and whether inferred, of every lapse; the longest first."""
    found: list[tuple[CertificationTimeline, CertificationLapse]] = [
        (one, lapse) for one in history.timelines for lapse in one.lapses
    ]
    found.sort(key=lambda pair: (-pair[1].days, pair[0].applicant.code))
    return [
        (
            name_government(one.applicant, words),
            _format_unbroken_day(lapse.first, words),
            _format_unbroken_day(lapse.last, words),
            figures.format_number(lapse.days),
            lapse.inferred,
        )
        for one, lapse in found
    ]


def build_coverage_row(name: str, coverage: Coverage, itself: str = "") -> CoverageRow:
    """Return a row of a table of coverage."""
    return CoverageRow(
        name=name,
        certified=figures.format_number(coverage.certified),
        all=figures.format_number(coverage.all),
        residents=figures.format_number(coverage.residents),
        share=format_share(coverage),
        itself=itself,
    )


def format_share(coverage: Coverage) -> str:
    """Return the share of residents, rounded to one digit."""
    if not coverage.all_residents:
        return "—"
    return figures.format_percent(Fraction(coverage.residents, coverage.all_residents), 1)


def list_sizes(history: PublicHistory, words: Words) -> list[CoverageRow]:
    """Return a row per size type."""
    return [build_coverage_row(words(f"size_type.{one.size_type}"), one.coverage) for one in history.sizes]


def list_regions(history: PublicHistory, words: Words) -> list[CoverageRow]:
    """Return a row per region, in the order of the codes."""
    return [
        build_coverage_row(
            name_region(one.government, words),
            one.coverage,
            words("history.holding.never" if one.itself is None else f"history.holding.{one.itself}"),
        )
        for one in history.regions
    ]


def list_years(counts: Iterable[YearCount], words: Words) -> list[tuple[str, str, str, str, str]]:
    """Return year, kind, counts of large and of small/medium (of the pilot: a dash), and their sum."""
    groups: dict[tuple[int, str], dict[str, int]] = {}
    for one in counts:
        groups.setdefault((one.year, one.kind), {})[str(one.size_type or "none")] = one.count
    none = words("symbol.none")
    return [
        (
            str(year),
            words(f"history.kind.{kind}"),
            *(
                none if "none" in found else figures.format_number(found.get(size, 0))
                for size in ("large", "small_medium")
            ),
            figures.format_number(sum(found.values())),
        )  # type: ignore[misc]  # two sizes between two texts before and one after make five
        for (year, kind), found in groups.items()
    ]


def list_disputes(history: PublicHistory, sources: Mapping[str, Source], words: Words) -> Iterator[Dispute]:
    """Yield every value on which sources disagree, then every one that only one side claims."""
    terms = [(one, term.certification) for one in history.timelines for term in one.terms]
    for one, it in terms:
        if it.level_status in (LevelStatus.DISPUTED, LevelStatus.CLAIMED):
            told = [words("history.level.one", level=level) for level in it.level_claims]
            yield _build_dispute(
                name_government(one.applicant, words), it, "level", told, it.level_sources, sources, words
            )
    pilots = [it for _, it in terms if it.validity_status is ValidityStatus.DISPUTED]
    by_claims: dict[tuple[object, ...], list[PublicCertification]] = {}
    for it in pilots:
        by_claims.setdefault((it.validity_claims, it.validity_sources), []).append(it)
    for alike in by_claims.values():
        name = words("history.disputed.several", names=[words.show(it.name, "text") for it in alike])
        claims = [words.show(day, "day") for day in alike[0].validity_claims]
        yield _build_dispute(name, alike[0], "validity", claims, alike[0].validity_sources, sources, words)


def _build_dispute(
    name: str,
    it: PublicCertification,
    what: str,
    claims: list[str],
    keys: tuple[str, ...],
    sources: Mapping[str, Source],
    words: Words,
) -> Dispute:
    status = it.level_status if what == "level" else it.validity_status
    shorts = [words.show(sources[key].short, "text") for key in keys]
    if len(claims) == 1:  # one claim of one side: all its sources say the same
        shorts = [", ".join(shorts)]
    return Dispute(
        name=name,
        what=words(f"history.disputed.{what}_{status}", year=str(it.round_year)),
        claims=tuple(zip(claims, shorts, strict=True)),
        note=words.show(it.note, "text") if it.note else "",
    )


def list_notes(history: PublicHistory, words: Words) -> list[tuple[str, str]]:
    """Return what is to be said about single certifications, where nothing is disputed."""
    return [
        (
            words("history.noted", name=name_government(one.applicant, words), year=str(term.certification.round_year)),
            words.show(term.certification.note, "text"),
        )
        for one in history.timelines
        for term in one.terms
        if term.certification.note is not None
        and term.certification.kind is not CertificationKind.PILOT
        and term.certification.level_status not in (LevelStatus.DISPUTED, LevelStatus.CLAIMED)
    ]


# --- The public history of certification: one method per section, each a value that shows itself in a notebook.


class CertificationHistory(Page):
    """The sections of the page on who was certified when, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: HistoryRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "history"))
        self._record = record
        self._history = record.history

    def head(self) -> PageSection:
        """Return the page's header: the day, what the page knows, and that most days are inferred."""
        return self.add_header(
            "history_head.html.j2",
            title=self.words("history.title"),
            history=self._history,
            record=self._record,
            certified=sum(one.holding is PublicHolding.CERTIFIED for one in self._history.timelines),
        )

    def certified(self) -> PageSection:
        """Return who is certified on the day, and who holds a pilot certificate."""
        words, held = self.words, self._history
        return self.add_section(
            "certified",
            "history_certified.html.j2",
            title=words("history.certified.title", day=held.day),
            history=held,
            rows=list_holders(held, [PublicHolding.CERTIFIED], words),
            pilots=list_holders(held, [PublicHolding.PILOT, PublicHolding.PILOT_DISPUTED], words),
            expired=list_holders(held, [PublicHolding.EXPIRED], words),
            share=format_share(held.everywhere),
        )

    def coverage(self) -> PageSection:
        """Return how much of the country is covered: by size type, and by region on tiles laid like a map."""
        words, held = self.words, self._history
        own = build_coverage_row(words("history.coverage.own"), held.own)
        return self.add_section(
            "coverage",
            "history_coverage.html.j2",
            title=words("history.coverage.title"),
            history=held,
            record=self._record,
            total=build_coverage_row(words("history.coverage.everywhere"), held.everywhere),
            own=own,
            sizes=list_sizes(held, words),
            chart=draw_tiles_chart(held, words),
            regions=list_regions(held, words),
        )

    def timeline(self) -> PageSection:
        """Return every certification of everybody on one axis of time, the same as a table, and the lapses."""
        words, held = self.words, self._history
        return self.add_section(
            "timeline",
            "history_timeline.html.j2",
            title=words("history.timeline.title"),
            history=held,
            chart=draw_timeline_chart(held, words),
            groups=list_terms_by_holder(held, words),
            lapses=list_lapses(held, words),
        )

    def rounds(self) -> PageSection:
        """Return how many were certified in each round, by kind and size type."""
        words, held = self.words, self._history
        return self.add_section(
            "rounds",
            "history_rounds.html.j2",
            title=words("history.rounds.title"),
            history=held,
            rows=list_years(held.counts, words),
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
