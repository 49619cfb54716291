"""No command loads the grammar of IRIs, which takes longer than most of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib

import pytest

from smartcert.cli import COMMANDS, INTERRUPTED, main
from smartcert.paths import PROJECT_ROOT
from tests.support.patience import PATIENCE

LOADS_EVERYTHING = """
import sys
from importlib import import_module
from smartcert.cli import COMMANDS, main
main(["who", "--help"], standalone_mode=False)
for path, _ in COMMANDS.values():
    import_module(path.partition(":")[0])
for name in ("nbformat", "nbconvert", "papermill", "jsonschema"):
    import_module(name)
for name in ("notebook_page", "pages", "render", "run", "make"):
    import_module(f"smartcert.batch.{name}")
print(sorted(name for name, module in sys.modules.items() if name.startswith("rfc3987_syntax") and module is not None))
"""


def test_no_command_loads_the_grammar_of_iris() -> None:
    assert len(COMMANDS) > 15
    done = subprocess.run(
        [sys.executable, "-c", LOADS_EVERYTHING], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.splitlines()[-1] == "[]"


USES_WHAT_IS_LEFT_OUT = """
import sys
from smartcert.imports import block_rfc3987, skip_imports
block_rfc3987()
with skip_imports():
    import smartcert.batch.render
left_out = {"charset_normalizer.api", "isoduration", "nbconvert.postprocessors.serve"}
left_out |= {"requests.api", "soupsieve.css_parser", "webcolors"}
print(sorted(left_out & sys.modules.keys()))
import bs4, isoduration, nbconvert.postprocessors.serve, papermill.iorw, requests, webcolors
from requests.exceptions import HTTPError
print(bs4.BeautifulSoup("<p class='a'>x</p><p>y</p>", "html.parser").select("p.a")[0].text, requests.get.__module__)
print(bs4.dammit.chardet_module.detect(b"x")["encoding"])
print(papermill.iorw.requests.get is requests.get, issubclass(HTTPError, requests.RequestException))
print(sorted(left_out - sys.modules.keys()))
"""


def test_a_page_leaves_out_modules_that_a_cell_can_import_nevertheless() -> None:
    done = subprocess.run(
        [sys.executable, "-c", USES_WHAT_IS_LEFT_OUT], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.splitlines() == ["[]", "x requests.api", "ascii", "True True", "[]"]


CHECKS = "from smartcert.cli import main; main(['check', 'example'], standalone_mode=False)"
PLANS = "import smartcert.batch.make, smartcert.services.rounds"
HEAVY = ("pydantic", "smartcert.io.formats.xlsx", "smartcert.io.rounds.forms")
WRITERS = ("smartcert.certification.store", "smartcert.reporting.documents.letter", "smartcert.reporting.page")


@pytest.mark.parametrize(("code", "unneeded"), [(CHECKS, HEAVY), (PLANS, (*HEAVY, *WRITERS))])
def test_who_reads_a_round_does_not_wait_for_what_reads_forms_or_writes_letters(
    code: str, unneeded: tuple[str, ...]
) -> None:
    code = f"import sys; {code}; print(sorted({set(unneeded)} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_the_block_nbformat_loads_it() -> None:
    code = "import sys, nbformat; print('rfc3987_syntax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "True"  # else the block can go


def test_a_command_lets_pydantic_load_no_plugin_unless_the_environment_names_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for named, held in ((None, "__all__"), ("other-plugin", "other-plugin")):
        if named is None:
            monkeypatch.delenv("PYDANTIC_DISABLE_PLUGINS", raising=False)
        else:
            monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", named)
        main(["--version"], standalone_mode=False)
        assert os.environ["PYDANTIC_DISABLE_PLUGINS"] == held


INTERRUPTED_AT = """
import os, runpy, signal, sys
moment = sys.argv.pop(1)
class Interrupting:
    def find_spec(self, name, *_):
        if name == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
runpy.run_module("smartcert", run_name="__main__", alter_sys=True)
"""
"""Runs the command, and presses Ctrl-C when it is about to import a module."""


@pytest.mark.parametrize(
    "module", ["smartcert.cli", "click", "smartcert.imports", "smartcert.cli.who", "smartcert.services.rounds"]
)
def test_ctrl_c_ends_a_command_that_has_just_begun_without_a_traceback(module: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT, module, "who", "수원시", "--round", "2023"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode in (-signal.SIGINT, INTERRUPTED)  # a shell says of both that it is 130
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_the_command_that_is_installed_is_the_module_that_can_be_interrupted() -> None:
    with (PROJECT_ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["scripts"] == {"smartcert": "smartcert.__main__:main"}


SWALLOWED = """
import signal, sys, time, weakref
import click
from smartcert.cli import MainGroup

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

@click.command()
def work():
    if sys.argv[1] == "finalizer":
        Finalized()
    else:
        referent = type("Referent", (), {})()
        watcher = weakref.ref(referent, lambda _: signal.raise_signal(signal.SIGINT))
        del referent
    time.sleep(100)
    print("went on")

MainGroup(name="main", table={"work": ("__main__:work", "")})(["work"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
@pytest.mark.parametrize("where", ["finalizer", "callback"])
def test_an_interruption_out_of_which_python_raises_nothing_ends_the_command(where: str) -> None:
    command = [sys.executable, "-c", SWALLOWED, where]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (INTERRUPTED, "")
    assert "Traceback" not in done.stderr
