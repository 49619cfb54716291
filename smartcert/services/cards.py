"""Which applicants of a round get a public card, and what does it show in each language?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from smartcert import __version__
from smartcert.files import sha256_hex
from smartcert.model.certification import CertificationKind, CertificationTerm
from smartcert.model.earlier import Earlier, LaterChange
from smartcert.model.evaluation import Evaluation
from smartcert.model.outcome import Outcome
from smartcert.model.scheme import CITY
from smartcert.reporting.applicant.card import (
    CardStatus,
    CertifiedResult,
    EarlierCertification,
    PublicCard,
    classify_card,
    render_card,
)
from smartcert.reporting.audience import PressRecord, PressResult, build_press_record, redact
from smartcert.reporting.records import Audience, PublicRecord, Record, RoundRecord
from smartcert.services.holders import codes_of
from smartcert.services.rounds import OpenRound


class RoundCards:
    """The public cards of a round: what each shows is what the press may see of the round, and no more.

    Whom the press does not name has none: a file in its name would already say that it applied.
    """

    def __init__(
        self,
        opened: OpenRound,
        earlier: Mapping[str, Earlier] | None = None,
        later: Mapping[str, LaterChange] | None = None,
    ) -> None:
        """``earlier`` and ``later`` are what is known from before and after the round, by the id of an applicant."""
        self._opened = opened
        self._earlier, self._later = earlier or {}, later or {}
        press = build_press_record(
            RoundRecord(  # with the verdicts: a card shows no margin, which the round's own record has
                round=opened.facts,
                evaluations=opened.verdicts,
                outcomes=opened.outcomes,
                failures=(),
                inputs=(),
                package=__version__,
            )
        )
        self._pages: dict[tuple[str, str], bytes] = {}
        self._cards = {
            evaluation.id: card
            for evaluation, outcome in zip(opened.verdicts, opened.outcomes, strict=True)
            if (card := self._build(evaluation, outcome, press))
        }
        self._digests = {name: _digest_card(card) for name, card in self._cards.items()}

    def __contains__(self, applicant_id: str) -> bool:
        return applicant_id in self._cards

    def digest(self, applicant_id: str) -> str:
        """Return a hash of everything that the card of an applicant shows."""
        return self._digests[applicant_id]

    def render(self, applicant_id: str, language: str) -> bytes:
        """Return the card of one applicant as an HTML page, built once."""
        key = (applicant_id, language)
        if key not in self._pages:
            self._pages[key] = render_card(self._cards[applicant_id], language).encode()
        return self._pages[key]

    def _build(self, evaluation: Evaluation, outcome: Outcome, press: PressRecord) -> PublicCard | None:
        name, facts = evaluation.applicant.full_name, press.round
        status = classify_card(press, name, certified=outcome.certified)
        if status is None:
            return None
        if status is not CardStatus.CERTIFIED:
            return PublicCard(round=facts, status=status, name=name, changes=evaluation.applicant_changes)
        result = next(row for row in press.certified if row.id == evaluation.id)
        record = Record(
            round=facts, evaluation=evaluation, outcome=outcome, peers=None, inputs=(), package=press.package
        )
        certified, changes = self._describe(result, record, press), evaluation.applicant_changes
        return PublicCard(round=facts, status=status, name=name, certified=certified, changes=changes)

    def _describe(self, result: PressResult, record: Record, press: PressRecord) -> CertifiedResult:
        public = redact(record, Audience.PUBLIC)
        assert isinstance(public, PublicRecord)  # noqa: S101  # for the type checker: redacted for the public
        size = result.applicant.size_type
        term, history = self._find_terms(result, press.round.governing_day.year)
        return CertifiedResult(
            decided_on=public.decided_on,
            strengths=public.strengths,
            result=result,
            compared=tuple(row for row in press.certified if size and row.applicant.size_type == size),
            term=term,
            history=history,
            earlier=_list_earlier(self._earlier.get(result.id, Earlier()), history),
            later=self._later.get(result.id),
        )

    def _find_terms(
        self, result: PressResult, year: int
    ) -> tuple[CertificationTerm | None, tuple[CertificationTerm, ...]]:
        """Return the published certification of this round, and those before it, of the same local government.

        That of this round is the one of its year; None where there is none or more than one, or where another level
        was published than the one decided. Invented rounds, organisations and other schemes have no public history.
        """
        opened = self._opened
        if opened.round.invented or result.applicant.invented or opened.rules.edition.scheme != CITY:
            return None, ()
        terms = _list_terms(result.code)
        own = [term for term in terms if term.certification.round_year == year]
        earlier = tuple(term for term in terms if term.certification.round_year < year)
        agrees = len(own) == 1 and own[0].certification.level in (None, result.level)
        return (own[0] if agrees else None), earlier


def _list_terms(code: str) -> tuple[CertificationTerm, ...]:
    """Return the published certifications of a local government under all its codes, oldest first, without pilots."""
    # heavy, and nobody of an invented round has any
    from smartcert.certification.public_history import compute_terms
    from smartcert.services.history import open_history

    history = open_history()
    own = [certification for certification in history.certifications if certification.code in codes_of(code)]
    terms = compute_terms(own, history.rulebook.certification_on)
    return tuple(term for term in terms if term.certification.kind is not CertificationKind.PILOT)


_ENDED_EARLY = frozenset({"revoked", "surrendered"})
"""How a certificate ends before its last day."""


def _list_earlier(earlier: Earlier, published: Sequence[CertificationTerm]) -> tuple[EarlierCertification, ...]:
    """Return what is public from before the round, oldest first: certificates, and rounds that certified.

    An application that was not certified is not public. Of one certification the published days count, else those of
    the certificate, else what the round decided. A certificate that ended early always stands there: what was published
    may not say so.
    """
    certificates = [
        certificate for certificate in earlier.certificates if not published or certificate.ended in _ENDED_EARLY
    ]
    years = {term.certification.round_year for term in published}
    recorded = {certificate.round for certificate in certificates}
    rows = [
        EarlierCertification(
            year=certificate.first.year, level=certificate.level, last=certificate.last, ended=certificate.ended
        )
        for certificate in certificates
    ]
    rows += [
        EarlierCertification(year=round_.governing_day.year, level=round_.outcome.decided.level)
        for round_ in earlier.rounds
        if round_.outcome.certified and round_.outcome.decided is not None
        if round_.round not in recorded and round_.governing_day.year not in years
    ]
    return tuple(sorted(rows, key=lambda row: (row.year, row.last or date.min)))


def _digest_card(card: PublicCard) -> str:
    """Return a hash of everything that a card shows, without what it takes to read a record back."""
    return sha256_hex(json.dumps(asdict(card), default=str, sort_keys=True).encode())
