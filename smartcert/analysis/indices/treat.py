"""How are outliers of an indicator treated before it is brought onto a scale, and which values did that change?

Shapes: N units, J indicators. Methods and limits are those of the OECD/JRC Handbook on constructing composite
indicators (2008, step 3) and of the package COINr (Becker et al. 2022, JOSS 7(78), 4567).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_number, check_numeric, check_whole_number, parse_choice
from smartcert.analysis.arrays import Bools, Floats
from smartcert.analysis.drawings import Drawing, Moves
from smartcert.analysis.results import Result, describe_columns
from smartcert.analysis.scales import TOLERANCE
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass

SKEWNESS_LIMIT, KURTOSIS_LIMIT = 2.0, 3.5
"""A column has outliers where its absolute skewness and its kurtosis are both at or above these (handbook, step 3)."""


class Transform(StrEnum):
    """What is done to a column that winsorising leaves with outliers; always from its untreated values.

    ``log``: the natural logarithm, of columns above 0. ``log_shifted``: log(x - min + a), where a is a hundredth of
    the range. ``log_signed``: the same, mirrored for a column whose long side is the low one. ``log_one``:
    log(x - min + 1). ``log_gii``: log((max - 1)(x - min) / (max - min) + 1), for a maximum above 1 (Global
    Innovation Index). ``box_cox``: ((x - min + 1) ** lam - 1) / lam, its logarithm at lam = 0.
    """

    NONE = "none"
    LOG = "log"
    LOG_SHIFTED = "log_shifted"
    LOG_SIGNED = "log_signed"
    LOG_ONE = "log_one"
    LOG_GII = "log_gii"
    BOX_COX = "box_cox"


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done to a column with outliers: at most ``most`` values are winsorised, else it is transformed.

    Ties at the far end are winsorised together, so that the last of them may exceed ``most``. A column has outliers
    where its absolute skewness is at or above ``skewness`` and its excess kurtosis at or above
    ``kurtosis``. Where winsorising ``most`` values leaves outliers, the untreated column is transformed by ``then``.

    >>> import smartcert
    >>> smartcert.Treatment(most=2, then="log").then
    <Transform.LOG: 'log'>
    """

    most: int = 5
    then: Transform = Transform.LOG_SHIFTED
    lam: float = 0.5
    skewness: float = SKEWNESS_LIMIT
    kurtosis: float = KURTOSIS_LIMIT

    def __post_init__(self) -> None:
        """Read the transform given by value, and check every number.

        Raises:
            UsageError: an unknown transform, a limit or count that is none, or a ``lam`` that nothing reads.
        """
        object.__setattr__(self, "then", parse_choice("transform", self.then, Transform))
        check_whole_number("most", self.most, 0)
        for name in ("lam", "skewness", "kurtosis"):
            check_number(name, getattr(self, name))
        if self.lam != 0.5 and self.then is not Transform.BOX_COX:
            raise UsageError(f"lam: {self.then.value} does not read it, only {Transform.BOX_COX.value}")
        if self.skewness < 0:
            raise UsageError(f"skewness: a limit of absolute values is 0 or more, not {self.skewness}")


Treatments = Treatment | Mapping[str, Treatment | None] | None
"""One treatment for all columns, or one by column (what is not named, or None, is left alone)."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TreatedTable(Result):
    """The treated ``values`` (N, J), and what was done.

    ``table``: a row per indicator with winsorised (number of values), transform (empty where none), skewness and
    kurtosis before and after, outliers (still there), reason (why a column with outliers was left alone, else empty).
    ``changed``: a row per winsorised value with unit, indicator, before, after.
    """

    values: pd.DataFrame
    table: pd.DataFrame
    changed: pd.DataFrame
    kind: str = "treatment"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the skewness before and after."""
        return Moves(before="skewness", after="skewness_after")


