"""Which parameters does a notebook declare, and which modules does it import?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

import click

from smartcert.errors import UsageError, suggest


class UnknownParameterError(UsageError, click.ClickException):
    """A parameter that the notebook does not declare. papermill's command shows it without a traceback."""


def list_parameters(notebook: Any) -> tuple[str, ...]:
    """Return the names that the first cell tagged ``parameters`` assigns, in their order.

    A notebook without such a cell, or with one that is no Python, declares none.
    """
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            return tuple(_iter_assigned_names(cell.source))
    return ()


def check_parameters(notebook: Any, given: Iterable[str]) -> None:
    """Raise for the parameters in ``given`` that the notebook does not declare; papermill only logs them.

    Raises:
        UnknownParameterError: names every unknown parameter, the nearest declared one, and all of them.
    """
    declared = list_parameters(notebook)
    unknown = [name for name in given if name not in declared]
    if unknown:
        names = ", ".join(f"'{name}'{suggest(name, declared)}" for name in unknown)
        raise UnknownParameterError(f"unknown notebook parameter {names}; there are: {', '.join(declared) or 'none'}")


def list_imports(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules that the code cells import, sorted: a warm process imports them before it forks.

    The notebook may be as it stands in its file: nbformat, which takes long to import, is not needed for this.
    """
    modules: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            modules.update(
                _iter_imported_modules("".join(cell["source"]))
            )  # in a file the source may be a list of lines
    return tuple(sorted(modules))


def _iter_assigned_names(source: str) -> Iterable[str]:
    for statement in _parse(source):
        if isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id


def _iter_imported_modules(source: str) -> Iterable[str]:
    for statement in _parse(source):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module


def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # magics and other languages: nothing to read
        return []
