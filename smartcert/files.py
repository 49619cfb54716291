"""Files that are complete or absent, and the SHA-256 that names their content."""

from __future__ import annotations

import binascii
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future

_WRITERS = 16
"""How many files wait for the disk at once."""
_QUEUED = 16
"""How many reports are written at once: each is in memory until then."""
WINDOWS_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names of devices on Windows, which no file may have there, in whatever case and with whatever ending."""
_WINDOWS_REFUSES = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[ .]$')


def is_portable_name(name: str) -> bool:
    """Return whether a file or a folder may have this name on every system that copies of it may come to.

    >>> [is_portable_name(name) for name in ("report.ko.html", "console", "CON", "nul.txt", "a:b", "a. ", "a.")]
    [True, True, False, False, False, False, False]
    """
    return not (_WINDOWS_REFUSES.search(name) or WINDOWS_DEVICES.fullmatch(name.partition(".")[0].strip().lower()))


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step; missing folders are created.

    Whoever opens ``path`` meanwhile, or after a crash, reads the old content or the new one, never a part: the data
    go to a hidden file beside it, reach the disk, and take the name last.

    Raises:
        UsageError: the file cannot be written, or has a name that Windows refuses; what was there before is unchanged.
    """
    _write(path, (data,), None, replace=True)


class FileBatch:
    """Files too large to hold that are written one after the other and wait for the disk together.

    None of them has its name before `commit`; what a process leaves that ends before it are hidden parts.
    """

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}
        self._folders: list[Path] = []

    def __contains__(self, path: Path) -> bool:
        """Return whether a file is in the batch."""
        return path in self._parts

    def add(self, path: Path, chunks: Iterable[bytes]) -> None:
        """Write the chunks as a part of ``path``, in new folders if need be; after a UsageError it is in no batch."""
        with _name_in_errors(path):
            self._folders += _create_folder(path)
            part = _choose_part(path)
            try:
                with part.open("xb") as file:
                    file.writelines(chunks)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        self._parts[path] = part

    def commit(self) -> None:
        """Give all files their names once all are on the disk, else none (a UsageError); the batch is empty then."""
        parts, folders = self._parts, dict.fromkeys(self._folders)
        self._parts, self._folders = {}, []
        _place_parts(parts, _sync_part)
        for folder in folders:
            _sync_folder(folder)


def write_files(files: Mapping[Path, bytes], at_once: int = _WRITERS) -> None:
    """Write many files as `write_atomic` writes one; they take their names in their order, once all are on the disk.

    The disk is waited for by many files at once: where others write too, one alone may wait for a quarter of a second.
    In a thread of a `WriteQueue`, beside others that wait, one after the other is as quick and needs no more threads.

    Raises:
        UsageError: a file cannot be written. Where its data did not reach the disk, all files are as they were before;
            where it could not take its name, those before it have theirs.
    """
    parts = {path: _choose_part(path) for path in files}
    folders = list[Path]()
    for path in files:
        with _name_in_errors(path):
            folders += _create_folder(path)

    _place_parts(parts, lambda path, part: _write_part(part, (files[path],)), at_once)
    for folder in dict.fromkeys(folders):
        _sync_folder(folder)


def _place_parts(parts: Mapping[Path, Path], finish: Callable[[Path, Path], None], at_once: int = _WRITERS) -> None:
    """Give parts their names in their order, once ``finish`` has brought each to the disk, so many ``at_once``."""

    def finish_part(path: Path) -> None:
        with _name_in_errors(path):
            finish(path, parts[path])

    try:
        if at_once == 1:
            for path in parts:
                finish_part(path)
        else:
            from concurrent.futures import ThreadPoolExecutor  # imported here: most commands write few files

            with ThreadPoolExecutor(at_once) as pool:
                list(pool.map(finish_part, parts))  # the list raises the first error there was
        for path, part in parts.items():
            with _name_in_errors(path):
                part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


