"""Opens the record that a notebook shows: a file made by the batch, or a round that is evaluated on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from smartcert.errors import UsageError, suggestion
from smartcert.reporting.audience import audience as known_audience
from smartcert.reporting.audience import lean
from smartcert.reporting.public_report import PublicReport
from smartcert.reporting.record import PublicRecord, Record, RoundRecord, from_json, is_public
from smartcert.reporting.report import ApplicantReport
from smartcert.reporting.words import language as known_language
from smartcert.workbook.reading import read_record

if TYPE_CHECKING:
    from smartcert.reporting.press_record import PressRecord
    from smartcert.reporting.press_summary import PressSummary
    from smartcert.reporting.summary import RoundSummary

SUMMARIES = ("committee", "press")
"""For whom there is a summary of a round."""
R = TypeVar("R", Record, PublicRecord, RoundRecord)


def open_report(
    *,
    record: str = "",
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    applicant_id: str = "haneul",
    language: str = "ko",
    audience: str = "reviewer",
) -> ApplicantReport | PublicReport:
    """Return the report on one applicant for one audience: ``"reviewer"``, ``"applicant"`` or ``"public"``.

    ``record`` is the path of an ``evaluation.json``; ``round`` and ``applicant_id`` are then not looked at. If it is
    empty, the round is opened and evaluated now. What the audience may not see is taken away before anything is shown.

    Raises:
        UsageError: an unknown language, audience, round or applicant, or no such file; a record that was made for a
            leaner audience; or a public report of an applicant that is not certified.
        InputError: the round's files have problems, or the record is none.
    """
    chosen, seen_by = known_language(language), known_audience(audience)
    if record:
        made = lean(_report_record(record), seen_by)
    else:
        from smartcert.rounds import open_round  # a record needs none of what opens a round

        made = lean(open_round(round).record(applicant_id), seen_by)
    return PublicReport(made, chosen) if isinstance(made, PublicRecord) else ApplicantReport(made, chosen)


def open_summary(
    *,
    record: str = "",
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    language: str = "ko",
    audience: str = "committee",
    links: str = "",
) -> RoundSummary | PressSummary:
    """Return the summary of a round for ``"committee"`` or ``"press"``; the press is shown what is public.

    ``record`` is the path of a ``round.json`` or ``round.press.json``, used as in `open_report`. ``links`` are the
    places of the pages and files beside the summary that it may lead to, apart by blanks, as links write them.

    Raises:
        UsageError: an unknown language, audience or round, or no such file; or the record holds only what is public,
            and the committee's summary is asked for.
        InputError: the round's files have problems, or the record is none.
    """
    from smartcert.reporting.press_record import PressRecord, press_of  # a report needs none of these
    from smartcert.reporting.press_summary import PressSummary
    from smartcert.reporting.summary import RoundSummary

    chosen, there = known_language(language), frozenset(links.split())
    if audience not in SUMMARIES:
        raise UsageError(
            f"no audience '{audience}'{suggestion(audience, SUMMARIES)}; there are: {', '.join(SUMMARIES)}"
        )
    found = _round_record(record, round)
    if audience == "press":
        return PressSummary(found if isinstance(found, PressRecord) else press_of(found), chosen, there)
    if isinstance(found, PressRecord):
        raise UsageError(f"the record '{record}' holds only what is public; it is for the audience 'press'")
    return RoundSummary(found, chosen, there)


def _round_record(record: str, name: str) -> RoundRecord | PressRecord:
    from smartcert.reporting import press_record  # a report needs none of it

    if not record:
        from smartcert.rounds import open_round  # a record needs none of what opens a round

        return open_round(name).round_record()
    path = Path(record)
    if path.is_file() and press_record.is_press(path.read_bytes()):
        return read_record(record, press_record.from_json)
    return _read(RoundRecord, record)


def _report_record(name: str) -> Record | PublicRecord:
    path = Path(name)
    public = path.is_file() and is_public(path.read_bytes())
    return _read(PublicRecord, name) if public else _read(Record, name)


def _read(kind: type[R], name: str) -> R:
    return read_record(name, lambda text: from_json(kind, text))
