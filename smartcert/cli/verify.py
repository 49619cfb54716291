"""``smartcert verify`` and ``smartcert seal``: are the outputs what the inputs give, and who says so?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.run import jobs_option, output_option

if TYPE_CHECKING:
    from smartcert.batch.verify import Compared


@click.command()
@click.argument("round_name", metavar="ROUND")
@output_option
@jobs_option
@click.option("--public-key", type=click.Path(path_type=Path), help="Check the seal with this key.")
@click.option("--only-files", is_flag=True, help="Hold the files against the manifest; make nothing again.")
def verify(round_name: str, output: Path | None, jobs: int | None, public_key: Path | None, only_files: bool) -> None:
    """Make the outputs of ROUND again from its inputs in a temporary place, and compare every file.

    Tells each file that is changed (and where first), missing or extra. Exit code 0 where all are unchanged and the
    seal, if one was asked about, is good; else 1.
    """
    from smartcert.batch.order import cpus
    from smartcert.batch.planning import outputs_folder
    from smartcert.batch.verify import against_manifest
    from smartcert.batch.verify import verify as again

    folder = outputs_folder(round_name, output)
    sealed = _seal(folder, public_key)
    compared = against_manifest(folder) if only_files else again(round_name, folder, jobs or cpus())
    same = _tell(compared)
    if not (same and sealed):
        raise SystemExit(1)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The key that signs.")
@output_option
def seal(round_name: str, key: Path, output: Path | None) -> None:
    """Sign the manifest of ROUND's outputs, after holding every file against it. Keys: smartcert register key."""
    from smartcert.batch.planning import outputs_folder
    from smartcert.batch.seal import seal as sign
    from smartcert.batch.verify import against_manifest
    from smartcert.certification.keys import read_signing_key

    folder = outputs_folder(round_name, output)
    if not _tell(against_manifest(folder)):
        raise SystemExit(1)
    click.echo(sign(folder, read_signing_key(key)))


def _seal(folder: Path, public_key: Path | None) -> bool:
    from smartcert.batch.seal import SealState, seal_state
    from smartcert.certification.keys import read_public_key

    state = seal_state(folder, read_public_key(public_key) if public_key else None)
    click.echo(f"{folder}: {state}")
    return state is SealState.GOOD if public_key else state is not SealState.BROKEN


def _tell(compared: tuple[Compared, ...]) -> bool:
    """Print what is not unchanged and a count; return whether all is."""
    from smartcert.batch.verify import Verdict

    for one in compared:
        if one.verdict is not Verdict.UNCHANGED:
            click.echo(f"{one.verdict}: {one.file}{f': {one.where}' if one.where else ''}")
    counts = Counter(one.verdict.value for one in compared)
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "no file")
    return set(counts) <= {Verdict.UNCHANGED}
