"""``smartcert run``: the reports of a round. Imports nothing heavy, so that a run with nothing to do ends at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from smartcert.batch.request import (
    EngineName,
    PdfEngine,
    RunRequest,
    RunResult,
    WorkerMethod,
    count_cpus,
    get_applicant_id,
)
from smartcert.cli.options import (
    AUDIENCES,
    audience_option,
    choose_printed_language,
    jobs_option,
    languages_option,
    list_languages,
    output_option,
    pdf_engine_option,
    quiet_option,
)
from smartcert.reporting.records import Audience, Failure

if TYPE_CHECKING:
    from smartcert.reporting.catalogue import Words


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option(
    "--applicant",
    "applicants",
    multiple=True,
    metavar="ID",
    show_default="all applicants",
    help="Only the reports of this applicant; may be repeated.",
)
@languages_option
@audience_option
@jobs_option
@output_option
@click.option(
    "--engine",
    type=click.Choice([engine.value for engine in EngineName]),
    default=EngineName.WARM.value,
    help="Run notebooks in forks of a warm process, or in a fresh kernel each. Both give the same bytes.",
)
@click.option(
    "--workers",
    type=click.Choice([method.value for method in WorkerMethod]),
    show_default="fork, or spawn where a system has no fork (Windows)",
    help="Start the process of a report as a fork of a warm one, or as a new one, which is slower. Same bytes.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    show_default="no limit",
    help="Longest time for one report, in seconds.",
)
@click.option("--retry-failed", is_flag=True, help="Make only those again that failed or were not finished.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--pdf", is_flag=True, help="Write a PDF of each page too.")
@pdf_engine_option
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    show_default="this machine",
    help="A Dask scheduler that runs the notebooks, such as tls://host:8786.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each result and the end as a line of JSON.")
@quiet_option
def run(
    round_name: str, language: str, audiences: tuple[str, ...], jobs: int | None, as_json: bool, **settings: Any
) -> None:
    """Write the reports of ROUND, its summary and its index.

    There is one report per applicant and language. Reports for applicants (without single marks) and for the public
    stand beside those for reviewers, with the audience in their names. Without reviewers among the audiences there is
    no summary and no index.

    A report that cannot be made stops no other; such reports are listed at the end, with exit code 1.
    """
    result = make_reports(build_request(round_name, language, audiences, jobs=jobs, json=as_json, **settings))
    words = load_words(language)
    if as_json:
        click.echo(json.dumps(result.plain(), ensure_ascii=False))
    else:
        click.echo(f"{format_count(result, words)}: {result.index}")
    report_failures(result, words)


def load_words(language: str) -> Words:
    """Return the words of what is printed by a command whose ``--language`` is that of its pages."""
    from smartcert.reporting.catalogue import Words  # a moment, and not before there is something to print

    return Words(choose_printed_language(language), "commands")


def build_request(
    round_name: str,
    language: str,
    audiences: tuple[str, ...] = AUDIENCES[:1],
    *,
    jobs: int | None = None,
    engine: str = EngineName.WARM,
    workers: str | None = None,
    pdf_engine: str = PdfEngine.AUTO,
    **settings: Any,
) -> RunRequest:
    """Return a request for the reports of a round from the options of a command."""
    return RunRequest(
        round=round_name,
        languages=list_languages(language),
        audiences=tuple(audience for audience in Audience if audience in audiences),
        jobs=jobs or count_cpus(),
        engine=EngineName(engine),
        pdf_engine=PdfEngine(pdf_engine),
        workers=None if workers is None else WorkerMethod(workers),
        **settings,
    )


def make_reports(request: RunRequest) -> RunResult:
    """Make the reports of a request."""
    if request.cluster:
        from smartcert.batch.cluster import describe_open_connection

        if note := describe_open_connection(request.cluster):
            click.echo(note, err=True)
    from smartcert.batch.run import run as run_reports  # after the options were read: help and slips in them come first

    return run_reports(request)


def format_count(result: RunResult, words: Words) -> str:
    """Return how many reports were made, found fresh, and not made."""
    counts = [words("run.count", count=result.rendered)]
    counts += [words("run.fresh", count=result.fresh)] if result.fresh else []
    counts += [words("run.not_made", count=len(result.failures))] if result.failures else []
    return ", ".join(counts)


def report_failures(result: RunResult, words: Words) -> None:
    """Print what is not as it should be; leave with exit code 1 if a report was not made."""
    if result.replaced_seal:
        click.echo(words("run.sealed", number=result.replaced_seal), err=True)
    if result.lost_ledger:
        click.echo(words("run.ledger", what=_translate(result.lost_ledger, words)), err=True)
    if result.leftovers:
        click.echo(words("run.leftovers", files=list(result.leftovers)), err=True)
    for failure in result.failures:
        click.echo(_describe_failure(failure, words), err=True)
    if result.failures:
        raise SystemExit(1)


def _describe_failure(failure: Failure, words: Words) -> str:
    audience = "" if failure.audience is Audience.REVIEWER else f", {failure.audience}"
    page = f"{get_applicant_id(failure) or words('run.summary')} ({failure.language}{audience})"
    return words("run.failure", page=page, reason=_translate(failure.reason, words))


def _translate(message: str, words: Words) -> str:
    from smartcert.reporting.problems import translate  # only where something is wrong

    return translate(message, words.language)
