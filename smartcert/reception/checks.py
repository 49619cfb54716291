"""Which claimed figures to ask an applicant about: unlike its peers', unlike the last round's, or without evidence.

A remark is a question for the desk. It never changes a figure and never rejects an application.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from statistics import median

from smartcert.evaluation.scales import compute_measure
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.free_text import clean_text, parse_stored_number
from smartcert.io.formats.grid import CellType
from smartcert.io.formats.text import quote
from smartcert.io.rounds.forms import Claim, FormCell, Submission
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, MarkScale, YesNoScale
from smartcert.reception.packages import PackageVersion
from smartcert.reporting.catalogue import add_particle
from smartcert.rules.rulebook import Rules

MEDIAN_DISTANCES = 6
"""A figure further from the median than this many median absolute deviations is asked about. No rule prescribes it."""

CHANGE_FACTOR = 3
"""A figure that is this many times the last round's, or at most that part of it, is asked about. No rule prescribes
it.
"""

_MARK = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*점?")
_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedFigures:
    """One applicant's claimed figures by indicator."""

    id: str
    applicant: Applicant
    size_type: str | None
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something to ask an applicant about one of its figures, or about several at once.

    ``indicator`` is the id; several are parted by commas.
    """

    applicant: str
    indicator: str
    message: Text


def compare_with_peers(figures: Sequence[ClaimedFigures], edition: Edition, minimum: int) -> Iterable[Remark]:
    """Yield a remark for each measure far from the median of its size type.

    A measure at exactly `MEDIAN_DISTANCES` from the median is not far. Size types with fewer than ``minimum`` measures,
    or whose median absolute deviation is zero, are left out.
    """
    for indicator in _numeric_indicators(edition):
        for size_type in sorted({figure.size_type for figure in figures if figure.size_type is not None}):
            measures = list(_measures(figures, indicator, size_type))
            if len(measures) < minimum:
                continue
            middle = median(measure for _, measure in measures)
            deviation = median(abs(measure - middle) for _, measure in measures)
            for applicant_id, measure in measures:
                if deviation > 0 and abs(measure - middle) > MEDIAN_DISTANCES * deviation:
                    shown, centre = _format_two_decimals(measure), _format_two_decimals(middle)
                    message = Text(
                        ko=f"값 {add_particle(shown, '이/가')} 같은 도시 유형의 중앙값 "
                        f"{add_particle(centre, '과/와')} 크게 다릅니다",
                        en=f"{shown} is far from {centre}, the median of the same size type",
                    )
                    yield Remark(applicant=applicant_id, indicator=indicator.id, message=message)


def compare_with_last_round(
    figures: Sequence[ClaimedFigures], last: Mapping[str, Mapping[str, Value]], edition: Edition
) -> Iterable[Remark]:
    """Yield a remark for each figure that changed at least by `CHANGE_FACTOR` since the last round.

    ``last`` holds that round's figures by code and indicator. Zero and negative figures have no ratio and are left out.
    """
    for claimed in figures:
        before = last.get(claimed.applicant.code, {})
        for indicator in _numeric_indicators(edition):
            now, then = claimed.values.get(indicator.id), before.get(indicator.id)
            if not isinstance(now, Fraction) or not isinstance(then, Fraction) or min(now, then) <= 0:
                continue
            if now >= CHANGE_FACTOR * then or then >= CHANGE_FACTOR * now:
                old, new, unit = format_exact(then), format_exact(now), indicator.unit.ko
                message = Text(
                    ko=f"지난 공모의 {old}{unit}에서 {add_particle(new + unit, '으로/로')} 바뀌었습니다",
                    en=f"it went from {old} in the last round to {new} {indicator.name_unit(now, 'en')}",
                )
                yield Remark(applicant=claimed.id, indicator=indicator.id, message=message)


def check_evidence(applicant_id: str, version: PackageVersion) -> Iterable[Remark]:
    """Yield a remark for each figure whose document or page is not named, not in the package, or beyond its end."""
    for claim in version.submission.claims.values():
        if claim.value is None or isinstance(claim.value, Missing):
            continue
        message = _check_document(claim, version)
        if message is not None:
            yield Remark(applicant=applicant_id, indicator=claim.indicator.id, message=message)


def read_own_marks(submission: Submission, rules: Rules) -> dict[str, Fraction | None]:
    """Return the applicant's own marks by qualitative indicator; None where one is empty or no step of the scale."""
    return {name: _read_mark(cell, _find_mark_scale(name, rules)) for name, cell in submission.mark_cells.items()}


