"""The applicant's workbook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import formulas
from smartcert.forms import styles as looks
from smartcert.forms.formulas import (
    GRADES,
    NO,
    PHRASES,
    YES,
    FormSetting,
    Prefilled,
    Validations,
    beyond_limits_formula,
    document_labels,
    format_bilingual,
    format_limits,
    format_two_lines,
)
from smartcert.io.csv import format_moment
from smartcert.io.edition import build_edition_tree
from smartcert.io.edition_xlsx import EDITION_KEYS, SHEETS
from smartcert.io.grid import format_column_letters
from smartcert.io.yaml import BareScalar
from smartcert.model.applicant import Applicant
from smartcert.model.application import Missing, Round, Value
from smartcert.model.indicator import (
    Edition,
    Indicator,
    IndicatorKind,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Section,
    YesNoScale,
)
from smartcert.rules.rulebook import Rules

# --- The sheet of one domain: an item after the other, an indicator on each row, live points beside each value.

COLUMNS = (
    "indicator",
    "name",
    "definition",
    "unit",
    "out_of",
    "limits",
    *("value", "document", "page", "grade", "points"),
)
HEADING_ROW = 3
VALUE, DOCUMENT, PAGE, GRADE, POINTS, CHECK, EXACT, GIVES_AWAY, FACTOR = "G", "H", "I", "J", "K", "L", "M", "N", "O"
_WIDTHS = {"A": 9, "B": 26, "C": 52, "D": 13, "E": 8, "F": 16, "G": 14, "H": 26, "I": 8, "J": 13, "K": 10, "L": 24}


@dataclass(kw_only=True)
class DomainSheet:
    """Where the parts of a written domain stand; ``rows`` by indicator, ``total`` the cell of its points."""

    title: str
    rows: dict[str, int] = field(default_factory=dict)
    total: str = ""


def write_domain_sheet(sheet: Worksheet, domain: Section, setting: FormSetting) -> DomainSheet:
    """Write one domain into an empty sheet; return where its parts stand."""
    written = DomainSheet(title=sheet.title)
    looks.write_cell(sheet, 1, 1, f"{domain.id} {domain.name.ko} / {domain.name.en}", looks.TITLE)
    headings = [format_bilingual(name) for name in (*COLUMNS, "check")]
    for column, heading in enumerate(headings, start=1):
        looks.write_cell(sheet, HEADING_ROW, column, heading, looks.HEADING)
    rules = Validations(sheet, setting)
    row, parts = HEADING_ROW + 1, []
    for item in domain.items():
        first = row
        for indicator in item.indicators:
            written.rows[indicator.id] = row
            _write_indicator_row(sheet, row, indicator, setting, rules)
            row += 1
        _write_factors(sheet, item, first, row - 1)
        total = formulas.round_formula(
            f"SUM({POINTS}{first}:{POINTS}{row - 1})", setting.edition.rounding_at(RoundingStep.ITEM)
        )
        _write_sum_row(sheet, row, f"{item.name.ko} {format_bilingual('item_total')}", item.points, f"={total}")
        parts.append(f"{POINTS}{row}")
        row += 1
    whole = formulas.round_formula("+".join(parts), setting.edition.rounding_at(RoundingStep.DOMAIN))
    _write_sum_row(sheet, row, f"{domain.name.ko} / {domain.name.en}", domain.points, f"={whole}")
    written.total = f"'{sheet.title}'!${POINTS}${row}"
    looks.finish_sheet(sheet, _WIDTHS, HEADING_ROW)
    for letter in (EXACT, GIVES_AWAY, FACTOR):
        sheet.column_dimensions[letter].hidden = True
    return written


def _write_sum_row(sheet: Worksheet, row: int, label: str, out_of: Fraction, formula: str) -> None:
    looks.write_cell(sheet, row, 1, label, looks.BOLD)
    looks.write_cell(sheet, row, 5, float(out_of), looks.BOLD, "#,##0.##")
    looks.write_cell(sheet, row, 11, formula, looks.BOLD, "#,##0.00")


def _write_indicator_row(
    sheet: Worksheet, row: int, indicator: Indicator, setting: FormSetting, rules: Validations
) -> None:
    qualitative = indicator.kind is IndicatorKind.QUALITATIVE
    unit = setting.say("mark") if qualitative else _format_unit(indicator)
    told = (indicator.id, format_two_lines(indicator.name), format_two_lines(indicator.definition), unit)
    for column, text in enumerate(told, start=1):
        looks.write_cell(sheet, row, column, text, looks.PLAIN)
    looks.write_cell(sheet, row, 5, float(indicator.points), looks.PLAIN, "#,##0.##")
    looks.write_cell(sheet, row, 6, format_limits(indicator, setting.mark_scale), looks.PLAIN)
    entry = setting.entries.get(indicator.id, Prefilled())
    looks.write_cell(sheet, row, 7, _prefilled_value(entry.value, indicator, setting), looks.INPUT)
    looks.write_cell(sheet, row, 8, entry.document or None, looks.INPUT, "@")
    looks.write_cell(sheet, row, 9, entry.page or None, looks.INPUT, "@")
    looks.write_cell(sheet, row, 10, GRADES[entry.grade].of(setting.language) if entry.grade else None, looks.INPUT)
    exact = _exact_formula(row, indicator, setting)
    looks.write_cell(sheet, row, 13, exact, looks.PLAIN)
    looks.write_cell(sheet, row, 14, _gives_away_formula(row, indicator, setting), looks.PLAIN)
    looks.write_cell(sheet, row, 11, _row_points_formula(row, indicator, setting), looks.PLAIN, "#,##0.00")
    looks.write_cell(sheet, row, 12, _check_formula(row, indicator, setting), looks.PLAIN)
    rules.hold(row, indicator)


def _format_unit(indicator: Indicator) -> str:
    unit = indicator.unit
    return unit.ko if unit.ko == unit.en or isinstance(indicator.scale, YesNoScale) else f"{unit.ko} / {unit.en}"


def _prefilled_value(value: Value | None, indicator: Indicator, setting: FormSetting) -> str | float | int | None:
    if value is None:
        return None
    if isinstance(value, Missing):
        return setting.missing(value)
    if isinstance(indicator.scale, YesNoScale):
        return setting.yes if value else NO.of(setting.language)
    return int(value) if value.denominator == 1 else float(value)


def _exact_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    cell = f"{VALUE}{row}"
    edition = setting.edition
    step = RoundingStep.MARK if indicator.kind is IndicatorKind.QUALITATIVE else RoundingStep.MEASURE
    measured = formulas.measure_formula(indicator, cell, setting.population, edition.rounding_at(RoundingStep.MEASURE))
    if step is RoundingStep.MARK:
        measured = formulas.round_formula(cell, edition.rounding_at(RoundingStep.MARK))
    exact = formulas.points_formula(indicator, cell, measured, setting.yes)
    if exact is None:
        return "=0"
    if isinstance(indicator.scale, YesNoScale):
        return f"={exact}"
    return f"=IF(ISNUMBER({cell}),{exact},0)"


def _row_points_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    if isinstance(indicator.scale, RankScale):
        return setting.say("rank")
    inner = formulas.round_formula(f"{EXACT}{row}", setting.edition.rounding_at(RoundingStep.INDICATOR))
    return f"={inner}*{FACTOR}{row}"


def _gives_away_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Whether the row gives its points away to the others of its item: 1 or 0."""
    words = [
        setting.missing(which)
        for which, policy in (
            (Missing.ABSENT, indicator.absent),
            (Missing.NOT_APPLICABLE, indicator.not_applicable),
        )
        if policy is MissingPolicy.REDISTRIBUTE
    ]
    if not words or indicator.kind is IndicatorKind.QUALITATIVE:
        return "=0"
    held = ",".join(f'{VALUE}{row}="{word}"' for word in words)
    return f"=IF(OR({held}),1,0)"


