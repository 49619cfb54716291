"""The form of one applicant as a workbook: a cover, a sheet for each domain with live points, and the look-up table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import formulas, styles
from smartcert.forms.phrases import (
    GRADES,
    MISSING,
    NO,
    PHRASES,
    YES,
    document_labels,
    format_bilingual,
    format_two_lines,
)
from smartcert.io.formats.csv import format_exact, format_moment
from smartcert.io.rounds.forms import format_limits
from smartcert.model.applicant import Applicant
from smartcert.model.application import EvidenceGrade, Missing, Round, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import (
    Edition,
    Indicator,
    IndicatorKind,
    Limits,
    MarkScale,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Section,
    YesNoScale,
)
from smartcert.reporting.workbook import save_workbook
from smartcert.rules.rulebook import Rules

VALUE, DOCUMENT, PAGE, GRADE, POINTS = "G", "H", "I", "J", "K"
EXACT, GIVES_AWAY, FACTOR = "M", "N", "O"
_OUT_OF = "E"
_HEADINGS = (
    *("indicator", "name", "definition", "unit", "out_of", "limits"),
    *("value", "document", "page", "grade", "points", "check"),
)
_WIDTHS = {"A": 9, "B": 26, "C": 52, "D": 13, "E": 8, "F": 16, "G": 14, "H": 26, "I": 8, "J": 13, "K": 10, "L": 24}
_HEADING_ROW = 3
_POPULATION_ROW = 7
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefilled:
    """What is filled in for one indicator beforehand."""

    value: Value | None = None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PrefilledPaper:
    """A document as the form lists it."""

    file: str = ""
    sealed: bool | None = None
    requested: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PrefilledForm:
    """What is filled in beforehand by indicator and by document: nothing for an applicant, all for a rehearsal."""

    entries: Mapping[str, Prefilled] = field(default_factory=dict)
    papers: Mapping[str, PrefilledPaper] = field(default_factory=dict)


EMPTY_FORM = PrefilledForm()


@dataclass(frozen=True, kw_only=True, slots=True)
class FormSetting:
    """What the sheets of a form share; ``population`` is the cell of the population."""

    edition: Edition
    language: str
    mark_scale: MarkScale
    population: str
    prefilled: PrefilledForm
    notices: tuple[Text, ...]

    def phrase(self, key: str) -> str:
        """Return a phrase in the language of the form."""
        return PHRASES[key].of(self.language)

    def yes_or_no(self, value: bool) -> str:
        """Return the word for yes or no."""
        return (YES if value else NO).of(self.language)

    @property
    def adds_up(self) -> bool:
        """Whether the total is the plain sum of points, which a form can show; else it says that it comes later."""
        sections = (section for domain in self.edition.domains for section in domain.walk_sections())
        plain = all(section.combine is None for section in sections) and self.edition.total_rule is None
        spreads = (MissingPolicy.REDISTRIBUTE in (one.absent, one.not_applicable) for one in self.edition.indicators())
        pairs = zip(self.edition.indicators(), spreads, strict=True)
        return plain and all(one.counted and (not spread or _may_spread(one)) for one, spread in pairs)

    def missing(self, which: Missing) -> str:
        """Return the word for absent or not applicable."""
        return MISSING[which].of(self.language)


@dataclass(kw_only=True)
class DomainSheet:
    """Where the parts of a written domain stand; ``rows`` by indicator, ``total`` the cell of its points."""

    title: str
    rows: dict[str, int] = field(default_factory=dict)
    total: str = ""


def build_form(
    applicant: Applicant, round_: Round, rules: Rules, language: str, prefilled: PrefilledForm = EMPTY_FORM
) -> bytes:
    """Return the form of an applicant as the bytes of an XLSX workbook; the same input gives the same bytes.

    Its live total is by the rules of the round; points by rank are left out of it, as they depend on the others.
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
        prefilled=prefilled,
        notices=rules.documents.notices(),
    )
    domains = []
    for domain in rules.edition.domains:
        title = _FORBIDDEN_IN_TITLE.sub(" ", f"{domain.id} {domain.name.ko}")[:31]
        domains.append(_write_domain_sheet(book.create_sheet(title), domain, setting))
    _write_cover(cover, applicant, round_, setting, domains)
    _write_lookup_table(book.create_sheet(f"{PHRASES['lookup'].ko} Look-up"), domains, setting)
    book.security.lockStructure = True
    book.properties.title = f"{PHRASES['title'].of(language)} {applicant.full_name.of(language)}"
    book.properties.language = "ko-KR" if language == "ko" else "en"
    book.properties.creator = "smartcert"
    return save_workbook(book, datetime.combine(round_.governing_day, datetime.min.time()))


