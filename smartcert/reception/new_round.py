"""How a new round starts from an earlier one: its call with the days to fill in, and its registry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.io.formats.csv import format_moment
from smartcert.io.formats.text import read_file
from smartcert.io.formats.yaml import BareScalar, format_yaml, parse_yaml
from smartcert.io.parameters.edition import build_node, format_citation
from smartcert.io.parameters.populations import MONTH, list_months
from smartcert.io.rounds.round import RoundCall, describe_call, is_call_of_other_year
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Source

_ROUND_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HEADER_COMMENT = """\
# Scaffolded from round {last}. Fill in what is empty; `smartcert check {name}` tells what is still missing.
# The source of the new call stands in rules/sources.yaml under the key that window.cite names.

"""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPlan:
    """What is already known of the new round; None or empty where it is to be filled in."""

    name: str
    governing_day: date | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    edition: str = ""
    cite: tuple[str, ...] = ()


def check_round_id(name: str) -> None:
    """Check that a name can be the id of a round: small letters, digits and hyphens; a UsageError where it cannot."""
    if not _ROUND_ID.fullmatch(name):
        raise UsageError(f"'{name}' is no id of a round: small letters, digits and hyphens (at most 40)")


def scaffold_round(plan: RoundPlan, last: RoundCall, folder: Path) -> list[str]:
    """Write the folder of a new round; return the keys that are still to be filled in.

    Nothing of the last round's applications, figures or committee is carried over.

    Raises:
        UsageError: the name cannot be an id, the folder exists, or the call that is cited is of another round.
    """
    check_round_id(plan.name)
    _check_cited_calls(plan, last.rulebook.sources)
    if folder.exists():
        raise UsageError(f"{folder} is there already")
    round_, basis = last.round, last.round.window.basis
    cites = plan.cite or (tuple(map(format_citation, basis.cite)) if round_.invented else (f"call-{plan.name}",))
    day = BareScalar(plan.governing_day.isoformat() if plan.governing_day else "")
    registry = _choose_registry(plan, last)
    tree: dict[str, Any] = {
        "id": plan.name,
        "title": {key: _rename_in_title(text, round_.id, plan.name) for key, text in build_node(round_.title).items()},
        "invented": BareScalar("yes" if round_.invented else "no"),
        "governing_day": day,
        "window": {
            "opens_at": BareScalar(format_moment(plan.opens_at) if plan.opens_at else ""),
            "closes_at": BareScalar(format_moment(plan.closes_at) if plan.closes_at else ""),
            "since": day,
            "status": BareScalar("published"),
            "cite": list(cites),
        },
        "edition": plan.edition or round_.edition,
        "registry": BareScalar(registry) if MONTH.fullmatch(registry) else registry,
    }
    text = _HEADER_COMMENT.format(last=round_.id, name=plan.name) + format_yaml(tree)
    write_atomic(folder / "round.yaml", text.encode())
    if (last.folder / registry).is_file():
        write_atomic(folder / registry, (last.folder / registry).read_bytes())
    missing = {
        "governing_day": plan.governing_day,
        "window.opens_at": plan.opens_at,
        "window.closes_at": plan.closes_at,
    }
    unknown = [cite for cite in cites if cite.split(" ")[0] not in last.rulebook.sources]
    return [key for key, value in missing.items() if value is None] + [f"the source '{cite}'" for cite in unknown]


def _choose_registry(plan: RoundPlan, last: RoundCall) -> str:
    """Return the registry of the new round: the newest month that is known and not after its governing day.

    An invented round keeps the registry of the one that it starts from.
    """
    registry: str = parse_yaml(read_file(last.folder / "round.yaml")).at(("registry",))
    if last.round.invented or (last.folder / registry).is_file():
        return registry
    months = [month for month in list_months() if not plan.governing_day or month <= f"{plan.governing_day:%Y-%m}"]
    return months[-1] if months else registry


def list_inherited(plan: RoundPlan, last: RoundCall) -> dict[str, str]:
    """Return what a new round has from the earlier one as it was, by the key of the sentence that says so.

    The edition and the source of the window are those of the earlier round where the plan names no other. The registry
    is, or it is the month that was taken instead.
    """
    earlier = str(parse_yaml(read_file(last.folder / "round.yaml")).at(("registry",)))
    registry = _choose_registry(plan, last)
    unchanged = {"registry" if registry == earlier else "month": registry}
    if not plan.edition or plan.edition == last.round.edition:
        unchanged["edition"] = last.round.edition
    if last.round.invented and not plan.cite:
        unchanged["source"] = ", ".join(map(format_citation, last.round.window.basis.cite))
    unchanged["rules"] = plan.governing_day.isoformat() if plan.governing_day else plan.name
    return unchanged


def _check_cited_calls(plan: RoundPlan, sources: Mapping[str, Source]) -> None:
    """Check that the calls cited for the window are of the year of the new round.

    A call is of the year of its day; the round of that of its governing day, or its id where that is a year.

    Raises:
        UsageError: a call of another year is cited; says which, and where the new call is to be entered.
    """
    year = plan.governing_day.year if plan.governing_day else int(plan.name) if plan.name.isdigit() else None
    cited = (sources.get(cite.split(" ")[0]) for cite in plan.cite)
    if year is None:
        return
    others = [describe_call(source) for source in cited if source and is_call_of_other_year(source, year)]
    if others:
        raise UsageError(
            f"the window of a round of {year} cites its own call: {', '.join(others)}; "
            "enter the new call in rules/sources.yaml and cite its key"
        )


def _rename_in_title(title: str, old: str, new: str) -> str:
    return title.replace(old, new) if old.isdigit() else f"{title} {new}"
