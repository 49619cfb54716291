"""The review of a committee as results: every list of its record is a table to work with and a figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from smartcert.analysis.committee.review import review_committee
from smartcert.analysis.drawings import Bars, Drawing, Intervals, Moves
from smartcert.analysis.results import Result, TableResult, build_result, describe_columns
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.committee import DiscussedMark, Sitting
from smartcert.reporting.catalogue import parse_language
from smartcert.reporting.committee_record import (
    AdjustedTotalRow,
    AgreementRow,
    CommitteeRecord,
    DecisionRow,
    DecisiveEvaluatorRow,
    DiscussionEffectRow,
    EvaluatorRow,
    InspectionRow,
    OutlyingMarkRow,
    PanelPlanRow,
    PanelSizeRow,
    ProtocolRow,
    WideRangeRow,
)
from smartcert.services.rounds import OpenRound

if TYPE_CHECKING:  # drawing costs a second to import
    pass


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Review(Result):
    """The review of a committee for one reader; ``table`` has the signs that say where the chair should look again.

    Columns of ``table``: applicant, sign, figure (what the sign was measured by). The other tables are properties.
    """

    record: CommitteeRecord
    kind: str = "attention"

    @property
    def drawing(self) -> Drawing:
        """Return how `plot` draws: the severity of every evaluator, with its interval."""
        return self.severity.drawing

    @property
    def drawn(self) -> TableResult:
        """Return what `plot` draws: the severity of every evaluator; the other tables draw themselves."""
        return self.severity

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant and sign, the applicants with most signs first."""
        rows = [(row.applicant, sign, float(figure)) for row in self.record.attention for sign, figure in row.signs]
        table = pd.DataFrame(rows, columns=pd.Index(["applicant", "sign", "figure"]))
        return describe_columns(table.set_index(["applicant", "sign"]), self.kind)

    @cached_property
    def agreement(self) -> TableResult:
        """Return every measure of agreement with its interval, or the reason why there is none."""
        return self._list(
            "agreement", AgreementRow, self.record.agreement, "form", Intervals(value="value", low="low", high="high")
        )

    @cached_property
    def severity(self) -> TableResult:
        """Return a row per evaluator: severity and drift with intervals, use of the scale, trimmed marks."""
        drawing = Intervals(value="severity", low="low", high="high", lines=(0.0,))
        return self._list("severity", EvaluatorRow, self.record.rows, "evaluator", drawing)

    @cached_property
    def outlying(self) -> TableResult:
        """Return the marks that stand out from what is expected of them."""
        index = ["applicant", "indicator", "evaluator"]
        return self._list("outlying", OutlyingMarkRow, self.record.stands_out, index, Bars(columns=("deviation",)))

    @cached_property
    def wide(self) -> TableResult:
        """Return the indicators whose marks lie far apart."""
        drawing = Intervals(value="combined", low="low", high="high")
        return self._list("wide", WideRangeRow, self.record.wide, ["applicant", "indicator"], drawing)

    @cached_property
    def influence(self) -> TableResult:
        """Return a row per applicant and evaluator without whom its level would be another."""
        index = ["applicant", "evaluator"]
        drawing = Moves(before="level", after="without")
        return self._list("influence", DecisiveEvaluatorRow, self.record.decides, index, drawing)

    @cached_property
    def adjusted(self) -> TableResult:
        """Return the official totals beside those without the severity of evaluators."""
        drawing = Moves(before="points", after="adjusted")
        return self._list("adjusted", AdjustedTotalRow, self.record.adjusted, "applicant", drawing)

    @cached_property
    def methods(self) -> TableResult:
        """Return the applicants whose level depends on how marks are combined, with the level of each method."""
        rows = [{"applicant": row.applicant, "level": row.level, **row.levels} for row in self.record.methods]
        columns = list(dict.fromkeys(["applicant", "level", *(key for row in rows for key in row)]))
        table = pd.DataFrame(rows, columns=pd.Index(columns)).set_index("applicant")
        return build_result("methods", table, Bars(columns=tuple(table.columns), ordered=False))

    @cached_property
    def discussion(self) -> TableResult:
        """Return points and levels before and after the discussion."""
        drawing = Moves(before="points_before", after="points")
        return self._list("discussion", DiscussionEffectRow, self.record.effects, "applicant", drawing)

    @cached_property
    def discussed(self) -> TableResult:
        """Return every mark that was changed in discussion, and every opinion that stayed."""
        index = ["applicant", "indicator", "evaluator"]
        return self._list(
            "discussed", DiscussedMark, self.record.discussed, index, Moves(before="before", after="after")
        )

    @cached_property
    def votes(self) -> TableResult:
        """Return every vote with who was present and what was needed."""
        index = ["applicant", "matter", "about"]
        drawing = Bars(columns=("yes", "no", "abstained"), ordered=False)
        return self._list("votes", Sitting, self.record.sittings, index, drawing)

    @cached_property
    def decisions(self) -> TableResult:
        """Return the computed, the proposed and the decided level."""
        drawing = Moves(before="computed", after="decided")
        return self._list("decisions", DecisionRow, self.record.decisions, "applicant", drawing)

    @cached_property
    def panel(self) -> TableResult:
        """Return how many evaluators a distance from the bound needs to be told apart from it."""
        drawing = Bars(columns=("evaluators",), ordered=False)
        return self._list("panel", PanelSizeRow, self.record.panel, "distance", drawing)

    @cached_property
    def plans(self) -> TableResult:
        """Return how committees of different sizes fare in a simulation."""
        drawing = Bars(columns=("without_quorum", "not_judged"), ordered=False)
        return self._list("plans", PanelPlanRow, self.record.plans, "members", drawing)

    @cached_property
    def inspections(self) -> TableResult:
        """Return totals as claimed, after the desk and as confirmed, and how much was inspected on site."""
        drawing = Moves(before="claimed", after="confirmed")
        return self._list("inspections", InspectionRow, self.record.inspections, "applicant", drawing)

    @cached_property
    def corrected(self) -> TableResult:
        """Return every figure that was corrected."""
        index = ["applicant", "indicator"]
        return self._list(
            "corrected", ProtocolRow, self.record.corrected, index, Moves(before="claimed", after="on_site")
        )

    @cached_property
    def law(self) -> TableResult:
        """Return what was checked of members, conflicts and quorum: code, outcome."""
        rows = [(finding.code, finding.outcome.value) for finding in self.record.findings]
        table = pd.DataFrame(rows, columns=pd.Index(["code", "outcome"]))
        table = table.value_counts(sort=False).rename("number").reset_index()
        return build_result("law", table.set_index(["code", "outcome"]), Bars(columns=("number",)))

    def names(self, language: str = "en") -> pd.Series[str]:
        """Return the names of the applicants and indicators of the record by their ids, as figures show them."""
        code = parse_language(language)
        known = {**self.record.names, **self.record.indicators}
        return pd.Series({key: text.of(code) for key, text in known.items()}, dtype=object, name="name")

    def _list(
        self, kind: str, row_class: type[Any], rows: Iterable[Any], index: str | list[str], drawing: Drawing
    ) -> TableResult:
        columns = [field.name for field in fields(row_class)]
        values = [[_to_plain(getattr(row, name)) for name in columns] for row in rows]
        return build_result(kind, pd.DataFrame(values, columns=pd.Index(columns)).set_index(index), drawing)


