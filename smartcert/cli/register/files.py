"""Export, import, backup, certificates."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.cli.options import align_columns, language_option
from smartcert.cli.register.options import (
    REGISTER,
    day_option,
    ensure_register,
    load_law,
    now_in_korea,
    register_option,
)
from smartcert.errors import UsageError

# --- ``smartcert register export``, ``import``, ``backup``: the register as lines, from lines, and copied while in use.

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--output", type=_FILE, help="The file to write. [default: stdout]")
@register_option
def export(output: Path | None, file: Path | None) -> None:
    """Write the register as canonical JSON: one line per entry, the head at the end. Same register, same bytes."""
    from smartcert.certification import integrity as exchange
    from smartcert.certification.store import Register

    with Register.read(file or REGISTER) as register:
        text = b"".join(exchange.export_lines(register))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("xb") as new:
            new.write(text)
    except FileExistsError:
        raise UsageError(f"{output} is there already") from None
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None


@click.command("import")
@click.argument("lines", type=_FILE, required=False)
@click.option("--public", is_flag=True, help="Enter the public history instead, as transcribed entries.")
@register_option
def import_(lines: Path | None, public: bool, file: Path | None) -> None:
    """Make a register anew from exported LINES, every hash held; or enter the public history into one."""
    from smartcert.certification import integrity as exchange

    if public == (lines is not None):
        raise UsageError("give either a file of lines or --public")
    if lines is None:
        _import_public_history(file)
        return
    path = file or REGISTER
    try:
        text = lines.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {lines}: {error.strerror}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"{path}: {exchange.rebuild(text, str(lines), path)}")


def _import_public_history(file: Path | None) -> None:
    """Enter the published certifications of holders of whom the register says nothing yet."""
    from smartcert.certification.public_history import build_drafts
    from smartcert.certification.store import Register
    from smartcert.services.history import open_history

    with Register.open(ensure_register(file)) as register:
        known = set(register.subjects())
        wanted = [one for one in build_drafts(open_history().certifications, load_law()) if one.subject not in known]
        entered = register.append_all(wanted, load_law(), now_in_korea) if wanted else ()
        click.echo(f"{len(entered)} entries; {register.head()}")


@click.command()
@click.argument("target", type=_FILE)
@register_option
def backup(target: Path, file: Path | None) -> None:
    """Copy the register and its heads to TARGET, also while others write. The copy is held whole before it appears."""
    from smartcert.certification import integrity as exchange

    click.echo(f"{target}: {exchange.backup(file or REGISTER, target)}")


# --- ``smartcert register key``, ``certificate`` and ``check``: certificates that can be checked without a network.

_CERTIFICATE_FILE = click.Path(dir_okay=False, path_type=Path)
CERTIFICATES = Path("outputs") / "certification" / "certificates"


@click.command()
@click.argument("file", type=_CERTIFICATE_FILE)
@click.option("--issuing-office", default="", metavar="NAME", help="Without it the key signs specimens only.")
def key(file: Path, issuing_office: str) -> None:
    """Make a key that signs certificates in FILE, and its public half in FILE.pub.

    Keep FILE secret. Give FILE.pub to everybody, in a way that shows that it comes from the office.
    """
    from smartcert.certification.signing import generate_key, write_key

    made = generate_key(issuing_office)
    public = write_key(made, file)
    click.echo(f"{file} (secret), {public} (public): key {made.public.id}, {made.office or 'specimens only'}")


@click.command()
@click.argument("number")
@register_option
@click.option(
    "--key",
    "key_file",
    type=_CERTIFICATE_FILE,
    required=True,
    help="The key that signs, from 'smartcert register key'.",
)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=CERTIFICATES, show_default=True)
@day_option
@click.option("--pdf/--no-pdf", default=True, show_default=True, help="Write the PDF as well.")
def certificate(number: str, file: Path | None, key_file: Path, output: Path, on: str, pdf: bool) -> None:
    """Write certificate NUMBER, signed, as an HTML page and a PDF.

    It is a specimen unless the key was made for an issuing office.
    """
    from smartcert.certification.signing import read_signing_key
    from smartcert.cli.register.options import parse_day
    from smartcert.files import write_atomic
    from smartcert.io.rulebook import read_rulebook
    from smartcert.paths import PROJECT_ROOT
    from smartcert.services.certificates import make_certificate

    signing = read_signing_key(key_file)
    rulebook = read_rulebook(PROJECT_ROOT / "parameters" / "rules")
    made = make_certificate(file or REGISTER, number, signing, rulebook, parse_day(on), pdf=pdf)
    for ending, content in (("html", made.html), ("pdf", made.pdf)):
        if content is not None:
            write_atomic(output / f"{made.name}.{ending}", content)
            click.echo(output / f"{made.name}.{ending}")
    if not signing.office:
        click.echo("specimen: the key is that of no issuing office", err=True)


@click.command()
@click.argument("given", metavar="FILE|QR-TEXT")
@click.option(
    "--public-key", type=_CERTIFICATE_FILE, required=True, help="The public half of the issuing office's key."
)
@click.option("--register", "register_file", type=_CERTIFICATE_FILE, help="The register, to know of a revocation.")
@day_option
@language_option
def check(given: str, public_key: Path, register_file: Path | None, on: str, language: str) -> None:
    """Check a certificate: its HTML or PDF file, or the text of its QR code. No network is needed.

    The exit code is 0 only if it is as it was issued, by an issuing office, and not known to be without validity.
    """
    from smartcert.certification.signing import read_public_key
    from smartcert.cli.register.options import parse_day
    from smartcert.io.rulebook import read_rulebook
    from smartcert.paths import PROJECT_ROOT
    from smartcert.reporting.catalogue import Words
    from smartcert.services.certificates import check_certificate as judge
    from smartcert.services.certificates import describe_check

    day = parse_day(on)
    law = read_rulebook(PROJECT_ROOT / "parameters" / "rules").certification_on if register_file else None
    checked = judge(given, read_public_key(public_key), day, register=register_file, law=law)
    for line in align_columns(describe_check(checked, Words(language, "certificate"), day)):
        click.echo(line)
    if not checked.good:
        raise SystemExit(1)
