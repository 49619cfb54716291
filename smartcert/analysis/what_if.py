"""Other rules, saved scenarios, two rule sets compared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from smartcert.analysis.arrays import (
    SIZE_TYPES,
    AbsentPolicy,
    Aggregation,
    Bools,
    Floats,
    RoundArrays,
    ScoringSetting,
    from_candidates,
    with_method,
)
from smartcert.analysis.scales import competition_ranks, group_by_size
from smartcert.analysis.vectorised import NOT_JUDGED, ScoredDraws, Scorer
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.evaluation.scoring import build_candidate, check_scorable
from smartcert.model.indicator import Edition
from smartcert.paths import PROJECT_ROOT
from smartcert.rules.parameters import CombinationMethod
from smartcert.services.rounds import OpenRound

# --- What would the result be under other weights, bounds or rules? One call, by the function that scores every world.


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is set otherwise. Empty and None mean as it officially is.

    ``weights`` are points by the id of an indicator, an item or a domain; what is not named keeps its points, what
    stands below something named keeps its share, and all are scaled to the edition's total again. Where both a domain
    and something in it are named, the domain is set first. ``bounds`` are percentages by level.
    """

    weights: Mapping[str, float] | None = None
    bounds: Mapping[int, float] | None = None
    method: CombinationMethod | None = None
    aggregation: Aggregation | None = None
    absent: AbsentPolicy | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class WhatIfResult:
    """Totals and levels under a change, beside the official ones."""

    arrays: RoundArrays
    change: Change
    setting: ScoringSetting
    weights: Floats
    official: ScoredDraws
    changed: ScoredDraws

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant.

        Columns: size_type; points, level, place (within the size type) officially; points_if, level_if, place_if under
        the change; moved (points_if - points); flips (whether it becomes certified, "gains", or ceases to be, "loses",
        else empty). A level of 0 is an applicant that cannot be judged.
        """
        own, other = self.official, self.changed
        limit = self.setting.certified_from
        before, after = (_find_certified(scored, limit) for scored in (own, other))
        return pd.DataFrame(
            {
                "size_type": [SIZE_TYPES[size].value for size in self.arrays.sizes],
                "points": own.totals[0],
                "level": own.levels[0].astype(int),
                "place": _rank_within_size(self.arrays, own),
                "points_if": other.totals[0],
                "level_if": other.levels[0].astype(int),
                "place_if": _rank_within_size(self.arrays, other),
                "moved": other.totals[0] - own.totals[0],
                "flips": np.where(after & ~before, "gains", np.where(before & ~after, "loses", "")),
            },
            index=pd.Index(self.arrays.ids, name="applicant"),
        )


def what_if(arrays: RoundArrays, change: Change | None = None, scorer: Scorer | None = None) -> WhatIfResult:
    """Return the results of all applicants under a change. Nothing official is touched.

    ``scorer`` may be kept from call to call, which saves making it again.

    >>> import smartcert
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> made = smartcert.what_if(arrays, smartcert.Change(bounds={3: 69.5}))
    >>> made.table.query("flips == 'gains'").index.tolist()
    ['dasom', 'haneul']

    Raises:
        UsageError: an unknown indicator, item, domain or level, a weight below 0, or bounds that do not descend.
    """
    chosen = change or Change()
    made = scorer or Scorer(arrays)
    setting = apply_to_setting(made.setting, chosen)
    weights = rescale_weights(arrays, chosen.weights or {})
    return WhatIfResult(
        arrays=arrays,
        change=chosen,
        setting=setting,
        weights=weights,
        official=made.official,
        changed=made.nominal(setting, weights),
    )


def apply_to_setting(own: ScoringSetting, change: Change) -> ScoringSetting:
    """Return the setting under a change.

    Raises:
        UsageError: an unknown level, or bounds that are not 0 to 100 and lower from level to level.
    """
    bounds = dict(own.bounds)
    for level, percent in (change.bounds or {}).items():
        if level not in bounds:
            raise UsageError(f"no bound of level {level}; there are: {', '.join(map(str, bounds))}")
        bounds[level] = percent
    ordered = [bounds[level] for level in sorted(bounds)]
    descend = all(better > worse for better, worse in pairwise(ordered))
    if not descend or not all(0 <= percent <= 100 for percent in ordered):
        raise UsageError(f"bounds must lie from 100 down to 0 percent, lower from level to level, not {ordered}")
    return replace(
        own,
        bounds=bounds,
        combination=with_method(own.combination, change.method) if change.method else own.combination,
        aggregation=change.aggregation or own.aggregation,
        absent=change.absent or own.absent,
    )


def rescale_weights(arrays: RoundArrays, weights: Mapping[str, float]) -> Floats:
    """Return points per indicator (J,) under new points for some indicators, items or domains.

    Raises:
        UsageError: an unknown id, a weight below 0, or no points left at all.
    """
    made = arrays.points.copy()
    groups = _columns_by_id(arrays)
    for name in weights:
        if name not in groups:
            raise UsageError(f"no indicator, item or domain '{name}'{suggest(name, groups)}")
    for name, columns in groups.items():  # domains come first, then items, then indicators
        if name not in weights:
            continue
        wanted, there = float(weights[name]), made[columns].sum()
        if not wanted >= 0 or np.isinf(wanted):
            raise UsageError(f"the points of '{name}' are 0 or more, not {weights[name]}")
        nominal = arrays.points[columns]
        made[columns] = made[columns] * (wanted / there) if there else nominal * (wanted / nominal.sum())
    total = made.sum()
    if total <= 0:
        raise UsageError("no points are left: at least one weight must be above 0")
    return made if abs(total - arrays.out_of) < 1e-9 else made * (arrays.out_of / total)


def _columns_by_id(arrays: RoundArrays) -> dict[str, slice]:
    found = {one.id: one.columns for one in arrays.domains}
    found |= {one.id: one.columns for one in arrays.items if one.id not in found}
    return found | {name: slice(j, j + 1) for j, name in enumerate(arrays.names)}


def _find_certified(scored: ScoredDraws, limit: int) -> Bools:
    made: Bools = (scored.levels[0] != NOT_JUDGED) & (scored.levels[0] <= limit)
    return made


def _rank_within_size(arrays: RoundArrays, scored: ScoredDraws) -> Floats:
    made = np.full(len(arrays.ids), np.nan)
    for group in group_by_size(arrays).values():
        totals = scored.totals[:, group]
        made[group] = np.where(np.isnan(totals), np.nan, competition_ranks(np.nan_to_num(totals, nan=-1.0)))[0]
    return made


# --- A scenario: what is set otherwise, kept in a small file of its own, reopened and compared.

SCENARIO_SUFFIX = ".scenario.json"
SCENARIO_FORMAT = "smartcert-scenario/1"
_OFFICIAL_FILES = ("round.yaml", "evaluation.json", "round.json", "index.html", "register.sqlite")
"""Files that only stand in folders where something official is kept."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What the file holds. ``weights`` are points by id, ``bounds`` percentages by level, as in `Change`."""

    name: str
    round: str
    edition: str
    weights: dict[str, float]
    bounds: dict[int, float]
    method: CombinationMethod | None = None
    aggregation: Aggregation | None = None
    absent: AbsentPolicy | None = None
    format: str = SCENARIO_FORMAT

    @property
    def change(self) -> Change:
        """Return the change that the scenario is."""
        return Change(
            weights=self.weights or None,
            bounds=self.bounds or None,
            method=self.method,
            aggregation=self.aggregation,
            absent=self.absent,
        )


