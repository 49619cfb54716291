"""``smartcert verify`` and ``smartcert seal``: are the outputs what the inputs give, and who says so?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from smartcert.batch.plan import get_outputs_folder
from smartcert.batch.request import count_cpus
from smartcert.batch.verify import (
    FileComparison,
    SealState,
    Verdict,
    check_seal,
    compare_with_manifest,
    sign_manifest,
    verify_outputs,
)
from smartcert.certification.signing import read_public_key, read_signing_key
from smartcert.cli.options import FILE, jobs_option, output_option


@click.command()
@click.argument("round_name", metavar="ROUND")
@output_option
@jobs_option
@click.option("--public-key", type=FILE, show_default="no key", help="Check the signature of the manifest with it.")
@click.option("--only-files", is_flag=True, help="Compare the files with the manifest; make nothing again.")
def verify(round_name: str, output: Path | None, jobs: int | None, public_key: Path | None, only_files: bool) -> None:
    """Check ROUND's outputs by making them again.

    They are made from the round's inputs in a temporary folder, and every file is compared. Prints each file that is
    changed (and where first), missing or extra. Exit code 0 where all are unchanged and the signature, if a key was
    given, is good; else 1.
    """
    folder = get_outputs_folder(round_name, output)
    state = check_seal(folder, read_public_key(public_key) if public_key else None)
    click.echo(f"{folder}: {state}")
    if only_files:
        unchanged = _print_comparisons(compare_with_manifest(folder))
    else:
        unchanged = _print_comparisons(verify_outputs(round_name, folder, jobs or count_cpus()))
    if not unchanged or state is SealState.BROKEN or (public_key and state is not SealState.GOOD):
        raise SystemExit(1)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--key", required=True, type=FILE, help="The key that signs, from 'smartcert register key'.")
@output_option
def seal(round_name: str, key: Path, output: Path | None) -> None:
    """Write a signature of the manifest of ROUND's outputs.

    Every file is compared with the manifest first; exit code 1, and no signature, if one is not unchanged.
    """
    folder = get_outputs_folder(round_name, output)
    if not _print_comparisons(compare_with_manifest(folder)):
        raise SystemExit(1)
    click.echo(sign_manifest(folder, read_signing_key(key)))


def _print_comparisons(comparisons: tuple[FileComparison, ...]) -> bool:
    """Print what is not unchanged and a count; return whether all files are unchanged."""
    for comparison in comparisons:
        if comparison.verdict is not Verdict.UNCHANGED:
            where = f": {comparison.where}" if comparison.where else ""
            click.echo(f"{comparison.verdict}: {comparison.file}{where}")
    counts = Counter(comparison.verdict.value for comparison in comparisons)
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "no file")
    return set(counts) <= {Verdict.UNCHANGED}
