"""What if a value or a mark were another one? What the page's own script needs to let a reader try it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from smartcert.files import sha256_base64
from smartcert.model.evaluation import LevelResult
from smartcert.reporting.canonical import compact_json
from smartcert.reporting.catalogue import Words
from smartcert.reporting.page import SCRIPT_MIME

_WORDS = (
    *("indicator", "value", "combined", "population", "reset", "total", "level", "unranked", "ranked"),
    *("no_single_marks", "base_note", "nothing"),
)
_FILLED = {
    "status": ("total", "level"),
    "refused": ("value",),
    "stopped": ("indicators",),
    "ranks_stay": ("indicators",),
    "evaluator": ("evaluator",),
    "fixed": ("evaluators",),
    "base": ("base",),
}
"""Sentences with what the script puts into them."""


@cache
def load_script() -> str:
    """Return the script of a report, which computes with the trace of its page, in exact fractions, as the engine does.

    It is ``experiment.js``, shortened by ``npm run --silent --prefix .ci/validators minify``; a test compares both.
    """
    return (files("smartcert.reporting") / "sections" / "experiment.min.js").read_text("utf-8")


@cache
def digest_script() -> str:
    """Return the SHA-256 of the script as a Content-Security-Policy names it, in base64."""
    return sha256_base64(load_script().encode())


def attach_script() -> tuple[Mapping[str, object], Mapping[str, Mapping[str, str]]]:
    """Return the script and its hash as data and metadata of an output, for the template to put into the page."""
    return {SCRIPT_MIME: load_script()}, {SCRIPT_MIME: {"sha256": digest_script()}}


def list_script_words(result: LevelResult, words: Words) -> str:
    """Return the words of everything that the script writes, as a JSON object; ``levels`` has the name of each level.

    In a sentence ``#total``, ``#level`` and so on stand for what the script puts there.
    """
    worst = max((bound.level for bound in result.bounds), default=0) + 1
    texts: dict[str, object] = {name: words(f"experiment.{name}") for name in _WORDS}
    for name, parts in _FILLED.items():
        texts[name] = words(f"experiment.{name}", **{part: f"#{part}" for part in parts})
    texts["levels"] = {str(level): words.level(level) for level in range(1, worst + 1)}
    texts |= {missing: words(f"missing.{missing}") for missing in ("absent", "not_applicable")}
    texts |= {answer: words(f"symbol.{answer}") for answer in ("yes", "no")}
    return compact_json(texts)
