"""The summary of a round: counts, what was refused and why, failures first, applicants' words as nothing but text."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from fractions import Fraction
from html import unescape
from xml.etree import ElementTree

import nbformat
import pytest
from markupsafe import escape

from smartcert import paths as home
from smartcert.model.applicant import SizeType
from smartcert.model.citation import Status, Text
from smartcert.model.evaluation import FloorMissed, Quartiles, SectionScore, Stage
from smartcert.reporting import charts
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.catalogue import Words, find_placeholders, load_catalogue
from smartcert.reporting.charts.svg import WIDTH
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.page import PageSection
from smartcert.reporting.progress import PROGRESS_STEPS, count_steps, list_steps_passed
from smartcert.reporting.records import Failure, RoundFacts, RoundRecord, from_json, to_json
from smartcert.reporting.round.summary import (
    RoundSummary,
    count_decided_by_size,
    count_levels_by_size,
    count_steps_by_size,
    list_level_counts,
    list_refused,
)
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.sample_records import build_computed_outcome

KO = Words("ko", "report", "charts", "summary")
LINKS = frozenset(f"applicants/{id_}/report.{language}.html" for id_ in rounds.IDS for language in LANGUAGES)
SECTIONS = ("failures", "overview", "levels", "domains", "applicants", "refused", "basis")


def sections(record: RoundRecord, language: str = "ko", links: frozenset[str] = LINKS) -> dict[str, PageSection]:
    summary = RoundSummary(record, language, links)
    made = {name: getattr(summary, name)() for name in ("head", *SECTIONS)}
    return {name: section for name, section in made.items() if section is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_domain_of_prerequisites_alone_has_no_share_anywhere(language: str) -> None:
    """Such a domain has no points to score; it ended the summary, and was published with 0 %."""
    name = Text(ko="필수 요건", en="Requirements")
    empty = SectionScore(id="P", name=name, out_of=Fraction(0), exact=Fraction(0), points=Fraction(0))
    record = rounds.round_record()
    evaluations = [
        replace(one, scorecard=replace(one.scorecard, domains=(*one.scorecard.domains, empty)))
        if one.scorecard
        else one
        for one in record.evaluations
    ]
    nothing = Quartiles(lower=Fraction(0), median=Fraction(0), upper=Fraction(0))
    peers = tuple(
        replace(one, sections={**one.sections, "P": nothing}) if one.sections else one for one in record.peers
    )
    record = replace(rounds.with_evaluations(record, evaluations), peers=peers)
    assert name.of(language) not in sections(record, language)["domains"].html
    (certified,) = build_press_record(record).certified
    assert name not in [domain.name for domain in certified.domains]
    assert certified.domains


def cells(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_steps_are_counted_by_size_type_and_add_up() -> None:
    table = count_steps_by_size(rounds.round_record().pairs, KO)
    assert table.headings == ("대도시", "중소도시", "유형 미정", "합계")
    assert dict(table.rows) == {
        "접수": ("1", "3", "1", "5"),
        "신청 자격 충족": ("1", "3", "1", "5"),
        "접수 요건 충족": ("1", "2", "0", "3"),
        "제출서류 구비": ("1", "1", "0", "2"),
        "평가 완료": ("1", "1", "0", "2"),
        "장관 결정": ("1", "1", "0", "2"),
        "인증": ("1", "0", "0", "1"),
    }
    for _, numbers in table.rows:
        assert sum(int(number) for number in numbers[:-1]) == int(numbers[-1])


@pytest.mark.parametrize(
    ("stage", "passed"),
    [(Stage.ELIGIBILITY, 1), (Stage.RECEIPT, 2), (Stage.DOCUMENTS, 3), (Stage.SCORING, 4), (Stage.EVALUATED, 5)],
)
def test_an_application_has_passed_every_step_before_the_one_it_stopped_at(stage: Stage, passed: int) -> None:
    evaluation = replace(samples.late().evaluation, stage=stage)
    assert list_steps_passed(evaluation, build_computed_outcome(evaluation)) == PROGRESS_STEPS[:passed]


def test_a_decision_is_a_step_and_only_one_to_certify_is_the_last() -> None:
    evaluation = samples.certified().evaluation
    for level, steps in ((3, PROGRESS_STEPS), (4, PROGRESS_STEPS[:-1])):
        assert list_steps_passed(evaluation, samples.decided(evaluation, level, "사유")) == steps
    assert list_steps_passed(evaluation, build_computed_outcome(evaluation)) == PROGRESS_STEPS[:-2]


def test_every_step_has_passed_at_most_as_many_as_the_one_before() -> None:
    found = [passed.count for passed in count_steps(rounds.round_record().pairs)]
    assert found == sorted(found, reverse=True)


def test_levels_are_counted_with_those_that_nobody_reached() -> None:
    table = count_levels_by_size(rounds.round_record().evaluations, KO)
    assert table is not None
    assert dict(table.rows) == {
        "1등급(인증기준 충족)": ("0", "0", "0"),
        "2등급(인증기준 충족)": ("0", "0", "0"),
        "3등급(인증기준 충족)": ("1", "0", "1"),
        "4등급(인증기준 미달)": ("0", "1", "1"),
        "5등급(인증기준 미달)": ("0", "0", "0"),
    }


def undecided() -> RoundRecord:
    """Return the round without any vote."""
    record = rounds.round_record()
    return replace(record, outcomes=tuple(build_computed_outcome(one) for one in record.evaluations))


def otherwise() -> RoundRecord:
    """Return the round with 하늘시 (below the criteria) certified at level 3 and 바다군 (level 3) decided level 4."""
    record = rounds.round_record()
    below, meets = record.evaluations[-1], record.evaluations[0]
    outcomes = {below.id: samples.decided(below, 3, "현장에서 확인"), meets.id: samples.decided(meets, 4, "소명 미흡")}
    return replace(record, outcomes=tuple(outcomes.get(one.application, one) for one in record.outcomes))


@pytest.mark.parametrize(
    ("language", "first", "lead"),
    [
        ("ko", "결정 전 문서입니다.", "인증 여부는 국토교통부장관이 결정하며, 아직 결정되지 않았습니다."),
        ("en", "Computed, not decided:", "The Minister has not yet decided."),
    ],
)
def test_before_any_decision_the_first_sentence_says_so_and_nobody_is_counted_as_certified(
    language: str, first: str, lead: str
) -> None:
    made = sections(undecided(), language)
    text = words(made["head"].html)
    title = words(re.findall(r"<h1>.*?</h1>", made["head"].html)[0])
    assert text.partition(title)[2].strip().startswith(first)
    assert lead in words(made["overview"].html)
    assert dict(count_steps_by_size(undecided().pairs, KO).rows)["장관 결정"][-1] == "0"
    assert count_decided_by_size(undecided().pairs, KO) is None
    assert not re.search("0곳의 인증을|certify 0", words(made["overview"].html))
    assert "banner" not in sections(replace(rounds.round_record(), round=plain_round()), language)["head"].html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_level_that_somebody_has_is_counted_at_a_glance(language: str) -> None:
    words = Words(language, "summary")
    before = list_level_counts(undecided(), words)
    after = list_level_counts(rounds.round_record(), words)
    assert [count for _, count in before] == [count for _, count in after] == [1, 1]
    assert [name for name, _ in before] == [
        words("summary.levels.meets", level=3),
        words("summary.levels.below", level=4),
    ]
    assert after[0][0] == words("summary.levels.certified", level=3)
    assert list_level_counts(rounds.empty(), words) == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_name_in_the_chart_of_totals_is_cut(language: str) -> None:
    long = Text(ko="가나다라마바사아특별자치시 자차카타파하구", en="Jungnang-gu, Onnuri Special Self-Governing City")
    one = samples.certified().evaluation
    named = replace(one, applicant=replace(one.applicant, name=long))
    chart = charts.draw_totals_strip_chart(
        rounds.with_evaluations(rounds.round_record(), (named,)), Words(language, "charts")
    )
    assert chart is not None
    assert long.of(language) in unescape(chart.svg)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_label_in_a_chart_of_the_round_is_cut(language: str) -> None:
    record, words = rounds.round_record(), Words(language, "charts")
    drawn = [
        draw(record, words)
        for draw in (
            charts.draw_funnel_chart, charts.draw_levels_chart, charts.draw_totals_strip_chart,
            charts.draw_domains_chart,
        )
    ]  # fmt: skip
    assert [chart.title for chart in drawn if chart is None or "…" in chart.svg] == []


def plain_round() -> RoundFacts:
    facts = samples.round_facts()
    return replace(facts, invented=False, edition_basis=replace(facts.edition_basis, status=Status.LAW))


def test_decided_levels_stand_beside_computed_ones_with_the_reason_of_each_that_differs() -> None:
    record = otherwise()
    computed, decided = count_levels_by_size(record.evaluations, KO), count_decided_by_size(record.pairs, KO)
    assert computed is not None
    assert decided is not None
    assert [name for name, counts in computed.rows if counts[-1] == "1"] == [
        "3등급(인증기준 충족)",
        "4등급(인증기준 미달)",
    ]
    assert dict(decided.rows) == {
        "3등급(인증)": ("0", "1", "1"), "4등급(불인증)": ("1", "0", "1"), "결정 대기": ("0", "0", "0")
    }  # fmt: skip
    made = sections(record)
    assert ["하늘시", "4등급", "4등급", "3등급 인증", "도시정책과장, 2023년 12월 1일", "현장에서 확인"] in cells(
        made["applicants"].html
    )
    assert (
        "산정 결과와 다르게 결정된 곳은 2곳입니다: 바다군(산정 3등급, 결정 4등급), 하늘시(산정 4등급, 결정 3등급)."
        in words(made["overview"].html)
    )


def test_excluded_and_on_hold_are_counted_by_stage() -> None:
    made = sections(rounds.round_record())
    assert "평가에서 제외된 곳은 2곳입니다(접수 2곳)." in words(made["overview"].html)
    assert "평가 보류 중인 곳은 1곳입니다(제출서류 1곳)." in words(made["overview"].html)
    assert cells(made["refused"].html)[1:5] == [
        ["신청 자격", "0", "0"],
        ["접수", "2", "0"],
        ["제출서류", "0", "1"],
        ["점수 산정", "0", "0"],
    ]


def test_failures_come_first_and_only_if_there_are_any() -> None:
    assert "failures" not in sections(rounds.round_record())
    failed = sections(rounds.round_record(Failure(id="bada", language="en", reason="cell 3: ValueError")))
    assert failed["failures"].title.startswith("1. ")
    assert failed["overview"].title.startswith("2. ")
    assert ["bada", "영어", "cell 3: ValueError"] in cells(failed["failures"].html)


def test_every_applicant_stands_in_the_table_with_its_outcome_and_its_report() -> None:
    html = sections(rounds.round_record())["applicants"].html
    rows = {row[0]: row[1:] for row in cells(html)[1:]}
    assert rows["바다군 Bada-gun"] == ["대도시", "3등급", "156.0", "3등급 인증", "보고서"]
    assert html.count("<tr>") == 1 + len(rounds.IDS)
    for id_ in rounds.IDS:
        assert f'href="applicants/{id_}/report.ko.html"' in html


@pytest.mark.parametrize(
    ("by_points", "cell"),
    [(3, "3등급"), (1, "3등급(점수로는 1등급, 미충족: 안전 책임자)")],
    ids=["reached", "held down"],
)
def test_a_level_that_a_requirement_holds_down_stands_with_its_reason(by_points: int, cell: str) -> None:
    record = rounds.round_record()
    missed = FloorMissed(
        domain=Text(ko="안전 책임자", en="Safety officer"),
        points=Fraction(0),
        floor=Fraction(1),
        best_level=3,
        prerequisite=True,
    )
    evaluations = [
        replace(one, level=replace(one.level, floors=(missed,), by_points=by_points))
        if one.id == "bada" and one.level is not None
        else one
        for one in record.evaluations
    ]
    html = sections(rounds.with_evaluations(record, evaluations))["applicants"].html
    rows = {row[0]: row[1:] for row in cells(html)[1:]}
    assert rows["바다군 Bada-gun"][1] == cell


def test_it_leads_only_to_reports_that_are_there() -> None:
    record = rounds.round_record(Failure(id="bada", language="en", reason="x"))
    there = frozenset({"applicants/haneul/report.en.html", "applicants/byeol/report.ko.html"})
    html = sections(record, "en", there)["applicants"].html
    assert re.findall(r'href="([^"]+)"', html) == ["applicants/haneul/report.en.html"]
    by_name = {row[0]: row[-1] for row in cells(html)[1:]}
    assert by_name["Bada-gun 바다군"] == Words("en", "summary")("summary.applicants.no_report")
    assert "href" not in sections(record, "en", frozenset())["applicants"].html


def test_it_leads_to_the_public_tables_where_both_are_there() -> None:
    both = sections(rounds.round_record(), "ko", frozenset({"results.csv", "results.xlsx"}))["applicants"].html
    assert re.findall(r'href="([^"]+)"', both) == ["results.xlsx", "results.csv"]
    assert "results" not in sections(rounds.round_record(), "ko", frozenset({"results.csv"}))["applicants"].html


def test_what_was_refused_is_told_with_the_sentence_of_its_finding_and_its_basis() -> None:
    html = sections(rounds.round_record())["refused"].html
    late = samples.late().evaluation.findings[-1]
    assert str(escape(KO.finding(late))) in html
    assert KO("summary.refused.decisive") in html
    assert KO.citation(late.basis[0].cite[0]) in html
    assert "바다군" not in html


def test_findings_of_one_kind_are_told_once_with_their_number() -> None:
    late = samples.late().evaluation
    twice = replace(late, findings=(late.findings[-1],) * 3)
    (refusal,) = list_refused(((twice, build_computed_outcome(twice)),), KO)
    assert [more for _, more in refusal.findings] == [2]
    record = rounds.with_evaluations(rounds.round_record(), (twice,))
    assert KO("summary.refused.more", count=2) in sections(record)["refused"].html


def test_quartiles_are_shown_only_where_enough_were_evaluated_to_stay_anonymous() -> None:
    shown = sections(rounds.round_record())["domains"].html
    hidden = sections(rounds.round_record(enough=False))["domains"].html
    assert KO("summary.domains.suppressed", suppress_below=5) in shown  # one large applicant
    (innovation,) = [row for row in cells(shown) if row[:2] == ["혁신성", "중소도시"]]
    assert innovation[2:] == ["6", "53.4%", "62.8%", "80.2%"]
    assert "%" not in "".join(cell for row in cells(hidden) for cell in row)
    assert "—" not in hidden
    assert KO("chart.domains.alt_suppressed", domain="혁신성", size_type="size_type.large", suppress_below=5) in hidden


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_round_without_applications_has_a_summary_too(language: str) -> None:
    made = sections(rounds.empty(), language)
    assert set(made) == {"head", *SECTIONS} - {"failures"}
    assert "<svg" not in made["levels"].html + made["domains"].html


@pytest.mark.parametrize("text", samples.HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_comes_out_as_text(text: str, language: str) -> None:
    made = sections(rounds.hostile_round(text), language)
    html = "".join(section.html for section in made.values())
    assert "<script" not in html
    assert "</script" not in html
    assert "<b>" not in html
    assert 'href="javascript' not in html
    shown = KO.show(text, "text")
    for name in ("head", "failures", "applicants", "refused", "basis"):
        assert str(escape(shown)) in re.sub('<span lang="ko">([^<]*)</span>', r"\1", made[name].html), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_and_figures_are_named_for_those_who_do_not_see_them(language: str) -> None:
    for section in sections(rounds.round_record(), language).values():
        assert section.html.count("<table") == section.html.count("<caption>")
        assert "<th>" not in section.html
        assert section.html.count("<figure>") == section.html.count('role="img" aria-label="')
        assert 'aria-label=""' not in section.html


def test_the_same_record_gives_the_same_summary_also_read_back_from_json() -> None:
    record = rounds.round_record()
    again = from_json(RoundRecord, to_json(record))
    assert again == record
    assert [one.html for one in sections(again).values()] == [one.html for one in sections(record).values()]
    assert RoundSummary(record, "ko").typeface().html == RoundSummary(again, "ko").typeface().html


@pytest.mark.parametrize("count", [1, 40, 41, 1000])
def test_every_total_has_a_dot_on_the_sheet_however_many_there_are(count: int) -> None:
    chart = charts.draw_totals_strip_chart(rounds.many(count), KO)
    assert chart is not None
    root = ElementTree.fromstring(chart.svg)  # noqa: S314  # our own chart
    height = float(str(root.get("viewBox")).split()[3])
    dots = set()  # a decision that is pending is two dots, one in the other
    for element in root.iter("path"):
        if element.get("stroke-linecap") != "round" or "--own" not in str(element.get("stroke")):
            continue
        half = float(str(element.get("stroke-width"))) / 2
        places = [(float(x), float(y)) for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)", str(element.get("d")))]
        assert all(half <= x <= WIDTH - half and half <= y <= height - half for x, y in places)
        dots |= set(places)
    assert len(dots) == count + 3  # three in the key
    assert len(chart.svg) < 50 * count + 20_000


def test_the_dots_of_the_results_differ_in_shape_and_not_in_a_shade_that_a_copy_loses() -> None:
    chart = charts.draw_totals_strip_chart(rounds.round_record(), KO)
    assert chart is not None
    drawn: dict[str, list[str]] = {}  # of each dot of the key, what is drawn from the outside in
    for element in ElementTree.fromstring(chart.svg).iter("path"):  # noqa: S314  # our own chart
        for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)h0", str(element.get("d"))):
            if x == "6":
                drawn.setdefault(y, []).append(
                    str(element.get("stroke")).removeprefix("var(--").split(")")[0].split(",")[0]
                )
    assert sorted(drawn.values()) == [["own"], ["own", "paper"], ["own", "paper", "own"]]


def test_the_charts_of_a_round_in_which_nobody_was_evaluated_are_left_out() -> None:
    record = rounds.with_evaluations(rounds.round_record(), rounds.round_record().evaluations[1:4])
    assert charts.draw_levels_chart(record, KO) is None
    assert charts.draw_totals_strip_chart(record, KO) is None
    assert charts.draw_domains_chart(record, KO) is None
    assert "접수 3곳." in charts.draw_funnel_chart(record, KO).alt


def test_size_types_without_anybody_have_a_panel_of_zeros() -> None:
    one = rounds.with_evaluations(rounds.round_record(), rounds.round_record().evaluations[:1])
    assert one.evaluations[0].size_type is SizeType.LARGE
    chart = charts.draw_levels_chart(one, KO)
    assert chart is not None
    assert "중소도시 산정 3등급 0곳." in chart.alt
    assert "대도시 산정 3등급 1곳." in chart.alt


@pytest.mark.parametrize("page", ["charts", "summary"])
def test_both_languages_have_the_same_sentences_with_the_same_fields(page: str) -> None:
    ko, en = load_catalogue("ko", page), load_catalogue("en", page)
    assert ko.keys() == en.keys()
    for key in ko:
        assert {gap.name for gap in find_placeholders(str(ko[key]))} == {
            gap.name for gap in find_placeholders(str(en[key]))
        }, key


def test_the_notebook_only_loads_calls_and_shows() -> None:
    notebook = nbformat.read(home.find_notebook("round_summary"), as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    allowed = (
        ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.AnnAssign, ast.Expr, ast.Call, ast.Name,
        ast.Load, ast.Store, ast.Attribute, ast.keyword, ast.Constant,
    )  # fmt: skip
    for source in code:
        assert all(isinstance(node, allowed) for node in ast.walk(ast.parse(source))), source
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    assert sum("parameters" in of_cell for of_cell in tags) == 1
    assert {tag for of_cell in tags for tag in of_cell} <= {"parameters", "remove-cell", "remove-input"}
    called = [re.findall(r"summary\.(\w+)\(\)", source) for source in code[1:]]
    assert called == [[name] for name in ("head", *SECTIONS, "typeface")]
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)
