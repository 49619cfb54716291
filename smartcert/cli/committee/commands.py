"""A committee checked against the law, assigned, and the figures that it inspects on site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from smartcert.analysis.committee.inspection import format_value, list_inspected_figures, plan_inspections
from smartcert.analysis.committee.panels import AssignmentProposal, AssignmentTargets, propose_assignment
from smartcert.cli.options import FILE, align_columns, language_option
from smartcert.errors import UsageError
from smartcert.evaluation.committee import check_proceedings
from smartcert.io.formats.csv import write_table
from smartcert.model.evaluation import FindingOutcome, Stage
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.services.rounds import OpenRound, open_round

table_option = click.option("--output", type=FILE, show_default="none", help="Write the table to this CSV file.")


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--all", "everything", is_flag=True, help="Print what is met and noted too.")
@language_option
def check(round_name: str, everything: bool, language: str) -> None:
    """Check members, conflicts, panels, votes and decisions.

    Prints what is not met and what is open. An assignment made by hand (assignments.csv) is checked like a proposed
    one. Exit code 1 if something is not met.
    """
    opened = open_round(round_name)
    words = Words(language, "committee", scheme=opened.rules.facts)
    findings = check_proceedings(opened.round, opened.verdicts, opened.rules.committee)
    counts = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in FindingOutcome}
    rows = [
        (words(f"outcome.{finding.outcome}"), words.finding(finding))
        for finding in findings
        if everything or finding.outcome in (FindingOutcome.NOT_MET, FindingOutcome.OPEN)
    ]
    click.echo(words("committee_command.heading", round=opened.round.title))
    _print_rows(rows)
    if not rows:
        click.echo(f"  {words('committee_command.nothing')}")
    click.echo(words("committee_command.count", **{outcome.value: count for outcome, count in counts.items()}))
    if counts[FindingOutcome.NOT_MET]:
        raise SystemExit(1)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option(
    "--seats", type=click.IntRange(min=1), show_default="all who may judge", help="Number of evaluators per applicant."
)
@click.option(
    "--load", type=click.IntRange(min=1), show_default="no limit", help="Largest number of applicants per evaluator."
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="ID=WORD",
    show_default="any field",
    help="An applicant is best judged from this field; may be repeated.",
)
@table_option
@language_option
def assign(
    round_name: str, seats: int | None, load: int | None, fields: tuple[str, ...], output: Path | None, language: str
) -> None:
    """Show a proposal of who evaluates which applicant.

    Or shows which applicants cannot reach a quorum, and why (exit code 1). Put the written table into the round's
    folder as assignments.csv; change it by hand, and check it with "smartcert committee check". It needs no marks.
    """
    opened = open_round(round_name, marks=False)
    words = Words(language, "committee", scheme=opened.rules.facts)
    applicants = tuple(
        evaluation.id for evaluation in opened.verdicts if evaluation.stage in (Stage.SCORING, Stage.EVALUATED)
    )
    targets = AssignmentTargets(seats=seats or 0, load=load or 0, fields=_parse_fields(fields, applicants))
    proposal = propose_assignment(opened.round, applicants, opened.rules, targets)
    click.echo(words("committee_command.heading", round=opened.round.title))
    for line in _format_shortages(proposal, opened, words):
        click.echo(f"  {line}")
    loads = [f"{name} {load}" for name, load in proposal.loads.items()]
    click.echo(words("committee_command.seats", count=len(proposal.assignments), applicants=len(applicants)))
    click.echo(words("committee_command.loads", loads=loads))
    if output is not None:
        rows = [(assignment.applicant, assignment.group, assignment.evaluator) for assignment in proposal.assignments]
        _write_table(output, ("applicant", "group", "evaluator"), rows, words)
    if proposal.short:
        raise SystemExit(1)


def _parse_fields(texts: tuple[str, ...], applicants: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, sign, word = text.partition("=")
        if not sign or not word or name not in applicants:
            raise UsageError(f"--field: '{text}' is not an applicant's id, =, and a word of an evaluator's field")
        fields[name] = (*fields.get(name, ()), word)
    return fields


def _format_shortages(proposal: AssignmentProposal, opened: OpenRound, words: Words) -> list[str]:
    names = {evaluation.id: evaluation.applicant.full_name for evaluation in opened.verdicts}
    lines = []
    for shortage in proposal.short:
        fields: dict[str, FieldValue] = {
            "applicant": names[shortage.applicant],
            "seats": shortage.seats,
            "needed": shortage.needed,
            "able": shortage.able,
        }
        if shortage.by_conflicts:
            lines.append(words("committee_command.short_conflicts", kept=shortage.excluded, **fields))
        else:
            lines.append(words("committee_command.short_loads", **fields))
    return lines


@click.command()
@click.argument("round_name", metavar="ROUND")
@table_option
@click.option("--protocol", type=FILE, show_default="none", help="Write every figure as inspected to this CSV file.")
@language_option
def inspections(round_name: str, output: Path | None, protocol: Path | None, language: str) -> None:
    """Show the figures that are drawn for on-site inspection.

    They are drawn from the round's published seed: again and again the same. The protocol holds every figure:
    claimed, desk, on site, evidence grade, verified or not, inspector, reason. It needs no marks.
    """
    opened = open_round(round_name, marks=False)
    words = Words(language, "committee", scheme=opened.rules.facts)
    plan = plan_inspections(opened.round, opened.verdicts, opened.rules)
    click.echo(words("committee_command.drawn", drawn=len(plan.drawn), figures=plan.of, seed=plan.seed))
    _print_rows(
        [
            (
                figure.applicant,
                figure.indicator,
                words(f"evidence_grade.{figure.grade}"),
                str(figure.points),
                "" if figure.inspected else words("committee_command.not_inspected"),
            )
            for figure in plan.drawn
        ]
    )
    if output is not None:
        rows = [
            (figure.applicant, figure.indicator, figure.grade, "yes" if figure.inspected else "no")
            for figure in plan.drawn
        ]
        _write_table(output, ("applicant", "indicator", "evidence_grade", "inspected"), rows, words)
    if protocol is not None:
        verified = {None: "not_inspected", True: "yes", False: "no"}
        figures = [
            (
                figure.applicant,
                figure.indicator,
                *(format_value(value) for value in (figure.claimed, figure.desk, figure.on_site)),
                figure.grade or "",
                verified[figure.verified],
                figure.inspector,
                figure.reason,
            )
            for figure in list_inspected_figures(opened.round, opened.verdicts)
        ]
        heading = ("claimed", "desk", "on_site", "evidence_grade", "verified", "inspector", "reason")
        _write_table(protocol, ("applicant", "indicator", *heading), figures, words)


def _print_rows(rows: Sequence[tuple[str, ...]]) -> None:
    for line in align_columns(rows):
        click.echo(f"  {line}")


def _write_table(path: Path, heading: tuple[str, ...], rows: Sequence[tuple[str, ...]], words: Words) -> None:
    write_table(path, heading, rows)
    click.echo(words("committee_command.written", file=str(path)))
