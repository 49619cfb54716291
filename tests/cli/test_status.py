"""Where a round stands, and that the desk's commands print under every encoding that an office has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.io.populations import list_months
from tests.support.sent_forms import as_csv


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


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "cp949"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}]
)
def test_the_desk_works_under_every_encoding(environment: dict[str, str], tmp_path: Path) -> None:
    form = tmp_path / "양식.csv"
    form.write_bytes(as_csv({"N01": "12①", "N02": "é"}))
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    commands = (
        (["self-check", str(form), "--language", "ko"], 1),
        (["self-check", str(form), "--json"], 1),
        (["status", "example", "--language", "ko"], 0),
        (["intake", "2023", str(tmp_path / "none")], 2),
    )
    for command, code in commands:
        done = subprocess.run(
            [sys.executable, "-m", "smartcert", *command], env=plain | environment, capture_output=True, check=False
        )
        assert done.returncode == code, (command, done.stderr)
        assert b"Traceback" not in done.stderr
        if "--json" in command:
            assert json.loads(done.stdout.decode("utf-8"))["claims"]["N03"] == "yes"
