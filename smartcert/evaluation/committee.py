"""Do members, conflicts, votes and decisions of the committee (인증평가위원회) follow its rules?

Notice 2021-223 Art. 4, 5 and 15. `check_proceedings` returns everything at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from smartcert.characters import normalise_person
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Evaluator, ExclusionKind, Measurement, Round
from smartcert.model.citation import Cited, Text
from smartcert.model.committee import (
    WORK_INTERESTS,
    ConflictAnswer,
    ConflictDecision,
    ConflictTie,
    Contractor,
    DiscussedMark,
    Interest,
    InterestKind,
    LevelDecision,
    Sitting,
    Vote,
    VoteMatter,
    VoteValue,
)
from smartcert.model.evaluation import Evaluation, Facts, Finding, FindingOutcome, Stage
from smartcert.model.outcome import VoteResult
from smartcert.rules.parameters import CommitteeRules

_IGNORED_IN_NAMES = re.compile(r"주식회사|\((?:주|재|사|유)\)|㈜|재단법인|사단법인|[\s\-'’.,·()]+")
_CITY_HALL_SUFFIX = re.compile(r"(?<=[시도군구])청$")
_DIRECT_TIES = {
    InterestKind.PARTY: ConflictTie.PARTY,
    InterestKind.KINSHIP: ConflictTie.KINSHIP,
    InterestKind.AGENCY: ConflictTie.OWN_AGENCY,
    InterestKind.EMPLOYER: ConflictTie.EMPLOYED_BY_APPLICANT,
} | dict.fromkeys(WORK_INTERESTS, ConflictTie.OWN_WORK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """One tie between an evaluator and an applicant.

    A declared one counts at once. One that the program matched is a question to the operating body; ``answer`` is what
    it said. ``counts`` is whether the evaluator is excluded from the case, for whatever reason.
    """

    evaluator: str
    applicant: str
    tie: ConflictTie
    ground: int | None
    declared: bool
    interest: Interest
    counts: bool
    contractor: Contractor | None = None
    looked_back_to: date | None = None
    answer: ConflictDecision | None = None


def look_back_start(day: date, years: int) -> date:
    """Return the first day of the look-back: the same day ``years`` before; 28 February where there is no 29th.

    >>> look_back_start(date(2023, 11, 6), 3), look_back_start(date(2024, 2, 29), 3)
    (datetime.date(2020, 11, 6), datetime.date(2021, 2, 28))
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def judging_day(round_: Round) -> date:
    """Return the day from which the look-back counts: that of the round, else the day after the window closed."""
    return round_.proceedings.judged_on or round_.window.closes_at.date() + timedelta(days=1)


def find_conflicts(round_: Round, rules: CommitteeRules) -> tuple[Conflict, ...]:
    """Return every conflict that was declared or that matches, by applicant, evaluator and row (Art. 5(1)).

    An employment counts under ground 5 if its last day is not before `look_back_start`: the day itself counts, the day
    before does not. The order of rows does not matter.
    """
    day = judging_day(round_)
    back = look_back_start(day, rules.look_back_years.value)
    answers = {(answer.evaluator, answer.applicant): answer for answer in round_.proceedings.conflict_decisions}
    conflicts = []
    for application in round_.applications:
        contractors = tuple(
            contractor for contractor in round_.proceedings.contractors if contractor.applicant == application.id
        )
        excluded = {exclusion.evaluator for exclusion in application.exclusions}
        for interest in round_.proceedings.interests:
            for tie, contractor in _find_ties(interest, application, contractors, day, back):
                conflicts.append(
                    Conflict(
                        evaluator=interest.evaluator,
                        applicant=application.id,
                        tie=tie,
                        ground=rules.ground_of.value.get(tie),
                        declared=interest.applicant == application.id,
                        interest=interest,
                        contractor=contractor,
                        counts=interest.evaluator in excluded,
                        looked_back_to=back if tie is ConflictTie.EMPLOYERS_WORK else None,
                        answer=answers.get((interest.evaluator, application.id)),
                    )
                )
    return tuple(
        sorted(
            conflicts,
            key=lambda conflict: (conflict.applicant, conflict.evaluator, conflict.interest.line, conflict.tie),
        )
    )


