"""The commands: what they print, their exit codes, and that no user meets a traceback."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.cli.options import align_columns, detect_language, measure_width
from smartcert.services.eligibility import ELIGIBILITY_COLUMNS
from smartcert.services.rounds import open_round
from tests.support.patience import PATIENCE
from tests.support.small_example import files, small_example

SHIPPED = "local_governments.2023-10.csv"


def smartcert(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def table(*arguments: str) -> list[dict[str, str]]:
    done = smartcert("who", "--all", "--round", "2023", *arguments)
    assert done.exit_code == 0
    return list(csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8"))))


def test_check_counts_what_a_good_round_holds() -> None:
    done = smartcert("check", "example")
    assert done.exit_code == 0
    assert done.output.startswith("example: no problem in 27 applications, 544 measurements, ")
    assert done.output.count("\n") == 1


def test_check_tells_every_problem_of_every_file_with_exit_code_2(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara", "haneul"])
    for name in ("applications.csv", "measurements.csv"):
        text = (folder / name).read_text(encoding="utf-8").replace("ara,", "ara!,", 1)
        (folder / name).write_text(text, encoding="utf-8")
    done = smartcert("check", str(folder))
    assert done.exit_code == 2
    assert done.stdout == ""
    for name in ("applications.csv:2:1", "measurements.csv:2:1"):
        assert any(name in line and "found" in line and "; wanted" in line for line in done.stderr.splitlines())


@pytest.mark.parametrize("command", [["check"], ["run"], ["who", "송파구", "--round"]])
def test_an_unknown_round_is_refused_with_the_names_of_those_that_exist(command: list[str]) -> None:
    done = smartcert(*command, "exampel")
    assert done.exit_code == 2
    assert "no round 'exampel'" in done.stderr
    assert "did you mean 'example'" in done.stderr


def test_a_run_of_a_broken_round_tells_its_problems_and_writes_nothing(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara"])
    (folder / "marks.csv").write_text("nonsense\n", encoding="utf-8")
    done = smartcert("run", str(folder), "--output", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "marks.csv:1" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_broken_round_gives_no_traceback_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "round.yaml").write_text("id: [", encoding="utf-8")
    command = [sys.executable, "-m", "smartcert", "check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "round.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "heavier"),
    [
        (["--help"], {"yaml", "jinja2", "pydantic"}),
        (["who", "하남시"], {"jinja2", "smartcert.model.evaluation", "smartcert.model.indicator"}),
        (["check", "example"], {"jinja2"}),
        (["plan", "example"], set()),
        (["recompute", "no such page"], {"pydantic", "yaml"}),
    ],
)
def test_a_command_loads_no_module_that_it_does_not_use(arguments: list[str], heavier: set[str]) -> None:
    heavy = {
        "pandas",
        "numpy",
        "papermill",
        "nbconvert",
        "nbformat",
        "matplotlib",
        "IPython",
        "rfc3987_syntax",
    } | heavier
    code = (
        "import sys\n"
        "from smartcert.cli import main\n"
        f"try:\n    main({arguments})\n"
        "except SystemExit:\n    pass\n"
        f"loaded = sorted(name for name in {heavy} if sys.modules.get(name))\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or "no such page" in done.stderr


def test_who_answers_for_songpa_gu() -> None:
    done = smartcert("who", "송파구", "--round", "2023", "--language", "en")
    assert done.exit_code == 0
    for words in ("Songpa-gu (송파구), 서울특별시", "1171000000", "autonomous district", "October 2023", "[law]"):
        assert words in done.output
    assert "small or medium-sized city" in done.output
    assert "may apply yes" in " ".join(done.output.split())


def test_who_answers_in_korean() -> None:
    done = smartcert("who", "송파구", "--round", "2023", "--language", "ko")
    assert "송파구 (Songpa-gu), 서울특별시" in done.output
    assert "신청 가능 예" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("asked", "right"),
    [("수원시 영통구", "Suwon-si (수원시), 4111000000"), ("경기도", "each of the 31 cities and counties in it")],
)
def test_who_names_the_right_applicant_where_an_entry_may_not_apply(asked: str, right: str) -> None:
    done = smartcert("who", *asked.split(), "--round", "2023", "--language", "en")
    assert done.exit_code == 0
    assert "may apply no" in " ".join(done.output.split())
    assert f"applicant {right}" in " ".join(done.output.split())


def test_who_takes_a_second_code_for_the_local_government_itself() -> None:
    done = smartcert("who", "3611000000", "--round", "2023", "--language", "en")
    assert "same as Sejong" in done.output


def test_who_asks_which_where_a_name_occurs_several_times() -> None:
    done = smartcert("who", "동구", "--round", "2023")
    assert done.exit_code == 2
    assert "2714000000  대구광역시 동구 (Dong-gu, Daegu)" in done.stderr
    assert len(done.stderr.splitlines()) == 7


def test_who_suggests_the_nearest_names() -> None:
    done = smartcert("who", "송퍄구", "--round", "2023")
    assert done.exit_code == 2
    assert "no entry '송퍄구'" in done.stderr


def test_who_wants_a_name_or_all() -> None:
    assert smartcert("who", "--round", "2023").exit_code == 2
    assert smartcert("who", "송파구", "--all", "--round", "2023").exit_code == 2
    assert smartcert("who", "송파구", "--output", "x.csv", "--round", "2023").exit_code == 2


def test_who_all_writes_every_entry_once() -> None:
    rows = table()
    assert len(rows) == 293
    assert tuple(rows[0]) == ELIGIBILITY_COLUMNS
    assert len({row["code"] for row in rows}) == 293
    assert {row["answer"] for row in rows} == {"yes", "no", "same_as"}
    for row in rows:
        assert row["reason"]
        assert row["citations"]
        assert row["status"] in {"law", "published", "inferred", "illustrative"}
        assert bool(row["size_type"]) == (row["answer"] != "no")


def test_who_all_speaks_korean() -> None:
    row = next(row for row in table("--language", "ko") if row["name_ko"] == "송파구")
    assert "자치구" in row["reason"]
    assert "고시" in row["citations"]


def test_who_all_writes_a_file_that_a_spreadsheet_reads(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    assert smartcert("who", "--all", "--round", "2023", "--output", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbfcode,")
    done = smartcert("who", "--all", "--round", "2023", "--output", str(path / "where.csv"))
    assert done.exit_code == 2
    assert "cannot write" in done.stderr


def test_who_takes_another_registry_and_no_cell_becomes_a_formula(tmp_path: Path) -> None:
    from smartcert.paths import PROJECT_ROOT

    shipped = (PROJECT_ROOT / "parameters" / "registry" / SHIPPED).read_text(encoding="utf-8-sig")
    path = tmp_path / "other.csv"
    path.write_text(shipped.replace(",Songpa-gu,", ",=1+1,"), encoding="utf-8")
    row = next(row for row in table("--registry", str(path)) if row["name_ko"] == "송파구")
    assert row["name_en"] == "'=1+1"


def test_rules_are_those_of_the_day() -> None:
    done = smartcert("rules", "--on", "2023-09-13", "--language", "en")
    assert done.exit_code == 0
    assert "large_from                       500,000" in done.output
    assert re.search("illustrative-2023 +2,000 points, 53 indicators", done.output)
    assert "not yet on this day" not in done.output
    before = smartcert("rules", "--on", "2021-05-04", "--language", "en")
    assert "large_from                       only since 5 May 2021, not yet on this day" in before.output


def test_a_text_that_is_not_a_day_is_refused() -> None:
    done = smartcert("rules", "--on", "yesterday")
    assert done.exit_code == 2
    assert "--on: 'yesterday' is not a day" in done.stderr


def test_columns_stand_straight_under_hangul() -> None:
    lines = align_columns([("신청자", "점수"), ("ab", "1"), ("가나다라", "22")])
    assert {measure_width(line[: line.rindex("  ") + 2]) for line in lines} == {10}


def test_the_language_follows_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert detect_language() == "en"
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert detect_language() == "ko"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert detect_language() == "en"


@pytest.mark.notebook
def test_run_makes_one_report_and_tells_where(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara", "haneul"])
    out = tmp_path / "out"
    done = smartcert("run", str(folder), "--applicant", "ara", "--language", "en", "--output", str(out), "--jobs", "1")
    assert done.exit_code == 0
    assert done.stdout == f"3 reports: {out / 'index.html'}\n"
    told = [line.partition("  ")[0] for line in done.stderr.splitlines()]  # rate and time left stand behind
    assert told[0] == "[1/3] ara (en)"
    assert {line[6:] for line in told} == {"ara (en)", "round summary (en)", "round summary (en, public)"}
    assert "applicants/ara/report.en.html" in files(out)


@pytest.mark.parametrize(
    ("words", "locale", "wanted"),
    [
        (("chek",), "C.UTF-8", "No such command 'chek'. Did you mean 'check'?"),
        (("register", "isue"), "C.UTF-8", "No such command 'isue'. Did you mean 'issue'?"),
        (("chek",), "ko_KR.UTF-8", "그런 명령이 없습니다: chek (혹시 'check')"),
        (("zzz",), "C.UTF-8", "No such command 'zzz'."),
    ],
)
def test_the_nearest_command_is_named(
    words: tuple[str, ...], locale: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    done = smartcert(*words)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1 if locale == "C.UTF-8" else 0].removeprefix("Error: ") == wanted


def test_a_round_is_opened_by_its_path(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara", "haneul"])
    assert open_round(folder).round.id == open_round(str(folder)).round.id
