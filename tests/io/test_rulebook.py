"""A rulebook is decoded once for the same bytes, and again as soon as any file is another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.io.parameters import rulebook as module
from smartcert.io.parameters.rulebook import read_rulebook
from tests.support.build import PARAMETERS


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    shutil.copytree(PARAMETERS / "rules", tmp_path / "rules")
    shutil.copytree(PARAMETERS / "schemes", tmp_path / "schemes")
    return tmp_path / "rules"


def test_the_same_bytes_give_the_same_rulebook_wherever_they_lie(rules: Path) -> None:
    assert read_rulebook(rules) is read_rulebook(PARAMETERS / "rules")


def test_a_changed_value_is_read_and_so_is_the_one_before(rules: Path) -> None:
    scoring = rules / "scoring.yaml"
    before, text = read_rulebook(rules), scoring.read_text("utf-8")
    assert "fewest: 3" in text
    scoring.write_text(text.replace("fewest: 3", "fewest: 2"), "utf-8")
    after = read_rulebook(rules)
    assert after.files["scoring"] != before.files["scoring"]
    assert after == module._decode_rulebook(rules)
    scoring.write_text(text, "utf-8")
    assert read_rulebook(rules) == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file of no rule": lambda rules: (rules / "scorings.yaml").write_text("a: 1\n"),
    "a name that ends otherwise": lambda rules: (rules / "indicators" / "new.yml").write_text("a: 1\n"),
    "a scheme whose name ends otherwise": lambda rules: (rules.parent / "schemes" / "new.yml").write_text("a: 1\n"),
    "a file that is gone": lambda rules: (rules / "levels.yaml").unlink(),
    "a file that is no YAML": lambda rules: (rules / "levels.yaml").write_text("a: ["),
    "a folder with the name of a file": lambda rules: (rules / "indicators" / "new.yaml").mkdir(),
    "a file that is too large": lambda rules: (rules / "levels.yaml").write_bytes(b"#" * (module._MAX_BYTES + 1)),
    "a scheme that is broken": lambda rules: (rules.parent / "schemes" / "new.yaml").write_text("title: {}\n"),
    "an edition that is renamed": lambda rules: (rules / "indicators" / "illustrative-2023.yaml").rename(
        rules / "indicators" / "renamed.yaml"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_refused_is_refused_each_time_after_a_rulebook_was_stored(rules: Path, change: str) -> None:
    read_rulebook(rules)
    CHANGES[change](rules)
    refusals = []
    for _ in range(2):
        with pytest.raises(InputError) as refusal:
            read_rulebook(rules)
        refusals.append([str(problem) for problem in refusal.value.problems])
    assert refusals[0] == refusals[1] != []


def test_bytes_that_change_while_they_are_read_are_stored_as_what_was_decoded(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring, decode = rules / "scoring.yaml", module._decode_rulebook
    text = scoring.read_text("utf-8")
    first, second = (text.replace("fewest: 3", f"fewest: {number}") for number in (4, 5))
    scoring.write_text(first, "utf-8")

    def change_and_decode(folder: Path) -> object:
        scoring.write_text(second, "utf-8")
        return decode(folder)

    monkeypatch.setattr(module, "_decode_rulebook", change_and_decode)
    read_rulebook(rules)
    monkeypatch.setattr(module, "_decode_rulebook", decode)
    assert read_rulebook(rules) == decode(rules)
    scoring.write_text(first, "utf-8")
    assert read_rulebook(rules) == decode(rules)
