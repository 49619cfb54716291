"""``smartcert register``: certificates from their issue to their end, and what was in force on any day."""

from __future__ import annotations

import click

from smartcert.cli.lazy import LazyGroup

COMMANDS = {
    "appeal": ("smartcert.cli.register.queries:appeal", "Write the appeal pack of an applicant."),
    "backup": ("smartcert.cli.register.queries:backup", "Write a copy of the register, also while it is in use."),
    "certificate": ("smartcert.cli.register.certificates:certificate", "Write a signed certificate as HTML and PDF."),
    "check": ("smartcert.cli.register.certificates:check", "Check a certificate's file or QR code without a network."),
    "credentials": (
        "smartcert.cli.register.credentials:credentials",
        "Write certificates as Verifiable Credentials 2.0.",
    ),
    "correct": ("smartcert.cli.register.entries:correct", "Write the correction of an entry of the register."),
    "due": ("smartcert.cli.register.queries:due", "Show what falls due within a number of days."),
    "explain": ("smartcert.cli.register.entries:explain", "Write the entry on explanatory material."),
    "export": ("smartcert.cli.register.queries:export", "Write the register as lines of canonical JSON."),
    "extend": ("smartcert.cli.register.entries:extend", "Write the entries of an application for an extension."),
    "history": ("smartcert.cli.register.queries:history", "Show every entry about a holder."),
    "import": ("smartcert.cli.register.entries:import_", "Write a register from exported lines."),
    "issue": ("smartcert.cli.register.entries:issue", "Write the entries of an application up to its certificate."),
    "key": ("smartcert.cli.register.certificates:key", "Write a key that signs certificates."),
    "notice": ("smartcert.cli.register.entries:notice", "Write the entry on a notice of revocation."),
    "object": ("smartcert.cli.register.entries:object_", "Write the entry on an objection, or on its answer."),
    "page": ("smartcert.cli.pages:history", "Write the page on the public history of certificates."),
    "recheck": ("smartcert.cli.register.queries:recheck", "Check each valid certificate against the newest data."),
    "record": ("smartcert.cli.register.entries:record", "Write the entry of any single event."),
    "revoke": ("smartcert.cli.register.entries:revoke", "Write the entry on a revocation, or on dropping it."),
    "status": ("smartcert.cli.register.queries:status", "Show what a holder holds on a day."),
    "verify": ("smartcert.cli.register.queries:verify", "Check that the register is what was entered."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def register() -> None:
    """Write and check the register of certificates.

    The register is an SQLite file that is only ever added to (outputs/register.sqlite unless --register names
    another). NAME is a code of ten digits or a name as in "smartcert who".
    """
