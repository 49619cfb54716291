"""Sentences of schemes that are not the certification of cities: nothing in them is true of cities alone."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest

from smartcert.model.citation import Text
from smartcert.model.scheme import NamedClass, SchemeFacts
from smartcert.reporting.catalogue import Words, find_placeholders, load_catalogue
from smartcert.reporting.formats import LANGUAGES, Language

OF_CITIES = re.compile(
    "Smart [Cc]it|smart cit|Minister|Ministry|local government|size type|Guidelines|"
    "스마트도시|국토교통부|장관|지방자치단체|지자체|도시 유형|운영지침"
)


def load(language: Language) -> dict[str, dict[str, str]]:
    return tomllib.loads((files("smartcert.reporting") / "words" / f"other_scheme.{language}.toml").read_text("utf-8"))


def facts(title: Text, *, worded_as_city: bool = False) -> SchemeFacts:
    return SchemeFacts(id="prize", title=title, worded_as_city=worded_as_city)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_takes_the_place_of_one_and_has_no_field_that_is_not_given(language: Language) -> None:
    for page, sentences in load(language).items():
        known = load_catalogue(language, page)
        for key, sentence in sentences.items():
            variants = (known[key],) if isinstance(known[key], str) else known[key]
            given = {field.name for variant in variants for field in find_placeholders(variant)}
            assert {field.name for field in find_placeholders(sentence)} <= given | {"scheme"}, key
            assert not OF_CITIES.search(sentence), key


PAGES = (
    *("report", "summary", "press", "public", "charts", "committee", "commands", "sheets", "result_letter", "letters"),
    *("research", "criteria", "card"),
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_another_scheme_speaks_of_cities(language: Language, page: str) -> None:
    words = Words(language, page, scheme=facts(Text(ko="상", en="Prize")))
    allowed = ("rule.", "kind.", "finding.", "head.parent", "who.members", "partner.")
    others = [
        key
        for key in load_catalogue(language, page)
        if not key.startswith(allowed) and any(OF_CITIES.search(line) for line in words.list_variants(key))
    ]
    assert others == []


@pytest.mark.parametrize("result", ["certified", "not_certified"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decided_result_has_the_name_of_its_scheme_alone_where_that_gives_one(
    language: Language, result: str
) -> None:
    names = {1: Text(ko="선정", en="selected")}
    named = replace(facts(Text(ko="지원", en="Grant")), level_names=names)
    assert Words(language, "report", scheme=named)(f"result.{result}", level=1) == names[1].of(language)
    numbered = Words(language, "report", scheme=facts(Text(ko="지원", en="Grant")))
    assert numbered(f"result.{result}", level=1) == Words(language, "report")(f"result.{result}", level=1)
    cities = replace(named, worded_as_city=True)
    assert "certified" in Words("en", "report", scheme=cities)("result.certified", level=1)


def test_the_title_of_the_scheme_stands_in_its_sentences() -> None:
    assert Words("en", "summary", scheme=facts(Text(ko="상", en="Prize")))("index.kicker") == "Prize"
    assert Words("ko", "summary", scheme=facts(Text(ko="상", en="Prize")))("index.kicker") == "상"


def test_a_scheme_of_the_same_law_may_keep_the_words_of_cities() -> None:
    words = Words("en", "summary", scheme=facts(Text(ko="상", en="Prize"), worded_as_city=True))
    assert words("index.kicker") == "Smart city certification"


@pytest.mark.parametrize("text", ["{x}", "{{", "}", "%s {0} {scheme}", "=1+1", "<b>&"])
def test_a_brace_in_the_words_of_a_scheme_is_no_field(text: str) -> None:
    own = Text(ko=text, en=text)
    scheme = SchemeFacts(id="prize", title=own, level_names={1: own}, classes=(NamedClass(id="a", name=own),))
    for language in LANGUAGES:
        words = Words(language, "summary", "charts", "report", scheme=scheme)
        shown = [words("index.kicker"), words.level(1), words.term("size_type.a"), words("chart.size.a")]
        assert shown == [text] * len(shown)
        assert text in words("partner.partner", name=own)
