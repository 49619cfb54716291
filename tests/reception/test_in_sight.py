"""What is open stays in sight: receipts on the pages, and desk corrections that nobody confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.evaluation.evaluate import evaluate
from smartcert.evaluation.outcome import determine_outcomes
from smartcert.model.application import (
    Application,
    DeskCorrection,
    OpenReceipt,
    PackageState,
    Round,
)
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.outcome import Awaited, Outcome, OutcomeStage, Result
from smartcert.reporting.catalogue import Words
from smartcert.reporting.outcome import describe_outcome
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.summary import RoundSummary
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound, open_round

ARRIVED = datetime(2023, 10, 25, 10, tzinfo=KOREAN_TIME)


@pytest.fixture(scope="module")
def example() -> OpenRound:
    return open_round("example")


def test_open_receipts_are_in_the_summary_and_in_the_index(example: OpenRound) -> None:
    states = {PackageState.UNREADABLE: "ara", PackageState.UNKNOWN_APPLICANT: "", PackageState.QUESTIONED: "areum"}
    receipts = tuple(
        OpenReceipt(number=f"example-0000{number}", package="<b>.zip", arrived_at=ARRIVED, state=state, applicant=name)
        for number, (state, name) in enumerate(states.items(), start=1)
    )
    record = replace(example.round_record(), open_receipts=receipts)
    pages = {"index": render_index(record, pages=())}
    for language in ("ko", "en"):
        summary = RoundSummary(record, language)
        summary.head()
        pages[language] = summary.overview().html
    for page in pages.values():
        assert all(receipt.number in page for receipt in receipts)
        assert "&lt;b&gt;.zip" in page
    assert "3 packages were received but not yet processed" in pages["en"]
    assert "제출물이 3건" in pages["ko"]
    assert "receipts" not in render_index(example.round_record(), pages=())


def determine(round_: Round, rules: Rules, name: str) -> Outcome:
    outcomes = determine_outcomes(round_, evaluate(round_, rules), rules)
    return next(outcome for outcome in outcomes if outcome.application == name)


def correct(
    example: OpenRound, name: str, values: dict[str, Fraction | None], correction: DeskCorrection | None
) -> Round:
    """Return the round with claims of an applicant replaced, the value of the round being the desk's correction."""

    def change(application: Application) -> Application:
        if application.id != name:
            return application
        figures = dict(application.measurements)
        for indicator, claimed in values.items():
            figure = figures[indicator]
            claim = figure.desk if claimed is None else claimed
            figures[indicator] = replace(figure, claimed=claim, desk_reason="counted twice", correction=correction)
        return replace(application, measurements=figures)

    return replace(example.round, applications=tuple(map(change, example.round.applications)))


def find_changing_claims(example: OpenRound, name: str) -> dict[str, Fraction | None]:
    """Return claims so high, or so low, that the level of an applicant would be another one without corrections."""
    level = next(evaluation.level for evaluation in example.evaluations if evaluation.id == name)
    for far in (Fraction(0), Fraction(10**6)):
        figures = example.application(name).measurements
        limits = {one.id: one.limits for one in example.rules.edition.indicators()}
        claims = {key: max(far, limits[key].at_least or far) for key in figures}
        claims = {key: min(value, limits[key].at_most or value) for key, value in claims.items()}
        changed = replace(
            example.application(name),
            measurements={key: replace(figures[key], desk=value, claimed=value) for key, value in claims.items()},
            inspections={},
        )
        others = tuple(changed if one.id == name else one for one in example.round.applications)
        evaluation = next(
            one for one in evaluate(replace(example.round, applications=others), example.rules) if one.id == name
        )
        if level and (evaluation.level is None or evaluation.level.level != level.level):
            return dict(claims)
    raise AssertionError(name)


ONE_PERSON = DeskCorrection(by="노하람", on=date(2023, 11, 3))


@pytest.fixture(scope="module")
def changing(example: OpenRound) -> tuple[OpenRound, dict[str, Fraction | None]]:
    """Give the round with nothing inspected for one applicant, and claims of it that give another level."""
    bare = replace(example.application("ara"), inspections={})
    others = tuple(bare if one.id == "ara" else one for one in example.round.applications)
    opened = replace(example, round=replace(example.round, applications=others))
    return opened, find_changing_claims(opened, "ara")


def test_a_correction_that_changes_the_level_waits_for_a_second_person(
    changing: tuple[OpenRound, dict[str, Fraction | None]],
) -> None:
    opened, claims = changing
    outcome = determine(correct(opened, "ara", claims, ONE_PERSON), opened.rules, "ara")
    assert (outcome.result, outcome.awaits) == (Result.OPEN, Awaited.CORRECTION)
    (finding,) = [one for one in outcome.findings if one.code.startswith("correction_unconfirmed")]
    assert [basis.name for basis in finding.basis] == ["committee.desk_correction_persons"]
    for language, words in (("ko", "다른 사람이 확인하지 않았습니다"), ("en", "no second person confirmed it")):
        assert words in Words(language, "committee").finding(finding)
    assert "정정 확인 전" in describe_outcome(outcome, Words("ko", "report"))


@pytest.mark.parametrize(
    "correction",
    [
        DeskCorrection(by="노하람", on=date(2023, 11, 3), confirmed_by="문다올"),
        None,  # an older table does not say who corrected: what was decided on it stands
    ],
)
def test_with_a_second_person_the_decision_counts(
    changing: tuple[OpenRound, dict[str, Fraction | None]], correction: DeskCorrection | None
) -> None:
    opened, claims = changing
    outcome = determine(correct(opened, "ara", claims, correction), opened.rules, "ara")
    assert outcome.stage is OutcomeStage.DECIDED


def test_the_same_person_in_two_spellings_is_no_second_person(
    changing: tuple[OpenRound, dict[str, Fraction | None]],
) -> None:
    opened, claims = changing
    again = replace(ONE_PERSON, confirmed_by="노 하람")
    assert determine(correct(opened, "ara", claims, again), opened.rules, "ara").awaits is Awaited.CORRECTION


def test_a_correction_that_leaves_the_level_needs_no_second_person(
    changing: tuple[OpenRound, dict[str, Fraction | None]],
) -> None:
    opened, claims = changing
    unchanged: dict[str, Fraction | None] = dict.fromkeys(claims)
    outcome = determine(correct(opened, "ara", unchanged, ONE_PERSON), opened.rules, "ara")
    assert outcome.stage is OutcomeStage.DECIDED


def test_check_prints_no_open_matter_of_the_example() -> None:
    done = CliRunner().invoke(main, ["check", "example"])
    assert "open:" not in done.output
