"""``smartcert lab``: JupyterLab on copies of the notebooks that are set to a round."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import nbformat

from smartcert.batch.parameters import read_notebook
from smartcert.cli.options import FOLDER, language_option
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.paths import PROJECT_ROOT, find_round_folder
from smartcert.reporting.catalogue import Words

_OFFLINE_SETTINGS = {
    "news_url": "None",
    "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "extension_manager": "readonly",
}
"""Settings without which JupyterLab would ask other machines."""


@click.command()
@click.argument("round_name", metavar="ROUND", default="example")
@language_option
@click.option("--folder", type=FOLDER, show_default="lab/<round>", help="Folder of your copies of the notebooks.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option(
    "--port", type=click.IntRange(1, 65535), show_default="8888 or the next that is free", help="Port of the server."
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- JUPYTER OPTIONS]")
def lab(
    round_name: str, language: str, folder: Path | None, no_browser: bool, port: int | None, options: tuple[str, ...]
) -> None:
    """Show the notebooks, set to ROUND, in JupyterLab.

    It opens copies; those that exist already are left as you changed them. The server answers this machine only, and
    asks for the token in the address that it prints. It asks no other machine for news, updates or extensions.
    """
    round_folder = find_round_folder(round_name)
    own = (folder or Path("lab") / round_folder.name).resolve()
    copied, existing = copy_notebooks(PROJECT_ROOT / "notebooks", own, round_folder, language)
    words = Words(language, "commands")
    click.echo(words("lab.copied", folder=str(own), copied=copied, existing=existing), err=True)
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


def copy_notebooks(notebooks: Path, folder: Path, round_folder: Path, language: str) -> tuple[int, int]:
    """Copy the notebooks into a folder, set to a round and a language; return how many were copied, and left alone.

    Raises:
        UsageError: the folder is the one of the notebooks themselves, or cannot be written, or a notebook is none.
    """
    if folder == notebooks.resolve():
        raise UsageError(f"{folder} holds the notebooks themselves; choose another folder")
    copied = existing = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(notebooks.glob("*.ipynb")):
            if (folder / path.name).exists():
                existing += 1
                continue
            notebook = nbformat.reads(read_notebook(path), as_version=4)
            for cell in notebook.cells:
                if "parameters" in cell.metadata.get("tags", []):
                    cell.source = _set_parameter(cell.source, "round", str(round_folder))
                    cell.source = _set_parameter(cell.source, "language", language)
            write_atomic(folder / path.name, nbformat.writes(notebook).encode() + b"\n")
            copied += 1
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {error.strerror}") from None
    return copied, existing


def _set_parameter(source: str, name: str, value: str) -> str:
    """Return a cell of parameters with one of them set, if it has it; type and a comment on its line stay."""
    return re.sub(
        rf'^({name}(?:: \w+)?) = "[^"]*"', lambda found: f"{found[1]} = {value!r}", source, flags=re.MULTILINE
    )
