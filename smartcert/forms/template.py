"""The form of one applicant as a workbook: a cover, a sheet for each domain with live points, and the look-up table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from fractions import Fraction

from openpyxl import Workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.errors import NoRuleError
from smartcert.evaluation.eligibility import determine_class
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
    select_phrases,
)
from smartcert.forms.styles import CellFormula
from smartcert.io.formats.csv import format_exact, format_moment
from smartcert.io.rounds.forms import format_limits
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ORGANISATIONS, Applicant
from smartcert.model.application import EvidenceGrade, Missing, Round, Value
from smartcert.model.citation import Text
from smartcert.model.formula import parse_formula
from smartcert.model.indicator import (
    POPULATION,
    CountsAt,
    DividedByZero,
    Edition,
    Effect,
    Indicator,
    IndicatorKind,
    InputMissing,
    Limits,
    MarkScale,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Section,
    YesNoScale,
)
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.about import ABOUT_KEYS, describe_about
from smartcert.reporting.catalogue import Words
from smartcert.reporting.workbook import save_workbook
from smartcert.rules.rulebook import Rules

VALUE, DOCUMENT, PAGE, GRADE, POINTS = "G", "H", "I", "J", "K"
EXACT, GIVES_AWAY, FACTOR, MEASURE, RANKED = "M", "N", "O", "P", "Q"
_OUT_OF = "E"
_HEADINGS = (
    *("indicator", "name", "definition", "unit", "out_of", "limits"),
    *("value", "document", "page", "grade", "points", "check"),
)
_WIDTHS = {"A": 9, "B": 26, "C": 52, "D": 13, "E": 8, "F": 16, "G": 14, "H": 26, "I": 8, "J": 13, "K": 10, "L": 24}
_GUIDE_WIDTHS = {"anchors": 56.0, "links": 18.0, "comment_for": 18.0}
_HEADING_ROW = 3
_LAST_ROW = 1_048_576
_LONGEST_FORMULA = 8192
"""The most characters of a formula that a spreadsheet takes."""
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
    has_population: bool
    scheme: SchemeFacts | None
    unscaled: frozenset[str]
    """The indicators that have no scale for the class of the applicant."""

    def phrase(self, key: str) -> str:
        """Return a phrase in the language of the form."""
        return select_phrases(self.scheme)[key].of(self.language)

    def yes_or_no(self, value: bool) -> str:
        """Return the word for yes or no."""
        return (YES if value else NO).of(self.language)

    def is_live(self, indicator: Indicator) -> bool:
        """Return whether the form can say what a value earns.

        Not by rank, by a base that is not known beforehand, for a class that is not known, and not whether a
        prerequisite is met. Nor where a missing figure of a formula would spread points over others.
        """
        known = set(indicator.bases()) <= {POPULATION} if self.has_population else not indicator.bases()
        scaled = not indicator.class_scales and indicator.id not in self.unscaled
        unknown = isinstance(indicator.scale, RankScale) or indicator.effect is Effect.PREREQUISITE
        if not known or not scaled or unknown:
            return False
        fits = not indicator.figures or len(_measure_formula(_LAST_ROW, indicator, self)) <= _LONGEST_FORMULA
        return fits and not (indicator.figures and _may_spread(indicator))

    @property
    def is_plain(self) -> bool:
        """Whether all points are added up, so that a total may leave out those that are not known yet."""
        sections = (section for domain in self.edition.domains for section in domain.walk_sections())
        return self.edition.total_rule is None and all(section.combine is None for section in sections)

    def shows(self, indicators: Iterable[Indicator]) -> bool:
        """Return whether a sum of these can be shown: it is plain, or each of their points is known."""
        needed = [indicator for indicator in indicators if indicator.effect is not Effect.PREREQUISITE]
        spreading = any(indicator.figures and _may_spread(indicator) for indicator in needed)
        further = all(self.is_live(indicator) for indicator in needed if not indicator.counted)
        return not spreading and further and (self.is_plain or all(map(self.is_live, needed)))

    def missing(self, which: Missing) -> str:
        """Return the word for absent or not applicable."""
        return MISSING[which].of(self.language)


@dataclass(kw_only=True)
class DomainSheet:
    """Where the parts of a written domain stand; ``rows`` by indicator, ``total`` the cell of its points."""

    title: str
    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    """The cell of the points of each item."""
    next_row: int = 0
    """The first row below everything that is read."""
    total: str = ""

    def name_points(self, indicator: Indicator) -> str:
        """Return the cell of the points of an indicator, as other sheets name it."""
        return f"'{self.title}'!${POINTS}${self.find_row(indicator)}"

    def find_row(self, indicator: Indicator) -> int:
        """Return the row of the points of an indicator: its own, or that of the first of its figures."""
        return self.rows[(indicator.list_figures() or (indicator,))[0].id]


def build_form(
    applicant: Applicant, round_: Round, rules: Rules, language: str, prefilled: PrefilledForm = EMPTY_FORM
) -> bytes:
    """Return the form of an applicant as the bytes of an XLSX workbook; the same input gives the same bytes.

    Its live total is by the rules of the round. Where points are added up, those by rank are left out of it, as they
    depend on the others; under any other rule there is a total only where all points are known.
    """
    book = Workbook()
    cover = book.active
    assert isinstance(cover, Worksheet)  # noqa: S101 - a new workbook has one sheet
    cover.title = f"{PHRASES['cover'].ko} {PHRASES['cover'].en}"
    class_id = _find_class(applicant, rules)
    setting = FormSetting(
        edition=rules.edition.for_class(class_id) if class_id else rules.edition,
        scheme=rules.facts,
        has_population=bool(applicant.population and applicant.population.residents),
        unscaled=frozenset(
            indicator.id for indicator in rules.edition.indicators() if not indicator.has_scale_for(class_id or "")
        ),
        language=language,
        mark_scale=rules.scoring.mark_scale.value,
        population=f"'{cover.title}'!$B${_POPULATION_ROW}",
        prefilled=prefilled,
        notices=rules.documents.notices(),
    )
    domains = []
    for domain in setting.edition.domains:
        title = _FORBIDDEN_IN_TITLE.sub(" ", f"{domain.id} {domain.name.ko}")[:31]
        domains.append(_write_domain_sheet(book.create_sheet(title), domain, setting))
    _write_cover(cover, applicant, round_, setting, domains)
    _write_lookup_table(book.create_sheet(f"{PHRASES['lookup'].ko} Look-up"), domains, setting)
    if any(indicator.about for indicator in setting.edition.indicators()):
        _write_guide(book.create_sheet(f"{PHRASES['about'].ko} Guide"), setting.edition)
    book.security.lockStructure = True
    book.properties.title = f"{setting.phrase('title')} {applicant.full_name.of(language)}"
    book.properties.language = "ko-KR" if language == "ko" else "en"
    book.properties.creator = "smartcert"
    return save_workbook(book, datetime.combine(round_.governing_day, datetime.min.time()))


def _find_class(applicant: Applicant, rules: Rules) -> str | None:
    """Return the class of an applicant, None where it is not known yet."""
    try:
        return determine_class(applicant, rules)[0]
    except NoRuleError:
        return None


def _write_domain_sheet(sheet: Worksheet, domain: Section, setting: FormSetting) -> DomainSheet:
    """Write one domain into an empty sheet: item after item, an indicator on each row, live points beside the value."""
    written = DomainSheet(title=sheet.title)
    styles.write_cell(sheet, 1, 1, f"{domain.id} {domain.name.ko} / {domain.name.en}", styles.TITLE)
    for column, key in enumerate(_HEADINGS, start=1):
        styles.write_cell(sheet, _HEADING_ROW, column, format_bilingual(key), styles.HEADING)
    validations = _Validations(sheet, setting)
    edition, row = setting.edition, _HEADING_ROW + 1
    for item in domain.items():
        first = row
        for indicator in item.indicators:
            entries = indicator.list_figures() or (indicator,)
            for entry in entries:
                written.rows[entry.id] = row
                _write_indicator_row(sheet, row, entry, setting)
                validations.add_row(row, entry)
                row += 1
            _write_points(sheet, row - len(entries), indicator, setting)
        _write_factors(sheet, item, written, first, row - 1)
        shown = setting.phrase("later")
        if setting.shows(item.walk()):
            exact = _item_formula(sheet, item, written)
            shown = CellFormula(f"={formulas.round_formula(exact, edition.rounding_at(RoundingStep.ITEM))}")
        _write_sum_row(sheet, row, f"{item.name.ko} {format_bilingual('item_total')}", item.points, shown)
        written.sums[item.id] = f"{POINTS}{row}"
        row += 1
    written.next_row = row + 2
    shown = setting.phrase("later")
    if setting.shows(domain.walk()):
        exact = _section_formula(sheet, domain, written)
        shown = CellFormula(f"={formulas.round_formula(exact, edition.rounding_at(RoundingStep.DOMAIN))}")
    _write_sum_row(sheet, row, f"{domain.name.ko} / {domain.name.en}", domain.points, shown)
    written.total = f"'{sheet.title}'!${POINTS}${row}"
    styles.finish_sheet(sheet, _WIDTHS, _HEADING_ROW)
    for letter in (EXACT, GIVES_AWAY, FACTOR, MEASURE, RANKED):
        sheet.column_dimensions[letter].hidden = True
    return written


def _item_formula(sheet: Worksheet, item: Section, written: DomainSheet) -> str:
    """Return the formula of an item's points before rounding; write what the best of it are chosen from."""
    rows = {indicator.id: written.find_row(indicator) for indicator in item.indicators}
    counted = [f"{POINTS}{rows[indicator.id]}" for indicator in item.indicators if indicator.counted]
    further = [
        f"{POINTS}{rows[indicator.id]}"
        for indicator in item.indicators
        if indicator.effect in (Effect.BONUS, Effect.DEDUCTION) and indicator.counts_at is CountsAt.SECTION
    ]
    ranked = ""
    if item.combine is not None and item.combine.best is not None:
        for cell in counted:
            sheet[f"{RANKED}{cell.removeprefix(POINTS)}"] = f"={cell}"
        ranked = f"{RANKED}{min(rows.values())}:{RANKED}{max(rows.values())}"
    return formulas.combine_formula(item.combine, counted, further, ranked)


