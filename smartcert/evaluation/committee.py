"""Members, conflicts, quorum, decisions held against the notice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from smartcert.evaluation.marks import label_evaluators
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Evaluator, ExclusionKind, Mark, Round
from smartcert.model.citation import Basis, Cited, Text
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
    Vote,
    VoteMatter,
    VoteValue,
)
from smartcert.model.evaluation import Evaluation, Facts, Finding, Outcome, Stage
from smartcert.rules.parameters import CommitteeRules

# --- Conflicts of interest: what evaluators declared, and with whom applicants work (Notice 2021-223 Art. 5(1)).

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

    A declared one counts at once. One that was found is a question to the operating body; ``answer`` is what it said.
    ``counts`` tells whether the evaluator is kept from the case, for whatever reason.
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
    """Return every conflict that was declared or that matches, by applicant, evaluator and row.

    An employment counts under ground 5 if its last day is not before `looks_back_to`: the day itself counts, the day
    before does not. The order of rows does not matter.
    """
    day = judging_day(round_)
    back = look_back_start(day, rules.look_back_years.value)
    answers = {(one.evaluator, one.applicant): one for one in round_.proceedings.conflict_decisions}
    found = []
    for application in round_.applications:
        contractors = tuple(one for one in round_.proceedings.contractors if one.applicant == application.id)
        excluded = {one.evaluator for one in application.exclusions}
        for interest in round_.proceedings.interests:
            ties = _find_ties(interest, application, contractors, day, back)
            for tie, contractor in ties:
                found.append(
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
    return tuple(sorted(found, key=lambda one: (one.applicant, one.evaluator, one.interest.line, one.tie)))


def _find_ties(
    interest: Interest, application: Application, contractors: tuple[Contractor, ...], day: date, back: date
) -> list[tuple[ConflictTie, Contractor | None]]:
    if interest.applicant == application.id:
        own = _DIRECT_TIES[interest.kind]
        tie = ConflictTie.EMPLOYERS_WORK if interest.kind is InterestKind.EMPLOYER else own
        return [(tie, next((one for one in contractors if is_same_body(one.body, interest.body)), None))]
    ties: list[tuple[ConflictTie, Contractor | None]] = []
    if _is_applicant(interest, application.applicant) and _is_current(interest, day, back):
        ties.append((_DIRECT_TIES[interest.kind], None))
    ties += [
        (tie, one)
        for one in contractors
        if is_same_body(one.body, interest.body)
        for tie in _find_indirect_ties(interest, one, day, back)
    ]
    return ties


def _is_current(interest: Interest, day: date, back: date) -> bool:
    return interest.kind is not InterestKind.EMPLOYER or _employment_overlaps(interest, back, day)


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
    """Whether an employment and the days from ``first`` to ``last`` have a day in common."""
    begun = interest.began is None or interest.began <= last
    return begun and (interest.ended is None or interest.ended >= first)


def is_same_body(one: str, other: str) -> bool:
    """Return whether two names of bodies are the same but for spacing, signs and the form of the company.

    >>> is_same_body("(주)가온 정보", "가온정보 주식회사"), is_same_body("가온정보", "가온정보통신")
    (True, False)
    """
    return normalise_body_name(one) == normalise_body_name(other) != ""


def normalise_body_name(name: str) -> str:
    """Return a name as it is compared."""
    return _IGNORED_IN_NAMES.sub("", unicodedata.normalize("NFC", name)).casefold()


def _is_applicant(interest: Interest, applicant: Applicant) -> bool:
    if interest.code:
        return interest.code == applicant.code
    names = {applicant.name.ko, applicant.name.en, f"{applicant.parent_name} {applicant.name.ko}"}
    body = _CITY_HALL_SUFFIX.sub("", normalise_body_name(interest.body))
    return body in {normalise_body_name(name) for name in names}


# --- Whether members are qualified, in their term, and seated as groups want (Notice 2021-223 Art. 4(2), 4(3), 4(5)).


def check_members(round_: Round, rules: CommitteeRules) -> tuple[Finding, ...]:
    """Return a finding per member on qualification and on term, and those on groups."""
    label = label_evaluators(round_.committee)
    day = judging_day(round_)
    found = [
        finding
        for member in round_.committee
        for finding in (
            *_check_qualification(member, label[member.id], rules),
            *_check_term(member, label[member.id], day, rules),
        )
    ]
    return (*found, *_check_groups(round_, label, rules))


def _check_qualification(member: Evaluator, label: str, rules: CommitteeRules) -> tuple[Finding, ...]:
    rule = rules.qualification
    words = {"evaluator": label}
    if member.category is None:
        return (_finding("member_category_unknown", Outcome.OPEN, Facts(words=words), rule),)
    needed = rule.value.get(member.category)
    terms = {"category": f"member_category.{member.category}"}
    if needed is None:
        return (_finding("member_not_qualified", Outcome.NOT_MET, Facts(words=words, terms=terms), rule),)
    if needed and member.years is None:
        return (_finding("member_years_unknown", Outcome.OPEN, Facts(words=words, terms=terms), rule),)
    years = member.years or 0
    facts = Facts(words=words, terms=terms, numbers={"years": Fraction(years), "needed": Fraction(needed)})
    met = years >= needed
    return (
        _finding(
            "member_qualified" if met else "member_not_qualified", Outcome.MET if met else Outcome.NOT_MET, facts, rule
        ),
    )


def _check_term(member: Evaluator, label: str, day: date, rules: CommitteeRules) -> tuple[Finding, ...]:
    if member.term_began is None:
        return ()
    ends = term_end(member.term_began, rules.term_years.value)
    facts = Facts(words={"evaluator": label}, days={"began": member.term_began, "ends": ends})
    if member.term_began <= day < ends:
        return (_finding("member_in_term", Outcome.MET, facts, rules.term_years),)
    return (_finding("member_out_of_term", Outcome.NOT_MET, facts, rules.term_years),)


def term_end(began: date, years: int) -> date:
    """Return the first day after a term: the same day ``years`` later; 1 March where there is no 29 February.

    >>> term_end(date(2022, 3, 1), 2), term_end(date(2024, 2, 29), 2)
    (datetime.date(2024, 3, 1), datetime.date(2026, 3, 1))
    """
    try:
        return began.replace(year=began.year + years)
    except ValueError:
        return date(began.year + years, 3, 1)


def _check_groups(round_: Round, label: dict[str, str], rules: CommitteeRules) -> list[Finding]:
    seats = round_.proceedings.groups
    groups = {seat.group: {one.evaluator for one in seats if one.group == seat.group} for seat in seats}
    common = {seat.evaluator for seat in seats if seat.common}
    found = []
    for group, members in groups.items():
        numbers = {"members": Fraction(len(members)), "at_most": Fraction(rules.members_at_most.value)}
        if len(members) > rules.members_at_most.value:
            facts = Facts(words={"group": group}, numbers=numbers)
            found.append(_finding("group_too_large", Outcome.NOT_MET, facts, rules.members_at_most))
        found += [
            _finding(
                "common_member_without_seat",
                Outcome.NOT_MET,
                Facts(words={"evaluator": label[one], "group": group}),
                rules.common_members,
            )
            for one in sorted(common - members)
        ]
    if len(groups) > 1:
        numbers = {"common": Fraction(len(common)), "needed": Fraction(rules.common_members.value)}
        enough = len(common) >= rules.common_members.value
        code = "common_members_enough" if enough else "common_members_few"
        outcome = Outcome.MET if enough else Outcome.OPEN
        found.append(_finding(code, outcome, Facts(numbers=numbers), rules.common_members))
    return found


def _finding(code: str, outcome: Outcome, facts: Facts, rule: Cited[Any]) -> Finding:
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=(rule.basis,), facts=facts)


# --- Who sits on an application, whether enough are present, and whether enough agree (Notice 2021-223 Art. 4(4)).


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """One vote on one matter. ``carried`` is None where the sitting did not open for want of a quorum."""

    applicant: str
    matter: VoteMatter
    about: str
    members: int
    present: int
    present_needed: int
    yes: int
    no: int
    abstained: int
    yes_needed: int
    carried: bool | None

    @property
    def opened(self) -> bool:
        """Whether a quorum was there."""
        return self.present >= self.present_needed


def minimum_count(share: Fraction, of: int) -> int:
    """Return the smallest whole number that is at least ``share`` of ``of``, exactly: 2/3 of 9 is 6, of 7 is 5.

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
    there = [vote for vote in rows if vote.present]
    said = {value: sum(vote.vote is value for vote in there) for value in VoteValue}
    present_needed = minimum_count(rules.quorum.value, members)
    yes_needed = max(minimum_count(rules.decision.value, len(there)), 1)
    opened = len(there) >= present_needed
    return Sitting(
        applicant=rows[0].applicant,
        matter=rows[0].matter,
        about=rows[0].about,
        members=members,
        present=len(there),
        present_needed=present_needed,
        yes=said[VoteValue.YES],
        no=said[VoteValue.NO],
        abstained=said[VoteValue.ABSTAIN],
        yes_needed=yes_needed,
        carried=said[VoteValue.YES] >= yes_needed if opened else None,
    )


