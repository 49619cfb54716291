"""Records of rounds made by hand, for the tests of the summary and the index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from smartcert.model.applicant import SizeType
from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation, Peers
from smartcert.reporting.records import Failure, Record, RoundRecord
from tests.support import sample_records as samples

IDS = ("bada", "byeol", "danbi", "garam", "haneul")
"""Certified; refused for being late; waiting for a supplement; ended with its size type unknown; not certified."""


def _of(record: Record, id_: str, size: SizeType | None = SizeType.SMALL_MEDIUM) -> Evaluation:
    return replace(record.evaluation, id=id_, size_type=size)


def round_record(*failures: Failure, enough: bool = True) -> RoundRecord:
    """Return a round of five: two evaluated, one of them certified. With ``enough`` the peers are shown."""
    certified = _of(samples.certified(), "bada", SizeType.LARGE)
    late = _of(samples.late(), "byeol")
    pending = _of(samples.supplement_pending(), "danbi")
    unknown = _of(samples.late(), "garam", None)
    below = _of(samples.not_certified(), "haneul")
    card = below.scorecard
    assert card is not None
    peers = samples.peers(card, suppressed=not enough)
    nobody = Peers(size_type=SizeType.LARGE, applicants=1, suppress_below=5, total=None, sections={}, indicators={})
    return RoundRecord(
        round=samples.round_facts(),
        evaluations=(certified, late, pending, unknown, below),
        outcomes=tuple(samples.decided(one) for one in (certified, late, pending, unknown, below)),
        failures=failures,
        inputs=samples.not_certified().inputs,
        package="0.1.0",
        peers=(nobody, peers),
    )


def with_evaluations(record: RoundRecord, evaluations: Iterable[Evaluation]) -> RoundRecord:
    """Return a round of other evaluations, each decided as computed."""
    found = tuple(evaluations)
    return replace(record, evaluations=found, outcomes=tuple(samples.decided(one) for one in found))


def hostile_round(text: str) -> RoundRecord:
    """Return a round in which everything that somebody else wrote is ``text``."""
    record = samples.hostile(text)
    late = samples.late().evaluation
    name = Text(ko=text, en=text)
    refused = replace(late, id="late", applicant=replace(late.applicant, name=name))
    plain = round_record(Failure(id="haneul", language="ko", reason=text))
    return with_evaluations(replace(plain, round=record.round, inputs=record.inputs), (record.evaluation, refused))


def many(count: int) -> RoundRecord:
    """Return a round of so many evaluated applicants, from no points to all."""
    one = samples.not_certified().evaluation
    card = one.scorecard
    assert card is not None
    evaluations = []
    for number in range(count):
        own = replace(card, points=card.out_of * Fraction(number, max(count - 1, 1)))
        result = samples.level_result(own)
        size = SizeType.LARGE if number % 3 else SizeType.SMALL_MEDIUM
        evaluations.append(replace(one, id=f"a{number:04}", scorecard=own, level=result, size_type=size))
    return with_evaluations(round_record(), evaluations)


def empty() -> RoundRecord:
    """Return a round to which nobody applied."""
    return with_evaluations(replace(round_record(), peers=()), ())
