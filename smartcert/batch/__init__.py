"""Many reports: papermill runs the notebooks, nbconvert renders the pages, and only complete pages are written."""

import sys


def block_rfc3987() -> None:
    """Block the import of a module that costs most of a second and that is not needed, in a process of our own.

    jupyterlab brings rfc3987_syntax, and jsonschema then compiles its grammar whenever nbformat is imported, only to
    check the format of IRIs, of which a notebook has none. Where it cannot be imported that check is left out.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how an import is refused
