"""A scenario: what is set otherwise, kept in a small file of its own, reopened and compared.

A scenario file holds a name, the round and its edition, and a `Change`; no result and nothing official. It is written
only where no rules, rounds, registers or reports are kept, and never over another file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.settings import AbsentPolicy, Aggregation
from smartcert.analysis.vector import Scorer
from smartcert.analysis.what_if import Change, Result, what_if
from smartcert.errors import InputError, Place, Problem, UsageError
from smartcert.home import HOME
from smartcert.rules.scoring import Method

SUFFIX = ".scenario.json"
FORMAT = "smartcert-scenario/1"
_OFFICIAL = ("round.yaml", "evaluation.json", "round.json", "index.html", "register.sqlite")
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
    method: Method | None = None
    aggregation: Aggregation | None = None
    absent: AbsentPolicy | None = None
    format: str = FORMAT

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


_SCENARIO = TypeAdapter(Scenario)


def scenario(name: str, round_id: str, edition: str, change: Change) -> Scenario:
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


def save(one: Scenario, folder: Path) -> Path:
    """Write a scenario into a folder, which is made if need be, and return its file.

    Raises:
        UsageError: something official is kept in or above the folder, a file of that name is there, or it cannot be
            written.
    """
    hold_apart(folder)
    path = folder / (re.sub(r"[^\w-]+", "-", one.name).strip("-")[:80] + SUFFIX)
    text = json.dumps(_SCENARIO.dump_python(one, mode="json"), ensure_ascii=False, indent=1) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"there is already a scenario {path.name}; give another name") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return path


def read(path: Path) -> Scenario:
    """Return the scenario of a file.

    Raises:
        UsageError: there is no such file.
        InputError: it is no scenario; every problem at once.
    """
    if not path.is_file():
        raise UsageError(f"no scenario '{path}': there is no such file")
    try:
        made = _SCENARIO.validate_json(path.read_bytes(), strict=False)
    except ValidationError as error:
        raise InputError(
            Problem(
                place=Place(file=path.name, field=".".join(str(part) for part in one["loc"]) or None),
                found=repr(one["input"])[:80],
                wanted=one["msg"],
            )
            for one in error.errors()
        ) from None
    if made.format != FORMAT:
        wanted = f"'{FORMAT}'"
        raise InputError([Problem(place=Place(file=path.name, field="format"), found=repr(made.format), wanted=wanted)])
    return made


def saved(folder: Path) -> list[Path]:
    """Return the files of scenarios in a folder, by name; none where there is no such folder."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def result_of(one: Scenario, arrays: RoundArrays, scorer: Scorer | None = None) -> Result:
    """Return what a scenario gives for a round.

    Raises:
        UsageError: it names indicators or levels that the round does not have.
    """
    return what_if(arrays, one.change, scorer)


def hold_apart(folder: Path) -> None:
    """Refuse a folder in which, or in a folder above which, something official is kept.

    Raises:
        UsageError: says what is kept there.
    """
    whole = folder.resolve()
    for above in (whole, *whole.parents):
        if above in (HOME / "parameters", HOME / "outputs"):
            raise UsageError(f"scenarios are not written into {above}, where official data are kept")
        for name in _OFFICIAL:
            if (above / name).exists():
                raise UsageError(f"scenarios are not written into {above}, which holds {name}")
