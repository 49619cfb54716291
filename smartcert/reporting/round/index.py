"""The index of a round: a static page in both languages with links to all of its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from smartcert.files import sha256_base64
from smartcert.reporting.catalogue import Words
from smartcert.reporting.page import STYLE_MIME, Page, PageSection, template_environment
from smartcert.reporting.progress import count_outcomes
from smartcert.reporting.records import RoundRecord
from smartcert.reporting.round.summary import build_applicant_rows, describe_open_receipts


def render_index(record: RoundRecord, *, pages: Iterable[str]) -> str:
    """Return the index of a round's outputs as one self-contained HTML page.

    ``pages`` are the pages that exist, as paths relative to the index (``"round_summary.ko.html"``,
    ``"applicants/haneul/report.en.html"``). No other page is linked to; the records always exist. The page's
    Content-Security-Policy allows exactly its own style sheet and its own script, which searches and sorts the table.
    Without scripts the page is complete but for the search field.
    """
    index = _IndexPage(record, frozenset(pages))
    body = index.body()
    css = str(index.typeface().data[STYLE_MIME])
    script = (files("smartcert.reporting") / "sections" / "index.js").read_text("utf-8")
    return (
        template_environment()
        .get_template("index.html.j2")
        .render(
            title=body.title,
            skip=index.words("page.skip"),
            css=css,
            digest=sha256_base64(css.encode()),
            script=script,
            script_digest=sha256_base64(script.encode()),
            body=body.html,
        )
    )


class _IndexPage(Page):
    """The index as a page of a single section: Korean, with English beside it."""

    def __init__(self, record: RoundRecord, pages: frozenset[str]) -> None:
        super().__init__(Words("ko", "report", "charts", "summary", scheme=record.round.scheme))
        self._record = record
        self._pages = pages
        self.extra_characters = frozenset(
            "↕↑↓0123456789"
        )  # written by the script: how a column is sorted, and how many rows match

    def body(self) -> PageSection:
        """Return everything between the page's ``body`` tags."""
        english = Words("en", "report", "charts", "summary", scheme=self._record.round.scheme)
        return self.add_header(
            "index_body.html.j2",
            title=self.words("index.title", round=self._record.round.title),
            e=english,
            record=self._record,
            rows=list(
                zip(
                    self._record.pairs,
                    build_applicant_rows(self._record.pairs, self.words),
                    build_applicant_rows(self._record.pairs, english),
                    strict=True,
                )
            ),
            pages=self._pages,
            before_decision=count_outcomes(self._record.outcomes).before_decision,
            receipts=list(
                zip(
                    describe_open_receipts(self._record, self.words),
                    describe_open_receipts(self._record, english),
                    strict=True,
                )
            ),
        )
