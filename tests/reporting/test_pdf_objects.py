"""The objects of a PDF are read as they were written, and what cannot be read is refused: nothing is passed over."""

from __future__ import annotations

import pytest

from smartcert.errors import ReportError
from smartcert.reporting.pdf_objects import Name, Reference, Token, read_objects


def build_pdf(value: bytes) -> bytes:
    """Return a PDF of which object 1 is ``value`` and the root."""
    head = b"%PDF-1.4\n"
    body = b"1 0 obj\n%b\nendobj\n" % value
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % len(head)
    return head + body + table + b"trailer\n<</Size 2 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(head + body)


VALUES = {
    b"<</A 1 /B -2/C +3>>": {"A": 1, "B": -2, "C": 3},
    b"[1 0 R 1 0 2 0 R]": [Reference(1), 1, 0, Reference(2)],
    b"[.5 -1. 12.25]": [Token(b".5"), Token(b"-1."), Token(b"12.25")],
    b"[true false null]": [True, False, None],
    b"[/A/B /C#20D /]": [Name("A"), Name("B"), Name("C#20D"), Name("")],
    rb"[(a \) ] >> b) <FE FF> ()]": [Token(rb"(a \) ] >> b)"), Token(b"<FE FF>"), Token(b"()")],
    b"<< % a remark >>\n/K[<</S/TD>>[]]>>": {"K": [{"S": Name("TD")}, []]},
}


@pytest.mark.parametrize("text", VALUES)
def test_a_value_is_read_as_it_was_written(text: bytes) -> None:
    (value,) = read_objects(build_pdf(text)).objects.values()
    assert value == VALUES[text]
    assert repr(value) == repr(VALUES[text])  # a name is no string, and True is no 1


@pytest.mark.parametrize(
    "text", [b"[1 2", b"<</A 1", b"<</A>>", b"[1 ) 2]", b"[(a (b) c)]", b"[(a]", b"[{1}]", b"[<4G>]", b"]", b">>"]
)
def test_what_cannot_be_read_is_refused(text: bytes) -> None:
    with pytest.raises(ReportError, match="the PDF"):
        read_objects(build_pdf(text))
