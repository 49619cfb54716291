"""What does a text say of an applicant, and does its record say so?

A level, points and a decision are compared with those of the record, wherever a text gives them to an applicant: it
names it, or says "this application", or labels them ("Total:"). A text about levels in general passes, and so does one
about something else. Where a text names several applicants, each clause is about those that it names.

Local governments write of beef of the first grade, of integrity at grade 2, of 350 exhibits (점), of ISO certificates.
Such a sentence names the thing or the scheme between the applicant and the grade ("하늘시의 하천 수질은 2등급"), or
right behind it ("1등급 한우"). Both stand in one clause, and nothing between them makes the thing a reason ("공무원
노력으로 1등급").
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from smartcert.characters import UNSEEN
from smartcert.lazy_dataclass import dataclass

_SELF = re.compile(
    r"신청\s*(?:지자체|지방자치단체|도시|기관)"
    r"|(?:(?:이|본|해당|우리|귀|저희)\s*|\b[당동]\s)(?:신청|지자체|지방자치단체|도시|기관|보고서|시|군|구)(?:은|는|이|가|의|에|을|를|\b)"
    r"|\b(?:this|the|our) (?:application|applicant|city|county|district|municipality|local government)\b"
    r"|\b(?:we|it) (?:are|is|was|were|have|has|got|received|reached)\b",
    re.IGNORECASE,
)
_DECIDED = re.compile(
    r"(?:결정|산정|확정|판정|선정|의결|상향|하향|조정)(?:하였|했|되었|됐|됨|함|합니다|됩니다)"
    r"|^인증\s*(?:대상|기준\s*(?:충족|미달))(?:\s*\([^()]*\))?$|^meets the (?:certification )?criteria"
    r"|^(?:awarded|certified|rated|graded|decided) (?:at|as|on|by|in|to)\b"
    r"|\b(?:minister|ministry|committee) (?:has |have )?(?:decided|certified|awarded|granted)\b",
    re.IGNORECASE,
)
"""What was decided: in a report that is of its applicant, though nobody is named."""
_LABEL = re.compile(
    r"(?:(?<!\d)(?<!\d )등급|결과|판정|결정|총점|점수|득점률|합계|최종|정정|변경"
    r"|(?:인증|합격)\s*여부)\s*(?:[:：=→]|은 |는 |이 )"
    r"|(?:결과|판정)\s*(?=\d\s?등급|인증$)|총점\s*(?=[\d,.]++\s*점(?!\s*이상))"
    r"|(?:최종|정정|수정|확정|실제|변경|결정|산정|취득)\s*(?:등급|총점|점수)\s*(?=\d)"
    r"|\b(?:final|real|true|actual|correct(?:ed)?|revised) (?:level|total|points|score)\b"
    r"|\b(?:verdict|result|outcome|decision|level|grade|total|points|score|awarded)(?: points| score)?"
    r"(?: (?:of|by|for) [^:=.]{1,40})?\s*(?:[:=→]|\bis\b)|\bcertified\s*[:=→?]+\s*(?:yes\b|level\s?\d)",
    re.IGNORECASE,
)
_NUMERALS = {
    word: number
    for number, words in enumerate(
        (
            "일 一 i l | ㅣ ᅵ one first 첫째",
            "이 二 ii two second 둘째",
            "삼 三 iii three third 셋째",
            "사 四 iv four fourth 넷째",
            "오 五 v five fifth 다섯째",
        ),
        1,
    )
    for word in words.split()
}
_ORDINALS = {"첫": 1, "두": 2, "세": 3, "네": 4, "하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5}
_ORDINALS |= dict.fromkeys(("최고", "최상위", "top", "highest", "best"), 1)
"""Words for numbers that are no level wherever they stand before one: "두 등급" are two of them."""
_WORDS = "|".join(map(re.escape, sorted(_NUMERALS, key=len, reverse=True)))
_SIGNS = r"[^\w\s:;,.|]?\s?"
"""A sign that may stand between a number and its word."""
_LEVEL = re.compile(
    rf"(?<![\d.,])(\d+|(?<![A-Za-z|])(?:{_WORDS}))\s?{_SIGNS}등급|등급\s*[:：=→은는이]*\s*(\d+)(?![\d.,]*\s*[점%])"
    r"(?![\d.,A-Za-z+]|\s?등급| : \d(?![\d.,]))"
    rf"|(?:\b(?:level|lv\.?|grade)|레벨)\s?{_SIGNS}(?:is|of|number|no\.?|[:=→])?\s*(\d+|{_WORDS})(?![A-Za-z\d_])"
    r"|\b(\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|top|highest|best)[ -]level\b"
    r"|(첫|두|세|네|다섯)\s?번째\s?등급|(최고|최상위)\s?등급"
    r"|등급[은는이 ]*(하나|둘|셋|넷|다섯)(?=\s*(?:$|[.,)]|입니다))"
    r"|등급\s*[:：=→은는이]+\s*([일이삼사오])등?(?=\s*(?:$|[.,)]|입니다))|(?<=[는은이가시군구도]\s)(\d)\s?[급級](?=\s*(?:$|[.,)]|입니다|으로))",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\s*(?:까지|이 되려|이 되기|으로 오르|을 위|의?\s?기준|이상)"
    r"|\s?(?:\([^()]*\))?\s?(?:부터|에서 \d|[~∼–-]\s?\d)|[이은는]\s*가장\s*(?:높|낮)"
    r"|\s*(?:인증)?[을를]?\s*(?:받|획득하|달성하|취득하)?(?:는\s*것|기)?[을를]?\s*(?:목표로|목표입|위해|위하여)"
    r"|[^.]{0,20}\b(?:needs?|needed|requires?|starts?|begins?)\b",
    re.IGNORECASE,
)
"""What follows a level that somebody has not, but may reach, or of which a text speaks in general."""
_TARGET_BEFORE = re.compile(r"\b(?:reach|towards?|up to|next|for)\s*$", re.IGNORECASE)
_REACHED = re.compile(
    r"(\d)등급\s*(?:의\s*)?(?:인증\s*)?기준(?:점수)?[을를]\s*(?:모두\s*)?(?:넘|초과|충족|만족|통과)"
    r"(?!\s*(?:지|하지|되지|하려|하면|해야|하는지|하도록|하기|할|어야|으려|으면|기\s))"
    r"|\b(?:above|meets|met|exceeds|exceeded) the (?:thresholds?|criteria|bound) (?:of|for) level (\d)",
    re.IGNORECASE,
)
"""Says that somebody has reached a level, or a higher one."""
_UNITS = r"(?:[nmµμ]?s|min|files?|rows?|[kMG]?B)\b|[건명개곳원초분회대동권종호면톤]"
_THINGS = r" (?!(?:points?|marks?|out|of|and|in|for|on|at|from|after|is|was)\b)[a-z]{2,}"
"""A noun behind a number, which counts things and no points."""
_TOTAL = re.compile(
    rf"(?:총점|종합\s*점수|합계|점수)\s*[:：=→은는이]*\s*([\d,]++(?:\.\d+)?+)(?!\s*(?:%|등급|{_UNITS}))"
    r"|총\s*([\d,]+(?:\.\d+)?)\s*(?:/\s*[\d,.]+\s*)?점|[:：]\s*([\d,]+(?:\.\d+)?)\s*(?:/\s*[\d,.]+\s*)?(?:점|points)\s*$"
    r"|(?<![\d.,])([\d,]++(?:\.\d+)?+)\s*점(?:을|으로|의 점수를)?\s*(?:받|획득|득점|얻|기록)"
    r"|\b(?:(?:total|score|points)(?: points| score)?\s*(?:is|of|was|[:=→])|(?:final|real|actual) (?:total|score))"
    rf"\s*([\d,]++(?:\.\d+)?+)(?!\s*(?:%|{_UNITS})|{_THINGS}|\s*points or (?:more|above))"
    r"|(?<![\d.,])([\d,]++(?:\.\d+)?+)\s*점(?:으로|이며|이고|,)\s*(?:\d\s?등급|인증|합격)(?!.*(?:되려|기준|필요|이상))"
    rf"|\b(?:scored|earned|received|got|awarded)\s+([\d,]++(?:\.\d+)?+)(?!{_THINGS})",
    re.IGNORECASE,
)
_TOTAL_OF_NAMED = re.compile(
    r"(?<![\d.,])([\d,]++(?:\.\d+)?+)\s*점(?=\s*(?:입니다|이다|임|$|[.(]|(?:으로|이며|이고|,)\s|을\s*(?:넘|초과|달성)))"
    r"(?![^.]{0,30}(?:되려|필요|기준|이상|못|부족|미달|낮|높|만점))"
)
"""Points in a text that names the applicant."""
_OTHER_POINTS = re.compile(
    r"(?:기준|기준점수|중앙값|평균|배점|만점|차이|격차)(?:은|는|이|가|인|의)?\s*(?:\([^()]*\))?\s*:?\s*$"
)
"""What stands before points that nobody has."""
_OUT_OF = re.compile(r"(?<![\d/.,])([\d,]++(?:\.\d+)?+)\s?/\s?([\d,]++(?:\.\d+)?+)(?![\d/])")
_STATISTIC = re.compile(
    r"(?:평균|중앙값|중위|최고점|최저점|전국|같은 유형|\b(?:average|mean|median|typical))[^\d]{0,30}$", re.IGNORECASE
)
"""What makes a label without an applicant one of several."""
_IN_WORDS = re.compile(
    r"(?<![일이삼사오육칠팔구십백천만\d.])(?:[일이삼사오육칠팔구\d.]+[십백천만]|[십백천][일이삼사오육칠팔구])[일이삼사오육칠팔구십백천만\d]*\s*점"
    r"(?:을|은|이|으로|입니다)?(?![가-힣])"
    r"|\b(?:hundred|thousand)(?: and)?(?: [a-z-]+)? points\b",
    re.IGNORECASE,
)
"""Points that are no number: nothing of ours writes them so."""
_PERCENT = r"(?<![\d.])([\d.]++)\s*(?:%|퍼센트|프로|per ?cent)"
_SHARE = re.compile(
    rf"(?:총점|만점|전체\s*점수)(?:의|\s*대비)\s*{_PERCENT}|(?:총점|득점률)\s*[:은는이]*\s*{_PERCENT}|{_PERCENT}의\s*점수"
    rf"|{_PERCENT} of (?:all|the|total|possible)\b[^.]{{0,20}}\bpoints\b"
    rf"|\btotal(?: score| points)?\s*[:=]\s*{_PERCENT}"
    rf"|\b(?:scored|earned|achieved)\s+{_PERCENT}",
    re.IGNORECASE,
)
"""A percentage of points."""
_BOUND = re.compile(r"되려|오르|필요|기준|이상|\b(?:needs?|needed|reach|at least|required?)\b", re.IGNORECASE)
_CERTIFIED = re.compile(
    r"(?:결과|판정|\b(?:result|verdict|outcome))\s*[:：]?\s*(?:pass\b|적합|통과|선정)|인증서를?\s*(?:받(?!지|으려)|교부|수여|발급)"
    r"|(?:인증|합격)(?:\s*여부)?\s*[:?]\s*(?:예|네|O|○|Y|yes)(?![가-힣A-Za-z])|\bcertified\s*[:?]+\s*(?:yes|true|O)\b"
    r"|(?<!불)합격(?!\s*(?:기준|선|여부))|스마트도시로\s*(?:선정|인증(?!하지|되지|받|을))|\bpassed\b"
    r"|\b(?:awarded|granted|gets?|got|receive[sd]?)(?: a| the| its)? certificat"
    r"|(?<![불미])인증을\s*(?:결정|확정|부여|승인)(?:하였|했|함|되었|됐|됨|받았)"
    r"|(?<![불미])인증(?:을\s*받(?!지|기\s*위|고자|는\s*것을\s*목표|으려|도록|아야)|을\s*획득|되(?!지|어야|려)|됨|됐"
    r"|으로\s*(?:결정|판정)|입니다|\s*(?:확정|결정|획득|완료|도시)|\s*대상(?:$|입니다|으로|임|\s*\(|에\s*(?:포함|들))"
    r"|(?<!등급 : 인증)(?<!점수 : 인증)\s*$)"
    r"|(?<!not )(?<!not been )(?<!un)\bcertified\b(?! if\b)",
    re.IGNORECASE,
)
_NOT_CERTIFIED = re.compile(
    r"불인증|미인증|불합격|인증(?:을\s*받|되)지\s*(?:못|않)|탈락|\bnot (?:been )?certified\b|\buncertified\b",
    re.IGNORECASE,
)
_MEETS = re.compile(
    r"인증\s*기준(?:을|은)?\s*(?:모두\s*)?(?:충족|만족|통과)"
    r"(?!\s*(?:하지|되지|하려|하면|해야|하는지|하도록|여부|을 위|하기|할|시키))"
    r"|(?<!must )(?<!to )(?<!should )(?<!would )(?<!could )(?<!can )(?<!may )(?<!not )"
    r"\b(?:meets?|met|satisf(?:y|ies|ied)|fulfil(?:s|led)?)(?: all)?(?: the| these| those)?"
    r"(?: certification)? criteria",
    re.IGNORECASE,
)
_MEETS_NOT = re.compile(
    r"인증\s*기준(?:을|에|에는|은)?\s*(?:미달|미충족|불충족|충족하지|충족되지|만족하지|미치지|못\s*미)"
    r"|\b(?:not|nor|cannot) (?:yet )?(?:meet|met|satisfy|fulfil)\b[^.]{0,30}criteria"
    r"|\bbelow the (?:certification )?criteria",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a record says of its applicant, to compare with what a text says."""

    names: frozenset[str]
    """In lower case and without blanks; also without what says that it is a city."""
    levels: frozenset[int]
    points: frozenset[Fraction]
    percentages: frozenset[Fraction]
    """Of the points of every part, out of how many it can have."""
    domains: frozenset[str] = frozenset()
    """The names of the domains, whose points must be some of ``points``."""
    is_certified: bool | None
    """None where nothing is known, or it differs between several applicants."""
    meets_criteria: bool | None

    @classmethod
    def from_record(cls, text: bytes) -> Claims:
        """Return what the JSON of a record says: of a `Record` or a `PublicRecord`."""
        record = json.loads(text)
        evaluation = record.get("evaluation")
        if evaluation is None:  # a public record: of a certified applicant
            return cls(
                names=_list_names(record["applicant"]["name"].values()),
                levels=frozenset({record["level"]}),
                points=frozenset(),
                percentages=frozenset(Fraction(domain["percent"]) for domain in record["domains"]),
                is_certified=True,
                meets_criteria=True,
            )
        return cls.from_evaluation(evaluation, record["outcome"], record.get("earlier"))

    @classmethod
    def from_press(cls, name: Mapping[str, str], result: Mapping[str, Any], *, is_certified: bool) -> Claims:
        """Return what the JSON of a `PressRecord` says of a name: of its result, or of an empty one."""
        return cls(
            names=_list_names(name.values()),
            levels=frozenset({result["level"]} if result else ()),
            points=frozenset(),
            percentages=frozenset(Fraction(domain["percent"]) for domain in result.get("domains", ())),
            is_certified=is_certified,
            meets_criteria=is_certified or None,
        )

    @classmethod
    def from_evaluation(cls, evaluation: Mapping[str, Any], outcome: Mapping[str, Any], earlier: Any = None) -> Claims:
        """Return what the JSON of an evaluation, of its outcome, and of what was certified earlier says."""
        card = evaluation["scorecard"]
        decided = [(outcome[step] or {}).get("level") for step in ("proposed", "decided")]
        before = re.findall(r'"level":\s*(\d+)', json.dumps(earlier))
        levels = (outcome["computed"], *decided, *map(int, before))
        return cls(
            names=_list_names(evaluation["applicant"]["name"].values()),
            levels=frozenset(level for level in levels if level is not None),
            points=frozenset(_iter_points(card)) if card else frozenset(),
            percentages=frozenset(_iter_percentages(card)) if card else frozenset(),
            domains=frozenset(name for domain in card["domains"] for name in domain["name"].values())
            if card
            else frozenset(),
            is_certified=outcome["result"] == "certified",
            meets_criteria=bool(outcome["meets_criteria"]),
        )

    def find_wrong(self, line: str) -> Iterator[str]:
        """Yield what a line of text says of the applicant that the record does not."""
        text = normalise_text(line)
        is_named = _compile_names(self.names).search(text) is not None
        if any(part in text for part in self.domains):
            numbers = (match[1] for match in _POINTS_OF_PART.finditer(text))
            for number in numbers if _STATISTIC.search(text) is None else ():
                if not _has_number(self.points, number):
                    yield f"{_shorten(text)!r} gives {number} points, which the record does not have"
        elif not is_named and (labelled := _LABELLED.fullmatch(text)) and names_something(labelled[1]):
            return
        if is_named or _LABEL.search(text) or _DECIDED.search(text):
            yield from self.find_wrong_claims(text, is_named=is_named)

    def names_any(self, line: str) -> bool:
        """Return whether a line names the applicant, or calls it so."""
        return _compile_names(self.names).search(normalise_text(line)) is not None

    def find_wrong_claims(self, text: str, *, is_named: bool) -> Iterator[str]:
        """Yield what a text, as `normalise_text` gives it, says that the record does not: it is about the applicant."""
        shown = _shorten(text)

        def find_own(pattern: re.Pattern[str]) -> list[re.Match[str]]:
            return find_own_claims(pattern, text, self.names, is_named=is_named)

        yield from self._find_wrong_levels(text, is_named=is_named)
        for number in self._list_totals(text, is_named=is_named):
            if not _has_number(self.points, number):
                yield f"{shown!r} gives {number} points, which the record does not have"
        for match in () if _BOUND.search(text) else _SHARE.finditer(text):
            number = next(filter(None, match.groups()))
            if not _has_number(self.percentages, number):
                yield f"{shown!r} gives {number} % of points, which the record does not have"
        if words := _IN_WORDS.search(text):
            yield f"{shown!r} gives points in words, as the record does not: {words[0]}"
        says_not = find_own(_NOT_CERTIFIED)
        if says_not if self.is_certified else self.is_certified is False and not says_not and find_own(_CERTIFIED):
            yield f"{shown!r} is another decision than that of the record"
        misses = _MEETS_NOT.search(text)
        if misses if self.meets_criteria else self.meets_criteria is False and not misses and _MEETS.search(text):
            yield f"{shown!r} says otherwise than the record whether the criteria are met"

    def _find_wrong_levels(self, text: str, *, is_named: bool) -> Iterator[str]:
        for match in find_own_levels(text, self.names, is_named=is_named):
            if (level := _read_level(match)) not in self.levels:
                yield self.describe_level(text, level)
        for match in find_own_claims(_REACHED, text, self.names, is_named=is_named):
            if min(self.levels, default=_NO_LEVEL) > int(match[1] or match[2]):
                yield self.describe_level(text, int(match[1] or match[2]))

    def _list_totals(self, text: str, *, is_named: bool) -> list[str]:
        """Return the numbers that a text gives as points of the applicant."""
        patterns = (_TOTAL, _TOTAL_OF_NAMED) if is_named else (_TOTAL,)
        matches = [match for each in patterns for match in find_own_claims(each, text, self.names, is_named=is_named)]
        if is_named and (alone := _compile_total_alone(self.names).fullmatch(text)):
            matches.append(alone)
        numbers = [
            match[match.lastindex or 0]
            for match in matches
            if not _OTHER_POINTS.search(text[: match.start(match.lastindex or 0)][-_NEAR:])
        ]
        shares = _OUT_OF.finditer(text) if is_named and self.points else ()
        return numbers + [match[1] for match in shares if _has_number([max(self.points)], match[2])]

    def describe_level(self, text: str, level: int) -> str:
        """Return what is wrong with a level that a text gives."""
        levels = ", ".join(map(str, sorted(self.levels))) or "none"
        return f"{_shorten(text)!r} gives level {level}, the record {levels}"


