"""What may be passed to a public analysis: choices by name, finite numbers, and arrays that nobody can alter.

pandas is imported only where a table is given: the levels that a report simulates need arrays, and no table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational, Real
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from smartcert.errors import UsageError, suggest

if TYPE_CHECKING:  # heavy: see above
    import pandas as pd

SMALLEST_SIZE: float = 1e-60
"""The smallest absolute value but 0 that statistics take, and one over it the largest: beyond, 4th powers are lost."""

MOST_REPETITIONS = 1_000_000
"""How often draws, runs and samples are repeated at most: shares are known to a tenth of a percent long before."""
MOST_RESULTS = 250_000_000
"""How many numbers are in memory at once at most: 2 GB of them."""

_FLOAT_ERROR = 1e-13
"""Of a number: by how much a float that was computed in a few steps may differ from what it is meant as."""

_Choice = TypeVar("_Choice", bound=StrEnum)
_Array = TypeVar("_Array", bound=NDArray[Any])


def parse_choice(name: str, value: object, kind: type[_Choice]) -> _Choice:
    """Return a choice given as a member of ``kind`` or by its value ("median"); a UsageError names what there is."""
    text = str(value)
    if not isinstance(value, str) or text not in list(kind):
        hint = suggest(text, list(kind))
        raise UsageError(f"no {name} {value!r}{hint}; there are: {', '.join(kind)}")
    return kind(text)


def parse_choices(name: str, values: object, kind: type[_Choice]) -> tuple[_Choice, ...]:
    """Return several choices in their order; a UsageError where one is none or occurs twice, or there is no list."""
    if isinstance(values, str | Mapping) or _is_table(values) or not isinstance(values, Iterable):
        raise UsageError(f"{name}: a list of choices is wanted, not {values!r}; there are: {', '.join(kind)}")
    chosen = tuple(parse_choice(name, value, kind) for value in values)
    if len(set(chosen)) < len(chosen):
        raise UsageError(f"{name}: each choice once, not {', '.join(chosen)}")
    return chosen


def check_number(name: str, value: object) -> None:
    """Check that a number is real and finite, and no truth value; a UsageError where it is not."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real) or not isfinite(value):
        raise UsageError(f"{name}: a finite number is wanted, not {value!r}")


def check_whole_number(name: str, value: object, at_least: int, at_most: int | None = None) -> None:
    """Check that a count is a whole number from ``at_least`` on, up to ``at_most``; a UsageError where it is none."""
    is_integer = not isinstance(value, bool | np.bool_) and isinstance(value, int | np.integer)
    if not is_integer or value < at_least or (at_most is not None and value > at_most):  # type: ignore[operator]
        range_ = f"from {at_least:,} on" if at_most is None else f"from {at_least:,} to {at_most:,}"
        raise UsageError(f"{name}: a whole number {range_} is wanted, not {value!r:.40}")


