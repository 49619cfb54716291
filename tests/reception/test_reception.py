"""From packages to tables: receipts, versions, withdrawals, supplements, questions, notices."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.forms.template import PrefilledPaper
from smartcert.io.rounds.round import RoundCall
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, PackageState, SupplementAnswer
from smartcert.reception.checks import ClaimedFigures, compare_with_last_round, compare_with_peers
from smartcert.reception.letters import RequestDays, write_requests
from smartcert.reception.packages import build_application
from smartcert.reception.tables import read_requested_supplements, request_supplements
from smartcert.reception.take_in import Intake, take_in
from tests.support.forms import (
    FILES,
    PAPERS,
    build_blank_pdf,
    edited,
    new_simulated_round,
    package,
    send,
    value_cell,
    workbook,
)

IN_TIME, LATER, LATE = "2023-10-25 10:00", "2023-10-26 18:00", "2023-10-26 18:01"


@pytest.fixture
def three(tmp_path: Path) -> tuple[tuple[Application, ...], RoundCall]:
    simulated, call = new_simulated_round(tmp_path / "round")
    return simulated.applications, call


def row(moment: str, code: str = "") -> str:
    return f"{moment},website,yes,{code},,,,"


def table(call: RoundCall, name: str) -> list[dict[str, str]]:
    text = (call.folder / name).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def states(intake: Intake) -> list[PackageState]:
    return [version.state for version in intake.versions]


def with_value(one: Application, call: RoundCall, value: object) -> bytes:
    return package(edited(workbook(one, call), lambda book: setattr(value_cell(book, "N01"), "value", value)))


def test_a_receipt_proves_every_file(three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path) -> None:
    (one, *_), call = three
    take_in(call, send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), row(IN_TIME, one.code))]))
    receipt = (call.folder / "intake" / "receipts" / "round-00001.ko.txt").read_text("utf-8")
    for name, data in FILES.items():
        hashed = hashlib.sha256(data).hexdigest()
        assert f"파일 이름: {name}\n    쪽수: 60\n    크기(바이트): {len(data):,}\n    SHA-256: {hashed}" in receipt
    entry = table(call, "intake/receipts.csv")[0]
    assert entry["receipt_sha256"] == hashlib.sha256(receipt.encode()).hexdigest()
    assert entry["state"] == "counts"
    stored = call.folder / "intake" / "received" / "00001" / "form-1.xlsx"
    assert hashlib.sha256(stored.read_bytes()).hexdigest() in receipt


def test_a_receipt_says_that_nothing_is_returned_and_what_is_at_the_applicants_risk(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    take_in(call, send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), row(IN_TIME, one.code))]))
    for language, sentence in (("ko", "제출한 서류는 반환하지 않습니다."), ("en", "Documents are not returned.")):
        receipt = (call.folder / "intake" / "receipts" / f"round-00001.{language}.txt").read_text("utf-8")
        notices = [notice.of(language) for notice in call.rules.documents.notices()]
        assert notices[0] == sentence
        assert "\n".join(notices) in receipt


def test_taking_in_twice_changes_nothing(three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path) -> None:
    (one, *_), call = three
    sent = send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), row(IN_TIME, one.code))])

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in call.folder.rglob("*") if path.is_file()}

    take_in(call, sent)
    first = files()
    take_in(call, sent)
    assert files() == first
    take_in(call, None)
    assert files() == first


def test_the_last_one_in_time_counts_and_all_versions_are_stored(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    sent = [
        ("a.zip", with_value(one, call, 11), row(IN_TIME, one.code)),
        ("b.zip", with_value(one, call, 22), row(LATER, one.code)),
        ("c.zip", with_value(one, call, 33), row(LATE, one.code)),
    ]
    intake = take_in(call, send(tmp_path / "sent", sent))
    assert states(intake) == [PackageState.REPLACED, PackageState.COUNTS, PackageState.LATE]
    assert table(call, "measurements.csv")[0]["claimed"] == "22"
    assert len(list((call.folder / "intake" / "received").iterdir())) == 3


def test_a_late_one_stands_alone_and_is_reported_as_late(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    intake = take_in(call, send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), row(LATE, one.code))]))
    assert states(intake) == [PackageState.LATE]
    assert table(call, "applications.csv")[0]["arrived_at"] == LATE


def test_a_withdrawal_in_time_takes_back_and_a_late_one_does_not(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, two, _), call = three
    sent = [
        ("a.zip", package(workbook(one, call)), row(IN_TIME, one.code)),
        ("", b"", f"{LATER},website,yes,{one.code},,,,yes"),
        ("b.zip", package(workbook(two, call)), row(IN_TIME, two.code)),
    ]
    intake = take_in(call, send(tmp_path / "sent", sent))
    assert sorted(states(intake)) == ["counts", "withdrawal", "withdrawn"]
    assert [application["applicant"] for application in table(call, "applications.csv")] == [two.id]
    more = send(tmp_path / "more", [("", b"", f"{LATE},website,yes,{two.code},,,,yes")])
    intake = take_in(call, more)
    assert PackageState.LATE_WITHDRAWAL in states(intake)
    assert "after the deadline" in str(intake.problems[0])
    assert [application["applicant"] for application in table(call, "applications.csv")] == [two.id]


def test_the_form_of_another_applicant_is_a_problem(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, two, _), call = three
    sent = [("a.zip", package(workbook(one, call)), row(IN_TIME, two.code))]
    intake = take_in(call, send(tmp_path / "sent", sent))
    assert states(intake) == [PackageState.UNKNOWN_APPLICANT]
    assert "the applicant who sent it" in str(intake.problems[0])


def test_a_form_of_another_round_is_not_taken(three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path) -> None:
    (one, *_), call = three
    other = edited(workbook(one, call), lambda book: setattr(book.worksheets[0]["B3"], "value", "2022"))
    intake = take_in(call, send(tmp_path / "sent", [("a.zip", package(other), row(IN_TIME, one.code))]))
    assert "a form of round '2022'" in str(intake.problems[0])
    assert states(intake) == [PackageState.UNREADABLE]


def test_a_hostile_package_has_a_receipt_and_stops_nobody_else(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, two, _), call = three
    sent = [
        ("a.zip", b"PK no zip", row(IN_TIME, one.code)),
        ("b.zip", package(workbook(two, call)), row(IN_TIME, two.code)),
    ]
    intake = take_in(call, send(tmp_path / "sent", sent))
    assert sorted(states(intake)) == ["counts", "unreadable"]
    assert table(call, "intake/receipts.csv")[0]["sha256"] == hashlib.sha256(b"PK no zip").hexdigest()
    assert [application["applicant"] for application in table(call, "applications.csv")] == [two.id]


def test_a_question_is_answered_in_the_table_of_questions(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    sent = send(tmp_path / "sent", [("a.zip", with_value(one, call, "1,23"), row(IN_TIME, one.code))])
    intake = take_in(call, sent)
    assert [question.readings for _, _, question in intake.questions] == [("1.23", "123")]
    assert "N01" not in {measurement["indicator"] for measurement in table(call, "measurements.csv")}
    path = call.folder / "intake" / "questions.csv"
    path.write_text(path.read_text("utf-8-sig").rstrip("\n").removesuffix(",") + ",123\n", "utf-8")
    for _ in range(2):
        intake = take_in(call, None)
        assert intake.questions == []
        assert table(call, "measurements.csv")[0]["claimed"] == "123"
        assert table(call, "intake/questions.csv")[0]["answer"] == "123"


def test_a_missing_document_is_asked_for_answered_and_stored_with_its_history(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    papers = {**PAPERS, "application": PrefilledPaper(file="신청서.pdf", sealed=False)}
    form = workbook(one, call, papers)
    intake = take_in(call, send(tmp_path / "sent", [("a.zip", package(form), row(IN_TIME, one.code))]))
    applications = [build_application(counting, call.rules) for counting in intake.counting]
    days = (date(2023, 10, 30), date(2023, 11, 8))
    assert request_supplements(call.folder, applications, call.rules, *days) == 1
    assert request_supplements(call.folder, applications, call.rules, *days) == 0
    assert (
        write_requests(
            call, intake.counting, intake.questions, intake.remarks, RequestDays(asked_on=days[0], due_on=days[1])
        )
        == 1
    )
    for language, words in (("ko", "2023. 11. 8.까지"), ("en", "by 8 November 2023")):
        page = (call.folder / "intake" / "notices" / f"{one.id}-2023-10-30.{language}.html").read_text("utf-8")
        assert f'lang="{language}"' in page
        assert words in page
    supplement = (
        "s.zip",
        package(b"", "x.pdf", {"x.pdf": build_blank_pdf(1)}),
        f"2023-11-08 12:00,website,yes,{one.code},,,application,",
    )
    take_in(call, send(tmp_path / "more", [supplement]))
    assert table(call, "supplements.csv")[0]["answer"] == "pending"
    arrival = table(call, "intake/supplements.csv")[0]
    assert (arrival["asked_on"], arrival["answered_on"], arrival["receipt"]) == (
        "2023-10-30",
        "2023-11-08",
        "round-00002",
    )
    (request,) = read_requested_supplements(call.folder)[one.id]
    assert (request.answer, request.answered_on) == (SupplementAnswer.ANSWERED, date(2023, 11, 8))


def test_what_an_applicant_wrote_is_escaped_in_a_notice(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three
    sent = send(tmp_path / "sent", [("a.zip", with_value(one, call, "<script>x</script>"), row(IN_TIME, one.code))])
    intake = take_in(call, sent)
    days = RequestDays(asked_on=date(2023, 10, 30), due_on=date(2023, 11, 8))
    write_requests(call, intake.counting, intake.questions, intake.remarks, days)
    page = (call.folder / "intake" / "notices" / f"{one.id}-2023-10-30.ko.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_evidence_that_is_not_there_or_too_short_is_asked_about(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path
) -> None:
    (one, *_), call = three

    def write(book: object) -> None:
        cell = value_cell(book, "N01")  # type: ignore[arg-type]  # a workbook
        cell.value = 5
        cell.offset(column=1).value, cell.offset(column=2).value = "증빙 D1.pdf", "61"
        value_cell(book, "N02").offset(column=1).value = "없는 파일.pdf"  # type: ignore[arg-type]  # a workbook

    form = edited(workbook(one, call), write)
    intake = take_in(call, send(tmp_path / "sent", [("a.zip", package(form), row(IN_TIME, one.code))]))
    messages = {remark.indicator: remark.message.en for remark in intake.remarks}
    assert messages["N01"] == "증빙 D1.pdf has 60 pages and is cited for page 61"
    assert "not among the files received" in messages["N02"]


def test_a_figure_far_from_its_peers_or_the_last_round_is_a_question(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=8)
    edition = call.rules.edition
    everyone = [
        ClaimedFigures(
            id=one.id, applicant=one.applicant, size_type=SizeType.LARGE, values={"N02": Fraction(5 + number, 10)}
        )
        for number, one in enumerate(simulated.applications)
    ]
    odd = everyone[0].__class__(
        id="odd", applicant=everyone[0].applicant, size_type=SizeType.LARGE, values={"N02": Fraction(50)}
    )
    assert [remark.applicant for remark in compare_with_peers([*everyone, odd], edition, 5)] == ["odd"]
    assert list(compare_with_peers([*everyone[:3], odd], edition, 5)) == []
    last = {odd.applicant.code: {"N02": Fraction(10)}}
    assert [remark.applicant for remark in compare_with_last_round([odd], last, edition)] == ["odd"]


@pytest.mark.parametrize(
    ("log", "found"),
    [
        ("package,arrived_at,channel,official_letter\n", "no row for 'a.zip'"),
        ("package,arrived_at,channel,official_letter\n../x,2023-10-25 10:00,website,yes\n", "'../x'"),
        ("package,arrived_at,channel,official_letter\na.zip,03/04/2023 10:00,website,yes\n", "may be read in two ways"),
        ("package,arrived_at,channel,official_letter\na.zip,2023-10-25 10:00,pigeon,yes\n", "'pigeon'"),
        ("package,channel\na.zip,website\n", "found no columns arrived_at, official_letter"),
    ],
)
def test_a_wrong_log_stops_before_anything_is_taken(
    three: tuple[tuple[Application, ...], RoundCall], tmp_path: Path, log: str, found: str
) -> None:
    folder = send(tmp_path / "sent", [("a.zip", b"x", row(IN_TIME))])
    (folder / "arrivals.csv").write_text(log, "utf-8")
    with pytest.raises(InputError, match=r"arrivals\.csv") as error:
        take_in(three[1], folder)
    assert found in str(error.value)
    assert not (three[1].folder / "intake").exists()
