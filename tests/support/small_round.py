"""A small rulebook and a small round, whole and good, for tests to break in one place.

In a break the sign ``¦`` marks where the problem is expected: it is taken out, and its line and column are wanted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from smartcert.errors import InputError, Problem
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.io.rounds.round import read_round
from smartcert.model.application import Round
from smartcert.paths import PROJECT_ROOT
from smartcert.rules.rulebook import RULE_CLASSES, Rulebook

SPOT = "¦"


def _values(**values: str) -> str:
    return "".join(
        f"{name}:\n  - since: 2020-01-01\n    status: law\n    cite: [act, notice 8(4)]\n    value: {value}\n"
        for name, value in values.items()
    )


def _completed(file: str, text: str) -> str:
    """Add the values of the shipped file that the small one does not have, so that a new rule breaks no test."""
    shipped = (PROJECT_ROOT / "parameters" / "rules" / file).read_text(encoding="utf-8")
    blocks = re.findall(r"^(\w+):\n((?:(?:[ #].*)?\n)+)", shipped, flags=re.MULTILINE)
    others = [(name, block) for name, block in blocks if f"{name}:\n" not in text]
    return text + "".join(f"{name}:\n{re.sub(_CITE, 'cite: [act]', block)}" for name, block in others)


_CITE = re.compile(r"cite: \[[^\]]*\]")

_RULES = {
    "sources.yaml": """\
sources:
  act:
    title: {ko: 법, en: Act}
    short: {ko: 법, en: Act}
    kind: act
  notice:
    title: {ko: 고시, en: Notice}
    short: {ko: 고시, en: Notice}
    kind: notice
    date: 2020-01-01
    url: https://example.org/notice
    note: {ko: 읽음, en: Read}
    quotes:
      late: {ko: 늦으면, en: If late}
""",
    "eligibility.yaml": _values(
        may_apply="[special_city, city, county]",
        joint_applications="no",
        right_applicant="{province: members, general_district: parent}",
    ),
    "size_type.yaml": _values(
        large_from="500000",
        special_city="large",
        metropolitan_city="large",
        special_self_governing_city="small_medium",
        special_self_governing_province="large",
        city="by_population",
        county="small_medium",
        autonomous_district="small_medium",
    ),
    "receipt.yaml": _values(
        default_channels="[website]",
        exceptional_channels="[in_person, mail]",
        reason_needed="yes",
        official_letter_with="[website]",
        moment="arrival",
        bounds_included="yes",
        late_is_not_evaluated="yes",
        early_is_not_evaluated="yes",
    ),
    "documents.yaml": _values(
        required="[application, quantitative]",
        on_request="[other]",
        sealed="[application]",
        lookup_table="[quantitative]",
        supplement="yes",
        incomplete_is_not_evaluated="yes",
        misrepresentation_is_not_evaluated="yes",
        not_returned="{ko: 반환하지 않음, en: Not returned}",
        risk_no_answer="{ko: 책임, en: At your risk}",
        risk_unreachable="{ko: 책임, en: At your risk}",
        risk_misrepresentation="{ko: 책임, en: At your risk}",
    ),
    "scoring.yaml": _values(
        mark_scale="{lowest: 1, highest: 5, step: 1}",
        combination="{method: trimmed_mean, at_least: 5, drop: 1, otherwise: mean, fewest: 2}",
        confirmed_counts="yes",
        not_inspected_stands="yes",
        suppress_below="5",
    ),
    "levels.yaml": _values(
        level_1="90", level_2="80.5", level_3="70 %", level_4="60", worst="5", certified_from="3", floors="[]"
    ),
    "committee.yaml": _values(
        members_at_most="3",
        quorum="2/3",
        decision="2/3",
        term_years="2",
        look_back_years="3",
        exclusion_grounds="[1, 2, 3, 4, 5]",
        challenge="yes",
        withdrawal="yes",
    ),
    "certification.yaml": _values(
        valid_years="2",
        review_every_years="2",
        extension_months_before="3",
        revocation_improper="must",
        revocation_below_criteria="may",
        revocation_notices="2",
        extension_starts="end_of_validity",
        lapse_after_months="12",
        mark_while_valid="yes",
        explanation_period_stated="yes",
        revocation_published="yes",
        applies="applicant",
        evaluates="operating_body",
        proposes="operating_body",
        decides="minister",
        decider_did_not_evaluate="yes",
        issues="minister",
        reviews="minister",
        gives_notice="minister",
        explains="applicant",
        revokes="minister",
        reinstates="minister",
        handles_objections="operating_body",
        objection_period_stated="no",
        keeps_register="operating_body",
        suspends="minister",
        surrenders="applicant",
        handles_complaints="operating_body",
        records_misuse="minister",
        misuse_fine_at_most="5000000",
        code_change_leaves_certificate="yes",
        new_certificate_replaces="yes",
        rules_on_changes="minister",
    ),
    "indicators/small.yaml": """\
