"""Where is each file of a round's outputs, and how does no page stand beside a record that it does not show?"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from smartcert.batch.request import RenderedReport
from smartcert.files import list_files, write_atomic, write_files
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.records import Audience

LANGUAGES = ("ko", "en")
REFERENCE_PAGES = ("glossary", "accessibility")
"""The pages of a round that explain its others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """The outputs of one round in ``folder``.

    The name of an output is its path relative to the folder, with slashes, as the ledger and the manifest have it.
    """

    folder: Path

    @property
    def index(self) -> Path:
        """The page that leads to all others."""
        return self.folder / "index.html"

    def locate(self, name: str) -> Path:
        """Return the path of an output."""
        return self.folder / name

    def exists(self, name: str) -> bool:
        """Return whether there is an output of this name. It is asked for thousands of times, so no path is built."""
        return os.path.isfile(f"{self.folder}/{name}")  # noqa: PTH113

    def name_record(self, applicant_id: str, audience: Audience = Audience.REVIEWER) -> str:
        """Return the name of one applicant's record."""
        return f"applicants/{applicant_id}/{get_record_name(audience)}"

    def name_summary_record(self, audience: Audience) -> str:
        """Return the name of the record that a summary shows: the press's for the public, else the round's own."""
        return "round.press.json" if audience is Audience.PUBLIC else "round.json"

    def name_page(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> str:
        """Return the name of a report, or of the summary where ``applicant_id`` is empty."""
        if applicant_id:
            return f"applicants/{applicant_id}/report{_AUDIENCE_INFIXES[audience]}.{language}.html"
        press = ".press" if audience is Audience.PUBLIC else ""
        return f"round_summary{press}.{language}.html"

    def name_letter(self, applicant_id: str, language: str) -> str:
        """Return the name of the letter of result to one applicant; the Hangul document and the PDF stand beside it."""
        return f"applicants/{applicant_id}/letter.{language}.html"

    def name_card(self, applicant_id: str, language: str) -> str:
        """Return the name of the public card of one applicant."""
        return f"applicants/{applicant_id}/card.{language}.html"

    def name_reference(self, page: str, language: str) -> str:
        """Return the name of one of `REFERENCE_PAGES`."""
        return f"{page}.{language}.html"

    def name_reports(self, applicant_id: str) -> tuple[tuple[Audience, str, str], ...]:
        """Return every name that a report of one applicant, or a summary, may have, after its audience and language."""
        audiences = Audience if applicant_id else (Audience.REVIEWER, Audience.PUBLIC)
        return tuple(
            (audience, language, self.name_page(applicant_id, language, audience))
            for audience in audiences
            for language in LANGUAGES
        )

    def prepare(self) -> None:
        """Remove the index, which is written again last, and the partial files of a killed run."""
        self.index.unlink(missing_ok=True)
        for name in list_files(self.folder):
            if name.endswith(".part") and name.rpartition("/")[2].startswith("."):
                self.locate(name).unlink(missing_ok=True)

    def write_record(
        self,
        applicant_id: str,
        record: bytes,
        audience: Audience = Audience.REVIEWER,
        write: Callable[[Path, bytes], None] = write_atomic,
    ) -> None:
        """Write one applicant's record by ``write``; if it differs from the one before, its pages are removed first."""
        self._write_record(self.name_record(applicant_id, audience), record, applicant_id, audience, write)

    def write_round_record(self, record: bytes) -> None:
        """Write the round's record; if it differs from the one before, the summaries are removed first."""
        self._write_record(self.name_summary_record(Audience.REVIEWER), record, "", Audience.REVIEWER)

    def write_press_record(self, record: bytes) -> None:
        """Write the round's public record; if it differs from the one before, its summaries are removed first."""
        self._write_record(self.name_summary_record(Audience.PUBLIC), record, "", Audience.PUBLIC)

    def _write_record(
        self,
        name: str,
        record: bytes,
        applicant_id: str,
        audience: Audience,
        write: Callable[[Path, bytes], None] = write_atomic,
    ) -> None:
        path = self.locate(name)
        if has_content(path, record):
            return
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
            if applicant_id and audience is not Audience.PUBLIC and path.is_file():
                self.remove_letter(applicant_id, language)
            if applicant_id and audience is not Audience.APPLICANT and path.is_file():
                self.locate(self.name_card(applicant_id, language)).unlink(missing_ok=True)
        write(path, record)

    def remove_record(self, applicant_id: str, audience: Audience) -> None:
        """Remove one applicant's record for an audience, and its pages."""
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
        self.locate(self.name_record(applicant_id, audience)).unlink(missing_ok=True)

    def write_report(self, report: RenderedReport, letter: Mapping[str, bytes] | None = None) -> None:
        """Write a report, or the summary: the executed notebook, then the page; beside it the letter, if there is one.

        What was rendered together is written together, by one of many threads that wait for the disk.
        """
        page = self.locate(self.name_page(report.applicant_id, report.language, report.audience))
        if not has_content(page, report.page):
            page.with_suffix(".pdf").unlink(missing_ok=True)  # it shows another page
        files = {page.with_suffix(".ipynb"): report.notebook, page: report.page}
        if letter:
            files |= self._prepare_letter(report.applicant_id, report.language, letter)
        write_files(files, at_once=1)

    def write_letter(self, applicant_id: str, language: str, formats: Mapping[str, bytes]) -> None:
        """Write the letter of result to one applicant in each format, by the ending; a PDF of another one is removed.

        A file that has this content already is left alone.
        """
        files = self._prepare_letter(applicant_id, language, formats)
        if files:
            write_files(files)

    def _prepare_letter(self, applicant_id: str, language: str, formats: Mapping[str, bytes]) -> dict[Path, bytes]:
        """Return the files of a letter that are to be written; the PDF of another one is removed."""
        page = self.locate(self.name_letter(applicant_id, language))
        if not has_content(page, formats["html"]):
            page.with_suffix(".pdf").unlink(missing_ok=True)
        paths = {page.with_suffix(f".{ending}"): content for ending, content in formats.items()}
        return {path: content for path, content in paths.items() if not has_content(path, content)}

    def remove_letter(self, applicant_id: str, language: str) -> None:
        """Remove the letter of result to one applicant, where it exists."""
        page = self.locate(self.name_letter(applicant_id, language))
        for suffix in (".html", ".hwpx", ".pdf"):
            page.with_suffix(suffix).unlink(missing_ok=True)

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the round that is no page."""
        write_atomic(self.locate(name), content)

    def write_index(self, page: str) -> None:
        """Write the index."""
        write_atomic(self.index, page.encode())

    def remove(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> None:
        """Remove a report, or the summary, where it exists."""
        page = self.locate(self.name_page(applicant_id, language, audience))
        for suffix in (".html", ".ipynb", ".pdf"):
            page.with_suffix(suffix).unlink(missing_ok=True)

    def list_index_links(self, applicant_ids: Iterable[str], in_progress: Collection[str] = ()) -> tuple[str, ...]:
        """Return the files that the index links to, as far as they exist or are in progress.

        These are summaries, the reviewers' reports and their records, the public cards, the pages that explain these,
        and the tables of results.
        """
        summaries = [self.name_page("", language, audience) for audience in Audience for language in LANGUAGES]
        pages = [
            name_page(applicant_id, language)
            for applicant_id in applicant_ids
            for language in LANGUAGES
            for name_page in (self.name_page, self.name_card)
        ]
        records = [self.name_record(applicant_id) for applicant_id in applicant_ids]
        references = [self.name_reference(page, language) for page in REFERENCE_PAGES for language in LANGUAGES]
        names = dict.fromkeys([*summaries, *pages, *records, *references, "results.csv", "results.xlsx"])
        return tuple(name for name in names if name in in_progress or self.exists(name))

    def list_reports(
        self, applicant_ids: Iterable[str], language: str, in_progress: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return the reviewers' reports in one language that exist or are in progress."""
        names = (self.name_page(applicant_id, language) for applicant_id in applicant_ids)
        return tuple(name for name in names if name in in_progress or self.exists(name))

    def list_leftovers(self, applicant_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the folders of applicants that are not in the round, sorted. They are left alone."""
        folder = self.folder / "applicants"
        existing = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
        return tuple(sorted(existing - set(applicant_ids)))


_AUDIENCE_INFIXES = {audience: "" if audience is Audience.REVIEWER else f".{audience}" for audience in Audience}


def get_record_name(audience: Audience) -> str:
    """Return the name of an applicant's record for one audience, in the folder of the applicant."""
    return f"evaluation{_AUDIENCE_INFIXES[audience]}.json"


def replace_suffix(name: str, suffix: str) -> str:
    """Return the name of a file beside an output, with another suffix.

    >>> replace_suffix("applicants/haneul-si/report.ko.html", ".pdf")
    'applicants/haneul-si/report.ko.pdf'
    """
    return name.rpartition(".")[0] + suffix


def has_content(path: Path, content: bytes) -> bool:
    """Return whether the file exists with exactly this content."""
    return path.is_file() and path.read_bytes() == content
