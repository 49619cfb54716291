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
    list_stale_pages,
    sign_manifest,
    verify_outputs,
)
from smartcert.certification.signing import read_public_key, read_signing_key
from smartcert.cli.options import FILE, jobs_option, language_option, output_option
from smartcert.files import lock_folder
from smartcert.reporting.catalogue import Words
from smartcert.reporting.problems import translate
from smartcert.services.clock import get_today


@click.command()
@click.argument("round_name", metavar="ROUND")
@output_option
@jobs_option
@click.option("--public-key", type=FILE, show_default="no key", help="Check the signature of the manifest with it.")
@click.option(
    "--at-least",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="the highest number seen here",
    help="The number that the seal must have: a lower one is an older set of outputs.",
)
@click.option("--only-files", is_flag=True, help="Compare the files with the manifest; make nothing again.")
@language_option
def verify(
    round_name: str,
    output: Path | None,
    jobs: int | None,
    public_key: Path | None,
    at_least: int | None,
    only_files: bool,
    language: str,
) -> None:
    """Check ROUND's outputs by making them again.

    They are made from the round's inputs in a temporary folder, and every file is compared. Prints each file that is
    changed (and where first), missing or extra. Exit code 0 where all are unchanged and the signature, if a key was
    given, is good; else 1.
    """
    folder = get_outputs_folder(round_name, output)
    check = check_seal(folder, read_public_key(public_key) if public_key else None, at_least or 0)
    words = Words(language, "commands")
    state, seal = check.state, check.seal
    described = words(f"verify.state.{state.name.lower()}")
    if seal:
        click.echo(words("verify.seal", folder=str(folder), state=described, number=seal.number, day=seal.day))
    else:
        click.echo(words("verify.no_seal", folder=str(folder), state=described))
    if only_files:
        unchanged = _print_comparisons(compare_with_manifest(folder), words)
    else:
        unchanged = _print_comparisons(verify_outputs(round_name, folder, jobs or count_cpus()), words)
    wanted = {SealState.GOOD} if public_key else {SealState.UNCHECKED} if at_least else {*SealState} - _REFUSED
    if not unchanged or state not in wanted:
        raise SystemExit(1)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--key", required=True, type=FILE, help="The key that signs, from 'smartcert register key'.")
@output_option
@language_option
def seal(round_name: str, key: Path, output: Path | None, language: str) -> None:
    """Write a signature of the manifest of ROUND's outputs.

    Every file is compared with the manifest first, and the manifest with the round's files and the code of now; exit
    code 1, and no signature, if one is not unchanged. A seal has the day, and a number that counts the seals of these
    outputs; the seal before is in the folder "seals".
    """
    folder = get_outputs_folder(round_name, output)
    signing_key = read_signing_key(key)
    words = Words(language, "commands")
    if not _print_comparisons(compare_with_manifest(folder), words):
        raise SystemExit(1)
    stale = list_stale_pages(round_name, folder)
    if stale:
        for line in stale:
            click.echo(words("verify.not_fresh", what=translate(line, language)))
        click.echo(words("verify.not_sealed"))
        raise SystemExit(1)
    with lock_folder(folder):
        click.echo(sign_manifest(folder, signing_key, get_today()))


_REFUSED = frozenset({SealState.BROKEN, SealState.OTHER_LEDGER, SealState.CHAIN_BROKEN, SealState.OLDER})
"""What is wrong whatever was asked for."""


def _print_comparisons(comparisons: tuple[FileComparison, ...], words: Words) -> bool:
    """Print what is not unchanged and a count; return whether all files are unchanged."""
    for comparison in comparisons:
        if comparison.verdict is not Verdict.UNCHANGED:
            where = f": {translate(comparison.where, words.language)}" if comparison.where else ""
            click.echo(f"{words(f'verify.{comparison.verdict}')}: {comparison.file}{where}")
    counts = Counter(comparison.verdict.value for comparison in comparisons)
    counted = [f"{count} {words(f'verify.{verdict}')}" for verdict, count in sorted(counts.items())]
    click.echo(", ".join(counted) or words("verify.no_file"))
    return set(counts) <= {Verdict.UNCHANGED}
