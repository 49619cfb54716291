"""What the press gets of a round: the summary, and the public results as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from smartcert.characters import neutralise_formula
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import SizeType
from smartcert.reporting import formats as figures
from smartcert.reporting.audience import PressRecord, PressReserve, PressResult
from smartcert.reporting.basis import collect_rules
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.round import draw_steps_chart
from smartcert.reporting.formats import join_languages
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.progress import ProgressStep
from smartcert.reporting.records import PublicApplicant
from smartcert.reporting.round.reference import list_reference_links

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

CellValue = str | int | date
_MIN_WIDTH, _MAX_WIDTH = 18, 60
"""Widths of columns in characters."""
_NONCHARACTERS = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
"""What XML cannot contain, and what stands for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _PressRow:
    name: str
    other_name: str
    kind: str
    size_type: str
    level: str
    place: str
    granted: str
    shares: tuple[str, ...]


class PressSummary(Page):
    """The sections of the summary, named as those of the committee's; a section that is not public is None."""

    def __init__(self, record: PressRecord, language: str, links: frozenset[str] = frozenset()) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "press", scheme=record.round.scheme))
        self._record = record
        self._links = links
        """The pages and files beside the summary that exist, as relative paths; nothing else is linked to."""

    def head(self) -> PageSection:
        """Return the page's header: the round, whether it is invented, and whether anything is decided."""
        round_ = self._record.round
        return self.add_header(
            "summary_head.html.j2",
            title=self.words("press.title", round=round_.title),
            heading="press.title",
            kicker="press.kicker",
            round=round_,
            warning=self.words("press.before_decision") if self._before_decision else "",
            says_invented=round_.invented,
            footer_links=list_reference_links(self._links, self.words),
        )

    def failures(self) -> None:
        """Return None: a report that could not be rendered is a matter of the operating body."""

    def overview(self) -> PageSection:
        """Return who is certified and what is still open in sentences, and how many were left at each step."""
        words, counts = self.words, self._record.counts
        return self.add_section(
            "overview",
            "press_overview.html.j2",
            title=words("summary.overview.title"),
            sentences=self._describe(),
            chart=draw_steps_chart(counts, words),
            steps=[(words(f"chart.funnel.{passed.step}"), figures.format_number(passed.count)) for passed in counts],
            note=self._record.round.note,
        )

    def _passed(self, step: ProgressStep) -> int:
        return sum(passed.count for passed in self._record.counts if passed.step == step)

    @property
    def _before_decision(self) -> bool:
        return self._passed("evaluated") > 0 and self._passed("decided") == 0

    def _describe(self) -> list[str]:
        words, certified = self.words, self._record.certified
        received = self._passed("received")
        if self._before_decision:
            sentences = [words("press.lead.before", received=received, evaluated=self._passed("evaluated"))]
        elif not certified:
            sentences = [words("press.lead.none", received=received)]
        elif len(certified) == 1:
            sentences = [words("press.lead.one", received=received, first=certified[0].applicant.name)]
        else:
            first = certified[0].applicant.name
            sentences = [words("press.lead.many", received=received, first=first, certified=len(certified))]
        if certified:
            sizes = Counter(result.applicant.size_type for result in certified)
            sentences += self._describe_classes(sizes, certified[0].valid_years)
        for key, open_ in (("pending", self._record.pending), ("on_hold", self._record.on_hold)):
            if open_:
                names = [name.of(words.language) for name in open_]
                sentences.append(words(f"press.lead.{key}", count=len(open_), names=names))
        return [*sentences, words("press.lead.private")]

    def _describe_classes(self, counts: Counter[str | None], years: int | None) -> list[str]:
        words, scheme = self.words, self._record.round.scheme
        if scheme is None or not scheme.classes:
            sizes = {size.value: counts[size] for size in SizeType}
            if self._record.round.shows_validity and years is not None:
                return [words("press.lead.sizes", years=years, **sizes)]
            return [words("press.lead.sizes_only", **sizes)]
        classes = [
            words("press.lead.class_count", size_type=f"size_type.{declared_class.id}", count=counts[declared_class.id])
            for declared_class in scheme.classes
        ]
        if self._record.round.shows_validity and years is not None:
            return [words("press.lead.classes", years=years, classes=classes)]
        return [words("press.lead.classes_only", classes=classes)]

    def levels(self) -> None:
        """Return None: the level of an applicant that is not certified is not public."""

    def domains(self) -> None:
        """Return None: the quartiles also count applicants that are not certified."""

    def applicants(self) -> PageSection:
        """Return who was certified, with the level decided and the share of points by domain."""
        words, certified = self.words, self._record.certified
        return self.add_section(
            "applicants",
            "press_applicants.html.j2",
            title=words("press.applicants.title"),
            rows=[_press_row(result, words) for result in certified],
            reserve=[
                words("press.applicants.reserve_entry", name=row.name, place=row.place)
                for row in self._record.on_reserve
            ],
            domains=list_domain_names(certified, words),
            intro="press.applicants.intro_ranked" if self._record.round.ranks else "press.applicants.intro",
            placed=self._record.round.ranks,
            granted=_head_granted(self._record, words),
            other="en" if words.language == "ko" else "ko",
            links=self._links,
        )

    def refused(self) -> None:
        """Return None: who was not evaluated, and why, is not public."""

    def basis(self) -> PageSection:
        """Return what the results rest on: rules, editions, status, sources, and the hashes of the rule files."""
        record = self._record
        return self.add_basis("summary.basis.title", record, collect_rules(record.rules, record.round))