_NO_LEVEL = 1_000_000
"""A number that no level has."""
_NEAR = 40
"""How many characters before a number say what it is of."""


def normalise_text(line: str) -> str:
    """Return a line of text as the patterns of this module read it: letters composed, without quotes and marks."""
    text = " ".join(UNSEEN.sub("", unicodedata.normalize("NFKC", line)).split())
    text = "".join(sign for sign in text if not unicodedata.category(sign).startswith("M"))
    text = re.sub("['\"“”‘’«»]", "", text).replace("等級", "등급").replace("認證", "인증")
    text = re.sub(r"(?<=등) (?=급)|(?<=인) (?=증)|(?<=총) (?=점)", "", text)
    return re.sub(r"(?: ?:)+", " :", text).strip(" :")


@lru_cache(maxsize=256)
def _compile_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return what finds an applicant in a text: by a name, also with blanks in it, or as "this application".

    A name without what says that it is a city must end as a word does: 하늘교 is none of 하늘시.
    """
    stems = {name for name in names if any(name != other and other.startswith(name) for other in names)}
    ends = r"(?![가-힣A-Za-z]|-[A-Za-z])|(?=(?:은|는|이|가|의|도|와|과|을|를|에|만|로)(?![가-힣]))"
    parts = [_space(name) for name in names - stems] + [rf"{_space(name)}(?:{ends})" for name in stems]
    return re.compile("|".join([*sorted(parts, key=len, reverse=True), _SELF.pattern]), re.IGNORECASE)


def _space(name: str) -> str:
    return r"\s*".join(map(re.escape, name))


@lru_cache(maxsize=256)
def _compile_total_alone(names: frozenset[str]) -> re.Pattern[str]:
    """Return what fits a text of an applicant and points, and nothing else."""
    number = r"[시군구은는이가의 :]*([\d,]+(?:\.\d+)?) ?(?:점|points)\W*(?:\([^()]*\))?\W*"
    return re.compile(f"(?:{_compile_names(names).pattern}){number}", re.IGNORECASE)


def find_own_claims(
    pattern: re.Pattern[str], text: str, names: frozenset[str], *, is_named: bool
) -> list[re.Match[str]]:
    """Return what a pattern finds in a text of an applicant, and nothing of something else or of several together."""
    applicant = _compile_names(names)
    return [
        match
        for match in pattern.finditer(text)
        if not is_of_something_else(text, match, applicant)
        and (is_named or not _STATISTIC.search(text[: match.start()][-_NEAR:]))
    ]


def find_own_levels(text: str, names: frozenset[str], *, is_named: bool) -> list[re.Match[str]]:
    """Return the levels that a text gives to an applicant: no targets, and none in general."""
    return [
        match
        for match in find_own_claims(_LEVEL, text, names, is_named=is_named)
        if _read_level(match)
        and not _TARGET.match(text, match.end())
        and not _TARGET_BEFORE.search(text, 0, match.start())
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundClaims:
    """What a record says of several applicants, to compare with a text that names some of them in full."""

    applicants: tuple[tuple[frozenset[str], Claims], ...]
    """Each with its full names: a part of one is too often a word of something else."""
    counts: Mapping[str, frozenset[int]]
    """How many applicants there are, by what is counted of them (`_COUNTED`): a level, in more than one way."""
    years: frozenset[str]
    """The years that are the round's own."""
    certified: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """How many were certified in each year of a history: all, for the first time or anew, and by extension."""

    @classmethod
    def from_record(cls, text: bytes) -> RoundClaims:
        """Return what the JSON of a record says: of a round, for the press, of a committee, or of the history."""
        record = json.loads(text)
        if "history" in record:
            return cls._from_history(record["history"])
        years = frozenset(re.findall(r"\d{4}", record["round"]["title"]["ko"]))
        if "decisions" in record:
            return cls(
                applicants=_list_reviewed(record), counts={"evaluated": frozenset({record["evaluated"]})}, years=years
            )
        if "evaluations" in record:
            return cls._from_round(record["evaluations"], record["outcomes"], years)
        return cls._from_press(record, years)

    @classmethod
    def _from_round(cls, evaluations: Sequence[Any], outcomes: Sequence[Any], years: frozenset[str]) -> RoundClaims:
        counts: dict[str, set[int]] = {
            "received": {len(outcomes)},
            "evaluated": {sum(evaluation["scorecard"] is not None for evaluation in evaluations)},
            "meets_criteria": {sum(outcome["meets_criteria"] for outcome in outcomes)},
        }
        for result in ("certified", "not_certified", "excluded"):
            counts[result] = {sum(outcome["result"] == result for outcome in outcomes)}
        for level in range(1, 10):
            computed = sum(outcome["computed"] == level for outcome in outcomes)
            decided = [outcome for outcome in outcomes if (outcome["decided"] or {}).get("level") == level]
            certified = sum(outcome["result"] == "certified" for outcome in decided)
            counts[f"{level}등급"] = {computed, len(decided), certified}
        return cls(
            applicants=tuple(
                (_list_full_names(evaluation["applicant"]["name"]), Claims.from_evaluation(evaluation, outcome))
                for evaluation, outcome in zip(evaluations, outcomes, strict=True)
            ),
            counts={name: frozenset(numbers) for name, numbers in counts.items()},
            years=years,
        )

    @classmethod
    def _from_press(cls, record: Mapping[str, Any], years: frozenset[str]) -> RoundClaims:
        certified = [(result["applicant"]["name"], result) for result in record["certified"]]
        on_reserve = [(result["name"], result) for result in record.get("on_reserve") or ()]
        undecided: list[tuple[dict[str, str], dict[str, Any]]] = [
            (name, {}) for name in (*record["pending"], *record["on_hold"])
        ]
        levels = [result["level"] for _, result in certified]
        return cls(
            applicants=tuple(
                (_list_full_names(name), Claims.from_press(name, result, is_certified="domains" in result))
                for name, result in (*certified, *on_reserve, *undecided)
            ),
            counts={
                **{step["step"]: frozenset({step["count"]}) for step in record["counts"]},
                **{f"{level}등급": frozenset({levels.count(level)}) for level in levels},
            },
            years=years,
        )

    @classmethod
    def _from_history(cls, history: Mapping[str, Any]) -> RoundClaims:
        """Return which levels those have, or are said to have, who were ever certified; no more is known of them."""
        applicants = []
        for timeline in history["timelines"]:
            terms = [term["certification"] for term in timeline["terms"]]
            levels = {level for term in terms for level in (term["level"], *term["level_claims"]) if level is not None}
            names = [timeline["applicant"]["name"], *(term["name"] for term in terms)]
            full = frozenset(name for either in names for name in _list_full_names(either))
            applicants.append((full, _build_claims(full, levels)))
        announced: dict[str, dict[str, int]] = {}
        for count in history["counts"]:
            by_kind = announced.setdefault(str(count["year"]), {})
            by_kind[count["kind"]] = by_kind.get(count["kind"], 0) + count["count"]
        certified = {year: frozenset({*own.values(), sum(own.values())}) for year, own in announced.items()}
        return cls(applicants=tuple(applicants), counts={}, years=frozenset(), certified=certified)

    def find_wrong(self, line: str) -> Iterator[str]:
        """Yield what a line says of the applicants that it names, or counts of them, and the record does not."""
        text = normalise_text(line)
        joined = text.replace(" ", "").casefold()
        named: dict[str, list[Claims]] = {}
        for names, claims in self.applicants:
            for name in names:
                if name in joined:
                    named.setdefault(name, []).append(claims)
        finder = re.compile("|".join(_space(name) for name in sorted(named, key=len, reverse=True)) or "(?!)", re.I)
        subjects: list[Claims] = []
        is_count = True  # until a clause says more: of the large cities, say
        for clause in _split_clauses(text, finder):
            if is_count := is_count and _COUNT.fullmatch(clause) is not None:
                yield from self._find_wrong_count(clause)
            found = [match for match in finder.finditer(clause) if not _is_compared(clause, match)]
            own = [_unite(named[match[0].replace(" ", "").casefold()]) for match in found]
            subjects = [*{claims.names: claims for claims in own}.values()] or subjects
            if subjects:
                yield from _find_wrong_of_all(clause, subjects)

    def names_any(self, line: str) -> bool:
        """Return whether a line names an applicant."""
        joined = normalise_text(line).replace(" ", "").casefold()
        return any(name in joined for names, _ in self.applicants for name in names)

    def _find_wrong_count(self, clause: str) -> Iterator[str]:
        """Yield the counts that a clause gives and the record does not: where it says nothing else that limits them."""
        match = _COUNT.fullmatch(clause)
        if match is None:
            return
        number = next(
            int(match[name]) for name in ("first", "last", "last_bare", "english", "english_last") if match[name]
        )
        what = next(match[name] for name in ("of_first", "of_last", "of_english", "of_english_last") if match[name])
        counted = _COUNTED.get(what.lower().replace(" ", ""), what.replace(" ", ""))
        year = match["year"] or match["english_year"]
        counts = self.counts.get(counted)
        if year and year not in self.years:
            counts = self.certified.get(year) if counted == "certified" else None
        if counts is not None and number not in counts:
            yield f"{_shorten(clause)!r} counts {number}, the record {', '.join(map(str, sorted(counts)))}"


