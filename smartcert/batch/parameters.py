"""Which parameters does a notebook declare, which modules does it import, and does it call anything but ours?"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from smartcert.errors import UsageError, suggest


class UnknownParameterError(UsageError, click.ClickException):
    """A parameter that the notebook does not declare. papermill's command shows it without a traceback."""


def list_parameters(notebook: Any) -> tuple[str, ...]:
    """Return the names that the first cell tagged ``parameters`` assigns, in their order.

    Lines of magics and of commands to the system are passed over, as papermill does. A notebook without such a cell, or
    with one that is no Python, declares none.
    """
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            return tuple(_iter_assigned_names(_MAGIC_LINE.sub("", cell.source)))
    return ()


def check_parameters(notebook: Any, given: Iterable[str]) -> None:
    """Raise an `UnknownParameterError` for what the notebook does not declare; papermill only logs it."""
    declared = list_parameters(notebook)
    unknown = [name for name in given if name not in declared]
    if unknown:
        names = ", ".join(f"'{name}'{suggest(name, declared)}" for name in unknown)
        raise UnknownParameterError(f"unknown notebook parameter {names}; there are: {', '.join(declared) or 'none'}")


def read_notebook(path: Path) -> str:
    """Return a notebook's source without a mark of its encoding; a UsageError where it cannot be run."""
    try:
        source = path.read_text(encoding="utf-8-sig")
        check_notebook(source)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: it is cut off or no JSON: {error}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from None
    return source


def check_notebook(source: str) -> None:
    """Raise a ValueError, without nbformat, which loads long, for what stands in a notebook and cannot be run."""
    notebook = json.loads(source)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if isinstance(notebook, dict) and notebook.get("nbformat", 4) != 4:
        raise ValueError(f"it is of nbformat {notebook['nbformat']}: open and save it in JupyterLab, which writes 4")
    if not isinstance(cells, list) or "nbformat" not in notebook or type(notebook.get("nbformat_minor")) is not int:
        raise ValueError("it is no notebook: it has no list of cells, or does not say its nbformat")
    kernel = metadata.get("kernelspec") if isinstance(metadata := notebook.get("metadata"), dict) else None
    if not isinstance(kernel, dict) or not isinstance(kernel.get("name"), str):
        raise ValueError("it names no kernel: choose one in JupyterLab and save it")
    for number, cell in enumerate(cells, 1):
        if problem := _describe_cell_problem(cell):
            raise ValueError(f"cell {number} of all: {problem}")


def _describe_cell_problem(cell: Any) -> str:
    """Return why a cell, as it stands in a file, is none; empty where it is one."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return "it is no cell of code, of Markdown or raw"
    if not _is_text(cell.get("source")) or not isinstance(cell.get("id", ""), str):
        return "its source or its id is no text"
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("tags", []), list):
        return "its metadata are no mapping, or its tags no list"
    for tag in metadata.get("tags", []):
        if isinstance(tag, str) and tag not in _HIDING_TAGS and _HIDING.fullmatch(tag.strip()):
            return f"its tag '{tag}' hides nothing on a page: there are {' and '.join(_HIDING_TAGS)}"
    outputs = cell.get("outputs", [] if cell["cell_type"] != "code" else None)
    if not isinstance(outputs, list) or not all(map(_is_output, outputs)):
        return "it has no list of outputs"
    attachments = cell.get("attachments", {})
    if not isinstance(attachments, dict) or not all(isinstance(parts, dict) for parts in attachments.values()):
        return "its attachments are no mapping"
    return ""


_MAGIC_LINE = re.compile(r"^(?:%(?!%)|!).*$", re.MULTILINE)
_HIDING_TAGS = ("remove-cell", "remove-output")
_HIDING = re.compile(
    r"(?:remove|hide|exclude|skip|delete|no)[-_ ]?(?:(?:all|single|this)[-_ ]?)?(?:cells?|outputs?|std(?:out|err)|all)",
    re.IGNORECASE,
)
"""A tag by which people or other tools leave out a cell, or what it shows: here it would be shown in silence."""


def _is_output(output: Any) -> bool:
    kind = output.get("output_type") if isinstance(output, dict) else None
    if not isinstance(kind, str) or not isinstance(output.get("data", {}), dict):
        return False
    return _is_text(output.get("text", None if kind == "stream" else ""))


def _is_text(value: Any) -> bool:
    """Return whether a value of a file is a text: a string, or a list of its lines."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


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
    for statement in _parse(source) or ():
        if isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id


def _iter_imported_modules(source: str) -> Iterable[str]:
    for statement in _parse(source) or ():
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module


def _parse(source: str) -> list[ast.stmt] | None:
    """Return the statements of a cell; None where it has magics, is in another language or cannot be read as Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: it is nested too deeply
        return None


@lru_cache(maxsize=4)
def calls_only_ours(source: str) -> bool:
    """Return whether the cells of a notebook do nothing but set parameters, open a report and show its sections."""
    if not source:
        return False
    known: set[str] = set()
    for cell in json.loads(source)["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and "remove-cell" not in cell["metadata"].get("tags", []):
            return False
        if cell["cell_type"] == "code":
            statements = _parse(text)
            if statements is None or not all(_is_ours(statement, known) for statement in statements):
                return False
    return True


def _is_ours(statement: ast.stmt, known: set[str]) -> bool:
    """Return whether a statement sets a constant, imports or calls something of ours; it adds to the names known."""
    match statement:
        case ast.AnnAssign(target=ast.Name(), value=ast.Constant()):
            return True
        case ast.ImportFrom(module=str(module), level=0) if module.startswith("smartcert."):
            known.update(alias.asname or alias.name for alias in statement.names)
            return True
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(func=ast.Name(id=name)) as call):
            is_ours = name in known and _has_plain_arguments(call)
            known.add(target)
            return is_ours
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            return name in known and _has_plain_arguments(call)
    return False


def _has_plain_arguments(call: ast.Call) -> bool:
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return all(isinstance(value, ast.Name | ast.Constant) for value in given)
