"""What the table beside COINr says that there is, there is: each name, argument and choice of its second column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from inspect import signature

import pytest

import smartcert
from smartcert.analysis.indices.structure import STRUCTURE_COLUMNS
from smartcert.paths import PROJECT_ROOT

CHOICES = {
    str(member)
    for name in smartcert.__all__
    if isinstance(kind := getattr(smartcert, name), type) and issubclass(kind, StrEnum)
    for member in kind
}


def list_claims() -> Iterator[tuple[str, str]]:
    """Yield the functions of COINr with what is there for them, without those that are not there."""
    text = (PROJECT_ROOT / ".github" / "COINR.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and cells[1] != "no":
            yield cells[0], cells[1]


def find(name: str, context: object) -> object | None:
    """Return what a dotted name means, in the package or in the class that was named before it; None: nothing."""
    found: object | None = context if name.startswith(".") else smartcert
    for part in name.strip(".").split("."):
        if isinstance(fields := getattr(found, "__dataclass_fields__", {}), dict) and part in fields:
            return fields[part]
        found = getattr(found, part, None)
    return found


@pytest.mark.parametrize(("theirs", "ours"), list(list_claims()), ids=lambda text: text[:40])
def test_what_is_said_to_be_there_is_there(theirs: str, ours: str) -> None:
    context: object = None
    spans = re.findall(r"`([^`]+)`", ours)
    assert spans or "tutorial" in ours, theirs
    for span in spans:
        name, _, arguments = span.partition("(")
        if name in STRUCTURE_COLUMNS or name in CHOICES or name == ".plot":
            continue
        if (stated := re.fullmatch(r'(\w+)="(\w+)"', span)) is not None:
            assert stated[1] in STRUCTURE_COLUMNS
            assert stated[2] in CHOICES
            continue
        found = find(name, context)
        assert found is not None, span
        if not name.startswith("."):
            context = getattr(smartcert, name.partition(".")[0])
        for argument in re.findall(r"(\w+)=", arguments):
            assert callable(found)
            assert argument in signature(found).parameters, span
