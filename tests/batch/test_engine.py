"""Our papermill engine by hand: the notebook looks as if a kernel had run it."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smartcert.batch import engine as our_engine
from smartcert.batch.render import scrub_notebook
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from tests.support.forked_commands import ForkedCommands, fork_commands
from tests.support.patience import PATIENCE, lengthen
from tests.support.small_example import files, small_example, toy, with_first_cell

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


Papermill = Callable[..., subprocess.CompletedProcess[str]]


def start_papermill(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it in a process that imports everything itself."""
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture(scope="module")
def commands() -> Iterator[ForkedCommands]:
    with fork_commands("papermill.cli") as started:
        yield started


@pytest.fixture
def papermill(commands: ForkedCommands) -> Papermill:
    return lambda *arguments, cwd: commands.run("papermill", "--no-progress-bar", *arguments, cwd=cwd)


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    nbformat.write(toy(*PROBES, parameters="name = 'x'"), tmp_path / "probes.ipynb")
    return tmp_path


def test_a_notebook_looks_the_same_as_from_a_kernel(probes: Path, papermill: Papermill) -> None:
    texts = []
    for engine in ("smartcert", "nbclient"):
        done = papermill("--engine", engine, "probes.ipynb", f"{engine}.ipynb", "-p", "name", "둘", cwd=probes)
        assert done.returncode == 0, done.stderr
        executed = nbformat.read(probes / f"{engine}.ipynb", as_version=4)
        texts.append(scrub_notebook(executed, {}, str(probes)).decode())
    assert texts[0].splitlines() == texts[1].splitlines()
    assert "하나 둘" in texts[0]
    assert "image/png" in texts[0]


def test_an_unknown_parameter_by_hand_is_told_without_a_traceback(probes: Path, papermill: Papermill) -> None:
    done = papermill("--engine", "smartcert", "probes.ipynb", "out.ipynb", "-p", "nam", "x", cwd=probes)
    assert done.returncode == 2
    assert "unknown notebook parameter 'nam' (did you mean 'name'?)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cell_that_raises_stops_the_notebook_as_in_papermill(tmp_path: Path, papermill: Papermill) -> None:
    nbformat.write(toy("1", "1/0", "2"), tmp_path / "bad.ipynb")
    done = papermill("--engine", "smartcert", "bad.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    counts = [cell.get("execution_count") for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells]
    assert counts == [None, 1, None, 2, None]  # papermill adds two cells that point at the error


ENDINGS = {
    "undefined magic": "%undefined-line-magic",
    "raised interrupt": "raise KeyboardInterrupt",
    "time-out": "import time\ntime.sleep(600)",
    "exit with a code": "import sys\nsys.exit(1)",
    "syntax": "print 'x'",
    "error in a magic": "%%time\n1/0",
}
"""Cells that end a notebook, each in its own way."""


def has_come_to(count: int, cells: list[Any]) -> bool:
    """Return whether a cell got this execution count: it had its turn before a time-out."""
    return any(cell.get("execution_count") == count for cell in cells)


@pytest.mark.parametrize("source", ENDINGS.values(), ids=ENDINGS)
def test_a_cell_ends_a_notebook_as_it_does_in_a_kernel(tmp_path: Path, papermill: Papermill, source: str) -> None:
    nbformat.write(toy("1", source, "2"), tmp_path / "a.ipynb")
    results = []
    for engine in ("smartcert", "nbclient"):
        for seconds in lengthen(2 if source == ENDINGS["time-out"] else PATIENCE):
            arguments = ("--engine", engine, "a.ipynb", f"{engine}.ipynb", "--execution-timeout", str(seconds))
            done = papermill(*arguments, cwd=tmp_path)
            cells = nbformat.read(tmp_path / f"{engine}.ipynb", as_version=4).cells
            if has_come_to(2, cells):
                break
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


@pytest.mark.parametrize(("source", "ends"), [("exit()", True), ("exit(0)", True), ("quit(keep_kernel=True)", False)])
def test_a_call_of_exit_is_an_error_that_says_what_to_do(
    tmp_path: Path, papermill: Papermill, source: str, *, ends: bool
) -> None:
    nbformat.write(toy(source, "2"), tmp_path / "a.ipynb")
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode == ends
    assert ("raise SystemExit" in done.stderr) == ends


LOGGING = "import logging\nlogging.basicConfig(level='INFO', format='%(message)s')\nlogging.info('of the cell')"


def test_cells_set_up_logging_for_themselves(tmp_path: Path, papermill: Papermill) -> None:
    nbformat.write(toy(LOGGING, "print('to be seen')"), tmp_path / "a.ipynb")
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "--log-output", cwd=tmp_path)
    (said, seen) = (cell.outputs[0] for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells)
    assert (said.name, said.text, seen.text) == ("stderr", "of the cell\n", "to be seen\n")
    assert "to be seen" in done.stderr  # papermill's own log goes where it went


