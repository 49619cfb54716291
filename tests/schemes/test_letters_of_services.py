"""Letters on services are about the applicant, be it a company, and say how firmly stands what they cite."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from smartcert.reporting.applicant.verdict import describe_distances
from smartcert.reporting.catalogue import Words
from smartcert.services.letters import build_letters
from smartcert.services.rounds import open_round
from tests.support import scheme_rounds
from tests.support.build import example

OF_CITIES = {
    "ko": re.compile("신청한 지방자치단체|스마트도시 인증|도시 유형"),
    "en": re.compile("local government that applied|[Ss]mart [Cc]ity [Cc]ertification(?! )|size type"),
}
AS_READ = {
    "ko": "국토교통부고시 제2021-223호 제15조제5항, 해석",
    "en": "MOLIT Notice 2021-223 Art. 15(5), interpretation",
}


def read_letter(opened: object, applicant: str, language: str) -> str:
    page = build_letters(opened, applicant, (language,))[language]["html"].decode()  # type: ignore[arg-type]
    unlinked = re.sub(r"</?a\b[^>]*>", "", page)
    return " ".join(unescape(re.sub("<[^>]+>", " ", unlinked)).split())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_letter_on_a_service_speaks_to_a_local_government(language: str) -> None:
    opened = open_round("service-example")
    letters = {one.id: read_letter(opened, one.id, language) for one in opened.evaluations}
    assert [name for name, text in letters.items() if OF_CITIES[language].search(text)] == []
    assert AS_READ[language] in letters["gaon"], "the time limit of an extension is only read from the notice"


def test_a_letter_on_a_joint_application_names_lead_partners_and_shares() -> None:
    opened = open_round("service-example")
    assert "이 신청은 공동 신청입니다: 하늘교통(주)(대표, 60%), 하늘시(40%)." in read_letter(opened, "haneul", "ko")
    shown = "This is a joint application: Haneul Transport (lead, 60%), Haneul-si (40%)."
    assert shown in read_letter(opened, "haneul", "en")
    assert "joint application" not in read_letter(opened, "gaon", "en")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_published_about_cities_is_cited_as_before(language: str) -> None:
    certified = next(one.application for one in example().outcomes if one.certified)
    status = {"ko": "해석).", "en": "interpretation)."}[language]
    text = read_letter(example(), certified, language)
    assert status not in text.replace("근거 구분: 해석", "").replace("kind of source: interpretation", "")


@pytest.mark.parametrize("name", scheme_rounds.NAMES)
def test_a_letter_of_any_scheme_claims_nothing_that_its_points_do_not_show(name: str, tmp_path: Path) -> None:
    folder = scheme_rounds.write_round(tmp_path, name, scheme_rounds.load_cases(name))
    computed = {one.application: one.computed for one in open_round(str(folder)).outcomes}
    scheme_rounds.decide(folder, {one: level for one, level in computed.items() if level is not None})
    opened = open_round(str(folder))
    for evaluation in opened.evaluations:
        text = read_letter(opened, evaluation.id, "en")
        assert not re.search(r"result \((not )?certified\)", text), evaluation.id
        assert not re.search(r"[ :]0(\.0+)? points were not scored", text), evaluation.id
        assert "is 0 points away" not in text, evaluation.id
        if (card := evaluation.scorecard) is None:
            continue
        full = {domain.name.en for domain in card.domains if domain.points >= domain.out_of}
        shown = dict(
            re.findall(r"(\w+) ([\d.]+) of \2\b", text[text.index("Points by domain") : text.index("main reason")])
        )
        assert shown.keys() <= full, evaluation.id
        domains = [domain for domain in card.domains if domain.out_of]
        shares = [domain.points / domain.out_of for domain in domains]
        lacks = [domain.out_of - domain.points for domain in domains]
        if "The strongest domain is" in text:
            assert shares.count(max(shares)) == 1 < len(domains), evaluation.id
        if "Most was lost" in text:
            assert lacks.count(max(lacks)) == 1 < len(domains), evaluation.id


@pytest.mark.parametrize("name", scheme_rounds.NAMES)
def test_the_threshold_of_the_computed_level_is_the_one_of_the_table(name: str, tmp_path: Path) -> None:
    opened, words = scheme_rounds.open_scheme(tmp_path, name, scheme_rounds.load_cases(name)), Words("en", "report")
    for evaluation in opened.evaluations:
        card, result = evaluation.scorecard, evaluation.level
        if card is None or result is None:
            continue
        bounds = {bound.level: bound.points for bound in result.bounds}
        text = " ".join(describe_distances(card, result, words))
        own = re.search(r"threshold of the computed level \(([\d,]+) points\)", text)
        following = re.search(r"threshold of the next higher level \(([\d,]+) points\)", text)
        assert own is None or int(own[1].replace(",", "")) == bounds[result.level], evaluation.id
        assert following is None or int(following[1].replace(",", "")) == bounds[result.level - 1], evaluation.id