def check_repetitions(name: str, value: object, at_least: int, results: int) -> None:
    """Check how often something is computed that gives so many ``results`` each time, all of them in memory at once.

    `MOST_REPETITIONS` at most, and `MOST_RESULTS` numbers in all.
    """
    check_whole_number(name, value, at_least, max(at_least, min(MOST_REPETITIONS, MOST_RESULTS // max(results, 1))))


def check_confidence(confidence: float) -> None:
    """Check that a confidence lies between 0 and 1 and is neither; a UsageError where it does not."""
    check_number("confidence", confidence)
    if not 0 < confidence < 1:
        raise UsageError(f"confidence: a share between 0 and 1 is wanted, not {confidence!r}")


def check_weights(name: str, weights: object) -> None:
    """Check that weights are finite numbers of 0 or more by text; a UsageError where they are not."""
    if not isinstance(weights, Mapping):
        raise UsageError(f"{name}: points by the id of an indicator, item or domain are wanted, not {weights!r}")
    for key, value in weights.items():
        if not isinstance(key, str):
            raise UsageError(f"{name}: an id is a text, not {key!r}")
        check_number(f"{name} of '{key}'", value)
        if value < 0:
            raise UsageError(f"{name} of '{key}': 0 or more is wanted, not {value!r}")


def unwrap_number(number: float | Real) -> int | float | Fraction:
    """Return a number of numpy as Python's own, a float of fewer bits as it prints; others as they are.

    >>> unwrap_number(np.float32(0.7)), unwrap_number(np.int64(3))
    (0.7, 3)
    """
    if isinstance(number, Integral):
        return int(number)
    return Fraction(number) if isinstance(number, Rational) else float(str(number))


def read_decimal(number: float | Real | Decimal) -> Fraction:
    """Return a finite number exactly: a fraction or an integer as it is, a float as the decimal that it prints.

    >>> read_decimal(0.1), read_decimal(np.float32(0.7))
    (Fraction(1, 10), Fraction(7, 10))
    """
    return Fraction(number) if isinstance(number, Rational) else Fraction(str(number))


def read_meant(number: float | Fraction, official: Iterable[Fraction]) -> Fraction:
    """Return a number exactly as it is meant: a float computed as ``1287.3 / 20`` differs from that in its last digits.

    It is the official one that it differs from by no more than that, else the decimal of twelve digits.

    >>> read_meant(100 / 3, [Fraction(100, 3)]), read_meant(0.1 + 0.2, [])
    (Fraction(100, 3), Fraction(3, 10))
    """
    if isinstance(number, Rational):
        return Fraction(number)
    near = (exact for exact in official if abs(number - float(exact)) <= _FLOAT_ERROR * abs(number))
    return next(near, None) or Fraction(f"{number:.12g}")


def read_floats(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Return a column of numbers as floats of 64 bits; one of fewer bits as it prints (0.7, not 0.699999988)."""
    if _is_short_float(column.dtype):
        kind: Any = column.dtype
        short = column.to_numpy(dtype=f"float{8 * kind.itemsize}", na_value=np.nan)
        return short.astype(str).astype(np.float64)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def widen_floats(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of floats of fewer than 64 bits are read as `read_floats` reads them."""
    short = [place for place, kind in enumerate(table.dtypes) if _is_short_float(kind)]
    own = table.copy() if short else table
    for place in short:
        own.isetitem(place, read_floats(table.iloc[:, place]))
    return own


def _is_short_float(kind: Any) -> bool:
    return "float" in str(kind).lower() and getattr(kind, "itemsize", 8) < 8


def check_numeric(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table (N, J) as floats.

    Raises:
        UsageError: it is none, has a column whose name is no text or a unit without a name, names a column or unit
            twice, or has a value that is no number (a text such as "0.5" or a truth value is none), infinite, or so
            near 0 or so large (nearer than 1e-60, over 1e60) that its fourth power is lost.
    """
    if not _is_table(table):
        raise UsageError(f"a DataFrame with a row per unit is wanted, not {type(table).__name__}")
    import pandas as pd

    check_labels(table)
    if (table.dtypes == np.float64).all():
        values = np.array(table, dtype=np.float64, order="C")
    else:
        values = np.column_stack([_read_numbers(table.iloc[:, j], name) for j, name in enumerate(table.columns)])
    floats = pd.DataFrame(values, index=table.index, columns=table.columns)
    infinite = np.argwhere(np.isinf(floats.to_numpy()))
    if infinite.size:
        row, column = infinite[0]
        raise UsageError(f"'{floats.columns[column]}' of '{floats.index[row]}' is infinite")
    sizes = np.abs(floats.to_numpy())
    extreme = np.argwhere((sizes > 1 / SMALLEST_SIZE) | ((sizes < SMALLEST_SIZE) & (sizes > 0)))
    if extreme.size:
        row, column = extreme[0]
        raise UsageError(
            f"'{floats.columns[column]}' of '{floats.index[row]}' is {float(values[row, column])!r}: "
            f"values from {SMALLEST_SIZE:g} to {1 / SMALLEST_SIZE:g}, or 0, can be computed with; take another unit"
        )
    return floats


def check_labels(table: pd.DataFrame) -> None:
    """Check that columns are named by texts and units by anything, each once; a UsageError says which is not."""
    for name in table.columns:
        if not isinstance(name, str):
            raise UsageError(f"the column {name!r} is not named by a text; `table.rename(columns=str)` names all so")
    if table.index.to_frame().isna().any(axis=None):
        raise UsageError("a unit has no name")
    for axis, what in ((table.columns, "column"), (table.index, "unit")):
        if axis.has_duplicates:
            raise UsageError(f"the {what} '{axis[axis.duplicated()][0]}' occurs more than once")


def _read_numbers(column: pd.Series[Any], name: object) -> NDArray[np.float64]:
    import pandas as pd

    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) and not (
        pd.api.types.is_bool_dtype(kind) or pd.api.types.is_complex_dtype(kind)
    ):
        return read_floats(column)
    numbers = np.full(len(column), np.nan)
    for row, value in enumerate(column.tolist()):
        if value is None or value is pd.NA or value is pd.NaT:
            continue
        if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
            hint = "; `pandas.to_numeric` makes numbers of texts" if isinstance(value, str) else ""
            raise UsageError(f"'{name}' of '{column.index[row]}' is {value!r}, which is no number{hint}")
        numbers[row] = value
    return numbers


def _is_table(value: object) -> TypeGuard[pd.DataFrame]:
    """Return whether a value is a DataFrame: where pandas was not imported nobody can have one."""
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def freeze(array: _Array) -> _Array:
    """Return the array, which nobody can write into any more."""
    array.flags.writeable = False
    return array
