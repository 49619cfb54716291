"""A run goes on where another one ended, makes only what is not fresh, and can be verified and sealed."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.batch.ledger import AttemptState, Ledger, LedgerEntry, describe_ledger_difference
from smartcert.batch.make import Executor, RoundBuild
from smartcert.batch.outputs import Outputs
from smartcert.batch.plan import RunPlan, plan_reports
from smartcert.batch.request import Notebooks, RenderedReport, RunRequest, Task
from smartcert.batch.run import run
from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.files import lock_folder
from smartcert.reporting.canonical import canonical_json
from smartcert.reporting.records import Failure
from smartcert.services.rounds import OpenRound, open_round
from tests.support.patience import lengthen
from tests.support.small_example import alter, files, small_example, with_first_cell

pytestmark = pytest.mark.notebook

APPLICANTS = ("areum", "haneul", "solbit")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of a small round and that of its outputs, once run."""
    folder = small_example(tmp_path_factory.mktemp("round") / "example", APPLICANTS)
    output = tmp_path_factory.mktemp("outputs") / "example"
    run(build_request(folder, output))
    return folder, output


@pytest.fixture
def again(made: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Return copies of both, to be changed."""
    folder, output = tmp_path / "round" / "example", tmp_path / "outputs"
    shutil.copytree(made[0], folder)
    shutil.copytree(made[1], output)
    return folder, output


def build_request(folder: Path, output: Path, **changes: object) -> RunRequest:
    fixed: dict[str, object] = {"round": str(folder), "output": output, "jobs": 2, "quiet": True, "languages": ("en",)}
    return RunRequest(**(fixed | changes))  # type: ignore[arg-type]  # the tests' own words


def corrected(folder: Path) -> None:
    """Correct one cell: the page on which haneul's first figure is proven."""
    path = folder / "measurements.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if row["applicant"] == "haneul")["evidence_page"] = "77"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)


def moments(output: Path) -> dict[str, int]:
    return {name: (output / name).stat().st_mtime_ns for name in files(output)}


class FirstTask(Executor):
    """It takes the first task, renders nothing, and ends the run."""

    applicant = ""

    def __exit__(self, *_: object) -> None:
        """End nothing."""

    def results(self, tasks: Iterator[Task]) -> Iterator[RenderedReport | Failure]:
        self.applicant = next(tasks).applicant_id
        raise InterruptedError


def find_first(folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Return whose report a run begins with, and whose inputs are hashed until then."""
    hashed, digests = [], OpenRound.input_digests

    def digest(opened: OpenRound, name: str) -> dict[str, str]:
        hashed.append(name)
        return digests(opened, name)

    monkeypatch.setattr(OpenRound, "input_digests", digest)
    request, notebooks, executor = build_request(folder, output), Notebooks.from_package(), FirstTask()
    plan = RunPlan(request, notebooks, open_round(str(folder)))
    with pytest.raises(InterruptedError):
        RoundBuild(request, notebooks, executor, plan, "").run()
    return executor.applicant, hashed


def test_the_first_report_of_a_round_begins_before_the_others_are_looked_at(
    again: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_first(again[0], tmp_path / "new", monkeypatch) == ("areum", ["areum"])


def test_a_report_that_is_not_fresh_begins_before_those_after_it_are_looked_at(
    again: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected(again[0])
    assert find_first(*again, monkeypatch) == ("haneul", ["areum", "haneul"])


class Repeat(Executor):
    """It answers each task at once with the page that an earlier run wrote."""

    def __init__(self, output: Path) -> None:
        """Take the folder of the outputs of that run."""
        self._outputs = Outputs(folder=output)

    def __exit__(self, *_: object) -> None:
        """End nothing."""

    def results(self, tasks: Iterator[Task]) -> Iterator[RenderedReport | Failure]:
        for task in tasks:
            name = self._outputs.name_page(task.applicant_id, task.language, task.audience)
            page = self._outputs.locate(name)
            notebook = page.with_suffix(".ipynb").read_bytes()
            yield RenderedReport(
                applicant_id=task.applicant_id,
                language=task.language,
                audience=task.audience,
                page=page.read_bytes(),
                notebook=notebook,
            )


def test_a_page_is_written_after_its_record_and_the_ledger_has_it_after_both(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, output = made[0], tmp_path / "new"
    named: list[str] = []
    replace, append = Path.replace, Ledger.append

    def take_name(part: Path, path: Path) -> Path:
        if path.name == "evaluation.json":
            time.sleep(0.5)  # a slow disk
        named.append(path.relative_to(output).as_posix())
        return replace(part, path)

    def write_line(ledger: Ledger, entry: LedgerEntry, *, wait: bool = True) -> None:
        if entry.state is AttemptState.MADE:
            assert {*entry.files} <= {*files(output)}
            named.append(f"line of {entry.page}")
        append(ledger, entry, wait=wait)

    monkeypatch.setattr(Path, "replace", take_name)
    monkeypatch.setattr(Ledger, "append", write_line)
    request, notebooks = build_request(folder, output), Notebooks.from_package()
    RoundBuild(request, notebooks, Repeat(made[1]), RunPlan(request, notebooks, open_round(str(folder))), "").run()
    for name in APPLICANTS:
        record, page = f"applicants/{name}/evaluation.json", f"applicants/{name}/report.en.html"
        steps = [record, page.replace(".html", ".ipynb"), page, f"line of {page}"]
        assert [step for step in named if step in steps] == steps
        assert named.index(record) < named.index(f"line of {record}")
    assert files(output) == files(made[1])


def test_a_second_run_finds_everything_fresh_and_touches_nothing(again: tuple[Path, Path]) -> None:
    folder, output = again
    before = moments(output)
    result = run(build_request(folder, output))
    assert (result.rendered, result.fresh, result.failures) == (0, len(APPLICANTS), ())
    assert moments(output) == before


def test_one_corrected_cell_makes_exactly_one_report_again(again: tuple[Path, Path]) -> None:
    folder, output = again
    before = files(output)
    corrected(folder)
    stale = [(one.page, one.because) for one in plan_reports(build_request(folder, output)) if not one.fresh]
    assert stale == [(f"applicants/haneul/{name}.en.html", ("application",)) for name in ("report", "letter")]
    result = run(build_request(folder, output))
    after = files(output)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if name.startswith("applicants/")} == {
        "applicants/haneul/evaluation.json",
        "applicants/haneul/report.en.html",
        "applicants/haneul/report.en.ipynb",
    }  # and the letter, which does not state that figure, is written again with the same bytes
    assert (result.rendered, result.fresh) == (1 + 2, 2)  # with both summaries
    fresh = output.parent / "fresh"
    run(build_request(folder, fresh))
    assert files(fresh) == after


def test_a_page_that_was_altered_by_hand_is_made_again(again: tuple[Path, Path]) -> None:
    folder, output = again
    page = output / "applicants/solbit/report.en.html"
    before = alter(page)
    assert [one.freshness for one in plan_reports(build_request(folder, output)) if not one.fresh] == ["altered"]
    run(build_request(folder, output))
    assert page.read_bytes() == before


def test_failures_are_kept_told_again_and_retried(again: tuple[Path, Path]) -> None:
    folder, output = again
    broken = with_first_cell("assert applicant_id != 'areum', 'no such luck'")
    first = run(build_request(folder, output), broken)
    assert [one.id for one in first.failures] == ["areum"]
    other = run(build_request(folder, output, applicants=("haneul",)), broken)
    assert [one.id for one in other.failures] == ["areum"]  # still told, though not asked for
    assert "no such luck" in (output / "index.html").read_text(encoding="utf-8")
    mended = with_first_cell("assert applicant_id != 'nobody', 'no such luck'")
    retried = run(build_request(folder, output, retry_failed=True), mended)
    assert (retried.rendered, retried.failures) == (1 + 2, ())
    assert "no such luck" not in (output / "index.html").read_text(encoding="utf-8")


def test_fail_fast_stops_and_the_next_run_goes_on(again: tuple[Path, Path]) -> None:
    folder, output = again
    broken = with_first_cell("assert applicant_id != 'areum', 'no such luck'")
    stopped = run(build_request(folder, output, jobs=1, fail_fast=True), broken)
    assert stopped.stopped
    assert not (output / "index.html").exists()
    result = run(build_request(folder, output))
    assert not result.failures
    assert (output / "index.html").exists()


def test_a_hanging_cell_ends_as_a_failure(again: tuple[Path, Path]) -> None:
    folder, output = again
    hanging = with_first_cell("import time\nif applicant_id == 'areum': time.sleep(3600)")
    for seconds in lengthen(15):
        result = run(build_request(folder, output, timeout=float(seconds)), hanging)
        if len(result.failures) == 1:
            break
    reason = f"it took longer than {seconds} s and was ended"
    assert [(one.id, one.reason) for one in result.failures] == [("areum", reason)]


def test_a_page_that_names_an_applicant_whom_its_record_does_not_is_not_placed(again: tuple[Path, Path]) -> None:
    folder, output = again
    leak = "from IPython.display import HTML\nHTML('<p>' + ('하늘' + '시' if applicant_id == 'areum' else '') + '</p>')"
    result = run(build_request(folder, output), with_first_cell(leak))
    assert [one.id for one in result.failures] == ["areum"]
    assert "하늘시" in result.failures[0].reason
    assert not (output / "applicants/areum/report.en.html").exists()


def test_two_runs_at_once_the_second_says_so(again: tuple[Path, Path]) -> None:
    folder, output = again
    corrected(folder)
    with lock_folder(output), pytest.raises(UsageError, match=f"process {os.getpid()}"):
        run(build_request(folder, output))


def kill_run(folder: Path, output: Path, growth: int, pause: float) -> None:
    """Start a run in a fork and kill it ``pause`` seconds after its ledger has grown by so many bytes."""
    before = Ledger(output).size
    pid = os.fork()
    if not pid:
        try:
            run(build_request(folder, output))
        finally:
            os._exit(0)
    while Ledger(output).size < before + growth and not os.waitpid(pid, os.WNOHANG)[0]:
        time.sleep(0.005)
    time.sleep(pause)
    with suppress(ProcessLookupError, ChildProcessError):  # it came to its end before
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def goes_on_after_kills(made: tuple[Path, Path], tmp_path: Path, times: int) -> set[int]:
    """Kill runs at any moment of one; return the sizes of the ledger after the kills: how far each run had come.

    The moment is one of the work, not of the clock: on a busy machine nothing would have begun.
    """
    rng = random.Random(9)
    whole = files(made[1])
    total = Ledger(made[1]).size
    sizes = set()
    output = tmp_path / "killed"
    for _ in range(times):
        if (output / "ledger.sum.json").is_file():  # it was quicker than the kill
            shutil.rmtree(output)
        kill_run(made[0], output, rng.randrange(total), rng.choice((0, 0.02, 0.2)))
        sizes.add(Ledger(output).size)
        for name, content in files(output).items():
            if name != "index.html" and not name.endswith(".part"):
                assert content == whole[name], name  # nothing half-written, ever
    result = run(build_request(made[0], output))
    assert result.failures == ()
    assert files(output) == whole
    assert not list(output.rglob("*.part"))
    assert describe_ledger_difference(output) == ""
    return sizes


def test_a_run_that_was_killed_goes_on_to_the_same_outputs(made: tuple[Path, Path], tmp_path: Path) -> None:
    goes_on_after_kills(made, tmp_path, 2)


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_a_run_that_was_killed_two_hundred_times_goes_on_to_the_same_outputs(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    assert len(goes_on_after_kills(made, tmp_path, 200)) > 50  # the kills met it in different states


def test_the_ledger_ends_with_the_whole_run_and_holds_each_attempt(made: tuple[Path, Path]) -> None:
    entries = list(Ledger(made[1]).read_all())
    assert (entries[0].page, entries[0].state) == ("", AttemptState.STARTED)
    assert (entries[-1].page, entries[-1].state) == ("", AttemptState.MADE)
    pages = [(one.page, one.state) for one in entries if one.page.endswith(".html")]
    assert len(pages) == 2 * (len(APPLICANTS) + 2) + len(APPLICANTS) + 3  # no attempt of its own needs a letter,
    # nor the card of the one that the press page names, nor the pages that explain words and access


def test_verify_tells_what_is_changed_missing_and_extra(again: tuple[Path, Path]) -> None:
    folder, output = again
    told = CliRunner().invoke(main, ["verify", str(folder), "--output", str(output)])
    assert (told.exit_code, "unchanged" in told.output) == (0, True), told.output
    alter(output / "applicants/haneul/report.en.html")
    alter(output / "results.xlsx")
    (output / "applicants/solbit/report.en.html").unlink()
    (output / "notes.txt").write_text("mine")
    told = CliRunner().invoke(main, ["verify", str(folder), "--output", str(output)])
    assert told.exit_code == 1
    assert "changed: applicants/haneul/report.en.html: line" in told.output
    assert "changed: results.xlsx: line" in told.output
    assert "missing: applicants/solbit/report.en.html" in told.output
    assert "extra: notes.txt" in told.output


def test_a_seal_names_every_changed_byte(again: tuple[Path, Path], tmp_path: Path) -> None:
    folder, output = again
    call = CliRunner()
    key = tmp_path / "key"
    assert call.invoke(main, ["register", "key", str(key), "--issuing-office", "Office"]).exit_code == 0
    where = [str(folder), "--output", str(output)]
    assert call.invoke(main, ["seal", *where, "--key", str(key)]).exit_code == 0
    check = ["verify", *where, "--only-files", "--public-key", f"{key}.pub"]
    assert call.invoke(main, check).exit_code == 0
    rng = random.Random(4)
    for name in rng.sample(sorted(files(output)), 8):
        path = output / name
        before = alter(path)
        told = call.invoke(main, check)
        path.write_bytes(before)
        assert told.exit_code in (1, 2), name
        assert name in told.output + told.stderr or "manifest" in name, name


def test_the_manifest_is_canonical_and_lists_every_output(made: tuple[Path, Path]) -> None:
    text = (made[1] / "manifest.json").read_text(encoding="utf-8")
    plain = json.loads(text)
    assert text.encode() == canonical_json(plain, lines=2)
    assert text.count('\n  {"file": ') == len(plain["outputs"])
    assert {one["file"] for one in plain["outputs"]} == files(made[1]).keys() - {"manifest.json"}
    report = next(one for one in plain["outputs"] if one["file"].endswith("haneul/report.en.html"))
    assert set(report["parts"]) >= {"application", "rules", "notebook", "template", "package", "language"}
    assert "rules/levels.yaml" in plain["inputs"]


def test_machines_are_told_in_json(again: tuple[Path, Path]) -> None:
    folder, output = again
    corrected(folder)
    told = CliRunner().invoke(main, ["run", str(folder), "--output", str(output), "--language", "en", "--json"])
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert [event["event"] for event in events] == ["made"] * 3 + ["end"]
    assert (events[-1]["made"], events[-1]["fresh"]) == (3, 2)


def test_why_tells_the_part(again: tuple[Path, Path]) -> None:
    folder, output = again
    corrected(folder)
    told = CliRunner().invoke(main, ["why", str(folder), "haneul", "--output", str(output), "--language", "en"])
    assert "applicants/haneul/report.en.html: stale (application)" in told.output
    assert "another one" in told.output


def test_requests_for_other_pages_do_not_disturb_each_other(again: tuple[Path, Path]) -> None:
    folder, output = again
    both = replace(build_request(folder, output), languages=("ko", "en"))
    result = run(both)
    assert (result.rendered, result.fresh) == (2 * len(APPLICANTS) + 4, 0)  # each page links to its other language now
    assert run(both).rendered == 0
