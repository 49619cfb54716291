"""What an amendment changes, in sentences that can be put before a committee: editions and dated rules compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from smartcert.model.application import Missing
from smartcert.model.citation import Cited, Text
from smartcert.model.evaluation import Working
from smartcert.model.indicator import Edition, Indicator, Section
from smartcert.reporting.applicant import working as scale_words
from smartcert.reporting.basis import format_rule_value as shown
from smartcert.reporting.catalogue import Words

CATALOGUE_PAGES = ("report", "amendment")
"""The pages of the catalogue that the words of an amendment stand in."""

_NOT_SUBMITTED = Working(value=Missing.ABSENT, measure=None, exact=Fraction(0), points=Fraction(0))


def describe_edition_changes(before: Edition, after: Edition, words: Words) -> list[str]:
    """Return a sentence for everything in which two editions differ; none where they are the same."""
    told = list(_edition_changes(before, after, words))
    told += _section_changes(_sections_by_id(before), _sections_by_id(after), words)
    told += _indicator_changes(before, after, words)
    return told


def describe_value_changes(
    changes: Iterable[tuple[str, Cited[Any] | None, Cited[Any] | None]], words: Words
) -> list[str]:
    """Return a sentence for each dated value, named ``file.value``, that is another one afterwards than before."""
    told = []
    for name, old, new in changes:
        if old is new or new is None:
            continue
        key = f"rule.{name}"
        rule = words(key) if key in words else name
        cite = "; ".join(words.citation(one) for one in new.cite)
        after = shown(new.value, words)
        if old is None:
            told.append(words("amendment.rule_new", rule=rule, after=after, since=new.since, cite=cite))
            continue
        before = shown(old.value, words)
        told.append(words("amendment.rule_changed", rule=rule, before=before, after=after, since=new.since, cite=cite))
    return told


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


def _format_rounding(edition: Edition, words: Words) -> str:
    parts = [
        f"{words.term(f'step.{one.at}')} {one.digits} {words.term(f'mode.{one.mode}')}" for one in edition.rounding
    ]
    return ", ".join(parts) or words("symbol.none")


def _format_citations(edition: Edition, words: Words) -> str:
    return "; ".join(words.citation(cite) for cite in edition.basis.cite) or words("symbol.none")


def _sections_by_id(edition: Edition) -> dict[str, tuple[Section, str]]:
    """Return every section by id, with the id of the one above it."""
    found: dict[str, tuple[Section, str]] = {}

    def walk(section: Section, above: str) -> None:
        found[section.id] = (section, above)
        for one in section.sections:
            walk(one, section.id)

    for domain in edition.domains:
        walk(domain, "")
    return found


def _section_changes(
    before: Mapping[str, tuple[Section, str]], after: Mapping[str, tuple[Section, str]], words: Words
) -> Iterator[str]:
    for name, (section, _) in before.items():
        if name not in after:
            yield words("amendment.section_gone", id=name, name=section.name, points=section.points)
    for name, (section, above) in after.items():
        if name not in before:
            yield words("amendment.section_new", id=name, name=section.name, points=section.points)
            continue
        old, old_above = before[name]
        if old.points != section.points:
            fields = {"before": old.points, "after": section.points}
            yield words("amendment.section_points", id=name, name=section.name, **fields)
        if old.name != section.name:
            yield words("amendment.section_name", id=name, before=old.name, after=section.name)
        if old_above != above:
            yield words("amendment.moved", id=name, name=section.name, before=old_above or "-", after=above or "-")


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
                told = words(f"amendment.of.{what}")
                yield words("amendment.indicator", id=name, name=indicator.name, what=told, before=earlier, after=later)


def _indicators_by_id(edition: Edition) -> dict[str, tuple[Indicator, str]]:
    return {one.id: (one, item.id) for domain in edition.domains for item in domain.items() for one in item.indicators}


def _indicator_facts(old: Indicator, new: Indicator, words: Words) -> Iterator[tuple[str, str | Text, str | Text]]:
    yield "name", old.name, new.name
    yield "definition", old.definition, new.definition
    yield "unit", old.unit, new.unit
    yield "points", shown(old.points, words), shown(new.points, words)
    yield "kind", words.term(f"indicator_kind.{old.kind}"), words.term(f"indicator_kind.{new.kind}")
    yield "direction", words.term(f"direction.{old.direction}"), words.term(f"direction.{new.direction}")
    yield "scale", _describe_scale(old, words), _describe_scale(new, words)
    yield "absent", words.term(f"policy.{old.absent}"), words.term(f"policy.{new.absent}")
    yield "not_applicable", words.term(f"policy.{old.not_applicable}"), words.term(f"policy.{new.not_applicable}")
    none = words("symbol.none")
    people = [none if one.per_people is None else shown(one.per_people, words) for one in (old, new)]
    yield "per_people", people[0], people[1]


def _describe_scale(indicator: Indicator, words: Words) -> str:
    return "; ".join(part.text for part in scale_words.describe_rule(indicator, _NOT_SUBMITTED, words))