def _find_ties(
    interest: Interest, application: Application, contractors: tuple[Contractor, ...], day: date, back: date
) -> list[tuple[ConflictTie, Contractor | None]]:
    employment = interest.kind is InterestKind.EMPLOYER
    partners = [contractor for contractor in contractors if is_same_body(contractor.body, interest.body)]
    if interest.applicant == application.id:
        tie = ConflictTie.EMPLOYERS_WORK if employment else _DIRECT_TIES[interest.kind]
        return [(tie, partners[0] if partners else None)]
    ties: list[tuple[ConflictTie, Contractor | None]] = []
    current = not employment or _employment_overlaps(interest, back, day)
    if current and _is_applicant(interest, application.applicant):
        ties.append((_DIRECT_TIES[interest.kind], None))
    ties += [
        (tie, contractor) for contractor in partners for tie in _find_indirect_ties(interest, contractor, day, back)
    ]
    return ties


def _find_indirect_ties(interest: Interest, contractor: Contractor, day: date, back: date) -> Iterator[ConflictTie]:
    """Yield the ties through a body that works, or is agent, for the applicant."""
    if interest.kind is InterestKind.EMPLOYER:
        if contractor.role is InterestKind.AGENCY and _employment_overlaps(interest, day, day):
            yield ConflictTie.EMPLOYERS_AGENCY
        if contractor.role in WORK_INTERESTS and _employment_overlaps(interest, back, day):
            yield ConflictTie.EMPLOYERS_WORK
    elif interest.kind in WORK_INTERESTS and (interest.subcontract or contractor.subcontract):
        yield ConflictTie.OWN_WORK


def _employment_overlaps(interest: Interest, first: date, last: date) -> bool:
    """Return whether an employment and the days from ``first`` to ``last`` have a day in common."""
    begun = interest.began is None or interest.began <= last
    return begun and (interest.ended is None or interest.ended >= first)


def is_same_body(name: str, other: str) -> bool:
    """Return whether two names of bodies are the same but for spacing, signs and the form of the company.

    >>> is_same_body("(주)가온 정보", "가온정보 주식회사"), is_same_body("가온정보", "가온정보통신")
    (True, False)
    """
    return normalise_body_name(name) == normalise_body_name(other) != ""


def normalise_body_name(name: str) -> str:
    """Return a body's name as it is compared: without spacing, signs and the form of the company."""
    return _IGNORED_IN_NAMES.sub("", unicodedata.normalize("NFC", name)).casefold()


def _is_applicant(interest: Interest, applicant: Applicant) -> bool:
    if interest.code:
        return interest.code == applicant.code
    names = {applicant.name.ko, applicant.name.en, f"{applicant.parent_name} {applicant.name.ko}"}
    body = _CITY_HALL_SUFFIX.sub("", normalise_body_name(interest.body))
    return body in {normalise_body_name(name) for name in names}


def check_members(round_: Round, rules: CommitteeRules) -> tuple[Finding, ...]:
    """Return a finding per member on qualification and on term, and those on groups (Art. 4(2), 4(3), 4(5))."""
    day = judging_day(round_)
    findings = []
    for member in round_.committee:
        findings.append(_check_qualification(member, rules))
        if member.term_began is not None:
            end = term_end(member.term_began, rules.term_years.value)
            facts = Facts(words={"evaluator": member.id}, days={"began": member.term_began, "ends": end})
            in_term = member.term_began <= day < end
            code, outcome = ("in", FindingOutcome.MET) if in_term else ("out_of", FindingOutcome.NOT_MET)
            findings.append(_finding(f"member_{code}_term", outcome, facts, rules.term_years))
    return (*findings, *_check_groups(round_, rules))


def _check_qualification(member: Evaluator, rules: CommitteeRules) -> Finding:
    rule = rules.qualification
    words = {"evaluator": member.id}
    if member.category is None:
        return _finding("member_category_unknown", FindingOutcome.OPEN, Facts(words=words), rule)
    needed = rule.value.get(member.category)
    facts = Facts(words=words, terms={"category": f"member_category.{member.category}"})
    if needed is None:
        return _finding("member_not_qualified", FindingOutcome.NOT_MET, facts, rule)
    if needed and member.years is None:
        return _finding("member_years_unknown", FindingOutcome.OPEN, facts, rule)
    years = member.years or 0
    facts = replace(facts, numbers={"years": Fraction(years), "needed": Fraction(needed)})
    if years < needed:
        return _finding("member_not_qualified", FindingOutcome.NOT_MET, facts, rule)
    return _finding("member_qualified", FindingOutcome.MET, facts, rule)


