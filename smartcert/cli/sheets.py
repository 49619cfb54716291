"""What ``smartcert template`` writes for evaluators and inspectors."""

from __future__ import annotations

import re
from pathlib import Path

from smartcert.analysis.committee.inspection import plan_inspections
from smartcert.characters import UNSEEN_IN_LINE
from smartcert.errors import UsageError, suggest
from smartcert.files import write_atomic
from smartcert.forms.evaluator_sheet import (
    EvaluatorSheet,
    build_discussion_sheet,
    build_evaluation_sheet,
    list_judged,
)
from smartcert.forms.inspector_sheet import InspectorSheet, build_inspection_sheet
from smartcert.forms.sheets import Sheet, write_sheet_documents, write_sheet_workbook
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Round
from smartcert.model.evaluation import Stage
from smartcert.model.indicator import IndicatorKind
from smartcert.reception.sheets import read_given_marks, read_own_mark_table
from smartcert.services.eligibility import find_entry
from smartcert.services.rounds import OpenRound, open_round

_LONGEST_NAME = 80
_UNFIT_IN_FILE_NAME = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRequest:
    """What is asked for: the round, the applicants (all without ``names``), the format and where to write."""

    round: str
    names: tuple[str, ...]
    format: str
    output: Path
    language: str


def write_evaluator_sheet(request: SheetRequest, evaluator: str, *, after_discussion: bool) -> list[Path]:
    """Write the sheet of an evaluator; return the files.

    Raises:
        UsageError: nothing is judged by marks, there is no such evaluator, an applicant that is asked for is not judged
            by it, or there is none.
    """
    opened = open_round(request.round, marks=False)
    if not opened.round.applications:
        raise UsageError(f"nobody has applied in round '{opened.round.id}', so there is nothing to judge")
    if not opened.rules.edition.has_kind(IndicatorKind.QUALITATIVE):
        raise UsageError(f"no indicator of edition '{opened.rules.edition.id}' is judged by marks")
    members = {member.id: member for member in opened.round.committee}
    if evaluator not in members:
        known = ", ".join(members) or "nobody, as there is no committee.csv"
        raise UsageError(f"no evaluator '{evaluator}'{suggest(evaluator, members)}; there are: {known}")
    wanted = _find_applicants(request, opened)
    judged = list_judged(opened.round, evaluator, wanted)
    refused = [name for name in wanted if request.names and name not in {evaluation.id for evaluation in judged}]
    if refused or not judged:
        what = ", ".join(refused) or "any applicant"
        raise UsageError(f"{evaluator} does not judge {what}: not assigned, or excluded (smartcert committee check)")
    source = EvaluatorSheet(
        round=opened.round,
        rules=opened.rules,
        evaluator=members[evaluator],
        applications=judged,
        language=request.language,
        marks=read_given_marks(opened.folder, opened.rules, evaluator),
        own=read_own_mark_table(opened.folder),
    )
    build = build_discussion_sheet if after_discussion else build_evaluation_sheet
    sheet = build(source)
    if not sheet.groups:
        raise UsageError(f"no mark of {evaluator} has been taken in that could change after a discussion")
    return _write(sheet, request, evaluator + ("-after-discussion" if after_discussion else ""))


def write_inspector_sheet(request: SheetRequest, inspector: str) -> list[Path]:
    """Write the sheet of an on-site inspection with the figures that are drawn; return the files.

    Raises:
        UsageError: the round has no published seed, an applicant is unknown, or nothing is drawn.
    """
    name = inspector.strip()
    if not name or len(name) > _LONGEST_NAME or UNSEEN_IN_LINE.search(name):
        raise UsageError(f"--inspector: a name of at most {_LONGEST_NAME} visible characters")
    opened = open_round(request.round, marks=False)
    wanted = _find_applicants(request, opened)
    figures: dict[str, tuple[str, ...]] = {}
    for figure in plan_inspections(opened.round, opened.verdicts, opened.rules).drawn:
        if figure.applicant in wanted:
            figures[figure.applicant] = (*figures.get(figure.applicant, ()), figure.indicator)
    if not figures:
        raise UsageError(
            "no figure is drawn for inspection: no applicant can be scored yet, or none of those asked for"
        )
    source = InspectorSheet(
        round=opened.round, rules=opened.rules, inspector=name, figures=figures, language=request.language
    )
    return _write(build_inspection_sheet(source), request, name)


def _find_applicants(request: SheetRequest, opened: OpenRound) -> list[str]:
    """Return the ids of those that are asked for: of applicants who are evaluated, as far as that is known."""
    evaluated = [
        evaluation.id for evaluation in opened.verdicts if evaluation.stage in (Stage.SCORING, Stage.EVALUATED)
    ]
    if not request.names:
        return evaluated
    asked = [_find_application(name, opened.round) for name in request.names]
    refused = [name for name in asked if name not in evaluated]
    if refused:
        raise UsageError(f"{', '.join(refused)}: not evaluated (smartcert check {request.round})")
    return list(dict.fromkeys(asked))


def _find_application(name: str, round_: Round) -> str:
    ids = {application.id: application.applicant.code for application in round_.applications}
    if name in ids:
        return name
    code = find_entry(round_.registry, name).code
    found = [applicant for applicant, own in ids.items() if own == code]
    if not found:
        raise UsageError(f"'{name}' has no application in round '{round_.id}'{suggest(name, ids)}")
    return found[0]


def _write(sheet: Sheet, request: SheetRequest, person: str) -> list[Path]:
    stem = f"{sheet.identity.round}-{_UNFIT_IN_FILE_NAME.sub('_', person)}"
    if request.format == "hwpx":
        parts = write_sheet_documents(sheet)
        numbers = [""] if len(parts) == 1 else [f"-{number}" for number in range(1, len(parts) + 1)]
        files = {f"{stem}{number}.{request.language}.hwpx": data for number, data in zip(numbers, parts, strict=True)}
    else:
        files = {f"{stem}.{request.language}.xlsx": write_sheet_workbook(sheet)}
    paths = []
    for name, data in files.items():
        paths.append(request.output / name)
        write_atomic(paths[-1], data)
    return paths
