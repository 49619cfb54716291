"""Every command and every page over rounds that hardly are rounds: a right result, or a refusal in one sentence."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import click
import nbformat
import pytest
from click.testing import CliRunner
from matplotlib import pyplot

from smartcert.cli import main
from smartcert.cli.lazy import LazyGroup
from smartcert.errors import SmartcertError
from smartcert.paths import PROJECT_ROOT
from tests.support.degenerate_rounds import ROUNDS, write_degenerate_round

PAGES = sorted(
    path.stem for path in (PROJECT_ROOT / "notebooks").glob("*.ipynb") if path.stem != "certification_history"
)
"""The notebooks of a round."""
NOT_OF_A_ROUND = {
    *("demo", "lab", "recompute", "self-check", "who", "registry import", "registry check"),
    *("rules diff", "rules explain", "rules export", "rules import", "rules new", "rules try", "rules"),
    *("register key", "register import", "register page"),
}
"""Commands whose answer does not depend on who applied to a round, and how it was judged."""
COMMANDS: dict[str, str] = {
    "check": "check {round}",
    "status": "status {round} --json",
    "committee check": "committee check {round}",
    "committee assign": "committee assign {round} --output assignments.csv",
    "committee inspections": "committee inspections {round} --protocol protocol.csv",
    "template": "template {round} --applicant {code}",
    "template --evaluator": "template {round} --evaluator E1",
    "template --inspector": "template {round} --inspector 노하람",
    "intake": "intake {round}",
    "new-round": "new-round 2031 --from {round} --output 2031",
    "simulate": "simulate --applicants 1 --seed 1 --like {round} --output simulated",
    "plan": "plan {round}",
    "why": "why {round} {applicant}",
    "run": "run {round} --language en --quiet --jobs 1",
    "verify": "verify {round} --only-files",
    "committee review": "committee review {round} --language en",
    "register issue": "register issue {round} --all --reason 결정 --at 2023-12-21",
    "register extend": "register extend {round} {applicant} --reason 결정 --at 2023-12-21",
    "register recheck": "register recheck {round}",
    "register appeal": "register appeal {round} {applicant} --output appeal",
    "register status": "register status {code} --round {round}",
    "register history": "register history {code} --round {round}",
    "register due": "register due",
    "register verify": "register verify",
    "register export": "register export",
    "register backup": "register backup copy.sqlite",
    "register certificate": "register certificate 2023-1 --key office.key",
    "register credentials": "register credentials {round} credentials --address https://office.example/",
    "register check": "register check certificate.html --public-key office.key.pub",
    "seal": "seal {round} --key office.key",
    **{
        f"register {name}": f"register {name} {{code}} --round {{round}} --actor 문다올 --reason 결정 {more}".strip()
        for name, more in {
            "notice": "--ground below_criteria --until 2024-06-30",
            "explain": "accepted",
            "revoke": "",
            "object": "--against 1",
        }.items()
    },
    "register record": "register record published {code} --round {round} --actor 문다올 --reason 결정",
    "register correct": "register correct 1 {code} --round {round} --void --actor 문다올 --reason 결정",
}
BY_APPLICANT = {"template", "why", "register extend", "register appeal"}
OUT_OF_THE_REGISTER = {
    *(
        "register extend",
        "register history",
        "register certificate",
        "register credentials",
        "register check",
        "register notice",
    ),
    *("register explain", "register revoke", "register object", "register record", "register correct", "seal"),
}
"""Commands that refuse in every one of these rounds: nothing is decided, so nobody has a certificate to speak of."""
JUDGED = {
    *("check", "committee check", "plan", "why", "run", "verify", "committee review"),
    *("register issue", "register appeal", "register recheck"),
}
"""Commands that need the marks; all refuse a round in which nobody has given any."""
REFUSED = {
    "no-application": BY_APPLICANT | {"register status", "template --evaluator", "template --inspector"},
    "nobody-scored": {"template --evaluator", "template --inspector", "intake"},
    "no-marks": JUDGED | {"intake"},
    "figures-only": {"template --evaluator", "intake"},
    "marks-only": {"template --inspector", "intake"},
}
"""Commands that end with exit code 2; the others say what there is, even where that is nothing."""


def walk_commands(name: str, group: LazyGroup) -> Iterator[str]:
    for child in group.table:
        command = group.get_command(click.Context(group), child)
        path = f"{name} {child}".strip()
        if isinstance(command, LazyGroup):
            yield from walk_commands(path, command)
        yield path


def call(command: str) -> tuple[int, str]:
    """Run a command in this process; whatever is no exit of its own breaks the test."""
    done = CliRunner().invoke(main, command.split(), catch_exceptions=False, env={"LC_ALL": "C.UTF-8"})
    assert "Traceback" not in done.output, command
    assert done.output.strip(), command
    assert all(len(line) < 1000 for line in done.output.splitlines()), command
    return done.exit_code, done.output


def find_applicant(folder: Path) -> tuple[str, str]:
    """Return id and code of the first applicant; of a round without one those of nobody."""
    with (folder / "applications.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file), {"applicant": "nobody", "code": "9999999999"})
    return row["applicant"], row["code"]


def test_every_command_is_tried_or_is_not_of_a_round() -> None:
    groups = {"committee", "register", "registry"}
    assert set(walk_commands("", main)) - groups - {"page"} <= COMMANDS.keys() | NOT_OF_A_ROUND


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ROUNDS)
def test_every_command_gives_a_result_or_refuses(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applicant, code = find_applicant(write_degenerate_round(tmp_path, name))
    monkeypatch.chdir(tmp_path)
    ended = {
        command: call(line.format(round=name, applicant=applicant, code=code))[0] for command, line in COMMANDS.items()
    }
    wanted = OUT_OF_THE_REGISTER | REFUSED.get(name, {"intake"})
    assert {command for command, exit_code in ended.items() if exit_code} == wanted
    assert set(ended.values()) == {0, 2}


REFUSED_CELLS = {
    "one-applicant": {"methodology_audit": "all totals are equal"},
    **dict.fromkeys(
        ("no-application", "nobody-scored", "too-few-evaluators"),
        dict.fromkeys(("methodology_audit", "rules_comparison", "weight_explorer"), "nobody was scored in round"),
    ),
    "no-marks": dict.fromkeys(PAGES, "no row for"),
}
"""The pages that are refused, and in which words; any other page is refused only where six applicants are too few."""
TOO_FEW = "at least ten units, there are 6|the outputs do not vary"


def run_cells(page: str, given: dict[str, object]) -> str:
    """Run the cells of a notebook in this process, as a page runs them; return in which words one refuses, if any.

    What a later cell would do with the result of one that refused is left out, as the page ends there.
    """
    values: dict[str, object] = {}
    cells = nbformat.read(PROJECT_ROOT / "notebooks" / f"{page}.ipynb", as_version=4).cells
    for number, cell in enumerate(cell for cell in cells if cell.cell_type == "code"):
        tree = ast.parse(cell.source)
        try:
            for statement in tree.body:
                if isinstance(statement, ast.Expr):
                    code = compile(ast.Expression(statement.value), page, "eval")
                    result = eval(code, values)  # noqa: S307 - our own notebook
                    getattr(result, "_repr_html_", str)()  # shows it, as the page does
                else:
                    exec(compile(ast.Module([statement], []), page, "exec"), values)  # noqa: S102 - as above
        except SmartcertError as refusal:
            return str(refusal)
        finally:
            pyplot.close("all")
        if number == 0:
            values |= {name: value for name, value in given.items() if name in values}
    return ""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ROUNDS)
def test_every_cell_of_every_page_gives_a_result_or_refuses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_degenerate_round(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    given = {"round": str(folder), "language": "en", "applicant_id": find_applicant(folder)[0], "draws": 64}
    for page in PAGES:
        refusal = run_cells(page, given)
        wanted = REFUSED_CELLS.get(name, {}).get(page, "")
        if name == "no-application" and page == "applicant_report":
            wanted = "no applicant 'nobody'"
        if wanted or page != "methodology_audit":
            assert bool(wanted) == bool(refusal), (page, refusal)
            assert wanted in refusal, page
        else:
            assert re.search(TOO_FEW, refusal), refusal