_COUNTED = {
    **dict.fromkeys(("신청", "접수", "received", "applied", "applications", "applicants"), "received"),
    **dict.fromkeys(("평가", "evaluated"), "evaluated"),
    **dict.fromkeys(("인증", "certified"), "certified"),
    **dict.fromkeys(("불인증", "미인증", "notcertified"), "not_certified"),
    **dict.fromkeys(("평가제외", "제외", "excluded"), "excluded"),
    **dict.fromkeys(("평가보류", "보류", "onhold"), "on_hold"),
    **dict.fromkeys(("결정대기", "pending"), "pending"),
    **dict.fromkeys(("인증기준충족", "인증기준을충족"), "meets_criteria"),
}
"""The words by which texts call what a record counts; levels stand for themselves, as "3등급"."""
_KOREAN_COUNTED = (
    r"\d등급|신청|접수|평가\s?제외|평가\s?보류|평가|불인증|미인증|인증\s?기준을?\s?충족|인증|제외|보류|결정\s?대기"
)
_ENGLISH_COUNTED = r"applied|received|evaluated|not certified|certified|excluded|on hold|pending"
_WHO = r"local governments|applicants|applications"
_COUNT = re.compile(
    r"(?:(?:이번|올해|총|모두|전체|공모에는?|공모에서는?|(?P<year>\d{4})년도?(?:에는|에|은|의)?)\s*)*"
    r"(?:(?P<first>\d+)\s?(?:곳|개\s?(?:지자체|지방자치단체|시·군·구)?)(?:이|가|을|를|은|는)?\s?"
    rf"(?P<of_first>{_KOREAN_COUNTED})(?:하[가-힣]*|되[가-힣]*|했[가-힣]*|됐[가-힣]*|을 받[가-힣]*)?"
    rf"|(?P<of_last>{_KOREAN_COUNTED})(?:한|된|을 받은)?\s?(?:곳|지자체|지방자치단체)?(?:은|는|이)?\s?:?\s?"
    r"(?:(?:모두|총)?\s?(?P<last>\d+)\s?(?:곳|개|개 지자체)(?:입니다|이다)?|수 :? ?(?P<last_bare>\d+))"
    rf"|(?P<english>\d+)(?: (?:{_WHO}))?(?: have| were)?(?: been)? (?P<of_english>{_ENGLISH_COUNTED})"
    r"(?: in (?P<english_year>\d{4}))?"
    rf"|(?P<of_english_last>{_ENGLISH_COUNTED}|applications|applicants) : (?P<english_last>\d+)(?: (?:{_WHO}))?)\W*",
    re.IGNORECASE,
)
"""A clause that gives the count of a round, and nothing else: another word could make it one of a part of them."""
_CLAUSE_OF_ROUND = re.compile(
    r"[.,;!?…](?=\s|$)|\s/\s|(?<=[가-힣])(?:(?<!보)고|며|나|지만|는데|면|여)\s|\b(?:and|but|while|whereas)\b",
    re.IGNORECASE,
)
_LISTED = r"\s*(?:\([^()]*\))?\s*(?:,|·|/|및|와|과|and|&|, and)\s*"
_COMPARED = re.compile(r"\s*(?:\([^()]*\))?(?:보다|[와과]\s*(?:달리|는)|처럼|에\s*비해|[을를]\s)")
_COMPARED_BEFORE = re.compile(r"\b(?:than|unlike|like)\s*$", re.IGNORECASE)


