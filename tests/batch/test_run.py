"""A run: the same bytes however it is made, one failure beside many successes, and nothing half-written."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from smartcert.batch.request import RunRequest, RunResult
from smartcert.batch.run import return_freed_memory, run
from smartcert.errors import InputError, UsageError
from tests.support.patience import PATIENCE, wait_until
from tests.support.schemas import FOLDER
from tests.support.small_example import files, small_example, with_first_cell

pytestmark = pytest.mark.notebook

APPLICANTS = ("ara", "areum", "haneul")

MISCHIEF = """
import json, os, random, signal, sys
import matplotlib, numpy, pandas
clean = (hasattr(json, "touched"), os.environ.get("TOUCHED"), len(os.listdir(".")), matplotlib.rcParams["font.size"])
assert clean == (False, None, 1, 10.0), clean
assert pandas.get_option("display.precision") == 6
drawn = (random.random(), numpy.random.random())
json.touched = True
os.environ["TOUCHED"] = "1"
matplotlib.rcParams["font.size"] = 99
pandas.set_option("display.precision", 1)
sys.modules["html"] = None
if applicant_id == "ara" and language == "ko":
    raise ValueError("no such luck\\nwith this one")
if applicant_id == "ara" and language == "en":
    os.kill(os.getpid(), signal.SIGKILL)
if applicant_id == "areum":
    from smartcert.reporting import formats
    formats.format_day = lambda *_: "666"
    os.umask(0o777)
    sys.stdout.close()
