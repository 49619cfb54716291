"""The same application gives the same record, to the byte, in whatever format it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application
from smartcert.reception.take_in import take_in
from smartcert.reporting.records import to_json
from smartcert.services.rounds import open_round
from smartcert.simulation.write import write_committee_tables
from tests.support.forms import as_csv, as_hwpx, new_simulated_round, package, send, workbook

FORMS = {
    "xlsx": ("양식.xlsx", workbook),
    "csv": ("양식.csv", lambda one, called: as_csv(one, called, "utf-8-sig")),
    "cp949": ("양식.csv", lambda one, called: as_csv(one, called, "cp949")),
    "hwpx": ("양식.hwpx", as_hwpx),
}


def record(folder: Path, kind: str) -> bytes:
    world, called = new_simulated_round(folder / kind / "round", applicants=2, seed=5)
    name, make = FORMS[kind]
    sent = [
        (f"{one.id}.zip", package(form(make, one, called), name), f"2023-10-25 10:00,website,yes,{one.code},,,,")
        for one in world.applications
    ]
    taken = take_in(called, send(folder / kind / "sent", sent))
    assert [str(problem) for problem in taken.problems] == []
    assert taken.questions == []
    write_committee_tables(world, called.folder, called.rules.edition)
    return b"".join(to_json(one) for one in open_round(str(called.folder)).records())


def form(make: object, one: Application, called: RoundCall) -> bytes:
    assert callable(make)
    made = make(one, called)
    assert isinstance(made, bytes)
    return made


@pytest.mark.parametrize("kind", ["csv", "cp949", "hwpx"])
def test_another_format_of_one_application_gives_the_same_record(tmp_path: Path, kind: str) -> None:
    assert record(tmp_path, kind) == record(tmp_path, "xlsx")