def _section_formula(sheet: Worksheet, section: Section, written: DomainSheet) -> str:
    if section.indicators:
        return written.sums[section.id]
    parts = []
    for part in section.sections:
        own = _section_formula(sheet, part, written)
        weight = part.weight
        parts.append(own if weight == 1 else f"{formulas.format_literal(weight)}*({own})")
    ranked = ""
    if section.combine is not None and section.combine.best is not None:
        first = written.next_row
        for points in parts:
            sheet[f"{RANKED}{written.next_row}"] = f"={points}"
            written.next_row += 1
        ranked = f"{RANKED}{first}:{RANKED}{written.next_row - 1}"
    return formulas.combine_formula(section.combine, parts, (), ranked)


def _write_sum_row(sheet: Worksheet, row: int, label: str, out_of: Fraction, formula: str) -> None:
    styles.write_cell(sheet, row, 1, label, styles.BOLD)
    styles.write_cell(sheet, row, _OUT_OF, float(out_of), styles.BOLD, "#,##0.##")
    styles.write_cell(sheet, row, POINTS, formula, styles.BOLD, "#,##0.00")


def _may_spread(indicator: Indicator) -> bool:
    """Return whether the points of an indicator are spread over others where its value is missing."""
    return MissingPolicy.REDISTRIBUTE in (indicator.absent, indicator.not_applicable)


