"""What may be typed into the cells of a form: what its rows share, limits in words, drop-downs and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import formulas
from smartcert.forms.phrases import GRADES, MISSING, NO, PHRASES, YES
from smartcert.intake.claiming import limits_told
from smartcert.intake.written import number
from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.indicator import Counted, Edition, Indicator, IndicatorKind, Limits, YesNo
from smartcert.rules.scoring import MarkScale

VALUE, GRADE = "G", "J"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is filled in for one indicator beforehand."""

    value: Value | None = None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the rows of every domain share; ``population`` is the cell that holds it."""

    edition: Edition
    language: str
    mark_scale: MarkScale
    population: str
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def say(self, key: str) -> str:
        """Return a phrase in the language of the form."""
        return PHRASES[key].of(self.language)

    @property
    def yes(self) -> str:
        """The word for yes."""
        return YES.of(self.language)

    def missing(self, which: Missing) -> str:
        """Return the word for absent or not applicable."""
        return MISSING[which].of(self.language)


def limits_shown(indicator: Indicator, scale: MarkScale) -> str:
    """Return the limits of a value as a reader sees them beside its cell."""
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f"{number(scale.lowest)} ~ {number(scale.highest)}"
    return "" if indicator.limits == Limits() else limits_told(indicator)


def beyond_limits(cell: str, indicator: Indicator) -> str:
    """Return a formula that says whether the number in a cell is beyond its limits; nothing where it has none."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    bounds = [f"{cell}<{formulas.literal(low)}"] if low is not None else []
    bounds += [f"{cell}>{formulas.literal(high)}"] if high is not None else []
    if isinstance(indicator.scale, Counted):
        bounds += [f"{cell}<0", f"{cell}<>INT({cell})"]
    return f"IF(ISNUMBER({cell}),OR({','.join(bounds)}),FALSE)" if bounds else ""


class Validations:
    """What may be typed into each cell, told before it is typed; one rule for all rows that want the same."""

    def __init__(self, sheet: Worksheet, setting: Setting) -> None:
        self._sheet = sheet
        self._setting = setting
        words = ",".join(one.of(setting.language) for one in GRADES.values())
        self._grade = self._add(DataValidation(type="list", formula1=f'"{words}"', allow_blank=True), "grade", "")

    def hold(self, row: int, indicator: Indicator) -> None:
        """Hold the cells of one row."""
        setting, cell = self._setting, f"{VALUE}{row}"
        missing = [setting.missing(which) for which in Missing]
        if indicator.kind is IndicatorKind.QUALITATIVE:
            rule = DataValidation(type="list", formula1=f'"{",".join(_marks(setting.mark_scale))}"', allow_blank=True)
        elif isinstance(indicator.scale, YesNo):
            words = ",".join((setting.yes, NO.of(setting.language), *missing))
            rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
        else:
            beyond = beyond_limits(cell, indicator)
            fits = f"AND(ISNUMBER({cell}),NOT({beyond}))" if beyond else f"ISNUMBER({cell})"
            others = ",".join(f'{cell}="{word}"' for word in missing)
            rule = DataValidation(type="custom", formula1=f"OR({fits},{others})", allow_blank=True)
        prompt = f"{indicator.name.of(setting.language)} [{indicator.unit.of(setting.language)}]"
        self._add(rule, "value", f"{prompt} {limits_shown(indicator, setting.mark_scale)}").add(cell)
        self._grade.add(f"{GRADE}{row}")

    def _add(self, rule: DataValidation, title: str, prompt: str) -> DataValidation:
        rule.promptTitle = self._setting.say(title)[:32]
        rule.prompt = prompt.strip()[:250] or None
        rule.errorTitle = self._setting.say(title)[:32]
        rule.error = self._setting.say("beyond") if title == "value" else None
        rule.showInputMessage = rule.showErrorMessage = True
        self._sheet.add_data_validation(rule)
        return rule


def _marks(scale: MarkScale) -> list[str]:
    count = int((scale.highest - scale.lowest) / scale.step)
    return [number(scale.lowest + step * scale.step) for step in range(count + 1)]
