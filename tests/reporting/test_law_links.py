"""Sources that are a public text of the law are links, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.basis import find_law_link
from smartcert.reporting.documents.blocks import Document, build_table, write_paragraph
from smartcert.reporting.documents.html import write_html
from smartcert.services.letters import build_letters
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


LAW, ARTICLE = "https://www.law.go.kr/law", "https://www.law.go.kr/article"


def list_links(*texts: str) -> list[tuple[str, str]]:
    """Return text and address of each link of a document in which "Notice 8" and "Notice 8(4)" lead somewhere."""
    document = Document(
        title="",
        language="en",
        blocks=(*map(write_paragraph, texts), build_table(["Notice 8"], [[text] for text in texts], (1,))),
        links=(("Notice 8", LAW), ("Notice 8(4)", ARTICLE), ("고시 제8조", LAW)),
    )
    page = LexborHTMLParser(write_html(document))
    return [(link.text(), link.attributes["href"] or "") for link in page.css("p a, td a")]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("By Notice 8.", [("Notice 8", LAW)]),
        ("(Notice 8(4); Notice 8)", [("Notice 8(4)", ARTICLE), ("Notice 8", LAW)]),
        ("Notice 8(5)", []),
        ("Notice 81, Notice 8a, aNotice 8", []),
        ("고시 제8조에 따라", [("고시 제8조", LAW)]),
        ("고시 제8조제4항, 고시 제8조의2", []),
        ("<b>Notice 8</b>", [("Notice 8", LAW)]),
    ],
)
def test_a_citation_in_a_document_leads_to_its_own_place_and_a_longer_one_does_not(
    text: str, links: list[tuple[str, str]]
) -> None:
    assert list_links(text) == links * 2


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("applicant", ["hanbit", "haneul", "noeul"])
def test_a_letter_of_result_leads_to_the_law_that_it_cites(applicant: str, language: str) -> None:
    page = LexborHTMLParser(build_letters(example(), applicant, (language,))[language]["html"].decode())
    links = page.css("p a")
    assert links
    assert {link.attributes["rel"] for link in links} == {"noreferrer"}
    assert all(unquote(link.attributes["href"] or "").startswith("https://www.law.go.kr/") for link in links)
    unlinked = page.css_first("main")
    for link in unlinked.css("a"):
        link.decompose()
    cited = "제2021-223호" if language == "ko" else "MOLIT Notice 2021-223"
    assert cited not in unlinked.text()
