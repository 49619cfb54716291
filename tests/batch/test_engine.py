"""Our papermill engine by hand: the notebook looks as if a kernel had run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from smartcert.batch.render import scrub_notebook
from tests.support.small_example import toy

pytestmark = pytest.mark.notebook

PROBES = (
    "import sys, warnings\nprint('하나', name)\nprint('oops', file=sys.stderr)\nprint('two')",
    "from IPython.display import HTML, Markdown, clear_output, display",
    "display(HTML('<b>x</b>'), metadata={'text/html': {'isolated': True}}); 3",
    "class Both:\n    def _repr_mimebundle_(self, **_):\n"
    "        data = {'text/plain': 'b', 'text/html': '<i>', 'application/x+json': {'a': [1]}}\n"
    "        return data, {'text/html': {'k': 1}}\n"
    "Both()",
    "handle = display('one', display_id='k')",
    "handle.update(Markdown('*two*'))",
    "print(1); clear_output(wait=True); print(2)",
    "import pandas as pd\npd.DataFrame({'a': [1.5, None]})",
    "warnings.warn('be warned')",
    "object()",
    "import asyncio\nawait asyncio.sleep(0)\n_ is None, __name__, get_ipython().__class__.__name__",
    "%%capture caught\nprint('hidden')",
    "caught.stdout, Out.keys(), In[1][:6]",
    "'quiet';",
    "import matplotlib.pyplot as plt\nplt.subplots(figsize=(1, 1))\nplt.show()",
    "",
)


def papermill(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    nbformat.write(toy(*PROBES, parameters="name = 'x'"), tmp_path / "probes.ipynb")
    return tmp_path


def test_a_notebook_looks_the_same_as_from_a_kernel(probes: Path) -> None:
    texts = []
    for engine in ("smartcert", "nbclient"):
        done = papermill("--engine", engine, "probes.ipynb", f"{engine}.ipynb", "-p", "name", "둘", cwd=probes)
        assert done.returncode == 0, done.stderr
        texts.append(scrub_notebook(nbformat.read(probes / f"{engine}.ipynb", as_version=4), {}, str(probes)))
    assert texts[0].splitlines() == texts[1].splitlines()
    assert "하나 둘" in texts[0]
    assert "image/png" in texts[0]


def test_an_unknown_parameter_by_hand_is_told_without_a_traceback(probes: Path) -> None:
    done = papermill("--engine", "smartcert", "probes.ipynb", "out.ipynb", "-p", "nam", "x", cwd=probes)
    assert done.returncode == 2
    assert "unknown notebook parameter 'nam' (did you mean 'name'?)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cell_that_raises_stops_the_notebook_as_in_papermill(tmp_path: Path) -> None:
    nbformat.write(toy("1", "1/0", "2"), tmp_path / "bad.ipynb")
    done = papermill("--engine", "smartcert", "bad.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    counts = [cell.get("execution_count") for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells]
    assert counts == [None, 1, None, 2, None]  # papermill adds two cells that point at the error


ENDINGS = {
    "undefined magic": "%undefined-line-magic",
    "raised interrupt": "raise KeyboardInterrupt",
    "time-out": "import time\ntime.sleep(60)",
    "exit with a code": "import sys\nsys.exit(1)",
    "syntax": "print 'x'",
    "error in a magic": "%%time\n1/0",
}
"""Cells that end a notebook, each in its own way."""


@pytest.mark.parametrize("source", ENDINGS.values(), ids=ENDINGS)
def test_a_cell_ends_a_notebook_as_it_does_in_a_kernel(tmp_path: Path, source: str) -> None:
    nbformat.write(toy("1", source, "2"), tmp_path / "a.ipynb")
    results = []
    for engine in ("smartcert", "nbclient"):
        done = papermill("--engine", engine, "a.ipynb", f"{engine}.ipynb", "--execution-timeout", "2", cwd=tmp_path)
        cells = nbformat.read(tmp_path / f"{engine}.ipynb", as_version=4).cells
        outputs = [
            (output.output_type, output.get("ename"), output.get("evalue"), output.get("name"))
            for cell in cells
            for output in cell.get("outputs", [])
        ]
        marks = [
            (cell.metadata.papermill.exception, cell.metadata.papermill.status)
            for cell in cells
            if "papermill" in cell.metadata
        ]
        results.append((done.returncode, outputs, marks, [cell.get("execution_count") for cell in cells]))
    assert results[0] == results[1]
    assert results[0][0] == 1


def test_ctrl_c_ends_the_notebook_and_not_only_its_cell(tmp_path: Path) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)"
    nbformat.write(toy(source, "print('never')"), tmp_path / "a.ipynb")
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode != 0
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [(cell.execution_count, len(cell.outputs)) for cell in cells] == [(1, 1), (None, 0)]


def test_parameters_of_an_earlier_run_in_the_file_are_not_those_given_now(tmp_path: Path) -> None:
    notebook = toy("1")
    notebook.metadata["papermill"] = {"parameters": {"old": 1}}
    nbformat.write(notebook, tmp_path / "a.ipynb")
    assert papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path).returncode == 0
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "-p", "new", "2", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown notebook parameter 'new'" in done.stderr


def test_what_is_logged_or_echoed_is_what_was_printed(tmp_path: Path) -> None:
    nbformat.write(toy("print('to be seen')"), tmp_path / "a.ipynb")
    arguments = ("--engine", "smartcert", "a.ipynb", "out.ipynb", "--log-output", "--stdout-file", "said.txt")
    done = papermill(*arguments, cwd=tmp_path)
    assert "to be seen" in done.stderr
    assert (tmp_path / "said.txt").read_text() == "to be seen\n"


def test_the_process_is_given_back_as_it_was(tmp_path: Path) -> None:
    nbformat.write(toy("import os, sys\nos.environ['X'] = '1'\nsys.stdout = None"), tmp_path / "a.ipynb")
    code = """
import os, sys, json
from IPython.core.interactiveshell import InteractiveShell
from papermill import execute_notebook
mine = InteractiveShell.instance()
before = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, sys.modules["__main__"], dict(os.environ))
for _ in range(2):
    execute_notebook("a.ipynb", None, engine_name="smartcert", progress_bar=False)
after = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, sys.modules["__main__"], dict(os.environ))
print(json.dumps([before == after, InteractiveShell.instance() is mine]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [True, True]


def test_the_template_is_found_by_nbconvert(tmp_path: Path) -> None:
    nbformat.write(toy("1"), tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "smartcert", "a.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert 'class="smartcert-page"' in (tmp_path / "a.html").read_text(encoding="utf-8")
