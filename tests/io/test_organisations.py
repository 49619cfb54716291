"""Organisations by business number, and who applies together: what is read, and what is refused with its cell."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.evaluation.eligibility import list_members
from smartcert.io.rounds.organisations import compute_check_digit
from smartcert.paths import PROJECT_ROOT
from smartcert.services.rounds import OpenRound, open_round

SERVICE = PROJECT_ROOT / "parameters" / "rounds" / "service-example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SERVICE, tmp_path / "service-example"))


def change(folder: Path, file: str, before: str, after: str) -> None:
    path = folder / file
    text = path.read_text("utf-8-sig")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def read_problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        open_round(str(folder))
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("number", ["1348672683", "1248100998", "0018100017", "0018100021"])
def test_the_check_digit_of_a_business_number(number: str) -> None:
    assert compute_check_digit(number[:-1]) == int(number[-1])


def test_a_changed_digit_of_a_number_shows() -> None:
    number = "134867268"
    others = [number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :] for at in range(len(number))]
    assert all(compute_check_digit(other) != compute_check_digit(number) for other in others)


BROKEN = [
    ("organisations.csv", "001-81-00017", "001-81-00018", "organisations.csv:2:1 (number)", "a check digit of 7"),
    ("organisations.csv", "001-81-00017", "12345", "organisations.csv:2:1 (number)", "a business number of ten digits"),
    (
        "organisations.csv",
        "001-81-00021",
        "001-81-00017",
        "organisations.csv:3:1 (number)",
        "each once (first in line 2)",
    ),
    ("organisations.csv", "company", "city", "organisations.csv:2:4 (kind)", "one of: company, consortium"),
    (
        "registry.csv",
        "general_district",
        "company",
        "registry.csv:5:4 (kind)",
        "organisations have a table of their own",
    ),
    ("partners.csv", "haneul,001-81-00021,lead", "haneul,001-81-00021,partner", "partners.csv:4:3 (role)", "lead for"),
    ("partners.csv", "9612000000,partner,40", "9612000000,partner,41", "partners.csv:5:4 (share)", "add up to 101 %"),
    ("partners.csv", "9612000000,partner,40", "9612000000,partner,", "partners.csv:5:4 (share)", "a share for each"),
    ("partners.csv", "9612000000,partner,40", "9612000000,partner,0", "partners.csv:5:4 (share)", "above 0"),
    ("partners.csv", "9612000000,partner", "9999999999,partner", "partners.csv:5:2 (code)", "a code of the round's"),
    ("partners.csv", "haneul,9612000000", "haneal,9612000000", "partners.csv:5:1 (applicant)", "did you mean 'haneul'"),
    ("round.yaml", "scheme: service", "scheme: city", "round.yaml:15:9 (scheme)", "is of scheme 'service'"),
    ("round.yaml", "scheme: service", "scheme: servise", "round.yaml:15:9 (scheme)", "did you mean 'service'"),
    (
        "round.yaml",
        "organisations: organisations.csv",
        "organisations: ../o.csv",
        "(organisations)",
        "the name of a .csv",
    ),
]


@pytest.mark.parametrize(("file", "before", "after", "place", "message"), BROKEN)
def test_what_is_wrong_is_named_with_its_place(
    folder: Path, file: str, before: str, after: str, place: str, message: str
) -> None:
    change(folder, file, before, after)
    problems = read_problems(folder)
    assert any(place in problem and message in problem for problem in problems), problems


@pytest.fixture(scope="module")
def opened() -> OpenRound:
    return open_round("service-example")


def test_partners_are_named_and_each_is_held_against_who_may_apply(opened: OpenRound) -> None:
    evaluations = {one.id: one for one in opened.evaluations}
    joint = evaluations["haneul"]
    assert joint.applicant.full_name.ko == "하늘교통(주)·하늘시"
    assert joint.applicant.full_name.en == "Haneul Transport and Haneul-si"
    assert [(one.applicant.name.ko, one.lead, one.share) for one in joint.partners] == [
        ("하늘교통(주)", True, Fraction(60)),
        ("하늘시", False, Fraction(40)),
    ]
    codes = [finding.code for finding in joint.findings]
    assert "joint_application_allowed" in codes
    assert "partner_may_apply" in codes
    refused = [finding.code for finding in evaluations["danji"].findings if finding.refuses]
    assert refused == ["partner_may_not_apply"]
    assert evaluations["gaon"].partners == ()


def test_a_company_has_neither_members_nor_a_right_applicant(opened: OpenRound) -> None:
    company = next(one.applicant for one in opened.evaluations if one.id == "gaon")
    assert list_members(company, opened.round.registry, opened.rules.eligibility) == ()


def test_every_verdict_of_the_example_round_of_services(opened: OpenRound) -> None:
    results = {
        one.id: (one.scorecard.points if one.scorecard else None, outcome.result.value)
        for one, outcome in zip(opened.evaluations, opened.outcomes, strict=True)
    }
    assert results == {
        "gaon": (Fraction("87.49"), "certified"),
        "haneul": (Fraction("83.34"), "certified"),
        "nuri": (70, "open"),
        "mirae": (Fraction("69.28"), "not_certified"),
        "badak": (Fraction("55.09"), "not_certified"),
        "danji": (None, "excluded"),
        "neujeun": (None, "excluded"),
        "hanbit": (None, "excluded"),
    }