def _find_mark_scale(name: str, rules: Rules) -> MarkScale:
    own = next((indicator.mark_scale for indicator in rules.edition.indicators() if indicator.id == name), None)
    return own or rules.scoring.mark_scale.value


def check_own_marks(applicant_id: str, submission: Submission, rules: Rules) -> Iterable[Remark]:
    """Yield a remark for each mark of the applicant's own that is none, and one for all of a scale that are empty."""
    empty: dict[str, list[str]] = {}
    for name, mark in read_own_marks(submission, rules).items():
        if mark is not None:
            continue
        scale = _find_mark_scale(name, rules)
        steps = f"{format_exact(scale.lowest)}~{format_exact(scale.highest)}"
        text = submission.mark_cells[name].text
        if not text:
            empty.setdefault(steps, []).append(name)
            continue
        message = Text(
            ko=f"자체 평점 {add_particle(quote(text), '이/가')} 평점({steps})이 아닙니다",
            en=f"the own mark {quote(text)}, which is none of {steps}",
        )
        yield Remark(applicant=applicant_id, indicator=name, message=message)
    for steps, names in empty.items():
        message = Text(ko=f"자체 평점({steps})이 비어 있습니다", en=f"the own mark ({steps}) is empty")
        yield Remark(applicant=applicant_id, indicator=", ".join(names), message=message)


def _read_mark(cell: FormCell, scale: MarkScale) -> Fraction | None:
    raw = cell.raw
    mark = _read_plain_mark(raw.text, is_stored=raw.cell_type is CellType.NUMBER)
    if mark is None or raw.doubt not in ("", "text of an old format"):
        return None
    if raw.shown is not None and _read_plain_mark(raw.shown, is_stored=False) != mark:
        return None
    return mark if scale.lowest <= mark <= scale.highest and (mark - scale.lowest) % scale.step == 0 else None


def _read_plain_mark(text: str, *, is_stored: bool) -> Fraction | None:
    if is_stored:
        return parse_stored_number(text.strip())
    match = _MARK.fullmatch(clean_text(text))
    return Fraction(match[1]) if match else None


def _numeric_indicators(edition: Edition) -> list[Indicator]:
    return [indicator for indicator in edition.figures() if not isinstance(indicator.scale, YesNoScale)]


def _measures(
    figures: Sequence[ClaimedFigures], indicator: Indicator, size_type: str
) -> Iterable[tuple[str, Fraction]]:
    for claimed in figures:
        value, population = claimed.values.get(indicator.id), claimed.applicant.population
        if claimed.size_type != size_type or not isinstance(value, Fraction):
            continue
        if indicator.per is None and (indicator.per_people is None or population):
            yield claimed.id, compute_measure(value, indicator, population.residents if population else None)


def _format_two_decimals(value: Fraction) -> str:
    return format_exact(Fraction(round(value * 100), 100))


def _check_document(claim: Claim, version: PackageVersion) -> Text | None:
    if not claim.document or not claim.page:
        return Text(ko="증빙 문서와 쪽이 적혀 있지 않습니다", en="no document or no page of the evidence is named")
    file = version.find_file(claim.document)
    if file is None:
        return Text(
            ko=f"증빙 문서 {add_particle(claim.document, '이/가')} 제출 파일에 없습니다",
            en=f"the document {claim.document} is not among the files received",
        )
    last = max((int(page) for page in _PAGE_NUMBER.findall(claim.page)), default=0)
    if file.pages is not None and last > file.pages:
        return Text(
            ko=f"{add_particle(claim.document, '은/는')} {file.pages}쪽까지인데 {claim.page}쪽을 가리킵니다",
            en=f"{claim.document} has {file.pages} pages and is cited for page {claim.page}",
        )
    return None
