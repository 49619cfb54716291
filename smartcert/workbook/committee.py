"""Opens the review of a committee that a notebook shows: a record made by the command, or the round as it is now."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from smartcert.errors import InputError, Place, Problem, UsageError
from smartcert.reporting.committee_record import CommitteeRecord, from_json
from smartcert.reporting.review import CommitteeReview
from smartcert.reporting.words import language as known_language


def open_committee(
    *,
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    reader: str = "",
    language: str = "ko",
    record: str = "",
) -> CommitteeReview:
    """Return the review of a round's committee.

    ``record`` is the path of a ``committee.json``; ``round`` and ``reader`` are then not looked at. If it is empty, the
    round is opened and analysed now for ``reader``: the id of an evaluator, or empty for operating body and chair.

    Raises:
        UsageError: an unknown language, round or evaluator, or no such file.
        InputError: the round's files have problems, or the record is none.
    """
    chosen = known_language(language)
    if record:
        return CommitteeReview(_read(record), chosen)
    from smartcert.analysis.review import review  # a record needs none of what analyses
    from smartcert.rounds import open_round

    return CommitteeReview(review(open_round(round), reader), chosen)


def _read(name: str) -> CommitteeRecord:
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no record '{name}': there is no such file")
    try:
        return from_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(
            Problem(
                place=Place(file=name, field=".".join(str(part) for part in one["loc"]) or None),
                found=repr(one["input"])[:80],
                wanted=one["msg"],
            )
            for one in error.errors()
        ) from None
