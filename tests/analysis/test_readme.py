"""What the README shows runs: its lines of Python, one after another, over the shipped round and tables."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from smartcert.paths import PROJECT_ROOT


def read_blocks() -> list[str]:
    text = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    start = text.index("## For researchers")
    return re.findall(r"```python\n(.*?)```", text[start : text.index("\n## ", start + 1)], re.DOTALL)


def test_the_readme_shows_the_library_in_twelve_lines_a_table_in_three_and_three_questions_in_eight_each() -> None:
    first, table, questions = read_blocks()
    assert len([line for line in first.splitlines() if line]) == 12
    assert len([line for line in table.splitlines() if line and not line.startswith("import ")]) == 3
    for question in questions.split("# ")[1:]:
        assert len([line for line in question.splitlines()[1:] if line]) <= 8


def test_the_table_of_the_readme_has_these_points() -> None:
    names: dict[str, Any] = {}
    *lines, last = ast.parse(read_blocks()[1]).body
    exec(ast.unparse(lines), names)  # noqa: S102 - our own README
    assert list(eval(ast.unparse(last), names)["speed"]) == [64, 40]  # noqa: S307 - as above


@pytest.mark.slow
def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    for block in read_blocks():
        names: dict[str, object] = {}
        for statement in ast.parse(block).body:
            line = ast.unparse(statement)
            if isinstance(statement, ast.Expr):
                assert eval(line, names) is not None  # noqa: S307 - our own README
            else:
                exec(line, names)  # noqa: S102 - our own README
