"""Which entries are about one holder, whatever code it had when they were entered?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smartcert.certification.events import Event

CodesOf = Callable[[str], tuple[str, ...]]
"""Returns every code that the holder with a code ever had, that code included, oldest first."""


def only_code(code: str) -> tuple[str, ...]:
    """Return the code alone: what is known of a holder without a table of local governments."""
    return (code,)


def group_by_holder(events: Iterable[Event], codes_of: CodesOf = only_code) -> dict[str, list[Event]]:
    """Return the entries of each holder in their order, by its newest code that the entries have."""
    groups: dict[tuple[str, ...], list[Event]] = {}
    for event in events:
        groups.setdefault(codes_of(event.subject), []).append(event)
    return {own[-1].subject: own for own in groups.values()}
