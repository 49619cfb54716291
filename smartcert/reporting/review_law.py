"""The chair's list, members and conflicts, votes and decisions, and the discussion, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.evaluation import Finding, Outcome
from smartcert.reporting import figures
from smartcert.reporting.blocks import Block, Findings, Grid, Items, Paragraph
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_rows import DecisionRow, SittingRow
from smartcert.reporting.review_words import Said

_ELSEWHERE = (
    "level_",
    "challenge_carried",
    "challenge_rejected",
    "challenge_without_quorum",
    "decided_",
    "decision_open",
)
"""Findings that the tables of votes and decisions tell."""


def attention(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return the chair's list."""
    if not record.attention:
        return [Paragraph(text=said("attention.empty"), style="lead"), Paragraph(text=said("attention.intro"))]
    rows = [
        (
            said.applicant(one.applicant),
            "; ".join(_sign(sign, size, said) for sign, size in one.signs.items()),
        )
        for one in record.attention
    ]
    return [
        Paragraph(text=said("attention.lead", count=len(record.attention), of=record.evaluated), style="lead"),
        Grid(caption=said("attention.caption"), heads=(said("applicant"), said("attention.signs")), rows=rows),
        Paragraph(text=said("attention.intro"), style="quiet"),
        Paragraph(text=said("points_only"), style="note"),
    ]


def _sign(sign: str, size: Fraction, said: Said) -> str:
    if sign != "near_bound":
        return said(f"attention.{sign}", size=size)
    if size == 0:
        return said("attention.on_bound")
    return said("attention.above_bound" if size > 0 else "attention.below_bound", size=abs(size))


def law(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return what is held of members, conflicts and panels; plain requirements that are met are counted."""
    findings = [one for one in record.findings if not one.code.startswith(_ELSEWHERE)]
    told = sorted((one for one in findings if one.outcome is not Outcome.MET), key=_worst_first)
    met = sum(one.outcome is Outcome.MET for one in findings)
    blocks: list[Block] = [Paragraph(text=said("law.intro"))]
    if told:
        heads = (said("law.outcome"), said("law.finding"), said("law.basis"))
        blocks.append(Findings(caption=said("law.caption"), heads=heads, findings=told))
    if met:
        blocks.append(Paragraph(text=said("law.met", count=met)))
    return blocks if findings else [Paragraph(text=said("law.empty"))]


def _worst_first(finding: Finding) -> int:
    return [Outcome.NOT_MET, Outcome.OPEN, Outcome.NOTED, Outcome.MET].index(finding.outcome)


def votes(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return the table of votes and the table of decisions."""
    blocks: list[Block] = [Paragraph(text=said("votes.intro"))]
    names = ("matter", "present", "needed", "said_yes", "yes_needed", "result")
    if record.sittings:
        heads = (said("applicant"), *(said(f"votes.{name}") for name in names))
        rows = [_sitting(one, said) for one in record.sittings]
        numbers = frozenset({2, 3, 4, 5})
        blocks.append(Grid(caption=said("votes.caption"), heads=heads, rows=rows, numbers=numbers))
    else:
        blocks.append(Paragraph(text=said("votes.no_votes")))
    if record.decisions:
        heads = (said("applicant"), *(said(f"votes.{name}") for name in ("computed", "proposed", "decided", "reason")))
        rows = [_decision(one, said) for one in record.decisions]
        blocks.append(Grid(caption=said("votes.decisions_caption"), heads=heads, rows=rows))
    else:
        blocks.append(Paragraph(text=said("votes.no_decisions")))
    return blocks


def _sitting(one: SittingRow, said: Said) -> tuple[str, ...]:
    matter = said("votes.on_challenge", evaluator=one.about) if one.about else said("votes.on_level")
    result = {None: "no_quorum", True: "carried", False: "rejected"}[one.carried]
    return (
        said.applicant(one.applicant),
        matter,
        said("votes.present_value", present=one.present, members=one.members),
        said.number(one.present_needed),
        said.number(one.yes),
        said.number(one.yes_needed),
        said(f"votes.{result}"),
    )


def _decision(one: DecisionRow, said: Said) -> tuple[str, ...]:
    reasons = [text for text in (one.proposal_reason, one.reason) if text]
    proposed = f"{said.level(one.proposed)} ({figures.plain(one.proposed_by)})"
    decided = said("votes.open")
    if one.decided is not None:
        decided = f"{said.level(one.decided)} ({figures.plain(one.decided_by)})"
    return (
        said.applicant(one.applicant),
        said.level(one.computed),
        proposed,
        decided,
        figures.plain(" / ".join(reasons)) or said.words("symbol.none"),
    )


def discussion(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return the effect of the discussion, each change, and minority opinions."""
    if not record.discussed:
        return [Paragraph(text=said("discussion.empty"))]
    blocks: list[Block] = []
    if record.effects:
        blocks += _effects(record, said)
    names = ("before", "after", "by", "at", "reason")
    rows = [
        (
            said.applicant(one.applicant),
            said.indicator(one.indicator),
            one.evaluator,
            said.number(one.before),
            said.number(one.after),
            figures.plain(one.changed_by),
            said.words.show(one.at, "moment"),
            figures.plain(one.reason) or said.words("symbol.none"),
        )
        for one in record.discussed
    ]
    heads = (said("applicant"), said("indicator"), said("evaluator"), *(said(f"discussion.{name}") for name in names))
    blocks.append(Grid(caption=said("discussion.marks_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4})))
    return [*blocks, *_minority(record, said)]


def _effects(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    marks = {(one.applicant, one.indicator, one.evaluator) for one in record.discussed}
    levels = sum(one.level != one.level_before for one in record.effects)
    yield Paragraph(text=said("discussion.lead", changes=len(marks), levels=levels), style="lead")
    rows = [
        (
            said.applicant(one.applicant),
            said.number(one.changes),
            f"{said.points(one.points_before)} ({said.level(one.level_before)})",
            f"{said.points(one.points)} ({said.level(one.level)})",
            said.signed(one.points - one.points_before, 1),
        )
        for one in record.effects
    ]
    names = ("changes", "before", "after", "change")
    heads = (said("applicant"), *(said(f"discussion.{name}") for name in names))
    yield Grid(caption=said("discussion.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4}))


def _minority(record: CommitteeRecord, said: Said) -> list[Block]:
    told = [
        said(
            "discussion.minority_item",
            evaluator=one.evaluator,
            indicator=one.indicator,
            applicant=record.names[one.applicant],
            opinion=one.minority_opinion,
        )
        for one in record.discussed
        if one.minority_opinion
    ]
    return [Paragraph(text=said("discussion.minority")), Items(items=told)] if told else []
