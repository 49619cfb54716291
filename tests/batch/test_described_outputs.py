"""Every kind of file that commands write below `outputs/` is described in a table of the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.batch.ledger import MANIFEST_SIGNATURE, SEALS
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.batch.verify import sign_manifest
from smartcert.certification.signing import SigningKey
from smartcert.cli import main
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.records import Audience
from smartcert.services.clock import get_today
from tests.support.small_example import small_example

PDF_PAGES = ("report", "letter", "round_summary")
"""The pages that `--pdf` gives a PDF; how they are rendered is not what is tested here."""


def expand(pattern: str) -> Iterator[str]:
    """Yield the names that the braces of a pattern stand for."""
    parts = [part[1:-1].split(",") if part.startswith("{") else [part] for part in re.split(r"(\{[^}]*\})", pattern)]
    yield from map("".join, product(*parts))


def read_described(heading: str) -> list[re.Pattern[str]]:
    """Return a pattern for each name in the first column of the README's table with this heading."""
    text = (PROJECT_ROOT / "README.md").read_text("utf-8")
    rows = text.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    names = [name for row in rows for code in re.findall("`([^`]+)`", row.split("|")[1]) for name in expand(code)]
    return [
        re.compile(re.escape(name).replace("<id>", "[a-z]+").replace(r"\*", r"[\w.-]*"))
        for name in names
        if not name.startswith("--")
    ]


def list_undescribed(files: set[str], patterns: list[re.Pattern[str]]) -> set[str]:
    """Return the files that no pattern fits; one without a folder fits in the folder of its page, too."""
    return {
        file for file in files if not any(pattern.fullmatch(file) or _is_beside(pattern, file) for pattern in patterns)
    }


def _is_beside(pattern: re.Pattern[str], file: str) -> bool:
    folder, _, name = file.rpartition("/")
    return "/" not in pattern.pattern and folder.startswith("applicants/") and pattern.fullmatch(name) is not None


def list_files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def list_undemonstrated(files: set[str], patterns: list[re.Pattern[str]]) -> list[str]:
    """Return the patterns that no file fits: kinds of files that the README promises and nothing writes."""
    return [
        pattern.pattern
        for pattern in patterns
        if not any(pattern.fullmatch(file) or _is_beside(pattern, file) for file in files)
    ]


@pytest.mark.notebook
def test_every_file_of_a_round_is_described(tmp_path: Path) -> None:
    folder, output = small_example(tmp_path / "example", ("hanbit",)), tmp_path / "outputs"
    assert run(RunRequest(round=str(folder), output=output, quiet=True, audiences=tuple(Audience))).failures == ()
    key = SigningKey(secret=bytes(range(32)), office="")
    for _ in range(2):
        sign_manifest(output, key, get_today())
    files = list_files(output)
    assert {MANIFEST_SIGNATURE, f"{SEALS}/000001.sig.json"} <= files
    for page in [file for file in files if file.endswith(".html") and file.split("/")[-1].startswith(PDF_PAGES)]:
        files.add(page.removesuffix("html") + "pdf")
    review = CliRunner().invoke(main, ["committee", "review", "example", "--output", str(output / "committee")])
    assert review.exit_code == 0, review.output
    files |= list_files(output)
    described = read_described("file below `outputs/<round>/`")
    assert list_undescribed(files, described) == set()
    assert list_undemonstrated(files, described) == [], files
    assert list_undescribed({"applicants/ara/new.ko.html", "notes.txt", "committee/report.pdf"}, described) == {
        "applicants/ara/new.ko.html",
        "notes.txt",
        "committee/report.pdf",
    }


@pytest.mark.notebook
def test_every_file_of_the_register_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> None:
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output

    call("register", "issue", "example", "--all", "--reason", "결정", "--at", "2023-12-21")
    call("register", "key", "office.key")
    call("register", "certificate", "SPECIMEN-2023-0001", "--key", "office.key", "--on", "2024-06-01")
    call("register", "page", "--on", "2026-11-01")
    files = list_files(tmp_path / "outputs")
    described = read_described("file below `outputs/`")
    assert list_undescribed(files, described) == set()
    assert list_undemonstrated(files, described) == []
