"""The contract of engines: the same probe cells by a real kernel and by ours; where they differ is listed, with why."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import ipykernel
import nbformat
import pytest
from papermill.execute import ERROR_MARKER_TAG

from smartcert.batch import engine
from smartcert.batch.render import scrub_notebook
from tests.support.patience import PATIENCE
from tests.support.small_example import toy

PROBES = {
    "print": "print('a'); print('b', end='')",
    "two streams": "import sys; print('1'); print('2', file=sys.stderr); print('3')",
    "flushed between": "print('1', flush=True); print('2', file=sys.stderr, flush=True); print('3')",
    "print around a display": "print('1'); display('x'); print('2')",
    "clear_output": "from IPython.display import clear_output\nprint(1); clear_output(); print(2)",
    "update of a display": "handle = display('a', display_id=True)\nhandle.update('b')",
    "every representation": "from IPython.display import *\n"
    "display(HTML('<b>'), Markdown('*'), Latex('$x$'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'),"
    " JSON({'a': 1}), Javascript('1'), Math('x'), Pretty('p'), Code('1'))",
    "image": "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 30, alt='x', width=3)",
    "raw display": "display({'text/plain': 'p', 'application/vnd.x+json': {'a': [1]}}, raw=True); display(None)",
    "table": "import pandas as pd\npd.DataFrame({'a': [1, 2.5]})",
    "styled table": "pd.DataFrame({'a': [1]}).style.set_uuid('u')",
    "long value": "pd.Series([1] * 100)",
    "figure at the end of a cell": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "figure as a value": "figure, axes = plt.subplots(); plt.close(figure); figure",
    "figures in two formats": "%config InlineBackend.figure_formats = ['png', 'svg']\nimport matplotlib\n"
    "matplotlib.rcParams['svg.hashsalt'] = 'a'\n"
    "from matplotlib_inline.backend_inline import set_matplotlib_formats\n"
    "%config InlineBackend.print_figure_kwargs = {'metadata': {'Date': None, 'Software': None, 'Creator': None}}\n"
    "plt.figure(figsize=(1, 1)); plt.plot([1]); plt.show()",
    "matplotlib": "plt.get_backend(), plt.isinteractive(), matplotlib.rcParams['figure.dpi'], plt.get_fignums()",
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint(1)",
    "task in an awaiting cell": "async def three(): return 3\nawait asyncio.create_task(three())",
    "asyncio.run": "coroutine = three()\ntry: print(asyncio.run(coroutine))\nfinally: coroutine.close()",
    "running loop": "asyncio.get_running_loop().is_running()",
    "input": "input('name?')",
    "shell command": "!echo bang\ncaught = !echo caught\ncaught",
    "shell command that fails": "!exit 3\n_exit_code",
    "bash": "%%bash\necho hi; echo err >&2",
    "bash that fails": "%%bash\nexit 3",
    "file descriptor": "import os; os.write(1, b'raw\\n');",
    "subprocess": "import subprocess; subprocess.run(['echo', 'x'], check=True);",
    "slow prints": "import time\nprint(1); time.sleep(0.5); print(2)",
    "thread": "import threading\n"
    "thread = threading.Thread(target=print, args=('thread',))\nthread.start(); thread.join()",
    "thread that raises": "thread = threading.Thread(target=lambda: 1 / 0, name='t')\nthread.start(); thread.join()",
    "main thread": "threading.current_thread() is threading.main_thread()",
    "forked process": "import multiprocessing\n"
    "with multiprocessing.get_context('fork').Pool(1) as pool: absolute = pool.map(abs, [-1])\nabsolute",
    "logging": "import logging; logging.getLogger('mine').error('e'); logging.getLogger('mine').info('i')",
    "warnings": "import warnings; warnings.warn('w'); warnings.warn('d', DeprecationWarning)",
    "error": "1 / 0",
    "chained error": "try:\n    1 / 0\nexcept ArithmeticError as error:\n    raise ValueError('x') from error",
    "group of errors": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
    "syntax": "a b c",
    "indentation": "  5",
    "own traceback": "class E(Exception):\n    def _render_traceback_(self): return ['short']\nraise E('x')",
    "error in a function": "def deep(n):\n    return deep(n - 1) if n else 1 / 0\ndeep(3)",
    "SystemExit": "raise SystemExit(3)",
    "representation that raises": "class R:\n"
    "    def _repr_html_(self): raise ValueError('no')\n    def __repr__(self): return 'r'\nR()",
    "undefined magic": "%nope",
    "undefined cell magic": "%%nope\n1",
    "writefile and run": "%%writefile f.py\nprint('ran')",
    "run": "%run f.py",
    "captured": "%%capture caught\nprint('hidden')",
    "history": "%history 1",
    "help": "print?",
    "cell to come": "get_ipython().set_next_input('x')",
    "stream": "sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable(), sys.stdout.readable()",
    "lines and the count of a write": "sys.stdout.writelines(['a', 'b']); sys.stdout.write('abc')",
    "write of no text": "sys.stdout.write(b'x')",
    "descriptor of a stream": "import faulthandler; faulthandler.enable(); isinstance(sys.stdout.fileno(), int)",
    "redirected": "import contextlib, io\n"
    "with contextlib.redirect_stdout(io.StringIO()) as out: print('x')\nout.getvalue()",
    "display hook replaced": "before, sys.displayhook = sys.displayhook, lambda value: None\n7",
    "display hook put back": "sys.displayhook = before\n8",
    "main module": "__name__, sys.modules['__main__'].__dict__ is globals(), '__file__' in globals()",
    "pickle": "import pickle\nclass K: pass\ntype(pickle.loads(pickle.dumps(K()))).__name__",
    "environment": "[os.environ.get(name) for name in ('TERM', 'CLICOLOR', 'FORCE_COLOR', 'PAGER', 'MPLBACKEND')]",
    "earlier values": "_, __, _i[:5], 1 in Out, In[1]",
    "source of a function": "import inspect; print(inspect.getsource(deep))",
    "printed traceback": "import traceback\ntry: 1 / 0\nexcept ArithmeticError: traceback.print_exc()",
    "long text": "print('x' * 300_000)",
    "control characters": "print('a\\x00b\\x1b[31mred\\rb')",
    "progress bar": "from tqdm import tqdm\nfor _ in tqdm(range(2), bar_format='{n}', file=sys.stdout): pass",
    "comm": "from comm import create_comm; create_comm('t', {'a': 1}).close()",
    "widget": "import ipywidgets; type(ipywidgets.IntSlider(3)).__name__",
    "interact": "ipywidgets.interact(lambda x: print(x), x=ipywidgets.fixed(3));",
    "signal": "import signal; signal.getsignal(signal.SIGINT) is signal.default_int_handler",
    "semicolon": "4;",
    "clear_output before the next": "print(1); clear_output(wait=True); print(2); clear_output(wait=True)",
    "update in a later cell": "display('a', display_id='later');",
    "the later cell": "from IPython.display import update_display\nupdate_display('b', display_id='later')",
    "displayed twice": "display('c', display_id='twice'); display('d', display_id='twice')",
    "thread that prints after its cell": "next_cell = threading.Event()\n"
    "late = threading.Thread(target=lambda: next_cell.wait() and print('late')); late.start(); print('early')",
    "the cell after it": "next_cell.set(); late.join(); print('joined')",
    "display in a thread": "thread = threading.Thread(target=display, args=('x',)); thread.start(); thread.join()",
    "matplotlib inline": "%matplotlib inline\nplt.get_backend()",
    "matplotlib agg": "%matplotlib agg\nplt.plot([1]); plt.get_backend()",
    "matplotlib inline again": "plt.close('all')\n%matplotlib inline\nplt.get_backend()",
    "own mimebundle": "class B:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/plain': 'b', 'text/x-own': '1'}, {'text/x-own': {'a': 1}}\nB()",
    "mimebundle that is no bundle": "class N:\n    def _repr_mimebundle_(self, include=None, exclude=None): return 3\n"
    "    def __repr__(self): return 'n'\nN()",
    "chart of plotly": "display({'application/vnd.plotly.v1+json': {'data': [], 'layout': {}}}, raw=True)",
    "chart of altair": "display({'application/vnd.vegalite.v5+json': {'mark': 'bar'}, 'text/plain': 'c'}, raw=True)",
    "drawing with a script": "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x()</script></svg>')",
    "frame": "from IPython.display import IFrame\nIFrame('https://x', 1, 1)",
    "sys.exit with a text": "sys.exit('why')",
    "KeyboardInterrupt in a try": "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: print('caught')",
    "asynchronous generator": "async def two():\n    yield 1\n    yield 2\n[number async for number in two()]",
    "await that fails": "async def fail(): raise ValueError('later')\nawait fail()",
    "buffer of a stream": "hasattr(sys.stdout, 'buffer'), sys.stdout.errors, sys.stdout.name",
    "stream that was there before": "sys.__stdout__ is sys.stdout, print('x', file=sys.__stderr__)",
    "variable of the environment": "%env OWN=1\nos.environ['OWN']",
    "folder": "%cd -q .\nos.path.isabs(os.getcwd())",
    "who": "who_is_here = 1\n%who int",
    "extension": "%load_ext autoreload\n%autoreload 0",
    "capture that is shown": "%%capture caught\nprint('a'); display('b')",
    "what was captured": "caught.show(); caught.stdout",
    "getpass": "import getpass; getpass.getpass()",
    "error in colours": "raise ValueError('\x1b[31mred\x1b[0m <b>')",
    "error without a text": "raise ValueError",
    "error with a note": "error = ValueError('x'); error.add_note('noted')\nraise error",
    "warning that is an error": "warnings.simplefilter('error'); warnings.warn('now an error')",
    "warnings again": "warnings.simplefilter('default'); warnings.warn('again')",
    "debug logging": "logging.basicConfig(level='DEBUG', force=True, format='%(message)s', stream=sys.stdout)\n"
    "logging.getLogger('mine').debug('d')",
    "progress bar of a notebook": "from tqdm.notebook import tqdm as bars\nbar = bars(range(1)); bar.close()",
    "rich": "class P:\n    def _repr_pretty_(self, printer, cycle): printer.text('pretty')\n[P()]",
    "several representations": "class S:\n    def _repr_latex_(self): return '$x$'\n"
    "    def _repr_markdown_(self): return '*x*'\n"
    "    def _repr_json_(self): return {'a': 1}\n    def __repr__(self): return 's'\nS()",
    "kernel": "get_ipython().kernel is not None",
    "execution count": "get_ipython().execution_count == len(In) - 1",
    "atexit": "import atexit; atexit.register(lambda: None) is not None",
    "recursion": "def endless(): return endless()\ntry: endless()\nexcept RecursionError: print('deep')",
    "last value deleted": "9\ndel late",
    "decorated": "import functools\n@functools.cache\ndef once(): return 5\nonce(), once.__module__",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass D: a: int = 1\nD()",
    "match": "match 3:\n    case int(x): print(x)",
    "walrus": "(n := 5)",
    "type hints": "import typing\nclass T: a: 'K'\ntyping.get_type_hints(T)",
}
"""Cells whose outputs are compared, each with a name; they run in one notebook, one after another."""

DIFFERENCES = {
    "asyncio.run": "works: no event loop runs between cells",
    "running loop": "none runs, but while a cell awaits",
    "file descriptor": "what is written to a descriptor past sys.stdout goes where the process writes",
    "subprocess": "what is written to a descriptor past sys.stdout; `!command` is shown by both",
    "input": "refused by the same error, with our own line in its traceback",
    "write of no text": "refused by the same error",
    "group of errors": "is an error among the outputs too; a kernel has it as printed text only",
    "interact": "what the function prints stands beside the widget: nobody draws the widget",
    "getpass": "refused by the same error, with our own line in its traceback",
    "stream that was there before": "what is written to a descriptor past sys.stdout; here by sys.__stderr__",
    "kernel": "there is no kernel",
    "signal": "the handler of Ctrl-C is the engine's, which ends the notebook",
}
"""The probes that come out otherwise, and why; the module of the engine lists them for users."""

if ipykernel.version_info < (7,):
    del DIFFERENCES["stream that was there before"]
    DIFFERENCES["thread that raises"] = "a traceback of a thread lacks the lines of ipykernel itself"

DIFFERENCES_NOW_AND_THEN = {
    "the cell after it": "what a thread prints after its cell stands in the cell that runs then",
    "representation that raises": "a traceback may show a line more of a cell",
    "await that fails": "a traceback may show a line more of a cell",
    "stream that was there before": "what is written to a descriptor past sys.stdout; here by sys.__stderr__",
}
"""Those that ipykernel 6 has now and then: its threads read what is written while the next cell runs."""

EXECUTE = """
import sys
sys.modules["rfc3987_syntax"] = None  # a grammar that takes seconds to compile
import logging
logging.basicConfig(level="INFO", format="%(message)s")  # as the command papermill does
import papermill
papermill.execute_notebook("in.ipynb", "out.ipynb", engine_name=sys.argv[1], progress_bar=False)
"""
KERNEL_TIMEOUTS = (60, PATIENCE, PATIENCE)
"""Seconds of each try of a kernel: now and then a message is lost, and an output with it, or one waits for ever."""
_MODEL_ID = re.compile(r"\b[0-9a-f]{32}\b")


def run_probes(engine_name: str, folder: Path, timeout: int = PATIENCE) -> dict[str, Any]:
    """Return execution count and outputs of each probe as an engine gives them, without what differs by chance."""
    folder.mkdir()
    notebook = toy(*PROBES.values())
    for cell in notebook.cells:
        cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, folder / "in.ipynb")
    # in a process of its own, without the variable by which a kernel knows pytest and leaves descriptors alone
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    command = [sys.executable, "-c", EXECUTE, engine_name]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert (folder / "out.ipynb").exists(), done.stderr
    executed = nbformat.read(folder / "out.ipynb", as_version=4)
    executed.cells = [cell for cell in executed.cells if ERROR_MARKER_TAG not in cell.metadata.tags]
    executed = nbformat.reads(scrub_notebook(executed, {}, str(folder)).decode(), as_version=4)
    return {
        probe: (cell.execution_count, _MODEL_ID.sub("id", nbformat.v4.writes(nbformat.v4.new_notebook(cells=[cell]))))
        for probe, cell in zip(PROBES, executed.cells, strict=True)
    }


@pytest.mark.notebook
def test_probe_cells_come_out_as_from_a_kernel_but_for_the_differences_that_are_listed(tmp_path: Path) -> None:
    ours = run_probes("smartcert", tmp_path / "smartcert")
    now_and_then = DIFFERENCES_NOW_AND_THEN.keys() if ipykernel.version_info < (7,) else set()
    different = dict.fromkeys(PROBES, ((None, ""), (None, "")))
    for attempt, timeout in enumerate(KERNEL_TIMEOUTS):
        with suppress(subprocess.TimeoutExpired):
            kernels = run_probes("nbclient", tmp_path / f"kernel {attempt}", timeout)
            # one that comes out the same from one kernel is no difference
            different = {name: (ours[name], kernels[name]) for name in different if ours[name] != kernels[name]}
            if different.keys() <= DIFFERENCES.keys() | now_and_then:
                break
    assert all(of_ours[0] == of_kernels[0] for of_ours, of_kernels in different.values())
    for name in now_and_then:
        different.pop(name, None)
    assert different.keys() == DIFFERENCES.keys(), {n: d for n, d in different.items() if n not in DIFFERENCES}
    for name in ("input", "getpass", "write of no text"):
        ours_error, kernels_error = (json.loads(one[1])["cells"][0]["outputs"][-1] for one in different[name])
        assert (ours_error["ename"], ours_error["evalue"]) == (kernels_error["ename"], kernels_error["evalue"])


@pytest.mark.parametrize("reason", sorted({*DIFFERENCES.values(), *DIFFERENCES_NOW_AND_THEN.values()}))
def test_every_difference_is_documented(reason: str) -> None:
    assert reason.partition(";")[0].partition(":")[0] in " ".join(inspect.getdoc(engine).split())