def _write_factors(sheet: Worksheet, item: Section, first: int, last: int) -> None:
    gives, out_of = f"{GIVES_AWAY}${first}:{GIVES_AWAY}${last}", f"E${first}:E${last}"
    whole = formulas.format_literal(item.points)
    spread = f"=IF(SUM({gives})>0,{whole}/({whole}-SUMPRODUCT({gives},{out_of})),1)"
    for row in range(first, last + 1):
        looks.write_cell(sheet, row, 15, spread, looks.PLAIN)


def _check_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    cell, say = f"{VALUE}{row}", setting.say
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f'=IF({cell}="","{say("empty")}","{say("ok")}")'
    refused = [
        setting.missing(which)
        for which, policy in ((Missing.ABSENT, indicator.absent), (Missing.NOT_APPLICABLE, indicator.not_applicable))
        if policy is MissingPolicy.REFUSE
    ]
    either = ",".join(f'{cell}="{word}"' for word in refused)
    stops = f'IF(OR({either}),"{say("refused")}",' if refused else ""
    beyond = beyond_limits_formula(cell, indicator)
    outside = f'IF({beyond},"{say("beyond")}",' if beyond else ""
    absent = setting.missing(Missing.ABSENT)
    evidence = f'IF(AND({cell}<>"{absent}",OR({DOCUMENT}{row}="",{PAGE}{row}="")),"{say("no_evidence")}","{say("ok")}")'
    closing = ")" * (bool(stops) + bool(outside))
    return f'=IF({cell}="","{say("empty")}",{stops}{outside}{evidence}{closing})'


