"""What a notebook opens: one function per notebook, which returns the page of a written record or of a round as it is.

Whatever one notebook needs and another does not is imported when it is opened: a page from a record is built without
what opens a round, a report without pandas and openpyxl.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from smartcert.argument_types import check_arguments
from smartcert.errors import InputError, UsageError, suggest
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import PressRecord, build_press_record, parse_audience, redact
from smartcert.reporting.catalogue import parse_language
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.history import CertificationHistory
from smartcert.reporting.records import (
    AnyRecord,
    HistoryRecord,
    PublicRecord,
    Record,
    RoundRecord,
    is_record,
    list_problems,
    read_record,
)
from smartcert.reporting.round.summary import RoundSummary
from smartcert.representation import count_things
from smartcert.services.next_steps import find_cached_next_steps

if TYPE_CHECKING:  # heavy: see above
    from smartcert.analysis.arrays import RoundArrays
    from smartcert.notebook.audit import MethodologyAudit
    from smartcert.notebook.comparison import RulesComparison
    from smartcert.notebook.explorer import WeightExplorer
    from smartcert.reporting.round.press import PressSummary
    from smartcert.services.rounds import OpenRound

SUMMARY_AUDIENCES = ("committee", "press")
"""For whom there is a summary of a round."""


def open_report(
    *,
    record: str = "",
    round: str | int = "example",  # noqa: A002  # the name of the parameter in the notebook
    applicant_id: str = "haneul",
    language: str = "ko",
    audience: str = "reviewer",
    links: str = "",
) -> ApplicantReport | PublicReport:
    """Return the report on one applicant for one audience: ``"reviewer"``, ``"applicant"`` or ``"public"``.

    ``record`` is the path of an ``evaluation.json``; ``round`` and ``applicant_id`` are then ignored. If it is empty,
    the round is opened and evaluated now. ``links`` are the files beside the page that it links to: relative paths,
    separated by blanks.

    Raises:
        UsageError: an unknown language, audience, round, applicant or link, or no such file; a record that was written
            for an audience that may see less; or a public report of an applicant that is not certified.
        InputError: the round's files have problems, or the file is not such a record.
    """
    language, reader = parse_language(language), parse_audience(audience)
    full: Record | PublicRecord
    if record:
        full = _read_record(PublicRecord, record) if _is_file_of(PublicRecord, record) else _read_record(Record, record)
    else:
        from smartcert.analysis.firmness import add_firmness
        from smartcert.services.rounds import open_round

        opened = open_round(round)
        full = add_firmness(opened.record(applicant_id), opened)
    shown = redact(full, reader)
    report: ApplicantReport | PublicReport
    if isinstance(shown, PublicRecord):
        report = PublicReport(shown, language, links.split())
    else:
        report = ApplicantReport(shown, language, find_cached_next_steps(shown.evaluation), links.split())
    report.ships_style = not record
    return report


def open_summary(
    *,
    record: str = "",
    round: str | int = "example",  # noqa: A002  # the name of the parameter in the notebook
    language: str = "ko",
    audience: str = "committee",
    links: str = "",
) -> RoundSummary | PressSummary:
    """Return the summary of a round for ``"committee"`` or ``"press"``; the press is shown what is public.

    ``record`` is the path of a ``round.json`` or ``round.press.json``, used as in `open_report`. ``links`` are the
    pages and files beside the summary that it may link to: relative paths, separated by blanks.

    Raises:
        UsageError: an unknown language, audience or round, or no such file; or the record holds only what is public,
            and the committee's summary is asked for.
        InputError: the round's files have problems, or the file is not such a record.
    """
    language, targets = parse_language(language), frozenset(links.split())
    if audience not in SUMMARY_AUDIENCES:
        raise UsageError(
            f"no audience '{audience}'{suggest(audience, SUMMARY_AUDIENCES)}; there are: {', '.join(SUMMARY_AUDIENCES)}"
        )
    opened: RoundRecord | PressRecord
    if record:
        opened = (
            _read_record(PressRecord, record) if _is_file_of(PressRecord, record) else _read_record(RoundRecord, record)
        )
    else:
        from smartcert.services.rounds import open_round

        opened = open_round(round).round_record()
    if audience == "press":
        from smartcert.reporting.round.press import PressSummary

        public = opened if isinstance(opened, PressRecord) else build_press_record(opened)
        press = PressSummary(public, language, targets)
        press.ships_style = not record
        return press
    if isinstance(opened, PressRecord):
        raise UsageError(f"the record '{record}' holds only what is public; it is for the audience 'press'")
    summary = RoundSummary(opened, language, targets)
    summary.ships_style = not record
    return summary


@check_arguments
def open_explorer(
    *,
    round: str | int | OpenRound = "example",  # noqa: A002  # the name of the parameter in the notebook
    language: str = "ko",
    scenario: str = "",
    scenarios: str = "scenarios",
    arrays: RoundArrays | None = None,
) -> WeightExplorer:
    """Return the weight explorer of a round, whose ``arrays`` may be given where a notebook has them already.

    ``scenario`` is the file of a scenario with which the page begins; ``scenarios`` is the folder where they are saved.

    Raises:
        UsageError: an unknown language or round, a round in which nobody was scored, arrays of another one, or no such
            scenario.
        InputError: the round's files have problems, or the file is not a scenario.
    """
    from smartcert.notebook.explorer import WeightExplorer

    return WeightExplorer(_open_scored(round), parse_language(language), scenario, scenarios, arrays)


@check_arguments
def open_audit(
    *,
    round: str | int | OpenRound = "example",  # noqa: A002  # the name of the parameter in the notebook
    language: str = "ko",
    draws: int = 1000,
    seed: int = 1,
    percent: float = 25.0,
    arrays: RoundArrays | None = None,
) -> MethodologyAudit:
    """Return the audit of the method over a round, with ``draws`` draws of weights that vary by ± ``percent`` percent.

    ``arrays`` are the round's where a notebook has them already.

    Raises:
        UsageError: an unknown language or round, a round in which nobody was scored, arrays of another one, or a number
            out of its range.
        InputError: the round's files have problems.
    """
    from smartcert.notebook.audit import MethodologyAudit

    return MethodologyAudit(_open_scored(round), parse_language(language), draws, seed, percent, arrays)


@check_arguments
def open_comparison(
    *,
    round: str | int | OpenRound = "example",  # noqa: A002  # the name of the parameter in the notebook
    language: str = "ko",
    bound: float = 0.0,
    method: str = "",
    aggregation: str = "",
    absent: str = "",
    edition: str = "",
    width: float = 20.0,
    arrays: RoundArrays | None = None,
) -> RulesComparison:
    """Return the comparison of a round's official rules with others; 0 and empty mean the official rule.

    ``bound`` is the percentage from which on certification begins, ``edition`` the id of another edition of indicators,
    ``width`` the points around each bound within which totals are counted. ``arrays`` are the round's where a notebook
    has them already.

    Raises:
        UsageError: an unknown language, round, rule or edition, a round in which nobody was scored, arrays of another
            one, or a number out of its range.
        InputError: the round's files have problems.
    """
    from smartcert.analysis.arrays import AbsentPolicy, Aggregation
    from smartcert.analysis.what_if import Change
    from smartcert.notebook.comparison import RulesComparison
    from smartcert.rules.parameters import CombinationMethod

    language, opened = parse_language(language), _open_scored(round)
    change = Change(
        bounds={opened.rules.levels.certified_from.value: bound} if bound else None,
        method=CombinationMethod(_check_known("method", method, list(CombinationMethod))) if method else None,
        aggregation=Aggregation(_check_known("aggregation", aggregation, list(Aggregation))) if aggregation else None,
        absent=AbsentPolicy(_check_known("absent", absent, list(AbsentPolicy))) if absent else None,
    )
    if edition:
        _check_known("edition", edition, list(opened.rulebook.editions))
    return RulesComparison(opened, language, change, edition, width, arrays)


def _open_scored(given: str | int | OpenRound) -> OpenRound:
    """Return a round in which somebody was scored; a round that is open already is returned as it is."""
    from smartcert.services.rounds import open_round

    opened = open_round(given) if isinstance(given, str | int) else given
    if not any(evaluation.scorecard for evaluation in opened.verdicts):
        applications = count_things(len(opened.verdicts), "application")
        raise UsageError(
            f"nobody was scored in round '{opened.round.id}' ({applications}), so there is nothing to look into"
        )
    return opened


def _check_known(what: str, name: str, known: list[str]) -> str:
    if name not in known:
        raise UsageError(f"no {what} '{name}'{suggest(name, known)}; there are: {', '.join(known)}")
    return name


@check_arguments
def open_committee(
    *,
    round: str | int | OpenRound = "example",  # noqa: A002  # the name of the parameter in the notebook
    reader: str = "",
    language: str = "ko",
    record: str = "",
) -> CommitteeReview:
    """Return the review of a round's committee.

    ``record`` is the path of a ``committee.json``; ``round`` and ``reader`` are then ignored. If it is empty, the
    round is opened and analysed now for ``reader``: the id of an evaluator, or empty for
    the operating body and the chair.

    Raises:
        UsageError: an unknown language, round or evaluator, or no such file.
        InputError: the round's files have problems, or the file is not such a record.
    """
    language = parse_language(language)
    if record:
        return CommitteeReview(_read_record(CommitteeRecord, record), language)
    from smartcert.analysis.committee.review import review_committee
    from smartcert.services.rounds import open_round

    return CommitteeReview(
        review_committee(open_round(round) if isinstance(round, str | int) else round, reader), language
    )


@check_arguments
def open_history(*, on: str = "", language: str = "ko", record: str = "") -> CertificationHistory:
    """Return the history of certification on a day.

    ``record`` is the path of a ``history.json``; ``on`` is then ignored. If it is empty, the published
    certifications are read now, as of ``on`` (``"2024-06-01"``), or of today in Korea.

    Raises:
        UsageError: an unknown language, a day that is none, or no such file.
        InputError: the tables have problems, or the record is none.
    """
    language = parse_language(language)
    if record:
        return CertificationHistory(_read_record(HistoryRecord, record), language)
    from smartcert.services.clock import get_today
    from smartcert.services.history import open_history as open_tables

    try:
        day = date.fromisoformat(on) if on else get_today()
    except ValueError:
        raise UsageError(f"'{on}' is no day; write it as 2024-06-01") from None
    return CertificationHistory(open_tables().record(day), language)


def _is_file_of(kind: type[AnyRecord], name: str) -> bool:
    path = Path(name)
    return path.is_file() and is_record(kind, path.read_bytes())


def _read_record(kind: type[AnyRecord], name: str) -> AnyRecord:
    """Return the record of a file that a command wrote.

    Raises:
        UsageError: there is no such file.
        InputError: the file is not such a record; every problem is named.
    """
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no record '{name}': there is no such file")
    try:
        return read_record(kind, path.read_bytes())
    except ValidationError as error:
        raise InputError(list_problems(error, name)) from None
