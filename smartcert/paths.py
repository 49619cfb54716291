"""Where do notebooks and parameters lie? In the checkout, or shipped inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from smartcert.errors import UsageError, suggest

_PACKAGE_FOLDER = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE_FOLDER / "shipped"
PROJECT_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE_FOLDER.parent
"""The folder of ``notebooks/`` and ``parameters/``."""


def find_notebook(name: str) -> Path:
    """Return the path of one of our notebooks, by its name without ending; a UsageError where there is none."""
    folder = PROJECT_ROOT / "notebooks"
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        known = sorted(notebook.stem for notebook in folder.glob("*.ipynb"))
        raise UsageError(f"no notebook '{name}'{suggest(str(name), known)}; there are: {', '.join(known)}")
    return path


def find_own_parameters(kind: str) -> Path | None:
    """Return the ``parameters/<kind>`` of the working directory or of the next folder above it; None: there is none.

    So a notebook that lies in a folder of a project finds the project's rules and rounds.
    """
    here = Path.cwd()
    return next((path for folder in (here, *here.parents) if (path := folder / "parameters" / kind).is_dir()), None)


def find_round_folder(name: str | Path | int) -> Path:
    """Return the folder of a round: an existing path, else a name under ``parameters/rounds``.

    The ``parameters/rounds`` of the working directory, or of the next folder above it, is looked at before the one that
    comes with the package.

    Raises:
        UsageError: no such folder, or there is no ``round.yaml`` in it; the message lists the known rounds.
    """
    own = find_own_parameters("rounds")
    parents = [*([own] if own else []), PROJECT_ROOT / "parameters" / "rounds"]
    for folder in [Path(str(name)), *(parent / str(name) for parent in parents)]:
        if (folder / "round.yaml").is_file():
            return folder.resolve()
    known = sorted({file.parent.name for parent in parents for file in parent.glob("*/round.yaml")})
    raise UsageError(
        f"no round '{name}': neither a folder with a round.yaml nor a name under parameters/rounds"
        f"{suggest(str(name), known)}; there are: {', '.join(known)}"
    )


def find_parameter_folder(folder: Path, kind: str) -> Path:
    """Return the parameters of a ``kind`` (``rules``, ``registry``) that go with a round's folder.

    A round in some ``rounds/<round>`` uses the ``<kind>`` beside ``rounds``; any other round the next
    ``parameters/<kind>`` above it. Where there is neither, it uses those of the package.
    """
    own = [folder.parent.parent / kind] if folder.parent.name == "rounds" else []
    above = (parent / "parameters" / kind for parent in folder.parents)
    return next((path for path in (*own, *above) if path.is_dir()), PROJECT_ROOT / "parameters" / kind)