def test_ctrl_c_ends_the_notebook_and_not_only_its_cell(tmp_path: Path, papermill: Papermill) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)"
    nbformat.write(toy(source, "print('never')"), tmp_path / "a.ipynb")
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode != 0
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [(cell.execution_count, len(cell.outputs)) for cell in cells] == [(1, 1), (None, 0)]


def test_parameters_of_an_earlier_run_in_the_file_are_not_those_given_now(tmp_path: Path, papermill: Papermill) -> None:
    notebook = toy("1")
    notebook.metadata["papermill"] = {"parameters": {"old": 1}}
    nbformat.write(notebook, tmp_path / "a.ipynb")
    assert papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path).returncode == 0
    done = papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "-p", "new", "2", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown notebook parameter 'new'" in done.stderr


def test_what_is_logged_or_echoed_is_what_was_printed(tmp_path: Path, papermill: Papermill) -> None:
    nbformat.write(toy("print('to be seen')"), tmp_path / "a.ipynb")
    arguments = ("--engine", "smartcert", "a.ipynb", "out.ipynb", "--log-output", "--stdout-file", "said.txt")
    done = papermill(*arguments, cwd=tmp_path)
    assert "to be seen" in done.stderr
    assert (tmp_path / "said.txt").read_text() == "to be seen\n"


@pytest.mark.parametrize(
    ("source", "output"),
    [("try: time.sleep(600)\nexcept BaseException: pass", ""), ("print('begun')\ntime.sleep(600)", "begun")],
)
def test_a_cell_that_takes_too_long_ends_the_notebook_also_where_it_catches_that(
    tmp_path: Path, papermill: Papermill, source: str, output: str
) -> None:
    nbformat.write(toy("import time", source, "print('never')"), tmp_path / "a.ipynb")
    for seconds in lengthen(1):
        arguments = ("a.ipynb", "out.ipynb", "--execution-timeout", str(seconds), "--log-output")
        done = papermill("--engine", "smartcert", *arguments, cwd=tmp_path)
        if output in done.stderr and has_come_to(2, nbformat.read(tmp_path / "out.ipynb", as_version=4).cells):
            break
    assert done.returncode == 1
    assert "Cell execution timed out" in done.stderr
    assert output in done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].execution_count is None


ENDLESS = {
    "time-out that is caught": ("while True:\n    try: time.sleep(60)\n    except BaseException: pass", 1),
    "never comes back to Python": ("import itertools\nsum(itertools.count())", 1),
    "Ctrl-C that is caught": (
        "while True:\n    try:\n        os.kill(os.getpid(), signal.SIGINT)\n        while True: pass\n"
        "    except BaseException: signal.pause()",
        PATIENCE,
    ),
}