edition: small
title: {ko: 작은 지표, en: Small edition}
status: illustrative
since: 2020-01-01
scheme: city
cite: [act]
note: {ko: 가상, en: Invented}
stated: {domains: 2, items: 2, indicators: 7, points: 160, quantitative: 90, qualitative: 70}
rounding:
  - {at: indicator, digits: 2, mode: half_up}
  - {at: total, digits: 1, mode: half_up}
domains:
  - id: D1
    name: {ko: 분야, en: Domain}
    points: 100
    items:
      - id: I1
        name: {ko: 항목, en: Item}
        points: 100
        indicators:
          - id: N1
            name: {ko: 자료, en: Data sets}
            definition: {ko: 자료의 수, en: Number of data sets}
            kind: quantitative
            points: 30
            unit: {ko: 건, en: data sets}
            direction: higher_is_better
            per_people: 10000
            limits: {at_least: 0, at_most: 1000}
            scale: {kind: bands, bands: [{at_least: 10, points: 30}, {at_least: 5, points: 12}], otherwise: 0}
            absent: zero
            not_applicable: redistribute
          - id: N2
            name: {ko: 조례, en: Ordinance}
            definition: {ko: 조례가 있는지, en: Whether there is an ordinance}
            kind: quantitative
            points: 20
            unit: {ko: 유무, en: yes or no}
            direction: higher_is_better
            scale: {kind: yes_no}
            absent: zero
            not_applicable: refuse
          - id: L1
            name: {ko: 전략, en: Strategy}
            definition: {ko: 전략의 수준, en: How good the strategy is}
            kind: qualitative
            points: 50
            unit: {ko: 점, en: marks}
            direction: higher_is_better
            scale: {kind: marks, zero_at: 0, full_at: 5}
            absent: zero
            not_applicable: refuse
  - id: D2
    name: {ko: 둘째 분야, en: Second domain}
    points: 60
    indicators:
      - id: N3
        name: {ko: 센터, en: Centres}
        definition: {ko: 센터의 수, en: Number of centres}
        kind: quantitative
        points: 20
        unit: {ko: 개, en: centres}
        direction: higher_is_better
        scale: {kind: counted, points_each: 4, cap: 5}
        absent: zero
        not_applicable: refuse
      - id: N4
        name: {ko: 처리기간, en: Days}
        definition: {ko: 처리기간, en: Days to answer}
        kind: quantitative
        points: 10
        unit: {ko: 일, en: days}
        direction: lower_is_better
        limits: {at_least: 0}
        scale: {kind: linear, zero_at: 10, full_at: 4}
        absent: refuse
        not_applicable: zero
      - id: N5
        name: {ko: 순위, en: Place}
        definition: {ko: 순위, en: Place}
        kind: quantitative
        points: 10
        unit: {ko: 건, en: cases}
        direction: higher_is_better
        scale: {kind: rank, by: share, bands: [{at_most: 20, points: 10}, {at_most: 50, points: 5}], otherwise: 0}
        absent: zero
        not_applicable: refuse
      - id: L2
        name: {ko: 참여, en: Participation}
        definition: {ko: 참여의 수준, en: How well residents take part}
        kind: qualitative
        points: 20
        unit: {ko: 점, en: marks}
        direction: higher_is_better
        scale: {kind: marks, zero_at: 0, full_at: 5}
        absent: zero
        not_applicable: refuse
""",
}

RULES = {
    file: _completed(file, text) if file.removesuffix(".yaml") in RULE_CLASSES else text
    for file, text in _RULES.items()
}

ROUND = {
    "round.yaml": """\
id: small
title: {ko: 작은 공모, en: Small round}
invented: yes
governing_day: 2023-09-13
window:
  opens_at: 2023-10-24 00:00
  closes_at: 2023-10-26 18:00
  since: 2023-09-13
  status: published
  cite: [notice 9(1)]
