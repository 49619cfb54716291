"""The index of a round: a static page in both languages with links to all of its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files

from smartcert.files import sha256_base64
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation
from smartcert.model.outcome import Outcome, OutcomeStage
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import join_languages
from smartcert.reporting.page import STYLE_MIME, Page, PageSection, template_environment
from smartcert.reporting.progress import count_outcomes, size_key
from smartcert.reporting.records import RoundRecord
from smartcert.reporting.round.summary import ApplicantRow, build_applicant_rows, describe_open_receipts


def render_index(record: RoundRecord, *, pages: Iterable[str]) -> str:
    """Return the index of a round's outputs as one self-contained HTML page.

    ``pages`` are the pages that exist, as paths relative to the index (``"round_summary.ko.html"``,
    ``"applicants/haneul/report.en.html"``). No other page is linked to; the records always exist. The page's
    Content-Security-Policy allows exactly its own style sheet and its own script, which searches, filters and sorts the
    table and compares up to four applicants. Without scripts the page is a plain table with all rows and links.
    """
    index = _IndexPage(record, frozenset(pages))
    body = index.body()
    css = str(index.typeface().data[STYLE_MIME])
    script = (files("smartcert.reporting") / "sections" / "index.js").read_text("utf-8")
    return (
        template_environment()
        .get_template("index.html.j2")
        .render(
            title=join_languages(body.title, index.english.show(record.round.title, "text")),
            skip=index.words("page.skip"),
            skip_en=index.english("page.skip"),
            css=css,
            digest=sha256_base64(css.encode()),
            script=script,
            script_digest=sha256_base64(script.encode()),
            body=body.html,
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexRow:
    """One applicant in the table, in both languages, with the values by which rows are filtered, sorted and compared.

    ``outcome``, ``stage``, ``size`` and ``region`` are values of the filters; ``level``, ``points`` and
    ``outcome_order`` are what is sorted by, empty where there is none. ``shares`` has the score of each domain of the
    round in percent, in the order of the round's domains; it is empty where nothing was scored.
    """

    ko: ApplicantRow
    en: ApplicantRow
    code: str
    outcome: str
    stage: str
    size: str
    region: str
    level: str
    points: str
    outcome_order: str
    shares: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """A filter of the table: the field of `IndexRow`, its names, and every value that occurs with its text."""

    field: str
    label: str
    label_en: str
    options: tuple[tuple[str, str], ...]


_OUTCOME_KEYS = {
    "certified": "chart.strip.certified",
    "not_certified": "chart.strip.not_certified",
    "pending": "chart.strip.open",
    "on_hold": "summary.refused.on_hold",
    "excluded": "summary.refused.excluded",
}
_STAGE_KEYS = {
    OutcomeStage.ELIGIBILITY: "stage.eligibility",
    OutcomeStage.RECEIPT: "stage.receipt",
    OutcomeStage.DOCUMENTS: "stage.documents",
    OutcomeStage.SCORING: "stage.scoring",
    OutcomeStage.EVALUATED: "stage.evaluated",
    OutcomeStage.VOTED: "index.stage.voted",
    OutcomeStage.PROPOSED: "index.stage.proposed",
    OutcomeStage.DECIDED: "chart.funnel.decided",
}


def classify_outcome(outcome: Outcome) -> str:
    """Return in which of five groups an outcome is: certified, not_certified, pending, on_hold or excluded."""
    if outcome.open:
        return "pending" if outcome.evaluated else "on_hold"
    return outcome.result.value


def name_regions(evaluations: Sequence[Evaluation], words: Words) -> dict[str, str]:
    """Return the name of each region of the applicants by its prefix: the first two digits of their codes.

    That is the short name of the catalogue; else the region's own name where it applies itself or is the parent of an
    applicant; else the prefix. Organisations, whose codes are business numbers, have no region.
    """
    names: dict[str, str] = {}
    own: dict[str, str] = {}
    for applicant in (evaluation.applicant for evaluation in evaluations if not evaluation.applicant.organisation):
        prefix = applicant.code[:_REGION_DIGITS]
        key = f"history.region.{prefix}"
        names.setdefault(prefix, words(key) if key in words else prefix)
        if key in words:
            continue
        if _is_region(applicant.code):
            own[prefix] = words.show(applicant.name, "text")
        elif applicant.parent_code and _is_region(applicant.parent_code):
            own.setdefault(prefix, words.show(applicant.parent_name, "text"))
    return {**names, **own}


_REGION_DIGITS = 2
"""How many digits at the beginning of the code of a local government name its region."""


def _is_region(code: str) -> bool:
    return not code[_REGION_DIGITS:].strip("0")


class _IndexPage(Page):
    """The index as a page of a single section: Korean, with English beside it."""

    has_live_headings = True  # those whom a reader compares

    def __init__(self, record: RoundRecord, pages: frozenset[str]) -> None:
        scheme = record.round.scheme
        super().__init__(Words("ko", *_WORDS, scheme=scheme))
        self.english = Words("en", *_WORDS, scheme=scheme)
        self._record = record
        self._pages = pages
        self.extra_characters = frozenset(
            "↕↑↓—0123456789()"
        )  # written by the script: how a column is sorted, how many rows match, what has no value

    def body(self) -> PageSection:
        """Return everything between the page's ``body`` tags."""
        record, english = self._record, self.english
        rows = self._build_rows()
        return self.add_header(
            "index_body.html.j2",
            title=self.words("index.title", round=record.round.title),
            e=english,
            record=record,
            rows=rows,
            facets=self._build_facets(rows),
            pages=self._pages,
            illustrative=record.round.edition_basis.status.value == "illustrative",
            before_decision=count_outcomes(record.outcomes).before_decision,
            receipts=list(
                zip(describe_open_receipts(record, self.words), describe_open_receipts(record, english), strict=True)
            ),
        )

    def _build_rows(self) -> list[IndexRow]:
        pairs = self._record.pairs
        rows = zip(
            pairs, build_applicant_rows(pairs, self.words), build_applicant_rows(pairs, self.english), strict=True
        )
        return [self._build_row(evaluation, outcome, ko, en) for (evaluation, outcome), ko, en in rows]

    def _build_row(self, evaluation: Evaluation, outcome: Outcome, ko: ApplicantRow, en: ApplicantRow) -> IndexRow:
        card, applicant = evaluation.scorecard, evaluation.applicant
        domains = {domain.id: domain for domain in card.domains} if card else {}
        shares = (domains.get(domain.id) for domain in self._record.domains) if card else ()
        return IndexRow(
            ko=ko,
            en=en,
            code=applicant.code,
            outcome=classify_outcome(outcome),
            stage=outcome.stage.value,
            size=evaluation.size_type or "unknown",
            region="" if applicant.organisation else applicant.code[:_REGION_DIGITS],
            level=str(outcome.computed or ""),
            points=figures.format_decimal(card.points) if card else "",
            outcome_order=f"{outcome.level or 9} {outcome.result.value}",
            shares=tuple(
                figures.format_share(domain.points / domain.out_of) if domain and domain.out_of else ""
                for domain in shares
            ),
        )

    def _build_facets(self, rows: Sequence[IndexRow]) -> list[Facet]:
        """Return the filters that have at least two values to choose from."""
        words, english, evaluations = self.words, self.english, self._record.evaluations
        regions = [name_regions(evaluations, in_language) for in_language in (words, english)]
        sizes = (*self._record.round.class_ids, "unknown")
        texts = {
            "outcome": {key: join_languages(words(name), english(name)) for key, name in _OUTCOME_KEYS.items()},
            "stage": {stage.value: join_languages(words(name), english(name)) for stage, name in _STAGE_KEYS.items()},
            "size": {size: join_languages(words(size_key(size)), english(size_key(size))) for size in sizes},
            "region": {prefix: join_languages(regions[0][prefix], regions[1][prefix]) for prefix in sorted(regions[0])},
        }
        labels = {"outcome": "summary.applicants.outcome", "size": "summary.applicants.size_type"}
        facets = []
        for field, named in texts.items():
            present = {getattr(row, field) for row in rows}
            options = tuple((value, text) for value, text in named.items() if value in present)
            label = labels.get(field, f"index.{field}_label")
            if len(options) > 1:
                facets.append(Facet(field=field, label=words(label), label_en=english(label), options=options))
        return facets


_WORDS = ("report", "charts", "summary", "history")
