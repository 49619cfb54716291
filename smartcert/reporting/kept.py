"""Keeps the garbage collector from looking again and again through what stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def all_there_kept() -> Iterator[None]:
    """Put all that is there out of the collector's sight: it stays, and each look through it would take a while."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def all_kept() -> Iterator[None]:
    """Look for nothing to collect: what is made here stays, and to look through it again and again takes half the time.

    Nothing in it refers to itself, so what is dropped on the way is freed without a collector.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
