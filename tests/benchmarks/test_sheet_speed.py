"""How long it takes to read the sheets of seven evaluators: 35,721 marks for 243 applicants. It prints its time.

Run by hand: ``pytest -m full -s tests/benchmarks/test_sheet_speed.py``.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from smartcert.cli.sheets import SheetRequest, write_evaluator_sheet
from smartcert.io.rounds.round import read_call
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reception.sheets import read_sent_sheets, take_in_sheets
from smartcert.simulation.write import simulate_round
from tests.support.forms import example_call
from tests.support.sheets import read_rows

AT = datetime(2023, 11, 10, 10, 0, tzinfo=KOREAN_TIME)


def read_marks_of_a_round(applicants: int, folder: Path) -> tuple[int, float]:
    """Return how many marks were read from the sheets of a simulated round, and the processor time in seconds.

    The sheets are written with the simulated marks in them, so that nothing is filled in by hand.
    """
    like = example_call()
    simulated = simulate_round(applicants, 7, folder / "round", like.round, like.rules)
    for member in simulated.committee:
        request = SheetRequest(
            round=str(folder / "round"), names=(), format="xlsx", output=folder / "sheets", language="ko"
        )
        write_evaluator_sheet(request, member.id, after_discussion=False)
    given = {tuple(row.values())[:4] for row in read_rows(folder / "round" / "marks.csv")}
    for name in ("marks", "discussion", "decisions"):
        (folder / "round" / f"{name}.csv").unlink(missing_ok=True)
    call = read_call(str(folder / "round"))
    began, cpu = time.perf_counter(), time.process_time()
    taken = take_in_sheets(call, read_sent_sheets(folder / "sheets"), at=AT)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert taken.problems == []
    read = {tuple(row.values())[:4] for row in read_rows(folder / "round" / "marks.csv")}
    assert read <= given
    print(
        f"\n{len(read):,} marks of {len(simulated.committee)} evaluators in {took:.1f} s, {cpu:.1f} s of one processor"
    )
    return len(read), cpu


def test_the_marks_of_a_small_round_are_read_as_they_were_given(tmp_path: Path) -> None:
    count, cpu = read_marks_of_a_round(4, tmp_path)
    assert count > 100
    assert cpu < 10


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_the_marks_of_all_local_governments_of_korea(tmp_path: Path) -> None:
    count, cpu = read_marks_of_a_round(243, tmp_path)
    assert count > 20_000
    assert cpu < 10
