"""What is wrong with a finished PDF is found, in whatever way its text and its areas are written."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from smartcert.reporting.pdf_checks import find_problems

NAMES = b"2 beginbfchar <0001> <0061> <0002> <0062> endbfchar"  # glyph 1 is an a, glyph 2 a b


def build_pdf(content: bytes, *, annotation: Dictionary | None = None) -> bytes:
    """Return a PDF of one page, 100 points wide and high, which draws ``content``."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 100))
    descriptor = Dictionary(Type=Name.FontDescriptor, FontFile2=pdf.make_stream(b"font"))
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, FontDescriptor=descriptor, W=Array([1, Array([500, 500])])
    )
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, DescendantFonts=Array([below]), ToUnicode=pdf.make_stream(NAMES)
    )
    form = pdf.make_stream(b"0 0 5 5 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 10, 10]))
    page = pdf.pages[0].obj
    page["/Resources"] = Dictionary(Font=Dictionary(F1=font), XObject=Dictionary(X1=form))
    page["/Contents"] = pdf.make_stream(content)
    if annotation is not None:
        page["/Annots"] = Array([annotation])
    pdf.Root["/Lang"] = String("ko")
    pdf.Root["/StructTreeRoot"] = Dictionary(Type=Name.StructTreeRoot, K=Array([]))
    pdf.docinfo["/Title"] = String("title")
    written = io.BytesIO()
    pdf.save(written)
    return written.getvalue()


def mark(content: str) -> bytes:
    return f"/P <</MCID 0>>BDC\n{content}\nEMC\n".encode()


TEXTS = {
    "glyph by glyph": "BT\n/F1 10 Tf\n1 0 0 1 {x} 50 Tm\n<0001> Tj\n5 0 Td <0002> Tj\nET",
    "in one string": "BT /F1 10 Tf 1 0 0 1 {x} 50 Tm <00010002> Tj ET",
    "with a step before the first glyph": "BT\n/F1 10 Tf\n1 0 0 1 0 50 Tm\n{x} 0 Td <0001> Tj\n5 0 Td <0002> Tj\nET",
    "as an array": "BT /F1 10 Tf {x} 50 Td [<0001> 0 <0002>] TJ ET",
    "moved": "q 1 0 0 1 {x} 0 cm BT /F1 10 Tf 1 0 0 1 0 50 Tm\n<00010002> Tj ET Q",
    "turned": "BT\n/F1 10 Tf\n0 1 -1 0 50 {x} Tm\n<0001> Tj\n5 0 Td <0002> Tj\nET",
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_is_found_on_the_paper_and_outside_it(case: str) -> None:
    assert find_problems(build_pdf(mark(TEXTS[case].format(x=90))), "ab") == []
    for x in (92, -2):  # glyphs that are set one by one are named one by one
        (found,) = find_problems(build_pdf(mark(TEXTS[case].format(x=x))), "ab")
        assert re.fullmatch(r"things outside the paper: 1 \('(ab|a|b)'\)", found)


@pytest.mark.parametrize("case", TEXTS)
def test_letters_that_are_not_drawn_are_counted(case: str) -> None:
    found = find_problems(build_pdf(mark(TEXTS[case].format(x=50))), "a 한 ab1")
    assert found == ["letters and digits that are not on the paper: 3"]


@pytest.mark.parametrize("case", TEXTS)
def test_text_without_a_mark_is_found(case: str) -> None:
    found = find_problems(build_pdf(TEXTS[case].format(x=50).encode()))
    assert len(found) == 1
    assert found[0].startswith("things drawn without a tag and not marked as decoration: ")


AREAS = {
    "rectangle": "{x} 0 10 10 re f",
    "lines": "{x} 0 m\n{x} 10 l 0 10 l\nf",
    "curve": "0 0 m 0 0 0 0 {x} 10 c\nS",
    "short curve": "0 0 m 0 0 {x} 10 v S",
    "lines among colours": ".5 .5 .5 RG .5 .5 .5 rg\n0 0 m\n1 0 0 rg\n{x} 0 l S",
    "form": "q 1 0 0 1 {x} 0 cm /X1 Do Q",
}


@pytest.mark.parametrize("case", AREAS)
def test_an_area_is_found_on_the_paper_and_outside_it(case: str) -> None:
    assert find_problems(build_pdf(mark(AREAS[case].format(x=90)))) == []
    assert find_problems(build_pdf(mark(AREAS[case].format(x=102)))) == [
        "things outside the paper: 1 (a line or an area)"
    ]
    clipped = f"q 0 0 100 100 re W n {AREAS[case].format(x=102)} Q"
    assert find_problems(build_pdf(mark(clipped))) == []


def test_a_link_without_a_description_is_found() -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 1, 1]))
    assert find_problems(build_pdf(b"", annotation=link)) == ["links without a description: 1"]
    link["/Contents"] = String("where it leads")
    assert find_problems(build_pdf(b"", annotation=link)) == []


def test_what_is_damaged_is_found() -> None:
    content = build_pdf(b"")
    assert find_problems(content) == []
    begin = content.rindex(b"startxref") + len(b"startxref\n")
    damaged = content[:begin] + b"7" + content[begin:]
    assert any("as pikepdf reads it" in problem for problem in find_problems(damaged))
