"""A PDF is made again where it was altered, where its page is another one, and where other libraries would make it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from smartcert.batch import libraries, make
from smartcert.batch.ledger import Ledger
from smartcert.batch.libraries import get_library_version
from smartcert.batch.pdf import RenderedPdf
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.files import sha256_hex
from tests.support.small_example import alter, small_example

pytestmark = pytest.mark.notebook
pytest.importorskip("weasyprint", reason="needs smartcert[pdf]")

REPORT = "applicants/ara/report.en.pdf"
LETTER = "applicants/ara/letter.en.pdf"
ALL = {REPORT, LETTER, "round_summary.en.pdf", "round_summary.press.en.pdf"}


class Renderer:
    """Stands in for WeasyPrint, which takes most of a minute for a report; ``rendered`` are the names of the pages."""

    def __init__(self) -> None:
        self.rendered: set[str] = set()

    def __call__(self, pages: Sequence[Path], _jobs: int) -> Iterator[RenderedPdf]:
        used = {name: get_library_version(name) for name in ("Python", "weasyprint")}
        for page in pages:
            self.rendered.add(page.with_suffix(".pdf").name)
            yield RenderedPdf(page=page, content=b"%PDF " + sha256_hex(page.read_bytes()).encode(), libraries=used)


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Renderer:
    renderer = Renderer()
    monkeypatch.setattr(make, "render_pdfs", renderer)
    return renderer


def test_a_pdf_is_made_again_where_it_its_page_or_its_libraries_are_not_as_they_were(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, output = small_example(tmp_path / "example", ("ara",)), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)

    def run_again() -> set[str]:
        renderer.rendered.clear()
        assert run(request).failures == ()
        return renderer.rendered

    assert run_again() == {Path(name).name for name in ALL}
    before = {name: (output / name).read_bytes() for name in ALL}
    latest = Ledger(output).read_latest()
    assert all(latest[name].libraries["weasyprint"] for name in ALL)
    assert run_again() == set()

    alter(output / REPORT)
    (output / "round_summary.en.pdf").unlink()
    assert run_again() == {"report.en.pdf", "round_summary.en.pdf"}
    shutil.copy(output / "round_summary.en.pdf", output / REPORT)
    assert run_again() == {"report.en.pdf"}
    assert {name: (output / name).read_bytes() for name in ALL} == before

    entries = len(list(Ledger(output).read_all()))
    monkeypatch.setattr(
        libraries, "get_library_version", lambda n: "0" if n == "weasyprint" else get_library_version(n)
    )
    assert run_again() == {Path(name).name for name in ALL}
    assert "applicants/ara/report.en.html" not in [entry.page for entry in list(Ledger(output).read_all())[entries:]]


def test_only_the_pdfs_of_the_applicant_asked_for_are_made_and_none_is_left_old(
    renderer: Renderer, tmp_path: Path
) -> None:
    folder, output = small_example(tmp_path / "example", ("ara", "areum")), tmp_path / "outputs"
    request = RunRequest(
        round=str(folder), output=output, languages=("en",), quiet=True, pdf=True, applicants=("areum",)
    )
    assert run(request).failures == ()
    assert renderer.rendered == {"report.en.pdf", "letter.en.pdf"}
    assert {path.parent.name for path in output.rglob("*.pdf")} == {"areum"}

    assert run(replace(request, applicants=())).failures == ()
    alter(output / "round_summary.en.pdf")
    renderer.rendered.clear()
    assert run(request).failures == ()
    assert renderer.rendered == {"round_summary.en.pdf"}
