"""Unseen characters and formulas of a spreadsheet: one set and one guard for the package."""

import unicodedata

import pytest

from smartcert.characters import FORMULA_SIGNS, UNSEEN, UNSEEN_IN_LINE, is_formula, neutralise_formula

FORMULAS = [
    *(f"{sign}1+1" for sign in sorted(FORMULA_SIGNS)),
    *(f"{sign}A1" for sign in sorted(FORMULA_SIGNS)),
    " =1+1",
    "\u3000=1+1",
    "\u00a0＝1+1",
    "\ufeff=1+1",
    "\u200b \u2067=1+1",
    "\t=1+1",
    "\tA1",
    "\rA1",
    "\nA1",
    "=cmd|' /C calc'!A0",
    "-2+3",
    "-1/3",
    "－5",
    "+5",
    "+82-2-123-4567",
    "-.5.5",
    "=(1)",
    "@SUM(A1)",
    "%a",
    "-보고서",
]
PLAIN = [
    "",
    " ",
    "\t",
    "\r\n",
    "-5",
    "-5.25",
    " -5 ",
    "0",
    "3=3",
    "수원시",
    "a@b.kr",
    "45%",
    "-",
    "--",
    "=",
    "- 12 -",
    "-12-",
    "–3",
    "−3",
    "'=1+1",
    "'-5",
    "''",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stands_behind_an_apostrophe(text: str) -> None:
    assert is_formula(text)
    assert neutralise_formula(text) == f"'{text}"
    assert neutralise_formula(neutralise_formula(text)) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_every_other_text_stays_as_it_is(text: str) -> None:
    assert not is_formula(text)
    assert neutralise_formula(text) == text


@pytest.mark.parametrize(
    "character",
    [
        *"\x00\x1f\x7f\x85\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e",
        *"\u2060\u2064\u2066\u2069\u206f\u3164\ufeff\uffa0\ufffb\U0001d173\U000e0001\U000e007f",
    ],
)
def test_an_unseen_character_is_found_wherever_it_stands(character: str) -> None:
    for text in (character, f"가{character}", f"{character}a", f"a{character}나"):
        assert UNSEEN.search(text)
        assert UNSEEN_IN_LINE.search(text)


@pytest.mark.parametrize("character", "\t\n\r")
def test_tabs_and_ends_of_lines_are_unseen_in_a_name_only(character: str) -> None:
    assert not UNSEEN.search(f"a{character}b")
    assert UNSEEN_IN_LINE.search(f"a{character}b")


def test_what_is_seen_or_only_a_blank_is_not_in_the_set() -> None:
    seen = "azAZ09 ~가힣ㄱ漢ｱé·–…①🚀\ufe0f\U000e0100\u00a0\u3000\u2009"
    assert not UNSEEN.search(seen)
    assert not UNSEEN_IN_LINE.search(seen)


def test_all_controls_and_nearly_all_formats_of_unicode_are_in_the_set() -> None:
    """Formats that are left out show something, as the signs of Arabic numbers, or join hieroglyphs."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    controls = [one for one in characters if unicodedata.category(one) == "Cc" and one not in "\t\n\r"]
    formats = [one for one in characters if unicodedata.category(one) == "Cf"]
    assert all(map(UNSEEN.search, controls))
    shown = [one for one in formats if not UNSEEN.search(one)]
    assert all(unicodedata.name(one).startswith(("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")) for one in shown)
