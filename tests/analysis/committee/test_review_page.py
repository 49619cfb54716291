"""The page on the committee and its commands, in both languages and for both kinds of reader."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from smartcert.analysis.committee.review import review_committee
from smartcert.batch.pages import render_review
from smartcert.cli import main
from smartcert.errors import InputError, UsageError
from smartcert.notebook import open_committee
from smartcert.reporting.catalogue import Words
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.page import PageSection
from smartcert.reporting.records import from_json, to_json
from tests.support.build import PARAMETERS, example

SECTIONS = (
    "attention",
    "law",
    "votes",
    "discussion",
    "agreement",
    "severity",
    "influence",
    "panel",
    "inspection",
    "basis",
)
ROUND = str(PARAMETERS / "rounds" / "example")


def sections(page: CommitteeReview) -> dict[str, PageSection]:
    page.head()
    made = {name: getattr(page, name)() for name in SECTIONS}
    return {name: section for name, section in made.items() if section is not None}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_section_is_made_in_both_languages(language: str) -> None:
    made = sections(CommitteeReview(review_committee(example()), language))
    assert list(made) == list(SECTIONS)
    for section in made.values():
        assert "committee_review." not in section.html
        assert re.search(r"\bNone\b|nan\b", section.html) is None
    assert "<svg" in made["agreement"].html
    assert "<svg" in made["severity"].html
    assert "<svg" in made["influence"].html
    assert "<svg" in made["panel"].html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_text_alternative_has_every_percentage_that_its_chart_has(language: str) -> None:
    shown = 0
    for section in sections(CommitteeReview(review_committee(example()), language)).values():
        for chart in LexborHTMLParser(section.html).css("[role=img]"):
            written = set(re.findall(r"[\d.]+%", " ".join(text.text() for text in chart.css("svg text"))))
            assert written <= set(re.findall(r"[\d.]+%", str(chart.attributes["aria-label"])))
            shown += len(written)
    assert shown > 10


@pytest.mark.parametrize(("language", "none"), [("ko", "평점 없음"), ("en", "no marks")])
def test_who_gave_no_marks_has_a_dash_in_the_chart_as_in_its_table(language: str, none: str) -> None:
    record = review_committee(example())
    first, second, *others = record.rows
    rows = (
        replace(first, trimmed_low=None, trimmed_high=None),
        replace(second, trimmed_low=Fraction(0), trimmed_high=Fraction(0)),
        *others,
    )
    html = sections(CommitteeReview(replace(record, rows=rows), language))["influence"].html
    tree = LexborHTMLParser(html)
    caption = Words(language, "committee")("committee_review.influence.trimmed_caption")
    (table,) = (table for table in tree.css("table") if caption in table.text())
    tabled = {row.css_first("th").text(): [cell.text() for cell in row.css("td")[-2:]] for row in table.css("tbody tr")}
    chart = tree.css_first("[role=img]")
    texts = [text.text() for text in chart.css_first("svg").css("text")][2:]
    assert {texts[at]: texts[at + 1 : at + 3] for at in range(0, len(texts), 3)} == tabled
    assert tabled[first.evaluator] == ["—", "—"]
    assert tabled[second.evaluator] == ["0.0%", "0.0%"]
    alt = str(chart.attributes["aria-label"])
    assert f"{first.evaluator} {none}" in alt
    assert f"{second.evaluator} 0.0%" in alt


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_spread_that_does_not_exist_is_not_said_to_be_zero(language: str) -> None:
    record = replace(review_committee(example()), usual_within=None)
    html = sections(CommitteeReview(record, language))["severity"].html
    assert Words(language, "committee")("committee_review.severity.explained") in html


def test_the_discussion_and_its_minority_opinion_are_printed() -> None:
    html = sections(CommitteeReview(review_committee(example()), "en"))["discussion"].html
    assert "1,400.8 (Level 3)" in html
    assert "1,399.0 (Level 4)" in html
    assert "공개된 자료를 시민이 내려받아 다시 쓸 수 있는 점을" in html


def test_what_somebody_wrote_is_shown_and_never_obeyed() -> None:
    record = review_committee(example())
    hostile = tuple(
        replace(
            one, changed_by="<img src=x onerror=alert(1)>", minority_opinion="<script>alert(1)</script> {{ 7 * 7 }}"
        )
        for one in record.discussed
    )
    html = sections(CommitteeReview(replace(record, discussed=hostile), "en"))["discussion"].html
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html


def test_computed_proposed_and_decided_levels_stay_side_by_side() -> None:
    html = sections(CommitteeReview(review_committee(example()), "en"))["votes"].html
    assert re.search(r"Yeoul-gu</th><td>Level 3</td><td>Level 3 \([^)]*\)</td><td>Level 4", html)


def test_no_name_of_an_evaluator_is_on_the_page() -> None:
    made = sections(CommitteeReview(review_committee(example()), "ko"))
    text = "".join(section.html for section in made.values())
    assert not [member.name for member in example().round.committee if member.name in text]


def test_an_evaluators_page_leaves_the_chairs_sections_out() -> None:
    made = sections(CommitteeReview(review_committee(example(), "E3"), "ko"))
    assert "attention" not in made
    assert "law" not in made
    assert "여울구" not in "".join(section.html for section in made.values())


def test_a_round_without_marks_says_why_there_are_no_figures() -> None:
    from smartcert.services.rounds import open_round

    made = sections(CommitteeReview(review_committee(open_round(str(PARAMETERS / "rounds" / "2023"))), "en"))
    assert "too few applicants" in made["agreement"].html
    assert "No votes are recorded." in made["votes"].html


def test_a_record_is_read_as_it_was_written_and_gives_the_same_page(tmp_path: Path) -> None:
    record = review_committee(example())
    text = to_json(record)
    assert from_json(CommitteeRecord, text) == record
    assert to_json(from_json(CommitteeRecord, text)) == text
    path = tmp_path / "committee.json"
    path.write_bytes(text)
    opened = open_committee(record=str(path), language="en")
    assert sections(opened)["votes"].html == sections(CommitteeReview(record, "en"))["votes"].html


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no record"):
        open_committee(record=str(tmp_path / "none.json"))
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError):
        open_committee(record=str(tmp_path / "broken.json"))


@pytest.mark.notebook
def test_the_page_is_made_twice_with_the_same_bytes(tmp_path: Path) -> None:
    first = render_review(ROUND, "", ("ko", "en"), tmp_path / "one")
    second = render_review(ROUND, "", ("ko", "en"), tmp_path / "two")
    assert [path.name for path in first] == ["committee_review.ko.html", "committee_review.en.html"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].with_suffix(".ipynb").is_file()


def command(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["committee", *words])
    return result.exit_code, result.output


def test_the_check_tells_what_is_not_met_and_open() -> None:
    code, output = command("check", ROUND, "--language", "en")
    assert code == 1
    assert "Daon-gun: only 2 of 7 members may judge" in output
    assert "Undeclared interest found: E4 and Garam-si" in output
    assert "is qualified as" not in output
    assert "is qualified as" in command("check", ROUND, "--all", "--language", "en")[1]


def test_the_assignment_is_proposed_written_and_taken_up_again(tmp_path: Path) -> None:
    pytest.importorskip("networkx")
    table = tmp_path / "assignments.csv"
    code, output = command("assign", ROUND, "--seats", "5", "--output", str(table), "--language", "en")
    assert code == 1  # daon is out of reach
    assert "Daon-gun: 2 of 5 seats" in output
    again = tmp_path / "again.csv"
    command("assign", ROUND, "--seats", "5", "--output", str(again))
    assert table.read_bytes() == again.read_bytes()
    assert command("assign", ROUND, "--field", "nobody=교통")[0] == 2


def test_the_inspections_are_drawn_again_the_same() -> None:
    assert command("inspections", ROUND, "--language", "ko") == command("inspections", ROUND, "--language", "ko")
    assert command("inspections", str(PARAMETERS / "rounds" / "2023"))[0] == 2


def test_the_protocol_of_the_inspections_is_written(tmp_path: Path) -> None:
    table = tmp_path / "protocol.csv"
    assert command("inspections", ROUND, "--protocol", str(table))[0] == 0
    head, *rows = table.read_text(encoding="utf-8-sig").splitlines()
    assert head == "applicant,indicator,claimed,desk,on_site,evidence_grade,verified,inspector,reason"
    assert len(rows) == 16 * 32  # with daon, whose marks do not suffice: it was inspected
    assert any(row.split(",")[6] == "not_inspected" for row in rows)


def test_a_reader_who_is_nobody_is_refused_without_a_traceback() -> None:
    code, output = command("review", ROUND, "--reader", "E8")
    assert code == 2
    assert "no evaluator 'E8'" in output
