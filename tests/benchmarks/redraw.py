"""What the weight explorer does when a slider is moved: time of one redraw, over the example round and a larger one.

python -m tests.benchmarks.redraw [--applicants 243] [--moves 20]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from click.testing import CliRunner

from smartcert.analysis.what_if import Change
from smartcert.cli import main as smartcert
from smartcert.notebook.explorer import WeightExplorer
from smartcert.services.rounds import OpenRound, open_round


def measure(opened: OpenRound, moves: int) -> float:
    """Return the median of the processor seconds of a redraw after a move of the first domain's weight."""
    explorer = WeightExplorer(opened, "en", "", "scenarios")
    domain = opened.rules.edition.domains[0]
    taken = []
    for move in range(1, moves + 1):
        began = time.process_time()
        explorer.change = Change(weights={domain.id: float(domain.points) + 10 * move})
        explorer._redraw()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> None:
    """Print the seconds of a redraw for both rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applicants", type=int, default=243)
    parser.add_argument("--moves", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        made = CliRunner().invoke(
            smartcert, ["simulate", "--applicants", str(asked.applicants), "--seed", "1", "--output", str(large)]
        )
        assert made.exit_code == 0, made.output  # a benchmark of what cannot be made is none
        for opened in (open_round("example"), open_round(str(large))):
            seconds = measure(opened, asked.moves)
            print(f"{len(opened.evaluations)} applicants: {1000 * seconds:.0f} ms of processor time a redraw")


if __name__ == "__main__":
    main()
