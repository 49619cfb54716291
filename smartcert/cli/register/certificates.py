"""``smartcert register key``, ``certificate`` and ``check``: certificates that are checked without a network."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import click

from smartcert.batch.pdf import PdfRenderer
from smartcert.batch.request import PdfEngine
from smartcert.certification.signing import generate_key, read_public_key, read_signing_key, write_key
from smartcert.cli.options import (
    FILE,
    FOLDER,
    REGISTER,
    align_columns,
    day_option,
    language_option,
    pdf_engine_option,
)
from smartcert.cli.register.options import load_law, load_rulebook, register_option
from smartcert.files import write_atomic
from smartcert.model.certification import is_specimen_number
from smartcert.reporting.catalogue import Words
from smartcert.services.certificates import check_certificate, describe_check, make_certificate


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--issuing-office", default="", metavar="NAME", show_default="none: the key signs specimens only", help="Whose key."
)
@language_option
def key(file: Path, issuing_office: str, language: str) -> None:
    """Write a key that signs certificates.

    The key is written to FILE, and its public half to FILE.pub. Keep FILE secret. Give FILE.pub to everybody, in a
    way that shows that it comes from the office.
    """
    signing_key = generate_key(issuing_office)
    public = write_key(signing_key, file)
    words = Words(language, "commands")
    office = signing_key.office or words("register.specimens_only")
    click.echo(words("register.key", secret=str(file), public=str(public), id=signing_key.public.id, office=office))


@click.command()
@click.argument("number")
@register_option
@click.option("--key", "key_file", type=FILE, required=True, help="The key that signs, from 'smartcert register key'.")
@click.option(
    "--output",
    type=FOLDER,
    default=Path("outputs") / "certification" / "certificates",
    help="The folder to write into.",
)
@day_option
@click.option("--pdf/--no-pdf", default=True, help="Write the PDF as well.")
@pdf_engine_option
@language_option
def certificate(
    number: str,
    file: Path | None,
    key_file: Path,
    output: Path,
    day: date,
    pdf: bool,
    pdf_engine: str,
    language: str,
) -> None:
    """Write a signed certificate as HTML and PDF.

    NUMBER is the certificate's. It is a specimen unless the key was made for an issuing office, and always one if its
    round is invented.
    """
    signing_key = read_signing_key(key_file)
    rulebook = load_rulebook()
    print_pdf = partial(_print_pdf, pdf_engine) if pdf else None
    files = make_certificate(file or REGISTER, number, signing_key, rulebook, day, print_pdf=print_pdf)
    words = Words(language, "commands")
    for ending, content in (("html", files.html), ("pdf", files.pdf)):
        if content is not None:
            write_atomic(output / f"{files.name}.{ending}", content)
            click.echo(output / f"{files.name}.{ending}")
    if is_specimen_number(files.name):
        click.echo(words("register.specimen_round"), err=True)
    elif not signing_key.office:
        click.echo(words("register.specimen_key"), err=True)


def _print_pdf(engine: str, page: str) -> bytes:
    with PdfRenderer(PdfEngine(engine), 1) as renderer:
        return renderer.render_page(page)


@click.command()
@click.argument("given", metavar="FILE|QR-TEXT")
@click.option("--public-key", type=FILE, required=True, help="The public half of the issuing office's key.")
@click.option(
    "--register",
    "register_file",
    type=FILE,
    show_default="none: by the days of the certificate alone",
    help="The register, to know of a revocation.",
)
@day_option
@language_option
def check(given: str, public_key: Path, register_file: Path | None, day: date, language: str) -> None:
    """Check a certificate's file or QR code without a network.

    The file is its HTML or PDF. The exit code is 0 only if the certificate is as it was issued, by an issuing office,
    and not known to be without validity.
    """
    law = load_law() if register_file else None
    result = check_certificate(given, read_public_key(public_key), day, register=register_file, law=law)
    statement = result.statement
    scheme = load_rulebook().facts_of(statement.edition, statement.valid_from) if statement else None
    words = Words(language, "certificate", scheme=scheme)
    for line in align_columns(describe_check(result, words, day)):
        click.echo(line)
    if not result.good:
        raise SystemExit(1)
