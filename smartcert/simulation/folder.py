"""An invented round to a round's folder, in the tables that the door reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from smartcert import home
from smartcert.errors import UsageError
from smartcert.intake import registry_table
from smartcert.intake.registry import read_registry
from smartcert.intake.round_tables import OPTIONAL, TABLES
from smartcert.intake.tables import MOST_ROWS
from smartcert.intake.written import figure, moment, number, write_bytes, write_table, yes_no
from smartcert.intake.yaml_written import Bare, yaml_text
from smartcert.model.applicant import Registry
from smartcert.model.application import Application, Round, Value
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.rules.rulebook import Rules
from smartcert.simulation.world import World, invent

Rows = list[tuple[str, ...]]
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_REGISTRY = "registry.csv"
_BEFORE_INTAKE = ("committee", "exclusions", "inspections", "marks")


def simulate(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> World:
    """Invent a round under the call of ``like`` and write its folder, all tables in it.

    Raises:
        UsageError: the folder's name is no id of a round, the folder is not empty, or a table would be too long.
    """
    world = invented(applicants, seed, folder, like, rules)
    write_tables(world, folder, rules.edition, tuple(TABLES))
    return world


def invented(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> World:
    """Invent a round, write its ``round.yaml`` and registry, and return it; its tables are left to the caller.

    Raises:
        UsageError: as `simulate`.
    """
    _hold_room(folder)
    kinds = [indicator.kind for indicator in rules.edition.indicators()]
    judged = kinds.count(IndicatorKind.QUALITATIVE)
    most = MOST_ROWS // max(1, len(kinds) - judged, judged * rules.committee.members_at_most.value)
    if not 1 <= applicants <= most:
        raise UsageError(f"{applicants} applicants; from 1 to {most} fit into the tables of a round")
    world = invent(applicants, seed, rules, like.window, _stems())
    write_bytes(folder / "round.yaml", yaml_text(_call(folder.resolve().name, seed, like)).encode())
    write_table(folder / _REGISTRY, registry_table.COLUMNS, _entries(world.registry))
    return world


def write_tables(world: World, folder: Path, edition: Edition, names: tuple[str, ...]) -> None:
    """Write those of the named tables that have rows."""
    rows = dict(_tables(world, edition))
    for name in names:
        if name in rows:
            needed = TABLES[name]
            more = OPTIONAL.get(name, ()) if rows[name] and len(rows[name][0]) > len(needed) else ()
            write_table(folder / f"{name}.csv", (*needed, *more), rows[name])


def after_intake(world: World, folder: Path, edition: Edition) -> None:
    """Write the tables that do not come from the applicants: committee, exclusions, inspections, marks."""
    write_tables(world, folder, edition, _BEFORE_INTAKE)


def _hold_room(folder: Path) -> None:
    if not _ID.fullmatch(folder.resolve().name):
        raise UsageError(f"'{folder.name}' is no id of a round: small letters, digits and hyphens (at most 40)")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty; name a new folder")


def _stems() -> frozenset[str]:
    """Return how the names of all real local governments begin, so that no invented one is like them."""
    shipped = read_registry(home.HOME / "parameters" / "registry" / "local_governments.2023-10.csv")
    return frozenset(entry.name.ko.split()[-1].rstrip("시군구도") for entry in shipped.entries)


def _call(name: str, seed: int, like: Round) -> dict[str, object]:
    basis = like.window.basis
    cites = [f"{one.source.id} {one.article}" if one.article else one.source.id for one in basis.cite]
    return {
        "id": name,
        "title": {"ko": f"모의 공모 (가상, 씨앗 {seed})", "en": f"Rehearsal round (invented, seed {seed})"},
        "invented": Bare("yes"),
        "governing_day": Bare(like.governing_day.isoformat()),
        "window": {
            "opens_at": Bare(moment(like.window.opens_at)),
            "closes_at": Bare(moment(like.window.closes_at)),
            "since": Bare(basis.since.isoformat()),
            "status": Bare(basis.status),
            "cite": cites,
        },
        "edition": like.edition,
        "registry": _REGISTRY,
        "note": {
            "ko": f"지방자치단체, 신청, 수치와 평점이 모두 가상이다. smartcert simulate, 씨앗 {seed}.",
            "en": f"Local governments, applications, figures and marks are invented: smartcert simulate, seed {seed}.",
        },
    }


def _entries(registry: Registry) -> Iterator[tuple[str, ...]]:
    for entry in registry.entries:
        people = entry.population
        yield (
            *(entry.code, entry.name.ko, entry.name.en, entry.kind.value, entry.parent_code or "", entry.parent_name),
            *((str(people.residents), people.as_of) if people else ("", "")),
            *("", registry.source),
        )


def _tables(world: World, edition: Edition) -> Iterator[tuple[str, Rows]]:
    everyone = world.applications
    yield "applications", [_received(one) for one in everyone]
    yield "documents", [row for one in everyone for row in _documents(one)]
    supplements = [row for one in everyone for row in _supplements(one)]
    if supplements:
        yield "supplements", supplements
    yield "measurements", [row for one in everyone for row in _measurements(one, edition)]
    inspections = [row for one in everyone for row in _inspections(one, edition)]
    if inspections:
        yield "inspections", inspections
    members: Rows = [(one.id, one.name, one.field, yes_no(one.chair)) for one in world.committee]
    yield "committee", members
    exclusions: Rows = [
        (out.evaluator, one.id, out.kind.value, str(out.ground or ""), out.note)
        for one in everyone
        for out in one.exclusions
    ]
    if exclusions:
        yield "exclusions", exclusions
    yield "marks", [row for one in everyone for row in _marks(one)]


def _received(one: Application) -> tuple[str, ...]:
    sent = moment(one.sent_at) if one.sent_at else ""
    letter = yes_no(one.official_letter)
    return (one.id, one.code, one.channel.value, moment(one.arrived_at), sent, letter, one.channel_reason, "", "")


def _documents(one: Application) -> Iterator[tuple[str, ...]]:
    for document in one.documents:
        told = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (one.id, document.kind.value, *map(yes_no, told), document.note)


def _supplements(one: Application) -> Iterator[tuple[str, ...]]:
    for asked in one.supplements:
        answered = asked.answered_on.isoformat() if asked.answered_on else ""
        days = (asked.asked_on.isoformat(), asked.due_on.isoformat())
        yield (one.id, asked.document.value, *days, asked.answer.value, answered, asked.note)


def _measurements(one: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    for name, measured in one.measurements.items():
        desk: Value | None = measured.desk if measured.desk != measured.claimed else None
        yield (
            *(one.id, name, figure(measured.claimed, indicators[name])),
            *("" if desk is None else figure(desk, indicators[name]), measured.desk_reason),
            *(measured.evidence_document, measured.evidence_page, measured.grade.value if measured.grade else ""),
        )


def _inspections(one: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    for name, seen in one.inspections.items():
        found = "" if seen.corrected is None else figure(seen.corrected, indicators[name])
        yield (one.id, name, yes_no(seen.verified), found, seen.reason)


def _marks(one: Application) -> Iterator[tuple[str, ...]]:
    for mark in one.marks:
        yield (one.id, mark.indicator, mark.evaluator, "absent" if mark.value is None else number(mark.value), "")
