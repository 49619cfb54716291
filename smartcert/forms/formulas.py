"""Live totals, drop-downs, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.io.csv import format_exact
from smartcert.io.forms import format_limits as format_measured_limits
from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    Edition,
    Indicator,
    IndicatorKind,
    Limits,
    LinearScale,
    Marks,
    RankScale,
    Rounding,
    RoundingMode,
    YesNoScale,
)
from smartcert.rules.parameters import MarkScale

# --- How the engine's steps are said as spreadsheet formulas, so that a form's live total is what the engine gives.

_GUARD_DIGITS = 10


def format_literal(value: Fraction) -> str:
    """Return a number as a formula writes it: a decimal, else a division."""
    text = format_exact(value)
    return f"({text})" if "/" in text else text


def round_formula(inner: str, rounding: Rounding | None) -> str:
    """Return a formula rounded as ordered; without an order it is as it was. ``inner`` is never negative."""
    if rounding is None:
        return inner
    guarded, digits = f"ROUND({inner},{_GUARD_DIGITS})", rounding.digits
    match rounding.mode:
        case RoundingMode.HALF_UP:
            return f"ROUND({guarded},{digits})"
        case RoundingMode.DOWN:
            return f"ROUNDDOWN({guarded},{digits})"
        case RoundingMode.HALF_EVEN:
            steps = f"ROUND({inner}*{10**digits},{_GUARD_DIGITS - 2})"
            half = f"{steps}-INT({steps})=0.5"
            return f"IF({half},INT({steps})+MOD(INT({steps}),2),ROUND({steps},0))/{10**digits}"


def measure_formula(indicator: Indicator, value: str, population: str, rounding: Rounding | None) -> str:
    """Return the formula of the measure: the value, or per so many people and rounded as ordered."""
    if indicator.per_people is None:
        return value
    per_head = f"{value}*{indicator.per_people}/{population}"
    return round_formula(per_head, rounding) if rounding else f"ROUND({per_head},{_GUARD_DIGITS})"


def points_formula(indicator: Indicator, value: str, measured: str, yes: str) -> str | None:
    """Return the formula of the exact points; None where they hang on the others (by rank)."""
    match indicator.scale:
        case BandScale(bands=bands, otherwise=otherwise):
            return _bands_formula(bands, otherwise, measured, indicator.direction)
        case LinearScale(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            share = f"({measured}-({format_literal(zero_at)}))/({format_literal(full_at - zero_at)})"
            return f"{format_literal(indicator.points)}*MIN(MAX({share},0),1)"
        case YesNoScale():
            return f'IF({value}="{yes}",{format_literal(indicator.points)},0)'
        case CountScale(points_each=each, cap=cap):
            return f"{format_literal(each)}*MAX(MIN({measured},{format_literal(cap)}),0)"
        case RankScale():
            return None


def _bands_formula(bands: tuple[Band, ...], otherwise: Fraction, measured: str, direction: Direction) -> str:
    sign = ">=" if direction is Direction.HIGHER else "<="
    formula = format_literal(otherwise)
    for band in reversed(bands):
        formula = f"IF({measured}{sign}{format_literal(band.bound)},{format_literal(band.points)},{formula})"
    return formula


# --- The few words that a form says in each language, and both languages of one thing beside each other.

LANGUAGES = ("ko", "en")
YES = Text(ko="예", en="yes")
NO = Text(ko="아니오", en="no")
MISSING = {
    Missing.ABSENT: Text(ko="미제출", en="absent"),
    Missing.NOT_APPLICABLE: Text(ko="해당 없음", en="not applicable"),
}
GRADES = {
    EvidenceGrade.MEASURED: Text(ko="실측", en="measured"),
    EvidenceGrade.SURVEY: Text(ko="조사", en="survey"),
    EvidenceGrade.HIGHER_LEVEL: Text(ko="상위통계", en="higher_level"),
    EvidenceGrade.ESTIMATED: Text(ko="추정", en="estimated"),
    EvidenceGrade.PERSONAL: Text(ko="개인자료", en="personal"),
    EvidenceGrade.UNKNOWN: Text(ko="미상", en="unknown"),
}
PHRASES: Mapping[str, Text] = {
    "cover": Text(ko="표지", en="Cover"),
    "lookup": Text(ko="조견표", en="Look-up table"),
    "title": Text(ko="스마트도시 인증 평가 신청 양식", en="Form for smart city certification"),
    "guide": Text(
        ko="노란 칸만 적는다. 값이 없으면 '미제출', 있을 수 없으면 '해당 없음'을 고른다. 0은 값이다.",
        en="Fill in the yellow cells only. Where there is no figure choose 'absent', where there can be none choose"
        " 'not applicable'. Zero is a figure.",
    ),
    "round": Text(ko="공모", en="Round"),
    "edition": Text(ko="지표판", en="Edition"),
    "code": Text(ko="지방자치단체 코드", en="Local government code"),
    "applicant": Text(ko="지방자치단체", en="Local government"),
    "population": Text(ko="주민등록인구", en="Registered residents"),
    "closes": Text(ko="접수 마감", en="Applications close"),
    "paper": Text(ko="서류", en="Paper"),
    "file": Text(ko="파일", en="File"),
    "sealed": Text(ko="날인", en="Sealed"),
    "total": Text(ko="총점(자체 계산)", en="Total as filled in"),
    "out_of": Text(ko="배점", en="Out of"),
    "relative": Text(ko="이 가운데 상대평가라 지금 알 수 없는 배점", en="Of these, by rank and not known yet"),
    "points": Text(ko="점수", en="Points"),
    "indicator": Text(ko="지표번호", en="ID"),
    "name": Text(ko="지표명", en="Name"),
    "definition": Text(ko="정의", en="Definition"),
    "unit": Text(ko="단위", en="Unit"),
    "limits": Text(ko="허용 범위", en="Limits"),
    "value": Text(ko="값", en="Value"),
    "document": Text(ko="증빙 문서", en="Document"),
    "page": Text(ko="쪽", en="Page"),
    "grade": Text(ko="증빙 등급", en="Evidence grade"),
    "check": Text(ko="확인", en="Check"),
    "summary": Text(ko="요약", en="Summary"),
    "item_total": Text(ko="소계", en="Subtotal"),
    "rank": Text(ko="상대평가", en="by rank"),
    "ok": Text(ko="확인됨", en="ok"),
    "empty": Text(ko="값을 적어야 함", en="fill in a value"),
    "beyond": Text(ko="허용 범위 밖", en="beyond the limits"),
    "no_evidence": Text(ko="증빙과 쪽을 적어야 함", en="give document and page"),
    "refused": Text(ko="값이 없으면 평가할 수 없음", en="cannot be judged without a value"),
    "mark": Text(ko="자체 평점", en="own mark"),
}


def format_bilingual(key: str) -> str:
    """Return a phrase in both languages, as headings stand."""
    phrase = PHRASES[key]
    return f"{phrase.ko} / {phrase.en}"


def format_two_lines(text: Text) -> str:
    """Return a text in both languages, each on a line of its own; once where they are the same."""
    return text.ko if text.ko == text.en else f"{text.ko}\n{text.en}"


def document_labels() -> Mapping[str, str]:
    """Return the documents of the call in both languages, by kind."""
    from smartcert.reporting.catalogue import Words

    korean, english = Words("ko"), Words("en")
    kinds = ("application", "quantitative", "qualitative", "evidence", "other")
    return {kind: f"{korean.term(f'document.{kind}')} / {english.term(f'document.{kind}')}" for kind in kinds}


# --- What may be typed into the cells of a form: what its rows share, limits in words, drop-downs and bounds.

VALUE, GRADE = "G", "J"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefilled:
    """What is filled in for one indicator beforehand."""

    value: Value | None = None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FormSetting:
    """What the rows of every domain share; ``population`` is the cell that holds it."""

    edition: Edition
    language: str
    mark_scale: MarkScale
    population: str
    entries: Mapping[str, Prefilled] = field(default_factory=dict)

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


def format_limits(indicator: Indicator, scale: MarkScale) -> str:
    """Return the limits of a value as a reader sees them beside its cell."""
    if indicator.kind is IndicatorKind.QUALITATIVE:
        return f"{format_exact(scale.lowest)} ~ {format_exact(scale.highest)}"
    return "" if indicator.limits == Limits() else format_measured_limits(indicator)


def beyond_limits_formula(cell: str, indicator: Indicator) -> str:
    """Return a formula that says whether the number in a cell is beyond its limits; nothing where it has none."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    bounds = [f"{cell}<{format_literal(low)}"] if low is not None else []
    bounds += [f"{cell}>{format_literal(high)}"] if high is not None else []
    if isinstance(indicator.scale, CountScale):
        bounds += [f"{cell}<0", f"{cell}<>INT({cell})"]
    return f"IF(ISNUMBER({cell}),OR({','.join(bounds)}),FALSE)" if bounds else ""


