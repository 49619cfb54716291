"""A PDF is made again where it was altered, where its page is another one, and where another engine would make it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from smartcert.batch import pdf
from smartcert.batch.ledger import Ledger, read_manifest
from smartcert.batch.libraries import get_library_version
from smartcert.batch.pdf import ChosenEngine, RenderedPdf
from smartcert.batch.plan import explain_plan, plan_reports
from smartcert.batch.request import PdfEngine, RunRequest
from smartcert.batch.run import run
from smartcert.batch.verify import Verdict, list_stale_pages, verify_outputs
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from tests.support.small_example import alter, small_example

pytestmark = pytest.mark.notebook

REPORT = "applicants/ara/report.en.pdf"
LETTER = "applicants/ara/letter.en.pdf"
ENGINE = ("pdf engine",)
ALL = {REPORT, LETTER, "round_summary.en.pdf", "round_summary.press.en.pdf"}


class Renderer:
    """Stands in for an engine, which takes a second or more a page; ``rendered`` are the names of the pages."""

    def __init__(self) -> None:
        self.rendered: set[str] = set()
        self.refused: set[str] = set()
        self.begun: list[str] = []
        self.chosen = ChosenEngine(engine=PdfEngine.CHROMIUM, version="156.0", program="chromium")
        self.absent = False

    def choose(self, _wanted: PdfEngine) -> ChosenEngine:
        if self.absent:
            raise UsageError("Chromium is not found")
        return self.chosen

    def open(self, wanted: PdfEngine, _jobs: int, _seconds: float | None = None) -> Renderer:
        self.engine = self.choose(wanted)
        return self

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, path: Path) -> None:
        assert path.is_file()
        self.begun.append(path.name)

    def render(self, pages: Sequence[Path]) -> Iterator[RenderedPdf]:
        used = {name: get_library_version(name) for name in ("Python", "pikepdf")}
        for page in pages:
            name = page.with_suffix(".pdf").name
            if name in self.refused:
                yield RenderedPdf(page=page, problem="something lies outside the paper")
                continue
            self.rendered.add(name)
            content = f"%PDF {self.engine} {sha256_hex(page.read_bytes())}".encode()
            yield RenderedPdf(page=page, content=content, libraries=used)


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Renderer:
    renderer = Renderer()
    monkeypatch.setattr(pdf, "PdfRenderer", renderer.open)
    monkeypatch.setattr(pdf, "choose_engine", renderer.choose)
    return renderer


def test_a_pdf_is_made_again_where_it_its_page_or_its_engine_are_not_as_they_were(
    renderer: Renderer, tmp_path: Path
) -> None:
    folder, output = small_example(tmp_path / "example", ("ara",)), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)

    def run_again() -> set[str]:
        renderer.rendered.clear()
        assert run(request).failures == ()
        return renderer.rendered

    assert run_again() == {Path(name).name for name in ALL}
    assert renderer.begun == ["report.en.html", "letter.en.html"]
    before = {name: (output / name).read_bytes() for name in ALL}
    latest = Ledger(output).read_latest()
    assert {latest[name].parts["pdf engine"] for name in ALL} == {"chromium 156.0"}
    assert [request.pdf_engine for request in read_manifest(output).requests] == ["chromium 156.0"]
    assert run_again() == set()

    alter(output / REPORT)
    (output / "round_summary.en.pdf").unlink()
    assert run_again() == {"report.en.pdf", "round_summary.en.pdf"}
    shutil.copy(output / "round_summary.en.pdf", output / REPORT)
    assert run_again() == {"report.en.pdf"}
    assert {name: (output / name).read_bytes() for name in ALL} == before

    entries = len(list(Ledger(output).read_all()))
    assert all(status.fresh for status in plan_reports(request))
    renderer.chosen = replace(renderer.chosen, version="157.0")
    stale = {status.page: status.because for status in plan_reports(replace(request, pdf=False)) if not status.fresh}
    assert stale == dict.fromkeys({REPORT, LETTER, "round_summary.en.pdf", "round_summary.press.en.pdf"}, ENGINE)
    (changed,) = [parts for status, *parts in explain_plan(request, "ara") if status.page == REPORT]
    assert [parts["pdf engine"] for parts in changed] == ["chromium 156.0", "chromium 157.0"]
    assert {line.partition(":")[0] for line in list_stale_pages(str(folder), output)} == ALL
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


def test_a_pdf_that_is_refused_is_a_failure_and_no_old_one_is_left_in_its_place(
    renderer: Renderer, tmp_path: Path
) -> None:
    folder, output = small_example(tmp_path / "example", ("ara",)), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)
    assert run(request).failures == ()
    assert (output / REPORT).is_file()
    renderer.chosen = replace(renderer.chosen, version="157.0")
    renderer.refused = {"report.en.pdf"}
    (failure,) = run(request).failures
    assert (failure.id, failure.reason) == ("ara", "PDF: something lies outside the paper")
    assert not (output / REPORT).exists()
    assert (output / LETTER).is_file()
    page = output / "applicants/ara/report.en.html"
    assert "report.en.pdf" not in page.read_text("utf-8")
    (failure,) = run(request).failures  # it is tried again, and no run is taken for finished
    assert "report.en.pdf" not in page.read_text("utf-8")
    renderer.refused = set()
    assert run(request).failures == ()
    assert "report.en.pdf" in page.read_text("utf-8")
    assert f"{renderer.engine} {sha256_hex(page.read_bytes())}" in (output / REPORT).read_text("utf-8")
    renderer.rendered.clear()
    assert run(request).failures == ()
    assert renderer.rendered == set()
    assert all(status.fresh for status in plan_reports(request))


def test_a_page_leads_to_no_pdf_that_was_refused_in_the_first_run(renderer: Renderer, tmp_path: Path) -> None:
    folder, output = small_example(tmp_path / "example", ("ara", "areum")), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)
    renderer.refused = {"report.en.pdf"}
    assert {failure.id for failure in run(request).failures} == {"ara", "areum"}
    for page in output.glob("applicants/*/report.en.html"):
        text = page.read_text("utf-8")
        assert "report.en.pdf" not in text
        assert "letter.en.html" in text
    assert {one.verdict for one in verify_outputs(str(folder), output, 1)} == {Verdict.UNCHANGED}


def test_outputs_are_verified_with_the_engine_of_their_manifest(renderer: Renderer, tmp_path: Path) -> None:
    folder, output = small_example(tmp_path / "example", ("ara",)), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)
    assert run(request).failures == ()
    assert {one.verdict for one in verify_outputs(str(folder), output, 1)} == {Verdict.UNCHANGED}

    renderer.chosen = replace(renderer.chosen, version="157.0")
    changed = {one.file: one.where for one in verify_outputs(str(folder), output, 1) if one.verdict is Verdict.CHANGED}
    assert {*changed} == {*ALL, "manifest.json"}  # which has their hashes
    assert all(changed[name].startswith("made by chromium 156.0, and here is chromium 157.0") for name in ALL)

    renderer.absent = True
    with pytest.raises(UsageError, match=r"the PDFs were made by chromium 156\.0: Chromium is not found"):
        verify_outputs(str(folder), output, 1)


def test_pdfs_of_a_later_run_by_another_engine_are_made_again_by_that_one(renderer: Renderer, tmp_path: Path) -> None:
    folder, output = small_example(tmp_path / "example", ("ara", "areum")), tmp_path / "outputs"
    request = RunRequest(round=str(folder), output=output, languages=("en",), quiet=True, pdf=True)
    assert run(request).failures == ()
    renderer.chosen = ChosenEngine(engine=PdfEngine.WEASYPRINT, version="70.0")
    assert run(replace(request, applicants=("areum",))).failures == ()
    requests = read_manifest(output).requests
    assert [(one.applicants, one.pdf_engine) for one in requests] == [
        ((), "chromium 156.0"),
        (("areum",), "weasyprint 70.0"),
    ]
