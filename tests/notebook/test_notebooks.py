"""The notebooks of the batch: they load, call and show, and are the same whoever runs them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from nbconvert import ScriptExporter

from smartcert.batch.engine import LANGUAGE_INFO
from smartcert.batch.parameters import list_parameters
from smartcert.errors import InputError, UsageError
from smartcert.notebook import open_report
from smartcert.paths import find_notebook
from smartcert.reporting.page import PAGE_MIME, STYLE_MIME, PageSection
from smartcert.reporting.records import to_json
from tests.support import sample_records
from tests.support.report_pages import SECTIONS

FOLDER = find_notebook("applicant_report").parent
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

BATCH = [path for path in NOTEBOOKS if path.stem in ("applicant_report", "round_summary")]
each_notebook_of_the_batch = pytest.mark.parametrize("path", BATCH, ids=lambda path: path.stem)

ALLOWED = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.AnnAssign, ast.Assign, ast.Expr, ast.Call, ast.keyword,
    ast.Attribute, ast.Name, ast.Constant, ast.Load, ast.Store,
)  # fmt: skip
"""Loading, calling and showing. No definition, branch, loop, arithmetic, comparison, index or literal collection."""


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@each_notebook_of_the_batch
def test_a_notebook_of_the_batch_loads_calls_and_shows_and_nothing_else(path: Path) -> None:
    for cell in code_cells(path):
        parts = list(ast.walk(ast.parse(cell.source)))
        assert [type(part).__name__ for part in parts if not isinstance(part, ALLOWED)] == []


@each_notebook_of_the_batch
def test_a_notebook_of_the_batch_has_no_number_outside_its_parameters(path: Path) -> None:
    for cell in code_cells(path):
        if "parameters" not in cell.metadata.get("tags", []):
            constants = [part.value for part in ast.walk(ast.parse(cell.source)) if isinstance(part, ast.Constant)]
            assert [value for value in constants if not isinstance(value, str)] == []


@each_notebook
def test_papermill_describes_every_parameter_with_its_type(path: Path) -> None:
    described = papermill.inspect_notebook(str(path))
    declared = list_parameters(nbformat.read(path, as_version=4))
    assert tuple(described) == declared
    for name, parameter in described.items():
        kind = parameter["inferred_type_name"]
        assert type(ast.literal_eval(parameter["default"])).__name__ == kind, name
        assert parameter["help"], name


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.ipynb")), ids=lambda path: path.stem)
def test_nbconvert_writes_a_notebook_as_a_script_of_python(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.language_info == LANGUAGE_INFO
    script, resources = ScriptExporter().from_notebook_node(notebook)
    assert resources["output_extension"] == ".py"
    ast.parse(script)


@pytest.mark.parametrize("source", ["x = 1 + 1", "if x: y()", "[f(i) for i in x]", "x > 3", "lambda: 1", "x[0]"])
def test_the_rule_finds_what_it_forbids(source: str) -> None:
    assert any(not isinstance(part, ALLOWED) for part in ast.walk(ast.parse(source)))


@each_notebook
def test_a_notebook_is_valid_kept_without_outputs_and_declares_its_parameters_first(path: Path) -> None:
    read = nbformat.read(path, as_version=4)
    nbformat.validate(read)
    assert read.metadata.kernelspec.name == "python3"
    cells = code_cells(path)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert set(cells[0].metadata.get("tags", [])) - {"remove-input"} == {"parameters"}
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1
    raw = json.loads(path.read_text("utf-8"))
    assert raw["nbformat_minor"] == 5
    assert len({cell["id"] for cell in raw["cells"]}) == len(raw["cells"])


def test_the_report_calls_every_section_in_order_and_the_typeface_last() -> None:
    calls = [
        part.func.attr
        for cell in code_cells(FOLDER / "applicant_report.ipynb")
        for part in ast.walk(ast.parse(cell.source))
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
    ]
    assert calls == ["head", *SECTIONS, "typeface"]


def run(**parameters: str) -> list[PageSection]:
    """Run the report's cells in this process, as a kernel would show them."""
    names: dict[str, object] = {}
    shown = []
    for cell in code_cells(FOLDER / "applicant_report.ipynb"):
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102  # our own notebook
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))  # noqa: S307  # as above
        if "parameters" in cell.metadata.get("tags", []):
            names |= parameters
    return [one for one in shown if isinstance(one, PageSection)]


def test_the_report_shows_a_page_from_a_record_alone(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_bytes(to_json(sample_records.not_certified()))
    shown = run(record=str(path), language="en", round="no such round", applicant_id="nobody")
    assert len(shown) == 1 + len(SECTIONS)  # the typeface; a record alone knows no earlier round
    assert PAGE_MIME in shown[0].data
    assert STYLE_MIME in shown[-1].data
    assert "Level 4, not certified" in shown[1].html
    assert not any("<style" in str(section._repr_mimebundle_()[0]["text/html"]) for section in shown[:-1])


def test_the_report_opens_the_example_by_its_defaults() -> None:
    shown = run()
    assert shown[0].title == "하늘시 평가 보고서"
    assert "1,394.0점을 받아 4등급으로 산정" in shown[1].html
    seen = shown[:-2]  # the calculation for machines and the typeface of a page are not seen
    assert all(str(section._repr_mimebundle_()[0]["text/html"]).startswith("<style") for section in seen)


def test_an_unknown_parameter_is_told_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="did you mean 'en'"):
        open_report(language="eng")
    with pytest.raises(UsageError, match="did you mean 'haneul'"):
        open_report(applicant_id="hanuel")
    with pytest.raises(UsageError, match="no round 'exampel'"):
        open_report(round="exampel")
    with pytest.raises(UsageError, match="no such file"):
        open_report(record="nowhere.json")


def test_a_file_that_is_no_record_is_an_input_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text('{"format": "smartcert-evaluation/1"}')
    with pytest.raises(InputError, match=r"evaluation\.json"):
        open_report(record=str(path))
    path.write_text("{")
    with pytest.raises(InputError, match=r"evaluation\.json"):
        open_report(record=str(path))


@pytest.mark.notebook
def test_papermill_runs_the_report_by_hand(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(FOLDER / "applicant_report.ipynb"), str(out)]
    subprocess.run([*command, "-p", "applicant_id", "haneul", "-p", "language", "en"], check=True, cwd=tmp_path)
    cells = code_cells(out)
    html = "".join(output.data.get("text/html", "") for cell in cells for output in cell.outputs)
    assert "Haneul-si scored 1,394.0 out of 2,000 points, computed as Level 4." in html
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
