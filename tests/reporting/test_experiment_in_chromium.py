"""What a reader tries on the page of a report is what the engine computes, exactly, and is never taken for a result."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import compute_value
from smartcert.evaluation.scoring import Column, build_scorecard
from smartcert.model.application import Missing, Value
from smartcert.model.indicator import (
    BandScale,
    Indicator,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    RoundingStep,
    YesNoScale,
)
from smartcert.recompute.rebuild import (
    _indicators,
    _rebuild_candidate,
    _rebuild_edition,
    _rebuild_level_rules,
    _rebuild_peer_measures,
)
from smartcert.reporting.applicant.experiment import load_script
from smartcert.reporting.applicant.trace import Trace, build_trace, embed_trace, read_trace
from smartcert.reporting.audience import redact
from smartcert.reporting.page import parse_page
from smartcert.reporting.records import Audience, Record
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from tests.recompute.test_any_criteria import build_record
from tests.recompute.test_any_criteria import record as record_of_any_edition
from tests.support.build import example
from tests.support.chromium import complaints
from tests.support.criteria import read_edition
from tests.support.report_pages import batch_page
from tests.support.scheme_rounds import load_cases, open_scheme
from tests.support.seeds import list_seeds

pytestmark = pytest.mark.browser

Case = dict[str, Any]
"""A trace, other values by indicator, and what the engine computes with them."""
COMPUTE = """cases => cases.map(({trace, changes}) => {
  const text = pair => pair[1] === 1n ? String(pair[0]) : pair.join("/");
  const texts = all => Object.fromEntries(Object.entries(all).map(([name, pair]) => [name, text(pair)]));
  const {exact, points, level, sections, indicators} = compute(JSON.parse(trace), changes);
  return {exact: text(exact), points: text(points), level, sections: texts(sections), indicators: texts(indicators)};
})"""


@pytest.fixture(scope="module")
def scripted(browser: Any) -> Any:
    """Give an empty page in which the script of reports has run."""
    page = browser.new_page()
    page.set_content(f"<!DOCTYPE html><html lang=en><title>script</title><script>{load_script()}</script>")
    return page


def list_turns(indicator: Indicator) -> list[Fraction]:
    match indicator.scale:
        case BandScale(bands=bands):
            return [band.bound for band in bands]
        case LinearScale(zero_at=zero, full_at=full) | Marks(zero_at=zero, full_at=full):
            return [zero, full]
    return [corner.value for corner in indicator.list_corners()] or [Fraction(1)]


def invent_value(indicator: Indicator, rng: random.Random, before: Value) -> Value:
    """Return another value: at, beside and far from the turns of its scale; missing where that refuses nothing."""
    for missing in Missing:
        if indicator.policy_for(missing) is not MissingPolicy.REFUSE and rng.random() < 0.06:
            return missing
    return invent_number(indicator, rng, before)


def invent_number(indicator: Indicator, rng: random.Random, before: Value) -> Fraction:
    if isinstance(indicator.scale, YesNoScale):
        return Fraction(rng.randint(0, 1))
    near = rng.choice([*list_turns(indicator), *([] if isinstance(before, Missing) else [before])])
    beside = near + Fraction(rng.randint(-9, 9), rng.choice([1, 7, 10, 1000]))
    return rng.choice([near, beside, near * rng.randint(0, 300)])


class Experiment:
    """An applicant of a trace, whose values, figures of formulas, single marks and bases can be others."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.edition = trace, _rebuild_edition(trace)
        self.own = _rebuild_candidate(trace, str(trace.size_type), self.edition)
        self.before = self.own.values[Column.CONFIRMED]
        self.marks = {one.id: one.marks.marks for one in _indicators(trace) if one.marks and one.marks.marks}
        self.open = [one for one in self.edition.indicators() if not isinstance(one.scale, RankScale)]

    def invent_changes(self, rng: random.Random) -> dict[str, Value]:
        """Return up to five changes, by the names that the script has for them, and at times another base."""
        changes: dict[str, Value] = {}
        for one in rng.sample(self.open, rng.randint(0, min(len(self.open), 5))):
            if one.figures:
                figures = rng.sample(one.list_figures(), rng.randint(1, len(one.figures)))
                changes |= {figure.id: self._invent_figure(figure, rng) for figure in figures}
            elif marks := self._list_given(one.id):
                names = rng.sample(marks, rng.randint(1, len(marks)))
                changes |= {f"{one.id}/{name}": invent_number(one, rng, self.before[one.id]) for name in names}
            else:
                changes[one.id] = invent_value(one, rng, self.before[one.id])
        if self.own.bases and rng.random() < 0.4:
            base = rng.choice(sorted(self.own.bases))
            changes[f"base:{base}"] = Fraction(rng.randint(1, 3 * int(self.own.bases[base])))
        return changes

    def _invent_figure(self, figure: Indicator, rng: random.Random) -> Value:
        return rng.choice([Missing.ABSENT, Fraction(0), *(invent_number(figure, rng, self.before[figure.id]),) * 8])

    def _list_given(self, name: str) -> list[str]:
        return [
            evaluator
            for evaluator, mark in self.marks.get(name, {}).items()
            if not isinstance(mark, Missing) and evaluator not in self.trace.excluded
        ]

    def compute(self, changes: dict[str, Value]) -> dict[str, Any]:
        """Return what the engine computes with the changes; whoever has a rank keeps it."""
        bases = self.own.bases | {name[5:]: value for name, value in changes.items() if name.startswith("base:")}
        bases = {name: value for name, value in bases.items() if not isinstance(value, Missing)}
        values = {**self.before, **{name: value for name, value in changes.items() if name in self.before}}
        for one in self.edition.indicators():
            if one.figures:
                values[one.id] = compute_value(one, values, bases)
            tried = {name: changes.get(f"{one.id}/{name}", mark) for name, mark in self.marks.get(one.id, {}).items()}
            if tried != self.marks.get(one.id, {}):
                values[one.id] = self._combine(one.id, tried)
        population = bases.get("population")
        candidate = replace(
            self.own,
            values={**self.own.values, Column.CONFIRMED: values},
            bases=bases,
            population=None if population is None else int(population),
        )
        card = build_scorecard(candidate, self.edition, _rebuild_peer_measures(self.trace, candidate, self.edition))
        result = determine_level(card, _rebuild_level_rules(self.trace), self.trace.placing)
        return {
            "exact": str(card.exact),
            "points": str(card.points),
            "level": None if self.trace.placing else result.level,
            "sections": {section.id: str(section.points) for section in card.sections()},
            "indicators": {score.id: str(score.points) for score in card.indicators()},
        }

    def _combine(self, name: str, marks: dict[str, Value]) -> Fraction:
        traced = next(one.marks for one in _indicators(self.trace) if one.id == name)
        assert traced is not None
        combination = combine_marks(
            {evaluator: None if isinstance(mark, Missing) else mark for evaluator, mark in marks.items()},
            frozenset(self.trace.excluded),
            CombinationRule(method=CombinationMethod(traced.method), drop=traced.drop or 0),
            self.edition.rounding_at(RoundingStep.MARK),
        )
        assert combination is not None
        return combination.combined


