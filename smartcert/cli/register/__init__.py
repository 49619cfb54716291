"""``smartcert register``: certificates from their issue to their end, and what held on any day."""

from __future__ import annotations

import click

from smartcert.cli.register.entries import correct, explain, extend, issue, notice, object_, record, revoke
from smartcert.cli.register.files import backup, certificate, check, export, import_, key
from smartcert.cli.register.options import page
from smartcert.cli.register.queries import appeal, due, history, recheck, status, verify


@click.group()
def register() -> None:
    """Keep the certificates: issue, extend, revoke; tell what held on any day, and prove it.

    The register is an SQLite file that is only ever added to (outputs/register.sqlite unless --register names
    another). NAME is a code of ten digits or a name as in "smartcert who".
    """


for command in (
    *(issue, extend, notice, explain, revoke, object_, record, correct),
    *(status, due, history, verify, export, import_, backup),
    *(recheck, appeal, certificate, check, key, page),
):
    register.add_command(command)
