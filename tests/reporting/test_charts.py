"""Charts: that they say what the numbers say, keep to the sheet, and bring nothing into the page but themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.errors import ReportError
from smartcert.model.citation import Text
from smartcert.model.evaluation import NextLevel, PointsLeft, SectionScore
from smartcert.model.indicator import Effect
from smartcert.reporting import charts, palette, typeface
from smartcert.reporting import formats as figures
from smartcert.reporting.audience import redact
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.applicant import _list_waterfall_steps
from smartcert.reporting.charts.history import draw_timeline_chart
from smartcert.reporting.charts.round import draw_steps_chart
from smartcert.reporting.charts.svg import NARROW_WIDTH, WIDTH, Canvas, Shape
from smartcert.reporting.compact import compact_html, restore_charts, shorten_markup
from smartcert.reporting.page import page_style, parse_page
from smartcert.reporting.progress import PROGRESS_STEPS, StepCount
from smartcert.reporting.records import Audience, Record
from smartcert.services.rounds import open_round
from tests.evaluation.test_any_criteria import scored
from tests.reporting.test_history import record as history_record
from tests.support import contrast
from tests.support import sample_records as samples
from tests.support.build import example
from tests.support.seeds import list_seeds
from tests.support.svg_paths import list_corners

KO, EN = Words("ko", "charts"), Words("en", "charts")
OF_ONE: list[Callable[[Record, Words], charts.Chart | None]] = [
    charts.draw_scale_chart,
    charts.draw_points_chart,
    charts.draw_gap_chart,
    charts.draw_totals_chart,
    charts.draw_waterfall_chart,
    charts.draw_standing_chart,
    charts.draw_marks_chart,
]
_VAR = re.compile(r"var\(--([a-z]+),(#[0-9a-f]{6})\)")


def drawn(make: Callable[[Record, Words], charts.Chart | None], record: Record, words: Words = KO) -> charts.Chart:
    chart = make(record, words)
    assert chart is not None
    return chart


def parse_svg(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  # our own charts, parsed to see that they are well formed


def parsed(chart: charts.Chart) -> ElementTree.Element:
    """Return the drawing, with the attributes of a group at its texts where they do not have their own."""
    return parsed_drawing(chart.svg)


def parsed_drawing(svg: str) -> ElementTree.Element:
    root = parse_svg(svg)
    for group in root.iter("g"):
        for text in group:
            text.attrib.update({**group.attrib, **text.attrib})
    return root


def texts(chart: charts.Chart) -> list[str]:
    return ["".join(element.itertext()) for element in parsed(chart).iter("text")]


def extent(element: ElementTree.Element) -> tuple[float, float]:
    weight = int(element.get("font-weight", typeface.REGULAR))
    wide = typeface.measure_text("".join(element.itertext()), float(element.get("font-size", "0")), weight)
    x = float(element.get("x", "0"))
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[element.get("text-anchor", "start")]
    return left, left + wide


LIKE_ATTRIBUTES = 'fill="none" ="var(--own,#0b559f)" stroke=var(--own) class=own x'
"""What a text may have that looks like attributes of a drawing."""


@pytest.mark.parametrize("name", palette.LIGHT_COLOURS)
def test_a_pdf_has_the_light_value_of_every_colour_of_a_chart(name: str) -> None:
    sheet = Canvas(20)
    sheet.bar(0, 0, 10, 10, name, "muted")
    sheet.line([(0, 0), (1, 1)], name, 2)
    sheet.text(0, 10, LIKE_ATTRIBUTES, colour=name)
    for svg in (sheet.svg(), compact_html(sheet.svg())):
        shown = parse_svg(restore_charts(svg))
        assert shown.get("fill") == "none"
        (_, bar, line), (text,) = shown.findall("path"), shown.iter("text")
        assert bar.get("fill") == line.get("stroke") == palette.LIGHT_COLOURS[name]
        assert bar.get("stroke") == palette.LIGHT_COLOURS["muted"]
        assert shown.find("g") is not None
        assert palette.LIGHT_COLOURS[name] in {element.get("fill") for element in shown.iter() if element.tag == "g"}
        assert text.text == LIKE_ATTRIBUTES


@pytest.mark.parametrize("make", OF_ONE)
def test_a_page_has_a_chart_with_the_colours_of_its_style_sheet(
    make: Callable[[Record, Words], charts.Chart | None],
) -> None:
    svg = drawn(make, samples.not_certified()).svg
    short = compact_html(svg)
    assert compact_html(short) == short
    assert 0.6 * len(svg) < len(short) < 0.9 * len(svg)
    before, after = parse_svg(restore_charts(svg)), parse_svg(restore_charts(short))
    assert [(one.tag, one.attrib, one.text) for one in before.iter()] == [
        (one.tag, one.attrib, one.text) for one in after.iter()
    ]
    without_quotes = shorten_markup(short)
    assert "=var(--" in without_quotes
    assert parse_page(without_quotes) == parse_page(short)
    assert parse_page(restore_charts(without_quotes)) == parse_page(restore_charts(short))
    style = page_style()
    for element in parse_svg(short).iter():
        if element.tag in {"path", "g", "text"} and (name := element.get("class")):
            assert f".smartcert .chart .{name}{{color:var(--{name});fill:var(--{name})}}" in style


def test_shapes_join_only_where_nothing_between_them_is_covered() -> None:
    sheet = Canvas(100)
    sheet.line([(0, 10), (10, 10)], "own", 2)
    sheet.bar(0, 30, 10, 10, "peer")
    sheet.line([(0, 50), (10, 50)], "own", 2)  # joins the first: the bar lies apart
    sheet.line([(0, 35), (10, 35)], "own", 2)  # lies on the bar, and so after it
    paths = re.findall('d="([^"]+)"', sheet.svg())[1:]
    assert paths == ["M0 10h10M0 50h10", "M0 30h10v10h-10Z", "M0 35h10"]


def test_lines_that_cross_are_one_path_and_areas_that_do_are_not() -> None:
    sheet = Canvas(100)
    sheet.line([(0, 10), (10, 10)], "own")
    sheet.line([(5, 0), (5, 20)], "own")
    for x in (0, 5, 20):
        sheet.bar(x, 30, 10, 10, "peer", ground=False)
    paths = re.findall('d="([^"]+)"', sheet.svg())[1:]
    assert paths == ["M0 10h10M5 0v20", "M0 30h10v10h-10Z", "M5 30h10v10h-10ZM20 30h10v10h-10Z"]


def widths(chart: charts.Chart, colour: str) -> list[float]:
    found = []
    for element in parsed(chart).iter("path"):
        if f"--{colour}," in element.get("fill", ""):
            for shape in re.findall("M[^M]+", element.get("d", "")):
                across = [x for x, _ in list_corners(shape)]
                found.append(max(across) - min(across))
    return found


@pytest.mark.parametrize("make", OF_ONE)
@pytest.mark.parametrize("words", [KO, EN])
def test_a_chart_brings_no_style_no_id_no_script_and_no_reference_into_the_page(
    make: Callable[[Record, Words], charts.Chart | None], words: Words
) -> None:
    chart = drawn(make, samples.not_certified(), words)
    allowed = {
        "class", "viewBox", "width", "aria-hidden", "d", "fill", "stroke", "stroke-width",
        "stroke-dasharray", "stroke-linecap", "x", "y", "font-size", "font-weight", "text-anchor",
    }  # fmt: skip
    for element in parsed(chart).iter():
        assert element.tag in {"svg", "path", "g", "text"}
        assert set(element.keys()) <= allowed
    assert parsed(chart).get("aria-hidden") == "true"


@pytest.mark.parametrize("make", OF_ONE)
def test_every_colour_is_the_pages(make: Callable[[Record, Words], charts.Chart | None]) -> None:
    chart = drawn(make, samples.not_certified())
    colours = [
        element.get(name) for element in parsed(chart).iter() for name in ("fill", "stroke") if element.get(name)
    ]
    for colour in colours:
        if colour != "none":
            found = _VAR.fullmatch(str(colour))
            assert found is not None, colour
            assert palette.LIGHT_COLOURS[found[1]] == found[2]


@pytest.mark.parametrize("text", samples.HOSTILE)
@pytest.mark.parametrize("words", [KO, EN])
def test_hostile_names_come_out_as_text(text: str, words: Words) -> None:
    chart = drawn(charts.draw_gap_chart, samples.hostile(text), words)
    assert "<script" not in chart.svg
    shown = words.show(Text(ko=text, en=text), "text")
    assert any(shown.startswith(one.removesuffix("…")) and len(one) > 3 for one in texts(chart))
    assert shown in chart.alt


def test_a_dollar_sign_starts_no_mathematics() -> None:
    sheet = Canvas(20)
    sheet.text(0, 10, "$x^2$ \\alpha {")
    assert "$x^2$ \\alpha {" in sheet.svg()


@pytest.mark.parametrize(
    ("shape", "corners"),
    [
        ("up", {(50, 45), (45, 55), (55, 55)}),
        ("down", {(50, 55), (45, 45), (55, 45)}),
        ("diamond", {(50, 57.1), (57.1, 50), (50, 42.9), (42.9, 50)}),
    ],
)
def test_a_mark_has_its_corners_around_its_point(shape: Shape, corners: set[tuple[float, float]]) -> None:
    sheet = Canvas(100)
    sheet.marks([(50, 50)], shape, 10, "own")
    path = re.findall('d="([^"]+)"', sheet.svg())[-1]
    assert set(list_corners(path)) == corners


@given(
    st.floats(-1000, 1000), st.floats(-1000, 1000), st.floats(0, 1000), st.floats(1, 1000), st.sampled_from(["", "ink"])
)
def test_a_bar_and_its_edge_lie_inside_what_was_asked_for(
    x: float, y: float, wide: float, high: float, edge: str
) -> None:
    sheet = Canvas(100)
    sheet.bar(x, y, wide, high, "own", edge)
    path = re.search('class="own" fill="[^>]* d="([^"]+)"', sheet.svg())
    assert path is not None
    found = list_corners(path[1])
    edged = 0.5 if edge else 0.0
    across, down = ([pair[side] for pair in found] for side in (0, 1))
    assert (min(across), max(across)) == pytest.approx((x + edged, x + edged + max(wide - 2 * edged, 0)), abs=0.11)
    assert (min(down), max(down)) == pytest.approx((y + edged, y + high - edged), abs=0.11)
    assert "-0 " not in sheet.svg()


def test_an_unknown_colour_is_refused_and_nothing_is_drawn_without_points() -> None:
    sheet = Canvas(20)
    empty = sheet.svg()
    sheet.dots([], 5, "own", "ink")
    sheet.marks([], "up", 5, "own")
    sheet.lines([], "own")
    sheet.bar(0, 0, 10, 10)
    assert sheet.svg() == empty
    with pytest.raises(KeyError, match="mauve"):
        sheet.line([(0, 0), (1, 1)], "mauve")


@settings(deadline=None)
@given(st.integers(0, 2000), st.sampled_from([KO, EN]))
@pytest.mark.slow
def test_the_labels_of_the_scale_stay_on_the_sheet_and_apart_wherever_the_points_lie(tenths: int, words: Words) -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    card = replace(card, points=Fraction(tenths, 10))
    result = samples.level_result(card)
    evaluation = replace(
        record.evaluation, scorecard=card, level=result, next_level=samples.find_next_level(card, result)
    )
    chart = charts.draw_scale_chart(replace(record, evaluation=evaluation), words)
    rows: dict[float, list[tuple[float, float]]] = {}
    for element in parsed(chart).iter("text"):
        left, right = extent(element)
        assert left >= -0.1
        assert right <= WIDTH + 0.1
        rows.setdefault(round(float(element.get("y", "0"))), []).append((left, right))
    for spans in rows.values():
        spans.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_bars_are_as_long_as_the_points_they_stand_for() -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    chart = charts.draw_points_chart(record, KO)
    own = widths(chart, "own")[1:]  # the first one is the example in the key
    per_point = [wide / float(item.points) for wide, item in zip(own, card.items(), strict=True)]
    assert max(per_point) - min(per_point) < 0.01


def test_the_text_alternative_of_items_has_their_domains_with_their_points() -> None:
    card = samples.not_certified().evaluation.scorecard
    assert card is not None
    alt = charts.draw_points_chart(samples.not_certified(), EN).alt
    heard = [alt.index(f"{part.name.en}: {figures.format_number(part.points)} of") for part in card.domains]
    assert heard == sorted(heard)


def test_the_peers_are_drawn_only_where_they_are_enough_to_stay_anonymous() -> None:
    shown = charts.draw_points_chart(samples.not_certified(), KO)
    hidden = charts.draw_points_chart(samples.not_certified(suppressed=True), KO)
    assert "--peer" in shown.svg
    assert "중앙값" in shown.alt
    assert "--peer" not in hidden.svg
    assert "중앙값" not in hidden.alt + hidden.title
    assert KO("chart.points.suppressed", suppress_below=5) in texts(hidden)


def test_the_text_alternative_tells_the_numbers() -> None:
    chart = charts.draw_scale_chart(samples.not_certified(), EN)
    assert chart.title == "Position among the score thresholds: 120.0 points, Level 4 computed"
    assert "20.0 points below Level 3" in chart.alt
    assert "Level 1: 180 or more, Level 2: 160 or more, Level 3: 140 or more, Level 4: 120 or more" in chart.alt
    totals = charts.draw_totals_chart(samples.not_certified(), EN)
    assert (
        "126.0 points as claimed, 126.0 after the written evaluation and 120.0 after the on-site inspection"
        in totals.alt
    )
    assert "−6.0" in texts(totals)


def _heights(record: Record) -> list[Fraction]:
    """Return what the chart should step down to, item by item."""
    card = record.evaluation.scorecard
    assert card is not None
    heights = [card.out_of]
    for item in card.items():
        heights.append(heights[-1] - item.out_of + item.points)
    return heights


@pytest.mark.parametrize("words", [KO, EN])
def test_the_waterfall_steps_from_the_points_possible_to_those_reached(words: Words) -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    chart = charts.draw_waterfall_chart(record, words)
    steps = widths(chart, "warn")
    lost = [item.out_of - item.points for item in card.items() if item.points < item.out_of]
    per_point = [wide / float(points) for wide, points in zip(steps, lost, strict=True)]
    assert max(per_point) - min(per_point) < 0.05
    for points in lost:
        assert any(text == figures.format_number(-points, 2) for text in texts(chart))
        assert figures.format_number(points, 2) in chart.alt
    assert figures.format_number(card.points, 1) in chart.title
    assert _heights(record)[-1] == sum(item.points for item in card.items())


def test_what_rounding_added_or_took_is_a_step_of_its_own() -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    reached = sum((item.points for item in card.items()), Fraction(0))
    for change, key in ((Fraction(1, 4), "rounding_added"), (Fraction(-1, 4), "rounding_taken")):
        other = with_total(record, exact=reached, points=reached + change)
        chart = charts.draw_waterfall_chart(other, KO)
        assert KO("chart.waterfall.rounding") in texts(chart)
        assert KO(f"chart.waterfall.alt_{key}", points=figures.Amount(value=Fraction(1, 4), digits=2)) in chart.alt
        assert figures.format_number(change, 2).lstrip("+") in "".join(texts(chart)).replace("+", "")
        assert KO("chart.waterfall.rules") not in texts(chart)
    same = charts.draw_waterfall_chart(with_total(record, exact=reached, points=reached), KO)
    assert KO("chart.waterfall.rounding") not in texts(same)


@pytest.mark.parametrize("change", [Fraction(5), Fraction(-5)])
def test_what_bonus_points_and_limits_change_is_no_rounding(change: Fraction) -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    reached = sum((item.points for item in card.items()), Fraction(0)) + change
    chart = charts.draw_waterfall_chart(with_total(record, exact=reached, points=reached), EN)
    assert EN("chart.waterfall.rules") in texts(chart)
    assert EN("chart.waterfall.rounding") not in texts(chart)
    added = "added" if change > 0 else "removed"
    assert f"Bonus points, deductions and limits {added} 5.00." in chart.alt


def test_a_total_above_the_points_available_stays_on_the_canvas_and_says_what_is_above() -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    domain = _full(card.domains[0])
    item = replace(domain.sections[0], points=domain.sections[0].out_of + 7)
    more = replace(domain, sections=(item, *domain.sections[1:]), points=domain.points + 7, exact=domain.exact + 7)
    domains = (more, *map(_full, card.domains[1:]))
    evaluation = replace(
        record.evaluation,
        scorecard=replace(card, domains=domains, exact=card.out_of + 7, points=card.out_of + 7),
    )
    chart = charts.draw_waterfall_chart(replace(record, evaluation=evaluation), EN)
    assert f"{item.name.en}: 7.00 more than available." in chart.alt
    assert "−" not in chart.alt
    assert "+7.00" in texts(chart)
    for text in parsed(chart).iter("text"):
        left, right = extent(text)
        assert 0 <= left < right <= WIDTH


def with_total(record: Record, *, exact: Fraction, points: Fraction) -> Record:
    card = record.evaluation.scorecard
    assert card is not None
    return replace(record, evaluation=replace(record.evaluation, scorecard=replace(card, exact=exact, points=points)))


@pytest.mark.parametrize("seed", list_seeds(30, 300))
def test_the_steps_of_any_criteria_lead_to_the_total_and_say_their_direction(seed: int) -> None:
    edition, _, cards, _ = scored(seed)
    for card in cards:
        steps = _list_waterfall_steps(card, EN)
        assert card.out_of + sum(step.points for step in steps) == card.points
        labels = {step.label for step in steps if step.item is None}
        if not edition.rounding:
            assert EN("chart.waterfall.rounding") not in labels
        plain = all(score.effect is Effect.POINTS for score in card.indicators()) and card.total_rule is None
        if plain and not any(section.combine for section in card.sections()):
            assert EN("chart.waterfall.rules") not in labels
        for step in steps:
            assert ("not scored" in step.text or "removed" in step.text) is (step.points <= 0)
            assert ("more than" in step.text or "added" in step.text) is (step.points > 0)


def in_order(svg: str) -> list[tuple[float, float, str]]:
    chart = charts.Chart(svg=svg, alt="", title="")
    return [
        (float(text.get("y", "0")), extent(text)[0], "".join(text.itertext())) for text in parsed(chart).iter("text")
    ]


@pytest.mark.parametrize("words", [KO, EN])
@pytest.mark.parametrize("make", OF_ONE)
def test_the_texts_of_a_row_are_copied_from_left_to_right(
    make: Callable[[Record, Words], charts.Chart | None], words: Words
) -> None:
    for record in (samples.not_certified(), samples.certified()):
        chart = make(record, words)
        for svg in (chart.svg, chart.narrow) if chart else ():
            rows: dict[float, list[float]] = {}
            for y, x, _ in in_order(svg):
                rows.setdefault(y, []).append(x)
            assert [row for row in rows.values() if row != sorted(row)] == []


def test_the_texts_of_charts_are_copied_in_the_order_in_which_they_are_read() -> None:
    record = samples.not_certified()
    scale, totals = drawn(charts.draw_scale_chart, record, EN), drawn(charts.draw_totals_chart, record, EN)
    shown = texts(scale)
    assert shown[0].startswith("120.0 points")
    levels = [text for text in shown if re.fullmatch(r"Level \d", text)]
    assert levels == sorted(levels, key=lambda text: -int(text[-1]))
    assert texts(totals)[1:8] == [
        *("claimed", "126.0 points", "no change", "after the written evaluation", "126.0 points", "−6.0"),
        "after the on-site inspection",
    ]
    history = draw_timeline_chart(history_record().history, Words("en", "report", "charts", "history"))
    for svg in (history.svg, history.narrow):
        shown = [text for _, _, text in in_order(svg)]
        years = [place for place, text in enumerate(shown) if re.fullmatch(r"\d{4}", text)]
        assert shown[years[0] - 1] == "1 June 2024"
        assert shown.index("gap") < years[0]
        assert years == list(range(years[0], years[-1] + 1))
        assert shown.index("Seoul") == years[-1] + 1


def test_a_waterfall_that_leaves_nothing_behind_says_so() -> None:
    record = samples.not_certified()
    card = record.evaluation.scorecard
    assert card is not None
    domains = tuple(_full(domain) for domain in card.domains)
    full = replace(
        record,
        evaluation=replace(
            record.evaluation,
            scorecard=replace(card, domains=domains, exact=card.out_of, points=card.out_of),
        ),
    )
    chart = charts.draw_waterfall_chart(full, EN)
    assert chart.title == "From 200 points available to 200.0 scored; every item scored in full"
    assert not widths(chart, "warn") or max(widths(chart, "warn")) == 0


def _full(section: SectionScore) -> SectionScore:
    parts = tuple(_full(part) for part in section.sections)
    return replace(section, exact=section.out_of, points=section.out_of, sections=parts)


def test_the_own_place_lies_among_the_quartiles_and_no_single_applicant_is_told() -> None:
    record = samples.not_certified()
    peers, card = record.peers, record.evaluation.scorecard
    assert peers is not None
    assert peers.total is not None
    assert card is not None
    chart = drawn(charts.draw_standing_chart, record, EN)
    assert figures.format_rounded(peers.total.median, 2) in chart.alt
    assert len(texts(chart)) > 2 * (len(card.domains) + 1)
    # the widths of the bands are the quartiles, on an axis that the grid tells
    bands = widths(chart, "peer")[1:]
    quartiles = [peers.total, *(peers.sections[domain.id] for domain in card.domains)]
    possible = [card.out_of, *(domain.out_of for domain in card.domains)]
    spans = [float((one.upper - one.lower) / out_of) for one, out_of in zip(quartiles, possible, strict=True)]
    ratios = [band / span for band, span in zip(bands, spans, strict=True) if span]
    assert max(ratios) - min(ratios) < 1
    assert charts.draw_standing_chart(samples.not_certified(suppressed=True), EN) is None
    assert charts.draw_standing_chart(replace(record, peers=None), EN) is None


def test_the_marks_are_drawn_for_reviewers_only() -> None:
    record = samples.not_certified()
    chart = drawn(charts.draw_marks_chart, record)
    card = record.evaluation.scorecard
    assert card is not None
    given = [
        use
        for score in card.indicators()
        if score.combination
        for use in score.combination.marks
        if use.value is not None and not use.excluded
    ]
    dots = [element for element in parsed(chart).iter("path") if element.get("stroke-linecap") == "round"]
    filled = [element for element in dots if "--own" in element.get("stroke", "")]
    in_key = 2
    assert sum(element.get("d", "").count("M") for element in filled) == len(given) + in_key
    hollow = [element for element in dots if "--paper" in element.get("stroke", "")]
    assert sum(element.get("d", "").count("M") for element in hollow) == sum(use.trimmed for use in given) + 1
    leaner = redact(record, Audience.APPLICANT)
    assert isinstance(leaner, Record)
    assert charts.draw_marks_chart(leaner, KO) is None


@pytest.mark.parametrize("words", [KO, EN])
@pytest.mark.slow
def test_no_label_leaves_the_sheet_or_touches_another_in_the_example_round(words: Words) -> None:
    opened = open_round("example")
    for one in opened.evaluations:
        if one.scorecard is None:
            continue
        record = opened.record(one.id)
        for make in (charts.draw_waterfall_chart, charts.draw_standing_chart, charts.draw_marks_chart):
            chart = make(record, words)
            for element in parsed(chart).iter("text") if chart else ():
                left, right = extent(element)
                assert left >= -0.1, (one.id, "".join(element.itertext()))
                assert right <= WIDTH + 0.1, (one.id, "".join(element.itertext()))
            rows: dict[float, list[tuple[float, float]]] = {}
            for element in parsed(chart).iter("text") if chart else ():
                rows.setdefault(round(float(element.get("y", "0"))), []).append(extent(element))
            for spans in rows.values():
                assert all(a[1] <= b[0] for a, b in pairwise(sorted(spans))), one.id


def check_labels(svg: str, width: float) -> None:
    """Check that no text leaves the sheet or touches another of its line."""
    rows: dict[float, list[tuple[float, float]]] = {}
    for element in parsed_drawing(svg).iter("text"):
        left, right = extent(element)
        assert left >= -0.1, "".join(element.itertext())
        assert right <= width + 0.1, "".join(element.itertext())
        rows.setdefault(round(float(element.get("y", "0"))), []).append((left, right))
    for spans in rows.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(spans))), svg


@pytest.mark.parametrize("words", [KO, EN])
@pytest.mark.parametrize("counts", [(21, 21, 20, 20, 20, 0, 0), (243, 242, 130, 100, 99, 98, 1), (1, 0, 0, 0, 0, 0, 0)])
def test_what_each_stage_lost_stays_on_the_sheet(counts: tuple[int, ...], words: Words) -> None:
    steps = [StepCount(step=step, count=count) for step, count in zip(PROGRESS_STEPS, counts, strict=True)]
    chart = draw_steps_chart(steps, words)
    check_labels(chart.svg, WIDTH)
    check_labels(chart.narrow, NARROW_WIDTH)


@pytest.mark.parametrize("words", [KO, EN])
def test_that_peers_are_too_few_is_said_clear_of_the_heading_of_the_values(words: Words) -> None:
    chart = charts.draw_points_chart(samples.not_certified(suppressed=True), words)
    check_labels(chart.svg, WIDTH)
    check_labels(chart.narrow, NARROW_WIDTH)


def test_there_is_no_chart_of_what_is_left_where_no_better_level_is() -> None:
    record = samples.certified()
    assert charts.draw_gap_chart(replace(record, evaluation=replace(record.evaluation, next_level=None)), KO) is None


def test_a_level_held_back_by_a_floor_alone_shows_no_distance_in_points() -> None:
    record = samples.not_certified()
    floor = NextLevel(
        level=3, bound=Fraction(110), short=Fraction(-10), most_left=(), smallest_set=(), lost_on_site=(), carried=False
    )
    record = replace(record, evaluation=replace(record.evaluation, next_level=floor))
    chart = charts.draw_scale_chart(record, EN)
    assert "--warn" not in chart.svg
    assert "short" not in chart.alt
    assert charts.draw_gap_chart(record, EN) is None


def test_a_diamond_marks_the_smallest_set_that_reaches_the_next_level() -> None:
    record = samples.not_certified()
    gap = record.evaluation.next_level
    assert gap is not None
    none_marked = replace(gap, smallest_set=())
    bare = replace(record, evaluation=replace(record.evaluation, next_level=none_marked))
    assert drawn(charts.draw_gap_chart, record).svg.count("--own") > drawn(charts.draw_gap_chart, bare).svg.count(
        "--own"
    )
    assert KO("chart.gap.set", level=3) in texts(drawn(charts.draw_gap_chart, record))


def test_of_items_that_lack_as_many_points_none_is_said_to_lack_most() -> None:
    record = example().record("haneul")
    card = record.evaluation.scorecard
    assert card is not None
    item = card.domains[0].sections[0]
    twice = replace(card.domains[0], sections=(item, replace(item, id="X")))
    for sections, named in ((card.domains[0], True), (twice, False)):
        evaluation = replace(record.evaluation, scorecard=replace(card, domains=(sections,)))
        title = drawn(charts.draw_waterfall_chart, replace(record, evaluation=evaluation)).title
        assert ("most points not scored" in title or "미획득 점수가 가장 큰" in title) == named


def test_points_that_nobody_can_score_are_drawn_neither_as_scored_nor_as_left() -> None:
    record = example().record("haneul")
    gap, card = record.evaluation.next_level, record.evaluation.scorecard
    assert gap is not None
    assert card is not None
    rank = next(score for score in card.indicators() if score.id == "N21")
    assert (rank.confirmed.points, rank.left, rank.out_of) == (6, 18, 30)
    left = PointsLeft(indicator="N21", name=rank.indicator.name, points=rank.left, out_of=rank.out_of)
    gap = replace(gap, most_left=(left,), smallest_set=())
    chart = drawn(charts.draw_gap_chart, replace(record, evaluation=replace(record.evaluation, next_level=gap)))
    frame, scored, warn = re.findall(r'<path[^>]* d="([^"]+)"', chart.svg)[-3:]
    (start, point), (_, lost), (edge, end) = (
        (min(x for x, _ in corners), max(x for x, _ in corners)) for corners in map(list_corners, (scored, warn, frame))
    )
    assert point == pytest.approx(edge, abs=1)
    for at, points in ((point, 6), (lost, 24)):
        assert (at - start) / (end - start) == pytest.approx(points / 30, abs=0.005)


def test_a_name_too_long_for_its_place_is_cut_in_the_chart_and_whole_in_the_text_alternative() -> None:
    record = samples.not_certified()
    gap = record.evaluation.next_level
    assert gap is not None
    long = "가나다라마바사아자차" * 30
    first = gap.most_left[0].indicator
    left = PointsLeft(indicator=first, name=Text(ko=long, en=long), points=Fraction(1), out_of=Fraction(2))
    chart = drawn(
        charts.draw_gap_chart,
        replace(record, evaluation=replace(record.evaluation, next_level=replace(gap, most_left=(left,)))),
    )
    assert any(text.endswith("…") for text in texts(chart))
    assert long in chart.alt


def test_what_was_not_evaluated_has_no_points_to_draw() -> None:
    for make in OF_ONE[:2] + OF_ONE[3:]:
        with pytest.raises(ReportError, match="was not evaluated"):
            make(samples.late(), KO)


@pytest.mark.parametrize("colours", [palette.LIGHT_COLOURS, contrast.DARK_COLOURS])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_text_is_readable_on_the_page_in_every_colour_it_is_set_in(colours: dict[str, str], ground: str) -> None:
    for name in contrast.TEXT_COLOURS:
        assert contrast.contrast_ratio(colours[name], colours[ground]) >= 4.5, name


@pytest.mark.parametrize("colours", [palette.LIGHT_COLOURS, contrast.DARK_COLOURS])
def test_text_on_bars_is_readable_and_bars_stand_out(colours: dict[str, str]) -> None:
    for bar in ("own", "warn"):
        assert contrast.contrast_ratio(colours["paper"], colours[bar]) >= 4.5
    assert contrast.contrast_ratio(colours["ink"], colours["possible"]) >= 4.5
    assert contrast.contrast_ratio(colours["own"], colours["possible"]) >= 3
    assert contrast.contrast_ratio(colours["warn"], colours["possible"]) >= 3


def test_the_style_sheet_of_the_pages_has_the_colours_of_the_palette() -> None:
    css = (files("smartcert.reporting") / "template" / "smartcert" / "page.css").read_text("utf-8")
    found = re.findall(r"--([a-z]+): (#[0-9a-f]{6});", css)
    assert found[: len(palette.LIGHT_COLOURS)] == list(palette.LIGHT_COLOURS.items())
    assert found[len(palette.LIGHT_COLOURS) :] == list(contrast.DARK_COLOURS.items())
