"""Where the house keeps its notebooks and parameters: in the checkout, or shipped inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from smartcert.errors import UsageError, suggest

_PACKAGE_FOLDER = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE_FOLDER.parent
_SHIPPED = _PACKAGE_FOLDER / "shipped"
PROJECT_ROOT = _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT
"""The folder that holds ``notebooks/`` and ``parameters/``."""


def find_notebook(name: str) -> Path:
    """Return the path of one of our notebooks, by its name without ending.

    Raises:
        UsageError: there is no such notebook.
    """
    folder = PROJECT_ROOT / "notebooks"
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        known = sorted(found.stem for found in folder.glob("*.ipynb"))
        raise UsageError(f"no notebook '{name}'{suggest(name, known)}; there are: {', '.join(known)}")
    return path


def find_round_folder(name: str) -> Path:
    """Return the folder of a round: an existing path, else a name under ``parameters/rounds`` here or at home.

    The working directory's own ``parameters/rounds`` is looked at before the one that comes with the package.

    Raises:
        UsageError: no such folder, or it holds no ``round.yaml``; names the rounds that there are.
    """
    homes = [Path.cwd() / "parameters" / "rounds", PROJECT_ROOT / "parameters" / "rounds"]
    for folder in [Path(name), *(home / name for home in homes)]:
        if (folder / "round.yaml").is_file():
            return folder.resolve()
    known = sorted({found.parent.name for home in homes for found in home.glob("*/round.yaml")})
    raise UsageError(
        f"no round '{name}': neither a folder with a round.yaml nor a name under parameters/rounds"
        f"{suggest(name, known)}; there are: {', '.join(known)}"
    )


def find_parameter_folder(folder: Path, room: str) -> Path:
    """Return ``rules`` or ``registry`` that go with a round's folder.

    A round in some ``parameters/rounds/<round>`` uses the ``parameters/<room>`` above it; any other round uses ours.
    """
    own = folder.parent.parent / room
    return own if folder.parent.name == "rounds" and own.is_dir() else PROJECT_ROOT / "parameters" / room
