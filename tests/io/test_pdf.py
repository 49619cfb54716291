"""How many pages a PDF has: as it is now, without what is attached, and never at the price of hanging."""

import io
import time
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

from smartcert.io.formats import limits, pdf
from smartcert.io.formats.pdf import count_pdf_pages
from smartcert.io.formats.worker import WorkerProcess
from smartcert.simulation.packages import build_blank_pdf
from tests.support.patience import lengthen


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_object_streams(pages: int) -> bytes:
    """Return a PDF whose catalogue and page tree are packed, as most programs write them."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 3 + pages))
    bodies = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    bodies += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * pages
    index, inside = "", ""
    for number, body in enumerate(bodies, start=1):
        index, inside = f"{index}{number} {len(inside)} ", f"{inside}{body} "
    packed, own = zlib.compress((index + inside).encode()), len(bodies) + 1
    out = b"%PDF-1.7\n"
    rows = b"\0\0\0\0\0" + b"".join(
        b"\2" + own.to_bytes(2, "big") + place.to_bytes(2, "big") for place in range(len(bodies))
    )
    rows += b"\1" + len(out).to_bytes(4, "big")
    head = f"<</Type/ObjStm/N {len(bodies)}/First {len(index)}/Filter/FlateDecode/Length {len(packed)}>>"
    out += f"{own} 0 obj\n{head}\nstream\n".encode() + packed + b"\nendstream\nendobj\n"
    start, rows = len(out), zlib.compress(rows)
    head = f"<</Type/XRef/Size {own + 1}/W[1 2 2]/Root 1 0 R/Filter/FlateDecode/Length {len(rows)}>>"
    out += f"{own + 1} 0 obj\n{head}\nstream\n".encode() + rows + b"\nendstream\nendobj\n"
    return out + f"startxref\n{start}\n%%EOF\n".encode()


@pytest.mark.parametrize("pages", [1, 3, 60])
def test_pages_of_a_plain_and_of_a_packed_document(pages: int) -> None:
    assert count_pdf_pages(build_blank_pdf(pages)) == pages
    assert count_pdf_pages(with_object_streams(pages)) == pages


def test_pages_of_an_attached_document_do_not_count() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(build_blank_pdf(3)))
    writer.add_attachment("annex.pdf", build_blank_pdf(60))
    document = written(writer)
    assert b"/EmbeddedFile" in document
    assert count_pdf_pages(document) == 3


def test_pages_that_an_incremental_save_took_out_do_not_count() -> None:
    before = build_blank_pdf(60)
    writer = PdfWriter(io.BytesIO(before), incremental=True)
    tree = writer.root_object["/Pages"].get_object()
    assert isinstance(tree, DictionaryObject)
    kids = tree["/Kids"]
    assert isinstance(kids, ArrayObject)
    tree.update({NameObject("/Kids"): ArrayObject(kids[:3]), NameObject("/Count"): NumberObject(3)})
    after = written(writer)
    assert after.startswith(before)
    assert len(PdfReader(io.BytesIO(before)).pages) == 60
    assert count_pdf_pages(after) == 3


@pytest.mark.parametrize(("password", "pages"), [("", 7), ("secret", None)])
def test_pages_are_known_of_what_opens_without_a_password(password: str, pages: int | None) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(build_blank_pdf(7)))
    writer.encrypt(password, owner_password="author", algorithm="RC4-128")  # noqa: S106  # a test's
    assert count_pdf_pages(written(writer)) == pages


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no PDF at all",
        b"%PDF-1.7\n",
        build_blank_pdf(0),
        build_blank_pdf(60)[:300],
        with_object_streams(24)[:150],
        build_blank_pdf(2).replace(b"/Kids [3 0 R 4 0 R]", b"/Kids [2 0 R 2 0 R]"),
    ],
)
def test_pages_of_what_cannot_be_read_are_not_known(data: bytes) -> None:
    assert count_pdf_pages(data) is None


@pytest.mark.parametrize(
    "body",
    [
        b"/Type/Pages" * 1_000_000,
        b"/Type" + b" " * 20_000_000,
        b"<</Type/ObjStm>>stream\n" + zlib.compress(b"\0" * 60_000_000) + b"<</Type/ObjStm>>stream\n" * 400,
        b"[" * 5_000_000,
        b"1 0 obj\n" * 3_000_000,
    ],
)
def test_a_pdf_made_to_take_long_is_given_up(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        short.setattr(limits, "PDF_SECONDS", 1)
        began = time.process_time()
        assert count_pdf_pages(b"%PDF-1.7\n" + body) is None
        assert time.process_time() - began < 2  # of this process
    assert count_pdf_pages(build_blank_pdf(3)) == 3


def test_a_slow_start_of_the_process_takes_no_time_from_a_file(tmp_path: Path) -> None:
    worker = str(pdf._WORKER._script)
    for seconds in lengthen(2):
        script = tmp_path / f"{seconds}.py"
        late = f"import runpy, time\ntime.sleep({seconds + 1})\n"
        script.write_text(f"{late}runpy.run_path({worker!r}, run_name='__main__')", "utf-8")
        answer = WorkerProcess("pdf", script).ask(build_blank_pdf(3), memory=limits.PDF_MEMORY, seconds=float(seconds))
        if answer:
            break
    assert answer == b"3"


@pytest.mark.parametrize("program", ["", "import sys; sys.exit(1)", "print('x')"])
def test_a_process_that_does_not_start_has_no_answer(program: str, tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(program, encoding="utf-8")
    assert WorkerProcess("pdf", script).ask(build_blank_pdf(3), memory=limits.PDF_MEMORY, seconds=60.0) == b""


def test_a_pdf_that_needs_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_WORKER", WorkerProcess("pdf"))  # one that starts with the new limit
    monkeypatch.setattr(limits, "PDF_MEMORY", 200 * limits.MIB)
    large = build_blank_pdf(3) + b"%" * (60 * limits.MIB)
    assert count_pdf_pages(large) is None
    assert count_pdf_pages(build_blank_pdf(3)) == 3


def test_a_pdf_beyond_the_limit_is_not_looked_at() -> None:
    assert count_pdf_pages(build_blank_pdf(1) + bytes(limits.PDF_BYTES)) is None