def list_domain_names(certified: Sequence[PressResult], words: Words) -> tuple[str, ...]:
    """Return the names of the domains: those of the first result, as a round has one edition."""
    return tuple(words.show(domain.name, "text") for domain in certified[0].domains) if certified else ()


def _press_row(result: PressResult, words: Words) -> _PressRow:
    applicant = result.applicant
    other = "en" if words.language == "ko" else "ko"
    amount = result.placing.granted if result.placing else None
    return _PressRow(
        name=words.show(applicant.name, "text"),
        other_name=figures.sanitise_text(applicant.name.of(other)),
        kind=words(f"kind.{applicant.kind.value}"),
        size_type=words(f"size_type.{applicant.size_type}") if applicant.size_type else words("symbol.none"),
        level=words("chart.level", level=result.level),
        place=figures.format_number(result.placing.place) if result.placing else "",
        granted=figures.format_number(amount) if amount is not None else words("symbol.none"),
        shares=tuple(words("press.percent", percent=domain.percent) for domain in result.domains),
    )


def build_results_csv(record: PressRecord) -> bytes:
    """Return the results as CSV in UTF-8 with a byte order mark, which Excel needs to show Hangul."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in build_result_rows(record):
        writer.writerow([_csv_field(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def build_results_xlsx(record: PressRecord) -> bytes:
    """Return the results as an Excel workbook with one sheet; the same record gives the same bytes."""
    # imported here: they take longer than the page, which needs none of them
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    from smartcert.reporting.workbook import save_workbook

    book = Workbook()
    book.properties.creator = "smartcert"
    book.properties.title = figures.sanitise_text(record.round.title.ko)
    sheet = book.active
    assert sheet is not None  # noqa: S101  # for the type checker: a new workbook has a sheet
    sheet.title = Words("ko", "press")("press.columns.sheet")
    table = build_result_rows(record)
    for number, row in enumerate(table, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row=number, column=column)
            assert isinstance(cell, Cell)  # noqa: S101  # for the type checker: no cells are merged
            _fill_cell(cell, value)
    for column, (_, *cells) in enumerate(zip(*table, strict=True), start=1):  # without the headings, which wrap
        widest = max(map(_display_width, cells), default=0) + 2
        sheet.column_dimensions[get_column_letter(column)].width = min(_MAX_WIDTH, max(_MIN_WIDTH, widest))
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    return save_workbook(book)


def build_result_rows(record: PressRecord) -> list[Sequence[CellValue]]:
    """Return the headings (Korean and English in one cell), then a row per certified applicant."""
    ko, en = (Words(language, "press", scheme=record.round.scheme) for language in ("ko", "en"))
    named = _has_level_names(record)
    first = (
        *("code", "name_ko", "name_en", "kind", "size_type", "level", *(("level_name",) if named else ())),
        *(("place",) if record.round.ranks else ()),
    )
    last = ("round", "governing_day", "edition", "invented")
    domains = record.certified[0].domains if record.certified else ()
    heads = [
        *(join_languages(ko(f"press.columns.{name}"), en(f"press.columns.{name}")) for name in first),
        *([join_languages(_head_granted(record, ko), _head_granted(record, en))] if _head_granted(record, ko) else []),
        *(
            join_languages(ko("press.columns.share", domain=domain.name), en("press.columns.share", domain=domain.name))
            for domain in domains
        ),
        *(join_languages(ko(f"press.columns.{name}"), en(f"press.columns.{name}")) for name in last),
    ]
    awarded = [_result_row(result, record, ko, en) for result in record.certified]
    return [heads, *awarded, *(_reserve_row(row, record, len(domains), ko, en) for row in record.on_reserve)]


def _head_granted(record: PressRecord, words: Words) -> str:
    """Return the heading of the amounts granted, with their currency; empty where no budget is divided."""
    currencies = [row.placing.currency for row in record.certified if row.placing and row.placing.currency]
    return words("press.columns.granted", currency=currencies[0]) if currencies else ""


def _number_cell(amount: Fraction) -> CellValue:
    """Return an amount as a whole number, else as a decimal or, where that is not exact, as a ratio."""
    if amount.denominator == 1:
        return int(amount)
    text = figures.format_decimal(amount)
    return text if Fraction(text) == amount else str(amount)


def _list_placing(result: PressResult, record: PressRecord, words: Words) -> list[CellValue]:
    """Return the cells of a ranking, as `build_result_rows` heads them: the place, and the amount where one is."""
    if not record.round.ranks:
        return []
    placing = result.placing
    cells: list[CellValue] = [placing.place if placing else ""]
    if _head_granted(record, words):
        cells.append(_number_cell(placing.granted) if placing and placing.granted is not None else "")
    return cells


def _has_level_names(record: PressRecord) -> bool:
    """Return whether the scheme of the round names its levels."""
    return record.round.scheme is not None and bool(record.round.scheme.level_names)


def _result_row(result: PressResult, record: PressRecord, ko: Words, en: Words) -> Sequence[CellValue]:
    applicant = result.applicant
    return (
        *_describe_applicant(result.code, applicant, result.level, record, ko, en),
        *_list_placing(result, record, ko),
        *(domain.percent for domain in result.domains),
        *_describe_round(record, invented=applicant.invented, ko=ko, en=en),
    )


def _reserve_row(row: PressReserve, record: PressRecord, domains: int, ko: Words, en: Words) -> Sequence[CellValue]:
    """Return the row of one on the reserve list: with its place, without an amount and shares of points."""
    placing: list[CellValue] = [row.place] if record.round.ranks else []
    if placing and _head_granted(record, ko):
        placing.append("")
    return (
        *_describe_applicant(row.code, row, row.level, record, ko, en),
        *placing,
        *[""] * domains,
        *_describe_round(record, invented=row.invented, ko=ko, en=en),
    )


def _describe_applicant(
    code: str, applicant: PublicApplicant | PressReserve, level: int, record: PressRecord, ko: Words, en: Words
) -> tuple[CellValue, ...]:
    size = f"size_type.{applicant.size_type}" if applicant.size_type else ""
    return (
        figures.sanitise_text(code),
        figures.sanitise_text(applicant.name.ko),
        figures.sanitise_text(applicant.name.en),
        join_languages(ko(f"kind.{applicant.kind.value}"), en(f"kind.{applicant.kind.value}")),
        join_languages(ko(size), en(size)) if size else "",
        level,
        *((join_languages(ko.level(level), en.level(level)),) if _has_level_names(record) else ()),
    )


def _describe_round(record: PressRecord, *, invented: bool, ko: Words, en: Words) -> tuple[CellValue, ...]:
    round_, answer = record.round, "press.columns.yes" if invented else "press.columns.no"
    return (
        join_languages(figures.sanitise_text(round_.title.ko), figures.sanitise_text(round_.title.en)),
        round_.governing_day,
        join_languages(figures.sanitise_text(round_.edition_title.ko), figures.sanitise_text(round_.edition_title.en)),
        join_languages(ko(answer), en(answer)),
    )


def _csv_field(value: CellValue) -> str:
    """Return a field of CSV; a text that a spreadsheet could calculate stands behind an apostrophe."""
    if isinstance(value, str):
        return neutralise_formula(value, numbers=False)
    return value.isoformat() if isinstance(value, date) else str(value)


def _fill_cell(cell: Cell, value: CellValue) -> None:
    if isinstance(value, str):
        cell.value = value.translate(_NONCHARACTERS)
        cell.data_type = "s"
        cell.quotePrefix = True
        cell.number_format = "@"
    else:
        cell.value = value
        cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "0"


def _display_width(value: CellValue) -> int:
    return sum(2 if ord(character) > 0x1100 else 1 for character in _csv_field(value))
