"""Which records a run makes: per applicant one for each audience that may see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartcert.batch.outputs import Outputs
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.audience import lean
from smartcert.reporting.record import Audience, Record, to_json


def seen_by(evaluation: Evaluation, audience: Audience) -> bool:
    """Return whether there is a report on an applicant for an audience: the public sees the certified only."""
    return audience is not Audience.PUBLIC or evaluation.certified


def hold_seen(records: Iterable[Record], audiences: Iterable[Audience]) -> None:
    """Raise if one of the applicants that were asked for by name has no report for one of the audiences.

    Raises:
        UsageError: says which applicant, and why.
    """
    wanted = tuple(audiences)
    for record in records:
        for audience in wanted:
            lean(record, audience)


def renewed(record: Record, audiences: Iterable[Audience], outputs: Outputs) -> Iterator[tuple[Audience, bytes]]:
    """Place an applicant's records and yield those of ``audiences``, as they are placed.

    A record that an earlier run left for another audience is renewed too, or removed where there is none any more; so
    no page stands beside a record that it was not made from.
    """
    applicant_id, wanted = record.evaluation.id, frozenset(audiences)
    for audience in Audience:
        there = outputs.record(applicant_id, audience).is_file()
        if not seen_by(record.evaluation, audience):
            if there:
                outputs.remove_record(applicant_id, audience)
        elif audience in wanted or there:
            text = to_json(lean(record, audience))
            outputs.renew_record(applicant_id, text, audience)
            if audience in wanted:
                yield audience, text
