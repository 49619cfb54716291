"""``smartcert recompute``: a report's points and level again, from nothing but its page."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert import __version__
from smartcert.cli.options import LocalPath, language_option
from smartcert.errors import UsageError
from smartcert.recompute import Recomputation
from smartcert.recompute import recompute as recompute_page
from smartcert.recompute.compare import Difference
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import format_number
from smartcert.reporting.problems import translate

_MAX_DIFFERENCES = 20
"""How many differences of a page are printed: a screen's worth."""


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="REPORT.html...", type=LocalPath(path_type=Path))
@click.option(
    "--all", "everything", is_flag=True, help=f"Print every difference, not only the first {_MAX_DIFFERENCES}."
)
@language_option
def recompute(pages: tuple[Path, ...], everything: bool, language: str) -> None:
    """Check that a report prints what its trace calculates.

    A report is calculated again from the trace that its page carries. Exit code 0 where every page is equal to its
    calculation, 1 where one is not: each difference is listed with the indicator, the column, what is printed and
    what was recomputed. A page of another release may differ in words and drawings alone; that is said too.
    Exit code 2 where a file is no report that can be calculated; the others are all the same.
    """
    equal, all_read, words = True, True, Words(language, "commands")
    for page in pages:
        try:
            result = recompute_page(_read_page(page))
        except UsageError as error:
            all_read = False
            message = translate(str(error), language)
            click.echo(message if str(page) in message else f"{page}: {message}", err=True)
            continue
        equal = equal and result.equal
        click.echo(f"{page}: {_format_outcome(result, words)}")
        listed = result.differences if everything else result.differences[:_MAX_DIFFERENCES]
        for difference in listed:
            click.echo(f"  {_format_difference(difference, words)}")
        if len(listed) < len(result.differences):
            click.echo(f"  {words('recompute.more', count=len(result.differences) - len(listed))}")
        if not result.equal and result.record is not None and result.record.package != __version__:
            click.echo(f"  {words('recompute.other_release', printed=result.record.package, recomputed=__version__)}")
    if not equal:
        raise SystemExit(1)
    if not all_read:
        raise SystemExit(UsageError.exit_code)


def _format_outcome(result: Recomputation, words: Words) -> str:
    outcome = words("recompute.equal" if result.equal else "recompute.not_equal")
    record = result.record
    if record is None or record.evaluation.scorecard is None or record.evaluation.level is None:
        return outcome
    card, level = record.evaluation.scorecard, record.evaluation.level
    words = Words(words.language, "commands", scheme=record.round.scheme)  # which names its levels
    return words(
        "recompute.result",
        outcome=outcome,
        points=format_number(card.points),
        out_of=format_number(card.out_of),
        level=level.level,
        criteria=words("recompute.meets" if level.certified else "recompute.below"),
        indicators=len(card.indicators()),
    )


def _format_difference(difference: Difference, words: Words) -> str:
    values = (difference.printed, difference.recomputed)
    printed, recomputed = (translate(text, words.language) or words("recompute.nothing") for text in values)
    where = translate(difference.where, words.language)
    return words("recompute.difference", where=where, printed=printed, recomputed=recomputed)


def _read_page(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {page}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{page} is not a page of this package: it is not UTF-8") from None
