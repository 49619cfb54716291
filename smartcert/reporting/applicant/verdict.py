"""The verdict in words, what would move it, and what is still open in the documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing, Value
from smartcert.model.evaluation import (
    Bound,
    Evaluation,
    Finding,
    FindingOutcome,
    IndicatorScore,
    LevelResult,
    NextLevel,
    Placing,
    PointsLeft,
    Scorecard,
    SiteLoss,
)
from smartcert.model.firmness import NOT_JUDGED, Firmness
from smartcert.model.indicator import Effect, IndicatorKind, RoundingStep
from smartcert.model.outcome import Awaited, Outcome
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import format_points
from smartcert.reporting.catalogue import FieldValue, Words, format_value
from smartcert.reporting.formats import Amount, indicator_amount, total_amount
from smartcert.reporting.outcome import describe_outcome
from smartcert.reporting.records import Audience, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundRow:
    """One level in the table of bounds; ``bound`` is None for the worst level, which needs no points."""

    level: int
    bound: Bound | None
    here: bool
    certified: bool
    simulated: str = ""


def list_statements(record: Record, words: Words) -> tuple[str, ...]:
    """Return the texts that the verdict of a page must show: what counts, what was computed and simulated."""
    evaluation, outcome = record.evaluation, record.outcome
    lead = " ".join(describe_verdict(evaluation, outcome, words))
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None:
        return (lead,)
    return (
        lead,
        describe_outcome(outcome, words),
        words("unit.level", level=result.level),
        words("unit.points_of", points=total_amount(card, card.points), out_of=card.out_of),
        format_total_share(card, result),
        *describe_firmness(record, words)[:1],
    )


def format_total_share(card: Scorecard, result: LevelResult) -> str:
    """Return the share of all points that were won, which never looks as if it were on a bound that it is beside."""
    return figures.format_share(card.points / card.out_of, [bound.points / card.out_of for bound in result.bounds])


def describe_firmness(record: Record, words: Words) -> list[str]:
    """Return how firm the level is in two texts: the shares of the simulations, and what they assume.

    None where nothing was simulated.
    """
    firmness, result, decided = record.firmness, record.evaluation.level, record.outcome.level
    if firmness is None or result is None:
        return []
    levels = [share.level for share in firmness.levels if share.level != NOT_JUDGED]
    sentences = [
        words(
            "verdict.simulated",
            draws=firmness.draws,
            level=result.level,
            share=figures.format_percent(firmness.find_share(result.level)),
            higher=figures.format_percent(firmness.find_share(*(level for level in levels if level < result.level))),
            lower=figures.format_percent(firmness.find_share(*(level for level in levels if level > result.level))),
        )
    ]
    if decided is not None and decided != result.level:
        sentences.append(
            words(
                "verdict.simulated_decided", level=decided, share=figures.format_percent(firmness.find_share(decided))
            )
        )
    if not_judged := firmness.find_share(NOT_JUDGED):
        sentences.append(words("verdict.simulated_not_judged", share=figures.format_percent(not_judged)))
    errors = {"lower": firmness.lower, "upper": firmness.upper}
    if firmness.lower == firmness.upper:
        del errors["lower"]
    assumed = words(
        "verdict.simulated_assumed",
        spread=figures.format_percent(firmness.spread),
        **{name: figures.format_percent(size) for name, size in errors.items()},
    )
    coarse = [words("verdict.simulated_coarse")] if record.audience is Audience.APPLICANT else []
    return [" ".join(sentences), " ".join([assumed, *coarse])]


def describe_verdict(evaluation: Evaluation, outcome: Outcome, words: Words) -> tuple[str, ...]:
    """Return what counts, in sentences: decided, or computed and not decided, or why nothing was scored.

    The first says what was computed and that it is not decided, as long as that is so. A level that was computed is
    called computed, wherever it stands.
    """
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None:
        return _describe_unscored(evaluation, outcome, words)
    fields: dict[str, FieldValue] = {
        "applicant": evaluation.applicant.full_name,
        "points": total_amount(card, card.points),
        "computed": result.level,
    }
    if outcome.level is None or outcome.decided is None:
        return (
            words("verdict.undecided", out_of=card.out_of, **fields),
            describe_criteria(card, result, words),
            describe_awaited(outcome, words),
            words("verdict.no_certification"),
        )
    certified = "certified" if outcome.certified else "not_certified"
    decided: dict[str, FieldValue] = {"on": outcome.decided.on, "level": outcome.level}
    if not outcome.decided_otherwise:
        return (
            words("verdict.computed", out_of=card.out_of, **fields),
            words(f"verdict.decided.{certified}", **decided),
        )
    reason = outcome.decided.reason
    return (
        words(f"verdict.decided_otherwise.{certified}", **fields, **decided),
        words("verdict.decision_reason", reason=reason) if reason else words("verdict.decision_without_reason"),
        words("verdict.unchanged"),
    )


def _describe_unscored(evaluation: Evaluation, outcome: Outcome, words: Words) -> tuple[str, ...]:
    decisive, name = list_decisive_findings(evaluation), evaluation.applicant.full_name
    if outcome.open:
        lead = words(f"verdict.on_hold.{evaluation.stage.value}", applicant=name)
        return (lead, describe_due(decisive, words), words("verdict.not_scored_yet"))
    lead = words(f"verdict.refused.{evaluation.stage.value}", applicant=name)
    if len(decisive) == 1 and decisive[0].code == "received_late":
        facts = decisive[0].facts
        lead = words(
            "verdict.refused_late", applicant=name, closes=facts.moments["closes"], minutes=facts.numbers["minutes"]
        )
    return (lead, words("verdict.not_scored"))


def describe_due(findings: Iterable[Finding], words: Words) -> str:
    """Return until when what was asked for is to come, the last of its days, or that no day was set."""
    days = [finding.facts.days["due"] for finding in findings if "due" in finding.facts.days]
    return words("verdict.due", due=max(days)) if days else words("verdict.no_due")


def name_missed(result: LevelResult) -> str:
    """Return what is missed below a level's floors: "floor" (minimum scores), "gate" (prerequisites), or "both"."""
    missed = {floor.prerequisite for floor in result.floors}
    return "both" if len(missed) > 1 else "gate" if True in missed else "floor"


