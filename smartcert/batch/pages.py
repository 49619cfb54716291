"""How are a committee's review and the history of certification rendered? By a server: it loads what renders.

It does so while the record is built here: what builds one is imported when the server has been started.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from smartcert.batch.outputs import LANGUAGES, has_content
from smartcert.batch.parameters import list_imports, read_notebook
from smartcert.batch.request import RenderedReport, Task
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError
from smartcert.files import write_atomic
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation
from smartcert.paths import find_notebook
from smartcert.reporting.records import to_json

HISTORY_FOLDER = Path("outputs") / "certification"


def render_review(
    round_name: str, reader: str, languages: tuple[str, ...], output: Path | None = None
) -> tuple[Path, ...]:
    """Write a committee's record and its pages for a reader into ``output``, and return the paths of the pages.

    Without ``output`` they go to ``outputs/<round>/committee/<reader>``: a page for one reader never stands where
    another one looks for theirs.

    Raises:
        UsageError: no such round or evaluator.
        InputError: the round's files have problems. Nothing was written.
        ReportError: a page could not be rendered; the others are written.
    """

    def build_record() -> _BuiltRecord:
        from smartcert.analysis.committee.review import review_committee
        from smartcert.services.rounds import open_round

        opened = open_round(round_name)
        return _BuiltRecord(
            folder=output or Path("outputs") / opened.round.id / "committee" / reader,
            content=to_json(review_committee(opened, reader)),
            parameters={"round": opened.round.id, "reader": reader},
            evaluations=opened.verdicts,
        )

    results = "smartcert.analysis.committee.results"  # what every page takes longest to import
    return _write_pages("committee_review", "committee.json", "committee_review", languages, build_record, (results,))


def render_history(day: date, languages: tuple[str, ...], output: Path | None = None) -> tuple[Path, ...]:
    """Write the record and the pages of the history as of ``day`` into ``output``, and return the paths of the pages.

    Without ``output`` they go to ``outputs/certification``.

    Raises:
        InputError: the tables have problems. Nothing was written.
        ReportError: a page could not be rendered; the others are written.
    """

    def build_record() -> _BuiltRecord:
        from smartcert.services.history import open_history

        content = to_json(open_history().record(day))
        return _BuiltRecord(folder=output or HISTORY_FOLDER, content=content, parameters={"on": day.isoformat()})

    return _write_pages("certification_history", "history.json", "history", languages, build_record)


@dataclass(frozen=True, kw_only=True, slots=True)
class _BuiltRecord:
    """A record with the folder for it and its pages, and parameters of the notebook.

    Of the applicants of ``evaluations`` a page names none whom the record does not.
    """

    folder: Path
    content: bytes
    parameters: Mapping[str, str]
    evaluations: tuple[Evaluation, ...] = ()


def _write_pages(
    notebook: str,
    name: str,
    stem: str,
    languages: tuple[str, ...],
    build_record: Callable[[], _BuiltRecord],
    imports: tuple[str, ...] = (),
) -> tuple[Path, ...]:
    """Write a record, then the page ``<stem>.<language>.html`` of each language that a notebook shows of it.

    ``build_record`` is called when the server was started, which gets ready meanwhile: it imports what the notebook
    does, and ``imports``. Pages of another record are removed before the record is written.
    """
    source = read_notebook(find_notebook(notebook))
    reasons = []
    with Workers(len(languages), (*list_imports(json.loads(source)), *imports)) as workers:
        built = build_record()
        folder, record = built.folder, built.content
        pages = {language: folder / f"{stem}.{language}.html" for language in LANGUAGES}
        if not has_content(folder / name, record):
            for page in pages.values():
                page.unlink(missing_ok=True)
                page.with_suffix(".ipynb").unlink(missing_ok=True)
            write_atomic(folder / name, record)
        tasks = [
            Task(
                applicant_id="",
                language=language,
                notebook=source,
                record_name=name,
                record=record,
                parameters={"record": name, **built.parameters, "language": language},
            )
            for language in languages
        ]
        from smartcert.batch.checks import NameLeakCheck  # with what parses pages, while the server renders them

        leaks = NameLeakCheck(built.evaluations, lambda *_: record, reads_all=True)
        for result in map(leaks.check, workers.results(tasks)):
            if isinstance(result, RenderedReport):
                page = pages[result.language]
                write_atomic(page.with_suffix(".ipynb"), result.notebook)
                write_atomic(page, result.page)
            else:
                reasons.append(f"{result.language}: {result.reason}")
    if reasons:
        raise ReportError(f"pages of {notebook} could not be made ({'; '.join(sorted(reasons))})")
    return tuple(pages[language] for language in languages)
