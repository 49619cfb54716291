"""Single pages of other notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from smartcert import paths as home
from smartcert.analysis.committee.review import review_committee
from smartcert.batch.checks import check_executed, check_page
from smartcert.batch.outputs import has_content
from smartcert.batch.parameters import check_parameters, list_imports
from smartcert.batch.render import render_page
from smartcert.batch.request import RenderedReport, Task
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError
from smartcert.files import write_atomic
from smartcert.reporting.records import to_json
from smartcert.services.history import open_history
from smartcert.services.rounds import open_round

# --- The pages of a committee's review: the record first, then a page for each language.

REVIEW_NOTEBOOK = "committee_review"
REVIEW_RECORD = "committee.json"


def render_review(
    round_name: str, reader: str, languages: tuple[str, ...], output: Path | None = None
) -> tuple[Path, ...]:
    """Make the pages for a reader in ``output`` and return their places.

    Without ``output`` they go to ``outputs/<round>/committee``, those for an evaluator to a folder of its id in there:
    a page for one reader never stands where another one looks for his.

    Raises:
        UsageError: no such round or evaluator.
        InputError: the round's files have problems. Nothing was written.
        ReportError: a page could not be made; the others are in their place.
    """
    opened = open_round(round_name)
    record = to_json(review_committee(opened, reader))
    folder = output or Path("outputs") / opened.round.id / "committee" / reader
    if not has_content(folder / REVIEW_RECORD, record):
        for language in ("ko", "en"):
            _review_page(folder, language).unlink(missing_ok=True)
            _review_page(folder, language).with_suffix(".ipynb").unlink(missing_ok=True)
        write_atomic(folder / REVIEW_RECORD, record)
    source = home.find_notebook(REVIEW_NOTEBOOK).read_text(encoding="utf-8")
    tasks = _review_tasks(source, record.decode(), opened.round.id, reader, languages)
    with Workers(len(languages), list_imports(nbformat.reads(source, as_version=4))) as workers:
        results = list(workers.results(tasks))
    failures = [result for result in results if not isinstance(result, RenderedReport)]
    for made in results:
        if isinstance(made, RenderedReport):
            path = _review_page(folder, made.language)
            write_atomic(path.with_suffix(".ipynb"), made.notebook)
            write_atomic(path, made.page)
    if failures:
        told = "; ".join(f"{one.language}: {one.reason}" for one in sorted(failures, key=lambda one: one.language))
        raise ReportError(f"the review could not be made ({told})")
    return tuple(_review_page(folder, language) for language in languages)


def _review_page(folder: Path, language: str) -> Path:
    return folder / f"committee_review.{language}.html"


def _review_tasks(source: str, record: str, round_id: str, reader: str, languages: tuple[str, ...]) -> Iterator[Task]:
    for language in languages:
        yield Task(
            applicant_id="",
            language=language,
            notebook=source,
            record_name=REVIEW_RECORD,
            record=record,
            parameters={"record": REVIEW_RECORD, "round": round_id, "reader": reader, "language": language},
        )


# --- The pages on the history of certification: the record first, then a page for each language.

HISTORY_NOTEBOOK = "certification_history"
HISTORY_RECORD = "history.json"
HISTORY_FOLDER = Path("outputs") / "certification"


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryPages:
    """Where the pages of the history are."""

    folder: Path

    def page(self, language: str) -> Path:
        """Return the place of the page in a language."""
        return self.folder / f"history.{language}.html"


def render_history(day: date, languages: tuple[str, ...], output: Path | None = None) -> tuple[Path, ...]:
    """Make the pages as of ``day`` in ``output`` (``outputs/certification``) and return their places.

    A page that stands beside another record than the new one is taken away before anything else is written.

    Raises:
        InputError: the tables have problems. Nothing was written.
        ReportError: a page could not be made; the others are in their place.
    """
    record = to_json(open_history().record(day))
    pages = HistoryPages(folder=output or HISTORY_FOLDER)
    if not has_content(pages.folder / HISTORY_RECORD, record):
        for language in ("ko", "en"):
            pages.page(language).unlink(missing_ok=True)
            pages.page(language).with_suffix(".ipynb").unlink(missing_ok=True)
        write_atomic(pages.folder / HISTORY_RECORD, record)
    source = home.find_notebook(HISTORY_NOTEBOOK).read_text(encoding="utf-8")
    with Workers(len(languages), list_imports(nbformat.reads(source, as_version=4))) as workers:
        results = list(workers.results(_history_tasks(source, record.decode(), day, languages)))
    failures = [result for result in results if not isinstance(result, RenderedReport)]
    for made in results:
        if isinstance(made, RenderedReport):
            path = pages.page(made.language)
            write_atomic(path.with_suffix(".ipynb"), made.notebook)
            write_atomic(path, made.page)
    if failures:
        told = "; ".join(f"{one.language}: {one.reason}" for one in sorted(failures, key=lambda one: one.language))
        raise ReportError(f"the history could not be made ({told})")
    return tuple(pages.page(language) for language in languages)


def _history_tasks(source: str, record: str, day: date, languages: tuple[str, ...]) -> Iterator[Task]:
    for language in languages:
        yield Task(
            applicant_id="",
            language=language,
            notebook=source,
            record_name=HISTORY_RECORD,
            record=record,
            parameters={"record": HISTORY_RECORD, "on": day.isoformat(), "language": language},
        )


# --- One notebook as a page, made on its own in a fresh kernel: for notebooks that researchers read, widgets and all.


def render_notebook(name: str, round_name: str, language: str, parameters: Mapping[str, Any]) -> str:
    """Return the page of one of our notebooks over a round, run with further parameters.

    Raises:
        UsageError: there is no such notebook or round, or it does not declare a parameter.
        InputError: the round's files have problems.
        ReportError: a cell failed, or the page is not whole, not in its language, or would fetch something.
    """
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    path = home.find_notebook(name)
    opened = open_round(round_name)
    given = {**parameters, "round": str(opened.folder), "language": language}
    check_parameters(nbformat.read(path, as_version=4), given)
    try:
        config = Config({"KernelManager": {"transport": "ipc"}})  # as for the batch's own fresh kernels
        executed = papermill.execute_notebook(str(path), None, dict(given), progress_bar=False, config=config)
    except PapermillExecutionError as error:
        raise ReportError(f"{name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from None
    check_executed(executed)
    page = render_page(executed)
    record = json.dumps({"title": {language: opened.round.title.of(language)}})
    check_page(
        page, Task(applicant_id="", language=language, notebook="", record_name="", record=record, parameters={})
    )
    return page
