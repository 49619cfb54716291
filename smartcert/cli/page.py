"""``smartcert page``: one notebook run over a round and written as a page that needs nothing else."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.errors import UsageError


@click.command()
@click.argument("notebook", metavar="NOTEBOOK")
@click.argument("round_name", metavar="ROUND", default="example")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko", show_default=True, help="Of the page.")
@click.option("-p", "--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Another parameter; repeatable.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="[default: NOTEBOOK.LANGUAGE.html]")
def page(notebook: str, round_name: str, language: str, given: tuple[str, ...], output: Path | None) -> None:
    """Run NOTEBOOK (weight_explorer, methodology_audit, rules_comparison ...) over ROUND and write it as a page."""
    from smartcert.batch.by_hand import page_by_hand

    made = page_by_hand(notebook, round_name, language, dict(_parameter(one) for one in given))
    path = output or Path(f"{notebook}.{language}.html")
    try:
        path.write_text(made, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    click.echo(str(path))


def _parameter(text: str) -> tuple[str, str | int | float]:
    """Return one parameter; a number where the value is written as one."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError(f"'{text}' is no parameter; write it as NAME=VALUE")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value