@check_arguments
def treat(table: pd.DataFrame, treatment: Treatments = None) -> TreatedTable:
    """Return a table (N, J) with the outliers of each column treated; NaN stays NaN.

    Without a treatment it is ``Treatment()`` for all. The farthest value on a column's long side is set to the next
    one, ties together, until the column has no outliers. A column is left alone where that would make all its values
    equal, or where the transform does not exist.

    >>> import smartcert
    >>> table = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 400]})
    >>> smartcert.treat(table).values["a"].tolist()[-2:]
    [9.0, 9.0]

    Raises:
        UsageError: the table is none, or a treatment names a column that is none.
    """
    own = check_numeric(table)
    plan = resolve_treatments(Treatment() if treatment is None else treatment, [str(name) for name in own.columns])
    before = own.to_numpy(np.float64)
    after, report = treat_columns(before, plan)
    rows, cells = [], []
    old, new = _moments(before), _moments(after)
    for j, name in enumerate(own.columns):
        treatment_ = plan[j]
        changed = np.flatnonzero((before[:, j] != after[:, j]) & ~np.isnan(before[:, j]))
        moved = changed if report[j][0] == "winsorised" else ()
        cells += [(own.index[int(i)], name, before[i, j], after[i, j]) for i in moved]
        still = treatment_ is not None and _are_outlying(new[0][j], new[1][j], treatment_)
        way = "" if report[j][0] == "winsorised" else report[j][0]
        rows.append((name, len(moved), way, old[0][j], old[1][j], new[0][j], new[1][j], bool(still), report[j][1]))
    names = ["indicator", "winsorised", "transform", "skewness", "kurtosis", "skewness_after", "kurtosis_after"]
    return TreatedTable(
        values=pd.DataFrame(after, index=own.index, columns=own.columns),
        table=describe_columns(
            pd.DataFrame(rows, columns=pd.Index([*names, "outliers", "reason"])).set_index("indicator"), "treatment"
        ),
        changed=describe_columns(
            pd.DataFrame(cells, columns=pd.Index(["unit", "indicator", "before", "after"])), "outliers"
        ),
    )


def resolve_treatments(treatment: Treatments, names: list[str]) -> list[Treatment | None]:
    """Return each column's treatment, None where it is left alone; a UsageError where it names another column."""
    if treatment is None or isinstance(treatment, Treatment):
        return [treatment] * len(names)
    if not isinstance(treatment, Mapping):
        raise UsageError(f"treatment: a Treatment, or one by indicator, is wanted, not {treatment!r}")
    for name, treatment_ in treatment.items():
        if name not in names:
            raise UsageError(f"treatment: no indicator '{name}'{suggest(str(name), names)}")
        if treatment_ is not None and not isinstance(treatment_, Treatment):
            raise UsageError(f"treatment of '{name}': a Treatment or None is wanted, not {treatment_!r}")
    return [treatment.get(name) for name in names]


def treat_columns(values: Floats, plan: list[Treatment | None]) -> tuple[Floats, list[tuple[str, str]]]:
    """Return treated columns (N, J), and for each what was done ("winsorised" or a transform) and why it was not."""
    treated, report = values.copy(), [("", "")] * len(plan)
    skewness, kurtosis = _moments(values)
    outlying = [
        j
        for j, treatment_ in enumerate(plan)
        if treatment_ is not None and _are_outlying(skewness[j], kurtosis[j], treatment_)
    ]
    chosen = [treatment_ for treatment_ in (plan[j] for j in outlying) if treatment_ is not None]
    columns, reasons = _winsorise(values[:, outlying], chosen)
    for j, treatment_, column, reason in zip(outlying, chosen, columns.T, reasons, strict=True):
        if reason == _EMPTIED:
            report[j] = ("", reason)
        elif not reason or treatment_.then is Transform.NONE:
            treated[:, j], report[j] = column, ("winsorised", reason)
        elif (changed := _transform(values[:, j], treatment_)) is None:
            report[j] = ("", _NO_TRANSFORM)
        else:
            treated[:, j], report[j] = changed, (treatment_.then.value, "")
    return treated, report


