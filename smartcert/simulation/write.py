"""... as a folder, as packages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from smartcert import paths as home
from smartcert.errors import UsageError
from smartcert.forms.formulas import Entry
from smartcert.forms.template import FiledPaper, Filled, template
from smartcert.io import applications as arrivals
from smartcert.io import registry as registry_table
from smartcert.io.csv import MOST_ROWS, figure, moment, number, write_bytes, write_table, yes_no
from smartcert.io.registry import read_registry
from smartcert.io.round import OPTIONAL, TABLES
from smartcert.io.yaml import Bare, yaml_text
from smartcert.model.applicant import Registry
from smartcert.model.application import Answer, Application, DocumentKind, Round, Value
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.rules.rulebook import Rules
from smartcert.simulation.generate import World, invent

# --- An invented round to a round's folder, in the tables that the door reads.

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


# --- What invented applicants would send: a zip each, with the form filled in and small documents; and the log of it.

FORM = "신청양식.xlsx"
_FILES = {
    DocumentKind.APPLICATION: "인증신청서.pdf",
    DocumentKind.QUANTITATIVE: FORM,
    DocumentKind.QUALITATIVE: "정성평가 자체평가서.pdf",
}
_THEN = (2020, 1, 1, 0, 0, 0)
_PAGES = 60


def simulate_packages(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> int:
    """Write a round without applications, and beside it in ``packages`` what they send; return how many packages.

    What does not come from applicants - committee, exclusions, marks, inspections - stands in the round already.

    Raises:
        UsageError: as `smartcert.simulation.write.simulate`.
    """
    world = invented(applicants, seed, folder, like, rules)
    from smartcert.io.round import read_called

    called = read_called(str(folder))
    rows = []
    for one in world.applications:
        for name, data, row in _sent(one, called.round, rules):
            write_bytes(folder / "packages" / name, data)
            rows.append((name, *row))
    write_table(
        folder / "packages" / arrivals.FILE, (*arrivals.ARRIVALS_COLUMNS, *arrivals.ARRIVALS_OPTIONAL_COLUMNS), rows
    )
    after_intake(world, folder, rules.edition)
    return len(rows)


def _sent(one: Application, round_: Round, rules: Rules) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    sent = moment(one.sent_at) if one.sent_at else ""
    row = (moment(one.arrived_at), one.channel.value, yes_no(one.official_letter), one.code, sent)
    yield f"{one.id}.zip", package(one, round_, rules), (*row, one.channel_reason, "", "")
    for number, asked in enumerate(one.supplements, start=1):
        if asked.answer is Answer.ANSWERED and asked.answered_on is not None:
            day = f"{asked.answered_on.isoformat()} 11:00"
            data = zipped({f"보완-{asked.document.value}.pdf": pdf(1)})
            row = (day, "website", "yes", one.code, "")
            yield f"{one.id}-supplement-{number}.zip", data, (*row, "", asked.document.value, "")


def package(one: Application, round_: Round, rules: Rules) -> bytes:
    """Return what an applicant sends, as a zip: the form and the documents that it says are there."""
    there = {document.kind: document for document in one.documents if document.received}
    evidence = sorted({measured.evidence_document for measured in one.measurements.values()} - {""})
    names = {kind: name for kind, name in _FILES.items() if kind in there}
    if DocumentKind.EVIDENCE in there and evidence:
        names[DocumentKind.EVIDENCE] = evidence[0]
    papers = {kind.value: FiledPaper(file=name, sealed=there[kind].sealed) for kind, name in names.items()}
    files = {FORM: template(one.applicant, round_, rules, "ko", Filled(entries=entries(one), papers=papers))}
    files |= {name: pdf(1) for name in names.values() if name != FORM}
    files |= {name: pdf(_PAGES) for name in evidence if DocumentKind.EVIDENCE in there}
    return zipped(files)


def entries(one: Application) -> dict[str, Entry]:
    """Return what an applicant fills in: its claims with their evidence."""
    return {
        name: Entry(
            value=measured.claimed,
            document=measured.evidence_document,
            page=measured.evidence_page,
            grade=measured.grade,
        )
        for name, measured in one.measurements.items()
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as a zip that is the same for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _THEN), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf(pages: int) -> bytes:
    """Return a small PDF of empty pages."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 3 + pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode()]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
