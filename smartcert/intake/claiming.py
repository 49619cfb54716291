"""The rows of one indicator to its claim; what is unclear is asked, and an answer settles it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from smartcert.intake import headings, messy, readings
from smartcert.intake.claims import Claim, Origin, Question, Submission
from smartcert.intake.form import Line, Spot
from smartcert.intake.grid import RawCell
from smartcert.intake.readings import Asked, Refused, Sure
from smartcert.intake.scalars import quoted
from smartcert.intake.written import figure, number
from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Indicator

_LONGEST_TEXT = 300
_FORMULA = ("=", "+", "@", "\t")


class Claiming:
    """Reads the claim of one indicator into a submission."""

    def __init__(self, read: Submission, answers: Mapping[str, str]) -> None:
        self.read = read
        self.answers = answers

    def claim(self, indicator: Indicator, lines: list[Line]) -> None:
        """Read what the rows of an indicator say; without a row it is asked for."""
        if not lines:
            self._missing(indicator)
            return
        readings = [self._value(line) for line in lines]
        if len(lines) > 1 and not self._agree(lines, readings):
            return
        line = lines[0]
        spot = line.spots[headings.VALUE]
        value = self._settled(indicator, spot, readings[0])
        if value is not None and not isinstance(value, Missing) and not indicator.limits.allow(value):
            # beyond the limits it is a slip or a misunderstanding: the applicant says which
            possible = limits_told(indicator)
            why = Text(ko=f"가능한 범위({possible}) 밖의 값", en=f"a value outside what is possible ({possible})")
            value = self._settled(indicator, spot, Asked(why, (figure(value, indicator),)), allowed_only=True)
        self._origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(
            indicator=indicator,
            value=value,
            document=_text(self.read, line, headings.DOCUMENT),
            page=_text(self.read, line, headings.PAGE),
            grade=_grade(self.read, line),
        )

    def _value(self, line: Line) -> readings.Reading[Value]:
        spot = line.spots[headings.VALUE]
        if line.covered is not None and not spot.text:
            read = messy.figure(line.covered.cell, line.indicator)
            told = (figure(read.value, line.indicator),) if isinstance(read, Sure) else ()
            where = str(line.covered.grid.place(line.covered.row, line.covered.column))
            return Asked(Text(ko=f"다른 칸({where})과 합쳐진 칸", en=f"a cell merged with {where}"), told)
        return messy.figure(spot.cell, line.indicator, line.text(headings.UNIT))

    def _settled(
        self, indicator: Indicator, spot: Spot, reading: readings.Reading[Value], *, allowed_only: bool = False
    ) -> Value | None:
        """Return the value, by an answer where it had to be asked; None where it is open or refused."""
        if isinstance(reading, Sure):
            return reading.value
        why, readings = (reading.why, reading.readings) if isinstance(reading, Asked) else (_no_value(reading), ())
        name = _question_id(spot, indicator, why.en)
        answered = self._answer(name, indicator)
        if answered is not None and (
            not allowed_only or isinstance(answered, Missing) or indicator.limits.allow(answered)
        ):
            return answered
        if isinstance(reading, Refused):
            self.read.problems.append(spot.problem(quoted(spot.cell.text), reading.wanted))
        place = str(spot.grid.place(spot.row, spot.column))
        self._ask(name, indicator, place, _shown(spot), why, readings)
        return None

    def _answer(self, name: str, indicator: Indicator) -> Value | None:
        text = self.answers.get(name, "").strip()
        if not text:
            return None
        if text in tuple(Missing):
            return Missing(text)
        read = messy.figure(RawCell(text if "%" not in indicator.unit.ko else f"{text.removesuffix('%')}%"), indicator)
        return read.value if isinstance(read, Sure) else None

    def _agree(self, lines: list[Line], readings: list[readings.Reading[Value]]) -> bool:
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
        value = self._settled(indicator, spot, reading)
        self._origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)
        return False

    def _missing(self, indicator: Indicator) -> None:
        name = hashlib.sha256(f"missing:{indicator.id}".encode()).hexdigest()[:12]
        value = self._answer(name, indicator)
        if value is None:
            why = Text(ko="이 지표의 행이 없음", en="no row of this indicator")
            self._ask(name, indicator, "", "", why, tuple(one.value for one in Missing))
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)

    def _ask(
        self, name: str, indicator: Indicator, place: str, found: str, why: Text, readings: tuple[str, ...]
    ) -> None:
        question = Question(id=name, indicator=indicator.id, place=place, found=found, why=why, readings=readings)
        self.read.questions.append(question)

    def _origin(self, indicator: Indicator, spot: Spot, value: Value | None) -> None:
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


def _question_id(spot: Spot, indicator: Indicator, why: str) -> str:
    told = f"{indicator.id}:{spot.grid.name}:{spot.row}:{spot.column}:{spot.cell.text}:{why}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _shown(spot: Spot) -> str:
    formula = f" (={spot.cell.formula})" if spot.cell.formula else ""
    return f"{spot.text}{formula}"[:_LONGEST_TEXT]


def _no_value(reading: readings.Reading[Value]) -> Text:
    wanted = reading.wanted if isinstance(reading, Refused) else "a value"
    return Text(ko="값으로 읽을 수 없음", en=f"no value; wanted {wanted}")


def limits_told(indicator: Indicator) -> str:
    """Return what is possible for an indicator, as ``0 ~ 100``."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    return f"{'' if low is None else number(low)} ~ {'' if high is None else number(high)}".strip()
