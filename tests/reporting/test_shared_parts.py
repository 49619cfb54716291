"""What pages of several applicants share is computed once, and none of them gets what is another one's."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from selectolax.lexbor import LexborHTMLParser

from smartcert.model.citation import Text
from smartcert.model.evaluation import Scorecard, SectionScore
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.applicant.tables import MarkCell
from smartcert.reporting.applicant.working import IndicatorWorking, RulePart, WorkingRow
from smartcert.reporting.applicant.working_html import write_indicator
from smartcert.reporting.catalogue import load_words
from smartcert.reporting.formats import sanitise_text
from smartcert.reporting.page import escape_text, template_environment
from smartcert.reporting.records import Record, from_json, to_json
from smartcert.services.rounds import open_round
from tests.support import sample_records

SECTIONS = [name for name in vars(ApplicantReport) if not name.startswith("_")]


def render(record: Record, language: str) -> dict[str, str]:
    report = ApplicantReport(record, language)
    return {name: section.html for name in SECTIONS if (section := getattr(report, name)())}


def list_caches() -> list[Any]:
    """Return the functions of the package that store what they returned."""
    modules = [module for name, module in sys.modules.items() if name.startswith("smartcert.")]
    return [value for module in modules for value in vars(module).values() if hasattr(type(value), "cache_clear")]


@lru_cache(maxsize=1)
def read_round() -> tuple[bytes, ...]:
    opened = open_round("example")
    ids = [evaluation.id for evaluation in opened.verdicts]
    scored = [evaluation.id for evaluation in opened.verdicts if evaluation.scorecard]
    return tuple(to_json(opened.record(name)) for name in dict.fromkeys([*scored[:4], *ids[:6]]))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_page_after_those_of_others_is_as_if_it_were_the_only_one(language: str) -> None:
    texts = read_round()
    after_others = [render(from_json(Record, text), language) for text in (*texts, *reversed(texts))]
    assert after_others[: len(texts)] == after_others[: len(texts) - 1 : -1]
    caches = list_caches()
    assert {cache.__name__ for cache in caches} >= {"load_words", "_build_rule", "_escape_string", "_read_indicator"}
    for text, page in zip(texts, after_others, strict=False):
        for cache in caches:
            cache.cache_clear()
        assert render(from_json(Record, text), language) == page


def test_an_indicator_of_the_same_id_in_another_edition_is_shown_as_it_is_there() -> None:
    record = sample_records.not_certified()
    first = render(record, "ko")
    card = record.evaluation.scorecard
    assert card is not None
    other = rename_indicators(card)
    assert {score.indicator for score in other.indicators()}.isdisjoint(score.indicator for score in card.indicators())
    evaluation = replace(record.evaluation, scorecard=other)
    page = render(replace(record, evaluation=evaluation), "ko")
    for score in card.indicators():
        assert f"다른 {score.indicator.name.ko}" in page["working"]
    assert ("단위" in page["working"], "단위" in first["working"]) == (True, False)
    assert render(record, "ko") == first


def rename_indicators(card: Scorecard) -> Scorecard:
    def rename(section: SectionScore) -> SectionScore:
        scores = tuple(
            replace(
                score,
                indicator=replace(
                    score.indicator,
                    name=Text(ko=f"다른 {score.indicator.name.ko}", en=f"other {score.indicator.name.en}"),
                    unit=Text(ko=f"단위{score.indicator.unit.ko}", en=f"unit {score.indicator.unit.en}"),
                ),
            )
            for score in section.indicators
        )
        return replace(section, indicators=scores, sections=tuple(rename(part) for part in section.sections))

    return replace(card, domains=tuple(rename(domain) for domain in card.domains))


def test_records_share_the_indicators_of_their_edition_and_no_other() -> None:
    opened = open_round("example")
    first, second = (
        from_json(Record, to_json(opened.record(evaluation.id)))
        for evaluation in [evaluation for evaluation in opened.verdicts if evaluation.scorecard][:2]
    )
    one, other = first.evaluation.scorecard, second.evaluation.scorecard
    assert one is not None
    assert other is not None
    for mine, theirs in zip(one.indicators(), other.indicators(), strict=True):
        assert mine.indicator is theirs.indicator
    changed = replace(first, evaluation=replace(first.evaluation, scorecard=rename_indicators(one)))
    assert from_json(Record, to_json(changed)) == changed


def test_words_are_those_of_their_scheme_even_where_two_have_one_id() -> None:
    schemes = [
        SchemeFacts(id="smart", title=Text(ko=title, en=title), level_names={1: Text(ko=name, en=name)})
        for title, name in (("가", "gold"), ("나", "silver"))
    ]
    words = [load_words("ko", "report", scheme=scheme) for scheme in (*schemes, None)]
    assert [each.level(1) for each in words] == ["gold", "silver", "1등급"]
    assert load_words("ko", "report", scheme=schemes[0]) is words[0]


class Address:
    """What says itself how it is written in HTML."""

    def __html__(self) -> str:
        return "<b>&amp;</b>"


@given(st.one_of(st.text(), st.integers(), st.text().map(sanitise_text), st.text().map(Markup), st.none()))
def test_a_text_is_escaped_as_markupsafe_does(value: object) -> None:
    assert escape_text(value) == escape(value)
    assert escape_text(Address()) == "<b>&amp;</b>"


def test_templates_escape_what_is_filled_into_them() -> None:
    template = template_environment().get_template("sentence.html.j2")
    for _ in range(2):
        assert template.render(sentence="<b>&'\"") == "<p>&lt;b&gt;&amp;&#39;&#34;</p>"
        assert template.render(sentence=Markup("<b>")) == "<p><b></p>"


def test_a_working_shows_as_text_whatever_is_written_in_it() -> None:
    hostile = "<b class='x'>&\"</b>"
    working = IndicatorWorking(
        id=hostile,
        name=hostile,
        definition=hostile,
        points=hostile,
        rule=(RulePart(text=hostile), RulePart(text=hostile, reached=True)),
        columns=(hostile,),
        steps=(WorkingRow(name=hostile, cells=(hostile, hostile)),),
        marks=(MarkCell(evaluator=hostile, text=hostile), MarkCell(evaluator="E1", text=hostile, trimmed=True)),
        notes=(hostile, hostile),
    )
    html = write_indicator(working, 4, load_words("ko", "report"))
    shown = LexborHTMLParser(html)
    assert shown.css("b") == []
    assert shown.text().count(hostile) == 16
    (block,) = shown.css("div.working")
    assert block.attributes["data-at"] == hostile


def test_a_macro_writes_once_what_it_writes_of_equal_values_and_again_of_others() -> None:
    template = template_environment().from_string(
        '{% import "macros.html.j2" as m %}{{ once(m.status, w, "law") }}{{ once(m.outcome, w, "met") }}'
    )
    korean, english = (template.render(w=load_words(language, "report")) for language in ("ko", "en"))
    assert korean == template.render(w=load_words("ko", "report"))
    for language, html in (("ko", korean), ("en", english)):
        words = load_words(language, "report")
        shown = LexborHTMLParser(html)
        assert [node.text() for node in shown.css("span")] == [words("status.law"), words("outcome.met")]


def test_a_text_is_escaped_after_markup_of_the_same_characters() -> None:
    once: Any = template_environment().globals["once"]
    for value, written in ((Markup("<i>"), "<i>"), ("<i>", "&lt;i&gt;"), (Markup("<i>"), "<i>")):
        assert once(escape, value) == written
