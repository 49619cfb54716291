"""Whether the figures of a page are those of its record, and not another one's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from html import unescape
from typing import Any

from smartcert.reporting.figures import MOST_DIGITS
from smartcert.reporting.pieces import TRACE_ID

_POINTS = re.compile(r'<section\b[^>]*aria-labelledby="points"[^>]*>(.*?)</section>', re.DOTALL)
_ROW = re.compile(r'<tr data-at="([^"]*)"[^>]*>(.*?)</tr>', re.DOTALL)
_OWN = re.compile(r'<td class="number">(≈?)(−?)([\d,]+(?:\.\d+)?)')
_TRACE = re.compile(rf'<script type="application/json" id="{TRACE_ID}">(.*?)</script>', re.DOTALL)
_SHORTENED = Fraction(1, 2 * 10**MOST_DIGITS)
"""By how much a number with ≈ may differ from the one it stands for."""


def strange_figures(page: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield every figure of the points and of the trace in a report's page that its record does not have.

    ``record`` is the JSON of an evaluation; without a scorecard there are no figures, and a page for the public or the
    round has none of these. A notebook may leave the section or the trace out; what is there must be right.
    """
    evaluation = record.get("evaluation")
    card = evaluation.get("scorecard") if evaluation else None
    if not evaluation or not card:
        return
    points = dict(_points(card))
    for section in _POINTS.findall(page):
        yield from _in_rows(section, points)
    for trace in _TRACE.findall(page):
        yield from _in_trace(json.loads(trace), evaluation, points)


def _points(card: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield "total", Fraction(card["points"])
    for section in card["domains"]:
        yield from _of_section(section)


def _of_section(section: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield section["id"], Fraction(section["points"])
    for part in section["sections"]:
        yield from _of_section(part)
    for one in section["indicators"]:
        yield one["indicator"]["id"], Fraction(one["confirmed"]["points"])


def _in_rows(section: str, points: Mapping[str, Fraction]) -> Iterator[str]:
    told = set()
    for name, row in ((unescape(name), row) for name, row in _ROW.findall(section)):
        own = _OWN.search(row)
        if name not in points or own is None:
            yield f"the page tells points of {name[:40]!r}, which the record does not have"
            continue
        told.add(name)
        shortened, minus, digits = own.groups()
        value = Fraction(digits.replace(",", "")) * (-1 if minus else 1)
        if abs(value - points[name]) > (_SHORTENED if shortened else 0):
            yield f"the page tells {own[0].rpartition('>')[2]} points of {name}, the record {points[name]}"
    for name in points.keys() - told:
        yield f"the page does not tell the points of {name}"


def _in_trace(trace: Mapping[str, Any], evaluation: Mapping[str, Any], points: Mapping[str, Fraction]) -> Iterator[str]:
    if trace.get("id") != evaluation["id"]:
        yield f"the trace is of {str(trace.get('id'))[:40]!r}, the record of '{evaluation['id']}'"
    printed = trace.get("printed", {})
    stated = {"total": printed.get("points"), **printed.get("sections", {}), **printed.get("indicators", {})}
    if printed.get("level") != evaluation["level"]["level"]:
        yield f"the trace states level {printed.get('level')}, the record {evaluation['level']['level']}"
    for name in sorted(points.keys() | stated.keys()):
        if name not in points or stated.get(name) is None or Fraction(stated[name]) != points[name]:
            yield f"the trace states {stated.get(name)} points of {name}, the record {points.get(name)}"