def term_end(began: date, years: int) -> date:
    """Return the first day after a term: the same day ``years`` later; 1 March where there is no 29 February.

    >>> term_end(date(2022, 3, 1), 2), term_end(date(2024, 2, 29), 2)
    (datetime.date(2024, 3, 1), datetime.date(2026, 3, 1))
    """
    try:
        return began.replace(year=began.year + years)
    except ValueError:
        return date(began.year + years, 3, 1)


def _check_groups(round_: Round, rules: CommitteeRules) -> list[Finding]:
    seats = round_.proceedings.groups
    groups = {seat.group: {other.evaluator for other in seats if other.group == seat.group} for seat in seats}
    common = {seat.evaluator for seat in seats if seat.common}
    findings = []
    for group, members in groups.items():
        if len(members) > rules.members_at_most.value:
            numbers = {"members": Fraction(len(members)), "at_most": Fraction(rules.members_at_most.value)}
            facts = Facts(words={"group": group}, numbers=numbers)
            findings.append(_finding("group_too_large", FindingOutcome.NOT_MET, facts, rules.members_at_most))
        for member in sorted(common - members):
            facts = Facts(words={"evaluator": member, "group": group})
            findings.append(_finding("common_member_without_seat", FindingOutcome.NOT_MET, facts, rules.common_members))
    if len(groups) > 1:
        numbers = {"common": Fraction(len(common)), "needed": Fraction(rules.common_members.value)}
        enough = len(common) >= rules.common_members.value
        code, outcome = ("enough", FindingOutcome.MET) if enough else ("few", FindingOutcome.OPEN)
        findings.append(_finding(f"common_members_{code}", outcome, Facts(numbers=numbers), rules.common_members))
    return findings


def get_vote_result(sitting: Sitting | None) -> VoteResult:
    """Return how a vote ended; None is a vote that was not held."""
    if sitting is None:
        return VoteResult.NOT_HELD
    if sitting.carried is None:
        return VoteResult.NO_QUORUM
    return VoteResult.CARRIED if sitting.carried else VoteResult.NOT_CARRIED


def minimum_count(share: Fraction, of: int) -> int:
    """Return the smallest integer that is at least ``share`` of ``of``, exactly: 2/3 of 9 is 6, of 7 is 5.

    >>> [minimum_count(Fraction(2, 3), of) for of in (9, 7, 6, 4)]
    [6, 5, 4, 3]
    """
    return ceil(share * of)


def count_votes(votes: Iterable[Vote], members: int, rules: CommitteeRules) -> Sitting:
    """Return how one vote ended. ``votes`` are those on one matter of one applicant, in any order.

    The sitting opens when exactly the quorum of ``members`` is present, and carries when exactly the share of those
    present says yes. An abstention counts as present and not as yes.
    """
    rows = tuple(votes)
    present = [vote for vote in rows if vote.present]
    counts = {value: sum(vote.vote is value for vote in present) for value in VoteValue}
    present_needed = minimum_count(rules.quorum.value, members)
    yes_needed = max(minimum_count(rules.decision.value, len(present)), 1)
    opened = len(present) >= present_needed
    return Sitting(
        applicant=rows[0].applicant,
        matter=rows[0].matter,
        about=rows[0].about,
        members=members,
        present=len(present),
        present_needed=present_needed,
        yes=counts[VoteValue.YES],
        no=counts[VoteValue.NO],
        abstained=counts[VoteValue.ABSTAIN],
        yes_needed=yes_needed,
        carried=counts[VoteValue.YES] >= yes_needed if opened else None,
    )


def count_all_votes(round_: Round, rules: CommitteeRules) -> tuple[Sitting, ...]:
    """Return how every vote of a round ended, by applicant and matter."""
    applications = {application.id: application for application in round_.applications}
    ballots: dict[tuple[str, str, str], list[Vote]] = {}
    for vote in round_.proceedings.votes:
        ballots.setdefault((vote.applicant, vote.matter.value, vote.about), []).append(vote)
    return tuple(
        count_votes(votes, count_members(applications[applicant], round_, rules), rules)
        for (applicant, _, _), votes in sorted(ballots.items(), key=lambda pair: pair[0])
    )


