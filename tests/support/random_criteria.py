"""Random editions of every shape, as an official might write them, and random applicants for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import Any

from smartcert.model.indicator import Edition, Indicator, IndicatorKind, YesNoScale
from tests.support.criteria import read_edition

CLASSES = ("large", "small_medium")


def invent_edition(rng: random.Random, name: str = "test") -> Edition:
    """Return an edition of two or three domains with whatever an edition can have, and few enough indicators to try."""
    ids = count(1)
    method = rng.choice(["sum", "sum", "arithmetic", "geometric", ""])
    domains = [_invent_section(rng, ids, depth=rng.choice([0, 0, 1]), domain=True) for _ in range(rng.choice([2, 3]))]
    tree: dict[str, Any] = {"domains": domains, "bases": ["area"], "rounding": list(_invent_rounding(rng, method))}
    if method:
        tree["total"] = {"method": method}
        if rng.random() < 0.5:
            tree["total"]["bonus_cap"] = str(rng.randint(1, 6))
        if rng.random() < 0.3:
            tree["total"]["cap"] = str(rng.randint(40, 90))
        if method != "sum":
            tree["points"] = "100"
    nodes = [node for domain in domains for node in _walk(domain)]
    tree["gates"] = [
        {"of": node["id"], "percent": str(rng.randint(5, 60)), **rng.choice([{"fails": "yes"}, {"best_level": "3"}])}
        for node in rng.sample(nodes, k=min(len(nodes), rng.choice([0, 1, 2])))
        if node.get("effect", "points") == "points"
    ]
    if not tree["gates"]:
        del tree["gates"]
    return read_edition(tree, name)


def invent_given(edition: Edition, rng: random.Random) -> dict[str, Any]:
    """Return figures, marks, base, class and population of an applicant who can be scored."""
    given: dict[str, Any] = {"area": str(rng.randint(1, 20)), "population": str(rng.randint(500, 5000))}
    given["class"] = rng.choice(CLASSES)
    for one in edition.entries():
        given[one.id] = _invent_marks(one, rng) if one.kind is IndicatorKind.QUALITATIVE else _invent_figure(one, rng)
    return given


def _invent_marks(one: Indicator, rng: random.Random) -> list[str]:
    scale = one.mark_scale
    assert scale is not None
    steps = int((scale.highest - scale.lowest) / scale.step)
    return [str(scale.lowest + rng.randint(0, steps) * scale.step) for _ in range(rng.randint(1, 4))]


def _invent_figure(one: Indicator, rng: random.Random) -> str | dict[str, str]:
    claimed = _invent_value(one, rng)
    if rng.random() < 0.7:
        return claimed
    site = rng.choice(["confirmed", "absent", _invent_value(one, rng)])
    return {"claimed": claimed, "desk": _invent_value(one, rng) if rng.random() < 0.3 else claimed, "site": site}


def _invent_value(one: Indicator, rng: random.Random) -> str:
    if rng.random() < 0.08:
        return "absent"
    if isinstance(one.scale, YesNoScale):
        return str(rng.randint(0, 1))
    return str(Fraction(rng.randint(0, 200), rng.choice([1, 1, 2, 10, 20])))


def _invent_rounding(rng: random.Random, method: str) -> Iterator[dict[str, str]]:
    for step in ("measure", "mark", "indicator", "item", "domain", "total"):
        if rng.random() < 0.4 or (step == "total" and method == "geometric"):
            yield {"at": step, "digits": str(rng.randint(0, 2)), "mode": rng.choice(["half_up", "half_even", "down"])}


def _walk(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield section
    yield from section.get("indicators", [])
    for part in section.get("items", []):
        yield from _walk(part)


def _invent_section(rng: random.Random, ids: Iterator[int], depth: int, *, domain: bool = False) -> dict[str, Any]:
    tree: dict[str, Any] = {"id": f"S{next(ids)}"}
    if depth:
        tree["items"] = [_invent_section(rng, ids, depth - 1) for _ in range(rng.choice([1, 2, 3]))]
        possible = [Fraction(part.get("weight", 1)) * Fraction(part["points"]) for part in tree["items"]]
        redistributed = False
    else:
        tree["indicators"] = [_invent_indicator(rng, ids, plain=not number) for number in range(rng.choice([1, 2, 3]))]
        counted = [one for one in tree["indicators"] if one.get("effect", "points") == "points"]
        possible = [Fraction(one["points"]) for one in counted]
        redistributed = any(one.get("absent") == "redistribute" for one in counted)
    if len(possible) > 1 and not redistributed and rng.random() < 0.4:
        tree["best"] = str(rng.randint(1, len(possible)))
        possible = sorted(possible, reverse=True)[: int(tree["best"])]
    points = sum(possible, Fraction(0))
    if rng.random() < 0.3:
        tree["floor"] = "0"
    if rng.random() < 0.25:
        tree["cap"] = str(points - Fraction(points, 4))
        points -= Fraction(points, 4)
    if rng.random() < 0.4:
        tree["weight"] = rng.choice(["2", "0.5", "1.5"] if domain else ["2", "1/3", "0.5"])
    return {**tree, "points": str(points)}


def _invent_indicator(rng: random.Random, ids: Iterator[int], *, plain: bool) -> dict[str, Any]:
    name = f"N{next(ids)}"
    points = rng.choice([4, 6, 10])
    effect = "points" if plain else rng.choice(["points", "points", "points", "bonus", "deduction", "prerequisite"])
    tree: dict[str, Any] = {"id": name, "points": str(points)}
    if effect == "prerequisite":
        return {"id": name, "effect": effect, "scale": {"kind": "yes_no"}}
    if effect != "points":
        tree |= {"effect": effect, "counts_at": rng.choice(["total", "section"])}
    if effect == "deduction":
        scale = {"kind": "linear", "zero_at": "0", "full_at": str(rng.choice([20, 50]))}
        return {**tree, "points": str(-points), "direction": "lower_is_better", "scale": scale}
    if effect == "points" and not plain and rng.random() < 0.2:
        tree["absent"] = "redistribute"
    if rng.random() < 0.25:
        marks = rng.choice([("1", "5", "1"), ("0", "100", "1"), ("-3", "0", "0.5")])
        tree["marks"] = dict(zip(("lowest", "highest", "step"), marks, strict=True))
        ends = [{"value": marks[0], "points": "0"}, {"value": marks[1], "points": str(points)}]
        table = {"kind": "table", "between": rng.choice(["linear", "lower", "nearest"]), "rows": ends}
        line = {"kind": "marks", "zero_at": marks[0], "full_at": marks[1]}
        return {**tree, "scale": rng.choice([table, line])}
    if rng.random() < 0.25:
        tree["inputs"] = [{"id": f"{name}a"}, {"id": f"{name}b", "absent": rng.choice(["passes", "zero"])}]
        tree["measure"] = rng.choice(
            [f"{name}a / {name}b * 10", f"max({name}a - {name}b, 0)", f"{name}a + {name}b / area"]
        )
        tree["divided_by_zero"] = rng.choice(["absent", "zero"])
    elif rng.random() < 0.25:
        tree["per"] = {"base": rng.choice(["area", "population"]), "times": rng.choice(["10", "100"])}
    scale = _invent_scale(rng, points)
    if rng.random() < 0.2 and scale["kind"] != "target":
        other = {"kind": "linear", "zero_at": "0", "full_at": str(rng.choice([5, 30]))}
        scale = {"kind": "by_class", "classes": {"large": other}, "otherwise": scale}
    return {**tree, "scale": scale}


def _invent_scale(rng: random.Random, points: int) -> dict[str, Any]:
    half, full = str(Fraction(points, 2)), str(points)
    between = rng.choice(["linear", "lower", "nearest"])
    bands = [{"at_least": "20", "points": full}, {"at_least": "3", "points": half}]
    ranks = [{"at_most": "40", "points": full}, {"at_most": "70", "points": half}]
    return rng.choice(
        [
            {"kind": "linear", "zero_at": "0", "full_at": str(rng.choice([10, 70, Fraction(800, 11)]))},
            {"kind": "bands", "bands": bands, "otherwise": "0"},
            {"kind": "counted", "points_each": str(Fraction(points, 5)), "cap": "5"},
            {"kind": "target", "zero_below": "0", "full_from": "10", "full_to": "15", "zero_above": "60"},
            {"kind": "piecewise", "corners": _build_corners(("0", "0"), ("5", half), ("80", full))},
            {"kind": "table", "between": between, "rows": _build_corners(("1", "0"), ("7", half), ("30", full))},
            {"kind": "rank", "by": "share", "bands": ranks, "otherwise": "0"},
        ]
    )


def _build_corners(*corners: tuple[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "points": points} for value, points in corners]
