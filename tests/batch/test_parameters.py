"""Parameters of notebooks: an unknown one is refused, with the nearest known one."""

from __future__ import annotations

import pytest

from smartcert.batch.parameters import UnknownParameterError, check_parameters, list_imports, list_parameters
from tests.support.small_example import package_notebook, toy


def test_declared_parameters_are_the_names_that_the_tagged_cell_assigns() -> None:
    notebook = toy("later = 1", parameters="a = 1\nb: str = 'x'\n# c = 2\nd = e = 3\nf: int")
    assert list_parameters(notebook) == ("a", "b", "d", "e", "f")


def test_a_notebook_without_a_parameters_cell_declares_none() -> None:
    assert list_parameters(toy("a = 1")) == ()


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
