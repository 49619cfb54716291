"""The ledger survives being cut off anywhere, and no state but `made` looks like success."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartcert.batch.ledger import Entry, Ledger, State
from smartcert.batch.plan import Freshness, planned

PARTS = {"application": "a", "package": "p"}


def entry(state: State, page: str = "p.html", **more: object) -> Entry:
    return Entry(page=page, state=state, parts=PARTS, **more)  # type: ignore[arg-type]  # the tests' own words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_ledger_cut_off_anywhere_keeps_every_whole_line_and_goes_on(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    ledger = Ledger(tmp_path)
    for state in (State.STARTED, State.MADE, State.STARTED, State.FAILED):
        ledger.append(entry(state, reason="한글 이유"))
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = [one.state for one in ledger.entries()]
    lines = whole[:cut].count(b"\n")
    assert kept[:lines] == [State.STARTED, State.MADE, State.STARTED, State.FAILED][:lines]
    assert len(kept) <= lines + 1  # the last line may be whole but for its end
    ledger.append(entry(State.MADE, page="next.html"))
    assert [one.page for one in ledger.entries()][len(kept) :] == ["next.html"]
    assert len(list(ledger.entries())) == len(kept) + 1


def test_only_made_with_the_same_parts_and_files_is_fresh(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text("x")
    sha = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    made = entry(State.MADE, files={"p.html": sha})
    assert planned("p.html", PARTS, made, tmp_path).fresh
    for state in (State.STARTED, State.STOPPED, State.FAILED):
        assert not planned("p.html", PARTS, entry(state, files={"p.html": sha}), tmp_path).fresh
    assert planned("p.html", PARTS, None, tmp_path).freshness is Freshness.NEW
    stale = planned("p.html", PARTS | {"application": "b"}, made, tmp_path)
    assert (stale.freshness, stale.because) == (Freshness.STALE, ("application",))
    (tmp_path / "p.html").write_text("y")
    altered = planned("p.html", PARTS, made, tmp_path)
    assert (altered.freshness, altered.because) == (Freshness.ALTERED, ("p.html",))
