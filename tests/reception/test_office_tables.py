"""Nothing that the office found is lost: an intake writes what applicants claim and nothing else."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.errors import InputError
from smartcert.io.rounds.round import UNFINISHED_FILE, RoundCall, read_call, read_round
from smartcert.model.application import Application, DocumentKind, PackageState, Round, SupplementAnswer
from smartcert.paths import find_parameter_folder
from smartcert.reception.letters import RequestDays
from smartcert.reception.take_in import take_in
from smartcert.simulation.write import write_committee_tables
from tests.support.build import PARAMETERS
from tests.support.forms import edited, new_simulated_round, package, send, value_cell, workbook

IN_TIME, LATER, LATEST = "2023-10-25 10:00", "2023-10-26 10:00", "2023-10-26 12:00"
FINDINGS = "applicant,matter,document,found,reason,by,on\n"
CORRECTIONS = "applicant,indicator,claimed,accepted,reason,by,on,confirmed_by\n"


Received = tuple[Application, Application, RoundCall]


def receive(folder: Path) -> Received:
    simulated, call = new_simulated_round(folder / "round")
    one, two, _ = simulated.applications
    write_committee_tables(simulated, call.folder, call.rules.edition)
    for name in ("exclusions", "inspections", "marks"):
        path = call.folder / f"{name}.csv"
        if path.exists():
            lines = path.read_text("utf-8-sig").splitlines()
            kept = [line for line in lines[1:] if {one.id, two.id} & set(line.split(","))]
            path.write_text("\n".join([lines[0], *kept]) + "\n", "utf-8")
    return one, two, call


@pytest.fixture
def received(tmp_path: Path) -> Received:
    """Give two applicants of a round whose committee has judged, and its call; nothing was taken in."""
    return receive(tmp_path)


@pytest.fixture(scope="module")
def taken_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Received, Path]:
    folder = tmp_path_factory.mktemp("taken")
    received = receive(folder)
    take_both(received, folder)
    return received, folder


@pytest.fixture
def taken(taken_once: tuple[Received, Path], tmp_path: Path) -> Received:
    """Give the same in a copy of the round into which what both sent was taken."""
    (one, two, call), folder = taken_once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return one, two, read_call(str(tmp_path / call.folder.relative_to(folder)))


def row(moment: str, code: str = "", letter: str = "yes") -> str:
    return f"{moment},website,{letter},{code},,,,"


def claims(one: Application, call: RoundCall, value: object) -> bytes:
    return package(edited(workbook(one, call), lambda book: setattr(value_cell(book, "N01"), "value", value)))


def take_both(received: Received, tmp_path: Path, value: object = 12) -> None:
    one, two, call = received
    sent = [
        ("a.zip", claims(one, call, value), row(IN_TIME, one.code)),
        ("b.zip", package(workbook(two, call)), row(IN_TIME, two.code)),
    ]
    take_in(call, send(tmp_path / "sent", sent))


def read(call: RoundCall) -> Round:
    return read_round(call.folder, call.rulebook, find_parameter_folder(call.folder, "registry"))


def application(call: RoundCall, name: str) -> Application:
    return next(one for one in read(call).applications if one.id == name)


def rows(call: RoundCall, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((call.folder / name).read_text("utf-8-sig"))))


def files(call: RoundCall) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in call.folder.rglob("*") if path.is_file()}


def smartcert(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, env={"LC_ALL": "C"})


def test_an_intake_again_leaves_every_finding_of_the_office(received: Received, tmp_path: Path) -> None:
    one, two, call = received
    take_both(received, tmp_path)
    office = {
        "findings.csv": FINDINGS
        + f"{one.id},misrepresentation,,figures of another city,compared with the census,문다올,2023-11-02\n"
        + f"{one.id},sealed,application,no,no seal on page 1,문다올,2023-11-02\n"
        + f"{one.id},joint_application,,{two.code},one project,문다올,2023-11-02\n"
        + f"{two.id},channel_reason,,the website was down,confirmed by the provider,문다올,2023-11-02\n",
        "corrections.csv": CORRECTIONS + f"{one.id},N01,12,10,counted twice,노하람,2023-11-03,문다올\n",
        "supplements.csv": "applicant,document,asked_on,due_on,answer,answered_on,note\n"
        + f"{one.id},application,2023-10-30,2023-11-08,no_answer,,three calls\n",
    }
    for name, text in office.items():
        (call.folder / name).write_text(text, "utf-8")
    before = read(call).applications
    for _ in range(2):
        taken = take_in(call, tmp_path / "sent")
        assert (taken.problems, taken.office_questions) == ([], [])
        assert {name: (call.folder / name).read_text("utf-8") for name in office} == office
        assert read(call).applications == before
    found = application(call, one.id)
    assert found.misrepresentation == "figures of another city"
    assert found.joint_with == (two.code,)
    assert [document.sealed for document in found.documents if document.kind is DocumentKind.APPLICATION] == [False]
    assert [finding.by for finding in found.office_findings] == ["문다올"] * 3
    assert application(call, two.id).channel_reason == "the website was down"
    figure = found.measurements["N01"]
    assert (figure.claimed, figure.desk, figure.desk_reason) == (Fraction(12), Fraction(10), "counted twice")
    assert figure.correction is not None
    assert (figure.correction.by, str(figure.correction.on), figure.correction.confirmed_by) == (
        *("노하람", "2023-11-03"),
        "문다올",
    )
    assert found.supplements[0].answer is SupplementAnswer.NO_ANSWER


def test_a_correction_whose_claim_was_sent_anew_stays_and_is_asked_about(received: Received, tmp_path: Path) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    corrections = call.folder / "corrections.csv"
    corrections.write_text(CORRECTIONS + f"{one.id},N01,12,10,counted twice,노하람,2023-11-03,\n", "utf-8")
    assert application(call, one.id).measurements["N01"].desk == 10
    before = corrections.read_bytes()
    taken = take_in(call, send(tmp_path / "more", [("a2.zip", claims(one, call, 13), row(LATER, one.code))]))
    assert corrections.read_bytes() == before
    ((_, receipt, question),) = taken.office_questions
    assert receipt == "round-00003"
    assert question.found == "12 -> 10 (노하람, 2023-11-03)"
    assert "made on the older claim 12, which was sent anew as 13" in question.why.en
    (asked,) = rows(call, "intake/questions.csv")
    assert (asked["applicant"], asked["indicator"], asked["readings"]) == (one.id, "N01", "13 | 10")
    with pytest.raises(InputError, match=r"corrections\.csv:2:3 \(claimed\): found a correction on the claim 12"):
        read(call)
    # an answer needs who, when and why: it stands in the table of corrections
    path = call.folder / "intake" / "questions.csv"
    path.write_text(path.read_text("utf-8-sig").rstrip("\n") + "13\n", "utf-8")
    assert "a row in corrections.csv instead" in str(take_in(call, None).problems[0])
    corrections.write_bytes(before + f"{one.id},N01,13,13,right now,노하람,2023-11-06,\n".encode())
    assert take_in(call, None).office_questions == []
    figure = application(call, one.id).measurements["N01"]
    assert (figure.claimed, figure.desk) == (Fraction(13), Fraction(13))


def test_a_finding_that_is_older_than_the_package_that_counts_is_asked_about(
    received: Received, tmp_path: Path
) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    path = call.folder / "findings.csv"
    path.write_text(FINDINGS + f"{one.id},sealed,application,no,no seal,문다올,2023-10-25\n", "utf-8")
    assert take_in(call, None).office_questions == []
    taken = take_in(call, send(tmp_path / "more", [("a2.zip", claims(one, call, 13), row(LATER, one.code))]))
    assert [question.id for _, _, question in taken.office_questions] == ["finding-sealed-application"]
    assert application(call, one.id).documents[0].sealed is False
    path.write_text(path.read_text("utf-8").replace("2023-10-25", "2023-10-27"), "utf-8")
    assert take_in(call, None).office_questions == []


@pytest.mark.parametrize(("matter", "old"), [("misrepresentation", "untrue"), ("joint_application", "수원시")])
def test_what_stands_in_an_older_column_too_is_a_problem(
    received: Received, tmp_path: Path, matter: str, old: str
) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    path = call.folder / "applications.csv"
    header, *lines = path.read_text("utf-8-sig").splitlines()
    cells = {"misrepresentation": f",,{old}", "joint_application": f",{old},"}[matter]
    lines = [line + (cells if line.startswith(f"{one.id},") else ",,") for line in lines]
    path.write_text("\n".join([f"{header},joint_with,misrepresentation", *lines]) + "\n", "utf-8")
    found = application(call, one.id)  # the older columns are still read
    assert old in (found.misrepresentation, *found.joint_with)
    (call.folder / "findings.csv").write_text(FINDINGS + f"{one.id},{matter},,{old},why,문다올,2023-11-02\n", "utf-8")
    with pytest.raises(InputError, match=r"findings\.csv:2:2 \(matter\): found .*stands in applications\.csv too"):
        read(call)


def test_a_correction_in_both_tables_is_a_problem(received: Received, tmp_path: Path) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    path = call.folder / "measurements.csv"
    header, *lines = path.read_text("utf-8-sig").splitlines()
    lines = [line + (",10,twice" if line.startswith(f"{one.id},N01,") else ",,") for line in lines]
    path.write_text("\n".join([f"{header},desk,desk_reason", *lines]) + "\n", "utf-8")
    figure = application(call, one.id).measurements["N01"]
    assert (figure.desk, figure.desk_reason, figure.correction) == (Fraction(10), "twice", None)
    (call.folder / "corrections.csv").write_text(
        CORRECTIONS + f"{one.id},N01,12,10,twice,노하람,2023-11-03,\n", "utf-8"
    )
    with pytest.raises(InputError, match=r"corrections\.csv:2:2 \(indicator\): .*stands in measurements\.csv too"):
        read(call)


@pytest.mark.parametrize(
    ("table", "line", "found"),
    [
        ("findings", "{one},sealed,,no,why,a,2023-11-02", r"\(document\): found"),
        ("findings", "{one},sealed,application,perhaps,why,a,2023-11-02", r"\(found\): found 'perhaps'"),
        ("findings", "{one},misrepresentation,application,x,why,a,2023-11-02", r"\(document\): found 'application'"),
        ("findings", "{one},misrepresentation,,x,,a,2023-11-02", r"\(reason\): found nothing"),
        ("findings", "{one},misrepresentation,,x,why,,2023-11-02", r"\(by\): found nothing"),
        ("findings", "{one},misrepresentation,,x,why,a,", r"\(on\): found"),
        ("findings", "{one},misrepresentatoin,,x,why,a,2023-11-02", "did you mean 'misrepresentation'"),
        ("findings", "nobody,misrepresentation,,x,why,a,2023-11-02", r"\(applicant\): found 'nobody'"),
        ("findings", "{one},sealed,other,no,why,a,2023-11-02", "of which documents.csv has no row"),
        ("corrections", "{one},N01,12,10,,a,2023-11-02,", r"\(reason\): found nothing"),
        ("corrections", "{one},N01,12,10,why,,2023-11-02,", r"\(by\): found nothing"),
        ("corrections", "{one},N01,12,10,why,a,,", r"\(on\): found"),
        ("corrections", "{one},N01,12,10,why,a,2023-11-02,a", r"\(confirmed_by\): found 'a', who corrected it"),
        ("corrections", "{one},N99,12,10,why,a,2023-11-02,", "unknown indicator 'N99'"),
        ("corrections", "{one},N01,12,ten,why,a,2023-11-02,", r"\(accepted\): found 'ten'"),
        ("corrections", "{one},N01,11,10,why,a,2023-11-02,", "sent anew as 12"),
    ],
)
def test_a_wrong_row_of_the_office_is_a_problem_with_its_place(
    taken: Received, table: str, line: str, found: str
) -> None:
    one, _, call = taken
    header = {"findings": FINDINGS, "corrections": CORRECTIONS}[table]
    (call.folder / f"{table}.csv").write_text(header + line.format(one=one.id) + "\n", "utf-8")
    with pytest.raises(InputError, match=rf"{table}\.csv:2.*{found}"):
        read(call)


@pytest.mark.parametrize(
    ("name", "old", "new", "elsewhere"),
    [
        ("documents", "application,yes,yes", "application,yes,no", "findings.csv"),
        ("measurements", "N01,12,", "N01,10,", "as it was written"),
        ("applications", ",website,", ",mail,", "as it was written"),
    ],
)
def test_a_row_that_was_changed_by_hand_is_refused_and_not_overwritten(
    received: Received, tmp_path: Path, name: str, old: str, new: str, elsewhere: str
) -> None:
    *_, call = received
    take_both(received, tmp_path)
    path = call.folder / f"{name}.csv"
    path.write_text(path.read_text("utf-8-sig").replace(old, new, 1), "utf-8")
    before = files(call)
    with pytest.raises(InputError, match=rf"{name}\.csv:2:.*changed after an intake wrote it.*{elsewhere}"):
        take_in(call, tmp_path / "sent")
    assert files(call) == before


def test_a_round_whose_tables_no_intake_wrote_is_refused(received: Received, tmp_path: Path) -> None:
    one, _, call = received
    text = (PARAMETERS / "rounds" / "example" / "applications.csv").read_text("utf-8-sig")
    (call.folder / "applications.csv").write_text(text, "utf-8")
    sent = send(tmp_path / "sent", [("a.zip", claims(one, call, 12), row(IN_TIME, one.code))])
    with pytest.raises(InputError, match=r"applications\.csv:2: found a row that no intake wrote \(ara\)"):
        take_in(call, sent)
    assert (call.folder / "applications.csv").read_text("utf-8") == text
    assert not (call.folder / "intake" / "received").exists()


def test_an_unfinished_intake_refuses_the_round_until_it_has_run(received: Received, tmp_path: Path) -> None:
    *_, call = received
    take_both(received, tmp_path)
    (call.folder / "intake" / UNFINISHED_FILE).write_bytes(b"")
    done = smartcert("check", str(call.folder))
    assert (done.exit_code, "an intake that was not finished" in done.stderr) == (2, True)
    take_in(call, None)
    assert smartcert("check", str(call.folder)).exit_code == 0


@pytest.mark.parametrize(
    ("answer", "claimed"), [("", "12"), ("no", "12"), ("yes", "99"), ("예", "99"), ("maybe", "12")]
)
@pytest.mark.parametrize(("code", "letter"), [("", "yes"), ("known", "no")])
def test_a_less_sure_sender_replaces_nothing_before_it_is_answered(
    taken: Received,
    tmp_path: Path,
    answer: str,
    claimed: str,
    code: str,
    letter: str,
) -> None:
    one, _, call = taken
    more = [("x.zip", claims(one, call, 99), row(LATER, one.code if code else "", letter))]
    again = take_in(call, send(tmp_path / "more", more))
    assert again.versions[-1].state is PackageState.QUESTIONED
    assert [question.id for _, _, question in again.office_questions] == ["sender"]
    done = smartcert("check", str(call.folder))
    assert f"open: receipt round-00003 (x.zip): sender questioned, {one.id}" in done.output
    path = call.folder / "intake" / "questions.csv"
    path.write_text(path.read_text("utf-8-sig").rstrip("\n") + f"{answer}\n", "utf-8")
    again = take_in(call, None)
    assert rows(call, "measurements.csv")[0]["claimed"] == claimed
    assert bool(again.office_questions) == (answer in ("", "maybe"))
    if answer == "maybe":
        assert "questions.csv:2:10 (answer): found the answer 'maybe'; wanted one of yes, no" in str(again.problems[0])
    assert rows(call, "intake/questions.csv")[0]["answer"] == answer


def test_a_withdrawal_by_a_less_sure_sender_is_asked_about(received: Received, tmp_path: Path) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    taken = take_in(call, send(tmp_path / "more", [("", b"", f"{LATER},website,no,{one.code},,,,yes")]))
    assert taken.versions[-1].state is PackageState.QUESTIONED
    assert one.id in {application["applicant"] for application in rows(call, "applications.csv")}


def test_an_unreadable_package_replaces_nothing_and_stays_open_until_it_is_settled(
    received: Received, tmp_path: Path
) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    more = send(tmp_path / "more", [("x.zip", b"PK no zip", row(LATER, one.code)), ("y.zip", b"PK none", row(LATER))])
    taken = take_in(call, more)
    assert [version.state for version in taken.versions[2:]] == [
        PackageState.UNREADABLE,
        PackageState.UNKNOWN_APPLICANT,
    ]
    assert rows(call, "measurements.csv")[0]["claimed"] == "12"
    done = smartcert("check", str(call.folder))
    assert done.exit_code == 0
    assert f"open: receipt round-00003 (x.zip): unreadable, {one.id}" in done.output
    assert "open: receipt round-00004 (y.zip): sender unknown, sender not known" in done.output
    assert [receipt.number for receipt in read(call).open_receipts] == ["round-00003", "round-00004"]
    # a package that can be read settles the one, undoing the other
    take_in(call, send(tmp_path / "better", [("z.zip", claims(one, call, 14), row(LATEST, one.code))]))
    assert rows(call, "measurements.csv")[0]["claimed"] == "14"
    arguments = ("--undo", "round-00004", "--by", "문다올", "--reason", "a test of the sender's")
    done = smartcert("intake", str(call.folder), *arguments)
    assert done.exit_code == 0, done.output
    assert "open:" not in smartcert("check", str(call.folder)).output


def test_an_intake_is_undone_and_both_stay_on_record(received: Received, tmp_path: Path) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    before = {
        name: (call.folder / f"{name}.csv").read_bytes() for name in ("applications", "documents", "measurements")
    }
    take_in(call, send(tmp_path / "more", [("a2.zip", claims(one, call, 13), row(LATER, one.code))]))
    stored = files(call)
    done = smartcert("intake", str(call.folder), "--undo", "round-00003", "--by", "문다올", "--reason", "a rehearsal")
    assert done.exit_code == 0, done.output
    assert {name: (call.folder / f"{name}.csv").read_bytes() for name in before} == before
    assert [entry["state"] for entry in rows(call, "intake/receipts.csv")] == ["counts", "counts", "undone"]
    (event,) = rows(call, "intake/events.csv")
    assert (event["event"], event["receipt"], event["by"], event["reason"]) == (
        *("undone", "round-00003"),
        *("문다올", "a rehearsal"),
    )
    received_files = [name for name in stored if "/received/" in name]
    assert all(files(call)[name] == stored[name] for name in received_files)
    take_in(call, tmp_path / "more")  # the same package again: it stays undone
    assert rows(call, "measurements.csv")[0]["claimed"] == "12"
    recorded = ("--by", "문다올", "--reason", "a rehearsal")
    for arguments, found in (
        (("--undo", "round-00003", *recorded), "undone already"),
        (("--undo", "round-00009", *recorded), "no receipt 'round-00009'"),
        (("--redo", "round-00001", *recorded), "taken in already"),
        (("--redo", "round-00003"), "are recorded with their --by and their --reason"),
        (("--redo", "round-00003", "--by", " ", "--reason", "x"), "are recorded with their --by and their --reason"),
        (("--by", "x"), "--by and --reason go with"),
    ):
        done = smartcert("intake", str(call.folder), *arguments)
        assert (done.exit_code, found in done.output) == (2, True)
    assert smartcert("intake", str(call.folder), "--redo", "round-00003", *recorded).exit_code == 0
    assert rows(call, "measurements.csv")[0]["claimed"] == "13"
    assert [entry["event"] for entry in rows(call, "intake/events.csv")] == ["undone", "taken_in_again"]


def test_a_value_that_intake_asks_about_is_asked_for_where_it_is_to_be_answered(
    received: Received, tmp_path: Path
) -> None:
    *_, call = received
    take_both(received, tmp_path, "1,23")
    done = smartcert("check", str(call.folder))
    assert done.exit_code == 2
    (asked,) = rows(call, "intake/questions.csv")
    wanted = "an answer to the question about it in intake/questions.csv, then `smartcert intake` again"
    assert f"found no row for N01 of '{asked['applicant']}'; wanted {wanted}" in done.output


def test_an_answer_that_does_not_fit_is_told_and_not_blanked(received: Received, tmp_path: Path) -> None:
    *_, call = received
    take_both(received, tmp_path, "1,23")
    path = call.folder / "intake" / "questions.csv"
    path.write_text(path.read_text("utf-8-sig").rstrip("\n").removesuffix(",") + ",a hundred\n", "utf-8")
    done = smartcert("intake", str(call.folder))
    assert done.exit_code == 1
    assert "questions.csv:2:10 (answer): found the answer 'a hundred'; wanted one of 1.23, 123" in done.output
    assert rows(call, "intake/questions.csv")[0]["answer"] == "a hundred"
    path.write_text(path.read_text("utf-8-sig").replace(",a hundred", ",123"), "utf-8")
    assert smartcert("intake", str(call.folder)).exit_code == 0
    extra = path.read_text("utf-8-sig").replace("round-00001", "round-00002")
    path.write_text(extra, "utf-8")
    assert "an answer beside the question as an intake wrote it" in smartcert("intake", str(call.folder)).output


def test_a_log_that_says_something_else_than_what_was_stored_is_told(received: Received, tmp_path: Path) -> None:
    *_, call = received
    take_both(received, tmp_path)
    log = tmp_path / "sent" / "arrivals.csv"
    log.write_text(log.read_text("utf-8").replace("website,yes", "website,no", 1), "utf-8")
    assert "(official_letter): found 'False' for a.zip, stored with 'True'" in str(
        take_in(call, tmp_path / "sent").problems[0]
    )


ASKED = RequestDays(asked_on=date(2023, 10, 30), due_on=date(2023, 11, 8))


def supplement(one: Application, call: RoundCall, value: object, moment: str) -> tuple[str, bytes, str]:
    return (f"s{value}.zip", claims(one, call, value), f"{moment},website,yes,{one.code},,,quantitative,")


def test_a_supplement_that_says_another_figure_is_asked_about_and_changes_nothing(
    received: Received, tmp_path: Path
) -> None:
    one, _, call = received
    take_both(received, tmp_path)
    late = supplement(one, call, 13, "2023-11-03 10:00")
    ((_, receipt, question),) = take_in(call, send(tmp_path / "more", [late])).office_questions
    assert (receipt, question.id, question.found) == ("round-00003", "supplement-N01", "13")
    assert question.readings == ("13", "12")
    assert application(call, one.id).measurements["N01"].claimed == 12
    path = call.folder / "corrections.csv"
    path.write_text(CORRECTIONS + f"{one.id},N01,12,13,proved by the supplement,노하람,2023-11-06,\n", "utf-8")
    assert take_in(call, None).office_questions == []
    assert application(call, one.id).measurements["N01"].desk == 13


@pytest.mark.parametrize(("moment", "counts"), [("2023-11-08 23:59", True), ("2023-11-09 00:00", False)])
def test_an_answer_to_a_letter_counts_up_to_its_last_day(
    received: Received, tmp_path: Path, moment: str, counts: bool
) -> None:
    one, _, call = received
    take_both(received, tmp_path, value="약 12")
    assert take_in(call, None, days=ASKED).notices
    answered = take_in(call, send(tmp_path / "more", [supplement(one, call, 12, moment)]))
    assert (not answered.questions) is counts
    assert [question.id for _, _, question in answered.office_questions] == ([] if counts else ["supplement-N01"])
    figures = {(line["applicant"], line["indicator"]): line["claimed"] for line in rows(call, "measurements.csv")}
    claimed = [figures[one.id, "N01"]] if (one.id, "N01") in figures else []
    assert claimed == (["12"] if counts else [])


@pytest.mark.parametrize(
    ("beside", "found"),
    [
        ((), "found no log beside the packages;"),
        (("arrivals.xlsx",), "found no log beside the packages, but arrivals.xlsx;"),
        (("접수목록.csv", "Arrivals.csv"), "found no log beside the packages, but Arrivals.csv, 접수목록.csv;"),
    ],
)
def test_a_folder_without_its_log_is_told_what_may_be_it(
    received: Received, tmp_path: Path, beside: tuple[str, ...], found: str
) -> None:
    one, _, call = received
    folder = send(tmp_path / "sent", [("a.zip", claims(one, call, 12), row(IN_TIME, one.code))])
    (folder / "arrivals.csv").unlink()
    for name in beside:
        (folder / name).write_bytes(b"x")
    with pytest.raises(InputError, match="saved as CSV with the columns package, arrived_at") as raised:
        take_in(call, folder)
    assert found in str(raised.value.problems[0])
