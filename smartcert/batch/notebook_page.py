"""How does a researcher's notebook become a page?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from smartcert.batch.checks import check_executed, check_page
from smartcert.batch.exporter import render_page
from smartcert.batch.parameters import check_parameters, list_parameters
from smartcert.batch.request import Task
from smartcert.errors import ReportError, UsageError
from smartcert.paths import find_notebook
from smartcert.services.rounds import open_round


def render_notebook(name: str, round_name: str, language: str, parameters: Mapping[str, Any]) -> str:
    """Return the page of one of our notebooks over a round, run in this process with further parameters.

    Raises:
        UsageError: there is no such notebook or round, or the notebook is not about a round or does not declare a
            parameter.
        InputError: the round's files have problems.
        ReportError: a cell failed, or the page is incomplete, not in its language, or would fetch something.
    """
    path = find_notebook(name)
    notebook = nbformat.read(path, as_version=4)
    if "round" not in list_parameters(notebook):
        raise UsageError(
            f"'{name}' is not about a round; `smartcert register page` writes the page on the history of certificates"
        )
    opened = open_round(round_name)
    given = {**parameters, "round": str(opened.folder), "language": language}
    check_parameters(notebook, given)
    try:
        executed = papermill.execute_notebook(str(path), None, dict(given), progress_bar=False, engine_name="smartcert")
    except PapermillExecutionError as error:
        raise ReportError(f"{name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from None
    check_executed(executed)
    page = render_page(executed)
    record = json.dumps({"title": {language: opened.round.title.of(language)}})
    check_page(
        page, Task(applicant_id="", language=language, notebook="", record_name="", record=record, parameters={})
    )
    return page
