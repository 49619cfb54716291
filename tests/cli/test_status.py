"""Where a round stands, and that the desk's commands print under every encoding that an office has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.io.parameters.populations import list_months
from smartcert.services.rounds import open_round
from tests.support.build import PARAMETERS
from tests.support.forked_commands import ForkedCommands, fork_commands
from tests.support.sent_forms import as_csv
from tests.support.sheets import fill_inspection, new_round, template
from tests.support.small_example import small_example


def status(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["status", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_status_of_the_example_says_what_is_open_and_the_next_command(tmp_path: Path) -> None:
    read = json.loads(status("example", "--json", "--output", str(tmp_path)))
    steps = read["steps"]
    assert steps["intake"]["done"] == 27
    assert steps["marks"]["done"] == steps["marks"]["wanted"]
    assert steps["supplements"] == {"done": 3, "wanted": 4, "complete": True, "due": "2023-11-15", "late": 1}
    assert not steps["seal"]["complete"]
    open_steps = [name for name, step in steps.items() if not step["complete"]]
    assert read["next_step"] == open_steps[0]
    assert read["next_command"].startswith("smartcert ")


def test_reports_are_done_where_they_are_of_the_files_as_they_are_now(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara", "haneul"])
    manifest = tmp_path / "out" / "manifest.json"
    manifest.parent.mkdir()

    def is_done() -> bool:
        read = json.loads(status(str(folder), "--json", "--output", str(manifest.parent)))
        return bool(read["steps"]["reports"]["done"])

    assert not is_done()
    opened = open_round(folder)
    inputs = {file.file: file.sha256 for file in (*opened.round.inputs, *opened.rule_inputs)}
    manifest.write_text(json.dumps({"inputs": inputs}), "utf-8")
    assert is_done()
    for name in ("decisions.csv", "round.yaml", "registry.csv"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before + b"\n")
        assert not is_done(), name
        (folder / name).write_bytes(before)
    (folder / "corrections.csv").write_text("applicant\n", "utf-8")
    assert not is_done()
    (folder / "corrections.csv").unlink()
    assert is_done()
    (folder / "votes.csv").unlink()
    assert not is_done()
    manifest.write_text("{", "utf-8")
    assert not is_done()


def test_inspections_are_counted_of_the_figures_that_were_drawn(tmp_path: Path) -> None:
    call = new_round(tmp_path)

    def count() -> tuple[int, int | None]:
        step = json.loads(status(str(call.folder), "--json"))["steps"]["inspections"]
        return step["done"], step["wanted"]

    drawn = CliRunner().invoke(
        main, ["committee", "inspections", str(call.folder), "--output", str(tmp_path / "d.csv")]
    )
    assert drawn.exit_code == 0, drawn.output
    figures = len((tmp_path / "d.csv").read_text("utf-8-sig").splitlines()) - 1
    assert count() == (0, figures)
    sheet = template(call, inspector="노하람")
    fill_inspection(sheet, tmp_path / "sent" / "a.xlsx", {})
    taken = CliRunner().invoke(main, ["intake", str(call.folder), str(tmp_path / "sent"), "--at", "2023-11-15 10:00"])
    assert taken.exit_code == 0, taken.output
    assert count() == (figures, figures)
    text = (call.folder / "round.yaml").read_text("utf-8")
    (call.folder / "round.yaml").write_text(text.replace("\nseed:", "\n# seed:"), "utf-8")
    assert count() == (figures, None), "without a seed nothing is drawn, so what is wanted is not known"


def test_a_round_without_applications_waits_for_its_intake() -> None:
    read = json.loads(status("2023", "--json"))
    assert (read["next_step"], read["next_command"]) == ("intake", "smartcert intake 2023 FOLDER")


@pytest.mark.parametrize(("language", "word"), [("ko", "다음 명령"), ("en", "next:")])
def test_the_status_is_one_screen(language: str, word: str) -> None:
    lines = status("example", "--language", language).splitlines()
    assert len(lines) <= 24
    assert lines[-1].startswith(word)


def test_no_form_is_written_for_who_may_not_apply(tmp_path: Path) -> None:
    command = ["template", "2023", "--applicant", "4111100000", "--language", "ko", "--output", str(tmp_path)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert "신청할 수 없음" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_new_round_says_what_it_left_as_it_was(tmp_path: Path) -> None:
    command = ["new-round", "2027", "--from", "2023", "--cite", "act", "--output", str(tmp_path / "2027")]
    done = CliRunner().invoke(main, command, catch_exceptions=False, env={"LC_ALL": "C.UTF-8"})
    newest = list_months()[-1]
    assert f"registry: {newest}, the newest month known" in done.output
    assert f"registry: {newest}" in (tmp_path / "2027" / "round.yaml").read_text("utf-8")
    assert "unchanged: the registry" not in done.output
    assert "unchanged: the edition illustrative-2023" in done.output


def test_a_new_invented_round_says_that_it_has_the_registry_of_the_earlier_one(tmp_path: Path) -> None:
    command = ["new-round", "2027", "--from", "example", "--output", str(tmp_path / "2027")]
    done = CliRunner().invoke(main, command, catch_exceptions=False, env={"LC_ALL": "C.UTF-8"})
    assert "unchanged: the registry registry.csv" in done.output


ENVIRONMENTS = [
    {"PYTHONIOENCODING": "cp949"},
    pytest.param({"PYTHONIOENCODING": "cp949", "LC_ALL": "ko_KR.UTF-8"}, marks=pytest.mark.full),
    pytest.param({"LC_ALL": "C"}, marks=pytest.mark.full),
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "ko_KR.EUC-KR", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


LOADED = [f"smartcert.cli.{name}" for name in ("rounds", "rules", "applicants", "committee", "run")]
RunUnder = Callable[[dict[str, str], Iterable[Sequence[str]]], list[subprocess.CompletedProcess[bytes]]]


@pytest.fixture(scope="module")
def run_under() -> Iterator[RunUnder]:
    """Give what runs commands in processes whose interpreter started in an environment; nothing else sets an encoding.

    Those in the same environment are forked from the same interpreter.
    """
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    with ExitStack() as stack:

        @cache
        def start(environment: frozenset[tuple[str, str]]) -> ForkedCommands:
            return stack.enter_context(fork_commands(*LOADED, environment=plain | dict(environment)))

        yield lambda environment, commands: [
            start(frozenset(environment.items())).run_bytes("smartcert", *command, cwd=Path.cwd())
            for command in commands
        ]


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_command_of_the_desk_works_under_every_encoding(
    environment: dict[str, str], rehearsal: Path, run_under: RunUnder
) -> None:
    commands = (
        ["check", str(rehearsal)],
        ["check", "example"],
        ["intake", str(rehearsal), "--due", "2023-11-08", "--asked-on", "2023-10-31"],
        ["run", "--help"],
        ["rules", "--on", "2023-09-13", "--language", "ko"],
        ["status", str(rehearsal), "--language", "ko"],
        ["self-check", str(rehearsal / "packages" / "aru-si.zip"), "--round", str(rehearsal), "--language", "ko"],
        ["committee", "check", str(rehearsal), "--language", "ko"],
    )
    for command, done in zip(commands, run_under(environment, commands), strict=True):
        assert done.returncode in (0, 1), (command, done.stderr)
        assert done.stdout
        assert b"Traceback" not in done.stderr
        assert b"Error" not in done.stderr


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "cp949"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}]
)
def test_the_desk_works_under_every_encoding(environment: dict[str, str], tmp_path: Path, run_under: RunUnder) -> None:
    form = tmp_path / "양식.csv"
    form.write_bytes(as_csv({"N01": "12①", "N02": "é"}))
    commands = (
        (["self-check", str(form), "--language", "ko"], 1),
        (["self-check", str(form), "--json"], 1),
        (["status", "example", "--language", "ko"], 0),
        (["intake", "2023", str(tmp_path / "none")], 2),
    )
    done_commands = run_under(environment, [command for command, _ in commands])
    for (command, code), done in zip(commands, done_commands, strict=True):
        assert done.returncode == code, (command, done.stderr)
        assert b"Traceback" not in done.stderr
        if "--json" in command:
            assert json.loads(done.stdout.decode("utf-8"))["claims"]["N03"] == "yes"


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a rehearsal whose packages are taken in, with everything that simulate writes for the committee."""
    folder = tmp_path_factory.mktemp("taken") / "rehearsal"
    run("simulate", "--applicants", "6", "--seed", "7", "--packages", "--output", str(folder))
    run("intake", str(folder), str(folder / "packages"), "--due", "2023-11-08", "--asked-on", "2023-10-30")
    return folder


