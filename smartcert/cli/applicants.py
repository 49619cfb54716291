"""``smartcert template`` and ``self-check``: the form of an applicant, and is it complete?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import click

from smartcert.cli.options import FOLDER, language_option
from smartcert.errors import InputError, Problem, UsageError
from smartcert.evaluation.eligibility import check_may_apply
from smartcert.files import write_atomic
from smartcert.forms.template import build_form
from smartcert.io.parameters.applicant_search import assign_ids
from smartcert.io.rounds.forms import Question
from smartcert.io.rounds.round import RoundCall, read_call
from smartcert.model.applicant import Applicant
from smartcert.model.application import Round
from smartcert.model.evaluation import FindingOutcome
from smartcert.reception.readings import format_readings, join_questions
from smartcert.reception.self_check import SelfCheck, check_before_sending, describe_nameless, read_round_name
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import format_number
from smartcert.reporting.problems import describe_place, describe_problem
from smartcert.services.eligibility import find_entry


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option(
    "--applicant",
    "names",
    metavar="ID",
    multiple=True,
    show_default="with --evaluator or --inspector all",
    help="Id, ten-digit code or name; may be repeated.",
)
@click.option(
    "--evaluator",
    metavar="ID",
    show_default="the form of an applicant",
    help="Write the sheet of this evaluator instead: who is assigned and free.",
)
@click.option("--after-discussion", is_flag=True, help="With --evaluator: the sheet for marks that change afterwards.")
@click.option(
    "--inspector",
    metavar="NAME",
    show_default="the form of an applicant",
    help="Write the sheet of an on-site inspection: the figures drawn.",
)
@click.option(
    "--format", "kind", type=click.Choice(["xlsx", "hwpx"]), default="xlsx", help="Of sheets: Excel, or Hangul."
)
@click.option("--output", type=FOLDER, default=Path(), show_default="this one", help="The folder to write into.")
@language_option
def template(
    round_name: str,
    names: tuple[str, ...],
    evaluator: str | None,
    after_discussion: bool,
    inspector: str | None,
    kind: str,
    output: Path,
    language: str,
) -> None:
    """Write the form of an applicant or a sheet of marks.

    With --evaluator it is the sheet of one evaluator, with --inspector that of an on-site inspection. The form of ROUND
    has a live total and the look-up table. A sheet has the applicants that the evaluator judges, or the figures that
    `smartcert committee inspections` draws; filled in, `smartcert intake ROUND FOLDER` reads it back.
    """
    if evaluator is not None and inspector is not None:
        raise UsageError("give either --evaluator or --inspector")
    if after_discussion and evaluator is None:
        raise UsageError("--after-discussion goes with --evaluator")
    if evaluator is not None or inspector is not None:
        from smartcert.cli import sheets  # only for sheets: the form of an applicant needs no rounds' tables

        request = sheets.SheetRequest(round=round_name, names=names, format=kind, output=output, language=language)
        paths = (
            sheets.write_inspector_sheet(request, inspector)
            if evaluator is None and inspector is not None
            else sheets.write_evaluator_sheet(request, evaluator or "", after_discussion=after_discussion)
        )
        for path in paths:
            click.echo(str(path))
        return
    if not names:
        raise UsageError("give --applicant, --evaluator or --inspector")
    if kind != "xlsx":
        raise UsageError("--format goes with --evaluator or --inspector; the form of an applicant is a workbook")
    call = read_call(round_name)
    for name in names:
        click.echo(str(_write_form(call, name, output, language)))


def _write_form(call: RoundCall, name: str, output: Path, language: str) -> Path:
    applicant = _find_applicant(name, call.round)
    words = Words(language, "commands", scheme=call.rules.facts)
    refused = [
        finding
        for finding in check_may_apply(applicant, call.round.registry, call.rules)
        if finding.outcome is FindingOutcome.NOT_MET
    ]
    if refused:
        reasons = "; ".join(words.finding(finding) for finding in refused)
        name = applicant.full_name.of(language)
        raise UsageError(f"{words('template.may_not_apply', name=name)}: {reasons}")
    path = output / f"{call.round.id}-{assign_ids(call.round.registry)[applicant.code]}.{language}.xlsx"
    write_atomic(path, build_form(applicant, call.round, call.rules, language))
    return path


def _find_applicant(name: str, round_: Round) -> Applicant:
    codes = {applicant_id: code for code, applicant_id in assign_ids(round_.registry).items()}
    return round_.registry.by_code()[codes[name]] if name in codes else find_entry(round_.registry, name)


@click.command("self-check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--round", "round_name", metavar="ROUND", show_default="the one that the form names", help="The round applied to."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was read and found as JSON.")
@language_option
def self_check(file: Path, round_name: str | None, as_json: bool, language: str) -> None:
    """Check a form or a package before it is sent.

    Lists what the operating body would find in FILE: a form, or a package (zip or folder) with its evidence. Exit
    code 1 if there is anything to correct before sending, 2 if no round can be read in it. As JSON: the applicant, the
    round, every claim and own mark by indicator as the tables write them (null where it is not certain), the
    questions, and the problems.
    """
    name = round_name or read_round_name(file)
    if not name:
        problems = describe_nameless(file)
        if as_json:
            _print_json({"applicant": "", "round": "", "claims": {}, "questions": []}, problems, language)
        else:
            for problem in problems:
                click.echo(describe_problem(problem, language), err=True)
        raise SystemExit(InputError.exit_code)
    call = read_call(name)
    result = check_before_sending(file, call)
    words = Words(language, "commands")
    if as_json:
        facts = {
            "applicant": result.applicant,
            "round": call.round.id,
            "claims": result.claims(),
            "questions": [_describe_question(question, language) for question in result.submission.questions],
        }
        _print_json(facts, result.problems, language, _list_faults(result, words))
    else:
        for line in _format_self_check(result, words, call.round.id):
            click.echo(line)
    if not result.clean:
        raise SystemExit(1)


def _describe_question(question: Question, language: str) -> dict[str, object]:
    return {
        "indicator": question.indicator,
        "place": question.place,
        "found": question.found,
        "why": question.why.of(language),
        "readings": list(question.readings),
    }


def _print_json(
    facts: Mapping[str, object], problems: Iterable[Problem], language: str, faults: Iterable[str] = ()
) -> None:
    """Print facts with the problems of files, then what else is to be mended; escaped where the output is no UTF-8."""
    messages = [
        {"place": str(problem.place), "message": describe_problem(problem, language)} for problem in problems
    ] + [{"place": "", "message": fault} for fault in faults]
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps({**facts, "problems": messages}, ensure_ascii=plain, indent=1))


def _list_faults(result: SelfCheck, words: Words) -> list[str]:
    language = words.language
    lines = [words.finding(finding) for finding in result.findings]
    lines += [f"{remark.indicator}: {remark.message.of(language)}" for remark in result.remarks]
    lines += [
        f"{indicator.id} {indicator.name.of(language)}: {words('self_check.refused')}" for indicator in result.refused
    ]
    return lines


def _format_self_check(result: SelfCheck, words: Words, round_id: str) -> list[str]:
    language = words.language
    lines = [describe_problem(problem, language) for problem in result.problems]
    for question in join_questions(result.submission.questions):
        found = f" [{question.found}]" if question.found else ""
        readings = f" -> {format_readings(question.readings, language)}" if question.readings else ""
        place = describe_place(question.place, language)
        lines.append(f"{place} {question.indicator}: {question.why.of(language)}{found}{readings}".lstrip())
    lines += _list_faults(result, words)
    if result.to_send:
        names = [words.term(f"document.{kind.value}") for kind in result.to_send]
        lines.append(words("self_check.to_send", documents=names))
    if result.submission.claims:
        lines += _format_points(result, words, round_id)
    lines.append(words("self_check.clean" if result.clean else "self_check.mend"))
    return lines


def _format_points(result: SelfCheck, words: Words, round_id: str) -> list[str]:
    totals = [(domain, points, result.out_of[domain]) for domain, points in result.points.items()]
    totals.append((round_id, sum(result.points.values(), Fraction(0)), sum(result.out_of.values(), Fraction(0))))
    return [
        words("self_check.points", domain=name, points=format_number(points), out_of=format_number(out_of))
        for name, points, out_of in totals
    ]
