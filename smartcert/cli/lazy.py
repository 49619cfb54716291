"""A group of commands that imports a command's module only when that command is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from smartcert.errors import find_nearest


class LazyGroup(click.Group):
    """A group given by a table: the name of each command, where it is defined, and its short help.

    ``table`` maps a name to ``("package.module:attribute", short help)``. The list of commands is printed from the
    table and imports none of the modules. The short help repeats the first sentence of the command's docstring;
    ``tests/cli/test_help.py`` holds the two equal.
    """

    def __init__(self, *arguments: Any, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands in alphabetical order."""
        return sorted(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Return a command, importing its module, or None where the table does not have it."""
        if cmd_name not in self.table:
            return None
        module, attribute = self.table[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return what click does, the command with its arguments.

        Raises:
            click.UsageError: there is no such command; or an option that has one value is given twice, of which click
                would leave out the first in silence.
        """
        if args[0] not in self.table and not ctx.resilient_parsing:
            near = "" if args[0].startswith("-") else find_nearest(args[0], self.table)
            if near:  # as newer versions of click say it
                raise click.UsageError(f"No such command '{args[0]}'. Did you mean '{near}'?", ctx)
        name, command, arguments = super().resolve_command(ctx, args)
        if command is not None:
            below = command.context_class(command, info_name=name, parent=ctx, **command.context_settings)
            _refuse_repeated(command, arguments, below)
        return name, command, arguments

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.table[name][1]) for name in self.list_commands(ctx)])


def _refuse_repeated(command: click.Command, arguments: list[str], ctx: click.Context) -> None:
    try:
        _, _, given = command.make_parser(ctx).parse_args(list(arguments))
    except click.UsageError:
        return  # click tells it when it parses them in turn
    seen = set[str]()
    for option in given:
        if isinstance(option, click.Option) and not (option.multiple or option.is_flag or option.count):
            if option.opts[0] in seen:
                raise click.UsageError(f"Option '{option.opts[0]}' is given more than once: give it once.", ctx)
            seen.add(option.opts[0])
