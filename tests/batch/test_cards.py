"""Public cards in a batch: written with the reports, hashed, linked, and written again only where they change."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.batch.ledger import read_manifest
from smartcert.batch.plan import plan_reports
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.batch.verify import Verdict, compare_with_manifest
from smartcert.reporting.records import Audience
from smartcert.services.cards import RoundCards
from tests.support.small_example import files, small_example

pytestmark = pytest.mark.notebook

CARD = "applicants/ara/card.ko.html"


def test_cards_are_outputs_like_any_other_and_change_with_what_is_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara", "haneul"))
    request = RunRequest(round=str(folder), output=tmp_path / "out", languages=("ko",), quiet=True)
    run(request)
    listed = {output.file for output in read_manifest(tmp_path / "out").outputs}
    assert {name for name in listed if "card" in name} == {CARD}
    written = files(tmp_path / "out")
    assert b"card.ko.html" in written["index.html"]
    assert b"card.ko.html" in written["applicants/ara/report.ko.html"]
    assert b"card.ko.html" not in written["applicants/haneul/report.ko.html"]
    assert all(status.fresh for status in plan_reports(request))

    decisions = folder / "decisions.csv"
    decisions.write_text(decisions.read_text("utf-8").replace("2023-12-01", "2023-12-02"), "utf-8")
    assert {status.page for status in plan_reports(request) if "card" in status.page and not status.fresh} == {CARD}
    run(request)
    assert files(tmp_path / "out")[CARD] != written[CARD]

    altered = tmp_path / "out" / CARD
    altered.write_bytes(altered.read_bytes() + b" ")
    changed = [one.file for one in compare_with_manifest(tmp_path / "out") if one.verdict is not Verdict.UNCHANGED]
    assert changed == [CARD]

    of_others = written[CARD].replace("아라군".encode(), "하늘시".encode())
    monkeypatch.setattr(RoundCards, "render", lambda *_: of_others)
    (failure,) = run(request).failures
    assert (failure.id, failure.audience) == ("ara", Audience.PUBLIC)
    assert "names another applicant" in failure.reason
    assert not altered.exists()
    assert b'href="card.ko.html"' not in (tmp_path / "out" / "applicants/ara/report.ko.html").read_bytes()


def test_whom_the_press_page_names_no_more_has_no_card_any_more(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara", "haneul"))
    request = RunRequest(round=str(folder), output=tmp_path / "out", languages=("ko",), quiet=True)
    run(request)
    left = tmp_path / "out" / "applicants/haneul/card.ko.html"
    left.write_bytes((tmp_path / "out" / CARD).read_bytes())  # from when it was certified
    decisions = folder / "decisions.csv"
    decisions.write_text(decisions.read_text("utf-8").replace("2023-12-01", "2023-12-02"), "utf-8")
    run(request)
    assert not left.exists()
    assert (tmp_path / "out" / CARD).is_file()


def test_applicants_alone_get_no_card(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara",))
    request = RunRequest(round=str(folder), output=tmp_path / "out", audiences=(Audience.APPLICANT,), quiet=True)
    assert not [status for status in plan_reports(request) if "card" in status.page]
