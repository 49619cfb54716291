"""A round as it was called: its day, window, edition, registry and rules, before anything arrived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smartcert.home import beside_round, round_folder
from smartcert.intake.round import read_round
from smartcert.intake.rulebook import read_rulebook
from smartcert.model.application import Round
from smartcert.rules.rulebook import Rulebook, Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """The call of a round and what holds for it; ``round`` has no applications."""

    folder: Path
    round: Round
    rulebook: Rulebook
    rules: Rules


def read_called(name: str) -> Called:
    """Return the call of a round by its name or the path of its folder, whatever its tables are like.

    Raises:
        UsageError: there is no such round, or its day has no rules.
        InputError: its ``round.yaml``, its registry or the rules have problems.
    """
    folder = round_folder(name)
    rulebook = read_rulebook(beside_round(folder, "rules"))
    called = read_round(folder, rulebook, beside_round(folder, "registry"), tables=False)
    return Called(
        folder=folder, round=called, rulebook=rulebook, rules=rulebook.on(called.governing_day, called.edition)
    )
