"""How far a run is: a bar on a terminal, a line for each report anywhere else, nothing if it should be quiet."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from smartcert.batch.task import Made
from smartcert.reporting.record import Failure


class Progress:
    """A context that is told of each result."""

    def __init__(self, total: int, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._total = total
        self._done = 0
        self._failed = 0
        self._bar: Any = None
        if not quiet and self._stream.isatty():
            self._bar = tqdm(total=total, unit="report", desc="reports", file=self._stream, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, result: Made | Failure) -> None:
        """Count one result."""
        self._done += 1
        self._failed += isinstance(result, Failure)
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
            self._bar.update()
        elif not self._quiet:
            print(f"[{self._done}/{self._total}] {named(result)}", file=self._stream, flush=True)  # a log


def named(result: Made | Failure) -> str:
    """Return the report in one line, and what became of it if it was not made."""
    applicant = result.id if isinstance(result, Failure) else result.applicant_id
    name = f"{applicant or 'round summary'} ({result.language})"
    return f"{name}: not made: {result.reason}" if isinstance(result, Failure) else name
