"""Published results of other schemes come out of the criteria written as data: no word of Python is about them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

import smartcert

RATINGS = {
    "rights": [36, 30, 24, 18, 12, 6],
    "liberties": [53, 44, 35, 26, 17, 8],
}
"""From how many points on a rating of 1, 2, ... 6 is given, else 7 (Freedom in the World, Methodology)."""


def rate(name: str) -> dict[str, Any]:
    """Return a rating as points: 6 for a rating of 1, none for a rating of 7."""
    bands = [{"at_least": bound, "points": 6 - place} for place, bound in enumerate(RATINGS[name])]
    return {"id": name, "points": 6, "scale": {"kind": "bands", "bands": bands, "otherwise": 0}}


def name_inputs(*names: str) -> list[dict[str, Any]]:
    words = {"ko": "값", "en": "value"}
    return [{"id": name, "name": words, "unit": words} for name in names]


FREEDOM = {
    "indicators": [
        # the additional question takes up to 4 points away before the rating is found
        rate("rights") | {"inputs": name_inputs("pr", "question"), "measure": "pr + question"},
        rate("liberties"),
    ]
}
STATUS = {1: 75, 2: Fraction(100, 3)}
"""Ratings of 2.5 on average, a sum of 5, are Free: 9 of 12 points. Up to 5.0, a sum of 10, are Partly Free: 4 of 12."""
PUBLISHED = {
    "Norway 2024": (40, 0, 58, 1),
    "South Korea 2024": (33, 0, 50, 1),
    "India 2020": (34, 0, 37, 1),  # ratings 2 and 3: exactly 2.5
    "India 2024": (33, 0, 33, 2),  # ratings 2 and 4: 3.0, just under
    "Hungary 2024": (24, 0, 41, 2),
    "Thailand 2024": (12, 0, 24, 2),  # ratings 5 and 5: exactly 5.0
    "Thailand 2023": (6, 0, 24, 3),  # ratings 6 and 5: 5.5
    "China 2024": (0, -2, 11, 3),  # its points of political rights are below zero
}
"""Points of political rights, of the additional question, of civil liberties; the status: 1 Free, 2 Partly, 3 Not."""


def test_the_status_of_freedom_in_the_world() -> None:
    rows = {name: {"pr": pr, "question": q, "liberties": cl} for name, (pr, q, cl, _) in PUBLISHED.items()}
    scored = smartcert.score(FREEDOM, pd.DataFrame.from_dict(rows, orient="index"), levels=STATUS)
    assert scored.levels.to_dict() == {name: status for name, (*_, status) in PUBLISHED.items()}


DIVE = {
    "rounding": [{"at": "total", "digits": 2, "mode": "half_up"}],
    "indicators": [
        {
            "id": "dive",
            "points": 102,  # 30 for the three best marks, times the highest difficulty here
            "inputs": name_inputs("a", "b", "c", "d", "e", "difficulty"),
            "measure": "(a + b + c + d + e - min(a, b, c, d, e) - max(a, b, c, d, e)) * difficulty",
            "scale": {"kind": "linear", "zero_at": 0, "full_at": 102},
        }
    ],
}
JUDGED = {
    # 6.5 and 8 are struck: 7 + 7.5 + 7.5 = 22, times 2.9
    "middle": ([7, 7.5, 7.5, 8, 6.5], 2.9, 63.8),
    # of equal ones one is struck at each end: 8 + 8 + 8 = 24, times 3.2
    "equal": ([8, 8, 8, 8, 8], 3.2, 76.8),
    # 0 and 10 are struck: 9.5 + 10 + 10 = 29.5, times 3.4
    "struck zero": ([0, 10, 9.5, 10, 10], 3.4, 100.3),
    "all": ([10, 10, 10, 10, 10], 3.4, 102),
}
"""Marks of five judges, the difficulty, and the points: the highest and the lowest mark are struck (diving)."""


def test_the_sum_of_the_marks_that_are_not_struck_times_the_difficulty() -> None:
    rows = {
        name: dict(zip("abcde", marks, strict=True)) | {"difficulty": dd} for name, (marks, dd, _) in JUDGED.items()
    }
    scored = smartcert.score(DIVE, pd.DataFrame.from_dict(rows, orient="index"))
    assert scored.totals.to_dict() == {name: points for name, (*_, points) in JUDGED.items()}


TENDER = {
    "bases": [{"id": "lowest", "name": {"ko": "최저가", "en": "lowest"}, "unit": {"ko": "원", "en": "won"}}],
    "rounding": [{"at": "indicator", "digits": 2, "mode": "half_up"}],
    "indicators": [
        {"id": "quality", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 100}},
        {
            "id": "bid",
            "points": 20,
            "inputs": name_inputs("price"),
            "measure": "lowest / price",
            "scale": {"kind": "linear", "zero_at": 0, "full_at": 1},
        },
    ],
}


def test_points_for_a_price_by_the_lowest_one() -> None:
    figures = pd.DataFrame({"quality": [90, 85, 95], "price": [100, 80, 120]}, index=["a", "b", "c"])
    people = pd.DataFrame({"lowest": 80}, index=figures.index)
    # a: 72 + 20 x 80/100 = 88; b: 68 + 20; c: 76 + 20 x 2/3 = 76 + 13.33
    assert smartcert.score(TENDER, figures, applicants=people).totals.to_dict() == {"a": 88, "b": 88, "c": 89.33}
