"""Indices that others publish can be said in the two tables, and give what their published formulas give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import smartcert

UNITS = [f"unit {number}" for number in range(30)]
RNG = np.random.default_rng(3)


def build(data: pd.DataFrame, rows: list[dict[str, Any]]) -> smartcert.Index:
    return smartcert.Index.from_tables(data, pd.DataFrame(rows))


def test_the_gender_inequality_index_takes_a_harmonic_mean_of_geometric_means() -> None:
    """UNDP, Human Development Report, technical note 4: the harmonic mean of what women and men have."""
    data = pd.DataFrame(
        {
            "maternal_mortality": RNG.uniform(10, 900, 30),
            "adolescent_births": RNG.uniform(2, 180, 30),
            "schooling_women": RNG.uniform(0.05, 1, 30),
            "schooling_men": RNG.uniform(0.1, 1, 30),
            "seats_women": RNG.uniform(0.01, 0.6, 30),
            "work_women": RNG.uniform(0.1, 0.8, 30),
            "work_men": RNG.uniform(0.4, 0.9, 30),
            "health_men": 1.0,
        },
        index=UNITS,
    )
    data["seats_men"] = 1 - data["seats_women"]
    groups = [("gii", "", "harmonic"), ("women", "gii", "geometric"), ("men", "gii", "geometric")]
    groups += [("health_women", "women", "geometric"), ("power_women", "women", "geometric")]
    groups += [("power_men", "men", "geometric")]
    rows: list[dict[str, Any]] = [{"name": name, "parent": parent, "mean": mean} for name, parent, mean in groups]
    for name, high in (("maternal_mortality", 10), ("adolescent_births", 1)):
        rows.append({"name": name, "parent": "health_women", "normal": "distance", "high": high, "direction": -1})
    parents = {"schooling_women": "power_women", "seats_women": "power_women", "schooling_men": "power_men"}
    parents |= {"seats_men": "power_men", "work_women": "women", "work_men": "men", "health_men": "men"}
    rows += [{"name": name, "parent": parent, "normal": "none"} for name, parent in parents.items()]
    health = np.sqrt(10 / data["maternal_mortality"] / data["adolescent_births"])
    women = (health * np.sqrt(data["schooling_women"] * data["seats_women"]) * data["work_women"]) ** (1 / 3)
    men = (np.sqrt(data["schooling_men"] * data["seats_men"]) * data["work_men"]) ** (1 / 3)
    values = build(data, rows).values
    assert values["women"].tolist() == pytest.approx(women.tolist())
    assert values["gii"].tolist() == pytest.approx((2 / (1 / women + 1 / men)).tolist())


def test_the_multidimensional_poverty_index_weighs_deprivations_and_is_cut_exactly_at_a_third() -> None:
    """Alkire and Foster (2011): ten deprivations, 1/6 and 1/18; poor from exactly 1/3 on, severely from 1/2 on."""
    names = list("abcdefghij")
    data = pd.DataFrame(RNG.integers(0, 2, (300, 10)), columns=names, index=[f"household {n}" for n in range(300)])
    weights = [1 / 6] * 4 + [1 / 18] * 6
    rows: list[dict[str, Any]] = [{"name": "mpi", "parent": ""}]
    rows += [
        {"name": name, "parent": "mpi", "weight": weight, "normal": "none"}
        for name, weight in zip(names, weights, strict=True)
    ]
    eighteenths = (data * ([3] * 4 + [1] * 6)).sum(axis=1)
    levels = build(data, rows).levels({"severe": 1 / 2, "poor": 1 / 3}, "not poor")
    assert (eighteenths == 6).any()  # where floats would go wrong
    assert levels.tolist() == ["severe" if n >= 9 else "poor" if n >= 6 else "not poor" for n in eighteenths]


def test_freedom_in_the_world_adds_up_25_questions_and_shares_ranks() -> None:
    """Freedom House, Freedom in the World: 10 and 15 questions of 0 to 4 points, 40 and 60 of 100."""
    questions = [f"q{number}" for number in range(25)]
    data = pd.DataFrame(RNG.integers(0, 5, (210, 25)), columns=questions, index=[f"state {n}" for n in range(210)])
    rows: list[dict[str, Any]] = [{"name": "total", "parent": ""}]
    rows += [
        {"name": "rights", "parent": "total", "weight": 40},
        {"name": "liberties", "parent": "total", "weight": 60},
    ]
    for number, name in enumerate(questions):
        parent = "rights" if number < 10 else "liberties"
        rows.append({"name": name, "parent": parent, "normal": "goalposts", "low": 0, "high": 4})
    index, total = build(data, rows), data.sum(axis=1)
    assert (100 * index.values["total"]).tolist() == pytest.approx(total.tolist())
    assert index.ranks().tolist() == total.rank(method="min", ascending=False).tolist()


def test_an_index_of_the_environment_takes_logarithms_between_percentiles_and_weighs_what_there_is() -> None:
    """As the Environmental Performance Index: logarithms of what is skewed, the 5th and 95th percentiles as ends."""
    data = pd.DataFrame(
        {"air": np.exp(RNG.normal(3, 1, 30)), "water": RNG.uniform(0, 100, 30), "loss": np.exp(RNG.normal(0, 2, 30))},
        index=UNITS,
    )
    data.iloc[3, 2] = np.nan
    weights, bad = {"air": 0.5, "water": 0.3, "loss": 0.2}, ("air", "loss")
    ends = {name: (data[name].quantile(0.05), data[name].quantile(0.95)) for name in data}
    rows: list[dict[str, Any]] = [{"name": "epi", "parent": "", "available": 0.5}]
    for name, (low, high) in ends.items():
        own = {"direction": -1, "transform": "log"} if name in bad else {}
        scale = {"normal": "goalposts", "low": low, "high": high, "bottom": 0, "top": 100}
        rows.append({"name": name, "parent": "epi", "weight": weights[name], **scale, **own})
    scores = {}
    for name, (low, high) in ends.items():
        log = np.log if name in bad else lambda value: value
        share = ((log(data[name]) - log(low)) / (log(high) - log(low))).clip(0, 1)
        scores[name] = 100 * (1 - share if name in bad else share) * weights[name]
    known = (data.notna() * pd.Series(weights)).sum(axis=1)
    values = build(data, rows).values["epi"]
    assert values.tolist() == pytest.approx((pd.DataFrame(scores).sum(axis=1) / known).tolist())
