"""What does an amendment change? Two editions or two days' rules compared, in sentences for a committee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from smartcert.model.application import Missing
from smartcert.model.citation import Cited, Text
from smartcert.model.evaluation import Working
from smartcert.model.indicator import Edition, Indicator, Section
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
            fields = {"before": old.points, "after": section.points}
            yield words("amendment.section_points", id=name, name=section.name, **fields)
        if old.name != section.name:
            yield words("amendment.section_name", id=name, before=old.name, after=section.name)
        if old_parent != parent:
            yield words("amendment.moved", id=name, name=section.name, before=old_parent or "-", after=parent or "-")


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


def _describe_scale(indicator: Indicator, words: Words) -> str:
    return "; ".join(part.text for part in scale_words.describe_rule(indicator, _NOT_SUBMITTED, words))
