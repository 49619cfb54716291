"""Which pages would a run render, and why: how does each stand against the ledger and the files that exist now?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from itertools import islice
from pathlib import Path

from smartcert.batch.hashing import FileHashes, PartHashes, hash_package, hash_template
from smartcert.batch.ledger import AttemptState, Ledger, LedgerEntry
from smartcert.batch.libraries import get_library_version, list_changed_libraries
from smartcert.batch.outputs import LANGUAGES, Outputs, replace_suffix
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.outcome import Outcome
from smartcert.paths import find_round_folder
from smartcert.reporting.audience import redact
from smartcert.reporting.canonical import encode_object
from smartcert.reporting.records import Audience, Record, to_json
from smartcert.services.cards import RoundCards
from smartcert.services.earlier import find_known
from smartcert.services.letter_settings import digest_sender
from smartcert.services.rounds import OpenRound, open_round


class Freshness(StrEnum):
    """How a page stands before a run. Only a fresh one is left as it is."""

    FRESH = "fresh"
    STALE = "stale"
    NEW = "new"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    ALTERED = "altered"


RETRIED = frozenset({Freshness.FAILED, Freshness.UNFINISHED})
"""What a request with ``retry_failed`` renders again."""


_NEXT_FEW = 4
"""Whose reports begin next: enough for two processes until it is known what those of all others depend on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageStatus:
    """One page by its name in the outputs, how it stands, and why.

    ``because`` names the parts and libraries that have changed since it was rendered (stale), the files that are gone
    or differ from what was written (altered), or the reason of the failure.
    """

    page: str
    freshness: Freshness
    because: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether nothing needs to be done."""
        return self.freshness is Freshness.FRESH


def get_page_status(
    page: str, parts: Mapping[str, str], latest: LedgerEntry | None, hashes: FileHashes | None
) -> PageStatus:
    """Compare one page with its latest entry in the ledger and with the files that exist now.

    Without ``hashes`` the files are not looked at: a page that is then not fresh is not fresh whatever they are.
    """
    if latest is None:
        return PageStatus(page=page, freshness=Freshness.NEW)
    if latest.state is AttemptState.FAILED:
        return PageStatus(page=page, freshness=Freshness.FAILED, because=(latest.reason,))
    if latest.state is not AttemptState.MADE:
        return PageStatus(page=page, freshness=Freshness.UNFINISHED)
    changed = tuple(name for name in parts if parts[name] != latest.parts.get(name))
    changed += tuple(f"library {change}" for change in list_changed_libraries(latest.libraries))
    if changed:
        return PageStatus(page=page, freshness=Freshness.STALE, because=changed)
    if hashes is None:
        return PageStatus(page=page, freshness=Freshness.FRESH)
    altered = tuple(sorted(name for name, sha256 in latest.files.items() if hashes.hash_file(name) != sha256))
    if altered:
        return PageStatus(page=page, freshness=Freshness.ALTERED, because=altered)
    return PageStatus(page=page, freshness=Freshness.FRESH)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedReport:
    """One report that is requested: its name in the outputs, and the parts that it depends on."""

    page: str
    applicant_id: str
    audience: Audience
    language: str
    parts: PartHashes


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPdf:
    """One PDF: its name in the outputs, that of the page that it shows, and the parts that it depends on."""

    page: str
    source: str
    applicant_id: str
    audience: Audience
    language: str
    parts: PartHashes


class RunPlan:
    """A request compared with the ledger and the files of its outputs. Nothing is written.

    Raises:
        UsageError: an unknown applicant is asked for, or one that has no report for one of the audiences.
    """

    def __init__(self, request: RunRequest, notebooks: Notebooks, opened: OpenRound) -> None:
        self.request = request
        self.opened = opened
        self.ids = tuple(evaluation.id for evaluation in opened.verdicts)
        for applicant_id in request.applicants:
            record = opened.record(applicant_id)
            for audience in request.audiences:
                redact(record, audience)  # refuses what does not exist
        self.outputs = Outputs(folder=request.folder(opened.round.id))
        self.hashes = FileHashes(self.outputs.folder)
        self._notebooks = notebooks
        asked = frozenset(request.applicants or self.ids)
        self._asked = tuple(name for name in self.ids if name in asked)
        self._input_hashes: dict[str, PartHashes] = {}
        self._reports: dict[str, tuple[PlannedReport, ...]] = {}
        files = request.find_earlier_files(opened.round.id)
        self.earlier, self.later = find_known(opened, files.read_records(), files.register)
        self._outcomes = {
            evaluation.id: outcome for evaluation, outcome in zip(opened.verdicts, opened.outcomes, strict=True)
        }
        self._latest: Mapping[str, LedgerEntry] | None = None

    @property
    def latest(self) -> Mapping[str, LedgerEntry]:
        """The latest entry of each page in the ledger: that of a run that is under way, or as the file has it."""
        if self._latest is None:
            self._latest = Ledger(self.outputs.folder).read_latest()
        return self._latest

    def use_ledger(self, latest: Mapping[str, LedgerEntry]) -> None:
        """Look at these entries, which a run goes on writing, in place of the file."""
        self._latest = latest

    def list_relinked(self) -> tuple[PlannedReport, ...]:
        """Return the written reports whose links have changed since: to a page that failed, or to one that did not."""
        self._reports.clear()
        return tuple(
            report
            for report in self.reports
            if (entry := self.latest.get(report.page)) is not None
            and entry.state is AttemptState.MADE
            and entry.parts.get("links") != report.parts["links"]
        )

    @property
    def reports(self) -> tuple[PlannedReport, ...]:
        """The requested reports, in the order of applicants, audiences and languages."""
        return tuple(report for applicant_id in self._asked for report in self._list_reports(applicant_id))

    def _list_reports(self, applicant_id: str) -> tuple[PlannedReport, ...]:
        if applicant_id not in self._reports:
            self._reports[applicant_id] = tuple(map(self._add_links, self._iter_reports(applicant_id)))
        return self._reports[applicant_id]

    def _iter_reports(self, applicant_id: str) -> Iterator[PlannedReport]:
        numpy = get_library_version("numpy")  # its random numbers are in the records, whatever process shows them
        yield from (
            PlannedReport(
                page=self.outputs.name_page(applicant_id, language, audience),
                applicant_id=applicant_id,
                audience=audience,
                language=language,
                parts={
                    **self._get_input_hashes(applicant_id),
                    **self._get_page_parts(self._notebooks.applicant, language),
                    "audience": audience.value,
                    **self._get_later_part(applicant_id),
                    **({} if audience is Audience.PUBLIC else {"numpy": numpy, **self._get_earlier_part(applicant_id)}),
                },
            )
            for audience in self.request.audiences
            if is_seen_by(self._outcomes[applicant_id], audience)
            for language in self.request.languages
        )

    def _get_input_hashes(self, applicant_id: str) -> PartHashes:
        if applicant_id not in self._input_hashes:
            self._input_hashes[applicant_id] = self.opened.input_digests(applicant_id)
        return self._input_hashes[applicant_id]

    def _get_earlier_part(self, applicant_id: str) -> dict[str, str]:
        """Return the hash of what is known of an applicant from before the round, as its record has it."""
        earlier = self.earlier.get(applicant_id)
        return {"earlier": sha256_hex(encode_object(earlier)) if earlier else ""}

    def _get_later_part(self, applicant_id: str) -> dict[str, str]:
        """Return the hash of what became of the certificate of an applicant, where the register says so."""
        later = self.later.get(applicant_id)
        return {"later": sha256_hex(encode_object(later))} if later else {}

    def _add_links(self, report: PlannedReport) -> PlannedReport:
        """Return a report with the files that its page links to, relative to it, among the parts that it depends on.

        These are the files that the request writes or that exist already, but for pages that failed: to reviewers all
        of them, to others those that are for them.
        """
        name, audience, language = report.applicant_id, report.audience, report.language
        other = next(another for another in LANGUAGES if another != language)
        pages = [
            (audience, other),
            *((reader, language) for reader in _READABLE_BY[audience] if reader is not audience),
        ]
        links = [
            self.outputs.name_page(name, lang, reader) for reader, lang in pages if self._has_page(name, lang, reader)
        ]
        letter = self.outputs.name_letter(name, language)
        if audience is not Audience.PUBLIC and self._is_letter_written(letter, name, language):
            links += [letter, replace_suffix(letter, ".hwpx")]
        if self._is_card_written(name, language):
            links.append(self.outputs.name_card(name, language))
        if self._has_pdf(report):
            links.append(replace_suffix(report.page, ".pdf"))
        links.append(self.outputs.name_record(name, audience))
        links = [link.rpartition("/")[2] for link in links]  # all are in the folder of the report
        if audience is Audience.REVIEWER:
            links = [_INDEX_LINK, *links, _RESULTS_LINK]
        links.append(_GLOSSARY_LINK.format(language))
        return replace(report, parts={**report.parts, "links": " ".join(links)})

    def _has_page(self, applicant_id: str, language: str, audience: Audience) -> bool:
        request, page = self.request, self.outputs.name_page(applicant_id, language, audience)
        if not is_seen_by(self._outcomes[applicant_id], audience) or self._has_failed(page):
            return False
        return (language in request.languages and audience in request.audiences) or self.outputs.exists(page)

    def _is_letter_written(self, letter: str, applicant_id: str, language: str) -> bool:
        if self._has_failed(letter):
            return False
        requested = self.request.audiences != (Audience.PUBLIC,) and language in self.request.languages
        return requested or self._has_report(applicant_id, language)

    def _is_card_written(self, applicant_id: str, language: str) -> bool:
        card = self.outputs.name_card(applicant_id, language)
        if self._has_failed(card):
            return False
        if applicant_id not in self.round_cards:
            return False
        return (self._writes_cards and language in self.request.languages) or self.outputs.exists(card)

    def list_pdfs(self, engine: str) -> tuple[PlannedPdf, ...]:
        """Return the PDFs of the pages that exist, as ``engine`` would render them.

        Where applicants are asked for, only theirs, and those of summaries and letters that have a PDF already, which
        would be old.
        """
        asked = self.request.applicants
        pages = [
            (page, applicant_id, audience, language)
            for applicant_id in ("", *(asked or self.ids))
            for audience, language, page in self.outputs.name_reports(applicant_id)
            if language in self.request.languages
            and (audience in self.request.audiences or not applicant_id)
            and (applicant_id or not asked or self.outputs.exists(replace_suffix(page, ".pdf")))
        ]
        for letter in self.letters:
            if not asked or letter.applicant_id in asked or self.outputs.exists(replace_suffix(letter.page, ".pdf")):
                pages.append((letter.page, letter.applicant_id, letter.audience, letter.language))
        return tuple(
            PlannedPdf(
                page=replace_suffix(page, ".pdf"),
                source=page,
                applicant_id=applicant_id,
                audience=audience,
                language=language,
                parts={
                    "page": self.hashes.hash_file(page),
                    "package": hash_package(),
                    "pdf engine": engine,
                },
            )
            for page, applicant_id, audience, language in pages
            if self.outputs.exists(page)
        )

    @property
    def _writes_cards(self) -> bool:
        return self.request.audiences != (Audience.APPLICANT,)

    def _has_pdf(self, report: PlannedReport) -> bool:
        """Return whether a page has a PDF after a run: it is asked for, or exists and its page is not rendered anew."""
        entry, pdf = self.latest.get(report.page), replace_suffix(report.page, ".pdf")
        if self._has_failed(pdf):
            return False  # it was refused: a page is asked for again without it, and gets its link when it is there
        if self.request.pdf:
            return True
        if entry is None or not self.outputs.exists(pdf):
            return False
        return {name: part for name, part in entry.parts.items() if name != "links"} == dict(report.parts)

    def _has_failed(self, page: str) -> bool:
        entry = self.latest.get(page)
        return entry is not None and entry.state is AttemptState.FAILED

    @cached_property
    def letters(self) -> tuple[PlannedReport, ...]:
        """The letters of result that belong to the outputs: to whom a report for reviewers or for itself is requested.

        Those of reports that exist already are among them, so that no page stands without its letter, whichever runs
        wrote the two.
        """
        asked = frozenset(self.request.applicants or self.ids) if self.request.audiences != (Audience.PUBLIC,) else ()
        return tuple(
            self.plan_letter(applicant_id, language)
            for applicant_id in self.ids
            for language in LANGUAGES
            if (applicant_id in asked and language in self.request.languages)
            or self._has_report(applicant_id, language)
        )

    def plan_letter(self, applicant_id: str, language: str) -> PlannedReport:
        """Return the letter of result to one applicant in one language, whether or not it belongs to the outputs."""
        return PlannedReport(
            page=self.outputs.name_letter(applicant_id, language),
            applicant_id=applicant_id,
            audience=Audience.APPLICANT,
            language=language,
            parts={
                **self._get_input_hashes(applicant_id),
                "sender": self._sender,
                "package": hash_package(),
                "language": language,
            },
        )

    @cached_property
    def _sender(self) -> str:
        return digest_sender(self.opened)

    @cached_property
    def cards(self) -> tuple[PlannedReport, ...]:
        """The public cards that belong to the outputs: those that are requested, and those that exist already.

        Only those whom the press page names have one.
        """
        asked = frozenset(self.request.applicants or self.ids) if self._writes_cards else ()
        return tuple(
            PlannedReport(
                page=self.outputs.name_card(applicant_id, language),
                applicant_id=applicant_id,
                audience=Audience.PUBLIC,
                language=language,
                parts={
                    "public": self.round_cards.digest(applicant_id),
                    "package": hash_package(),
                    "language": language,
                },
            )
            for applicant_id in self.ids
            for language in LANGUAGES
            if applicant_id in self.round_cards
            and (
                (applicant_id in asked and language in self.request.languages)
                or self.outputs.exists(self.outputs.name_card(applicant_id, language))
            )
        )

    @cached_property
    def round_cards(self) -> RoundCards:
        """What the cards of the round show."""
        return RoundCards(self.opened, self.earlier, self.later)

    def _has_report(self, applicant_id: str, language: str) -> bool:
        audiences = (Audience.REVIEWER, Audience.APPLICANT)
        return any(
            self.outputs.exists(self.outputs.name_page(applicant_id, language, audience)) for audience in audiences
        )

    def select(self, latest: Mapping[str, LedgerEntry], pages: Collection[PlannedReport]) -> tuple[PlannedReport, ...]:
        """Return those of the pages that a run writes: all that are not fresh, or only what failed."""
        retry = self.request.retry_failed
        return tuple(
            page
            for page, status in self.compare(latest, pages)
            if (status.freshness in RETRIED if retry else not status.fresh)
        )

    def compare(
        self, latest: Mapping[str, LedgerEntry], reports: Collection[PlannedReport]
    ) -> Iterator[tuple[PlannedReport, PageStatus]]:
        """Yield each report with how it stands; ``latest`` is the latest entry of each page in the ledger."""
        files = (name for report in reports if report.page in latest for name in latest[report.page].files)
        self.hashes.hash_files(files)  # several at a time
        for report in reports:
            yield report, get_page_status(report.page, report.parts, latest.get(report.page), self.hashes)

    def group_applicants(self, latest: Mapping[str, LedgerEntry]) -> Iterator[tuple[str, ...]]:
        """Yield all applicants in four groups, in the order in which their reports are rendered.

        Three are of those with a report that is not fresh whatever its files are: the first of them and the next few,
        whose reports begin before it is known what those of the others depend on, and the rest. No file is read to find
        them.
        """
        changed = (name for name in self._asked if self._has_changed(name, latest))
        found = set[str]()
        for count in (1, _NEXT_FEW, None):
            group = tuple(islice(changed, count))
            found.update(group)
            yield group
        yield tuple(name for name in self.ids if name not in found)

    def _has_changed(self, applicant_id: str, latest: Mapping[str, LedgerEntry]) -> bool:
        return not all(
            get_page_status(report.page, report.parts, latest.get(report.page), None).fresh
            for report in self._list_reports(applicant_id)
        )

    def select_reports(
        self, latest: Mapping[str, LedgerEntry], applicant_ids: Collection[str]
    ) -> tuple[PlannedReport, ...]:
        """Return the reports of these applicants that a run renders: all that are not fresh, or only what failed."""
        wanted = [report for name in self._asked if name in applicant_ids for report in self._list_reports(name)]
        return self.select(latest, wanted)

    def get_record_parts(self, applicant_id: str) -> PartHashes:
        """Return the parts that an applicant's record depends on."""
        earlier = self._get_earlier_part(applicant_id)
        later = self._get_later_part(applicant_id)
        return {**self._get_input_hashes(applicant_id), "package": hash_package(), **earlier, **later}

    def get_summary_parts(self, record: bytes, language: str) -> PartHashes:
        """Return the parts that a summary depends on: the round's record, with the failures in it, and the code."""
        return {"round": sha256_hex(record), **self._get_page_parts(self._notebooks.summary, language)}

    def _get_page_parts(self, notebook: str, language: str) -> dict[str, str]:
        return {
            "notebook": sha256_hex(notebook.encode()),
            "template": hash_template(),
            "package": hash_package(),
            "language": language,
        }


