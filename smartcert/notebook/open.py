"""Open_report(), open_summary(), ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import parse_audience as known_audience
from smartcert.reporting.audience import redact
from smartcert.reporting.catalogue import parse_language as known_language
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.history import CertificationHistory
from smartcert.reporting.records import (
    AnyRecord,
    HistoryRecord,
    PublicRecord,
    Record,
    RoundRecord,
    from_json,
    is_record,
)

if TYPE_CHECKING:
    from smartcert.notebook.audit import MethodologyAudit
    from smartcert.notebook.comparison import RulesComparison
    from smartcert.notebook.explorer import WeightExplorer
    from smartcert.reporting.audience import PressRecord
    from smartcert.reporting.round.press import PressSummary
    from smartcert.reporting.round.summary import RoundSummary


# --- Reads a record that a command wrote, whichever it is.

T = TypeVar("T")


def read_record(name: str, parse: Callable[[bytes], T]) -> T:
    """Return what ``parse`` makes of the file of this name.

    Raises:
        UsageError: there is no such file.
        InputError: the file is no such record; every problem is named.
    """
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no record '{name}': there is no such file")
    try:
        return parse(path.read_bytes())
    except ValidationError as error:
        raise InputError(
            Problem(
                place=Place(file=name, field=".".join(str(part) for part in one["loc"]) or None),
                found=repr(one["input"])[:80],
                wanted=one["msg"],
            )
            for one in error.errors()
        ) from None


# --- Opens the record that a notebook shows: a file made by the batch, or a round that is evaluated on the spot.

SUMMARY_AUDIENCES = ("committee", "press")
"""For whom there is a summary of a round."""


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
        made = redact(_read_report_record(record), seen_by)
    else:
        from smartcert.services.rounds import open_round  # a record needs none of what opens a round

        made = redact(open_round(round).record(applicant_id), seen_by)
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
    from smartcert.reporting.audience import (
        PressRecord,
        build_press_record,  # a report needs none of these
    )
    from smartcert.reporting.round.press import PressSummary
    from smartcert.reporting.round.summary import RoundSummary

    chosen, there = known_language(language), frozenset(links.split())
    if audience not in SUMMARY_AUDIENCES:
        raise UsageError(
            f"no audience '{audience}'{suggest(audience, SUMMARY_AUDIENCES)}; there are: {', '.join(SUMMARY_AUDIENCES)}"
        )
    found = _open_round_record(record, round)
    if audience == "press":
        return PressSummary(found if isinstance(found, PressRecord) else build_press_record(found), chosen, there)
    if isinstance(found, PressRecord):
        raise UsageError(f"the record '{record}' holds only what is public; it is for the audience 'press'")
    return RoundSummary(found, chosen, there)


def _open_round_record(record: str, name: str) -> RoundRecord | PressRecord:
    from smartcert.reporting.audience import PressRecord  # a report needs none of it

    if not record:
        from smartcert.services.rounds import open_round  # a record needs none of what opens a round

        return open_round(name).round_record()
    path = Path(record)
    if path.is_file() and is_record(PressRecord, path.read_bytes()):
        return _read_as(PressRecord, record)
    return _read_as(RoundRecord, record)


def _read_report_record(name: str) -> Record | PublicRecord:
    path = Path(name)
    public = path.is_file() and is_record(PublicRecord, path.read_bytes())
    return _read_as(PublicRecord, name) if public else _read_as(Record, name)


def _read_as(kind: type[AnyRecord], name: str) -> AnyRecord:
    return read_record(name, lambda text: from_json(kind, text))


# --- Opens what the researchers' notebooks show.


def open_explorer(
    *,
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    language: str = "ko",
    scenario: str = "",
    scenarios: str = "scenarios",
) -> WeightExplorer:
    """Return the weight explorer of a round.

    ``scenario`` is the file of a scenario in whose state the page begins; ``scenarios`` the folder for saving them.

    Raises:
        UsageError: an unknown language or round, or no such scenario.
        InputError: the round's files have problems, or the scenario is none.
    """
    from smartcert.notebook.explorer import WeightExplorer
    from smartcert.services.rounds import open_round

    return WeightExplorer(open_round(round), known_language(language), scenario, scenarios)


def open_audit(
    *,
    round: str = "example",  # noqa: A002  # as above
    language: str = "ko",
    draws: int = 1000,
    seed: int = 1,
    percent: float = 25.0,
) -> MethodologyAudit:
    """Return the audit of the method over a round: ``draws`` worlds whose weights vary by ± ``percent`` percent.

    Raises:
        UsageError: an unknown language or round, or numbers that mean nothing.
        InputError: the round's files have problems.
    """
    from smartcert.notebook.audit import MethodologyAudit
    from smartcert.services.rounds import open_round

    return MethodologyAudit(open_round(round), known_language(language), draws, seed, percent)


def open_comparison(
    *,
    round: str = "example",  # noqa: A002  # as above
    language: str = "ko",
    bound: float = 0.0,
    method: str = "",
    aggregation: str = "",
    absent: str = "",
    edition: str = "",
    width: float = 20.0,
) -> RulesComparison:
    """Return the comparison of a round's official rules with others; 0 and empty mean as it officially is.

    ``bound`` is the percentage from which on certification begins, ``edition`` the id of another edition of indicators,
    ``width`` the points around each bound within which totals are counted.

    Raises:
        UsageError: an unknown language, round, rule or edition, or numbers that mean nothing.
        InputError: the round's files have problems.
    """
    from smartcert.analysis.arrays import AbsentPolicy, Aggregation
    from smartcert.analysis.what_if import Change
    from smartcert.notebook.comparison import RulesComparison
    from smartcert.rules.parameters import CombinationMethod
    from smartcert.services.rounds import open_round

    chosen, opened = known_language(language), open_round(round)
    change = Change(
        bounds={opened.rules.levels.certified_from.value: bound} if bound else None,
        method=CombinationMethod(_check_known("method", method, list(CombinationMethod))) if method else None,
        aggregation=Aggregation(_check_known("aggregation", aggregation, list(Aggregation))) if aggregation else None,
        absent=AbsentPolicy(_check_known("absent", absent, list(AbsentPolicy))) if absent else None,
    )
    if edition:
        _check_known("edition", edition, list(opened.rulebook.editions))
    return RulesComparison(opened, chosen, change, edition, width)


def _check_known(what: str, name: str, known: list[str]) -> str:
    if name not in known:
        raise UsageError(f"no {what} '{name}'{suggest(name, known)}; there are: {', '.join(known)}")
    return name


# --- Opens the review of a committee that a notebook shows: a record made by the command, or the round as it is now.


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
        return CommitteeReview(_read_as(CommitteeRecord, record), chosen)
    from smartcert.analysis.committee.review import review_committee  # a record needs none of what analyses
    from smartcert.services.rounds import open_round

    return CommitteeReview(review_committee(open_round(round), reader), chosen)


# --- Opens the history that a notebook shows: a record made by the command, or the tables as they are now.


def open_history(*, on: str = "", language: str = "ko", record: str = "") -> CertificationHistory:
    """Return the history of certification on a day.

    ``record`` is the path of a ``history.json``; ``on`` is then not looked at. If it is empty, the published
    certifications are read now, as of ``on`` (``"2024-06-01"``), or of today in Korea.

    Raises:
        UsageError: an unknown language, a day that is none, or no such file.
        InputError: the tables have problems, or the record is none.
    """
    chosen = known_language(language)
    if record:
        return CertificationHistory(_read_as(HistoryRecord, record), chosen)
    from smartcert.services.history import open_history as open_tables  # a record needs none of what opens the tables
    from smartcert.services.history import today

    return CertificationHistory(open_tables().record(_parse_day(on) if on else today()), chosen)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write it as 2024-06-01") from None
