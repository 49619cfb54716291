"""Three audiences: what one may not see is not in its record, and so in nothing that is made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartcert.errors import UsageError
from smartcert.model.application import Application, Mark
from smartcert.model.citation import Text
from smartcert.notebook import open_report
from smartcert.reporting.audience import parse_audience, redact
from smartcert.reporting.page import parse_page
from smartcert.reporting.records import Audience, PublicRecord, Record, from_json, is_record, to_json
from smartcert.services.rounds import OpenRound
from tests.support import sample_records as samples
from tests.support.build import example
from tests.support.report_pages import executed, page

LEANER = (Audience.APPLICANT, Audience.PUBLIC)
TELLTALE = "telltale 뷁뷁뷁"


def leaner(record: Record) -> Iterator[Record | PublicRecord]:
    yield redact(record, Audience.APPLICANT)
    if record.outcome.certified:
        yield redact(record, Audience.PUBLIC)


@cache
def certified() -> Record:
    """Return a certified applicant whose record has everything in it that may leak."""
    return certified_with("글")


def certified_with(text: str) -> Record:
    hostile = samples.hostile(text)
    card = hostile.evaluation.scorecard
    assert card is not None
    result = samples.level_result(card, (60, 50, 40, 30))
    assert result.certified
    evaluation = replace(hostile.evaluation, level=result)
    return replace(hostile, evaluation=evaluation, outcome=samples.decided(evaluation, reason=text))


def turned(application: Application) -> Application:
    """Return the application with the marks on each indicator handed on from one evaluator to the next."""
    excluded = {one.evaluator for one in application.exclusions}
    marks: list[Mark] = []
    for name in dict.fromkeys(mark.indicator for mark in application.marks):
        judged = [mark for mark in application.marks if mark.indicator == name and mark.evaluator not in excluded]
        values = [mark.value for mark in judged]
        turned_on = [*values[1:], *values[:1]]
        marks += [replace(mark, value=new, comment=TELLTALE) for mark, new in zip(judged, turned_on, strict=True)]
    others = [replace(mark, value=None) for mark in application.marks if mark.evaluator in excluded]
    return replace(application, marks=(*marks, *others))


@cache
def turned_example() -> OpenRound:
    opened = example()
    changed = replace(
        opened.round,
        applications=tuple(turned(one) for one in opened.round.applications),
        committee=tuple(replace(one, name=TELLTALE, field=TELLTALE) for one in opened.round.committee),
    )
    return OpenRound(folder=opened.folder, round=changed, rulebook=opened.rulebook, rules=opened.rules)


@pytest.mark.slow
def test_who_gave_which_mark_makes_no_difference_to_any_leaner_record_of_the_example() -> None:
    different = 0
    for one, other in zip(example().records(), turned_example().records(), strict=True):
        fuller = replace(one, inputs=()), replace(other, inputs=())
        different += to_json(fuller[0]) != to_json(fuller[1])
        assert [to_json(redacted) for redacted in leaner(one)] == [to_json(redacted) for redacted in leaner(other)]
    assert different >= 10  # the fuller records do tell


def test_no_leaner_record_of_the_example_has_a_mark_an_evaluator_or_the_hash_of_marks() -> None:
    for record in example().records():
        for seen in leaner(record):
            plain = json.loads(to_json(seen))
            assert "evaluator" not in set(keys(plain))
            assert all(not one["marks"] for one in find_all(plain, "combination"))
            assert not [one for one in plain["inputs"] if one["file"].startswith("application:")]


def test_a_public_record_has_no_points_no_indicator_and_nobodys_words() -> None:
    for record in example().records():
        if record.outcome.certified:
            seen = redact(record, Audience.PUBLIC)
            assert isinstance(seen, PublicRecord)
            assert not {"scorecard", "points", "findings", "indicator", "peers", "population"} & set(
                keys(json.loads(to_json(seen)))
            )


def test_nothing_but_level_whole_percents_and_strengths_makes_a_difference_to_the_public() -> None:
    changed = certified()
    card = changed.evaluation.scorecard
    assert card is not None
    a_little = replace(card, points=card.points + Fraction(1, 10), exact=card.exact + Fraction(1, 10))
    other = replace(
        changed,
        peers=None,
        evaluation=replace(
            changed.evaluation, scorecard=a_little, findings=(), next_level=None, margin=None, size_basis=None
        ),
    )
    assert to_json(redact(changed, Audience.PUBLIC)) == to_json(redact(other, Audience.PUBLIC))


def keys(plain: Any) -> Iterator[str]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield name
            yield from keys(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from keys(value)


def find_all(plain: Any, wanted: str) -> Iterator[Any]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            if name == wanted and value:
                yield value
            yield from find_all(value, wanted)
    elif isinstance(plain, list):
        for value in plain:
            yield from find_all(value, wanted)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.slow
def test_somebodys_words_in_the_fuller_record_are_nowhere_in_the_public_page(language: str) -> None:
    plain = certified_with(TELLTALE)
    named = replace(
        plain,
        round=replace(plain.round, title=Text(ko="공모", en="round"), note=None),
        evaluation=replace(plain.evaluation, applicant=replace(plain.evaluation.applicant, name=Text(ko="가", en="a"))),
    )
    assert TELLTALE in page(named, language)
    seen = redact(named, Audience.PUBLIC)
    # the names of files read are the house's; the sample has hostile ones to show that they are escaped
    assert isinstance(seen, PublicRecord)
    public = replace(seen, inputs=())
    for text in (page(public, language), json.dumps(executed(public, language)), to_json(public).decode()):
        assert TELLTALE not in text
        assert TELLTALE.encode("ascii", "backslashreplace").decode() not in text


@pytest.mark.parametrize(("name", "language"), [("haneul", "ko"), ("danbi", "en")])
@pytest.mark.slow
def test_an_applicants_page_shows_combined_marks_and_no_single_one(name: str, language: str) -> None:
    fuller, leaner_page = (
        page(seen, language)
        for record in [example().record(name)]
        for seen in (record, redact(record, Audience.APPLICANT))
    )
    assert evaluators(fuller)
    assert not evaluators(leaner_page)
    assert "<del>" in fuller
    assert "<del>" not in leaner_page
    trace = json.loads(parse_page(leaner_page)[1][0])
    assert all(set(one) == {"method", "combined"} for one in find_all(trace, "marks"))
    assert len(list(find_all(trace, "marks"))) == 21
    assert "excluded" not in trace


def evaluators(html: str) -> set[str]:
    """Return the ids of evaluators in what can be seen or heard of a page, in its attributes and in its trace."""
    pieces, traces = parse_page(html)
    return set(re.findall(r"\bE\d{1,2}\b", " ".join([*(piece.text for piece in pieces), *traces])))


def test_why_evaluators_did_not_judge_is_told_once_without_who_and_how_many() -> None:
    record = example().record("danbi")
    excluded = [one for one in record.evaluation.findings if one.code == "evaluator_excluded"]
    assert excluded
    twice = replace(record, evaluation=replace(record.evaluation, findings=(*record.evaluation.findings, *excluded)))
    for seen in (redact(record, Audience.APPLICANT), redact(twice, Audience.APPLICANT)):
        assert isinstance(seen, Record)
        left = [one for one in seen.evaluation.findings if one.code == "evaluator_excluded"]
        assert len(left) == len({(one.facts.terms["exclusion"], str(one.facts.numbers)) for one in excluded})
        assert not any(one.facts.words for one in left)


def test_an_uncertified_applicant_has_no_public_report() -> None:
    with pytest.raises(UsageError, match="'haneul' was not certified"):
        redact(example().record("haneul"), Audience.PUBLIC)
    with pytest.raises(UsageError, match="'haneul' was not certified"):
        open_report(applicant_id="haneul", audience="public")


def test_a_leaner_record_makes_no_fuller_report(tmp_path: Path) -> None:
    record = example().record("hanbit")
    path = tmp_path / "evaluation.json"
    for seen in LEANER:
        path.write_bytes(to_json(redact(record, seen)))
        with pytest.raises(UsageError, match=f"for the audience '{seen}'"):
            open_report(record=str(path), audience="reviewer")
        assert open_report(record=str(path), audience=seen.value).head().title
    with pytest.raises(UsageError, match="for the audience 'public'"):
        open_report(record=str(path), audience="applicant")


def test_a_fuller_record_is_cut_down_before_anything_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_bytes(to_json(example().record("hanbit")))
    shown = open_report(record=str(path), audience="public", language="en")
    sections = [shown.head(), shown.verdict(), shown.points(), shown.basis()]
    assert "Hanbit was certified as a Level 1 smart city on 1 December 2023." in sections[1].html
    assert shown.working() is shown.committee() is shown.trace() is shown.next_level() is shown.decision() is None


def test_records_of_every_audience_come_back_as_they_were() -> None:
    record = example().record("danbi")
    applicants, public = redact(record, Audience.APPLICANT), redact(record, Audience.PUBLIC)
    assert from_json(Record, to_json(applicants)) == applicants
    assert from_json(PublicRecord, to_json(public)) == public
    assert [is_record(PublicRecord, to_json(one)) for one in (record, applicants, public)] == [False, False, True]
    trick = samples.hostile('"format": "smartcert-public/2"')
    assert not is_record(PublicRecord, to_json(trick))


def test_strengths_are_the_items_with_the_largest_shares_in_the_order_of_the_edition() -> None:
    record = example().record("hanbit")
    card, public = record.evaluation.scorecard, redact(record, Audience.PUBLIC)
    assert card is not None
    assert isinstance(public, PublicRecord)
    shares = {item.name: item.points / item.out_of for item in card.items()}
    best = sorted(shares, key=lambda name: -shares[name])[:3]
    assert list(public.strengths) == [item.name for item in card.items() if item.name in best]
    assert [one.percent for one in public.domains] == [int(d.points * 100 / d.out_of) for d in card.domains]


def test_an_unknown_audience_is_told_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="did you mean 'public'"):
        parse_audience("publik")


def test_the_level_and_day_of_the_public_record_are_those_of_the_decision() -> None:
    for record in example().records():
        if record.outcome.certified:
            public, decided = redact(record, Audience.PUBLIC), record.outcome.decided
            assert decided is not None
            assert isinstance(public, PublicRecord)
            assert (public.level, public.decided_on) == (decided.level, decided.on)
