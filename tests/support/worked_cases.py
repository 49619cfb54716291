"""Reads the worked cases of ``tests/cases``: every scalar is text, as in the rules themselves."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartcert.rules.rulebook import Rules
from tests.support.build import rulebook

CASES = Path(__file__).parents[1] / "cases"
EDITION = "illustrative-2023"
# libyaml reads ten times faster where it is installed; both give texts, lists and mappings only
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_texts(file: Path) -> Any:
    """Return the mappings, lists and texts of a YAML file; every scalar stays a text."""
    return yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506  # no objects


@cache
def case_file(name: str) -> dict[str, Any]:
    """Return the whole file of cases called ``name``."""
    read: dict[str, Any] = read_texts(CASES / f"{name}.yaml")
    return read


def worked(name: str) -> list[Any]:
    """Return the cases of a file as parameters, each named by its sentence."""
    return [pytest.param(case, id=case["name"]) for case in case_file(name)["cases"]]


def rules_of(name: str) -> Rules:
    """Return the rules that hold on the day of a file of cases."""
    return rulebook().on(date.fromisoformat(case_file(name)["day"]), EDITION)


def number(text: str) -> Fraction:
    """Return a decimal or a fraction exactly."""
    return Fraction(text)


def yes(text: str) -> bool:
    """Return whether a case says yes; anything but yes and no is an error of the case."""
    return {"yes": True, "no": False}[text]
