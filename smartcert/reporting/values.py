"""Values with their units, and the three ways of not being a number: not submitted, not applicable, yes or no."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.application import Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Indicator, YesNo
from smartcert.reporting import figures
from smartcert.reporting.words import Words


def quantity(value: Fraction, unit: Text, words: Words) -> str:
    """Return a number with its unit. Korean units follow at once, others after a space; % always follows at once."""
    name = figures.plain(unit.of(words.language))
    close = name.startswith("%") or (words.language == "ko" and not name[:1].isascii())
    return figures.Plain(f"{figures.number(value)}{'' if close else ' '}{name}")


def value_text(value: Value, indicator: Indicator, words: Words) -> str:
    """Return a value as it is shown: not submitted, not applicable, yes, no, or a number with its unit."""
    if isinstance(value, Missing):
        return words(f"missing.{value.value}")
    if isinstance(indicator.scale, YesNo):
        return words("symbol.yes" if value else "symbol.no")
    return quantity(value, indicator.unit, words)