def _is_compared(clause: str, name: re.Match[str]) -> bool:
    """Return whether an applicant is only compared with the one that a clause is about."""
    among = re.search(r"가운데|중에서", clause)
    return bool(
        (among and name.end() <= among.start())
        or _COMPARED.match(clause, name.end())
        or _COMPARED_BEFORE.search(clause[: name.start()][-_NEAR:])
    )


def _split_clauses(text: str, finder: re.Pattern[str]) -> list[str]:
    """Return the clauses of a text; applicants in a list are in one."""
    names = [match.span() for match in finder.finditer(text)]
    lists = [
        (end, begin)
        for (_, end), (begin, _) in pairwise(names)
        if re.fullmatch(_LISTED, text[end:begin], re.IGNORECASE)
    ]
    ends = [0]
    for match in _CLAUSE_OF_ROUND.finditer(text):
        if not any(begin <= match.start() < end for begin, end in lists):
            ends.append(match.end())
    parts = [text[begin:end] for begin, end in pairwise([*ends, len(text)])]
    return [part.strip(" ,.;") for part in parts if part.strip(" ,.;")]


def _find_wrong_of_all(clause: str, subjects: Sequence[Claims]) -> Iterator[str]:
    """Yield what a clause says of several applicants that the record does not.

    Where it gives as many levels as it names applicants, each is that of one, in their order; where it gives one level,
    or none, all that it says is of each.
    """
    union = _unite(subjects)
    levels = find_own_levels(clause, union.names, is_named=True)
    if len(levels) == len(subjects) > 1:
        for match, claims in zip(levels, subjects, strict=True):
            if _read_level(match) not in claims.levels:
                yield claims.describe_level(clause, _read_level(match))
    is_of_each = len(levels) <= 1 and not re.search(r"\d\s?[~∼–-]\s?\d", clause)
    for claims in subjects if is_of_each else [union]:
        yield from claims.find_wrong_claims(clause, is_named=True)


