"""The pages of an order, what each is made from, and which of them a run makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from smartcert.batch.audiences import hold_seen, seen_by
from smartcert.batch.hashes import Hashes
from smartcert.batch.ledger import Entry, Ledger
from smartcert.batch.order import Notebooks, Order
from smartcert.batch.outputs import Outputs
from smartcert.batch.parts import Parts, package_part, template_part
from smartcert.batch.plan import Freshness, Planned, planned
from smartcert.reporting.record import Audience
from smartcert.rounds import OpenRound, open_round

AGAIN = frozenset({Freshness.FAILED, Freshness.UNFINISHED})
"""What ``retry_failed`` makes again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One report that an order asks for: its place in the outputs, and what it is made from."""

    page: str
    applicant_id: str
    audience: Audience
    language: str
    parts: Parts


class Planning:
    """Holds an order against the ledger and the files of its outputs. Nothing is written."""

    def __init__(self, order: Order, notebooks: Notebooks, opened: OpenRound) -> None:
        self.order = order
        self.opened = opened
        self.ids = tuple(evaluation.id for evaluation in opened.evaluations)
        # an unknown applicant, or one with nothing for the public, is refused before anything is written
        hold_seen((opened.record(applicant_id) for applicant_id in order.applicants), order.audiences)
        self.outputs = Outputs(folder=order.folder(opened.round.id))
        self.hashes = Hashes(self.outputs.folder)
        self._notebooks = notebooks
        self._asked = frozenset(order.applicants or self.ids)

    @cached_property
    def reports(self) -> tuple[Wanted, ...]:
        """The reports that are asked for, in the order of applicants, audiences and languages."""
        return tuple(self._reports())

    def plan(self, last: Mapping[str, Entry]) -> tuple[Planned, ...]:
        """Return how each of `reports` stands; ``last`` is the latest line of each page in the ledger."""
        return tuple(self._standing(self.reports, last))

    def changed(self, last: Mapping[str, Entry]) -> frozenset[str]:
        """Return the applicants with a report that is not fresh whatever its files are. This looks at no file."""
        standing = ((one, planned(one.page, one.parts, last.get(one.page), None)) for one in self.reports)
        return frozenset(one.applicant_id for one, state in standing if not state.fresh)

    def to_make(self, last: Mapping[str, Entry], applicant_ids: Collection[str]) -> tuple[Wanted, ...]:
        """Return the reports of these applicants that a run makes: all that are not fresh, or only what failed."""
        reports = tuple(one for one in self.reports if one.applicant_id in applicant_ids)
        standing = zip(reports, self._standing(reports, last), strict=True)
        only_again = self.order.retry_failed
        return tuple(one for one, state in standing if (state.freshness in AGAIN if only_again else not state.fresh))

    def _standing(self, reports: Iterable[Wanted], last: Mapping[str, Entry]) -> Iterator[Planned]:
        reports = tuple(reports)
        self.hashes.all(name for one in reports if one.page in last for name in last[one.page].files)  # at once
        return (planned(one.page, one.parts, last.get(one.page), self.hashes) for one in reports)

    def record_parts(self, applicant_id: str) -> Parts:
        """Return what an applicant's record is made from."""
        return self._made_from[applicant_id] | {"package": package_part()}

    def summary_parts(self, record: bytes, language: str) -> Parts:
        """Return what a summary is made from: the round's record, with the failures in it."""
        return {"round": sha256(record).hexdigest(), **self._page_parts(self._notebooks.summary, language)}

    @cached_property
    def _made_from(self) -> dict[str, dict[str, str]]:
        return {applicant_id: self.opened.made_from(applicant_id) for applicant_id in self.ids}

    def _reports(self) -> Iterator[Wanted]:
        for evaluation in self.opened.evaluations:
            if evaluation.id not in self._asked:
                continue
            made_from = self._made_from[evaluation.id]
            for audience in self.order.audiences:
                if not seen_by(evaluation, audience):
                    continue
                for language in self.order.languages:
                    yield Wanted(
                        page=self.outputs.name(self.outputs.page(evaluation.id, language, audience)),
                        applicant_id=evaluation.id,
                        audience=audience,
                        language=language,
                        parts=made_from
                        | self._page_parts(self._notebooks.applicant, language)
                        | {"audience": audience.value},
                    )

    def _page_parts(self, notebook: str, language: str) -> dict[str, str]:
        return {
            "notebook": sha256(notebook.encode()).hexdigest(),
            "template": template_part(),
            "package": package_part(),
            "language": language,
        }


def plan_of(order: Order) -> tuple[Planned, ...]:
    """Return how each report of an order stands, without making any.

    Raises:
        UsageError: no such round or applicant.
        InputError: the round's files have problems.
    """
    planning = Planning(order, Notebooks.of_the_house(), open_round(order.round))
    return planning.plan(Ledger(planning.outputs.folder).last())


def why(order: Order, applicant_id: str) -> tuple[tuple[Planned, Mapping[str, str], Mapping[str, str]], ...]:
    """Return how each report of one applicant stands, with the parts that it was made from, and those of now."""
    planning = Planning(order, Notebooks.of_the_house(), open_round(order.round))
    planning.opened.record(applicant_id)  # refuses an unknown one
    last = Ledger(planning.outputs.folder).last()
    return tuple(
        (state, last[one.page].parts if one.page in last else {}, one.parts)
        for one, state in zip(planning.reports, planning.plan(last), strict=True)
        if one.applicant_id == applicant_id
    )


def outputs_folder(name: str, output: Path | None) -> Path:
    """Return the folder of a round's outputs; the round's id is the name of its folder."""
    from smartcert.home import round_folder

    return Order(round=name, output=output).folder(round_folder(name).name)