def count_all_votes(round_: Round, rules: CommitteeRules) -> tuple[Sitting, ...]:
    """Return every vote of a round, by applicant and matter."""
    applications = {one.id: one for one in round_.applications}
    rows: dict[tuple[str, str, str], list[Vote]] = {}
    for vote in round_.proceedings.votes:
        rows.setdefault((vote.applicant, vote.matter.value, vote.about), []).append(vote)
    return tuple(
        count_votes(of, count_members(applications[key[0]], round_, rules), rules) for key, of in sorted(rows.items())
    )


def list_panel(applicant: str, round_: Round) -> tuple[str, ...]:
    """Return the members whose case an application is: those of its group if it has one, else the whole committee."""
    held = round_.proceedings
    group = next((one.group for one in held.assignments if one.applicant == applicant and one.group), "")
    seats = {seat.evaluator for seat in held.groups if seat.group == group}
    everyone = tuple(member.id for member in round_.committee)
    return tuple(one for one in everyone if one in seats) if group else everyone


def count_members(application: Application, round_: Round, rules: CommitteeRules) -> int:
    """Return of how many members the quorum is taken."""
    sitting_on = list_panel(application.id, round_)
    if rules.excluded_count_as_members.value:
        return len(sitting_on)
    return len(list_free_members(application, round_))