def _unite(subjects: Sequence[Claims]) -> Claims:
    """Return what the record says of one or another of some applicants."""
    return Claims(
        names=frozenset(name for claims in subjects for name in claims.names),
        levels=frozenset(level for claims in subjects for level in claims.levels),
        points=frozenset(points for claims in subjects for points in claims.points),
        percentages=frozenset(percentage for claims in subjects for percentage in claims.percentages),
        is_certified=_get_common(claims.is_certified for claims in subjects),
        meets_criteria=_get_common(claims.meets_criteria for claims in subjects),
    )


def _build_claims(names: frozenset[str], levels: Iterable[int], points: Iterable[Fraction] = ()) -> Claims:
    """Return the claims of an applicant of which it is not known whether it is certified."""
    return Claims(
        names=names,
        levels=frozenset(levels),
        points=frozenset(points),
        percentages=frozenset(),
        is_certified=None,
        meets_criteria=None,
    )


def _list_reviewed(record: Mapping[str, Any]) -> tuple[tuple[frozenset[str], Claims], ...]:
    """Return what the record of a committee's review says of each applicant: also what would be otherwise."""
    rows = [row for part in record.values() if isinstance(part, list) for row in part if isinstance(row, dict)]
    decisions = {row["applicant"]: row for row in record["decisions"]}
    reviewed = []
    for applicant, name in record["names"].items():
        own = [row for row in rows if row.get("applicant") == applicant]
        levels = {value for row in own for key, value in row.items() if key in _LEVEL_FIELDS and value is not None}
        levels |= {level for row in own for level in row.get("levels", {}).values()}
        points = {Fraction(value) for row in own for key, value in row.items() if key in _POINT_FIELDS and value}
        decision = decisions.get(applicant, {})
        is_certified = bool(decision.get("effective")) and decision["decided"] <= record["panel_level"]
        names = _list_full_names(name)
        reviewed.append((names, replace(_build_claims(names, levels, points), is_certified=is_certified)))
    return tuple(reviewed)


