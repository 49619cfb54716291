"""What a PDF lacks for a screen reader, as pypdf reads the finished file: a second opinion on its tags."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def find_tag_problems(pdf: bytes) -> list[str]:
    """Return a sentence per kind of problem with its count: scopes, alternative texts, tables within tables."""
    root: Any = PdfReader(io.BytesIO(pdf)).root_object.get("/StructTreeRoot")
    if root is None:
        return ["it has no tags"]
    counts: Counter[str] = Counter()
    for element, ancestors in _iter_elements(root):
        kind = element["/S"]
        counts["header cells without a scope"] += kind == "/TH" and not _has_scope(element)
        counts["figures without an alternative text"] += kind == "/Figure" and not element.get("/Alt")
        counts["tables within a table"] += kind == "/Table" and "/Table" in ancestors
    return [f"{count} {problem}" for problem, count in counts.items() if count]


def _iter_elements(root: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield each element of the tree in its order, with the kinds of those around it."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root.get("/K"), ())]
    while waiting:
        node, ancestors = waiting.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            waiting.extend((kid, ancestors) for kid in reversed(node))
        elif isinstance(node, dict) and "/S" in node:
            yield node, ancestors
            waiting.append((node.get("/K"), (*ancestors, str(node["/S"]))))


def _has_scope(element: Any) -> bool:
    found = element.get("/A")
    found = found.get_object() if hasattr(found, "get_object") else found
    attributes = found if isinstance(found, list) else [] if found is None else [found]
    return any("/Scope" in one.get_object() for one in attributes)
