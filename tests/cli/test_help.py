"""The help of every command: its line in a list is the command's own first sentence, and no list imports a command."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.cli.lazy import LazyGroup
from tests.support.small_example import small_example


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


WITHOUT_LANGUAGE = {
    **dict.fromkeys(
        ["verify", "seal", "recompute"],
        "compares bytes, and prints names of files and what stands in them, not findings",
    ),
    **dict.fromkeys(
        [
            *("simulate", "rules export", "rules import", "rules new"),
            *("register key", "register certificate", "register credentials", "register export", "register backup"),
            "register import",
        ],
        "prints the file that it wrote",
    ),
}
"""Commands that print neither findings nor sentences of a catalogue, and what they print instead."""


def test_every_command_that_prints_findings_or_problems_has_a_language() -> None:
    without = set()
    for parameter in COMMANDS:
        group, name = parameter.values
        command = group.get_command(click.Context(group), name)  # type: ignore[union-attr]
        if not isinstance(command, click.Group) and "--language" not in {
            flag for option in command.params for flag in option.opts
        }:
            without.add(str(parameter.id).removeprefix("smartcert "))
    assert without == set(WITHOUT_LANGUAGE)


@pytest.mark.parametrize(
    "command",
    ["check {round}", "intake {round}", "new-round 2031 --from {round} --output 2031"],
)
@pytest.mark.parametrize(("language", "locale"), [("ko", "C.UTF-8"), ("en", "ko_KR.UTF-8")])
def test_what_is_wrong_is_printed_in_the_language_asked_for(
    command: str, language: str, locale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = small_example(tmp_path / "example", ["ara"])
    (folder / "round.yaml").write_text("id: 1\n", encoding="utf-8")
    arguments = [*command.format(round=folder).split(), "--language", language]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False, env={"LC_ALL": locale})
    assert done.exit_code == 2, done.output
    assert bool(re.search("[가-힣]", done.output)) == (language == "ko"), done.output


@pytest.mark.parametrize(("language", "locale"), [("ko", "C.UTF-8"), ("en", "ko_KR.UTF-8")])
def test_what_is_well_is_printed_in_the_language_asked_for(language: str, locale: str) -> None:
    for command in ("check example", "registry check"):
        arguments = [*command.split(), "--language", language]
        done = CliRunner().invoke(main, arguments, catch_exceptions=False, env={"LC_ALL": locale})
        assert done.exit_code == 0, done.output
        assert bool(re.search("[가-힣]", done.output)) == (language == "ko"), done.output
