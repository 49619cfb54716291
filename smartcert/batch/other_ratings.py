"""Is a grade, a number of points or a certificate in a text that of something else than the applicant?

Local governments write of beef of the first grade, of integrity at grade 2, of 350 exhibits (점), of ISO certificates.
Such a sentence names the thing or the scheme between the applicant and the grade ("하늘시의 하천 수질은 2등급"), or
right behind it ("1등급 한우"). Both stand in one clause, and nothing between them makes the thing a reason ("공무원
노력으로 1등급").
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def is_of_something_else(text: str, found: re.Match[str], applicant: re.Pattern[str]) -> bool:
    """Return whether what was found in a text is said of a thing or scheme that has grades, points or certificates.

    ``applicant`` finds what the applicant is called in the text: what stands before it does not tell what is behind it.
    Nothing is of something else in a clause that names the certification of smart cities or a final level.
    """
    begin = max((end.end() for end in _CLAUSE_END.finditer(text, 0, found.start())), default=0)
    following = _CLAUSE_END.search(text, found.end())
    end = following.start() if following else len(text)
    if _OWN.search(text, begin, end) or _APPLICANT_BEHIND.match(text, found.end(), end):
        return False
    begin = max((named.end() for named in applicant.finditer(text, begin, found.start())), default=begin)
    before = (text[thing.end() : found.start()] for thing in _THING.finditer(text, begin, found.start()))
    return any(_is_linked(part, found) for part in before) or bool(_THING_BEHIND.match(text, found.end(), end))


def _is_linked(between: str, found: re.Match[str]) -> bool:
    """Return whether what stands between a thing and what was found leaves this the thing's own."""
    if between in ("로 ", "으로 "):  # certified by telephone, or as a child-friendly city
        return found[0].startswith("인증")
    return not _NO_LINK.search(between) and bool(_LINK.fullmatch(between))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(word for line in words for word in line.split())


_CLAUSE_END = re.compile(
    r"[.,;!?…](?=\s|$)"
    r"|(?<=[가-힣])(?:(?<![사광창재최보신경])고|며|나|지만|는데|아서|어서|여서|해서|아|어|여|해|쳐|면|므로|니까|기에|덕분에|때문에)\s"
    r"|\b(?:and|but|so|because|since|while|with|thanks to|as (?:it|its|the|our))\b",
    re.IGNORECASE,
)
"""The end of a clause. A noun that is taken for one refuses more than it must; the nouns in -고 are common ones."""
_NO_LINK = re.compile(
    r"(?<=[가-힣])(?:으로|로|을|를|와|과|에게|한|난)\s|(?:높|좋|많|있|앞서)[은는]\s|위한\s|따라\s"
    r"|처럼|같이|보다|만큼|못지않|대신|이어|물론|뿐|포함|반영|합산|고려|도시|지자체|지방\s*자치|고장"
)
"""What stands between a thing and a grade that is not the thing's."""
_LINK = re.compile(
    r"(?:[\s:=()·,%가-힣\dA-Z]"
    r"|\b(?:is|are|was|be|must|has|reached|rated|grade|level|class|quality|efficiency|index|assessment|of|at|in|the|an?)\b)*+",
)
"""What stands between a thing and its grade: any Korean, and a few English words."""
_OWN = re.compile(
    r"스마트\s*도시\s*인증|(?<![A-Za-z])인증\s*(?:등급|평가)|최종|(?:산정|결정)\s*등급"
    r"|\bsmart[- ]city (?:certif|level)|\bfinal\b|\bverdict\b",
    re.IGNORECASE,
)
_APPLICANT_BEHIND = re.compile(
    r"\s*(?:스마트|도시|지자체|지방\s*자치|으?로\s*(?:결정|산정|확정))"
    r"|\s*(?:smart )?(?:city|county|district|municipality)\b",
    re.IGNORECASE,
)
_KOREAN = _any_of((
    "한우 쇠고기 돼지 축산 우유 계란 쌀 미곡 과일 농산물 농축산 수산물 특산",
    "수질 하천 호수 상수 하수 먹는물 대기 미세먼지 오존 악취 소음 생태 녹지 토양 기상",
    "에너지 건축물 녹색건축 단열 내진 교량 터널 도로 시설물",
    "안전지수 안전\\s?등급 안전진단 안전점검 재난 경보 소방 방화 화재",
    "청렴도 부패 적극행정 규제 재정 신용 민원 공공데이터 정보공개 데이터기반 정부혁신 합동평가 공약 만족도 설문",
    "장애 요양 돌봄 어르신 환자 공무원 담당자 팀장 과장 주무관 직원 기술자 기사 자격 시험 면허",
    "GS CC EAL KS ISO IEC ISMS HACCP BF LEED 보안 정보보호 개인정보 접근성 품질",
    "자율주행 충전 소프트웨어 제품 기기 단말 장비",
    "친화도시 학습도시 문화도시 안전도시 유네스코 가족친화 친환경 유기농 저탄소",
    "본인 휴대전화 (?:공동|금융)$ 간편 전자서명 지문 얼굴 생체 사용자 로그인",
    "유물 문화재 작품 미술품 소장품 전시물",
))  # fmt: skip
_ENGLISH = _any_of((
    "beef pork rice milk fruit water river stream air dust noise soil",
    "energy seismic bridge tunnel dam road safety integrity corruption satisfaction survey",
    "GS CC EAL KS ISO IEC ISMS HACCP LEED BREEAM security privacy accessibility",
    "autonomous self-driving automated driverless charging chargers flood alert warning parking",
    "(?:child|age|women|family)-friendly learning UNESCO organic farms? engineers? technicians? instructors? experts?",
    "products? devices? staff users? exams? licen[cs]es? exhibits? artefacts? artworks?",
    "ordinances? by-?laws? laws? bills? budgets? resolutions? motions? tests? audits?",
    "access measuring monitoring collection",
))  # fmt: skip
_THING = re.compile(rf"{_KOREAN}|\b(?:{_ENGLISH})(?:\b|(?<=EAL))", re.IGNORECASE)
_THING_BEHIND = re.compile(
    rf"(?:의|\+*|[- ](?:grade|level)|\s?(?:points?|marks?))?\s+(?:[가-힣]+\s+)?(?:{_KOREAN})"
    rf"|(?:[- ](?:grade|level))?(?:\s+(?:points?|marks?))?\s+"
    rf"(?:(?!(?:after|before|following|through|like|despite|its|their|our)\b)[\w-]+\s+){{0,4}}?(?:{_ENGLISH})\b",
    re.IGNORECASE,
)
