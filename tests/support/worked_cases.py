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


@cache
def case_file(name: str) -> dict[str, Any]:
    """Return the whole file of cases called ``name``."""
    text = (CASES / f"{name}.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only, no objects
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
