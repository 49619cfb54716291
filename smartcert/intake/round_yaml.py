"""``round.yaml``: the call of a round - its day, its window, its edition, its registry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from smartcert.errors import NoRuleError, UsageError
from smartcert.intake.citing import BasisShape, citations
from smartcert.intake.scalars import quoted
from smartcert.intake.typed import BROKEN, Decoder
from smartcert.intake.yaml_text import Tree
from smartcert.model.application import Window
from smartcert.model.citation import Basis, Text
from smartcert.rules.rulebook import Rulebook, Rules

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FILE = re.compile(r"[A-Za-z0-9가-힣][A-Za-z0-9가-힣 ._-]{0,99}\.csv")


@dataclass(frozen=True, kw_only=True, slots=True)
class _WindowShape(BasisShape):
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _RoundShape:
    id: str
    title: Text
    invented: bool
    governing_day: date
    window: _WindowShape
    edition: str
    registry: str
    note: Text | None = None
    seed: str | None = None
    judged_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What ``round.yaml`` says; ``registry`` is the name of a file."""

    id: str
    title: Text
    invented: bool
    governing_day: date
    window: Window
    edition: str
    registry: str
    note: Text | None
    seed: str = ""
    judged_on: date | None = None


def call(decoder: Decoder, folder: str, rulebook: Rulebook) -> Call | None:
    """Return the call of the round in ``folder``, or None; what is wrong with it is left in the decoder."""
    read = decoder.read(_RoundShape)
    if read is BROKEN:
        return None
    if read.id != folder or not _ID.fullmatch(folder):
        wanted = f"the name of the folder, '{folder}': small letters, digits and hyphens"
        decoder.refuse(("id",), quoted(read.id), wanted)
    if not _FILE.fullmatch(read.registry):
        decoder.refuse(("registry",), quoted(read.registry), "the name of a .csv file, without a folder")
    window = _window(decoder, read.window, rulebook)
    if decoder.problems or window is None:
        return None
    return Call(
        id=read.id,
        title=read.title,
        invented=read.invented,
        governing_day=read.governing_day,
        window=window,
        edition=read.edition,
        registry=read.registry,
        note=read.note,
        seed=read.seed or "",
        judged_on=read.judged_on,
    )


def registry_named(tree: Tree) -> str | None:
    """Return the registry that the file names, whatever else is wrong with the file; None if that itself is."""
    name = Decoder(tree).read(str, ("registry",)) if _has(tree, "registry") else None
    return name if isinstance(name, str) and _FILE.fullmatch(name) else None


def rules_named(decoder: Decoder, rulebook: Rulebook) -> Rules | None:
    """Return the rules of the day and edition that the file names, whatever else is wrong with the file.

    That there are none is told to the decoder; that day or edition cannot be read is left to `call`.
    """
    tree = decoder.tree
    if not _has(tree, "governing_day") or not _has(tree, "edition"):
        return None
    aside = Decoder(tree)
    day, edition = aside.read(date, ("governing_day",)), aside.read(str, ("edition",))
    if aside.problems:
        return None
    try:
        return rulebook.on(day, edition)
    except NoRuleError as error:
        decoder.refuse(("governing_day",), f"{day}: {error}", "a day for which every rule has an entry")
    except UsageError as error:
        decoder.refuse(("edition",), str(error), f"one of: {', '.join(rulebook.editions)}")
    return None


def _has(tree: Tree, name: str) -> bool:
    return isinstance(tree.plain, dict) and name in tree.plain


def _window(decoder: Decoder, read: _WindowShape, rulebook: Rulebook) -> Window | None:
    cite = citations(decoder, ("window", "cite"), read.cite, rulebook.sources)
    if read.closes_at <= read.opens_at:
        decoder.refuse(("window", "closes_at"), f"{read.closes_at:%Y-%m-%d %H:%M}", "a moment after opens_at")
    if cite is BROKEN:
        return None
    basis = Basis(name="round.window", since=read.since, status=read.status, cite=cite, note=read.note)
    return Window(opens_at=read.opens_at, closes_at=read.closes_at, basis=basis)
