"""Mutated forms: each ends in values that stand in it, in a question, or in an error with its place."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from smartcert.io.formats import free_text
from smartcert.io.formats.grid import RawCell
from smartcert.io.rounds.forms import Submission
from smartcert.io.rounds.package import read_package
from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application
from smartcert.reception.take_in import identify_forms, read_submission
from tests.support.form_mutations import HANGUL_TEXT, OPEN_TEXT, TEXT, mutated_csv, mutated_xls, mutated_zip
from tests.support.forms import as_csv, as_hwpx, example_call, new_simulated_round, package, workbook
from tests.support.old_workbooks import as_xls
from tests.support.sent_forms import as_ods

FEW, MANY = 25, 500
OF_THE_EXAMPLE = frozenset({"ods", "xls"})
"""Formats whose form is that of the round 2023."""
SECONDS, MEGABYTES = 20.0, 500

FORMATS: dict[str, tuple[str, Callable[[Application, RoundCall], bytes], Callable[[bytes, int], bytes]]] = {
    "xlsx": ("양식.xlsx", workbook, lambda data, seed: mutated_zip(data, TEXT, seed)),
    "csv": ("양식.csv", partial(as_csv, encoding="utf-8"), mutated_csv),
    "cp949": ("양식.csv", partial(as_csv, encoding="cp949"), mutated_csv),
    "hwpx": ("양식.hwpx", as_hwpx, lambda data, seed: mutated_zip(data, HANGUL_TEXT, seed)),
    "ods": ("양식.ods", lambda *_: as_ods(), lambda data, seed: mutated_zip(data, OPEN_TEXT, seed)),
    "xls": ("양식.xls", lambda *_: as_xls(), mutated_xls),
    "zip": (
        "신청.zip",
        lambda one, called: package(workbook(one, called)),
        lambda data, seed: mutated_zip(data, TEXT, seed),
    ),
}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Application, RoundCall]:
    world, called = new_simulated_round(tmp_path_factory.mktemp("fuzz") / "round", applicants=1)
    return world.applications[0], called


@pytest.mark.parametrize("kind", FORMATS)
def test_a_few_mutated_forms_end_clearly(kind: str, one: tuple[Application, RoundCall], tmp_path: Path) -> None:
    _fuzz(kind, one, tmp_path, range(FEW))


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", FORMATS)
def test_five_hundred_mutated_forms_end_clearly(kind: str, one: tuple[Application, RoundCall], tmp_path: Path) -> None:
    _fuzz(kind, one, tmp_path, range(1000, 1000 + MANY))


def _fuzz(kind: str, one: tuple[Application, RoundCall], folder: Path, seeds: range) -> None:
    name, make, mutate = FORMATS[kind]
    good = make(*one)
    called = one[1] if kind not in OF_THE_EXAMPLE else example_call()
    clean = _read(name, good, called, folder)
    assert not clean.problems
    ends = {"clean": 0, "asked": 0, "refused": 0}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of whatever ran in this process so far
    for seed in seeds:
        began = time.process_time()
        read = _read(name, mutate(good, seed), called, folder)
        assert time.process_time() - began < SECONDS, seed
        _hold(read, clean, seed)
        ends["refused" if read.problems else "asked" if read.questions else "clean"] += 1
    assert ends["refused"]
    assert ends["asked"] or ends["clean"]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES


def _read(name: str, data: bytes, called: RoundCall, folder: Path) -> Submission:
    path = folder / name
    path.write_bytes(data)
    sent = read_package(path, identify_forms(called))
    if sent.problems:
        return Submission(problems=list(sent.problems))
    forms = [(form.name, form.data) for form in sent.forms]
    return read_submission(forms, sent.name, sent.doubts, called, {})


def _hold(read: Submission, clean: Submission, seed: int) -> None:
    """Every value is the original one, or stands in the cell that it says it is from; every trouble has a place."""
    for problem in read.problems:
        assert problem.place.file, seed
        assert problem.found, seed
        assert problem.wanted, seed
    for question in read.questions:
        assert question.readings or question.found or question.why.en, seed
    origins = {origin.field: origin for origin in read.origins}
    for key, claim in read.claims.items():
        if claim.value is None or claim.value == clean.claims[key].value:
            continue
        origin = origins[key]
        plain = free_text.interpret_figure(RawCell(origin.raw), claim.indicator)
        stored = free_text.parse_stored_number(origin.raw)
        assert claim.value in (getattr(plain, "value", None), stored, stored and stored * 100), (seed, origin)
        if not isinstance(claim.value, str):
            assert claim.indicator.limits.allows(claim.value), seed
