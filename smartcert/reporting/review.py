"""The review of a committee: one method per section, each a value that shows itself in a notebook."""

from __future__ import annotations

from smartcert.reporting import basis, review_law, review_marks, review_panel
from smartcert.reporting.blocks import Block
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.page import Page, Section
from smartcert.reporting.review_words import Said
from smartcert.reporting.words import Words


class CommitteeReview(Page):
    """The sections of the review of one committee for one reader, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: CommitteeRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "committee"))
        self._record = record
        self._said = Said(record, self.words)

    def head(self) -> Section:
        """Return the page's header: the round, for whom the page is made, and how many judged how many."""
        title = self.words("committee_review.title", round=self._record.round.title)
        return self._header("committee_head.html.j2", title=title, record=self._record)

    def attention(self) -> Section | None:
        """Return the chair's list: where to look again, and why; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._of("attention", review_law.attention(self._record, self._said))

    def law(self) -> Section | None:
        """Return members, conflicts and panels held against the law; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._of("law", review_law.law(self._record, self._said))

    def votes(self) -> Section:
        """Return the votes with who was present, and levels as computed, proposed and decided."""
        return self._of("votes", review_law.votes(self._record, self._said))

    def discussion(self) -> Section:
        """Return marks before and after the discussion, its effect, and minority opinions."""
        return self._of("discussion", review_law.discussion(self._record, self._said))

    def agreement(self) -> Section:
        """Return every measure of agreement, or why it is not given."""
        return self._of("agreement", review_marks.agreement(self._record, self._said))

    def severity(self) -> Section:
        """Return severity and habits of the evaluators, marks that stand out, and adjusted totals."""
        return self._of("severity", review_marks.severity(self._record, self._said))

    def influence(self) -> Section:
        """Return whether one evaluator decides a level, who was trimmed, and whom other methods judge differently."""
        return self._of("influence", review_panel.influence(self._record, self._said))

    def panel(self) -> Section:
        """Return how many evaluators it takes, and how planned committees would fare."""
        return self._of("panel", review_panel.panel(self._record, self._said))

    def inspection(self) -> Section:
        """Return totals as claimed, desk and confirmed, what was not inspected, and what is drawn."""
        return self._of("inspection", review_panel.inspection(self._record, self._said))

    def basis(self) -> Section:
        """Return what the review rests on: rules, status, sources, and the hashes of the inputs."""
        record, words = self._record, self.words
        return self._section(
            "basis",
            "basis.html.j2",
            title=words("committee_review.basis.title"),
            record=record,
            **basis.shown(record.rules, words),
            formats=(record.format,),
        )

    def _of(self, name: str, blocks: list[Block]) -> Section:
        return self._section(name, "blocks.html.j2", title=self.words(f"committee_review.{name}.title"), blocks=blocks)