_STILL = "outliers are left after as many values as may be winsorised"
_EMPTIED = "winsorising would make all its values equal"
_NO_TRANSFORM = "its transform does not exist for all its values"


def _winsorise(values: Floats, plan: list[Treatment]) -> tuple[Floats, list[str]]:
    """Return columns (N, J) with their outliers winsorised, and for each why that is no treatment, else nothing."""
    after, known, reasons = values.copy(), ~np.isnan(values), [""] * len(plan)
    active = list(range(len(plan)))
    while active:
        skewness, kurtosis = _moments(after[:, active])
        signs = np.where(skewness >= 0, 1.0, -1.0)
        signed = np.where(known[:, active], after[:, active] * signs, -np.inf)
        farthest = signed.max(axis=0)
        rest = np.where(signed < farthest, signed, -np.inf)
        nearest, lowest = rest.max(axis=0), np.where(np.isfinite(rest), rest, np.inf).min(axis=0)
        number = ((after != values) & known)[:, active].sum(axis=0)
        on = []
        for k, j in enumerate(active):
            if not _are_outlying(skewness[k], kurtosis[k], plan[j]):
                continue
            if number[k] >= plan[j].most:
                reasons[j] = _STILL
            elif not nearest[k] > lowest[k]:
                reasons[j] = _EMPTIED
            else:
                after[signed[:, k] == farthest[k], j] = nearest[k] * signs[k]
                on.append(j)
        active = on
    return after, reasons


def _transform(values: Floats, treatment: Treatment) -> Floats | None:
    """Return a transformed column, None where the transform does not exist or makes all values equal."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    edge = 0.01 * (high - low)
    with np.errstate(all="ignore"):
        match treatment.then:
            case Transform.LOG:
                changed = np.log(values) if low > 0 else None
            case Transform.LOG_SHIFTED:
                changed = np.log(values - low + edge)
            case Transform.LOG_SIGNED:
                long_high = _moments(values[:, None])[0][0] > 0
                changed = np.log(values - low + edge) if long_high else -np.log(high + edge - values)
            case Transform.LOG_ONE:
                changed = np.log(values - low + 1.0)
            case Transform.LOG_GII:
                changed = np.log((high - 1) * (values - low) / (high - low) + 1) if high > 1 else None
            case Transform.BOX_COX:
                shifted = values - low + 1.0
                small = abs(treatment.lam) < 1e-12
                changed = np.log(shifted) if small else (shifted**treatment.lam - 1) / treatment.lam
            case Transform.NONE:
                changed = None
    if changed is None:
        return None
    known = changed[~np.isnan(values)]
    return changed if np.isfinite(known).all() and np.unique(known).size > 1 else None


def _are_outlying(skewness: float, kurtosis: float, treatment: Treatment) -> bool:
    return bool(abs(skewness) >= treatment.skewness and kurtosis >= treatment.kurtosis)


def _moments(columns: Floats) -> tuple[Floats, Floats]:
    """Return skewness and excess kurtosis of the sample (J,) of each column (N, J), NaN where there is none."""
    known: Bools = ~np.isnan(columns)
    number = known.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(known, columns, 0.0)
        largest = np.abs(filled).max(axis=0, initial=0.0)
        scaled = filled / np.where(largest > 0, largest, 1.0)
        centred = np.where(known, scaled - scaled.sum(axis=0) / number, 0.0)
        squares = centred**2
        second, third, fourth = (part.sum(axis=0) / number for part in (squares, squares * centred, squares**2))
        flat = second <= TOLERANCE**2
        second = np.where(flat, 1.0, second)
        skewness = third / second**1.5 * np.sqrt(number * (number - 1)) / (number - 2)
        kurtosis = ((number + 1) * (fourth / second**2 - 3) + 6) * (number - 1) / ((number - 2) * (number - 3))
    return np.where(flat | (number < 3), np.nan, skewness), np.where(flat | (number < 4), np.nan, kurtosis)
