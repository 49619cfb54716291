"""What does a new edition or a new scheme begin as? A commented file that is valid as it stands."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

from smartcert.errors import UsageError
from smartcert.model.scheme import CITY
from smartcert.rules.rulebook import Rulebook

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def start_edition(name: str, scheme: str, rulebook: Rulebook) -> str:
    """Return the text of a new edition called ``name`` for a scheme of the rulebook, in force since its newest rule.

    Raises:
        UsageError: a name that a file of an edition cannot have, or that one has already, or no such scheme.
    """
    _check_name(name, rulebook.editions, "edition")
    known = sorted({CITY, *rulebook.schemes})
    if scheme not in known:
        raise UsageError(f"no scheme '{scheme}'; there are: {', '.join(known)}")
    day = find_newest_day(rulebook)
    own = rulebook.schemes.get(scheme)
    declared = own.files.get("scheme", {}).get("classes", ()) if own else ()
    first = declared[-1].value.classes[0].id if declared else "large"
    return _fill("edition.yaml", name=name, scheme=scheme, day=day, first_class=first)


def start_scheme(name: str, rulebook: Rulebook) -> str:
    """Return the text of a new scheme called ``name``, in force since the newest rule of the rulebook.

    Raises:
        UsageError: a name that a file of a scheme cannot have, or that one has already.
    """
    _check_name(name, {CITY, *rulebook.schemes}, "scheme")
    return _fill("scheme.yaml", name=name, scheme=name, day=find_newest_day(rulebook), first_class="")


def find_newest_day(rulebook: Rulebook) -> date:
    """Return the day since which the newest value of the rules is in force: on it, every one of them is."""
    return max(entry.since for dated in rulebook.files.values() for entries in dated.values() for entry in entries)


def _check_name(name: str, taken: object, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{kind} '{name}': small letters, digits and hyphens are wanted, beginning with a letter")
    if isinstance(taken, (dict, set)) and name in taken:
        raise UsageError(f"there is an {kind} '{name}' already" if kind == "edition" else f"there is a scheme '{name}'")


def _fill(file: str, *, name: str, scheme: str, day: date, first_class: str) -> str:
    text = (files("smartcert.services.starters") / file).read_text("utf-8")
    fields = {"{name}": name, "{scheme}": scheme, "{day}": day.isoformat(), "{class}": first_class}
    for field, value in fields.items():
        text = text.replace(field, value)
    return text
