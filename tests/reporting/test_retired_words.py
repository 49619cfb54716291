"""The terms that the style guide retires stand in no catalogue, form, rule, scheme, criterion, notebook or document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from smartcert.forms.phrases import PHRASES
from smartcert.reporting.catalogue import Language, load_catalogue
from smartcert.reporting.formats import LANGUAGES
from tests.support.worked_cases import case_file, read_texts

PARAMETERS = Path(__file__).parents[2] / "parameters"
DOCUMENTS = ("README.md", "parameters/README.md", ".github/CHANGELOG.md")
_CODE_OR_ADDRESS = re.compile(r"`[^`]*`|(?<=\])\([^)]*\)")
_FIELD = re.compile(r"\{[^{}]*\}")
_PLAIN_KOREAN = re.compile(r"(?<=[가-힣])(?<!니)다\.(?=\s|$)")
"""The end of a sentence in plain style, as 예시이다. or 따른다.; the style of pages is 예시입니다."""


def catalogue_sentences(language: Language) -> Iterator[tuple[str, str]]:
    for file in sorted((files("smartcert.reporting") / "words").iterdir(), key=lambda file: file.name):
        page, _, ending = file.name.partition(".")
        if ending == f"{language}.toml":
            for key, entry in load_catalogue(language, page).items():
                for sentence in (entry,) if isinstance(entry, str) else entry:
                    yield f"{page}: {key}", sentence


def parameter_sentences(language: Language) -> Iterator[tuple[str, str]]:
    folders = ("rules", "schemes", "registry")
    rules = (file for folder in folders for file in (PARAMETERS / folder).rglob("*.yaml"))
    for file in sorted([*rules, *PARAMETERS.glob("rounds/*/round.yaml")]):
        place, tree = str(file.relative_to(PARAMETERS)), read_texts(file)
        words = tree.get("words") or {}
        for sentence in _texts({**tree, "words": {page: words[page] for page in words if page != "press"}}, language):
            yield place, sentence
        for sentence in _texts(words.get("press"), language):
            yield f"press: {place}", sentence


def notebook_lines(language: Language) -> Iterator[tuple[str, str]]:
    """Yield the lines of text of all notebooks; one with Hangul is Korean, though English may stand beside it."""
    for file in sorted((PARAMETERS.parent / "notebooks").rglob("*.ipynb")):
        for cell in json.loads(file.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for line in "".join(cell["source"]).splitlines():
                    if language == "en" or re.search("[가-힣]", line):
                        yield file.name, line


def document_lines(language: Language) -> Iterator[tuple[str, str]]:
    """Yield the lines of the documents that officials and researchers read, without code and addresses."""
    for name in DOCUMENTS:
        code = False
        for number, line in enumerate((PARAMETERS.parent / name).read_text("utf-8").splitlines(), start=1):
            code ^= line.startswith("```")
            if not code and (language == "en" or re.search("[가-힣]", line)):
                yield f"{name}:{number}", _CODE_OR_ADDRESS.sub("0", line)


def _texts(tree: Any, language: Language) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get(language), str):
            yield tree[language]
        for below in tree.values():
            yield from _texts(below, language)
    elif isinstance(tree, list):
        for below in tree:
            yield from _texts(below, language)


@cache
def sentences(language: Language) -> tuple[tuple[str, str], ...]:
    phrases = [(f"forms: {key}", phrase.of(language)) for key, phrase in PHRASES.items()]
    return (
        *catalogue_sentences(language),
        *parameter_sentences(language),
        *notebook_lines(language),
        *document_lines(language),
        *phrases,
    )


@pytest.mark.parametrize(
    ("language", "pattern", "instead"),
    [
        (language, pattern, instead)
        for language in LANGUAGES
        for pattern, instead in case_file("retired_words")[language].items()
    ],
)
def test_a_retired_term_stands_nowhere(language: Language, pattern: str, instead: str) -> None:
    retired = re.compile(pattern, re.IGNORECASE)
    found = [f"{place}: {text}" for place, text in sentences(language) if retired.search(_FIELD.sub("0", text))]
    assert found == [], f"say '{instead}'"


def test_notes_of_rules_and_pages_have_the_formal_style() -> None:
    press = ("press: ", "other_scheme: press.")  # press releases are in plain style
    registry = ("registry/",)  # notes on sources and changes are records of who read what, on no page
    plain = [f"{place}: {text}" for place, text in sentences("ko") if _PLAIN_KOREAN.search(text)]
    plain = [line for line in plain if not line.startswith(registry)]
    assert [line for line in plain if not line.startswith(press)] == []


def test_english_writes_a_percentage_without_a_space() -> None:
    messages = ("problems: ", *DOCUMENTS)  # the English of the code that reads files, and of those who write it
    spaced = [place for place, text in sentences("en") if re.search(r"\d %", _FIELD.sub("0", text))]
    assert [place for place in spaced if not place.startswith(messages)] == []


def test_no_english_sentence_has_korean_letters() -> None:
    examples = ("problems: ",)  # they quote what a Korean form has
    mixed = [
        place
        for place, text in catalogue_sentences("en")
        if re.search("[가-힣]", text) and not place.startswith(examples)
    ]
    assert mixed == []


_PARTICLE = re.compile(r"([가-힣])(을|를|은)(?![가-힣])")
_WORDS_THAT_END_SO = ("마을", "가을", "노을", "고을", "지은", "이은", "나은", "모은")
"""Words whose last syllable looks like a particle and is none."""


def find_wrong_particles(sentence: str) -> list[str]:
    """Return each word whose particle does not fit its last sound, as 사유을 for 사유를."""
    wrong = []
    for match in _PARTICLE.finditer(sentence):
        ends_in_consonant = (ord(match[1]) - ord("가")) % 28 > 0
        if ends_in_consonant is (match[2] == "를") and not match[0].endswith(_WORDS_THAT_END_SO):
            wrong.append(match[0])
    return wrong


def test_a_written_particle_fits_the_sound_before_it() -> None:
    assert find_wrong_particles("사유을, 실효을, 사유은, 값를") == ["유을", "효을", "유은", "값를"]
    assert find_wrong_particles("사유를 적은 값을 마을은") == []
    assert [(place, wrong) for place, text in sentences("ko") if (wrong := find_wrong_particles(text))] == []
