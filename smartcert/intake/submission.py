"""One applicant's form to the values of the round's tables, each with where it came from; what is unclear is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from smartcert.errors import Problem
from smartcert.intake import headings, messy
from smartcert.intake.form import Form, Line, Spot
from smartcert.intake.grid import RawCell
from smartcert.intake.messy import Asked, Refused, Sure
from smartcert.intake.scalars import quoted
from smartcert.intake.written import figure, number
from smartcert.model.application import DocumentKind, EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind

_LONGEST_TEXT = 300
_FORMULA = ("=", "+", "@", "\t")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What could be read in two ways. ``id`` stays the same while the form says the same."""

    id: str
    indicator: str
    place: str
    found: str
    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where one value of the tables came from: cell, what stood there, what was read."""

    field: str
    place: str
    raw: str
    read: str
    formula: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One indicator as claimed. ``value`` is None while a question about it is open."""

    indicator: Indicator
    value: Value | None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One document as the form lists it; ``file`` is empty where none is named."""

    kind: DocumentKind
    file: str
    sealed: bool | None = None
    lookup_table: bool | None = None
    requested: bool | None = None


@dataclass(kw_only=True)
class Submission:
    """What one form says. Complete only if there is no problem and no question."""

    code: str = ""
    name: str = ""
    round: str = ""
    edition: str = ""
    claims: dict[str, Claim] = field(default_factory=dict)
    papers: dict[DocumentKind, Paper] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


def submission(form: Form, edition: Edition, answers: Mapping[str, str]) -> Submission:
    """Return what the form says of every quantitative indicator; ``answers`` are those to earlier questions by id.

    An answer is taken if it reads as a value of the indicator; else the question is asked again.
    """
    read = Submission(
        code=form.fact(headings.CODE).replace(" ", ""),
        name=form.fact(headings.APPLICANT),
        round=form.fact(headings.ROUND),
        edition=form.fact(headings.EDITION),
        problems=list(form.problems),
    )
    for name in (headings.CODE, headings.APPLICANT, headings.ROUND, headings.EDITION):
        _origin(read, name, form.facts.get(name, []))
    for indicator in edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            _Claiming(read, answers).claim(indicator, form.lines.get(indicator.id, []))
    for kind, spots in form.papers.items():
        read.papers[kind] = _paper(read, kind, spots)
    return read


class _Claiming:
    """Reads the claim of one indicator into a submission."""

    def __init__(self, read: Submission, answers: Mapping[str, str]) -> None:
        self.read = read
        self.answers = answers

    def claim(self, indicator: Indicator, lines: list[Line]) -> None:
        if not lines:
            self.missing(indicator)
            return
        readings = [self.value(line) for line in lines]
        if len(lines) > 1 and not self.agree(lines, readings):
            return
        line = lines[0]
        spot = line.spots[headings.VALUE]
        value = self.settled(indicator, spot, readings[0])
        if value is not None and not isinstance(value, Missing) and not indicator.limits.allow(value):
            # beyond the limits it is a slip or a misunderstanding: the applicant says which
            possible = limits_told(indicator)
            why = Text(ko=f"가능한 범위({possible}) 밖의 값", en=f"a value outside what is possible ({possible})")
            value = self.settled(indicator, spot, Asked(why, (figure(value, indicator),)), allowed_only=True)
        self.origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(
            indicator=indicator,
            value=value,
            document=_text(self.read, line, headings.DOCUMENT),
            page=_text(self.read, line, headings.PAGE),
            grade=_grade(self.read, line),
        )

    def value(self, line: Line) -> messy.Reading[Value]:
        spot = line.spots[headings.VALUE]
        if line.covered is not None and not spot.text:
            read = messy.figure(line.covered.cell, line.indicator)
            told = (figure(read.value, line.indicator),) if isinstance(read, Sure) else ()
            where = str(line.covered.grid.place(line.covered.row, line.covered.column))
            return Asked(Text(ko=f"{where}와(과) 합쳐진 칸", en=f"a cell merged with {where}"), told)
        return messy.figure(spot.cell, line.indicator, line.text(headings.UNIT))

    def settled(
        self, indicator: Indicator, spot: Spot, reading: messy.Reading[Value], *, allowed_only: bool = False
    ) -> Value | None:
        """Return the value, by an answer where it had to be asked; None where it is open or refused."""
        if isinstance(reading, Sure):
            return reading.value
        why, readings = (reading.why, reading.readings) if isinstance(reading, Asked) else (_no_value(reading), ())
        name = _question_id(spot, indicator, why.en)
        answered = self.answer(name, indicator)
        if answered is not None and (
            not allowed_only or isinstance(answered, Missing) or indicator.limits.allow(answered)
        ):
            return answered
        if isinstance(reading, Refused):
            self.read.problems.append(spot.problem(quoted(spot.cell.text), reading.wanted))
        place = str(spot.grid.place(spot.row, spot.column))
        self.ask(name, indicator, place, _shown(spot), why, readings)
        return None

    def answer(self, name: str, indicator: Indicator) -> Value | None:
        text = self.answers.get(name, "").strip()
        if not text:
            return None
        if text in tuple(Missing):
            return Missing(text)
        read = messy.figure(RawCell(text if "%" not in indicator.unit.ko else f"{text.removesuffix('%')}%"), indicator)
        return read.value if isinstance(read, Sure) else None

    def agree(self, lines: list[Line], readings: list[messy.Reading[Value]]) -> bool:
        """Whether several rows of one indicator say the same; if not, it is asked which counts."""
        values = {read.value if isinstance(read, Sure) else None for read in readings}
        if len(values) == 1 and None not in values:
            return True
        indicator, spot = lines[0].indicator, lines[0].spots[headings.VALUE]
        told = tuple(figure(read.value, indicator) for read in readings if isinstance(read, Sure))
        places = ", ".join(str(line.spots[headings.VALUE].grid.place(line.spots[headings.VALUE].row)) for line in lines)
        why = Text(
            ko=f"지표가 {len(lines)}번 적혀 있음: {places}", en=f"the indicator stands {len(lines)} times: {places}"
        )
        reading = Asked(why, tuple(dict.fromkeys(told)))
        value = self.settled(indicator, spot, reading)
        self.origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)
        return False

    def missing(self, indicator: Indicator) -> None:
        name = hashlib.sha256(f"missing:{indicator.id}".encode()).hexdigest()[:12]
        value = self.answer(name, indicator)
        if value is None:
            why = Text(ko="이 지표의 행이 없음", en="no row of this indicator")
            self.ask(name, indicator, "", "", why, tuple(one.value for one in Missing))
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)

    def ask(
        self, name: str, indicator: Indicator, place: str, found: str, why: Text, readings: tuple[str, ...]
    ) -> None:
        question = Question(id=name, indicator=indicator.id, place=place, found=found, why=why, readings=readings)
        self.read.questions.append(question)

    def origin(self, indicator: Indicator, spot: Spot, value: Value | None) -> None:
        read = "" if value is None else figure(value, indicator)
        self.read.origins.append(
            Origin(
                field=indicator.id,
                place=str(spot.grid.place(spot.row, spot.column)),
                raw=spot.cell.text,
                read=read,
                formula=spot.cell.formula or "",
            )
        )


def plain_text(read: Submission, spot: Spot) -> str:
    """Return the text of a cell that becomes a text of the tables; what a spreadsheet would run is refused."""
    text = spot.text
    if len(text) > _LONGEST_TEXT or text.startswith(_FORMULA) or not text.isprintable():
        read.problems.append(spot.problem(quoted(text), f"a plain text of at most {_LONGEST_TEXT} characters"))
        return ""
    return text


def _text(read: Submission, line: Line, column: str) -> str:
    return plain_text(read, line.spots[column]) if column in line.spots else ""


def _grade(read: Submission, line: Line) -> EvidenceGrade | None:
    if headings.GRADE not in line.spots:
        return None
    spot = line.spots[headings.GRADE]
    found = messy.grade(spot.cell, headings.GRADES)
    if isinstance(found, Sure):
        return found.value
    read.problems.append(spot.problem(quoted(spot.text), found.wanted if isinstance(found, Refused) else "a grade"))
    return None


def _paper(read: Submission, kind: DocumentKind, spots: Mapping[str, Spot]) -> Paper:
    told = {
        name: _told(read, spots[name])
        for name in (headings.SEALED, headings.TABLE, headings.REQUESTED)
        if name in spots
    }
    file = plain_text(read, spots[headings.FILE])
    return Paper(
        kind=kind,
        file=file,
        sealed=told.get(headings.SEALED),
        lookup_table=told.get(headings.TABLE),
        requested=told.get(headings.REQUESTED),
    )


def _told(read: Submission, spot: Spot) -> bool | None:
    if not spot.text or spot.text in ("-", "–"):
        return None
    found = messy.yes_no(spot.cell)
    if isinstance(found, Sure):
        return found.value
    read.problems.append(spot.problem(quoted(spot.text), "yes or no (예, 아니오)"))
    return None


def _origin(read: Submission, name: str, spots: list[Spot]) -> None:
    for spot in spots[:1]:
        place = str(spot.grid.place(spot.row, spot.column))
        read.origins.append(Origin(field=name, place=place, raw=spot.cell.text, read=spot.text))
    if len({spot.text for spot in spots if spot.text}) > 1:
        told = ", ".join(quoted(spot.text) for spot in spots)
        read.problems.append(spots[0].problem(f"'{name}' in several ways: {told}", "one and the same"))


def _question_id(spot: Spot, indicator: Indicator, why: str) -> str:
    told = f"{indicator.id}:{spot.grid.name}:{spot.row}:{spot.column}:{spot.cell.text}:{why}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _shown(spot: Spot) -> str:
    formula = f" (={spot.cell.formula})" if spot.cell.formula else ""
    return f"{spot.text}{formula}"[:_LONGEST_TEXT]


def _no_value(reading: messy.Reading[Value]) -> Text:
    wanted = reading.wanted if isinstance(reading, Refused) else "a value"
    return Text(ko="값으로 읽을 수 없음", en=f"no value; wanted {wanted}")


def limits_told(indicator: Indicator) -> str:
    """Return what is possible for an indicator, as ``0 ~ 100``."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    return f"{'' if low is None else number(low)} ~ {'' if high is None else number(high)}".strip()
