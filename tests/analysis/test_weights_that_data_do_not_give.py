"""Where data give no weights of a kind, its row says why; the other kinds stand."""

from __future__ import annotations

import pandas as pd
import pytest

import smartcert

LINE = {"kind": "linear", "zero_at": 0, "full_at": 10}
EDITION = {"indicators": [{"id": name, "points": 50, "scale": LINE} for name in ("A", "B")]}
FEW = {
    "one applicant": [[1, 2]],
    "two applicants": [[1, 2], [3, 4]],
    "nothing varies": [[5, 5], [5, 5], [5, 5]],
    "one indicator varies": [[1, 5], [2, 5], [3, 5]],
}
LEFT_OUT = {
    "one applicant": ["entropy", "principal"],
    "two applicants": ["principal"],
    "nothing varies": ["entropy", "principal"],
    "one indicator varies": ["principal"],
}


@pytest.mark.parametrize("name", FEW)
def test_a_row_says_why_there_are_no_weights(name: str) -> None:
    figures = pd.DataFrame(FEW[name], columns=["A", "B"], index=[f"a{n}" for n in range(len(FEW[name]))])
    result = smartcert.weights(smartcert.arrays(smartcert.score(EDITION, figures)))
    assert sorted(result.table.index) == ["entropy", "equal", "official", "principal"]
    refused = result.table[result.table["reason"] != ""]
    assert sorted(refused.index) == LEFT_OUT[name]
    assert refused["levels_moved"].isna().all()
    assert result.table.loc[["official", "equal"], "levels_moved"].notna().all()
    result.plot()


def test_where_all_give_weights_no_row_has_a_reason() -> None:
    figures = pd.DataFrame({"A": [1, 2, 6, 9], "B": [2, 3, 5, 8]}, index=list("wxyz"))
    result = smartcert.weights(smartcert.arrays(smartcert.score(EDITION, figures)))
    assert "reason" not in result.table.columns
