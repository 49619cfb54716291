"""What a worker is given and what it gives back: values that fit on one line of JSON, so no worker needs our disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from smartcert.reporting.record import Audience, Failure


class EngineName(StrEnum):
    """How the cells are run: in a fork of a warm process, or in a fresh kernel per notebook."""

    WARM = "warm"
    FRESH = "fresh"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One report to make. ``applicant_id`` is empty for the summary of the round."""

    applicant_id: str
    language: str
    notebook: str
    """The source of the notebook, as in its file."""
    record_name: str
    """The name under which the notebook finds its record in its working directory."""
    record: str
    parameters: Mapping[str, str]
    engine: EngineName = EngineName.WARM
    audience: Audience = Audience.REVIEWER
    timeout: float | None = None
    """Seconds after which the report is ended and counts as failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A report that passed every check: the page, and the executed notebook that it was made from."""

    applicant_id: str
    language: str
    page: str
    notebook: str
    imported: tuple[str, ...] = field(default=(), compare=False)
    """Modules that the worker had to import for it; the next worker starts with them."""
    audience: Audience = Audience.REVIEWER


def failed(task: Task, reason: str) -> Failure:
    """Return the failure of ``task`` with the reason in one line of at most 500 characters."""
    line = " ".join(reason.split())
    reason = line[:500] or "no reason given"
    return Failure(id=task.applicant_id, language=task.language, reason=reason, audience=task.audience)


def task_line(task: Task) -> bytes:
    """Return the task as one line."""
    return _line(asdict(task))


def read_task(line: bytes) -> Task:
    """Return the task that `task_line` wrote."""
    plain = json.loads(line)
    return Task(**(plain | {"engine": EngineName(plain["engine"]), "audience": Audience(plain["audience"])}))


def result_line(result: Made | Failure) -> bytes:
    """Return what became of a task as one line."""
    return _line({"kind": type(result).__name__, "value": asdict(result)})


def read_result(line: bytes) -> Made | Failure:
    """Return the result that `result_line` wrote."""
    plain = json.loads(line)
    value = plain["value"] | {"audience": Audience(plain["value"]["audience"])}
    if plain["kind"] == "Failure":
        return Failure(**value)
    return Made(**(value | {"imported": tuple(value["imported"])}))


def imported_nothing(line: bytes) -> bool:
    """Return whether a line that `result_line` wrote is of a report that imported nothing new, without reading it."""
    return b'"imported": []' in line  # within a text the quotation marks would be escaped


def _line(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
