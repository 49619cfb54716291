"""The public card of one applicant: what was decided, on one screen that can be shared; nothing that is not public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from smartcert.files import sha256_base64
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantChange
from smartcert.model.certification import CertificationTerm, LevelStatus
from smartcert.model.citation import Status, Text
from smartcert.model.earlier import LaterChange
from smartcert.reporting.audience import PressRecord, PressResult
from smartcert.reporting.catalogue import Words, load_words
from smartcert.reporting.outcome import describe_changes
from smartcert.reporting.records import RoundFacts

_LEAST_COMPARED = 3
"""From how many certified of a size type on a median is shown: of fewer it is another one's score; no rule asks."""
_MOST_TERMS = 3
"""How many earlier certifications fit on the screen: the latest of them."""


class CardStatus(StrEnum):
    """What the public may know of an application; nothing of one that was neither certified nor is open."""

    CERTIFIED = "certified"
    PENDING = "pending"
    ON_HOLD = "on_hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierCertification:
    """A certification before this round, as the register or the record of its round has it.

    ``level`` is None if not known, ``last`` None where no certificate is recorded, and ``ended`` empty or how it ended
    before its last day (`EarlierCertificate`).
    """

    year: int
    level: int | None
    last: date | None = None
    ended: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CertifiedResult:
    """What is public of a certified applicant beside its name.

    ``term`` is its certification as it was published, which has the last day of its validity; None where none was.
    """

    decided_on: date
    strengths: tuple[Text, ...]
    result: PressResult
    compared: tuple[PressResult, ...]
    """All certified applicants of its size type, itself among them."""
    term: CertificationTerm | None = None
    history: tuple[CertificationTerm, ...] = ()
    """Its certifications before this one as they were published, oldest first."""
    earlier: tuple[EarlierCertification, ...] = ()
    """Those that are not among the published ones."""
    later: LaterChange | None = None
    """What became of the certificate since, by the register."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicCard:
    """What a card shows; ``certified`` is None where nothing is decided yet."""

    round: RoundFacts
    status: CardStatus
    name: Text
    certified: CertifiedResult | None = None
    changes: tuple[ApplicantChange, ...] = ()
    """What is known to have happened to the applicant since the governing day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainRow:
    """One domain in whole percent; ``median`` is None where too few are compared."""

    name: Text
    percent: int
    median: int | None


def classify_card(record: PressRecord, name: Text, *, certified: bool) -> CardStatus | None:
    """Return what the public may know of an applicant called ``name`` from what is public of its round, if anything."""
    if certified:
        return CardStatus.CERTIFIED
    if name in record.pending:
        return CardStatus.PENDING
    if name in record.on_hold:
        return CardStatus.ON_HOLD
    return None