class WriteQueue:
    """Files that are written in threads of its own, and what is to be done here when they are on the disk.

    A context: at its end it waits for what is being written, and what has not begun is given up. What was to be done
    here after a write that nobody waited for is not done.
    """

    def __init__(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._threads = ThreadPoolExecutor(_QUEUED, thread_name_prefix="queue")
        self._writing: deque[tuple[Future[None], Callable[[], None]]] = deque()

    def __enter__(self) -> WriteQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def start(self, write: Callable[[], None], finish: Callable[[], None]) -> Future[None]:
        """Start to write; ``finish`` is called by `finish_written`. Where too many are written, wait for the first."""
        while len(self._writing) >= _QUEUED:
            self._finish_first()
        future = self._threads.submit(write)
        self._writing.append((future, finish))
        return future

    def finish_written(self, *, wait: bool = False) -> None:
        """Do what follows what has been written by now, in the order of its start; or wait for everything."""
        while self._writing and (wait or self._writing[0][0].done()):
            self._finish_first()

    def _finish_first(self) -> None:
        future, finish = self._writing.popleft()
        future.result()
        finish()


def _sync_part(_path: Path, part: Path) -> None:
    with part.open("r+b") as file:  # writable: Windows syncs no other
        os.fsync(file.fileno())


def write_new(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write ``data`` to a file that does not exist yet, in one step.

    ``mode`` are its permissions, as far as the mask of the process allows; None: those of any file.

    Raises:
        UsageError: the file exists, or cannot be written; then there is none.
    """
    _write(path, (data,), mode, replace=False)


def write_new_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, by their names, into a new folder: all of them, or after a UsageError none and no folder."""
    if folder.exists():
        raise UsageError(f"{folder} exists already")
    _check_names(folder.name)
    part = folder.with_name(f".{os.urandom(8).hex()}.part")
    try:
        for name, data in files.items():
            _write(part / name, (data,), None, replace=True)
        part.rename(folder)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror or error}") from None
    finally:
        import shutil  # imported here, with its kinds of archives: few commands write a folder

        shutil.rmtree(part, ignore_errors=True)


def _write(path: Path, chunks: Iterable[bytes], mode: int | None, *, replace: bool) -> None:
    with _name_in_errors(path):
        folders = _create_folder(path)
        part = _choose_part(path)
        try:
            _write_part(part, chunks, mode)
            if replace:
                part.replace(path)
            else:
                _link_new(part, path)
        finally:
            part.unlink(missing_ok=True)
    for folder in folders:
        _sync_folder(folder)


@contextmanager
def _name_in_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _create_folder(path: Path) -> list[Path]:
    """Create the folder of ``path``; return each folder that has a new name in it, or is about to have."""
    created = list(takewhile(lambda folder: not folder.exists(), path.parents))
    _check_names(path.name, *(folder.name for folder in created))
    if created:
        path.parent.mkdir(parents=True, exist_ok=True)
    return [path.parent, *(folder.parent for folder in created)]


def _check_names(*names: str) -> None:
    for name in names:
        if not is_portable_name(name):
            raise UsageError(f"cannot write '{name}': Windows refuses a file or a folder of this name; choose another")


def _choose_part(path: Path) -> Path:
    # a name of its own length: that of ``path`` may be as long as the file system allows
    return path.with_name(f".{os.urandom(8).hex()}.part")


def _write_part(part: Path, chunks: Iterable[bytes], mode: int | None = None) -> None:
    if mode is not None:
        part.touch(mode, exist_ok=False)  # nobody else can have opened it when the data come
    with part.open("xb" if mode is None else "wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


def _link_new(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise UsageError(f"{path} exists already") from None


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def lock_folder(folder: Path, work: str = "run") -> Iterator[None]:
    """Let no other process do the same kind of ``work`` in a folder for as long as the context lasts.

    The lock ends with the process, however that ends. The file ``.lock.pid`` names the process while it works: where a
    system locks a file, nobody may be able to read that one.

    Raises:
        UsageError: another process has the lock; says which.
    """
    from filelock import FileLock, Timeout  # imported here: most commands lock nothing

    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / ".lock", mode=0o644), folder / ".lock.pid"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        process = "unknown"
        with suppress(OSError):
            process = holder.read_text(encoding="ascii") or process
        raise UsageError(
            f"another {work} is writing to {folder} (process {process}); wait for it, or stop it"
        ) from None
    try:
        holder.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def list_files(folder: Path) -> list[str]:
    """Return the names of all files below a folder, relative to it and with slashes, sorted; none if it is missing."""
    return sorted(_iter_files(str(folder), "")) if folder.is_dir() else []


def _iter_files(folder: str, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _iter_files(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield prefix + entry.name


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hexadecimal digits.

    >>> sha256_hex(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_hex_of_parts(*parts: bytes) -> str:
    """Return the SHA-256 of several texts, each preceded by its length: ``a, bc`` and ``ab, c`` have different ones."""
    return sha256_hex_of_chunks(chunk for part in parts for chunk in (b"%d:" % len(part), part))


def sha256_hex_of_chunks(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of the chunks joined, without holding them all, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def sha256_raw(data: bytes) -> bytes:
    """Return the SHA-256 of ``data`` as 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256_base64(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in base 64, as a content security policy writes it."""
    return binascii.b2a_base64(sha256_raw(data), newline=False).decode("ascii")