edition: small
registry: own.csv
""",
    "own.csv": """\
code,name_ko,name_en,kind,parent_code,parent_ko,population,population_as_of,note,source
9000000000,큰도,Big,province,,,900000,2023-10,,invented
9011000000,하늘시,Haneul-si,city,9000000000,큰도,510000,2023-10,,invented
9011100000,하늘시 앞구,Ap-gu,general_district,9011000000,큰도 하늘시,210000,2023-10,,invented
9013000000,바다군,Bada-gun,county,9000000000,큰도,40000,2023-10,,invented
9100000000,새벽특별자치시,Saebyeok,special_self_governing_city,,,300000,2023-10,,invented
9111000000,새벽특별자치시,Saebyeok,duplicate_code,9100000000,새벽특별자치시,300000,2023-10,,invented
""",
    "applications.csv": """\
applicant,code,channel,arrived_at,sent_at,official_letter,channel_reason,joint_with,misrepresentation
haneul,9011000000,website,2023-10-25 10:00,,yes,,,
bada,9013000000,mail,2023-10-26 18:01,2023-10-24 09:00,no,접속 장애,하늘시;9011100000,
saebyeok,9111000000,website,2023-10-25T01:00:00Z,,yes,,,
""",
    "documents.csv": """\
applicant,document,received,sealed,lookup_table,requested,note
haneul,application,yes,yes,,,
haneul,quantitative,yes,,yes,,
bada,application,no,,,,"없음, 요청함"
""",
    "supplements.csv": """\
applicant,document,asked_on,due_on,answer,answered_on,note
bada,application,2023-10-30,2023-11-08,answered,2023-11-08,
haneul,application,2023-10-30,2023-11-08,pending,,
""",
    "measurements.csv": """\
applicant,indicator,claimed,desk,desk_reason,evidence_document,evidence_page
haneul,N1,12.5,11,두 건은 같은 자료,a.pdf,3
haneul,N2,yes,,,a.pdf,4
haneul,N3,0,,,a.pdf,5
haneul,N4,absent,,,,
haneul,N5,not_applicable,,,,
""",
    "inspections.csv": """\
applicant,indicator,verified,corrected,reason
haneul,N1,yes,,
haneul,N2,no,no,조례가 폐지됨
haneul,N3,no,absent,확인하지 못함
""",
    "committee.csv": """\
evaluator,name,field,chair
E1,강하람,도시계획,yes
E2,나래온,교통,no
E3,도예린,,no
""",
    "exclusions.csv": """\
evaluator,applicant,kind,ground,note
E3,haneul,exclusion,3,용역에 참여
""",
    "marks.csv": """\
applicant,indicator,evaluator,mark,comment
haneul,L1,E1,4,
haneul,L1,E2,absent,
haneul,L2,E1,5,좋음
haneul,L2,E2,1,
""",
}


@dataclass(frozen=True)
class Small:
    """A small rulebook and round on disk."""

    folder: Path

    @property
    def rules(self) -> Path:
        return self.folder / "rules"

    @property
    def round(self) -> Path:
        return self.folder / "rounds" / "small"

    def path(self, file: str) -> Path:
        """Return the path of a file of the rules or of the round."""
        return (self.rules if file in RULES else self.round) / file

    def read_rules(self) -> Rulebook:
        return read_rulebook(self.rules)

    def read(self) -> Round:
        return read_round(self.round, self.read_rules(), self.folder / "registry")

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with rules and round."""
        try:
            self.read()
        except InputError as error:
            return error.problems
        return ()

    def rewrite(self, file: str, old: str, new: str) -> tuple[int, int]:
        """Put ``new`` in place of the only ``old`` of a file; return the line and column of the marked spot in it."""
        text = self.path(file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        marked = text.replace(old, new)
        spot = marked.find(SPOT)
        self.path(file).write_text(marked.replace(SPOT, ""), encoding="utf-8")
        begin = marked.rfind("\n", 0, spot) + 1
        line = marked.count("\n", 0, spot) + 1
        # the column of a table is the number of the cell
        return line, marked.count(",", begin, spot) + 1 if file.endswith(".csv") else spot - begin + 1


def small(folder: Path) -> Small:
    """Write the small rulebook and round below ``folder``."""
    made = Small(folder)
    for file, text in (RULES | ROUND).items():
        path = made.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "registry").mkdir()
    return made
