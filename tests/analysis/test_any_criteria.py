"""Editions of any shape in the analyses: arrays, draws, what-if and thresholds give what the evaluation gives."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest

import smartcert
from smartcert.analysis.arrays import RoundArrays, from_candidates
from smartcert.analysis.thresholds import Lever, find_lever_moves
from smartcert.analysis.vectorised import Scorer
from smartcert.evaluation.levels import determine_level, level_from_totals
from smartcert.evaluation.scoring import build_scorecard, collect_peer_measures
from smartcert.model.evaluation import LevelResult, Scorecard
from smartcert.rules.rulebook import Rules
from tests.support.criteria import EVALUATORS, candidate_for, rules_for
from tests.support.random_criteria import invent_edition, invent_given
from tests.support.seeds import list_seeds

SEEDS = list_seeds(25, 1000)


@cache
def scored(seed: int) -> tuple[Rules, RoundArrays, list[Scorecard], list[LevelResult]]:
    """Return a random edition with six applicants: as arrays, and as the evaluation scores them."""
    rng = random.Random(seed)
    rules = rules_for(invent_edition(rng))
    candidates = [candidate_for(rules, invent_given(rules.edition, rng), f"a{number}") for number in range(6)]
    peers = collect_peer_measures(candidates, rules.edition)
    cards = [build_scorecard(one, rules.edition, peers) for one in candidates]
    levels = [determine_level(card, rules.levels) for card in cards]
    return rules, from_candidates(candidates, EVALUATORS, rules), cards, levels


@pytest.mark.parametrize("seed", SEEDS)
def test_the_exact_and_the_drawn_engine_give_what_the_evaluation_gives(seed: int) -> None:
    _, arrays, cards, levels = scored(seed)
    scorer = Scorer(arrays)
    for draws in (scorer.official, scorer.nominal()):
        assert np.allclose(draws.totals[0], [float(card.points) for card in cards], rtol=0, atol=1e-6)
        assert draws.levels[0].tolist() == [level.level for level in levels]
        domains = [[float(domain.points) for domain in card.domains] for card in cards]
        assert np.allclose(draws.domains[0], domains, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_other_weights_give_the_same_in_both_engines(seed: int) -> None:
    _, arrays, _, _ = scored(seed)
    counted = [one.id for one in arrays.indicators if one.counted]
    result = smartcert.what_if(arrays, smartcert.Change(weights={counted[0]: 7.5}))
    drawn = Scorer(arrays).nominal(weights=result.weights)
    assert np.allclose(result.changed.totals, drawn.totals, rtol=0, atol=1e-6)
    assert result.changed.levels.tolist() == drawn.levels.tolist()
    same = smartcert.what_if(
        arrays, smartcert.Change(weights={counted[0]: float(arrays.indicators[arrays.column(counted[0])].points)})
    )
    assert np.array_equal(same.changed.totals, same.official.totals)


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_without_anything_drawn_are_the_official_result(seed: int) -> None:
    _, arrays, _, _ = scored(seed)
    plan = smartcert.Plan(weights=None, resample_evaluators=False, errors={})
    draws = smartcert.Draws(arrays, plan).run(3)
    official = Scorer(arrays).official
    assert np.allclose(draws.totals, official.totals, rtol=0, atol=1e-6)
    assert (draws.levels == official.levels).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_of_everything_stay_in_range(seed: int) -> None:
    _, arrays, _, _ = scored(seed)
    draws = smartcert.Draws(arrays, smartcert.Plan(seed=seed)).run(64, threads=1)
    assert not np.isinf(draws.totals).any()
    assert (np.nan_to_num(draws.totals) >= 0).all()
    counted = arrays.counted
    weights = smartcert.Draws(arrays, smartcert.Plan(seed=seed)).draw(5).weights
    assert np.isclose(weights[counted].sum(), float(arrays.counted_points))
    assert np.array_equal(weights[~counted], arrays.points[~counted])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_threshold_reverses_the_verdict_and_a_step_before_it_does_not(seed: int) -> None:
    _, arrays, _, _ = scored(seed)
    scorer = Scorer(arrays)
    exact, setting = scorer.exact, scorer.setting
    for row, name in enumerate(arrays.ids[:3]):
        moves, certified = find_lever_moves(arrays, name, scorer)
        assert certified == (scorer.official.levels[0, row] <= setting.certified_from)
        points = exact.collect_points(row, setting)
        assert points is not None
        for move in moves:
            if move.lever is Lever.INDICATOR and not exact.spread(row, setting.absent):
                totals = exact.add_up(row, {**points, move.name: move.after}, setting)
                level = level_from_totals(
                    totals.points, totals.sections, exact.bounds(setting), exact.floors(setting, a=row)
                )
                assert (level <= setting.certified_from) is not certified
