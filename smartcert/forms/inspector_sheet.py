"""The sheet of an on-site inspection: the figures that were drawn, as claimed and accepted, and blanks for the rest."""

from __future__ import annotations

from collections.abc import Mapping

from smartcert.forms.formulas import beyond_limits_formula
from smartcert.forms.phrases import GRADES, MISSING, NO, YES
from smartcert.forms.sheets import Choice, Sheet, SheetColumn, SheetLine, build_group, name_row, show_number
from smartcert.io.rounds.sheets import (
    SheetIdentity,
    SheetKind,
    compute_edition_digest,
    list_sheet_indicators,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Measurement, Missing, Round, Value
from smartcert.model.indicator import Indicator, YesNoScale
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import Rules

_COLUMNS = (
    SheetColumn(key="applicant_id", width=11, in_document=5),
    SheetColumn(key="applicant", width=17, in_document=0),
    SheetColumn(key="indicator", width=9, in_document=4, centred=True),
    SheetColumn(key="figure", width=46, in_document=18),
    SheetColumn(key="claimed", width=13, in_document=6, centred=True),
    SheetColumn(key="desk", width=13, in_document=6, centred=True),
    SheetColumn(key="document", width=20, in_document=7),
    SheetColumn(key="page", width=8, in_document=3, centred=True),
    SheetColumn(key="found", width=14, in_document=7, filled_in=True, centred=True),
    SheetColumn(key="grade", width=12, in_document=6, filled_in=True, centred=True),
    SheetColumn(key="why", width=34, in_document=13, filled_in=True),
    SheetColumn(key="photograph", width=12, in_document=5, filled_in=True, centred=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectorSheet:
    """What the sheet of an inspection is built from; ``figures`` are the indicators to look at by applicant."""

    round: Round
    rules: Rules
    inspector: str
    figures: Mapping[str, tuple[str, ...]]
    language: str


def build_inspection_sheet(source: InspectorSheet) -> Sheet:
    """Return the sheet: of each applicant the figures to look at, in the order of the edition."""
    words, round_ = Words(source.language, "sheets", scheme=source.rules.facts), source.round
    indicators = list_sheet_indicators(source.rules.edition, SheetKind.INSPECTION)
    groups = [
        build_group(
            application,
            words.language,
            (
                _write_line(application, indicator, application.measurements[name], words)
                for name, indicator in indicators.items()
                if name in source.figures[application.id] and name in application.measurements
            ),
        )
        for application in round_.applications
        if application.id in source.figures
    ]
    return Sheet(
        identity=SheetIdentity(
            kind=SheetKind.INSPECTION,
            round=round_.id,
            edition=source.rules.edition.id,
            edition_digest=compute_edition_digest(source.rules, SheetKind.INSPECTION),
            person=source.inspector,
            rows_digest="",
        ),
        language=words.language,
        scheme=source.rules.facts,
        dated=round_.governing_day,
        title=words("title.inspection", round=round_.title, person=source.inspector),
        guide=words("guide.inspection", absent=MISSING[Missing.ABSENT].of(words.language)),
        columns=_COLUMNS,
        counted="found",
        least_lines=2,
        groups=tuple(group for group in groups if group.lines),
    )


def _write_line(application: Application, indicator: Indicator, measured: Measurement, words: Words) -> SheetLine:
    language = words.language
    unit = "" if isinstance(indicator.scale, YesNoScale) else f" [{indicator.unit.of(language)}]"
    name = f"{indicator.name.of(language)}{unit}"
    about = indicator.about
    if about and about.verify:
        name = f"{name}\n{words('sheet.verify', how=about.verify.of(language))}"
    values = name_row(application, indicator, language) | {
        "figure": name,
        "claimed": show_figure(measured.claimed, indicator, language),
        "desk": show_figure(measured.desk, indicator, language),
        "document": measured.evidence_document,
        "page": measured.evidence_page,
    }
    grades = Choice(words=tuple(grade.of(language) for grade in GRADES.values()))
    return SheetLine(values=values, choices={"found": _choose_figure(indicator, language), "grade": grades})


def show_figure(value: Value, indicator: Indicator, language: str) -> str | int | float:
    """Return a figure as a sheet shows it: a number as a number, all else in words."""
    if isinstance(value, Missing):
        return MISSING[value].of(language)
    if isinstance(indicator.scale, YesNoScale):
        return (YES if value else NO).of(language)
    return show_number(value)


def _choose_figure(indicator: Indicator, language: str) -> Choice:
    absent = MISSING[Missing.ABSENT].of(language)
    if isinstance(indicator.scale, YesNoScale):
        return Choice(words=(YES.of(language), NO.of(language), absent))
    beyond = beyond_limits_formula("{cell}", indicator)
    fits = f"AND(ISNUMBER({{cell}}),NOT({beyond}))" if beyond else "ISNUMBER({cell})"
    return Choice(formula=f'OR({fits},{{cell}}="{absent}")')
