"""The page that leads to everything of a round: static, in both languages, readable with nothing but a browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from smartcert.reporting.page import STYLE, Page, Section, environment
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.summary_tables import applicant_rows
from smartcert.reporting.words import Words


def index_page(record: RoundRecord, *, pages: Iterable[str]) -> str:
    """Return the index of a round's outputs as one self-contained HTML page.

    ``pages`` are the pages that are there, by their place beside the index (``"round_summary.ko.html"``,
    ``"applicants/haneul/report.en.html"``). No other page is linked to; the records are always there. The page's
    Content-Security-Policy allows exactly its own style sheet, and no script at all.
    """
    index = _Index(record, frozenset(pages))
    body = index.body()
    css = str(index.typeface().data[STYLE])
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    return (
        environment()
        .get_template("index.html.j2")
        .render(title=body.title, skip=index.words("page.skip"), css=css, digest=digest, body=body.html)
    )


class _Index(Page):
    """The index as a page of one section: Korean, with English beside it."""

    def __init__(self, record: RoundRecord, pages: frozenset[str]) -> None:
        super().__init__(Words("ko", "report", "charts", "summary"))
        self._record = record
        self._pages = pages

    def body(self) -> Section:
        """Return everything between the page's ``body`` tags."""
        english = Words("en", "report", "charts", "summary")
        evaluations = self._record.evaluations
        return self._header(
            "index_body.html.j2",
            title=self.words("index.title", round=self._record.round.title),
            e=english,
            record=self._record,
            rows=list(zip(applicant_rows(evaluations, self.words), applicant_rows(evaluations, english), strict=True)),
            pages=self._pages,
        )
