"""Outside validators find nothing wrong on a page of any kind: html-validate and the Nu Html Checker (vnu).

`.ci/run tests` installs both, and terser, into `.ci/validators`; they want Node and Java.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartcert.files import sha256_base64
from smartcert.reporting.applicant.experiment import load_script
from tests.support.documents import write_pages
from tests.support.patience import PATIENCE

TOOLS = Path(__file__).parents[2] / ".ci" / "validators"
HTML_VALIDATE = TOOLS / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
NU_CHECKER = TOOLS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
HASHED_OTHERWISE = "violates Content Security Policy (meta tag)"
"""What vnu says of a style or script that ends with a line feed, and of data in a script.

It hashes a text without the white space around it, and browsers hash all of it, which
``test_the_nu_html_checker_hashes_a_style_without_its_last_line_feed`` shows; data are no script that a policy is about.
Chromium takes the hashes (``test_no_request_leaves_the_page_and_it_opens_with_scripts_off`` hears no complaint).
"""
pytestmark = pytest.mark.validators


WRONG = '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p><img></p></body></html>'
STYLES = {
    "styled.html": ("p { color: #111; }", False),
    "styled-to-the-end-of-a-line.html": ("p { color: #111; }\n", True),
}
"""Pages with a style that their policy allows, and whether vnu complains all the same."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a validator finds wrong in a file."""

    file: str
    line: int | None
    message: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the pages and, as a validator takes seconds to start, those that the other tests are about."""
    folder = tmp_path_factory.mktemp("pages")
    pages = write_pages(folder)
    others = {"wrong.html": WRONG} | {name: build_styled_page(css) for name, (css, _) in STYLES.items()}
    assert not others.keys() & {page.name for page in pages}
    for name, text in others.items():
        (folder / name).write_text(text, "utf-8")
    return [*pages, *(folder / name for name in others)]


def build_styled_page(css: str) -> str:
    policy = f"style-src 'sha256-{sha256_base64(css.encode())}'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}"><title>x</title>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{css}</style></head><body><p>x</p></body></html>'


@pytest.fixture(scope="module")
def html_validate(files: list[Path]) -> list[Problem]:
    """Return what html-validate finds."""
    node = shutil.which("node")
    if node is None or not HTML_VALIDATE.is_file():
        pytest.skip("html-validate is not installed: .ci/run tests installs it")
    command = [node, HTML_VALIDATE, "--config", TOOLS / "html-validate.json", "--formatter", "json", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr  # of one page it is known that it is wrong
    results: list[dict[str, Any]] = json.loads(ran.stdout)
    return [
        Problem(file=Path(result["filePath"]).name, line=found["line"], message=found["message"])
        for result in results
        for found in result["messages"]
    ]


@pytest.fixture(scope="module")
def nu_checker(files: list[Path]) -> list[Problem]:
    """Return what the Nu Html Checker finds, warnings included."""
    java = shutil.which("java")
    if java is None or not NU_CHECKER.is_file():
        pytest.skip("vnu is not installed: .ci/run tests installs it")
    command = [java, "-jar", NU_CHECKER, "--format", "json", "--also-check-css", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    messages: list[dict[str, Any]] = json.loads(ran.stderr)["messages"]
    return [
        Problem(file=Path(found["url"]).name, line=found.get("lastLine"), message=found["message"])
        for found in messages
    ]


def select_pages(problems: list[Problem]) -> list[Problem]:
    """Return the problems of our pages."""
    return [problem for problem in problems if problem.file not in {"wrong.html", *STYLES}]


def test_html_validate_finds_nothing_wrong(html_validate: list[Problem]) -> None:
    assert select_pages(html_validate) == []


def test_the_nu_html_checker_finds_nothing_wrong(nu_checker: list[Problem]) -> None:
    assert [problem for problem in select_pages(nu_checker) if HASHED_OTHERWISE not in problem.message] == []


def test_both_find_what_is_wrong(html_validate: list[Problem], nu_checker: list[Problem]) -> None:
    for problems in (html_validate, nu_checker):
        assert any("src" in problem.message for problem in problems if problem.file == "wrong.html")


@pytest.mark.parametrize("name", STYLES)
def test_the_nu_html_checker_hashes_a_style_without_its_last_line_feed(nu_checker: list[Problem], name: str) -> None:
    _, complains = STYLES[name]
    assert any(HASHED_OTHERWISE in problem.message for problem in nu_checker if problem.file == name) is complains


def test_the_script_of_a_report_is_what_terser_makes_of_its_source() -> None:
    command = ["npm", "run", "--silent", "--prefix", str(TOOLS), "minify"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == load_script().strip()
