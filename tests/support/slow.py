"""Which tests are too long for `.ci/run quick`: those that `tests/slow.txt` lists, beside what is marked in its file.

The list is measured: ``pytest --durations=0 > times; python -m tests.support.slow times`` writes it again. A name that
is gone does nothing.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SECONDS_EACH, SECONDS_TOGETHER = 0.3, 1.0
"""A function is listed if one of its tests takes so long, or all of them together."""
LIST = Path(__file__).parents[1] / "slow.txt"
_DURATION = re.compile(r"([\d.]+)s (?:call|setup|teardown) +(\S+?)(?:\[.*)?$")


@cache
def read_slow() -> frozenset[str]:
    """Return the tests that are listed, each as its file and function: what of its id comes before parameters."""
    return frozenset(LIST.read_text("utf-8").split())


def list_slow(durations: Iterable[str]) -> list[str]:
    """Return the tests that are to be listed, of the lines that pytest prints with ``--durations=0``."""
    longest: dict[str, float] = {}
    together: Counter[str] = Counter()
    for line in durations:
        if match := _DURATION.search(line.strip()):
            seconds, name = float(match[1]), match[2]
            longest[name] = max(longest.get(name, 0.0), seconds)
            together[name] += seconds  # type: ignore[assignment]  # a counter adds floats too
    return sorted(name for name in longest if longest[name] >= SECONDS_EACH or together[name] > SECONDS_TOGETHER)


if __name__ == "__main__":
    LIST.write_text("\n".join(list_slow(Path(sys.argv[1]).read_text("utf-8").splitlines())) + "\n", "utf-8")
