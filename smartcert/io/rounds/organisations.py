"""The organisations of a scheme, such as companies, as a table of a round, by their business numbers.

A business number (사업자등록번호) has ten digits: three of the tax office, two of the kind of business, four in
sequence and a check digit. The check digit is as python-stdnum (``stdnum.kr.brn``) and the OECD's sheet on Korean tax
numbers have it: the first nine digits times 1, 3, 7, 1, 3, 7, 1, 3, 5, and the tens of the last product once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from smartcert.io.formats.csv import Cells, Table, iterate_cells
from smartcert.io.formats.text import quote
from smartcert.model.applicant import ORGANISATIONS, Applicant, ApplicantKind
from smartcert.model.citation import Text

ORGANISATION_COLUMNS = ("number", "name_ko", "name_en", "kind", "note", "source")
OPTIONAL_ORGANISATION_COLUMNS = ("class",)
"""``class``: the id of a class of the scheme, where it says that classes are told by this column."""

_NUMBER = re.compile(r"([0-9]{3})-?([0-9]{2})-?([0-9]{5})")
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def compute_check_digit(digits: str) -> int:
    """Return the check digit of the first nine digits of a business number.

    >>> compute_check_digit("134867268"), compute_check_digit("124810099")
    (3, 8)
    """
    products = [weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)]
    return -(sum(products) + products[-1] // 10) % 10


def compact_number(text: str) -> str:
    """Return a business number or a code as ten digits where it is one with hyphens, else the text as it is.

    >>> compact_number("134-86-72683"), compact_number("9111000000")
    ('1348672683', '9111000000')
    """
    match = _NUMBER.fullmatch(text)
    return "".join(match.groups()) if match else text


def is_business_number(code: str) -> bool:
    """Return whether ten digits can be a business number: a right check digit, and no code of a local government.

    No business has the sequence 0000, as the codes of local governments have it.

    >>> is_business_number("1348672683"), is_business_number("1348672684"), is_business_number("9111000000")
    (True, False, False)
    """
    return code[5:9] != "0000" and int(code[9]) == compute_check_digit(code[:9])


def read_organisations(table: Table, taken: Iterable[str] = ()) -> tuple[Applicant, ...]:
    """Return the organisations in the order of the table; problems are added to it.

    ``taken`` are the codes of the round's local governments: a number that is one of them is refused, as nobody could
    tell which of the two applies.
    """
    known = set(taken)
    lines: dict[str, int] = {}
    organisations = []
    for cells in iterate_cells(table):
        number = _parse_number(cells, known, lines)
        name = cells.required("name_ko", "the Korean name")
        kind = cells.choice("kind", ApplicantKind)
        if cells.valid and kind not in ORGANISATIONS:
            wanted = f"one of: {', '.join(sorted(organisation.value for organisation in ORGANISATIONS))}"
            cells.refuse("kind", f"{quote(kind.value)}, which stands in the registry", wanted)
        cells.required("source", "where the row is from")
        if cells.valid:
            organisations.append(
                Applicant(
                    code=number,
                    name=Text(ko=name, en=cells.text("name_en") or name),
                    kind=kind,
                    note=cells.text("note"),
                    class_id=cells.text("class"),
                )
            )
    return tuple(organisations)


def _parse_number(cells: Cells, taken: set[str], lines: dict[str, int]) -> str:
    text = cells.text("number")
    number = compact_number(text)
    if not _NUMBER.fullmatch(number):
        cells.refuse("number", quote(text), "a business number of ten digits such as 134-86-72683")
    elif int(number[-1]) != compute_check_digit(number[:-1]):
        wanted = f"a check digit of {compute_check_digit(number[:-1])}, or a figure before it that is another one"
        cells.refuse("number", f"{quote(text)}, whose last digit is {number[-1]}", wanted)
    elif number in taken:
        cells.refuse("number", f"{text}, which is the code of a local government of the registry", "another number")
    elif number in lines:
        cells.refuse("number", f"the number {text} again", f"each once (first in line {lines[number]})")
    else:
        lines[number] = cells.line
    return number
