"""Run, demo, plan, why, verify, seal, recompute."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import align_columns, detect_language
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.batch.request import RunRequest, RunResult
    from smartcert.batch.verify import FileComparison
    from smartcert.model.evaluation import Evaluation
    from smartcert.recompute import Recomputation
    from smartcert.reporting.catalogue import Words


# --- ``smartcert run`` and ``smartcert demo``: the reports of a round.

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
    result = _run_round(round_name, jobs, json=as_json, **asked)
    if as_json:
        click.echo(json.dumps(result.plain(), ensure_ascii=False))
    else:
        click.echo(f"{_format_count(result)}: {result.index}")
    _report_failures(result)


@click.command()
@languages_option
@jobs_option
@output_option
@quiet_option
def demo(language: str, jobs: int | None, output: Path | None, quiet: bool) -> None:
    """Make the reports of the example round and print its results."""
    began = time.monotonic()
    result = _run_round("example", jobs, language=language, output=output, quiet=quiet)
    from smartcert.reporting.catalogue import Words
    from smartcert.services.rounds import open_round

    words = Words(detect_language() if language == BOTH else language, "commands")
    for line in align_columns(_format_table(open_round("example").evaluations, words)):
        click.echo(line)
    click.echo(f"\n{result.index}\n{_format_count(result)} in {time.monotonic() - began:.1f} s")
    _report_failures(result)


def _run_round(
    round_name: str,
    jobs: int | None,
    *,
    language: str,
    audiences: tuple[str, ...] = AUDIENCES[:1],
    engine: str = ENGINES[0],
    **asked: Any,
) -> RunResult:
    from smartcert.batch.request import EngineName, RunRequest, count_cpus
    from smartcert.batch.run import run as make
    from smartcert.reporting.records import Audience

    order = RunRequest(
        round=round_name,
        languages=("ko", "en") if language == BOTH else (language,),
        jobs=jobs or count_cpus(),
        engine=EngineName(engine),
        audiences=tuple(audience for audience in Audience if audience in audiences),
        **asked,
    )
    try:
        return make(order)
    except KeyboardInterrupt:
        click.echo("interrupted; what was placed is whole", err=True)
        raise SystemExit(INTERRUPTED) from None


def _format_count(result: RunResult) -> str:
    noun = "report" if result.made == 1 else "reports"
    fresh = f", {result.fresh} fresh" if result.fresh else ""
    return f"{result.made} {noun}{fresh}" + (f", {len(result.failures)} not made" if result.failures else "")


def _report_failures(result: RunResult) -> None:
    """Tell what is not as it should be; leave with exit code 1 if a report was not made."""
    from smartcert.batch.make import describe_result

    if result.leftovers:
        click.echo(f"not part of this round, left as they are: {', '.join(result.leftovers)}", err=True)
    for failure in result.failures:
        click.echo(describe_result(failure), err=True)
    if result.failures:
        raise SystemExit(1)


def _format_table(evaluations: tuple[Evaluation, ...], words: Words) -> list[tuple[str, ...]]:
    heading = tuple(words(f"table.{name}") for name in ("applicant", "size_type", "points", "level", "result"))
    return [heading, *(_format_row(evaluation, words) for evaluation in evaluations)]


def _format_row(evaluation: Evaluation, words: Words) -> tuple[str, ...]:
    from smartcert.reporting import formats as figures

    none = words("symbol.none")
    size = words.term(f"size_type.{evaluation.size_type}") if evaluation.size_type else none
    name = evaluation.applicant.name.of(words.language)
    if evaluation.scorecard is None or evaluation.level is None:
        stage = f"stage.{evaluation.stage}"
        return (name, size, none, none, words("result.stopped", stage=stage))
    result = words("result.certified" if evaluation.certified else "result.not_certified")
    return (name, size, figures.format_number(evaluation.scorecard.points), str(evaluation.level.level), result)


# --- ``smartcert plan`` and ``smartcert why``: what a run would make again, and which part made it so.


@click.command()
@click.argument("round_name", metavar="ROUND")
@languages_option
@audience_option
@output_option
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per report.")
def plan(round_name: str, language: str, audiences: tuple[str, ...], output: Path | None, as_json: bool) -> None:
    """Tell how each report of ROUND stands before a run: fresh, or what made it stale. Nothing is made."""
    from smartcert.batch.plan import plan_reports

    found = plan_reports(_build_request(round_name, language, audiences, output))
    for one in found:
        if as_json:
            plain = {"page": one.page, "state": one.freshness.value, "because": list(one.because)}
            click.echo(json.dumps(plain, ensure_ascii=False))
        elif not one.fresh:
            click.echo(f"{one.page}: {one.freshness}{_format_reasons(one.because)}")
    if not as_json:
        counts = Counter(one.freshness.value for one in found)
        click.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no report")


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant_id", metavar="ID")
@languages_option
@audience_option
@output_option
def why(round_name: str, applicant_id: str, language: str, audiences: tuple[str, ...], output: Path | None) -> None:
    """Explain why each report of applicant ID is fresh or not: every part it is made from, then and now."""
    from smartcert.batch.plan import explain_plan as explained

    order = _build_request(round_name, language, audiences, output)
    for state, then, now in explained(order, applicant_id):
        click.echo(f"{state.page}: {state.freshness}{_format_reasons(state.because)}")
        for part in sorted({*then, *now}):
            click.echo(f"  {part:12} {_format_change(then.get(part), now.get(part))}")


def _build_request(round_name: str, language: str, audiences: tuple[str, ...], output: Path | None) -> RunRequest:
    from smartcert.batch.request import RunRequest
    from smartcert.reporting.records import Audience

    return RunRequest(
        round=round_name,
        languages=("ko", "en") if language == BOTH else (language,),
        output=output,
        audiences=tuple(Audience(name) for name in AUDIENCES if name in audiences),
    )


def _format_reasons(because: tuple[str, ...]) -> str:
    return f" ({', '.join(because)})" if because else ""


def _format_change(then: str | None, now: str | None) -> str:
    if then == now:
        return f"the same     {(now or '')[:12]}"
    return f"another one  {(then or 'not made')[:12]} -> {(now or 'gone')[:12]}"


# --- ``smartcert verify`` and ``smartcert seal``: are the outputs what the inputs give, and who says so?


@click.command()
@click.argument("round_name", metavar="ROUND")
@output_option
@jobs_option
@click.option("--public-key", type=click.Path(path_type=Path), help="Check the seal with this key.")
@click.option("--only-files", is_flag=True, help="Hold the files against the manifest; make nothing again.")
def verify(round_name: str, output: Path | None, jobs: int | None, public_key: Path | None, only_files: bool) -> None:
    """Make the outputs of ROUND again from its inputs in a temporary place, and compare every file.

    Tells each file that is changed (and where first), missing or extra. Exit code 0 where all are unchanged and the
    seal, if one was asked about, is good; else 1.
    """
    from smartcert.batch.plan import get_outputs_folder
    from smartcert.batch.request import count_cpus
    from smartcert.batch.verify import compare_with_manifest
    from smartcert.batch.verify import verify_outputs as again

    folder = get_outputs_folder(round_name, output)
    sealed = _check_seal(folder, public_key)
    compared = compare_with_manifest(folder) if only_files else again(round_name, folder, jobs or count_cpus())
    same = _print_comparisons(compared)
    if not (same and sealed):
        raise SystemExit(1)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The key that signs.")
@output_option
def seal(round_name: str, key: Path, output: Path | None) -> None:
    """Sign the manifest of ROUND's outputs, after holding every file against it. Keys: smartcert register key."""
    from smartcert.batch.plan import get_outputs_folder
    from smartcert.batch.verify import compare_with_manifest
    from smartcert.batch.verify import sign_manifest as sign
    from smartcert.certification.signing import read_signing_key

    folder = get_outputs_folder(round_name, output)
    if not _print_comparisons(compare_with_manifest(folder)):
        raise SystemExit(1)
    click.echo(sign(folder, read_signing_key(key)))


