"""What is stale and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from smartcert.batch.hashing import FileHashes, PartHashes, hash_package, hash_template
from smartcert.batch.ledger import AttemptState, Ledger, LedgerEntry
from smartcert.batch.outputs import Outputs
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.files import sha256_hex
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.audience import redact
from smartcert.reporting.records import Audience, Record, to_json
from smartcert.services.rounds import OpenRound, open_round

# --- What a run would make again, and why: each page held against the ledger before anything starts.


class Freshness(StrEnum):
    """How a page stands before a run. Only a fresh one is left as it is."""

    FRESH = "fresh"
    STALE = "stale"
    NEW = "new"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    ALTERED = "altered"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageStatus:
    """One page by its place in the outputs, how it stands, and what made it so.

    ``because`` names the parts that are other ones than when it was made (stale), the files that are gone or are not
    what was placed (altered), or the reason of the failure.
    """

    page: str
    freshness: Freshness
    because: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether nothing needs to be done."""
        return self.freshness is Freshness.FRESH


def get_page_status(
    page: str, parts: Mapping[str, str], last: LedgerEntry | None, hashes: FileHashes | None
) -> PageStatus:
    """Hold one page against its latest line in the ledger and against the files that stand there now.

    Without ``hashes`` the files are not looked at: what is not fresh then is not fresh whatever they are.
    """
    if last is None:
        return PageStatus(page=page, freshness=Freshness.NEW)
    if last.state is AttemptState.FAILED:
        return PageStatus(page=page, freshness=Freshness.FAILED, because=(last.reason,))
    if last.state is not AttemptState.MADE:
        return PageStatus(page=page, freshness=Freshness.UNFINISHED)
    other = tuple(name for name in parts if parts[name] != last.parts.get(name))
    if other:
        return PageStatus(page=page, freshness=Freshness.STALE, because=other)
    if hashes is None:
        return PageStatus(page=page, freshness=Freshness.FRESH)
    altered = tuple(sorted(name for name, digest in last.files.items() if hashes.of(name) != digest))
    if altered:
        return PageStatus(page=page, freshness=Freshness.ALTERED, because=altered)
    return PageStatus(page=page, freshness=Freshness.FRESH)


# --- Which records a run makes: per applicant one for each audience that may see it.


def is_seen_by(evaluation: Evaluation, audience: Audience) -> bool:
    """Return whether there is a report on an applicant for an audience: the public sees the certified only."""
    return audience is not Audience.PUBLIC or evaluation.certified


def check_reports_exist(records: Iterable[Record], audiences: Iterable[Audience]) -> None:
    """Raise if one of the applicants that were asked for by name has no report for one of the audiences.

    Raises:
        UsageError: says which applicant, and why.
    """
    wanted = tuple(audiences)
    for record in records:
        for audience in wanted:
            redact(record, audience)


def renew_records(record: Record, audiences: Iterable[Audience], outputs: Outputs) -> Iterator[tuple[Audience, bytes]]:
    """Place an applicant's records and yield those of ``audiences``, as they are placed.

    A record that an earlier run left for another audience is renewed too, or removed where there is none any more; so
    no page stands beside a record that it was not made from.
    """
    applicant_id, wanted = record.evaluation.id, frozenset(audiences)
    for audience in Audience:
        there = outputs.record(applicant_id, audience).is_file()
        if not is_seen_by(record.evaluation, audience):
            if there:
                outputs.remove_record(applicant_id, audience)
        elif audience in wanted or there:
            text = to_json(redact(record, audience))
            outputs.renew_record(applicant_id, text, audience)
            if audience in wanted:
                yield audience, text


# --- The pages of an order, what each is made from, and which of them a run makes.

