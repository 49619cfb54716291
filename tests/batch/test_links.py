"""Every link on every page of a round leads to a file that the round wrote and that the page's reader may see."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.plan import Freshness, plan_reports
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.errors import UsageError
from smartcert.reporting.applicant.links import list_links
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Audience
from tests.support.small_example import small_example, with_first_cell

NAMES = ("ara", "haneul", "noeul")
"""Certified, not certified, refused."""


def list_targets(page: Path) -> list[str]:
    """Return the relative links of a page, without those into the page itself."""
    addresses = [node.attributes["href"] or "" for node in LexborHTMLParser(page.read_text("utf-8")).css("a[href]")]
    return [
        unquote(address.partition("#")[0]) for address in addresses if not address.startswith(("#", "https:", "http:"))
    ]


def list_broken(output: Path) -> list[tuple[str, str]]:
    return [
        (page.relative_to(output).as_posix(), target)
        for page in sorted(output.rglob("*.html"))
        for target in list_targets(page)
        if not (page.parent / target).is_file()
    ]


def build_request(folder: Path, output: Path, **changes: object) -> RunRequest:
    fixed = {"round": str(folder), "output": output, "jobs": 2, "quiet": True, "audiences": tuple(Audience)}
    return RunRequest(**(fixed | changes))  # type: ignore[arg-type]  # the tests' own words


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", NAMES)


@pytest.mark.notebook
def test_every_link_resolves_and_leads_to_what_its_reader_may_see(round_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert run(build_request(round_folder, output)).failures == ()
    assert list_broken(output) == []
    letter = ["letter.ko.html", "letter.ko.hwpx"]
    seen = {page.name: list_targets(page) for page in (output / "applicants" / "ara").glob("report*.ko.html")}
    others = ["report.en.html", "report.applicant.ko.html", "report.public.ko.html"]
    card, glossary = "card.ko.html", "../../glossary.ko.html"
    assert seen == {
        "report.ko.html": [
            "../../index.html",
            *others,
            *letter,
            card,
            "evaluation.json",
            "../../results.csv",
            glossary,
        ],
        "report.applicant.ko.html": [
            *("report.applicant.en.html", "report.public.ko.html"),
            *(*letter, card, "evaluation.applicant.json", glossary),
        ],
        "report.public.ko.html": ["report.public.en.html", card, "evaluation.public.json", glossary],
    }
    assert "report.public.ko.html" not in list_targets(output / "applicants" / "haneul" / "report.ko.html")
    again = run(build_request(round_folder, output))
    assert again.rendered == 0
    fewer = build_request(round_folder, output, audiences=(Audience.REVIEWER,), languages=("ko",))
    assert {status.freshness for status in plan_reports(fewer)} == {Freshness.FRESH}


@pytest.mark.notebook
def test_no_link_leads_to_a_report_that_failed_and_it_comes_back_with_it(round_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    request = build_request(round_folder, output, audiences=(Audience.REVIEWER,), applicants=("haneul",))
    broken = with_first_cell("if language == 'en': raise ValueError('no')")
    first = run(request, broken)
    assert [failure.language for failure in first.failures] == ["en"]
    korean = output / "applicants" / "haneul" / "report.ko.html"
    assert list_broken(output) == []
    assert "report.en.html" not in list_targets(korean)
    assert run(request).failures == ()
    assert list_broken(output) == []
    assert "report.en.html" in list_targets(korean)


@pytest.mark.parametrize(
    "target", ["https://x/", "../haneul/report.ko.html", "/etc/passwd", "report.ko.html#x", "x.html"]
)
def test_a_report_links_to_nothing_else(target: str) -> None:
    with pytest.raises(UsageError, match="no link to"):
        list_links([target], Words("ko", "report"))