def list_free_members(application: Application, round_: Round) -> tuple[str, ...]:
    """Return the members of the panel who may judge the application."""
    excluded = {exclusion.evaluator for exclusion in application.exclusions}
    return tuple(one for one in list_panel(application.id, round_) if one not in excluded)


# --- Evaluation is not decision: the operating body proposes a level, the Minister decides (Notice 2021-223 Art. 15).


def check_decision(
    decision: LevelDecision, computed: int | None, name: Text, rules: CommitteeRules
) -> tuple[Finding, ...]:
    """Return how a proposal and a decision stand beside the computed level (None: there is none).

    A level other than the computed one needs a reason where it first appears, and where the decision differs, proposal
    and decision by two different people. Neither changes the evaluation.
    """
    levels = {"computed": computed, "proposed": decision.proposed, "decided": decision.decided}
    facts = Facts(
        words={"id": decision.applicant, "proposed_by": decision.proposed_by, "decided_by": decision.decided_by},
        names={"applicant": name},
        numbers={key: Fraction(level) for key, level in levels.items() if level is not None},
    )
    found = [_compare_levels(decision, computed, facts, rules)]
    reason = rules.differing_decision_needs_reason
    differs = decision.proposed != computed
    if differs and reason.value and not decision.proposal_reason:
        found.append(_decision_finding("proposal_without_reason", Outcome.NOT_MET, facts, (reason.basis,)))
    changed = decision.decided is not None and (decision.decided != computed or decision.decided != decision.proposed)
    if changed and reason.value and not decision.reason:
        found.append(_decision_finding("decision_without_reason", Outcome.NOT_MET, facts, (reason.basis,)))
    persons = {_normalise_person(decision.proposed_by), _normalise_person(decision.decided_by)}
    if changed and len(persons) < rules.decision_persons.value:
        found.append(
            _decision_finding("decision_by_one_person", Outcome.NOT_MET, facts, (rules.decision_persons.basis,))
        )
    return tuple(found)


