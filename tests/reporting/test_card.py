"""The public card: the decided result on one screen, for everybody, whatever became of the application."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.model.certification import CertificationTerm
from smartcert.model.citation import Text
from smartcert.model.committee import Proceedings
from smartcert.model.earlier import Earlier, EarlierCertificate, EarlierRound
from smartcert.model.outcome import Result
from smartcert.reporting.applicant.card import PublicCard, render_card
from smartcert.reporting.audience import PressRecord, build_press_record
from smartcert.services import cards
from smartcert.services.cards import RoundCards
from smartcert.services.history import open_history
from smartcert.services.rounds import OpenRound
from tests.support.build import example
from tests.support.chromium import complaints

SCREENS = ((390, 844), (1280, 800))


@cache
def round_cards() -> RoundCards:
    return RoundCards(example())


@cache
def press() -> PressRecord:
    return build_press_record(example().round_record())


def page(name: str, language: str = "ko") -> LexborHTMLParser:
    return LexborHTMLParser(round_cards().render(name, language).decode())


def text(tree: LexborHTMLParser) -> str:
    return " ".join(tree.css_first("main").text(separator=" ").split())


def described(tree: LexborHTMLParser) -> str:
    return " ".join(node.attributes.get("content") or "" for node in tree.css("meta"))


def with_history(card: PublicCard, code: str) -> PublicCard:
    """Return a card with the published certifications of a real local government, the last as that of its round."""
    terms = cards._list_terms(code)
    assert card.certified is not None
    return replace(card, certified=replace(card.certified, term=terms[-1], history=(*terms[:-1], terms[0])[:3]))


def most_certified() -> str:
    codes = [one.code for one in open_history().certifications]
    return max(sorted(set(codes)), key=codes.count)


def test_a_card_names_exactly_whom_the_press_names() -> None:
    public = {*(result.applicant.name for result in press().certified), *press().pending, *press().on_hold}
    for evaluation in example().evaluations:
        name = evaluation.applicant.full_name
        assert (evaluation.id in round_cards()) is (name in public), evaluation.id
        for language in ("ko", "en") if evaluation.id in round_cards() else ():
            assert name.of(language) in round_cards().render(evaluation.id, language).decode()


def test_before_the_first_decision_there_is_no_card() -> None:
    undecided = replace(example(), round=replace(example().round, proceedings=Proceedings()))
    cards = RoundCards(undecided)
    assert not [evaluation.id for evaluation in undecided.evaluations if evaluation.id in cards]


def test_a_card_shows_the_level_decided_and_no_points() -> None:
    for result in press().certified:
        tree = page(result.id)
        assert tree.css_first("h1 .level").text() == f"{result.level}등급"
        evaluation = next(one for one in example().evaluations if one.id == result.id)
        assert evaluation.scorecard is not None
        assert f"{float(evaluation.scorecard.points):,.1f}" not in tree.html


def test_domains_stand_beside_the_median_of_the_certified_of_the_size_type() -> None:
    for result in press().certified:
        peers = [one for one in press().certified if one.applicant.size_type == result.applicant.size_type]
        rows = page(result.id).css("tbody tr")
        assert len(rows) == len(result.domains)
        for position, row in enumerate(rows):
            own, median = (cell.text() for cell in row.css("td"))
            middle = statistics.median(one.domains[position].percent for one in peers)
            assert (own, median) == (f"{result.domains[position].percent}%", f"{int(middle)}%")


def test_without_three_certified_of_the_size_type_there_is_no_median() -> None:
    card = round_cards()._cards["ara"]
    assert card.certified is not None
    few = replace(card, certified=replace(card.certified, compared=card.certified.compared[:2]))
    shown = LexborHTMLParser(render_card(few, "ko"))
    assert len(shown.css("tbody tr:first-child td")) == 1
    assert "중앙값" not in text(shown)


def test_a_shared_card_has_a_title_and_a_description_without_anything_to_fetch() -> None:
    for name in ("ara", "mireu"):
        tree = page(name, "en")
        tags = {node.attributes.get("property"): node.attributes["content"] for node in tree.css("meta[property]")}
        assert set(tags) == {"og:type", "og:title", "og:description", "og:site_name", "og:locale"}
        assert tags["og:title"] == tree.css_first("title").text()
        assert text(tree).find(str(tags["og:description"]).split(". ")[0]) >= 0
        assert "fictitious" in described(tree)
        assert not re.search(r"\b(?:src|href)=|url\((?!data:)|@import", tree.html or "")


def test_the_last_day_is_the_published_one_and_what_is_estimated_or_disputed_says_so() -> None:
    card = with_history(round_cards()._cards["ara"], "1100000000")
    shown = text(LexborHTMLParser(render_card(card, "ko")))
    assert "유효기간 2027년 12월 20일까지(발표일과 규정에 따른 추정)" in shown
    assert "2021년: 3등급, 2등급(자료마다 다름)" in shown
    assert "2023년: 2등급 2025년 12월 20일까지(추정)" in shown
    own = card.certified
    assert own is not None
    assert own.term is not None
    sure = replace(card, certified=replace(own, term=replace(own.term, inferred=False)))
    assert "유효기간 2027년 12월 20일까지 " in text(LexborHTMLParser(render_card(sure, "ko")))
    torn = replace(card, certified=replace(own, term=replace(own.term, last_claims=(own.term.last,))))
    assert "인증서를 발급한 날부터 2년" in text(LexborHTMLParser(render_card(torn, "ko")))


def real_round(code: str, level: int, year: int) -> OpenRound:
    """Return the example round as if it were a real one of that year, and 아라군 a real local government."""
    opened = example()
    round_ = replace(opened.round, invented=False, governing_day=opened.round.governing_day.replace(year=year))
    evaluations = tuple(
        replace(one, applicant=replace(one.applicant, code=code, invented=False)) if one.id == "ara" else one
        for one in opened.evaluations
    )
    outcomes = tuple(
        replace(outcome, decided=replace(outcome.decided, level=level))
        if one.id == "ara" and outcome.decided is not None
        else outcome
        for one, outcome in zip(evaluations, opened.outcomes, strict=True)
    )
    real = replace(opened, round=round_)
    real.__dict__.update(verdicts=evaluations, outcomes=outcomes)
    return real


def terms(opened: OpenRound) -> tuple[CertificationTerm | None, tuple[int, ...]]:
    card = RoundCards(opened)._cards["ara"]
    assert card.certified is not None
    return card.certified.term, tuple(term.certification.round_year for term in card.certified.history)


def test_the_term_of_a_round_is_that_of_its_year_and_level_and_of_no_other() -> None:
    term, earlier = terms(real_round("1100000000", 2, 2023))
    assert term is not None
    assert (term.certification.round_year, term.last.year, earlier) == (2023, 2025, (2021,))
    assert terms(real_round("1100000000", 3, 2023)) == (None, (2021,))  # another level was published
    assert terms(real_round("1100000000", 2, 2024)) == (None, (2021, 2023))  # nothing of that year
    assert terms(example()) == (None, ())  # an invented round has no public history


def earlier_card(earlier: Earlier) -> tuple[PublicCard, list[str]]:
    """Return the card of 아라군 with what is known from before the round, and the rows of its trend."""
    cards = RoundCards(example(), {"ara": earlier})
    rows = LexborHTMLParser(cards.render("ara", "en").decode()).css("ul li")
    return cards._cards["ara"], [" ".join(row.text().split()) for row in rows]


def past_round(year: int, level: int, *, certified: bool = True) -> EarlierRound:
    pairs = zip(example().evaluations, example().outcomes, strict=True)
    outcome = next(outcome for evaluation, outcome in pairs if evaluation.id == "ara")
    assert outcome.decided is not None
    result = Result.CERTIFIED if certified else Result.NOT_CERTIFIED
    return EarlierRound(
        round=f"example-{year}",
        title=Text(ko=f"{year}년 공모", en=f"Round of {year}"),
        governing_day=date(year, 9, 1),
        name=Text(ko="아라군", en="Ara-gun"),
        points=Fraction(1),
        out_of=Fraction(2),
        outcome=replace(outcome, result=result, decided=replace(outcome.decided, level=level)),
    )


def certificate(year: int, level: int | None, ended: str = "") -> EarlierCertificate:
    return EarlierCertificate(
        name=Text(ko="아라군", en="Ara-gun"),
        round=f"example-{year}",
        level=level,
        first=date(year, 12, 21),
        last=date(year + 2, 12, 20),
        ended=ended,
    )


def test_the_trend_goes_from_earlier_certifications_to_this_one_and_leaves_out_what_is_not_public() -> None:
    rounds = (past_round(2019, 4, certified=False), past_round(2021, 3), past_round(2022, 2))
    card, rows = earlier_card(Earlier(rounds=rounds, certificates=(certificate(2021, 3, "revoked"),)))
    assert rows == ["2021: Level 3 to 20 December 2023, revoked", "2022: Level 2", "2023: Level 3 this round"]
    assert card.certified is not None
    assert [entry.year for entry in card.certified.earlier] == [2021, 2022]


def test_without_an_earlier_certification_there_is_no_trend() -> None:
    assert earlier_card(Earlier())[1] == []
    assert earlier_card(Earlier(rounds=(past_round(2021, 4, certified=False),)))[1] == []


def test_of_many_earlier_certifications_the_latest_are_shown_and_an_unknown_level_is_said() -> None:
    certificates = tuple(certificate(year, None if year == 2021 else 3) for year in (2017, 2019, 2020, 2021))
    rows = earlier_card(Earlier(certificates=certificates))[1]
    assert [row[:4] for row in rows] == ["2019", "2020", "2021", "2023"]
    assert rows[2].startswith("2021: level not published")


def test_what_was_published_counts_before_the_register_and_the_record_of_its_round() -> None:
    opened = real_round("1100000000", 2, 2023)
    earlier = Earlier(rounds=(past_round(2021, 1), past_round(2022, 3)), certificates=(certificate(2021, 1),))
    card = RoundCards(opened, {"ara": earlier})._cards["ara"]
    assert card.certified is not None
    assert [(entry.year, entry.level) for entry in card.certified.earlier] == [(2022, 3)]


@pytest.mark.parametrize("ended", ["revoked", "surrendered", "lapsed"])
def test_a_certificate_that_ended_early_stands_beside_what_was_published(ended: str) -> None:
    earlier = Earlier(certificates=(certificate(2021, 1, ended),))
    card = RoundCards(real_round("1100000000", 2, 2023), {"ara": earlier})._cards["ara"]
    assert card.certified is not None
    shown = [(entry.year, entry.ended) for entry in card.certified.earlier]
    assert ((2021, ended) in shown) == (ended != "lapsed")


def test_what_becomes_known_from_before_makes_the_card_another_one() -> None:
    before = RoundCards(example())
    after = RoundCards(example(), {"ara": Earlier(rounds=(past_round(2021, 3),))})
    assert before.digest("ara") != after.digest("ara")
    assert before.digest("hanbit") == after.digest("hanbit")


def test_words_of_others_are_escaped() -> None:
    name = Text(ko='<script>alert("1")</script>', en='"><script>')
    for language in ("ko", "en"):
        shown = render_card(replace(round_cards()._cards["ara"], name=name), language)
        assert "<script" not in shown
        assert len(LexborHTMLParser(shown).css("meta[property='og:title']")) == 1


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_card_fits_one_screen_and_axe_finds_nothing(browser: Any, tmp_path: Path, language: str) -> None:
    pages = {name: round_cards().render(name, language).decode() for name in ("onnuri", "hanbit", "mireu")}
    pages["history"] = render_card(with_history(round_cards()._cards["onnuri"], most_certified()), language)
    certificates = tuple(certificate(year, 3, "surrendered") for year in (2015, 2017, 2019, 2021))
    pages["trend"] = render_card(earlier_card(Earlier(certificates=certificates))[0], language)
    for name, shown in pages.items():
        (tmp_path / f"{name}.html").write_text(shown, "utf-8")
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    for name in pages:
        tab.goto((tmp_path / f"{name}.html").as_uri())
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            for width, height in SCREENS:
                tab.set_viewport_size({"width": width, "height": height})
                root = "document.documentElement"
                assert tab.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height], name
                if width == SCREENS[0][0] and scheme == {"ko": "light", "en": "dark"}[language]:
                    assert complaints(tab) == [], (name, scheme)  # the style sheet knows no language
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    tab.close()
