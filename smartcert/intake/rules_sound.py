"""Whether the values of a rule file fit each other: bounds that fall, scales that have room, shares below one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from smartcert.intake.typed import Decoder
from smartcert.intake.yaml_text import Path
from smartcert.model.citation import Cited
from smartcert.rules.levels import Floor
from smartcert.rules.rulebook import LEVEL_BOUND, Dated
from smartcert.rules.scoring import CombinationRule, MarkScale, Method

_PERCENT = 100


def hold_sound(decoder: Decoder, file: str, dated: Dated) -> None:
    """Tell the decoder what does not fit together in a file whose values could all be read."""
    for name, entries in dated.items():
        for entry in entries:
            wanted = _wanted(file, name, entry.value)
            if wanted:
                decoder.refuse((name, *_position(decoder, name, entry), "value"), "a value that cannot be", wanted)
    if file == "levels" and not decoder.problems:
        _hold_levels(decoder, dated)


def _position(decoder: Decoder, name: str, entry: Cited[Any]) -> tuple[int, ...]:
    since = [node["since"] for node in decoder.tree.at((name,))]
    return (since.index(entry.since.isoformat()),)


def _wanted(file: str, name: str, value: Any) -> str:
    """Return what the value should have been, or nothing where it can be."""
    for kind, check in _CHECKS:
        if isinstance(value, kind) and not isinstance(value, bool):
            return check(file, name, value)
    return ""


def _whole(_file: str, _name: str, value: int) -> str:
    return "" if value >= 1 else "a whole number from 1 on"


def _fraction(file: str, _name: str, value: Fraction) -> str:
    if file == "levels":
        return "" if 0 <= value <= _PERCENT else "a percentage from 0 to 100"
    return "" if 0 < value <= 1 else "a share above 0 and up to 1, such as 2/3"


def _mark_scale(_file: str, _name: str, value: MarkScale) -> str:
    fits = value.step > 0 and value.lowest < value.highest and (value.highest - value.lowest) % value.step == 0
    return "" if fits else "lowest below highest, and whole steps between them"


def _combination(_file: str, _name: str, value: CombinationRule) -> str:
    if value.fewest < 1 or value.at_least < 1 or value.drop < 0:
        return "fewest and at_least from 1 on, drop from 0 on"
    if value.method is not Method.TRIMMED_MEAN:
        return ""
    if value.otherwise is Method.TRIMMED_MEAN or value.drop < 1:
        return "a trimmed mean that drops at least 1 at each end, and another method otherwise"
    return "" if value.at_least > 2 * value.drop else "at_least above twice the marks dropped at each end"


def _several(file: str, name: str, value: tuple[Any, ...]) -> str:
    if len(set(value)) < len(value):
        return "each only once"
    floors = [one for one in value if isinstance(one, Floor)]
    if any(not 0 <= floor.at_least <= _PERCENT for floor in floors):
        return "a percentage from 0 to 100 for each floor"
    return next((wanted for one in value if isinstance(one, int) for wanted in [_whole(file, name, one)] if wanted), "")


def _weights(_file: str, _name: str, value: Mapping[Any, Any]) -> str:
    below = any(isinstance(one, int) and one < 0 for one in value.values())
    return "whole numbers from 0 on" if below else ""


_CHECKS: tuple[tuple[type, Callable[[str, str, Any], str]], ...] = (
    (int, _whole),
    (Fraction, _fraction),
    (MarkScale, _mark_scale),
    (CombinationRule, _combination),
    (tuple, _several),
    (Mapping, _weights),
)


def _hold_levels(decoder: Decoder, dated: Dated) -> None:
    """On every day on which something changes: as many bounds as levels but the worst, falling from level 1."""
    days = sorted({entry.since for entries in dated.values() for entry in entries})
    for day in days:
        held = {name: entry for name, entries in dated.items() for entry in [_held(entries, day)] if entry}
        if "worst" in held:
            _hold_day(decoder, held, complete=len(held) == len(dated))
            if decoder.problems:
                return


def _held(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any] | None:
    past = [entry for entry in entries if entry.since <= day]
    return past[-1] if past else None


def _hold_day(decoder: Decoder, held: Mapping[str, Cited[Any]], *, complete: bool) -> None:
    worst: int = held["worst"].value
    bounds = {int(name.removeprefix(LEVEL_BOUND)): held[name] for name in held if name.startswith(LEVEL_BOUND)}
    for level in sorted(bounds):
        if level >= worst:
            decoder.refuse((f"{LEVEL_BOUND}{level}",), f"a bound of level {level}", f"none: the worst is {worst}")
        above = bounds.get(level - 1)
        if above and bounds[level].value >= above.value:
            path: Path = (f"{LEVEL_BOUND}{level}", *_position(decoder, f"{LEVEL_BOUND}{level}", bounds[level]), "value")
            decoder.refuse(path, f"a bound not below that of level {level - 1}", "bounds that fall level by level")
    missing = [level for level in range(1, worst) if level not in bounds]
    if missing and complete:
        names = ", ".join(f"{LEVEL_BOUND}{level}" for level in missing)
        decoder.refuse(("worst",), f"no bound for {names}", f"a bound for each level from 1 to {worst - 1}")
    if "certified_from" in held and not 1 <= held["certified_from"].value < worst:
        path = ("certified_from", *_position(decoder, "certified_from", held["certified_from"]), "value")
        decoder.refuse(path, f"level {held['certified_from'].value}", f"a level from 1 to {worst - 1}")
    for floor in held["floors"].value if "floors" in held else ():
        if not 1 <= floor.best_level <= worst:
            decoder.refuse(("floors",), f"best_level {floor.best_level}", f"a level from 1 to {worst}")