_INDEX_LINK, _RESULTS_LINK = "../../index.html", "../../results.csv"
_GLOSSARY_LINK = "../../glossary.{}.html"
_READABLE_BY: Mapping[Audience, tuple[Audience, ...]] = {
    Audience.REVIEWER: (Audience.REVIEWER, Audience.APPLICANT, Audience.PUBLIC),
    Audience.APPLICANT: (Audience.APPLICANT, Audience.PUBLIC),
    Audience.PUBLIC: (Audience.PUBLIC,),
}
"""Whose reports each audience may see."""


def is_seen_by(outcome: Outcome, audience: Audience) -> bool:
    """Return whether there is a report on an applicant for an audience: the public sees the certified only."""
    return audience is not Audience.PUBLIC or outcome.certified


def write_json(record: Record, audiences: Iterable[Audience], outputs: Outputs) -> dict[Audience, bytes | None]:
    """Return an applicant's records as JSON: those of ``audiences``, and of others for which an earlier run left one.

    None stands for a record that exists and is to be removed: its audience may not see it any more.
    """
    texts: dict[Audience, bytes | None] = {}
    for audience in Audience:
        exists = outputs.exists(outputs.name_record(record.evaluation.id, audience))
        if is_seen_by(record.outcome, audience):
            if exists or audience in audiences:
                texts[audience] = to_json(redact(record, audience))
        elif exists:
            texts[audience] = None
    return texts


