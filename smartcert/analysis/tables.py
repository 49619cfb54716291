"""Scores from tables alone: an edition of indicators, figures and marks as DataFrames; no folder, registry or document.

What comes out has the working of each point, and every analysis of a round takes it as it takes a round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import isfinite, isnan
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_number, check_whole_number, parse_choice, read_decimal, widen_floats
from smartcert.analysis.drawings import Bars, Drawing
from smartcert.analysis.frames import points as points_of
from smartcert.analysis.results import Result, describe_columns
from smartcert.argument_types import check_arguments
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.evaluation.evaluate import evaluate
from smartcert.evaluation.scales import sort_exactly
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.text import NotReadableError, parse_day, parse_exact
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantKind, Population, Registry
from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Channel,
    Evaluator,
    Mark,
    Measurement,
    Missing,
    Round,
    Value,
)
from smartcert.model.citation import Basis, Cited, Status, Text
from smartcert.model.committee import Proceedings
from smartcert.model.evaluation import Evaluation, PlacingReason, Scorecard
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, Limits, MarkScale
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.applicant.verdict import describe_criteria
from smartcert.reporting.applicant.working import SectionWorking, build_sections, describe_total
from smartcert.reporting.catalogue import load_words, parse_language
from smartcert.reporting.records import pause_gc
from smartcert.representation import count_things
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelsRules
from smartcert.rules.rulebook import Rules
from smartcert.services.editions import build_edition, find_edition, find_rules_folder, with_edition
from smartcert.services.rounds import OpenRound

_T = TypeVar("_T")
_YES_NO: Mapping[str, Fraction] = {"yes": Fraction(1), "no": Fraction(0), "예": Fraction(1), "아니오": Fraction(0)}
_LONG = {"measurements": ("applicant", "indicator", "value"), "marks": ("applicant", "indicator", "evaluator", "mark")}
_TABLE_COLUMNS = ("class", "points", "share", "level", "certified", "place", "reason")
APPLICANT_COLUMNS = ("name", "class", "population")
"""What the table of applicants may say of each."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ScoredTable(OpenRound, Result):
    """Tables that were scored: an `OpenRound` without papers, which every analysis of rounds takes.

    Applicants stand in the order of the table that was scored.

    >>> import smartcert
    >>> count = {"id": "count", "points": 10, "scale": {"kind": "counted", "points_each": 2, "cap": 5}}
    >>> scored = smartcert.score({"indicators": [count]}, pd.DataFrame({"count": [4, 9]}, index=["a", "b"]))
    >>> scored.totals.to_dict()
    {'a': 8.0, 'b': 10.0}
    """

    classes: Mapping[str, str]
    """The class of each applicant, in the order in which they were given."""

    def __repr__(self) -> str:
        scored = sum(evaluation.scorecard is not None for evaluation in self.verdicts)
        applicants = count_things(len(self.classes), "applicant")
        return f"<{scored} of {applicants} scored by edition '{self.rules.edition.id}'>"

    @cached_property
    def verdicts(self) -> tuple[Evaluation, ...]:
        """Return the verdicts without what would change them, which points and levels do not need."""
        with pause_gc():
            return evaluate(self.round, self.rules, self.classes, outlook=False)

    @cached_property
    def _by_id(self) -> dict[str, Evaluation]:
        return {evaluation.id: evaluation for evaluation in self.verdicts}

    def _find(self, applicant: str) -> Evaluation:
        if applicant not in self._by_id:
            raise UsageError(f"no applicant '{applicant}'{suggest(applicant, self._by_id)}")
        return self._by_id[applicant]

    @property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant: class, points, share, level, certified, place (of all), reason.

        ``certified`` is whether the level is one that is certified. ``place`` is 1 for the most points, and ties share
        the better one; in a scheme that ranks it is the place in the ranking, after its rules on ties. ``reason`` says
        why one cannot be scored, which has no figures, or which requirement it misses that its points do not show.
        Where a budget is divided, ``granted`` is the amount that each gets.
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        with pause_gc():
            return self._build_table()

    def _build_table(self) -> pd.DataFrame:
        rows = [self._row(evaluation) for evaluation in self.verdicts]
        ranking = self.rules.scheme.ranking
        granted = ["granted"] if ranking is not None and ranking.value.budget is not None else []
        frame = pd.DataFrame(rows, columns=["applicant", *_TABLE_COLUMNS, *granted]).set_index("applicant")
        best_first = sort_exactly(evaluation.scorecard.points for evaluation in self.verdicts if evaluation.scorecard)[
            ::-1
        ]
        first: dict[Fraction, int] = {}
        for place, value in enumerate(best_first, start=1):
            first.setdefault(value, place)
        places = [
            evaluation.level.placing.place
            if evaluation.level and evaluation.level.placing
            else first[evaluation.scorecard.points]
            if evaluation.scorecard
            else None
            for evaluation in self.verdicts
        ]
        frame["place"] = pd.array(places, dtype="Int64")
        return describe_columns(frame.astype({"level": "Int64"}).loc[list(self.classes)], self.kind)

    @property
    def kind(self) -> str:
        """Return the name of the table in the catalogue of columns."""
        return "scored"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the points, most first."""
        return Bars(columns=("points",))

    @property
    def points(self) -> pd.DataFrame:
        """Return the points that count: a row per scored applicant, a column per indicator."""
        return self._in_order(points_of(self))

    @property
    def sections(self) -> pd.DataFrame:
        """Return the points of every domain and item (columns, as the edition has them) of each scored applicant."""
        rows = {
            evaluation.id: {section.id: float(section.points) for section in evaluation.scorecard.sections()}
            for evaluation in self.verdicts
            if evaluation.scorecard
        }
        return self._in_order(pd.DataFrame.from_dict(rows, orient="index").rename_axis("applicant"))

    def _in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.loc[[name for name in self.classes if name in frame.index]]

    @property
    def totals(self) -> pd.Series[float]:
        """Return the total that counts of every applicant; NaN for one that cannot be scored."""
        return self._table["points"].rename("total").copy()

    @property
    def levels(self) -> pd.Series[int]:
        """Return the level of every applicant; missing for one that cannot be scored."""
        return self._table["level"].copy()

    @check_arguments
    def working(self, applicant: str, language: str = "en") -> pd.DataFrame:
        """Return how each point of one applicant came about: indicator, name, rule, steps, points, out_of.

        The last row is the total, with the sum in ``steps``.

        Raises:
            UsageError: there is no such applicant or language, or it could not be scored.
        """
        card = self._find(applicant).scorecard
        if card is None:
            raise UsageError(f"'{applicant}' could not be scored: {self.describe_reason(applicant, 'en')}")
        words = load_words(parse_language(language), "report", scheme=self.rules.facts)
        rows = [row for section in build_sections(card, {}, words) for row in _working_rows(section, card)]
        total = {"name": words("working.total_sum"), "rule": "", "steps": describe_total(card, words)}
        rows.append({"indicator": "", **total, "points": float(card.points), "out_of": float(card.out_of)})
        return describe_columns(pd.DataFrame(rows).set_index("indicator"), "working")

    def _row(self, evaluation: Evaluation) -> dict[str, object]:
        card, level = evaluation.scorecard, evaluation.level
        return {
            "applicant": evaluation.id,
            "class": evaluation.size_type or "",
            "points": float(card.points) if card else np.nan,
            "share": float(card.points / card.out_of) if card and card.out_of else np.nan,
            "level": level.level if level else None,
            "certified": level.certified if level else False,
            "reason": self._describe_reason(evaluation, "en"),
            "granted": float(level.placing.granted or 0) if level and level.placing else np.nan,
        }

    def describe_reason(self, applicant: str, language: str) -> str:
        """Return why an applicant cannot be scored, or which requirement it misses; nothing where there is no such."""
        return self._describe_reason(self._find(applicant), language)

    def _describe_reason(self, evaluation: Evaluation, language: str) -> str:
        refusing = [finding for finding in evaluation.findings if finding.refuses]
        result, card = evaluation.level, evaluation.scorecard
        barred = result is not None and (
            result.placing.reason is PlacingReason.GATE if result.placing else result.by_points != result.level
        )
        if not refusing and not barred:
            return ""
        words = load_words(parse_language(language), "report", scheme=self.rules.facts)
        if card is not None and result is not None and barred:
            return describe_criteria(card, result, words)
        return "; ".join(words.finding(finding) for finding in refusing)


def _working_rows(section: SectionWorking, card: Scorecard) -> Iterator[dict[str, object]]:
    for part in section.sections:
        yield from _working_rows(part, card)
    scores = {score.id: score for score in card.indicators()}
    for indicator in section.indicators:
        score = scores[indicator.id]
        yield {
            "indicator": indicator.id,
            "name": indicator.name,
            "rule": "; ".join(part.text for part in indicator.rule),
            "steps": "; ".join(f"{row.name}: {row.cells[-1]}" for row in indicator.steps),
            "points": float(score.points),
            "out_of": float(score.out_of),
        }


def _read_day(on: date | str | None) -> date | None:
    if not isinstance(on, str):
        return on
    try:
        return parse_day(on)
    except NotReadableError as error:
        raise UsageError(f"on: {error} is wanted, not {on!r}") from None


@check_arguments
def score(
    edition: str | Path | Edition | Mapping[str, Any],
    measurements: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    applicants: pd.DataFrame | None = None,
    *,
    on: date | str | None = None,
    rules: str | Path | None = None,
    method: CombinationMethod | str | None = None,
    drop: int | None = None,
    at_least: int | None = None,
    fewest: int | None = None,
    mark_scale: tuple[float, float, float] | None = None,
    levels: Mapping[int, float] | None = None,
    seed: str = "",
) -> ScoredTable:
    """Return the points, totals and levels that an edition gives to tables of figures and marks.

    ``edition`` is a name of the rulebook, a ``.yaml`` or ``.xlsx`` file, an `Edition`, or a mapping with the keys of
    such a file, of which only the indicators must be there (`build_edition`). ``measurements`` has a row per applicant
    (its index, or a column ``applicant``) and a column per figure, or the columns applicant, indicator, value.
    ``marks`` has the columns applicant, indicator, evaluator, mark, or a column per evaluator beside applicant and
    indicator. A cell is a number (floats as they print: 0.1 is a tenth), a fraction such as "2/3", yes or no,
    ``absent`` or ``not_applicable``; an empty cell is absent, which is not zero. ``applicants`` may give each a
    ``name``, a ``class``, a ``population`` and each base of the edition, and where the scheme divides a budget what it
    ``asked`` for; without a class everybody is in the first one of the scheme. From ``seed`` the scheme draws lots.

    The rules are those of the edition's scheme on the day ``on`` (by default that of the edition). Of these may be set
    otherwise: how marks combine (``method``, and for a trimmed mean ``drop`` marks at each end from ``at_least`` marks
    on; below ``fewest`` marks one is not judged), the ``mark_scale`` as (lowest, highest, step), and ``levels``, the
    percentage of all points from which on each level is reached (a `Fraction` where it is no decimal number).

    >>> import smartcert
    >>> speed = {"id": "speed", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
    >>> panel = {"id": "style", "points": 20, "kind": "qualitative"}
    >>> panel["scale"] = {"kind": "marks", "zero_at": 1, "full_at": 5}
    >>> figures = pd.DataFrame({"speed": [40, 25]}, index=["a", "b"])
    >>> marks = pd.DataFrame({"E1": [5, 3], "E2": [4, 3], "E3": [3, 3]}, index=["a", "b"])
    >>> scored = smartcert.score({"indicators": [speed, panel]}, figures, marks, method="median")
    >>> scored.table[["points", "level"]].to_dict("index")
    {'a': {'points': 79.0, 'level': 3}, 'b': {'points': 50.0, 'level': 5}}
    >>> scored.working("a").loc["speed", "steps"]
    'Value: 40 units; Conversion to points: 80 × 40 ÷ 50 = 64; Points: 64'

    Raises:
        UsageError: there is no such edition, or an argument is none of its kind.
        InputError: every problem of the tables: unknown applicants, indicators or columns, rows that occur twice, cells
            that are no value, figures out of their limits, marks that are not on the scale.
    """
    folder = find_rules_folder(Path(rules) if rules is not None else None)
    book = read_rulebook(folder)
    if isinstance(edition, Mapping):
        table = build_edition(edition, book)
    else:
        table = edition if isinstance(edition, Edition) else find_edition(str(edition), book)
    book = with_edition(book, table)
    day = _read_day(on) or table.since
    own = _change_rules(book.on(day, table.id), method, drop, at_least, fewest, mark_scale, levels)
    reader = _TableReader(own)
    measurements, marks, applicants = (
        None if given is None else widen_floats(given) for given in (measurements, marks, applicants)
    )
    with pause_gc():
        people = reader.read_applicants(applicants, measurements, marks)
        figures = reader.read_measurements(measurements, people)
        judged, evaluators = reader.read_marks(marks, people)
        if reader.problems:
            raise InputError(reader.problems)
        applications = tuple(
            _build_application(person, figures.get(name, {}), judged.get(name, ())) for name, person in people.items()
        )
        round_ = _build_round(table, day, applications, evaluators, seed)
    classes = {name: person.class_id for name, person in people.items()}
    return ScoredTable(folder=folder, round=round_, rulebook=book, rules=own, classes=classes)


@dataclass(frozen=True, kw_only=True)
class _Person:
    id: str
    name: str
    class_id: str
    population: int | None = None
    bases: Mapping[str, Fraction] = field(default_factory=dict)
    asked: Fraction | None = None


def _set_value(rule: Cited[Any], value: Any) -> Cited[Any]:
    """Return a rule with a value that the caller gave: illustrative, and citing nothing."""
    note = Text(ko="표를 채점할 때 정한 값이다.", en="Given when the tables were scored.")
    return replace(rule, value=value, status=Status.ILLUSTRATIVE, cite=(), note=note)


def _change_rules(
    rules: Rules,
    method: CombinationMethod | str | None,
    drop: int | None,
    at_least: int | None,
    fewest: int | None,
    mark_scale: tuple[float, float, float] | None,
    levels: Mapping[int, float] | None,
) -> Rules:
    scoring, own_levels = rules.scoring, rules.levels
    if (method, drop, at_least, fewest) != (None, None, None, None):
        rule = _change_combination(scoring.combination.value, method, drop, at_least, fewest)
        scoring = replace(scoring, combination=_set_value(scoring.combination, rule))
    if mark_scale is not None:
        scoring = replace(scoring, mark_scale=_set_value(scoring.mark_scale, _read_mark_scale(mark_scale)))
    if levels is not None:
        own_levels = _change_levels(own_levels, levels)
    return replace(rules, scoring=scoring, levels=own_levels)


def _change_combination(
    own: CombinationRule,
    method: CombinationMethod | str | None,
    drop: int | None,
    at_least: int | None,
    fewest: int | None,
) -> CombinationRule:
    chosen = own.method if method is None else parse_choice("method", method, CombinationMethod)
    for name, count in (("drop", drop), ("at_least", at_least), ("fewest", fewest)):
        if count is not None:
            check_whole_number(name, count, 0 if name == "drop" else 1)
    for name, count in (("drop", drop), ("at_least", at_least)):
        if count is not None and chosen is not CombinationMethod.TRIMMED_MEAN:
            raise UsageError(f"{name}: only a trimmed mean drops marks, the method is {chosen}")
    dropped = own.drop if drop is None else drop
    if chosen is CombinationMethod.TRIMMED_MEAN:
        enough = max(own.at_least, 2 * dropped + 1) if at_least is None else at_least
        if enough <= 2 * dropped:
            raise UsageError(f"at_least: more than {2 * dropped} marks, as {dropped} are dropped at each end")
        own = replace(own, at_least=enough, drop=dropped)
    return replace(own, method=chosen, fewest=own.fewest if fewest is None else fewest)


def _read_mark_scale(given: object) -> MarkScale:
    if not isinstance(given, tuple | list) or len(given) != 3:
        raise UsageError(f"mark_scale: (lowest, highest, step) is wanted, not {given!r}")
    for name, number in zip(("lowest", "highest", "step"), given, strict=True):
        check_number(f"{name} of the mark scale", number)
    lowest, highest, step = map(read_decimal, given)
    if not (lowest < highest and step > 0) or (highest - lowest) % step:
        raise UsageError(f"mark_scale: whole steps from the lowest up to the highest mark are wanted, not {given!r}")
    return MarkScale(lowest=lowest, highest=highest, step=step)


def _change_levels(own: LevelsRules, levels: Mapping[int, float]) -> LevelsRules:
    if not isinstance(levels, dict) or not levels or sorted(levels) != list(range(1, len(levels) + 1)):
        raise UsageError(f"levels: a percentage for each level from 1 on is wanted, not {levels!r}")
    numbers = sorted(levels)
    for level in numbers:
        check_number(f"bound of level {level}", levels[level])
    shares = [read_decimal(levels[level]) for level in numbers]
    if not all(0 <= share <= 100 for share in shares) or shares != sorted(set(shares), reverse=True):
        raise UsageError(f"levels: 100 down to 0 percent, lower from level to level, not {dict(levels)!r}")
    certified = min(own.certified_from.value, len(numbers))
    return replace(
        own,
        bounds={level: _set_value(own.worst, share) for level, share in zip(numbers, shares, strict=True)},
        worst=_set_value(own.worst, len(numbers) + 1),
        certified_from=own.certified_from
        if certified == own.certified_from.value
        else _set_value(own.certified_from, certified),
    )


class _TableReader:
    """Reads tables of one edition and collects every problem."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.problems: list[Problem] = []
        self._entries = {entry.id: entry for entry in rules.edition.entries()}
        self._bases = {base.id for base in rules.edition.bases}
        ranking = rules.scheme.ranking
        self._divides = ranking is not None and ranking.value.budget is not None
        self._marks: dict[str, dict[tuple[type, object], Fraction]] = {}

    def report(self, table: str, at: str, found: str, wanted: str) -> None:
        self.problems.append(Problem(place=Place(file=table, field=at or None), found=found, wanted=wanted))

    def read_applicants(
        self, applicants: pd.DataFrame | None, measurements: pd.DataFrame | None, marks: pd.DataFrame | None
    ) -> dict[str, _Person]:
        tables = {"applicants": applicants, "measurements": measurements, "marks": marks}
        for title, table in tables.items():
            twice = table.columns[table.columns.duplicated()].unique() if table is not None else ()
            for name in twice:
                self.report(title, str(name), "a column that occurs twice", "each column once")
        if self.problems:
            raise InputError(self.problems)
        if measurements is None and marks is None:
            raise UsageError("there is nothing to score: give measurements, marks or both")
        classes = self.rules.class_ids
        if applicants is None:
            found = [*_list_ids(measurements), *_list_ids(marks)]
            names = dict.fromkeys(name for name in found if name)
            return {name: _Person(id=name, name=name, class_id=classes[0]) for name in names}
        table = _with_column(applicants, "applicant")
        for name in table.columns:
            known = (*APPLICANT_COLUMNS, *(["asked"] if self._divides else []), *sorted(self._bases))
            if name not in ("applicant", *known):
                self.report("applicants", str(name), "an unknown column", f"one of {', '.join(known)}")
        people: dict[str, _Person] = {}
        for row in table.to_dict("records"):
            name = self._read_id("applicants", row["applicant"])
            if name in people:
                self.report("applicants", name, "the applicant more than once", "each once")
            class_id = _read_text(row.get("class")) or classes[0]
            if class_id not in classes:
                hint = suggest(class_id, classes)
                self.report("applicants", f"{name}, class", f"'{class_id}'{hint}", f"one of {', '.join(classes)}")
            people[name] = _Person(
                id=name,
                name=_read_text(row.get("name")) or name,
                class_id=class_id,
                population=self._read_population(name, row.get("population")),
                bases={
                    base: number
                    for base in self._bases
                    if (number := self._read_base(name, base, row.get(base))) is not None
                },
                asked=self._read_base(name, "asked", row.get("asked")),
            )
        return people

    def _read_id(self, table: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self.report(table, "applicant", repr(value), "a text, the id of an applicant")
        return str(value).strip()

    def _read_population(self, name: str, value: object) -> int | None:
        if _is_empty(value):
            return None
        number = _read_number(value)
        if number is not None and number > 0 and number.denominator == 1:
            return int(number)
        self.report("applicants", f"{name}, population", repr(value), "a whole number above 0")
        return None

    def _read_base(self, name: str, base: str, value: object) -> Fraction | None:
        if _is_empty(value):
            return None
        number = _read_number(value)
        if number is None or number <= 0:
            self.report("applicants", f"{name}, {base}", repr(value), "a number above 0")
        return number

    def read_measurements(
        self, table: pd.DataFrame | None, people: Mapping[str, _Person]
    ) -> dict[str, dict[str, Measurement]]:
        read: dict[str, dict[str, Measurement]] = {}
        for name, figure, value in self._iterate_measurements(table):
            if not self._knows(people, "measurements", name):
                continue
            indicator = self._find("measurements", name, figure, IndicatorKind.QUANTITATIVE)
            if indicator is None:
                continue
            if figure in read.setdefault(name, {}):
                self.report("measurements", f"{name}, {figure}", "a second value", "each once")
                continue
            claimed = self._read_value(name, indicator, value)
            read[name][figure] = Measurement(indicator=figure, claimed=claimed, desk=claimed)
        return read

    def _iterate_measurements(self, table: pd.DataFrame | None) -> Iterator[tuple[str, str, object]]:
        if table is None:
            return
        if "indicator" in table.columns:
            for row in self._check_columns("measurements", table):
                yield self._read_id("measurements", row["applicant"]), str(row["indicator"]), row["value"]
            return
        wide = _with_column(table, "applicant")
        for row in wide.to_dict("records"):
            name = self._read_id("measurements", row.pop("applicant"))
            for figure, value in row.items():
                yield name, str(figure), value

    def _check_columns(self, name: str, table: pd.DataFrame) -> list[dict[Any, Any]]:
        missing = [column for column in _LONG[name] if column not in table.columns]
        for column in missing:
            self.report(name, column, "no such column", f"the columns {', '.join(_LONG[name])}")
        for column in table.columns:
            if column not in _LONG[name]:
                self.report(name, str(column), "an unknown column", f"the columns {', '.join(_LONG[name])}")
        return [] if missing else table.to_dict("records")

    def _knows(self, people: Mapping[str, _Person], table: str, name: str) -> bool:
        if name not in people:
            self.report(table, name, "an applicant that the table of applicants lacks", "one of its ids")
        return name in people

    def _find(self, table: str, name: str, key: str, kind: IndicatorKind) -> Indicator | None:
        indicator = self._entries.get(key)
        if indicator is None:
            known = [entry.id for entry in self._entries.values() if entry.kind is kind]
            self.report(
                table, f"{name}, {key}", f"no indicator '{key}'{suggest(key, known)}", f"one of {', '.join(known)}"
            )
        elif indicator.kind is not kind:
            self.report(table, f"{name}, {key}", f"the {indicator.kind} indicator '{key}'", f"a {kind} one")
            return None
        return indicator

    def _read_value(self, name: str, indicator: Indicator, value: object) -> Value:
        if _is_empty(value):
            return Missing.ABSENT
        if isinstance(value, str) and value.strip() in list(Missing):
            return Missing(value.strip())
        yes_no = indicator.scale.kind == "yes_no"
        number = _read_number(value, yes_no=yes_no)
        at = f"{name}, {indicator.id}"
        if number is None or (yes_no and number not in (0, 1)):
            wanted = "yes or no" if yes_no else "a finite number, or a fraction such as 2/3"
            self.report("measurements", at, repr(value), f"{wanted}, absent or not_applicable")
            return Missing.ABSENT
        if indicator.scale.kind == "counted" and (number.denominator != 1 or number < 0):
            self.report("measurements", at, repr(value), "a whole number from 0 on, as it is counted")
        elif not indicator.limits.allows(number):
            self.report("measurements", at, repr(value), _describe_limits(indicator.limits))
        return number

    def read_marks(
        self, table: pd.DataFrame | None, people: Mapping[str, _Person]
    ) -> tuple[dict[str, tuple[Mark, ...]], tuple[str, ...]]:
        read: dict[str, dict[tuple[str, str], Mark]] = {}
        evaluators: dict[str, None] = {}
        given: dict[tuple[str, str, int], Mark] = {}
        for name, key, evaluator, value in self._iterate_marks(table):
            if not self._knows(people, "marks", name):
                continue
            indicator = self._find("marks", name, key, IndicatorKind.QUALITATIVE)
            if indicator is None:
                continue
            evaluators[evaluator] = None
            own = read.setdefault(name, {})
            if (key, evaluator) in own:
                self.report("marks", f"{name}, {key}, {evaluator}", "a second mark", "each once")
                continue
            scale = indicator.mark_scale or self.rules.scoring.mark_scale.value
            mark = self._find_mark((name, key, evaluator), value, scale)
            same = (key, evaluator, id(mark))
            if same not in given:  # most are given many times in a table of many
                given[same] = Mark(indicator=key, evaluator=evaluator, value=mark)
            own[key, evaluator] = given[same]
        return {name: tuple(own.values()) for name, own in read.items()}, tuple(evaluators)

    def _iterate_marks(self, table: pd.DataFrame | None) -> Iterator[tuple[str, str, str, object]]:
        if table is None:
            return
        if "mark" in table.columns:
            for row in self._check_columns("marks", table):
                yield (
                    self._read_id("marks", row["applicant"]),
                    str(row["indicator"]),
                    str(row["evaluator"]),
                    row["mark"],
                )
            return
        wide = _with_column(table, "applicant")
        missing = [name for name in ("applicant", "indicator") if name not in wide.columns]
        questions = [entry.id for entry in self._entries.values() if entry.kind is IndicatorKind.QUALITATIVE]
        if missing == ["indicator"] and len(questions) == 1:
            wide, missing = wide.assign(indicator=questions[0]), []
        for name in missing:
            self.report("marks", name, "no such column", f"the columns {', '.join(_LONG['marks'])}")
        for row in [] if missing else wide.to_dict("records"):
            name, key = self._read_id("marks", row.pop("applicant")), str(row.pop("indicator"))
            for evaluator, value in row.items():
                yield name, key, str(evaluator), value

    def _find_mark(self, at: tuple[str, str, str], value: object, scale: MarkScale) -> Fraction | None:
        """Return a mark that was read before, as most are in a table of many, or read it."""
        known = self._marks.setdefault(at[1], {})
        same = (type(value), value) if isinstance(value, str | int | float) else None
        mark = known.get(same) if same is not None else None
        if mark is None:
            mark = self._read_mark(", ".join(at), value, scale)
            if mark is not None and same is not None:
                known[same] = mark
        return mark

    def _read_mark(self, at: str, value: object, scale: MarkScale) -> Fraction | None:
        if _is_empty(value) or (isinstance(value, str) and value.strip() == Missing.ABSENT):
            return None
        number = _read_number(value)
        if number is None or not scale.allows(number):
            steps = f"from {scale.lowest} to {scale.highest} in steps of {scale.step}"
            self.report("marks", at, repr(value), f"a mark {steps}, or absent")
            return None
        return number


def _describe_limits(limits: Limits) -> str:
    low, high = (None if end is None else format_exact(end) for end in (limits.at_least, limits.at_most))
    if low is None:
        return f"a value up to {high}"
    return f"a value from {low} on" if high is None else f"a value from {low} to {high}"


def _list_ids(table: pd.DataFrame | None) -> list[str]:
    if table is None:
        return []
    column = _with_column(table, "applicant")["applicant"]
    return [value.strip() if isinstance(value, str) else "" for value in column]


def _with_column(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose index, where it has no column of this name, is that column."""
    if name in table.columns:
        return table
    return table.reset_index(names=name) if table.index.nlevels == 1 else table.reset_index()


def _is_empty(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return (isinstance(value, float | np.floating) and isnan(value)) or (isinstance(value, str) and not value.strip())


def _read_text(value: object) -> str:
    return "" if _is_empty(value) else str(value).strip()


def _read_number(value: object, *, yes_no: bool = False) -> Fraction | None:
    """Return a cell exactly, a float as it prints; None where it is no finite number."""
    if isinstance(value, bool | np.bool_):
        return Fraction(int(value)) if yes_no else None
    if isinstance(value, Real | Decimal):
        return read_decimal(value) if isfinite(value) else None
    if isinstance(value, str):
        text = value.strip()
        if yes_no and text.lower() in _YES_NO:
            return _YES_NO[text.lower()]
        try:
            return parse_exact(text)
        except NotReadableError:
            return None
    return None


def _build_application(person: _Person, figures: Mapping[str, Measurement], marks: tuple[Mark, ...]) -> Application:
    residents = person.population
    return Application(
        id=person.id,
        applicant=Applicant(
            code=person.id,
            name=Text(ko=person.name, en=person.name),
            kind=ApplicantKind.CITY,
            population=None if residents is None else Population(residents=residents, as_of="", source=""),
            invented=True,
        ),
        code=person.id,
        channel=Channel.WEBSITE,
        arrived_at=datetime(1, 1, 1, tzinfo=KOREAN_TIME),
        measurements=figures,
        marks=marks,
        bases=person.bases,
        asked=person.asked,
    )


def _build_round(
    edition: Edition, day: date, applications: tuple[Application, ...], evaluators: tuple[str, ...], seed: str
) -> Round:
    moment = datetime.combine(day, time(), KOREAN_TIME)
    basis = Basis(name="tables", since=day, status=Status.ILLUSTRATIVE, cite=())
    return Round(
        id="tables",
        title=edition.title,
        invented=True,
        governing_day=day,
        window=ApplicationWindow(opens_at=moment, closes_at=moment, basis=basis),
        edition=edition.id,
        registry=Registry(as_of="", entries=tuple(application.applicant for application in applications), source=""),
        committee=tuple(Evaluator(id=name, name=name) for name in evaluators),
        applications=applications,
        proceedings=Proceedings(seed=seed),
    )
