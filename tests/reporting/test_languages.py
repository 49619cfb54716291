"""Words of another language are marked as such: a screen reader reads each in the voice of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from smartcert.reporting.languages import mark_other_language
from tests.support.documents import build_pages

_HANGUL = re.compile("[가-힣]")
_PROSE = re.compile(r"[A-Za-z][a-z']+(?:,? [a-z][a-z']+){2,}")
_UNMARKABLE = ("option", "script", "style", "title")
"""Elements that have text only; an option of the index has both languages."""


def texts(html: str) -> Iterator[tuple[str, str]]:
    """Yield every text that a reader sees, with the language that it is in by the nearest ``lang``."""
    root = LexborHTMLParser(html).root
    for node in root.traverse(include_text=True) if root is not None else ():
        if node.tag != "-text" or not (node.text() or "").strip():
            continue
        above, language = node.parent, ""
        if above is None or above.tag in _UNMARKABLE:
            continue
        while above is not None and not language:
            language = above.attributes.get("lang") or ""
            above = above.parent
        yield language, " ".join((node.text() or "").split())


def list_unmarked(html: str) -> list[str]:
    wrong = {"en": _HANGUL, "ko": _PROSE}
    return [text for language, text in texts(html) if wrong[language].search(text)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_words_of_another_language_are_marked_as_such(language: str) -> None:
    unmarked = {name: list_unmarked(page) for name, page in build_pages(language).items()}
    assert {name: texts for name, texts in unmarked.items() if texts} == {}


HEARD = ("alt", "aria-description", "aria-label", "label", "placeholder", "title")
"""The attributes that a reader hears or sees."""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_heard_of_an_attribute_is_in_the_language_of_its_element(language: str) -> None:
    wrong = {"en": _HANGUL, "ko": _PROSE}
    heard = 0
    for name, page in build_pages(language).items():
        for node in LexborHTMLParser(page).css(", ".join(f"[{attribute}]" for attribute in HEARD)):
            above, own = node, ""
            while above is not None and not own:
                own, above = above.attributes.get("lang") or "", above.parent
            texts = [node.attributes.get(attribute) or "" for attribute in HEARD]
            assert name == "hostile" or not any(wrong[own].search(text) for text in texts), (name, texts)
            heard += 1
    assert heard > 20


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_name_of_a_link_or_button_has_its_visible_words(language: str) -> None:
    for name, page in build_pages(language).items():
        for node in LexborHTMLParser(page).css("a[aria-label], button[aria-label]"):
            visible = " ".join(node.text().split())
            assert visible in (node.attributes["aria-label"] or ""), name


@pytest.mark.parametrize(
    ("language", "html", "marked"),
    [
        ("en", "<p>Evidence: 증빙 3-4.pdf</p>", '<p>Evidence: <span lang="ko">증빙</span> 3-4.pdf</p>'),
        ("en", "<p>지표 N20의 국비 &amp; more</p>", '<p><span lang="ko">지표 N20의 국비</span> &amp; more</p>'),
        ("en", '<td lang="ko">증빙</td><br><p>가</p>', '<td lang="ko">증빙</td><br><p><span lang="ko">가</span></p>'),
        ("en", "<svg><text>가</text></svg>", '<svg><text><tspan lang="ko">가</tspan></text></svg>'),
        ("en", '<p title="가">a</p>', '<p title="가">a</p>'),
        ("en", "<option>가</option>", "<option>가</option>"),
        ("ko", "<p>사유: not yet shown</p>", '<p>사유: <span lang="en">not yet shown</span></p>'),
        ("ko", "<p>shown, that is</p>", '<p><span lang="en">shown, that is</span></p>'),
        ("ko", '<b\nlang="en">가</b>', '<b\nlang="en"><span lang="ko">가</span></b>'),
        ("ko", "<p>KRDS와 Pretendard GOV, smartcert</p>", "<p>KRDS와 Pretendard GOV, smartcert</p>"),
        ("ko", '<b lang="en">Name 가</b>', '<b lang="en">Name <span lang="ko">가</span></b>'),
    ],
)
def test_a_run_of_the_other_language_gets_an_element(language: str, html: str, marked: str) -> None:
    assert mark_other_language(html, language) == marked


@given(st.lists(st.sampled_from(["ab", "a", "'", "Cd", " ", ", ", ",", "가", "\n"]), max_size=10))
def test_no_run_of_english_is_passed_over(parts: list[str]) -> None:
    text = "".join(parts)
    run = re.search("(?<![a-z])[A-Za-z][a-z']+(?:,? [a-z][a-z']+){2,}", text)
    assert ('lang="en"' in mark_other_language(f"<p>{text}</p>", "ko")) is bool(run)


@given(
    st.lists(st.sampled_from(["가나", " and then some ", "1.", "&lt;", "<b>", "</b>", '<i lang="ko">', "</i>", "<br>"]))
)
def test_marking_changes_no_word_and_marks_nothing_twice(parts: list[str]) -> None:
    html = "".join(parts)
    for language in ("ko", "en"):
        once = mark_other_language(html, language)
        assert LexborHTMLParser(f"<p>{once}").text() == LexborHTMLParser(f"<p>{html}").text()


_PARTS = [
    "가나",
    " and then some more ",
    "x < y",
    "1.",
    "&lt;",
    "<b>",
    "</b>",
    '<i lang="ko">',
    '<i lang="en">',
    "</i>",
]
_PARTS += [
    "<br>",
    "<br/>",
    "<svg>",
    "<text>",
    "</text>",
    "</svg>",
    "<title>",
    "</title>",
    '<p title="one two three four">',
]


@given(st.lists(st.sampled_from(_PARTS)), st.sampled_from(["ko", "en"]))
def test_runs_are_those_that_looking_at_each_tag_and_text_finds(parts: list[str], language: str) -> None:
    html = "".join(parts)
    assert mark_other_language(html, language) == mark_each_text(html, language)


def mark_each_text(html: str, language: str) -> str:
    """Do what `mark_other_language` does, by its definition: follow every tag, look at every text."""
    opened, marked = [("", language)], ""
    for part in re.split(r"(<[^>]*>)", html):
        tag = re.match(r"<(/?)([a-zA-Z][\w-]*)", part)
        if not part.startswith("<"):
            name, current = opened[-1]
            runs = {"en": ("ko", r"[가-힣](?:[^a-z<>&]*[가-힣])?"), "ko": ("en", _PROSE.pattern)}
            if name not in ("title", "option") and part.strip():
                other, run = runs[current]
                element = "tspan" if name in ("text", "tspan") else "span"
                part = re.sub(run, rf'<{element} lang="{other}">\g<0></{element}>', part)
        elif tag and tag[1]:
            names = [name for name, _ in opened]
            if tag[2] in names[1:]:
                del opened[len(names) - 1 - names[::-1].index(tag[2]) :]
        elif tag and not part.endswith("/>") and tag[2] != "br":
            lang = re.search(r'\slang="([a-z]*)"', part)
            opened.append((tag[2], lang[1] if lang else opened[-1][1]))
        marked += part
    return marked
