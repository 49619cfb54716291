"""``smartcert register export``, ``import``, ``backup``: the register as lines, from lines, and copied while in use."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.cli.register_options import REGISTER, clock, law, register_option, written_to
from smartcert.errors import UsageError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--output", type=_FILE, help="The file to write. [default: stdout]")
@register_option
def export(output: Path | None, file: Path | None) -> None:
    """Write the register as canonical JSON: one line per entry, the head at the end. Same register, same bytes."""
    from smartcert.certification import exchange
    from smartcert.certification.store import Register

    with Register.read(file or REGISTER) as register:
        text = b"".join(exchange.lines(register))
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
    from smartcert.certification import exchange

    if public == (lines is not None):
        raise UsageError("give either a file of lines or --public")
    if lines is None:
        _public(file)
        return
    path = file or REGISTER
    try:
        text = lines.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {lines}: {error.strerror}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"{path}: {exchange.rebuild(text, str(lines), path)}")


def _public(file: Path | None) -> None:
    """Enter the published certifications of holders of whom the register says nothing yet."""
    from smartcert.certification.public import drafts
    from smartcert.certification.store import Register
    from smartcert.history import open_history

    with Register.open(written_to(file)) as register:
        known = set(register.subjects())
        wanted = [one for one in drafts(open_history().certifications, law()) if one.subject not in known]
        entered = register.append_all(wanted, law(), clock) if wanted else ()
        click.echo(f"{len(entered)} entries; {register.head()}")


@click.command()
@click.argument("target", type=_FILE)
@register_option
def backup(target: Path, file: Path | None) -> None:
    """Copy the register and its heads to TARGET, also while others write. The copy is held whole before it appears."""
    from smartcert.certification import exchange

    click.echo(f"{target}: {exchange.backup(file or REGISTER, target)}")
