"""``smartcert run`` and ``smartcert demo``: the reports of a round."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import columns, spoken

if TYPE_CHECKING:
    from smartcert.batch.run import RunResult
    from smartcert.model.evaluation import Evaluation
    from smartcert.reporting.words import Words

BOTH = "both"
ENGINES = ("warm", "fresh")
INTERRUPTED = 130

languages_option = click.option(
    "--language",
    type=click.Choice(["ko", "en", BOTH]),
    default=BOTH,
    show_default=True,
    help="Language of the reports.",
)
jobs_option = click.option("--jobs", type=click.IntRange(min=1), help="Reports at a time. [default: one per processor]")
output_option = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for index.html and all that it leads to. [default: outputs/<round>]",
)
quiet_option = click.option("--quiet", is_flag=True, help="Tell failures and the end only.")


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--applicant", "applicants", multiple=True, metavar="ID", help="Only this report; may be repeated.")
@languages_option
@jobs_option
@output_option
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="Run notebooks in forks of a warm process, or in a fresh kernel each. Both give the same bytes.",
)
@quiet_option
def run(
    round_name: str,
    applicants: tuple[str, ...],
    language: str,
    jobs: int | None,
    output: Path | None,
    engine: str,
    quiet: bool,
) -> None:
    """Make the reports of ROUND: one per applicant and language, the round's summary and the index.

    A report that cannot be made stops no other; such reports are listed at the end, with exit code 1.
    """
    result = _made(round_name, applicants, language, jobs, output, engine, quiet)
    click.echo(f"{_count(result)}: {result.index}")
    _end(result)


@click.command()
@languages_option
@jobs_option
@output_option
@quiet_option
def demo(language: str, jobs: int | None, output: Path | None, quiet: bool) -> None:
    """Make the reports of the example round and print its results."""
    began = time.monotonic()
    result = _made("example", (), language, jobs, output, ENGINES[0], quiet)
    from smartcert.reporting.words import Words

    words = Words(spoken() if language == BOTH else language, "commands")
    for line in columns(_table(result.evaluations, words)):
        click.echo(line)
    click.echo(f"\n{result.index}\n{_count(result)} in {time.monotonic() - began:.1f} s")
    _end(result)


def _made(
    round_name: str,
    applicants: tuple[str, ...],
    language: str,
    jobs: int | None,
    output: Path | None,
    engine: str,
    quiet: bool,
) -> RunResult:
    from smartcert.batch.run import Order, cpus
    from smartcert.batch.run import run as make
    from smartcert.batch.task import EngineName

    order = Order(
        round=round_name,
        languages=("ko", "en") if language == BOTH else (language,),
        applicants=applicants,
        output=output,
        jobs=jobs or cpus(),
        engine=EngineName(engine),
        quiet=quiet,
    )
    try:
        return make(order)
    except KeyboardInterrupt:
        click.echo("interrupted; what was placed is whole", err=True)
        raise SystemExit(INTERRUPTED) from None


def _count(result: RunResult) -> str:
    noun = "report" if result.made == 1 else "reports"
    return f"{result.made} {noun}" + (f", {len(result.failures)} not made" if result.failures else "")


def _end(result: RunResult) -> None:
    """Tell what is not as it should be; leave with exit code 1 if a report was not made."""
    from smartcert.batch.progress import named

    if result.leftovers:
        click.echo(f"not part of this round, left as they are: {', '.join(result.leftovers)}", err=True)
    for failure in result.failures:
        click.echo(named(failure), err=True)
    if result.failures:
        raise SystemExit(1)


def _table(evaluations: tuple[Evaluation, ...], words: Words) -> list[tuple[str, ...]]:
    heading = tuple(words(f"table.{name}") for name in ("applicant", "size_type", "points", "level", "result"))
    return [heading, *(_row(evaluation, words) for evaluation in evaluations)]


def _row(evaluation: Evaluation, words: Words) -> tuple[str, ...]:
    from smartcert.reporting import figures

    none = words("symbol.none")
    size = words.term(f"size_type.{evaluation.size_type}") if evaluation.size_type else none
    name = evaluation.applicant.name.of(words.language)
    if evaluation.scorecard is None or evaluation.level is None:
        stage = f"stage.{evaluation.stage}"
        return (name, size, none, none, words("result.stopped", stage=stage))
    result = words("result.certified" if evaluation.certified else "result.not_certified")
    return (name, size, figures.number(evaluation.scorecard.points), str(evaluation.level.level), result)
