"""... as a folder, as packages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from smartcert import paths as home
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.forms.template import Prefilled, PrefilledForm, PrefilledPaper, build_form
from smartcert.io import applications as arrivals
from smartcert.io import registry as registry_table
from smartcert.io.csv import MOST_ROWS, format_exact, format_figure, format_moment, format_yes_no, write_table
from smartcert.io.registry import read_registry
from smartcert.io.round import OPTIONAL_COLUMNS, TABLES
from smartcert.io.yaml import BareScalar, format_yaml
from smartcert.model.applicant import Registry
from smartcert.model.application import Application, DocumentKind, Round, SupplementAnswer, Value
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.rules.rulebook import Rules
from smartcert.simulation.generate import SimulatedRound, invent_round

# --- An invented round to a round's folder, in the tables that the door reads.

Rows = list[tuple[str, ...]]
_ROUND_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_REGISTRY_FILE = "registry.csv"
_COMMITTEE_TABLES = ("committee", "exclusions", "inspections", "marks")


def simulate_round(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> SimulatedRound:
    """Invent a round under the call of ``like`` and write its folder, all tables in it.

    Raises:
        UsageError: the folder's name is no id of a round, the folder is not empty, or a table would be too long.
    """
    world = write_invented_call(applicants, seed, folder, like, rules)
    write_simulated_tables(world, folder, rules.edition, tuple(TABLES))
    return world


def write_invented_call(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> SimulatedRound:
    """Invent a round, write its ``round.yaml`` and registry, and return it; its tables are left to the caller.

    Raises:
        UsageError: as `simulate`.
    """
    _check_new_folder(folder)
    kinds = [indicator.kind for indicator in rules.edition.indicators()]
    judged = kinds.count(IndicatorKind.QUALITATIVE)
    most = MOST_ROWS // max(1, len(kinds) - judged, judged * rules.committee.members_at_most.value)
    if not 1 <= applicants <= most:
        raise UsageError(f"{applicants} applicants; from 1 to {most} fit into the tables of a round")
    world = invent_round(applicants, seed, rules, like.window, _real_name_stems())
    write_atomic(folder / "round.yaml", format_yaml(_call_tree(folder.resolve().name, seed, like)).encode())
    write_table(folder / _REGISTRY_FILE, registry_table.REGISTRY_COLUMNS, _registry_rows(world.registry))
    return world


def write_simulated_tables(world: SimulatedRound, folder: Path, edition: Edition, names: tuple[str, ...]) -> None:
    """Write those of the named tables that have rows."""
    rows = dict(_table_rows(world, edition))
    for name in names:
        if name in rows:
            needed = TABLES[name]
            more = OPTIONAL_COLUMNS.get(name, ()) if rows[name] and len(rows[name][0]) > len(needed) else ()
            write_table(folder / f"{name}.csv", (*needed, *more), rows[name])


def write_committee_tables(world: SimulatedRound, folder: Path, edition: Edition) -> None:
    """Write the tables that do not come from the applicants: committee, exclusions, inspections, marks."""
    write_simulated_tables(world, folder, edition, _COMMITTEE_TABLES)


def _check_new_folder(folder: Path) -> None:
    if not _ROUND_ID.fullmatch(folder.resolve().name):
        raise UsageError(f"'{folder.name}' is no id of a round: small letters, digits and hyphens (at most 40)")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty; name a new folder")


def _real_name_stems() -> frozenset[str]:
    """Return how the names of all real local governments begin, so that no invented one is like them."""
    shipped = read_registry(home.PROJECT_ROOT / "parameters" / "registry" / "local_governments.2023-10.csv")
    return frozenset(entry.name.ko.split()[-1].rstrip("시군구도") for entry in shipped.entries)


def _call_tree(name: str, seed: int, like: Round) -> dict[str, object]:
    basis = like.window.basis
    cites = [f"{one.source.id} {one.article}" if one.article else one.source.id for one in basis.cite]
    return {
        "id": name,
        "title": {"ko": f"모의 공모 (가상, 씨앗 {seed})", "en": f"Rehearsal round (invented, seed {seed})"},
        "invented": BareScalar("yes"),
        "governing_day": BareScalar(like.governing_day.isoformat()),
        "window": {
            "opens_at": BareScalar(format_moment(like.window.opens_at)),
            "closes_at": BareScalar(format_moment(like.window.closes_at)),
            "since": BareScalar(basis.since.isoformat()),
            "status": BareScalar(basis.status),
            "cite": cites,
        },
        "edition": like.edition,
        "registry": _REGISTRY_FILE,
        "note": {
            "ko": f"지방자치단체, 신청, 수치와 평점이 모두 가상이다. smartcert simulate, 씨앗 {seed}.",
            "en": f"Local governments, applications, figures and marks are invented: smartcert simulate, seed {seed}.",
        },
    }


def _registry_rows(registry: Registry) -> Iterator[tuple[str, ...]]:
    for entry in registry.entries:
        people = entry.population
        yield (
            *(entry.code, entry.name.ko, entry.name.en, entry.kind.value, entry.parent_code or "", entry.parent_name),
            *((str(people.residents), people.as_of) if people else ("", "")),
            *("", registry.source),
        )


def _table_rows(world: SimulatedRound, edition: Edition) -> Iterator[tuple[str, Rows]]:
    everyone = world.applications
    yield "applications", [_application_row(one) for one in everyone]
    yield "documents", [row for one in everyone for row in _document_rows(one)]
    supplements = [row for one in everyone for row in _supplement_rows(one)]
    if supplements:
        yield "supplements", supplements
    yield "measurements", [row for one in everyone for row in _measurement_rows(one, edition)]
    inspections = [row for one in everyone for row in _inspection_rows(one, edition)]
    if inspections:
        yield "inspections", inspections
    members: Rows = [(one.id, one.name, one.field, format_yes_no(one.chair)) for one in world.committee]
    yield "committee", members
    exclusions: Rows = [
        (out.evaluator, one.id, out.kind.value, str(out.ground or ""), out.note)
        for one in everyone
        for out in one.exclusions
    ]
    if exclusions:
        yield "exclusions", exclusions
    yield "marks", [row for one in everyone for row in _mark_rows(one)]


def _application_row(one: Application) -> tuple[str, ...]:
    sent = format_moment(one.sent_at) if one.sent_at else ""
    letter = format_yes_no(one.official_letter)
    return (
        one.id,
        one.code,
        one.channel.value,
        format_moment(one.arrived_at),
        sent,
        letter,
        one.channel_reason,
        "",
        "",
    )


def _document_rows(one: Application) -> Iterator[tuple[str, ...]]:
    for document in one.documents:
        told = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (one.id, document.kind.value, *map(format_yes_no, told), document.note)


def _supplement_rows(one: Application) -> Iterator[tuple[str, ...]]:
    for asked in one.supplements:
        answered = asked.answered_on.isoformat() if asked.answered_on else ""
        days = (asked.asked_on.isoformat(), asked.due_on.isoformat())
        yield (one.id, asked.document.value, *days, asked.answer.value, answered, asked.note)


def _measurement_rows(one: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    for name, measured in one.measurements.items():
        desk: Value | None = measured.desk if measured.desk != measured.claimed else None
        yield (
            *(one.id, name, format_figure(measured.claimed, indicators[name])),
            *("" if desk is None else format_figure(desk, indicators[name]), measured.desk_reason),
            *(measured.evidence_document, measured.evidence_page, measured.grade.value if measured.grade else ""),
        )


def _inspection_rows(one: Application, edition: Edition) -> Iterator[tuple[str, ...]]:
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    for name, seen in one.inspections.items():
        found = "" if seen.corrected is None else format_figure(seen.corrected, indicators[name])
        yield (one.id, name, format_yes_no(seen.verified), found, seen.reason)


def _mark_rows(one: Application) -> Iterator[tuple[str, ...]]:
    for mark in one.marks:
        yield (one.id, mark.indicator, mark.evaluator, "absent" if mark.value is None else format_exact(mark.value), "")


# --- What invented applicants would send: a zip each, with the form filled in and small documents; and the log of it.

FORM_FILE = "신청양식.xlsx"
_DOCUMENT_FILES = {
    DocumentKind.APPLICATION: "인증신청서.pdf",
    DocumentKind.QUANTITATIVE: FORM_FILE,
    DocumentKind.QUALITATIVE: "정성평가 자체평가서.pdf",
}
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)
_EVIDENCE_PAGES = 60


def simulate_packages(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> int:
    """Write a round without applications, and beside it in ``packages`` what they send; return how many packages.

    What does not come from applicants - committee, exclusions, marks, inspections - stands in the round already.

    Raises:
        UsageError: as `smartcert.simulation.write.simulate_round`.
    """
    world = write_invented_call(applicants, seed, folder, like, rules)
    from smartcert.io.round import read_call

    called = read_call(str(folder))
    rows = []
    for one in world.applications:
        for name, data, row in _packages_sent(one, called.round, rules):
            write_atomic(folder / "packages" / name, data)
            rows.append((name, *row))
    write_table(
        folder / "packages" / arrivals.ARRIVALS_FILE,
        (*arrivals.ARRIVAL_COLUMNS, *arrivals.OPTIONAL_ARRIVAL_COLUMNS),
        rows,
    )
    write_committee_tables(world, folder, rules.edition)
    return len(rows)


def _packages_sent(one: Application, round_: Round, rules: Rules) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    sent = format_moment(one.sent_at) if one.sent_at else ""
    row = (format_moment(one.arrived_at), one.channel.value, format_yes_no(one.official_letter), one.code, sent)
    yield f"{one.id}.zip", build_package(one, round_, rules), (*row, one.channel_reason, "", "")
    for number, asked in enumerate(one.supplements, start=1):
        if asked.answer is SupplementAnswer.ANSWERED and asked.answered_on is not None:
            day = f"{asked.answered_on.isoformat()} 11:00"
            data = build_zip({f"보완-{asked.document.value}.pdf": build_blank_pdf(1)})
            row = (day, "website", "yes", one.code, "")
            yield f"{one.id}-supplement-{number}.zip", data, (*row, "", asked.document.value, "")


def build_package(one: Application, round_: Round, rules: Rules) -> bytes:
    """Return what an applicant sends, as a zip: the form and the documents that it says are there."""
    there = {document.kind: document for document in one.documents if document.received}
    evidence = sorted({measured.evidence_document for measured in one.measurements.values()} - {""})
    names = {kind: name for kind, name in _DOCUMENT_FILES.items() if kind in there}
    if DocumentKind.EVIDENCE in there and evidence:
        names[DocumentKind.EVIDENCE] = evidence[0]
    papers = {kind.value: PrefilledPaper(file=name, sealed=there[kind].sealed) for kind, name in names.items()}
    files = {
        FORM_FILE: build_form(
            one.applicant, round_, rules, "ko", PrefilledForm(entries=prefill_claims(one), papers=papers)
        )
    }
    files |= {name: build_blank_pdf(1) for name in names.values() if name != FORM_FILE}
    files |= {name: build_blank_pdf(_EVIDENCE_PAGES) for name in evidence if DocumentKind.EVIDENCE in there}
    return build_zip(files)


def prefill_claims(one: Application) -> dict[str, Prefilled]:
    """Return what an applicant fills in: its claims with their evidence."""
    return {
        name: Prefilled(
            value=measured.claimed,
            document=measured.evidence_document,
            page=measured.evidence_page,
            grade=measured.grade,
        )
        for name, measured in one.measurements.items()
    }


def build_zip(files: dict[str, bytes]) -> bytes:
    """Return files as a zip that is the same for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def build_blank_pdf(pages: int) -> bytes:
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
