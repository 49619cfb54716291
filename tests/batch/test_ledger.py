"""The ledger survives being cut off anywhere, and no state but `made` looks like success."""

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartcert.batch import ledger as ledger_module
from smartcert.batch.hashing import FileHashes
from smartcert.batch.ledger import AttemptState, Ledger, LedgerEntry
from smartcert.batch.plan import Freshness, get_page_status
from smartcert.files import sha256_hex, write_atomic

PARTS = {"application": "a", "package": "p"}


def entry(state: AttemptState, page: str = "p.html", **more: object) -> LedgerEntry:
    return LedgerEntry(page=page, state=state, parts=PARTS, **more)  # type: ignore[arg-type]  # the tests' own words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_ledger_cut_off_anywhere_keeps_every_whole_line_and_goes_on(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    ledger = Ledger(tmp_path)
    for state in (AttemptState.STARTED, AttemptState.MADE, AttemptState.STARTED, AttemptState.FAILED):
        ledger.append(entry(state, reason="한글 이유"))
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = [one.state for one in ledger.read_all()]
    lines = whole[:cut].count(b"\n")
    assert kept[:lines] == [AttemptState.STARTED, AttemptState.MADE, AttemptState.STARTED, AttemptState.FAILED][:lines]
    assert len(kept) <= lines + 1  # the last line may be whole but for its end
    ledger.append(entry(AttemptState.MADE, page="next.html"))
    assert [one.page for one in ledger.read_all()][len(kept) :] == ["next.html"]
    assert len(list(ledger.read_all())) == len(kept) + 1


def test_only_made_with_the_same_parts_and_files_is_fresh(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text("x")
    sha = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    made = entry(AttemptState.MADE, files={"p.html": sha})
    hashes = FileHashes(tmp_path)
    assert get_page_status("p.html", PARTS, made, hashes).fresh
    for state in (AttemptState.STARTED, AttemptState.STOPPED, AttemptState.FAILED):
        assert not get_page_status("p.html", PARTS, entry(state, files={"p.html": sha}), hashes).fresh
    assert get_page_status("p.html", PARTS, None, hashes).freshness is Freshness.NEW
    stale = get_page_status("p.html", PARTS | {"application": "b"}, made, hashes)
    assert (stale.freshness, stale.because) == (Freshness.STALE, ("application",))
    (tmp_path / "p.html").write_text("y")
    altered = get_page_status("p.html", PARTS, made, hashes)
    assert (altered.freshness, altered.because) == (Freshness.ALTERED, ("p.html",))


@pytest.mark.parametrize("turn", range(3))
def test_files_that_change_while_they_are_hashed_ahead_are_hashed_again(tmp_path: Path, turn: int) -> None:
    names = [f"{number}.html" for number in range(100)]
    for name in names:
        (tmp_path / name).write_bytes(b"old" * 10_000)
    hashes = FileHashes(tmp_path)
    before = {*threading.enumerate()}
    hashes.hash_ahead([*names, "missing.html", "."])
    for name in names[turn::3]:
        write_atomic(tmp_path / name, b"new" * 10_000)
    for thread in {*threading.enumerate()} - before:
        thread.join()
    wanted = {name: sha256_hex((b"new" if name in names[turn::3] else b"old") * 10_000) for name in names}
    assert hashes.hash_files([*names, "missing.html"]) == wanted | {"missing.html": ""}


pages = st.text(st.sampled_from('p"\\/ :한'), max_size=3)
strange = st.builds(
    lambda page, value: json.dumps({"page": page, "state": "made", "parts": value, "libraries": value}).encode(),
    st.one_of(pages, st.none()),
    st.one_of(st.none(), st.integers(), st.text(max_size=2), st.lists(st.integers(), max_size=2)),
)
lines = st.lists(
    st.one_of(st.builds(entry, st.sampled_from(AttemptState), pages, reason=pages), st.binary(max_size=9), strange)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(lines)
def test_the_last_lines_are_those_that_reading_all_of_them_finds(
    tmp_path: Path, written: list[LedgerEntry | bytes]
) -> None:
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    ledger = Ledger(tmp_path)
    for one in written:
        if isinstance(one, LedgerEntry):
            ledger.append(one)
        else:
            with path.open("ab") as file:
                file.write(one + b"\n")
    entries = list(ledger.read_all())
    assert ledger.read_latest() == {one.page: one for one in entries}
    whole = bool(written) and isinstance(written[-1], LedgerEntry)
    assert ledger.read_last() == (entries[-1] if whole else None)


def test_no_line_that_a_later_one_replaces_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    for number in range(300):
        ledger.append(entry(AttemptState.MADE, page=f"{number % 3}.html"))
    decoded: list[bytes] = []
    decode = ledger_module._decode_entry
    monkeypatch.setattr(ledger_module, "_decode_entry", lambda line: decoded.append(line) or decode(line))
    assert set(ledger.read_latest()) == {"0.html", "1.html", "2.html"}
    assert len(decoded) == 3
    ledger.read_last()
    assert len(decoded) == 4


def test_a_file_is_hashed_again_only_where_it_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.html"
    path.write_text("x")
    hashes = FileHashes(tmp_path)
    assert hashes.hash_file("gone.html") == ""
    assert hashes.hash_files(["p.html", "gone.html"]) == {"p.html": hashes.hash_file("p.html"), "gone.html": ""}
    first = hashes.hash_file("p.html")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read again"))
    assert hashes.hash_file("p.html") == first
    monkeypatch.undo()
    os.utime(path, ns=(1, 1))
    path.with_name("new").write_text("y")
    path.with_name("new").replace(path)  # as a page is placed
    assert hashes.hash_file("p.html") != first
    path.unlink()
    assert hashes.hash_file("p.html") == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.binary(max_size=40), size=st.none() | st.integers(0, 50), chunk=st.integers(1, 12))
def test_the_extent_of_a_ledger_is_that_of_its_first_bytes(
    tmp_path: Path, text: bytes, size: int | None, chunk: int
) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ledger_module, "_CHUNK", chunk)
        found = Ledger(tmp_path).measure(size)
    assert (found.size, found.sha256) == (len(text[:size]), sha256_hex(text[:size]))
    assert found.begins(Ledger(tmp_path))
    assert Ledger(tmp_path / "none").measure(size).size == 0


def test_pages_with_equal_libraries_share_them(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for page, version in (("a", "1"), ("b", "1"), ("c", "2")):
        ledger.append(entry(AttemptState.MADE, page=page, libraries={"pandas": version}))
    first, second, other = (Ledger(tmp_path).read_latest()[page].libraries for page in "abc")
    assert first is second
    assert (first, other) == ({"pandas": "1"}, {"pandas": "2"})
