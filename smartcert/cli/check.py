"""``smartcert check``: every problem of every file of a round, or what the round holds."""

from __future__ import annotations

import click


@click.command()
@click.argument("round_name", metavar="ROUND")
def check(round_name: str) -> None:
    """Tell every problem in the files of ROUND, or count what is in them.

    Problems are told as "file:line:column: found ...; wanted ..." with exit code 2.
    """
    from smartcert.rounds import open_round

    opened = open_round(round_name)
    applications = opened.round.applications
    findings = sum(len(evaluation.findings) for evaluation in opened.evaluations)
    measurements = sum(len(one.measurements) for one in applications)
    marks = sum(len(one.marks) for one in applications)
    rules = sum(len(entries) for file in opened.rulebook.files.values() for entries in file.values())
    counts = {"application": len(applications), "measurement": measurements, "mark": marks, "rule": rules}
    told = ", ".join(_counted(count, noun) for noun, count in counts.items())
    click.echo(f"{opened.round.id}: no problem in {told}; evaluated with {_counted(findings, 'finding')}")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
