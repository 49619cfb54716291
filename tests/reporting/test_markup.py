"""Outside validators find nothing wrong on a page of any kind: html-validate and the Nu Html Checker (vnu).

`.ci/run tests` installs both into `.ci/validators`; they want Node and Java.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smartcert.files import sha256_base64
from tests.support.documents import write_pages

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


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_pages(tmp_path_factory.mktemp("pages"))


def run_html_validate(*files: Path) -> list[str]:
    """Return what html-validate finds."""
    node = shutil.which("node")
    if node is None or not HTML_VALIDATE.is_file():
        pytest.skip("html-validate is not installed: .ci/run tests installs it")
    command = [node, HTML_VALIDATE, "--config", TOOLS / "html-validate.json", "--formatter", "codeframe", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    return [line for line in ran.stdout.splitlines() if line.startswith(("error:", "warning:"))]


def run_nu_checker(*files: Path) -> list[str]:
    """Return what the Nu Html Checker finds, warnings included."""
    java = shutil.which("java")
    if java is None or not NU_CHECKER.is_file():
        pytest.skip("vnu is not installed: .ci/run tests installs it")
    command = [java, "-jar", NU_CHECKER, "--format", "json", "--also-check-css", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    messages: list[dict[str, Any]] = json.loads(ran.stderr)["messages"]
    return [f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}" for one in messages]


def test_html_validate_finds_nothing_wrong(pages: list[Path]) -> None:
    assert run_html_validate(*pages) == []


def test_the_nu_html_checker_finds_nothing_wrong(pages: list[Path]) -> None:
    assert [line for line in run_nu_checker(*pages) if HASHED_OTHERWISE not in line] == []


def test_both_find_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.html"
    file.write_text('<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p><img></p></body></html>')
    assert any("src" in line for line in run_html_validate(file))
    assert any("src" in line for line in run_nu_checker(file))


@pytest.mark.parametrize(("css", "complains"), [("p { color: #111; }", False), ("p { color: #111; }\n", True)])
def test_the_nu_html_checker_hashes_a_style_without_its_last_line_feed(
    tmp_path: Path, css: str, complains: bool
) -> None:
    policy = f"style-src 'sha256-{sha256_base64(css.encode())}'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}"><title>x</title>'
    file = tmp_path / "styled.html"
    file.write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{css}</style></head><body><p>x</p></body></html>'
    )
    assert any(HASHED_OTHERWISE in line for line in run_nu_checker(file)) is complains
