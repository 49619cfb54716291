"""What stands beside an indicator for those who claim, judge, verify and read it, in words, each under its label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartcert.model.indicator import About, Indicator
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import sanitise_text

ABOUT_KEYS = ("why", "source", "period", "documents", "verify", "anchors", "comment_for", "links")
"""What can stand beside an indicator, in the order in which it is shown; the label of each is a term ``about.KEY``."""


def describe_about(indicator: Indicator, words: Words) -> dict[str, str]:
    """Return what stands beside an indicator by the keys of `ABOUT_KEYS`, only those that say something.

    Several documents, meanings and links stand on a line each.
    """
    texts = _list_lines(indicator.about or About(), words)
    return {key: "\n".join(lines) for key, lines in texts if lines}


def list_labelled(indicator: Indicator, words: Words, keys: Iterable[str] = ABOUT_KEYS) -> Iterator[tuple[str, str]]:
    """Yield what stands beside an indicator with its label in words, as far as it is among ``keys``."""
    texts = describe_about(indicator, words)
    for key in keys:
        if key in texts:
            yield words.term(f"about.{key}"), texts[key]


def _list_lines(about: About, words: Words) -> Iterator[tuple[str, list[str]]]:
    for key in ("why", "source", "period"):
        text = getattr(about, key)
        yield key, [words.show(text, "text")] if text else []
    yield "documents", [words.show(document, "text") for document in about.documents]
    yield "verify", [words.show(about.verify, "text")] if about.verify else []
    yield "anchors", [words("about.anchor", mark=anchor.mark, meaning=anchor.meaning) for anchor in about.anchors]
    marks = [words.show(mark, "number") for mark in about.comment_for]
    yield "comment_for", [", ".join(marks)] if marks else []
    yield "links", [sanitise_text(link) for link in about.links]
