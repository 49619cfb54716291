"""``smartcert committee``: held against the law, assigned, inspections drawn, and reviewed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import align_columns, language_option
from smartcert.cli.reports import BOTH, languages_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.analysis.committee.panels import AssignmentProposal
    from smartcert.reporting.catalogue import FieldValue, Words
    from smartcert.services.rounds import OpenRound


@click.group()
def committee() -> None:
    """Hold the committee of a round against its law, propose who judges whom, draw inspections, review the marks."""


@committee.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--all", "everything", is_flag=True, help="Print what is met and noted too.")
@language_option
def check(round_name: str, everything: bool, language: str) -> None:
    """Tell what is not met and what is open about members, conflicts, panels, votes and decisions.

    An assignment made by hand (assignments.csv) is checked here like a proposed one. Exit code 1 if something is not
    met.
    """
    from smartcert.evaluation.committee import check_proceedings
    from smartcert.model.evaluation import Outcome

    opened, words = _open_round(round_name, language)
    findings = check_proceedings(opened.round, opened.evaluations, opened.rules.committee)
    counts = {outcome: sum(one.outcome is outcome for one in findings) for outcome in Outcome}
    told = [one for one in findings if everything or one.outcome in (Outcome.NOT_MET, Outcome.OPEN)]
    click.echo(words("committee_command.heading", round=opened.round.title))
    for line in align_columns([(words(f"outcome.{one.outcome}"), words.finding(one)) for one in told]) if told else ():
        click.echo(f"  {line}")
    if not told:
        click.echo(f"  {words('committee_command.nothing')}")
    click.echo(words("committee_command.count", **{outcome.value: count for outcome, count in counts.items()}))
    if counts[Outcome.NOT_MET]:
        raise SystemExit(1)


@committee.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--seats", type=click.IntRange(min=1), help="Evaluators per applicant. [default: all who may judge]")
@click.option("--load", type=click.IntRange(min=1), help="Most applicants per evaluator. [default: no limit]")
@click.option(
    "--field", "fields", multiple=True, metavar="ID=WORD", help="An applicant is best judged from this field."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The table to write. [default: none]")
@language_option
def assign(
    round_name: str,
    seats: int | None,
    load: int | None,
    fields: tuple[str, ...],
    output: Path | None,
    language: str,
) -> None:
    """Propose who judges whom, or tell which applicants cannot reach a quorum and why (exit code 1).

    Put the written table into the round's folder as assignments.csv; change it by hand, and check it like this one.
    """
    from smartcert.analysis.committee.panels import AssignmentTargets, propose_assignment
    from smartcert.model.evaluation import Stage

    opened, words = _open_round(round_name, language)
    names = tuple(one.id for one in opened.evaluations if one.stage in (Stage.SCORING, Stage.EVALUATED))
    wish = AssignmentTargets(seats=seats or 0, load=load or 0, fields=_parse_fields(fields, names))
    proposal = propose_assignment(opened.round, names, opened.rules, wish)
    click.echo(words("committee_command.heading", round=opened.round.title))
    for line in _format_shortages(proposal, opened, words):
        click.echo(f"  {line}")
    loads = [f"{name} {load}" for name, load in proposal.loads.items()]
    count = len(proposal.assignments)
    click.echo(words("committee_command.seats", count=count, applicants=len(names)))
    click.echo(words("committee_command.loads", loads=loads))
    if output is not None:
        rows = [(one.applicant, one.group, one.evaluator) for one in proposal.assignments]
        _write_csv(output, ("applicant", "group", "evaluator"), rows)
        click.echo(words("committee_command.written", file=str(output)))
    if proposal.short:
        raise SystemExit(1)


def _parse_fields(given: tuple[str, ...], names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, sign, word = text.partition("=")
        if not sign or not word or name not in names:
            raise UsageError(f"--field: '{text}' is not an applicant's id, =, and a word of an evaluator's field")
        found[name] = (*found.get(name, ()), word)
    return found


def _format_shortages(proposal: AssignmentProposal, opened: OpenRound, words: Words) -> list[str]:
    names = {one.id: one.applicant.name for one in opened.evaluations}
    lines = []
    for one in proposal.short:
        fields: dict[str, FieldValue] = {
            "applicant": names[one.applicant],
            "seats": one.seats,
            "needed": one.needed,
            "able": one.able,
        }
        if one.by_conflicts:
            lines.append(words("committee_command.short_conflicts", kept=one.excluded, **fields))
        else:
            lines.append(words("committee_command.short_loads", **fields))
    return lines


@committee.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The table to write. [default: none]")
@click.option("--protocol", type=click.Path(dir_okay=False, path_type=Path), help="Write every figure as inspected.")
@language_option
def inspections(round_name: str, output: Path | None, protocol: Path | None, language: str) -> None:
    """Draw the figures to inspect on site from the round's published seed: again and again the same.

    The protocol holds every figure: claimed, desk, on site, evidence grade, verified or not, inspector, reason.
    """
    from smartcert.analysis.committee.inspection import plan_inspections

    opened, words = _open_round(round_name, language)
    plan = plan_inspections(opened.round, opened.evaluations, opened.rules)
    click.echo(words("committee_command.drawn", drawn=len(plan.drawn), figures=plan.of, seed=plan.seed))
    rows = [
        (
            one.applicant,
            one.indicator,
            words(f"evidence_grade.{one.grade}"),
            str(one.points),
            "" if one.inspected else words("committee_command.not_inspected"),
        )
        for one in plan.drawn
    ]
    for line in align_columns(rows) if rows else ():
        click.echo(f"  {line}")
    if output is not None:
        table = [(one.applicant, one.indicator, one.grade, "yes" if one.inspected else "no") for one in plan.drawn]
        _write_csv(output, ("applicant", "indicator", "evidence_grade", "inspected"), table)
        click.echo(words("committee_command.written", file=str(output)))
    if protocol is not None:
        _write_protocol(protocol, opened)
        click.echo(words("committee_command.written", file=str(protocol)))


def _write_protocol(path: Path, opened: OpenRound) -> None:
    from smartcert.analysis.committee.inspection import format_value, list_inspected_figures

    state = {None: "not_inspected", True: "yes", False: "no"}
    rows = [
        (
            one.applicant,
            one.indicator,
            *(format_value(value) for value in (one.claimed, one.desk, one.on_site)),
            one.grade or "",
            state[one.verified],
            one.inspector,
            one.reason,
        )
        for one in list_inspected_figures(opened.round, opened.evaluations)
    ]
    names = ("claimed", "desk", "on_site", "evidence_grade", "verified", "inspector", "reason")
    _write_csv(path, ("applicant", "indicator", *names), rows)


@committee.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--reader", default="", metavar="EVALUATOR", help="Make it for one evaluator. [default: for the chair]")
@languages_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pages. [default: outputs/<round>/committee]",
)
def review(round_name: str, reader: str, language: str, output: Path | None) -> None:
    """Make the page on the committee: law, votes, discussion, agreement, severity, influence, inspection.

    A page for an evaluator shows no figure that depends on the marks of an applicant that the evaluator does not judge.
    """
    from smartcert.batch.pages import render_review

    for path in render_review(round_name, reader, ("ko", "en") if language == BOTH else (language,), output):
        click.echo(path)


def _open_round(round_name: str, language: str) -> tuple[OpenRound, Words]:
    from smartcert.reporting.catalogue import Words
    from smartcert.services.rounds import open_round

    return open_round(round_name), Words(language, "committee")


def _write_csv(path: Path, heading: tuple[str, ...], rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    try:
        path.write_text(text.getvalue(), encoding="utf-8-sig")  # the mark by which spreadsheets know UTF-8
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
