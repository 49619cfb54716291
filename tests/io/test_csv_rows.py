"""The rows of a table are those that `csv` reads, each cell stripped, whatever stands in them."""

from __future__ import annotations

import csv
import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.io.formats.csv import LONGEST_CELL, Table
from smartcert.io.formats.text import FileText

COLUMNS = ("first", "second")
plain = st.text("ab é　\t\v\x1c\x1f\xa0", max_size=4)
cells = st.one_of(plain, st.text('a, "\n\r\t', max_size=4).map(lambda text: '"' + text.replace('"', '""') + '"'))
tables = st.lists(st.tuples(cells, cells), max_size=5)


def read(text: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    table = Table(FileText(file="table.csv", text=text, sha256=""), COLUMNS)
    rows = [(line, list(row)) for line, row in table.rows()]
    return rows, [str(problem) for problem in table.problems]


@given(rows=tables, end=st.sampled_from(["\n", "\r\n"]))
def test_every_cell_is_stripped_and_blank_rows_are_left_out(rows: list[tuple[str, str]], end: str) -> None:
    text = end.join(",".join(row) for row in [COLUMNS, *rows]) + end
    reader, expected, line = csv.reader(io.StringIO(text, newline=""), strict=True), [], 1
    for row in reader:
        stripped = [cell.strip() for cell in row]
        if line > 1 and any(stripped):
            expected.append((line, stripped))
        line = reader.line_num + 1
    found, problems = read(text)
    if not problems:
        assert found == expected
    else:
        assert all("stray quote" in problem for problem in problems)


@pytest.mark.parametrize("sign", ["a", "가", "a ", "\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_of_more_than_the_most_characters_is_refused_on_one_line_or_on_several(sign: str, quoted: bool) -> None:
    if sign == "\n" and not quoted:
        return
    for more in (0, 1):
        cell = ("a" + sign * LONGEST_CELL)[: LONGEST_CELL - 1 + more] + "z"
        text = f'first,second\n1,"{cell}"\n2,b\n' if quoted else f"first,second\n1,{cell}\n2,b\n"
        rows, problems = read(text)
        assert [row[0] for _, row in rows] == (["2"] if more else ["1", "2"])
        assert len(problems) == more
        assert all(f"a cell of {LONGEST_CELL + 1} characters" in problem for problem in problems)


BLANKS = [sign for sign in map(chr, range(0x3100)) if not sign.strip() and sign not in "\n\r"]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_blank_at_either_end_of_a_cell_is_stripped_wherever_it_stands(blank: str) -> None:
    lines = ["a,b", f"{blank}1,2", f"1{blank},2", f"1,{blank}2", f"1,2{blank}", f"1 {blank} x,2"]
    for end in ("\n", "\r\n", "\r"):
        for number in range(1, len(lines)):
            rows, problems = read(end.join(["first,second", *lines[number:], *lines[:number]]))
            expected = [[cell.strip() for cell in line.split(",")] for line in [*lines[number:], *lines[:number]]]
            assert ([row for _, row in rows], problems) == (expected, [])


def test_these_are_all_that_is_stripped() -> None:
    assert not [sign for sign in map(chr, range(0x3100, sys.maxunicode + 1)) if not sign.strip()]