"""


def build_request(folder: Path, output: Path, **changes: object) -> RunRequest:
    fixed = {"round": str(folder), "output": output, "jobs": 2, "quiet": True}
    return RunRequest(**(fixed | changes))  # type: ignore[arg-type]  # the tests' own words


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", APPLICANTS)


@pytest.fixture(scope="module")
def whole(round_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, Path]:
    output = tmp_path_factory.mktemp("whole")
    return run(build_request(round_folder, output)), output


@pytest.fixture(scope="module")
def troubled(round_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, Path]:
    output = tmp_path_factory.mktemp("troubled")
    for stale in ("applicants/ara/report.ko.html", "applicants/gone/report.ko.html", "round_summary.ko.html"):
        path = output / stale
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("stale")
    return run(build_request(round_folder, output), with_first_cell(MISCHIEF)), output


def test_everything_is_where_the_design_says(whole: tuple[RunResult, Path]) -> None:
    result, output = whole
    wanted = {"index.html", "round.json", "manifest.json", "round.press.json", "results.csv", "results.xlsx"}
    for name in ("round_summary", "round_summary.press"):
        wanted |= {f"{name}.{language}.{kind}" for language in ("ko", "en") for kind in ("html", "ipynb")}
    for one in APPLICANTS:
        wanted.add(f"applicants/{one}/evaluation.json")
        wanted |= {f"applicants/{one}/report.{lang}.{kind}" for lang in ("ko", "en") for kind in ("html", "ipynb")}
        wanted |= {f"applicants/{one}/letter.{lang}.{kind}" for lang in ("ko", "en") for kind in ("html", "hwpx")}
    for name in ("glossary", "accessibility", "applicants/ara/card", "applicants/areum/card"):
        wanted |= {f"{name}.{lang}.html" for lang in ("ko", "en")}
    assert set(files(output)) == wanted
    assert (result.rendered, result.failures, result.leftovers) == (10, (), ())
    assert result.index == output / "index.html"


def test_no_path_of_the_machine_enters_what_is_written(whole: tuple[RunResult, Path]) -> None:
    _, output = whole
    for name, content in files(output).items():
        for place in (str(output), str(Path.cwd()), sys.prefix):
            assert place.encode() not in content, name


def test_the_index_leads_to_every_page(whole: tuple[RunResult, Path]) -> None:
    _, output = whole
    index = (output / "index.html").read_text(encoding="utf-8")
    for page in output.rglob("*.html"):
        if page.name != "index.html" and not page.name.startswith("letter."):  # to which its report leads
            assert page.relative_to(output).as_posix() in index


def test_every_json_of_a_run_follows_its_schema(whole: tuple[RunResult, Path]) -> None:
    _, output = whole
    records = sorted(output.rglob("*.json"))
    assert len(records) >= 4
    for path in records:
        name = path.stem.replace(".applicant", "")
        schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
        errors = Draft202012Validator(schema).iter_errors(json.loads(path.read_text(encoding="utf-8")))
        assert [f"{path.name} {error.json_path}: {error.message}" for error in errors] == []


def test_another_run_gives_the_same_bytes_whatever_is_around_it(
    whole: tuple[RunResult, Path], round_folder: Path, tmp_path: Path
) -> None:
    code = "from smartcert.cli import main\nimport sys\nmain(['run', sys.argv[1], '--output', 'here', '--jobs', '1'])"
    around = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "77", "MPLBACKEND": "agg", "COLUMNS": "40"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(round_folder)],
        cwd=tmp_path,
        env=os.environ | around,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[10/10] round summary" in done.stderr
    assert files(tmp_path / "here") == files(whole[1])


def test_a_failure_is_told_and_stops_no_other(troubled: tuple[RunResult, Path]) -> None:
    result, _ = troubled
    reasons = {(failure.id, failure.language): failure.reason for failure in result.failures}
    assert set(reasons) == {("ara", "ko"), ("ara", "en")}
    assert "ValueError: no such luck with this one" in reasons["ara", "ko"]
    assert "SIGKILL" in reasons["ara", "en"]
    assert result.rendered == 8


def test_a_failed_report_leaves_no_page_not_even_an_old_one(troubled: tuple[RunResult, Path]) -> None:
    _, output = troubled
    letters = {f"letter.{language}.{kind}" for language in ("ko", "en") for kind in ("html", "hwpx")}
    others = {"evaluation.json", "card.ko.html", "card.en.html"}
    assert {path.name for path in (output / "applicants" / "ara").iterdir()} == others | letters
    assert not list(output.rglob("*.part"))


def test_failures_stand_in_the_record_the_summary_and_the_index(troubled: tuple[RunResult, Path]) -> None:
    _, output = troubled
    failures = json.loads((output / "round.json").read_text(encoding="utf-8"))["failures"]
    assert [(failure["id"], failure["language"]) for failure in failures] == [("ara", "en"), ("ara", "ko")]
    for page in ("round_summary.ko.html", "round_summary.en.html", "index.html"):
        assert "no such luck" in (output / page).read_text(encoding="utf-8"), page
    index = (output / "index.html").read_text(encoding="utf-8")
    assert "applicants/ara/report" not in index
    assert "applicants/areum/report.ko.html" in index


def test_what_one_report_does_to_its_process_reaches_no_other(
    troubled: tuple[RunResult, Path], whole: tuple[RunResult, Path]
) -> None:
    name = "applicants/haneul/report.ko.html"
    assert (troubled[1] / name).read_bytes() == (whole[1] / name).read_bytes()
    assert "666" in (troubled[1] / "applicants/areum/report.ko.html").read_text(encoding="utf-8")


def test_folders_of_others_are_left_alone_and_told(troubled: tuple[RunResult, Path]) -> None:
    result, output = troubled
    assert result.leftovers == ("gone",)
    assert (output / "applicants/gone/report.ko.html").read_text() == "stale"
    assert "applicants/gone" not in (output / "index.html").read_text(encoding="utf-8")


def test_one_applicant_only(round_folder: Path, tmp_path: Path) -> None:
    result = run(build_request(round_folder, tmp_path, applicants=("areum",), languages=("en",)))
    assert result.rendered == 3
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert pages == {
        "index.html",
        "round_summary.en.html",
        "round_summary.press.en.html",
        "applicants/areum/report.en.html",
        "applicants/areum/letter.en.html",
        "applicants/areum/card.en.html",
        "glossary.en.html",
        "accessibility.en.html",
    }
    assert {path.name for path in (tmp_path / "applicants").iterdir()} == {"areum"}  # nor a record of any other


def test_a_page_that_fetches_something_is_not_placed(round_folder: Path, tmp_path: Path) -> None:
    code = 'from IPython.display import HTML\nHTML(\'<img alt="x" src="https://cdn.example/x.png">\')'
    result = run(build_request(round_folder, tmp_path, applicants=("areum",), languages=("en",)), with_first_cell(code))
    assert [failure.reason[:33] for failure in result.failures] == ["cell 3: an image is in another fi"]
    assert not (tmp_path / "applicants/areum/report.en.html").exists()


def test_a_summary_that_fails_is_told_in_the_index_which_does_not_lead_to_it(
    round_folder: Path, tmp_path: Path
) -> None:
    broken = with_first_cell("if language == 'en': raise ValueError('no summary today')", "round_summary")
    result = run(build_request(round_folder, tmp_path), broken)
    assert [(one.id, one.language) for one in result.failures] == [("", "en"), ("", "en")]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "no summary today" in index
    assert "round_summary.ko.html" in index
    assert "round_summary.en.html" not in index


def test_an_unknown_applicant_is_refused_before_anything_is_written(round_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'areum'"):
        run(build_request(round_folder, tmp_path, applicants=("arem",)))
    assert files(tmp_path) == {}


def test_a_broken_round_writes_nothing(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["ara"])
    (folder / "measurements.csv").write_text("applicant,indicator\nara,N01\n")
    with pytest.raises(InputError):
        run(build_request(folder, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_leaves_no_half_written_file_and_no_process(
    round_folder: Path, tmp_path: Path, end: signal.Signals
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from smartcert.batch.request import RunRequest\n"
        "from smartcert.batch.run import run\n"
        "from tests.support.small_example import with_first_cell\n"
        "slow = with_first_cell(\"import time; time.sleep(3600 if applicant_id == 'haneul' else 0)\")\n"
        "run(RunRequest(round=sys.argv[1], output=Path(sys.argv[2]), jobs=2, languages=('ko',), quiet=True), slow)\n"
    )
    scratch, output = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    started = subprocess.Popen(
        [sys.executable, "-c", code, str(round_folder), str(output)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    reports = {"evaluation.json", "report.ko.html", "report.ko.ipynb", "letter.ko.html", "letter.ko.hwpx"}
    records = {"round.json", "round.press.json", "results.csv", "results.xlsx"}
    records |= {"glossary.ko.html", "accessibility.ko.html", "card.ko.html"}

    def is_waiting() -> bool:
        pages = list(output.glob("applicants/*/report.ko.html"))
        return len(pages) == 2 and {path.name for path in output.rglob("*.*")} >= reports | records

    wait_until(is_waiting, started)
    assert processes(scratch)
    started.send_signal(end)
    assert started.wait(timeout=PATIENCE) != 0
    wait_until(lambda: not processes(scratch))
    assert {Path(name).name for name in files(output)} == reports | records  # and no summary: a report is missing
    if end is signal.SIGINT:
        assert list(scratch.iterdir()) == []


def processes(scratch: Path) -> list[str]:
    """Return the processes whose environment names our folder, those that have ended already left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(scratch).encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("problem", [AttributeError, OSError])
def test_an_allocator_that_is_not_glibc_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
) -> None:
    def refuse(_: object) -> None:
        raise problem

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    return_freed_memory()
