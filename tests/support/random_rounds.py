"""Random rounds under random rules: roundings, floors, bounds, missing values, corrections unlike the shipped."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache

from smartcert.evaluation.evaluate import evaluate_changed
from smartcert.model.application import Application, Inspection, Measurement, Missing
from smartcert.model.committee import DiscussedMark
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import (
    BandScale,
    CountScale,
    Edition,
    Indicator,
    IndicatorKind,
    Limits,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingMode,
    RoundingStep,
    Section,
)
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound
from smartcert.simulation.generate import correct_value, invent_round
from tests.support.build import example, rules_of_2023


@cache
def random_round(seed: int) -> OpenRound:
    """Return the round of a seed: 6 to 10 applicants, about 25 indicators, marks of which some were discussed."""
    rng = random.Random(f"{seed}:rules")
    rules = _random_rules(rng)
    like = example().round
    simulated = invent_round(rng.randint(6, 10), seed, rules, like.window, frozenset())
    applications = tuple(_more_corrections(one, rules, rng) for one in simulated.applications)
    round_ = replace(
        like,
        id=f"random-{seed}",
        registry=simulated.registry,
        committee=simulated.committee,
        applications=applications,
        proceedings=replace(type(like.proceedings)(), discussed=_discuss(applications, rules, rng)),
    )
    return OpenRound(folder=example().folder, round=round_, rulebook=example().rulebook, rules=rules)


def rerun(opened: OpenRound, name: str, change: Callable[[Application], Application]) -> Evaluation:
    """Return the evaluation of one applicant in the round with its application changed."""
    return next(iter(rerun_each(opened, name, [change])))


def rerun_each(
    opened: OpenRound, name: str, changes: Iterable[Callable[[Application], Application]]
) -> list[Evaluation]:
    """Return the evaluations of one applicant in the round with its application changed, for each of the changes.

    The verdicts on the others are left out, which they do not depend on: `evaluate_changed` gives what `evaluate` does.
    """
    own = next(one for one in opened.round.applications if one.id == name)
    return list(evaluate_changed(opened.round, [change(own) for change in changes], opened.rules))


def with_weights(edition: Edition, factors: Mapping[str, Fraction]) -> Edition:
    """Return an edition with the points of each indicator multiplied, and with them what its scale gives."""

    def weigh(indicator: Indicator) -> Indicator:
        factor, scale = factors[indicator.id], indicator.scale
        if isinstance(scale, BandScale | RankScale):
            bands = tuple(replace(band, points=band.points * factor) for band in scale.bands)
            scale = replace(scale, bands=bands, otherwise=scale.otherwise * factor)
        elif isinstance(scale, CountScale):
            scale = replace(scale, points_each=scale.points_each * factor)
        return replace(indicator, points=indicator.points * factor, scale=scale)

    def weigh_section(section: Section) -> Section:
        sections = tuple(map(weigh_section, section.sections))
        indicators = tuple(map(weigh, section.indicators))
        points = sum((part.points for part in (*sections, *indicators)), Fraction(0))
        return replace(section, sections=sections, indicators=indicators, points=points)

    domains = tuple(map(weigh_section, edition.domains))
    return replace(edition, domains=domains, points=sum((domain.points for domain in domains), Fraction(0)))


def with_policy(edition: Edition, policy: MissingPolicy) -> Edition:
    """Return an edition with one policy for all that is missing."""

    def change(section: Section) -> Section:
        indicators = tuple(replace(one, absent=policy, not_applicable=policy) for one in section.indicators)
        return replace(section, sections=tuple(map(change, section.sections)), indicators=indicators)

    return replace(edition, domains=tuple(map(change, edition.domains)))


def undo_corrections(application: Application) -> Application:
    """Return the application as if the inspection had confirmed every figure that it looked at."""
    inspections = {
        name: replace(one, verified=True, corrected=None, reason="") for name, one in application.inspections.items()
    }
    return replace(application, inspections=inspections)


def with_best(opened: OpenRound, application: Application, names: Iterable[str]) -> Application:
    """Return the application with the best possible figure, or only best marks, in each of the indicators."""
    wanted, indicators = set(names), {one.id: one for one in opened.rules.edition.indicators()}
    best_mark = opened.rules.scoring.mark_scale.value.highest
    marks = tuple(
        replace(mark, value=best_mark) if mark.indicator in wanted and mark.value is not None else mark
        for mark in application.marks
    )
    figures = {name for name in wanted if indicators[name].kind is IndicatorKind.QUANTITATIVE}
    measurements = {
        **application.measurements,
        **{name: _best(indicators[name]) for name in figures},
    }
    inspections = {name: one for name, one in application.inspections.items() if name not in figures}
    if not opened.rules.scoring.not_inspected_stands.value:
        inspections |= {name: Inspection(indicator=name, verified=True) for name in figures}
    return replace(application, marks=marks, measurements=measurements, inspections=inspections)


def _best(indicator: Indicator) -> Measurement:
    higher = indicator.direction.value.startswith("higher")
    if indicator.scale.kind == "yes_no":
        value = Fraction(1)
    else:
        limit = indicator.limits.at_most if higher else indicator.limits.at_least
        value = limit if limit is not None else Fraction(10**9 if higher else 0)
        if indicator.scale.kind == "counted":
            value = Fraction(int(value))
    return Measurement(indicator=indicator.id, claimed=value, desk=value)


def _random_rules(rng: random.Random) -> Rules:
    rules = rules_of_2023()
    edition = _random_edition(rules.edition, rng)
    level = rng.choice([Fraction(70), Fraction(200, 3), Fraction(65)])
    bounds = {**rules.levels.bounds, 3: replace(rules.levels.bounds[3], value=level)}
    floors = tuple(
        LevelFloor(domain=domain.id, at_least=Fraction(rng.randint(40, 75)), best_level=rng.randint(2, 5))
        for domain in edition.domains
        if rng.random() < 0.5
    )
    levels = replace(rules.levels, bounds=bounds, floors=replace(rules.levels.floors, value=floors))
    rule = CombinationRule(
        method=rng.choice(list(CombinationMethod)),
        at_least=rng.randint(3, 6),
        drop=1,
        otherwise=rng.choice([CombinationMethod.MEAN, CombinationMethod.MEDIAN]),
        fewest=rng.randint(1, 3),
    )
    scoring = replace(
        rules.scoring,
        combination=replace(rules.scoring.combination, value=rule),
        not_inspected_stands=replace(rules.scoring.not_inspected_stands, value=rng.random() < 0.8),
    )
    return replace(rules, edition=edition, levels=levels, scoring=scoring)


def _random_edition(edition: Edition, rng: random.Random) -> Edition:
    domains = tuple(_thin_out(domain, rng) for domain in edition.domains)
    if rng.random() < 0.5:  # a domain that holds indicators itself
        first = tuple(domains[0].walk())
        domains = (replace(domains[0], sections=(), indicators=first), *domains[1:])
    rounding = tuple(
        Rounding(at=step, digits=rng.randint(0, 2), mode=rng.choice(list(RoundingMode)))
        for step in RoundingStep
        if rng.random() < 0.5
    )
    return replace(
        edition,
        domains=domains,
        points=sum((domain.points for domain in domains), Fraction(0)),
        rounding=rounding,
    )


def _thin_out(section: Section, rng: random.Random) -> Section:
    """Return a section with at most two or three indicators an item, of which some spread their points if missing."""
    if section.sections:
        parts = tuple(_thin_out(part, rng) for part in section.sections)
        return replace(section, sections=parts, points=sum((part.points for part in parts), Fraction(0)))
    chosen = sorted(rng.sample(range(len(section.indicators)), min(len(section.indicators), rng.randint(2, 3))))
    indicators = [section.indicators[at] for at in chosen]
    for at, one in enumerate(indicators[1:], start=1):  # the first always keeps its points
        if one.kind is IndicatorKind.QUANTITATIVE and rng.random() < 0.4:
            indicators[at] = replace(one, absent=MissingPolicy.REDISTRIBUTE, not_applicable=MissingPolicy.REDISTRIBUTE)
    if not any(MissingPolicy.REDISTRIBUTE not in (one.absent, one.not_applicable) for one in indicators):
        indicators[0] = replace(indicators[0], absent=MissingPolicy.ZERO, not_applicable=MissingPolicy.ZERO)
    if indicators[0].limits == Limits() and rng.random() < 0.2 and indicators[0].scale.kind == "linear":
        indicators[0] = replace(indicators[0], limits=Limits())
    points = sum((one.points for one in indicators), Fraction(0))
    return replace(section, indicators=tuple(indicators), points=points)


def _more_corrections(application: Application, rules: Rules, rng: random.Random) -> Application:
    """Return an application with more corrections on site than usual, some of them to nothing and some upwards."""
    indicators = {one.id: one for one in rules.edition.indicators()}
    inspections = dict(application.inspections)
    for name, measurement in application.measurements.items():
        value = measurement.desk
        if isinstance(value, Missing) or rng.random() > 0.25:
            continue
        worse = correct_value(indicators[name], value)
        options: list[Fraction | Missing] = [Missing.ABSENT, worse]
        if indicators[name].absent is MissingPolicy.REFUSE:
            options = [worse]
        corrected = rng.choice(options)
        if corrected != value:
            inspections[name] = Inspection(
                indicator=name,
                verified=False,
                corrected=None if isinstance(corrected, Missing) else corrected,
                reason="random",
            )
    return replace(application, inspections=inspections)


def _discuss(applications: Iterable[Application], rules: Rules, rng: random.Random) -> tuple[DiscussedMark, ...]:
    scale = rules.scoring.mark_scale.value
    steps = int((scale.highest - scale.lowest) / scale.step)
    return tuple(
        DiscussedMark(
            applicant=application.id,
            indicator=mark.indicator,
            evaluator=mark.evaluator,
            before=scale.lowest + rng.randint(0, steps) * scale.step,
            after=mark.value,
            changed_by="E1",
            at=application.arrived_at,
            reason="random",
        )
        for application in applications
        for mark in application.marks
        if mark.value is not None and rng.random() < 0.1
    )
