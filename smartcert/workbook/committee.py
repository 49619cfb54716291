"""Opens the review of a committee that a notebook shows: a record made by the command, or the round as it is now."""

from __future__ import annotations

from smartcert.reporting.committee_record import from_json
from smartcert.reporting.review import CommitteeReview
from smartcert.reporting.words import language as known_language
from smartcert.workbook.reading import read_record


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
        return CommitteeReview(read_record(record, from_json), chosen)
    from smartcert.analysis.review import review  # a record needs none of what analyses
    from smartcert.rounds import open_round

    return CommitteeReview(review(open_round(round), reader), chosen)
