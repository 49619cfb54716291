"""XML as calls of a handler for its elements and texts: no document type, so no entities; bounded depth and size."""

from __future__ import annotations

from functools import lru_cache
from xml.parsers import expat

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats import limits


class XmlHandler:
    """Takes the elements of one part, as far as a reader of it wants them; names come without their namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take text inside the innermost element."""


class RefusedXmlError(Exception):
    """Ends the reading of a part; carries what was found and what was wanted."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(found)


class ElementBudget:
    """How many elements the forms of one package may still have."""

    def __init__(self) -> None:
        self.left = limits.XML_ELEMENTS

    @property
    def spent(self) -> int:
        """How many elements were read."""
        return limits.XML_ELEMENTS - self.left


def parse_xml(data: bytes, file: str, handler: XmlHandler, elements: ElementBudget) -> None:
    """Call the handler with all of ``data``; an InputError for a document type, an entity, or beyond the limits."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        elements.left -= 1
        if elements.left < 0:
            raise RefusedXmlError(f"more than {limits.XML_ELEMENTS} elements", "a smaller file")
        if depth > limits.XML_DEPTH:
            raise RefusedXmlError(f"XML nested more than {limits.XML_DEPTH} deep", "plain tables")
        if " " in "".join(attributes):  # few have a name space
            attributes = {_local_name(key): value for key, value in attributes.items()}
        handler.start(_local_name(name), attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local_name(name))

    def refuse(*_: object) -> None:
        raise RefusedXmlError("a document type or an entity", "XML without them")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, handler.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except RefusedXmlError as error:
        place = Place(file=file, line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber + 1)
        raise InputError([Problem(place=place, found=error.found, wanted=error.wanted)]) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        place = Place(file=file, line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber + 1)
        raise InputError([Problem(place=place, found=f"no XML ({error})", wanted="a part that is XML")]) from None


@lru_cache(maxsize=4096)
def _local_name(name: str) -> str:
    return name.rpartition(" ")[2]
