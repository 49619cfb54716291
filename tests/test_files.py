"""A file is written completely or not at all, and its content has one name."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from smartcert.errors import UsageError
from smartcert.files import (
    FileBatch,
    WriteQueue,
    sha256_base64,
    sha256_hex,
    sha256_hex_of_chunks,
    sha256_hex_of_parts,
    sha256_raw,
    write_atomic,
    write_files,
    write_new_folder,
)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fail_with(code: int) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def test_missing_folders_are_created_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomic(tmp_path / "deep" / "down" / "a.html", b"old")
    write_atomic(tmp_path / "deep" / "down" / "a.html", b"new")
    assert contents(tmp_path) == {"deep/down/a.html": b"new"}


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("가" * 85), b"new")
    assert contents(tmp_path) == {"가" * 85: b"new"}


@pytest.mark.parametrize(
    "name",
    [
        "CON",
        "con",
        "Aux.txt",
        "nul.tar.gz",
        "COM1",
        "lpt9.csv",
        "a.",
        "a ",
        "a:b",
        "a*",
        "a?",
        'a"',
        "<a>",
        "a|b",
        "a\tb",
    ],
)
def test_a_name_that_windows_refuses_is_never_written(tmp_path: Path, name: str) -> None:
    for path in (tmp_path / name, tmp_path / name / "a.html", tmp_path / "new" / name):
        for write in (lambda file: write_atomic(file, b"x"), lambda file: write_files({file: b"x"})):
            with pytest.raises(UsageError, match="Windows refuses"):
                write(path)
    with pytest.raises(UsageError, match="Windows refuses"):
        write_new_folder(tmp_path / name, {"a.html": b"x"})
    with pytest.raises(UsageError, match="Windows refuses"):
        write_new_folder(tmp_path / "new", {name: b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    write_atomic(folder / "console.txt", b"x")
    assert contents(folder) == {"console.txt": b"x"}


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.html"
    write_atomic(path, b"old")
    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[step], fail_with(errno.ENOSPC))
    with pytest.raises(UsageError, match=r"cannot write .*a\.html: No space left on device"):
        write_atomic(path, b"new")
    assert contents(tmp_path) == {"a.html": b"old"}


def test_an_interrupt_leaves_the_old_file_and_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "a.html"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert contents(tmp_path) == {"a.html": b"old"}


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_atomic(path, b"old")
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom smartcert.files import write_atomic\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomic(Path(sys.argv[1]), b'new')\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -signal.SIGKILL
    left = contents(tmp_path)
    assert left.pop("a.html") == b"old"
    assert all(name.startswith(".") and name.endswith(".part") for name in left)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.html"
    write_atomic(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", fail_with(errno.EROFS))
        with pytest.raises(UsageError, match=r"cannot write .*a\.html: Read-only file system"):
            write_atomic(path, b"new")
    assert contents(tmp_path) == {"a.html": b"old"}


def test_a_folder_or_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    for path in (tmp_path / "folder", tmp_path / "file" / "a.html"):
        with pytest.raises(UsageError, match=f"cannot write {path}"):
            write_atomic(path, b"new")
    assert contents(tmp_path) == {"file": b"old"}


def test_the_file_and_each_folder_with_a_new_name_reach_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    write_atomic(tmp_path / "deep" / "a.html", b"new")
    assert synced == [path.stat().st_ino for path in (tmp_path / "deep" / "a.html", tmp_path / "deep", tmp_path)]


def test_many_files_are_written_at_once_and_each_folder_reaches_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    files = {tmp_path / "deep" / f"{number}.html": b"new" for number in range(50)}
    write_files(files)
    assert contents(tmp_path) == {f"deep/{number}.html": b"new" for number in range(50)}
    expected = [path.stat().st_ino for path in (*files, tmp_path / "deep", tmp_path)]
    assert sorted(synced) == sorted(expected)


@pytest.mark.parametrize("at_once", [1, 16])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_many_files_stay_as_they_were_where_the_data_of_any_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, at_once: int
) -> None:
    synced = []

    def fail_late(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 20:
            raise error

    files = {tmp_path / f"{number}.html": b"old" for number in range(30)}
    write_files(files)
    monkeypatch.setattr(os, "fsync", fail_late)
    with pytest.raises(UsageError if isinstance(error, OSError) else KeyboardInterrupt):
        write_files(dict.fromkeys(files, b"new"), at_once)
    assert contents(tmp_path) == {f"{number}.html": b"old" for number in range(30)}


def test_many_files_take_their_names_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[Path] = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda part, path: (named.append(path), replace(part, path))[1])
    files = {tmp_path / name: b"new" for name in ("form-1.xlsx", "form-2.xlsx", "package.json")}
    write_files(files)
    assert named == list(files)


def test_what_follows_a_write_is_done_here_after_it_in_the_order_in_which_the_writes_were_started(
    tmp_path: Path,
) -> None:
    done: list[tuple[str, int]] = []
    first_may_end = threading.Event()

    def write(path: Path) -> None:
        if path.name == "0":
            first_may_end.wait()
        write_atomic(path, b"new")

    def finish(path: Path) -> None:
        done.append((path.read_text(), threading.get_ident()))

    with WriteQueue() as writes:
        paths = [tmp_path / str(number) for number in range(5)]
        futures = [writes.start(partial(write, path), partial(finish, path)) for path in paths]
        for future in futures[1:]:
            future.result()
        writes.finish_written()
        assert done == []
        first_may_end.set()
        writes.finish_written(wait=True)
    assert done == [("new", threading.get_ident())] * 5


def test_a_write_that_failed_is_an_error_where_it_is_waited_for_and_nothing_follows_it() -> None:
    def fail() -> None:
        raise UsageError("cannot write")

    done: list[int] = []
    with WriteQueue() as writes:
        writes.start(fail, partial(done.append, 0))
        with pytest.raises(UsageError, match="cannot write"):
            writes.finish_written(wait=True)
        assert done == []


def test_no_more_writes_are_in_memory_than_are_written_at_once() -> None:
    done: list[int] = []
    with WriteQueue() as writes:
        for number in range(100):
            writes.start(lambda: None, partial(done.append, number))
            assert number - len(done) < 16
        writes.finish_written(wait=True)
    assert done == [*range(100)]


def test_a_batch_of_files_has_its_names_once_all_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, paths = FileBatch(), [tmp_path / "deep" / f"{number}.pdf" for number in range(30)]
    for path in paths:
        batch.add(path, (b"a", b"b"))
    assert paths[0] in batch
    assert not any(path.exists() for path in paths)
    seen: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(any(path.exists() for path in paths)))
    batch.commit()
    assert seen[:30] == [False] * 30
    assert contents(tmp_path) == {f"deep/{number}.pdf": b"ab" for number in range(30)}
    assert paths[0] not in batch


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_batch_that_cannot_reach_the_disk_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(_: object) -> Iterator[bytes]:
        yield b"a"
        raise error

    wanted = UsageError if isinstance(error, OSError) else KeyboardInterrupt
    batch = FileBatch()
    batch.add(tmp_path / "a.pdf", (b"a",))
    with pytest.raises(wanted):
        batch.add(tmp_path / "b.pdf", fail(None))
    assert tmp_path / "b.pdf" not in batch

    def refuse(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(wanted):
        batch.commit()
    assert contents(tmp_path) == {}


def test_a_file_system_that_cannot_sync_a_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", fail_with(errno.EINVAL))
    write_atomic(tmp_path / "a.html", b"new")
    assert (tmp_path / "a.html").read_bytes() == b"new"


def test_hashes_are_those_of_the_standard() -> None:
    expected = sha256(b"abc")
    assert sha256_hex(b"abc") == sha256_hex_of_chunks([b"a", b"", b"bc"]) == expected.hexdigest()
    assert sha256_raw(b"abc") == expected.digest()
    assert sha256_base64(b"abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    assert len({sha256_hex_of_parts(b"a", b"bc"), sha256_hex_of_parts(b"ab", b"c"), sha256_hex(b"abc")}) == 3
