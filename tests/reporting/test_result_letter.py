"""The letter of result: what was decided, each reason once, what would help, how to object, on one sheet of paper."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hwpx.tools.package_validator import validate_package
from selectolax.lexbor import LexborHTMLParser

from smartcert.io.formats.hwpx import read_hwpx
from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation
from smartcert.model.sender import Sender
from smartcert.reporting.catalogue import load_catalogue
from smartcert.reporting.pdf import render_tagged_pdf
from smartcert.services.letters import build_letters
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS, example
from tests.support.chromium import complaints

NEVER_REFUSE = frozenset({
    *("kind_may_apply", "right_applicant_parent", "right_applicant_members", "second_code"),
    *("joint_application_allowed", "partner_may_apply", "class_determined", "size_type_by_kind"),
    *("size_type_by_population", "population_old", "document_complete"),
    *("received_in_time", "channel_default", "channel_reason_given", "official_letter_received"),
    *("supplement_answered", "divided_by_zero", "evaluator_excluded", "corrected_at_desk", "corrected_on_site"),
    *("not_inspected", "not_inspected_absent", "decided_as_computed", "decided_otherwise", "decision_open"),
    *("decision_without_level", "proposal_without_reason", "decision_without_reason", "decision_by_one_person"),
    *("decision_without_vote", "decision_by_evaluator", "decision_before_proposal"),
})  # fmt: skip
KNOWN = Sender(
    agency=Text(ko="국토연구원", en="KRIHS"),
    objections=Text(ko="공고 제9호에 따라 30일 안에 합니다.", en="By call no. 9 within 30 days."),
    remedies=Text(ko="불복 방법은 누리집에 있습니다.", en="Other remedies: see the website."),
)


def letter(name: str, language: str = "ko", opened: OpenRound | None = None) -> str:
    page = build_letters(opened or example(), name, (language,))[language]["html"].decode()
    return " ".join(LexborHTMLParser(page).css_first("main").text(separator=" ").split())


def with_sender(sender: Sender) -> OpenRound:
    return replace(example(), round=replace(example().round, sender=sender))


def test_the_decision_counts_and_not_what_was_computed() -> None:
    text = letter("yeoul")
    assert "결과 통지(불인증)" in text
    assert "4등급, 불인증으로 결정하였습니다" in text
    reasons = text[text.index("주요 사유") :]
    assert reasons.index("결정 사유: “현장실사 뒤 면적") < reasons.index("득점률")
    assert "인증기준을 충족" not in text


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["mireu", "raon", "areum"])
def test_a_letter_about_what_is_open_has_no_points_and_no_result(name: str, language: str) -> None:
    text = letter(name, language)
    assert {"ko": "진행 상황 안내(결정 전)", "en": "not yet decided"}[language] in text
    evaluation = next(one for one in example().evaluations if one.id == name)
    if evaluation.scorecard is not None:
        assert f"{float(evaluation.scorecard.points):,.1f}" not in text
    assert {"ko": "이의신청", "en": "object"}[language] not in text


def test_one_reason_for_21_indicators_stands_once_with_what_would_have_been_needed() -> None:
    text = letter("daon")
    assert text.count("평점이 2개로, 필요한 3개에 미달합니다") == 1
    assert "같은 사유가 20건 더 있습니다" in text
    assert "지표마다 평가위원의 평점이 3개 이상" in text
    assert "점수와 등급이 없습니다" in text


def test_what_comes_next_is_the_value_that_gives_the_next_level() -> None:
    text = letter("haneul", "en")
    assert "is 6.0 points away. Each of these indicators alone would reach it:" in text
    assert "now 40.72%; 52.61% would add 6.0 points and give a computed Level 3 (90%: up to 24.6 points)" in text


@pytest.mark.parametrize("name", ["yeoul", "haneul", "saebyeok"])
def test_the_next_level_is_the_one_above_the_computed_one_whatever_was_decided(name: str) -> None:
    assert "산정 등급의 다음 등급(" in letter(name)
    assert "The level above the computed one (" in letter(name, "en")


@pytest.mark.parametrize("evaluation", example().evaluations, ids=lambda evaluation: evaluation.id)
def test_only_one_domain_has_most_points_left(evaluation: Evaluation) -> None:
    assert letter(evaluation.id).count("점으로 가장 큽니다") <= 1
    assert letter(evaluation.id, "en").count("Most was lost") <= 1


def test_an_unknown_period_is_said_to_be_unknown_and_other_remedies_are_never_invented() -> None:
    text = letter("haneul")
    assert "운영기관( [발신 기관] )에 이의신청을 할 수 있습니다( 국토교통부고시 제2021-223호 제3조제2항 )" in text
    assert "기간과 서식은 정해져 있지 않습니다" in text
    assert "[불복 안내]" in text
    known = letter("haneul", opened=with_sender(KNOWN))
    assert "운영기관(국토연구원)에 이의신청을" in known
    assert "공고 제9호에 따라 30일 안에 합니다." in known
    assert "불복 방법은 누리집에 있습니다." in known
    assert "서식은 정해져 있지 않습니다" not in known


def test_words_of_others_are_escaped() -> None:
    hostile = Sender(agency=Text(ko="<script>alert(1)</script>", en="x"), remedies=Text(ko="<b>&amp;", en="x"))
    page = build_letters(with_sender(hostile), "haneul", ("ko",))["ko"]["html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;&amp;amp;" in page


@pytest.mark.parametrize("name", ["ara", "haneul", "daon", "mireu", "areum"])
def test_nothing_korean_stands_in_an_english_letter(name: str) -> None:
    assert not re.search(r"[가-힣]", letter(name, "en"))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_finding_that_can_refuse_says_what_would_have_been_needed(language: Any) -> None:
    codes = {key.split(".")[1] for key in load_catalogue(language, "findings")}
    needed = {key.split(".")[1] for key in load_catalogue(language, "result_letter") if key.startswith("needed.")}
    assert codes - needed == NEVER_REFUSE
    assert not needed - codes


def test_no_finding_of_the_shipped_rounds_refuses_without_saying_what_was_needed() -> None:
    for name in ("example", "service-example"):
        for evaluation in open_round(str(PARAMETERS / "rounds" / name)).evaluations:
            assert not {finding.code for finding in evaluation.findings if finding.refuses} & NEVER_REFUSE


@pytest.mark.parametrize("name", ["example", "service-example"])
def test_both_readers_open_every_hangul_letter_and_find_its_words(name: str, tmp_path: Path) -> None:
    opened = open_round(str(PARAMETERS / "rounds" / name))
    for evaluation in opened.evaluations[::4]:
        for formats in build_letters(opened, evaluation.id, ("ko", "en")).values():
            assert read_hwpx(formats["hwpx"], "letter.hwpx") == ()  # no table: nothing that we would take for figures
            path = tmp_path / "letter.hwpx"
            path.write_bytes(formats["hwpx"])
            assert validate_package(path).ok
            words = " ".join(texts_by_python_hwpx(path).split())
            shown = LexborHTMLParser(formats["html"].decode())
            for paragraph in shown.css("main p, main h1"):
                assert " ".join(paragraph.text().split()) in words


def texts_by_python_hwpx(path: Path) -> str:
    from hwpx.document import HwpxDocument

    return "\n".join(str(paragraph.text) for paragraph in HwpxDocument.open(str(path)).paragraphs)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["ara", "haneul", "yeoul", "daon", "areum"])
def test_a_letter_fits_one_sheet_also_where_everything_is_known(name: str, language: str) -> None:
    long = Text(ko="국토연구원 스마트공간연구센터 " * 2, en="Korea Research Institute for Human Settlements, unit")
    sender = replace(
        KNOWN,
        **dict.fromkeys(("signatory", "unit", "drafter", "reviewer", "approver", "address", "disclosure"), long),
        telephone="044-000-0000",
        email="who@example.org",
    )
    page = build_letters(with_sender(sender), name, (language,))[language]["html"].decode()
    assert len(pypdf.PdfReader(io.BytesIO(render_tagged_pdf(page))).pages) == 1


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["ara", "haneul", "daon"])
def test_axe_finds_nothing_wrong_and_nothing_is_fetched(browser: Any, tmp_path: Path, name: str, language: str) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(build_letters(example(), name, (language,))[language]["html"])
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert complaints(page) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_the_article_on_levels_is_named_only_where_there_is_a_level() -> None:
    assert "제8조" in letter("haneul").split("2. ")[0]
    for name in ("noeul", "areum"):
        assert "제8조" not in letter(name), name
