"""A page that names another applicant is found: in either script, with particles, by its code, wherever it stands."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.batch.checks import NameLeakCheck
from smartcert.batch.request import RenderedReport
from smartcert.model.citation import Text
from smartcert.reporting.records import Failure
from tests.support import sample_rounds as rounds

NAMES = {"ara": ("하늘시", "Haneul-si", "4100000010"), "bada": ("바다군", "Bada-gun", "4100000020")}


def build_check(record: str = "") -> NameLeakCheck:
    first = rounds.round_record().evaluations[0]
    evaluations = [
        replace(first, id=id_, applicant=replace(first.applicant, name=Text(ko=ko, en=en), code=code))
        for id_, (ko, en, code) in NAMES.items()
    ]
    return NameLeakCheck(evaluations, lambda _id, _audience: record)


def check(text: str, record: str = "") -> RenderedReport | Failure:
    return build_check(record).check(
        RenderedReport(applicant_id="ara", language="ko", page=text.encode(), notebook=b"")
    )


@pytest.mark.parametrize(
    "text",
    [
        "바다군",
        "<p>바다군은 3등급",
        "경상북도 바다군",
        "Bada-gun, level 3",
        "(4100000020)",
        "바다군"[0:2] + "군수 바다군청",
    ],
)
def test_another_applicant_is_found(text: str) -> None:
    found = check(text)
    assert isinstance(found, Failure)
    assert "the page names another applicant" in found.reason
    assert not isinstance(check(text, record=f"… {text} …"), Failure)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "하늘시 Haneul-si 4100000010",
        "새바다군",
        "바다",
        "abBada-gun"[2:6],
        "41000000201",
        "x0x4100000021",
        "Bada-gunner",
    ],
)
def test_nobody_else_is_taken_for_one(text: str) -> None:
    assert isinstance(check(text), RenderedReport)


def test_the_typeface_is_not_read() -> None:
    assert isinstance(check("base64,4100000020="), RenderedReport)


PARTS = st.sampled_from([
    *(word for words in NAMES.values() for word in words),
    *("은", "시", "군", "새", " ", "-", "1", "0", "4", "<b>", ".", "x", "X", "é"),
])  # fmt: skip


@given(st.lists(PARTS, max_size=12).map("".join))
def test_what_is_found_is_what_reading_every_word_finds(text: str) -> None:
    ko, en, code = NAMES["bada"]
    named = (
        any(run.startswith(ko) for run in re.findall("[가-힣]+", text))
        or re.search(rf"{en}\b", text, re.ASCII) is not None
        or code in re.findall("[0-9]+", text)
    )
    found = check(text)
    assert isinstance(found, Failure) is named
