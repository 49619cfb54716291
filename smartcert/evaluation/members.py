"""Whether members are qualified, in their term, and seated as groups want (Notice 2021-223 Art. 4(2), 4(3), 4(5))."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from smartcert.evaluation.committee import labels
from smartcert.evaluation.conflicts import judged_on
from smartcert.model.application import Evaluator, Round
from smartcert.model.citation import Cited
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.rules.committee import CommitteeRules


def member_findings(round_: Round, rules: CommitteeRules) -> tuple[Finding, ...]:
    """Return a finding per member on qualification and on term, and those on groups."""
    label = labels(round_.committee)
    day = judged_on(round_)
    found = [
        finding
        for member in round_.committee
        for finding in (*_qualified(member, label[member.id], rules), *_term(member, label[member.id], day, rules))
    ]
    return (*found, *_groups(round_, label, rules))


def _qualified(member: Evaluator, label: str, rules: CommitteeRules) -> tuple[Finding, ...]:
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


def _term(member: Evaluator, label: str, day: date, rules: CommitteeRules) -> tuple[Finding, ...]:
    if member.term_began is None:
        return ()
    ends = term_ends(member.term_began, rules.term_years.value)
    facts = Facts(words={"evaluator": label}, days={"began": member.term_began, "ends": ends})
    if member.term_began <= day < ends:
        return (_finding("member_in_term", Outcome.MET, facts, rules.term_years),)
    return (_finding("member_out_of_term", Outcome.NOT_MET, facts, rules.term_years),)


def term_ends(began: date, years: int) -> date:
    """Return the first day after a term: the same day ``years`` later; 1 March where there is no 29 February.

    >>> term_ends(date(2022, 3, 1), 2), term_ends(date(2024, 2, 29), 2)
    (datetime.date(2024, 3, 1), datetime.date(2026, 3, 1))
    """
    try:
        return began.replace(year=began.year + years)
    except ValueError:
        return date(began.year + years, 3, 1)


def _groups(round_: Round, label: dict[str, str], rules: CommitteeRules) -> list[Finding]:
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
