"""What a process of the package leaves out when it imports libraries, and when it ends."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


def block_rfc3987() -> None:
    """Block the import of a module that costs most of a second and that is not needed, in a process of our own.

    jupyterlab brings rfc3987_syntax, and jsonschema then compiles its grammar whenever nbformat is imported, only to
    check the format of IRIs, of which a notebook has none. Where it cannot be imported that check is left out.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how an import is refused


class _DeferredModule(ModuleType):
    """What a library has in place of a module that is imported when anything of it is asked for."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


_DEFERRED = ("requests", "soupsieve", "charset_normalizer")
"""With what papermill reads notebooks from the web, and Beautiful Soup, which nbconvert imports, selects by CSS and
guesses encodings."""
_SKIPPED = (
    *("fqdn", "isoduration", "rfc3339_validator", "rfc3986_validator", "uri_template", "webcolors"),
    "nbconvert.postprocessors.serve",
)
"""What jsonschema imports to check formats of texts, of which a notebook has none, and nbconvert to serve slides."""


@contextmanager
def skip_imports() -> Iterator[None]:
    """Have nbformat, papermill and nbconvert do without modules that no page needs, where they are imported in here.

    They are a fifth of all that the three import. The libraries take their absence, or get them when they are used.
    Whatever else imports these modules afterwards gets them.
    """
    stand_ins = {name: _DeferredModule(name) for name in _DEFERRED} | dict.fromkeys(_SKIPPED)
    stand_ins = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(stand_ins)  # type: ignore[arg-type]  # None is how an import is refused
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                sys.modules.pop(name, None)


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