_SCENARIO_ADAPTER = TypeAdapter(Scenario)


def build_scenario(name: str, round_id: str, edition: str, change: Change) -> Scenario:
    """Return a change under a name.

    Raises:
        UsageError: the name has no letter or digit.
    """
    if not re.search(r"\w", name):
        raise UsageError("a scenario needs a name with a letter or digit")
    return Scenario(
        name=" ".join(name.split()),
        round=round_id,
        edition=edition,
        weights=dict(change.weights or {}),
        bounds=dict(change.bounds or {}),
        method=change.method,
        aggregation=change.aggregation,
        absent=change.absent,
    )


def save_scenario(one: Scenario, folder: Path) -> Path:
    """Write a scenario into a folder, which is made if need be, and return its file.

    Raises:
        UsageError: something official is kept in or above the folder, a file of that name is there, or it cannot be
            written.
    """
    check_scenario_folder(folder)
    path = folder / (re.sub(r"[^\w-]+", "-", one.name).strip("-")[:80] + SCENARIO_SUFFIX)
    text = json.dumps(_SCENARIO_ADAPTER.dump_python(one, mode="json"), ensure_ascii=False, indent=1) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"there is already a scenario {path.name}; give another name") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return path


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a file.

    Raises:
        UsageError: there is no such file.
        InputError: it is no scenario; every problem at once.
    """
    if not path.is_file():
        raise UsageError(f"no scenario '{path}': there is no such file")
    try:
        made = _SCENARIO_ADAPTER.validate_json(path.read_bytes(), strict=False)
    except ValidationError as error:
        raise InputError(
            Problem(
                place=Place(file=path.name, field=".".join(str(part) for part in one["loc"]) or None),
                found=repr(one["input"])[:80],
                wanted=one["msg"],
            )
            for one in error.errors()
        ) from None
    if made.format != SCENARIO_FORMAT:
        wanted = f"'{SCENARIO_FORMAT}'"
        raise InputError([Problem(place=Place(file=path.name, field="format"), found=repr(made.format), wanted=wanted)])
    return made


def list_scenarios(folder: Path) -> list[Path]:
    """Return the files of scenarios in a folder, by name; none where there is no such folder."""
    return sorted(folder.glob(f"*{SCENARIO_SUFFIX}"))


def run_scenario(one: Scenario, arrays: RoundArrays, scorer: Scorer | None = None) -> WhatIfResult:
    """Return what a scenario gives for a round.

    Raises:
        UsageError: it names indicators or levels that the round does not have.
    """
    return what_if(arrays, one.change, scorer)


def check_scenario_folder(folder: Path) -> None:
    """Refuse a folder in which, or in a folder above which, something official is kept.

    Raises:
        UsageError: says what is kept there.
    """
    whole = folder.resolve()
    for above in (whole, *whole.parents):
        if above in (PROJECT_ROOT / "parameters", PROJECT_ROOT / "outputs"):
            raise UsageError(f"scenarios are not written into {above}, where official data are kept")
        for name in _OFFICIAL_FILES:
            if (above / name).exists():
                raise UsageError(f"scenarios are not written into {above}, which holds {name}")


# --- One set of applications under two sets of rules: who moves, by what, and through which rule.

EDITION_RULE = "edition"
TOGETHER = "together"


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleSetComparison:
    """What moves: ``table`` has a row per applicant, ``alone`` a row per rule with what it does alone.

    Columns of ``table``: size_type, points, level, certified; the same with _if under the second; moved; through: the
    rules each of which alone gives the second level (" + " between them), "together" where only several at once do,
    empty where the level stays. An applicant that one side cannot judge has no points and the level 0 there.
    """

    table: pd.DataFrame
    alone: pd.DataFrame


def compare(
    arrays: RoundArrays, change: Change, edition: RoundArrays | None = None, scorer: Scorer | None = None
) -> RuleSetComparison:
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
    steps = {name: what_if(arrays, one, made) for name, one in _split_change(change).items()}
    if edition is not None:
        steps[EDITION_RULE] = _result(edition, Change(), None)
    table = _comparison_table(what_if(arrays, Change(), made), whole, steps)
    return RuleSetComparison(table=table, alone=_table_by_rule(table, steps))


def apply_edition(opened: OpenRound, edition: Edition) -> RoundArrays:
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
        one = build_candidate(application, verdict.size_type, residents, opened.round.committee, rules)
        if check_scorable(one, rules):
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
            for place, size in enumerate(SIZE_TYPES):
                away = totals[arrays.sizes == place] - bound
                below = int(((away < -1e-9) & (away >= -width)).sum())
                above = int(((away >= -1e-9) & (away < width)).sum())
                rows.append((name, size.value, level, bound, below, above, _coin_probability(below, above)))
    columns = pd.Index(["round", "size_type", "level", "bound", "below", "above", "chance"])
    return pd.DataFrame(rows, columns=columns)


def _bounds(setting: ScoringSetting, out_of: float) -> dict[int, float]:
    return {level: percent * out_of / 100 for level, percent in setting.bounds.items()}


def _coin_probability(below: int, above: int) -> float:
    number = below + above
    tail: int = sum(comb(number, k) for k in range(min(below, above) + 1))
    return min(1.0, float(2 * tail / 2**number))


def _split_change(change: Change) -> dict[str, Change]:
    """Return each part of a change as a change of its own."""
    found = {one.name: getattr(change, one.name) for one in fields(change)}
    return {name: replace(Change(), **{name: value}) for name, value in found.items() if value}


def _result(arrays: RoundArrays, change: Change, scorer: Scorer | None) -> WhatIfResult:
    return what_if(arrays, change, scorer)


def _comparison_table(official: WhatIfResult, whole: WhatIfResult, steps: Mapping[str, WhatIfResult]) -> pd.DataFrame:
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
    both["through"] = [_name_cause(both.loc[one], one, levels) for one in both.index]
    columns = ["size_type", "points", "level", "certified", "points_if", "level_if", "certified_if", "moved", "through"]
    return both[columns].rename_axis("applicant")


def _name_cause(row: pd.Series[float], applicant: str, levels: Mapping[str, pd.Series[int]]) -> str:
    if row["level"] == row["level_if"]:
        return ""
    alone = [name for name, level in levels.items() if level[applicant] == row["level_if"]]
    return " + ".join(alone) or TOGETHER


def _table_by_rule(table: pd.DataFrame, steps: Mapping[str, WhatIfResult]) -> pd.DataFrame:
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