def list_panel(applicant: str, round_: Round) -> tuple[str, ...]:
    """Return the members whose case an application is: those of its group if it has one, else the entire committee."""
    assignments, seats = round_.proceedings.assignments, round_.proceedings.groups
    group = next((seat.group for seat in assignments if seat.applicant == applicant and seat.group), "")
    in_group = {seat.evaluator for seat in seats if seat.group == group}
    return tuple(member.id for member in round_.committee if not group or member.id in in_group)


def count_members(application: Application, round_: Round, rules: CommitteeRules) -> int:
    """Return of how many members the quorum is taken."""
    if rules.excluded_count_as_members.value:
        return len(list_panel(application.id, round_))
    return len(list_free_members(application, round_))


def list_free_members(application: Application, round_: Round) -> tuple[str, ...]:
    """Return the members of the panel who may judge the application."""
    excluded = {exclusion.evaluator for exclusion in application.exclusions}
    return tuple(member for member in list_panel(application.id, round_) if member not in excluded)


def check_decision(
    decision: LevelDecision,
    computed: int | None,
    name: Text,
    rules: CommitteeRules,
    *,
    vote: VoteResult,
    committee: Iterable[Evaluator],
) -> tuple[Finding, ...]:
    """Return how a proposal and a decision stand beside the computed level (None: there is none); Art. 15.

    Evaluation is not decision: the operating body proposes a level, the Minister decides. A level other than the
    computed one needs a reason where it first appears, and where the decision differs, proposal and decision by two
    different people. A decision needs a carried vote, is made by nobody who evaluated, and not before the proposal (on
    the same day it may be). A finding that ``refuses`` takes the decision its effect. The evaluation never changes.
    """
    levels = {"computed": computed, "proposed": decision.proposed, "decided": decision.decided}
    facts = Facts(
        words={"id": decision.applicant, "proposed_by": decision.proposed_by, "decided_by": decision.decided_by},
        terms={"vote": f"vote_result.{vote.value}"},
        names={"applicant": name},
        numbers={key: Fraction(level) for key, level in levels.items() if level is not None},
    )
    reason, persons = rules.differing_decision_needs_reason, rules.decision_persons
    applied = rules.decision_follows_proposal
    if computed is None:
        code, outcome = "decision_without_level", FindingOutcome.NOT_MET
    elif decision.decided is None:
        code, outcome = "decision_open", FindingOutcome.OPEN
    elif decision.decided == computed:
        code, outcome = "decided_as_computed", FindingOutcome.MET
    else:
        code, outcome, applied = "decided_otherwise", FindingOutcome.NOTED, reason
    findings = [_finding(code, outcome, facts, applied)]
    if decision.proposed != computed and reason.value and not decision.proposal_reason:
        findings.append(_finding("proposal_without_reason", FindingOutcome.NOT_MET, facts, reason))
    if decision.decided is None:
        return tuple(findings)
    refused: list[tuple[str, Cited[Any]]] = []
    if rules.decision_needs_vote.value and vote is not VoteResult.CARRIED:
        refused.append(("decision_without_vote", rules.decision_needs_vote))
    proposed_by, decided_by = (normalise_person(name) for name in (decision.proposed_by, decision.decided_by))
    evaluators = {normalise_person(text) for member in committee for text in (member.id, member.name)}
    if rules.decider_is_no_evaluator.value and decided_by in evaluators:
        refused.append(("decision_by_evaluator", rules.decider_is_no_evaluator))
    follows = rules.decision_follows_proposal
    if follows.value and decision.decided_on is not None and decision.decided_on < decision.proposed_on:
        refused.append(("decision_before_proposal", follows))
    if decision.decided != computed or decision.decided != decision.proposed:
        if reason.value and not decision.reason:
            refused.append(("decision_without_reason", reason))
        if len({proposed_by, decided_by}) < persons.value:
            refused.append(("decision_by_one_person", persons))
    findings += [_finding(code, FindingOutcome.NOT_MET, facts, rule, refuses=True) for code, rule in refused]
    return tuple(findings)


