"""A real spreadsheet program calculates the form's live total, and it is the engine's."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from smartcert.evaluation.eligibility import determine_class
from smartcert.evaluation.scoring import Candidate, Column, build_scorecard, check_scorable
from smartcert.forms.template import Prefilled, PrefilledForm, build_form
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.rounds.forms import read_forms
from smartcert.io.rounds.round import RoundCall
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Missing, Value
from smartcert.model.evaluation import Combination
from smartcert.model.indicator import (
    POPULATION,
    BandScale,
    Indicator,
    IndicatorKind,
    LinearScale,
    RankScale,
    Rounding,
    RoundingMode,
    RoundingStep,
)
from smartcert.rules.parameters import CombinationMethod
from smartcert.rules.rulebook import Rules
from smartcert.simulation import generate as figures
from tests.support.build import applicant, example
from tests.support.criteria import candidate_for, rules_for, value_of
from tests.support.forms import new_simulated_round, workbook
from tests.support.office import needs_office, save_in_libreoffice
from tests.support.random_criteria import invent_edition, invent_given

FORMS = 12
EVERY_SHAPE = 16
TRIFLE = Fraction(1, 10**7)


def on_the_bounds(indicator: Indicator, rng: random.Random) -> Fraction | None:
    """Return a value exactly on a bound of the scale, where a spreadsheet's fractions could go wrong."""
    if indicator.per_people:
        return None
    match indicator.scale:
        case BandScale(bands=bands):
            return rng.choice(bands).bound
        case LinearScale(zero_at=zero_at, full_at=full_at):
            return zero_at + (full_at - zero_at) * Fraction(rng.randint(0, 16), 16)
    return None


def values(one: Application, call: RoundCall, rng: random.Random) -> dict[str, Value]:
    made: dict[str, Value] = {}
    population = one.applicant.population
    assert population is not None
    for indicator in call.rules.edition.indicators():
        if indicator.kind is IndicatorKind.QUALITATIVE:
            made[indicator.id] = Fraction(rng.randint(1, 5))
            continue
        if isinstance(indicator.scale, RankScale):
            made[indicator.id] = Missing.ABSENT  # its points hang on the others, and no form can know them
            continue
        bound = on_the_bounds(indicator, rng) if rng.random() < 0.4 else None
        held = bound is not None and indicator.limits.allows(bound)
        value = (
            bound
            if held and bound is not None
            else figures.invent_claim(indicator, rng.random(), population.residents, rng)
        )
        made[indicator.id] = value if isinstance(value, Missing) else Fraction(float(value)).limit_denominator(10**6)
    return made


def engine_total(one: Application, call: RoundCall, value: dict[str, Value]) -> Fraction:
    """Return the engine's total of these values."""
    population = one.applicant.population
    assert population is not None
    candidate = Candidate(
        application=one,
        size_type=SizeType.LARGE,
        population=population.residents,
        values=dict.fromkeys(Column, value),
        combinations={key: _mark(mark) for key, mark in value.items() if key.startswith("L")},
        bases={POPULATION: Fraction(population.residents)},
    )
    assert check_scorable(candidate, call.rules) == ()
    return build_scorecard(candidate, call.rules.edition, {}).points


def _mark(mark: Value) -> Combination:
    assert isinstance(mark, Fraction)
    return Combination(method=CombinationMethod.MEAN, marks=(), exact=mark, combined=mark)


def recalculated(folder: Path, forms: dict[str, bytes]) -> dict[str, bytes]:
    (folder / "in").mkdir()
    for name, data in forms.items():
        (folder / "in" / f"{name}.xlsx").write_bytes(data)
    save_in_libreoffice(sorted((folder / "in").iterdir()), "xlsx", folder / "out")
    return {name: (folder / "out" / f"{name}.xlsx").read_bytes() for name in forms}


def total_of(form: bytes) -> Fraction:
    cover = read_workbook(form, "form.xlsx")[0]
    for row, cells in cover.rows():
        if cells.get(1) and cells[1].text.startswith("총점"):
            return Fraction(cover.at(row, 2).text).limit_denominator(10**9)
    raise LookupError("total")


