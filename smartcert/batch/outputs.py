"""The folder of a round's outputs: where each file is, and that none stands beside a record it was not made from.

index.html                                leads to all of it; placed last
round.json                                all evaluations, and the reports that failed
round_summary.<language>.html, .ipynb
applicants/<id>/evaluation.json           one applicant's record
applicants/<id>/report.<language>.html, .ipynb
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smartcert.batch.place import holds, place
from smartcert.batch.task import Made

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

    def page(self, applicant_id: str, language: str) -> Path:
        """Return the place of a report, or of the summary where ``applicant_id`` is empty."""
        if applicant_id:
            return self.applicant(applicant_id) / f"report.{language}.html"
        return self.folder / f"round_summary.{language}.html"

    def begin(self) -> None:
        """Take the index away: it comes back when everything it leads to is there."""
        self.index.unlink(missing_ok=True)

    def renew_record(self, applicant_id: str, record: bytes) -> None:
        """Place one applicant's record; if it is another one than before, its pages go first."""
        self._renew(self.applicant(applicant_id) / "evaluation.json", record, applicant_id)

    def renew_round(self, record: bytes) -> None:
        """Place the round's record; if it is another one than before, the summaries go first."""
        self._renew(self.folder / "round.json", record, "")

    def _renew(self, path: Path, record: bytes, applicant_id: str) -> None:
        if holds(path, record):
            return
        for language in LANGUAGES:
            self.remove(applicant_id, language)
        place(path, record)

    def place(self, made: Made) -> None:
        """Place a report, or the summary: the notebook that was executed, then the page."""
        page = self.page(made.applicant_id, made.language)
        place(page.with_suffix(".ipynb"), made.notebook.encode())
        place(page, made.page.encode())

    def place_index(self, page: str) -> None:
        """Place the index."""
        place(self.index, page.encode())

    def remove(self, applicant_id: str, language: str) -> None:
        """Remove a report, or the summary, that is not true any more. It may be absent."""
        page = self.page(applicant_id, language)
        page.unlink(missing_ok=True)
        page.with_suffix(".ipynb").unlink(missing_ok=True)

    def pages(self, applicant_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the pages that are there, as the index links to them: the summaries, then those of the applicants."""
        places = (self.page(one, language) for one in ("", *applicant_ids) for language in LANGUAGES)
        return tuple(path.relative_to(self.folder).as_posix() for path in places if path.is_file())

    def leftovers(self, applicant_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the folders of applicants that are not in the round (any more), sorted. They are left alone."""
        folder = self.folder / "applicants"
        there = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
        return tuple(sorted(there - set(applicant_ids)))