RETRIED = frozenset({Freshness.FAILED, Freshness.UNFINISHED})
"""What ``retry_failed`` makes again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedReport:
    """One report that an order asks for: its place in the outputs, and what it is made from."""

    page: str
    applicant_id: str
    audience: Audience
    language: str
    parts: PartHashes


class RunPlan:
    """Holds an order against the ledger and the files of its outputs. Nothing is written."""

    def __init__(self, order: RunRequest, notebooks: Notebooks, opened: OpenRound) -> None:
        self.order = order
        self.opened = opened
        self.ids = tuple(evaluation.id for evaluation in opened.evaluations)
        # an unknown applicant, or one with nothing for the public, is refused before anything is written
        check_reports_exist((opened.record(applicant_id) for applicant_id in order.applicants), order.audiences)
        self.outputs = Outputs(folder=order.folder(opened.round.id))
        self.hashes = FileHashes(self.outputs.folder)
        self._notebooks = notebooks
        self._asked = frozenset(order.applicants or self.ids)

    @cached_property
    def reports(self) -> tuple[PlannedReport, ...]:
        """The reports that are asked for, in the order of applicants, audiences and languages."""
        return tuple(self._reports())

    def plan(self, last: Mapping[str, LedgerEntry]) -> tuple[PageStatus, ...]:
        """Return how each of `reports` stands; ``last`` is the latest line of each page in the ledger."""
        return tuple(self._standing(self.reports, last))

    def changed(self, last: Mapping[str, LedgerEntry]) -> frozenset[str]:
        """Return the applicants with a report that is not fresh whatever its files are. This looks at no file."""
        standing = ((one, get_page_status(one.page, one.parts, last.get(one.page), None)) for one in self.reports)
        return frozenset(one.applicant_id for one, state in standing if not state.fresh)

    def to_make(self, last: Mapping[str, LedgerEntry], applicant_ids: Collection[str]) -> tuple[PlannedReport, ...]:
        """Return the reports of these applicants that a run makes: all that are not fresh, or only what failed."""
        reports = tuple(one for one in self.reports if one.applicant_id in applicant_ids)
        standing = zip(reports, self._standing(reports, last), strict=True)
        only_again = self.order.retry_failed
        return tuple(one for one, state in standing if (state.freshness in RETRIED if only_again else not state.fresh))

    def _standing(self, reports: Iterable[PlannedReport], last: Mapping[str, LedgerEntry]) -> Iterator[PageStatus]:
        reports = tuple(reports)
        self.hashes.all(name for one in reports if one.page in last for name in last[one.page].files)  # at once
        return (get_page_status(one.page, one.parts, last.get(one.page), self.hashes) for one in reports)

    def record_parts(self, applicant_id: str) -> PartHashes:
        """Return what an applicant's record is made from."""
        return self._made_from[applicant_id] | {"package": hash_package()}

    def summary_parts(self, record: bytes, language: str) -> PartHashes:
        """Return what a summary is made from: the round's record, with the failures in it."""
        return {"round": sha256_hex(record), **self._page_parts(self._notebooks.summary, language)}

    @cached_property
    def _made_from(self) -> dict[str, dict[str, str]]:
        return {applicant_id: self.opened.input_digests(applicant_id) for applicant_id in self.ids}

    def _reports(self) -> Iterator[PlannedReport]:
        for evaluation in self.opened.evaluations:
            if evaluation.id not in self._asked:
                continue
            input_digests = self._made_from[evaluation.id]
            for audience in self.order.audiences:
                if not is_seen_by(evaluation, audience):
                    continue
                for language in self.order.languages:
                    yield PlannedReport(
                        page=self.outputs.name(self.outputs.page(evaluation.id, language, audience)),
                        applicant_id=evaluation.id,
                        audience=audience,
                        language=language,
                        parts=input_digests
                        | self._page_parts(self._notebooks.applicant, language)
                        | {"audience": audience.value},
                    )

    def _page_parts(self, notebook: str, language: str) -> dict[str, str]:
        return {
            "notebook": sha256_hex(notebook.encode()),
            "template": hash_template(),
            "package": hash_package(),
            "language": language,
        }


def plan_reports(order: RunRequest) -> tuple[PageStatus, ...]:
    """Return how each report of an order stands, without making any.

    Raises:
        UsageError: no such round or applicant.
        InputError: the round's files have problems.
    """
    planning = RunPlan(order, Notebooks.from_package(), open_round(order.round))
    return planning.plan(Ledger(planning.outputs.folder).last())


def explain_plan(
    order: RunRequest, applicant_id: str
) -> tuple[tuple[PageStatus, Mapping[str, str], Mapping[str, str]], ...]:
    """Return how each report of one applicant stands, with the parts that it was made from, and those of now."""
    planning = RunPlan(order, Notebooks.from_package(), open_round(order.round))
    planning.opened.record(applicant_id)  # refuses an unknown one
    last = Ledger(planning.outputs.folder).last()
    return tuple(
        (state, last[one.page].parts if one.page in last else {}, one.parts)
        for one, state in zip(planning.reports, planning.plan(last), strict=True)
        if one.applicant_id == applicant_id
    )


def get_outputs_folder(name: str, output: Path | None) -> Path:
    """Return the folder of a round's outputs; the round's id is the name of its folder."""
    from smartcert.paths import find_round_folder

    return RunRequest(round=name, output=output).folder(find_round_folder(name).name)
