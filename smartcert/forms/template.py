"""The form of one applicant as a workbook: a cover, a sheet for each domain, and the look-up table (조견표)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import formulas, looks
from smartcert.forms.domain_sheet import DOCUMENT, PAGE, VALUE, DomainSheet, write_domain
from smartcert.forms.phrases import NO, PHRASES, YES, both, kinds_both, two_lines
from smartcert.forms.validations import Entry, Setting
from smartcert.intake.written import moment
from smartcert.model.applicant import Applicant
from smartcert.model.application import Round
from smartcert.model.indicator import IndicatorKind, Rank, Step
from smartcert.rules.rulebook import Rules

_POPULATION_ROW = 7
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\']")
_THEN = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True, kw_only=True, slots=True)
class FiledPaper:
    """A document as the form lists it."""

    file: str = ""
    sealed: bool | None = None
    requested: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What is filled in beforehand: nothing for an applicant, everything for a rehearsal."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    papers: Mapping[str, FiledPaper] = field(default_factory=dict)


EMPTY = Filled()


def template(applicant: Applicant, round_: Round, rules: Rules, language: str, filled: Filled = EMPTY) -> bytes:
    """Return the form of an applicant as the bytes of an XLSX workbook; the same input gives the same bytes.

    Its live total is by the rules of the round; points by rank are left out of it, as they hang on the others.
    """
    book = Workbook()
    cover = book.active
    assert isinstance(cover, Worksheet)  # noqa: S101 - a new workbook has one sheet
    cover.title = f"{PHRASES['cover'].ko} {PHRASES['cover'].en}"
    setting = Setting(
        edition=rules.edition,
        language=language,
        mark_scale=rules.scoring.mark_scale.value,
        population=f"'{cover.title}'!$B${_POPULATION_ROW}",
        entries=filled.entries,
    )
    domains = [
        write_domain(book.create_sheet(_title(domain.id, domain.name.ko)), domain, setting)
        for domain in rules.edition.domains
    ]
    _cover(cover, applicant, round_, rules, setting, domains, filled)
    _lookup(book.create_sheet(f"{PHRASES['lookup'].ko} Look-up"), rules, domains, setting)
    book.security.lockStructure = True
    book.properties.title = f"{PHRASES['title'].of(language)} {applicant.name.of(language)}"
    book.properties.language = "ko-KR" if language == "ko" else "en"
    book.properties.creator = "smartcert"
    book.properties.created = datetime.combine(round_.governing_day, datetime.min.time())
    return _same_bytes(book)


def _title(name: str, korean: str) -> str:
    return _NOT_IN_A_TITLE.sub(" ", f"{name} {korean}")[:31]


def _cover(
    sheet: Worksheet,
    applicant: Applicant,
    round_: Round,
    rules: Rules,
    setting: Setting,
    domains: list[DomainSheet],
    filled: Filled,
) -> None:
    looks.put(sheet, 1, 1, both("title"), looks.TITLE)
    looks.put(sheet, 2, 1, setting.say("guide"), looks.NOTE)
    name = applicant.name.of(setting.language)
    facts = {
        "round": round_.id,
        "edition": rules.edition.id,
        "code": applicant.code,
        "applicant": f"{applicant.parent_name} {applicant.name.ko}".strip() if setting.language == "ko" else name,
        "population": applicant.population.residents if applicant.population else None,
        "closes": moment(round_.window.closes_at),
    }
    for row, (key, value) in enumerate(facts.items(), start=3):
        looks.put(sheet, row, 1, both(key), looks.BOLD)
        looks.put(sheet, row, 2, value, looks.PLAIN, "@" if isinstance(value, str) else "#,##0")
    row = 3 + len(facts) + 1
    row = _papers(sheet, row, setting, filled)
    _totals(sheet, row + 1, rules, domains)
    looks.put(sheet, row + 6, 1, rules.edition.note.of(setting.language), looks.NOTE)
    looks.finish(sheet, {"A": 44, "B": 36, "C": 16, "D": 20, "E": 16}, 0)


def _papers(sheet: Worksheet, row: int, setting: Setting, filled: Filled) -> int:
    headings = (both("paper"), both("file"), both("sealed"), "요청 / Requested")
    for column, heading in enumerate(headings, start=1):
        looks.put(sheet, row, column, heading, looks.HEADING)
    words = f'"{YES.of(setting.language)},{NO.of(setting.language)}"'
    rule = DataValidation(type="list", formula1=words, allow_blank=True)
    rule.promptTitle, rule.prompt = setting.say("sealed"), f"{YES.of(setting.language)}, {NO.of(setting.language)}"
    rule.showInputMessage = rule.showErrorMessage = True
    sheet.add_data_validation(rule)
    for kind, name in kinds_both().items():
        row += 1
        paper = filled.papers.get(kind, FiledPaper())
        looks.put(sheet, row, 1, name, looks.PLAIN)
        looks.put(sheet, row, 2, paper.file or None, looks.INPUT, "@")
        for column, told in ((3, paper.sealed), (4, paper.requested)):
            word = None if told is None else (YES if told else NO).of(setting.language)
            looks.put(sheet, row, column, word, looks.INPUT)
        rule.add(f"C{row}:D{row}")
    return row


def _totals(sheet: Worksheet, row: int, rules: Rules, domains: list[DomainSheet]) -> None:
    total = formulas.rounded("+".join(domain.total for domain in domains), rules.edition.round_at(Step.TOTAL))
    by_rank = [one.points for one in rules.edition.indicators() if isinstance(one.scale, Rank)]
    for offset, (key, value) in enumerate(
        (
            ("total", f"={total}"),
            ("out_of", float(rules.edition.points)),
            ("relative", float(sum(by_rank, Fraction(0)))),
        )
    ):
        looks.put(sheet, row + offset, 1, both(key), looks.BOLD)
        looks.put(sheet, row + offset, 2, value, looks.BOLD, "#,##0.00")


def _lookup(sheet: Worksheet, rules: Rules, domains: list[DomainSheet], setting: Setting) -> None:
    """Write the table that opens the quantitative evaluation: of each indicator a summary and the page."""
    looks.put(sheet, 1, 1, both("lookup"), looks.TITLE)
    for column, key in enumerate(("indicator", "name", "summary", "document", "page"), start=1):
        looks.put(sheet, 3, column, both(key), looks.HEADING)
    row = 4
    for domain, where in zip(rules.edition.domains, domains, strict=True):
        for indicator in domain.walk():
            if indicator.kind is not IndicatorKind.QUANTITATIVE:
                continue
            there = f"'{where.title}'!{{}}{where.rows[indicator.id]}"
            value, document, page = (there.format(column) for column in (VALUE, DOCUMENT, PAGE))
            unit = indicator.unit.of(setting.language)
            looks.put(sheet, row, 1, indicator.id, looks.PLAIN)
            looks.put(sheet, row, 2, two_lines(indicator.name), looks.PLAIN)
            looks.put(sheet, row, 3, f'=IF(ISNUMBER({value}),{value}&" {unit}",{value}&"")', looks.PLAIN)
            looks.put(sheet, row, 4, f'={document}&""', looks.PLAIN)
            looks.put(sheet, row, 5, f'={page}&""', looks.PLAIN)
            row += 1
    looks.finish(sheet, {"A": 10, "B": 40, "C": 20, "D": 36, "E": 10}, 3)


def _same_bytes(book: Workbook) -> bytes:
    """Return the workbook without the moment at which it was made."""
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as first, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as second:
        for name in first.namelist():
            data = first.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", data)
            second.writestr(zipfile.ZipInfo(name, _THEN), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
