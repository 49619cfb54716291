"""Where is each file of a round's outputs, and how does no page stand beside a record that it does not show?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from smartcert.batch.request import RenderedReport
from smartcert.files import write_atomic, write_files
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.records import Audience

LANGUAGES = ("ko", "en")
REFERENCE_PAGES = ("glossary", "accessibility")
"""The pages of a round that explain its others."""


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

    def record(self, applicant_id: str, audience: Audience = Audience.REVIEWER) -> Path:
        """Return the path of one applicant's record."""
        return self.applicant(applicant_id) / get_record_name(audience)

    def summary_record(self, audience: Audience) -> Path:
        """Return the path of the record that a summary shows: the press's for the public, else the round's own."""
        return self.folder / ("round.press.json" if audience is Audience.PUBLIC else "round.json")

    def page(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> Path:
        """Return the path of a report, or of the summary where ``applicant_id`` is empty."""
        if applicant_id:
            return self.applicant(applicant_id) / f"report{_get_audience_infix(audience)}.{language}.html"
        press = ".press" if audience is Audience.PUBLIC else ""
        return self.folder / f"round_summary{press}.{language}.html"

    def letter(self, applicant_id: str, language: str) -> Path:
        """Return the path of the letter of result to one applicant; the Hangul document and the PDF stand beside it."""
        return self.applicant(applicant_id) / f"letter.{language}.html"

    def card(self, applicant_id: str, language: str) -> Path:
        """Return the path of the public card of one applicant."""
        return self.applicant(applicant_id) / f"card.{language}.html"

    def reference(self, name: str, language: str) -> Path:
        """Return the path of one of `REFERENCE_PAGES`."""
        return self.folder / f"{name}.{language}.html"

    def name(self, path: Path) -> str:
        """Return a path as the ledger and the manifest name it: relative to the folder, with slashes."""
        return path.relative_to(self.folder).as_posix()

    def report_paths(self, applicant_id: str) -> tuple[tuple[Audience, str, Path], ...]:
        """Return every path that a report of one applicant, or a summary, may have, with audience and language."""
        audiences = Audience if applicant_id else (Audience.REVIEWER, Audience.PUBLIC)
        return tuple(
            (audience, language, self.page(applicant_id, language, audience))
            for audience in audiences
            for language in LANGUAGES
        )

    def prepare(self) -> None:
        """Remove the index, which is written again last, and the partial files of a killed run."""
        self.index.unlink(missing_ok=True)
        for part in self.folder.rglob(".*.part"):
            part.unlink(missing_ok=True)

    def write_record(self, applicant_id: str, record: bytes, audience: Audience = Audience.REVIEWER) -> None:
        """Write one applicant's record; if it differs from the one before, its pages are removed first."""
        self._write_record(self.record(applicant_id, audience), record, applicant_id, audience)

    def write_round_record(self, record: bytes) -> None:
        """Write the round's record; if it differs from the one before, the summaries are removed first."""
        self._write_record(self.summary_record(Audience.REVIEWER), record, "", Audience.REVIEWER)

    def write_press_record(self, record: bytes) -> None:
        """Write the round's public record; if it differs from the one before, its summaries are removed first."""
        self._write_record(self.summary_record(Audience.PUBLIC), record, "", Audience.PUBLIC)

    def _write_record(self, path: Path, record: bytes, applicant_id: str, audience: Audience) -> None:
        if has_content(path, record):
            return
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
            if applicant_id and audience is not Audience.PUBLIC and path.is_file():
                self.remove_letter(applicant_id, language)
            if applicant_id and audience is not Audience.APPLICANT and path.is_file():
                self.card(applicant_id, language).unlink(missing_ok=True)
        write_atomic(path, record)

    def remove_record(self, applicant_id: str, audience: Audience) -> None:
        """Remove one applicant's record for an audience, and its pages."""
        for language in LANGUAGES:
            self.remove(applicant_id, language, audience)
        self.record(applicant_id, audience).unlink(missing_ok=True)

    def write_report(self, report: RenderedReport, letter: Mapping[str, bytes] | None = None) -> None:
        """Write a report, or the summary: the executed notebook, then the page; beside it the letter, if there is one.

        What was rendered together is written together: the disk is waited for once.
        """
        page = self.page(report.applicant_id, report.language, report.audience)
        if not has_content(page, report.page):
            page.with_suffix(".pdf").unlink(missing_ok=True)  # it shows another page
        files = {page.with_suffix(".ipynb"): report.notebook, page: report.page}
        if letter:
            files |= self._prepare_letter(report.applicant_id, report.language, letter)
        write_files(files)

    def write_letter(self, applicant_id: str, language: str, formats: Mapping[str, bytes]) -> None:
        """Write the letter of result to one applicant in each format, by the ending; a PDF of another one is removed.

        A file that has this content already is left alone.
        """
        files = self._prepare_letter(applicant_id, language, formats)
        if files:
            write_files(files)

    def _prepare_letter(self, applicant_id: str, language: str, formats: Mapping[str, bytes]) -> dict[Path, bytes]:
        """Return the files of a letter that are to be written; the PDF of another one is removed."""
        page = self.letter(applicant_id, language)
        if not has_content(page, formats["html"]):
            page.with_suffix(".pdf").unlink(missing_ok=True)
        paths = {page.with_suffix(f".{ending}"): content for ending, content in formats.items()}
        return {path: content for path, content in paths.items() if not has_content(path, content)}

    def remove_letter(self, applicant_id: str, language: str) -> None:
        """Remove the letter of result to one applicant, where it exists."""
        for suffix in (".html", ".hwpx", ".pdf"):
            self.letter(applicant_id, language).with_suffix(suffix).unlink(missing_ok=True)

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the round that is no page."""
        write_atomic(self.folder / name, content)

    def write_index(self, page: str) -> None:
        """Write the index."""
        write_atomic(self.index, page.encode())

    def remove(self, applicant_id: str, language: str, audience: Audience = Audience.REVIEWER) -> None:
        """Remove a report, or the summary, where it exists."""
        page = self.page(applicant_id, language, audience)
        for suffix in (".html", ".ipynb", ".pdf"):
            page.with_suffix(suffix).unlink(missing_ok=True)

    def list_index_links(self, applicant_ids: Iterable[str], in_progress: Collection[str] = ()) -> tuple[str, ...]:
        """Return the files that the index links to, as far as they exist or are in progress.

        These are summaries, the reviewers' reports and their records, the public cards, the pages that explain these,
        and the tables of results.
        """
        summaries = [self.page("", language, audience) for audience in Audience for language in LANGUAGES]
        pages = [
            page(applicant_id, language)
            for applicant_id in applicant_ids
            for language in LANGUAGES
            for page in (self.page, self.card)
        ]
        records = [self.record(applicant_id, Audience.REVIEWER) for applicant_id in applicant_ids]
        references = [self.reference(name, language) for name in REFERENCE_PAGES for language in LANGUAGES]
        tables = [self.folder / name for name in ("results.csv", "results.xlsx")]
        return self._select_existing(dict.fromkeys([*summaries, *pages, *records, *references, *tables]), in_progress)

    def list_reports(
        self, applicant_ids: Iterable[str], language: str, in_progress: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return the reviewers' reports in one language that exist or are in progress."""
        return self._select_existing((self.page(name, language) for name in applicant_ids), in_progress)

    def _select_existing(self, paths: Iterable[Path], in_progress: Collection[str]) -> tuple[str, ...]:
        names = ((self.name(path), path) for path in paths)
        return tuple(name for name, path in names if name in in_progress or path.is_file())

    def list_leftovers(self, applicant_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the folders of applicants that are not in the round, sorted. They are left alone."""
        folder = self.folder / "applicants"
        existing = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
        return tuple(sorted(existing - set(applicant_ids)))


def get_record_name(audience: Audience) -> str:
    """Return the name of an applicant's record for one audience."""
    return f"evaluation{_get_audience_infix(audience)}.json"


def _get_audience_infix(audience: Audience) -> str:
    return "" if audience is Audience.REVIEWER else f".{audience}"


def has_content(path: Path, content: bytes) -> bool:
    """Return whether the file exists with exactly this content."""
    return path.is_file() and path.read_bytes() == content