def _check_seal(folder: Path, public_key: Path | None) -> bool:
    from smartcert.batch.verify import SealState, check_seal
    from smartcert.certification.signing import read_public_key

    state = check_seal(folder, read_public_key(public_key) if public_key else None)
    click.echo(f"{folder}: {state}")
    return state is SealState.GOOD if public_key else state is not SealState.BROKEN


def _print_comparisons(compared: tuple[FileComparison, ...]) -> bool:
    """Print what is not unchanged and a count; return whether all is."""
    from smartcert.batch.verify import Verdict

    for one in compared:
        if one.verdict is not Verdict.UNCHANGED:
            click.echo(f"{one.verdict}: {one.file}{f': {one.where}' if one.where else ''}")
    counts = Counter(one.verdict.value for one in compared)
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "no file")
    return set(counts) <= {Verdict.UNCHANGED}


# --- ``smartcert recompute``: a report's points and level again, from nothing but its page.

_MAX_DIFFERENCES = 20
"""How many differences of a page are told: a screen's worth."""


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="REPORT.html...", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Tell every difference, not only the first ones.")
def recompute(pages: tuple[Path, ...], everything: bool) -> None:
    """Calculate a report again from the trace that its page carries, and say whether the page prints the same.

    Exit code 0 where every page is equal to its calculation, 1 where one is not: each difference is told with the
    indicator, the column, what is printed and what was recomputed.
    """
    from smartcert.recompute import recompute as again

    equal = True
    for page in pages:
        result = again(_read_page(page))
        equal = equal and result.equal
        click.echo(f"{page}: {_format_outcome(result)}")
        shown = result.differences if everything else result.differences[:_MAX_DIFFERENCES]
        for difference in shown:
            click.echo(f"  {difference}")
        if len(shown) < len(result.differences):
            click.echo(f"  and {len(result.differences) - len(shown)} more (--all tells them)")
    if not equal:
        raise SystemExit(1)


def _format_outcome(result: Recomputation) -> str:
    from smartcert.reporting import formats as figures

    told = "equal" if result.equal else "not equal"
    record = result.record
    if record is None or record.evaluation.scorecard is None or record.evaluation.level is None:
        return told
    card, level = record.evaluation.scorecard, record.evaluation.level
    points = f"{figures.format_number(card.points)} of {figures.format_number(card.out_of)} points"
    certified = "certified" if level.certified else "not certified"
    count = len(card.indicators())
    return f"{told}; recomputed {points}, level {level.level}, {certified}, from {count} indicators"


def _read_page(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {page}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{page} is no page of ours: it is not UTF-8") from None
