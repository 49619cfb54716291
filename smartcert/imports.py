"""What a process of the package leaves out when it imports libraries."""

from __future__ import annotations

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