def renew_records(
    applicant_id: str, texts: Mapping[Audience, bytes | None], outputs: Outputs, write: Callable[[Path, bytes], None]
) -> None:
    """Have an applicant's records, as `write_json` returns them, written by ``write`` where they differ, or removed.

    So no page stands beside a record that it does not show.
    """
    for audience, text in texts.items():
        if text is None:
            outputs.remove_record(applicant_id, audience)
        else:
            outputs.write_record(applicant_id, text, audience, write)


def _compare_pdfs(
    plan: RunPlan, latest: Mapping[str, LedgerEntry], pages: Iterable[PageStatus]
) -> Iterator[tuple[PlannedPdf, PageStatus]]:
    """Yield how the PDF stands of each page that had one, or is to have one, as the engine of the request renders it.

    One of a page that is not fresh itself is not either: its page will be another.
    """
    # imported here: a round without PDFs needs no engine
    from smartcert.batch.pdf import choose_engine

    if not plan.request.pdf and not any(name.endswith(".pdf") for name in latest):
        return
    changing = {status.page for status in pages if not status.fresh}
    for pdf in plan.list_pdfs(str(choose_engine(plan.request.pdf_engine))):
        if plan.request.pdf or pdf.page in latest:
            status = get_page_status(pdf.page, pdf.parts, latest.get(pdf.page), plan.hashes)
            if status.fresh and pdf.source in changing:
                status = PageStatus(page=pdf.page, freshness=Freshness.STALE, because=("page",))
            yield pdf, status


