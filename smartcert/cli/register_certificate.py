"""``smartcert register key``, ``certificate`` and ``check``: certificates that can be checked without a network."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.cli.options import columns, language_option
from smartcert.cli.register_options import REGISTER, register_option
from smartcert.cli.register_page import day_option

_FILE = click.Path(dir_okay=False, path_type=Path)
CERTIFICATES = Path("outputs") / "certification" / "certificates"


@click.command()
@click.argument("file", type=_FILE)
@click.option("--issuing-office", default="", metavar="NAME", help="Without it the key signs specimens only.")
def key(file: Path, issuing_office: str) -> None:
    """Make a key that signs certificates in FILE, and its public half in FILE.pub.

    Keep FILE secret. Give FILE.pub to everybody, in a way that shows that it comes from the office.
    """
    from smartcert.certification.keys import new_key, write_key

    made = new_key(issuing_office)
    public = write_key(made, file)
    click.echo(f"{file} (secret), {public} (public): key {made.public.id}, {made.office or 'specimens only'}")


@click.command()
@click.argument("number")
@register_option
@click.option("--key", "key_file", type=_FILE, required=True, help="The key that signs, from 'smartcert register key'.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=CERTIFICATES, show_default=True)
@day_option
@click.option("--pdf/--no-pdf", default=True, show_default=True, help="Write the PDF as well.")
def certificate(number: str, file: Path | None, key_file: Path, output: Path, on: str, pdf: bool) -> None:
    """Write certificate NUMBER, signed, as an HTML page and a PDF.

    It is a specimen unless the key was made for an issuing office.
    """
    from smartcert.batch.place import place
    from smartcert.certificates import make_certificate
    from smartcert.certification.keys import read_signing_key
    from smartcert.cli.register_page import chosen_day
    from smartcert.home import HOME
    from smartcert.intake.rulebook import read_rulebook

    signing = read_signing_key(key_file)
    rulebook = read_rulebook(HOME / "parameters" / "rules")
    made = make_certificate(file or REGISTER, number, signing, rulebook, chosen_day(on), pdf=pdf)
    for ending, content in (("html", made.html), ("pdf", made.pdf)):
        if content is not None:
            place(output / f"{made.name}.{ending}", content)
            click.echo(output / f"{made.name}.{ending}")
    if not signing.office:
        click.echo("specimen: the key is that of no issuing office", err=True)


@click.command()
@click.argument("given", metavar="FILE|QR-TEXT")
@click.option("--public-key", type=_FILE, required=True, help="The public half of the issuing office's key.")
@click.option("--register", "register_file", type=_FILE, help="The register, to know of a revocation.")
@day_option
@language_option
def check(given: str, public_key: Path, register_file: Path | None, on: str, language: str) -> None:
    """Check a certificate: its HTML or PDF file, or the text of its QR code. No network is needed.

    The exit code is 0 only if it is as it was issued, by an issuing office, and not known to be without validity.
    """
    from smartcert.certificates import check as judge
    from smartcert.certificates import told
    from smartcert.certification.keys import read_public_key
    from smartcert.cli.register_page import chosen_day
    from smartcert.home import HOME
    from smartcert.intake.rulebook import read_rulebook
    from smartcert.reporting.words import Words

    day = chosen_day(on)
    law = read_rulebook(HOME / "parameters" / "rules").certification_on if register_file else None
    checked = judge(given, read_public_key(public_key), day, register=register_file, law=law)
    for line in columns(told(checked, Words(language, "certificate"), day)):
        click.echo(line)
    if not checked.good:
        raise SystemExit(1)
