"""`verify` makes again what was made, whatever was asked for, and a ledger that was touched is named."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from smartcert.batch import libraries
from smartcert.batch.ledger import ManifestRequest, list_requests, read_manifest, write_ledger_sum
from smartcert.batch.request import Notebooks
from smartcert.cli import main
from smartcert.reporting.formats import format_day
from tests.support.small_example import alter, small_example

pytestmark = pytest.mark.notebook

APPLICANTS = ("ara", "haneul")


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output + result.stderr


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", APPLICANTS)


@pytest.fixture(scope="module")
def finished(round_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("outputs") / "example"
    assert call("run", round_folder, "--output", output, "--quiet")[0] == 0
    return output


@pytest.fixture
def output(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "example"))


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param(["--language en --audience applicant"], marks=pytest.mark.full),
        pytest.param(["--applicant ara"], marks=pytest.mark.full),
        ["--language en --audience applicant --applicant ara", "--language ko"],
        pytest.param(["", "--language en --audience applicant"], marks=pytest.mark.full),
        ["", "--applicant ara"],
        pytest.param(
            ["", "--language en --audience applicant", "--applicant ara --audience public --language ko"],
            marks=pytest.mark.full,
        ),
    ],
    ids=" then ".join,
)
def test_what_was_asked_for_is_made_again_and_nothing_else(
    requests: list[str], round_folder: Path, finished: Path, tmp_path: Path
) -> None:
    output = tmp_path / "example"
    if not requests[0]:  # of everything: it was made already
        shutil.copytree(finished, output)
    for request in filter(None, requests):
        assert call("run", round_folder, "--output", output, "--quiet", *request.split())[0] == 0
    code, message = call("verify", round_folder, "--output", output)
    assert code == 0, message
    first, *_, last = sorted([*output.rglob("report*.html"), *output.rglob("evaluation*.json")])
    first.unlink()
    alter(last)
    (output / "applicants/mine.txt").touch()
    code, message = call("verify", round_folder, "--output", output)
    assert code == 1
    assert f"missing: {first.relative_to(output)}\n" in message
    assert f"changed: {last.relative_to(output)}: line" in message
    assert "\n1 changed, 1 extra, 1 missing, " in message


@pytest.mark.parametrize("change", ["cut in the middle", "last line cut", "random", "empty", "line added", "gone"])
@pytest.mark.parametrize("recounted", [False, True], ids=["as it is", "and its sum is made to fit"])
def test_a_ledger_that_was_changed_is_named(
    change: str, recounted: bool, round_folder: Path, output: Path, tmp_path: Path
) -> None:
    key, ledger = tmp_path / "key", output / "ledger.jsonl"
    assert call("register", "key", key, "--issuing-office", "Office")[0] == 0
    assert call("seal", round_folder, "--output", output, "--key", key)[0] == 0
    where = ("verify", round_folder, "--output", output, "--only-files")
    assert call(*where, "--public-key", f"{key}.pub")[0] == 0
    text = ledger.read_bytes()
    lines = text.splitlines(keepends=True)
    changed = {
        "cut in the middle": text[: len(text) // 2],
        "last line cut": b"".join(lines[:-1]),
        "random": random.Random(1).randbytes(len(text)),
        "empty": b"",
        "line added": text + lines[0],
        "gone": None,
    }[change]
    if changed is None:
        ledger.unlink()
    else:
        ledger.write_bytes(changed)
    if recounted:
        write_ledger_sum(output)
    for key_options in ((), ("--public-key", f"{key}.pub")):
        code, message = call(*where, *key_options)
        assert code == 1, message
        assert ("changed: ledger.jsonl: " in message) is not recounted
        assert "the ledger is not the one that was sealed" in message
    if recounted:  # only the seal can know
        (output / "manifest.sig.json").unlink()
        assert call(*where)[0] == 0
    else:
        assert call("seal", round_folder, "--output", output, "--key", key)[0] == 1
        (output / "manifest.sig.json").unlink()
        assert call(*where)[0] == 1


def test_a_ledger_cut_where_an_earlier_run_ended_is_named(round_folder: Path, output: Path) -> None:
    ledger, where = output / "ledger.jsonl", (round_folder, "--output", output)
    first, manifest = ledger.read_bytes(), (output / "manifest.json").read_bytes()
    (output / "results.csv").unlink()
    assert call("run", *where, "--quiet")[0] == 0
    assert (output / "manifest.json").read_bytes() == manifest
    assert call("verify", *where, "--only-files")[0] == 0
    ledger.write_bytes(first)
    code, message = call("verify", *where, "--only-files")
    assert (code, "changed: ledger.jsonl: it has" in message) == (1, True), message
    code, message = call("run", *where, "--quiet")
    assert (code, "The ledger was changed: it has" in message) == (0, True), message
    assert call("verify", *where, "--only-files")[0] == 0


def test_without_the_sum_of_the_ledger_nothing_is_verified(round_folder: Path, output: Path) -> None:
    (output / "ledger.sum.json").unlink()
    code, message = call("verify", round_folder, "--output", output, "--only-files")
    assert (code, "changed: ledger.jsonl: ledger.sum.json" in message) == (1, True), message
    assert call("run", round_folder, "--output", output, "--quiet")[0] == 0
    assert call("verify", round_folder, "--output", output, "--only-files")[0] == 0


def test_a_run_after_a_changed_manifest_does_something(round_folder: Path, output: Path) -> None:
    path = output / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"package": "', b'"package": "9', 1))
    assert call("verify", round_folder, "--output", output, "--only-files")[0] == 1
    assert call("run", round_folder, "--output", output, "--quiet")[0] == 0
    assert call("verify", round_folder, "--output", output, "--only-files")[0] == 0


requests = st.builds(
    ManifestRequest,
    languages=st.sampled_from([("ko",), ("en",), ("ko", "en")]),
    audiences=st.lists(st.sampled_from(["reviewer", "applicant"]), min_size=1, unique=True).map(tuple),
    applicants=st.lists(st.sampled_from(["ara", "haneul"]), unique=True).map(tuple),
)


def list_pages(request: ManifestRequest) -> set[str]:
    infix = {"reviewer": "", "applicant": ".applicant"}
    return {
        f"applicants/{applicant}/report{infix[audience]}.{language}.html"
        for applicant in request.applicants or APPLICANTS
        for audience in request.audiences
        for language in request.languages
    }


@given(st.lists(requests, min_size=1, max_size=4), requests)
def test_requests_that_are_stored_give_all_pages_and_no_other(
    stated: list[ManifestRequest], killed: ManifestRequest
) -> None:
    pages = set().union(*map(list_pages, stated))
    for existing in (pages, pages | list_pages(killed)):
        stored = list_requests(stated, sorted(existing))
        assert set().union(*map(list_pages, stored)) == existing
        assert not any(one.covers(other) for one in stored for other in stored if one is not other)


def test_a_request_of_which_nothing_exists_is_forgotten(finished: Path) -> None:
    gone = ManifestRequest(languages=("en",), audiences=("applicant",))
    last = read_manifest(finished).requests[-1]
    assert list_requests([gone, last], [output.file for output in read_manifest(finished).outputs]) == (last,)


def test_seals_have_a_day_a_number_and_the_seal_before_and_an_older_set_is_named(
    round_folder: Path, output: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    where = (round_folder, "--output", output)
    check = ("verify", *where, "--only-files", "--public-key", f"{key}.pub")
    assert call("register", "key", key, "--issuing-office", "Office")[0] == 0
    assert call("seal", *where, "--key", key)[0] == 0
    older = shutil.copytree(output, tmp_path / "older")
    first = (output / "manifest.sig.json").read_bytes()
    assert (json.loads(first)["number"], json.loads(first)["previous"]) == (1, "")
    code, message = call(*check)
    day = format_day(date.fromisoformat(json.loads(first)["day"]), "en")
    assert (code, f"(seal 1 of {day})" in message) == (0, True), message

    (output / "results.csv").unlink()
    code, message = call("run", *where, "--quiet")
    assert (code, "The outputs were sealed (seal 1)" in message) == (0, True), message
    assert call(*check)[0] == 1  # no seal
    assert (output / "seals/000001.sig.json").read_bytes() == first
    assert call("seal", *where, "--key", key)[0] == 0
    second = json.loads((output / "manifest.sig.json").read_bytes())
    assert (second["number"], second["previous"]) == (2, hashlib.sha256(first).hexdigest())
    assert call(*check, "--at-least", "2")[0] == 0
    code, message = call(*check, "--at-least", "3")
    assert (code, "an older seal" in message) == (1, True), message

    (output / "seals/000001.sig.json").write_bytes(first + b" ")
    assert call(*check)[0] == 1
    shutil.rmtree(output)
    shutil.copytree(older, output)
    for options in (check, check[:-2]):
        code, message = call(*options)
        assert (code, "an older seal" in message and "(seal 1 of" in message) == (1, True), message


def test_everything_that_a_seal_states_is_signed(round_folder: Path, output: Path, tmp_path: Path) -> None:
    key, path = tmp_path / "key", output / "manifest.sig.json"
    where = (round_folder, "--output", output)
    assert call("register", "key", key, "--issuing-office", "Office")[0] == 0
    assert call("seal", *where, "--key", key)[0] == 0
    seal = json.loads(path.read_bytes())
    other = {"size": seal["ledger"]["size"] - 1, "sha256": seal["ledger"]["sha256"]}
    for change in ({"number": 9}, {"day": "2020-01-01"}, {"previous": "0" * 64}, {"ledger": other}):
        path.write_text(json.dumps(seal | change))
        code, message = call("verify", *where, "--only-files", "--public-key", f"{key}.pub")
        assert (code, "does not fit" in message) == (1, True), message


def test_outputs_of_other_notebooks_or_libraries_are_not_sealed(
    round_folder: Path, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    command = ("seal", round_folder, "--output", output, "--key", key)
    assert call("register", "key", key, "--issuing-office", "Office")[0] == 0
    with monkeypatch.context() as now:
        other = replace(Notebooks.from_package(), summary=Notebooks.from_package().summary + " ")
        now.setattr(Notebooks, "from_package", lambda: other)
        code, message = call(*command)
    assert (code, "not fresh: round_summary.press.en.html: stale (notebook)" in message) == (1, True), message
    with monkeypatch.context() as now:
        now.setattr(libraries, "get_library_version", lambda _: "another")
        code, message = call(*command)
    assert (code, "report.ko.html: stale (library" in message, "not sealed" in message) == (1, True, True), message
    assert not (output / "manifest.sig.json").exists()
    assert call(*command)[0] == 0


def test_stale_outputs_are_not_sealed(output: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    folder = small_example(tmp_path / "changed" / "example", APPLICANTS)
    call_file = folder / "round.yaml"
    call_file.write_text(call_file.read_text(encoding="utf-8") + "\n# another line\n", encoding="utf-8")
    assert call("register", "key", key, "--issuing-office", "Office")[0] == 0
    code, message = call("seal", folder, "--output", output, "--key", key)
    assert (code, "not fresh: " in message, "not sealed" in message) == (1, True, True), message
    assert not (output / "manifest.sig.json").exists()
