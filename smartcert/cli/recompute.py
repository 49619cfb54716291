"""``smartcert recompute``: a report's points and level again, from nothing but its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.recompute import Recomputation

_TOLD = 20
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
        result = again(_text(page))
        equal = equal and result.equal
        click.echo(f"{page}: {_outcome(result)}")
        shown = result.differences if everything else result.differences[:_TOLD]
        for difference in shown:
            click.echo(f"  {difference}")
        if len(shown) < len(result.differences):
            click.echo(f"  and {len(result.differences) - len(shown)} more (--all tells them)")
    if not equal:
        raise SystemExit(1)


def _outcome(result: Recomputation) -> str:
    from smartcert.reporting import figures

    told = "equal" if result.equal else "not equal"
    record = result.record
    if record is None or record.evaluation.scorecard is None or record.evaluation.level is None:
        return told
    card, level = record.evaluation.scorecard, record.evaluation.level
    points = f"{figures.number(card.points)} of {figures.number(card.out_of)} points"
    certified = "certified" if level.certified else "not certified"
    count = len(card.indicators())
    return f"{told}; recomputed {points}, level {level.level}, {certified}, from {count} indicators"


def _text(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {page}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{page} is no page of ours: it is not UTF-8") from None
