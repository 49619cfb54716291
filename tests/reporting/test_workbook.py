"""A workbook is the same bytes whenever it is written, and whether or not lxml is installed beside openpyxl."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

WRITE = """
import hashlib, json, sys
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.forms.template import build_form
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.round.press import build_results_xlsx
from tests.support import build
from tests.support.sample_rounds import round_record

books = {
    "results": build_results_xlsx(build_press_record(round_record())),
    "edition": build_edition_workbook(build.rules_of_2023().edition),
    "form": build_form(build.applicant(), build.example().round, build.rules_of_2023(), "ko"),
}
print(json.dumps({name: hashlib.sha256(book).hexdigest() for name, book in books.items()}))
print("lxml" in sys.modules)
"""


def run_python(code: str, *path: Path, **around: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own that finds modules in the folders ``path`` first."""
    environment = (
        os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, path), str(Path(__file__).parents[2])])} | around
    )
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def lxml(tmp_path: Path) -> Path:
    """Return a folder with a package lxml that openpyxl takes for the real one."""
    (tmp_path / "lxml").mkdir()
    (tmp_path / "lxml/__init__.py").touch()
    (tmp_path / "lxml/etree.py").write_text(
        "from xml.etree.ElementTree import *\n"
        "from xml.etree import ElementTree\n"
        "from et_xmlfile import xmlfile\n"
        "LXML_VERSION = (6, 0, 0, 0)\n"
        "def XMLParser(resolve_entities): return None\n"
        "def tostring(*given, **named): return b'<!-- lxml -->' + ElementTree.tostring(*given, **named)\n"
    )
    return tmp_path


def test_workbooks_are_the_same_bytes_where_lxml_is_installed(lxml: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "lxml.py").write_text("raise ImportError('not installed')\n")
    without, beside = run_python(WRITE, absent), run_python(WRITE, lxml)
    assert (without.returncode, beside.returncode) == (0, 0), without.stderr + beside.stderr
    (books, lxml_without), (books_beside, lxml_beside) = without.stdout.splitlines(), beside.stdout.splitlines()
    assert books == books_beside
    assert (lxml_without, lxml_beside) == ("False", "True")  # it was there, and openpyxl saw it


def test_an_openpyxl_that_writes_with_lxml_already_is_refused_with_the_reason(lxml: Path) -> None:
    done = run_python(f"import openpyxl\nassert openpyxl.LXML{WRITE}", lxml, OPENPYXL_LXML="True")
    assert done.returncode == 1
    assert "ReportError: openpyxl was imported before smartcert and writes with lxml" in done.stderr


def test_the_moment_of_writing_is_not_in_a_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartcert.reporting.workbook import save_workbook

    def write() -> bytes:
        book = openpyxl.Workbook()
        book["Sheet"].append([date(2023, 1, 2), "하늘시", 1])
        return save_workbook(book)

    first = write()
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2001, 9, 9, 1, 46, 40, 6, 252, 0))
    assert write() == first
    assert openpyxl.load_workbook(io.BytesIO(first)).properties.created.year == 1980
