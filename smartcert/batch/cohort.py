"""A report must be about its own applicant and about nobody else that its record does not name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from smartcert.batch.embedded import without_embedded
from smartcert.batch.task import Made
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.record import Audience, Failure

_HANGUL = re.compile(r"[가-힣]+")
_ENDS = "시군구도"
_ROMAN_END = re.compile(r"-(?:si|gun|gu|do)\b")
_ROMAN = re.compile(r"[A-Z][a-z]+\Z")
_LONGEST = 40
_CODE = re.compile(r"[0-9]{10}(?<!\w.{10})\b")
"""What a name or a code of a local government looks like in running text. Each begins with what is seldom met: as one
expression they take six times as long, and this is done for every page."""


@dataclass(frozen=True, slots=True)
class _Names:
    found: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Names:
        """Return what looks like a name or a code in a text, particles after it left out."""
        words = {word: max(map(word.rfind, _ENDS)) + 1 for word in set(_HANGUL.findall(text))}
        korean = (word[:end] for word, end in words.items() if end > 1)
        return cls(frozenset(korean).union(_CODE.findall(text), _romanised(text)))


def _romanised(text: str) -> Iterator[str]:
    for end in _ROMAN_END.finditer(text):
        begin = _ROMAN.search(text, max(0, end.start() - _LONGEST), end.start())
        if begin:
            yield begin[0] + end[0]


class Cohort:
    """The names and codes of all applicants of a round."""

    def __init__(self, evaluations: Iterable[Evaluation], record: Callable[[str, Audience], str]) -> None:
        """Take the round's evaluations, and what gives the text of the record that a report is made from."""
        self._record = record
        self._of: dict[str, frozenset[str]] = {}
        for evaluation in evaluations:
            applicant = evaluation.applicant
            words = " ".join((applicant.name.ko, applicant.name.en, applicant.code))
            self._of[evaluation.id] = _Names.of(words).found
        self._all = frozenset().union(*self._of.values())

    def held(self, result: Made | Failure) -> Made | Failure:
        """Return the result, or a failure where the page names an applicant that its record does not."""
        if isinstance(result, Failure) or not result.applicant_id:
            return result
        strangers = (_Names.of(without_embedded(result.page)).found & self._all) - self._of[result.applicant_id]
        if strangers:
            strangers -= _Names.of(self._record(result.applicant_id, result.audience)).found
        if not strangers:
            return result
        return Failure(
            id=result.applicant_id,
            language=result.language,
            audience=result.audience,
            reason=f"the page names another applicant, which its record does not: {', '.join(sorted(strangers))}",
        )
