"""A round of services, in which companies apply, goes by commands from a company's form to its certificate."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from smartcert.io.rounds.round import read_call
from smartcert.services.rounds import open_round
from smartcert.simulation.packages import build_blank_pdf, prefill_claims
from tests.cli.conftest import Run
from tests.support.forms import FILES, package, send, workbook
from tests.support.sheets import read_rows

ROUND, COMPANY, NUMBER, WRITTEN = "service-example", "gaon", "0018100017", "001-81-00017"


@pytest.mark.parametrize("command", ["template service-example --applicant", "who --round service-example"])
def test_a_business_number_is_known_with_and_without_hyphens(run: Run, command: str) -> None:
    assert run(*command.split(), NUMBER) == run(*command.split(), WRITTEN)


def test_a_partner_is_shown_the_certificate_that_it_holds_with_the_lead(run: Run) -> None:
    asked = ("register", "status", "하늘시", "--round", ROUND, "--language", "en", "--on")
    for applicant in ("gaon", "haneul"):
        run("register", "issue", ROUND, applicant, "--reason", "결정", "--at", "2023-12-05")
    for day in ("2023-12-04", "2023-10-01"):
        before = run(*asked, day)
        assert "no certificate" in before, "of who is invented the public history knows nothing: the register answers"
        assert "SPECIMEN" not in before
    shown = run(*asked, "2023-12-05")
    assert re.findall("SPECIMEN-.*", shown) == ["SPECIMEN-2023-0002"]
    assert "no certificate" not in shown
    assert re.search(r"joint certificate +Haneul Transport and Haneul-si, 0018100021\n.* valid\n", shown)
    assert "Haneul Transport (lead, 60%), Haneul-si (40%)" in shown
    assert "the register" in shown, "an entry of the lead answers, not the public history"
    of_another = run("register", "status", "누리시", "--round", ROUND, "--language", "en", "--on", "2023-12-05")
    assert "joint certificate" not in of_another


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_package_of_a_company_is_checked_and_taken_in(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "parameters/rounds" / ROUND
    own = open_round(ROUND).application(COMPANY)
    for table in folder.glob("*.csv"):
        if table.stem not in ("organisations", "registry"):
            table.unlink()
    evidence = {claim.document: build_blank_pdf(60) for claim in prefill_claims(own).values() if claim.document}
    sent = package(workbook(own, read_call(ROUND)), files=FILES | evidence)
    send(tmp_path / "sent", [("gaon.zip", sent, f"2023-10-24 10:00,website,yes,{WRITTEN},,,,")])
    assert "Nothing to correct." in run("self-check", "sent/gaon.zip", "--language", "en")
    assert "1 package, 1 application; " in run(
        "intake", ROUND, "sent", "--due", "2023-11-08", "--asked-on", "2023-10-30"
    )
    (row,) = read_rows(folder / "applications.csv")
    assert row["code"] == NUMBER
    claims = {row["indicator"]: row["claimed"] for row in read_rows(folder / "measurements.csv")}
    assert claims.keys() == own.measurements.keys()
    steps = json.loads(run("status", ROUND, "--json"))["steps"]
    assert steps["intake"]["done"] == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_decided_services_are_issued_and_looked_after(run: Run, tmp_path: Path) -> None:
    assert "0 not met" in run("committee", "check", ROUND)
    assert "for 5 applicants" in run("committee", "assign", ROUND)
    for more in (("--evaluator", "E1"), ("--evaluator", "E1", "--format", "hwpx"), ("--inspector", "노하람")):
        assert (tmp_path / run("template", ROUND, *more).strip()).stat().st_size > 0
    issue = ("register", "issue", ROUND, "--all", "--reason", "결정", "--at", "2023-12-21 10:00")
    assert "2 issued, 2 decided not to certify, 0 already there, 4 not entered, 0 refused" in run(*issue)
    status = run("register", "status", WRITTEN, "--on", "2024-01-05")
    assert re.search(r"level +Pass", status)
    assert "Gaon Data" in status
    run("register", "key", "office.key")
    run("register", "certificate", "SPECIMEN-2023-0002", "--key", "office.key", "--on", "2023-12-22", "--no-pdf")
    page = (tmp_path / "outputs/certification/certificates/SPECIMEN-2023-0002.html").read_text("utf-8")
    assert "하늘교통" in page or "Haneul Transport" in page
    assert "하늘교통(주)(대표, 60%), 하늘시(40%)" in page, "the partner stands on it too, with lead and shares"
    assert "Haneul Transport (lead, 60%), Haneul-si (40%)" in page
    file = "outputs/certification/certificates/SPECIMEN-2023-0002.html"
    check = ("register", "check", file, "--public-key", "office.key.pub", "--on", "2023-12-22", "--language", "en")
    checked = run(*check, code=1)  # a specimen of an invented round
    assert "Haneul Transport (lead, 60%), Haneul-si (40%)" in checked
    assert "Gaon Data" in run("register", "due", "--on", "2025-12-01")
    assert run("register", "recheck", ROUND, "--on", "2024-06-01").count("still meets the criteria, Pass") == 4
    assert "12 files" in run("register", "appeal", ROUND, "mirae", "--output", "appeal")
    person = ("--actor", "문다올", "--reason", "확인")
    run("register", "object", WRITTEN, "--against", "8", *person, "--at", "2024-01-05")
    run("register", "object", WRITTEN, "--decided", "rejected", *person, "--at", "2024-01-20")
    notice = ("--ground", "below_criteria", "--until", "2024-06-30")
    run("register", "notice", WRITTEN, *notice, *person, "--at", "2024-06-01")
    assert "notice of revocation" in run("register", "status", WRITTEN, "--on", "2024-06-02")
    assert "intact" in run("register", "verify")
    # what is voted on, proposed and decided stands in tables of the round, and in the report of each
    assert "6 reports" in run("run", ROUND, "--applicant", "haneul", "--output", "out")
    report = (tmp_path / "out/applicants/haneul/report.en.html").read_text("utf-8")
    steps = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", report[report.index('aria-labelledby="decision"') :]))
    assert [steps.count(day) > 0 for day in ("20 November 2023", "1 December 2023")] == [True, True]
    letter = (tmp_path / "out/applicants/haneul/letter.en.html").read_text("utf-8")
    assert "Haneul Transport (lead, 60%), Haneul-si (40%)" in letter
    assert "Haneul Transport (lead, 60%), Haneul-si (40%)" in report
    # the year after: a review, explanations against the notice, and its end
    run("register", "record", "reviewed", "0018100021", "--fact", "fit=yes", *person, "--at", "2024-11-01")
    run("register", "explain", WRITTEN, "received", *person, "--at", "2024-06-20")
    run("register", "explain", WRITTEN, "accepted", *person, "--at", "2024-07-01")
    assert "notice of revocation" not in run("register", "status", WRITTEN, "--on", "2024-07-02")
    history = run("register", "history", WRITTEN)
    assert history.count("scheme=service") == len(history.splitlines()) - history.count("register.sqlite")
    decided = json.loads(run("status", ROUND, "--json"))["steps"]["certificates"]
    assert decided["done"] == decided["wanted"] == 4


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_committee_of_services_is_reviewed_in_their_words(run: Run, tmp_path: Path) -> None:
    assert "not yet inspected" in run("committee", "inspections", ROUND, "--language", "en")
    written = run("committee", "review", ROUND, "--language", "en").split()
    (page,) = [tmp_path / name for name in written if name.endswith("committee_review.en.html")]
    text = re.sub("<[^>]+>", " ", page.read_text("utf-8"))
    assert "service certification" in text
    assert not re.search("smart city certification|size type|Size type", text)
    steps = json.loads(run("status", ROUND, "--json"))["steps"]
    assert steps["marks"]["done"] == steps["marks"]["wanted"]