def compare_domains(result: PressResult, compared: Sequence[PressResult]) -> tuple[DomainRow, ...]:
    """Return the domains of a result beside the medians of ``compared``, itself among them.

    Only published percentages are read. A median between two is rounded down, as these are; of fewer than
    `_LEAST_COMPARED` there is none.
    """
    rows = []
    for position, domain in enumerate(result.domains):
        values = sorted(row.domains[position].percent for row in compared)
        middle = values[(len(values) - 1) // 2 : len(values) // 2 + 1]
        median = sum(middle) // len(middle) if len(values) >= _LEAST_COMPARED else None
        rows.append(DomainRow(name=domain.name, percent=domain.percent, median=median))
    return tuple(rows)


def render_card(card: PublicCard, language: str) -> str:
    """Return the card as one HTML page that fetches nothing and fits a screen of 390 x 844 pixels.

    Its title and description stand in the tags that a message or a social network shows of a shared page.
    """
    # heavy, and who has a card is asked long before one is rendered
    from smartcert.reporting.languages import mark_other_language
    from smartcert.reporting.notebook_style import load_style
    from smartcert.reporting.page import template_environment
    from smartcert.reporting.typeface import build_font_css

    words = load_words(language, "report", "public", "card", scheme=card.round.scheme)
    certified, title = card.certified, _describe_title(card, words)
    lead = _describe_lead(card, words)
    rows = compare_domains(certified.result, certified.compared) if certified else ()
    body = (
        template_environment()
        .get_template("card_body.html.j2")
        .render(
            w=words,
            card=card,
            title=title,
            lead=lead,
            warnings=_list_warnings(card, words),
            facts=_list_facts(certified, card.round, words) if certified else (),
            rows=rows,
            median=any(row.median is not None for row in rows),
            compared=len(certified.compared) if certified else 0,
            strengths=[words.show(name, "text") for name in certified.strengths] if certified else (),
            terms=_list_terms(certified, card.round, words) if certified else (),
        )
    )
    body = mark_other_language(body, words.language)
    css = load_style("card") + build_font_css(character for character in body if character.isprintable())
    return (
        template_environment()
        .get_template("card.html.j2")
        .render(
            language=words.language,
            title=title,
            description=" ".join([lead, *([words("head.invented")] if card.round.invented else [])]),
            site=words("head.kicker", round=card.round.title),
            css=css,
            digest=sha256_base64(css.encode()),
            body=body,
        )
    )


def _describe_title(card: PublicCard, words: Words) -> str:
    if card.certified is None:
        return words(f"card.title_{card.status.value}", applicant=card.name)
    return words("card.title", applicant=card.name, level=card.certified.result.level)


def _describe_lead(card: PublicCard, words: Words) -> str:
    if card.certified is None:
        return words(f"card.{card.status.value}", applicant=card.name)
    result = card.certified.result
    return words("public.certified", applicant=card.name, level=result.level, on=card.certified.decided_on)


def _list_warnings(card: PublicCard, words: Words) -> list[str]:
    later = describe_changes(card.changes, card.certified.decided_on if card.certified else None, words)
    later += describe_later(card.certified.later, words) if card.certified else []
    if card.round.invented:
        return [*later, words("head.invented")]
    illustrative = card.certified is not None and card.round.edition_basis.status is Status.ILLUSTRATIVE
    return [*later, words.show(card.round.edition_note, "text")] if illustrative else later


def describe_later(later: LaterChange | None, words: Words) -> list[str]:
    """Return the sentence on what became of a certificate since it was decided; none where nothing is known of it."""
    return [words(f"public.later.{later.status}", since=later.since)] if later else []


def _list_facts(certified: CertifiedResult, facts: RoundFacts, words: Words) -> list[tuple[str, str]]:
    """Return labels with values: the day of the decision, the validity, the size type, the place in a ranking.

    A card is of the day of the decision: whether the certification still has effect is not on it, which it says.
    """
    result, term = certified.result, certified.term
    rows = [(words("public.decided_on"), words.show(certified.decided_on, "day"))]
    if facts.shows_validity and result.valid_years is not None:
        validity = words("card.valid_years", years=result.valid_years)
        if term is not None and not term.last_claims:
            validity = words("card.valid_to_estimated" if term.inferred else "card.until", last=term.last)
        rows.append((words("card.validity"), validity))
    if facts.shows_validity:
        rows.append((words("card.today"), words("card.today_unknown")))
    if result.applicant.size_type:
        rows.append((words("card.size_type"), words.term(f"size_type.{result.applicant.size_type}")))
    if result.placing is not None:
        rows.append((words("card.place"), words("card.place_value", place=result.placing.place)))
    return rows


def _list_terms(certified: CertifiedResult, facts: RoundFacts, words: Words) -> list[tuple[str, str, str]]:
    """Return year, level and last day of the latest earlier certifications, then those of this round.

    None where there is no earlier one: then there is nothing to compare with.
    """
    rows = [(term.certification.round_year, _describe_term(term, words)) for term in certified.history]
    rows += [(entry.year, _describe_earlier(entry, words)) for entry in certified.earlier]
    latest = [row for _, row in sorted(rows, key=lambda row: row[0])][-_MOST_TERMS:]
    own = words("card.term", year=str(facts.governing_day.year)), words.level(certified.result.level)
    return [*latest, (*own, words("card.this_round"))] if latest else []


def _describe_earlier(entry: EarlierCertification, words: Words) -> tuple[str, str, str]:
    level = words("card.level_unknown") if entry.level is None else words.level(entry.level)
    notes = [words("card.until", last=entry.last)] if entry.last else []
    notes += [words(f"earlier.{entry.ended}")] if entry.ended else []
    return words("card.term", year=str(entry.year)), level, ", ".join(notes)


def _describe_term(term: CertificationTerm, words: Words) -> tuple[str, str, str]:
    """Return the year, the level and the last day of an earlier certification; no day where sources disagree on it."""
    certification = term.certification
    if certification.level_status is LevelStatus.DISPUTED:
        level = words("card.level_disputed", levels=[words.level(claim) for claim in certification.level_claims])
    elif certification.level is None:
        level = words("card.level_unknown")
    else:
        level = words.level(certification.level)
    last = words("card.until_estimated" if term.inferred else "card.until", last=term.last)
    return words("card.term", year=str(certification.round_year)), level, "" if term.last_claims else last
