"""A form that somebody saves in LibreOffice, in whatever format, says the same as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.io.rounds.package import read_package
from smartcert.io.rounds.round import RoundCall
from smartcert.reception.take_in import identify_forms, read_submission
from tests.support.forms import new_simulated_round, workbook
from tests.support.office import needs_office, save_in_libreoffice


def read_claims(path: Path, call: RoundCall) -> dict[str, object]:
    package = read_package(path, identify_forms(call))
    assert not package.problems
    forms = [(form.name, form.data) for form in package.forms]
    submission = read_submission(forms, package.name, package.doubts, call, {})
    assert (submission.problems, submission.questions) == ([], [])
    return {name: (claim.value, claim.document, claim.page) for name, claim in submission.claims.items()}


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
def test_a_form_saved_by_libreoffice_says_the_same(kind: str, tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=1)
    form = tmp_path / "form.xlsx"
    form.write_bytes(workbook(simulated.applications[0], call))
    expected = read_claims(form, call)
    save_in_libreoffice([form], kind, tmp_path / "out")
    assert read_claims(tmp_path / "out" / f"form.{kind}", call) == expected
