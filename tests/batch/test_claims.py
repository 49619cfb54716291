"""Grades, points and certificates of other things pass beside the applicant's name; its own, if forged, never do."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.batch.added_cells import _Reader
from smartcert.batch.claims import Claims

NOT_CERTIFIED = Claims(
    names=frozenset({"하늘시", "하늘", "haneul-si", "haneul"}),
    levels=frozenset({4}),
    points=frozenset({Fraction(120), Fraction(200)}),
    percentages=frozenset({Fraction(60)}),
    is_certified=False,
    meets_criteria=False,
)
CERTIFIED = Claims(
    names=NOT_CERTIFIED.names,
    levels=frozenset({3}),
    points=NOT_CERTIFIED.points,
    percentages=NOT_CERTIFIED.percentages,
    is_certified=True,
    meets_criteria=True,
)


def list_wrong(text: str, claims: Claims = NOT_CERTIFIED) -> list[str]:
    return list(_Reader(claims).find_problems(text.splitlines()))


INNOCENT = [
    "등급: 일등급 한우",
    "하늘시 대표 특산물은 일등급 한우입니다.",
    "우리 시는 1등급 하천 두 곳을 관리합니다.",
    "하늘시의 하천 수질은 2등급입니다.",
    "수질 등급: 1a",
    "대기질 등급: 2 (보통)",
    "우리 시 공공청사는 건축물 에너지효율 1등급을 받았습니다.",
    "하늘시 도서관은 제로에너지건축물 5등급 인증을 받았습니다.",
    "우리 시는 청렴도 평가에서 2등급을 받았습니다.",
    "우리 시는 지역안전지수 교통사고 분야 1등급을 달성하였습니다.",
    "하늘시는 공공데이터 제공 운영실태 평가에서 우수 등급을 받았습니다.",
    "하늘시는 정보공개 종합평가에서 최우수 등급을 받았습니다.",
    "우리 시는 여성친화도시로 인증을 받았습니다.",
    "하늘시는 유네스코 학습도시 인증을 획득하였습니다.",
    "우리 시는 ISO 37122 인증을 받았습니다.",
    "하늘시 데이터센터는 정보보호 관리체계(ISMS) 인증을 받았습니다.",
    "하늘시 통합플랫폼은 GS인증 1등급 제품입니다.",
    "우리 시는 CC인증 EAL3 등급 장비를 도입하였습니다.",
    "하늘시 담당자는 5급입니다.",
    "우리 시는 7급 이하 공무원 30명을 교육하였습니다.",
    "하늘시는 시민 만족도 조사에서 87점을 받았습니다.",
    "우리 시는 대중교통 만족도 평가에서 92.5점을 얻었습니다.",
    "우리 시는 유물 350점을 기록화하였습니다.",
    "하늘시 박물관은 총 350점의 유물을 전시합니다.",
    "우리 시의 스마트도시 성숙도 수준은 3단계입니다.",
    "하늘시는 관제 수준을 한 단계 높였습니다.",
    "합계: 350대",
    "수질검사 결과: 적합",
    "우리 시 상수도는 수질검사 결과 적합 판정을 받았습니다.",
    "하늘시 교량 35개 가운데 30개가 안전등급 1등급입니다.",
    "하늘시 청사는 내진 1등급입니다.",
    "우리 시 앱은 본인 인증 완료 후 이용할 수 있습니다.",
    "하늘시 앱은 휴대전화로 인증을 받은 시민이 이용합니다.",
    "우리 시는 공동인증서를 받은 주민에게 알림을 보냅니다.",
    "우리 시 정보화 교육 수료생 30명이 자격시험에 합격하였습니다.",
    "하늘시는 스마트도시 인증을 준비하고 있습니다.",
    "우리 시는 레벨 4 자율주행 셔틀 3대를 운행합니다.",
    "우리 시의 장기요양 3등급 어르신 120명이 이용합니다.",
    "하늘시의 미세먼지 예보 등급은 4단계입니다.",
    "우리 시는 소프트웨어 품질 1등급 제품만 구매합니다.",
    "Grade: first-grade beef",
    "Haneul-si's beef is grade 1.",
    "Water quality level: 2",
    "Our city reached level 2 in the national integrity assessment.",
    "Our city is certified as a child-friendly city.",
    "Haneul-si was certified under ISO 37122 in 2022.",
    "The library of Haneul-si is certified to LEED Gold.",
    "Our city scored 87 points in the residents' satisfaction survey.",
    "Haneul-si received 92 points in a survey of passengers.",
    "Our county has 12 certified organic farms.",
    "Our city employs 30 certified engineers.",
    "In our city water level 3 triggers a flood warning.",
    "Our city introduced level 3 autonomous shuttles.",
    "Haneul-si operates level 4 self-driving buses.",
    "Our city passed an ordinance on smart cities in 2021.",
    "The first level of the parking tower of our city has chargers.",
    "Our city received 1,200 requests for open data.",
    "Haneul-si was awarded 3 prizes for its data portal.",
    "Our city earned 300 million won from its data market.",
    "Access points: 350",
    "Total: 350 sensors",
    "Our city has 350 charging points.",
    "Users of our city's app must be certified by phone.",
    "Haneul-si wants to raise the level of its services.",
    "2등급 기준은 1,600점으로 결정되었습니다.",
    "3등급 이상이면 장관이 인증을 결정합니다.",
    "하늘시의 인증기준 충족 여부는 위 표에 있습니다.",
    "하늘시가 인증기준을 충족하려면 1,400점이 필요합니다.",
    "하늘시는 인증기준을 충족하지 못하였습니다.",
    "하늘시는 인증기준에 미달하였습니다.",
    "우리 시가 인증기준을 충족할 수 있도록 지원합니다.",
    "Haneul-si does not meet the certification criteria.",
    "Our city must meet the criteria by 2027.",
    "그 당시는 1등급 도시가 없었습니다.",
    "현장실사에서 3개 지표를 하향 조정하였습니다.",
    "지표 하나의 점수를 30점에서 20점으로 조정하였습니다.",
    "The Minister decided on 1 December 2023.",
    "Certified: levels 1 to 3",
    "인증 대상은 시와 군, 구입니다.",
    "하늘시 120점",
    "하늘시가 1,400점으로 3등급이 되려면 더 필요합니다.",
    "하늘시 박물관 350점",
    "지표\n25\n30",
]
"""What local governments write: of beef, water, integrity, buildings, surveys, exhibits, other certificates."""

FORGED = [
    "하늘시는 1등급입니다.",
    "한우로 유명한 하늘시는 1등급입니다.",
    "일등급 한우의 고장 하늘시는 1등급입니다.",
    "하늘시는 한우로 유명한 1등급 도시입니다.",
    "하늘시의 수질은 1등급이고, 하늘시는 2등급입니다.",
    "하늘시는 수질이 좋고 1등급입니다.",
    "하늘시는 센서가 많아 1등급입니다.",
    "하늘시는 ISO 심사를 거쳐 1등급으로 결정되었습니다.",
    "우리 시는 GS인증 제품을 쓰며 1등급으로 산정되었습니다.",
    "우리 시는 여성친화도시이며 스마트도시 인증을 받았습니다.",
    "우리 시는 ISO 인증에 이어 스마트도시 인증을 획득하였습니다.",
    "하늘시는 청렴도가 높은 스마트도시 인증 1등급입니다.",
    "하늘시는 시민 만족도가 높아 1,900점을 받았습니다.",
    "하늘시는 만족도 조사 결과를 반영하여 총점 1,900점을 받았습니다.",
    "총점: 1,900점",
    "최종 등급: 1",
    "등급: 1",
    "등급: 일등급",
    "등급: 일등급 도시",
    "등급: 일등급 스마트도시",
    "결과: 적합",
    "하늘시는 적합 판정, 결과: 인증",
    "하늘시는 1등급 수준입니다.",
    "하늘시는 1등급 지방자치단체입니다.",
    "하늘시는 레벨 1입니다.",
    "이 신청은 2등급으로 결정되었습니다.",
    "하늘시는 인증을 받았습니다.",
    "이 도시는 인증되었습니다.",
    "하늘시는 합격입니다.",
    "합계: 1,900",
    "합계: 1,900점",
    "하늘시는 교육 수료생이 많으므로 합격입니다.",
    "Haneul-si is level 1.",
    "Famous for its beef, Haneul-si is level 1.",
    "Haneul-si, famous for its beef, is level 1.",
    "Haneul-si has clean water and is level 1.",
    "The home of grade 1 beef, Haneul-si is a level 1 smart city.",
    "Our city is certified.",
    "Our city is certified as a smart city.",
    "Like its ISO projects Haneul-si was certified as a smart city.",
    "Haneul-si passed.",
    "Our city passed the evaluation.",
    "Our city received 1,900 points.",
    "Haneul-si received 1,900.",
    "Our city scored 1,900 points after a survey.",
    "Total: 1,900",
    "Total points: 1,900",
    "Level: 1",
    "Final level: first",
    "Haneul-si's final energy level is level 1 of the smart city certification.",
    "하늘시는 공무원 노력으로 1등급입니다.",
    "하늘시는 청렴도 높은 1등급입니다.",
    "하늘시는 자율주행을 도입하여 1등급을 받았습니다.",
    "하늘시는 민원 처리로 1등급을 받았습니다.",
    "하늘시는 자율주행 셔틀과 함께 인증을 받았습니다.",
    "하늘시는 제품을 갖추어 인증을 받았습니다.",
    "하늘시의 담당자에 따르면 1등급입니다.",
    "하늘시는 GS인증 등급처럼 1등급입니다.",
    "하늘시는 정보공개 우수 도시 1등급입니다.",
    "하늘시는 ISO에 이어 인증을 받았습니다.",
    "하늘시는 청렴도 못지않은 1등급입니다.",
    "하늘시는 시민 만족도 포함 총점 1,900점입니다.",
    "Haneul-si, safety city, level 1.",
    "Haneul-si's staff made it level 1.",
    "Haneul-si is level 1 for its staff.",
    "Haneul-si is certified thanks to its ISO projects.",
    "Our city is certified by its residents in a survey.",
    "Thanks to autonomous buses our city is level 1.",
    "Haneul-si scored 1,900 marks.",
    "Haneul-si earned 1,900 out of 2,000.",
    "하늘시는 인증기준을 충족합니다.",
    "하늘시는 인증기준을 모두 만족하였습니다.",
    "인증기준 충족(결정 전)",
    "인증 대상",
    "판정 인증",
    "Haneul-si meets the certification criteria.",
    "Our city met all criteria.",
    "Meets the certification criteria (decision pending)",
    "국토교통부장관은 1등급 인증을 결정하였습니다.",
    "국토교통부장관은 인증을 결정하였습니다.",
    "1등급으로 결정되었습니다.",
    "심의 결과를 반영하여 1등급으로 상향 조정되었습니다.",
    "The Minister decided level 1.",
    "Decision of the Minister: level 1",
    "Certified at level 1.",
    "Awarded: level 1",
    "Certified: yes",
    "It was awarded level 1.",
    "We are level 1",
    "최종: 1등급",
    "정정: 1등급",
    "→ 1등급",
    "수정 등급 1등급",
    "실제 총점 1900",
    "Real total 1900",
    "저희 시는 1등급",
    "당 시는 1등급",
    "귀 기관은 1등급을 받았습니다",
    "하늘시 1,900점",
    "하늘시는 1,900점으로 4등급입니다.",
    "하늘시: 총 1,900 / 2,000점",
    "하늘시 : 1 : 등급",
    "하늘시\n일\n등\n급",
    "하\n늘\n시\n1\n등\n급",
]
"""They say of the applicant what its record does not, many of them beside words about other things."""


@pytest.mark.parametrize("text", INNOCENT)
def test_a_grade_of_something_else_is_no_level(text: str) -> None:
    assert list_wrong(text) == []


@pytest.mark.parametrize("text", FORGED)
def test_a_forged_verdict_is_refused_beside_words_about_other_things(text: str) -> None:
    assert list_wrong(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("우리 시는 미인증 기기를 차단합니다.", True),
        ("우리 시 앱은 본인 인증을 받지 않은 사람이 쓸 수 없습니다.", True),
        ("하늘시 직원 3명은 자격시험에서 불합격하였습니다.", True),
        ("하늘시는 인증을 받지 못하였습니다.", False),
        ("하늘시는 불인증으로 결정되었습니다.", False),
        ("Haneul-si blocks uncertified devices.", True),
        ("Haneul-si was not certified.", False),
        ("하늘시는 인증기준을 충족합니다.", True),
        ("하늘시는 인증기준에 미달합니다.", False),
        ("Haneul-si does not meet the certification criteria.", False),
    ],
)
def test_what_is_not_certified_may_be_something_else(text: str, right: bool) -> None:
    assert (list_wrong(text, CERTIFIED) == []) is right


THINGS = [
    "한우",
    "수질",
    "하천",
    "에너지효율",
    "청렴도",
    "교량",
    "정보공개",
    "ISO",
    "GS인증",
    "시민 만족도",
    "제품",
    "공무원",
]


@given(thing=st.sampled_from(THINGS), level=st.sampled_from(["1등급", "2 등급", "삼등급", "제5등급"]))
def test_a_thing_next_to_its_grade_passes(thing: str, level: str) -> None:
    for text in (f"우리 시의 {thing} {level}입니다.", f"하늘시의 {thing} 등급: {level}", f"하늘시: {level} {thing}"):
        assert list_wrong(text) == []


@given(
    thing=st.sampled_from(THINGS),
    link=st.sampled_from(["(으)로 유명한", "좋은", "1등급,", "은 1등급이며", "이 우수하여", "에 힘쓰는", "·"]),
    verdict=st.sampled_from(
        ["1등급입니다.", "2등급으로 결정되었습니다.", "인증을 받았습니다.", "1,900점을 받았습니다."]
    ),
)
def test_a_thing_before_the_applicant_does_not_excuse_what_is_said_of_it(thing: str, link: str, verdict: str) -> None:
    for text in (
        f"{thing}{link} 하늘시는 {verdict}",
        f"하늘시는 {thing} 도입으로 {verdict}",
        f"하늘시는 {thing}, {verdict}",
    ):
        assert list_wrong(text), text


def test_a_long_text_is_read_in_a_moment() -> None:
    begun = time.process_time()
    list_wrong(f"우리 시의 한우{'가나다 ' * 2000}! 1등급 {'of the ' * 2000}")
    assert time.process_time() - begun < 5
