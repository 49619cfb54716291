"""The help of every command: its line in a list is the command's own first sentence, and no list imports a command."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import smartcert.cli
from smartcert.cli import main
from smartcert.cli.lazy import LazyGroup
from smartcert.cli.options import LocalPath
from tests.support.patience import PATIENCE
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
            plain = (
                option.required or option.is_flag or option.to_info_dict()["default"] is not None or option.show_default
            )
            assert plain or re.search(r"[Ww]ith |Needed|may be repeated|Answer|File an", option.help), option.name


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_a_path_that_need_not_exist_may_be_no_address(group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    paths = [(param.name, param.type) for param in command.params if isinstance(param.type, click.Path)]
    assert [name for name, kind in paths if not kind.exists and not isinstance(kind, LocalPath)] == []


@pytest.mark.parametrize(("language", "why"), [("en", "is an address"), ("ko", "지금은 주소 's3://bucket/round'")])
def test_an_address_is_refused_and_becomes_no_folder(
    language: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    done = CliRunner().invoke(main, ["run", "example", "--output", "s3://bucket/round"])
    assert (done.exit_code, why in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "s3:").exists()


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
    done = subprocess.run(
        [sys.executable, "-c", code, *group], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "..." not in done.stdout.replace("[ARGS]...", "")


WITHOUT_LANGUAGE = {
    **dict.fromkeys(["rules export", "rules new"], "prints the path of the file that it wrote"),
    "register export": "prints the lines of the register, which are data",
    "register backup": "prints the path of the copy and the head of the register, which commands take as it is",
}
"""Commands that print paths or data alone, and which."""


def list_commands() -> Iterator[tuple[str, click.Command]]:
    for parameter in COMMANDS:
        group, name = parameter.values
        command = group.get_command(click.Context(group), name)  # type: ignore[union-attr]
        if command is not None and not isinstance(command, click.Group):
            yield str(parameter.id).removeprefix("smartcert "), command


def list_flags(command: click.Command) -> set[str]:
    return {flag for option in command.params for flag in option.opts}


def test_every_command_that_prints_anything_but_paths_or_data_has_a_language() -> None:
    without = {name for name, command in list_commands() if "--language" not in list_flags(command)}
    assert without == set(WITHOUT_LANGUAGE)


def test_every_command_that_prints_pdfs_lets_their_engine_be_chosen() -> None:
    flags = {name: list_flags(command) for name, command in list_commands()}
    printing = {name for name, given in flags.items() if "--pdf" in given}
    assert printing == {"run", "register certificate"}
    assert all("--pdf-engine" in flags[name] for name in printing)


def list_prints(tree: ast.AST) -> Iterator[str]:
    """Yield the English that stands in what a module of commands prints: literal words, not fields."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="echo") | ast.Name(id="print_first"), args=arguments):
                for argument in arguments:
                    for part in ast.walk(argument):
                        if isinstance(part, ast.Call):  # what stands in calls are keys of catalogues and separators
                            for below in ast.walk(part):
                                if isinstance(below, ast.Constant):
                                    below.value = ""
                    yield from (
                        str(part.value) for part in ast.walk(argument) if isinstance(part, ast.Constant) and part.value
                    )


@pytest.mark.parametrize("path", sorted(Path(smartcert.cli.__file__).parent.rglob("*.py")), ids=lambda path: path.stem)
def test_no_words_of_one_language_stand_in_what_a_command_prints(path: Path) -> None:
    printed = list_prints(ast.parse(path.read_text("utf-8")))
    assert [text for text in printed if re.search("[a-z]{2}|[가-힣]", text)] == []


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
    for command in ("check example", "registry check", "plan example --output no-such-folder"):
        arguments = [*command.split(), "--language", language]
        done = CliRunner().invoke(main, arguments, catch_exceptions=False, env={"LC_ALL": locale})
        assert done.exit_code == 0, done.output
        assert bool(re.search("[가-힣]", done.output)) == (language == "ko"), done.output


def path_of(group: LazyGroup, name: str) -> list[str]:
    """Return the words after ``smartcert`` that call a command."""
    return next([*label.split()[1:], name] for label, found in groups("smartcert", main) if found is group)


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_an_option_with_one_value_is_refused_where_it_is_given_twice(group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option) and not (option.is_flag or option.count) and option.nargs == 1:
            twice = [option.opts[0], "ko", option.opts[0], "en"]
            done = CliRunner().invoke(main, [*path_of(group, name), *twice], env={"LANG": "en_US.UTF-8"})
            refused = f"Option '{option.opts[0]}' is given more than once: give it once." in done.output
            assert refused is not option.multiple, done.output
            assert not refused or done.exit_code == 2
