"""Which documents the call wants, and whose risk it is when they stay incomplete, as values."""

from __future__ import annotations

from dataclasses import dataclass

from smartcert.model.application import DocumentKind
from smartcert.model.citation import Cited, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentsRules:
    """The five documents, what must be on them, and the call's words on risk (``risk_*``)."""

    required: Cited[tuple[DocumentKind, ...]]
    on_request: Cited[tuple[DocumentKind, ...]]
    sealed: Cited[tuple[DocumentKind, ...]]
    lookup_table: Cited[tuple[DocumentKind, ...]]
    supplement: Cited[bool]
    incomplete_is_not_evaluated: Cited[bool]
    misrepresentation_is_not_evaluated: Cited[bool]
    risk_no_answer: Cited[Text]
    risk_unreachable: Cited[Text]
    risk_misrepresentation: Cited[Text]
