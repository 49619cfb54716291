"""A page about an edition of any shape says what its own trace leads to, and its record is read as it was written."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from smartcert.evaluation.levels import compute_margin, determine_level, find_next_level
from smartcert.evaluation.scoring import build_scorecard, collect_peer_measures
from smartcert.model.applicant import Population
from smartcert.model.indicator import Edition
from smartcert.recompute import recompute
from smartcert.reporting.records import Record, from_json, to_json
from tests.support import sample_records as samples
from tests.support.criteria import candidate_for, rules_for
from tests.support.random_criteria import invent_edition, invent_given
from tests.support.report_pages import batch_page
from tests.support.seeds import list_seeds

SEEDS = list_seeds(12, 400)


@cache
def record(seed: int) -> Record:
    """Return the record of an applicant under a random edition, some of whose figures were corrected on site."""
    rng = random.Random(seed)
    edition = invent_edition(rng)
    return build_record(edition, [invent_given(edition, rng) for _ in range(4)])


def build_record(edition: Edition, given: list[dict[str, Any]]) -> Record:
    """Return the record of the first of applicants with these figures and marks, in a round of them all."""
    rules = rules_for(edition)
    own, *others = (candidate_for(rules, values, f"a{number}") for number, values in enumerate(given))
    peers = collect_peer_measures([own, *others], rules.edition)
    card = build_scorecard(own, rules.edition, peers)
    level = determine_level(card, rules.levels)
    sample = samples.not_certified()
    population = Population(residents=own.population or 0, as_of="2023-10", source="test")
    evaluation = replace(
        sample.evaluation,
        applicant=replace(
            sample.evaluation.applicant,
            population=population,
        ),
        size_type=own.size_type,
        scorecard=card,
        level=level,
        next_level=find_next_level(card, level),
        margin=compute_margin(card, level),
    )
    outcome = replace(sample.outcome, computed=level.level, meets_criteria=level.certified)
    return replace(sample, evaluation=evaluation, outcome=outcome, peers=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_record_of_any_edition_is_read_as_it_was_written(seed: int) -> None:
    written = to_json(record(seed))
    again = from_json(Record, written)
    assert again.evaluation.scorecard == record(seed).evaluation.scorecard
    assert to_json(again) == written


@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_of_any_edition_is_equal_to_its_recomputation(seed: int) -> None:
    assert recompute(batch_page(record(seed), "ko" if seed % 2 else "en")).differences == ()