def _compare_levels(decision: LevelDecision, computed: int | None, facts: Facts, rules: CommitteeRules) -> Finding:
    basis = (rules.differing_decision_needs_reason.basis,)
    if computed is None:
        return _decision_finding("decision_without_level", Outcome.NOT_MET, facts, basis)
    if decision.decided is None:
        return _decision_finding("decision_open", Outcome.OPEN, facts, basis)
    if decision.decided == computed:
        return _decision_finding("decided_as_computed", Outcome.MET, facts, basis)
    return _decision_finding("decided_otherwise", Outcome.NOTED, facts, basis)


def _normalise_person(name: str) -> str:
    return "".join(name.split()).casefold()


def _decision_finding(code: str, outcome: Outcome, facts: Facts, basis: tuple[Basis, ...]) -> Finding:
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=basis, facts=facts)


# --- Independent marks first, then discussion: the round as it stood before anybody changed a mark.


def restore_first_marks(round_: Round) -> Round:
    """Return the round with every evaluator's first, independent mark in place of the agreed one."""
    first = collect_first_marks(round_.proceedings.discussed)
    return replace(
        round_, applications=tuple(_replace_marks(application, first) for application in round_.applications)
    )


def collect_first_marks(discussed: Iterable[DiscussedMark]) -> dict[tuple[str, str, str], Fraction]:
    """Return the mark before the earliest change, by applicant, indicator and evaluator."""
    first: dict[tuple[str, str, str], Fraction] = {}
    for one in sorted(discussed, key=lambda one: one.at):
        first.setdefault((one.applicant, one.indicator, one.evaluator), one.before)
    return first


def _replace_marks(application: Application, first: dict[tuple[str, str, str], Fraction]) -> Application:
    marks = tuple(_replace_mark(application.id, mark, first) for mark in application.marks)
    return replace(application, marks=marks)


def _replace_mark(applicant: str, mark: Mark, first: dict[tuple[str, str, str], Fraction]) -> Mark:
    before = first.get((applicant, mark.indicator, mark.evaluator))
    return mark if before is None else replace(mark, value=before)


# --- Everything on paper about the committee held against its law: read `proceedings_findings`.


def check_proceedings(round_: Round, evaluations: Iterable[Evaluation], rules: CommitteeRules) -> tuple[Finding, ...]:
    """Return members, conflicts, panels, votes, challenges and decisions, each held against its rule.

    Evaluators are named by their labels (E1, E2 ...). Panels and quorums are held for applications whose papers came
    through: the others are not judged.
    """
    judged = [one for one in evaluations if one.stage in (Stage.SCORING, Stage.EVALUATED)]
    levels = {one.id: one.level.level if one.level else None for one in judged}
    applications = {one.id: one for one in round_.applications}
    held = [*check_members(round_, rules)]
    held += [build_conflict_finding(one, round_, rules) for one in find_conflicts(round_, rules)]
    held += [finding for one in judged for finding in check_panel(applications[one.id], round_, rules)]
    outcomes = count_all_votes(round_, rules)
    held += [build_sitting_finding(one, applications[one.applicant], round_, rules) for one in outcomes]
    held += check_challenges(outcomes, round_, rules)
    for decision in round_.proceedings.decisions:
        name = applications[decision.applicant].applicant.name
        held += check_decision(decision, levels.get(decision.applicant), name, rules)
    return tuple(held)


def build_conflict_finding(conflict: Conflict, round_: Round, rules: CommitteeRules) -> Finding:
    """Return a conflict as a finding: a found one stays open until the operating body has answered."""
    name = next(one.applicant.name for one in round_.applications if one.id == conflict.applicant)
    interest, answer = conflict.interest, conflict.answer
    days = {"ended": interest.ended} if interest.ended else {}
    if conflict.looked_back_to:
        days["back"] = conflict.looked_back_to
    facts = Facts(
        words={
            "evaluator": label_evaluators(round_.committee)[conflict.evaluator],
            "body": interest.body,
            "row": str(interest.line),
            **({"reason": answer.reason} if answer else {}),
        },
        names={"applicant": name},
        terms={"tie": f"tie.{conflict.tie}"},
        numbers={"ground": Fraction(conflict.ground)} if conflict.ground else {},
        days=days,
    )
    cited = rules.look_back_years if conflict.looked_back_to else rules.exclusion_grounds
    if conflict.declared:
        return _proceedings_finding("conflict_declared", Outcome.NOTED, facts, cited)
    if answer is not None and answer.answer is ConflictAnswer.CLEARED:
        return _proceedings_finding("conflict_cleared", Outcome.NOTED, facts, cited)
    if conflict.counts:
        return _proceedings_finding("conflict_excluded", Outcome.NOTED, facts, cited)
    return _proceedings_finding("conflict_found", Outcome.OPEN, facts, cited)


