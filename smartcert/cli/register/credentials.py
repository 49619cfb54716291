"""``smartcert register credentials``: certificates as Verifiable Credentials that anybody can check by software."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from smartcert.certification.signing import read_signing_key
from smartcert.cli.options import FILE, REGISTER, day_option, language_option
from smartcert.cli.register.options import load_law, register_option
from smartcert.errors import UsageError
from smartcert.files import write_new_folder
from smartcert.reporting.catalogue import Words
from smartcert.services.credentials import build_credentials


@click.command()
@click.argument("targets", metavar="[ROUND] OUT", nargs=-1, required=True)
@click.option("--all", "everyone", is_flag=True, help="The certificates of all rounds, in place of ROUND.")
@click.option("--address", required=True, metavar="URL", help="Where OUT will be published; the issuer's id too.")
@click.option("--key", "key_file", type=FILE, help="Sign them with this key, from 'smartcert register key'.")
@register_option
@day_option
@language_option
def credentials(
    targets: tuple[str, ...],
    everyone: bool,
    address: str,
    key_file: Path | None,
    file: Path | None,
    day: date,
    language: str,
) -> None:
    """Write certificates as Verifiable Credentials 2.0.

    OUT, a new folder, gets a credential of each certificate of ROUND, and the Bitstring Status Lists of revoked and
    suspended ones, all as they stand on the day. Publish the folder at URL. With --key each is written as a signed
    token (.jwt) too.
    """
    if len(targets) != (1 if everyone else 2):
        raise UsageError("name ROUND and OUT, or OUT alone with --all")
    round_id, output = None if everyone else targets[0], Path(targets[-1])
    key = read_signing_key(key_file) if key_file else None
    office = key.office if key else ""
    built = build_credentials(file or REGISTER, load_law(), day, address, round_id=round_id, office=office)
    write_new_folder(output, {path: content for credential in built for path, content in credential.write(key).items()})
    words = Words(language, "register")
    for credential in built:
        status = f" ({words(f'holding.{credential.status}')})" if credential.status else ""
        click.echo(f"{credential.path}{status}")
