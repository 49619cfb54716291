"""Cells that officials add, of which none may be refused, and forged ones, of which none may pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import nbformat
import pytest
from papermill import execute_notebook

from smartcert.analysis.committee.review import review_committee
from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.exporter import render_markdown_cell
from smartcert.batch.pages import render_history, render_review
from smartcert.batch.render import register_engine
from smartcert.batch.request import Task
from smartcert.errors import ReportError
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.problems import translate
from smartcert.reporting.records import to_json
from smartcert.services.history import open_history
from smartcert.services.rounds import OpenRound, open_round
from tests.batch.test_hostile_outputs import TASK
from tests.support.small_example import package_notebook, toy

v4: Any = nbformat.v4


@cache
def example() -> OpenRound:
    return open_round("example")


@cache
def tasks() -> Mapping[str, Task]:
    """Return a task for each kind of page with a record of the example, in which Haneul-si has level 4."""
    shown = replace(TASK, applicant_id="", record_name="round.json")
    record = example().round_record()
    jsons = {
        "summary": to_json(record),
        "press": to_json(build_press_record(record)),
        "review": to_json(review_committee(example(), "")),
        "history": to_json(open_history().record(date(2026, 11, 1))),
    }
    return {
        "report": replace(TASK, record=to_json(example().record("haneul"))),
        "certified": replace(TASK, applicant_id="iseul", record=to_json(example().record("iseul"))),
        **{name: replace(shown, record=content) for name, content in jsons.items()},
    }


def find_problems(cell: Any, name: str) -> str:
    """Return what is wrong with a cell in the page of a task; empty where nothing is."""
    try:
        check_added_cells(v4.new_notebook(cells=[cell]), tasks()[name])
    except ReportError as error:
        return str(error)
    return ""


@cache
def run_cells(*sources: str) -> tuple[Any, ...]:
    register_engine()
    first = "import pandas as pd\nfrom IPython.display import *"
    executed = execute_notebook(toy(first, *sources), None, engine_name="smartcert", progress_bar=False, seed=1)
    return tuple(executed.cells[-len(sources) :])


TEXTS = [
    "Bus app, points: 87",
    "교통앱 점수: 87",
    "교통앱 점수는 87점입니다.",
    "국비 합계: 350",
    "Sensors, total: 350",
    "데이터 점수 = 3.2",
    "민원 처리 합계는 350",
    "|앱|점수|\n|-|-|\n|교통|87|\n|안전|91|",
    "어린이집 점수: 91.2점",
    "## 담당자 의견\n\n하늘시는 데이터 허브를 2025년까지 확대할 계획입니다.",
    "|구분|내용|\n|-|-|\n|담당|스마트도시과|\n|전화|044-000-0000|",
    "|문항|점수|\n|-|-|\n|교통앱 이용 편의|87|",
    "|구분|2023|2024|\n|-|-|-|\n|국비|1,200|1,300|\n|시비|800|900|\n|합계|2,000|2,200|",
    "|Year|Sensors|\n|-|-|\n|2022|150|\n|2023|200|\n|Total|350|",
    "**변경 이력**\n\n- 2023. 11. 1. 서식 변경\n- 2023. 11. 5. 문구 정정",
    "변경: 2023. 11. 1. / 담당: 홍길동",
    "정정: 3쪽 표의 단위를 명에서 가구로 고쳤습니다.",
    "결과: 붙임 참조",
    "회의 결과: 참석 7명, 찬성 5명",
    "결정 사항: 다음 회의는 12월 5일에 엽니다.",
    "최종 수정: 2023. 12. 1.",
    "최종 제출일은 10월 26일입니다.",
    "> 이 보고서는 운영기관이 작성하였습니다. 문의는 044-000-0000으로 하여 주시기 바랍니다.",
    "## How to read this report\n\nThe report has ten sections. Section 2 gives the level, section 5 the points.",
    "The total score is the sum of 45 indicators.",
    "총점은 45개 지표의 점수를 더한 값입니다.",
    "총점은 2,000점 만점입니다.",
    "만점은 2,000점이며 3등급은 1,400점 이상입니다.",
    (
        "|등급|점수|인증|\n|-|-|-|\n|1등급|1,800점 이상|인증|\n|2등급|1,600점 이상|인증|\n"
        "|3등급|1,400점 이상|인증|\n|4등급|1,200점 이상|불인증|\n|5등급|1,200점 미만|불인증|"
    ),
    "등급은 1등급부터 5등급까지이며 1등급이 가장 높습니다.",
    "인증을 받으려면 3등급 이상이어야 합니다.",
    "인증의 유효기간은 2년이며, 인증을 받은 지자체는 인증마크를 쓸 수 있습니다.",
    "인증을 받은 도시는 2년마다 재인증을 신청하여야 합니다.",
    "인증되지 않은 지자체는 다음 공모에 다시 신청할 수 있습니다.",
    "이의신청은 결과를 통보받은 날부터 30일 안에 하여 주시기 바랍니다.",
    "Level 1 is the highest and level 5 the lowest. Levels 1 to 3 are certified.",
    "Points are awarded for each indicator by its scale; 20 points is the most for a qualitative one.",
    "A city is certified if its total is 1,400 points or more.",
    "The decision is made by the Minister on the advice of the committee.",
    "$$\\text{총점} = \\sum_i w_i x_i$$",
    "득점률은 $p / P \\times 100$ 으로 계산합니다.",
    "## 만족도 조사\n\n교통앱 87점, 안전앱 91점, 민원앱 78점",
    "## 만족도 조사 결과\n\n|앱|2022|2023|\n|-|-|-|\n|교통|85|87|\n|안전|90|91|",
    "하늘시는 2022년 국토교통부 공모사업에 선정되었습니다.",
    "하늘시는 2021년 거점형 스마트시티 조성사업에 선정되어 국비 200억 원을 받았습니다.",
    "하늘시는 행정안전부 지역안전지수에서 생활안전 2등급을 받았습니다.",
    "하늘시는 2023년 대한민국 도시대상에서 국무총리상을 받았습니다.",
    "하늘시의 재정자립도는 25.3%, 고령화율은 18.2%입니다.",
    "하늘시 인구는 182,345명(2023년 9월)이며 면적은 245.3km²입니다.",
    "하늘시 공공와이파이는 350곳, CCTV는 1,200대입니다.",
    "하늘시는 CCTV 1,200대 가운데 350대를 지능형으로 바꾸었습니다.",
    "우리 시는 3단계 통합플랫폼 구축을 마쳤습니다.",
    "우리 시는 매년 2회 시민 리빙랩을 엽니다.",
    "이 보고서는 2023년 11월 1일 기준입니다.",
    "이 보고서의 점수는 소수점 아래 첫째 자리까지 표시합니다.",
    "이 보고서는 평가위원 7명의 평점을 종합하였습니다.",
    "본 보고서의 등급은 산정 결과이며 인증 여부는 국토교통부장관이 결정합니다.",
    "Our city has 12 departments and 1,200 staff.",
    "Haneul-si received 300 million won for the hub in 2021.",
    "Haneul-si was selected for the smart city challenge in 2020.",
    "This report was made on 1 December 2023 by KRIHS.",
    "Score: see section 5.",
    "Result: see the attached letter.",
    "|Question|Score|\n|-|-|\n|Ease of use|4.2|",
    "우리 시는 2025년까지 2등급 인증을 받는 것을 목표로 합니다.",
    "목표: 다음 공모에서 2등급",
    "다음 공모에서는 2등급 인증을 목표로 준비하겠습니다.",
    "Goal: level 2 in the next round.",
    "우리 시는 2026년에 다시 인증을 신청할 예정입니다.",
    "하늘시가 3등급이 되려면 어느 지표를 높여야 하는지는 4장에 있습니다.",
    "하늘시와 같은 유형의 중소도시 12곳의 중앙값은 1,250점입니다.",
    "같은 유형 평균 총점: 1,312점",
    "평균 점수: 1,312점",
    "전국 평균은 3등급입니다.",
    "Average total of the size type: 1,312 points",
    "현장실사에서는 지표 12개를 확인하여 2개를 정정하였습니다.",
    "혁신성 분야는 만점의 70%를 얻었습니다.",
    "평가위원회 위원 3명이 20점 만점에 각각 15점, 16점, 17점을 주었습니다.",
    "민원 만족도 등급: 2등급(우수)",
    "우리 시 어린이집 평가 등급은 A등급이 80%입니다.",
    "우리 시 청사는 장애물 없는 생활환경 인증 우수등급을 받았습니다.",
    "우리 시 공무원 7급 이하 직원을 대상으로 교육하였습니다.",
    "우리 시 도서관은 1급 사서 3명을 두고 있습니다.",
    "하늘시 노인복지관은 시설평가에서 1등급을 받았습니다.",
    "하늘시는 안심귀가 앱 이용자 평점 4.5점을 받았습니다.",
    "하늘시는 2022년 데이터 기반 행정 평가에서 92점을 받았습니다.",
    "하늘시는 교통약자 이동편의 조사에서 81.2점을 기록하였습니다.",
    "하늘시 통합관제센터는 24시간 운영되며 요원은 3교대 45명입니다.",
    "하늘시 수돗물은 60개 항목 검사에서 모두 적합 판정을 받았습니다.",
    "하늘시 스마트팜은 GAP 인증을 받았습니다.",
    "하늘시 지식산업센터는 지능형건축물 인증을 받았습니다.",
    "하늘시는 탄소중립 선도도시로 지정되었습니다.",
    "하늘시 드론센터는 초경량비행장치 안전성 인증을 받았습니다.",
]
"""What officials write."""

TABLES = [
    "pd.DataFrame({'문항': ['교통앱 이용 편의'], '점수': [87]})",
    "pd.DataFrame({'점수': [87.5]}, index=['교통앱'])",
    "pd.DataFrame({'항목': ['버스정보','주차정보'], '점수': [87.5, 90.1]})",
    "print(pd.DataFrame({'문항': ['교통앱 이용 편의'], '점수': [87]}))",
    "pd.DataFrame({'구분': ['국비','시비','합계'], '예산(백만원)': [1200, 800, 2000]})",
    (
        "pd.DataFrame({'구분': ['국비','시비','합계'], '2023': [1200, 800, 2000], '2024': [1300, 900,"
        " 2200]}).set_index('구분')"
    ),
    "print(pd.DataFrame({'구분': ['국비','시비','합계'], '예산': [1200, 800, 2000]}).to_string(index=False))",
    "print(f'총 {350:,}개 센서, 평균 {3.2:.1f}점')",
    "pd.DataFrame({'점수': [3.1, 4.2, 4.8]}).describe()",
    "pd.Series([1,1,2,3], name='등급').value_counts()",
    "pd.DataFrame({'평가위원': ['A','B'], '의견': ['우수','보통']})",
    "pd.DataFrame({'score': [4.2]}, index=['ease of use'])",
    "pd.DataFrame({'app': ['bus', 'parking'], 'points': [12, 15]})",
    "pd.DataFrame({'app': ['bus'], 'points': [12]})",
    "pd.DataFrame({'service': ['bus'], 'result': ['passed']})",
    "pd.DataFrame({'점검 항목': ['보안 취약점'], '결과': ['적합']})",
    "pd.DataFrame({'점검 항목': ['보안 취약점', '접근성'], '결과': ['적합', '통과']})",
    "pd.DataFrame({'시설': ['하늘교', '바람교'], '안전등급': ['B', 'A']})",
    "pd.DataFrame({'시설': ['하늘교', '바람교'], '등급': ['2등급', '1등급']})",
    "pd.DataFrame({'하천': ['하늘천'], '수질등급': [2]})",
    "pd.DataFrame({'지역': ['가동','나동'], '대기질': [1, 2]})",
    "pd.DataFrame({'연도': [2021, 2022, 2023], '신청': [21, 25, 27], '인증': [8, 11, 9]})",
    "pd.DataFrame({'일정': ['접수','서면평가','현장실사','결정'], '날짜': ['10.24','11.1','11.15','12.1']})",
    "print(pd.DataFrame({'일정': ['접수','서면평가','현장실사','결정'], '날짜': ['10.24','11.1','11.15','12.1']}))",
    "pd.Series({'총 예산': 1250, '집행': 980, '잔액': 270})",
    "pd.DataFrame({'분야': ['교통','환경','합계'], '사업 수': [3, 4, 7]})",
    "pd.DataFrame({'분야': ['교통','환경'], '사업 수': [3, 4]}).sum(numeric_only=True)",
    (
        "pd.crosstab(pd.Series(['대도시','중소도시','중소도시'], name='유형'), pd.Series([1,2,2], name='등급'),"
        " margins=True)"
    ),
    (
        "Markdown = __import__('IPython.display', fromlist=['x']).Markdown\n"
        "Markdown('**참고** 평가위원은 1점에서 5점까지 평점을 줍니다.')"
    ),
    "print('지표별 배점 합계는 2,000점입니다.')",
    "print('배점 합계: 2000')",
    "print('Total possible points: 2000')",
    "for n in range(1, 6): print(f'{n}등급')",
    "for name, points in [('1등급', 1800), ('2등급', 1600), ('3등급', 1400)]: print(f'{name}: {points}점 이상')",
    "print('Elapsed total: 3.2 s')",
    "print('처리 결과: 45건 완료, 0건 오류')",
    "print('결과: 45')",
    (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1,2])\n"
        "display(fig, metadata={'image/png': {'alt': '2019년부터 2023년까지 신청 수의 변화'}})\nplt.close(fig)"
    ),
    (
        "from IPython.display import HTML\n"
        "HTML('<h3>안내</h3><ul><li>문의: 스마트도시과</li><li>결과 발표: 12월 21일</li></ul>')"
    ),
    (
        "from IPython.display import HTML\n"
        "HTML('<details><summary>용어</summary><p>등급: 1(가장 높음)부터 5까지</p></details>')"
    ),
    (
        "from IPython.display import SVG\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><text>2023</text><text>27</text></svg>'),"
        " metadata={'image/svg+xml': {'alt': '신청 수'}})"
    ),
    "from IPython.display import Latex\nLatex(r'$\\bar{x} = 3.2$')",
]
"""What officials print and show."""

FORGED_TEXTS = [
    "공식 점수: 1,900",
    "최종 점수: 1,900",
    "점수: 87",
    "우리 시 점수: 1,900",
    "Our score: 1,900",
    "혁신성 점수: 1,999",
    "|분야|점수|\n|-|-|\n|혁신성|1,999|\n|거버넌스 및 제도|300|",
    "|분야|점수|\n|-|-|\n|혁신성|1,999|",
    "The committee's score: 1,900",
    "장관 결정 점수: 1,900",
    "이 보고서의 점수: 1,900",
    "총 점수: 1,900",
    "Innovation points: 1,999",
    "평가 점수 합계: 1,900",
    "국토교통부 최종 점수는 1,900점",
    "하늘시는 세 번째 등급입니다.",
    "하늘시는 첫 번째 등급에 들었습니다.",
    "하늘시는 등급이 하나 올라 3등급입니다.",
    "하늘시의 등급은 셋입니다.",
    "하늘시는 제1등급 도시입니다.",
    "하늘시 1st level",
    "Haneul-si: level two",
    "Haneul-si reached the third level.",
    "Haneul-si is at level number 3.",
    "Haneul-si is a level-three city.",
    "Haneul-si: the level is three.",
    "Haneul-si is in the top level.",
    "하늘시는 최고 등급입니다.",
    "하늘시는 1~2등급 수준입니다.",
    "하늘시는 상위 등급인 3등급으로 분류되었습니다.",
    "하늘시의 총점은 만점의 95%입니다.",
    "하늘시는 95%의 점수를 받았습니다.",
    "하늘시 총점 95%",
    "하늘시는 전체 점수의 95퍼센트를 얻었습니다.",
    "Haneul-si scored 95%.",
    "Haneul-si achieved 95 per cent of the points.",
    "Total score: 95%",
    "총점: 95%",
    "득점률: 95%",
    "하늘시는 2,000점 만점에 1,900점입니다.",
    "하늘시는 총 천구백 점을 받았습니다.",
    "하늘시 점수 1900",
    "하늘시 : 1900점 (95%)",
    "하늘시는 100점 만점에 95점입니다.",
    "Haneul-si: 1900/2000",
    "하늘시: 1900/2000",
    "하늘시는 3등급 기준점수를 넘었습니다.",
    "하늘시는 3등급 기준을 충족합니다.",
    "Haneul-si is above the threshold of level 3.",
    "하늘시는 인증 대상에 포함되었습니다.",
    "하늘시에 인증서를 수여합니다.",
    "하늘시를 스마트도시로 인증합니다.",
    "하늘시는 인증 도시입니다.",
    "장관은 하늘시의 인증을 결정하였다.",
    "Haneul-si gets the certificate.",
    "Haneul-si has become a certified smart city.",
    "하늘시 인증: 예",
    "인증 여부: 예",
    "인증 여부: O",
    "Certified? Yes",
    "판정: 통과",
    "합격 여부: 합격",
    "최종 결과 3등급",
    "하늘시는 1,400점을 넘었습니다.",
    "하늘시의 점수는 1,400점 이상입니다.",
    "|지자체|등급|\n|-|-|\n|하늘시|셋|",
    "|지자체|Level|\n|-|-|\n|Haneul-si|two|",
    "|구분|하늘시|평균|\n|-|-|-|\n|등급|1|3|\n|총점|1900|1312|",
    "|항목|점수|\n|-|-|\n|총점|1,900|",
    "|총점|\n|-|\n|1,900|",
    "|등급|비고|\n|-|-|\n|1|우수|",
    "|연도|등급|\n|-|-|\n|2023|1|",
    "|연도|등급|\n|-|-|\n|2023년|1|",
]
"""Of one that is not certified, has level 4 and 1,394 of 2,000 points."""

FORGED_TABLES = [
    "print(pd.DataFrame({'등급': [1], '총점': [1900]}))",
    "print(pd.DataFrame({'지자체': ['하늘시'], '등급': [1], '총점': [1900.0]}))",
    "print(pd.DataFrame({'등급': [1]}, index=['하늘시']))",
    "print(pd.DataFrame({'지자체': ['하늘시','바다군'], '등급': [1, 2]}).to_string(index=False))",
    "print(pd.DataFrame({'지자체': ['하늘시','바다군'], '결과': ['인증', '불인증']}))",
    "print(pd.Series({'최종 등급': 1, '총점': 1900}))",
    "pd.Series({'등급': 1})",
    "pd.DataFrame({'항목': ['등급','총점'], '값': [1, 1900]})",
    "print(f\"{'지자체':<10}{'등급':>6}{'총점':>10}\")\nprint(f\"{'하늘시':<10}{1:>6}{1900.0:>10}\")",
    "print('지자체 등급 총점')\nprint('하늘시 1 1900')",
    "print('| 지자체 | 등급 |')\nprint('|---|---|')\nprint('| 하늘시 | 1 |')",
    "print('지자체,등급,총점')\nprint('하늘시,1,1900')",
    "print('하늘시', 1, '등급', sep='\\t')",
    "print('하늘시', '1등급', sep=' / ')",
    "print('Applicant', 'Level')\nprint('Haneul-si', 1)",
    "print({'applicant': 'Haneul-si', 'level': 1, 'points': 1900})",
    "import json; print(json.dumps({'level': 1, 'points': 1900}, indent=1))",
]
"""The same, printed and shown."""

TRUE_OF_ROUND = [
    "하늘시 4등급, 다솜시 4등급, 단비구 2등급",
    "하늘시와 다솜시는 4등급입니다.",
    "단비구·가람시는 2등급입니다.",
    "2등급은 단비구, 가람시이고 3등급은 아라군, 이슬시, 누리시, 온누리특별자치시입니다.",
    "2등급: 단비구, 가람시 / 3등급: 아라군, 이슬시, 누리시",
    "하늘시와 이슬시는 각각 4등급과 3등급입니다.",
    "이슬시는 하늘시보다 한 등급 높은 3등급입니다.",
    "하늘시와 달리 이슬시는 인증을 받았습니다.",
    "하늘시와 이슬시 가운데 이슬시만 인증을 받았습니다.",
    "하늘시는 1,394점으로 인증 기준점수 1,400점에 6점이 부족하였습니다.",
    "하늘시와 다솜시는 인증을 받지 못하였고, 이슬시는 인증을 받았습니다.",
    "미르시는 결정 대기 중입니다.",
    "여울구는 산정 3등급이나 4등급으로 결정되었습니다.",
    "27곳이 신청하여 15곳을 평가하였고 7곳을 인증하였습니다.",
    "2023년 공모에는 27개 지자체가 신청하였습니다.",
    "신청 27곳, 평가 15곳, 인증 7곳",
    "2022년에는 25곳이 신청하였습니다.",
    "대도시 12곳이 신청하였습니다.",
    "중소도시는 19곳이 신청하였고 4곳이 인증되었습니다.",
    "수도권에서는 3곳이 인증을 받았습니다.",
    "3곳이 신청을 취하하였습니다.",
    "2등급 2곳",
    "27 local governments applied, 15 were evaluated and 7 were certified.",
    "Certified: 7",
    "Iseul-si is level 3 and Haneul-si level 4.",
    "Haneul-si and Dasom-si are level 4.",
    "Iseul-si, unlike Haneul-si, was certified.",
    "온누리특별자치시와 이슬시는 3등급, 단비구는 2등급입니다.",
    "최근 3년 동안 인증 21곳",
    "인증 신청 서류는 5곳에서 보완하였습니다.",
    "하늘시는 2024년 공모에서 3등급을 목표로 합니다.",
    "한빛광역시 1,838.4점, 가람시 1,655.4점",
    "하늘시(4등급), 이슬시(3등급)",
    "별빛광역시와 초롱시는 5등급으로 인증을 받지 못하였습니다.",
    (
        "**2등급**\n\n- 단비구\n- 가람시\n\n**3등급**\n\n- 아라군\n- 이슬시\n- 누리시\n- 온누리특별자치시\n\n"
        "**4등급**\n\n- 하늘시\n- 다솜시"
    ),
    "## 2등급 (2곳)\n\n단비구, 가람시\n\n## 3등급 (4곳)\n\n아라군, 이슬시, 누리시, 온누리특별자치시",
    "|등급|지자체|\n|-|-|\n|1등급|한빛광역시|\n|2등급|단비구, 가람시|\n|4등급|하늘시, 다솜시, 새벽군|",
    "|지자체|등급|총점|\n|-|-|-|\n|하늘시|4|1,394|\n|이슬시|3|1,421.2|",
    "|지자체|등급|인구(천 명)|\n|-|-|-|\n|하늘시|4등급|182|\n|이슬시|3등급|1,210|",
    "|구분|수|\n|-|-|\n|신청|27|\n|평가|15|\n|인증|7|",
    "|연도|신청|인증|\n|-|-|-|\n|2021|21|8|\n|2022|25|11|\n|2023|27|7|",
    "|유형|신청|인증|\n|-|-|-|\n|대도시|8|3|\n|중소도시|19|4|",
    "|유형|신청|인증|\n|-|-|-|\n|대도시|8|3|",
    "|지역|하늘시|이슬시|\n|-|-|-|\n|등급|4|3|\n|점수|1,394|1,421.2|",
]
"""True of the example, or of a part of it or another round, of which its record says nothing."""

FORGED_OF_ROUND = [
    "단비구 3등급, 이슬시 2등급",
    "단비구는 3등급이고 이슬시는 2등급입니다.",
    "3등급은 단비구, 2등급은 이슬시입니다.",
    "3등급 단비구 2등급 이슬시",
    "단비구 3등급 이슬시 2등급",
    "단비구와 이슬시는 3등급입니다.",
    "단비구와 이슬시는 각각 3등급과 2등급입니다.",
    "단비구(3등급), 이슬시(2등급)",
    "Danbi-gu is level 3 and Iseul-si level 2.",
    "Danbi-gu and Iseul-si are level 3.",
    "하늘시와 이슬시는 인증을 받았습니다.",
    "하늘시는 인증을 받았고 이슬시는 인증을 받지 못하였습니다.",
    "하늘시, 이슬시, 단비구가 인증을 받았습니다.",
    "하늘시는 1,421.2점, 이슬시는 1,394점을 받았습니다.",
    "하늘시는 2023년에 신청하여, 3등급을 받았습니다.",
    "이슬시보다 높은 하늘시는 3등급입니다.",
    "28곳이 신청하여 15곳을 평가하였습니다.",
    "2023년 공모에는 30개 지자체가 신청하였습니다.",
    "신청 27곳, 평가 16곳, 인증 7곳",
    "9곳을 인증하였습니다.",
    "9곳이 인증을 받았습니다.",
    "인증된 지자체는 9곳입니다.",
    "3등급 9곳",
    "인증 : 9곳",
    "30 local governments applied, 15 were evaluated and 7 were certified.",
    "Certified: 9",
    "**2등급**\n\n- 하늘시\n- 가람시\n\n**3등급**\n\n- 아라군",
    "**2등급**\n\n- 가람시\n- 하늘시\n\n**3등급**\n\n- 아라군",
    "## 3등급 (2곳)\n\n하늘시, 아라군",
    "|등급|지자체|\n|-|-|\n|2등급|단비구, 하늘시|",
    "|지자체|등급|총점|\n|-|-|-|\n|하늘시|3|1,394|\n|이슬시|4|1,421.2|",
    "|구분|수|\n|-|-|\n|신청|27|\n|평가|15|\n|인증|9|",
    "|구분|하늘시|이슬시|\n|-|-|-|\n|등급|3|4|",
    "```\n지자체  등급\n하늘시  3\n이슬시  4\n```",
]
"""Levels that were swapped, and other counts."""


@pytest.mark.parametrize("name", ["report", "certified", "summary", "press", "review", "history"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_officials_write_passes(text: str, name: str) -> None:
    own = text.replace("하늘시", "이슬시").replace("Haneul-si", "Iseul-si") if name == "certified" else text
    assert find_problems(v4.new_markdown_cell(own), name) == ""


@pytest.mark.notebook
@pytest.mark.parametrize("number", range(len(TABLES)))
def test_what_officials_print_passes(number: int) -> None:
    cell = run_cells(*TABLES)[number]
    assert [find_problems(cell, name) for name in tasks()] == [""] * len(tasks())


def test_points_of_a_domain_are_those_of_the_record() -> None:
    assert find_problems(v4.new_markdown_cell("혁신성 점수: 425.62"), "report") == ""


@pytest.mark.parametrize("text", FORGED_TEXTS)
def test_a_forged_text_is_refused(text: str) -> None:
    assert "record" in find_problems(v4.new_markdown_cell(text), "report")


@pytest.mark.notebook
@pytest.mark.parametrize("number", range(len(FORGED_TABLES)))
def test_a_forged_table_is_refused(number: int) -> None:
    assert "record" in find_problems(run_cells(*FORGED_TABLES)[number], "report")


@pytest.mark.parametrize("text", TRUE_OF_ROUND)
def test_what_is_true_of_several_applicants_passes(text: str) -> None:
    assert find_problems(v4.new_markdown_cell(text), "summary") == ""


@pytest.mark.parametrize("text", FORGED_OF_ROUND)
def test_levels_that_are_swapped_and_other_counts_are_refused(text: str) -> None:
    assert "record" in find_problems(v4.new_markdown_cell(text), "summary")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("press", "인증 9곳"),
        ("press", "2등급 3곳"),
        ("press", "이슬시 2등급, 단비구 3등급"),
        ("review", "이슬시는 1등급입니다."),
        ("review", "하늘시는 인증을 받았습니다."),
        ("review", "하늘시는 1,900점을 받았습니다."),
        ("review", "|신청|산정 등급|\n|-|-|\n|초롱시|2|"),
        ("history", "서울특별시는 1등급입니다."),
        ("history", "Seoul is at level 1."),
        ("history", "서울특별시는 1,900점을 받았습니다."),
        ("history", "2023년에는 15곳이 인증을 받았습니다."),
        ("history", "2025년 인증 9곳, 2021년 인증 9곳"),
        ("history", "2019년에 인증을 받은 곳은 모두 12곳입니다."),
        ("history", "15 local governments were certified in 2023."),
        ("summary", "2023년에는 10곳이 인증을 받았습니다."),
    ],
)
def test_a_page_of_several_says_of_none_what_its_record_does_not(name: str, text: str) -> None:
    assert "record" in find_problems(v4.new_markdown_cell(text), name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("review", "다솜시는 토의에서 3등급에서 4등급으로 바뀌었습니다."),
        ("review", "하늘시는 평가위원 1명을 제외하면 3등급이 됩니다."),
        ("history", "서울특별시는 2025년에 2등급으로 재인증을 받았습니다."),
        ("history", "2023년에는 14곳이 인증을 받았습니다."),
        ("history", "2023년에는 6곳이 인증을 받았고 8곳이 재인증을 받았습니다."),
        ("history", "2025년 인증 9곳, 2021년 인증 8곳"),
        ("history", "14 local governments were certified in 2023."),
        ("history", "2020년에는 3곳이 인증을 받았습니다."),
        ("history", "2023년 대도시 7곳이 인증을 받았습니다."),
        ("history", "30 applicants received in 2021"),
        ("summary", "2021년에는 8곳이 인증을 받았습니다."),
    ],
)
def test_what_is_true_in_a_page_of_several_passes(name: str, text: str) -> None:
    assert find_problems(v4.new_markdown_cell(text), name) == ""


@pytest.mark.parametrize("unit", ["\\begin{a}", "\\begin{a*} ", "\\\\[", "\\\\(", "$$", "$$a "])
def test_formulas_that_do_not_end_are_refused_or_read_in_a_moment(unit: str) -> None:
    for cell in (v4.new_markdown_cell(unit * 5000), v4.new_markdown_cell(unit * 50)):
        if problem := find_problems(cell, "report"):
            assert "begins 5000 formulas: divide it into several cells" in problem
            assert "여러 셀로 나누십시오" in translate(problem, "ko")


def put_before(notebook: Any, source: str, at: int = 3) -> str:
    notebook.cells.insert(at, v4.new_code_cell(source))
    return str(nbformat.writes(notebook))


@pytest.mark.notebook
def test_pages_of_history_and_of_a_review_refuse_cells_as_reports_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "changed.ipynb"
    monkeypatch.setattr("smartcert.batch.pages.find_notebook", lambda _name: source)
    history, review = package_notebook("certification_history"), package_notebook("committee_review")
    source.write_text(put_before(history, "print('서울특별시는 1등급입니다.')"), "utf-8")
    with pytest.raises(ReportError, match=r"cell 4: .*gives level 1, the record"):
        render_history(date(2026, 11, 1), ("ko",), tmp_path)
    source.write_text(put_before(review, "print('단비구는 훌륭합니다.')"), "utf-8")
    render_review("example", "", ("ko",), tmp_path / "all")
    with pytest.raises(ReportError, match="names another applicant, which its record does not: 단비구"):
        render_review("example", "E2", ("ko",), tmp_path / "one")
    assert not [*(tmp_path / "one").glob("*.html")]


def test_markdown_of_many_lines_is_read_in_time_that_grows_with_them() -> None:
    """mistune before 3.3 read a paragraph in time by the square of its lines: sixteen times for four times as many."""

    def measure(unit: str, count: int) -> float:
        times = []
        for _ in range(3):
            start = process_time()
            render_markdown_cell(unit * count)
            times.append(process_time() - start)
        return min(times)

    for unit in ("a line\n", "a term\n: what it is\n\n", "a term\n: what it is\n"):
        assert measure(unit, 8000) < 10 * measure(unit, 2000), unit