def _write_indicator_row(sheet: Worksheet, row: int, indicator: Indicator, setting: FormSetting) -> None:
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
        (None, styles.PLAIN, "#,##0.00"),
        (_check_formula(row, indicator, setting), styles.PLAIN, ""),
    )
    for column, (value, look, number_format) in enumerate(cells, start=1):
        styles.write_cell(sheet, row, column, value, look, number_format)


def _format_limits(indicator: Indicator, scale: MarkScale) -> str:
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


def _write_points(sheet: Worksheet, row: int, indicator: Indicator, setting: FormSetting) -> None:
    """Write what an indicator earns into its row, the first of its figures' rows where it has such."""
    live = setting.is_live(indicator)
    if isinstance(indicator.scale, RankScale):
        shown = setting.phrase("rank")
    elif live:
        rounded = formulas.round_formula(f"{EXACT}{row}", setting.edition.rounding_at(RoundingStep.INDICATOR))
        shown = CellFormula(f"={rounded}*{FACTOR}{row}")
    else:
        shown = setting.phrase("later")
    cells = {POINTS: shown, GIVES_AWAY: _gives_away_formula(row, indicator, setting)}
    cells[EXACT] = _exact_formula(row, indicator, setting) if live else CellFormula("=0")
    if live and indicator.figures:
        cells[MEASURE] = _measure_formula(row, indicator, setting)
    for letter, content in cells.items():
        styles.write_cell(
            sheet, row, column_index_from_string(letter), content, styles.PLAIN, "#,##0.00" if letter == POINTS else ""
        )


