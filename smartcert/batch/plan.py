"""Which pages would a run render, and why: how does each stand against the ledger and the files that exist now?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from smartcert.batch.hashing import FileHashes, PartHashes, hash_package, hash_template
from smartcert.batch.ledger import AttemptState, Ledger, LedgerEntry
from smartcert.batch.libraries import list_changed_libraries
from smartcert.batch.outputs import LANGUAGES, Outputs
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.files import sha256_hex
from smartcert.model.outcome import Outcome
from smartcert.paths import find_round_folder
from smartcert.reporting.audience import redact
from smartcert.reporting.records import Audience, Record, to_json
from smartcert.services.letters import digest_sender
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


class RunPlan:
    """A request compared with the ledger and the files of its outputs. Nothing is written.

    Raises:
        UsageError: an unknown applicant is asked for, or one that has no report for one of the audiences.
    """

    def __init__(self, request: RunRequest, notebooks: Notebooks, opened: OpenRound) -> None:
        self.request = request
        self.opened = opened
        self.ids = tuple(evaluation.id for evaluation in opened.evaluations)
        for applicant_id in request.applicants:
            for audience in request.audiences:
                redact(opened.record(applicant_id), audience)  # refuses what does not exist
        self.outputs = Outputs(folder=request.folder(opened.round.id))
        self.hashes = FileHashes(self.outputs.folder)
        self._notebooks = notebooks
        self._input_hashes = {applicant_id: opened.input_digests(applicant_id) for applicant_id in self.ids}

    @cached_property
    def reports(self) -> tuple[PlannedReport, ...]:
        """The requested reports, in the order of applicants, audiences and languages."""
        asked = frozenset(self.request.applicants or self.ids)
        return tuple(
            PlannedReport(
                page=self.outputs.name(self.outputs.page(evaluation.id, language, audience)),
                applicant_id=evaluation.id,
                audience=audience,
                language=language,
                parts=self._input_hashes[evaluation.id]
                | self._get_page_parts(self._notebooks.applicant, language)
                | {"audience": audience.value},
            )
            for evaluation, outcome in zip(self.opened.evaluations, self.opened.outcomes, strict=True)
            if evaluation.id in asked
            for audience in self.request.audiences
            if is_seen_by(outcome, audience)
            for language in self.request.languages
        )

    @cached_property
    def letters(self) -> tuple[PlannedReport, ...]:
        """The letters of result that belong to the outputs: to whom a report for reviewers or for itself is requested.

        Those of reports that exist already are among them, so that no page stands without its letter, whichever runs
        wrote the two.
        """
        sender = digest_sender(self.opened)
        asked = frozenset(self.request.applicants or self.ids) if self.request.audiences != (Audience.PUBLIC,) else ()
        return tuple(
            PlannedReport(
                page=self.outputs.name(self.outputs.letter(applicant_id, language)),
                applicant_id=applicant_id,
                audience=Audience.APPLICANT,
                language=language,
                parts=self._input_hashes[applicant_id]
                | {"sender": sender, "package": hash_package(), "language": language},
            )
            for applicant_id in self.ids
            for language in LANGUAGES
            if (applicant_id in asked and language in self.request.languages)
            or self._has_report(applicant_id, language)
        )

    def _has_report(self, applicant_id: str, language: str) -> bool:
        audiences = (Audience.REVIEWER, Audience.APPLICANT)
        return any(self.outputs.page(applicant_id, language, audience).is_file() for audience in audiences)

    def select_letters(self, latest: Mapping[str, LedgerEntry]) -> tuple[PlannedReport, ...]:
        """Return the letters that a run writes: all that are not fresh, or only what failed."""
        retry = self.request.retry_failed
        return tuple(
            letter
            for letter, status in self.compare(latest, self.letters)
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

    def list_changed_applicants(self, latest: Mapping[str, LedgerEntry]) -> frozenset[str]:
        """Return the applicants with a report that is not fresh whatever its files are. No file is read."""
        return frozenset(
            report.applicant_id
            for report in self.reports
            if not get_page_status(report.page, report.parts, latest.get(report.page), None).fresh
        )

    def select_reports(
        self, latest: Mapping[str, LedgerEntry], applicant_ids: Collection[str]
    ) -> tuple[PlannedReport, ...]:
        """Return the reports of these applicants that a run renders: all that are not fresh, or only what failed."""
        reports = tuple(report for report in self.reports if report.applicant_id in applicant_ids)
        retry = self.request.retry_failed
        return tuple(
            report
            for report, status in self.compare(latest, reports)
            if (status.freshness in RETRIED if retry else not status.fresh)
        )

    def get_record_parts(self, applicant_id: str) -> PartHashes:
        """Return the parts that an applicant's record depends on."""
        return self._input_hashes[applicant_id] | {"package": hash_package()}

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


