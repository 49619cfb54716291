"""One notebook as a page, made on its own in a fresh kernel: for notebooks that researchers read, widgets and all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from smartcert import home
from smartcert.batch.checks import check_executed, check_page
from smartcert.batch.exporter import page_of
from smartcert.batch.parameters import check_parameters
from smartcert.batch.task import Task
from smartcert.errors import ReportError
from smartcert.rounds import open_round


def page_by_hand(name: str, round_name: str, language: str, parameters: Mapping[str, Any]) -> str:
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

    path = home.notebook(name)
    opened = open_round(round_name)
    given = {**parameters, "round": str(opened.folder), "language": language}
    check_parameters(nbformat.read(path, as_version=4), given)
    try:
        config = Config({"KernelManager": {"transport": "ipc"}})  # as for the batch's own fresh kernels
        executed = papermill.execute_notebook(str(path), None, dict(given), progress_bar=False, config=config)
    except PapermillExecutionError as error:
        raise ReportError(f"{name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from None
    check_executed(executed)
    page = page_of(executed)
    record = json.dumps({"title": {language: opened.round.title.of(language)}})
    check_page(
        page, Task(applicant_id="", language=language, notebook="", record_name="", record=record, parameters={})
    )
    return page
