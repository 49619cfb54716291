"""Which rules and registry go with the folder of a round."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.paths import PROJECT_ROOT, find_own_parameters, find_parameter_folder, find_round_folder
from smartcert.services.editions import find_rules_folder

CASES = {
    # the folder of the round, the folders of rules that there are, and the one that is used (none: the package's)
    "in parameters": ("a/parameters/rounds/r", ["a/parameters/rules"], "a/parameters/rules"),
    "in rounds beside rules": ("a/rounds/r", ["a/rules"], "a/rules"),
    "below a project": ("a/b/r", ["a/parameters/rules"], "a/parameters/rules"),
    "beside parameters": ("a/r", ["a/parameters/rules"], "a/parameters/rules"),
    "below two projects": ("a/b/r", ["a/parameters/rules", "a/b/parameters/rules"], "a/b/parameters/rules"),
    "rounds without rules": ("a/rounds/r", ["a/parameters/rules"], "a/parameters/rules"),
    "rules that are not above": ("a/r", ["b/parameters/rules"], None),
    "rules that are no parameters": ("a/r", ["a/rules"], None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_round_uses_the_rules_above_it(case: tuple[str, list[str], str | None], tmp_path: Path) -> None:
    folder, rules, used = case
    for name in (folder, *rules):
        (tmp_path / name).mkdir(parents=True)
    found = find_parameter_folder(tmp_path / folder, "rules")
    assert found == (PROJECT_ROOT / "parameters" / "rules" if used is None else tmp_path / used)


@pytest.mark.parametrize("folder", ["", "notebooks", "lab/r", "parameters/rounds"])
def test_a_folder_of_a_project_finds_its_rules_and_rounds(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("parameters/rules", "parameters/rounds/r", folder):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "parameters" / "rounds" / "r" / "round.yaml").touch()
    monkeypatch.chdir(tmp_path / folder)
    assert find_round_folder("r") == tmp_path / "parameters" / "rounds" / "r"
    assert find_rules_folder() == tmp_path / "parameters" / "rules"
    assert find_own_parameters("registry") is None
