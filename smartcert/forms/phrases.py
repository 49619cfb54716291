"""Which words a form uses, in Korean and English."""

from __future__ import annotations

from collections.abc import Mapping

from smartcert.model.application import EvidenceGrade, Missing
from smartcert.model.citation import Text
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Words

YES = Text(ko="예", en="yes")
NO = Text(ko="아니요", en="no")
MISSING = {
    Missing.ABSENT: Text(ko="미제출", en="absent"),
    Missing.NOT_APPLICABLE: Text(ko="해당 없음", en="not applicable"),
}
GRADES = {
    EvidenceGrade.MEASURED: Text(ko="실측", en="measured"),
    EvidenceGrade.SURVEY: Text(ko="조사", en="survey"),
    EvidenceGrade.HIGHER_LEVEL: Text(ko="상위통계", en="higher_level"),
    EvidenceGrade.ESTIMATED: Text(ko="추정", en="estimated"),
    EvidenceGrade.PERSONAL: Text(ko="개인자료", en="personal"),
    EvidenceGrade.UNKNOWN: Text(ko="미상", en="unknown"),
}
PHRASES: Mapping[str, Text] = {
    "cover": Text(ko="표지", en="Cover"),
    "lookup": Text(ko="조견표", en="Look-up table"),
    "about": Text(ko="지표 안내", en="About the indicators"),
    "title": Text(ko="스마트도시 인증 평가 신청 양식", en="Form for smart city certification"),
    "guide": Text(
        ko="노란색 칸에만 입력하십시오. 값이 없으면 '미제출', 적용되지 않으면 '해당 없음'을 선택하십시오."
        " 0은 값으로 처리합니다.",
        en="Fill in yellow cells only. Choose 'absent' if you have no figure, 'not applicable' if it does not apply to"
        " you. Zero is a figure.",
    ),
    "round": Text(ko="공모", en="Round"),
    "edition": Text(ko="평가지표", en="Indicator set"),
    "code": Text(ko="행정기관코드", en="Administrative code"),
    "applicant": Text(ko="지방자치단체", en="Local government"),
    "population": Text(ko="주민등록인구", en="Registered residents"),
    "closes": Text(ko="접수 마감", en="Applications close"),
    "paper": Text(ko="서류", en="Paper"),
    "file": Text(ko="파일", en="File"),
    "sealed": Text(ko="날인", en="Sealed"),
    "total": Text(ko="총점(자체 계산)", en="Total as filled in"),
    "out_of": Text(ko="배점", en="Out of"),
    "relative": Text(ko="이 가운데 지금 알 수 없는 배점(상대평가 등)", en="Of these, not known yet (such as ranks)"),
    "points": Text(ko="점수", en="Points"),
    "indicator": Text(ko="지표번호", en="ID"),
    "name": Text(ko="지표명", en="Name"),
    "definition": Text(ko="정의", en="Definition"),
    "unit": Text(ko="단위", en="Unit"),
    "limits": Text(ko="허용 범위", en="Limits"),
    "value": Text(ko="값", en="Value"),
    "document": Text(ko="증빙 문서", en="Document"),
    "page": Text(ko="쪽", en="Page"),
    "grade": Text(ko="증빙 등급", en="Evidence grade"),
    "check": Text(ko="확인", en="Check"),
    "summary": Text(ko="요약", en="Summary"),
    "item_total": Text(ko="소계", en="Subtotal"),
    "rank": Text(ko="상대평가", en="by rank"),
    "later": Text(ko="평가 때 계산", en="computed at evaluation"),
    "ok": Text(ko="확인됨", en="ok"),
    "empty": Text(ko="값 입력 필요", en="fill in a value"),
    "beyond": Text(ko="허용 범위 밖", en="beyond the limits"),
    "no_evidence": Text(ko="증빙자료와 쪽수 입력 필요", en="give document and page"),
    "refused": Text(ko="값이 없으면 평가할 수 없음", en="cannot be judged without a value"),
    "mark": Text(ko="자체 평점", en="own mark"),
}


_OTHER_PHRASES: Mapping[str, Text] = {
    "code": Text(ko="행정기관코드·사업자등록번호", en="Administrative code or business number"),
    "applicant": Text(ko="신청자", en="Applicant"),
}


def select_phrases(scheme: SchemeFacts | None) -> Mapping[str, Text]:
    """Return the phrases of a form: those about cities, or under a scheme of its own those with its title."""
    if scheme is None:
        return PHRASES
    title = Text(ko=f"{scheme.title.ko} 신청 양식", en=f"Application form: {scheme.title.en}")
    return {**PHRASES, **_OTHER_PHRASES, "title": title}


def format_bilingual(key: str, phrases: Mapping[str, Text] = PHRASES) -> str:
    """Return a phrase in both languages on one line, as headings have it."""
    phrase = phrases[key]
    return f"{phrase.ko} / {phrase.en}"


def format_two_lines(text: Text) -> str:
    """Return a text in both languages, each on a line of its own; once where both are equal."""
    return text.ko if text.ko == text.en else f"{text.ko}\n{text.en}"


def document_labels(scheme: SchemeFacts | None = None) -> Mapping[str, str]:
    """Return the documents of the call in both languages, by kind, as a scheme calls them."""
    korean, english = Words("ko", scheme=scheme), Words("en", scheme=scheme)
    kinds = ("application", "quantitative", "qualitative", "evidence", "other")
    return {kind: f"{korean.term(f'document.{kind}')} / {english.term(f'document.{kind}')}" for kind in kinds}
