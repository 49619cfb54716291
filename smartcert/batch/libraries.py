"""Which installed packages did a process import, and are they still of the versions that it imported?"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distributions, requires

PYTHON = "Python"
"""The name under which the version of the interpreter stands among the libraries: its own modules change pages too."""
OWN_PACKAGE = "smartcert"
"""Not among the libraries: each of its files is hashed."""

_FIELD = re.compile(r"^(Name|Version): *(.+?) *$", re.MULTILINE)
_REQUIREMENT = re.compile(r"[\w.-]+")


def list_libraries(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of the installed packages that ``modules`` are of, by their names, and Python's.

    A module of no installed package has no version: it is Python's, or one of our own, or a notebook's.
    """
    owners = _find_owners()
    names = {module.partition(".")[0] for module in modules}
    owning = (distribution for name in names for distribution in owners.get(name, ()))
    libraries: dict[str, str] = {}
    for name, version in map(_read_name_and_version, owning):
        libraries.setdefault(name, version)  # installed twice: the first one on the path is imported
    libraries.pop(OWN_PACKAGE, None)
    return {PYTHON: platform.python_version()} | dict(sorted(libraries.items()))


def list_imported_libraries() -> Mapping[str, str]:
    """Return the libraries that this process has imported so far."""
    return _list_libraries_of_process(len(sys.modules))


@cache
def _list_libraries_of_process(_count: int) -> Mapping[str, str]:
    return list_libraries(tuple(sys.modules))


def list_declared_libraries() -> dict[str, str]:
    """Return the versions of the packages that this package declares to need; empty where it is not installed."""
    try:
        needed = requires(OWN_PACKAGE) or []
    except PackageNotFoundError:
        return {}
    names = (_REQUIREMENT.match(line) for line in needed if "extra ==" not in line)
    return {name[0]: get_library_version(name[0]) for name in names if name}


def list_changed_libraries(imported: Mapping[str, str]) -> tuple[str, ...]:
    """Return which of the libraries that a process imported are of another version here and now: a text each."""
    return tuple(
        f"{name} {then}, now {now or 'not installed'}"
        for name, then in imported.items()
        if (now := get_library_version(name)) != then
    )


@cache
def get_library_version(name: str) -> str:
    """Return the installed version of a library, or of Python; empty where it is not installed."""
    if name == PYTHON:
        return platform.python_version()
    try:
        return _read_name_and_version(Distribution.from_name(name))[1] if name else ""
    except PackageNotFoundError:
        return ""


@cache
def _find_owners() -> Mapping[str, tuple[Distribution, ...]]:
    """Return the installed packages of each name that can be imported.

    It is what `importlib.metadata.packages_distributions` finds, in a tenth of the time: it parses all lists of files
    and all metadata.
    """
    owners: dict[str, tuple[Distribution, ...]] = {}
    for distribution in distributions():
        for name in _list_import_names(distribution):
            owners[name] = (*owners.get(name, ()), distribution)
    return owners


def _list_import_names(distribution: Distribution) -> set[str]:
    stated = (distribution.read_text("top_level.txt") or "").split()
    if stated:
        return {*stated}
    files = (line.partition(",")[0] for line in (distribution.read_text("RECORD") or "").splitlines())
    return {file.partition("/")[0].partition(".")[0] for file in files}  # a folder, or a file with its suffixes


def _read_name_and_version(distribution: Distribution) -> tuple[str, str]:
    """Return both without parsing the rest of the metadata, which has a whole README at its end."""
    for file in ("METADATA", "PKG-INFO", ""):  # a wheel's, an egg's, an egg's that is one file
        head = (distribution.read_text(file) or "").partition("\n\n")[0]
        fields = dict(_FIELD.findall(head))
        if fields.keys() == {"Name", "Version"}:
            return fields["Name"], fields["Version"]
    return distribution.metadata["Name"] or "", distribution.version