@pytest.mark.parametrize(("source", "timeout"), ENDLESS.values(), ids=ENDLESS)
def test_a_cell_that_cannot_be_interrupted_ends_the_process(
    tmp_path: Path, papermill: Papermill, source: str, timeout: int
) -> None:
    nbformat.write(toy("import os, signal, time", source, "print('never')"), tmp_path / "a.ipynb")
    for seconds in lengthen(timeout):
        arguments = ("--engine", "smartcert", "a.ipynb", "out.ipynb", "--execution-timeout", str(seconds))
        done = papermill(*arguments, cwd=tmp_path)  # ended, and with another code, where it does not end in time
        cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
        statuses = [cell.metadata.papermill.status for cell in cells]
        if statuses[0] == "completed":
            break
    assert done.returncode == 1
    assert "most recent call first" in done.stderr  # where it was
    assert statuses == ["completed", "running", "pending"]


@pytest.mark.parametrize("sources", [("1", "", "2"), ("1", "1 / 0", "2")])
def test_a_notebook_that_is_not_saved_says_of_its_cells_what_it_says_with_a_kernel(
    tmp_path: Path, papermill: Papermill, sources: tuple[str, ...]
) -> None:
    nbformat.write(toy(*sources), tmp_path / "a.ipynb")
    described = []
    for engine in ("smartcert", "nbclient"):
        done = papermill("--engine", engine, "a.ipynb", "-", cwd=tmp_path)
        marks = [cell.metadata.get("papermill", {}) for cell in nbformat.reads(done.stdout, as_version=4).cells]
        described.append([(mark.get("exception"), mark.get("status"), bool(mark.get("end_time"))) for mark in marks])
    assert described[0] == described[1]
    assert (False, "completed", True) in described[0]


def test_options_of_papermill_do_what_they_do_with_a_kernel(tmp_path: Path, papermill: Papermill) -> None:
    notebook = toy("print(1)")
    del notebook.metadata["kernelspec"]["language"]
    nbformat.write(notebook, tmp_path / "a.ipynb")

    def start(*options: str) -> subprocess.CompletedProcess[str]:
        return papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", *options, cwd=tmp_path)

    assert start("--execution-timeout", "-1").returncode == 0  # none
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "smartcert",
        "--no-progress-bar",
        "-",
        "-",
        "-p",
        "x",
        "2",
    ]
    source = nbformat.writes(toy("x", parameters="x = 1"))
    piped = subprocess.run(command, input=source, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert '"2"' in piped.stdout, piped.stderr
    language = nbformat.read(tmp_path / "out.ipynb", as_version=4).metadata.language_info
    assert language == {**our_engine.LANGUAGE_INFO, "version": platform.python_version()}
    assert "Could not open file 'no/said.txt'" in start("--stdout-file", "no/said.txt").stderr
    done = start("--kernel", "unknown")
    assert done.returncode == 1
    assert "NoSuchKernel" in done.stderr
    done = start_papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "--progress-bar", cwd=tmp_path)
    assert not done.stdout
    assert "1/1" in done.stderr


CHANGES = """
import logging, os, sys, warnings
os.environ["X"] = "1"
sys.stdout = None
sys.argv = ["x"]
sys.path.insert(0, "x")
os.chdir("/")
warnings.simplefilter("error")
logging.basicConfig(level="DEBUG", force=True)
logging.disable()
"""
"""A cell that changes the process that it runs in."""


def test_the_process_is_given_back_as_it_was(tmp_path: Path) -> None:
    nbformat.write(toy(CHANGES), tmp_path / "a.ipynb")
    code = """
import logging, os, sys, json, warnings
sys.modules["rfc3987_syntax"] = None  # a grammar that takes seconds to compile
from IPython.core.interactiveshell import InteractiveShell
from papermill import execute_notebook
mine = InteractiveShell.instance()
def look():
    root = logging.getLogger()
    return [sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, sys.modules["__main__"], dict(os.environ),
        sys.argv, list(sys.path), os.getcwd(), list(warnings.filters), list(root.handlers), root.level,
        root.manager.disable]
logging.basicConfig(level="INFO")
execute_notebook("a.ipynb", None, engine_name="smartcert", progress_bar=False)  # what is imported may add filters
before = look()
for _ in range(2):
    execute_notebook("a.ipynb", None, engine_name="smartcert", progress_bar=False)
after = look()
print(json.dumps([[x == y for x, y in zip(before, after, strict=True)], InteractiveShell.instance() is mine]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[True] * 13, True]


OTHER_ENGINE = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine
class OtherEngine(Engine):
    pass
"""
"""An engine of another package that imports what such engines do: papermill loads all engines at its own import."""


