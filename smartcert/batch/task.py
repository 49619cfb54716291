"""What a worker is given and what it gives back: values that fit into one message, so no worker needs our disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    page: bytes
    """As it is placed: UTF-8."""
    notebook: bytes
    imported: tuple[str, ...] = field(default=(), compare=False)
    """Modules that the worker had to import for it; the next worker starts with them."""
    audience: Audience = Audience.REVIEWER


def failed(task: Task, reason: str) -> Failure:
    """Return the failure of ``task`` with the reason in one line of at most 500 characters, which can be written."""
    line = " ".join(reason.split()).encode("utf-8", "backslashreplace").decode()
    reason = line[:500] or "no reason given"
    return Failure(id=task.applicant_id, language=task.language, reason=reason, audience=task.audience)