def check_desk_corrections(
    application: Application, computed: int | None, uncorrected: int | None, rules: CommitteeRules
) -> tuple[Finding, ...]:
    """Return what stands against desk corrections that changed the level and that too few people answer for.

    ``computed`` is the level with the corrections, ``uncorrected`` without them (None: none could be computed).
    """
    persons = rules.desk_correction_persons
    missing = [figure.indicator for figure in list_unconfirmed(application, rules)]
    if not missing or computed == uncorrected:
        return ()
    levels = {"computed": computed, "uncorrected": uncorrected}
    facts = Facts(
        words={"id": application.id, "indicators": ", ".join(missing)},
        names={"applicant": application.applicant.full_name},
        numbers={key: Fraction(level) for key, level in levels.items() if level is not None},
    )
    code = "correction_unconfirmed" if len(facts.numbers) == len(levels) else "correction_unconfirmed_no_level"
    return (_finding(code, FindingOutcome.OPEN, facts, persons, refuses=True),)


def list_unconfirmed(application: Application, rules: CommitteeRules) -> list[Measurement]:
    """Return the figures that fewer people corrected and confirmed than `desk_correction_persons`.

    Corrections of older tables, which do not say by whom, are left out.
    """
    unconfirmed = []
    for figure in application.measurements.values():
        correction = figure.correction
        if correction is not None and figure.desk != figure.claimed:
            people = {normalise_person(name) for name in (correction.by, correction.confirmed_by) if name}
            if len(people) < rules.desk_correction_persons.value:
                unconfirmed.append(figure)
    return unconfirmed


def collect_first_marks(discussed: Iterable[DiscussedMark]) -> dict[tuple[str, str, str], Fraction]:
    """Return the independent mark before the earliest change, by applicant, indicator and evaluator."""
    first: dict[tuple[str, str, str], Fraction] = {}
    for change in sorted(discussed, key=lambda change: change.at):
        first.setdefault((change.applicant, change.indicator, change.evaluator), change.before)
    return first


def check_proceedings(round_: Round, evaluations: Iterable[Evaluation], rules: CommitteeRules) -> tuple[Finding, ...]:
    """Return a finding for each rule that members, conflicts, panels, votes, challenges and decisions meet or break.

    Evaluators are named by their ids in the committee's table. Panels and quorums are checked for applications that
    came to scoring: the others are not judged.
    """
    judged = [evaluation for evaluation in evaluations if evaluation.stage in (Stage.SCORING, Stage.EVALUATED)]
    levels = {evaluation.id: evaluation.level.level if evaluation.level else None for evaluation in judged}
    applications = {application.id: application for application in round_.applications}
    findings = [*check_members(round_, rules)]
    findings += [build_conflict_finding(conflict, round_, rules) for conflict in find_conflicts(round_, rules)]
    for evaluation in judged:
        findings += check_panel(applications[evaluation.id], round_, rules)
    sittings = count_all_votes(round_, rules)
    findings += [build_sitting_finding(sitting, applications[sitting.applicant], rules) for sitting in sittings]
    findings += check_challenges(sittings, round_, rules)
    for decision in round_.proceedings.decisions:
        name = applications[decision.applicant].applicant.full_name
        sitting = next(
            (vote for vote in sittings if (vote.applicant, vote.matter) == (decision.applicant, VoteMatter.LEVEL)), None
        )
        findings += check_decision(
            decision,
            levels.get(decision.applicant),
            name,
            rules,
            vote=get_vote_result(sitting),
            committee=round_.committee,
        )
    return tuple(findings)


def build_conflict_finding(conflict: Conflict, round_: Round, rules: CommitteeRules) -> Finding:
    """Return a conflict as a finding: a matched one stays open until the operating body has answered."""
    name = next(
        application.applicant.full_name for application in round_.applications if application.id == conflict.applicant
    )
    interest, answer = conflict.interest, conflict.answer
    days = {"ended": interest.ended} if interest.ended else {}
    if conflict.looked_back_to:
        days["back"] = conflict.looked_back_to
    facts = Facts(
        words={
            "evaluator": conflict.evaluator,
            "body": interest.body,
            "row": str(interest.line),
            **({"reason": answer.reason} if answer else {}),
        },
        names={"applicant": name},
        terms={"tie": f"tie.{conflict.tie}"},
        numbers={"ground": Fraction(conflict.ground)} if conflict.ground else {},
        days=days,
    )
    cited = (rules.exclusion_grounds, *([rules.look_back_years] if conflict.looked_back_to else []))
    if conflict.declared:
        return _finding("conflict_declared", FindingOutcome.NOTED, facts, *cited)
    if answer is not None and answer.answer is ConflictAnswer.CLEARED:
        return _finding("conflict_cleared", FindingOutcome.NOTED, facts, *cited)
    if conflict.counts:
        return _finding("conflict_excluded", FindingOutcome.NOTED, facts, *cited)
    return _finding("conflict_found", FindingOutcome.OPEN, facts, *cited)


