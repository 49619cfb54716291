"""Four schemes that the program does not know by name: each result of their cases was worked out by hand beside it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from smartcert.model.evaluation import Evaluation
from smartcert.services.rounds import OpenRound
from tests.support.scheme_rounds import NAMES, load_cases, open_scheme

CASES = {name: load_cases(name) for name in NAMES}


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenRound]:
    return {name: open_scheme(tmp_path_factory.mktemp(name), name, CASES[name]) for name in NAMES}


def find(opened: OpenRound, applicant: str) -> Evaluation:
    return next(one for one in opened.evaluations if one.id == applicant)


def read_result(evaluation: Evaluation, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what came out of those things that a case expects, as its file writes them."""
    if "refused" in wanted:
        codes = [finding.code for finding in evaluation.findings if finding.refuses]
        return {"refused": codes[0] if len(set(codes)) == 1 and evaluation.level is None else codes}
    card, result = evaluation.scorecard, evaluation.level
    assert card is not None
    assert result is not None
    placing = result.placing
    found: dict[str, Any] = {"points": card.points, "level": Fraction(result.level)}
    if placing is not None:
        found |= {"place": placing.place, "shared": placing.shared, "reserve": placing.reserve, "left": placing.left}
        found |= {"selection": placing.selection.value, "reason": placing.reason.value, "granted": placing.granted}
    return {name: found[name] for name in wanted}


@pytest.mark.parametrize(("scheme", "applicant"), [(name, one) for name in NAMES for one in CASES[name]])
def test_a_case_comes_out_as_worked_by_hand(rounds: dict[str, OpenRound], scheme: str, applicant: str) -> None:
    wanted = {
        name: value if name in ("refused", "selection", "reason") else Fraction(value)
        for name, value in CASES[scheme][applicant]["expect"].items()
    }
    assert read_result(find(rounds[scheme], applicant), wanted) == wanted
