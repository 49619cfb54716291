"""Parameters of notebooks: an unknown one is refused, with the nearest known one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smartcert import paths
from smartcert.batch import request
from smartcert.batch.parameters import (
    UnknownParameterError,
    calls_only_ours,
    check_notebook,
    check_parameters,
    list_imports,
    list_parameters,
)
from smartcert.cli import main, notebooks
from smartcert.errors import UsageError
from smartcert.paths import PROJECT_ROOT
from tests.support.small_example import package_notebook, toy


def test_declared_parameters_are_the_names_that_the_tagged_cell_assigns() -> None:
    notebook = toy("later = 1", parameters="a = 1\nb: str = 'x'\n# c = 2\nd = e = 3\nf: int")
    assert list_parameters(notebook) == ("a", "b", "d", "e", "f")


def test_a_notebook_without_a_parameters_cell_declares_none() -> None:
    assert list_parameters(toy("a = 1")) == ()


def test_a_magic_in_the_parameters_cell_hides_none_of_them() -> None:
    notebook = toy(parameters="%matplotlib inline\na = 1\n!ls\nb: str = '%x'  # !")
    assert list_parameters(notebook) == ("a", "b")


def test_a_parameters_cell_that_is_no_python_declares_none() -> None:
    assert list_parameters(toy(parameters="%%bash\necho")) == ()


def test_known_parameters_pass() -> None:
    check_parameters(package_notebook(), ["applicant_id", "language", "record", "round"])
    check_parameters(package_notebook("round_summary"), ["language", "record", "round"])


def test_an_unknown_parameter_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownParameterError, match=r"'langage' \(did you mean 'language'\?\)"):
        check_parameters(package_notebook(), ["langage"])


def test_every_unknown_parameter_is_told_at_once() -> None:
    with pytest.raises(UnknownParameterError, match=r"'x1'.*'zzz'.*there are: a1") as caught:
        check_parameters(toy(parameters="a1 = 0"), ["x1", "a1", "zzz"])
    assert caught.value.exit_code == 2


def test_imports_are_found_in_code_cells_and_magics_do_not_disturb() -> None:
    notebook = toy(
        "import json, os.path\nfrom html import escape\nfrom . import x", "%matplotlib inline", "import json"
    )
    assert list_imports(notebook) == ("html", "json", "os.path")


NOTEBOOK: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3"}}}
CELL: dict[str, Any] = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is cut off or no JSON: Expecting value"),
        ([], "it is no notebook"),
        ({"cells": []}, "it is no notebook"),
        ({**NOTEBOOK, "nbformat": 3, "worksheets": []}, "it is of nbformat 3"),
        ({**NOTEBOOK, "nbformat": 5, "cells": []}, "it is of nbformat 5"),
        ({**NOTEBOOK, "nbformat_minor": "5", "cells": []}, "does not say its nbformat"),
        ({**NOTEBOOK, "metadata": {}, "cells": []}, "it names no kernel"),
        ({**NOTEBOOK, "metadata": {"kernelspec": None}, "cells": []}, "it names no kernel"),
        (json.dumps({**NOTEBOOK, "cells": [CELL]})[:-20], "it is cut off or no JSON: "),
        ("[" * 100_000, "recursion"),
        *(
            ({**NOTEBOOK, "cells": [CELL, {**CELL, **change}]}, f"cell 2 of all: {problem}")
            for change, problem in (
                ({"cell_type": "sql"}, "it is no cell"),
                ({"source": 5}, "its source or its id is no text"),
                ({"source": [5]}, "its source or its id is no text"),
                ({"id": []}, "its source or its id is no text"),
                ({"attachments": {"a": 5}}, "its attachments are no mapping"),
                ({"metadata": None}, "its metadata are no mapping"),
                ({"metadata": {"tags": "remove-cell"}}, "its metadata are no mapping, or its tags no list"),
                *(
                    ({"metadata": {"tags": ["parameters", tag]}}, f"its tag '{tag}' hides nothing on a page: there are")
                    for tag in ("remove_cell", "Remove-Cell", "hide-cell", "remove_all_outputs", "remove-stderr")
                ),
                ({"outputs": None}, "it has no list of outputs"),
                ({"outputs": [5]}, "it has no list of outputs"),
                ({"outputs": [{"output_type": "stream"}]}, "it has no list of outputs"),
            )
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_by_its_name_and_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any, message: str
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(request, "find_notebook", lambda _name: path)
    with pytest.raises(UsageError, match=f"a.ipynb: .*{message}"):
        request.Notebooks.from_package()


@pytest.mark.parametrize("source", ["\0", "\ud800", "(" * 100_000, "-" * 100_000 + "1", "%magic"])
def test_a_cell_that_is_no_python_imports_nothing_and_is_not_ours(source: str) -> None:
    assert list_imports(toy(source)) == ()
    assert not calls_only_ours(json.dumps(toy(source)))


BROKEN = ({**NOTEBOOK, "nbformat": 3}, {**NOTEBOOK, "cells": [5]})


@pytest.mark.parametrize(
    "command",
    [
        ("page", "weight_explorer", "example"),
        ("committee", "review", "example"),
        ("register", "page"),
        ("run", "example"),
        ("plan", "example"),
        ("lab", "example", "--no-browser"),
    ],
)
@pytest.mark.parametrize("content", BROKEN)
def test_no_command_runs_what_is_no_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], content: Any
) -> None:
    root = tmp_path / "root"
    for path in (PROJECT_ROOT / "notebooks").glob("*.ipynb"):
        (root / "notebooks" / path.name).parent.mkdir(parents=True, exist_ok=True)
        (root / "notebooks" / path.name).write_text(json.dumps(content))
    (root / "parameters").symlink_to(PROJECT_ROOT / "parameters")
    for module in (paths, notebooks):
        monkeypatch.setattr(module, "PROJECT_ROOT", root)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, done.exception.__class__) == (2, SystemExit), done.exception
    assert re.search(r"\.ipynb: (it is of nbformat 3|cell 1 of all: it is no cell)", done.stderr)


@pytest.mark.parametrize("minor", range(6))
def test_notebooks_of_each_minor_format_with_windows_line_ends_and_a_mark_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minor: int
) -> None:
    path = tmp_path / "a.ipynb"
    content = json.dumps({**NOTEBOOK, "nbformat_minor": minor, "cells": [CELL]}, indent=1)
    path.write_bytes(content.replace("\n", "\r\n").encode("utf-8-sig"))
    monkeypatch.setattr(request, "find_notebook", lambda _name: path)
    assert json.loads(request.Notebooks.from_package().applicant)["cells"] == [CELL]


@pytest.mark.parametrize(
    "tag", ["remove-cell", "remove-output", "remove-input", "hide-input", "raises-exception", "안내"]
)
def test_a_tag_that_hides_what_it_says_or_nothing_passes(tag: str) -> None:
    check_notebook(json.dumps({**NOTEBOOK, "cells": [{**CELL, "metadata": {"tags": [tag]}}]}))
