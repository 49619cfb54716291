"""A registry file to a `Registry`: our own table, or the ministry's export of any month, told apart by the heading."""

from __future__ import annotations

from pathlib import Path

from smartcert.errors import InputError
from smartcert.home import HOME
from smartcert.intake.ministry_export import is_export, read_export
from smartcert.intake.registry_table import read_own
from smartcert.intake.text import FileText, read_file
from smartcert.model.applicant import Registry

SHIPPED = "local_governments.2023-10.csv"
"""The table that comes with the house; English names of an export are taken from it."""


def read_registry(path: Path) -> Registry:
    """Return the registry of a file.

    Two kinds of files are read: a table of ours (``code,name_ko,...``), and the export of resident registration
    figures from jumin.mois.go.kr, whose first column is 행정구역. English names and notes of an export come from the
    table that is shipped, by code, else by Korean name; where it has none the Korean name stands for both.

    Raises:
        InputError: the file is neither, or something in it is wrong: every problem.
    """
    return registry_of(read_file(path), path.name)


def registry_of(source: FileText, name: str) -> Registry:
    """Return the registry of a text that was read already; ``name`` is the file's, as the registry's source tells it.

    Raises:
        InputError: as `read_registry`.
    """
    if is_export(source.text):
        return read_export(source, name, _shipped())
    return read_own(source)


def _shipped() -> Registry:
    try:
        return read_own(read_file(HOME / "parameters" / "registry" / SHIPPED))
    except InputError:
        # names only: without the table every entry keeps its Korean name
        return Registry(as_of="", entries=(), source="")