# --- The form of one applicant as a workbook: a cover, a sheet for each domain, and the look-up table (조견표).

_POPULATION_ROW = 7
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\']")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrefilledPaper:
    """A document as the form lists it."""

    file: str = ""
    sealed: bool | None = None
    requested: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PrefilledForm:
    """What is filled in beforehand: nothing for an applicant, everything for a rehearsal."""

    entries: Mapping[str, Prefilled] = field(default_factory=dict)
    papers: Mapping[str, PrefilledPaper] = field(default_factory=dict)


EMPTY_FORM = PrefilledForm()


def build_form(
    applicant: Applicant, round_: Round, rules: Rules, language: str, filled: PrefilledForm = EMPTY_FORM
) -> bytes:
    """Return the form of an applicant as the bytes of an XLSX workbook; the same input gives the same bytes.

    Its live total is by the rules of the round; points by rank are left out of it, as they hang on the others.
    """
    book = Workbook()
    cover = book.active
    assert isinstance(cover, Worksheet)  # noqa: S101 - a new workbook has one sheet
    cover.title = f"{PHRASES['cover'].ko} {PHRASES['cover'].en}"
    setting = FormSetting(
        edition=rules.edition,
        language=language,
        mark_scale=rules.scoring.mark_scale.value,
        population=f"'{cover.title}'!$B${_POPULATION_ROW}",
        entries=filled.entries,
    )
    domains = [
        write_domain_sheet(book.create_sheet(_sheet_title(domain.id, domain.name.ko)), domain, setting)
        for domain in rules.edition.domains
    ]
    _write_cover(cover, applicant, round_, rules, setting, domains, filled)
    _write_lookup_table(book.create_sheet(f"{PHRASES['lookup'].ko} Look-up"), rules, domains, setting)
    book.security.lockStructure = True
    book.properties.title = f"{PHRASES['title'].of(language)} {applicant.name.of(language)}"
    book.properties.language = "ko-KR" if language == "ko" else "en"
    book.properties.creator = "smartcert"
    book.properties.created = datetime.combine(round_.governing_day, datetime.min.time())
    return _save_reproducibly(book)


def _sheet_title(name: str, korean: str) -> str:
    return _FORBIDDEN_IN_TITLE.sub(" ", f"{name} {korean}")[:31]


def _write_cover(
    sheet: Worksheet,
    applicant: Applicant,
    round_: Round,
    rules: Rules,
    setting: FormSetting,
    domains: list[DomainSheet],
    filled: PrefilledForm,
) -> None:
    looks.write_cell(sheet, 1, 1, format_bilingual("title"), looks.TITLE)
    looks.write_cell(sheet, 2, 1, setting.say("guide"), looks.NOTE)
    name = applicant.name.of(setting.language)
    facts = {
        "round": round_.id,
        "edition": rules.edition.id,
        "code": applicant.code,
        "applicant": f"{applicant.parent_name} {applicant.name.ko}".strip() if setting.language == "ko" else name,
        "population": applicant.population.residents if applicant.population else None,
        "closes": format_moment(round_.window.closes_at),
    }
    for row, (key, value) in enumerate(facts.items(), start=3):
        looks.write_cell(sheet, row, 1, format_bilingual(key), looks.BOLD)
        looks.write_cell(sheet, row, 2, value, looks.PLAIN, "@" if isinstance(value, str) else "#,##0")
    row = 3 + len(facts) + 1
    row = _write_papers(sheet, row, setting, filled)
    _write_totals(sheet, row + 1, rules, domains)
    looks.write_cell(sheet, row + 6, 1, rules.edition.note.of(setting.language), looks.NOTE)
    looks.finish_sheet(sheet, {"A": 44, "B": 36, "C": 16, "D": 20, "E": 16}, 0)