def describe_criteria(card: Scorecard, result: LevelResult, words: Words) -> str:
    """Return whether the points meet the criteria: against the lowest bound that is certified, or under a floor."""
    if result.by_points and result.by_points != result.level:
        return words(
            f"verdict.{name_missed(result)}_{'meets' if result.certified else 'below'}",
            level=result.level,
            by_points=result.by_points,
            domains=[floor.domain.of(words.language) for floor in result.floors],
        )
    if result.placing is not None:
        missed = [gate.name.of(words.language) for gate in result.gates if gate.failed]
        return " ".join(describe_placing(result.placing, words, missed))
    certified = [bound for bound in result.bounds if bound.certified]
    if not certified:
        return words("verdict.no_criteria")
    bound = min(certified, key=lambda bound: bound.points)
    distance = abs(card.points - bound.points)
    fields: dict[str, FieldValue] = {"certified_level": bound.level, "bound": bound.points}
    if result.certified and distance == 0:
        return words("verdict.meets_at_bound", **fields)
    key = "verdict.meets" if result.certified else "verdict.below"
    return words(key, distance=total_amount(card, distance), **fields)


def describe_placing(placing: Placing, words: Words, missed: Sequence[str] = ()) -> list[str]:
    """Return the place in a ranking in sentences: how a tie was broken, what follows from the place, and the amount.

    ``missed`` are the names of what is below its minimum, without which nobody is selected.
    """
    fields: dict[str, FieldValue] = {"place": placing.place, "of": placing.of}
    if placing.shared:
        fields["shared"] = placing.shared
    sentences = [words("verdict.placing.place", **fields)]
    if placing.open:
        sentences.append(words("verdict.placing.open", open=placing.open))
    if placing.ties:
        ties = [
            words("verdict.placing.tie", id=step.id, name=step.name, points=figures.format_number(step.points))
            for step in placing.ties
        ]
        sentences.append(words("verdict.placing.tied", tied=placing.tied, ties=ties))
    elif placing.tied and not placing.lot:
        sentences.append(words("verdict.placing.equal", tied=placing.tied))
    if placing.lot:
        sentences.append(words("verdict.placing.lot", lot=placing.lot[:_LOT_SHOWN]))
    reason: dict[str, FieldValue] = {"missed": list(missed)} if missed else {}
    sentences.append(words(f"verdict.placing.reason.{placing.reason.value}", **reason))
    if placing.reserve is not None:
        sentences.append(words("verdict.placing.reserve", reserve=placing.reserve))
    if placing.asked is not None and placing.left is not None and placing.currency is not None:
        amounts: dict[str, FieldValue] = {"asked": placing.asked, "left": placing.left, "currency": placing.currency}
        if placing.granted is not None:
            amounts["granted"] = placing.granted
        sentences.append(words("verdict.placing.amount", **amounts))
    return sentences