def invent_cases(record: Record, rng: random.Random, count: int) -> Iterator[Case]:
    """Yield random changes to the values of a record with what the engine computes of them."""
    text = parse_page(embed_trace(build_trace(record, "ko", {})))[1][0]
    experiment = Experiment(read_trace(text)[0])
    for _ in range(count):
        changes = experiment.invent_changes(rng)
        yield {
            "trace": text,
            "changes": {name: str(value) for name, value in changes.items()},
            "engine": experiment.compute(changes),
        }


def list_differences(scripted: Any, cases: list[Case]) -> list[tuple[Case, Any]]:
    computed = scripted.evaluate(COMPUTE, [{name: case[name] for name in ("trace", "changes")} for case in cases])
    return [(case, own) for case, own in zip(cases, computed, strict=True) if case["engine"] != own]


SEEDS = list_seeds(12, 400)
SCORED = (
    "haneul",
    *(pytest.param(name, marks=pytest.mark.full) for name in ("hanbit", "mireu", "onnuri", "raon", "ara")),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_script_equals_the_engine_under_any_edition(scripted: Any, seed: int) -> None:
    cases = list(invent_cases(record_of_any_edition(seed), random.Random(seed), 25))
    assert list_differences(scripted, cases) == []


@pytest.mark.parametrize("name", SCORED)
def test_the_script_equals_the_engine_in_the_example(scripted: Any, name: str) -> None:
    for audience in (Audience.REVIEWER, Audience.APPLICANT):
        record = redact(example().record(name), audience)
        assert isinstance(record, Record)
        cases = list(invent_cases(record, random.Random(name), 50))
        assert len({case["engine"]["points"] for case in cases}) > 20
        assert list_differences(scripted, cases) == []


@pytest.mark.parametrize("scheme", ["leed", "grant", "contest", "index"])
def test_the_script_equals_the_engine_in_other_schemes(scripted: Any, tmp_path: Path, scheme: str) -> None:
    opened = open_scheme(tmp_path, scheme, load_cases(scheme))
    scored = [one.id for one in opened.evaluations if one.scorecard][:3]
    assert scored
    for name in scored:
        cases = list(invent_cases(opened.record(name), random.Random(name), 20))
        assert list_differences(scripted, cases) == []


def opened(browser: Any, folder: Path, html: str, **context: Any) -> Any:
    file = folder / "report.html"
    file.write_text(html, "utf-8")
    page = browser.new_context(**context).new_page()
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(file.as_uri())
    if page.locator("#experiment").is_visible():
        page.locator("#experiment > summary").click()
    return page


@cache
def html_of(language: str, audience: Audience = Audience.REVIEWER) -> str:
    return batch_page(redact(example().record("haneul"), audience), language)


@pytest.mark.parametrize(("language", "width"), [("ko", 1280), ("en", 390)])
def test_a_reader_tries_values_by_keyboard_and_is_told_what_follows(
    browser: Any, folder: Path, language: str, width: int
) -> None:
    page = opened(browser, folder, html_of(language), viewport={"width": width, "height": 844})
    box = page.locator("#experiment")
    status, results = box.get_by_role("status"), box.locator("tbody[data-part=results] tr")
    verdict = page.locator("section[aria-labelledby=verdict]").inner_text()
    assert status.get_attribute("role") == "status"
    box.locator("select").select_option("N02")  # 5.3 days
    field = box.locator("input")
    assert field.input_value() == "5.3"
    page.keyboard.press("Tab")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    assert "1,400.5" in status.inner_text()
    assert [row.inner_text().split("\t")[1:] for row in results.all()[:2]] == [
        ["1,394.0", "1,400.5"],
        ["4등급", "3등급"] if language == "ko" else ["Level 4", "Level 3"],
    ]
    assert box.locator("tbody[data-part=changes] tr").count() == 1
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box.get_by_role("button").click()
    assert "1,394.0" in status.inner_text()
    assert not box.locator("tbody[data-part=changes]").is_visible()
    assert field.input_value() == "5.3"
    assert page.locator("section[aria-labelledby=verdict]").inner_text() == verdict
    assert page.problems == []
    page.context.close()


@pytest.fixture(scope="module")
def untried(browser: Any, folder: Path) -> Iterator[Any]:
    """Give a page for values that are refused, after each of which it is as before."""
    page = opened(browser, folder, html_of("en"))
    yield page
    page.context.close()


@pytest.mark.parametrize(
    ("indicator", "typed"),
    [
        *(("N02", "-1"), ("N02", "61"), ("N02", "4,5"), ("N02", "4 days"), ("N02", "1e3")),
        *(("N04", "2.5"), ("L01", "5.1"), ("L01", "0")),
    ],
)
def test_a_value_that_the_indicator_cannot_have_is_refused(untried: Any, indicator: str, typed: str) -> None:
    box = untried.locator("#experiment")
    box.locator("select").select_option(indicator)
    assert box.locator("input").first.get_attribute("aria-invalid") != "true"
    box.locator("input").first.fill(typed)
    assert f"'{typed}' is not a value" in box.get_by_role("status").inner_text()
    assert box.locator("input").first.get_attribute("aria-invalid") == "true"
    assert not box.locator("tbody[data-part=changes]").is_visible()
    box.get_by_role("button").click()


def experiment_of(record: Record) -> Experiment:
    return Experiment(read_trace(parse_page(embed_trace(build_trace(record, "en", {})))[1][0])[0])


def shown_total(box: Any) -> Fraction:
    return Fraction(box.locator("tbody[data-part=results] tr").first.locator("td").last.inner_text().replace(",", ""))


def test_a_reader_tries_the_mark_of_one_evaluator_and_the_residents(browser: Any, folder: Path) -> None:
    record = example().record("haneul")
    experiment = experiment_of(record)
    page = opened(browser, folder, html_of("en"))
    box = page.locator("#experiment")
    box.locator("select").select_option("L01")
    box.get_by_label("Mark of evaluator E1").fill("1")
    changes: dict[str, Value] = {"L01/E1": Fraction(1)}
    assert shown_total(box) == Fraction(experiment.compute(changes)["points"])
    box.locator("select").select_option("N01")  # per 100,000 residents
    assert "applies to every indicator that uses it" in box.inner_text()
    box.get_by_label("Registered residents").fill("150,000")
    changes["base:population"] = Fraction(150_000)
    assert shown_total(box) == Fraction(experiment.compute(changes)["points"]) != Fraction("1394")
    assert "Points that follow from a rank (Fab-lab programmes" in box.get_by_role("status").inner_text()
    for refused in ("0", "-1", "2.5"):
        box.get_by_label("Registered residents").fill(refused)
        assert "is not a value" in box.get_by_role("status").inner_text()
    page.context.close()


def test_a_mark_that_counts_for_nothing_is_named_as_one_that_cannot_be_changed(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, batch_page(example().record("mireu"), "en"))  # E6 was excluded
    box = page.locator("#experiment")
    box.locator("select").select_option("L01")
    assert box.get_by_label("Mark of evaluator").count() == 6
    assert not box.get_by_label("Mark of evaluator E6").count()
    assert "gave none): E6" in box.inner_text()
    page.context.close()


FORMULA = """
domains:
- {id: D, points: "10", indicators: [{id: N1, points: "10", inputs: [{id: a, form: count}, {id: b}],
   measure: a / b * 100, absent: refuse, scale: {kind: linear, zero_at: "0", full_at: "100"}}]}
"""


def record_of_a_ratio() -> Record:
    return build_record(read_edition(yaml.safe_load(FORMULA)), [{"a": "3", "b": "8"}])


def test_a_reader_tries_numerator_and_denominator_of_a_ratio(browser: Any, folder: Path) -> None:
    record = record_of_a_ratio()
    page = opened(browser, folder, batch_page(record, "en"))
    box = page.locator("#experiment")
    assert shown_total(box) == Fraction("3.75")
    box.locator("input").last.fill("12")
    assert shown_total(box) == Fraction("2.5") == Fraction(experiment_of(record).compute({"b": Fraction(12)})["points"])
    box.locator("input").first.fill("6")
    assert shown_total(box) == 5
    box.locator("input").first.fill("6.5")  # a count
    assert "is not a value" in box.get_by_role("status").inner_text()
    box.locator("input").last.fill("0")
    assert "the evaluation would stop" in box.get_by_role("status").inner_text()
    assert not box.locator("tbody[data-part=results]").is_visible()
    page.context.close()


def test_a_name_with_the_sign_of_a_dollar_is_shown_as_it_is(browser: Any, folder: Path) -> None:
    name = "R&D in $& ($1, $$, $')"
    edition = yaml.safe_load(FORMULA)
    edition["domains"][0]["indicators"][0]["name"] = {"ko": name, "en": name}
    page = opened(browser, folder, batch_page(build_record(read_edition(edition), [{"a": "3", "b": "8"}]), "en"))
    box = page.locator("#experiment")
    box.locator("input").last.fill("0")
    assert f"With this value, {name} cannot be determined" in box.get_by_role("status").inner_text()
    page.context.close()


def test_a_page_on_which_nothing_can_be_changed_says_so(browser: Any, folder: Path) -> None:
    ranks = {"kind": "rank", "by": "position", "bands": [{"at_most": "1", "points": "10"}], "otherwise": "0"}
    tree = {"domains": [{"id": "D", "points": "10", "indicators": [{"id": "N1", "points": "10", "scale": ranks}]}]}
    page = opened(browser, folder, batch_page(build_record(read_edition(tree), [{"N1": "3"}, {"N1": "4"}]), "en"))
    box = page.locator("#experiment")
    assert "there is no value to try" in box.inner_text()
    assert box.locator("select, input, table:visible").count() == 0
    page.context.close()


def test_what_follows_from_a_rank_is_not_offered(browser: Any, folder: Path) -> None:
    card = example().record("haneul").evaluation.scorecard
    assert card is not None
    ranked = {one.id for one in card.indicators() if isinstance(one.indicator.scale, RankScale)}
    page = opened(browser, folder, html_of("en"))
    off = page.locator("#experiment option:disabled")
    assert {option.get_attribute("value") for option in off.all()} == ranked != set()
    assert all("not computed here" in text for text in off.all_inner_texts())
    page.context.close()


def test_the_experiment_is_hidden_without_scripts_and_on_paper(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, html_of("ko"), java_script_enabled=False)
    assert not page.locator("#experiment").is_visible()
    page.context.close()
    page = opened(browser, folder, html_of("ko"))
    assert page.locator("#experiment").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("#experiment").is_visible()
    page.context.close()


def test_no_single_mark_comes_to_the_page_of_the_applicant(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, html_of("en", Audience.APPLICANT))
    box = page.locator("#experiment")
    box.locator("select").select_option("L01")
    assert box.locator("input").count() == 1
    assert box.get_by_label("Combined mark").is_visible()
    assert "only the combined mark can be changed" in box.inner_text()
    packed = page.locator("#smartcert-trace").text_content()
    assert json.loads(gzip.decompress(base64.b64decode(packed)))["audience"] == "applicant"
    page.context.close()


def test_another_script_does_not_run_in_the_page(browser: Any, folder: Path) -> None:
    html = html_of("en").replace("</main>", "<script>document.title = 'ran'</script></main>")
    page = opened(browser, folder, html)
    assert page.title() != "ran"
    assert page.problems
    page.context.close()


def test_the_script_is_short_enough_for_a_page() -> None:
    assert len(load_script().encode()) < 13_000
