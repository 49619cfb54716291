"""One set of applications under two sets of rules: who moves, by what, and through which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import comb

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import SIZES, RoundArrays, from_candidates
from smartcert.analysis.settings import Setting
from smartcert.analysis.vector import Scorer
from smartcert.analysis.what_if import Change, Result, what_if
from smartcert.errors import UsageError
from smartcert.evaluation.values import candidate, refusals
from smartcert.model.indicator import Edition
from smartcert.rounds import OpenRound

EDITION = "edition"
TOGETHER = "together"


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What moves: ``table`` has a row per applicant, ``alone`` a row per rule with what it does alone.

    Columns of ``table``: size_type, points, level, certified; the same with _if under the second; moved; through: the
    rules each of which alone gives the second level (" + " between them), "together" where only several at once do,
    empty where the level stays. An applicant that one side cannot judge has no points and the level 0 there.
    """

    table: pd.DataFrame
    alone: pd.DataFrame


def compare(
    arrays: RoundArrays, change: Change, edition: RoundArrays | None = None, scorer: Scorer | None = None
) -> Comparison:
    """Compare the official rules with a change of them, and perhaps another edition (`under_edition`).

    >>> import smartcert
    >>> found = compare(smartcert.arrays(smartcert.open_round("example")), smartcert.Change(bounds={3: 69.5}))
    >>> found.table.query("through != ''")["through"].to_dict()
    {'dasom': 'bounds', 'haneul': 'bounds'}

    Raises:
        UsageError: the change cannot be applied.
    """
    made = scorer or Scorer(arrays)
    whole = _result(edition or arrays, change, None if edition else made)
    steps = {name: what_if(arrays, one, made) for name, one in _differences(change).items()}
    if edition is not None:
        steps[EDITION] = _result(edition, Change(), None)
    table = _table(what_if(arrays, Change(), made), whole, steps)
    return Comparison(table=table, alone=_alone(table, steps))


def under_edition(opened: OpenRound, edition: Edition) -> RoundArrays:
    """Return a round's scored applicants under another edition of indicators.

    Values and marks are matched by the id of the indicator. What the round does not have counts as absent, as the other
    edition declares; whoever it then refuses is in ``left_out`` with the stage scoring.

    Raises:
        UsageError: the edition shares no indicator with the round's own.
    """
    own = {one.id for one in opened.rules.edition.indicators()}
    if not own & {one.id for one in edition.indicators()}:
        raise UsageError(f"edition '{edition.id}' has no indicator in common with '{opened.rules.edition.id}'")
    rules = replace(opened.rules, edition=edition)
    scored = {one.id: one for one in opened.evaluations if one.scorecard is not None}
    kept, refused = [], [(one.id, one.stage.value) for one in opened.evaluations if one.scorecard is None]
    for application in opened.round.applications:
        verdict = scored.get(application.id)
        if verdict is None or verdict.size_type is None:
            continue
        population = verdict.applicant.population
        residents = population.residents if population else None
        one = candidate(application, verdict.size_type, residents, opened.round.committee, rules)
        if refusals(one, rules):
            refused.append((application.id, "scoring"))
        else:
            kept.append(one)
    return from_candidates(kept, opened.round.committee, rules, tuple(sorted(refused)))


def bunching(rounds: Mapping[str, RoundArrays], width: float = 20.0) -> pd.DataFrame:
    """Return how many totals lie within ``width`` points below and above each bound, by round and size type.

    A total exactly on a bound counts as above. ``chance`` is how often so uneven a split, or more, would come of
    tossing a coin for each (two-sided); a steep slope of totals gives a small one too, so it is a point to look at, no
    proof.

    Raises:
        UsageError: the width is not above 0.
    """
    if not width > 0:
        raise UsageError(f"the width is above 0 points, not {width}")
    rows = []
    for name, arrays in rounds.items():
        scorer = Scorer(arrays)
        totals = scorer.nominal().totals[0]
        for level, bound in _bounds(scorer.setting, arrays.out_of).items():
            for place, size in enumerate(SIZES):
                away = totals[arrays.sizes == place] - bound
                below = int(((away < -1e-9) & (away >= -width)).sum())
                above = int(((away >= -1e-9) & (away < width)).sum())
                rows.append((name, size.value, level, bound, below, above, _coin(below, above)))
    columns = pd.Index(["round", "size_type", "level", "bound", "below", "above", "chance"])
    return pd.DataFrame(rows, columns=columns)


def _bounds(setting: Setting, out_of: float) -> dict[int, float]:
    return {level: percent * out_of / 100 for level, percent in setting.bounds.items()}


def _coin(below: int, above: int) -> float:
    number = below + above
    tail: int = sum(comb(number, k) for k in range(min(below, above) + 1))
    return min(1.0, float(2 * tail / 2**number))


def _differences(change: Change) -> dict[str, Change]:
    """Return each part of a change as a change of its own."""
    found = {one.name: getattr(change, one.name) for one in fields(change)}
    return {name: replace(Change(), **{name: value}) for name, value in found.items() if value}


def _result(arrays: RoundArrays, change: Change, scorer: Scorer | None) -> Result:
    return what_if(arrays, change, scorer)


def _table(official: Result, whole: Result, steps: Mapping[str, Result]) -> pd.DataFrame:
    first = official.table[["size_type", "points", "level"]]
    second = whole.table[["size_type", "points_if", "level_if"]]
    both = pd.concat([first.drop(columns="size_type"), second.drop(columns="size_type")], axis=1, join="outer")
    both["size_type"] = first["size_type"].combine_first(second["size_type"])
    both[["level", "level_if"]] = both[["level", "level_if"]].fillna(0).astype(int)
    limits = {"certified": official.setting.certified_from, "certified_if": whole.setting.certified_from}
    for name, limit in limits.items():
        level = both[name.replace("certified", "level")]
        both[name] = (level > 0) & (level <= limit)
    both["moved"] = both["points_if"] - both["points"]
    levels = {name: step.table["level_if"].reindex(both.index).fillna(0).astype(int) for name, step in steps.items()}
    both["through"] = [_through(both.loc[one], one, levels) for one in both.index]
    columns = ["size_type", "points", "level", "certified", "points_if", "level_if", "certified_if", "moved", "through"]
    return both[columns].rename_axis("applicant")


def _through(row: pd.Series[float], applicant: str, levels: Mapping[str, pd.Series[int]]) -> str:
    if row["level"] == row["level_if"]:
        return ""
    alone = [name for name, level in levels.items() if level[applicant] == row["level_if"]]
    return " + ".join(alone) or TOGETHER


def _alone(table: pd.DataFrame, steps: Mapping[str, Result]) -> pd.DataFrame:
    rows = {}
    for name, step in steps.items():
        other = step.table.reindex(table.index)
        level = other["level_if"].fillna(0).astype(int)
        certified = (level > 0) & (level <= step.setting.certified_from)
        rows[name] = {
            "levels_moved": int((level != table["level"]).sum()),
            "gains": int((certified & ~table["certified"]).sum()),
            "loses": int((~certified & table["certified"]).sum()),
            "points": float(np.nan_to_num((other["points_if"] - table["points"]).abs().mean())),
        }
    columns = ["levels_moved", "gains", "loses", "points"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("rule")
