"""How did a level become the one that counts? Computed, voted, proposed and decided, each with who, when and why."""

from __future__ import annotations

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation
from smartcert.model.outcome import LevelStep, Outcome, Result, VoteResult
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import total_amount
from smartcert.reporting.outcome import describe_outcome
from smartcert.reporting.records import Audience, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRow:
    """One step to a decision. A cell that is not known, or not for the reader of the page, has a dash."""

    name: str
    result: str
    by: str
    on: str
    reason: str


def shows_decision(record: Record) -> bool:
    """Return whether a report has steps to show: nobody but a reviewer is shown votes about what was not scored."""
    outcome = record.outcome
    on_record = outcome.vote.result is not VoteResult.NOT_HELD or outcome.proposed or outcome.decided
    return outcome.evaluated or (record.audience is Audience.REVIEWER and bool(on_record))


def build_step_rows(evaluation: Evaluation, outcome: Outcome, words: Words) -> tuple[StepRow, ...]:
    """Return the steps in the order of the procedure: computed, voted, proposed, decided."""
    none, card = words("symbol.none"), evaluation.scorecard
    computed = StepRow(
        name=words("decision.computed"),
        result=none if outcome.computed is None else words("unit.level", level=outcome.computed),
        by=words("decision.computed_by") if card else none,
        on=none,
        reason=words("unit.points_of", points=total_amount(card, card.points), out_of=card.out_of) if card else none,
    )
    voted = StepRow(
        name=words("decision.voted"),
        result=words(f"vote_result.{outcome.vote.result.value}"),
        by=none if outcome.vote.result is VoteResult.NOT_HELD else words("decision.voted_by"),
        on=none,
        reason=_describe_counts(outcome, words),
    )
    proposed = _build_level_row("proposed", outcome.proposed, words)
    decided = _build_level_row("decided", outcome.decided, words)
    if outcome.result is Result.EXCLUDED and outcome.decided is None:
        decided = StepRow(name=decided.name, result=none, by=none, on=none, reason=none)
    elif outcome.decided is None or outcome.level is not None:
        decided = StepRow(
            name=decided.name,
            result=describe_outcome(outcome, words),
            by=decided.by,
            on=decided.on,
            reason=decided.reason,
        )
    return (computed, voted, proposed, decided)


def _build_level_row(step: str, taken: LevelStep | None, words: Words) -> StepRow:
    """Return the row of a proposal, or of a decision on record that has no effect."""
    none = words("symbol.none")
    if taken is None:
        return StepRow(name=words(f"decision.{step}"), result=words("decision.not_yet"), by=none, on=none, reason=none)
    return StepRow(
        name=words(f"decision.{step}"),
        result=words(f"decision.{step}_level", level=taken.level),
        by=figures.sanitise_text(taken.by) or none,
        on=figures.format_day(taken.on, words.language),
        reason=figures.sanitise_text(taken.reason) or none,
    )


def _describe_counts(outcome: Outcome, words: Words) -> str:
    """Return how many voted how; a dash where no vote was held or its counts are not shown."""
    vote = outcome.vote
    if not vote.members:
        return words("symbol.none")
    present = words("decision.present", members=vote.members, present=vote.present, present_needed=vote.present_needed)
    if vote.result is VoteResult.NO_QUORUM:
        return present
    counts = words("decision.counts", yes=vote.yes, no=vote.no, abstained=vote.abstained, yes_needed=vote.yes_needed)
    return f"{present} {counts}"
