"""Opens what the researchers' notebooks show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcert.errors import UsageError, suggestion
from smartcert.reporting.words import language as known_language

if TYPE_CHECKING:
    from smartcert.workbook.audit import MethodologyAudit
    from smartcert.workbook.explorer import WeightExplorer
    from smartcert.workbook.rules_comparison import RulesComparison


def open_explorer(
    *,
    round: str = "example",  # noqa: A002  # the parameter's name in the notebook
    language: str = "ko",
    scenario: str = "",
    scenarios: str = "scenarios",
) -> WeightExplorer:
    """Return the weight explorer of a round.

    ``scenario`` is the file of a scenario in whose state the page begins; ``scenarios`` the folder for saving them.

    Raises:
        UsageError: an unknown language or round, or no such scenario.
        InputError: the round's files have problems, or the scenario is none.
    """
    from smartcert.rounds import open_round
    from smartcert.workbook.explorer import WeightExplorer

    return WeightExplorer(open_round(round), known_language(language), scenario, scenarios)


def open_audit(
    *,
    round: str = "example",  # noqa: A002  # as above
    language: str = "ko",
    draws: int = 1000,
    seed: int = 1,
    percent: float = 25.0,
) -> MethodologyAudit:
    """Return the audit of the method over a round: ``draws`` worlds whose weights vary by ± ``percent`` percent.

    Raises:
        UsageError: an unknown language or round, or numbers that mean nothing.
        InputError: the round's files have problems.
    """
    from smartcert.rounds import open_round
    from smartcert.workbook.audit import MethodologyAudit

    return MethodologyAudit(open_round(round), known_language(language), draws, seed, percent)


def open_comparison(
    *,
    round: str = "example",  # noqa: A002  # as above
    language: str = "ko",
    bound: float = 0.0,
    method: str = "",
    aggregation: str = "",
    absent: str = "",
    edition: str = "",
    width: float = 20.0,
) -> RulesComparison:
    """Return the comparison of a round's official rules with others; 0 and empty mean as it officially is.

    ``bound`` is the percentage from which on certification begins, ``edition`` the id of another edition of indicators,
    ``width`` the points around each bound within which totals are counted.

    Raises:
        UsageError: an unknown language, round, rule or edition, or numbers that mean nothing.
        InputError: the round's files have problems.
    """
    from smartcert.analysis.settings import AbsentPolicy, Aggregation
    from smartcert.analysis.what_if import Change
    from smartcert.rounds import open_round
    from smartcert.rules.scoring import Method
    from smartcert.workbook.rules_comparison import RulesComparison

    chosen, opened = known_language(language), open_round(round)
    change = Change(
        bounds={opened.rules.levels.certified_from.value: bound} if bound else None,
        method=Method(_known("method", method, list(Method))) if method else None,
        aggregation=Aggregation(_known("aggregation", aggregation, list(Aggregation))) if aggregation else None,
        absent=AbsentPolicy(_known("absent", absent, list(AbsentPolicy))) if absent else None,
    )
    if edition:
        _known("edition", edition, list(opened.rulebook.editions))
    return RulesComparison(opened, chosen, change, edition, width)


def _known(what: str, name: str, known: list[str]) -> str:
    if name not in known:
        raise UsageError(f"no {what} '{name}'{suggestion(name, known)}; there are: {', '.join(known)}")
    return name