def _write_domain_sheet(sheet: Worksheet, domain: Section, setting: FormSetting) -> DomainSheet:
    """Write one domain into an empty sheet: item after item, an indicator on each row, live points beside the value."""
    written = DomainSheet(title=sheet.title)
    styles.write_cell(sheet, 1, 1, f"{domain.id} {domain.name.ko} / {domain.name.en}", styles.TITLE)
    for column, key in enumerate(_HEADINGS, start=1):
        styles.write_cell(sheet, _HEADING_ROW, column, format_bilingual(key), styles.HEADING)
    validations = _Validations(sheet, setting)
    edition, row, subtotals = setting.edition, _HEADING_ROW + 1, []
    for item in domain.items():
        first = row
        for indicator in item.indicators:
            for entry in indicator.list_figures() or (indicator,):
                written.rows[entry.id] = row
                _write_indicator_row(sheet, row, entry, setting, live=is_live(indicator))
                validations.add_row(row, entry)
                row += 1
        _write_factors(sheet, item, first, row - 1)
        subtotal = formulas.round_formula(
            f"SUM({POINTS}{first}:{POINTS}{row - 1})", edition.rounding_at(RoundingStep.ITEM)
        )
        shown = f"={subtotal}" if setting.adds_up else setting.phrase("later")
        _write_sum_row(sheet, row, f"{item.name.ko} {format_bilingual('item_total')}", item.points, shown)
        subtotals.append(f"{POINTS}{row}")
        row += 1
    total = formulas.round_formula("+".join(subtotals), edition.rounding_at(RoundingStep.DOMAIN))
    shown = f"={total}" if setting.adds_up else setting.phrase("later")
    _write_sum_row(sheet, row, f"{domain.name.ko} / {domain.name.en}", domain.points, shown)
    written.total = f"'{sheet.title}'!${POINTS}${row}"
    styles.finish_sheet(sheet, _WIDTHS, _HEADING_ROW)
    for letter in (EXACT, GIVES_AWAY, FACTOR):
        sheet.column_dimensions[letter].hidden = True
    return written


def _write_sum_row(sheet: Worksheet, row: int, label: str, out_of: Fraction, formula: str) -> None:
    styles.write_cell(sheet, row, 1, label, styles.BOLD)
    styles.write_cell(sheet, row, _OUT_OF, float(out_of), styles.BOLD, "#,##0.##")
    styles.write_cell(sheet, row, POINTS, formula, styles.BOLD, "#,##0.00")


def is_live(indicator: Indicator) -> bool:
    """Return whether a form can say what a value earns: not by rank, formula, another base, or class of applicant."""
    unknown = indicator.figures or indicator.per or indicator.class_scales or isinstance(indicator.scale, RankScale)
    return not unknown and indicator.counted


def _may_spread(indicator: Indicator) -> bool:
    """Return whether the form knows when the points of an indicator are spread: whenever its own cell is missing."""
    return not indicator.figures


def _write_indicator_row(
    sheet: Worksheet, row: int, indicator: Indicator, setting: FormSetting, *, live: bool = True
) -> None:
    unit = f"{indicator.unit.ko} / {indicator.unit.en}"
    if indicator.kind is IndicatorKind.QUALITATIVE:
        unit = setting.phrase("mark")
    elif indicator.unit.ko == indicator.unit.en or isinstance(indicator.scale, YesNoScale):
        unit = indicator.unit.ko
    entry = setting.prefilled.entries.get(indicator.id, Prefilled())
    cells = (
        (indicator.id, styles.PLAIN, ""),
        (format_two_lines(indicator.name), styles.PLAIN, ""),
        (format_two_lines(indicator.definition), styles.PLAIN, ""),
        (unit, styles.PLAIN, ""),
        (float(indicator.points), styles.PLAIN, "#,##0.##"),
        (_format_limits(indicator, indicator.mark_scale or setting.mark_scale), styles.PLAIN, ""),
        (_prefilled_value(entry.value, indicator, setting), styles.INPUT, ""),
        (entry.document or None, styles.INPUT, "@"),
        (entry.page or None, styles.INPUT, "@"),
        (GRADES[entry.grade].of(setting.language) if entry.grade else None, styles.INPUT, ""),
        (_points_formula(row, indicator, setting, live=live), styles.PLAIN, "#,##0.00"),
        (_check_formula(row, indicator, setting), styles.PLAIN, ""),
        (_exact_formula(row, indicator, setting) if live else "=0", styles.PLAIN, ""),
        (_gives_away_formula(row, indicator, setting), styles.PLAIN, ""),
    )
    for column, (value, look, number_format) in enumerate(cells, start=1):
        styles.write_cell(sheet, row, column, value, look, number_format)


