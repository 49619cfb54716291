"""What invented applicants would send: a zip each, with the form filled in and small documents, and the log of all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from smartcert.files import write_atomic
from smartcert.forms.template import Prefilled, PrefilledForm, PrefilledPaper, build_form
from smartcert.io.formats.csv import format_moment, format_yes_no, write_table
from smartcert.io.rounds.arrivals import ARRIVAL_COLUMNS, ARRIVALS_FILE, OPTIONAL_ARRIVAL_COLUMNS
from smartcert.io.rounds.round import read_call
from smartcert.model.application import Application, DocumentKind, Round, SupplementAnswer
from smartcert.rules.rulebook import Rules
from smartcert.simulation.write import write_committee_tables, write_invented_call

_FORM_FILE = "신청양식.xlsx"
_DOCUMENT_FILES = {
    DocumentKind.APPLICATION: "인증신청서.pdf",
    DocumentKind.QUANTITATIVE: _FORM_FILE,
    DocumentKind.QUALITATIVE: "정성평가 자체평가서.pdf",
}
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)
_EVIDENCE_PAGES = 60


def simulate_packages(applicants: int, seed: int, folder: Path, like: Round, rules: Rules) -> int:
    """Write a round without applications, and into its folder ``packages`` what they send; return how many packages.

    The tables that do not come from applicants (committee, exclusions, inspections, marks) are written as well.
    """
    simulated = write_invented_call(applicants, seed, folder, like, rules)
    call = read_call(str(folder))
    rows = []
    for application in simulated.applications:
        for name, data, row in _packages_sent(application, call.round, rules):
            write_atomic(folder / "packages" / name, data)
            rows.append((name, *row))
    write_table(folder / "packages" / ARRIVALS_FILE, (*ARRIVAL_COLUMNS, *OPTIONAL_ARRIVAL_COLUMNS), rows)
    write_committee_tables(simulated, folder, rules.edition)
    return len(rows)


def _packages_sent(
    application: Application, round_: Round, rules: Rules
) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    """Yield the name, the bytes and the row of the log (without the name) of each package of an applicant."""
    row = (
        *(format_moment(application.arrived_at), application.channel.value),
        *(format_yes_no(application.official_letter), application.code),
        *(format_moment(application.sent_at) if application.sent_at else "", application.channel_reason, "", ""),
    )
    yield f"{application.id}.zip", build_package(application, round_, rules), row
    for number, supplement in enumerate(application.supplements, start=1):
        if supplement.answer is SupplementAnswer.ANSWERED and supplement.answered_on is not None:
            kind = supplement.document.value
            data = build_zip({f"보완-{kind}.pdf": build_blank_pdf(1)})
            moment = f"{supplement.answered_on.isoformat()} 11:00"
            row = (moment, "website", "yes", application.code, "", "", kind, "")
            yield f"{application.id}-supplement-{number}.zip", data, row


def build_package(application: Application, round_: Round, rules: Rules) -> bytes:
    """Return what an applicant sends, as a zip: the form and the documents that it says are received."""
    documents = {document.kind: document for document in application.documents if document.received}
    evidence = sorted({measurement.evidence_document for measurement in application.measurements.values()} - {""})
    names = {kind: name for kind, name in _DOCUMENT_FILES.items() if kind in documents}
    if DocumentKind.EVIDENCE in documents and evidence:
        names[DocumentKind.EVIDENCE] = evidence[0]
    papers = {kind.value: PrefilledPaper(file=name, sealed=documents[kind].sealed) for kind, name in names.items()}
    prefilled = PrefilledForm(entries=prefill_claims(application), papers=papers)
    files = {_FORM_FILE: build_form(application.applicant, round_, rules, "ko", prefilled)}
    files |= {name: build_blank_pdf(1) for name in names.values() if name != _FORM_FILE}
    if DocumentKind.EVIDENCE in documents:
        files |= {name: build_blank_pdf(_EVIDENCE_PAGES) for name in evidence}
    return build_zip(files)


def prefill_claims(application: Application) -> dict[str, Prefilled]:
    """Return what an applicant fills in: its claims by indicator with their evidence, and its own marks.

    An own mark is the highest that any evaluator gives: applicants do not think less of themselves.
    """
    claims = {
        name: Prefilled(
            value=measurement.claimed,
            document=measurement.evidence_document,
            page=measurement.evidence_page,
            grade=measurement.grade,
        )
        for name, measurement in application.measurements.items()
    }
    own: dict[str, Fraction] = {}
    for mark in application.marks:
        if mark.value is not None:
            own[mark.indicator] = max(mark.value, own.get(mark.indicator, mark.value))
    return claims | {name: Prefilled(value=value) for name, value in own.items()}


def build_zip(files: dict[str, bytes]) -> bytes:
    """Return files as a zip; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def build_blank_pdf(pages: int) -> bytes:
    """Return a small PDF of empty A4 pages."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 3 + pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode()]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
