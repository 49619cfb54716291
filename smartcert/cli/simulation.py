"""``smartcert simulate``: an invented round, for rehearsals, benchmarks and committee planning."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.cli.options import FOLDER, language_option
from smartcert.io.rounds.round import read_call
from smartcert.reporting.catalogue import Words
from smartcert.simulation.packages import simulate_packages
from smartcert.simulation.write import simulate_round


@click.command()
@click.option("--applicants", type=click.IntRange(1, 20_000), required=True, help="Number of applicants.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same round.")
@click.option(
    "--output", type=FOLDER, required=True, help="The round's folder, a new one; its name is the id of the round."
)
@click.option("--like", metavar="ROUND", default="2023", help="The round whose call and edition are used.")
@click.option(
    "--packages",
    is_flag=True,
    help="Write what the applicants would send, into OUTPUT/packages, instead of the tables that intake makes of it.",
)
@language_option
def simulate(applicants: int, seed: int, output: Path, like: str, packages: bool, language: str) -> None:
    """Write an invented round for rehearsals and benchmarks.

    It has local governments, applications, a committee, marks, and what goes wrong: some values are absent, some
    evaluators have a conflict, some applications arrive late or without a seal. Able applicants are better in figures
    and in marks alike. Nothing in it is about a real local government.
    """
    call, words = read_call(like), Words(language, "commands")
    if packages:
        count = simulate_packages(applicants, seed, output, call.round, call.rules)
        click.echo(words("simulate.packages", folder=str(output), count=count, packages=str(output / "packages")))
    else:
        simulated = simulate_round(applicants, seed, output, call.round, call.rules)
        click.echo(words("simulate.round", folder=str(output), count=len(simulated.applications)))
