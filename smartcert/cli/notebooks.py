"""Lab, page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click

from smartcert.cli.options import LANGUAGES, detect_language
from smartcert.errors import UsageError

# --- ``smartcert lab``: JupyterLab on the notebooks, with the round chosen.

_OFFLINE_SETTINGS = {
    "news_url": "None",
    "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "extension_manager": "readonly",
}
"""Settings without which JupyterLab would ask other machines."""


@click.command()
@click.argument("round_name", metavar="ROUND", default="example")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=detect_language,
    help="Of the notebooks. [default: the locale's]",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where your copies of the notebooks are kept. [default: lab/<round>]",
)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: 8888 or the next that is free]")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- JUPYTER OPTIONS]")
def lab(
    round_name: str, language: str, folder: Path | None, no_browser: bool, port: int | None, options: tuple[str, ...]
) -> None:
    """Open JupyterLab on copies of the notebooks that are set to ROUND.

    Copies that are already there are left as you made them. The server answers this machine only, and asks for the
    token in the address that it prints. It asks no other machine for news, updates or extensions.
    """
    from smartcert import paths as home

    chosen = home.find_round_folder(round_name)
    own = (folder or Path("lab") / chosen.name).resolve()
    made, kept = copy_notebooks(home.PROJECT_ROOT / "notebooks", own, chosen, language)
    click.echo(f"{own}: {made} notebooks copied, {kept} left as they are", err=True)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={own}", "--ServerApp.ip=127.0.0.1"]
    command += [f"--LabApp.{name}={value}" for name, value in _OFFLINE_SETTINGS.items()]
    command += ["--no-browser"] if no_browser else []
    command += [f"--ServerApp.port={port}"] if port else []
    command += options
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603  # our own interpreter, words of our own
    except KeyboardInterrupt:
        return
    if code:
        raise SystemExit(code)


def copy_notebooks(notebooks: Path, folder: Path, chosen: Path, language: str) -> tuple[int, int]:
    """Copy the notebooks into a folder, set to a round and a language; return how many were made, and left alone.

    Raises:
        UsageError: the folder is the one of the notebooks themselves, or cannot be written.
    """
    import nbformat

    if folder == notebooks.resolve():
        raise UsageError(f"{folder} holds the notebooks themselves; choose another folder")
    made = kept = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(notebooks.glob("*.ipynb")):
            if (folder / path.name).exists():
                kept += 1
                continue
            notebook = nbformat.read(path, as_version=4)
            for cell in notebook.cells:
                if "parameters" in cell.metadata.get("tags", []):
                    cell.source = _set_parameter(
                        _set_parameter(cell.source, "round", str(chosen)), "language", language
                    )
            nbformat.write(notebook, folder / path.name)
            made += 1
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {error.strerror}") from None
    return made, kept


def _set_parameter(source: str, name: str, value: str) -> str:
    """Return a cell of parameters with one of them set; what stands behind it on its line stays."""
    return re.sub(rf'^{name} = "[^"]*"', lambda _: f"{name} = {value!r}", source, flags=re.MULTILINE)


# --- ``smartcert page``: one notebook run over a round and written as a page that needs nothing else.


@click.command()
@click.argument("notebook", metavar="NOTEBOOK")
@click.argument("round_name", metavar="ROUND", default="example")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko", show_default=True, help="Of the page.")
@click.option("-p", "--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Another parameter; repeatable.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="[default: NOTEBOOK.LANGUAGE.html]")
def page(notebook: str, round_name: str, language: str, given: tuple[str, ...], output: Path | None) -> None:
    """Run NOTEBOOK (weight_explorer, methodology_audit, rules_comparison ...) over ROUND and write it as a page."""
    from smartcert.batch.pages import render_notebook

    made = render_notebook(notebook, round_name, language, dict(_parse_parameter(one) for one in given))
    path = output or Path(f"{notebook}.{language}.html")
    try:
        path.write_text(made, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    click.echo(str(path))


def _parse_parameter(text: str) -> tuple[str, str | int | float]:
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
