"""Which libraries a process imported is what it says itself, and the versions are those that are installed."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.figure  # noqa: F401  # so that much is imported here
import pytest

from smartcert.batch import libraries
from smartcert.batch.libraries import (
    get_library_version,
    list_changed_libraries,
    list_declared_libraries,
    list_imported_libraries,
    list_libraries,
)
from tests.support.installations import pretend_installed


@pytest.fixture
def uncached() -> Iterator[None]:
    clear_caches()
    yield
    clear_caches()


def clear_caches() -> None:
    libraries._find_owners.cache_clear()
    get_library_version.cache_clear()


def test_libraries_are_those_that_the_standard_library_finds() -> None:
    owners = importlib.metadata.packages_distributions()
    names = {module.partition(".")[0] for module in sys.modules}
    expected = {owner: importlib.metadata.version(owner) for name in names for owner in owners.get(name, ())}
    expected.pop("smartcert", None)
    assert {"matplotlib", "numpy", "pytest"} <= expected.keys()
    assert list_libraries(sys.modules) == {"Python": platform.python_version()} | expected
    assert list_imported_libraries() == list_libraries(sys.modules)


def test_the_standard_library_is_of_python_and_unknown_modules_are_of_nothing() -> None:
    assert list_libraries(["json.decoder", "smartcert.batch", "no_such_module"]) == {
        "Python": platform.python_version()
    }


@pytest.mark.usefixtures("uncached")
def test_of_two_installations_the_one_that_is_imported_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = get_library_version("numpy")
    get_library_version.cache_clear()
    pretend_installed(tmp_path, "numpy", "99.1")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list_libraries(["numpy.linalg"])["numpy"] == "99.1"
    assert list_changed_libraries({"numpy": here, "click": get_library_version("click")}) == (
        f"numpy {here}, now 99.1",
    )


def test_another_python_and_what_is_not_there_any_more_are_changes() -> None:
    assert list_changed_libraries({"Python": "3.0.1", "no-such-library": "1"}) == (
        f"Python 3.0.1, now {platform.python_version()}",
        "no-such-library 1, now not installed",
    )
    assert list_changed_libraries(list_imported_libraries()) == ()


def test_what_the_package_declares_to_need_is_installed_and_no_extra_is_among_it() -> None:
    declared = list_declared_libraries()
    assert all(declared.values())
    assert {"matplotlib", "papermill"} <= declared.keys()
    assert declared.keys().isdisjoint({"distributed", "pytest"})
