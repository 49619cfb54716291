"""How is an outcome said in one line? The same on every page, in every table and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from smartcert.model.applicant import ApplicantChange, ApplicantChangeKind
from smartcert.model.outcome import Awaited, Outcome, Result
from smartcert.reporting.catalogue import FieldValue, Words


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


def describe_changes(changes: Iterable[ApplicantChange], decided_on: date | None, words: Words) -> list[str]:
    """Return a sentence on each change of an applicant since the governing day.

    Where one ended and was not decided on before that, it is said that no rule is known for what follows.
    """
    return [_describe_change(change, decided_on, words) for change in changes]


def _describe_change(change: ApplicantChange, decided_on: date | None, words: Words) -> str:
    ended = change.kind is ApplicantChangeKind.ENDED
    day: dict[str, FieldValue] = {"last": change.since - timedelta(days=1)} if ended else {"since": change.since}
    names = [entry.full_name.of(words.language) for entry in change.after] or [words("change.unknown")]
    sentence = words(f"change.{change.kind.value}", was=change.name, now=names, **day)
    open_ = ended and (decided_on is None or decided_on >= change.since)
    return f"{sentence} {words('change.no_rule')}" if open_ else sentence


def describe_computed(outcome: Outcome, words: Words) -> str:
    """Return the computed level, called computed; a dash where nothing was scored."""
    return words("result.computed", level=outcome.computed) if outcome.computed is not None else words("symbol.none")
