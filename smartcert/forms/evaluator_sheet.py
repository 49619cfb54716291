"""The sheet of one evaluator: the qualitative indicators of the applicants that are judged, and what marks mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from fractions import Fraction

from smartcert.evaluation.committee import list_free_members
from smartcert.forms.sheets import (
    Choice,
    Reference,
    Sheet,
    SheetColumn,
    SheetLine,
    build_group,
    list_choice,
    name_row,
    show_number,
)
from smartcert.io.formats.csv import format_exact
from smartcert.io.rounds.sheets import (
    OwnMark,
    SheetIdentity,
    SheetKind,
    compute_edition_digest,
    list_sheet_indicators,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Evaluator, Mark, Round
from smartcert.model.indicator import About, Indicator, MarkScale
from smartcert.reporting.about import ABOUT_KEYS, list_labelled
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import Rules

_MOST_STEPS = 20
"""Up to so many marks are offered in a list; more are typed."""

_EVALUATION_COLUMNS = (
    SheetColumn(key="applicant_id", width=11, in_document=5),
    SheetColumn(key="applicant", width=17, in_document=0),
    SheetColumn(key="indicator", width=9, in_document=4, centred=True),
    SheetColumn(key="name", width=72, in_document=22),
    SheetColumn(key="own", width=9, in_document=4, centred=True),
    SheetColumn(key="evidence", width=24, in_document=8),
    SheetColumn(key="mark", width=11, in_document=5, filled_in=True, centred=True),
    SheetColumn(key="comment", width=46, in_document=20, filled_in=True),
)
_DISCUSSION_COLUMNS = (
    SheetColumn(key="applicant_id", width=11, in_document=5),
    SheetColumn(key="applicant", width=17, in_document=0),
    SheetColumn(key="indicator", width=9, in_document=4, centred=True),
    SheetColumn(key="name", width=56, in_document=16),
    SheetColumn(key="before", width=12, in_document=5, centred=True),
    SheetColumn(key="comment_before", width=32, in_document=12),
    SheetColumn(key="after", width=12, in_document=5, filled_in=True, centred=True),
    SheetColumn(key="reason", width=36, in_document=14, filled_in=True),
    SheetColumn(key="minority", width=30, in_document=12, filled_in=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatorSheet:
    """What the sheet of an evaluator is built from.

    ``marks`` are those that were given so far and ``own`` those of the applicants, both by applicant and indicator.
    """

    round: Round
    rules: Rules
    evaluator: Evaluator
    applications: tuple[Application, ...]
    language: str
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    own: Mapping[tuple[str, str], OwnMark] = field(default_factory=dict)


def list_judged(round_: Round, evaluator: str, names: Iterable[str]) -> tuple[Application, ...]:
    """Return those of the applications ``names`` that an evaluator judges: assigned, where there are assignments.

    Nobody judges an applicant from whom it is excluded.
    """
    wanted = frozenset(names)
    seats: dict[str, set[str]] = {}
    for seat in round_.proceedings.assignments:
        seats.setdefault(seat.applicant, set()).add(seat.evaluator)
    return tuple(
        application
        for application in round_.applications
        if application.id in wanted
        and evaluator in seats.get(application.id, {evaluator})
        and evaluator in list_free_members(application, round_)
    )


def build_evaluation_sheet(source: EvaluatorSheet) -> Sheet:
    """Return the sheet for the marks; those given so far stand in it."""
    words = Words(source.language, "sheets", scheme=source.rules.facts)
    reference = _build_reference(source, words)
    return _build_sheet(
        source,
        SheetKind.EVALUATION,
        words("guide.evaluation", absent=words("sheet.absent"), reference=reference.title),
        reference,
    )


def build_discussion_sheet(source: EvaluatorSheet) -> Sheet:
    """Return the sheet for marks that change in the discussion: only those that were given can."""
    words = Words(source.language, "sheets", scheme=source.rules.facts)
    return _build_sheet(source, SheetKind.DISCUSSION, words("guide.discussion"), _build_reference(source, words))


def _build_sheet(source: EvaluatorSheet, kind: SheetKind, guide: str, reference: Reference) -> Sheet:
    words, round_ = Words(source.language, "sheets", scheme=source.rules.facts), source.round
    write_line = _write_evaluation_line if kind is SheetKind.EVALUATION else _write_discussion_line
    indicators = list_sheet_indicators(source.rules.edition, kind).values()
    groups = []
    for application in source.applications:
        lines = [write_line(source, application, indicator, words) for indicator in indicators]
        groups.append(build_group(application, words.language, (line for line in lines if line is not None)))
    evaluator = source.evaluator
    return Sheet(
        identity=SheetIdentity(
            kind=kind,
            round=round_.id,
            edition=source.rules.edition.id,
            edition_digest=compute_edition_digest(source.rules, kind),
            person=evaluator.id,
            rows_digest="",
        ),
        language=words.language,
        scheme=source.rules.facts,
        dated=round_.governing_day,
        title=words(f"title.{kind}", round=round_.title, person=f"{evaluator.id} {evaluator.name}".strip()),
        guide=guide,
        columns=_EVALUATION_COLUMNS if kind is SheetKind.EVALUATION else _DISCUSSION_COLUMNS,
        counted="mark" if kind is SheetKind.EVALUATION else "after",
        least_lines=2,
        groups=tuple(group for group in groups if group.lines),
        reference=reference,
    )


def _write_evaluation_line(
    source: EvaluatorSheet, application: Application, indicator: Indicator, words: Words
) -> SheetLine:
    key = (application.id, indicator.id)
    own, given = source.own.get(key), source.marks.get(key)
    document = "" if own is None else own.document
    if own is not None and own.page and document:
        document = words("sheet.page", document=document, page=own.page)
    values = {
        "own": "" if own is None else own.mark,
        "evidence": document,
        "mark": _show_mark(given, words) if given else None,
        "comment": given.comment or None if given else None,
    }
    choice = _choose_mark(indicator, source.rules, words)
    return SheetLine(values=_name_row(application, indicator, words) | values, choices={"mark": choice})


def _write_discussion_line(
    source: EvaluatorSheet, application: Application, indicator: Indicator, words: Words
) -> SheetLine | None:
    given = source.marks.get((application.id, indicator.id))
    if given is None or given.value is None:
        return None
    values = {"before": _show_mark(given, words), "comment_before": given.comment}
    choice = _choose_mark(indicator, source.rules, words, absent=False)
    return SheetLine(values=_name_row(application, indicator, words) | values, choices={"after": choice})


def _name_row(application: Application, indicator: Indicator, words: Words) -> dict[str, str | int | float | None]:
    language = words.language
    return name_row(application, indicator, language) | {
        "name": f"{indicator.name.of(language)}: {indicator.definition.of(language)}",
    }


def _show_mark(mark: Mark, words: Words) -> str | int | float:
    if mark.value is None:
        return words("sheet.absent")
    return show_number(mark.value)


def _list_steps(scale: MarkScale) -> list[Fraction]:
    """Return the marks of a scale, lowest first; none where there are more than a list offers."""
    count = (scale.highest - scale.lowest) / scale.step + 1
    return [scale.lowest + scale.step * number for number in range(int(count))] if count <= _MOST_STEPS else []


def _choose_mark(indicator: Indicator, rules: Rules, words: Words, *, absent: bool = True) -> Choice:
    """Return which marks may be typed, with what each means as the prompt."""
    scale = rules.mark_scale_of(indicator)
    prompt = "\n".join(f"{mark}: {meaning}" for mark, meaning in _list_meanings(indicator, scale, words))
    none = (words("sheet.absent"),) if absent else ()
    steps = _list_steps(scale)
    choice = list_choice([*map(format_exact, steps), *none], prompt) if steps else None
    if choice is not None:
        return choice
    lowest, highest, step = map(format_exact, (scale.lowest, scale.highest, scale.step))
    steps_up = f"(({{cell}}-({lowest}))/({step}))"
    fits = f"AND({{cell}}>={lowest},{{cell}}<={highest},ABS({steps_up}-ROUND({steps_up},0))<0.000001)"
    number = f"IF(ISNUMBER({{cell}}),{fits},FALSE)"
    formula = f'OR({number},{{cell}}="{none[0]}")' if none else number
    return Choice(formula=formula, prompt=prompt)


def _list_meanings(indicator: Indicator, scale: MarkScale, words: Words) -> list[tuple[str, str]]:
    """Return each mark with what it means, highest first; the plain scale where the edition says nothing.

    At the end stand the marks that need a comment, where there are any.
    """
    about = indicator.about or About()
    meanings = [(format_exact(anchor.mark), anchor.meaning.of(words.language)) for anchor in reversed(about.anchors)]
    if not meanings:
        lowest, highest, step = map(format_exact, (scale.lowest, scale.highest, scale.step))
        none = words("reference.none", lowest=lowest, highest=highest, step=step)
        meanings = [(f"{lowest}~{highest}", none)]
    if about.comment_for:
        meanings.append((", ".join(map(format_exact, about.comment_for)), words("reference.comment_for")))
    return meanings


def _define(indicator: Indicator, words: Words) -> str:
    """Return the definition with what stands beside the indicator, but for what marks mean, on a line each."""
    keys = [key for key in ABOUT_KEYS if key not in ("anchors", "comment_for")]
    texts = (f"{label}: {text}".replace("\n", "; ") for label, text in list_labelled(indicator, words, keys))
    return "\n".join((indicator.definition.of(words.language), *texts))


def _build_reference(source: EvaluatorSheet, words: Words) -> Reference:
    language = words.language
    rows = [
        (
            (indicator.id, indicator.name.of(language), _define(indicator, words), mark, meaning)
            if first
            else ("", "", "", mark, meaning)
        )
        for indicator in list_sheet_indicators(source.rules.edition, SheetKind.EVALUATION).values()
        for first, (mark, meaning) in zip(
            (True, *([False] * 100)),
            _list_meanings(indicator, source.rules.mark_scale_of(indicator), words),
            strict=False,
        )
    ]
    headings = tuple(words(f"reference.{key}") for key in ("indicator", "name", "definition", "mark", "meaning"))
    return Reference(
        title=words("reference.title"),
        note=source.rules.edition.note.of(language),
        headings=headings,
        widths=(9, 24, 60, 9, 60),
        rows=tuple(rows),
    )
