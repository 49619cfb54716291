"""``smartcert demo``, ``plan`` and ``why``: the example round, and what a run would make again."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import click

from smartcert.batch.plan import PageStatus, explain_plan, plan_reports
from smartcert.cli.options import (
    align_columns,
    audience_option,
    jobs_option,
    languages_option,
    measure_width,
    output_option,
    pdf_engine_option,
    quiet_option,
)
from smartcert.cli.run import build_request, format_count, load_words, make_reports, report_failures
from smartcert.model.evaluation import Evaluation
from smartcert.model.outcome import Outcome
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import format_number
from smartcert.reporting.outcome import describe_outcome
from smartcert.services.rounds import open_round


@click.command()
@languages_option
@jobs_option
@output_option
@quiet_option
def demo(language: str, jobs: int | None, output: Path | None, quiet: bool) -> None:
    """Write the reports of the example round; show its results."""
    began = time.monotonic()
    result = make_reports(build_request("example", language, jobs=jobs, output=output, quiet=quiet))
    words = load_words(language)
    heading = tuple(words(f"table.{name}") for name in ("applicant", "size_type", "points", "computed", "outcome"))
    opened = open_round("example")
    rows = [_format_row(*pair, words) for pair in zip(opened.verdicts, opened.outcomes, strict=True)]
    for line in align_columns([heading, *rows]):
        click.echo(line)
    took = words("run.took", seconds=f"{time.monotonic() - began:.1f}")
    click.echo(f"\n{result.index}\n{format_count(result, words)} {took}")
    report_failures(result, words)


def _format_row(evaluation: Evaluation, outcome: Outcome, words: Words) -> tuple[str, ...]:
    none = words("symbol.none")
    size = words.term(f"size_type.{evaluation.size_type}") if evaluation.size_type else none
    name = evaluation.applicant.full_name.of(words.language)
    if evaluation.scorecard is None or evaluation.level is None:
        return (name, size, none, none, describe_outcome(outcome, words))
    points = format_number(evaluation.scorecard.points)
    return (name, size, points, str(evaluation.level.level), describe_outcome(outcome, words))


@click.command()
@click.argument("round_name", metavar="ROUND")
@languages_option
@audience_option
@output_option
@pdf_engine_option
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON per report.")
def plan(
    round_name: str, language: str, audiences: tuple[str, ...], output: Path | None, pdf_engine: str, as_json: bool
) -> None:
    """Show which reports of ROUND a run would write, and why.

    A report that is not fresh is listed with the parts that made it stale. Nothing is written.
    """
    reports = plan_reports(build_request(round_name, language, audiences, output=output, pdf_engine=pdf_engine))
    words = load_words(language)
    for report in reports:
        if as_json:
            plain = {"page": report.page, "state": report.freshness.value, "because": list(report.because)}
            click.echo(json.dumps(plain, ensure_ascii=False))
        elif not report.fresh:
            click.echo(_format_status(report, words))
    if not as_json:
        counts = Counter(report.freshness.value for report in reports)
        states = [f"{count} {words(f'run.state.{state}')}" for state, count in sorted(counts.items())]
        click.echo(", ".join(states) or words("run.no_report"))


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant_id", metavar="ID")
@languages_option
@audience_option
@output_option
@pdf_engine_option
def why(
    round_name: str,
    applicant_id: str,
    language: str,
    audiences: tuple[str, ...],
    output: Path | None,
    pdf_engine: str,
) -> None:
    """Show why each report of an applicant is fresh or not.

    Lists every part that a report of applicant ID is made from, as it was then and as it is now.
    """
    request = build_request(round_name, language, audiences, output=output, pdf_engine=pdf_engine)
    words = load_words(language)
    width = max(measure_width(words(f"run.{name}")) for name in ("same", "other"))
    for report, then, now in explain_plan(request, applicant_id):
        click.echo(_format_status(report, words))
        for part in sorted({*then, *now}):
            click.echo(f"  {part:12} {_format_change(then.get(part), now.get(part), words, width)}")


def _format_status(report: PageStatus, words: Words) -> str:
    reasons = f" ({', '.join(report.because)})" if report.because else ""
    return f"{report.page}: {words(f'run.state.{report.freshness}')}{reasons}"


def _format_change(then: str | None, now: str | None, words: Words, width: int) -> str:
    word = words("run.same" if then == now else "run.other")
    word += " " * (width - measure_width(word))
    if then == now:
        return f"{word}  {(now or '')[:12]}"
    return f"{word}  {(then or words('run.none_then'))[:12]} -> {(now or words('run.none_now'))[:12]}"
