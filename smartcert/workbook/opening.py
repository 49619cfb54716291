"""Opens the record that a notebook shows: a file made by the batch, or a round that is evaluated on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from smartcert.errors import InputError, Place, Problem, UsageError
from smartcert.reporting.record import Record, RoundRecord, from_json
from smartcert.reporting.report import ApplicantReport
from smartcert.reporting.words import language as known_language

if TYPE_CHECKING:
    from smartcert.reporting.summary import RoundSummary

R = TypeVar("R", Record, RoundRecord)


def open_report(
    *,
    record: str = "",
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    applicant_id: str = "haneul",
    language: str = "ko",
) -> ApplicantReport:
    """Return the report of one applicant.

    ``record`` is the path of an ``evaluation.json``; ``round`` and ``applicant_id`` are then not looked at. If it is
    empty, the round is opened and evaluated now.

    Raises:
        UsageError: an unknown language, round or applicant, or no such file.
        InputError: the round's files have problems, or the record is none.
    """
    chosen = known_language(language)
    if record:
        return ApplicantReport(_read(Record, record), chosen)
    from smartcert.rounds import open_round  # a record needs none of what opens a round

    return ApplicantReport(open_round(round).record(applicant_id), chosen)


def open_summary(*, record: str = "", round: str = "example", language: str = "ko") -> RoundSummary:  # noqa: A002  # the parameter's name in the notebook
    """Return the summary of a round; ``record`` is the path of a ``round.json``, used as in `open_report`.

    Raises:
        UsageError: an unknown language or round, or no such file.
        InputError: the round's files have problems, or the record is none.
    """
    from smartcert.reporting.summary import RoundSummary  # a report needs none of it

    chosen = known_language(language)
    if record:
        return RoundSummary(_read(RoundRecord, record), chosen)
    from smartcert.rounds import open_round  # a record needs none of what opens a round

    return RoundSummary(open_round(round).round_record(), chosen)


def _read(kind: type[R], name: str) -> R:
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no record '{name}': there is no such file")
    try:
        return from_json(kind, path.read_bytes())
    except ValidationError as error:
        raise InputError(_problems(name, error)) from None


def _problems(name: str, error: ValidationError) -> list[Problem]:
    return [
        Problem(
            place=Place(file=name, field=".".join(str(part) for part in one["loc"]) or None),
            found=repr(one["input"])[:80],
            wanted=one["msg"],
        )
        for one in error.errors()
    ]