@pytest.mark.office
@needs_office
@pytest.mark.timeout(600)
def test_the_live_total_is_the_engines(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=FORMS, seed=23)
    given = {one.id: values(one, call, random.Random(one.id)) for one in simulated.applications}
    forms = {}
    for one in simulated.applications:
        filled = PrefilledForm(entries={key: Prefilled(value=value) for key, value in given[one.id].items()})
        language = "ko" if len(forms) % 2 else "en"
        forms[one.id] = build_form(one.applicant, call.round, call.rules, language, filled)
    shown = {name: total_of(data) for name, data in recalculated(tmp_path, forms).items()}
    wanted = {one.id: engine_total(one, call, given[one.id]) for one in simulated.applications}
    assert shown == wanted
    assert len(set(wanted.values())) > FORMS // 2


@pytest.mark.office
@needs_office
@pytest.mark.timeout(600)
def test_every_way_of_rounding_is_the_engines(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=2, seed=29)
    forms, wanted = {}, {}
    for mode in RoundingMode:
        steps = tuple(
            Rounding(at=step, digits=digits, mode=mode)
            for step, digits in zip(RoundingStep, (1, 0, 1, 1, 0, 0), strict=True)
        )
        edition = replace(call.rules.edition, rounding=steps)
        changed = RoundCall(
            folder=call.folder, round=call.round, rulebook=call.rulebook, rules=replace(call.rules, edition=edition)
        )
        for one in simulated.applications:
            given = values(one, changed, random.Random(one.id))
            filled = PrefilledForm(entries={key: Prefilled(value=value) for key, value in given.items()})
            name = f"{one.id} rounded {mode}"
            forms[name] = build_form(one.applicant, changed.round, changed.rules, "ko", filled)
            wanted[name] = engine_total(one, changed, given)
    assert {name: total_of(data) for name, data in recalculated(tmp_path, forms).items()} == wanted


def invent_filled_form(seed: int) -> tuple[Rules, dict[str, Any], bytes]:
    """Return random criteria, what an applicant gives for them, and its form filled in with just that."""
    rng = random.Random(seed)
    rules = rules_for(invent_edition(rng))
    given = invent_given(rules.edition, rng)
    own = applicant()
    assert own.population is not None
    given |= {"class": determine_class(own, rules)[0], "population": str(own.population.residents)}
    entries = {}
    for entry in rules.edition.entries():
        value = given[entry.id]
        single = value[0] if isinstance(value, list) else value if isinstance(value, str) else value["claimed"]
        given[entry.id] = [single] if isinstance(value, list) else single
        entries[entry.id] = Prefilled(value=value_of(single))
    round_ = replace(example().round, edition=rules.edition.id)
    language = "ko" if seed % 2 else "en"
    return rules, given, build_form(own, round_, rules, language, PrefilledForm(entries=entries))


def shows_total(form: bytes) -> bool:
    """Return whether the cover has a formula of the total, and no word that it is computed at the evaluation."""
    cover = load_workbook(BytesIO(form)).worksheets[0]
    totals = {str(name.value)[:2]: str(cell.value) for name, cell in cover.iter_rows(max_col=2)}
    return totals["총점"].startswith("=")


@pytest.mark.office
@pytest.mark.slow
@needs_office
@pytest.mark.timeout(900)
def test_the_live_total_of_criteria_of_any_shape_is_the_engines(tmp_path: Path) -> None:
    forms, wanted = {}, {}
    for seed in itertools.count():
        rules, given, form = invent_filled_form(seed)
        candidate = candidate_for(rules, given)
        by_rank = any(isinstance(one.scale, RankScale) for one in rules.edition.indicators())
        if shows_total(form) and not by_rank and not check_scorable(candidate, rules):
            forms[f"seed {seed}"] = form
            wanted[f"seed {seed}"] = build_scorecard(candidate, rules.edition, {}).points
        if len(forms) == EVERY_SHAPE:
            break
    shown = {name: total_of(data) for name, data in recalculated(tmp_path, forms).items()}
    assert {name: abs(shown[name] - wanted[name]) < TRIFLE for name in forms} == dict.fromkeys(forms, True)
    assert len(set(wanted.values())) > EVERY_SHAPE // 2


@pytest.mark.office
@needs_office
@pytest.mark.timeout(600)
def test_a_form_saved_by_another_program_says_the_same(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=1, seed=31)
    one = simulated.applications[0]
    form = workbook(one, call)
    saved = recalculated(tmp_path, {"form": form})["form"]
    before, after = (read_forms([("f.xlsx", data)], "f.xlsx", call.rules.edition, {}) for data in (form, saved))
    assert after.problems == []
    assert after.claims == before.claims
    assert after.papers == before.papers