_LEVEL_FIELDS = frozenset({
    *("level", "without", "adjusted_level", "level_before", "computed", "proposed", "decided")
})  # fmt: skip
_POINT_FIELDS = frozenset({"points", "adjusted", "points_before", "claimed", "desk", "confirmed"})


def _get_common(values: Iterable[bool | None]) -> bool | None:
    """Return what all values are; None where they differ."""
    different = {*values}
    return different.pop() if len(different) == 1 else None


def _has_number(numbers: Iterable[Fraction], text: str) -> bool:
    """Return whether one of the numbers is, rounded, what a text says."""
    plain = text.replace(",", "").strip(".")
    if not plain or plain.count(".") > 1:
        return not plain
    half = Fraction(1, 2 * 10 ** len(plain.partition(".")[2]))
    return any(abs(Fraction(plain) - number) <= half for number in numbers)


def _list_full_names(names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.replace(" ", "").casefold() for name in names.values())


def _list_names(names: Iterable[str]) -> frozenset[str]:
    plain = {name.replace(" ", "").casefold() for name in names}
    return frozenset(plain | {re.sub(r"(?<=..)(?:[시군구]|-(?:si|gun|gu))$", "", name) for name in plain})


_SHOWN = 80
"""How many characters of a text a message shows."""


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _read_level(match: re.Match[str]) -> int:
    text = next(filter(None, match.groups())).lower()
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits else _ORDINALS.get(text) or _NUMERALS[text]


