"""How is an outcome said in one line? The same on every page, in every table and in the terminal."""

from __future__ import annotations

from smartcert.model.outcome import Awaited, Outcome, Result
from smartcert.reporting.catalogue import Words


def describe_outcome(outcome: Outcome, words: Words) -> str:
    """Return the outcome for a cell: ``certified, Level 3``; ``decision pending (no vote)``; ``excluded (receipt)``."""
    if outcome.awaits is Awaited.SUPPLEMENT:
        return words("result.on_hold")
    if outcome.awaits is not None:
        return words("result.open", awaits=f"awaits.{outcome.awaits.value}")
    if outcome.result is Result.EXCLUDED:
        return words("result.excluded", stage=f"stage.{outcome.stage.value}")
    assert outcome.level is not None  # noqa: S101  # for the type checker: what is decided has a level
    return words(f"result.{outcome.result.value}", level=outcome.level)


def describe_computed(outcome: Outcome, words: Words) -> str:
    """Return the computed level, called computed; a dash where nothing was scored."""
    return words("result.computed", level=outcome.computed) if outcome.computed is not None else words("symbol.none")
