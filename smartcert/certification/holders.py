"""Which entries are about one holder and one thing certified, whatever code the holder had when they were entered?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from smartcert.certification.events import Event, Target

CodesOf = Callable[[str], tuple[str, ...]]
"""Returns every code that the holder with a code ever had, that code included, oldest first."""


def only_code(code: str) -> tuple[str, ...]:
    """Return the code alone: what is known of a holder without a table of local governments."""
    return (code,)


def group_by_holder(events: Iterable[Event], codes_of: CodesOf = only_code) -> dict[tuple[str, Target], list[Event]]:
    """Return the entries of each holder about each thing that is certified, in their order.

    The keys are the holder's newest code that the entries have, and the target as they state it (`Draft.target`): who
    is certified by two schemes, or for two services, has certificates side by side, and none takes another's place.
    """
    groups: dict[tuple[tuple[str, ...], Target], list[Event]] = {}
    for event in events:
        groups.setdefault((codes_of(event.subject), event.target), []).append(event)
    return {(own[-1].subject, target): own for (_, target), own in groups.items()}


def select_target(events: Iterable[Event], target: Target) -> tuple[Event, ...]:
    """Return the entries about one thing that is certified, in their order."""
    return tuple(event for event in events if event.target == target)


def list_targets(events: Iterable[Event]) -> list[Target]:
    """Return what entries are about, the certification of cities first."""
    return sorted({event.target for event in events})


def list_schemes(events: Sequence[Event]) -> list[str]:
    """Return the schemes that entries are about, that of cities (empty) first."""
    return sorted({event.scheme for event in events})
