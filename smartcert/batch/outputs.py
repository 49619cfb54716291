"""Atomic files, lock."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smartcert.batch.request import RenderedReport
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.reporting.records import Audience


def has_content(path: Path, content: bytes) -> bool:
    """Return whether the file is there with exactly this content."""
    return path.is_file() and path.read_bytes() == content


# --- The folder of a round's outputs: where each file is, and that none stands beside a record it was not made from.

LANGUAGES = ("ko", "en")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """The outputs of one round in ``folder``."""

    folder: Path

    @property
    def index(self) -> Path:
        """The page that leads to all others."""
        return self.folder / "index.html"

    def applicant(self, applicant_id: str) -> Path:
        """Return the folder of one applicant."""
        return self.folder / "applicants" / applicant_id

    def page(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> Path:
        """Return the place of a report, or of the summary where ``applicant_id`` is empty."""
        if applicant_id:
            return self.applicant(applicant_id) / f"report{_get_audience_infix(audience)}.{language}.html"
        press = ".press" if audience is Audience.PUBLIC else ""
        return self.folder / f"round_summary{press}.{language}.html"

    def name(self, path: Path) -> str:
        """Return a place as the ledger and the manifest name it: from the folder of the outputs on, with slashes."""
        return path.relative_to(self.folder).as_posix()

    def report_places(self, applicant_id: str) -> tuple[tuple[Audience, str, Path], ...]:
        """Return every place that a report of one applicant, or a summary, may have, with audience and language."""
        audiences = Audience if applicant_id else (Audience.REVIEWER, Audience.PUBLIC)
        return tuple(
            (audience, language, self.page(applicant_id, language, audience))
            for audience in audiences
            for language in LANGUAGES
        )

    def begin(self) -> None:
        """Take the index away: it comes back when everything it leads to is there. Sweep up what a killed run left."""
        self.index.unlink(missing_ok=True)
        for part in self.folder.rglob(".*.part"):
            part.unlink(missing_ok=True)

    def record(self, applicant_id: str, audience: Audience = Audience.REVIEWER) -> Path:
        """Return the place of one applicant's record."""
        return self.applicant(applicant_id) / get_record_name(audience)

    def renew_record(self, applicant_id: str, record: bytes, audience: Audience = Audience.REVIEWER) -> None:
        """Place one applicant's record; if it is another one than before, its pages go first."""
        self._renew(self.record(applicant_id, audience), record, applicant_id, audience)

    def remove_record(self, applicant_id: str, audience: Audience) -> None:
        """Remove one applicant's record and its pages: there is none for this audience (any more)."""
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
        self.record(applicant_id, audience).unlink(missing_ok=True)

    def renew_round(self, record: bytes) -> None:
        """Place the round's record; if it is another one than before, the summaries go first."""
        self._renew(self.folder / "round.json", record, "", Audience.REVIEWER)

    def renew_press(self, record: bytes) -> None:
        """Place what is public of the round; if it is another record than before, the press's summaries go first."""
        self._renew(self.folder / "round.press.json", record, "", Audience.PUBLIC)

    def place_file(self, name: str, content: bytes) -> None:
        """Place a file of the round that is no page."""
        write_atomic(self.folder / name, content)

    def _renew(self, path: Path, record: bytes, applicant_id: str, audience: Audience) -> None:
        if has_content(path, record):
            return
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
        write_atomic(path, record)

    def place(self, made: RenderedReport) -> None:
        """Place a report, or the summary: the notebook that was executed, then the page."""
        page = self.page(made.applicant_id, made.language, made.audience)
        if not has_content(page, made.page):
            page.with_suffix(".pdf").unlink(missing_ok=True)  # it was made from another page
        write_atomic(page.with_suffix(".ipynb"), made.notebook)
        write_atomic(page, made.page)

    def place_index(self, page: str) -> None:
        """Place the index."""
        write_atomic(self.index, page.encode())

    def remove(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> None:
        """Remove a report, or the summary, that is not true any more. It may be absent."""
        page = self.page(applicant_id, language, audience)
        for kind in (".html", ".ipynb", ".pdf"):
            page.with_suffix(kind).unlink(missing_ok=True)

    def pages(self, applicant_ids: Iterable[str], making: Collection[str] = ()) -> tuple[str, ...]:
        """Return what is there, or being made, as the index links to it: summaries, reports, public tables."""
        ids = tuple(applicant_ids)
        places = [self.page("", language, audience) for audience in Audience for language in LANGUAGES]
        pages = [self.page(one, language) for one in ids for language in LANGUAGES]
        files = [self.folder / name for name in ("results.csv", "results.xlsx")]
        return self._there(dict.fromkeys([*places, *pages, *files]), making)

    def reports(self, applicant_ids: Iterable[str], language: str, making: Collection[str] = ()) -> tuple[str, ...]:
        """Return the reviewers' reports in one language that are there, or among those that are being made."""
        return self._there((self.page(one, language) for one in applicant_ids), making)

    def _there(self, places: Iterable[Path], making: Collection[str]) -> tuple[str, ...]:
        names = ((self.name(path), path) for path in places)
        return tuple(name for name, path in names if name in making or path.is_file())

    def leftovers(self, applicant_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the folders of applicants that are not in the round (any more), sorted. They are left alone."""
        folder = self.folder / "applicants"
        there = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
        return tuple(sorted(there - set(applicant_ids)))


def get_record_name(audience: Audience) -> str:
    """Return the name of an applicant's record for one audience."""
    return f"evaluation{_get_audience_infix(audience)}.json"


def _get_audience_infix(audience: Audience) -> str:
    return "" if audience is Audience.REVIEWER else f".{audience}"


# --- One run at a time on one folder of outputs.


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as the context lasts; the lock ends with the process, however that ends.

    Raises:
        UsageError: another run holds it; says which process.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise UsageError(
                f"another run is writing to {folder} (process {holder}); wait for it, or stop it"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
