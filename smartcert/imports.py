"""What a process of the package leaves out when it imports libraries, and when it ends."""

from __future__ import annotations

import atexit
import gc
import os
import sys


def block_rfc3987() -> None:
    """Block the import of a module that costs most of a second and that is not needed, in a process of our own.

    jupyterlab brings rfc3987_syntax, and jsonschema then compiles its grammar whenever nbformat is imported, only to
    check the format of IRIs, of which a notebook has none. Where it cannot be imported that check is left out.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how an import is refused


def disable_pydantic_plugins() -> None:
    """Let pydantic load no plugin in a process of our own, unless the environment says which.

    It looks for them in the metadata of every package that is installed, which takes a tenth of a second; and records
    are decoded by our types alone.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


NEW_OBJECTS_PER_COLLECTION = 100_000
"""New objects after which a process that ends soon collects garbage; 700 is usual."""


def collect_rarely() -> None:
    """Collect garbage rarely, and not once more when this process ends: for one that ends soon.

    It takes a tenth of the time of a page, most of it for what was imported and is no garbage.
    """
    if gc.get_threshold()[0] != NEW_OBJECTS_PER_COLLECTION:
        gc.set_threshold(NEW_OBJECTS_PER_COLLECTION)
        atexit.register(gc.freeze)
