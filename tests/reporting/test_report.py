"""What the applicant report says: the result in its first sentences, and a working that leads to the printed points."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html import escape

import pytest

from smartcert.model.application import Missing
from smartcert.model.evaluation import FloorMissed
from smartcert.model.indicator import RoundingStep
from smartcert.reporting.applicant import tables, verdict, working
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Record, from_json, to_json
from smartcert.services.rounds import open_round
from tests.support import sample_records
from tests.support.about import list_texts
from tests.support.build import example
from tests.support.report_pages import Reader
from tests.support.sample_records import build_computed_outcome


def say(record: Record, language: str = "ko") -> str:
    return " ".join(verdict.describe_verdict(record.evaluation, record.outcome, Words(language, "report")))


def with_points(points: str, exact: str | None = None) -> Record:
    """Return the sample with another total."""
    record = sample_records.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    card = replace(card, points=Fraction(points), exact=Fraction(exact or points))
    result = sample_records.level_result(card)
    evaluation = replace(
        record.evaluation, scorecard=card, level=result, next_level=sample_records.find_next_level(card, result)
    )
    return replace(record, evaluation=evaluation, outcome=build_computed_outcome(evaluation))


def test_a_record_shows_the_same_from_memory_and_from_its_file() -> None:
    for record in (sample_records.not_certified(), open_round("example").record("ara")):
        pages = []
        for one in (record, from_json(Record, to_json(record))):
            report = ApplicantReport(one, "ko")
            names = ("head", "verdict", "decision", "points", "working", "committee", "basis", "trace")
            pages.append([section.html for name in names if (section := getattr(report, name)())])
        assert pages[0] == pages[1]


def test_below_the_threshold_the_result_says_by_how_much() -> None:
    assert say(with_points("139.4")).startswith(
        "하늘시는 200점 만점에 139.4점을 받아 4등급으로 산정되었고, 아직 결정되지 않았습니다. "
        "총점은 인증 기준점수(3등급, 140점)보다 0.6점 낮아 인증기준에 미달합니다."
    )
    assert say(with_points("139.4"), "en").startswith(
        "Haneul-si scored 139.4 out of 200 points: Level 4 computed, not decided. "
        "The total is 0.6 points below the certification threshold (Level 3, 140 points), so the criteria are not met."
    )


def test_exactly_at_the_threshold_and_above_it_the_result_says_so() -> None:
    assert "인증 기준점수(3등급, 140점)와 같아 인증기준을 충족합니다" in say(with_points("140"))
    assert "The total equals the certification threshold (Level 3, 140 points)" in say(with_points("140"), "en")
    assert "0.1점 높아 인증기준을 충족합니다" in say(with_points("140.1"))


def test_rounding_that_decides_the_level_is_told() -> None:
    html = ApplicantReport(with_points("140.0", exact="139.95"), "ko").verdict().html
    assert "총점은 끝수 처리 전 139.95점입니다" in html
    assert "끝수 처리 전 총점은 4등급에 해당합니다" in html
    unmoved = ApplicantReport(with_points("139.9", exact="139.94"), "ko").verdict().html
    assert "139.94점" in unmoved
    assert "산정 등급이 달라졌습니다" not in unmoved


def test_a_floor_that_holds_the_level_back_is_told() -> None:
    record = with_points("150")
    result = record.evaluation.level
    assert result is not None
    floor = FloorMissed(
        domain=record.evaluation.scorecard.domains[0].name,  # type: ignore[union-attr]  # the sample is scored
        points=Fraction(57),
        floor=Fraction(60),
        best_level=4,
    )
    held = replace(result, level=4, certified=False, by_points=3, floors=(floor,))
    record = replace(record, evaluation=replace(record.evaluation, level=held))
    assert "총점은 3등급에 해당하나, 최저 기준점수에 미달한 분야(혁신성)가 있어 4등급으로 산정되었습니다" in say(record)
    assert "혁신성 분야의 득점(57점)이 최저 기준점수(60점)에 미달" in ApplicantReport(record, "ko").verdict().html


@pytest.mark.parametrize(
    ("missed", "korean", "english"),
    [
        ([True], "충족하지 못한 필수 요건(혁신성)이 있어", "but a requirement was not met (Innovation)"),
        ([True, False], "필수 요건과 최저 기준점수를 충족하지 못하여", "a requirement was not met and a minimum score"),
    ],
)
def test_a_missed_prerequisite_is_no_missed_minimum_score(missed: list[bool], korean: str, english: str) -> None:
    record = with_points("150")
    result, card = record.evaluation.level, record.evaluation.scorecard
    assert result is not None
    assert card is not None
    floors = tuple(
        FloorMissed(
            domain=card.domains[at].name, points=Fraction(0), floor=Fraction(1), best_level=4, prerequisite=prerequisite
        )
        for at, prerequisite in enumerate(missed)
    )
    barred = replace(result, level=4, certified=False, by_points=3, floors=floors)
    record = replace(record, evaluation=replace(record.evaluation, level=barred))
    assert from_json(Record, to_json(record)) == record
    for language, sentence, note, minimum in (
        ("ko", korean, "필수 요건(혁신성)을 충족하지 못하여", "최저 기준점수(1점)"),
        ("en", english, "The requirement “Innovation” was not met.", "below its minimum of 1"),
    ):
        html = ApplicantReport(record, language).verdict().html
        assert sentence in html
        assert note in html
        assert (minimum in html) is (False in missed)


def test_a_refused_application_says_at_which_stage_and_why() -> None:
    record = sample_records.late()
    assert say(record) == (
        "하늘시의 신청은 접수 마감(2023년 10월 26일 18:00)을 1분 지나 도착하여 평가 대상에서 제외되었습니다. "
        "평가하지 않았으므로 점수와 등급이 없습니다. 이의신청 방법은 통지서에 있습니다."
    )
    html = ApplicantReport(record, "ko").verdict().html
    assert "1분 지났습니다" in html
    assert "2023년 공모" in html


def test_an_open_supplement_says_until_when() -> None:
    record = sample_records.supplement_pending()
    assert say(record) == (
        "하늘시의 신청은 제출서류를 보완하고 있어 평가를 보류하고 있습니다. "
        "보완 기한은 2023년 11월 6일이며, 기한이 지난 뒤 평가 여부를 결정합니다. 아직 점수와 등급이 없습니다."
    )
    assert "제출 기한은 2023년 11월 6일입니다" in ApplicantReport(record, "ko").eligibility().html


def workings(language: str = "ko") -> dict[str, working.IndicatorWorking]:
    record = sample_records.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    why = tables.find_exclusion_reasons(record.evaluation.findings)
    words = Words(language, "report")
    found = {}
    waiting = list(working.build_sections(card, why, words))
    while waiting:
        one = waiting.pop()
        waiting += one.sections
        found |= {indicator.id: indicator for indicator in one.indicators}
    return found


def steps(name: str, column: int = 0) -> dict[str, str]:
    return {step.name: step.cells[column] for step in workings()[name].steps}


def test_each_scale_shows_its_sum() -> None:
    assert steps("N01")["인구 100,000명당"] == "132 ÷ 412,000 × 100,000 ≈ 32.0388"
    assert steps("N01")["점수 환산"] == "20건 이상: 16점"
    assert steps("N02")["점수 환산"] == "20 × (5.5 − 10) ÷ (4 − 10) = 15"
    assert steps("N03")["점수 환산"] == "예: 10점"
    assert steps("N04")["점수 환산"] == "5 × 2 = 10 (5건까지만 인정)"
    assert steps("N05")["점수 환산"] == "같은 도시 유형 6곳 가운데 2위 → 3위까지: 14점"
    assert "2 ÷ 6 × 100 ≈ 33.3333%" in steps("N08")["점수 환산"]
    assert steps("N08")["배점 재배분"] == "15 × 3 ÷ 2 = 22.5"
    assert steps("L02")["점수 환산"] == "30 × (4 − 1) ÷ (5 − 1) = 22.5"


def test_marks_show_who_was_trimmed_excluded_or_silent() -> None:
    one = workings()["L01"]
    assert [(mark.text, mark.trimmed) for mark in one.marks] == [
        ("4", False),
        ("5", True),
        ("제척", False),
        ("미제출", False),
        ("4", False),
        ("2", True),
    ]
    assert steps("L01")["절사평균"] == "(4 + 4) ÷ 2 = 4"
    html = ApplicantReport(sample_records.not_certified(), "ko").working().html  # type: ignore[union-attr]  # scored
    assert "<del>5</del>" in html


def test_absent_not_applicable_and_zero_are_three_different_things() -> None:
    assert steps("N07")["값"] == "미제출"
    assert steps("N06")["값"] == "해당 없음"
    assert steps("N07")["점수 환산"] == "미제출: 0점 처리"
    zero = sample_records.working(Fraction(0), Fraction(0), Fraction(0))
    card = sample_records.scorecard({"N03": replace(sample_records.scores()["N03"], confirmed=zero)})
    rows = {row.id: row for _, found in tables.build_indicator_rows(card, None, Words("ko", "report")) for row in found}
    assert (rows["N03"].own, rows["N03"].missing) == ("0.00", "")
    assert (rows["N07"].own, rows["N07"].missing) == ("0.00", "미제출")
    assert (rows["N06"].share, rows["N06"].missing) == ("—", "해당 없음")
    assert Missing.ABSENT != Missing.NOT_APPLICABLE


def test_columns_that_differ_stand_apart_and_equal_ones_together() -> None:
    assert workings()["N04"].columns == ("신청값", "서면평가값", "확정값")
    assert workings()["N05"].columns == ("신청값", "서면평가값 · 확정값")
    assert workings()["N01"].columns == ("신청값 · 서면평가값 · 확정값",)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_printed_sum_adds_up_by_its_own_numbers(language: str) -> None:
    section = ApplicantReport(sample_records.not_certified(), language).working()
    assert section is not None
    sums = re.findall(r"(?:[\d,.]+ \+ )+[\d,.]+ = [\d,.]+\d", section.html)
    assert len(sums) == 7  # four items of several indicators, two domains of several items, the total
    for line in sums:
        addends, result = line.split(" = ")
        total = sum(Fraction(one.replace(",", "")) for one in addends.split(" + "))
        assert total == Fraction(result.replace(",", ""))


def test_what_the_inspection_cost_is_shown_with_its_reasons() -> None:
    section = ApplicantReport(sample_records.not_certified(), "ko").inspection()
    assert section is not None
    assert "시행 중인 조례는 2건뿐임" in section.html
    assert "−6.00" in section.html
    assert "현장실사를 하지 않아 서면평가값을 적용한 지표: N03, N05" in section.html


def test_suppressed_peers_are_nowhere_in_the_page() -> None:
    section = ApplicantReport(sample_records.not_certified(suppressed=True), "ko").points()
    assert "4곳뿐이어서" in section.html
    assert "상위 사분위" not in section.html


def test_rules_show_names_statuses_and_citations() -> None:
    html = ApplicantReport(sample_records.not_certified(), "ko").basis().html
    assert "3등급 기준점수" in html
    assert "운영지침 제8조제4항" in html
    assert "0f" * 32 in html
    assert "https://www.law.go.kr/행정규칙/" in Reader(html).text["td"]


def test_the_rounding_that_the_edition_orders_is_listed() -> None:
    card = sample_records.scorecard()
    assert [one.at for one in card.rounding] == [RoundingStep.INDICATOR, RoundingStep.TOTAL]
    assert working.describe_roundings(card, Words("ko", "report")) == [
        "지표 점수: 소수점 아래 2자리까지 반올림",
        "총점: 소수점 아래 1자리까지 반올림",
    ]


def test_an_address_is_written_with_its_hangul_and_nothing_else_decoded() -> None:
    from smartcert.model.citation import Basis, Citation, Source, Text
    from smartcert.reporting.basis import build_basis

    url = "https://example.org/%EA%B3%B5%EB%AA%A8?q=%2F%20%26"
    source = Source(id="a", title=Text(ko="가", en="a"), short=Text(ko="가", en="a"), kind="law", url=url)
    rule = sample_records.basis("x")
    cited = Basis(name=rule.name, since=rule.since, status=rule.status, cite=(Citation(source=source),))
    sources = build_basis([cited], Words("ko", "report"))["sources"]
    assert isinstance(sources, list)
    assert sources[0].url == "https://example.org/공모?q=%2F%20%26"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_stands_beside_each_indicator_is_in_the_basis_of_a_report(language: str) -> None:
    record = open_round("example").record("ara")
    card = record.evaluation.scorecard
    assert card is not None
    html = ApplicantReport(record, language).basis().html
    for score in card.indicators():
        about = score.indicator.about
        assert about is not None
        texts = list_texts(about)
        assert all(text is not None and escape(text.of(language)) in html for text in texts), score.indicator.id
        assert all(link in html for link in about.links)


def test_an_edition_that_says_nothing_beside_its_indicators_has_no_heading_for_it() -> None:
    words = Words("en", "report")
    card = sample_records.not_certified().evaluation.scorecard
    assert tables.build_about_rows(card, words) == []
    assert tables.build_about_rows(None, words) == []
    assert words("basis.about") not in ApplicantReport(sample_records.not_certified(), "en").basis().html


def test_what_holds_an_application_is_no_reason_for_its_exclusion() -> None:
    for name, language, said, other in (
        ("areum", "ko", "평가 보류 사유", "평가 제외 사유"),
        ("areum", "en", "reason for the hold", "reason for exclusion"),
        ("noeul", "ko", "평가 제외 사유", "평가 보류 사유"),
        ("noeul", "en", "reason for exclusion", "reason for the hold"),
    ):
        html = ApplicantReport(example().record(name), language).eligibility().html
        assert f"({said})" in html, (name, language)
        assert f"({other})" not in html, (name, language)
