"""An amendment of criteria is never passed over in silence: whatever an edition says, a change of it is a sentence."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest

from smartcert.model.citation import Text
from smartcert.model.indicator import (
    About,
    Base,
    ClassScale,
    Combine,
    CountsAt,
    DividedByZero,
    Edition,
    Effect,
    Figure,
    Gate,
    Indicator,
    Limits,
    LinearScale,
    MarkScale,
    MissingPolicy,
    Per,
    Section,
    TotalRule,
)
from smartcert.model.scheme import Threshold
from smartcert.reporting import amendment
from smartcert.reporting.catalogue import Language, Words
from tests.support.criteria import read_edition

LINE = {"kind": "linear", "zero_at": "0", "full_at": "10"}
ONE = {"id": "A", "points": "30", "scale": LINE}
PLAIN = read_edition({"domains": [{"id": "D", "points": "30", "indicators": [ONE]}]})
OTHER = LinearScale(zero_at=Fraction(0), full_at=Fraction(7))
NAME = Text(ko="다른 이름", en="another name")
OF_INDICATOR: dict[str, Any] = {
    "points": Fraction(31),
    "scale": OTHER,
    "absent": MissingPolicy.REFUSE,
    "not_applicable": MissingPolicy.ZERO,
    "per_people": 10,
    "limits": Limits(at_least=Fraction(0)),
    "about": About(why=NAME),
    "figures": (Figure(id="a", name=NAME, unit=NAME),),
    "formula": "a * 2",
    "divided_by_zero": DividedByZero.ZERO,
    "per": Per(base="area", times=Fraction(3)),
    "effect": Effect.BONUS,
    "counts_at": CountsAt.SECTION,
    "mark_scale": MarkScale(lowest=Fraction(0), highest=Fraction(9), step=Fraction(1)),
    "class_scales": (ClassScale(of="large", scale=OTHER),),
    "name": NAME,
    "definition": NAME,
    "unit": NAME,
    "unit_one": "thing",
}
OF_EDITION: dict[str, Any] = {
    "total_rule": TotalRule(out_of=Fraction(30), cap=Fraction(20)),
    "gates": (Gate(of="A", needed=Threshold(percent=Fraction(50))),),
    "bases": (Base(id="area", name=NAME, unit=NAME),),
}


def changed(**values: Any) -> Edition:
    domain: Section = PLAIN.domains[0]
    return replace(PLAIN, domains=(replace(domain, indicators=(replace(domain.indicators[0], **values),)),))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", OF_INDICATOR)
def test_a_change_of_an_indicator_is_told(name: str, language: Language) -> None:
    words = Words(language, *amendment.CATALOGUE_PAGES)
    assert amendment.describe_edition_changes(PLAIN, changed(**{name: OF_INDICATOR[name]}), words)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", OF_EDITION)
def test_a_change_of_an_edition_is_told(name: str, language: Language) -> None:
    words = Words(language, *amendment.CATALOGUE_PAGES)
    assert amendment.describe_edition_changes(PLAIN, replace(PLAIN, **{name: OF_EDITION[name]}), words)
    combined = replace(PLAIN, domains=(replace(PLAIN.domains[0], combine=Combine(weight=Fraction(2))),))
    assert amendment.describe_edition_changes(PLAIN, combined, words)


def test_no_field_of_an_indicator_is_left_out() -> None:
    untold = {"id", "kind", "direction", "every_class", "scale_class"}
    assert {field.name for field in fields(Indicator)} - untold == set(OF_INDICATOR)
