"""Why an event is refused, with the rule that it would break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from smartcert.errors import UsageError
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Facts
from smartcert.reporting.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """``code`` names the sentence in the catalogue of words (``refusal.<code>``), ``facts`` fill it.

    Without a ``basis`` it is no rule of the law but the order of the register itself.
    """

    code: str
    basis: tuple[Basis, ...] = ()
    facts: Facts = field(default_factory=Facts)


class RefusedError(UsageError):
    """An event that the state of the certificate does not allow. Nothing was entered."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(told(refusal, Words("en", "register")))


def told(refusal: Refusal, words: Words) -> str:
    """Return a refusal as a sentence with the articles that it rests on, each with its status."""
    facts = refusal.facts
    fields: dict[str, str | date] = {**facts.words, **facts.terms, **facts.days}
    sentence = words(f"refusal.{refusal.code}", **fields)
    cites = "; ".join(
        f"{', '.join(words.citation(cite) for cite in basis.cite)} [{words.term(f'status.{basis.status}')}]"
        for basis in refusal.basis
    )
    return f"{sentence} ({cites or words('refusal.order')})"


def refused(
    code: str,
    *basis: Basis,
    words: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
    days: Mapping[str, date] | None = None,
) -> Refusal:
    """Return a refusal from its parts."""
    return Refusal(code=code, basis=basis, facts=Facts(words=words or {}, terms=terms or {}, days=days or {}))
