"""How the review of a committee names applicants, indicators, levels and numbers."""

from __future__ import annotations

from fractions import Fraction

from smartcert.reporting import figures
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.words import Field, Words

_P = "committee_review"


class Said:
    """The words of one review. Calling it gives a sentence of the page's own part of the catalogue."""

    def __init__(self, record: CommitteeRecord, words: Words) -> None:
        self.words = words
        self._record = record

    def __call__(self, key: str, /, **fields: Field) -> str:
        """Return the sentence under ``committee_review.<key>``."""
        return self.words(f"{_P}.{key}", **fields)

    def applicant(self, name: str) -> str:
        """Return an applicant's name."""
        return self.words.show(self._record.names[name], "text")

    def indicator(self, name: str) -> str:
        """Return an indicator's id and name."""
        known = self._record.indicators.get(name)
        return f"{figures.plain(name)} {self.words.show(known, 'text')}" if known else figures.plain(name)

    def level(self, level: int | None) -> str:
        """Return a level, or the word for none."""
        return self("none") if level is None else self("level_value", level=level)

    def number(self, value: Fraction | int | None, digits: int = 0) -> str:
        """Return a number with so many digits, or the sign for none."""
        return self.words("symbol.none") if value is None else figures.rounded(value, digits)

    def points(self, value: Fraction | None) -> str:
        """Return points as reports write them."""
        return self.words("symbol.none") if value is None else figures.number(value, 1)

    def signed(self, value: Fraction, digits: int) -> str:
        """Return a difference with its sign."""
        shown = figures.rounded(value, digits)
        return f"+{shown}" if value > 0 else shown

    def share(self, value: Fraction | None, digits: int = 1) -> str:
        """Return a share as a percentage, or the sign for none."""
        return self.words("symbol.none") if value is None else figures.percent(value, digits)

    def interval(self, low: Fraction | None, high: Fraction | None, digits: int) -> str:
        """Return an interval, or the sign for none."""
        if low is None or high is None:
            return self.words("symbol.none")
        return self("interval_value", low=figures.rounded(low, digits), high=figures.rounded(high, digits))

    def refused(self, reason: str) -> str:
        """Return the sentence that says why a figure is not given."""
        return self("refused", reason=self(f"reason.{reason}"))
