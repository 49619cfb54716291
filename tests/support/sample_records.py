"""Records made by hand, for the tests of reports: small, but with every kind of thing that a report can meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from smartcert.evaluation.levels import compute_margin, find_next_level
from smartcert.evaluation.outcome import _may_still_pass
from smartcert.model.applicant import Applicant, ApplicantKind, Population, SizeType
from smartcert.model.application import ApplicationWindow, InputFile, Missing, Value
from smartcert.model.citation import Basis, Citation, Source, Status, Text
from smartcert.model.evaluation import (
    Bound,
    Combination,
    Evaluation,
    Facts,
    Finding,
    FindingOutcome,
    IndicatorScore,
    LevelResult,
    MarkUse,
    Peers,
    Quartiles,
    Scorecard,
    SectionScore,
    Stage,
    Working,
)
from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    Indicator,
    IndicatorKind,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingMode,
    RoundingStep,
    Scale,
    YesNoScale,
)
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.outcome import Awaited, LevelStep, Outcome, OutcomeStage, Result, Validity, VoteResult, VoteTally
from smartcert.reporting.records import Record, RoundFacts

F = Fraction
RESIDENTS = 412_000
ROUNDING = (
    Rounding(at=RoundingStep.INDICATOR, digits=2, mode=RoundingMode.HALF_UP),
    Rounding(at=RoundingStep.TOTAL, digits=1, mode=RoundingMode.HALF_UP),
)
NOTICE = Source(
    id="notice-of-samples",
    title=Text(
        ko="스마트도시 및 스마트도시서비스 인증 운영지침",
        en="Operating Guidelines for the Certification of Smart Cities",
    ),
    short=Text(ko="운영지침", en="Operating Notice"),
    kind="notice",
    dated=date(2021, 3, 2),
    url="https://www.law.go.kr/행정규칙/스마트도시및스마트도시서비스인증운영지침",
    note=Text(ko="별표는 읽지 못하였다.", en="The annexes were not read."),
)
CALL = Source(
    id="call-of-samples",
    title=Text(ko="「2023년 스마트도시 인증」 공모", en="Call for the 2023 Smart City Certification"),
    short=Text(ko="2023년 공모", en="2023 call"),
    kind="call",
    dated=date(2023, 9, 13),
    url="https://smartcity.go.kr/en/2023/09/13/",
)
HOSTILE = (
    "<script>alert('x')</script>",
    "\"quotes\" & 'apostrophes' &amp; </script>",
    "abc\u202edef\u200f",
    "שלום",
    "🏙️ 뷁 **bold** $x^2$ [a](javascript:alert(1)) {{ 7*7 }}",
    "가나다라마바사아자차" * 30,
)


def basis(name: str, status: Status = Status.LAW, article: str | None = None, source: Source = NOTICE) -> Basis:
    since = source.dated or date(2021, 3, 2)
    return Basis(name=name, since=since, status=status, cite=(Citation(source=source, article=article),))


def _indicator(id_: str, ko: str, en: str, points: int, scale: Scale, **more: object) -> Indicator:
    values: dict[str, object] = {
        "id": id_,
        "name": Text(ko=ko, en=en),
        "definition": Text(
            ko=f"{ko}의 정의: 기준일 현재 등록된 값", en=f"Definition of {en.lower()} on the reference day"
        ),
        "kind": IndicatorKind.QUALITATIVE if isinstance(scale, Marks) else IndicatorKind.QUANTITATIVE,
        "points": F(points),
        "unit": Text(ko="건", en="cases"),
        "direction": Direction.HIGHER,
        "scale": scale,
        "absent": MissingPolicy.ZERO,
        "not_applicable": MissingPolicy.REFUSE,
    }
    return Indicator(**(values | more))  # type: ignore[arg-type]  # a test's shorthand


def _bands(*pairs: tuple[int | str, int]) -> tuple[Band, ...]:
    return tuple(Band(bound=F(bound), points=F(points)) for bound, points in pairs)


N01 = _indicator(
    "N01",
    "공공데이터 개방 건수",
    "Open data sets",
    30,
    BandScale(bands=_bands((60, 30), (40, 24), (20, 16), (10, 8)), otherwise=F(0)),
    per_people=100_000,
)
N02 = _indicator(
    "N02",
    "정보공개 처리기간",
    "Time to answer an information request",
    20,
    LinearScale(zero_at=F(10), full_at=F(4)),
    direction=Direction.LOWER,
    unit=Text(ko="일", en="days"),
)
L01 = _indicator(
    "L01",
    "시민참여의 수준",
    "Participation of citizens",
    20,
    Marks(zero_at=F(0), full_at=F(5)),
    unit=Text(ko="점", en="marks"),
)
N03 = _indicator(
    "N03", "실시간 API 제공", "Real-time interface", 10, YesNoScale(), unit=Text(ko="예/아니오", en="yes or no")
)
N04 = _indicator("N04", "조례와 규칙", "Ordinances and rules", 10, CountScale(points_each=F(2), cap=F(5)))
N05 = _indicator(
    "N05",
    "민간투자 유치",
    "Private investment",
    20,
    RankScale(by="position", bands=_bands((1, 20), (3, 14), (5, 8)), otherwise=F(2)),
    unit=Text(ko="억 원", en="100 million won"),
)
L02 = _indicator(
    "L02",
    "추진체계의 적정성",
    "Fitness of the organisation",
    30,
    Marks(zero_at=F(1), full_at=F(5)),
    unit=Text(ko="점", en="marks"),
)
N06 = _indicator(
    "N06",
    "지하철 혼잡도 예측",
    "Forecast of metro crowding",
    20,
    LinearScale(zero_at=F(0), full_at=F(100)),
    not_applicable=MissingPolicy.REDISTRIBUTE,
    unit=Text(ko="%", en="%"),
)
N07 = _indicator(
    "N07",
    "통합운영센터 장애시간",
    "Downtime of the operation centre",
    20,
    BandScale(bands=_bands((2, 20), (5, 10)), otherwise=F(0)),
    direction=Direction.LOWER,
    unit=Text(ko="시간", en="hours"),
)
N08 = _indicator(
    "N08",
    "지능형 CCTV",
    "Intelligent cameras",
    20,
    RankScale(by="share", bands=_bands((10, 20), (40, 15), (60, 8)), otherwise=F(0)),
    per_people=1_000,
    unit=Text(ko="대", en="cameras"),
)


def working(value: Value, measure: F | None, exact: F, **more: object) -> Working:
    spread = more.get("spread", F(1))
    assert isinstance(spread, F)
    points = F(int(exact * 100 + F(1, 2)), 100) * spread
    return Working(value=value, measure=measure, exact=exact, points=points, **more)  # type: ignore[arg-type]


def _same(indicator: Indicator, one: Working, **more: object) -> IndicatorScore:
    values = {"indicator": indicator, "out_of": indicator.points, "claimed": one, "desk": one, "confirmed": one}
    values |= {"evidence_document": "정량평가서", "evidence_page": "12-13"}
    return IndicatorScore(**(values | more))  # type: ignore[arg-type]  # a test's shorthand


def _per_head(value: int, per: int) -> F:
    return F(value * per, RESIDENTS)


def marks(*values: int | str | None, trimmed: Iterable[str] = (), excluded: Iterable[str] = ()) -> Combination:
    """Return a combination: "x" is an excluded evaluator, None an absent mark."""
    out, trim = set(excluded), set(trimmed)
    uses = tuple(
        MarkUse(
            evaluator=f"E{n}",
            value=None if value in (None, "x") else F(str(value)),
            excluded=value == "x" or f"E{n}" in out,
            trimmed=f"E{n}" in trim,
        )
        for n, value in enumerate(values, start=1)
    )
    kept = [use.value for use in uses if use.value is not None and not use.trimmed]
    mean = sum(kept, F(0)) / len(kept)
    return Combination(method="trimmed_mean" if trim else "mean", marks=uses, exact=mean, combined=mean)


def _marked(indicator: Indicator, combination: Combination) -> IndicatorScore:
    scale = indicator.scale
    assert isinstance(scale, Marks)
    share = (combination.combined - scale.zero_at) / (scale.full_at - scale.zero_at)
    one = working(combination.combined, combination.combined, indicator.points * share)
    return _same(indicator, one, combination=combination, evidence_document="정성평가서", evidence_page="4")


def scores() -> dict[str, IndicatorScore]:
    """Return ten scores by id: every scale, absent, not applicable, zero, corrected at the desk and on site."""
    open_data = working(F(132), _per_head(132, 100_000), F(16), band=F(20), population=RESIDENTS)
    claimed_rank = working(F(90), F(90), F(14), rank=2, of=6, band=F(3))
    desk_rank = working(F(72), F(72), F(14), rank=3, of=6, band=F(3))
    cameras = working(
        F(3_300),
        _per_head(3_300, 1_000),
        F(15),
        rank=2,
        of=6,
        band=F(40),
        spread=F(3, 2),
        population=RESIDENTS,
    )
    return {
        "N01": _same(N01, open_data, inspected=True, verified=True),
        "N02": _same(N02, working(F("5.5"), F("5.5"), F(15)), inspected=True, verified=True),
        "L01": _marked(L01, marks(4, 5, "x", None, 4, 2, trimmed=("E2", "E6"))),
        "N03": _same(N03, working(F(1), F(1), F(10)), evidence_document="", evidence_page=""),
        "N04": _same(
            N04,
            working(F(6), F(6), F(10)),
            desk=working(F(5), F(5), F(10)),
            confirmed=working(F(2), F(2), F(4)),
            undone=working(F(5), F(5), F(10)),
            desk_reason="조례 1건은 기준일 뒤에 제정됨",
            site_reason="시행 중인 조례는 2건뿐임",
            inspected=True,
            verified=False,
        ),
        "N05": _same(N05, claimed_rank, desk=desk_rank, confirmed=desk_rank, desk_reason="협약만 체결된 금액 제외"),
        "L02": _marked(L02, marks(4, 4, "x", 5, 3, 4)),
        "N06": _same(
            N06,
            working(Missing.NOT_APPLICABLE, None, F(0), policy="redistribute"),
            out_of=F(0),
            evidence_document="",
            evidence_page="",
        ),
        "N07": _same(
            N07,
            working(Missing.ABSENT, None, F(0), policy="zero"),
            out_of=F(30),
            evidence_document="",
            evidence_page="",
        ),
        "N08": _same(N08, cameras, out_of=F(30), attainable=F(45, 2)),  # the first of six is not among the best 10 %
    }


def _section(
    id_: str, ko: str, en: str, parts: tuple[SectionScore, ...], own: tuple[IndicatorScore, ...]
) -> SectionScore:
    exact = sum((part.points for part in parts), F(0)) + sum((one.points for one in own), F(0))
    out_of = sum((part.out_of for part in parts), F(0)) + sum((one.out_of for one in own), F(0))
    return SectionScore(
        id=id_, name=Text(ko=ko, en=en), out_of=out_of, exact=exact, points=exact, sections=parts, indicators=own
    )


def scorecard(by_id: Mapping[str, IndicatorScore] | None = None) -> Scorecard:
    one = scores() | dict(by_id or {})
    d11 = _section("D1-1", "정보공개", "Information disclosure", (), (one["N01"], one["N02"]))
    d12 = _section("D1-2", "시민 역량", "Capacity of citizens", (), (one["L01"], one["N03"]))
    d21 = _section("D2-1", "제도기반", "Institutional basis", (), (one["N04"], one["N05"]))
    d22 = _section("D2-2", "추진체계", "Organisation", (), (one["L02"],))
    d31 = _section("D3-1", "지능화시설", "Intelligent facilities", (), (one["N06"], one["N07"], one["N08"]))
    domains = (
        _section("D1", "혁신성", "Innovation", (d11, d12), ()),
        _section("D2", "거버넌스 및 제도", "Governance and institutions", (d21, d22), ()),
        _section("D3", "서비스 기술 및 인프라", "Service technology and infrastructure", (d31,), ()),
    )
    exact = sum((domain.points for domain in domains), F(0))
    claimed = sum((one.claimed.points for domain in domains for one in _below(domain)), F(0))
    desk = sum((one.desk.points for domain in domains for one in _below(domain)), F(0))
    return Scorecard(
        edition="illustrative-test",
        out_of=sum((domain.out_of for domain in domains), F(0)),
        domains=domains,
        exact=exact,
        points=_to_one_digit(exact),
        claimed=_to_one_digit(claimed),
        desk=_to_one_digit(desk),
        rounding=ROUNDING,
    )


def _below(section: SectionScore) -> Iterator[IndicatorScore]:
    yield from section.indicators
    for part in section.sections:
        yield from _below(part)


def _to_one_digit(value: F) -> F:
    return F(int(value * 10 + F(1, 2)), 10)


def level_result(card: Scorecard, shares: tuple[int, ...] = (90, 80, 70, 60)) -> LevelResult:
    bounds = tuple(
        Bound(
            level=n,
            points=card.out_of * share / 100,
            share=F(share, 100),
            basis=basis(f"levels.level_{n}", Status.PUBLISHED if n == 3 else Status.ILLUSTRATIVE, "8(4)"),
            certified=n <= 3,
        )
        for n, share in enumerate(shares, start=1)
    )
    reached = next((bound.level for bound in bounds if card.points >= bound.points), 5)
    return LevelResult(level=reached, certified=reached <= 3, bounds=bounds, by_points=reached)


def applicant(ko: str = "하늘시", en: str = "Haneul-si") -> Applicant:
    return Applicant(
        code="9900000000",
        name=Text(ko=ko, en=en),
        kind=ApplicantKind.CITY,
        parent_name="가상도",
        population=Population(residents=RESIDENTS, as_of="2023-10", source="invented"),
        invented=True,
    )


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 10, day, hour, minute, tzinfo=KOREAN_TIME)


def findings() -> tuple[Finding, ...]:
    """Return what an evaluated application carries, with findings of every stage."""
    window = {"opens": moment(24, 0), "closes": moment(26, 18)}
    kind = {"kind": "kind.city"}
    application = {"document": "document.application"}
    days = {"asked": date(2023, 10, 30), "due": date(2023, 11, 6), "answered": date(2023, 11, 6)}

    def one(code: str, stage: Stage, outcome: FindingOutcome, article: str | None, **facts: object) -> Finding:
        rests_on = basis(
            f"test.{code}", Status.LAW if article else Status.PUBLISHED, article, NOTICE if article else CALL
        )
        return Finding(code=code, stage=stage, outcome=outcome, basis=(rests_on,), facts=Facts(**facts))  # type: ignore[arg-type]

    met, noted = FindingOutcome.MET, FindingOutcome.NOTED
    return (
        one("kind_may_apply", Stage.ELIGIBILITY, met, "7", terms=kind),
        one("size_type_by_population", Stage.ELIGIBILITY, noted, None,
            terms=kind | {"size_type": "size_type.small_medium"},
            numbers={"population": F(RESIDENTS), "large_from": F(500_000)},
            words={"as_of": "2023-10", "source": "invented"}),
        one("received_in_time", Stage.RECEIPT, met, None, moments={"arrived": moment(26, 18), **window},
            terms={"channel": "channel.website"}),
        one("channel_default", Stage.RECEIPT, met, None, terms={"channel": "channel.website"}),
        one("official_letter_received", Stage.RECEIPT, met, None),
        one("document_unsealed", Stage.DOCUMENTS, met, "9(2)", terms=application),
        one("supplement_answered", Stage.DOCUMENTS, met, "9(5)", terms=application, days=days),
        one("document_complete", Stage.DOCUMENTS, met, None, terms={"document": "document.evidence"}),
        one("evaluator_excluded", Stage.SCORING, noted, "5(1)", words={"evaluator": "E3"},
            terms={"exclusion": "exclusion.exclusion"}, numbers={"ground": F(3)}),
        one("corrected_at_desk", Stage.SCORING, noted, None, numbers={"count": F(2)}),
        one("corrected_on_site", Stage.SCORING, noted, None, numbers={"count": F(1)}),
        one("not_inspected", Stage.SCORING, noted, None, numbers={"count": F(5)}),
    )  # fmt: skip


def peers(card: Scorecard, *, suppressed: bool = False) -> Peers:
    def about(points: F) -> Quartiles:
        return Quartiles(lower=points * 3 / 4, median=points * 7 / 8 + F(1, 3), upper=points * 9 / 8)

    parts = [*card.domains, *card.items()]
    return Peers(
        size_type=SizeType.SMALL_MEDIUM,
        applicants=4 if suppressed else 6,
        suppress_below=5,
        total=None if suppressed else about(card.points),
        sections={} if suppressed else {part.id: about(part.points) for part in parts},
        indicators={} if suppressed else {s.indicator.id: about(s.points) for s in card.indicators()},
    )


def round_facts() -> RoundFacts:
    return RoundFacts(
        id="example",
        title=Text(ko="가상 공모", en="Invented round"),
        invented=True,
        governing_day=date(2023, 9, 13),
        window=ApplicationWindow(
            opens_at=moment(24, 0), closes_at=moment(26, 18), basis=basis("window", Status.PUBLISHED, None, CALL)
        ),
        registry_as_of="2023-10",
        registry_source="invented",
        edition="illustrative-test",
        edition_title=Text(ko="예시 지표", en="Illustrative indicators"),
        edition_basis=basis("edition", Status.ILLUSTRATIVE, None, CALL),
        edition_note=Text(ko="이 지표는 가상의 것이다.", en="These indicators are invented."),
    )


def build_computed_outcome(evaluation: Evaluation) -> Outcome:
    """Return the outcome of an evaluation of which no vote, proposal or decision is known."""
    open_ = evaluation.level is not None or _may_still_pass(evaluation)
    awaits = Awaited.VOTE if evaluation.level is not None else Awaited.SUPPLEMENT
    return Outcome(
        application=evaluation.id,
        stage=OutcomeStage(evaluation.stage.value),
        result=Result.OPEN if open_ else Result.EXCLUDED,
        awaits=awaits if open_ else None,
        computed=evaluation.level.level if evaluation.level else None,
        meets_criteria=evaluation.meets_criteria,
    )


def decided(evaluation: Evaluation, level: int | None = None, reason: str = "") -> Outcome:
    """Return the outcome of an evaluation decided as computed, or at ``level``; open where nothing was scored."""
    computed = build_computed_outcome(evaluation)
    if evaluation.level is None:
        return computed
    step = LevelStep(level=evaluation.level.level, by="심사팀장", on=date(2023, 11, 20))
    final = evaluation.level.level if level is None else level
    return replace(
        computed,
        stage=OutcomeStage.DECIDED,
        result=Result.CERTIFIED if final <= 3 else Result.NOT_CERTIFIED,
        awaits=None,
        vote=VoteTally(result=VoteResult.CARRIED, members=7, present=7, present_needed=5, yes=6, no=1, yes_needed=5),
        proposed=step,
        decided=LevelStep(level=final, by="도시정책과장", on=date(2023, 12, 1), reason=reason),
        validity=Validity(years=2, basis=basis("certification.valid_years", Status.PUBLISHED, None, CALL))
        if final <= 3
        else None,
    )


def record(evaluation: Evaluation, seen: Peers | None) -> Record:
    inputs = (InputFile(file="round.yaml", sha256="0f" * 32), InputFile(file="applications.csv", sha256="a1" * 32))
    return Record(
        round=round_facts(),
        evaluation=evaluation,
        outcome=decided(evaluation),
        peers=seen,
        inputs=inputs,
        package="0.1.0",
    )


def _evaluation(card: Scorecard, who: Applicant) -> Evaluation:
    result = level_result(card)
    held = findings()
    return Evaluation(
        round="example",
        id="haneul",
        applicant=who,
        stage=Stage.EVALUATED,
        findings=held,
        size_type=SizeType.SMALL_MEDIUM,
        size_basis=basis("size_type.city", Status.PUBLISHED, None, CALL),
        scorecard=card,
        level=result,
        next_level=find_next_level(card, result),
        margin=compute_margin(card, result),
        rules=tuple(finding.basis[0] for finding in held) + tuple(bound.basis for bound in result.bounds),
    )


def not_certified(*, suppressed: bool = False) -> Record:
    """Return a level below certification, with every kind of working."""
    card = scorecard()
    return record(_evaluation(card, applicant()), peers(card, suppressed=suppressed))


def certified() -> Record:
    """Return a certified applicant: the missing value was given, and nothing was corrected on site."""
    better = {
        "N07": _same(
            N07, working(F(1), F(1), F(20), band=F(2), spread=F(3, 2)), out_of=F(30), inspected=True, verified=True
        ),
        "N04": _same(N04, working(F(5), F(5), F(10)), inspected=True, verified=True),
    }
    card = scorecard(better)
    return record(_evaluation(card, applicant("바다군", "Bada-gun")), peers(card))


def late() -> Record:
    """Return an application that came one minute late and was not evaluated."""
    times = {"arrived": moment(26, 18, 1), "opens": moment(24, 0), "closes": moment(26, 18)}
    finding = Finding(
        code="received_late",
        stage=Stage.RECEIPT,
        outcome=FindingOutcome.NOT_MET,
        basis=(basis("receipt.late", Status.PUBLISHED, None, CALL),),
        facts=Facts(moments=times, numbers={"minutes": F(1)}, terms={"channel": "channel.website"}),
        refuses=True,
    )
    return _refused(Stage.RECEIPT, (*findings()[:2], finding))


def supplement_pending() -> Record:
    """Return an application whose missing document may still come."""
    days = {"asked": date(2023, 10, 30), "due": date(2023, 11, 6)}
    terms = {"document": "document.quantitative"}
    rests_on = (basis("documents.supplement", Status.LAW, "9(5)"),)
    facts = Facts(terms=terms, days=days)
    missing = Finding(
        code="document_missing",
        stage=Stage.DOCUMENTS,
        outcome=FindingOutcome.OPEN,
        basis=rests_on,
        facts=Facts(terms=terms),
    )
    asked = Finding(
        code="supplement_pending",
        stage=Stage.DOCUMENTS,
        outcome=FindingOutcome.OPEN,
        basis=rests_on,
        facts=facts,
        refuses=True,
    )
    return _refused(Stage.DOCUMENTS, (*findings()[:5], missing, asked))


def _refused(stage: Stage, held: tuple[Finding, ...]) -> Record:
    rules = tuple(one for finding in held for one in finding.basis)
    evaluation = Evaluation(
        round="example",
        id="haneul",
        applicant=applicant(),
        stage=stage,
        findings=held,
        size_type=SizeType.SMALL_MEDIUM,
        size_basis=basis("size_type.city", Status.PUBLISHED, None, CALL),
        rules=rules,
    )
    return record(evaluation, None)


def hostile(text: str) -> Record:
    """Return a record in which everything that somebody else wrote is ``text``."""
    plain = not_certified()
    card = plain.evaluation.scorecard
    assert card is not None
    corrected = replace(
        scores()["N04"],
        desk_reason=text,
        site_reason=text,
        evidence_document=text,
        evidence_page=text,
        indicator=replace(N04, name=Text(ko=text, en=text), unit=Text(ko=text, en=text)),
    )
    note = Finding(
        code="misrepresentation",
        stage=Stage.DOCUMENTS,
        outcome=FindingOutcome.NOT_MET,
        basis=(),
        facts=Facts(words={"found": text}, names={"risk": Text(ko=text, en=text)}),
    )
    evaluation = _evaluation(scorecard({"N04": corrected}), applicant(text, text))
    evaluation = replace(evaluation, findings=(*evaluation.findings, note))
    facts = replace(plain.round, title=Text(ko=text, en=text), note=Text(ko=text, en=text))
    return replace(plain, round=facts, evaluation=evaluation, inputs=(InputFile(file=text, sha256="0" * 64),))
