"""What does an amendment change? Two editions or two days' rules compared, in sentences for a committee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from smartcert.model.application import Missing
from smartcert.model.citation import Cited, Text
from smartcert.model.evaluation import Working
from smartcert.model.indicator import Combine, Edition, Indicator, Section
from smartcert.reporting.applicant import working as scale_words
from smartcert.reporting.basis import format_rule_value
from smartcert.reporting.catalogue import Words

CATALOGUE_PAGES = ("report", "amendment")
"""The pages of the catalogue that these sentences stand in."""

_NOT_SUBMITTED = Working(value=Missing.ABSENT, measure=None, exact=Fraction(0), points=Fraction(0))


def describe_edition_changes(before: Edition, after: Edition, words: Words) -> list[str]:
    """Return a sentence for everything in which two editions differ; none where they are the same."""
    return [
        *_edition_changes(before, after, words),
        *_section_changes(_sections_by_id(before), _sections_by_id(after), words),
        *_indicator_changes(before, after, words),
    ]


def describe_value_changes(
    changes: Iterable[tuple[str, Cited[Any] | None, Cited[Any] | None]], words: Words
) -> list[str]:
    """Return a sentence for each dated value, named ``file.value``, whose value before is another than after.

    A value without an entry on the second day gives no sentence.
    """
    sentences = []
    for name, old, new in changes:
        if old is new or new is None:
            continue
        key = f"rule.{name}"
        rule = words(key) if key in words else name
        cited = "; ".join(words.citation(cite) for cite in new.cite)
        after = format_rule_value(new.value, words)
        if old is None:
            sentences.append(words("amendment.rule_new", rule=rule, after=after, since=new.since, cite=cited))
            continue
        before = format_rule_value(old.value, words)
        sentences.append(
            words("amendment.rule_changed", rule=rule, before=before, after=after, since=new.since, cite=cited)
        )
    return sentences


def _edition_changes(before: Edition, after: Edition, words: Words) -> Iterator[str]:
    if before.points != after.points:
        yield words("amendment.total", before=before.points, after=after.points)
    counts = [len(list(edition.indicators())) for edition in (before, after)]
    if counts[0] != counts[1]:
        yield words("amendment.count", before=counts[0], after=counts[1])
    facts: tuple[tuple[str, Any, Any], ...] = (
        ("title", before.title, after.title),
        ("note", before.note, after.note),
        ("since", before.since.isoformat(), after.since.isoformat()),
        ("status", words.term(f"status.{before.basis.status}"), words.term(f"status.{after.basis.status}")),
        ("rounding", _format_rounding(before, words), _format_rounding(after, words)),
        ("cite", _format_citations(before, words), _format_citations(after, words)),
    )
    for name, old, new in facts:
        if old != new:
            yield words("amendment.whole", what=words(f"amendment.of.{name}"), before=old, after=new)
    for key, name in (("total", "total_rule"), ("gates", "gates"), ("bases", "bases")):
        shown = [_describe_value(getattr(edition, name), words) for edition in (before, after)]
        if shown[0] != shown[1]:
            yield words("amendment.whole", what=key, before=shown[0], after=shown[1])


def _format_rounding(edition: Edition, words: Words) -> str:
    parts = [
        f"{words.term(f'step.{rounding.at}')} {rounding.digits} {words.term(f'mode.{rounding.mode}')}"
        for rounding in edition.rounding
    ]
    return ", ".join(parts) or words("symbol.none")


def _format_citations(edition: Edition, words: Words) -> str:
    cited = (*edition.basis.cite, *(edition.stated.cite if edition.stated else ()))
    return "; ".join(words.citation(cite) for cite in cited) or words("symbol.none")


def _sections_by_id(edition: Edition) -> dict[str, tuple[Section, str]]:
    """Return every section by id, with the id of its parent; empty for a domain."""
    sections: dict[str, tuple[Section, str]] = {}

    def add(section: Section, parent: str) -> None:
        sections[section.id] = (section, parent)
        for child in section.sections:
            add(child, section.id)

    for domain in edition.domains:
        add(domain, "")
    return sections


def _section_changes(
    before: Mapping[str, tuple[Section, str]], after: Mapping[str, tuple[Section, str]], words: Words
) -> Iterator[str]:
    for name, (section, _) in before.items():
        if name not in after:
            yield words("amendment.section_gone", id=name, name=section.name, points=section.points)
    for name, (section, parent) in after.items():
        if name not in before:
            yield words("amendment.section_new", id=name, name=section.name, points=section.points)
            continue
        old, old_parent = before[name]
        if old.points != section.points:
            yield words("amendment.section_points", id=name, name=section.name, before=old.points, after=section.points)
        if old.name != section.name:
            yield words("amendment.section_name", id=name, before=old.name, after=section.name)
        if old_parent != parent:
            yield words("amendment.moved", id=name, name=section.name, before=old_parent or "-", after=parent or "-")
        if old.combine != section.combine:
            shown = [_describe_value(part.combine or Combine(), words) for part in (old, section)]
            yield words("amendment.section_combine", id=name, name=section.name, before=shown[0], after=shown[1])


def _indicator_changes(before: Edition, after: Edition, words: Words) -> Iterator[str]:
    old, new = _indicators_by_id(before), _indicators_by_id(after)
    for name, (indicator, _) in old.items():
        if name not in new:
            yield words("amendment.indicator_gone", id=name, name=indicator.name, points=indicator.points)
    for name, (indicator, item) in new.items():
        if name not in old:
            scale = _describe_scale(indicator, words)
            yield words(
                "amendment.indicator_new", id=name, name=indicator.name, points=indicator.points, item=item, scale=scale
            )
            continue
        was, was_in = old[name]
        if was_in != item:
            yield words("amendment.moved", id=name, name=indicator.name, before=was_in, after=item)
        for what, earlier, later in _indicator_facts(was, indicator, words):
            if earlier != later:
                fact = words(f"amendment.of.{what}")
                yield words("amendment.indicator", id=name, name=indicator.name, what=fact, before=earlier, after=later)
        for key, earlier, later in _further_facts(was, indicator, words):
            yield words("amendment.indicator", id=name, name=indicator.name, what=key, before=earlier, after=later)


def _indicators_by_id(edition: Edition) -> dict[str, tuple[Indicator, str]]:
    """Return every indicator by id, with the id of its item."""
    return {
        indicator.id: (indicator, item.id)
        for domain in edition.domains
        for item in domain.items()
        for indicator in item.indicators
    }


def _indicator_facts(old: Indicator, new: Indicator, words: Words) -> Iterator[tuple[str, str | Text, str | Text]]:
    yield "name", old.name, new.name
    yield "definition", old.definition, new.definition
    yield "unit", old.unit, new.unit
    yield "points", format_rule_value(old.points, words), format_rule_value(new.points, words)
    yield "kind", words.term(f"indicator_kind.{old.kind}"), words.term(f"indicator_kind.{new.kind}")
    yield "direction", words.term(f"direction.{old.direction}"), words.term(f"direction.{new.direction}")
    yield "scale", _describe_scale(old, words), _describe_scale(new, words)
    yield "absent", words.term(f"policy.{old.absent}"), words.term(f"policy.{new.absent}")
    yield "not_applicable", words.term(f"policy.{old.not_applicable}"), words.term(f"policy.{new.not_applicable}")
    none = words("symbol.none")
    before, after = (
        none if people is None else format_rule_value(people, words) for people in (old.per_people, new.per_people)
    )
    yield "per_people", before, after


_KEYS = {
    "unit_one": "unit_one",
    "inputs": "figures",
    "measure": "formula",
    "divided_by_zero": "divided_by_zero",
    "per": "per",
    "marks": "mark_scale",
    "effect": "effect",
    "counts_at": "counts_at",
    "about": "about",
}
"""What an indicator may say beyond the plainest: the key of its file, and the field."""


def _further_facts(old: Indicator, new: Indicator, words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield what differs among them, by the key that the file of an edition has for it."""
    for key, name in _KEYS.items():
        before, after = (_describe_value(getattr(indicator, name), words) for indicator in (old, new))
        if before != after:
            yield key, before, after
    before, after = (_describe_classes(indicator, words) for indicator in (old, new))
    if before != after:
        yield "scale: by_class", before, after


def _describe_classes(indicator: Indicator, words: Words) -> str:
    parts = [f"{scale.of}: {_describe_scale(indicator.for_class(scale.of), words)}" for scale in indicator.class_scales]
    return " / ".join(parts) or words("symbol.none")


def _describe_value(value: object, words: Words) -> str:
    """Return a value of the file of an edition, a nested one with its keys; what says nothing is left out."""
    if isinstance(value, Text):
        return value.of(words.language)
    if isinstance(value, Fraction):
        return format_rule_value(value, words)
    if isinstance(value, tuple):
        return "; ".join(_describe_value(part, words) for part in value) or words("symbol.none")
    if is_dataclass(value):
        parts = ((field.name, getattr(value, field.name)) for field in fields(value))
        return ", ".join(f"{name} {_describe_value(part, words)}" for name, part in parts if part not in (None, (), ""))
    return words("symbol.none") if value is None or value == "" else str(value)


def _describe_scale(indicator: Indicator, words: Words) -> str:
    return "; ".join(part.text for part in scale_words.describe_rule(indicator, _NOT_SUBMITTED, words))