def _measure_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Return the formula of what the figures of an indicator give; the empty text where one of them is missing."""
    cells, known = {POPULATION: setting.population}, []
    for offset, (figure, entry) in enumerate(zip(indicator.figures, indicator.list_figures(), strict=True)):
        cell = f"{VALUE}{row + offset}"
        if isinstance(entry.scale, YesNoScale):
            words = [setting.yes_or_no(True), setting.yes_or_no(False)]
            cells[figure.id] = f'IF({cell}="{words[0]}",1,0)'
            present = _equals_any(cell, words)
        else:
            cells[figure.id] = f"IF(ISNUMBER({cell}),{cell},0)"
            present = f"ISNUMBER({cell})"
        policies = {Missing.ABSENT: figure.absent, Missing.NOT_APPLICABLE: figure.not_applicable}
        zeros = [setting.missing(which) for which, policy in policies.items() if policy is InputMissing.ZERO]
        known.append(f"OR({','.join((present, *([_equals_any(cell, zeros)] if zeros else [])))})")
    inner = formulas.figures_formula(parse_formula(indicator.formula), cells)
    measure = formulas.measure_formula(
        indicator, inner, setting.population, setting.edition.rounding_at(RoundingStep.MEASURE)
    )
    zero = "0" if indicator.divided_by_zero is DividedByZero.ZERO else '""'
    return CellFormula(f'=IF(AND({",".join(known)}),IFERROR({measure},{zero}),"")')


def _exact_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    cell, edition = f"{MEASURE if indicator.figures else VALUE}{row}", setting.edition
    if indicator.kind is IndicatorKind.QUALITATIVE:
        measure = formulas.round_formula(cell, edition.rounding_at(RoundingStep.MARK))
    elif indicator.figures:
        measure = cell
    else:
        rounding = edition.rounding_at(RoundingStep.MEASURE)
        measure = formulas.measure_formula(indicator, cell, setting.population, rounding)
    exact = formulas.points_formula(indicator, cell, measure, setting.yes_or_no(True))
    if exact is None:
        return CellFormula("=0")
    return CellFormula(f"={exact}" if isinstance(indicator.scale, YesNoScale) else f"=IF(ISNUMBER({cell}),{exact},0)")


def _missing_words(indicator: Indicator, policy: MissingPolicy, setting: FormSetting) -> list[str]:
    """Return the words for those kinds of missing values to which the edition applies ``policy``."""
    policies = {Missing.ABSENT: indicator.absent, Missing.NOT_APPLICABLE: indicator.not_applicable}
    return [setting.missing(which) for which, own in policies.items() if own is policy]


def _gives_away_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Return the formula that is 1 where the row's points go to the others of its item, else 0."""
    words = _missing_words(indicator, MissingPolicy.REDISTRIBUTE, setting)
    if not words or indicator.kind is IndicatorKind.QUALITATIVE:
        return CellFormula("=0")
    return CellFormula(f"=IF(OR({_equals_any(f'{VALUE}{row}', words)}),1,0)")