def _to_plain(value: Any) -> Any:
    """Return a value of a record as a DataFrame has it: fractions as floats, enums as words, tuples as a text."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return getattr(value, "value", value)


@check_arguments
def severity(source: OpenRound | CommitteeRecord, reader: str = "") -> TableResult:
    """Return the severity of every evaluator, the severest first, with its sign in words.

    ``severity`` is what an evaluator adds to a mark, in steps of the scale: below 0 is severe. ``sign`` is "severe"
    where all of its interval is below 0, "lenient" where all of it is above, empty where the interval contains 0.

    >>> import smartcert
    >>> smartcert.severity(smartcert.open_round("example")).table["sign"].isin(["severe", "lenient", ""]).all()
    np.True_

    Raises:
        UsageError: the round has no such evaluator.
    """
    result = review(source, reader).severity
    table = result.table.sort_values("severity", kind="stable")
    low, high = table["low"].astype(float), table["high"].astype(float)
    signs = ["severe" if below else "lenient" if above else "" for below, above in zip(high < 0, low > 0, strict=True)]
    table.insert(2, "sign", signs)
    return build_result("severity", table, result.drawing)


@check_arguments
def influence(source: OpenRound | CommitteeRecord, reader: str = "") -> TableResult:
    """Return a row per applicant and evaluator without whose marks its level would be another: level, without.

    A level of NaN in ``without`` means that too few marks would be left to give one.

    >>> import smartcert
    >>> smartcert.influence(smartcert.open_round("example")).table.columns.tolist()
    ['level', 'without']

    Raises:
        UsageError: the round has no such evaluator, or its scheme ranks: then a mark can move others too.
    """
    scheme = source.round.scheme if isinstance(source, CommitteeRecord) else source.facts.scheme
    if scheme is not None and scheme.ranking:
        raise UsageError("this scheme ranks its applicants; places, not bounds of levels, decide who is selected")
    return review(source, reader).influence


@check_arguments
def review(source: OpenRound | CommitteeRecord, reader: str = "") -> Review:
    """Return the review of a round's committee, or of its record, for a reader: an evaluator, or empty for the chair.

    An evaluator gets no figure that depends on the marks of an applicant that this evaluator does not judge. A record
    was written for one reader, and ``reader`` is then left empty.

    >>> import smartcert
    >>> review = smartcert.review(smartcert.open_round("example"))
    >>> review.severity.table["severity"].idxmin() in review.record.evaluators
    True

    Raises:
        UsageError: the round has no such evaluator.
    """
    return Review(record=source if isinstance(source, CommitteeRecord) else review_committee(source, reader))
