"""An executed notebook without what differs from run to run: times, paths, process ids, addresses, random ids."""

from __future__ import annotations

import os
import re
from typing import Any

import nbformat

INJECTED = "injected-parameters"
"""The tag of the cell that papermill adds, and the id that we give it."""

_KEPT_OF_A_CELL = ("tags", "jupyter", "collapsed", "editable", "slideshow")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_CELL_FILE = re.compile(r"\S*ipykernel_\d+(?=[/\\])")


def scrub(notebook: Any, parameters: dict[str, str], folder: str) -> str:
    """Return the executed notebook as text: what it computed stays, what the run left in it goes.

    ``folder`` is where the cells ran; where a text names it, it becomes ``.``.

    The same cells with the same outputs give the same text, whichever engine ran them.
    """
    metadata = notebook.metadata
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": metadata.get("kernelspec", {}),
            "language_info": {"name": metadata.get("language_info", {}).get("name", "python")},
            "papermill": {"parameters": parameters},
        }
    )
    for number, cell in enumerate(notebook.cells):
        _scrub_cell(cell, number, folder)
    return str(nbformat.writes(notebook)) + "\n"


def _scrub_cell(cell: Any, number: int, folder: str) -> None:
    cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in _KEPT_OF_A_CELL if cell.metadata.get(key)})
    if INJECTED in cell.metadata.get("tags", []):
        cell.id = INJECTED
    cell.setdefault("id", f"cell-{number}")
    if cell.cell_type == "code":
        cell.outputs = [_scrub_output(output, folder) for output in _streams_joined(cell.outputs)]


def _streams_joined(outputs: list[Any]) -> list[Any]:
    """Join what was printed between two displays: stdout, then stderr. A kernel cuts it by the clock."""
    joined: list[Any] = []
    printed: dict[str, str] = {}

    def end() -> None:
        for name in sorted(printed, reverse=True):
            joined.append(nbformat.v4.new_output("stream", name=name, text=printed[name]))
        printed.clear()

    for output in outputs:
        if output.output_type == "stream":
            printed[output.name] = printed.get(output.name, "") + output.text
        else:
            end()
            joined.append(output)
    end()
    return joined


def _scrub_output(output: Any, folder: str) -> Any:
    if output.output_type == "stream":
        output.text = _plain(output.text, folder)
    elif "text/plain" in output.get("data", {}):
        output.data["text/plain"] = _plain(output.data["text/plain"], folder)
    return output


def _plain(text: str, folder: str) -> str:
    text = text.replace(os.path.realpath(folder), ".").replace(folder, ".")
    return _CELL_FILE.sub("ipykernel", _ADDRESS.sub("0x0", text))
