"""What does the tree of tags of a PDF lack for a screen reader, and how is it completed before the PDF is written?

The tree is taken from WeasyPrint as objects of pydyf, its library for PDF: nothing is read back and written twice. A
reference is ``b"12 0 R"``, and its number is the place among the objects.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

from smartcert.errors import ReportError

_TABLE, _HEAD = "/Table", "/THead"


def complete_tags(pdf: Any) -> None:
    """Give each header cell of a tagged PDF its scope, join tables within tables, and refuse what is not accessible.

    ``pdf`` is a ``pydyf.PDF`` that is not written yet. WeasyPrint may tag a table as a table around the table, and tags
    header cells without a scope: a cell is that of its column within the head of a table, of its row elsewhere.

    Raises:
        ReportError: there are no tags, a header cell has no attributes of a table that a scope could stand among, a
            figure has no alternative text, or a table stands in a cell of a table; each with its count.
    """
    root = _resolve(pdf, pdf.catalog.get("StructTreeRoot"))
    if root is None:
        raise ReportError("the PDF has no tags")
    counts: Counter[str] = Counter()
    for element, ancestors in _iter_elements(pdf, root):
        match element["S"]:
            case "/TH":
                attributes = element.get("A")
                if isinstance(attributes, dict) and attributes.get("O") == _TABLE:
                    attributes["Scope"] = "/Column" if _HEAD in ancestors else "/Row"
                else:
                    counts["header cells without a scope"] += 1
            case "/Figure":
                counts["figures without an alternative text"] += not element.get("Alt")
            case "/Table":
                element["K"][:] = _join_inner_tables(pdf, element)
                counts["tables within a table"] += _TABLE in ancestors
    if problems := [f"{count} {problem}" for problem, count in counts.items() if count]:
        raise ReportError(f"the PDF is not accessible: {'; '.join(problems)}")


def _iter_elements(pdf: Any, root: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield each element of the tree in its order, with the kinds of those around it."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(kid, ()) for kid in reversed(root["K"])]
    while waiting:
        kid, ancestors = waiting.pop()
        element = _resolve(pdf, kid)
        if isinstance(element, dict) and "S" in element:
            yield element, ancestors
            within = (*ancestors, str(element["S"]))
            waiting.extend((below, within) for below in reversed(element.get("K", ())))


def _join_inner_tables(pdf: Any, table: Any) -> list[object]:
    """Return the kids of a table with those of a table among them in its place; all have this table as their parent."""
    kids: list[object] = []
    waiting = list(reversed(table["K"]))
    while waiting:
        kid = waiting.pop()
        element = _resolve(pdf, kid)
        if element is not None and element.get("S") == _TABLE:
            waiting.extend(reversed(element["K"]))
            continue
        if element is not None and "S" in element:
            element["P"] = table.reference
        kids.append(kid)
    return kids


def _resolve(pdf: Any, kid: object) -> Any:
    """Return the object that a reference is to; None for what is none, as the number of marked content."""
    return pdf.objects[int(kid.split()[0])] if isinstance(kid, bytes) else None


def find_tag_problems(pdf: bytes) -> list[str]:
    """Return a sentence per kind of problem of a finished PDF with its count, as pypdf reads it.

    A second opinion by another library on what `complete_tags` did: scopes, alternative texts, tables within tables.
    """
    from pypdf import PdfReader  # imported here: only who makes a PDF needs it

    root: Any = PdfReader(io.BytesIO(pdf)).root_object.get("/StructTreeRoot")
    if root is None:
        return ["it has no tags"]
    counts: Counter[str] = Counter()
    for element, ancestors in _iter_read_elements(root):
        kind = element["/S"]
        counts["header cells without a scope"] += kind == "/TH" and not _has_scope(element)
        counts["figures without an alternative text"] += kind == "/Figure" and not element.get("/Alt")
        counts["tables within a table"] += kind == "/Table" and "/Table" in ancestors
    return [f"{count} {problem}" for problem, count in counts.items() if count]


def _iter_read_elements(root: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
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
    return any("/Scope" in attribute.get_object() for attribute in attributes)