@pytest.fixture
def other_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the other engine as pip would, beside ours, for the processes that a test starts."""
    package = tmp_path / "packages"
    information = package / "other_engine-1.0.dist-info"
    information.mkdir(parents=True)
    (package / "other_engine.py").write_text(OTHER_ENGINE)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: other-engine\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[papermill.engine]\naaa = other_engine:OtherEngine\n")
    monkeypatch.setenv("PYTHONPATH", str(package))


FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"


@pytest.mark.usefixtures("other_engine")
def test_another_engine_in_the_same_environment_changes_nothing(tmp_path: Path) -> None:
    nbformat.write(toy(FIGURE), tmp_path / "a.ipynb")
    done = start_papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (output,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[0].outputs
    assert "image/png" in output.data

    round_ = str(small_example(tmp_path / "example", ["areum"]))
    request = RunRequest(round=round_, output=tmp_path / "outputs", languages=("ko",), quiet=True)
    alt = ', metadata={"image/png": {"alt": "a line"}}'
    code = f"{FIGURE.rpartition(chr(10))[0]}\nfrom IPython.display import display\ndisplay(plt.gcf(){alt})\nplt.close()"
    assert not run(request, with_first_cell(code)).failures
    page = (tmp_path / "outputs" / "applicants" / "areum" / "report.ko.html").read_text()
    assert re.search('src="data:image/png;base64,[^"]+" alt="a line"', page)


NO_SHELL = """
import sys
sys.modules["rfc3987_syntax"] = None  # a grammar that takes seconds to compile
if "smartcert.batch.server" in sys.orig_argv or "papermill" in sys.orig_argv:
    sys.modules["ipykernel.zmqshell"] = None
"""
"""A start-up file that takes from our processes, but not from kernels, what the shell is."""


def test_where_no_shell_can_be_started_a_kernel_runs_the_cells_and_it_is_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = str(small_example(tmp_path / "example", ["areum"]))
    request = RunRequest(round=round_, output=tmp_path / "warm", languages=("ko",), quiet=True)
    assert not run(request).failures
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "sitecustomize.py").write_text(NO_SHELL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "start"))
    assert not run(replace(request, output=tmp_path / "fresh")).failures
    warm, fresh = ({n: c for n, c in files(tmp_path / way).items() if n.endswith(".html")} for way in ("warm", "fresh"))
    assert warm == fresh
    message = capsys.readouterr().err
    assert message.count("no shell could be started here: ModuleNotFoundError: ") == 1
    assert "ipykernel.zmqshell" in message

    nbformat.write(toy("print(name)", parameters="name = 'x'"), tmp_path / "a.ipynb")
    done = start_papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "-p", "name", "y", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no shell could be started here" in done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "y\n"
    done = start_papermill("--engine", "smartcert", "a.ipynb", "out.ipynb", "-p", "nam", "y", cwd=tmp_path)
    assert done.returncode == 2


def test_the_template_is_found_by_nbconvert(tmp_path: Path, commands: ForkedCommands) -> None:
    nbformat.write(toy("1"), tmp_path / "a.ipynb")
    done = commands.run("nbconvert", "--to", "html", "--template", "smartcert", "a.ipynb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'class="smartcert-page"' in (tmp_path / "a.html").read_text(encoding="utf-8")
