"""A scheme and its criteria as a document that an official would publish: who may apply, points, results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing
from smartcert.model.citation import Basis, Cited, Status, Text
from smartcert.model.evaluation import Working
from smartcert.model.indicator import (
    POPULATION,
    Combine,
    Edition,
    Effect,
    Gate,
    Indicator,
    IndicatorKind,
    Section,
    TotalMethod,
)
from smartcert.model.scheme import ApplicantClass, BudgetEnd, ClassBy, RankingRule, StageRule, Threshold, TieEnd
from smartcert.reporting import formats
from smartcert.reporting.about import list_labelled
from smartcert.reporting.applicant.working import describe_rule
from smartcert.reporting.basis import build_source_rows, format_rule_value, list_citations, list_law_links
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.documents.blocks import (
    Block,
    Cell,
    Document,
    DocumentTable,
    Paragraph,
    ParagraphStyle,
    build_table,
    write_paragraph,
)
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules

CATALOGUE_PAGES = ("report", "criteria")
"""The pages of the catalogue that the document's sentences stand in."""

_NO_VALUE = Working(value=Missing.ABSENT, measure=None, exact=Fraction(0), points=Fraction(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Topic:
    key: str
    sentences: Sequence[str]
    bases: Sequence[Basis]


def build_criteria(rules: Rules, scheme: Text, words: Words) -> Document:
    """Return what an edition and its scheme say on the day of ``rules``, as a document in the language of ``words``.

    ``scheme`` is the title of the scheme.

    Every rule stands with its source and how firmly it stands; an illustrative edition says so at the top.
    """
    edition = rules.edition
    blocks: list[Block] = [
        write_paragraph(words("criteria.title", title=scheme), style=ParagraphStyle.TITLE),
        write_paragraph(
            words("criteria.edition", edition=edition.title, id=edition.id, since=edition.since, day=rules.day),
        ),
    ]
    if edition.basis.status is Status.ILLUSTRATIVE:
        blocks.append(write_paragraph(words("criteria.illustrative"), bold=True))
    blocks += [write_paragraph(words.show(edition.note, "text")), *_write_sources([edition.basis], words)]
    blocks += [_write_heading("applicants", words), _build_topics(rules, words)]
    blocks += [_write_heading("structure", words), *_build_structure(edition, words)]
    blocks += [_write_heading("indicators", words), *_build_indicators(edition, rules, words)]
    blocks += [_write_heading("rounding", words), *_build_marking(rules, words)]
    blocks += [_write_heading("sources", words), _build_sources(rules, words)]
    links = list_law_links(_list_bases(rules, words), words)
    title = words("criteria.title", title=scheme)
    return Document(title=title, language=words.language, blocks=tuple(blocks), links=links)


def _write_heading(name: str, words: Words) -> Paragraph:
    return write_paragraph(words(f"criteria.heading_{name}"), style=ParagraphStyle.HEADING)


def _write_sources(bases: Sequence[Basis], words: Words) -> list[Paragraph]:
    """Return a line for each citation with its status; a rule that cites nothing has none."""
    return [
        write_paragraph(words("criteria.source", cites=cites, status=f"status.{status}"), style=ParagraphStyle.SMALL)
        for cites, status in list_citations(bases, words)
        if cites
    ]


def _build_topics(rules: Rules, words: Words) -> Block:
    rows = [
        (
            words(f"criteria.topic.{topic.key}"),
            "\n".join(topic.sentences),
            "\n".join(
                f"{cites} ({words.term(f'status.{status}')})" if cites else words.term(f"status.{status}")
                for cites, status in list_citations(topic.bases, words)
            ),
        )
        for topic in _list_topics(rules, words)
        if topic.sentences
    ]
    headings = [words(f"criteria.head_{name}") for name in ("topic", "rule", "basis")]
    return build_table(headings, rows, (18, 52, 30))


def _list_topics(rules: Rules, words: Words) -> Iterator[_Topic]:
    eligibility, documents, scheme = rules.eligibility, rules.documents, rules.scheme
    yield _state_value("may_apply", eligibility.may_apply, words)
    joint = words(
        "criteria.rule.joint_allowed" if eligibility.joint_applications.value else "criteria.rule.joint_not_allowed"
    )
    yield _Topic(key="joint", sentences=[joint], bases=[eligibility.joint_applications.basis])
    yield _describe_classes(rules, words)
    yield _state_value("documents", documents.required, words)
    if scheme.stages:
        sentences = [_describe_stage(stage, rules.edition, words) for stage in scheme.stages.value]
        yield _Topic(key="stages", sentences=sentences, bases=[scheme.stages.basis])
    if scheme.ranking:
        sentences = list(_describe_ranking(scheme.ranking.value, rules, words))
        yield _Topic(key="ranking", sentences=sentences, bases=[scheme.ranking.basis])
    else:
        yield _describe_levels(rules, words)
    gates = [_describe_gate(gate, rules.edition, words) for gate in rules.edition.list_gates()]
    gates += [
        _describe_gate(
            Gate(of=floor.domain, needed=Threshold(percent=floor.at_least), best_level=floor.best_level),
            rules.edition,
            words,
        )
        for floor in rules.levels.floors.value
    ]
    floors = [rules.levels.floors.basis] if rules.levels.floors.value else []
    stated = [rules.edition.basis] if rules.edition.list_gates() else []
    yield _Topic(key="gates", sentences=gates, bases=[*stated, *floors])
    yield _state_value("decides", rules.certification.decides, words)
    no_certificate = scheme.no_certificate
    if no_certificate is not None:
        yield _Topic(key="award", sentences=[words("criteria.rule.award_list")], bases=[no_certificate.basis])
        return
    if rules.facts is not None and not rules.facts.validity_stated:
        yield _Topic(key="valid", sentences=[words("criteria.rule.valid_years_not_stated")], bases=[])
        return
    years = rules.certification.valid_years
    yield _Topic(key="valid", sentences=[words("criteria.rule.valid_years", years=years.value)], bases=[years.basis])


def _state_value(key: str, rule: Cited[object], words: Words) -> _Topic:
    return _Topic(key=key, sentences=[format_rule_value(rule.value, words)], bases=[rule.basis])


def _describe_classes(rules: Rules, words: Words) -> _Topic:
    declared = rules.scheme.classes
    if declared is None:
        large = rules.size_type.large_from
        names = [
            words("criteria.rule.class_from", name=words.term("size_type.large"), residents=large.value),
            words("criteria.rule.class_rest", name=words.term("size_type.small_medium")),
        ]
        sentence = words("criteria.rule.class_by_size_type", classes=names)
        return _Topic(key="classes", sentences=[sentence], bases=[large.basis])
    by = declared.value.by
    names = [_describe_class(declared_class, by, words) for declared_class in declared.value.classes]
    sentence = (
        words("criteria.rule.class_none")
        if by is ClassBy.NONE
        else words(f"criteria.rule.class_by_{by}", classes=names)
    )
    return _Topic(key="classes", sentences=[sentence], bases=[declared.basis])


def _describe_class(declared_class: ApplicantClass, by: ClassBy, words: Words) -> str:
    name = words.show(declared_class.name, "text")
    if by is ClassBy.POPULATION:
        residents = declared_class.at_least
        name = (
            name
            if residents is None
            else words("criteria.rule.class_from", name=declared_class.name, residents=residents)
        )
    if declared_class.kinds:
        kinds = [words.term(f"kind.{kind}") for kind in declared_class.kinds]
        return words("criteria.rule.class_of_kinds", name=name, kinds=kinds)
    return name


def _describe_stage(stage: StageRule, edition: Edition, words: Words) -> str:
    fields: dict[str, FieldValue] = {
        "name": stage.name,
        "sections": [_name_part(part, edition, words) for part in stage.sections],
    }
    if stage.best is not None:
        return words("criteria.rule.stage_best", count=stage.best, **fields)
    if stage.at_least is not None:
        threshold = _format_threshold(stage.at_least, edition.points, words)
        return words("criteria.rule.stage_at_least", threshold=threshold, **fields)
    return words("criteria.rule.stage", **fields)


def _name_part(name: str, edition: Edition, words: Words) -> str:
    """Return the name of a section or an indicator by its id."""
    parts = {section.id: section.name for domain in edition.domains for section in domain.walk_sections()}
    parts |= {indicator.id: indicator.name for indicator in edition.indicators()}
    return words.show(parts[name], "text") if name in parts else formats.sanitise_text(name)


def _format_threshold(threshold: Threshold, out_of: Fraction, words: Words) -> str:
    points = threshold.in_points(out_of)
    percent = points * 100 / out_of if out_of else None
    if threshold.points is not None or percent is None or (_is_short(points) and not _is_short(percent)):
        return words("criteria.rule.points_threshold", points=points)
    return words("criteria.rule.percent_threshold", percent=percent, points=points)


def _is_short(number: Fraction) -> bool:
    """Return whether a number has few enough digits to be printed exactly."""
    return (number * _PRINTED).denominator == 1


_PRINTED = 10**4
"""Numbers are printed with at most four digits after the point."""


def _describe_levels(rules: Rules, words: Words) -> _Topic:
    levels, out_of = rules.levels, rules.edition.points
    passing = rules.scheme.pass_or_fail
    if passing:
        threshold = _format_threshold(passing.value.bound, out_of, words)
        names = {"passed": passing.value.passed, "failed": passing.value.failed}
        sentence = words("criteria.rule.passes", threshold=threshold, **names)
        return _Topic(key="result", sentences=[sentence], bases=[passing.basis])
    sentences = [
        words(
            "criteria.rule.level_from",
            level=level,
            threshold=_format_threshold(Threshold(percent=bound.value), out_of, words),
        )
        for level, bound in levels.bounds.items()
    ]
    sentences.append(words("criteria.rule.level_rest", level=levels.worst.value))
    sentences.append(words("criteria.rule.certified_from", level=levels.certified_from.value))
    bases = [*(bound.basis for bound in levels.bounds.values()), levels.certified_from.basis]
    return _Topic(key="result", sentences=sentences, bases=bases)


def _describe_ranking(rule: RankingRule, rules: Rules, words: Words) -> Iterator[str]:
    edition = rules.edition
    ties = [_name_part(part, edition, words) for part in rule.ties]
    yield words("criteria.rule.ranked", ties=ties) if ties else words("criteria.rule.ranked_plain")
    yield words("criteria.rule.tie_lot" if rule.then is TieEnd.LOT else "criteria.rule.tie_shared")
    if rule.places is not None:
        yield words("criteria.rule.places", count=rule.places)
    if rule.class_places:
        names = (
            {declared_class.id: declared_class.name for declared_class in rules.facts.classes} if rules.facts else {}
        )
        places = [
            words("criteria.rule.class_place", name=names.get(name, Text(ko=name, en=name)), count=count)
            for name, count in rule.class_places.items()
        ]
        yield words("criteria.rule.class_places", classes=places)
    if rule.at_least is not None:
        threshold = _format_threshold(rule.at_least, edition.points, words)
        yield words("criteria.rule.ranking_at_least", threshold=threshold)
    if rule.budget is not None:
        currency = rule.currency or Text(ko="", en="")
        yield words("criteria.rule.budget", amount=rule.budget, currency=currency)
        ends = {BudgetEnd.STOP: "budget_stop", BudgetEnd.SKIP: "budget_skip", BudgetEnd.PART: "budget_part"}
        yield words(f"criteria.rule.{ends[rule.beyond]}")
    if rule.reserve is None:
        yield words("criteria.rule.reserve_all")
    else:
        yield words("criteria.rule.reserve", count=rule.reserve)


def _describe_gate(gate: Gate, edition: Edition, words: Words) -> str:
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    own = indicators.get(gate.of)
    name = _name_part(gate.of, edition, words)
    level = {} if gate.best_level is None else {"level": gate.best_level}
    if own is not None and own.effect is Effect.PREREQUISITE:
        return words(f"criteria.rule.{'gate_met_level' if level else 'gate_met'}", name=name, **level)
    sections = {section.id: section for domain in edition.domains for section in domain.walk_sections()}
    out_of = own.full if own is not None else sections[gate.of].points
    threshold = _format_threshold(gate.needed, out_of, words)
    return words(f"criteria.rule.{'gate_level' if level else 'gate_fails'}", name=name, threshold=threshold, **level)


def _build_structure(edition: Edition, words: Words) -> Iterator[Block]:
    rule = edition.total_rule
    method = rule.method if rule else TotalMethod.SUM
    yield write_paragraph(words(f"criteria.structure.total_{method}", points=edition.points))
    if rule and rule.bonus_cap is not None:
        yield write_paragraph(words("criteria.structure.bonus_cap", points=rule.bonus_cap))
    if rule and rule.cap is not None:
        yield write_paragraph(words("criteria.structure.total_cap", points=rule.cap))
    if rule and rule.floor:
        yield write_paragraph(words("criteria.structure.total_floor", points=rule.floor))
    rows = [row for domain in edition.domains for row in _list_section_rows(domain, 0, words)]
    headings = [words(f"criteria.structure.{name}") for name in ("section", "points", "indicators", "how")]
    yield build_table(headings, rows, (40, 15, 15, 30))


def _list_section_rows(section: Section, depth: int, words: Words) -> Iterator[tuple[str, str, str, str]]:
    name = f"{'  ' * depth}{formats.sanitise_text(section.id)} {words.show(section.name, 'text')}"
    count = sum(1 for _ in section.walk())
    how = _describe_combine(section.combine, words)
    yield name, formats.format_number(section.points), formats.format_number(count), how
    for part in section.sections:
        yield from _list_section_rows(part, depth + 1, words)


def _describe_combine(combine: Combine | None, words: Words) -> str:
    own = combine or Combine()
    parts = [
        words(
            "criteria.structure.sum" if own.best is None else "criteria.structure.best",
            **({} if own.best is None else {"count": own.best}),
        )
    ]
    for name, points in (("cap", own.cap), ("floor", own.floor)):
        if points is not None:
            parts.append(words(f"criteria.structure.{name}", points=points))
    if own.weight != 1:
        parts.append(words("criteria.structure.weight", weight=own.weight))
    return ", ".join(parts)


def _build_indicators(edition: Edition, rules: Rules, words: Words) -> Iterator[Block]:
    for domain in edition.domains:
        for item in domain.items():
            for indicator in item.indicators:
                yield write_paragraph(_name_indicator(indicator, words), style=ParagraphStyle.SUBHEADING)
                where = words("criteria.indicator.section", domain=domain.name, item=item.name)
                yield write_paragraph(
                    where if item is not domain else words.show(domain.name, "text"), style=ParagraphStyle.SMALL
                )
                rows = [
                    (words(f"criteria.indicator.{key}"), text)
                    for key, text in _list_facts(indicator, rules, words)
                    if text
                ]
                rows += list_labelled(indicator, words)
                yield DocumentTable(
                    widths=(22, 78),
                    rows=tuple((Cell(text=name, bold=True, shaded=True), Cell(text=text)) for name, text in rows),
                    heading_rows=0,
                )


def _name_indicator(indicator: Indicator, words: Words) -> str:
    name: dict[str, FieldValue] = {"id": indicator.id, "name": indicator.name}
    match indicator.effect:
        case Effect.PREREQUISITE:
            return words("criteria.indicator.heading_prerequisite", **name)
        case Effect.BONUS:
            return words("criteria.indicator.heading_bonus", points=indicator.points, **name)
        case Effect.DEDUCTION:
            return words("criteria.indicator.heading_deduction", points=abs(indicator.points), **name)
        case Effect.POINTS:
            return words("criteria.indicator.heading", points=indicator.points, **name)


def _list_facts(indicator: Indicator, rules: Rules, words: Words) -> Iterator[tuple[str, str]]:
    yield "definition", words.show(indicator.definition, "text")
    kind = words("criteria.indicator.kind_value", kind=f"indicator_kind.{indicator.kind}", unit=indicator.unit)
    yield "kind", kind
    yield "figures", "\n".join(_describe_figures(indicator, words))
    yield "formula", _describe_formula(indicator, rules.edition, words)
    yield "scale", "\n".join(_describe_scales(indicator, rules, words))
    if indicator.kind is IndicatorKind.QUALITATIVE and indicator.mark_scale is not None:
        scale = indicator.mark_scale
        ends = {"lowest": scale.lowest, "highest": scale.highest, "step": scale.step}
        yield "marks", words("criteria.marking.scale", **ends)
    policies = {"absent": f"policy.{indicator.absent}", "not_applicable": f"policy.{indicator.not_applicable}"}
    yield "missing", words("criteria.indicator.missing_value", **policies)


def _describe_figures(indicator: Indicator, words: Words) -> Iterator[str]:
    for figure in indicator.figures:
        fields: dict[str, FieldValue] = {"id": figure.id, "name": figure.name, "unit": figure.unit}
        if figure.definition is None:
            yield words("criteria.indicator.figure", **fields)
        else:
            yield words("criteria.indicator.figure_defined", definition=figure.definition, **fields)


def _describe_formula(indicator: Indicator, edition: Edition, words: Words) -> str:
    measure = formats.sanitise_text(indicator.formula) if indicator.formula else ""
    names = {base.id: words.show(base.name, "text") for base in edition.bases}
    names[POPULATION] = words("criteria.base_population")
    divisor = indicator.divisor
    named = [base for base in indicator.bases() if divisor is None or base != divisor.base]
    legend = [words("criteria.indicator.base", id=base, name=names[base]) for base in named]
    if divisor is not None:
        value = f"({measure})" if measure else words("criteria.indicator.value_itself")
        measure = words("criteria.indicator.divided", measure=value, base=names[divisor.base], times=divisor.times)
    return "\n".join(line for line in (measure, *legend) if line)


def _describe_scales(indicator: Indicator, rules: Rules, words: Words) -> Iterator[str]:
    if not indicator.class_scales:
        yield from _list_scale(indicator, words)
        return
    names = (
        {declared_class.id: words.show(declared_class.name, "text") for declared_class in rules.facts.classes}
        if rules.facts
        else {}
    )
    for scale in indicator.class_scales:
        name = names.get(scale.of) or (
            words.term(f"size_type.{scale.of}") if f"size_type.{scale.of}" in words else scale.of
        )
        yield words(
            "criteria.indicator.scale_of_class", name=name, scale=_list_scale(indicator.for_class(scale.of), words)
        )
    if indicator.every_class:
        plain = _list_scale(indicator.for_class(""), words)
        yield words("criteria.indicator.scale_else", scale=plain)


def _list_scale(indicator: Indicator, words: Words) -> list[str]:
    return [part.text for part in describe_rule(indicator, _NO_VALUE, words)]


def _build_marking(rules: Rules, words: Words) -> Iterator[Block]:
    edition = rules.edition
    if edition.has_kind(IndicatorKind.QUALITATIVE):
        scale, combination = rules.scoring.mark_scale, rules.scoring.combination
        if any(
            indicator.kind is IndicatorKind.QUALITATIVE and indicator.mark_scale is None
            for indicator in edition.indicators()
        ):
            ends = {"lowest": scale.value.lowest, "highest": scale.value.highest, "step": scale.value.step}
            yield write_paragraph(words("criteria.marking.scale", **ends))
            yield from _write_sources([scale.basis], words)
        yield write_paragraph(_describe_combination(combination.value, words))
        yield write_paragraph(words("criteria.marking.fewest", fewest=combination.value.fewest))
        yield from _write_sources([combination.basis], words)
    yield write_paragraph(words("criteria.marking.missing"))
    steps = [
        words(
            "criteria.marking.rounding_step",
            step=f"step.{order.at}",
            digits=order.digits,
            mode=f"mode.{order.mode}",
        )
        for order in edition.rounding
    ]
    yield write_paragraph(
        words("criteria.marking.rounding", steps=steps) if steps else words("criteria.marking.rounding_none")
    )


def _describe_combination(rule: CombinationRule, words: Words) -> str:
    if rule.method is not CombinationMethod.TRIMMED_MEAN:
        return words(f"criteria.marking.{rule.method}")
    return words(
        "criteria.marking.trimmed_mean",
        at_least=rule.at_least,
        drop=rule.drop,
        drop_again=rule.drop,
        otherwise=f"method.{rule.otherwise}",
    )


def _list_bases(rules: Rules, words: Words) -> list[Basis]:
    bases = [basis for topic in _list_topics(rules, words) for basis in topic.bases]
    bases += [rules.edition.basis, *([rules.edition.stated] if rules.edition.stated else [])]
    return [*bases, rules.scoring.mark_scale.basis, rules.scoring.combination.basis]


def _build_sources(rules: Rules, words: Words) -> Block:
    bases = _list_bases(rules, words)
    rows = [
        (row.short, f"{row.title}\n{row.dated}", row.url)
        for row in build_source_rows((cite.source for basis in bases for cite in basis.cite), words)
    ]
    headings = [words("basis.source"), words("criteria.document"), words("basis.address")]
    return build_table(headings, rows, (22, 43, 35))
