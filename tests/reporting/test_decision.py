"""What a report says of the decision: to each audience, in both languages, in every situation that there is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from smartcert.errors import UsageError
from smartcert.model.committee import LevelDecision, VoteValue
from smartcert.model.outcome import Awaited, LevelStep, OutcomeStage, VoteResult, VoteTally
from smartcert.recompute import recompute
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import redact
from smartcert.reporting.page import PageNode, parse_page
from smartcert.reporting.records import Audience, PublicRecord, Record, to_json
from smartcert.services.appeals import build_appeal_pack
from smartcert.services.rounds import OpenRound
from tests.support import sample_records as samples
from tests.support.build import example
from tests.support.report_pages import batch_page, page, sections
from tests.support.sample_records import build_computed_outcome

both_languages = pytest.mark.parametrize("language", ["ko", "en"])
REASON = "소명이 끝나지 않아 한 등급 낮춤"
PROPOSED = LevelStep(level=4, by="운영기관 심사팀장", on=date(2023, 11, 20))
NOT_CARRIED = VoteTally(
    result=VoteResult.NOT_CARRIED, members=7, present=7, present_needed=5, yes=4, no=3, abstained=0, yes_needed=5
)
NO_QUORUM = VoteTally(result=VoteResult.NO_QUORUM, members=7, present=4, present_needed=5)


def open_outcome(record: Record, awaits: Awaited, **more: object) -> Record:
    """Return the record with an outcome that waits for something."""
    computed = build_computed_outcome(record.evaluation)
    values: dict[str, object] = {"awaits": awaits, **more}
    return replace(record, outcome=replace(computed, **values))  # type: ignore[arg-type]  # a test's shorthand


def decided(record: Record, level: int | None = None, reason: str = "") -> Record:
    return replace(record, outcome=samples.decided(record.evaluation, level, reason))


@cache
def situations() -> dict[str, Record]:
    """Return a record for each situation; the samples were computed at level 4 (below the criteria) and 3."""
    below, above = samples.not_certified(), samples.certified()
    carried = below.outcome.vote
    no_effect = replace(PROPOSED, by="도시정책과장", on=date(2023, 12, 1), level=3)
    return {
        "certified": decided(above),
        "not_certified": decided(below),
        "decided_lower": decided(above, 4, REASON),
        "decided_higher": decided(below, 3, REASON),
        "not_voted": open_outcome(below, Awaited.VOTE),
        "no_quorum": open_outcome(below, Awaited.QUORUM, vote=NO_QUORUM),
        "not_carried": open_outcome(below, Awaited.CARRIED_VOTE, vote=NOT_CARRIED, stage=OutcomeStage.VOTED),
        "carried": open_outcome(below, Awaited.PROPOSAL, vote=carried, stage=OutcomeStage.VOTED),
        "proposed": open_outcome(below, Awaited.DECISION, vote=carried, proposed=PROPOSED, stage=OutcomeStage.PROPOSED),
        "no_effect": open_outcome(
            *(below, Awaited.VALID_DECISION),
            vote=carried,
            proposed=PROPOSED,
            decided=no_effect,
            stage=OutcomeStage.PROPOSED,
        ),
        "on_hold": samples.supplement_pending(),
        "excluded": samples.late(),
    }


SENTENCES = {
    "certified": ("국토교통부장관은 2023년 12월 1일 3등급으로 스마트도시 인증을 결정하였습니다.",
                  "On 1 December 2023 the Minister decided to certify it at Level 3."),
    "not_certified": ("국토교통부장관은 2023년 12월 1일 4등급, 불인증으로 결정하였습니다.",
                      "On 1 December 2023 the Minister decided Level 4, not certified."),
    "decided_lower": ("3등급)으로 산정되었으나, 국토교통부장관은 2023년 12월 1일 4등급, 불인증으로 결정하였습니다. "
                      f"결정 사유: “{REASON}”. 아래 점수는 산정 결과이며 결정에 따라 고치지 않았습니다.",
                      "On 1 December 2023 the Minister decided Level 4, not certified. "
                      f"Reason: “{REASON}”. The scores below are as computed and were not changed."),
    "decided_higher": ("4등급)으로 산정되었으나, 국토교통부장관은 2023년 12월 1일 3등급, 인증으로 결정하였습니다.",
                       "On 1 December 2023 the Minister decided Level 3, certified."),
    "not_voted": ("인증평가위원회가 아직 의결하지 않았습니다.", "The Committee has not voted."),
    "no_quorum": ("의사정족수에 미달하여 열리지 못하였습니다", "The Committee could not meet for lack of a quorum"),
    "not_carried": ("인증평가위원회에서 부결되었습니다", "The Committee did not carry it"),
    "carried": ("가결되었으며, 운영기관의 보고를 기다리고 있습니다.", "the operating body has not yet reported"),
    "proposed": ("운영기관이 2023년 11월 20일 4등급으로 보고하였으며, 결정을 기다리고 있습니다.",
                 "The operating body reported Level 4 on 20 November 2023; the decision is pending."),
    "no_effect": ("효력이 있는 결정이 없습니다.", "No valid decision has been recorded."),
    "on_hold": ("보완 기한은 2023년 11월 6일이며, 기한이 지난 뒤 평가 여부를 결정합니다.",
                "Items are due on 6 November 2023; whether it is evaluated will be decided after that date."),
    "excluded": ("1분 지나 도착하여 평가 대상에서 제외되었습니다. 평가하지 않았으므로 점수와 등급이 없습니다.",
                 "arrived 1 minute after the deadline (26 October 2023, 18:00) and was excluded from evaluation."),
}  # fmt: skip
COUNTS = {"no_quorum": ("출석 4명, 필요 5명", "4 present, 5 needed"), "not_carried": ("찬성 4명", "4 in favour")}
OFFICIALS = ("심사팀장", "도시정책과장")


def seen_by(record: Record, audience: Audience) -> Record:
    seen = redact(record, audience)
    assert isinstance(seen, Record)
    return seen


def lead(record: Record, language: str) -> str:
    """Return the first paragraph of the result."""
    match = re.search(r'<p class="lead">(.*?)</p>', ApplicantReport(record, language).verdict().html, re.DOTALL)
    assert match is not None
    return match[1]


@both_languages
@pytest.mark.parametrize("audience", [Audience.REVIEWER, Audience.APPLICANT])
@pytest.mark.parametrize("situation", SENTENCES)
def test_the_first_paragraph_says_where_the_application_stands(
    situation: str, audience: Audience, language: str
) -> None:
    record = seen_by(situations()[situation], audience)
    text, column = lead(record, language), ("ko", "en").index(language)
    assert SENTENCES[situation][column] in re.sub("</?span[^>]*>", "", text)  # which says whose language a reason is in
    first = re.split(r"(?<=[^\d])\. ", text)[0]
    undecided = record.outcome.open and record.outcome.evaluated
    assert undecided == (("등급으로 산정되었고, 아직 결정되지 않았습니다", "computed, not decided")[column] in first)
    if record.outcome.open:
        assert not re.search("인증을 결정하였습니다|불인증|decided to certify|not certified", text)
    counts = COUNTS.get(situation)
    if counts:
        assert (counts[column] in text) == (audience is Audience.REVIEWER)


VALIDITY = (
    "인증은 인증서를 발급한 날부터 2년 동안 유효합니다.",
    "The certification is valid for 2 years from the day on which the certificate is issued.",
)


@both_languages
@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("situation", SENTENCES)
def test_only_what_was_decided_to_be_certified_has_a_period_of_validity(
    situation: str, audience: Audience, language: str
) -> None:
    record, column = situations()[situation], ("ko", "en").index(language)
    if audience is Audience.PUBLIC:
        if not record.outcome.certified:
            return
        public = redact(record, audience)
        assert isinstance(public, PublicRecord)
        html = PublicReport(public, language).verdict().html
        assert "certification.valid_years" in {rule.name for rule in public.rules}
    else:
        html = ApplicantReport(seen_by(record, audience), language).verdict().html
    assert (VALIDITY[column] in html) is record.outcome.certified
    assert ("유효합니다" in html or "is valid for" in html) is record.outcome.certified


def steps(html: str) -> list[list[str]]:
    """Return the cells of the table of steps."""
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_a_reviewer_sees_computed_voted_proposed_and_decided_side_by_side() -> None:
    section = ApplicantReport(situations()["decided_lower"], "ko").decision()
    assert section is not None
    assert steps(section.html) == [
        ["산정", "3등급", "운영기관(평가)", "—", "156.0 / 200점"],
        ["의결", "가결", "인증평가위원회", "—",
         "재적 7명 중 7명 출석(의사정족수 5명). 찬성 6명, 반대 1명, 기권 0명(의결정족수 5명)."],
        ["제안", "3등급", "심사팀장", "2023년 11월 20일", "—"],
        ["결정", "4등급 불인증", "도시정책과장", "2023년 12월 1일", REASON],
    ]  # fmt: skip
    assert "두 등급을 모두 기록으로 남깁니다" in section.html
    pending = ApplicantReport(situations()["proposed"], "en").decision()
    assert pending is not None
    assert steps(pending.html)[3] == ["Decided", "decision pending (the Minister has not decided)", "—", "—", "—"]
    without_effect = ApplicantReport(situations()["no_effect"], "en").decision()
    assert without_effect is not None
    assert steps(without_effect.html)[3][1] == "Level 3 on record, without effect"


@both_languages
@pytest.mark.parametrize("situation", SENTENCES)
def test_an_applicant_is_shown_no_count_of_votes_and_no_official(situation: str, language: str) -> None:
    record = seen_by(situations()[situation], Audience.APPLICANT)
    html = "".join(section.html for section in sections(record, language))
    for text in (html, to_json(record).decode()):
        assert not [name for name in OFFICIALS if name in text]
    plain = json.loads(to_json(record))["outcome"]
    assert not any(plain["vote"][name] for name in ("members", "present", "yes", "no", "abstained", "yes_needed"))
    section = ApplicantReport(record, language).decision()
    assert (section is not None) == record.outcome.evaluated
    if section is not None:
        assert [len(row) for row in steps(section.html)] == [4] * 4
        assert steps(section.html)[1][3] == "—"


@both_languages
@pytest.mark.parametrize("situation", SENTENCES)
def test_only_who_was_certified_by_a_decision_has_a_public_page(situation: str, language: str) -> None:
    record = situations()[situation]
    if situation not in ("certified", "decided_higher"):
        with pytest.raises(UsageError, match="was not certified"):
            redact(record, Audience.PUBLIC)
        return
    html = page(redact(record, Audience.PUBLIC), language)
    sentence = (
        "스마트도시 3등급 인증을 받았습니다"
        if language == "ko"
        else "was certified as a Level 3 smart city on 1 December"
    )
    assert sentence in html
    text = " ".join(node.text for node in parse_page(html)[0] if not node.tag)
    assert not re.search("4등급 |Level 4|산정|computed", re.sub("4등급 기준점수|Threshold of Level 4", "", text))
    assert REASON not in html


@pytest.mark.parametrize("situation", [name for name in SENTENCES if name not in ("on_hold", "excluded")])
@pytest.mark.parametrize("audience", [Audience.REVIEWER, Audience.APPLICANT])
def test_the_page_of_every_situation_is_equal_to_its_recomputation(situation: str, audience: Audience) -> None:
    html = batch_page(seen_by(situations()[situation], audience), "ko")
    assert recompute(html).differences == ()
    tampered = re.sub(r'<section[^>]*aria-labelledby="decision".*?</section>', "", html, flags=re.DOTALL)
    assert not recompute(tampered).equal


def find_uncalled_levels(nodes: list[PageNode], level: str) -> list[str]:
    """Return the texts with a level that are neither called computed, nor a threshold, nor a proposal."""
    allowed = re.compile(
        "산정|computed|기준점수|threshold|proposed|제안|보고하였으며|reported|이상|from|below", re.IGNORECASE
    )
    texts = [node for node in nodes if not node.tag]
    uncalled = []
    for before, node in pairwise(texts):
        called = before.text if node.within == "dd" else node.row  # a level beside its name in a list, or in a table
        graphic = node.within in ("th", "text", "tspan")
        if level in node.text and node.section != "basis" and not graphic:
            uncalled += [node.text] if not allowed.search(f"{called} {node.text}") else []
    return uncalled


@both_languages
def test_the_computed_level_is_nowhere_but_where_it_is_called_computed(language: str) -> None:
    level = "3등급" if language == "ko" else "Level 3"
    for record in (situations()["decided_lower"], example().record("yeoul"), example().record("mireu")):
        nodes, _ = parse_page("".join(section.html for section in sections(record, language)))
        assert find_uncalled_levels(nodes, level) == []
        labels = " ".join(node.text for node in nodes if node.tag and level in node.text)
        assert "산정 3등급" in labels or "Level 3 computed" in labels


EXAMPLE = {
    "yeoul": (
        "국토교통부장관은 2023년 12월 1일 4등급, 불인증으로 결정하였습니다",
        "the Minister decided Level 4, not certified",
    ),
    "mireu": ("3등급으로 산정되었고, 아직 결정되지 않았습니다", "Level 3 computed, not decided"),
    "raon": ("인증평가위원회에서 부결되었습니다(찬성 4명, 의결정족수 5명)", "did not carry it (4 in favour, 5 needed)"),
    "areum": ("평가를 보류하고 있습니다. 보완 기한은 2023년 11월 15일", "Items are due on 15 November 2023"),
    "noeul": ("1분 지나 도착하여 평가 대상에서 제외되었습니다", "arrived 1 minute after the deadline"),
}


@both_languages
@pytest.mark.parametrize("name", EXAMPLE)
def test_the_reports_of_the_example_say_what_was_decided(name: str, language: str) -> None:
    assert EXAMPLE[name][("ko", "en").index(language)] in lead(example().record(name), language)
    with pytest.raises(UsageError, match="was not certified"):
        redact(example().record(name), Audience.PUBLIC)


def with_decision(decision: LevelDecision | None, *, vote: VoteValue | None = None) -> OpenRound:
    """Return the example round with another decision on ara, and with all votes on it as ``vote``."""
    opened = example()
    proceedings = opened.round.proceedings
    decisions = [one for one in proceedings.decisions if one.applicant != "ara"]
    votes = [
        replace(one, vote=vote) if vote and one.applicant == "ara" and one.matter == "level" else one
        for one in proceedings.votes
    ]
    proceedings = replace(proceedings, decisions=(*decisions, *([decision] if decision else [])), votes=tuple(votes))
    changed = replace(opened.round, proceedings=proceedings)
    return OpenRound(folder=opened.folder, round=changed, rulebook=opened.rulebook, rules=opened.rules)


def decision(**more: object) -> LevelDecision:
    known = next(one for one in example().round.proceedings.decisions if one.applicant == "ara")
    return replace(known, **more)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("given", "vote", "sentence", "article"),
    [
        ({}, VoteValue.NO, "the Committee did not carry it", "Art. 4(4)"),
        ({"decided": 4}, None, "without a reason", "Art. 15(2)"),
        ({"decided": 4, "reason": "x", "decided_by": "운영기관 심사팀장"}, None, "the same person", "Art. 15(2)"),
        ({"decided_by": "강하람"}, None, "is an evaluator", "Art. 10(1)"),
        ({"decided_on": date(2023, 11, 19)}, None, "dated before the proposal", "Art. 15(2)"),
    ],
)
@pytest.mark.slow
def test_what_stands_against_a_decision_is_in_the_reviewers_report_with_its_article(
    given: dict[str, object], vote: VoteValue | None, sentence: str, article: str
) -> None:
    record = with_decision(decision(**given), vote=vote).record("ara")
    assert record.outcome.open
    section = ApplicantReport(record, "en").decision()
    assert section is not None
    assert sentence in section.html
    assert article in section.html
    assert "the decision has no effect" in section.html
    assert steps(section.html)[3][1].endswith("on record, without effect")
    assert "computed, not decided" in lead(record, "en")
    assert recompute(batch_page(record, "en")).differences == ()
    other = ApplicantReport(seen_by(record, Audience.APPLICANT), "en").decision()
    assert other is not None
    assert sentence not in other.html
    assert steps(other.html)[3][1].startswith("decision pending")


def test_a_vote_on_what_was_not_scored_is_shown_to_a_reviewer_only() -> None:
    record = example().record("daon")
    section = ApplicantReport(record, "en").decision()
    assert section is not None
    assert [row[1] for row in steps(section.html)] == ["—", "no quorum", "not yet", "—"]
    assert ApplicantReport(seen_by(record, Audience.APPLICANT), "en").decision() is None


@pytest.mark.parametrize(
    ("name", "counts", "sentence"),
    [
        ("yeoul", "counts,4,not_certified,", "Decided on 1 December 2023: not certified, Level 4; Level 3 computed."),
        ("mireu", "counts,,open,,,decision", "Computed, not decided: Level 3 computed; decision pending"),
        ("noeul", "counts,,excluded,", "Nothing was scored: excluded (receipt)."),
    ],
)
def test_an_appeal_pack_says_what_counts_and_what_was_computed(name: str, counts: str, sentence: str) -> None:
    files = build_appeal_pack(example(), name, (), {}.get).files
    rows = files["decision.csv"].decode("utf-8-sig").splitlines()
    computed = example().record(name).outcome.computed
    assert rows[1].startswith(f"computed,{computed or ''},")
    assert rows[-1].startswith(counts)
    assert sentence in files["pack.en.txt"].decode()
    if name == "yeoul":
        assert any(row.startswith("decided,4,,도시정책과장,2023-12-01,현장실사 뒤") for row in rows)
        assert "2023년 12월 1일 결정: 4등급 불인증, 산정 3등급." in files["pack.ko.txt"].decode()
