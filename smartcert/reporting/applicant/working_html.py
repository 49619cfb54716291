"""The working of one indicator as HTML: what a page has most of, and a template writes in three times as long."""

from __future__ import annotations

from markupsafe import Markup

from smartcert.reporting.applicant.tables import MarkCell
from smartcert.reporting.applicant.working import IndicatorWorking, RulePart
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import capitalise_first
from smartcert.reporting.page import escape_text


def write_indicator(working: IndicatorWorking, level: int, words: Words) -> Markup:
    """Return a working as a ``div`` whose heading has a level from 1 to 6."""
    heading = f"<h{level}><i>{escape_text(working.id)}</i> {escape_text(working.name)}</h{level}>"
    rule = "".join(f"<li>{_write_rule_part(part, words)}</li>\n" for part in working.rule)
    marks = "".join(
        f"<li><i>{escape_text(mark.evaluator)}</i> {_write_mark(mark, words)}</li>\n" for mark in working.marks
    )
    if marks:
        marks = f'<ul class="marks" aria-label="{escape_text(words("working.marks_caption"))}">\n{marks}</ul>\n'
    columns = "".join(f'<th scope="col">{escape_text(column)}</th>' for column in working.columns)
    steps = "".join(
        f'<tr><th scope="row">{escape_text(capitalise_first(step.name))}</th>'
        f"{''.join([f'<td>{escape_text(cell)}</td>' for cell in step.cells])}</tr>\n"
        for step in working.steps
    )
    caption = escape_text(words("working.table_caption", id=working.id))
    return Markup(  # noqa: S704  # every text in it is escaped
        f'<div class="working" data-at="{escape_text(working.id)}">\n'
        f'<div class="top">{heading}<p class="earned">{escape_text(working.points)}</p></div>\n'
        f'<p class="definition">{escape_text(working.definition)}</p>\n'
        f'<ul class="rule">\n{rule}</ul>\n{marks}'
        f"<table>\n<caption>{caption}</caption>\n"
        f'<thead><tr><th scope="col">{escape_text(words("working.step"))}</th>{columns}</tr></thead>\n'
        f"<tbody>\n{steps}</tbody>\n</table>\n"
        + (f'<p class="evidence">{escape_text(" · ".join(working.notes))}</p>\n' if working.notes else "")
        + "</div>\n"
    )


def _write_rule_part(part: RulePart, words: Words) -> str:
    text = escape_text(part.text)
    return f'<span class="reached">{text}</span> ◀ {escape_text(words("working.reached"))}' if part.reached else text


def _write_mark(mark: MarkCell, words: Words) -> str:
    text = escape_text(mark.text)
    return f"<del>{text}</del> ({escape_text(words('working.trimmed'))})" if mark.trimmed else text
