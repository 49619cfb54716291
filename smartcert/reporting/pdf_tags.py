"""What does the tree of tags of a PDF lack for a screen reader, and how is it completed and checked, by pypdf?"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

from smartcert.errors import ReportError, UsageError

_HEADER_CELL, _TABLE, _FIGURE, _HEAD = "/TH", "/Table", "/Figure", "/THead"


def complete_tags(pdf: bytes) -> bytes:
    """Return a tagged PDF with a scope for each header cell and no table within a table; the same bytes give the same.

    WeasyPrint tags a table as a table around the table, and its header cells without a scope. A header cell is that of
    its column within the head of a table, of its row elsewhere.

    Raises:
        UsageError: pypdf is not installed.
        ReportError: the PDF has no tags, or is not accessible after all (`find_tag_problems`).
    """
    pypdf = _import_pypdf()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    root = writer.root_object.get("/StructTreeRoot")
    if root is None:
        raise ReportError("the PDF has no tags")
    for element, _ in _iter_elements(root):
        _join_inner_tables(element)
    for element, ancestors in _iter_elements(root):
        if element["/S"] == _HEADER_CELL:
            _set_scope(element, "/Column" if _HEAD in ancestors else "/Row")
    out = io.BytesIO()
    writer.write(out)
    content = out.getvalue()
    if problems := find_tag_problems(content):
        raise ReportError(f"the PDF is not accessible: {'; '.join(problems)}")
    return content


def find_tag_problems(pdf: bytes) -> list[str]:
    """Return a sentence per kind of problem with its count: scopes, alternative texts, tables within tables.

    Raises:
        UsageError: pypdf is not installed.
    """
    root = _import_pypdf().PdfReader(io.BytesIO(pdf)).root_object.get("/StructTreeRoot")
    if root is None:
        return ["it has no tags"]
    counts: Counter[str] = Counter()
    for element, ancestors in _iter_elements(root):
        kind = element["/S"]
        counts["header cells without a scope"] += kind == _HEADER_CELL and not _has_scope(element)
        counts["figures without an alternative text"] += kind == _FIGURE and not element.get("/Alt")
        counts["tables within a table"] += kind == _TABLE and _TABLE in ancestors
    return [f"{count} {problem}" for problem, count in counts.items() if count]


def _import_pypdf() -> Any:
    try:  # imported here: it comes with an extra that is not always installed
        import pypdf
    except ImportError as error:
        raise UsageError(f"PDF needs the package pypdf: pip install 'smartcert[pdf]' ({error})") from None
    return pypdf


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


def _list_kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    found = kids.get_object() if hasattr(kids, "get_object") else kids
    return list(found) if isinstance(found, list) else [] if found is None else [kids]


def _join_inner_tables(element: Any) -> None:
    """Put what a table within a table has in the place of that inner table."""
    from pypdf.generic import ArrayObject, NameObject

    if element["/S"] != _TABLE:
        return
    waiting, kids = list(reversed(_list_kids(element))), []
    while waiting:
        kid = waiting.pop()
        inner = kid.get_object()
        if isinstance(inner, dict) and inner.get("/S") == _TABLE:
            waiting.extend(reversed(_list_kids(inner)))
        else:
            kids.append(kid)
    for kid in kids:
        if isinstance(kid.get_object(), dict) and "/S" in kid.get_object():
            kid.get_object()[NameObject("/P")] = element.indirect_reference
    element[NameObject("/K")] = ArrayObject(kids)


def _has_scope(element: Any) -> bool:
    return any("/Scope" in attributes for attributes in _list_attributes(element))


def _list_attributes(element: Any) -> list[Any]:
    found = element.get("/A")
    found = found.get_object() if hasattr(found, "get_object") else found
    if found is None:
        return []
    return [one.get_object() for one in found] if isinstance(found, list) else [found]


def _set_scope(element: Any, scope: str) -> None:
    """Give a header cell its scope, beside the attributes of tables that it has."""
    from pypdf.generic import DictionaryObject, NameObject

    for attributes in _list_attributes(element):
        if attributes.get("/O") == _TABLE:
            attributes[NameObject("/Scope")] = NameObject(scope)
            return
    own = DictionaryObject({NameObject("/O"): NameObject(_TABLE), NameObject("/Scope"): NameObject(scope)})
    element[NameObject("/A")] = own