def _format_limits(indicator: Indicator, scale: MarkScale) -> str:
    """Return the limits of a value as a reader sees them beside its cell."""
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f"{format_exact(scale.lowest)} ~ {format_exact(scale.highest)}"
    return "" if indicator.limits == Limits() else format_limits(indicator)


def _prefilled_value(value: Value | None, indicator: Indicator, setting: FormSetting) -> str | float | int | None:
    if value is None:
        return None
    if isinstance(value, Missing):
        return setting.missing(value)
    if isinstance(indicator.scale, YesNoScale):
        return setting.yes_or_no(bool(value))
    return int(value) if value.denominator == 1 else float(value)


def _exact_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    cell, edition = f"{VALUE}{row}", setting.edition
    if indicator.kind is IndicatorKind.QUALITATIVE:
        measure = formulas.round_formula(cell, edition.rounding_at(RoundingStep.MARK))
    else:
        rounding = edition.rounding_at(RoundingStep.MEASURE)
        measure = formulas.measure_formula(indicator, cell, setting.population, rounding)
    exact = formulas.points_formula(indicator, cell, measure, setting.yes_or_no(True))
    if exact is None:
        return "=0"
    return f"={exact}" if isinstance(indicator.scale, YesNoScale) else f"=IF(ISNUMBER({cell}),{exact},0)"


def _points_formula(row: int, indicator: Indicator, setting: FormSetting, *, live: bool) -> str:
    if isinstance(indicator.scale, RankScale):
        return setting.phrase("rank")
    if not live:
        return setting.phrase("later")
    rounded = formulas.round_formula(f"{EXACT}{row}", setting.edition.rounding_at(RoundingStep.INDICATOR))
    return f"={rounded}*{FACTOR}{row}"


def _missing_words(indicator: Indicator, policy: MissingPolicy, setting: FormSetting) -> list[str]:
    """Return the words for those kinds of missing values to which the edition applies ``policy``."""
    policies = {Missing.ABSENT: indicator.absent, Missing.NOT_APPLICABLE: indicator.not_applicable}
    return [setting.missing(which) for which, own in policies.items() if own is policy]


def _gives_away_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Return the formula that is 1 where the row's points go to the others of its item, else 0."""
    words = _missing_words(indicator, MissingPolicy.REDISTRIBUTE, setting)
    if not words or indicator.kind is IndicatorKind.QUALITATIVE:
        return "=0"
    return f"=IF(OR({_equals_any(f'{VALUE}{row}', words)}),1,0)"


def _write_factors(sheet: Worksheet, item: Section, first: int, last: int) -> None:
    """Write the factor by which the points of each row grow where other rows of the item give theirs away."""
    given_away, out_of = f"{GIVES_AWAY}${first}:{GIVES_AWAY}${last}", f"{_OUT_OF}${first}:{_OUT_OF}${last}"
    points = formulas.format_literal(item.points)
    factor = f"=IF(SUM({given_away})>0,{points}/({points}-SUMPRODUCT({given_away},{out_of})),1)"
    for row in range(first, last + 1):
        styles.write_cell(sheet, row, FACTOR, factor, styles.PLAIN)


