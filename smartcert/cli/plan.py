"""``smartcert plan`` and ``smartcert why``: what a run would make again, and which part made it so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.run import AUDIENCES, BOTH, audience_option, languages_option, output_option

if TYPE_CHECKING:
    from smartcert.batch.order import Order


@click.command()
@click.argument("round_name", metavar="ROUND")
@languages_option
@audience_option
@output_option
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per report.")
def plan(round_name: str, language: str, audiences: tuple[str, ...], output: Path | None, as_json: bool) -> None:
    """Tell how each report of ROUND stands before a run: fresh, or what made it stale. Nothing is made."""
    from smartcert.batch.planning import plan_of

    found = plan_of(_order(round_name, language, audiences, output))
    for one in found:
        if as_json:
            plain = {"page": one.page, "state": one.freshness.value, "because": list(one.because)}
            click.echo(json.dumps(plain, ensure_ascii=False))
        elif not one.fresh:
            click.echo(f"{one.page}: {one.freshness}{_because(one.because)}")
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
    from smartcert.batch.planning import why as explained

    order = _order(round_name, language, audiences, output)
    for state, then, now in explained(order, applicant_id):
        click.echo(f"{state.page}: {state.freshness}{_because(state.because)}")
        for part in sorted({*then, *now}):
            click.echo(f"  {part:12} {_change(then.get(part), now.get(part))}")


def _order(round_name: str, language: str, audiences: tuple[str, ...], output: Path | None) -> Order:
    from smartcert.batch.order import Order
    from smartcert.reporting.record import Audience

    return Order(
        round=round_name,
        languages=("ko", "en") if language == BOTH else (language,),
        output=output,
        audiences=tuple(Audience(name) for name in AUDIENCES if name in audiences),
    )


def _because(because: tuple[str, ...]) -> str:
    return f" ({', '.join(because)})" if because else ""


def _change(then: str | None, now: str | None) -> str:
    if then == now:
        return f"the same     {(now or '')[:12]}"
    return f"another one  {(then or 'not made')[:12]} -> {(now or 'gone')[:12]}"
