"""The pages on the history of certification: the record first, then a page for each language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nbformat

from smartcert import home
from smartcert.batch.parameters import imports
from smartcert.batch.place import holds, place
from smartcert.batch.task import Made, Task
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError
from smartcert.history import open_history
from smartcert.reporting.history_record import to_json

NOTEBOOK = "certification_history"
RECORD = "history.json"
FOLDER = Path("outputs") / "certification"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Where the pages of the history are."""

    folder: Path

    def page(self, language: str) -> Path:
        """Return the place of the page in a language."""
        return self.folder / f"history.{language}.html"


def make_history(day: date, languages: tuple[str, ...], output: Path | None = None) -> tuple[Path, ...]:
    """Make the pages as of ``day`` in ``output`` (``outputs/certification``) and return their places.

    A page that stands beside another record than the new one is taken away before anything else is written.

    Raises:
        InputError: the tables have problems. Nothing was written.
        ReportError: a page could not be made; the others are in their place.
    """
    record = to_json(open_history().record(day))
    pages = Pages(folder=output or FOLDER)
    if not holds(pages.folder / RECORD, record):
        for language in ("ko", "en"):
            pages.page(language).unlink(missing_ok=True)
            pages.page(language).with_suffix(".ipynb").unlink(missing_ok=True)
        place(pages.folder / RECORD, record)
    source = home.notebook(NOTEBOOK).read_text(encoding="utf-8")
    with Workers(len(languages), imports(nbformat.reads(source, as_version=4))) as workers:
        results = list(workers.results(_tasks(source, record.decode(), day, languages)))
    failures = [result for result in results if not isinstance(result, Made)]
    for made in results:
        if isinstance(made, Made):
            path = pages.page(made.language)
            place(path.with_suffix(".ipynb"), made.notebook)
            place(path, made.page)
    if failures:
        told = "; ".join(f"{one.language}: {one.reason}" for one in sorted(failures, key=lambda one: one.language))
        raise ReportError(f"the history could not be made ({told})")
    return tuple(pages.page(language) for language in languages)


def _tasks(source: str, record: str, day: date, languages: tuple[str, ...]) -> Iterator[Task]:
    for language in languages:
        yield Task(
            applicant_id="",
            language=language,
            notebook=source,
            record_name=RECORD,
            record=record,
            parameters={"record": RECORD, "on": day.isoformat(), "language": language},
        )