def _write_papers(sheet: Worksheet, row: int, setting: FormSetting, filled: PrefilledForm) -> int:
    headings = (format_bilingual("paper"), format_bilingual("file"), format_bilingual("sealed"), "요청 / Requested")
    for column, heading in enumerate(headings, start=1):
        looks.write_cell(sheet, row, column, heading, looks.HEADING)
    words = f'"{YES.of(setting.language)},{NO.of(setting.language)}"'
    rule = DataValidation(type="list", formula1=words, allow_blank=True)
    rule.promptTitle, rule.prompt = setting.say("sealed"), f"{YES.of(setting.language)}, {NO.of(setting.language)}"
    rule.showInputMessage = rule.showErrorMessage = True
    sheet.add_data_validation(rule)
    for kind, name in document_labels().items():
        row += 1
        paper = filled.papers.get(kind, PrefilledPaper())
        looks.write_cell(sheet, row, 1, name, looks.PLAIN)
        looks.write_cell(sheet, row, 2, paper.file or None, looks.INPUT, "@")
        for column, told in ((3, paper.sealed), (4, paper.requested)):
            word = None if told is None else (YES if told else NO).of(setting.language)
            looks.write_cell(sheet, row, column, word, looks.INPUT)
        rule.add(f"C{row}:D{row}")
    return row


def _write_totals(sheet: Worksheet, row: int, rules: Rules, domains: list[DomainSheet]) -> None:
    total = formulas.round_formula(
        "+".join(domain.total for domain in domains), rules.edition.rounding_at(RoundingStep.TOTAL)
    )
    by_rank = [one.points for one in rules.edition.indicators() if isinstance(one.scale, RankScale)]
    for offset, (key, value) in enumerate(
        (
            ("total", f"={total}"),
            ("out_of", float(rules.edition.points)),
            ("relative", float(sum(by_rank, Fraction(0)))),
        )
    ):
        looks.write_cell(sheet, row + offset, 1, format_bilingual(key), looks.BOLD)
        looks.write_cell(sheet, row + offset, 2, value, looks.BOLD, "#,##0.00")


def _write_lookup_table(sheet: Worksheet, rules: Rules, domains: list[DomainSheet], setting: FormSetting) -> None:
    """Write the table that opens the quantitative evaluation: of each indicator a summary and the page."""
    looks.write_cell(sheet, 1, 1, format_bilingual("lookup"), looks.TITLE)
    for column, key in enumerate(("indicator", "name", "summary", "document", "page"), start=1):
        looks.write_cell(sheet, 3, column, format_bilingual(key), looks.HEADING)
    row = 4
    for domain, where in zip(rules.edition.domains, domains, strict=True):
        for indicator in domain.walk():
            if indicator.kind is not IndicatorKind.QUANTITATIVE:
                continue
            there = f"'{where.title}'!{{}}{where.rows[indicator.id]}"
            value, document, page = (there.format(column) for column in (VALUE, DOCUMENT, PAGE))
            unit = indicator.unit.of(setting.language)
            looks.write_cell(sheet, row, 1, indicator.id, looks.PLAIN)
            looks.write_cell(sheet, row, 2, format_two_lines(indicator.name), looks.PLAIN)
            looks.write_cell(sheet, row, 3, f'=IF(ISNUMBER({value}),{value}&" {unit}",{value}&"")', looks.PLAIN)
            looks.write_cell(sheet, row, 4, f'={document}&""', looks.PLAIN)
            looks.write_cell(sheet, row, 5, f'={page}&""', looks.PLAIN)
            row += 1
    looks.finish_sheet(sheet, {"A": 10, "B": 40, "C": 20, "D": 36, "E": 10}, 3)


