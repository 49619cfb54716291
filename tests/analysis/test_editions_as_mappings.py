"""An edition that is given as a mapping: whatever stands in it is read or refused at its key; weights are its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smartcert
from smartcert.errors import InputError, UsageError
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.services.editions import build_edition, find_rules_folder

RULEBOOK = read_rulebook(find_rules_folder())
SPEED = {"id": "speed", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
OPEN = {"id": "open", "points": 20, "kind": "quantitative", "effect": "points", "scale": {"kind": "yes_no"}}
TREE: dict[str, Any] = {
    "domains": [
        {"id": "D1", "weight": 2, "items": [{"id": "I1", "weight": "1/2", "indicators": [SPEED]}]},
        {"id": "D2", "indicators": [OPEN]},
    ]
}


def list_paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a tree."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in parts:
        yield (*path, key)
        yield from list_paths(value, (*path, key))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1/0", "2/3", "yes"]),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.text(max_size=3), parts, max_size=2),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(sorted(list_paths(TREE), key=str)), value=ANYTHING)
def test_whatever_stands_at_a_key_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    tree = copy.deepcopy(TREE)
    node: Any = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    try:
        edition = build_edition(tree, RULEBOOK)
    except (InputError, UsageError):
        return
    assert edition.points > 0


@pytest.mark.parametrize(
    ("weights", "points"), [((1, 1), 100), ((2, 1), 180), (("1/2", 3), 100), ((0.5, "2/3"), "160/3")]
)
def test_points_in_all_are_those_of_the_domains_times_their_weights(
    weights: tuple[Any, Any], points: int | str
) -> None:
    first = {"id": "D1", "weight": weights[0], "indicators": [SPEED]}
    second = {"id": "D2", "weight": weights[1], "indicators": [OPEN]}
    assert build_edition({"domains": [first, second]}, RULEBOOK).points == Fraction(points)


def test_points_of_a_section_are_those_of_its_items_times_their_weights() -> None:
    assert [domain.points for domain in build_edition(TREE, RULEBOOK).domains] == [40, 20]
    assert build_edition(TREE, RULEBOOK).points == 100
    scored = smartcert.score(TREE, pd.DataFrame({"speed": [50, 0], "open": ["yes", "no"]}, index=["best", "worst"]))
    assert scored.table["points"].tolist() == [100, 0]


def test_indicators_beside_domains_are_refused_and_not_left_out() -> None:
    with pytest.raises(InputError, match="unknown key 'indicators'"):
        build_edition({**TREE, "indicators": [SPEED]}, RULEBOOK)


@pytest.mark.parametrize("domains", [None, [], {}, "D1", [None]])
def test_domains_that_are_none_are_refused(domains: Any) -> None:
    with pytest.raises(InputError, match=r"domains|0 stated"):
        build_edition({"domains": domains}, RULEBOOK)


def test_an_id_that_stands_twice_in_a_mapping_has_no_line() -> None:
    with pytest.raises(InputError, match=r"'speed' again; wanted each id once$"):
        build_edition({"indicators": [SPEED, SPEED]}, RULEBOOK)


@pytest.mark.parametrize("names", [[None, None], ["city", "year"]])
def test_an_index_of_several_levels_without_applicants_is_refused(names: list[Any]) -> None:
    index = pd.MultiIndex.from_tuples([("a", 2023), ("b", 2023)], names=names)
    with pytest.raises(UsageError, match="an index 'applicant' is wanted"):
        smartcert.score({"indicators": [SPEED]}, pd.DataFrame({"speed": [1, 2]}, index=index))
