"""How long it takes to read 243 applicants' workbooks. It prints its time; it fails above a minute of processor time.

Run by hand: ``pytest -m full -s tests/benchmarks/test_intake_speed.py``.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from smartcert.io.rounds.round import read_call
from smartcert.reception.take_in import take_in
from smartcert.simulation.packages import simulate_packages
from tests.support.forms import example_call

APPLICANTS, WANTED = 243, 60.0


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_all_local_governments_of_korea_at_once(tmp_path: Path) -> None:
    like = example_call()
    simulate_packages(APPLICANTS, 7, tmp_path / "round", like.round, like.rules)
    called = read_call(str(tmp_path / "round"))
    began, cpu = time.perf_counter(), time.process_time()
    taken = take_in(called, tmp_path / "round" / "packages")
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"\n{APPLICANTS} workbooks in {took:.1f} s, {cpu:.1f} s of one processor; wanted under {WANTED:.0f} s")
    assert len(taken.counting) == APPLICANTS
    assert cpu < WANTED
