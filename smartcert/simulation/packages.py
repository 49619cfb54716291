"""What invented applicants would send: a zip each, with the form filled in and small documents; and the log of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from smartcert.forms.template import FiledPaper, Filled, template
from smartcert.forms.validations import Entry
from smartcert.intake import arrivals
from smartcert.intake.written import moment, write_bytes, write_table, yes_no
from smartcert.model.application import Answer, Application, DocumentKind, Round
from smartcert.rules.rulebook import Rules
from smartcert.simulation.folder import after_intake, invented

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
        UsageError: as `smartcert.simulation.folder.simulate`.
    """
    world = invented(applicants, seed, folder, like, rules)
    from smartcert.intake.called import read_called

    called = read_called(str(folder))
    rows = []
    for one in world.applications:
        for name, data, row in _sent(one, called.round, rules):
            write_bytes(folder / "packages" / name, data)
            rows.append((name, *row))
    write_table(folder / "packages" / arrivals.FILE, (*arrivals.COLUMNS, *arrivals.OPTIONAL_COLUMNS), rows)
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
