"""Seeds and numbers of random cases: a few for every run, and many for ``pytest -m full``.

The many are there only where they are asked for: to collect tens of thousands of tests takes longer than the few.
"""

from __future__ import annotations

from typing import Any

import pytest

ASKED_FOR: set[str] = set()
"""``full`` where the run is one of long counts; `tests/conftest.py` says so before tests are collected."""


def list_seeds(few: int, many: int) -> list[Any]:
    """Return the seeds from 0 to below ``few``, and with the marker ``full`` those to below ``many``."""
    longer = range(few, many) if "full" in ASKED_FOR else ()
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.full) for seed in longer)]
