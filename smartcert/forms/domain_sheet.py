"""The sheet of one domain: an item after the other, an indicator on each row, live points beside each value."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import formulas, looks
from smartcert.forms.phrases import GRADES, NO, both, two_lines
from smartcert.forms.validations import Entry, Setting, Validations, beyond_limits, limits_shown
from smartcert.model.application import Missing, Value
from smartcert.model.indicator import (
    Indicator,
    IndicatorKind,
    Policy,
    Rank,
    Section,
    Step,
    YesNo,
)

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
VALUE, DOCUMENT, PAGE, GRADE, POINTS, CHECK, EXACT, GIVES, FACTOR = "G", "H", "I", "J", "K", "L", "M", "N", "O"
_WIDTHS = {"A": 9, "B": 26, "C": 52, "D": 13, "E": 8, "F": 16, "G": 14, "H": 26, "I": 8, "J": 13, "K": 10, "L": 24}


@dataclass(kw_only=True)
class DomainSheet:
    """Where the parts of a written domain stand; ``rows`` by indicator, ``total`` the cell of its points."""

    title: str
    rows: dict[str, int] = field(default_factory=dict)
    total: str = ""


def write_domain(sheet: Worksheet, domain: Section, setting: Setting) -> DomainSheet:
    """Write one domain into an empty sheet; return where its parts stand."""
    written = DomainSheet(title=sheet.title)
    looks.put(sheet, 1, 1, f"{domain.id} {domain.name.ko} / {domain.name.en}", looks.TITLE)
    headings = [both(name) for name in (*COLUMNS, "check")]
    for column, heading in enumerate(headings, start=1):
        looks.put(sheet, HEADING_ROW, column, heading, looks.HEADING)
    rules = Validations(sheet, setting)
    row, parts = HEADING_ROW + 1, []
    for item in domain.items():
        first = row
        for indicator in item.indicators:
            written.rows[indicator.id] = row
            _indicator(sheet, row, indicator, setting, rules)
            row += 1
        _factors(sheet, item, first, row - 1)
        total = formulas.rounded(f"SUM({POINTS}{first}:{POINTS}{row - 1})", setting.edition.round_at(Step.ITEM))
        _sum_row(sheet, row, f"{item.name.ko} {both('item_total')}", item.points, f"={total}")
        parts.append(f"{POINTS}{row}")
        row += 1
    whole = formulas.rounded("+".join(parts), setting.edition.round_at(Step.DOMAIN))
    _sum_row(sheet, row, f"{domain.name.ko} / {domain.name.en}", domain.points, f"={whole}")
    written.total = f"'{sheet.title}'!${POINTS}${row}"
    looks.finish(sheet, _WIDTHS, HEADING_ROW)
    for letter in (EXACT, GIVES, FACTOR):
        sheet.column_dimensions[letter].hidden = True
    return written


def _sum_row(sheet: Worksheet, row: int, label: str, out_of: Fraction, formula: str) -> None:
    looks.put(sheet, row, 1, label, looks.BOLD)
    looks.put(sheet, row, 5, float(out_of), looks.BOLD, "#,##0.##")
    looks.put(sheet, row, 11, formula, looks.BOLD, "#,##0.00")


def _indicator(sheet: Worksheet, row: int, indicator: Indicator, setting: Setting, rules: Validations) -> None:
    qualitative = indicator.kind is IndicatorKind.QUALITATIVE
    unit = setting.say("mark") if qualitative else _unit(indicator)
    told = (indicator.id, two_lines(indicator.name), two_lines(indicator.definition), unit)
    for column, text in enumerate(told, start=1):
        looks.put(sheet, row, column, text, looks.PLAIN)
    looks.put(sheet, row, 5, float(indicator.points), looks.PLAIN, "#,##0.##")
    looks.put(sheet, row, 6, limits_shown(indicator, setting.mark_scale), looks.PLAIN)
    entry = setting.entries.get(indicator.id, Entry())
    looks.put(sheet, row, 7, _filled(entry.value, indicator, setting), looks.INPUT)
    looks.put(sheet, row, 8, entry.document or None, looks.INPUT, "@")
    looks.put(sheet, row, 9, entry.page or None, looks.INPUT, "@")
    looks.put(sheet, row, 10, GRADES[entry.grade].of(setting.language) if entry.grade else None, looks.INPUT)
    exact = _exact(row, indicator, setting)
    looks.put(sheet, row, 13, exact, looks.PLAIN)
    looks.put(sheet, row, 14, _gives(row, indicator, setting), looks.PLAIN)
    looks.put(sheet, row, 11, _points(row, indicator, setting), looks.PLAIN, "#,##0.00")
    looks.put(sheet, row, 12, _check(row, indicator, setting), looks.PLAIN)
    rules.hold(row, indicator)


def _unit(indicator: Indicator) -> str:
    unit = indicator.unit
    return unit.ko if unit.ko == unit.en or isinstance(indicator.scale, YesNo) else f"{unit.ko} / {unit.en}"


def _filled(value: Value | None, indicator: Indicator, setting: Setting) -> str | float | int | None:
    if value is None:
        return None
    if isinstance(value, Missing):
        return setting.missing(value)
    if isinstance(indicator.scale, YesNo):
        return setting.yes if value else NO.of(setting.language)
    return int(value) if value.denominator == 1 else float(value)


def _exact(row: int, indicator: Indicator, setting: Setting) -> str:
    cell = f"{VALUE}{row}"
    edition = setting.edition
    step = Step.MARK if indicator.kind is IndicatorKind.QUALITATIVE else Step.MEASURE
    measured = formulas.measure(indicator, cell, setting.population, edition.round_at(Step.MEASURE))
    if step is Step.MARK:
        measured = formulas.rounded(cell, edition.round_at(Step.MARK))
    exact = formulas.points(indicator, cell, measured, setting.yes)
    if exact is None:
        return "=0"
    if isinstance(indicator.scale, YesNo):
        return f"={exact}"
    return f"=IF(ISNUMBER({cell}),{exact},0)"


def _points(row: int, indicator: Indicator, setting: Setting) -> str:
    if isinstance(indicator.scale, Rank):
        return setting.say("rank")
    inner = formulas.rounded(f"{EXACT}{row}", setting.edition.round_at(Step.INDICATOR))
    return f"={inner}*{FACTOR}{row}"


def _gives(row: int, indicator: Indicator, setting: Setting) -> str:
    """Whether the row gives its points away to the others of its item: 1 or 0."""
    words = [
        setting.missing(which)
        for which, policy in (
            (Missing.ABSENT, indicator.absent),
            (Missing.NOT_APPLICABLE, indicator.not_applicable),
        )
        if policy is Policy.REDISTRIBUTE
    ]
    if not words or indicator.kind is IndicatorKind.QUALITATIVE:
        return "=0"
    held = ",".join(f'{VALUE}{row}="{word}"' for word in words)
    return f"=IF(OR({held}),1,0)"


def _factors(sheet: Worksheet, item: Section, first: int, last: int) -> None:
    gives, out_of = f"{GIVES}${first}:{GIVES}${last}", f"E${first}:E${last}"
    whole = formulas.literal(item.points)
    spread = f"=IF(SUM({gives})>0,{whole}/({whole}-SUMPRODUCT({gives},{out_of})),1)"
    for row in range(first, last + 1):
        looks.put(sheet, row, 15, spread, looks.PLAIN)


def _check(row: int, indicator: Indicator, setting: Setting) -> str:
    cell, say = f"{VALUE}{row}", setting.say
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f'=IF({cell}="","{say("empty")}","{say("ok")}")'
    refused = [
        setting.missing(which)
        for which, policy in ((Missing.ABSENT, indicator.absent), (Missing.NOT_APPLICABLE, indicator.not_applicable))
        if policy is Policy.REFUSE
    ]
    either = ",".join(f'{cell}="{word}"' for word in refused)
    stops = f'IF(OR({either}),"{say("refused")}",' if refused else ""
    beyond = beyond_limits(cell, indicator)
    outside = f'IF({beyond},"{say("beyond")}",' if beyond else ""
    absent = setting.missing(Missing.ABSENT)
    evidence = f'IF(AND({cell}<>"{absent}",OR({DOCUMENT}{row}="",{PAGE}{row}="")),"{say("no_evidence")}","{say("ok")}")'
    closing = ")" * (bool(stops) + bool(outside))
    return f'=IF({cell}="","{say("empty")}",{stops}{outside}{evidence}{closing})'