@pytest.fixture
def rehearsal(taken_in: Path, tmp_path: Path) -> Path:
    """Give a copy of it, to be changed."""
    return shutil.copytree(taken_in, tmp_path / "rehearsal")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_marks_that_are_missing_are_counted_by_evaluator(rehearsal: Path) -> None:
    lines = (rehearsal / "marks.csv").read_text("utf-8-sig").splitlines()
    (rehearsal / "marks.csv").write_text("\n".join(lines[:-5]) + "\n", "utf-8")
    read = json.loads(status(str(rehearsal), "--json"))
    marks = read["steps"]["marks"]
    assert sum(marks["missing"].values()) == marks["wanted"] - marks["done"] == 5
    assert read["next_step"] == "marks"
    assert "lacks" in status(str(rehearsal), "--language", "en")


def test_what_letters_leave_blank_is_said_by_status_and_check(rehearsal: Path) -> None:
    read = json.loads(status(str(rehearsal), "--json"))
    assert read["sender_missing"][0] == "agency"
    assert "발신 기관, 발신 명의" in status(str(rehearsal), "--language", "ko")
    done = CliRunner().invoke(main, ["check", str(rehearsal)], catch_exceptions=False, env={"LC_ALL": "ko_KR.UTF-8"})
    assert "공문에 빈칸으로 남는 항목" in done.output
    with (rehearsal / "round.yaml").open("a", encoding="utf-8") as call:
        call.write("sender:\n  agency: {ko: 국토연구원, en: KRIHS}\n")
    assert json.loads(status(str(rehearsal), "--json"))["sender_missing"][0] == "signatory"


