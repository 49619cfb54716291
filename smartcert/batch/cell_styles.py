"""Which style sheets of a cell's tables may a page have, and how are they taken out of the cell into the page's head?

A page allows styles by their hashes in its head only. What pandas' ``Styler`` writes is taken there rule by rule: each
rule must be about the table itself, by its id, and must do no more than colour, set and frame its cells. Any other rule
could restyle what is ours, or fetch something; it is left out, and the table is shown without it.
"""

from __future__ import annotations

import re

_SHEET = re.compile(r"<style(?:\s[^<>]*)?>((?:[^<]|<(?!/?style))*+)</style>\s*", re.IGNORECASE)
"""A sheet with another one's tag in it is none, and stays in the HTML, where it is refused."""
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"#T_[\w-]+(?:[ >]+[\w.:-]+)*", re.ASCII)
"""A table of a ``Styler``, one of its cells, or something below it; nothing beside it."""
_PROPERTY = re.compile(
    r"(?:background(?:-color)?|border(?:-[a-z]+)*|color|font-(?:size|style|weight)|opacity|padding(?:-[a-z]+)?"
    r"|text-(?:align|decoration)|vertical-align|white-space|width)"
)
_VALUE = re.compile(r"[\w\s.,#%()+-]*")
_FETCH = re.compile(r"url|image|element|attr|var|env|src", re.IGNORECASE)


def split_styles(html: str) -> tuple[str, str]:
    """Return the HTML of an output without its style sheets, and the rules of these that a page may have."""
    rules = [rule for sheet in _SHEET.findall(html) for rule in _list_rules(sheet)]
    return _SHEET.sub("", html), "\n".join(rules)


def _list_rules(sheet: str) -> list[str]:
    """Return the rules of a style sheet that a page may have; none of a sheet with any other than plain rules."""
    if "@" in sheet or "/*" in sheet or _RULE.sub("", sheet).strip():
        return []
    rules = []
    for selectors, declarations in _RULE.findall(sheet):
        names = [name.strip() for name in selectors.split(",")]
        pairs = [pair.partition(":")[::2] for pair in declarations.split(";") if pair.strip()]
        allowed = [f"{name.strip()}: {value.strip()}" for name, value in pairs if _is_allowed(name.strip(), value)]
        if allowed and all(_SELECTOR.fullmatch(name) for name in names):
            rules.append(f"{', '.join(names)} {{ {'; '.join(allowed)} }}")
    return rules


def _is_allowed(name: str, value: str) -> bool:
    return bool(_PROPERTY.fullmatch(name) and _VALUE.fullmatch(value)) and not _FETCH.search(value)
