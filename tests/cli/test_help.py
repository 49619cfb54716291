"""The help of every command: its line in a list is the command's own first sentence, and no list imports a command."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from smartcert.cli import main
from smartcert.cli.lazy import LazyGroup


def groups(name: str, group: LazyGroup) -> Iterator[tuple[str, LazyGroup]]:
    yield name, group
    for child in group.table:
        command = group.get_command(click.Context(group), child)
        if isinstance(command, LazyGroup):
            yield from groups(f"{name} {child}", command)


COMMANDS = [
    pytest.param(group, child, id=f"{name} {child}")
    for name, group in groups("smartcert", main)
    for child in group.table
]


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_the_line_in_the_list_is_the_first_sentence_of_the_command(group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    line = group.table[name][1]
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(60) == line
    assert len(line) < 60
    assert line.split()[0] in {"Write", "Check", "Show"}


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_every_option_is_explained_and_says_what_it_is_without_it(group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            plain = option.required or option.is_flag or option.default is not None or option.show_default
            assert plain or re.search(r"[Ww]ith |Needed|may be repeated|Answer|File an", option.help), option.name


@pytest.mark.parametrize("group", [(), ("register",)], ids=["smartcert", "register"])
def test_a_list_of_commands_imports_none_of_them_and_is_complete(group: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from smartcert.cli import main\n"
        "try:\n    main([*sys.argv[1:], '--help'])\n"
        "except SystemExit:\n    pass\n"
        "modules = {name for name in sys.modules if name.startswith('smartcert')}\n"
        "allowed = {'smartcert', 'smartcert.errors', 'smartcert.imports', 'smartcert.cli'}\n"
        "allowed |= {'smartcert.cli.lazy', 'smartcert.cli.register'}\n"
        "assert modules <= allowed, modules - allowed\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *group], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "..." not in done.stdout.replace("[ARGS]...", "")