def check_panel(application: Application, round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return whether enough members may judge an application to reach the quorum, and to judge as assigned."""
    members = count_members(application, round_, rules)
    needed, able = minimum_count(rules.quorum.value, members), list_free_members(application, round_)
    assigned = [one.evaluator for one in round_.proceedings.assignments if one.applicant == application.id]
    numbers = {
        "members": Fraction(members),
        "needed": Fraction(needed),
        "free": Fraction(len(able)),
        "kept": Fraction(len(application.exclusions)),
        "assigned": Fraction(len(assigned)),
    }
    facts = Facts(words={"id": application.id}, names={"applicant": application.applicant.name}, numbers=numbers)
    if len(able) < needed:
        return [_proceedings_finding("quorum_out_of_reach", Outcome.NOT_MET, facts, rules.quorum)]
    if assigned and len(assigned) < needed:
        return [_proceedings_finding("assigned_below_quorum", Outcome.NOT_MET, facts, rules.quorum)]
    return []


def build_sitting_finding(one: Sitting, application: Application, round_: Round, rules: CommitteeRules) -> Finding:
    """Return the outcome of one vote as a finding."""
    facts = Facts(
        words={"id": one.applicant, **_about_words(one, round_)},
        names={"applicant": application.applicant.name},
        numbers={
            name: Fraction(getattr(one, name))
            for name in ("members", "present", "present_needed", "yes", "no", "abstained", "yes_needed")
        },
    )
    if not one.opened:
        return _proceedings_finding(f"{one.matter}_without_quorum", Outcome.NOT_MET, facts, rules.quorum)
    outcome = Outcome.MET if one.carried else Outcome.NOT_MET
    if one.matter is VoteMatter.CHALLENGE:
        outcome = Outcome.NOTED
    code = {True: "carried", False: "rejected"}[bool(one.carried)]
    return _proceedings_finding(f"{one.matter}_{code}", outcome, facts, rules.decision)


def _about_words(one: Sitting, round_: Round) -> dict[str, str]:
    return {"evaluator": label_evaluators(round_.committee)[one.about]} if one.about else {}


def check_challenges(outcomes: Iterable[Sitting], round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return the challenges whose vote and whose row in the exclusions say different things."""
    votes = {(one.applicant, one.about): one for one in outcomes if one.matter is VoteMatter.CHALLENGE}
    label = label_evaluators(round_.committee)
    found = []
    for application in round_.applications:
        rows = {one.evaluator for one in application.exclusions if one.kind is ExclusionKind.CHALLENGE}
        kept = {one.evaluator for one in application.exclusions}
        for (name, evaluator), one in votes.items():
            if name == application.id and one.carried and evaluator not in kept:
                facts = _challenge_facts(label[evaluator], application.applicant.name)
                found.append(_proceedings_finding("challenge_not_followed", Outcome.NOT_MET, facts, rules.challenge))
        for evaluator in sorted(rows):
            vote = votes.get((application.id, evaluator))
            facts = _challenge_facts(label[evaluator], application.applicant.name)
            if vote is None:
                found.append(_proceedings_finding("challenge_without_vote", Outcome.OPEN, facts, rules.challenge))
            elif not vote.carried:
                found.append(_proceedings_finding("challenge_against_vote", Outcome.NOT_MET, facts, rules.challenge))
    return found


def _challenge_facts(label: str, name: Text) -> Facts:
    return Facts(words={"evaluator": label}, names={"applicant": name})


def _proceedings_finding(code: str, outcome: Outcome, facts: Facts, rule: Cited[Any]) -> Finding:
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=(rule.basis,), facts=facts)