def is_seen_by(outcome: Outcome, audience: Audience) -> bool:
    """Return whether there is a report on an applicant for an audience: the public sees the certified only."""
    return audience is not Audience.PUBLIC or outcome.certified


def renew_records(record: Record, audiences: Iterable[Audience], outputs: Outputs) -> Iterator[tuple[Audience, bytes]]:
    """Write an applicant's records and yield those of ``audiences`` as they are written.

    A record that an earlier run left for another audience is written anew too, or removed where the audience may not
    see it any more; so no page stands beside a record that it does not show.
    """
    applicant_id, wanted = record.evaluation.id, frozenset(audiences)
    for audience in Audience:
        exists = outputs.record(applicant_id, audience).is_file()
        if not is_seen_by(record.outcome, audience):
            if exists:
                outputs.remove_record(applicant_id, audience)
        elif audience in wanted or exists:
            text = to_json(redact(record, audience))
            outputs.write_record(applicant_id, text, audience)
            if audience in wanted:
                yield audience, text


def plan_reports(request: RunRequest) -> tuple[PageStatus, ...]:
    """Return how each requested report and letter stands, without rendering any.

    Raises:
        UsageError: no such round or applicant.
        InputError: the round's files have problems.
    """
    plan = RunPlan(request, Notebooks.from_package(), open_round(request.round))
    latest = Ledger(plan.outputs.folder).read_latest()
    return tuple(status for _, status in plan.compare(latest, (*plan.reports, *plan.letters)))


def compare_pages(request: RunRequest, opened: OpenRound) -> tuple[PageStatus, ...]:
    """Return how each requested page and letter stands; a summary is compared with its record in the outputs.

    Raises:
        UsageError: no such applicant.
    """
    plan = RunPlan(request, Notebooks.from_package(), opened)
    latest = Ledger(plan.outputs.folder).read_latest()
    statuses = [status for _, status in plan.compare(latest, (*plan.reports, *plan.letters))]
    for audience in list_summary_audiences(request.audiences):
        path = plan.outputs.summary_record(audience)
        record = path.read_bytes() if path.is_file() else b""
        for language in request.languages:
            page = plan.outputs.name(plan.outputs.page("", language, audience))
            parts = plan.get_summary_parts(record, language)
            statuses.append(get_page_status(page, parts, latest.get(page), plan.hashes))
    return tuple(statuses)


def list_summary_audiences(audiences: tuple[Audience, ...]) -> tuple[Audience, ...]:
    """Return the audiences of summaries: reviewers are the committee, and see the press's too."""
    if Audience.REVIEWER in audiences:
        return (Audience.REVIEWER, Audience.PUBLIC)
    return (Audience.PUBLIC,) if Audience.PUBLIC in audiences else ()


def explain_plan(
    request: RunRequest, applicant_id: str
) -> tuple[tuple[PageStatus, Mapping[str, str], Mapping[str, str]], ...]:
    """Return how each page of one applicant stands, with the parts that it was rendered from, and those of now.

    Raises:
        UsageError: no such round or applicant.
        InputError: the round's files have problems.
    """
    plan = RunPlan(request, Notebooks.from_package(), open_round(request.round))
    plan.opened.record(applicant_id)  # refuses an unknown one
    latest = Ledger(plan.outputs.folder).read_latest()
    return tuple(
        (status, latest[report.page].parts if report.page in latest else {}, report.parts)
        for report, status in plan.compare(
            latest,
            [report for report in (*plan.reports, *plan.letters) if report.applicant_id == applicant_id],
        )
    )


def get_outputs_folder(name: str, output: Path | None) -> Path:
    """Return the folder of a round's outputs; the round's id is the name of its folder."""
    return RunRequest(round=name, output=output).folder(find_round_folder(name).name)
