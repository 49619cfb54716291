"""What a notebook does to its process ends with it, whether or not another report is rendered in the same process."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from smartcert.batch.request import Notebooks, RenderedReport, Task
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError
from smartcert.imports import block_rfc3987
from smartcert.reporting.records import to_json
from smartcert.services.rounds import open_round
from tests.support.forked_commands import ForkedCommands, fork_commands
from tests.support.patience import PATIENCE
from tests.support.small_example import with_first_cell

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")

APPLICANTS = ("areum", "ara", "haneul")
PATCHES = """
import builtins, os, warnings
import matplotlib, pandas
import smartcert.reporting.formats
def find_changes():
    return (
        hasattr(builtins, "left_behind"), "LEFT_BEHIND" in os.environ, os.path.basename(os.getcwd()) == "folder",
        matplotlib.rcParams["font.size"] == 77, hasattr(pandas.DataFrame, "left_behind"),
        hasattr(smartcert.reporting.formats, "left_behind"), "left_behind" in globals(),
    )
print(find_changes())
assert not any(find_changes())
builtins.left_behind = left_behind = smartcert.reporting.formats.left_behind = pandas.DataFrame.left_behind = 1
os.environ["LEFT_BEHIND"] = "1"
matplotlib.rcParams["font.size"] = 77
os.mkdir("folder")
record = os.path.abspath(record)
os.chdir("folder")
assert all(find_changes())
"""


def build_records() -> dict[str, bytes]:
    opened = open_round("example")
    return {name: to_json(opened.record(name)) for name in APPLICANTS}


def build_tasks(records: dict[str, bytes], notebooks: Notebooks, languages: Iterable[str]) -> list[Task]:
    return [
        Task(
            applicant_id=name,
            language=language,
            notebook=notebooks.applicant,
            record_name="evaluation.json",
            record=record,
            parameters={"record": "evaluation.json", "round": "example", "applicant_id": name, "language": language},
        )
        for name, record in records.items()
        for language in languages
    ]


def list_children(workers: Workers) -> str:
    """Return the processes in which reports are rendered now, or which wait for one."""
    server = workers._server._process.pid  # type: ignore[union-attr]  # on Linux it is a process of ours
    return Path(f"/proc/{server}/task/{server}/children").read_text()


def check_end(workers: Workers) -> None:
    """Check that the server ended by itself when its lanes were closed, and was not killed at last."""
    assert workers._server._process.returncode == 0  # type: ignore[union-attr]  # on Linux it is a process of ours


def render(workers: Workers, task: Task) -> RenderedReport:
    (result,) = workers.results(iter([task]))
    assert isinstance(result, RenderedReport), result
    return result


def run_here(function: str) -> None:
    """Run a function of this module in a new process: tests have servers that are forked in another way."""
    code = f"from tests.batch.test_shared_process import {function}; {function}()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr


def compare_shared_with_own() -> None:
    tasks = build_tasks(build_records(), Notebooks.from_package(), ("ko", "en"))
    with Workers(1) as workers:
        render(workers, tasks[0])  # imports what is not warm yet, which may change settings: the process ends with it
        shared, processes = [], set()
        for task in tasks:
            shared.append(render(workers, task))
            processes.add(list_children(workers))
    check_end(workers)
    assert len(processes) == 1, processes
    assert processes != {""}
    for task, result in zip(tasks[:2], shared, strict=False):
        with Workers(1) as workers:
            assert render(workers, task) == result


def patch_between() -> None:
    records = {"areum": build_records()["areum"]}
    unchanged = build_tasks(records, Notebooks.from_package(), ("ko",))[0]
    changed = build_tasks(records, with_first_cell(PATCHES), ("ko",))[0]
    with Workers(1) as workers:
        before = render(workers, unchanged)
        for _ in range(2):
            render(workers, changed)  # the second one would fail, did it see the first one
            assert list_children(workers) == ""
        assert render(workers, unchanged) == before
    check_end(workers)


def transform_between() -> None:
    block_rfc3987()
    from smartcert.batch.render import register_engine, render_report

    register_engine()
    records = {"areum": build_records()["areum"]}
    unchanged = build_tasks(records, Notebooks.from_package(), ("ko",))[0]
    transform = "lambda lines: [line.replace('report.verdict()', '1 / 0') for line in lines]"
    notebooks = with_first_cell(f"get_ipython().input_transformers_post.append({transform})")
    changed = build_tasks(records, notebooks, ("ko",))[0]
    before = render_report(unchanged)
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        render_report(changed)
    assert render_report(unchanged) == before


def warm_up_with_reports() -> None:
    block_rfc3987()
    from smartcert.batch.server import describe_process
    from smartcert.batch.warm import warm_up, warm_up_report

    first, second, *_ = build_tasks(build_records(), Notebooks.from_package(), ("ko",))
    warm_up(("smartcert.notebook",), ("ko",))
    deque(warm_up_report(first), maxlen=0)
    before = describe_process()
    deque(warm_up_report(second), maxlen=0)
    assert describe_process() == before
    changed = build_tasks({"areum": first.record}, with_first_cell("open('ran', 'w')"), ("ko",))[0]
    deque(warm_up_report(changed), maxlen=0)
    assert not Path("ran").exists()
    from smartcert.batch.render import render_report

    warm = render_report(second)
    with Workers(1) as workers:
        assert render(workers, second) == warm


def test_a_server_that_warmed_up_is_as_before_and_ran_no_changed_cell() -> None:
    run_here("warm_up_with_reports")


def render_and_look_for_sections() -> None:
    block_rfc3987()
    from smartcert.batch.render import render_report
    from smartcert.batch.shell import prepare_shell
    from smartcert.batch.warm import warm_up
    from smartcert.reporting.page import PageSection

    warm_up(("smartcert.notebook",), ("ko",))
    prepare_shell(len(APPLICANTS))
    gc.freeze()  # as in the process that others are forked from: what is frozen is no garbage, with all that it holds
    for task in build_tasks(build_records(), Notebooks.from_package(), ("ko",)):
        assert render_report(task).page
    gc.collect()
    gc.unfreeze()
    assert not [one for one in gc.get_objects() if isinstance(one, PageSection)]


def test_what_a_report_showed_does_not_stay_in_the_process_that_renders_the_next() -> None:
    run_here("render_and_look_for_sections")


@pytest.mark.slow
def test_reports_of_the_packages_notebook_share_a_process_and_are_as_from_processes_of_their_own() -> None:
    run_here("compare_shared_with_own")


def test_a_report_with_a_changed_cell_has_a_process_of_its_own_and_no_other_sees_what_it_did() -> None:
    run_here("patch_between")


def test_a_source_is_read_again_where_a_cell_could_change_how_it_is_read() -> None:
    run_here("transform_between")


CHANGED_MODULES = (
    *("builtins", "decimal", "gc", "logging", "os", "signal", "sys", "threading", "time", "warnings"),
    *("matplotlib", "numpy"),
)


@pytest.fixture(scope="module")
def forked() -> Iterator[ForkedCommands]:
    """Give processes that are forked from one which has imported what is changed in them."""
    with fork_commands(*CHANGED_MODULES, "smartcert.batch.server") as started:
        yield started


@pytest.mark.parametrize(
    "change",
    [
        "os.chdir('/')",
        "os.environ['X'] = '1'",
        "sys.path.append('x')",
        "builtins.open = 1",
        "builtins.more = 1",
        "warnings.simplefilter('ignore')",
        "decimal.getcontext().prec = 5",
        "sys.setrecursionlimit(5000)",
        "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "sys.displayhook = print",
        "sys.stdout = sys.stderr",
        "gc.disable()",
        "logging.disable()",
        "numpy.set_printoptions(precision=3)",
        "numpy.seterr(all='raise')",
        "matplotlib.rcParams['font.size'] = 7",
    ],
)
def test_a_process_in_which_something_was_left_behind_is_known_by_it(
    change: str, tmp_path: Path, forked: ForkedCommands
) -> None:
    code = (
        f"import {', '.join(CHANGED_MODULES)}\nfrom smartcert.batch.server import describe_process\n"
        f"before = describe_process()\nassert describe_process() == before\n{change}\n"
        "os._exit(describe_process() == before)"
    )
    (tmp_path / "leaving.py").write_text(code, "utf-8")
    done = forked.run("leaving", cwd=tmp_path)
    assert done.returncode == 0, (change, done.stderr)
