"""Random numbers that begin from the record, in a fresh kernel as in a warm process."""

from __future__ import annotations

from typing import Any


def plant(shell: Any, seed: int) -> None:
    """Have ``random`` and ``numpy.random`` begin from ``seed`` right before the shell's next cell.

    Not sooner: a kernel draws some numbers itself while it starts.
    """

    def begin(_info: Any) -> None:
        import random

        import numpy as np

        random.seed(seed)
        np.random.seed(seed)  # a notebook may use the old interface
        shell.events.unregister("pre_run_cell", begin)

    shell.events.register("pre_run_cell", begin)
