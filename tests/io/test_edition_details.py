"""What stands beside an indicator and whatever has no column of its own: there and back through YAML and XLSX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.errors import InputError
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.io.formats.text import FileText
from smartcert.io.formats.yaml import Decoder, parse_yaml
from smartcert.io.parameters.edition import decode_edition, format_edition
from smartcert.io.parameters.edition_xlsx import format_detail_key, parse_detail_key, read_edition_workbook
from smartcert.model.citation import Status, Text
from smartcert.model.indicator import About, Anchor, Edition, Figure, Indicator, IndicatorKind, Limits
from tests.support.build import rulebook, rules_of_2023
from tests.support.forms import edited

SOURCES = rulebook().sources


def text(words: str) -> Text:
    return Text(ko=f"{words} (한국어)", en=words)


ABOUT = About(
    why=text("Residents judge a city by it"),
    verify=text("Count the rows of the annex"),
    source=text("Annual report"),
    period=text("31 December of the year before"),
    documents=(text("Annual report"), text("Contract")),
    anchors=(Anchor(mark=Fraction(1, 2), meaning=text("Nothing yet")), Anchor(mark=Fraction(5), meaning=text("All"))),
    links=("ISO 37122:2019 5.1", "SDG 11.6.2"),
    comment_for=(Fraction(1, 2), Fraction(5)),
)


def with_about(about: About | None, qualitative: bool = True) -> Edition:
    """Return the illustrative edition in which the first indicator of a kind has something beside it."""
    edition = rules_of_2023().edition

    def change(indicator: Indicator) -> Indicator:
        return replace(indicator, about=about) if indicator.id == ("L01" if qualitative else "N01") else indicator

    domains = tuple(
        replace(
            domain,
            sections=tuple(replace(item, indicators=tuple(map(change, item.indicators))) for item in domain.sections),
        )
        for domain in edition.domains
    )
    return replace(edition, domains=domains)


def read_yaml(content: str) -> Edition:
    source = FileText(file="illustrative-2023.yaml", text=content, sha256="")
    decoder = Decoder(parse_yaml(source))
    edition = decode_edition(decoder, "illustrative-2023", SOURCES)
    if edition is None:
        raise InputError(decoder.problems)
    return edition


def test_what_stands_beside_an_indicator_is_read_as_it_was_written() -> None:
    edition = with_about(ABOUT)
    assert read_yaml(format_edition(edition)) == edition
    assert read_edition_workbook(build_edition_workbook(edition), "edition.xlsx", SOURCES) == edition


def test_each_part_may_be_missing() -> None:
    for name in ("why", "verify", "source", "period", "documents", "anchors", "links", "comment_for"):
        edition = with_about(About(**{name: getattr(ABOUT, name)}))
        assert read_yaml(format_edition(edition)) == edition
        assert read_edition_workbook(build_edition_workbook(edition), "edition.xlsx", SOURCES) == edition


def test_what_marks_mean_stands_beside_qualitative_indicators_only() -> None:
    with pytest.raises(InputError, match="anchors for a quantitative indicator"):
        read_yaml(format_edition(with_about(About(anchors=ABOUT.anchors), qualitative=False)))


@pytest.mark.parametrize(
    ("marks", "qualitative", "found"),
    [
        ((Fraction(1), Fraction(1)), True, "a mark twice"),
        ((Fraction(1),), False, "marks with a comment for a quantitative indicator"),
    ],
)
def test_marks_that_need_a_comment_are_marks_of_qualitative_indicators(
    marks: tuple[Fraction, ...], qualitative: bool, found: str
) -> None:
    with pytest.raises(InputError, match=found):
        read_yaml(format_edition(with_about(About(comment_for=marks), qualitative=qualitative)))


def test_a_mark_that_means_two_things_is_refused() -> None:
    content = format_edition(with_about(About(anchors=ABOUT.anchors))).replace("0.5: {", "5.0: {")
    with pytest.raises(InputError, match="a mark twice"):
        read_yaml(content)


BROKEN: Mapping[str, tuple[str, Any, str]] = {
    "an unknown indicator": ("A2", "L99", "details:2:1 (A2): found 'L99'"),
    "a key that is none": ("B2", "why[", "details:2:2 (B2): found 'why['"),
    "an unknown key": ("B2", "whi", "details:2:3 (C2)"),
    "a key twice": ("B4", "why", "details:4:2 (B4): found 'why' again"),
    "a key that has a column": ("B2", "kind", "details:2:3 (C2): found 'kind' again"),
    "a list with a gap": ("B6", "documents[3]", "a list with a gap: documents"),
    "a mark that is none": ("B8", "anchors(five)", "details:8"),
    "no English": ("D3", None, "details:3"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_detail_that_does_not_fit_is_refused_with_its_cell(name: str) -> None:
    cell, value, message = BROKEN[name]

    def edit(book: Any) -> None:
        book["details"][cell].value = value

    with pytest.raises(InputError) as error:
        read_edition_workbook(edited(build_edition_workbook(with_about(ABOUT)), edit), "edition.xlsx", SOURCES)
    assert message in str(error.value)


words = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
steps = st.one_of(words, st.integers(0, 9998), st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,3})?", fullmatch=True))


@settings(max_examples=100, deadline=None)
@given(first=words, others=st.lists(steps, max_size=5))
def test_a_key_of_details_is_read_as_it_was_written(first: str, others: list[str | int]) -> None:
    assert parse_detail_key(format_detail_key((first, *others))) == (first, *others)


@pytest.mark.parametrize("name", ["illustrative-2023", "service-illustrative-2023"])
def test_each_indicator_of_the_editions_that_are_shipped_says_what_it_is_for(name: str) -> None:
    edition = rulebook().editions[name]
    for indicator in edition.indicators():
        about = indicator.about
        assert about is not None, indicator.id
        assert all((about.why, about.source, about.verify, about.period, about.documents, about.links)), indicator.id
        assert all(re.fullmatch(r"SDG \d+\.(\d+|[a-d])", link) for link in about.links), indicator.id
        marks = [anchor.mark for anchor in about.anchors]
        assert marks == ([1, 3, 5] if indicator.kind is IndicatorKind.QUALITATIVE else []), indicator.id
    assert edition.basis.status is Status.ILLUSTRATIVE


@pytest.mark.parametrize("name", ["illustrative-2023", "service-illustrative-2023"])
def test_an_english_unit_that_is_a_plural_has_its_singular(name: str) -> None:
    same = {"%", "million won", "yes or no"}
    for indicator in rulebook().editions[name].indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            assert (indicator.unit_one is None) is (indicator.unit.en in same), indicator.id


def test_the_unit_of_one_is_read_as_it_was_written() -> None:
    edition = with_about(ABOUT)
    first = edition.domains[0]
    figure = Figure(id="a", name=text("Area"), unit=text("square miles"), unit_one="square mile")
    indicator = replace(
        first.sections[0].indicators[0], unit_one="thing", figures=(figure,), formula="a * 2", limits=Limits()
    )
    item = replace(first.sections[0], indicators=(indicator, *first.sections[0].indicators[1:]))
    edition = replace(edition, domains=(replace(first, sections=(item, *first.sections[1:])), *edition.domains[1:]))
    assert read_yaml(format_edition(edition)) == edition
    assert read_edition_workbook(build_edition_workbook(edition), "edition.xlsx", SOURCES) == edition
    assert indicator.list_figures()[0].unit_one == "square mile"


def test_an_empty_unit_of_one_is_refused() -> None:
    content = format_edition(with_about(None)).replace('unit_one: "data set"', 'unit_one: ""', 1)
    with pytest.raises(InputError, match="unit_one"):
        read_yaml(content)