class Validations:
    """What may be typed into each cell, told before it is typed; one rule for all rows that want the same."""

    def __init__(self, sheet: Worksheet, setting: FormSetting) -> None:
        self._sheet = sheet
        self._setting = setting
        words = ",".join(one.of(setting.language) for one in GRADES.values())
        self._grade = self._add(DataValidation(type="list", formula1=f'"{words}"', allow_blank=True), "grade", "")

    def hold(self, row: int, indicator: Indicator) -> None:
        """Hold the cells of one row."""
        setting, cell = self._setting, f"{VALUE}{row}"
        missing = [setting.missing(which) for which in Missing]
        if indicator.kind is IndicatorKind.QUALITATIVE:
            rule = DataValidation(
                type="list", formula1=f'"{",".join(_list_marks(setting.mark_scale))}"', allow_blank=True
            )
        elif isinstance(indicator.scale, YesNoScale):
            words = ",".join((setting.yes, NO.of(setting.language), *missing))
            rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
        else:
            beyond = beyond_limits_formula(cell, indicator)
            fits = f"AND(ISNUMBER({cell}),NOT({beyond}))" if beyond else f"ISNUMBER({cell})"
            others = ",".join(f'{cell}="{word}"' for word in missing)
            rule = DataValidation(type="custom", formula1=f"OR({fits},{others})", allow_blank=True)
        prompt = f"{indicator.name.of(setting.language)} [{indicator.unit.of(setting.language)}]"
        self._add(rule, "value", f"{prompt} {format_limits(indicator, setting.mark_scale)}").add(cell)
        self._grade.add(f"{GRADE}{row}")

    def _add(self, rule: DataValidation, title: str, prompt: str) -> DataValidation:
        rule.promptTitle = self._setting.say(title)[:32]
        rule.prompt = prompt.strip()[:250] or None
        rule.errorTitle = self._setting.say(title)[:32]
        rule.error = self._setting.say("beyond") if title == "value" else None
        rule.showInputMessage = rule.showErrorMessage = True
        self._sheet.add_data_validation(rule)
        return rule


def _list_marks(scale: MarkScale) -> list[str]:
    count = int((scale.highest - scale.lowest) / scale.step)
    return [format_exact(scale.lowest + step * scale.step) for step in range(count + 1)]
