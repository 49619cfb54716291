"""Letters on services are about the applicant, be it a company, and say how firmly stands what they cite."""

from __future__ import annotations

import re
from html import unescape

import pytest

from smartcert.services.letters import build_letters
from smartcert.services.rounds import open_round
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
