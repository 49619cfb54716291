"""The page of the history: the same in every run, with nothing outside itself, and with both readings of a dispute."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.pages import render_history
from smartcert.certification.public_history import build_history
from smartcert.errors import InputError, UsageError
from smartcert.model.applicant import SizeType
from smartcert.model.citation import Text
from smartcert.notebook import open_history as open_page
from smartcert.reporting.catalogue import Words, name_region
from smartcert.reporting.charts import history as tiles
from smartcert.reporting.charts.history import draw_tiles_chart, draw_timeline_chart
from smartcert.reporting.charts.svg import NARROW_WIDTH
from smartcert.reporting.history import CertificationHistory, list_regions
from smartcert.reporting.records import HistoryRecord, to_json
from smartcert.reporting.typeface import measure_text
from tests.certification.test_public_history import opened
from tests.support.embedded_typeface import find_missing_characters
from tests.support.report_pages import Reader
from tests.support.sample_records import HOSTILE

DAY = date(2024, 6, 1)
SECTIONS = ("head", "certified", "coverage", "timeline", "rounds", "disputed", "basis")
LANGUAGES = ("ko", "en")


@cache
def record() -> HistoryRecord:
    return opened().record(DAY)


def html(history_record: HistoryRecord, language: str) -> str:
    page = CertificationHistory(history_record, language)
    return "".join(getattr(page, name)().html for name in SECTIONS)


def text(history_record: HistoryRecord, language: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html(history_record, language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_well_formed_and_every_table_has_a_caption_and_headings(language: str) -> None:
    reader = Reader(html(record(), language))
    assert reader.wrong == []
    assert len(reader.all("caption")) == len(reader.all("table"))
    assert all("scope" in attributes for attributes in reader.all("th"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_character_of_a_page_would_show_as_a_box(language: str) -> None:
    assert find_missing_characters(html(record(), language)) == frozenset()


@pytest.mark.parametrize("text_", HOSTILE)
def test_hostile_names_come_out_as_text(text_: str) -> None:
    rows = [replace(one, name=Text(ko=text_, en=text_)) for one in opened().certifications]
    entries = [replace(one, name=Text(ko=text_, en=text_)) for one in opened().registry.entries]
    registry = replace(opened().registry, entries=tuple(entries))
    sizes = {one.code: SizeType.LARGE for one in entries}
    history = build_history(rows, registry, sizes, opened().rulebook.certification_on, DAY)
    reader = Reader(html(replace(record(), history=history), "ko"))
    assert reader.wrong == []
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "img", "iframe", "b", "i"})
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)


def test_a_dispute_shows_both_readings_with_their_sources() -> None:
    shown = " ".join(text(record(), "en").split())
    assert re.search(
        r"Level of the certification of 2021 Level 3 \(Level report of 2021\) Level 2 \(Seoul level report of 2025\)",
        shown,
    )
    assert "5 September 2021 (Pilot report of 2019) 5 September 2022 (Pilot report of June 2019)" in shown
    assert "Level 3, Level 2 sources disagree" in shown


@pytest.mark.parametrize(("language", "word"), [("ko", "추정"), ("en", "estimated")])
def test_every_inferred_period_is_marked_as_such(language: str, word: str) -> None:
    page = html(record(), language)
    inferred = sum(term.inferred for one in record().history.timelines for term in one.terms)
    in_table = page[page.index('id="timeline"') : page.index('id="rounds"')].split("</table>")[0]
    assert in_table.count(f'<span class="status inferred">{word}</span>') >= inferred


def test_the_tables_say_what_the_charts_show() -> None:
    words = Words("en", "report", "charts", "history")
    chart = draw_tiles_chart(record().history, words)
    shown = " ".join(text(record(), "en").split())
    assert "Seoul (itself certified): 8 of 25 below it, 100% of residents" in chart.alt
    assert "Seoul certified 8 25 9,400,249 100.0%" in shown


def test_all_regions_have_their_own_tile() -> None:
    words = Words("en", "report", "charts", "history")
    regions = record().history.regions
    places = tiles._assign_cells(regions)
    assert len(places) == len({*places.values()}) == 17
    drawn = re.sub(r"<[^>]*>", "|", draw_tiles_chart(record().history, words).svg)
    assert [one.government.code for one in regions if f"|{name_region(one.government, words)}|" not in drawn] == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_narrow_charts_have_every_name_and_figure_of_the_wide_ones_within_their_edges(language: str) -> None:
    words, history = Words(language, "report", "charts", "history"), record().history
    timeline, regions = draw_timeline_chart(history, words).narrow, draw_tiles_chart(history, words).narrow
    for svg in (timeline, regions):
        assert svg.startswith(f'<svg class="chart" viewBox="0 0 {NARROW_WIDTH:g} ')
        for x, size, anchor, text in list_texts(svg):
            left = {"start": x, "middle": x - measure_text(text, size) / 2, "end": x - measure_text(text, size)}[anchor]
            assert left >= -1, text
            assert left + measure_text(text, size) <= NARROW_WIDTH + 1, text
    names = [text for *_, text in list_texts(timeline)]
    assert [one for one in history.timelines if one.applicant.full_name.of(language) not in names] == []
    figures = [text for *_, text in list_texts(regions)]
    for region in history.regions:
        if region.coverage.all:
            assert f"{region.coverage.certified}/{region.coverage.all}" in figures
    drawn = " ".join(figures)
    assert all(name_region(one.government, words) in drawn.replace("- ", "-") for one in history.regions)


def list_texts(svg: str) -> list[tuple[float, float, str, str]]:
    """Return place, size, anchor and words of each text of a chart."""
    group = LexborHTMLParser(svg).css_first("g")
    return [
        (
            float(node.attributes["x"] or 0),
            float(node.attributes.get("font-size") or group.attributes["font-size"] or 0),
            node.attributes.get("text-anchor") or group.attributes["text-anchor"] or "",
            node.text(),
        )
        for node in group.css("text")
    ]


def test_a_region_with_an_unknown_code_still_gets_a_tile() -> None:
    odd = record().history.regions[0]
    odd = replace(odd, government=replace(odd.government, code="9900000000", name=Text(ko="새도", en="New region")))
    history = replace(record().history, regions=(*record().history.regions, odd))
    assert "New region" in draw_tiles_chart(history, Words("en", "report", "charts", "history")).svg


@pytest.mark.parametrize(("language", "said"), [("ko", "주민 수 모름"), ("en", "residents not known")])
def test_a_region_without_known_residents_has_no_share_in_the_map_as_in_the_table(language: str, said: str) -> None:
    first, *others = record().history.regions
    unknown = replace(first, coverage=replace(first.coverage, residents=0, all_residents=0))
    history = replace(record().history, regions=(unknown, *others))
    words = Words(language, "report", "charts", "history")
    chart = draw_tiles_chart(history, words)
    assert f">{said}</text>" in chart.svg
    assert ">—</text>" in chart.narrow
    assert f", {said}" in chart.alt
    assert list_regions(history, words)[0].share == "—"


def test_an_early_day_has_no_certified_and_still_a_page() -> None:
    shown = text(opened().record(date(2018, 1, 1)), "en")
    assert "0 local governments hold a certification, of 243 in all" in shown
    shown = text(opened().record(date(2020, 1, 1)), "en")
    assert "Local governments with a pilot certificate" in shown


def test_whoever_held_a_pilot_certificate_alone_is_not_said_to_have_been_certified() -> None:
    pilot_only = "held a certificate of the 2019 pilot alone, which was not a certification under the notice: "
    shown = text(opened().record(date(2023, 9, 29)), "en")
    assert f"{pilot_only}Ulsan, Sejong, Goyang-si, Changwon-si." in shown
    assert f"{pilot_only}Changwon-si." in text(opened().record(date(2026, 7, 2)), "en")
    assert pilot_only not in text(opened().record(date(2021, 9, 30)), "en")


def test_a_day_after_the_last_announcement_says_what_the_data_do_not_know() -> None:
    assert "Data up to the announcement of 24 November 2025" in text(opened().record(date(2026, 3, 1)), "en")
    assert "Data up to the announcement" not in text(record(), "en")


def test_the_notebook_opens_a_record_or_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_bytes(to_json(record()))
    assert open_page(record=str(path)).head().html == open_page(on="2024-06-01").head().html


def test_a_wrong_day_language_or_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no day"):
        open_page(on="June")
    with pytest.raises(UsageError, match="no language"):
        open_page(language="fr")
    with pytest.raises(UsageError, match="no such file"):
        open_page(record=str(tmp_path / "none.json"))
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError):
        open_page(record=str(tmp_path / "bad.json"))


@pytest.mark.slow
def test_the_batch_makes_the_same_bytes_twice_and_fetches_nothing(tmp_path: Path) -> None:
    first = render_history(DAY, LANGUAGES, tmp_path / "first")
    again = render_history(DAY, LANGUAGES, tmp_path / "again")
    assert [path.name for path in first] == ["history.ko.html", "history.en.html"]
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        page = one.read_text("utf-8")
        assert "<script" not in page
        assert not re.search(r'(?:src|href)="(?!#|data:)', page)


@pytest.mark.slow
def test_pages_of_another_day_go_before_new_ones_are_made(tmp_path: Path) -> None:
    (tmp_path / "history.en.html").write_text("of another day", encoding="utf-8")
    render_history(DAY, ("ko",), tmp_path)
    assert not (tmp_path / "history.en.html").exists()
