"""A finding cites the rule that was applied, with that rule's status, and none else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from smartcert.evaluation.committee import check_proceedings
from smartcert.evaluation.evaluate import evaluate
from smartcert.evaluation.requirements import check_receipt
from smartcert.model.application import Channel, Missing
from smartcert.model.citation import Status
from smartcert.model.evaluation import Finding
from smartcert.model.indicator import MissingPolicy
from smartcert.reporting.catalogue import load_catalogue
from smartcert.rules.rulebook import Rules
from tests.support.build import example
from tests.support.cited import check_cited, citations


def findings_of_the_example() -> Iterator[Finding]:
    opened = example()
    for evaluation in opened.evaluations:
        yield from evaluation.findings
    for outcome in opened.outcomes:
        yield from outcome.findings
    yield from check_proceedings(opened.round, opened.evaluations, opened.rules.committee)


def test_every_finding_of_the_example_cites_what_was_applied() -> None:
    found = list(findings_of_the_example())
    check_cited(found)
    assert len({finding.code for finding in found}) > 40


def test_every_sentence_of_a_finding_has_its_case() -> None:
    keys = [*load_catalogue("en", "findings"), *load_catalogue("en", "committee")]
    known = {key.split(".")[1] for key in keys if key.startswith("finding.")}
    assert set(citations()) == known


def test_a_refusal_by_an_invented_policy_cites_no_press() -> None:
    refused = [finding for finding in findings_of_the_example() if finding.code == "value_absent_refused"]
    assert refused
    for finding in refused:
        assert [basis.status for basis in finding.basis] == [Status.ILLUSTRATIVE]
        assert {cite.source.kind for basis in finding.basis for cite in basis.cite} == {"notice"}


def test_the_rule_on_bounds_is_cited_at_a_bound_and_only_there() -> None:
    opened = example()
    window, own = opened.round.window, opened.round.applications[0]
    for bound in (window.opens_at, window.closes_at):
        for minutes in (-1, 0, 1):
            arrived = replace(own, arrived_at=bound + timedelta(minutes=minutes))
            received = check_receipt(arrived, window, opened.rules)
            check_cited(received)
            names = [basis.name for basis in received[0].basis]
            assert ("receipt.bounds_included" in names) is (minutes == 0)


@pytest.mark.parametrize("refuses", [True, False])
def test_what_comes_too_early_is_refused_by_its_own_rule(refuses: bool) -> None:
    opened = example()
    early = replace(opened.rules.receipt.early_is_not_evaluated, value=refuses)
    rules = replace(opened.rules, receipt=replace(opened.rules.receipt, early_is_not_evaluated=early))
    window, own = opened.round.window, opened.round.applications[0]
    first = check_receipt(replace(own, arrived_at=window.opens_at - timedelta(minutes=1)), window, rules)[0]
    assert (first.code, first.refuses) == ("received_early", refuses)


def test_a_channel_that_no_rule_names_is_not_asked_for_a_reason() -> None:
    opened = example()
    receipt = opened.rules.receipt
    only_in_person = replace(receipt.exceptional_channels, value=(Channel.IN_PERSON,))
    rules = replace(opened.rules, receipt=replace(receipt, exceptional_channels=only_in_person))
    mailed = replace(opened.round.applications[0], channel=Channel.MAIL, channel_reason="no network")
    found = check_receipt(mailed, opened.round.window, rules)
    check_cited(found)
    assert ("channel_not_allowed", True) in [(finding.code, finding.refuses) for finding in found]


def with_scoring(rules: Rules, **values: bool) -> Rules:
    changed = {name: replace(getattr(rules.scoring, name), value=value) for name, value in values.items()}
    return replace(rules, scoring=replace(rules.scoring, **changed))


@pytest.mark.parametrize(
    ("stands", "counts", "code"),
    [(True, True, "not_inspected"), (False, True, "not_inspected_absent"), (True, False, ""), (False, False, "")],
)
def test_what_was_not_inspected_is_told_as_the_rules_treat_it(stands: bool, counts: bool, code: str) -> None:
    opened = example()
    rules = with_scoring(opened.rules, not_inspected_stands=stands, confirmed_counts=counts)
    told = False
    for evaluation in evaluate(opened.round, rules):
        check_cited(evaluation.findings)
        if evaluation.scorecard is None:
            continue
        figures = [score for score in evaluation.scorecard.indicators() if score.combination is None]
        missed = [score for score in figures if not score.inspected]
        notes = {
            finding.code: finding.facts.numbers["count"]
            for finding in evaluation.findings
            if "count" in finding.facts.numbers
        }
        assert {name for name in notes if name.startswith("not_inspected")} == ({code} if code and missed else set())
        told |= bool(missed)
        if code == "not_inspected_absent":
            assert all(score.confirmed.value is Missing.ABSENT for score in missed)
        corrected = [score for score in figures if score.inspected and score.verified is False]
        assert notes.get("corrected_on_site", 0) == (len(corrected) if counts else 0)
    assert told or (not stands and counts)


def test_a_figure_that_was_not_inspected_is_as_absent_and_its_policy_decides() -> None:
    opened = example()
    rules = with_scoring(opened.rules, not_inspected_stands=False)
    policies = {one.id: one.absent for one in rules.edition.indicators()}
    for own, again in zip(opened.evaluations, evaluate(opened.round, rules), strict=True):
        if own.scorecard is None:
            continue
        figures = [score for score in own.scorecard.indicators() if score.combination is None]
        missed = {score.id for score in figures if not score.inspected}
        refused = {name for name in missed if policies[name] is MissingPolicy.REFUSE}
        assert (again.scorecard is None) is bool(refused)
        told = {
            finding.facts.words["indicator"] for finding in again.findings if finding.code == "value_absent_refused"
        }
        assert told == refused
