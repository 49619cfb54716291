"""Pages of schemes that are data alone, over full, small and empty rounds: built, in their own words, recomputed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from smartcert.analysis.vectorised import from_round
from smartcert.certification.events import EventKind, Purpose
from smartcert.certification.signing import generate_key
from smartcert.certification.store import Register
from smartcert.errors import UsageError
from smartcert.model.evaluation import Placing
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.outcome import Result
from smartcert.recompute.compare import recompute
from smartcert.reporting.audience import PressRecord, build_press_record
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Record, RoundRecord, from_json, to_json
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_result_rows, build_results_csv
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.certificates import check_certificate, make_certificate
from smartcert.services.holders import codes_of
from smartcert.services.register_entries import IssueRequest, RequestRefusedError, draft_entries
from smartcert.services.rounds import OpenRound, open_round
from tests.support.report_pages import batch_page, page_of_sections
from tests.support.scheme_rounds import NAMES, decide, load_cases, open_scheme, write_round

SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
LANGUAGES = ("ko", "en")
ONE = {"leed": "at-80", "grant": "c", "contest": "b", "index": "at-69"}
SHOWN = {
    "leed": ("at-80", "Platinum", "플래티넘"),
    "grant": ("b", "selected", "선정"),
    "contest": ("c", "awarded", "입상"),
    "index": ("at-69", "Partly Free", "부분적 자유"),
}


def choose(name: str, size: str) -> Mapping[str, Mapping[str, Any]]:
    cases = load_cases(name)
    if size == "empty":
        return {}
    if size == "one":
        return {ONE[name]: cases[ONE[name]]}
    if size == "nobody scored":
        return {"late": {**cases[ONE[name]], "arrived": "2023-10-26 18:01"}}
    return cases


def build_pages(opened: OpenRound) -> list[str]:
    record = opened.round_record()
    assert from_json(RoundRecord, to_json(record)) == record
    press = build_press_record(record)
    pages = [render_index(record, pages=[])]
    for language in LANGUAGES:
        for summary in (RoundSummary(record, language), PressSummary(press, language)):
            pages.append(page_of_sections([getattr(summary, name)() for name in SUMMARY]))
    assert len(build_result_rows(press)) == 1  # nothing is decided, so nobody is in it
    return pages


@pytest.mark.parametrize("size", ["all", "one", "empty", "nobody scored"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_a_round_of_any_size_is_built(tmp_path_factory: Any, name: str, size: str) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), name, choose(name, size))
    for page in build_pages(opened):
        assert "Level 1" not in page
        assert "1등급" not in page
    assert all(outcome.result is not Result.CERTIFIED for outcome in opened.outcomes)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_names_the_level_and_follows_from_its_own_trace(tmp_path_factory: Any, name: str) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), name, choose(name, "all"))
    applicant, english, korean = SHOWN[name]
    record = opened.record(applicant)
    assert from_json(Record, to_json(record)) == record
    for language, level in (("en", english), ("ko", korean)):
        page = batch_page(record, language)
        assert level in page
        assert "Level 1" not in page
        assert "1등급" not in page
        assert recompute(page).differences == ()


def open_decided(parent: Path, name: str) -> OpenRound:
    folder = write_round(parent, name, load_cases(name))
    computed = open_round(str(folder))
    decide(folder, {one.id: one.level.level for one in computed.evaluations if one.level is not None})
    return open_round(str(folder))


@pytest.mark.parametrize(
    ("name", "awarded", "granted"), [("grant", "abce", ["300", "300", "200", "200"]), ("contest", "", [])]
)
def test_an_award_list_has_places_in_their_order_and_amounts(
    tmp_path: Path, name: str, awarded: str, granted: list[str]
) -> None:
    opened = open_decided(tmp_path, name)
    press = build_press_record(opened.round_record())
    assert from_json(PressRecord, to_json(press)) == press
    head, *rows = csv.reader(io.StringIO(build_results_csv(press).decode("utf-8-sig")))
    reserve = [row for row in rows if row[head.index("결정 등급 / Decided level")] == "2"]
    rows = [row for row in rows if row not in reserve]
    places = [int(row[head.index("순위 / Rank")]) for row in rows]
    wanted = {one.id: one.level.placing.place for one in opened.evaluations if one.level and one.level.level == 1}
    assert places == sorted(wanted.values())
    if awarded:
        assert [one.id for one in press.certified] == list(awarded)
        assert [row[head.index("지원 금액(만원) / Granted (ten thousand won)")] for row in rows] == granted
    else:
        assert not [column for column in head if "Granted" in column]
    on_list = {one.id: one.level.placing for one in opened.evaluations if one.level and one.level.level == 2}
    numbers = sorted((placing.reserve, placing.place) for placing in on_list.values() if placing)
    assert numbers
    assert [(one.number, one.place) for one in press.on_reserve] == numbers
    assert [int(row[head.index("순위 / Rank")]) for row in reserve] == [place for _, place in numbers]
    for language, valid, place in (("ko", "년간 유효", "순위<t"), ("en", "valid for", "Rank<t")):
        summary = PressSummary(press, language)
        page = page_of_sections([getattr(summary, section)() for section in SUMMARY])
        assert place in page
        assert all(one.name.of(language) in page for one in press.on_reserve)
        assert valid not in page
        assert "certification.valid_years" not in page
        validity = Words(language, "report")("verdict.validity", years=2)
        assert validity not in unescape(batch_page(opened.record(press.certified[0].id), language))


def test_the_register_takes_no_round_whose_results_are_an_award_list(tmp_path: Path) -> None:
    opened = open_decided(tmp_path, "grant")
    request = IssueRequest(purpose=Purpose.NEW, at=datetime(2023, 12, 5, 10, tzinfo=KOREAN_TIME), reason="x")
    with pytest.raises(RequestRefusedError, match=r"issues no certificates.*results\.csv"):
        draft_entries(opened, "a", request, opened.rulebook.certification_on, now=request.at)


def find_placing(opened: OpenRound, applicant: str) -> Placing:
    result = next(one.level for one in opened.evaluations if one.id == applicant)
    assert result is not None
    assert result.placing is not None
    return result.placing


def test_a_ranking_whose_scheme_says_so_goes_to_the_register(tmp_path: Path) -> None:
    folder = write_round(tmp_path, "grant", load_cases("grant"))
    scheme = tmp_path / "parameters" / "schemes" / "grant.yaml"
    award = "    award: [{since: 2020-01-01, status: illustrative, cite: [act], value: certificate}]\n"
    years = "  certification:\n    valid_years: [{since: 2020-01-01, status: illustrative, cite: [act], value: 2}]\n"
    scheme.write_text(f"{scheme.read_text('utf-8').rstrip()}\n{award}{years}", "utf-8")
    decide(folder, {"a": 1})
    opened = open_round(str(folder))
    request = IssueRequest(purpose=Purpose.NEW, at=datetime(2023, 12, 5, 10, tzinfo=KOREAN_TIME), reason="x")
    drafts = draft_entries(opened, "a", request, opened.rulebook.certification_on, now=request.at)
    assert [one.kind for one in drafts][-1] is EventKind.ISSUED
    placing = find_placing(opened, "a")
    assert drafts[-1].facts["place"] == str(placing.place)
    file, law = tmp_path / "register.db", opened.rulebook.certification_on
    Register.create(file).close()
    with Register.open(file, codes_of) as register:
        number = register.append_all(drafts, law, lambda: request.at)[-1].text("number")
    book, key = opened.rulebook, generate_key("x")
    page = make_certificate(file, number, key, book, request.at.date()).html
    assert '<th scope="row">순위 <span class="en" lang="en">Rank</span></th><td>1</td>' in page.decode()
    (tmp_path / "certificate.html").write_bytes(page)
    checked = check_certificate(str(tmp_path / "certificate.html"), key.public, request.at.date())
    assert checked.statement is not None
    assert checked.statement.place == placing.place == 1
    assert Words("en", "report")("verdict.validity", years=2) in unescape(batch_page(opened.record("a"), "en"))


def test_what_rests_on_bounds_refuses_a_scheme_that_ranks(tmp_path_factory: Any) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), "contest", choose("contest", "all"))
    with pytest.raises(UsageError, match="this scheme ranks its applicants"):
        from_round(opened)
