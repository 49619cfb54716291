"""The forms of one package, whatever their kind, to one understood form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartcert.errors import InputError, Place, Problem
from smartcert.intake.claims import Submission
from smartcert.intake.delimited import is_delimited, read_delimited
from smartcert.intake.form import Form, understand
from smartcert.intake.grid import Grid
from smartcert.intake.hwpx import is_hwpx, read_hwpx
from smartcert.intake.sheets.workbook import is_workbook, read_workbook
from smartcert.intake.submission import submission
from smartcert.intake.xml_events import Elements
from smartcert.model.indicator import Edition


def grids(name: str, data: bytes, file: str, elements: Elements | None = None) -> tuple[Grid, ...]:
    """Return the grids of one form; ``name`` tells its kind, ``file`` is what problems call it.

    Raises:
        InputError: it is unsound, would run or fetch something, or is beyond the limits.
    """
    if is_workbook(name):
        return read_workbook(data, file, elements)
    if is_hwpx(name):
        return read_hwpx(data, file, elements)
    if is_delimited(name):
        return (read_delimited(data, file),)
    wanted = "a form: .xlsx, .csv or .hwpx"
    raise InputError([Problem(place=Place(file=file), found="a file of another kind", wanted=wanted)])


def read_forms(
    forms: Iterable[tuple[str, bytes]], package: str, edition: Edition, answers: Mapping[str, str]
) -> Submission:
    """Return what the forms of a package say together; a form that cannot be read is a problem of the whole."""
    found: list[Grid] = []
    problems: list[Problem] = []
    elements = Elements()
    for name, data in forms:
        try:
            found += grids(name, data, f"{package}/{name}" if name != package else name, elements)
        except InputError as error:
            problems += error.problems
    form: Form = understand(found, edition)
    if not form.read and not problems:
        wanted = "a table with the headings 지표번호 (ID) and 값 (Value)"
        problems.append(Problem(place=Place(file=package), found="no form that can be understood", wanted=wanted))
    if problems:
        return Submission(problems=[*problems, *form.problems])
    return submission(form, edition, answers)
