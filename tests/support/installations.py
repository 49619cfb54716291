"""Packages that seem to be installed, for the tests of versions."""

from __future__ import annotations

from pathlib import Path


def pretend_installed(folder: Path, name: str, version: str) -> None:
    """Write what says that a package is installed in ``folder``, without the package."""
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: 0\n")
    (metadata / "RECORD").write_text(f"{name}/__init__.py,,\n")
