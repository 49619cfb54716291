"""Files are placed whole or not at all, and no page stands beside a record that it was not made from."""

from __future__ import annotations

from pathlib import Path

from smartcert.batch.outputs import Outputs
from smartcert.batch.request import (
    RenderedReport,
    Task,
    build_failure,
    describe_result,
)
from smartcert.reporting.records import Failure
from tests.support.small_example import files


def made(applicant_id: str = "ara", language: str = "ko", page: str = "<p>") -> RenderedReport:
    return RenderedReport(
        applicant_id=applicant_id, language=language, page=page.encode(), notebook=b"{}", imported=("json",)
    )


def test_the_same_record_keeps_its_pages_and_another_one_removes_them(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    outputs.write_record("ara", b"1")
    outputs.write_report(made("ara", "ko"))
    outputs.write_report(made("ara", "en"))
    outputs.write_record("ara", b"1")
    assert len(files(tmp_path)) == 5
    outputs.write_record("ara", b"2")
    assert files(tmp_path) == {"applicants/ara/evaluation.json": b"2"}


def test_another_record_of_the_round_removes_the_summaries_only(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    outputs.write_round_record(b"1")
    outputs.write_report(made("", "ko"))
    outputs.write_report(made("ara", "ko"))
    outputs.write_round_record(b"2")
    assert set(files(tmp_path)) == {"round.json", "applicants/ara/report.ko.html", "applicants/ara/report.ko.ipynb"}


def test_the_index_goes_when_a_run_begins(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    outputs.prepare()
    outputs.write_index("<p>")
    outputs.prepare()
    assert files(tmp_path) == {}


def test_pages_are_told_only_where_they_are(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    assert outputs.list_index_links(["ara"]) == ()
    outputs.write_report(made("ara", "en"))
    outputs.write_report(made("", "ko"))
    outputs.write_report(made("gone", "ko"))
    assert outputs.list_index_links(["ara", "areum"]) == ("round_summary.ko.html", "applicants/ara/report.en.html")


def test_folders_of_no_applicant_are_leftovers(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    assert outputs.list_leftovers(["ara"]) == ()
    outputs.write_report(made("ara"))
    outputs.write_report(made("gone"))
    assert outputs.list_leftovers(["ara"]) == ("gone",)


def test_a_reason_is_one_line_of_bounded_length() -> None:
    task = Task(applicant_id="a", language="ko", notebook="", record_name="r", record=b"", parameters={})
    assert build_failure(task, "a\n  b\tc").reason == "a b c"
    assert len(build_failure(task, "x" * 10_000).reason) == 500
    assert build_failure(task, " ").reason == "no reason given"
    assert build_failure(task, "half a \ud83d character").reason == "half a \\ud83d character"


def test_a_result_is_named_with_its_reason() -> None:
    assert describe_result(made("ara", "ko")) == "ara (ko)"
    assert describe_result(Failure(id="", language="en", reason="why")) == "round summary (en): not made: why"
