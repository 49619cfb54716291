"""One applicant's form to the values of the round's tables, each with where it came from; what is unclear is asked."""

from __future__ import annotations

from collections.abc import Mapping

from smartcert.intake import headings, messy
from smartcert.intake.claiming import Claiming, plain_text
from smartcert.intake.claims import Origin, Paper, Submission
from smartcert.intake.form import Form, Spot
from smartcert.intake.readings import Sure
from smartcert.intake.scalars import quoted
from smartcert.model.application import DocumentKind
from smartcert.model.indicator import Edition, IndicatorKind


def submission(form: Form, edition: Edition, answers: Mapping[str, str]) -> Submission:
    """Return what the form says of every quantitative indicator; ``answers`` are those to earlier questions by id.

    An answer is taken if it reads as a value of the indicator; else the question is asked again.
    """
    read = Submission(
        code=form.fact(headings.CODE).replace(" ", ""),
        name=form.fact(headings.APPLICANT),
        round=form.fact(headings.ROUND),
        edition=form.fact(headings.EDITION),
        problems=list(form.problems),
    )
    for name in (headings.CODE, headings.APPLICANT, headings.ROUND, headings.EDITION):
        _origin(read, name, form.facts.get(name, []))
    for indicator in edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            Claiming(read, answers).claim(indicator, form.lines.get(indicator.id, []))
    for kind, spots in form.papers.items():
        read.papers[kind] = _paper(read, kind, spots)
    return read


def _paper(read: Submission, kind: DocumentKind, spots: Mapping[str, Spot]) -> Paper:
    told = {
        name: _told(read, spots[name])
        for name in (headings.SEALED, headings.TABLE, headings.REQUESTED)
        if name in spots
    }
    file = plain_text(read, spots[headings.FILE])
    return Paper(
        kind=kind,
        file=file,
        sealed=told.get(headings.SEALED),
        lookup_table=told.get(headings.TABLE),
        requested=told.get(headings.REQUESTED),
    )


def _told(read: Submission, spot: Spot) -> bool | None:
    if not spot.text or spot.text in ("-", "–"):
        return None
    found = messy.yes_no(spot.cell)
    if isinstance(found, Sure):
        return found.value
    read.problems.append(spot.problem(quoted(spot.text), "yes or no (예, 아니오)"))
    return None


def _origin(read: Submission, name: str, spots: list[Spot]) -> None:
    for spot in spots[:1]:
        place = str(spot.grid.place(spot.row, spot.column))
        read.origins.append(Origin(field=name, place=place, raw=spot.cell.text, read=spot.text))
    if len({spot.text for spot in spots if spot.text}) > 1:
        told = ", ".join(quoted(spot.text) for spot in spots)
        read.problems.append(spots[0].problem(f"'{name}' in several ways: {told}", "one and the same"))
