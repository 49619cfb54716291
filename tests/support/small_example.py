"""The example round cut down to a few applicants, and notebooks that misbehave, for the tests of the batch."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from smartcert import paths as home
from smartcert.batch.ledger import MANIFEST, UNLISTED_FILES
from smartcert.batch.request import Notebooks

EXAMPLE = home.PROJECT_ROOT / "parameters" / "rounds" / "example"


def small_example(folder: Path, applicants: Iterable[str]) -> Path:
    """Return a copy of the example round that holds these applicants only; a round has the name of its folder."""
    assert folder.name == EXAMPLE.name
    kept = set(applicants)
    shutil.copytree(EXAMPLE, folder)
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = csv.reader(file)
        if "applicant" not in heading:
            continue
        place = heading.index("applicant")
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *(row for row in rows if row[place] in kept)])
    return folder


def package_notebook(name: str = "applicant_report") -> Any:
    """Return one of the notebooks of the house."""
    return nbformat.read(home.find_notebook(name), as_version=4)


def with_first_cell(code: str, name: str = "applicant_report") -> Notebooks:
    """Return the notebooks of the house, one of them with a cell of code right after its parameters."""
    notebook = package_notebook(name)
    place = next(n for n, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code, id="mischief"))
    changed = "applicant" if name == "applicant_report" else "summary"
    return replace(Notebooks.from_package(), **{changed: nbformat.writes(notebook)})


def toy(*sources: str, parameters: str = "") -> Any:
    """Return a notebook of these code cells, with a parameters cell before them if one is given."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    if parameters:
        cells.insert(0, nbformat.v4.new_code_cell(parameters, id="given", metadata={"tags": ["parameters"]}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def files(folder: Path) -> dict[str, bytes]:
    """Return every output below a folder with its content; what tells about the run itself is left out."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name not in UNLISTED_FILES - {MANIFEST}}


def alter(path: Path) -> bytes:
    """Change one bit in the middle of a file and return what it was before."""
    before = path.read_bytes()
    middle = len(before) // 2
    path.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
    return before
