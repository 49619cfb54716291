"""The commands. Each module here holds one; the rooms that a command needs are opened when it is called."""

from __future__ import annotations

from typing import Any

import click

from smartcert import __version__
from smartcert.cli.committee import committee
from smartcert.cli.notebooks import lab, page
from smartcert.cli.register import register
from smartcert.cli.reports import demo, plan, recompute, run, seal, verify, why
from smartcert.cli.rounds import check, intake, new_round, self_check, simulate, template
from smartcert.cli.rules import diff, export, import_, rules, who
from smartcert.errors import SmartcertError


class Commands(click.Group):
    """A group whose commands tell the errors of the house without a traceback, with the exit code of the error."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except SmartcertError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="smartcert")
def main() -> None:
    """Evaluate applications for Korea's smart city certification, and write the reports.

    ROUND is a name under parameters/rounds or the path of a round's folder.
    """


for command in (check, plan, why, run, demo, verify, seal, recompute, who, rules, register, committee, lab, page):
    main.add_command(command)
for command in (new_round, template, self_check, intake, simulate):
    main.add_command(command)
for command in (import_, export, diff):
    rules.add_command(command)
