"""Who a name or a code means: the worked cases, and what the command says of them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.services.local_governments import find_government
from tests.support.worked_cases import case_file

CASES = case_file("who")["cases"]
GOVERNMENTS = load_local_governments()


def who(*arguments: str, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["who", *arguments, "--language", language])


def of_kind(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES if key in case]


def test_there_are_sixty_cases_and_more_each_of_one_kind() -> None:
    assert len(CASES) >= 60
    assert all(sum(key in case for key in ("is", "among", "nobody")) == 1 for case in CASES)


@pytest.mark.parametrize("case", of_kind("code"))
def test_a_name_or_code_means_one(case: dict[str, str]) -> None:
    day = date.fromisoformat(case["on"])
    candidate = find_government(case["asked"], day)
    entity = candidate.entity
    assert (entity.id, entity.code_on(day), GOVERNMENTS.name(entity, day).ko) == (
        case["is"],
        case["code"],
        case["called"],
    )
    last, first = candidate.span.last, candidate.span.first
    if "until" in case:
        assert (candidate.current, last) == (False, date.fromisoformat(case["until"]))
    elif "from" in case:
        assert (candidate.current, first) == (False, date.fromisoformat(case["from"]))
    else:
        assert candidate.current


@pytest.mark.parametrize("case", of_kind("ended"))
def test_what_has_ended_says_whom_to_ask(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["on"])
    entity = find_government(case["asked"], day).entity
    assert (entity.id, entity.last) == (case["is"], date.fromisoformat(case["ended"]))
    assert [after.code_on(day) for after in GOVERNMENTS.successors(entity)] == case["ask"]
    shown = who(case["asked"], "--on", case["on"])
    assert shown.exit_code == 0
    assert all(code in shown.output for code in case["ask"])


@pytest.mark.parametrize("case", of_kind("among"))
def test_a_name_that_several_have_asks_which(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["on"])
    found = GOVERNMENTS.find(case["asked"], on=day)
    assert {one.entity.code_on(day) for one in found if one.current} == set(case["among"])
    assert [one.entity.id for one in found if not one.current] == case["was"]
    with pytest.raises(UsageError, match="give its code or its parent as well") as asks:
        find_government(case["asked"], day)
    assert all(code in str(asks.value) for code in case["among"])


@pytest.mark.parametrize("case", of_kind("nobody"))
def test_what_nobody_is_called_is_not_answered_with_somebody(case: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no local government") as refused:
        find_government(case["asked"], date.fromisoformat(case["on"]))
    told = str(refused.value)
    assert not any(code in told for code in case["not_guessed"])
    assert not re.search("[0-9]{10}", told.replace(case["asked"], "")) or "a guess" in told


def test_two_names_are_answered_one_by_one_and_a_name_with_its_parent_as_one() -> None:
    assert [line for line in who("여수시", "군위군", "--on", "2026-11-28").output.splitlines() if line[0] != " "] == [
        "Yeosu-si (여수시)",
        "Gunwi-gun (군위군)",
    ]
    assert who("광주", "동구", "--on", "2026-11-28").output.startswith("Dong-gu, Jeonnam-Gwangju")
    of_a_round = who("하늘시", "9517000000", "--round", "example").output.splitlines()
    assert [line.split(",")[0] for line in of_a_round if line[0] != " "] == ["Haneul-si (하늘시)", "Ara-gun (아라군)"]
    assert who("푸른도", "하늘시", "--round", "example").output.count("administrative code") == 1
    assert "no entry '하늘시 없는시'" in who("하늘시", "없는시", "--round", "example").output


def test_the_answer_says_since_when_and_by_which_act_in_both_languages() -> None:
    shown = who("4613000000", "--on", "2026-11-28")
    for words in (
        "1213000000",
        "since 1 July 2026",
        "Act 21446",
        "was its code until 30 June 2026",
        "the act was read",
    ):
        assert words in shown.output
    korean = who("4613000000", "--on", "2026-11-28", language="ko").output
    for words in ("여수시 (Yeosu-si)", "법률 제21446호", "2026년 6월 30일까지의 코드는 4613000000"):
        assert words in korean


def test_a_day_after_which_nothing_changed_is_answered_in_words() -> None:
    done = CliRunner().invoke(main, ["who", "--changes", "--since", "2100-01-01", "--language", "ko"])
    assert (done.exit_code, done.output) == (0, "2100년 1월 1일 이후 변경 없음\n")


@pytest.mark.parametrize("name", ["청원군", "마산시", "4111000001"])
def test_what_the_table_does_not_have_is_said_of_its_own_days_only(name: str) -> None:
    done = CliRunner().invoke(main, ["who", name, "--language", "en"])
    assert done.exit_code == 2
    assert "nor since the table begins on 2019-01-01" in done.stderr
    assert "before" not in done.stderr


@pytest.mark.parametrize("language", ["ko", "en"])
def test_changes_are_listed_with_their_acts_and_no_english_line_has_hangul(language: str) -> None:
    everything, later = (
        who("--changes", language=language),
        who("--changes", "--since", "2026-02-01", language=language),
    )
    assert everything.exit_code == later.exit_code == 0
    assert len(everything.output.splitlines()) == 2 * len(GOVERNMENTS.changes)
    assert 0 < len(later.output.splitlines()) < len(everything.output.splitlines())
    assert everything.output.endswith(later.output)
    if language == "en":
        assert not re.search("[가-힣]", everything.output.replace("광주특별시", ""))


@pytest.mark.parametrize(
    ("asked", "words", "unsaid"),
    [
        (
            "송파구",
            ("may apply yes", "metropolitan city Seoul", "nothing since 1 January 2019"),
            "requested",
        ),
        (
            "강원도",
            ("Gangwon State (강원특별자치도)", "“강원도” meant it until 10 June 2023", "4200000000 → 5100000000"),
            "second",
        ),
        ("3611000000", ("same as Sejong", "3611000000 is a second code of it"), "meant it"),
        ("4613000000", ("Yeosu-si (여수시)",), "requested"),
    ],
)
def test_with_a_round_the_answer_has_both_eligibility_and_past(asked: str, words: tuple[str, ...], unsaid: str) -> None:
    shown = who(asked, "--round", "2023").output
    assert all(sentence in " ".join(shown.split()) for sentence in words)
    assert unsaid not in shown
    assert shown.count("autonomous district (gu)\n") <= 1


def test_options_that_do_not_go_together_are_refused() -> None:
    assert who("--since", "2026-01-01", "여수시").exit_code == 2
    assert who("여수시", "--changes").exit_code == 2
    assert who("--all").exit_code == 2


def test_a_day_before_the_table_is_not_answered() -> None:
    shown = who("여수시", "--on", "2018-12-31")
    assert shown.exit_code == 2
    assert "begins on 2019-01-01" in shown.stderr


@pytest.mark.parametrize("number", ["001-81-00017", "0018100017"])
def test_a_business_number_with_or_without_hyphens_is_looked_up_in_its_round(number: str) -> None:
    result = who(number, "--round", "service-example")
    assert result.exit_code == 0
    assert "Gaon Data" in result.output


def test_a_business_number_without_a_round_says_what_it_needs() -> None:
    result = who("001-81-00017")
    assert result.exit_code != 0
    assert "--round ROUND" in f"{result.exception}{result.output}"
