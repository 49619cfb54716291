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

CARDS = {f"applicants/{name}/card.ko.html" for name in ("ara", "haneul")}


def test_cards_are_outputs_like_any_other_and_change_with_what_is_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara", "haneul"))
    request = RunRequest(round=str(folder), output=tmp_path / "out", languages=("ko",), quiet=True)
    run(request)
    listed = {output.file for output in read_manifest(tmp_path / "out").outputs}
    assert listed >= CARDS
    written = files(tmp_path / "out")
    assert b"card.ko.html" in written["index.html"]
    assert b"card.ko.html" in written["applicants/haneul/report.ko.html"]
    assert all(status.fresh for status in plan_reports(request))

    decisions = folder / "decisions.csv"
    decisions.write_text(decisions.read_text("utf-8").replace("2023-12-01", "2023-12-02"), "utf-8")
    assert {status.page for status in plan_reports(request) if "card" in status.page and not status.fresh} == {
        "applicants/ara/card.ko.html"
    }
    run(request)
    after = files(tmp_path / "out")
    assert {name for name in CARDS if after[name] != written[name]} == {"applicants/ara/card.ko.html"}

    altered = tmp_path / "out" / "applicants/haneul/card.ko.html"
    altered.write_bytes(altered.read_bytes() + b" ")
    changed = [one.file for one in compare_with_manifest(tmp_path / "out") if one.verdict is not Verdict.UNCHANGED]
    assert changed == ["applicants/haneul/card.ko.html"]

    cards = RoundCards.render
    monkeypatch.setattr(RoundCards, "render", lambda self, _name, language: cards(self, "ara", language))
    (failure,) = run(request).failures
    assert (failure.id, failure.audience) == ("haneul", Audience.PUBLIC)
    assert "names another applicant" in failure.reason
    assert not altered.exists()
    assert b'href="card.ko.html"' not in (tmp_path / "out" / "applicants/haneul/report.ko.html").read_bytes()


def test_applicants_alone_get_no_card(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara",))
    request = RunRequest(round=str(folder), output=tmp_path / "out", audiences=(Audience.APPLICANT,), quiet=True)
    assert not [status for status in plan_reports(request) if "card" in status.page]