def _write_factors(sheet: Worksheet, item: Section, written: DomainSheet, first: int, last: int) -> None:
    """Write the factor by which the points of each row grow where other rows of the item give theirs away.

    A bonus, a deduction and a prerequisite neither give nor take.
    """
    given_away, out_of = f"{GIVES_AWAY}${first}:{GIVES_AWAY}${last}", f"{_OUT_OF}${first}:{_OUT_OF}${last}"
    points = formulas.format_literal(
        sum((indicator.points for indicator in item.indicators if indicator.counted), Fraction(0))
    )
    factor = CellFormula(f"=IF(SUM({given_away})>0,{points}/({points}-SUMPRODUCT({given_away},{out_of})),1)")
    further = {written.find_row(indicator) for indicator in item.indicators if not indicator.counted}
    for row in range(first, last + 1):
        styles.write_cell(sheet, row, FACTOR, CellFormula("=1") if row in further else factor, styles.PLAIN)


def _check_formula(row: int, indicator: Indicator, setting: FormSetting) -> str:
    """Return the formula that says what is wrong with the row, the first thing only."""
    cell, phrase = f"{VALUE}{row}", setting.phrase
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return CellFormula(f'=IF({cell}="","{phrase("empty")}","{phrase("ok")}")')
    no_document = f'AND({cell}<>"{setting.missing(Missing.ABSENT)}",OR({DOCUMENT}{row}="",{PAGE}{row}=""))'
    formula = f'IF({no_document},"{phrase("no_evidence")}","{phrase("ok")}")'
    beyond = formulas.beyond_limits_formula(cell, indicator)
    if beyond:
        formula = f'IF({beyond},"{phrase("beyond")}",{formula})'
    refused = _missing_words(indicator, MissingPolicy.REFUSE, setting)
    if refused:
        formula = f'IF(OR({_equals_any(cell, refused)}),"{phrase("refused")}",{formula})'
    return CellFormula(f'=IF({cell}="","{phrase("empty")}",{formula})')


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
    phrases = select_phrases(setting.scheme)
    styles.write_cell(sheet, 1, 1, format_bilingual("title", phrases), styles.TITLE)
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
        if key == "population" and applicant.kind in ORGANISATIONS:
            continue  # the row stays, as formulas name it
        styles.write_cell(sheet, row, 1, format_bilingual(key, phrases), styles.BOLD)
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
    for kind, name in document_labels(setting.scheme).items():
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
    total = setting.phrase("later")
    if setting.shows(edition.indicators()):
        exact = _total_formula(edition, domains)
        total = CellFormula(f"={formulas.round_formula(exact, edition.rounding_at(RoundingStep.TOTAL))}")
    by_rank = [
        indicator.points for indicator in edition.indicators() if indicator.counted and not setting.is_live(indicator)
    ]
    totals = {
        "total": total,
        "out_of": float(edition.points),
        "relative": float(sum(by_rank, Fraction(0))),
    }
    for offset, (key, value) in enumerate(totals.items()):
        styles.write_cell(sheet, row + offset, 1, format_bilingual(key), styles.BOLD)
        styles.write_cell(sheet, row + offset, 2, value, styles.BOLD, "#,##0.00")


