"""A new round scaffolded from an earlier one: its call with the days to fill in, and its registry."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from smartcert.errors import UsageError
from smartcert.io.csv import moment, write_bytes
from smartcert.io.edition import both, cited
from smartcert.io.round import Called
from smartcert.io.text import read_file
from smartcert.io.yaml import Bare, read_tree, yaml_text

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HEAD = """\
# Scaffolded from round {last}. Fill in what is empty; `smartcert check {name}` tells what is still missing.
# The source of the new call stands in rules/sources.yaml under the key that window.cite names.

"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is known of the new round already; None where it is to be filled in."""

    name: str
    governing_day: date | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    edition: str = ""
    cite: tuple[str, ...] = ()


def new_round(plan: Plan, last: Called, folder: Path) -> list[str]:
    """Write the folder of a new round; return the keys that are still to be filled in.

    Nothing of the last round's applications, figures or committee is carried over.

    Raises:
        UsageError: the name is none, or the folder is there already.
    """
    if not _ID.fullmatch(plan.name):
        raise UsageError(f"'{plan.name}' is no id of a round: small letters, digits and hyphens (at most 40)")
    if folder.exists():
        raise UsageError(f"{folder} is there already")
    round_, basis = last.round, last.round.window.basis
    cites = plan.cite or (tuple(map(cited, basis.cite)) if round_.invented else (f"call-{plan.name}",))
    day = _or_empty(plan.governing_day.isoformat() if plan.governing_day else None)
    registry = read_tree(read_file(last.folder / "round.yaml")).at(("registry",))
    tree: dict[str, Any] = {
        "id": plan.name,
        "title": {key: _renamed(text, round_.id, plan.name) for key, text in both(round_.title).items()},
        "invented": Bare("yes" if round_.invented else "no"),
        "governing_day": day,
        "window": {
            "opens_at": _or_empty(moment(plan.opens_at) if plan.opens_at else None),
            "closes_at": _or_empty(moment(plan.closes_at) if plan.closes_at else None),
            "since": day,
            "status": Bare("published"),
            "cite": list(cites),
        },
        "edition": plan.edition or round_.edition,
        "registry": registry,
    }
    text = _HEAD.format(last=round_.id, name=plan.name) + yaml_text(tree)
    write_bytes(folder / "round.yaml", text.encode())
    if (last.folder / registry).is_file():
        shutil.copyfile(last.folder / registry, folder / registry)
    missing = {
        "governing_day": plan.governing_day,
        "window.opens_at": plan.opens_at,
        "window.closes_at": plan.closes_at,
    }
    unknown = [one for one in cites if one.split(" ")[0] not in last.rulebook.sources]
    return [key for key, value in missing.items() if value is None] + [f"the source '{one}'" for one in unknown]


def _or_empty(text: str | None) -> Bare:
    return Bare(text or "")


def _renamed(title: str, old: str, new: str) -> str:
    return title.replace(old, new) if old.isdigit() else f"{title} {new}"
