"""``smartcert committee``: what a committee did and may do, and the page on its marks."""

from __future__ import annotations

import click

from smartcert.cli.lazy import LazyGroup

COMMANDS = {
    "assign": ("smartcert.cli.committee.commands:assign", "Show a proposal of who evaluates which applicant."),
    "check": ("smartcert.cli.committee.commands:check", "Check members, conflicts, panels, votes and decisions."),
    "inspections": (
        "smartcert.cli.committee.commands:inspections",
        "Show the figures that are drawn for on-site inspection.",
    ),
    "review": ("smartcert.cli.pages:review", "Write the page on the committee and its marks."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def committee() -> None:
    """Check the committee of a round and plan its work."""
