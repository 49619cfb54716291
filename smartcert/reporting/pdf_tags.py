"""What does the tree of tags of a PDF lack for a screen reader, and how is it completed before the PDF is written?

WeasyPrint and Chromium tag differently and lack different things; both are completed here. What came of it is judged by
another library (`smartcert.reporting.pdf_checks`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smartcert.errors import ReportError
from smartcert.reporting.pdf_objects import Name, PdfObjects, Reference, Stream, write_text

_UNKNOWN = "NonStruct"
"""How Chromium tags what is nothing of its own: a block without a role, and each piece of text."""
_EMPHASIS = "Em"
"""How a page for Chromium marks text in the other language (`smartcert.reporting.pdf.prepare_page`)."""
_GROUPS = frozenset({"Document", "Part", "Art", "Sect", "Div", "BlockQuote"})
"""Elements that hold others, and no text of their own."""
_ROWS = frozenset({"Table", "THead", "TBody", "TFoot", "TR", "L"})
"""Elements that hold certain others only: what is drawn for them themselves, as lines and grounds, is decoration."""
_INLINE = frozenset({"Span", "Link", "Strong", "Em", "Code", "Quote", "Reference", "Note"})
_ROLES = {"Strong": Name("Span"), "Em": Name("Span")}
"""Kinds that PDF 1.7 does not know, each with the one that it is for older readers."""
_MARKED = re.compile(rb"/\w+ <</MCID (\d+) ?>> ?BDC\n|EMC\n")


@dataclass(slots=True)
class _Content:
    """Marked content: its number on its page."""

    page: Reference
    number: int


@dataclass(slots=True)
class _Element:
    """An element with its kids; the others are links to annotations, as they stand."""

    kind: str
    entries: dict[str, Any]
    reference: Reference | None = None
    kids: list[_Element | _Content | dict[str, Any]] = field(default_factory=list)


def complete_tags(pdf: PdfObjects, *, language: str, other_language: str) -> None:
    """Complete the tags of a PDF, and refuse what is not accessible.

    Header cells get a scope where they have none: that of their column within the head of a table, of their row
    elsewhere. Tables within tables are joined. What Chromium leaves without a kind becomes a paragraph or a part of the
    one that it stands in; what it draws for a table itself, and beside the tagged content, becomes decoration; what is
    marked as in ``other_language`` gets that language.

    Raises:
        ReportError: there are no tags, a figure has no alternative text, or a table stands in a cell of a table.
    """
    tags = pdf.resolve(pdf.catalog.get("StructTreeRoot"))
    if not tags:
        raise ReportError("the PDF has no tags")
    roots = [_read_element(pdf, kid, pdf.resolve(kid), None) for kid in _list(pdf, tags["K"])]
    decoration: set[tuple[int, int]] = set()
    counts: Counter[str] = Counter()
    for root in roots:
        _tidy(root, decoration)
        for element, ancestors in _iter_elements(root, ()):
            _complete_element(pdf, element, ancestors, other_language)
            counts["figures without an alternative text"] += element.kind == "Figure" and not element.entries.get("Alt")
            counts["tables within a table"] += element.kind == "Table" and "Table" in ancestors
    if problems := [f"{count} {problem}" for problem, count in counts.items() if count]:
        raise ReportError(f"the PDF is not accessible: {'; '.join(problems)}")
    _write_tree(pdf, tags, roots)
    pdf.catalog["Lang"] = write_text(language)
    numbers = {id(value): number for number, value in pdf.objects.items()}
    for page in pdf.list_pages():
        _mark_decoration(pdf, page, numbers[id(page)], decoration)


def _list(pdf: PdfObjects, value: Any) -> list[Any]:
    """Return an array as a list, nothing as an empty one and anything else as a list of it."""
    resolved = pdf.resolve(value) if isinstance(value, Reference) else value
    return resolved if isinstance(resolved, list) else [] if resolved is None else [value]


def _read_element(pdf: PdfObjects, reference: Any, entries: dict[str, Any], page: Reference | None) -> _Element:
    page = entries.get("Pg", page)
    element = _Element(
        kind=entries["S"], entries=entries, reference=reference if isinstance(reference, Reference) else None
    )
    for kid in _list(pdf, entries.get("K")):
        value = pdf.resolve(kid)
        if isinstance(value, int):
            element.kids.append(_read_content(page, value))
        elif value.get("Type") == "MCR":
            if "Stm" in value:
                raise ReportError("the PDF has marked content in a form, which is not provided for")
            element.kids.append(_read_content(value.get("Pg", page), value["MCID"]))
        elif value.get("Type") == "OBJR":
            element.kids.append(value if "Pg" in value else {**value, "Pg": page})
        else:
            element.kids.append(_read_element(pdf, kid, value, page))
    return element


def _read_content(page: Reference | None, number: int) -> _Content:
    if page is None:
        raise ReportError("the PDF has marked content of no page")
    return _Content(page=page, number=number)


def _tidy(element: _Element, decoration: set[tuple[int, int]], holds_text: bool = False) -> None:
    """Resolve what is of no kind, join tables, and note the content that is decoration, below ``element`` and in it.

    ``holds_text`` is for an element of no kind: whether the next one around it that has a kind may hold text.
    """
    holds_text = holds_text if element.kind == _UNKNOWN else element.kind not in _GROUPS
    kids: list[_Element | _Content | dict[str, Any]] = []
    for kid in element.kids:
        if not isinstance(kid, _Element):
            kids.append(kid)
            continue
        _tidy(kid, decoration, holds_text or element.kind == "LI")
        if kid.kind == _UNKNOWN:
            if element.kind == "LI":
                kid.kind = "LBody"
                kids.append(kid)
            elif holds_text or all(isinstance(below, _Content) for below in kid.kids):
                kids.extend(kid.kids)
            else:
                kids.extend(_wrap_text(kid.kids))
        elif kid.kind == "Table" and element.kind == "Table":
            kids.extend(kid.kids)
        else:
            kids.append(kid)
    if element.kind in _ROWS:
        decoration.update((kid.page.number, kid.number) for kid in kids if isinstance(kid, _Content))
        kids = [kid for kid in kids if not isinstance(kid, _Content)]
    element.kids = list(_wrap_text(kids)) if element.kind in _GROUPS else kids


def _wrap_text(
    kids: Iterable[_Element | _Content | dict[str, Any]],
) -> Iterator[_Element | _Content | dict[str, Any]]:
    """Yield the kids with each run of text among them as a paragraph."""
    run: list[_Element | _Content | dict[str, Any]] = []
    for kid in kids:
        if isinstance(kid, _Element) and kid.kind not in _INLINE:
            if run:
                yield _Element(kind="P", entries={}, kids=run)
                run = []
            yield kid
        else:
            run.append(kid)
    if run:
        yield _Element(kind="P", entries={}, kids=run)


def _iter_elements(element: _Element, ancestors: tuple[str, ...]) -> Iterator[tuple[_Element, tuple[str, ...]]]:
    """Yield an element and those below it in their order, each with the kinds of those around it."""
    yield element, ancestors
    within = (*ancestors, element.kind)
    for kid in element.kids:
        if isinstance(kid, _Element):
            yield from _iter_elements(kid, within)


def _complete_element(pdf: PdfObjects, element: _Element, ancestors: Collection[str], other_language: str) -> None:
    """Complete what an element says of itself."""
    if element.kind == _EMPHASIS:
        element.kind = "Span"
        element.entries["Lang"] = write_text(other_language)
    attributes: dict[str, dict[str, Any]] = {}
    for given in map(pdf.resolve, _list(pdf, element.entries.get("A"))):
        attributes.setdefault(given["O"], {}).update(given)
    table = attributes.get("Table", {})
    # cells that need no list of headers have scopes; the names of cells differ from one run of Chromium to the next
    table.pop("Headers", None)
    element.entries.pop("ID", None)
    for span in ("RowSpan", "ColSpan"):
        if table.get(span) == 1:
            del table[span]
    if element.kind == "TH" and "Scope" not in table:
        attributes["Table"] = {"O": Name("Table"), **table, "Scope": Name("Column" if "THead" in ancestors else "Row")}
    complete = [given for given in attributes.values() if given.keys() - {"O"}]
    element.entries.pop("A", None)
    if complete:
        element.entries["A"] = complete[0] if len(complete) == 1 else complete


def _write_tree(pdf: PdfObjects, tags: dict[str, Any], roots: list[_Element]) -> None:
    """Write the elements back, and for each page and annotation to which element it belongs."""
    holders: dict[int, dict[int, Reference]] = {}
    """For each page by its object number: the element of each marked content."""
    annotations: dict[int, Reference] = {}
    root_reference = pdf.catalog["StructTreeRoot"]
    if not isinstance(root_reference, Reference):
        root_reference = pdf.catalog["StructTreeRoot"] = pdf.add(tags)

    def write(element: _Element, parent: Reference) -> Reference:
        reference = element.reference or pdf.add(element.entries)
        entries = element.entries
        entries.update(Type=Name("StructElem"), S=Name(element.kind), P=parent)
        entries.pop("Pg", None)
        page = next((kid.page for kid in element.kids if isinstance(kid, _Content)), None)
        if page is not None:
            entries["Pg"] = page
        kids: list[Any] = []
        for kid in element.kids:
            if isinstance(kid, _Element):
                kids.append(write(kid, reference))
            elif isinstance(kid, _Content):
                holders.setdefault(kid.page.number, {})[kid.number] = reference
                kids.append(
                    kid.number if kid.page == page else {"Type": Name("MCR"), "Pg": kid.page, "MCID": kid.number}
                )
            else:
                annotations[kid["Obj"].number] = reference
                kids.append(kid)
        entries["K"] = kids[0] if len(kids) == 1 else kids
        return reference

    references = [write(root, root_reference) for root in roots]
    tags["K"] = references[0] if len(references) == 1 else references
    tags["RoleMap"] = {**(pdf.resolve(tags.get("RoleMap")) or {}), **_ROLES}
    tags.pop("IDTree", None)
    numbered: dict[int, Any] = {}
    for number, page_holders in holders.items():
        key = pdf.objects[number].get("StructParents")
        if key is None:
            raise ReportError("a page of the PDF does not say which tags are its own")
        numbered[key] = pdf.add([page_holders.get(content) for content in range(max(page_holders) + 1)])
    for number, reference in annotations.items():
        key = pdf.objects[number].get("StructParent")
        if key is None:
            raise ReportError("a link of the PDF does not say which tag is its own")
        numbered[key] = reference
    tags["ParentTree"] = pdf.add({"Nums": [value for item in sorted(numbered.items()) for value in item]})
    tags["ParentTreeNextKey"] = max(numbered, default=-1) + 1


def _mark_decoration(
    pdf: PdfObjects, page: dict[str, Any], number: int, decoration: Collection[tuple[int, int]]
) -> None:
    """Mark what a page with this number draws beside its tagged content, and content that is decoration, as such.

    WeasyPrint does so itself. Chromium leaves what it draws for itself without a mark, page numbers among it.
    """
    references = _list(pdf, page.get("Contents"))
    if len(references) != 1:
        return
    stream: Stream = pdf.resolve(references[0])
    content = stream.decompress()
    if b"/Artifact" in content:
        return
    parts: list[bytes] = []
    at, is_decoration = 0, False
    for mark in _MARKED.finditer(content):
        gap = content[at : mark.start()]
        at = mark.end()
        if mark[1] is None:  # the end of marked content
            parts += [gap, b"EMC\n"]
            continue
        is_decoration = (number, int(mark[1])) in decoration
        parts += _wrap_decoration(gap)
        parts.append(b"/Artifact BMC\n" if is_decoration else mark[0].replace(b"/NonStruct", b"/Span"))
    parts += _wrap_decoration(content[at:])
    compressed = Stream.compress(b"".join(parts))
    stream.entries, stream.data = compressed.entries, compressed.data


def _wrap_decoration(content: bytes) -> list[bytes]:
    return [b"/Artifact BMC\n", content, b"EMC\n"] if content.strip() else [content]


def describe_links(pdf: PdfObjects, titles: Mapping[str, str]) -> None:
    """Give each link a description where it has none: where it leads, or the title of the heading on its own page."""
    for page in pdf.list_pages():
        for annotation in map(pdf.resolve, _list(pdf, page.get("Annots"))):
            if annotation.get("Subtype") == "Link" and "Contents" not in annotation:
                action = pdf.resolve(annotation.get("A")) or {}
                target = action.get("URI") or action.get("D") or annotation.get("Dest")
                if isinstance(target, Name):
                    annotation["Contents"] = write_text(titles.get(target, f"#{target}"))
                elif isinstance(target, bytes):
                    annotation["Contents"] = target
