"""Sources that are a public text of the law are links, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.basis import find_law_link
from tests.support import sample_records as samples
from tests.support.build import example


def test_the_basis_of_a_report_leads_to_the_act_and_to_the_guidelines() -> None:
    section = LexborHTMLParser(ApplicantReport(example().record("haneul"), "ko").basis().html)
    links = [link.attributes["href"] or "" for link in section.css("td a")]
    assert any(unquote(link).startswith("https://www.law.go.kr/법령/") for link in links)
    assert any(unquote(link).startswith("https://www.law.go.kr/행정규칙/") for link in links)
    for link in section.css("td a"):
        address = link.attributes["href"] or ""
        assert address.isascii()
        assert unquote(address) == link.text()
        assert link.attributes["rel"] == "noreferrer"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.law.go.kr/법령/지방자치법", True),
        ("https://law.go.kr/", True),
        ("http://www.law.go.kr/", False),
        ("https://www.law.go.kr.example.org/", False),
        ("https://user@www.law.go.kr/", False),
        ("https://www.law.go.kr:8080/", False),
        ("javascript://www.law.go.kr/%0aalert(1)", False),
        ("//www.law.go.kr/", False),
        ("", False),
        (None, False),
    ],
)
def test_only_an_address_of_the_state_s_law_is_a_link(url: str | None, link: bool) -> None:
    assert bool(find_law_link(replace(samples.NOTICE, url=url))) is link


def test_what_stands_in_an_address_cannot_leave_its_attribute() -> None:
    hostile = replace(samples.NOTICE, url='https://www.law.go.kr/"><script>alert(1)</script>')
    assert '"' not in find_law_link(hostile)
    assert "<" not in find_law_link(hostile)