def _total_formula(edition: Edition, domains: list[DomainSheet]) -> str:
    """Return the formula of the total before rounding: the domains, then bonus points and deductions."""
    further: dict[Effect, list[str]] = {Effect.BONUS: [], Effect.DEDUCTION: []}
    parts = []
    for domain, written in zip(edition.domains, domains, strict=True):
        parts.append((written.total, domain.points, domain.weight))
        for section in domain.walk():
            if section.effect in further and section.counts_at is CountsAt.TOTAL:
                further[section.effect].append(written.name_points(section))
    return formulas.total_formula(parts, further[Effect.BONUS], further[Effect.DEDUCTION], edition.total_rule)


def _write_lookup_table(sheet: Worksheet, domains: list[DomainSheet], setting: FormSetting) -> None:
    """Write the look-up table (조견표): of each quantitative indicator its value and where the evidence stands."""
    styles.write_cell(sheet, 1, 1, format_bilingual("lookup"), styles.TITLE)
    for column, key in enumerate(("indicator", "name", "summary", "document", "page"), start=1):
        styles.write_cell(sheet, 3, column, format_bilingual(key), styles.HEADING)
    row = 4
    for domain, written in zip(setting.edition.domains, domains, strict=True):
        for indicator in (figure for section in domain.walk() for figure in section.list_figures()):
            source = written.rows[indicator.id]
            value, document, page = (f"'{written.title}'!{column}{source}" for column in (VALUE, DOCUMENT, PAGE))
            unit = formulas.quote_text(f" {indicator.unit.of(setting.language)}")
            one = formulas.quote_text(f" {indicator.name_unit(Fraction(1), setting.language)}")
            beside = unit if one == unit else f"IF({value}=1,{one},{unit})"
            cells = (
                indicator.id,
                format_two_lines(indicator.name),
                CellFormula(f'=IF(ISNUMBER({value}),{value}&{beside},{value}&"")'),
                CellFormula(f'={document}&""'),
                CellFormula(f'={page}&""'),
            )
            for column, cell in enumerate(cells, start=1):
                styles.write_cell(sheet, row, column, cell, styles.PLAIN)
            row += 1
    styles.finish_sheet(sheet, {"A": 10, "B": 40, "C": 20, "D": 36, "E": 10}, 3)


def _write_guide(sheet: Worksheet, edition: Edition) -> None:
    """Write what stands beside the indicators, in both languages: why each is there, what is wanted, what marks mean.

    A column is for what any indicator of the edition has.
    """
    languages = (Words("ko"), Words("en"))
    texts = [
        (indicator, [describe_about(indicator, words) for words in languages]) for indicator in edition.indicators()
    ]
    keys = [key for key in ABOUT_KEYS if any(key in both[0] for _, both in texts)]
    styles.write_cell(sheet, 1, 1, format_bilingual("about"), styles.TITLE)
    styles.write_cell(sheet, 2, 1, f"{edition.title.ko} / {edition.title.en}", styles.NOTE)
    headings = [format_bilingual("indicator"), format_bilingual("name")]
    headings += [" / ".join(words.term(f"about.{key}") for words in languages) for key in keys]
    for column, heading in enumerate(headings, start=1):
        styles.write_cell(sheet, _HEADING_ROW, column, heading, styles.HEADING)
    widths = (9.0, 26.0, *(_GUIDE_WIDTHS.get(key, 30.0) for key in keys))
    for row, (indicator, both) in enumerate(texts, start=_HEADING_ROW + 1):
        cells = [indicator.id, format_two_lines(indicator.name)]
        cells += [format_two_lines(Text(ko=both[0].get(key, ""), en=both[1].get(key, ""))) for key in keys]
        for column, text in enumerate(cells, start=1):
            styles.write_cell(sheet, row, column, text or None, styles.PLAIN)
        lines = (styles.count_lines(text, width) for text, width in zip(cells, widths, strict=True))
        styles.set_row_height(sheet, row, max(lines))
    letters = {get_column_letter(number): width for number, width in enumerate(widths, start=1)}
    styles.finish_sheet(sheet, letters, _HEADING_ROW)
