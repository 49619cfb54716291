"""``smartcert register issue`` and ``extend``: an application of a round, entered up to its decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import language_option
from smartcert.cli.register_options import at_option, enter, law, moment, reason_option, register_option, written_to

if TYPE_CHECKING:
    from smartcert.certification.events import Draft
    from smartcert.certification.store import Register


def _persons(command: Callable[..., Any]) -> Callable[..., Any]:
    told = {
        "applied": "Who applied, for the applicant. [default: the applicant]",
        "evaluated": "Who evaluated; several are parted by ';'.",
        "proposed": "Who reported the result to the Minister.",
        "decided": "Who decided. It cannot be anybody who evaluated.",
        "issued": "Who issued the certificate. [default: who decided]",
    }
    for name, text in reversed(told.items()):
        required = name in {"evaluated", "proposed", "decided"}
        command = click.option(f"--{name}-by", required=required, default=None, metavar="NAME", help=text)(command)
    return command


def _of_a_round(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (language_option, register_option, reason_option, at_option, _persons):
        command = option(command)
    return click.argument("round_name", metavar="ROUND")(click.argument("applicant", metavar="APPLICANT")(command))


@click.command()
@_of_a_round
def issue(**given: Any) -> None:
    """Enter an application of ROUND from its receipt to the certificate, or to the decision not to certify.

    The entries rest on the SHA-256 of APPLICANT's evaluation.json. Either all of them are entered or none.
    """
    _course("new", **given)


@click.command()
@_of_a_round
def extend(**given: Any) -> None:
    """Enter an application of ROUND for the extension of a certificate, up to its decision."""
    _course("extension", **given)


def _course(
    purpose_name: str,
    round_name: str,
    applicant: str,
    at: str | None,
    reason: str,
    file: Path | None,
    language: str,
    evaluated_by: str,
    proposed_by: str,
    decided_by: str,
    applied_by: str | None,
    issued_by: str | None,
) -> None:
    from smartcert.certification.chronicle import standing
    from smartcert.certification.days import korean_day
    from smartcert.certification.evaluations import keep
    from smartcert.certification.events import Purpose
    from smartcert.issuing import Persons, course
    from smartcert.reporting.record import to_json
    from smartcert.rounds import open_round

    opened, when, purpose = open_round(round_name), moment(at), Purpose(purpose_name)
    holder = opened.record(applicant).evaluation.applicant
    persons = Persons(
        applied=applied_by or holder.name.ko,
        evaluated=evaluated_by,
        proposed=proposed_by,
        decided=decided_by,
        issued=issued_by or decided_by,
    )

    keep(written_to(file), to_json(opened.record(applicant)))

    def make(register: Register) -> list[Draft]:
        held = standing(register.events(holder.code), korean_day(when), law()).certificate
        valid_to = held.valid_to if held else None
        return list(course(opened, applicant, purpose, persons, when, reason, law(), valid_to))

    enter(file, make, language)
