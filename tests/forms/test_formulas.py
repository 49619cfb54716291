"""The formulas of a form give what the engine gives, computed here as a spreadsheet would."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from smartcert.evaluation.scales import round_to
from smartcert.forms.formulas import quote_text, round_formula
from smartcert.forms.styles import PLAIN, CellFormula, write_cell
from smartcert.model.indicator import Rounding, RoundingMode, RoundingStep


def _round(value: float, digits: int) -> float:
    return math.floor(abs(value) * 10**digits + 0.5 + 1e-9) / 10**digits


SPREADSHEET = {
    "ROUND": _round,
    "ROUNDDOWN": lambda value, digits: math.floor(value * 10**digits + 1e-9) / 10**digits,
    "INT": math.floor,
    "MOD": lambda value, by: value % by,
    "IF_": lambda condition, yes, no: yes if condition else no,
}


def compute(formula: str) -> float:
    """Return what a spreadsheet computes; the formulas here have numbers and the functions above only."""
    return float(eval(re.sub(r"\bIF\(", "IF_(", formula).replace("=", "=="), dict(SPREADSHEET)))  # noqa: S307


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=5), st.integers(0, 2), st.sampled_from(RoundingMode))
def test_a_sum_is_rounded_as_the_engine_rounds_it(cents: list[int], digits: int, mode: RoundingMode) -> None:
    addends = [Fraction(number, 200) for number in cents]
    rounding = Rounding(at=RoundingStep.TOTAL, digits=digits, mode=mode)
    formula = round_formula("+".join(str(float(addend)) for addend in addends), rounding)
    assert compute(formula) == pytest.approx(float(round_to(sum(addends, Fraction(0)), rounding)), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("km", '"km"'), ('"&A1&"', '"""&A1&"""'), ("", '""'), ("a" * 255 + "b", '"' + "a" * 255 + '"&"b"')],
)
def test_a_text_in_a_formula_stays_a_text(text: str, quoted: str) -> None:
    assert quote_text(text) == quoted


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)", "#N/A", "+1", "words"])
def test_a_text_in_a_form_is_calculated_only_where_it_is_meant_as_a_formula(text: str) -> None:
    sheet = Workbook().create_sheet()
    write_cell(sheet, 1, 1, text, PLAIN)
    write_cell(sheet, 1, 2, CellFormula("=1+1"), PLAIN)
    assert [cell.data_type for cell in sheet[1]] == ["s", "f"]
