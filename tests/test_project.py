"""The project's own documents and settings: links lead somewhere, what is imported is declared, lists agree."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import smartcert
from tests.support.build import PARAMETERS

CHECKOUT = PARAMETERS.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENTS = sorted(
    path for folder in (".", ".github", "parameters", "tests/benchmarks") for path in (CHECKOUT / folder).glob("*.md")
)


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[><=!~ ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


@cache
def imported() -> dict[str, set[str]]:
    """Return the packages from outside that each module of the package imports, anywhere in it."""
    found: dict[str, set[str]] = {}
    for path in sorted((CHECKOUT / "smartcert").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = (
                [name.name for name in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom) and node.module
                else []
            )
            for module in modules:
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and top != "smartcert":
                    found.setdefault(top, set()).add(path.relative_to(CHECKOUT).as_posix())
    return found


@cache
def distributions() -> Mapping[str, list[str]]:
    """Return which installed packages each module is from; it reads what every one of them says."""
    return packages_distributions()


def test_every_imported_package_is_declared_with_a_lower_bound() -> None:
    optional = [
        one
        for extra in ("assignment", "certificate", "cluster", "pdf", "sign")
        for one in PROJECT["optional-dependencies"][extra]
    ]
    declared = [*PROJECT["dependencies"], *optional]
    undeclared = {
        module: sorted(files)
        for module, files in imported().items()
        if not {name.lower().replace("_", "-") for name in distributions().get(module, [module])} & names(declared)
    }
    assert undeclared == {}
    assert [one for one in declared if ">=" not in one] == []


def test_no_package_is_declared_that_nothing_needs() -> None:
    used = {name.lower().replace("_", "-") for module in imported() for name in distributions().get(module, [module])}
    others = {"jupyterlab", "tzdata", "mistune"}  # started as a program; data only; a lower bound for nbconvert
    assert names(PROJECT["dependencies"]) - used - others == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document.name}: {link}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_files_that_a_document_names_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:smartcert|tests|notebooks|parameters|\.github|\.ci)/[\w./-]+\.\w+)`", text):
        assert (CHECKOUT / name).exists(), f"{document.name}: {name}"


def test_every_public_name_has_an_example_that_runs() -> None:
    for name in smartcert.__all__:
        public = getattr(smartcert, name)
        if name == "__version__" or (isinstance(public, type) and issubclass(public, StrEnum)):
            continue  # the members of a choice are its example
        assert ">>>" in (public.__doc__ or ""), name


READS_A_CLOCK = {
    "batch/test_cluster_command.py": {"datetime.now"},  # a certificate is valid from yesterday to tomorrow
    "batch/test_resume.py": {"time.sleep"},  # a slow disk; a kill a little after a step of the work, which any may be
    "certification/test_store.py": {"time.sleep"},  # a kill at any moment of the work
    "notebook/test_research_pages.py": {"asyncio.sleep"},  # the loop has the earlier of two alarms first, however late
    "reporting/test_pdf.py": {"time.monotonic"},  # the end of what a browser is asked for, long after now
}
"""Tests that pass whatever a clock says, though they read one, and why."""


def list_chances(path: Path) -> set[str]:
    """Return what in a file of tests depends on a clock or on chance, or gives up before a slow machine is ready."""
    names = {"monotonic", "perf_counter", "sleep", "today", "now", "utcnow", "uuid4", "urandom", "cpu_count"}
    modules, found = {"time", "asyncio", "date", "datetime", "uuid", "os"}, set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        module, _, name = called.rpartition(".")
        if module in modules and name in names:
            found.add(called)
        if name in {"Random", "default_rng"} and not node.args:
            found.add(f"{called} without a seed")
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if keyword.arg == "timeout" and isinstance(value, int | float):
                found.add(f"timeout={value}")
    return found


def test_no_test_passes_by_chance_or_by_a_clock() -> None:
    """A short time-out is one that a test must see end: `tests.support.patience.lengthen` gives it."""
    tests = CHECKOUT / "tests"
    chances = {
        path.relative_to(tests).as_posix(): found
        for path in tests.rglob("test_*.py")
        if "benchmarks" not in path.parts and (found := list_chances(path))
    }
    assert chances == READS_A_CLOCK
