"""One application in every format that the door takes, and forms that people have edited by hand."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from smartcert.forms.phrases import GRADES, MISSING, NO, YES
from smartcert.forms.template import Prefilled, PrefilledForm, PrefilledPaper, build_form
from smartcert.io.rounds.round import RoundCall, read_call
from smartcert.model.application import Application, Missing
from smartcert.model.indicator import YesNoScale
from smartcert.simulation.generate import SimulatedRound
from smartcert.simulation.packages import build_blank_pdf, build_zip, prefill_claims
from smartcert.simulation.write import write_invented_call
from tests.support.build import PARAMETERS

Rows = list[list[str]]
PAPERS = {
    "application": PrefilledPaper(file="신청서.pdf", sealed=True),
    "quantitative": PrefilledPaper(file="정량.pdf"),
    "qualitative": PrefilledPaper(file="정성.pdf"),
    "evidence": PrefilledPaper(file="증빙 D1.pdf"),
}
FILES = {
    name: build_blank_pdf(60) for name in ("신청서.pdf", "정량.pdf", "정성.pdf", *(f"증빙 D{n}.pdf" for n in (1, 2, 3)))
}
LOG = "package,arrived_at,channel,official_letter,code,sent_at,channel_reason,supplements,withdraws\n"


@cache
def example_call() -> RoundCall:
    return read_call(str(PARAMETERS / "rounds" / "2023"))


def new_simulated_round(folder: Path, applicants: int = 3, seed: int = 11) -> tuple[SimulatedRound, RoundCall]:
    """Return an invented round whose folder holds the call only."""
    like = example_call()
    simulated = write_invented_call(applicants, seed, folder, like.round, like.rules)
    return simulated, read_call(str(folder))


def workbook(one: Application, call: RoundCall, papers: dict[str, PrefilledPaper] | None = None) -> bytes:
    filled = PrefilledForm(entries=prefill_claims(one), papers=PAPERS if papers is None else papers)
    return build_form(one.applicant, call.round, call.rules, "ko", filled)


def blank(one: Application, call: RoundCall, filled: dict[str, Prefilled] | None = None) -> bytes:
    return build_form(one.applicant, call.round, call.rules, "ko", PrefilledForm(entries=filled or {}, papers=PAPERS))


def tables(one: Application, call: RoundCall) -> list[Rows]:
    """Return the form as plain tables: the facts, the documents, a table of figures for each domain."""
    applicant = one.applicant
    facts = [
        ["공모 / Round", call.round.id],
        ["지표판 / Edition", call.rules.edition.id],
        ["지방자치단체 코드", applicant.code],
        ["지방자치단체", f"{applicant.parent_name} {applicant.name.ko}".strip()],
    ]
    papers = [["서류", "파일", "날인"]]
    korean = {"application": "인증신청서", "quantitative": "정량평가서", "qualitative": "정성평가 자체평가서"}
    korean["evidence"] = "증빙자료"
    papers += [[korean[kind], paper.file, "예" if paper.sealed else ""] for kind, paper in PAPERS.items()]
    return [facts, papers, *(_figures(one, domain) for domain in call.rules.edition.domains)]


def _figures(one: Application, domain: Any) -> Rows:
    rows = [["지표번호", "지표명", "단위", "값", "증빙 문서", "쪽", "증빙 등급"]]
    for indicator in domain.walk():
        if indicator.id not in one.measurements:
            continue
        measured = one.measurements[indicator.id]
        value = measured.claimed
        if isinstance(value, Missing):
            text = MISSING[value].ko
        elif isinstance(indicator.scale, YesNoScale):
            text = (YES if value else NO).ko
        else:
            text = f"{int(value):,}" if value.denominator == 1 else str(float(value))
            text += indicator.unit.ko
        grade = GRADES[measured.grade].ko if measured.grade else ""
        told = [measured.evidence_document, measured.evidence_page, grade]
        rows.append([indicator.id, indicator.name.ko, indicator.unit.ko, text, *told])
    return rows


def as_csv(one: Application, call: RoundCall, encoding: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for table in tables(one, call):
        writer.writerows(table)
        writer.writerow([])
    return out.getvalue().encode(encoding)


def as_hwpx(one: Application, call: RoundCall) -> bytes:
    return hwpx(tables(one, call))


def hwpx(grids: Sequence[Rows]) -> bytes:
    """Return a small Hangul document that holds these tables."""
    body = "".join(f"<hp:p><hp:run><hp:t>표</hp:t></hp:run></hp:p>{_table(rows)}" for rows in grids)
    section = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
        f' xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">{body}</hs:sec>'
    )
    files = {
        "mimetype": b"application/hwp+zip",
        "Contents/section0.xml": section.encode(),
        "Contents/header.xml": b'<?xml version="1.0"?><head/>',
    }
    return build_zip(files)


def _table(rows: Rows) -> str:
    lines = []
    for row, cells in enumerate(rows):
        columns = "".join(
            f"<hp:tc><hp:subList><hp:p><hp:run><hp:t>{escape(text)}</hp:t></hp:run></hp:p></hp:subList>"
            f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="1" rowSpan="1"/></hp:tc>'
            for column, text in enumerate(cells)
        )
        lines.append(f"<hp:tr>{columns}</hp:tr>")
    return f"<hp:p><hp:run><hp:tbl>{''.join(lines)}</hp:tbl></hp:run></hp:p>"


def package(form: bytes, name: str = "양식.xlsx", files: dict[str, bytes] | None = None) -> bytes:
    return build_zip({name: form, **(FILES if files is None else files)})


def send(folder: Path, sent: Sequence[tuple[str, bytes, str]]) -> Path:
    """Write packages with their log; each comes with the rest of its row: arrived_at,channel,letter,code,..."""
    folder.mkdir(exist_ok=True)
    for name, data, _ in sent:
        if name:
            (folder / name).write_bytes(data)
    (folder / "arrivals.csv").write_text(LOG + "".join(f"{name},{row}\n" for name, _, row in sent), "utf-8")
    return folder


def edited(form: bytes, edit: Callable[[Workbook], None]) -> bytes:
    """Return a workbook after somebody has worked in it."""
    book = load_workbook(io.BytesIO(form))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def value_cell(book: Workbook, indicator: str) -> Any:
    """Return the cell of an indicator's value in an opened form."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_col=1, max_col=1):
            if row[0].value == indicator and sheet.cell(row=3, column=7).value:
                return sheet.cell(row=row[0].row, column=7)
    raise LookupError(indicator)


def changed_part(form: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a zip with one part changed, added if it was not there."""
    with zipfile.ZipFile(io.BytesIO(form)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    files[part] = change(files.get(part, b""))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