def test_an_intake_that_was_not_finished_comes_first(rehearsal: Path) -> None:
    (rehearsal / "intake" / "unfinished").touch()
    read = json.loads(status(str(rehearsal), "--json"))
    assert (read["unfinished"], read["next_command"]) == (True, f"smartcert intake {rehearsal}")


def test_an_open_decision_is_none_and_each_step_says_what_to_do(rehearsal: Path) -> None:
    applicants = [line.split(",")[0] for line in (rehearsal / "applications.csv").read_text("utf-8-sig").splitlines()]
    heading = "applicant,proposed,proposed_by,proposed_on,proposal_reason,decided,decided_by,decided_on,reason"
    rows = [f"{name},3,문다올,2023-11-20,,,,," for name in applicants[1:]]
    (rehearsal / "decisions.csv").write_text("\n".join([heading, *rows]) + "\n", "utf-8")
    assert json.loads(status(str(rehearsal), "--json"))["steps"]["decisions"]["done"] == 0
    assert "votes.csv" in status(str(rehearsal), "--language", "en").splitlines()[-2]


@pytest.mark.parametrize(
    ("file", "before", "after", "printed"),
    [
        ("decisions", "2023-11-20,,2,도시정책과장", "2023-11-20,,2,E1", "E1"),
        (
            "decisions",
            "2,도시정책과장,2023-12-01,",
            "2,도시정책과장,2123-12-01,",
            "1 December 2123, which has not come yet",
        ),
        ("decisions", "byeolbit,5,", "noeul,5,", "Noeul-si: Level 5 is recorded as decided"),
        ("applications", "2023-10-25 13:20", "2123-10-25 13:20", "25 October 2123, which has not come yet"),
    ],
)
def test_check_prints_a_decision_without_effect_and_what_is_of_a_day_to_come(
    tmp_path: Path, file: str, before: str, after: str, printed: str
) -> None:
    folder = tmp_path / "example"
    shutil.copytree(PARAMETERS / "rounds" / "example", folder)
    path = folder / f"{file}.csv"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    done = CliRunner().invoke(main, ["check", str(folder), "--language", "en"])
    assert done.exit_code == 0
    assert any(line.startswith("open: ") and printed in line for line in done.output.splitlines())
