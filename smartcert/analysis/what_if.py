"""What would results be under other weights, bounds, rules or another edition? Also as scenarios stored in files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from smartcert.analysis.arguments import (
    check_number,
    check_weights,
    check_whole_number,
    freeze,
    parse_choice,
    read_meant,
    unwrap_number,
)
from smartcert.analysis.arrays import (
    AbsentPolicy,
    Aggregation,
    Floats,
    RoundArrays,
    ScoringSetting,
    from_candidates,
    with_method,
)
from smartcert.analysis.drawings import Drawing, Moves
from smartcert.analysis.results import Result, describe_columns
from smartcert.analysis.scales import competition_ranks, group_by_size
from smartcert.analysis.vectorised import (
    NOT_JUDGED,
    ScoredDraws,
    Scorer,
    choose_scorer,
    collect_candidates,
    share_scorer,
)
from smartcert.argument_types import check_arguments
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError, suggest
from smartcert.evaluation.scales import sum_exactly
from smartcert.evaluation.scoring import check_scorable
from smartcert.files import write_new
from smartcert.lazy_dataclass import dataclass
from smartcert.model.indicator import Edition
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.records import list_problems
from smartcert.rules.parameters import CombinationMethod
from smartcert.services.rounds import OpenRound


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is set otherwise. Empty and None mean as it officially is.

    ``weights`` are points by the id of an indicator, an item or a domain; what is not named keeps its points, what
    stands below something named keeps its share, and all are scaled to the edition's total again. Where both a domain
    and something in it are named, the domain is set first. ``bounds`` are percentages of all points by level. A float
    is meant as a decimal of twelve digits, or as the official figure that it is computed from; a `Fraction` is exact.

    >>> import smartcert
    >>> smartcert.Change(bounds={3: 65.0}).bounds
    {3: 65.0}
    """

    weights: Mapping[str, float] | None = None
    bounds: Mapping[int, float] | None = None
    method: CombinationMethod | None = None
    aggregation: Aggregation | None = None
    absent: AbsentPolicy | None = None

    def __post_init__(self) -> None:
        """Read choices that are given by value, and check every number.

        Raises:
            UsageError: an unknown choice, a weight that is no finite number of 0 or more, a level that is no whole
                number, or a bound that is no percentage.
        """
        for name, kind in (("method", CombinationMethod), ("aggregation", Aggregation), ("absent", AbsentPolicy)):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, parse_choice(name, value, kind))
        if self.weights is not None:
            check_weights("weights", self.weights)
            object.__setattr__(self, "weights", {name: unwrap_number(own) for name, own in self.weights.items()})
        if self.bounds is not None:
            _check_bounds(self.bounds)
            bounds = {int(level): unwrap_number(own) for level, own in self.bounds.items()}
            object.__setattr__(self, "bounds", bounds)


