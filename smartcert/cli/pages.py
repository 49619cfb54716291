"""``smartcert page``, ``committee review`` and ``register page``: pages beside the reports of a round."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from smartcert.cli.options import FILE, FOLDER, LANGUAGES, day_option, languages_option, list_languages
from smartcert.errors import UsageError
from smartcert.files import write_atomic


@click.command()
@click.argument("notebook", metavar="NOTEBOOK")
@click.argument("round_name", metavar="ROUND", default="example")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Language of the page.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    show_default="those of the notebook",
    help="A parameter of the notebook; may be repeated.",
)
@click.option("--output", type=FILE, show_default="NOTEBOOK.LANGUAGE.html", help="The file to write.")
def page(notebook: str, round_name: str, language: str, parameters: tuple[str, ...], output: Path | None) -> None:
    """Write the page of one notebook that is run over ROUND.

    NOTEBOOK is the name of one: weight_explorer, methodology_audit, rules_comparison ... The page needs nothing else.
    """
    from smartcert.batch.notebook_page import render_notebook  # heavy: it runs the cells in this process

    content = render_notebook(notebook, round_name, language, dict(map(_parse_parameter, parameters)))
    path = output or Path(f"{notebook}.{language}.html")
    write_atomic(path, content.encode())
    click.echo(str(path))


def _parse_parameter(text: str) -> tuple[str, str | int | float]:
    """Return one parameter; a number where the value is written as one."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError(f"'{text}' is not a parameter; write it as NAME=VALUE")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option(
    "--reader", default="", metavar="EVALUATOR", show_default="for the chair", help="Make the page for this evaluator."
)
@languages_option
@click.option("--output", type=FOLDER, show_default="outputs/<round>/committee", help="Folder for the pages.")
def review(round_name: str, reader: str, language: str, output: Path | None) -> None:
    """Write the page on the committee and its marks.

    It shows law, votes, discussion, agreement, severity, influence and inspection. A page for an evaluator shows no
    figure that depends on the marks of an applicant that the evaluator does not judge.
    """
    from smartcert.batch.pages import render_review

    for path in render_review(round_name, reader, list_languages(language), output):
        click.echo(path)


@click.command("page")
@day_option
@languages_option
@click.option("--output", type=FOLDER, show_default="outputs/certification", help="Folder for the pages.")
def history(day: date, language: str, output: Path | None) -> None:
    """Write the page on the public history of certificates.

    It shows who is certified, timelines, coverage and sources.
    """
    from smartcert.batch.pages import render_history

    for path in render_history(day, list_languages(language), output):
        click.echo(path)