def _iter_points(card: Any) -> Iterator[Fraction]:
    """Yield the points of every part of a scorecard, and out of how many they are."""
    parts = card.values() if isinstance(card, dict) else card if isinstance(card, list) else ()
    for part in parts:
        yield from _iter_points(part)
    if isinstance(card, dict):
        yield from (Fraction(card[name]) for name in ("points", "out_of") if isinstance(card.get(name), str | int))


def _iter_percentages(card: Any) -> Iterator[Fraction]:
    """Yield the points of every part of a scorecard as a percentage of those that it can have."""
    parts = card.values() if isinstance(card, dict) else card if isinstance(card, list) else ()
    for part in parts:
        yield from _iter_percentages(part)
    if isinstance(card, dict) and isinstance(card.get("points"), str | int) and Fraction(card.get("out_of") or 0):
        yield 100 * Fraction(card["points"]) / Fraction(card["out_of"])


def names_something(label: str) -> bool:
    """Return whether a label, or the name of a row, has a word that makes it one of something else than a verdict."""
    return bool(re.search(r"[^\W\d_]{2}|[가-힣]", _GENERAL.sub("", label)))


_GENERAL = re.compile(
    r"스마트도시|지방자치단체|지자체|도시|기관|신청|평가|심의|심사|공모|인증|등급|점수|총점|합계|종합|최종|전체|결과|판정|결정|산정|확정"
    r"|공식|실제|정정|수정|변경|위원회|장관|국토교통부|보고서|구분|항목|내용|값|우리|본|당|해당|이번|올해|[시군구년회차번제총의은는]"
    r"|\b(?:smart|city|application|applicant|our|this|the|of|final|total|overall|result|level|points|score|verdict|value|row)\b"
    r"|\b(?:official|real|true|actual|correct(?:ed)?|revised|report|committee|minister|ministry|evaluation|certification)s?\b",
    re.IGNORECASE,
)
"""Words that leave a label one of the applicant."""
_LABELLED = re.compile(
    r"(.+?)\s*(?:점수|합계|평점|\bpoints|\bscore|\btotal)\s*(?::|=|은|는)\s*[\d,]++(?:\.\d+)?+\s*(?:점|points?)?\W*",
    re.IGNORECASE,
)
"""Points or a sum that somebody labelled with what they are of."""
_POINTS_OF_PART = re.compile(r"(?:점수|득점|\bpoints|\bscore)\s*:?\s*([\d,]++(?:\.\d+)?+)(?!\s*%)", re.IGNORECASE)


# --- of something else ----------------------------------------------------------------------------------------


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
    "앱 행정\\s평가 시설\\s?평가 조사(?=에서) 박물관 미술관 도서관 복지관 어린이집 안전성 스마트팜",
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
_OTHER_CERTIFICATE = r"(?-i:\b(?!MOLIT|KRIHS)[A-Z]{2,6})(?=\s?인증)"
_THING = re.compile(rf"{_KOREAN}|{_OTHER_CERTIFICATE}|\b(?:{_ENGLISH})(?:\b|(?<=EAL))", re.IGNORECASE)
_THING_BEHIND = re.compile(
    rf"(?:의|\+*|[- ](?:grade|level)|\s?(?:points?|marks?))?\s+(?:[가-힣]+\s+)?(?:{_KOREAN})"
    rf"|(?:[- ](?:grade|level))?(?:\s+(?:points?|marks?))?\s+"
    rf"(?:(?!(?:after|before|following|through|like|despite|its|their|our)\b)[\w-]+\s+){{0,4}}?(?:{_ENGLISH})\b",
    re.IGNORECASE,
)
