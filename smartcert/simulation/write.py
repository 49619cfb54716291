"""How an invented round becomes a round's folder: its call, its registry and the tables that ``io`` reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.io.formats.csv import MOST_ROWS, format_exact, format_figure, format_moment, format_yes_no, write_table
from smartcert.io.formats.yaml import BareScalar, format_yaml
from smartcert.io.parameters.edition import format_citation
from smartcert.io.parameters.registries import SHIPPED_REGISTRY, read_registry
from smartcert.io.parameters.registry import REGISTRY_COLUMNS
from smartcert.io.rounds.round import OPTIONAL_COLUMNS, REQUIRED_TABLES, TABLES
from smartcert.model.application import Application, Mark, Round
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.paths import PROJECT_ROOT
from smartcert.reception.new_round import check_round_id
from smartcert.rules.rulebook import Rules
from smartcert.simulation.generate import SimulatedRound, invent_round

_REGISTRY_FILE = "registry.csv"
_COMMITTEE_TABLES = ("committee", "exclusions", "inspections", "marks")


def simulate_round(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> SimulatedRound:
    """Invent a round under the call of ``like`` and write its folder with all tables.

    Raises:
        UsageError: the folder's name cannot be the id of a round, the folder is not empty, or a table would be longer
            than `MOST_ROWS`.
    """
    simulated = write_invented_call(applicants, seed, folder, like, rules)
    _write_tables(simulated, folder, rules.edition, tuple(TABLES))
    return simulated


def write_invented_call(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> SimulatedRound:
    """Invent a round, write its ``round.yaml`` and registry, and return it; its tables are left to the caller."""
    name = folder.resolve().name
    check_round_id(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty; name a new folder")
    kinds = [indicator.kind for indicator in rules.edition.indicators()]
    qualitative = kinds.count(IndicatorKind.QUALITATIVE)
    rows_each = max(1, len(kinds) - qualitative, qualitative * rules.committee.members_at_most.value)
    most = MOST_ROWS // rows_each
    if not 1 <= applicants <= most:
        raise UsageError(f"{applicants} applicants; from 1 to {most} fit into the tables of a round")
    # no invented name begins as that of a real local government
    shipped = read_registry(PROJECT_ROOT / "parameters" / "registry" / SHIPPED_REGISTRY)
    real_stems = frozenset(entry.name.ko.split()[-1].rstrip("시군구도") for entry in shipped.entries)
    simulated = invent_round(applicants, seed, rules, like.window, real_stems)
    write_atomic(folder / "round.yaml", format_yaml(_call_tree(name, seed, like)).encode())
    registry = simulated.registry
    registry_rows = []
    for entry in registry.entries:
        people = entry.population
        row = (
            *(entry.code, entry.name.ko, entry.name.en, entry.kind.value, entry.parent_code or "", entry.parent_name),
            *((str(people.residents), people.as_of) if people else ("", "")),
            *("", registry.source),
        )
        registry_rows.append(row)
    write_table(folder / _REGISTRY_FILE, REGISTRY_COLUMNS, registry_rows)
    return simulated


def write_committee_tables(simulated: SimulatedRound, folder: Path, edition: Edition) -> None:
    """Write the tables that do not come from the applicants: committee, exclusions, inspections, marks."""
    _write_tables(simulated, folder, edition, _COMMITTEE_TABLES)


def _call_tree(name: str, seed: int, like: Round) -> dict[str, object]:
    basis = like.window.basis
    return {
        "id": name,
        "title": {"ko": f"모의 공모 (가상, 난수 초깃값 {seed})", "en": f"Rehearsal round (invented, seed {seed})"},
        "invented": BareScalar("yes"),
        "governing_day": BareScalar(like.governing_day.isoformat()),
        "window": {
            "opens_at": BareScalar(format_moment(like.window.opens_at)),
            "closes_at": BareScalar(format_moment(like.window.closes_at)),
            "since": BareScalar(basis.since.isoformat()),
            "status": BareScalar(basis.status),
            "cite": [format_citation(cite) for cite in basis.cite],
        },
        "edition": like.edition,
        "registry": _REGISTRY_FILE,
        "note": {
            "ko": f"지방자치단체, 신청, 수치와 평점이 모두 가상입니다. smartcert simulate, 난수 초깃값 {seed}.",
            "en": f"Local governments, applications, figures and marks are invented: smartcert simulate, seed {seed}.",
        },
    }


def _write_tables(simulated: SimulatedRound, folder: Path, edition: Edition, names: tuple[str, ...]) -> None:
    """Write the named tables of a round; an optional table without rows is left out."""
    applications = simulated.applications
    tables: dict[str, list[tuple[str, ...]]] = {
        "applications": [_application_row(application) for application in applications],
        "documents": [row for application in applications for row in _document_rows(application)],
        "supplements": [row for application in applications for row in _supplement_rows(application)],
        "measurements": [row for application in applications for row in _measurement_rows(application, edition)],
        "corrections": [row for application in applications for row in _correction_rows(application, edition)],
        "inspections": [row for application in applications for row in _inspection_rows(application, edition)],
        "bases": [
            (application.id, base, format_exact(value), "invented")
            for application in applications
            for base, value in application.bases.items()
        ],
        "committee": [
            (member.id, member.name, member.field, format_yes_no(member.chair)) for member in simulated.committee
        ],
        "exclusions": [
            (exclusion.evaluator, application.id, exclusion.kind.value, str(exclusion.ground or ""), exclusion.note)
            for application in applications
            for exclusion in application.exclusions
        ],
        "marks": [
            (application.id, mark.indicator, mark.evaluator, _format_mark(mark), "")
            for application in applications
            for mark in application.marks
        ],
    }
    for name in names:
        rows = tables.get(name, [])
        if rows or name in REQUIRED_TABLES:
            optional = OPTIONAL_COLUMNS.get(name, ())  # the first of them, as many as the rows have
            columns = (*TABLES[name], *optional)[: len(rows[0])] if rows else TABLES[name]
            write_table(folder / f"{name}.csv", columns, rows)


def _application_row(application: Application) -> tuple[str, ...]:
    return (
        *(application.id, application.code, application.channel.value, format_moment(application.arrived_at)),
        *(format_moment(application.sent_at) if application.sent_at else "",),
        *(format_yes_no(application.official_letter), application.channel_reason),
    )


def _document_rows(application: Application) -> Iterator[tuple[str, ...]]:
    for document in application.documents:
        answers = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (application.id, document.kind.value, *map(format_yes_no, answers), document.note)


def _supplement_rows(application: Application) -> Iterator[tuple[str, ...]]:
    for supplement in application.supplements:
        answered = supplement.answered_on.isoformat() if supplement.answered_on else ""
        days = (supplement.asked_on.isoformat(), supplement.due_on.isoformat())
        yield (application.id, supplement.document.value, *days, supplement.answer.value, answered, supplement.note)


def _measurement_rows(application: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    for name, measurement in application.measurements.items():
        yield (
            *(application.id, name, format_figure(measurement.claimed, indicators[name])),
            *(measurement.evidence_document, measurement.evidence_page),
            measurement.grade.value if measurement.grade else "",
        )


def _correction_rows(application: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    for name, measurement in application.measurements.items():
        correction = measurement.correction
        if correction is not None:
            values = (format_figure(value, indicators[name]) for value in (measurement.claimed, measurement.desk))
            yield (
                *(application.id, name, *values, measurement.desk_reason),
                *(correction.by, correction.on.isoformat(), correction.confirmed_by),
            )


def _inspection_rows(application: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    for name, inspection in application.inspections.items():
        corrected = "" if inspection.corrected is None else format_figure(inspection.corrected, indicators[name])
        yield (application.id, name, format_yes_no(inspection.verified), corrected, inspection.reason)


def _format_mark(mark: Mark) -> str:
    return "absent" if mark.value is None else format_exact(mark.value)
