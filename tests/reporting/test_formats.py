"""Numbers, days, articles and particles as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.model.citation import Citation, Source, Text
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import add_particle

FRACTIONS = st.fractions(min_value=-(10**7), max_value=10**7, max_denominator=10**6)


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("하늘시", "은/는", "하늘시는"),
        ("바다군", "은/는", "바다군은"),
        ("서울", "으로/로", "서울로"),
        ("대전", "으로/로", "대전으로"),
        ("대도시", "으로/로", "대도시로"),
        ("하늘시(Haneul-si)", "이/가", "하늘시(Haneul-si)가"),
        ("바다군(Bada-gun) [1]", "이/가", "바다군(Bada-gun) [1]이"),
        ("「지침」", "을/를", "「지침」을"),
        ("0", "이/가", "0이"),
        ("1", "으로/로", "1로"),
        ("2", "을/를", "2를"),
        ("3", "으로/로", "3으로"),
        ("6", "으로/로", "6으로"),
        ("7", "으로/로", "7로"),
        ("8", "으로/로", "8로"),
        ("9", "은/는", "9는"),
        ("10", "으로/로", "10으로"),
        ("1,400", "은/는", "1,400은"),
        ("2,000", "을/를", "2,000을"),
        ("500,000", "이/가", "500,000이"),
        ("1,000,000,000,000", "이/가", "1,000,000,000,000가"),
        ("1,394.0", "을/를", "1,394.0을"),
        ("6.2", "을/를", "6.2를"),
        ("70%", "을/를", "70%를"),
        ("KRIHS", "은/는", "KRIHS는"),
        ("LM", "은/는", "LM은"),
        ("URL", "으로/로", "URL로"),
        ("Haneul", "으로/로", "Haneul로"),
        ("Seong", "이/가", "Seong이"),
        ("E3", "은/는", "E3은"),
        ("‘하늘군’", "으로/로", "‘하늘군’으로"),
        ("“하늘시(Haneul)”", "을/를", "“하늘시(Haneul)”를"),
        ("하늘군(경기(북부))", "이/가", "하늘군(경기(북부))이"),
        ("(하늘군)", "이/가", "(하늘군)이"),
        ("3km", "을/를", "3km를"),
        ("3 kg", "을/를", "3 kg을"),
        ("1.5%p", "이/가", "1.5%p가"),
        ("12 GB", "은/는", "12 GB는"),
        ("A+", "을/를", "A+를"),
        ("Smart", "은/는", "Smart는"),
        ("net", "은/는", "net은"),
        ("network", "을/를", "network를"),
        ("block", "을/를", "block을"),
        ("help", "이/가", "help가"),
        ("app", "이/가", "app이"),
        ("online", "으로/로", "online으로"),
        ("mobile", "으로/로", "mobile로"),
        ("site", "을/를", "site를"),
        ("🏙️", "은/는", "🏙️은(는)"),
        ("", "이/가", "이(가)"),
        ("!!!", "이/가", "!!!이(가)"),
    ],
)
def test_a_particle_follows_the_last_sound(word: str, pair: str, expected: str) -> None:
    assert add_particle(word, pair) == expected


@given(st.text())
@pytest.mark.slow
def test_every_text_gets_some_particle_and_keeps_its_characters(word: str) -> None:
    assert add_particle(word, "은/는") in {word + "은", word + "는", word + "은(는)"}


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (Fraction(4183, 3), 0, "≈1,394.3333"),
        (Fraction(13940, 10), 1, "1,394.0"),
        (Fraction("1394.25"), 1, "1,394.25"),
        (Fraction(0), 2, "0.00"),
        (Fraction(-1, 2), 0, "−0.5"),
        (Fraction(1, 3), 1, "≈0.3333"),
        (Fraction(1, 16), 0, "0.0625"),
        (Fraction(1, 32), 0, "≈0.0313"),
        (1_000_000, 0, "1,000,000"),
    ],
)
def test_a_number_is_exact_or_says_that_it_is_not(value: Fraction, digits: int, expected: str) -> None:
    assert figures.format_number(value, digits) == expected


@given(FRACTIONS, st.integers(0, 4))
def test_a_number_without_the_sign_can_be_read_back_exactly(value: Fraction, digits: int) -> None:
    shown = figures.format_number(value, digits)
    read = Fraction(shown.removeprefix("≈").replace(",", "").replace("−", "-"))
    assert (read == value) is not shown.startswith("≈")
    assert abs(read - value) <= Fraction(1, 2 * 10**4)


@given(FRACTIONS, st.integers(0, 3))
def test_a_number_shown_before_rounding_rounds_to_what_it_became(value: Fraction, digits: int) -> None:
    after = figures.round_half_up(value, digits)
    shown = figures.amount_before_rounding(value, after, digits)
    most = max(shown.digits, figures.MAX_DIGITS)
    assert figures.round_half_up(figures.round_half_up(value, most), digits) == after


@pytest.mark.parametrize(
    ("text", "korean", "english"),
    [
        ("7", "제7조", "Art. 7"),
        ("7(1)", "제7조제1항", "Art. 7(1)"),
        ("34-2", "제34조의2", "Art. 34-2"),
        ("34-2(3)", "제34조의2제3항", "Art. 34-2(3)"),
        ("5(1)2", "제5조제1항제2호", "Art. 5(1), subpara. 2"),
        ("8(4)", "제8조제4항", "Art. 8(4)"),
        ("annex 1", "annex 1", "annex 1"),
    ],
)
def test_an_article_is_written_as_each_language_writes_it(text: str, korean: str, english: str) -> None:
    assert figures.format_article(text, "ko") == korean
    assert figures.format_article(text, "en") == english


def test_a_citation_names_source_and_article() -> None:
    source = Source(
        id="n", title=Text(ko="지침", en="Notice"), short=Text(ko="운영지침", en="Operating Notice"), kind="notice"
    )
    assert figures.format_citation(Citation(source=source, article="7(1)"), "ko") == "운영지침 제7조제1항"
    assert figures.format_citation(Citation(source=source, article="7(1)"), "en") == "Operating Notice Art. 7(1)"
    assert figures.format_citation(Citation(source=source), "ko") == "운영지침"


def test_moments_are_korean_time() -> None:
    utc = datetime(2023, 10, 26, 9, 0, tzinfo=UTC)
    assert figures.format_moment(utc, "ko") == "2023년 10월 26일 18:00"
    assert figures.format_moment(utc.astimezone(timezone(timedelta(hours=-5))), "en") == "26 October 2023, 18:00"
    assert figures.format_moment(utc + timedelta(seconds=1), "en") == "26 October 2023, 18:00:01"
    assert figures.format_day(date(2023, 3, 1), "ko") == "2023년 3월 1일"


@given(st.text())
def test_somebodys_words_become_one_line_without_hidden_controls(text: str) -> None:
    shown = figures.sanitise_text(text).removeprefix("\u2068").removesuffix("\u2069")
    assert not set(shown) & set("\n\r\t\x00\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def test_controls_of_direction_become_visible() -> None:
    assert figures.sanitise_text("abc\u202edef") == "abc⟨U+202E⟩def"
    assert figures.sanitise_text("  a \n b ") == "a b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb\nc", "a⟨U+202E⟩b\nc"),
        ("\u2068שלום\u2069, \u2068abc\u202e\u2069", "\u2068שלום\u2069, \u2068abc⟨U+202E⟩\u2069"),
        ("\u2068not closed", "⟨U+2068⟩not closed"),
        ("closed only\u2069", "closed only⟨U+2069⟩"),
        ("\u2068in\u2068side\u2069", "⟨U+2068⟩in\u2068side\u2069"),
    ],
)
def test_unseen_characters_are_shown_but_for_closed_isolates(text: str, shown: str) -> None:
    assert figures.show_unseen(text) == shown


@given(
    st.fractions(min_value=0, max_value=1, max_denominator=10**6),
    st.sampled_from(["0.6", "0.625", "0.6255", "0.62555", "0.7", "1", "0", "8/11", "2/3"]),
)
def test_a_share_never_looks_as_if_it_were_on_a_bound_that_it_is_beside(share: Fraction, bound: str) -> None:
    shown, at = Fraction(figures.format_share(share, [Fraction(bound)]).removesuffix("%")), 100 * Fraction(bound)
    assert share * 100 == at or (shown > at) == (share * 100 > at) == (shown >= at)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ("0.6995", "69.95%"),
        ("0.69949", "69.9%"),
        ("0.7", "70.0%"),
        ("0.7004", "70.04%"),
        ("0.70425", "70.4%"),
        ("0.6499", "65.0%"),
    ],
)
def test_a_share_has_one_digit_but_where_that_would_put_it_on_a_bound(share: str, shown: str) -> None:
    assert figures.format_share(Fraction(share), [Fraction("0.6"), Fraction("0.7")]) == shown
