"""A round of 2027 on the registry of July 2026, certified for an applicant that has another code than before."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from smartcert.certification.store import Register
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.services.holders import codes_of
from smartcert.services.rounds import open_round
from tests.cli.test_recoding import issue
from tests.cli.test_registry import amend, smartcert
from tests.cli.test_registry import parameters as parameters

CODES = {
    "9000000004": "1213000000",  # 여수시, certified in 2025 as 4613000000
    "9000000002": "4111000000",
    "9000000003": "2800000000",
    "9000000005": "2812500000",  # 제물포구, which there was not in 2025
}
APPLICANT = "aru-si"
TABLES = ("applications", "committee", "documents", "inspections", "marks", "measurements")
DECISIONS = """\
applicant,proposed,proposed_by,proposed_on,proposal_reason,decided,decided_by,decided_on,reason
aru-si,3,운영기관 심사팀장,2027-12-10,,3,도시정책과장,2027-12-20,
"""


def fill_round(parameters: Path, codes: Mapping[str, str] = CODES) -> None:
    """Give the round the tables of a simulated one, with codes of real local governments and one good applicant."""
    amend(parameters, "2026-07")
    asked = ["--applicants", "4", "--seed", "7", "--like", "2027", "--output", "parameters/rounds/rehearsal"]
    assert smartcert("simulate", *asked).exit_code == 0
    for table in TABLES:
        text = (parameters / "rounds" / "rehearsal" / f"{table}.csv").read_text(encoding="utf-8-sig")
        for invented, code in codes.items():
            text = text.replace(invented, code)
        (parameters / "rounds" / "2027" / f"{table}.csv").write_text(text, encoding="utf-8")
    marks = parameters / "rounds" / "2027" / "marks.csv"
    rows = list(csv.reader(marks.read_text(encoding="utf-8").splitlines()))
    column = rows[0].index("mark")
    for row in rows[1:]:
        row[column] = "5" if row[0] == APPLICANT and row[column] != "absent" else row[column]
    with marks.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (parameters / "rounds" / "2027" / "decisions.csv").write_text(DECISIONS, encoding="utf-8")
    committee = csv.DictReader((marks.with_name("committee.csv")).read_text(encoding="utf-8").splitlines())
    votes = [f"{APPLICANT},level,,{member['evaluator']},yes,yes" for member in committee]
    marks.with_name("votes.csv").write_text(
        "\n".join(["applicant,matter,about,evaluator,present,vote", *votes]), encoding="utf-8"
    )


@pytest.mark.notebook
@pytest.mark.timeout(300)
def test_a_round_of_2027_is_opened_checked_run_and_certified(parameters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_round(parameters)
    checked = smartcert("check", "2027")
    assert checked.exit_code == 0, checked.stderr
    evaluation = next(one for one in open_round("2027").evaluations if one.id == APPLICANT)
    assert (evaluation.applicant.name.en, evaluation.applicant.code) == ("Yeosu-si", "1213000000")
    assert "population_old" in [finding.code for finding in evaluation.findings]
    done = smartcert("run", "2027", "--applicant", APPLICANT, "--language", "en", "--output", "out", "--quiet")
    assert done.exit_code == 0, done.stderr
    page = Path("out", "applicants", APPLICANT, "report.en.html").read_text(encoding="utf-8")
    assert "14 months before the day of the rules" in page

    register = ["--register", "register.sqlite"]
    assert smartcert("register", "import", "--public", *register).exit_code == 0
    before = smartcert("register", "status", "여수시", "--on", "2026-07-01", *register, "--language", "en")
    assert "valid" in before.output.splitlines()[1]
    now = datetime(2027, 12, 21, 20, tzinfo=KOREAN_TIME)
    for module in ("options", "entries"):
        monkeypatch.setattr(f"smartcert.cli.register.{module}.get_now", lambda: now)
    extended = smartcert(
        *("register", "extend", "2027", APPLICANT, "--at", "2027-12-21", "--reason", "round of 2027"),
        *("--issued-by", "장관실", *register, "--language", "en"),
    )
    assert extended.exit_code == 0, extended.stderr
    assert smartcert("register", "verify", *register).exit_code == 0
    with Register.read(Path("register.sqlite"), codes_of) as opened:
        chain = list(opened.events("1213000000"))
    assert [event.subject for event in chain] == ["4613000000"] + ["1213000000"] * 5
    assert chain[1].text("entity") == "yeosu-si"
    for asked in ("4613000000", "1213000000", "여수시", "전남 여수시"):
        shown = smartcert("register", "status", *asked.split(), "--on", "2027-12-21", *register, "--language", "en")
        assert shown.exit_code == 0, shown.stderr
        assert "valid" in shown.output.splitlines()[1]
        assert "2029" in shown.output


def test_who_came_about_by_a_merger_is_not_certified_anew_beside_a_certificate_in_force_without_a_word(
    parameters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_round(parameters, CODES | {"9000000004": "2812500000", "9000000005": "1213000000"})
    now = datetime(2027, 12, 21, 20, tzinfo=KOREAN_TIME)
    for module in ("options", "entries"):
        monkeypatch.setattr(f"smartcert.cli.register.{module}.get_now", lambda: now)
    issue(Path("register.sqlite"), "2814000000", date(2026, 3, 2))  # 인천 동구, now part of 제물포구
    asked = ["--at", "2027-12-21", "--reason", "round of 2027", "--register", "register.sqlite", "--language", "en"]
    refused = smartcert("register", "issue", "2027", "--all", *asked)
    assert refused.exit_code == 1
    assert "SC-2026-0001, issued before the merger or division, has not ended" in refused.output
    assert smartcert("register", "issue", "2027", APPLICANT, *asked).exit_code == 0