def check_panel(application: Application, round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return whether too few members may judge an application, or are assigned to it, for a quorum (Art. 4(4))."""
    members = count_members(application, round_, rules)
    needed, free = minimum_count(rules.quorum.value, members), list_free_members(application, round_)
    assigned = sum(assignment.applicant == application.id for assignment in round_.proceedings.assignments)
    numbers = {
        "members": Fraction(members),
        "needed": Fraction(needed),
        "free": Fraction(len(free)),
        "kept": Fraction(len(application.exclusions)),
        "assigned": Fraction(assigned),
    }
    facts = Facts(words={"id": application.id}, names={"applicant": application.applicant.full_name}, numbers=numbers)
    cited = _list_quorum_rules(application, rules)
    if len(free) < needed:
        return [_finding("quorum_out_of_reach", FindingOutcome.NOT_MET, facts, *cited)]
    if assigned and assigned < needed:
        return [_finding("assigned_below_quorum", FindingOutcome.NOT_MET, facts, *cited)]
    return []


def _list_quorum_rules(application: Application, rules: CommitteeRules) -> tuple[Cited[Any], ...]:
    """Return the rules of a quorum: whom it is taken of counts only where somebody is excluded."""
    return (rules.quorum, *([rules.excluded_count_as_members] if application.exclusions else []))


def build_sitting_finding(sitting: Sitting, application: Application, rules: CommitteeRules) -> Finding:
    """Return the outcome of one vote as a finding."""
    words = {"id": sitting.applicant}
    if sitting.about:
        words["evaluator"] = sitting.about
    facts = Facts(
        words=words,
        names={"applicant": application.applicant.full_name},
        numbers={
            name: Fraction(getattr(sitting, name))
            for name in ("members", "present", "present_needed", "yes", "no", "abstained", "yes_needed")
        },
    )
    if not sitting.opened:
        cited = _list_quorum_rules(application, rules)
        return _finding(f"{sitting.matter}_without_quorum", FindingOutcome.NOT_MET, facts, *cited)
    outcome = FindingOutcome.MET if sitting.carried else FindingOutcome.NOT_MET
    if sitting.matter is VoteMatter.CHALLENGE:
        outcome = FindingOutcome.NOTED
    return _finding(f"{sitting.matter}_{'carried' if sitting.carried else 'rejected'}", outcome, facts, rules.decision)


def check_challenges(sittings: Iterable[Sitting], round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return the challenges whose vote and whose row in the exclusions say different things."""
    votes = {
        (sitting.applicant, sitting.about): sitting for sitting in sittings if sitting.matter is VoteMatter.CHALLENGE
    }
    findings = []
    for application in round_.applications:
        name = {"applicant": application.applicant.full_name}
        excluded = {exclusion.evaluator for exclusion in application.exclusions}
        challenged = {
            exclusion.evaluator for exclusion in application.exclusions if exclusion.kind is ExclusionKind.CHALLENGE
        }
        for (applicant, evaluator), sitting in votes.items():
            if applicant == application.id and sitting.carried and evaluator not in excluded:
                facts = Facts(words={"evaluator": evaluator}, names=name)
                findings.append(_finding("challenge_not_followed", FindingOutcome.NOT_MET, facts, rules.challenge))
        for evaluator in sorted(challenged):
            vote = votes.get((application.id, evaluator))
            facts = Facts(words={"evaluator": evaluator}, names=name)
            if vote is None:
                findings.append(_finding("challenge_without_vote", FindingOutcome.OPEN, facts, rules.challenge))
            elif not vote.carried:
                findings.append(_finding("challenge_against_vote", FindingOutcome.NOT_MET, facts, rules.challenge))
    return findings


def _finding(code: str, outcome: FindingOutcome, facts: Facts, *rules: Cited[Any], refuses: bool = False) -> Finding:
    basis = tuple(rule.basis for rule in rules)
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=basis, facts=facts, refuses=refuses)
