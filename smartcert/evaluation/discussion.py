"""Independent marks first, then discussion: the round as it stood before anybody changed a mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from smartcert.model.application import Application, Mark, Round
from smartcert.model.committee import Discussed


def before_discussion(round_: Round) -> Round:
    """Return the round with every evaluator's first, independent mark in place of the agreed one."""
    first = first_marks(round_.proceedings.discussed)
    return replace(round_, applications=tuple(_with_first(application, first) for application in round_.applications))


def first_marks(discussed: Iterable[Discussed]) -> dict[tuple[str, str, str], Fraction]:
    """Return the mark before the earliest change, by applicant, indicator and evaluator."""
    first: dict[tuple[str, str, str], Fraction] = {}
    for one in sorted(discussed, key=lambda one: one.at):
        first.setdefault((one.applicant, one.indicator, one.evaluator), one.before)
    return first


def _with_first(application: Application, first: dict[tuple[str, str, str], Fraction]) -> Application:
    marks = tuple(_first(application.id, mark, first) for mark in application.marks)
    return replace(application, marks=marks)


def _first(applicant: str, mark: Mark, first: dict[tuple[str, str, str], Fraction]) -> Mark:
    before = first.get((applicant, mark.indicator, mark.evaluator))
    return mark if before is None else replace(mark, value=before)
