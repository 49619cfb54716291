"""A run for several audiences: each has its own record, notebook and page, and nothing of a fuller one in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.batch.checks import strip_embedded_data
from smartcert.batch.request import EngineName, RunRequest
from smartcert.batch.run import run
from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.recompute import recompute
from smartcert.reporting.records import Audience
from tests.support.small_example import files, small_example

pytestmark = pytest.mark.notebook

LABEL = re.compile(r'(?<![\w+/%])E\d{1,2}(?![\w+/%])|"evaluator"\s*:')
EVERY = tuple(Audience)


def build_request(folder: Path, output: Path, **changes: object) -> RunRequest:
    fixed = {"round": str(folder), "output": output, "jobs": 2, "quiet": True, "languages": ("en",)}
    return RunRequest(**(fixed | changes))  # type: ignore[arg-type]  # the tests' own words


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", ("haneul", "ara"))


@pytest.fixture(scope="module")
def whole(round_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    output = tmp_path_factory.mktemp("whole")
    result = run(build_request(round_folder, output, audiences=EVERY))
    assert result.failures == ()
    return files(output)


def test_each_audience_has_its_files_and_the_public_only_those_of_the_certified(whole: dict[str, bytes]) -> None:
    wanted = set()
    for name, audiences in (("haneul", ("", ".applicant")), ("ara", ("", ".applicant", ".public"))):
        for audience in audiences:
            wanted |= {f"applicants/{name}/evaluation{audience}.json"}
            wanted |= {f"applicants/{name}/report{audience}.en.{kind}" for kind in ("html", "ipynb")}
        wanted |= {f"applicants/{name}/letter.en.{kind}" for kind in ("html", "hwpx")}
    wanted.add("applicants/ara/card.en.html")
    assert {name for name in whole if name.startswith("applicants/")} == wanted
    assert {"index.html", "round.json", "round_summary.en.html"} <= set(whole)


def test_no_leaner_file_has_a_label_or_a_mark_in_it(whole: dict[str, bytes]) -> None:
    told = {
        name
        for name, content in whole.items()
        if "ara" in name and not name.endswith(".hwpx") and LABEL.search(text_of(content))
    }
    assert told == {f"applicants/ara/{name}" for name in ("evaluation.json", "report.en.html", "report.en.ipynb")}
    for name, content in whole.items():
        if ".public." in name:
            assert "smartcert-trace" not in content.decode()
            assert "1,406.5" not in content.decode().split("basis")[0]  # its points


def text_of(content: bytes) -> str:
    """Return a file and what is embedded in it, without the typeface, whose letters mean nothing."""
    return strip_embedded_data(content).decode()


def test_the_notebook_was_given_the_leaner_record_only(whole: dict[str, bytes]) -> None:
    notebook = json.loads(whole["applicants/ara/report.public.en.ipynb"])
    assert notebook["metadata"]["papermill"]["parameters"]["record"] == "evaluation.public.json"
    assert notebook["metadata"]["papermill"]["parameters"]["audience"] == "public"


def test_every_page_with_a_trace_is_equal_to_its_recomputation(whole: dict[str, bytes]) -> None:
    pages = [name for name, content in whole.items() if b'id="smartcert-trace"' in content and name.endswith("html")]
    assert len(pages) == 4
    assert [name for name in pages if not recompute(whole[name].decode()).equal] == []


def test_a_fresh_kernel_gives_the_same_bytes(round_folder: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    run(build_request(round_folder, tmp_path, audiences=EVERY[1:], applicants=("ara",), engine=EngineName.FRESH))
    made = {name: content for name, content in files(tmp_path).items() if name.endswith((".html", ".ipynb"))}
    assert {name for name in made if name.startswith("applicants/")} == {
        f"applicants/ara/report.{audience}.en.{kind}"
        for audience in ("applicant", "public")
        for kind in ("html", "ipynb")
    } | {"applicants/ara/letter.en.html", "applicants/ara/card.en.html"}
    assert made == {name: whole[name] for name in made}


def test_without_reviewers_there_is_nothing_that_only_they_may_see(round_folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["run", str(round_folder), "--audience", "public", "--output", str(tmp_path / "out"), "--quiet"]
    )
    assert done.exit_code == 0, done.output
    made = set(files(tmp_path / "out"))
    wanted = {"evaluation.public.json", *(f"report.public.{a}.{b}" for a in ("ko", "en") for b in ("html", "ipynb"))}
    wanted |= {"card.ko.html", "card.en.html"}
    assert {name for name in made if name.startswith("applicants/")} == {f"applicants/ara/{name}" for name in wanted}
    assert not made & {"index.html", "round.json", *(f"round_summary.{one}.html" for one in ("ko", "en"))}


def test_asking_for_the_public_report_of_an_uncertified_applicant_is_refused(
    round_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="'haneul' was not certified"):
        run(build_request(round_folder, tmp_path, audiences=EVERY, applicants=("haneul",)))
    assert files(tmp_path) == {}


def test_records_of_other_audiences_that_are_there_are_renewed_and_their_pages_go(
    round_folder: Path, tmp_path: Path
) -> None:
    for name in ("ara/evaluation.public.json", "ara/report.public.ko.html", "haneul/evaluation.public.json"):
        path = tmp_path / "applicants" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("stale")
    run(build_request(round_folder, tmp_path, applicants=("ara",)))
    made = files(tmp_path)
    assert b"smartcert-public/2" in made["applicants/ara/evaluation.public.json"]
    assert not [name for name in made if "report.public" in name or name == "applicants/haneul/evaluation.public.json"]
