"""Small editions as an official writes them, without names and policies that do not matter; and applicants for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from smartcert.errors import InputError
from smartcert.evaluation.scoring import Candidate, build_candidate
from smartcert.io.formats.text import FileText
from smartcert.io.formats.yaml import Decoder, parse_yaml
from smartcert.io.parameters.edition import decode_edition
from smartcert.model.application import Application, Channel, Evaluator, Inspection, Mark, Measurement, Missing, Value
from smartcert.model.indicator import Edition, IndicatorKind
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules
from tests.support.build import applicant, rulebook, rules_of_2023

EVALUATORS = tuple(Evaluator(id=f"E{number}", name=f"평가위원 {number}") for number in range(1, 10))


def complete_edition(tree: Mapping[str, Any], name: str = "test") -> dict[str, Any]:
    """Return the keys and values of a complete file of an edition."""
    domains = [complete_section(domain) for domain in tree["domains"]]
    indicators = [one for domain in domains for one in walk(domain)]
    counted = [one for one in indicators if one.get("effect", "points") == "points"]
    weighted = sum(Fraction(one.get("weight", 1)) * Fraction(one["points"]) for one in domains)
    return {
        "edition": name,
        "title": text(name),
        "status": "illustrative",
        "since": "2021-03-02",
        "scheme": "city",
        "cite": ["notice-2021-223 8"],
        "note": text("test"),
        "stated": {
            "domains": str(len(domains)),
            "items": str(sum(count_items(domain) for domain in domains)),
            "indicators": str(len(indicators)),
            "points": str(tree.get("points", weighted)),
            **{
                kind: str(sum(Fraction(one["points"]) for one in counted if one["kind"] == kind))
                for kind in ("quantitative", "qualitative")
            },
        },
        "rounding": tree.get("rounding", []),
        **{key: tree[key] for key in ("total", "gates") if key in tree},
        **(
            {"bases": [{"id": base, "name": text(base), "unit": text("km2")} for base in tree["bases"]]}
            if "bases" in tree
            else {}
        ),
        "domains": domains,
    }


def text(words: str) -> dict[str, str]:
    return {"ko": words, "en": words}


def complete_section(tree: Mapping[str, Any]) -> dict[str, Any]:
    below = {
        **({"items": [complete_section(part) for part in tree["items"]]} if "items" in tree else {}),
        **({"indicators": [complete_indicator(one) for one in tree["indicators"]]} if "indicators" in tree else {}),
    }
    return {"name": text(tree["id"]), **tree, **below}


def complete_indicator(tree: Mapping[str, Any]) -> dict[str, Any]:
    scale = tree["scale"]
    qualitative = scale["kind"] == "marks" or "marks" in tree
    own = {
        "name": text(tree["id"]),
        "definition": text("test"),
        "unit": text("건"),
        "kind": "qualitative" if qualitative else "quantitative",
        "direction": "target_is_best" if scale["kind"] == "target" else "higher_is_better",
        "absent": "zero",
        "not_applicable": "refuse",
        **tree,
    }
    if "inputs" in tree:
        own["inputs"] = [
            {
                "name": text(one if isinstance(one, str) else one["id"]),
                "unit": text("건"),
                **({"id": one} if isinstance(one, str) else one),
            }
            for one in tree["inputs"]
        ]
    return own


def walk(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*section.get("indicators", []), *(one for part in section.get("items", []) for one in walk(part))]


def count_items(section: Mapping[str, Any]) -> int:
    return bool(section.get("indicators")) + sum(count_items(part) for part in section.get("items", []))


def read_edition(tree: Mapping[str, Any], name: str = "test") -> Edition:
    """Return the edition of a tree that is short, as an official's file is read.

    Raises:
        InputError: whatever a file is refused for.
    """
    content = json.dumps(complete_edition(tree, name), ensure_ascii=False, indent=1)
    decoder = Decoder(parse_yaml(FileText(file=f"{name}.yaml", text=content, sha256="")))
    edition = decode_edition(decoder, name, rulebook().sources, rulebook().class_ids)
    if edition is None:
        raise InputError(decoder.problems)
    return edition


def rules_for(edition: Edition) -> Rules:
    """Return the rules of 2023 with an edition, under which marks are averaged, be it a single one."""
    rules = rules_of_2023()
    combination = replace(rules.scoring.combination, value=CombinationRule(method=CombinationMethod.MEAN, fewest=1))
    return replace(rules, edition=edition, scoring=replace(rules.scoring, combination=combination))


def value_of(given: str) -> Value:
    return Missing(given) if given in (Missing.ABSENT, Missing.NOT_APPLICABLE) else Fraction(given)


def application_for(edition: Edition, given: Mapping[str, Any], name: str = "haneul") -> Application:
    """Return an application with figures and lists of marks by id, and bases; what is not given is absent.

    A figure may be given as it was claimed, accepted at the ``desk`` and found on ``site`` ("confirmed" as it was).
    """
    bases = {base.id: Fraction(given[base.id]) for base in edition.bases if base.id in given}
    marks = tuple(
        Mark(indicator=one.id, evaluator=f"E{number}", value=None if mark == "absent" else Fraction(mark))
        for one in edition.indicators()
        if one.kind is IndicatorKind.QUALITATIVE
        for number, mark in enumerate(given.get(one.id, ()), start=1)
    )
    columns = {
        figure.id: {"claimed": given[figure.id]} if isinstance(given[figure.id], str) else given[figure.id]
        for figure in edition.figures()
        if figure.id in given
    }
    return Application(
        id=name,
        applicant=applicant(),
        code="9900000000",
        channel=Channel.WEBSITE,
        arrived_at=datetime(2023, 10, 25, 9, tzinfo=UTC),
        measurements={
            figure: Measurement(
                indicator=figure, claimed=value_of(own["claimed"]), desk=value_of(own.get("desk", own["claimed"]))
            )
            for figure, own in columns.items()
        },
        inspections={
            figure: Inspection(
                indicator=figure,
                verified=own["site"] == "confirmed",
                corrected=None if own["site"] == "confirmed" else value_of(own["site"]),
                reason="현장 확인",
            )
            for figure, own in columns.items()
            if "site" in own
        },
        marks=marks,
        bases=bases,
    )


def candidate_for(rules: Rules, given: Mapping[str, Any], name: str = "haneul") -> Candidate:
    """Return an applicant for an edition: see `application_for`; also its ``class`` and ``population``."""
    population = int(given["population"]) if "population" in given else None
    application = application_for(rules.edition, given, name)
    return build_candidate(application, given.get("class", "large"), population, EVALUATORS, rules)
