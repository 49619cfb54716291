"""A page of every kind, made from sample records, and opened in a browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from smartcert.reporting.audience import build_press_record, redact
from smartcert.reporting.records import Audience
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.report_pages import batch_page, page_of_sections

SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
LINKS = frozenset({"results.csv", "results.xlsx", "applicants/bada/report.ko.html", "applicants/bada/report.en.html"})


def _summary(language: str) -> str:
    summary = RoundSummary(rounds.round_record(), language, LINKS)
    return page_of_sections([getattr(summary, name)() for name in SUMMARY])


def _press(language: str) -> str:
    summary = PressSummary(build_press_record(rounds.round_record()), language, LINKS)
    return page_of_sections([getattr(summary, name)() for name in SUMMARY])


def _index(_: str) -> str:
    reports = [f"applicants/{id_}/report.{language}.html" for id_ in rounds.IDS for language in ("ko", "en")]
    records = [f"applicants/{id_}/evaluation.json" for id_ in rounds.IDS]
    return render_index(rounds.round_record(), pages=[*LINKS, *reports, *records, "round_summary.ko.html"])


KINDS: dict[str, Callable[[str], str]] = {
    "evaluated": lambda language: batch_page(samples.not_certified(), language),
    "certified": lambda language: batch_page(samples.certified(), language),
    "refused": lambda language: batch_page(samples.late(), language),
    "supplement": lambda language: batch_page(samples.supplement_pending(), language),
    "hostile": lambda language: batch_page(samples.hostile(" ".join(samples.HOSTILE)), language),
    "applicant": lambda language: batch_page(redact(samples.not_certified(), Audience.APPLICANT), language),
    "public": lambda language: batch_page(redact(samples.certified(), Audience.PUBLIC), language),
    "summary": _summary,
    "press": _press,
    "index": _index,
}


@cache
def build_page(kind: str, language: str) -> str:
    """Return the page as it is written."""
    return KINDS[kind](language)


def open_tab(browser: Any, **context: Any) -> Any:
    """Return a tab in which nothing is shown yet, in a context of its own.

    ``asked`` are the addresses that its page asked for, ``messages`` what it wrote to the console, both since it was
    opened.
    """
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context)).new_page()
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.messages.append(message.text))
    return page


def show(page: Any, folder: Path, kind: str, language: str = "ko") -> Any:
    """Open a page in a tab, and return the tab."""
    file = folder / f"{kind}.{language}.html"
    file.write_text(build_page(kind, language), "utf-8")
    page.asked, page.messages = [], []
    page.goto(file.as_uri())
    return page


def opened(browser: Any, folder: Path, kind: str, language: str = "ko", **context: Any) -> Any:
    """Return a page as the browser shows it, in a tab of its own."""
    return show(open_tab(browser, **context), folder, kind, language)