def plan_reports(request: RunRequest) -> tuple[PageStatus, ...]:
    """Return how each requested report, letter and card stands, and the PDFs of pages, without rendering any."""
    plan = RunPlan(request, Notebooks.from_package(), open_round(request.round))
    latest = Ledger(plan.outputs.folder).read_latest()
    statuses = [status for _, status in plan.compare(latest, (*plan.reports, *plan.letters, *plan.cards))]
    return (*statuses, *(status for _, status in _compare_pdfs(plan, latest, statuses)))


def compare_pages(request: RunRequest, opened: OpenRound) -> tuple[PageStatus, ...]:
    """Return how each page, letter and card asked for stands; a summary is compared with its record in the outputs."""
    plan = RunPlan(request, Notebooks.from_package(), opened)
    latest = Ledger(plan.outputs.folder).read_latest()
    statuses = [status for _, status in plan.compare(latest, (*plan.reports, *plan.letters, *plan.cards))]
    for audience in list_summary_audiences(request.audiences):
        path = plan.outputs.locate(plan.outputs.name_summary_record(audience))
        record = path.read_bytes() if path.is_file() else b""
        for language in request.languages:
            page = plan.outputs.name_page("", language, audience)
            parts = plan.get_summary_parts(record, language)
            statuses.append(get_page_status(page, parts, latest.get(page), plan.hashes))
    pdfs = _compare_pdfs(plan, latest, statuses) if request.pdf else ()
    return (*statuses, *(status for _, status in pdfs))