def _check_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Return the formula that says what is wrong with the row, the first thing only."""
    cell, phrase = f"{VALUE}{row}", setting.phrase
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f'=IF({cell}="","{phrase("empty")}","{phrase("ok")}")'
    no_document = f'AND({cell}<>"{setting.missing(Missing.ABSENT)}",OR({DOCUMENT}{row}="",{PAGE}{row}=""))'
    formula = f'IF({no_document},"{phrase("no_evidence")}","{phrase("ok")}")'
    beyond = formulas.beyond_limits_formula(cell, indicator)
    if beyond:
        formula = f'IF({beyond},"{phrase("beyond")}",{formula})'
    refused = _missing_words(indicator, MissingPolicy.REFUSE, setting)
    if refused:
        formula = f'IF(OR({_equals_any(cell, refused)}),"{phrase("refused")}",{formula})'
    return f'=IF({cell}="","{phrase("empty")}",{formula})'


def _equals_any(cell: str, words: list[str]) -> str:
    return ",".join(f'{cell}="{word}"' for word in words)


class _Validations:
    """What may be typed into each cell of a domain, with a prompt; rows with the same choices share one rule."""

    def __init__(self, sheet: Worksheet, setting: FormSetting) -> None:
        self._sheet = sheet
        self._setting = setting
        self._grade = self._add(_choice(word.of(setting.language) for word in GRADES.values()), "grade", "")

    def add_row(self, row: int, indicator: Indicator) -> None:
        """Add the rules for the value and the grade of evidence in one row."""
        setting, cell = self._setting, f"{VALUE}{row}"
        missing = [setting.missing(which) for which in Missing]
        if indicator.kind is IndicatorKind.QUALITATIVE:
            rule = _mark_rule(cell, indicator.mark_scale or setting.mark_scale)
        elif isinstance(indicator.scale, YesNoScale):
            rule = _choice((setting.yes_or_no(True), setting.yes_or_no(False), *missing))
        else:
            beyond = formulas.beyond_limits_formula(cell, indicator)
            fits = f"AND(ISNUMBER({cell}),NOT({beyond}))" if beyond else f"ISNUMBER({cell})"
            formula = f"OR({fits},{_equals_any(cell, missing)})"
            rule = DataValidation(type="custom", formula1=formula, allow_blank=True)
        prompt = f"{indicator.name.of(setting.language)} [{indicator.unit.of(setting.language)}]"
        limits = _format_limits(indicator, indicator.mark_scale or setting.mark_scale)
        self._add(rule, "value", f"{prompt} {limits}").add(cell)
        self._grade.add(f"{GRADE}{row}")

    def _add(self, rule: DataValidation, title: str, prompt: str) -> DataValidation:
        rule.promptTitle = self._setting.phrase(title)[:32]
        rule.prompt = prompt.strip()[:250] or None
        rule.errorTitle = self._setting.phrase(title)[:32]
        rule.error = self._setting.phrase("beyond") if title == "value" else None
        rule.showInputMessage = rule.showErrorMessage = True
        self._sheet.add_data_validation(rule)
        return rule


def _mark_rule(cell: str, scale: MarkScale) -> DataValidation:
    """Return the rule for a mark: a list to choose from, or where that would be too long any step of the scale."""
    steps = range(int((scale.highest - scale.lowest) / scale.step) + 1)
    words = [format_exact(scale.lowest + step * scale.step) for step in steps]
    if len(",".join(words)) <= _LONGEST_LIST:
        return _choice(words)
    low, high, step = (formulas.format_literal(end) for end in (scale.lowest, scale.highest, scale.step))
    whole = f"ROUND(({cell}-({low}))/{step},6)"
    formula = f"IF(ISNUMBER({cell}),AND({cell}>={low},{cell}<={high},{whole}=INT({whole})),FALSE)"
    return DataValidation(type="custom", formula1=formula, allow_blank=True)


_LONGEST_LIST = 250
"""The most characters of a list that a spreadsheet takes."""


def _choice(words: Iterable[str]) -> DataValidation:
    return DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)


def _write_cover(
    sheet: Worksheet, applicant: Applicant, round_: Round, setting: FormSetting, domains: list[DomainSheet]
) -> None:
    styles.write_cell(sheet, 1, 1, format_bilingual("title"), styles.TITLE)
    styles.write_cell(sheet, 2, 1, setting.phrase("guide"), styles.NOTE)
    facts = {
        "round": round_.id,
        "edition": setting.edition.id,
        "code": applicant.code,
        "applicant": applicant.full_name.of(setting.language),
        "population": applicant.population.residents if applicant.population else None,
        "closes": format_moment(round_.window.closes_at),
    }
    for row, (key, value) in enumerate(facts.items(), start=3):
        styles.write_cell(sheet, row, 1, format_bilingual(key), styles.BOLD)
        styles.write_cell(sheet, row, 2, value, styles.PLAIN, "@" if isinstance(value, str) else "#,##0")
    row = _write_papers(sheet, 3 + len(facts) + 1, setting)
    _write_totals(sheet, row + 1, setting, domains)
    notes = (setting.edition.note, *setting.notices)
    for offset, note in enumerate(notes, start=6):
        styles.write_cell(sheet, row + offset, 1, note.of(setting.language), styles.NOTE)
    styles.finish_sheet(sheet, {"A": 44, "B": 36, "C": 16, "D": 20, "E": 16}, 0)


def _write_papers(sheet: Worksheet, row: int, setting: FormSetting) -> int:
    """Write the table of documents with its headings in ``row``; return its last row."""
    headings = (format_bilingual("paper"), format_bilingual("file"), format_bilingual("sealed"), "요청 / Requested")
    for column, heading in enumerate(headings, start=1):
        styles.write_cell(sheet, row, column, heading, styles.HEADING)
    words = (setting.yes_or_no(True), setting.yes_or_no(False))
    rule = _choice(words)
    rule.promptTitle, rule.prompt = setting.phrase("sealed"), ", ".join(words)
    rule.showInputMessage = rule.showErrorMessage = True
    sheet.add_data_validation(rule)
    for kind, name in document_labels().items():
        row += 1
        paper = setting.prefilled.papers.get(kind, PrefilledPaper())
        styles.write_cell(sheet, row, 1, name, styles.PLAIN)
        styles.write_cell(sheet, row, 2, paper.file or None, styles.INPUT, "@")
        for column, answer in ((3, paper.sealed), (4, paper.requested)):
            word = None if answer is None else setting.yes_or_no(answer)
            styles.write_cell(sheet, row, column, word, styles.INPUT)
        rule.add(f"C{row}:D{row}")
    return row


def _write_totals(sheet: Worksheet, row: int, setting: FormSetting, domains: list[DomainSheet]) -> None:
    edition = setting.edition
    total = formulas.round_formula(
        "+".join(domain.total for domain in domains), edition.rounding_at(RoundingStep.TOTAL)
    )
    by_rank = [one.points for one in edition.indicators() if one.counted and not is_live(one)]
    totals = {
        "total": f"={total}" if setting.adds_up else setting.phrase("later"),
        "out_of": float(edition.points),
        "relative": float(sum(by_rank, Fraction(0))),
    }
    for offset, (key, value) in enumerate(totals.items()):
        styles.write_cell(sheet, row + offset, 1, format_bilingual(key), styles.BOLD)
        styles.write_cell(sheet, row + offset, 2, value, styles.BOLD, "#,##0.00")


def _write_lookup_table(sheet: Worksheet, domains: list[DomainSheet], setting: FormSetting) -> None:
    """Write the look-up table (조견표): of each quantitative indicator its value and where the evidence stands."""
    styles.write_cell(sheet, 1, 1, format_bilingual("lookup"), styles.TITLE)
    for column, key in enumerate(("indicator", "name", "summary", "document", "page"), start=1):
        styles.write_cell(sheet, 3, column, format_bilingual(key), styles.HEADING)
    row = 4
    for domain, written in zip(setting.edition.domains, domains, strict=True):
        for indicator in (figure for one in domain.walk() for figure in one.list_figures()):
            source = written.rows[indicator.id]
            value, document, page = (f"'{written.title}'!{column}{source}" for column in (VALUE, DOCUMENT, PAGE))
            cells = (
                indicator.id,
                format_two_lines(indicator.name),
                f'=IF(ISNUMBER({value}),{value}&" {indicator.unit.of(setting.language)}",{value}&"")',
                f'={document}&""',
                f'={page}&""',
            )
            for column, cell in enumerate(cells, start=1):
                styles.write_cell(sheet, row, column, cell, styles.PLAIN)
            row += 1
    styles.finish_sheet(sheet, {"A": 10, "B": 40, "C": 20, "D": 36, "E": 10}, 3)
