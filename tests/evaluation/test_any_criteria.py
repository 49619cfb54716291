"""What holds of editions of any shape: ranges, order, more is never worse, and the fewest indicators by trying all."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache
from itertools import combinations

import pytest

from smartcert.evaluation.fewest import PointsChange, ShapedSearch
from smartcert.evaluation.levels import determine_level, level_from_totals
from smartcert.evaluation.scoring import (
    Candidate,
    Column,
    Scorer,
    build_scorecard,
    check_scorable,
    collect_peer_measures,
    score_value,
)
from smartcert.evaluation.totals import rescore
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.model.evaluation import LevelResult, Scorecard
from smartcert.model.indicator import Edition, Effect
from tests.support.build import rulebook
from tests.support.criteria import candidate_for, rules_for
from tests.support.random_criteria import invent_edition, invent_given
from tests.support.seeds import list_seeds

SEEDS = list_seeds(30, 1500)


@cache
def scored(seed: int) -> tuple[Edition, list[Candidate], list[Scorecard], list[LevelResult]]:
    """Return a random edition with four scored applicants."""
    rng = random.Random(seed)
    edition = invent_edition(rng)
    rules = rules_for(edition)
    candidates = [candidate_for(rules, invent_given(edition, rng), f"a{number}") for number in range(4)]
    assert not [finding for one in candidates for finding in check_scorable(one, rules)]
    peers = collect_peer_measures(candidates, edition)
    cards = [build_scorecard(one, edition, peers) for one in candidates]
    return edition, candidates, cards, [determine_level(card, rules.levels) for card in cards]


@pytest.mark.parametrize("seed", SEEDS)
def test_points_stay_within_their_range(seed: int) -> None:
    edition, _, cards, _ = scored(seed)
    for card in cards:
        assert card.points >= 0
        for score in card.indicators():
            low, high = sorted([Fraction(0), score.out_of])
            ends = (low, high) if score.indicator.effect is not Effect.POINTS else (Fraction(0), None)
            assert score.points >= ends[0], score.id
            assert ends[1] is None or score.points <= ends[1], score.id
            if score.confirmed.spread is None and not edition.rounding:
                assert low <= score.points <= high


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_applicants_does_not_matter(seed: int) -> None:
    edition, candidates, cards, _ = scored(seed)
    peers = collect_peer_measures(reversed(candidates), edition)
    assert [build_scorecard(one, edition, peers) for one in candidates] == cards


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_worked_out_for_one_applicant_changes_nothing_for_the_next(seed: int) -> None:
    edition, candidates, cards, _ = scored(seed)
    peers, scorer = collect_peer_measures(candidates, edition), Scorer(edition)
    for one, card in [*zip(candidates, cards, strict=True), *zip(candidates[::-1], cards[::-1], strict=True)]:
        assert scorer.build_scorecard(one, peers) == card
        for score in card.indicators():
            among = peers.get((one.size_type, Column.CONFIRMED, score.id), ())
            spread = score.confirmed.spread
            again = score_value(score.confirmed.value, score.indicator, one.population, card, among, spread, one.bases)
            assert again == score.confirmed


@pytest.mark.parametrize("seed", SEEDS)
def test_more_points_of_an_indicator_never_lower_anything(seed: int) -> None:
    _, _, cards, results = scored(seed)
    rng = random.Random(seed)
    for card, result in zip(cards, results, strict=True):
        before = rescore(card, {})
        assert before.points == card.points
        for score in card.indicators():
            after = rescore(card, {score.id: score.points + Fraction(rng.randint(1, 30), 7)})
            assert after.points >= before.points
            assert all(after.sections[name] >= points for name, points in before.sections.items())
            levels = [
                level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)
                for totals in (before, after)
            ]
            assert levels[1] <= levels[0]


def level_with(card: Scorecard, result: LevelResult, changes: tuple[PointsChange, ...]) -> int:
    own = {score.id: score.points for score in card.indicators()}
    totals = rescore(card, {one.indicator: own[one.indicator] + one.points for one in changes})
    return level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_smallest_sets_are_those_that_trying_all_finds(seed: int, sign: int) -> None:
    _, _, cards, results = scored(seed)
    for card, result in zip(cards[:2], results, strict=False):
        moves = [(score, score.left if sign > 0 else score.points) for score in card.indicators()]
        listed = sorted((move for move in moves if move[1] > 0), key=lambda move: -move[1])[:7]
        changes = [PointsChange(indicator=one.id, domain="", points=sign * points) for one, points in listed]

        def suffices(level: int, own: int = result.level) -> bool:
            return level < own if sign > 0 else level > own

        tried = [
            [chosen for chosen in combinations(changes, size) if suffices(level_with(card, result, chosen))]
            for size in range(1, len(changes) + 1)
        ]
        expected = next((sets for sets in tried if sets), [])
        search = ShapedSearch(card, result, changes, suffices, highest=sign > 0)
        assert search.find_smallest(1000) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_edition_goes_through_a_workbook(seed: int) -> None:
    edition = scored(seed)[0]
    assert read_edition_workbook(build_edition_workbook(edition), "test.xlsx", rulebook().sources) == edition
