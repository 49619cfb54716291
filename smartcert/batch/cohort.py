"""A report must be about its own applicant and about nobody else that its record does not name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from smartcert.batch.embedded import without_embedded
from smartcert.batch.task import Made
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.record import Audience, Failure

_KOREAN = re.compile(r"[가-힣]+[시군구도]")
_ROMAN_END = re.compile(r"-(?:si|gun|gu|do)\b", re.ASCII)  # a Korean particle may follow
_ROMAN = re.compile(r"[A-Z][a-z]+\Z")
_LONGEST = 40
"""What a name or a code of a local government looks like in running text."""

_TEN = b"0" * 10
_DIGITS = bytes(ord("0") if chr(byte).isdigit() else ord(" ") for byte in range(128)) + b" " * 128


class _Names:
    """The names and codes of all applicants, and what of them stands in a text.

    Every page is looked through for all of them, so each kind is found by what is seldom met: a Korean name by its
    last syllable, a romanised one by its ending, a code by ten digits in a row. To read all words takes ten times as
    long.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._lengths: dict[str, set[int]] = {}
        for name in self._names:
            self._lengths.setdefault(name[-1], set()).add(len(name))

    def within(self, text: str) -> frozenset[str]:
        """Return the names and codes that stand in a text as words of their own, particles after a name left out."""
        return frozenset(self._korean(text)) | (self._names & {*_romanised(text), *_codes(text)})

    def _korean(self, text: str) -> Iterator[str]:
        for last, lengths in self._lengths.items():
            if _is_hangul(last):
                for end in _places(text, last):
                    for length in lengths:
                        begin = end + 1 - length
                        name = text[begin : end + 1] if begin >= 0 else ""
                        if name in self._names and not _is_hangul(text[begin - 1 : begin]):
                            yield name


def _names_of(text: str) -> frozenset[str]:
    """Return what looks like a name or a code in the words of an applicant."""
    return frozenset(_KOREAN.findall(text)).union(_romanised(text), _codes(text))


def _romanised(text: str) -> Iterator[str]:
    for end in _ROMAN_END.finditer(text):
        begin = _ROMAN.search(text, max(0, end.start() - _LONGEST), end.start())
        if begin:
            yield begin[0] + end[0]


def _codes(text: str) -> Iterator[str]:
    """Yield every number of ten digits. What is no digit is made a blank first: bytes then find them at once."""
    raw = text.encode("utf-8", "replace")
    digits = raw.translate(_DIGITS)
    begin = digits.find(_TEN)
    while begin >= 0:
        end = digits.find(b" ", begin)
        if end - begin == len(_TEN) or (end < 0 and len(digits) - begin == len(_TEN)):
            yield raw[begin : begin + len(_TEN)].decode()
        begin = digits.find(_TEN, end) if end >= 0 else -1


def _places(text: str, character: str) -> Iterator[int]:
    place = text.find(character)
    while place >= 0:
        yield place
        place = text.find(character, place + 1)


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


class Cohort:
    """The names and codes of all applicants of a round."""

    def __init__(self, evaluations: Iterable[Evaluation], record: Callable[[str, Audience], str]) -> None:
        """Take the round's evaluations, and what gives the text of the record that a report is made from."""
        self._record = record
        self._of: dict[str, frozenset[str]] = {}
        for evaluation in evaluations:
            applicant = evaluation.applicant
            self._of[evaluation.id] = _names_of(" ".join((applicant.name.ko, applicant.name.en, applicant.code)))
        self._names = _Names(name for names in self._of.values() for name in names)

    def held(self, result: Made | Failure) -> Made | Failure:
        """Return the result, or a failure where the page names an applicant that its record does not."""
        if isinstance(result, Failure) or not result.applicant_id:
            return result
        strangers = self._names.within(without_embedded(result.page.decode())) - self._of[result.applicant_id]
        if strangers:
            strangers -= self._names.within(self._record(result.applicant_id, result.audience))
        if not strangers:
            return result
        return Failure(
            id=result.applicant_id,
            language=result.language,
            audience=result.audience,
            reason=f"the page names another applicant, which its record does not: {', '.join(sorted(strangers))}",
        )
