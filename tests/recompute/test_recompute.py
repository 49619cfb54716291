"""A page says what its own trace leads to, and nothing that was changed in it goes unseen."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartcert import __version__
from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.evaluation.scales import apply_scale
from smartcert.model.citation import Text
from smartcert.model.indicator import Direction, RankScale
from smartcert.model.scheme import SchemeFacts
from smartcert.recompute import recompute
from smartcert.recompute.compare import _compare_page
from smartcert.recompute.rebuild import _indicators, _place_twice
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.experiment import load_script
from smartcert.reporting.applicant.trace import COMPUTED_SECTIONS, TracedIndicator, build_trace, embed_trace, read_trace
from smartcert.reporting.audience import redact
from smartcert.reporting.compact import pack_trace, unpack_trace
from smartcert.reporting.page import parse_page
from smartcert.reporting.records import Audience, Record
from tests.support import sample_records as samples
from tests.support.build import example, indicator
from tests.support.report_pages import batch_page, page

TAMPERINGS = 200
_SCRIPT = re.compile(r'<script type="application/json" id="smartcert-trace">.*?</script>', re.DOTALL)
_NUMBER = re.compile(r"\d")
both_languages = pytest.mark.parametrize("language", ["ko", "en"])


@cache
def record(name: str, audience: Audience = Audience.REVIEWER) -> Record:
    seen = redact(example().record(name), audience)
    assert isinstance(seen, Record)
    return seen


@cache
def rendered(name: str, language: str, audience: Audience = Audience.REVIEWER) -> str:
    """Return a page with its trace as JSON, so that single values of it can be changed."""
    return unpack_trace(batch_page(record(name, audience), language))


@cache
def sample_page() -> str:
    """Return a page with few indicators, on which a change is looked for in a third of the time."""
    return unpack_trace(batch_page(samples.not_certified(), "ko"))


@cache
def sample_differences() -> frozenset[str]:
    return frozenset(str(one) for one in recompute(sample_page(), seals=False).differences)


@pytest.mark.parametrize(
    ("name", "audience", "language"), [("haneul", Audience.REVIEWER, "ko"), ("ara", Audience.APPLICANT, "en")]
)
def test_a_page_of_the_example_is_equal_to_its_recomputation(name: str, audience: Audience, language: str) -> None:
    result = recompute(rendered(name, language, audience))
    assert result.differences == ()
    again, card = result.record, record(name).evaluation.scorecard
    assert again is not None
    assert card is not None
    assert again.evaluation.scorecard is not None
    assert again.evaluation.scorecard.points == card.points


@pytest.mark.full
@both_languages
@pytest.mark.parametrize("audience", [Audience.REVIEWER, Audience.APPLICANT])
def test_every_page_of_the_example_is_equal_to_its_recomputation(audience: Audience, language: str) -> None:
    scored = [one.id for one in example().evaluations if one.scorecard]
    assert [name for name in scored if not recompute(rendered(name, language, audience)).equal] == []
    assert len(scored) == 15


@pytest.mark.parametrize(
    "one",
    [
        samples.not_certified(),
        samples.certified(),
        samples.not_certified(suppressed=True),
        samples.hostile(" ".join(samples.HOSTILE)),
    ],
    ids=["not_certified", "certified", "suppressed", "hostile"],
)
@pytest.mark.parametrize("exporter", [page, batch_page], ids=["stock", "batch"])
def test_every_kind_of_page_is_equal_in_both_exporters(one: Record, exporter: object) -> None:
    assert callable(exporter)
    assert recompute(exporter(one, "ko")).differences == ()


def spots(html: str) -> list[int]:
    """Return the places of all digits that can be seen in the computed sections, or stand in the trace."""
    found = []
    for name in COMPUTED_SECTIONS:
        start = html.find(f'aria-labelledby="{name}"')
        end = html.index("</section>", start)
        inside = re.finditer(r">[^<]+<", html[start:end])
        found += [start + text.start() + digit.start() for text in inside for digit in _NUMBER.finditer(text[0])]
    script = _SCRIPT.search(html)
    assert script is not None
    return found + [script.start() + digit.start() for digit in _NUMBER.finditer(script[0])]


def other_digit(digit: str, rng: random.Random) -> str:
    return rng.choice([one for one in "0123456789" if one != digit])


def unseen(html: str, places: list[int], count: int, seed: int, *, seals: bool = True) -> list[str]:
    """Return what stands around the digits that were changed, one at a time, without being found."""
    rng = random.Random(seed)
    missed = []
    for at in rng.sample(places, count):
        tampered = html[:at] + other_digit(html[at], rng) + html[at + 1 :]
        if recompute(tampered, seals=seals).equal:
            missed.append(html[at - 40 : at + 40])
    return missed


def visible(html: str) -> list[int]:
    script = _SCRIPT.search(html)
    assert script is not None
    return [at for at in spots(html) if not script.start() <= at < script.end()]


@pytest.mark.slow
def test_a_changed_number_is_found_in_the_page_and_in_the_trace() -> None:
    html = rendered("haneul", "en")
    places = spots(html)
    assert len(places) > 5_000
    assert unseen(html, places, 4, 1) == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "language", "audience"),
    [
        ("haneul", "ko", Audience.REVIEWER),
        ("ara", "en", Audience.REVIEWER),
        ("danbi", "en", Audience.APPLICANT),
        ("hanbit", "ko", Audience.APPLICANT),
    ],
)
def test_each_of_200_tamperings_with_a_number_is_found(name: str, language: str, audience: Audience) -> None:
    html = rendered(name, language, audience)
    assert unseen(html, spots(html), TAMPERINGS // 4, 7) == []


@pytest.mark.slow
def test_a_changed_number_that_is_seen_is_found_by_the_calculation_alone() -> None:
    html = rendered("haneul", "en")
    assert unseen(html, visible(html), 3, 5, seals=False) == []


@pytest.mark.full
def test_each_of_200_changed_numbers_that_are_seen_is_found_by_the_calculation_alone() -> None:
    html = rendered("haneul", "ko")
    assert unseen(html, visible(html), TAMPERINGS, 9, seals=False) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"values":["132"]', '"values":["133"]', "N01"),
        ('"bound":"20","points":"16"', '"bound":"20","points":"17"', "N01"),
        ('"E2":"5"', '"E2":"1"', "L01"),
        ('"per_people":100000', '"per_people":10000', "N01"),
        ('"percent":"70"', '"percent":"71"', "verdict"),
        ('"digits":2,"mode":"half_up"', '"digits":1,"mode":"half_up"', "working"),
        ('"places":[[2,6],[3,6],[3,6]]', '"places":[[2,6],[4,6],[4,6]]', "N05"),
        ('"not_applicable":"redistribute"', '"not_applicable":"zero"', "N08"),
        ('"level":4,"points":"120"', '"level":3,"points":"120"', "trace, level"),
        ('"computed":4', '"computed":3', "trace, computed level of the outcome"),
        (
            '"decided":{"by":"도시정책과장","level":4',
            '"decided":{"by":"도시정책과장","level":3',
            "trace, result of the outcome",
        ),
        ('"yes":6', '"yes":7', "decision"),
    ],
)
def test_a_change_in_the_trace_is_found_where_it_matters(old: str, new: str, where: str) -> None:
    html = sample_page()
    before, data, after = html.partition("smartcert-trace")[0], *html.partition("smartcert-trace")[1:]
    assert old in after
    at = after.index(old)
    tampered = before + data + after[:at] + new + after[at + len(old) :]
    plain = sample_differences()
    found = {str(one) for one in recompute(tampered, seals=False).differences} - plain
    assert any(where in one for one in found), found


def test_words_that_were_turned_round_are_found() -> None:
    html = rendered("haneul", "en")
    for old, new in (("Level 4, not certified", "Level 4, certified"), ("corrected on site", "verified on site")):
        assert not recompute(html.replace(old, new)).equal


def test_a_number_in_what_is_not_calculated_breaks_its_seal() -> None:
    html = rendered("haneul", "en")
    for old, new, where in (
        ("287,654", "287,655", "eligibility"),
        ("24 October 2023", "23 October 2023", "eligibility"),
        ("Art. 8(4)", "Art. 8(5)", "basis"),
    ):
        assert old in html
        differences = recompute(html.replace(old, new)).differences
        assert where in {difference.where for difference in differences}, old


def test_the_place_and_both_numbers_are_told() -> None:
    html = rendered("haneul", "en")
    row = re.search(r"<tr data-at=N01>.*?<tr", html, re.DOTALL)
    assert row is not None
    own = re.search(r"<td>([\d.]+)<", row[0])
    assert own is not None
    at = row.start() + own.start(1)
    tampered = html[:at] + "9" + html[at:]
    (difference,) = recompute(tampered).differences
    assert "N01" in difference.where
    assert "points" in difference.where
    assert (difference.printed, difference.recomputed) == ("9" + own[1], own[1])


@pytest.mark.slow
@pytest.mark.parametrize("cut", ['"points":"', '"digits":', '"population":'])
def test_a_trace_that_cannot_be_calculated_is_told_and_raises_nothing(cut: str) -> None:
    html = sample_page()
    before, after = html.split('id="smartcert-trace">')
    assert cut in after
    for new in ("", '"x":', cut + "-9", cut + "1e999999"):
        result = recompute(before + 'id="smartcert-trace">' + after.replace(cut, new, 1))
        assert not result.equal


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"id":"N02"', '"id":"N01"', "N01 stands in the trace twice"),
        ('"places":[[2,6],[3,6],[3,6]]', '"places":[[2,6],[3,6]]', "N05 has 2 places, not one or three"),
        ('"places":[[2,6],[3,6],[3,6]]', '"places":[[2,6],[3,6],[7,6]]', "N05 has no place among the applicants"),
        ('"places":[[2,6],[3,6],[3,6]]', '"places":[[2,6],[3,6],[3,60000000]]', "N05 has no place"),
        ('"certified":true,"level":1', '"level":1', "with the certified ones first"),
    ],
)
def test_a_trace_that_no_round_could_give_says_why(old: str, new: str, reason: str) -> None:
    html = sample_page()
    assert old in html
    result = recompute(html.replace(old, new), seals=False)
    assert result.record is None
    assert reason in result.differences[0].recomputed


def test_a_page_has_its_trace_compressed_so_that_base64_and_gunzip_give_it_back() -> None:
    html = batch_page(samples.not_certified(), "ko")
    packed = re.findall(r'<script type="application/gzip" id="smartcert-trace">([A-Za-z0-9+/=]+)</script>', html)
    text = gzip.decompress(base64.b64decode(packed[0])).decode()
    assert json.loads(text)["format"] == "smartcert-trace/2"
    assert unpack_trace(html) == sample_page()
    assert pack_trace(sample_page()) == html
    assert recompute(html) == recompute(sample_page())
    assert recompute(html).equal


DAMAGED = {
    "cut off": lambda packed: packed[:-8],
    "another byte": lambda packed: packed[:40] + ("A" if packed[40] != "A" else "B") + packed[41:],
    "another format": lambda packed: packed.replace("H4sI", "H4sJ", 1),
    "no base64": lambda packed: packed + "*",
    "nothing": lambda packed: packed[:0],
    "a tag": lambda packed: packed[:0] + base64.b64encode(gzip.compress(b"{}</script><h1>")).decode(),
    "two": lambda packed: packed + base64.b64encode(gzip.compress(b"{}")).decode(),
    "far too long": lambda packed: packed[:0] + base64.b64encode(gzip.compress(bytes(30_000_000))).decode(),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_trace_that_cannot_be_unpacked_is_told(damage: str) -> None:
    html = batch_page(samples.not_certified(), "ko")
    before, start, rest = html.partition('id="smartcert-trace">')
    packed, end, after = rest.partition("</script>")
    result = recompute(before + start + DAMAGED[damage](packed) + end + after)
    assert result.record is None
    assert "nor one that was compressed by gzip" in result.differences[0].recomputed


def test_a_page_without_a_trace_is_refused() -> None:
    public = redact(example().record("hanbit"), Audience.PUBLIC)
    for html in (page(public, "ko"), page(samples.late(), "ko"), "<p>"):
        with pytest.raises(UsageError, match="carries no trace"):
            recompute(html)
    with pytest.raises(UsageError, match="2 traces"):
        recompute(rendered("haneul", "en") + '<script type="application/json" id="smartcert-trace">{}</script>')


def test_the_command_says_equal_or_where_not(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    html = rendered("haneul", "en")
    good.write_text(html, "utf-8")
    bad.write_text(html.replace("1,394.0 of 2,000", "1,404.0 of 2,000"), "utf-8")
    done = CliRunner().invoke(main, ["recompute", str(good)])
    assert done.exit_code == 0, done.output
    assert (
        "equal; recomputed 1,394 of 2,000 points, Level 4 computed, which is below the criteria, from 53 indicators"
        in done.output
    )
    done = CliRunner().invoke(main, ["recompute", str(good), str(bad)])
    assert done.exit_code == 1
    assert "bad.html: not equal" in done.output
    assert "printed 1,404.0 of 2,000 points; recomputed 1,394.0 of 2,000 points" in done.output
    assert "recompute it by" not in done.output


@pytest.mark.parametrize("bad", ["", "<p>no report</p>"], ids=["no file", "no report"])
def test_a_file_that_is_no_report_is_named_and_does_not_end_the_command(tmp_path: Path, bad: str) -> None:
    good, other, wrong = (tmp_path / name for name in ("good.html", "other.html", "wrong.html"))
    html = rendered("haneul", "en")
    good.write_text(html, "utf-8")
    wrong.write_text(html.replace("1,394.0 of 2,000", "1,404.0 of 2,000"), "utf-8")
    if bad:
        other.write_text(bad, "utf-8")
    done = CliRunner().invoke(main, ["recompute", str(other), str(good)])
    assert done.exit_code == 2
    assert str(other) in done.stderr
    assert "good.html: equal" in done.stdout
    assert CliRunner().invoke(main, ["recompute", str(other), str(wrong)]).exit_code == 1


def test_a_level_is_called_as_its_scheme_calls_it(tmp_path: Path) -> None:
    own = record("haneul")
    scheme = SchemeFacts(id="own", title=Text(ko="가", en="A"), level_names={4: Text(ko="동", en="Bronze")})
    report = tmp_path / "report.html"
    report.write_text(batch_page(replace(own, round=replace(own.round, scheme=scheme)), "en"), "utf-8")
    assert "points, Bronze computed" in CliRunner().invoke(main, ["recompute", str(report)]).output


@both_languages
def test_a_difference_in_a_page_of_another_release_says_so(tmp_path: Path, language: str) -> None:
    earlier = batch_page(replace(record("haneul"), package="0.0.9"), "en")
    pages = [tmp_path / name for name in ("equal.html", "other.html")]
    pages[0].write_text(earlier, "utf-8")
    pages[1].write_text(earlier.replace(' width="', ' width="1', 1), "utf-8")
    equal, other = (CliRunner().invoke(main, ["recompute", str(path), "--language", language]).output for path in pages)
    assert "0.0.9" not in equal
    assert other.count("smartcert 0.0.9") == 1
    assert __version__ in other


SOME_WORDS = st.text(min_size=1)  # no half of a pair of surrogates: no file in UTF-8 has one


def check_words_stay_text(text: str) -> None:
    one = build_trace(samples.hostile(text), "ko", {"head": text})
    html = embed_trace(one)
    inside = html.removeprefix('<script type="application/json" id="smartcert-trace">').removesuffix("</script>")
    assert not re.search("[<>&\u2028\u2029\u202a-\u202e\u2066-\u2069\u0000-\u001f\ud800-\udfff]", inside)
    inside.encode()
    assert json.loads(inside)["applicant"] == text
    assert read_trace(inside) == (one, True)
    assert parse_page(f"<p>{html}</p>")[1] == [inside]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=SOME_WORDS)
def test_somebodys_words_stay_text_in_the_trace(text: str) -> None:
    check_words_stay_text(text)


@pytest.mark.full
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=SOME_WORDS)
def test_two_hundred_words_of_somebody_stay_text_in_the_trace(text: str) -> None:
    check_words_stay_text(text)


@pytest.mark.parametrize("text", samples.HOSTILE)
@pytest.mark.parametrize("exporter", [page, batch_page], ids=["stock", "batch"])
def test_hostile_words_come_out_as_text_in_both_exporters(text: str, exporter: object) -> None:
    assert callable(exporter)
    html = unpack_trace(
        exporter(samples.hostile(text), "ko").replace(f"<script>{load_script()}</script>", "")
    )  # our own
    pieces, traces = parse_page(html)
    shown = {piece.text for piece in pieces if piece.within == "h1"}
    assert any(" ".join(figures.sanitise_text(text).split()) in one for one in shown)
    assert json.loads(traces[0])["applicant"] == text
    assert not [piece.text for piece in pieces if piece.tag and piece.text.startswith(("<script", "<b>", "<img"))]
    assert "alert('x')</script>" not in html


def test_both_exporters_make_the_same_page() -> None:
    one = replace(samples.not_certified())
    assert [piece.text for piece in parse_page(page(one, "en"))[0]] == [
        piece.text for piece in parse_page(batch_page(one, "en"))[0]
    ]


@settings(max_examples=300, deadline=None)
@given(
    others=st.lists(st.integers(0, 6), max_size=8),
    undone=st.integers(0, 6),
    own=st.one_of(st.none(), st.integers(0, 6)),
    lower=st.booleans(),
)
def test_a_value_and_what_it_was_before_the_inspection_both_get_their_rank_of_the_trace(
    others: list[int], undone: int, own: int | None, lower: bool
) -> None:
    def place(value: int) -> tuple[int, int]:
        return 1 + sum(other < value if lower else other > value for other in others), len(others) + 1

    traced = replace(ranked(), lower=lower, undone_place=place(undone), places=() if own is None else (place(own),) * 3)
    measures = _place_twice(traced, Fraction(undone), None if own is None else Fraction(own))
    assert measures == sorted(measures)
    assert len(measures) == len(others) + (own is not None)
    direction = Direction.LOWER if lower else Direction.HIGHER
    scale = RankScale(by="position", bands=(), otherwise=Fraction(0))
    one = indicator("N1", scale=scale, direction=direction)
    if own is not None:
        result = apply_scale(one, Fraction(own), measures)
        assert (result.rank, result.of) == place(own)
        measures.remove(Fraction(own))
    result = apply_scale(one, Fraction(undone), sorted([*measures, Fraction(undone)]))
    assert (result.rank, result.of) == place(undone)


@pytest.mark.parametrize(
    ("undone", "own", "places", "said"),
    [
        (3, 2, ((2, 5), (1, 5)), "contradict each other"),  # the better value has the worse rank
        (3, 2, ((1, 5), (2, 6)), "contradict each other"),  # among other numbers of applicants
        (2, 2, ((1, 5), (2, 5)), "contradict each other"),  # one value has two ranks
        (3, 2, ((6, 5), (6, 5)), "no place among the applicants"),
        (3, 2, ((0, 5), (1, 5)), "no place among the applicants"),
    ],
)
def test_two_ranks_that_no_round_could_give_are_refused(
    undone: int, own: int, places: tuple[tuple[int, int], tuple[int, int]], said: str
) -> None:
    traced = replace(ranked(), lower=False, undone_place=places[0], places=(places[1],) * 3)
    with pytest.raises(ValueError, match=said):
        _place_twice(traced, Fraction(undone), Fraction(own))


def ranked() -> TracedIndicator:
    """Return an indicator of a trace that is scaled by rank."""
    trace = build_trace(samples.not_certified(), "ko", {})
    return next(one for one in _indicators(trace) if one.scale.kind == "rank")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!--", "-->"),
        ("<script>", "</script>"),
        ('<div title="', '"></div>'),
        ("", '<section aria-labelledby="points"><p>1,999.0</p></section>'),
        ('<smartcert-equal data-part="4"></smartcert-equal>', ""),
    ],
)
def test_a_section_that_no_reader_sees_or_that_stands_beside_another_is_not_taken_for_equal(
    before: str, after: str
) -> None:
    html = rendered("haneul", "en")
    start = html.index('<section class=smartcert lang="en" aria-labelledby="points">')
    end = html.index("</section>", start) + len("</section>")
    assert recompute(html).equal
    hidden = html[:start] + before + html[start:end] + after + html[end:]
    whole = _compare_page(hidden, seals=True, cuts_equal=False)
    assert recompute(hidden) == whole
    assert whole.equal == before.startswith("<smartcert-equal")  # which is in no section, and shows nothing
