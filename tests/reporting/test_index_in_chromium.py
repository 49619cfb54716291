"""The index in a real browser: searched, filtered, sorted, compared, by the keyboard, and with scripts off."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcert.model.applicant import Applicant, ApplicantKind
from smartcert.model.citation import Text
from smartcert.reporting.records import RoundRecord
from smartcert.reporting.round.index import render_index
from tests.support import sample_rounds as rounds
from tests.support.all_pages import opened

pytestmark = pytest.mark.browser

NAMES = (
    ("haneul", "9910100000", "하늘시", "Haneul-si"),
    ("siheung", "9910200000", "시흥시", "Siheung-si"),
    ("hanbit", "9820000000", "한빛광역시", "Hanbit"),
    ("jung", "9820100000", "한빛광역시 중구", "Jung-gu, Hanbit"),
    ("guri", "9910300000", "구리시", "Guri-si"),
    ("gapsa", "9910400000", "값사군", "Gapsa-gun"),
)
SEARCHES = (
    ("ㅎㄴ", ["haneul"]),
    ("하ㄴ", ["haneul"]),
    ("ㅎㄴㅅ", ["haneul"]),
    ("하늘시", ["haneul"]),
    ("늘", ["haneul"]),
    ("시", ["siheung"]),  # not every name that ends so
    ("군", []),
    ("구", ["guri"]),
    ("중", ["jung"]),
    ("한빛 중구", ["jung"]),
    ("HANEUL", ["haneul"]),
    ("si", ["siheung"]),
    ("gu", ["guri"]),
    ("level 3", []),
    ("3등급", []),
    ("9910", ["gapsa", "guri", "haneul", "siheung"]),
    ("99", []),  # fewer than four digits are no code
    ("9820100000", ["jung"]),
    ("ㄱㅅ", ["gapsa"]),
    ("ㄳ", ["gapsa"]),  # what a keyboard makes of ㄱ and ㅅ
    ("하늘", ["haneul"]),  # composed in parts, as macOS writes it
    ("nobody of that name", []),
)


def _named_round() -> RoundRecord:
    model = rounds.round_record()
    one = model.evaluations[-1]
    evaluations = []
    for id_, code, ko, en in NAMES:
        parent = {"parent_code": "9900000000", "parent_name": "가상도"} if code.startswith("991") else {}
        applicant = Applicant(code=code, name=Text(ko=ko, en=en), kind=ApplicantKind.CITY, invented=True, **parent)
        evaluations.append(replace(one, id=id_, applicant=applicant))
    return rounds.with_evaluations(model, evaluations)


def _open(browser: Any, folder: Path, record: RoundRecord, fragment: str = "", **context: Any) -> Any:
    file = folder / "named.html"
    file.write_text(render_index(record, pages=()), "utf-8")
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | context)).new_page()
    page.goto(file.as_uri() + fragment)
    return page


def _names(page: Any) -> list[str]:
    return [name.split("\n")[0] for name in page.locator("#results tbody tr:visible th").all_inner_texts()]


def _ids(page: Any) -> list[str]:
    ids: list[str] = page.locator("#results tbody tr:visible").evaluate_all("rows => rows.map(row => row.dataset.id)")
    return ids


def test_a_search_finds_names_in_both_languages_initials_codes_and_ids_and_nothing_else(
    browser: Any, folder: Path
) -> None:
    page = _open(browser, folder, _named_round())
    field = page.get_by_label("찾기")
    found = {}
    for asked, _ in SEARCHES:
        field.fill(asked)
        found[asked] = sorted(_ids(page))
    assert found == dict(SEARCHES)
    page.context.close()


def test_filters_count_what_they_would_leave_and_work_together(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    outcome = page.locator("#by-outcome")
    assert outcome.locator("option").all_inner_texts() == [
        "모두 / all (5)", "인증 / certified (1)", "불인증 / not certified (1)",
        "평가 보류(보완 중) / On hold (1)", "평가 제외 / Excluded (2)",
    ]  # fmt: skip
    outcome.select_option("excluded")
    assert _ids(page) == ["byeol", "garam"]
    assert "2곳" in page.locator(".count[role=status]").inner_text()
    page.locator("#by-size").select_option("small_medium")
    assert _ids(page) == ["byeol"]
    assert outcome.locator("option[value=excluded]").inner_text().endswith("(1)")
    page.get_by_role("button", name="모두 지우기").click()
    assert len(_ids(page)) == len(rounds.IDS)
    page.context.close()


def test_the_state_stands_in_the_address_and_comes_back_from_it(browser: Any, folder: Path) -> None:
    page = _open(browser, folder, _named_round())
    page.get_by_label("찾기").fill("ㅎ")
    page.locator("#by-region").select_option("98")
    page.get_by_role("button", name="Applicant").click()
    page.get_by_role("button", name="Applicant").click()
    for name in ("한빛광역시 Hanbit", "한빛광역시 중구 Jung-gu, Hanbit"):
        page.get_by_role("checkbox", name=f"비교 Compare {name}", exact=True).check()
    address = page.url
    assert _ids(page) == ["jung", "hanbit"]
    page.goto("about:blank")
    page.goto(address)
    assert _ids(page) == ["jung", "hanbit"]
    assert page.locator("#comparison thead th").count() == 2
    page.get_by_role("button", name="모두 지우기").click()
    assert "#" not in page.url
    assert len(_ids(page)) == len(NAMES)
    assert not page.locator("#comparison").is_visible()
    page.goto(page.url + "#applicants")
    assert len(_ids(page)) == len(NAMES)
    page.context.close()


def test_two_to_four_applicants_stand_side_by_side(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    comparison = page.locator("#comparison")
    assert not comparison.is_visible()
    boxes = page.locator("#results tbody input[type=checkbox]")
    boxes.nth(0).check()
    assert not comparison.is_visible()
    assert (page.locator("#compared[role=status]").text_content() or "").strip() == ""
    boxes.nth(4).check()
    announced = page.locator("#compared[role=status] > span")
    assert announced.all_text_contents() == ["비교: 바다군, 하늘시", "Compare: Bada-gun, Haneul-si"]
    assert announced.nth(1).get_attribute("lang") == "en"
    assert [text.split("\n")[0] for text in comparison.locator("thead th").all_inner_texts()] == ["바다군", "하늘시"]
    rows = comparison.locator("tbody tr").all_inner_texts()
    assert any("혁신성" in row and "%" in row for row in rows)
    assert any("156.0" in row and "120.0" in row for row in rows)
    boxes.nth(1).check()
    boxes.nth(2).check()
    assert boxes.nth(3).is_disabled()
    boxes.nth(0).uncheck()
    assert boxes.nth(3).is_enabled()
    assert comparison.locator("thead th").count() == 3
    page.context.close()


def test_what_is_heard_in_korean_is_heard_in_english_too(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    of_one_language = set(page.locator("[hreflang], a[href$='.ko.html'], thead th button:nth-child(1)").evaluate_all(
        "nodes => nodes.map(node => node.ariaLabel ?? node.textContent)"
    ))  # fmt: skip
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    named = ("RootWebArea", "link", "button", "checkbox", "searchbox", "combobox", "option", "table", "region")
    names = {
        (node["role"]["value"], node["name"]["value"])
        for node in tree
        if not node["ignored"] and node["role"]["value"] in named
    }
    assert {role for role, _ in names} == set(named)
    korean = [(role, name) for role, name in names if re.search("[가-힣]", name) and name not in of_one_language]
    assert ("checkbox", "비교 Compare 하늘시 Haneul-si") in korean
    assert [(role, name) for role, name in korean if not re.search("[A-Za-z]{2}", name.replace("JSON", ""))] == []
    page.context.close()


def test_the_index_sorts_by_the_keyboard_both_ways_those_without_points_last(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    points = page.locator("#results thead th.number button")
    points.focus()
    page.keyboard.press("Enter")
    assert page.locator("#results thead th.number").get_attribute("aria-sort") == "ascending"
    assert page.locator("#results tbody td.number").all_inner_texts() == ["120.0", "156.0", "—", "—", "—"]
    page.keyboard.press("Space")
    assert page.locator("#results thead th.number").get_attribute("aria-sort") == "descending"
    assert page.locator("#results tbody td.number").all_inner_texts() == ["156.0", "120.0", "—", "—", "—"]
    page.locator("#results thead th button").first.click()
    assert page.locator("th[aria-sort]").count() == 1
    names = _names(page)
    assert names == sorted(names)
    page.context.close()


def test_names_sort_in_korean_and_in_english(browser: Any, folder: Path) -> None:
    page = _open(browser, folder, _named_round())
    page.get_by_role("button", name="신청 지자체").click()
    assert _ids(page) == ["gapsa", "guri", "siheung", "haneul", "hanbit", "jung"]
    page.get_by_role("button", name="Applicant").click()
    assert _ids(page) == ["gapsa", "guri", "hanbit", "haneul", "jung", "siheung"]
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_head_of_243_rows_stays_in_sight(browser: Any, folder: Path, width: int) -> None:
    page = _open(browser, folder, rounds.many(243), viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("#results tbody tr").nth(120).scroll_into_view_if_needed()
    box = page.locator("#results thead th").first.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844
    assert len(_ids(page)) == 243
    page.context.close()


@pytest.mark.parametrize("width", [1280, 640, 320])
def test_the_head_that_stays_in_sight_covers_nothing_that_has_the_focus(browser: Any, folder: Path, width: int) -> None:
    size = {"width": width, "height": width * 4 // 5}  # a screen of 1280 by 1024, also at 200 and 400 %
    page = _open(browser, folder, rounds.many(40), viewport=size, reduced_motion="reduce")
    page.locator("#results tbody input").last.focus()
    places = []
    for key in ["Shift+Tab"] * 45 + ["Tab"] * 45:
        page.keyboard.press(key)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        places.append(
            page.evaluate(
                """() => { const own = document.activeElement, box = own.getBoundingClientRect();
                  const seen = x => own.contains(document.elementFromPoint(x, box.top + box.height / 2));
                  return [[...document.all].indexOf(own), seen(box.left + 4) || seen(box.right - 4)]; }"""
            )
        )
    assert len({element for element, _ in places}) > 40
    assert [element for element, seen in places if not seen] == []
    page.context.close()


def test_the_index_is_a_plain_table_with_scripts_off(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index", java_script_enabled=False)
    assert len(_names(page)) == len(rounds.IDS)
    assert not page.get_by_role("searchbox").is_visible()
    assert not page.locator("#comparison").is_visible()
    assert page.locator("thead button, input[type=checkbox]").count() == 0
    page.context.close()
