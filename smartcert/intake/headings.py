"""The headings and labels by which a form is understood, in Korean and English, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from smartcert.intake.readings import cleaned
from smartcert.model.application import DocumentKind, EvidenceGrade

INDICATOR, NAME, UNIT, VALUE = "indicator", "name", "unit", "value"
DOCUMENT, PAGE, GRADE = "document", "page", "grade"
PAPER, FILE, SEALED, TABLE, REQUESTED = "paper", "file", "sealed", "lookup_table", "requested"
ROUND, EDITION, CODE, APPLICANT, ID = "round", "edition", "code", "applicant", "id"

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    INDICATOR: (
        "지표번호",
        "지표코드",
        "지표id",
        "지표",
        "번호",
        "indicator",
        "indicatorid",
        "indicatorno",
        "id",
        "no",
    ),
    NAME: ("지표명", "세부지표", "지표이름", "name", "indicatorname", "nameofindicator"),
    UNIT: ("단위", "unit"),
    VALUE: ("값", "실적", "실적값", "측정값", "제출값", "산출값", "수치", "value", "figure", "claimed", "claimedvalue"),
    DOCUMENT: (
        "증빙문서",
        "증빙자료",
        "증빙",
        "근거자료",
        "근거문서",
        "근거",
        "document",
        "evidence",
        "evidencedocument",
    ),
    PAGE: ("쪽", "쪽수", "페이지", "면", "page", "pages", "p", "evidencepage"),
    GRADE: ("증빙등급", "근거등급", "자료등급", "등급", "grade", "evidencegrade"),
}
_PAPERS: Mapping[str, tuple[str, ...]] = {
    PAPER: ("서류", "제출서류", "서류명", "paper", "document"),
    FILE: ("파일", "파일명", "file", "filename"),
    SEALED: ("날인", "직인", "seal", "sealed"),
    TABLE: ("조견표", "lookuptable"),
    REQUESTED: ("요청", "요청여부", "requested", "askedfor"),
}
_LABELS: Mapping[str, tuple[str, ...]] = {
    ROUND: ("공모", "공모번호", "round"),
    EDITION: ("지표판", "edition"),
    CODE: ("지방자치단체코드", "행정구역코드", "행정표준코드", "기관코드", "localgovernmentcode", "code"),
    APPLICANT: ("지방자치단체", "신청지방자치단체", "신청기관", "기관명", "지자체", "localgovernment", "applicant"),
    ID: ("신청번호", "applicantid"),
}
_KINDS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.APPLICATION: ("인증신청서", "공모신청서", "신청서", "application", "applicationform"),
    DocumentKind.QUANTITATIVE: ("정량평가서", "정량지표평가제안서", "quantitative", "quantitativeevaluationform"),
    DocumentKind.QUALITATIVE: (
        *("정성평가자체평가서", "정성지표자체평가표", "정성평가서", "qualitative"),
        "qualitativeself-evaluationform",
    ),
    DocumentKind.EVIDENCE: ("증빙자료", "근거자료", "evidence"),
    DocumentKind.OTHER: ("그밖의서류", "그밖의자료", "기타", "other", "otherdocuments", "furtherdocument"),
}
_GRADES: Mapping[EvidenceGrade, tuple[str, ...]] = {
    EvidenceGrade.MEASURED: ("실측", "measured"),
    EvidenceGrade.SURVEY: ("조사", "설문", "survey"),
    EvidenceGrade.HIGHER_LEVEL: ("상위통계", "상위단위", "higher_level", "higherlevel"),
    EvidenceGrade.ESTIMATED: ("추정", "estimated"),
    EvidenceGrade.PERSONAL: ("개인자료", "personal"),
    EvidenceGrade.UNKNOWN: ("미상", "unknown"),
}
_PARTS = re.compile(r"[/\n|·]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[*:：※]")


def _turned(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: key for key, known in words.items() for word in known}


_BY_COLUMN, _BY_PAPER, _BY_LABEL = _turned(_COLUMNS), _turned(_PAPERS), _turned(_LABELS)
KINDS = {word: kind for kind, known in _KINDS.items() for word in known}
"""The documents of the call by how people call them."""

GRADES = {word: one for one, known in _GRADES.items() for word in known}
"""Grades of evidence by how people call them."""


@lru_cache(maxsize=4096)
def column(text: str) -> str | None:
    """Return which column of figures a heading names, however it is written.

    >>> column("값 / Value *"), column("증빙 문서"), column("비고")
    ('value', 'document', None)
    """
    return _known(text, _BY_COLUMN)


@lru_cache(maxsize=4096)
def paper(text: str) -> str | None:
    """Return which column of the table of documents a heading names."""
    return _known(text, _BY_PAPER)


@lru_cache(maxsize=4096)
def label(text: str) -> str | None:
    """Return which fact of the form a label names."""
    return _known(text, _BY_LABEL)


def kind(text: str) -> DocumentKind | None:
    """Return which document of the call a cell names."""
    return next((KINDS[word] for word in _words(text) if word in KINDS), None)


def _known(text: str, words: Mapping[str, str]) -> str | None:
    if len(text) > 80:
        return None
    return next((words[word] for word in _words(text) if word in words), None)


def _words(text: str) -> list[str]:
    plain = _BRACKETS.sub(" ", cleaned(text.replace("\n", "/")))
    return [part.replace(" ", "").casefold() for part in (plain, *_PARTS.split(plain))]