def _save_reproducibly(book: Workbook) -> bytes:
    """Return the workbook without the moment at which it was made."""
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as first, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as second:
        for name in first.namelist():
            data = first.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", data)
            second.writestr(zipfile.ZipInfo(name, _FIXED_TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- An edition of indicators as a workbook that an official can amend, and that `rules import` reads back loss-free.

_COLUMN_WIDTHS = {
    "definition_ko": 60.0,
    "definition_en": 60.0,
    "name_ko": 30.0,
    "name_en": 30.0,
    "value": 60.0,
    "value_en": 60.0,
}
_MAX_DIGITS = 14
_SCALE_COLUMNS = ("by", "zero_at", "full_at", "points_each", "cap", "otherwise")


def build_edition_workbook(edition: Edition) -> bytes:
    """Return an edition as the bytes of an XLSX workbook."""
    tree = build_edition_tree(edition)
    rows: Mapping[str, Iterator[dict[str, Any]]] = {
        "edition": _fact_rows(tree),
        "rounding": iter(tree["rounding"]),
        "sections": _section_rows(tree["domains"], ""),
        "indicators": _indicator_rows(tree["domains"]),
        "bands": _band_rows(tree["domains"]),
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, columns in SHEETS.items():
        _write_table_sheet(book.create_sheet(name), columns, rows[name])
    book.properties.title = edition.title.ko
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_table_sheet(sheet: Worksheet, columns: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> None:
    for number, name in enumerate(columns, start=1):
        looks.write_cell(sheet, 1, number, name, looks.HEADING)
        sheet.column_dimensions[format_column_letters(number)].width = _COLUMN_WIDTHS.get(name, 14.0)
    for line, row in enumerate(rows, start=2):
        for number, name in enumerate(columns, start=1):
            _write_exact_cell(sheet, line, number, row.get(name))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"


def _write_exact_cell(sheet: Worksheet, row: int, column: int, value: str | None) -> None:
    """Write a number as one where that keeps all its digits, and every other text as text, never as a formula."""
    if value is None:
        return
    if isinstance(value, BareScalar) and _is_exact(value):
        looks.write_cell(sheet, row, column, float(value) if "." in value else int(value), looks.PLAIN)
        return
    looks.write_cell(sheet, row, column, str(value), looks.PLAIN, "@")
    sheet.cell(row=row, column=column).data_type = "s"


def _is_exact(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isdigit() and len(digits) <= _MAX_DIGITS


def _fact_rows(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in EDITION_KEYS:
        value = tree[key]
        if isinstance(value, dict):
            yield {"key": key, "value": value["ko"], "value_en": value["en"]}
        else:
            yield {"key": key, "value": "; ".join(value) if isinstance(value, list) else value}
    for name, value in tree["stated"].items():
        yield {"key": f"stated.{name}", "value": value}


def _section_rows(sections: list[dict[str, Any]], above: str) -> Iterator[dict[str, Any]]:
    for one in sections:
        name = {"name_ko": one["name"]["ko"], "name_en": one["name"]["en"]}
        yield {"id": one["id"], "above": above or None, **name, "points": one["points"]}
        yield from _section_rows(one.get("items", []), one["id"])


def _walk_indicators(sections: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in sections:
        yield from ((one["id"], indicator) for indicator in one.get("indicators", []))
        yield from _walk_indicators(one.get("items", []))


def _indicator_rows(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for section, one in _walk_indicators(domains):
        row = {name: one.get(name) for name in ("id", "kind", "points", "direction", "per_people")}
        row |= {name: one[name] for name in ("absent", "not_applicable")}
        row |= {f"{name}_{language}": one[name][language] for name in _BILINGUAL_KEYS for language in ("ko", "en")}
        row |= {f"limits_{name}": value for name, value in one.get("limits", {}).items()}
        row |= {name: one["scale"].get(name) for name in _SCALE_COLUMNS}
        yield {**row, "section": section, "scale": one["scale"]["kind"]}


_BILINGUAL_KEYS = ("name", "definition", "unit")


def _band_rows(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _, one in _walk_indicators(domains):
        for band in one["scale"].get("bands", []):
            yield {"indicator": one["id"], **band}
