"""The worked cases of criteria: scales, formulas, classes, sections, totals and gates, as an official reads them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.scoring import (
    build_scorecard,
    check_scorable,
    collect_peer_measures,
    list_divisions_by_zero,
)
from smartcert.evaluation.totals import rescore
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.io.formats.text import FileText
from smartcert.io.formats.yaml import Decoder, parse_yaml
from smartcert.io.parameters.edition import decode_edition, format_edition
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.model.indicator import Edition
from tests.support.build import rulebook
from tests.support.criteria import candidate_for, read_edition, rules_for
from tests.support.worked_cases import case_file, worked

EDITIONS: dict[str, Edition] = {
    name: read_edition(tree, name) for name, tree in case_file("criteria")["editions"].items()
}
RESULTS = ("total", "measure", "level", "missed", "refused", "noted")


@pytest.mark.parametrize("case", worked("criteria"))
def test_figures_and_marks_become_points(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    rules = rules_for(EDITIONS[case["edition"]])
    one = candidate_for(rules, given)

    refused = check_scorable(one, rules)

    assert [finding.code for finding in refused] == expect.get("refused", [])
    if refused:
        return
    card = build_scorecard(one, rules.edition, collect_peer_measures([one], rules.edition))
    level = determine_level(card, rules.levels)
    points = {section.id: section.points for section in card.sections()}
    points |= {score.id: score.points for score in card.indicators()}
    wanted = {name: Fraction(value) for name, value in expect.items() if name not in RESULTS}
    assert {name: points[name] for name in wanted} == wanted
    assert card.points == Fraction(expect.get("total", str(card.points)))
    measures = {score.id: score.confirmed.measure for score in card.indicators()}
    assert {name: measures[name] for name in expect.get("measure", {})} == {
        name: Fraction(value) for name, value in expect.get("measure", {}).items()
    }
    assert level.level == int(expect.get("level", level.level))
    missed = [result.gate.of for result in level.gates if not result.met]
    assert sorted(missed) == sorted(expect.get("missed", missed))
    noted = [finding.code for finding in list_divisions_by_zero(one, rules.edition)]
    assert noted == expect.get("noted", noted)
    assert rescore(card, {}).points == card.points


@pytest.mark.parametrize("name", EDITIONS)
def test_an_edition_of_any_shape_is_read_as_it_was_written(name: str) -> None:
    edition = EDITIONS[name]
    decoder = Decoder(parse_yaml(FileText(file=f"{name}.yaml", text=format_edition(edition), sha256="")))
    assert decode_edition(decoder, name, rulebook().sources) == edition, decoder.problems
    assert read_edition_workbook(build_edition_workbook(edition), f"{name}.xlsx", rulebook().sources) == edition
