"""``smartcert recompute``: a report's points and level again, from nothing but its page."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.errors import UsageError
from smartcert.recompute import Recomputation
from smartcert.recompute import recompute as recompute_page
from smartcert.reporting.formats import format_number

_MAX_DIFFERENCES = 20
"""How many differences of a page are printed: a screen's worth."""


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="REPORT.html...", type=click.Path(path_type=Path))
@click.option(
    "--all", "everything", is_flag=True, help=f"Print every difference, not only the first {_MAX_DIFFERENCES}."
)
def recompute(pages: tuple[Path, ...], everything: bool) -> None:
    """Check that a report prints what its trace calculates.

    A report is calculated again from the trace that its page carries. Exit code 0 where every page is equal to its
    calculation, 1 where one is not: each difference is listed with the indicator, the column, what is printed and
    what was recomputed.
    """
    equal = True
    for page in pages:
        result = recompute_page(_read_page(page))
        equal = equal and result.equal
        click.echo(f"{page}: {_format_outcome(result)}")
        listed = result.differences if everything else result.differences[:_MAX_DIFFERENCES]
        for difference in listed:
            click.echo(f"  {difference}")
        if len(listed) < len(result.differences):
            click.echo(f"  and {len(result.differences) - len(listed)} more (--all lists them)")
    if not equal:
        raise SystemExit(1)


def _format_outcome(result: Recomputation) -> str:
    outcome = "equal" if result.equal else "not equal"
    record = result.record
    if record is None or record.evaluation.scorecard is None or record.evaluation.level is None:
        return outcome
    card, level = record.evaluation.scorecard, record.evaluation.level
    points = f"{format_number(card.points)} of {format_number(card.out_of)} points"
    criteria = "which meets the criteria" if level.certified else "which is below the criteria"
    count = len(card.indicators())
    return f"{outcome}; recomputed {points}, level {level.level} computed, {criteria}, from {count} indicators"


def _read_page(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {page}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{page} is not a page of this package: it is not UTF-8") from None
