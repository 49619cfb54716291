"""Forms of criteria of any shape: a row for each figure, read back as filled in, and no total that may be wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.forms.template import Prefilled, PrefilledForm, build_form
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.rounds.forms import read_forms
from smartcert.model.application import Value
from smartcert.model.indicator import IndicatorKind, YesNoScale
from tests.support.criteria import read_edition
from tests.support.forms import new_simulated_round
from tests.support.worked_cases import case_file

EDITIONS = case_file("rounds_of_criteria")["editions"]


@pytest.mark.parametrize("name", EDITIONS)
def test_every_figure_has_a_row_and_is_read_back(tmp_path: Path, name: str) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=1, seed=5)
    edition = read_edition(EDITIONS[name], name)
    given: dict[str, Value] = {}
    for figure in edition.figures():
        low = figure.limits.at_least or Fraction(0)
        given[figure.id] = Fraction(1) if isinstance(figure.scale, YesNoScale) else max(low, Fraction(3))
    entries = {key: Prefilled(value=value, document="a.pdf", page="1") for key, value in given.items()}
    rules = replace(call.rules, edition=edition)
    round_ = replace(call.round, edition=edition.id)
    applicant = simulated.applications[0].applicant
    form = build_form(applicant, round_, rules, "ko", PrefilledForm(entries=entries))
    read = read_forms([("f.xlsx", form)], "f.xlsx", edition, {})
    assert read.problems == []
    claims = {key: claim.value for key, claim in read.claims.items() if key in given}
    assert claims == given
    texts = [cell.text for grid in read_workbook(form, "f.xlsx") for _, row in grid.rows() for cell in row.values()]
    # a prerequisite gives no points, and "E" is per a base that the form does not know: neither the total does
    assert texts.count("평가 때 계산") == {"everything": 5}.get(name, 0)
    assert all(one.kind is IndicatorKind.QUANTITATIVE for one in edition.figures())
