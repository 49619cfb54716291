"""``smartcert run`` and ``smartcert demo``: the reports of a round."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import columns, spoken

if TYPE_CHECKING:
    from smartcert.batch.order import RunResult
    from smartcert.model.evaluation import Evaluation
    from smartcert.reporting.words import Words

BOTH = "both"
ENGINES = ("warm", "fresh")
AUDIENCES = ("reviewer", "applicant", "public")
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
audience_option = click.option(
    "--audience",
    "audiences",
    type=click.Choice(AUDIENCES),
    multiple=True,
    default=(AUDIENCES[0],),
    show_default=True,
    help="For whom; may be repeated. The public's are of certified applicants only.",
)
quiet_option = click.option("--quiet", is_flag=True, help="Tell failures and the end only.")


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--applicant", "applicants", multiple=True, metavar="ID", help="Only this report; may be repeated.")
@languages_option
@audience_option
@jobs_option
@output_option
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="Run notebooks in forks of a warm process, or in a fresh kernel each. Both give the same bytes.",
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Longest per report.")
@click.option("--retry-failed", is_flag=True, help="Make only those again that failed or were not finished.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--pdf", is_flag=True, help="A PDF of each page too (needs smartcert[pdf]; seconds per report).")
@click.option("--cluster", default="", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Tell each result and the end as a line of JSON.")
@quiet_option
def run(round_name: str, jobs: int | None, as_json: bool, **asked: Any) -> None:
    """Make the reports of ROUND: one per applicant and language, the round's summary and the index.

    Reports for applicants (without single marks) and for the public stand beside those for reviewers, with the
    audience in their names. Without reviewers among the audiences there is no summary and no index.

    A report that cannot be made stops no other; such reports are listed at the end, with exit code 1.
    """
    result = _made(round_name, jobs, json=as_json, **asked)
    if as_json:
        click.echo(json.dumps(result.plain(), ensure_ascii=False))
    else:
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
    result = _made("example", jobs, language=language, output=output, quiet=quiet)
    from smartcert.reporting.words import Words
    from smartcert.rounds import open_round

    words = Words(spoken() if language == BOTH else language, "commands")
    for line in columns(_table(open_round("example").evaluations, words)):
        click.echo(line)
    click.echo(f"\n{result.index}\n{_count(result)} in {time.monotonic() - began:.1f} s")
    _end(result)


def _made(
    round_name: str,
    jobs: int | None,
    *,
    language: str,
    audiences: tuple[str, ...] = AUDIENCES[:1],
    engine: str = ENGINES[0],
    **asked: Any,
) -> RunResult:
    from smartcert.batch.order import Order, cpus
    from smartcert.batch.run import run as make
    from smartcert.batch.task import EngineName
    from smartcert.reporting.record import Audience

    order = Order(
        round=round_name,
        languages=("ko", "en") if language == BOTH else (language,),
        jobs=jobs or cpus(),
        engine=EngineName(engine),
        audiences=tuple(audience for audience in Audience if audience in audiences),
        **asked,
    )
    try:
        return make(order)
    except KeyboardInterrupt:
        click.echo("interrupted; what was placed is whole", err=True)
        raise SystemExit(INTERRUPTED) from None


def _count(result: RunResult) -> str:
    noun = "report" if result.made == 1 else "reports"
    fresh = f", {result.fresh} fresh" if result.fresh else ""
    return f"{result.made} {noun}{fresh}" + (f", {len(result.failures)} not made" if result.failures else "")


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
