"""``smartcert template`` and ``smartcert self-check``: the applicant's form, and what to mend in it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import language_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.model.applicant import Applicant
    from smartcert.model.application import Round
    from smartcert.reception.self_check import Checked


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--applicant", "name", metavar="ID", required=True, help="Id, ten-digit code or name.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder. [default: this one]"
)
@language_option
def template(round_name: str, name: str, output: Path, language: str) -> None:
    """Write the form of one applicant for ROUND as a workbook, with a live total and the look-up table."""
    from smartcert.forms.template import template as make
    from smartcert.intake.called import read_called
    from smartcert.intake.naming import ids
    from smartcert.intake.written import write_bytes

    called = read_called(round_name)
    applicant = _applicant(name, called.round)
    path = output / f"{called.round.id}-{ids(called.round.registry)[applicant.code]}.{language}.xlsx"
    write_bytes(path, make(applicant, called.round, called.rules, language))
    click.echo(str(path))


def _applicant(name: str, round_: Round) -> Applicant:
    from smartcert.intake.naming import ids
    from smartcert.who import entry

    codes = {own: code for code, own in ids(round_.registry).items()}
    return round_.registry.by_code()[codes[name]] if name in codes else entry(round_.registry, name)


@click.command("self-check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--round", "round_name", metavar="ROUND", help="The round. [default: the one that the form names]")
@language_option
def self_check(file: Path, round_name: str | None, language: str) -> None:
    """Tell what the operating body would find in FILE: a form, or a package (zip or folder) with its evidence.

    Exit code 1 if there is anything to mend before sending.
    """
    from smartcert.intake.called import read_called
    from smartcert.reception.self_check import check, round_named

    name = round_name or round_named(file)
    if not name:
        raise UsageError(f"{file} names no round; give it with --round")
    called = read_called(name)
    checked = check(file, called)
    for line in _told(checked, language, called.round):
        click.echo(line)
    if not checked.clean:
        raise SystemExit(1)


def _told(checked: Checked, language: str, round_: Round) -> list[str]:
    from smartcert.reporting.figures import number
    from smartcert.reporting.words import Words

    words = Words(language, "commands")
    lines = [str(problem) for problem in checked.problems]
    lines += [words.finding(finding) for finding in checked.findings]
    for question in checked.submission.questions:
        readings = " / ".join(question.readings)
        shown = f"{question.place} {question.indicator}: {question.why.of(language)}"
        lines.append(
            f"{shown}{f' [{question.found}]' if question.found else ''}{f' -> {readings}' if readings else ''}"
        )
    lines += [f"{remark.indicator}: {remark.told.of(language)}" for remark in checked.remarks]
    lines += [f"{one.id} {one.name.of(language)}: {words('self_check.refused')}" for one in checked.refused]
    for name, points in checked.points.items():
        lines.append(
            words("self_check.points", domain=name, points=number(points), out_of=number(checked.out_of[name]))
        )
    total = sum(checked.points.values(), Fraction(0))
    out_of = sum(checked.out_of.values(), Fraction(0))
    lines.append(words("self_check.points", domain=round_.id, points=number(total), out_of=number(out_of)))
    lines.append(words("self_check.clean" if checked.clean else "self_check.mend"))
    return lines
