"""How far a run is: a bar on a terminal, a line for each report anywhere else, nothing if it should be quiet."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any, TextIO

from smartcert.batch.order import Order
from smartcert.batch.task import Made
from smartcert.reporting.record import Audience, Failure


class Progress:
    """A context that is told of each result."""

    def __init__(self, total: int, order: Order, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = order.quiet
        self._json = order.json
        self._total = total
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()
        self._bar: Any = None
        if not self._quiet and not self._json and self._stream.isatty():
            from tqdm import tqdm  # for a terminal only

            self._bar = tqdm(total=total, unit="report", desc="reports", file=self._stream, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def expect(self, more: int) -> None:
        """Count more to be made than was known before."""
        self._total += more
        if self._bar is not None:
            self._bar.total = self._total

    def tell(self, result: Made | Failure) -> None:
        """Count one result."""
        self._done += 1
        self._failed += isinstance(result, Failure)
        if self._json:
            sys.stdout.write(json.dumps(self._plain(result), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        elif self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
            self._bar.update()
        elif not self._quiet:
            print(f"[{self._done}/{self._total}] {named(result)}{self._pace()}", file=self._stream, flush=True)

    def _pace(self) -> str:
        """Return rate and time left, for a log."""
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        return f"  {rate:.1f}/s, {(self._total - self._done) / rate:.0f} s left"

    def _plain(self, result: Made | Failure) -> dict[str, object]:
        """Return the result for machines."""
        failed = isinstance(result, Failure)
        return {
            "event": "failed" if failed else "made",
            "id": result.id if isinstance(result, Failure) else result.applicant_id,
            "language": result.language,
            "audience": result.audience.value,
            "reason": result.reason if isinstance(result, Failure) else "",
            "done": self._done,
            "total": self._total,
        }


def named(result: Made | Failure) -> str:
    """Return the report in one line, and what became of it if it was not made."""
    applicant = result.id if isinstance(result, Failure) else result.applicant_id
    audience = "" if result.audience is Audience.REVIEWER else f", {result.audience}"
    name = f"{applicant or 'round summary'} ({result.language}{audience})"
    return f"{name}: not made: {result.reason}" if isinstance(result, Failure) else name