_LOT_SHOWN = 12
"""How many figures of a lot are shown: enough to tell it from any other."""


def describe_awaited(outcome: Outcome, words: Words) -> str:
    """Return what an open outcome waits for, with the counts of the vote where they are shown."""
    assert outcome.awaits is not None  # noqa: S101  # for the type checker: an open outcome awaits something
    fields: dict[str, FieldValue] = {}
    if outcome.awaits is Awaited.CARRIED_VOTE and outcome.vote.present:
        fields = {"yes": outcome.vote.yes, "yes_needed": outcome.vote.yes_needed}
    elif outcome.awaits is Awaited.QUORUM and outcome.vote.present_needed:
        fields = {"present": outcome.vote.present, "present_needed": outcome.vote.present_needed}
    elif outcome.awaits is Awaited.DECISION and outcome.proposed is not None:
        fields = {"on": outcome.proposed.on, "level": outcome.proposed.level}
    return words(f"verdict.awaits.{outcome.awaits.value}", **fields)


def list_decisive_findings(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings that stop the application."""
    return tuple(finding for finding in evaluation.findings if finding.refuses)


def build_bound_rows(result: LevelResult, firmness: Firmness | None = None) -> tuple[BoundRow, ...]:
    """Return a row per level, best first; the worst level, which has no bound, is the last.

    Each has the share of the simulations that end in it, where the level was simulated.
    """
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    bounds = {bound.level: bound for bound in result.bounds}
    return tuple(
        BoundRow(
            level=level,
            bound=bounds.get(level),
            here=level == result.level,
            certified=level in bounds and bounds[level].certified,
            simulated=figures.format_percent(firmness.find_share(level)) if firmness else "",
        )
        for level in (*bounds, worst)
    )


def describe_distances(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return up to two sentences: how far the points are above the computed level's bound, and below the next one's.

    A level that a floor or a gate limits has its own bound, not that of its points; the worst has none.
    """
    if result.placing is not None:
        return []
    bounds = {bound.level: bound.points for bound in result.bounds}
    own = bounds.get(result.level)
    following = max((level for level in bounds if level < result.level), default=None)
    sentences = []
    if own is not None:
        distance = total_amount(card, card.points - own)
        sentences.append(
            words("verdict.above_own", bound=own, distance=distance)
            if distance.value
            else words("verdict.at_own", bound=own)
        )
    if following is not None and bounds[following] > card.points:
        distance = total_amount(card, bounds[following] - card.points)
        sentences.append(words("verdict.below_next", bound=bounds[following], distance=distance))
    return sentences


def describe_indicator_margin(evaluation: Evaluation, words: Words) -> list[str]:
    """Return the fewest indicators that would move the level up, with an example, and the fewest to move it down.

    Those are counted as if they could lose all points, which not all can: fewer never suffice.
    """
    if evaluation.level is not None and evaluation.level.placing is not None:
        return []
    gap, margin = evaluation.next_level, evaluation.margin
    sentences = []
    if gap is not None and gap.smallest_set:
        sentences.append(_describe_set("verdict.firm_up", gap.smallest_set, words))
    if margin is None:
        sentences.append(words("verdict.firm_worst"))
    elif margin.fewest:
        sentences.append(words("verdict.firm_down", count=len(margin.fewest)))
    return sentences


def _describe_set(key: str, indicator_set: tuple[PointsLeft, ...], words: Words) -> str:
    """Return a sentence about a set of indicators, the first few of which are named."""
    names = [words.show(left.name, "text") for left in indicator_set]
    more = ["…"] if len(names) > _MOST_NAMED else []
    return words(key, count=len(names), indicators=[*names[:_MOST_NAMED], *more])


def describe_rounding(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return the sum before the total was rounded and whether rounding decided the level; empty if it did nothing."""
    ordered = card.rounding_at(RoundingStep.TOTAL)
    if ordered is None or card.exact == card.points:
        return []
    sentences = [
        words(
            "verdict.before_rounding",
            exact=figures.amount_before_rounding(card.exact, card.points, ordered.digits),
            digits=ordered.digits,
            mode=f"mode.{ordered.mode.value}",
            points=total_amount(card, card.points),
        )
    ]
    before = _level_at(card.exact, result)
    if result.placing is None and before != _level_at(card.points, result):
        sentences.append(words("verdict.rounding_decided", level=before))
    return sentences


def _level_at(points: Fraction, result: LevelResult) -> int:
    reached = [bound.level for bound in result.bounds if points >= bound.points]
    return min(reached, default=max([bound.level for bound in result.bounds], default=0) + 1)


GAIN_GROUPS = ("document", "figure", "capacity")
"""What an applicant can improve: a missing or weak document, a measured figure, a capacity that is judged by marks."""
_MOST_LISTED = 6
"""How many indicators of a group are listed: what a page holds, not a rule."""
_MOST_NAMED = 3
"""How many indicators of a set are named as an example."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GainRow:
    """One indicator with points left, and its value or mark now."""

    id: str
    name: str
    now: str
    possible: str
    left: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GainGroup:
    """One group: how many indicators and points it has in all, and the rows of those with most points left."""

    name: str
    count: int
    points: Amount
    rows: tuple[GainRow, ...]


def group_gains(card: Scorecard, words: Words) -> list[GainGroup]:
    """Return the groups that have points left; rows are sorted by points left, ties in the order of the edition.

    A prerequisite has none: it is met or not.
    """
    left = {score.id: score.left for score in card.indicators() if score.effect is not Effect.PREREQUISITE}
    with_points_left = (score for score in card.indicators() if left.get(score.id))
    scores = sorted(with_points_left, key=lambda score: left[score.id], reverse=True)
    groups = []
    for name in GAIN_GROUPS:
        members = [score for score in scores if classify_gain(score) == name]
        if members:
            points = indicator_amount(card, sum((left[score.id] for score in members), Fraction(0)))
            rows = tuple(
                GainRow(
                    id=figures.sanitise_text(score.indicator.id),
                    name=words.show(score.indicator.name, "text"),
                    now=describe_current(score, words),
                    possible=figures.format_number(score.out_of),
                    left=format_points(left[score.id], card),
                )
                for score in members[:_MOST_LISTED]
            )
            groups.append(GainGroup(name=name, count=len(members), points=points, rows=rows))
    return groups


def list_out_of_reach(card: Scorecard, words: Words) -> list[str]:
    """Return the indicators of which no value can earn all points that are available, each with the most it can.

    So it is with a share of a rank among few: the first of seven is not among the first tenth.
    """
    return [
        words(
            "next.attainable_item",
            name=score.indicator.name,
            most=indicator_amount(card, score.attainable),
            out_of=score.out_of,
        )
        for score in card.indicators()
        if score.attainable is not None and score.attainable < score.out_of
    ]


def classify_gain(score: IndicatorScore) -> str:
    """Return the group of `GAIN_GROUPS` that an indicator belongs to.

    It is "capacity" if it is judged by marks, "document" if a figure lacks a value, verification or evidence. A figure
    that was not inspected on site does not lack verification; one that the inspection did not confirm does.
    """
    if score.indicator.kind is IndicatorKind.QUALITATIVE:
        return "capacity"
    return "document" if _evidence_weakness(score) else "figure"


def _evidence_weakness(score: IndicatorScore) -> str:
    """Return the key of what the documents of a figure, or of any figure of a formula, lack, or an empty text."""
    corrected = any(figure.verified is False for figure in score.reported)
    if isinstance(score.confirmed.value, Missing):
        return "unverified" if corrected else "absent"
    if corrected:
        return "corrected"
    return "" if all(figure.evidence_document for figure in score.reported) else "no_evidence"


def describe_value(score: IndicatorScore, value: Value, words: Words) -> str:
    """Return a value of an indicator with its unit; a combined mark as a mark."""
    if score.indicator.kind is IndicatorKind.QUALITATIVE and not isinstance(value, Missing):
        return words("next.now_mark", mark=figures.format_number(value))
    return format_value(value, score.indicator, words)


def describe_current(score: IndicatorScore, words: Words) -> str:
    """Return the value or mark that counts now, and what its documents lack."""
    value = describe_value(score, score.confirmed.value, words)
    if score.indicator.kind is IndicatorKind.QUALITATIVE:
        return value
    weakness = _evidence_weakness(score)
    return words(f"next.now_{weakness}", value=value) if weakness else value


@dataclass(frozen=True, kw_only=True, slots=True)
class LossRow:
    """One indicator with points lost by the inspection: points possible, points lost, and the cause in words."""

    id: str
    name: str
    possible: str
    points: str
    cause: str


def build_loss_rows(losses: Iterable[SiteLoss], card: Scorecard, words: Words) -> list[LossRow]:
    """Return a row per loss, in the order of the evaluation."""
    return [
        LossRow(
            id=figures.sanitise_text(loss.indicator),
            name=words.show(loss.name, "text"),
            possible=figures.format_number(loss.out_of),
            points=format_points(loss.points, card),
            cause=words(f"next.cause.{loss.cause.value}"),
        )
        for loss in losses
    ]


def describe_site_loss(gap: NextLevel, card: Scorecard, words: Words, missed: str = "floor") -> str:
    """Return what the total and the level would be without the corrections of the applicant's own figures.

    ``missed`` is what is missed below the level's floors, as `name_missed` returns it.
    """
    if not any(loss.own for loss in gap.lost_on_site):
        sentence = words("next.nothing_corrected")
    elif gap.regained > 0:
        points = total_amount(card, gap.regained)
        sentence = words("next.carried" if gap.carried else "next.not_carried", points=points)
    else:
        sentence = words(f"next.carried_by_{missed}" if gap.carried else "next.not_lower")
    rest = any(not loss.own for loss in gap.lost_on_site)
    return f"{sentence} {words('next.lost_rest')}" if rest else sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRow:
    """One open requirement: its findings, and the days on which it was requested and is due; empty if not requested."""

    found: tuple[str, ...]
    asked: str
    due: str


def build_open_rows(findings: Iterable[Finding], words: Words) -> list[OpenRow]:
    """Return what is open in the documents, sorted by the day it is due; what has not been requested comes last.

    A request stands for all open findings on the same document.
    """
    open_findings = [finding for finding in findings if finding.outcome is FindingOutcome.OPEN]
    requests = [finding for finding in open_findings if "due" in finding.facts.days]
    rows = []
    for request in sorted(requests, key=lambda request: request.facts.days["due"]):
        days, document = request.facts.days, _find_document(request)
        missing = [
            finding for finding in open_findings if finding is not request and _find_document(finding) == document
        ]
        rows.append(
            OpenRow(
                found=tuple(words.finding(finding) for finding in missing or [request]),
                asked=figures.format_day(days["asked"], words.language) if "asked" in days else "",
                due=figures.format_day(days["due"], words.language),
            )
        )
    requested = {_find_document(request) for request in requests}
    others = [
        finding for finding in open_findings if finding not in requests and _find_document(finding) not in requested
    ]
    return [*rows, *(OpenRow(found=(words.finding(finding),), asked="", due="") for finding in others)]


def _find_document(finding: Finding) -> str:
    return finding.facts.terms.get("document", "")
