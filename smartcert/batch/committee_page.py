"""The pages of a committee's review: the record first, then a page for each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat

from smartcert import home
from smartcert.analysis.review import review
from smartcert.batch.parameters import imports
from smartcert.batch.place import holds, place
from smartcert.batch.task import Made, Task
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError
from smartcert.reporting.committee_record import to_json
from smartcert.rounds import open_round

NOTEBOOK = "committee_review"
RECORD = "committee.json"


def make_review(
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
    record = to_json(review(opened, reader))
    folder = output or Path("outputs") / opened.round.id / "committee" / reader
    if not holds(folder / RECORD, record):
        for language in ("ko", "en"):
            _page(folder, language).unlink(missing_ok=True)
            _page(folder, language).with_suffix(".ipynb").unlink(missing_ok=True)
        place(folder / RECORD, record)
    source = home.notebook(NOTEBOOK).read_text(encoding="utf-8")
    tasks = _tasks(source, record.decode(), opened.round.id, reader, languages)
    with Workers(len(languages), imports(nbformat.reads(source, as_version=4))) as workers:
        results = list(workers.results(tasks))
    failures = [result for result in results if not isinstance(result, Made)]
    for made in results:
        if isinstance(made, Made):
            path = _page(folder, made.language)
            place(path.with_suffix(".ipynb"), made.notebook)
            place(path, made.page)
    if failures:
        told = "; ".join(f"{one.language}: {one.reason}" for one in sorted(failures, key=lambda one: one.language))
        raise ReportError(f"the review could not be made ({told})")
    return tuple(_page(folder, language) for language in languages)


def _page(folder: Path, language: str) -> Path:
    return folder / f"committee_review.{language}.html"


def _tasks(source: str, record: str, round_id: str, reader: str, languages: tuple[str, ...]) -> Iterator[Task]:
    for language in languages:
        yield Task(
            applicant_id="",
            language=language,
            notebook=source,
            record_name=RECORD,
            record=record,
            parameters={"record": RECORD, "round": round_id, "reader": reader, "language": language},
        )