def _check_bounds(bounds: object) -> None:
    if not isinstance(bounds, Mapping):
        raise UsageError(f"bounds: percentages of all points by level are wanted, not {bounds!r}")
    for level, percent in bounds.items():
        check_whole_number("level of a bound", level, 1)
        check_number(f"bound of level {level}", percent)
        if not 0 <= percent <= 100:
            raise UsageError(f"bound of level {level}: 0 to 100 percent, not {percent!r}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WhatIfResult(Result):
    """Totals and levels under a change, beside the official ones; ``weights`` (J,) are the points per indicator."""

    arrays: RoundArrays
    change: Change
    setting: ScoringSetting
    weights: Floats
    official: ScoredDraws
    changed: ScoredDraws
    kind: str = "what_if"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: points officially and under the change, with the bounds as they then are."""
        bounds = tuple(percent * self.arrays.out_of / 100 for percent in self.setting.bounds.values())
        return Moves(before="points", after="points_if", lines=bounds)

    @property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant, as a frame of your own that may be altered.

        Columns: size_type; points, level, place (rank in the size type) officially; points_if, level_if, place_if under
        the change; moved (points_if - points); flips (whether it becomes certified, "gains", or ceases to be, "loses",
        else empty). A level of 0 is an applicant that cannot be judged.
        """
        return self._table.copy()

    @property
    def flips(self) -> NDArray[np.str_]:
        """Return by applicant (A,) whether it becomes certified ("gains"), ceases to be ("loses"), or neither ("")."""
        own, other = self.official.levels[0], self.changed.levels[0]
        limit = self.setting.certified_from
        before, after = (own != NOT_JUDGED) & (own <= limit), (other != NOT_JUDGED) & (other <= limit)
        return np.where(after & ~before, "gains", np.where(before & ~after, "loses", ""))

    def summarise(self) -> dict[str, float]:
        """Return the change in sum: levels_moved, gains, loses, and the mean shift of points and of places."""
        own, other, flips = self.official, self.changed, self.flips
        places = [rank_within_size(self.arrays, scored.totals)[0] for scored in (own, other)]
        return {
            "levels_moved": float((own.levels[0] != other.levels[0]).sum()),
            "gains": float((flips == "gains").sum()),
            "loses": float((flips == "loses").sum()),
            "points": _mean_distance(own.totals[0], other.totals[0]),
            "places": _mean_distance(*places),
        }

    @cached_property
    def _table(self) -> pd.DataFrame:
        own, other = self.official, self.changed
        table = pd.DataFrame(
            {
                "size_type": [self.arrays.classes[size] for size in self.arrays.sizes],
                "points": own.totals[0],
                "level": own.levels[0].astype(int),
                "place": rank_within_size(self.arrays, own.totals)[0],
                "points_if": other.totals[0],
                "level_if": other.levels[0].astype(int),
                "place_if": rank_within_size(self.arrays, other.totals)[0],
                "moved": other.totals[0] - own.totals[0],
                "flips": self.flips,
            },
            index=pd.Index(self.arrays.ids, name="applicant"),
        )
        return describe_columns(table, self.kind)


_MOST_CHANGES = 512
"""How many changes a scorer remembers the results of."""


@check_arguments
def what_if(arrays: RoundArrays, change: Change | None = None, scorer: Scorer | None = None) -> WhatIfResult:
    """Return the results of all applicants under a change. Nothing official is touched.

    ``scorer`` may be passed from call to call, which saves building it again.

    >>> import smartcert
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> result = smartcert.what_if(arrays, smartcert.Change(bounds={3: 69.5}))
    >>> result.table.query("flips == 'gains'").index.tolist()
    ['dasom', 'haneul']

    Raises:
        UsageError: an unknown indicator, item, domain or level, a weight below 0, or bounds that do not descend.
    """
    chosen = change or Change()
    shared = choose_scorer(arrays, scorer)
    setting = apply_to_setting(shared.setting, chosen)
    own, bounds = tuple((chosen.weights or {}).items()), tuple(setting.bounds.items())
    key = (arrays, own, bounds, setting.combination, setting.aggregation, setting.absent)
    if key not in shared.changed:  # a notebook and its page ask for the same changes
        if len(shared.changed) == _MOST_CHANGES:
            shared.changed.clear()
        shared.changed[key] = _score_change(arrays, dict(own), setting, shared)
    weights, changed = shared.changed[key]
    return WhatIfResult(
        arrays=arrays, change=chosen, setting=setting, weights=weights, official=shared.official, changed=changed
    )


def _score_change(
    arrays: RoundArrays, weights: Mapping[str, float], setting: ScoringSetting, scorer: Scorer
) -> tuple[Floats, ScoredDraws]:
    """Return the points of the indicators (J,) under weights, and totals and levels under these and the setting."""
    exact = rescale_exactly(arrays, weights)
    points = freeze(np.array([float(exact[name]) for name in arrays.names]))
    if setting.aggregation is not Aggregation.ARITHMETIC:
        return points, scorer.nominal(setting, points)
    if not weights:
        return points, scorer.evaluate(setting)
    factors = {indicator.id: exact[indicator.id] / indicator.full for indicator in arrays.indicators}
    return points, scorer.evaluate(setting, factors)


def apply_to_setting(own: ScoringSetting, change: Change) -> ScoringSetting:
    """Return the setting under a change; a UsageError where bounds are not 0 to 100 and lower from level to level."""
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


def rescale_exactly(arrays: RoundArrays, weights: Mapping[str, float]) -> dict[str, Fraction]:
    """Return points by the id of an indicator under new points for some indicators, items or domains.

    The sum stays the official one. A weight is the decimal that it is meant as (`read_meant`).

    Raises:
        UsageError: an unknown id, a weight below 0, or no points left at all.
    """
    official = {indicator.id: indicator.points for indicator in arrays.indicators if indicator.counted}
    points = dict(official)
    groups = _list_counted(arrays)
    for name in weights:
        if name not in groups:
            raise UsageError(f"no indicator, item or domain '{name}'{suggest(name, groups)}")
        if not groups[name]:
            raise UsageError(f"'{name}' has no points that are weighed: a bonus, a deduction or a prerequisite")
    for name, members in groups.items():  # domains come first, then items, then indicators
        if name not in weights:
            continue
        if not 0 <= weights[name] < np.inf:
            raise UsageError(f"the points of '{name}' are 0 or more, not {weights[name]}")
        parts = points if any(points[member] for member in members) else official
        wanted = read_meant(weights[name], [sum_exactly(official[member] for member in members)])
        factor = wanted / sum_exactly(parts[member] for member in members)
        points |= {member: parts[member] * factor for member in members}
    total = sum_exactly(points.values())
    if total <= 0:
        raise UsageError("no points are left: at least one weight must be above 0")
    to_official = arrays.counted_points / total
    weighed = {name: own * to_official for name, own in points.items()}
    return {indicator.id: weighed.get(indicator.id, indicator.full) for indicator in arrays.indicators}


@lru_cache(maxsize=4)
def _list_counted(arrays: RoundArrays) -> Mapping[str, tuple[str, ...]]:
    """Return by the id of a domain, an item or an indicator, in this order, which indicators of it are weighed."""
    groups = {domain.id: arrays.names[domain.columns] for domain in arrays.domains}
    groups |= {item.id: arrays.names[item.columns] for item in arrays.items if item.id not in groups}
    groups |= {name: (name,) for name in arrays.names}
    counted = {indicator.id for indicator in arrays.indicators if indicator.counted}
    return {name: tuple(member for member in members if member in counted) for name, members in groups.items()}


def list_unnamed(arrays: RoundArrays, names: Iterable[str]) -> list[str]:
    """Return the domains that have an indicator of which some weights name nothing: not it, nor its item or domain."""
    groups = _list_counted(arrays)
    named = {member for name in names for member in groups.get(name, ())}
    return [domain.id for domain in arrays.domains if not named.issuperset(groups[domain.id])]


def rank_within_size(arrays: RoundArrays, totals: Floats) -> Floats:
    """Return the rank (D, A) of each total (D, A) within its size type: 1 is best, NaN where there is no total.

    Ties share the better rank, as in `competition_ranks`.
    """
    ranks = np.full(totals.shape, np.nan)
    for rows in group_by_size(arrays).values():
        own = totals[:, rows]
        ranks[:, rows] = np.where(np.isnan(own), np.nan, competition_ranks(np.nan_to_num(own, nan=-1.0)))
    return ranks


def _mean_distance(own: Floats, other: Floats) -> float:
    """Return by how much two arrays (A,) differ on average, where both have a number; NaN where they never do."""
    distances = np.abs(other - own)
    counted = distances[~np.isnan(distances)]
    return float(counted.mean()) if counted.size else float("nan")


SCENARIO_SUFFIX = ".scenario.json"
SCENARIO_FORMAT = "smartcert-scenario/1"
_OFFICIAL_FILES = ("round.yaml", "evaluation.json", "round.json", "index.html", "register.sqlite")
"""Files that mark a folder as one with official data."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A named change as its file holds it: ``weights`` in points by id, ``bounds`` in percent by level."""

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
        """Return the change of the scenario."""
        return Change(
            weights=self.weights or None,
            bounds=self.bounds or None,
            method=self.method,
            aggregation=self.aggregation,
            absent=self.absent,
        )


@cache
def _build_scenario_adapter() -> TypeAdapter[Scenario]:
    return TypeAdapter(Scenario)


def build_scenario(name: str, round_id: str, edition: str, change: Change) -> Scenario:
    """Return a change under a name; a UsageError where the name has no letter or digit."""
    if not re.search(r"\w", name):
        raise UsageError("a scenario needs a name with a letter or digit")
    return Scenario(
        name=" ".join(name.split()),
        round=round_id,
        edition=edition,
        weights={key: float(points) for key, points in (change.weights or {}).items()},
        bounds={level: float(percent) for level, percent in (change.bounds or {}).items()},
        method=change.method,
        aggregation=change.aggregation,
        absent=change.absent,
    )


def save_scenario(scenario: Scenario, folder: Path) -> Path:
    """Write a scenario into a folder, which is created if need be, and return its file.

    Raises:
        UsageError: there are official data in or above the folder, a file of that name exists, or it cannot be
            written.
    """
    check_scenario_folder(folder)
    path = folder / (re.sub(r"[^\w-]+", "-", scenario.name).strip("-")[:80] + SCENARIO_SUFFIX)
    text = json.dumps(_build_scenario_adapter().dump_python(scenario, mode="json"), ensure_ascii=False, indent=1) + "\n"
    if path.exists():
        raise UsageError(f"there is already a scenario {path.name}; give another name")
    write_new(path, text.encode())
    return path


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a file, which must exist; an InputError names every problem of one that is none."""
    if not path.is_file():
        raise UsageError(f"no scenario '{path}': there is no such file")
    try:
        scenario = _build_scenario_adapter().validate_json(path.read_bytes(), strict=False)
    except ValidationError as error:
        raise InputError(list_problems(error, path.name)) from None
    if scenario.format != SCENARIO_FORMAT:
        wanted = f"'{SCENARIO_FORMAT}'"
        raise InputError(
            [Problem(place=Place(file=path.name, field="format"), found=repr(scenario.format), wanted=wanted)]
        )
    return scenario


def delete_scenario(scenario: Scenario, folder: Path) -> None:
    """Delete a scenario's file; a UsageError where there is none, or official data lie in or above the folder."""
    check_scenario_folder(folder)
    _find_scenario_file(scenario, folder).unlink()


def rename_scenario(scenario: Scenario, name: str, folder: Path) -> Path:
    """Give a scenario another name, and return its new file; errors as of `save_scenario` and `delete_scenario`."""
    before = _find_scenario_file(scenario, folder)
    path = save_scenario(build_scenario(name, scenario.round, scenario.edition, scenario.change), folder)
    before.unlink()
    return path


def _find_scenario_file(scenario: Scenario, folder: Path) -> Path:
    for path in list_scenarios(folder):
        try:
            if read_scenario(path) == scenario:
                return path
        except SmartcertError:  # another file of the folder is no scenario
            continue
    raise UsageError(f"there is no scenario '{scenario.name}' in {folder}")


def write_code(change: Change, round_name: str) -> str:
    """Return the lines of Python that make a change and its result in a notebook of one's own.

    >>> print(write_code(Change(bounds={3: 69.5}), "example"))
    import smartcert
    <BLANKLINE>
    arrays = smartcert.arrays(smartcert.open_round('example'))
    change = smartcert.Change(bounds={3: 69.5})
    smartcert.what_if(arrays, change).table
    """
    given = {field.name: getattr(change, field.name) for field in fields(change)}
    shown = {name: _plain_value(value) for name, value in given.items() if value}
    arguments = ", ".join(f"{name}={value!r}" for name, value in shown.items())
    return "\n".join(
        (
            *(["from fractions import Fraction", ""] if "Fraction(" in arguments else []),
            "import smartcert",
            "",
            f"arrays = smartcert.arrays(smartcert.open_round({round_name!r}))",
            f"change = smartcert.Change({arguments})",
            "smartcert.what_if(arrays, change).table",
        )
    )


def _plain_value(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def list_scenarios(folder: Path) -> list[Path]:
    """Return the files of scenarios in a folder, by name; none where there is no such folder."""
    return sorted(folder.glob(f"*{SCENARIO_SUFFIX}"))


def run_scenario(scenario: Scenario, arrays: RoundArrays, scorer: Scorer | None = None) -> WhatIfResult:
    """Return what a scenario gives for a round; a UsageError where it names what the round does not have."""
    return what_if(arrays, scenario.change, scorer)


def check_scenario_folder(folder: Path) -> None:
    """Check that there are no official data in a folder or in one above it; a UsageError names what marks them."""
    resolved = folder.resolve()
    for above in (resolved, *resolved.parents):
        if above in (PROJECT_ROOT / "parameters", PROJECT_ROOT / "outputs"):
            raise UsageError(f"scenarios are not written into {above}, where official data are kept")
        for name in _OFFICIAL_FILES:
            if (above / name).exists():
                raise UsageError(f"scenarios are not written into {above}, which holds {name}")


EDITION_RULE = "edition"
TOGETHER = "together"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RuleSetComparison(Result):
    """What differs: ``table`` has a row per applicant, ``alone`` a row per rule with what it does alone.

    Columns of ``table``: size_type, points, level, certified; the same with _if under the second; moved; through: the
    rules each of which alone gives the second level (" + " between them), "together" where only several at once do,
    empty where the level stays. An applicant that one side cannot judge has no points and the level 0 there.
    """

    table: pd.DataFrame
    alone: pd.DataFrame
    kind: str = "compare"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: points under the first rules and under the second."""
        if "points" in self.table:
            return Moves(before="points", after="points_if")
        return Moves(before="level", after=str(self.table.columns[2]))


@check_arguments
def compare(
    arrays: RoundArrays,
    change: Change | Mapping[str, Change],
    edition: RoundArrays | None = None,
    scorer: Scorer | None = None,
) -> RuleSetComparison:
    """Compare the official rules with a change of them, and perhaps another edition (`under_edition`).

    Several changes by name are set beside each other: ``table`` then has size_type, the official level and a column
    with the level under each, ``alone`` a row per change.

    >>> import smartcert
    >>> comparison = compare(smartcert.arrays(smartcert.open_round("example")), smartcert.Change(bounds={3: 69.5}))
    >>> comparison.table.query("through != ''")["through"].to_dict()
    {'dasom': 'bounds', 'haneul': 'bounds'}

    >>> changes = {"65 %": Change(bounds={3: 65.0}), "median": Change(method="median")}
    >>> smartcert.compare(smartcert.arrays(smartcert.open_round("example")), changes).alone["gains"].to_dict()
    {'65 %': 2, 'median': 0}

    Raises:
        UsageError: a change cannot be applied or is named as a column, or several together with another edition.
    """
    shared = choose_scorer(arrays, scorer)
    if isinstance(change, Mapping):
        return _compare_each(arrays, change, edition, shared)
    combined = what_if(edition or arrays, change, None if edition else shared)
    parts = {field.name: getattr(change, field.name) for field in fields(change)}
    steps = {
        name: what_if(arrays, replace(Change(), **{name: value}), shared) for name, value in parts.items() if value
    }
    if edition is not None:
        steps[EDITION_RULE] = what_if(edition, Change())
    table = _comparison_table(what_if(arrays, Change(), shared), combined, steps)
    alone = describe_columns(_table_by_rule(table, steps), "alternatives")
    return RuleSetComparison(table=describe_columns(table, "compare"), alone=alone)


def _compare_each(
    arrays: RoundArrays, changes: Mapping[str, Change], edition: RoundArrays | None, scorer: Scorer
) -> RuleSetComparison:
    if edition is not None or not changes:
        raise UsageError("several changes by name are compared with the official rules, without another edition")
    official = what_if(arrays, Change(), scorer).table
    for name in changes:
        if name in ("size_type", "level"):
            raise UsageError(f"a change is not named '{name}', as a column of the comparison is")
    steps = {str(name): what_if(arrays, change, scorer) for name, change in changes.items()}
    table = official[["size_type", "level"]].assign(**{name: step.table["level_if"] for name, step in steps.items()})
    limit = scorer.setting.certified_from
    before = official.assign(certified=(official["level"] > 0) & (official["level"] <= limit))
    alone = describe_columns(_table_by_rule(before, steps), "alternatives")
    return RuleSetComparison(table=describe_columns(table, "compare"), alone=alone)


def apply_edition(opened: OpenRound, edition: Edition) -> RoundArrays:
    """Return a round's scored applicants under another edition of indicators.

    Values and marks are matched by the id of the indicator. What the round does not have counts as absent, as the other
    edition declares; whoever it then refuses is in ``left_out`` with the stage scoring.

    Raises:
        UsageError: the edition shares no indicator with the round's own.
    """
    own = {indicator.id for indicator in opened.rules.edition.indicators()}
    if not own & {indicator.id for indicator in edition.indicators()}:
        raise UsageError(f"edition '{edition.id}' has no indicator in common with '{opened.rules.edition.id}'")
    rules = replace(opened.rules, edition=edition)
    scorable = []
    left_out = [(each.id, each.stage.value) for each in opened.verdicts if each.scorecard is None]
    for candidate in collect_candidates(opened, rules):
        if check_scorable(candidate, rules):
            left_out.append((candidate.application.id, "scoring"))
        else:
            scorable.append(candidate)
    return from_candidates(scorable, opened.round.committee, rules, tuple(sorted(left_out)))


def bunching(rounds: Mapping[str, RoundArrays], width: float = 20.0) -> pd.DataFrame:
    """Return how many totals lie within ``width`` points below and above each bound, by round and size type.

    A total exactly on a bound counts as above, as do those to below ``width`` over it; one exactly ``width`` under it
    counts as below. ``chance`` is the two-sided binomial probability of so uneven a split,
    or more, if both sides were equally likely; a steep slope of totals gives a small one too, so it is a point to look
    at, no proof.

    Raises:
        UsageError: the width is not above 0.
    """
    if not width > 0:
        raise UsageError(f"the width is above 0 points, not {width}")
    rows = []
    for name, arrays in rounds.items():
        scorer = share_scorer(arrays)
        totals = scorer.official.totals[0]
        for level, percent in scorer.setting.bounds.items():
            bound = percent * arrays.out_of / 100
            for number, size in enumerate(arrays.classes):
                distance = totals[arrays.sizes == number] - bound
                below = int(((distance < -1e-9) & (distance >= -width - 1e-9)).sum())
                above = int(((distance >= -1e-9) & (distance < width - 1e-9)).sum())
                rows.append((name, size, level, bound, below, above, split_probability(below, above)))
    columns = pd.Index(["round", "size_type", "level", "bound", "below", "above", "chance"])
    return pd.DataFrame(rows, columns=columns)


def split_probability(below: int, above: int) -> float:
    """Return the two-sided binomial probability of a split at least as uneven, if both sides are equally likely.

    >>> split_probability(0, 4), split_probability(2, 2)
    (0.125, 1.0)
    """
    number = below + above
    tail: int = sum(comb(number, k) for k in range(min(below, above) + 1))
    return min(1.0, float(2 * tail / 2**number))


def _comparison_table(
    official: WhatIfResult, combined: WhatIfResult, steps: Mapping[str, WhatIfResult]
) -> pd.DataFrame:
    first = official.table[["size_type", "points", "level"]]
    second = combined.table[["size_type", "points_if", "level_if"]]
    table = pd.concat([first.drop(columns="size_type"), second.drop(columns="size_type")], axis=1, join="outer")
    table["size_type"] = first["size_type"].combine_first(second["size_type"])
    table[["level", "level_if"]] = table[["level", "level_if"]].fillna(0).astype(int)
    limits = {"certified": official.setting.certified_from, "certified_if": combined.setting.certified_from}
    for name, limit in limits.items():
        level = table[name.replace("certified", "level")]
        table[name] = (level > 0) & (level <= limit)
    table["moved"] = table["points_if"] - table["points"]
    levels = {name: step.table["level_if"].reindex(table.index).fillna(0).astype(int) for name, step in steps.items()}
    table["through"] = [_name_cause(table.loc[name], name, levels) for name in table.index]
    columns = ["size_type", "points", "level", "certified", "points_if", "level_if", "certified_if", "moved", "through"]
    return table[columns].rename_axis("applicant")


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
