"""Which entries are about one holder and one scheme, whatever code the holder had when they were entered?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from smartcert.certification.events import Event

CodesOf = Callable[[str], tuple[str, ...]]
"""Returns every code that the holder with a code ever had, that code included, oldest first."""


def only_code(code: str) -> tuple[str, ...]:
    """Return the code alone: what is known of a holder without a table of local governments."""
    return (code,)


def group_by_holder(events: Iterable[Event], codes_of: CodesOf = only_code) -> dict[tuple[str, str], list[Event]]:
    """Return the entries of each holder about each scheme in their order.

    The keys are the holder's newest code that the entries have, and the scheme as they state it (`Draft.scheme`): who
    is certified by two schemes has two certificates side by side, and neither takes the place of the other.
    """
    groups: dict[tuple[tuple[str, ...], str], list[Event]] = {}
    for event in events:
        groups.setdefault((codes_of(event.subject), event.scheme), []).append(event)
    return {(own[-1].subject, scheme): own for (_, scheme), own in groups.items()}


def select_scheme(events: Iterable[Event], scheme: str) -> tuple[Event, ...]:
    """Return the entries about one scheme, in their order."""
    return tuple(event for event in events if event.scheme == scheme)


def list_schemes(events: Sequence[Event]) -> list[str]:
    """Return the schemes that entries are about, that of cities (empty) first."""
    return sorted({event.scheme for event in events})
