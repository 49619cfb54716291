"""``smartcert simulate``: a whole invented round, for rehearsals, benchmarks and committee planning."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--applicants", type=click.IntRange(min=1), required=True, help="How many apply.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same round.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The round's folder, new; its name is the round's id.",
)
@click.option("--like", metavar="ROUND", default="2023", show_default=True, help="Whose call and edition to use.")
@click.option(
    "--packages",
    is_flag=True,
    help="Write what the applicants would send, into OUTPUT/packages, instead of the tables that intake makes of it.",
)
def simulate(applicants: int, seed: int, output: Path, like: str, packages: bool) -> None:
    """Write a whole invented round: local governments, applications, committee, marks, what goes wrong.

    Able applicants are better in figures and in marks alike. Some values are absent, some evaluators have a conflict,
    some applications arrive late or without a seal. Nothing in it is about a real local government.
    """
    from smartcert.intake.called import read_called
    from smartcert.simulation.folder import simulate as write

    called = read_called(like)
    if packages:
        from smartcert.simulation.packages import simulate_packages

        count = simulate_packages(applicants, seed, output, called.round, called.rules)
        click.echo(f"{output}: an invented round, and {count} packages to take in from {output / 'packages'}")
        return
    world = write(applicants, seed, output, called.round, called.rules)
    click.echo(f"{output}: an invented round of {len(world.applications)} applications")