def list_summary_audiences(audiences: tuple[Audience, ...]) -> tuple[Audience, ...]:
    """Return the audiences of summaries: reviewers are the committee, and see the press's too."""
    if Audience.REVIEWER in audiences:
        return (Audience.REVIEWER, Audience.PUBLIC)
    return (Audience.PUBLIC,) if Audience.PUBLIC in audiences else ()


def explain_plan(
    request: RunRequest, applicant_id: str
) -> tuple[tuple[PageStatus, Mapping[str, str], Mapping[str, str]], ...]:
    """Return how each page of one applicant stands, with the parts that it was rendered from, and those of now."""
    plan = RunPlan(request, Notebooks.from_package(), open_round(request.round))
    plan.opened.record(applicant_id)  # refuses an unknown one
    latest = Ledger(plan.outputs.folder).read_latest()
    pages = [page for page in (*plan.reports, *plan.letters, *plan.cards) if page.applicant_id == applicant_id]
    compared: list[tuple[PlannedReport | PlannedPdf, PageStatus]] = [*plan.compare(latest, pages)]
    pdfs = _compare_pdfs(plan, latest, [status for _, status in compared])
    compared += [(pdf, status) for pdf, status in pdfs if pdf.applicant_id == applicant_id]
    return tuple(
        (status, latest[page.page].parts if page.page in latest else {}, page.parts) for page, status in compared
    )


def get_outputs_folder(name: str, output: Path | None) -> Path:
    """Return the folder of a round's outputs; the round's id is the name of its folder."""
    return RunRequest(round=name, output=output).folder(find_round_folder(name).name)
