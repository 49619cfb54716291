"""The commands that write to the register: applications up to their certificate, single events, and imports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from smartcert.certification.events import Draft, EventKind, Ground, Purpose
from smartcert.certification.exchange import rebuild
from smartcert.certification.periods import to_korean_day
from smartcert.certification.public_history import build_drafts
from smartcert.certification.state import RevocationStage
from smartcert.certification.store import Register, store_evaluation
from smartcert.certification.timeline import build_replacement, compute_standing, compute_state
from smartcert.certification.transitions import get_role_rule
from smartcert.cli.options import (
    DAY,
    FILE,
    MOMENT_OR_NOON,
    language_option,
)
from smartcert.cli.register.options import (
    REGISTER,
    at_option,
    ensure_register,
    enter_events,
    event_options,
    find_subject,
    load_law,
    reason_option,
    register_option,
)
from smartcert.errors import UsageError, suggest
from smartcert.files import sha256_hex
from smartcert.reporting.records import to_json
from smartcert.rules.parameters import Role
from smartcert.services.clock import get_now
from smartcert.services.history import open_history
from smartcert.services.register_entries import Persons, draft_entries
from smartcert.services.rounds import open_round

_SHA256_DIGITS = 64


def _round_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    persons = {
        "applied": ("Who applied, for the applicant.", "the applicant"),
        "evaluated": ("Who evaluated; several are separated by ';'.", None),
        "proposed": ("Who reported the result to the Minister.", None),
        "decided": ("Who decided. It cannot be anybody who evaluated.", None),
        "issued": ("Who issued the certificate.", "who decided"),
    }
    for step, (text, default) in reversed(persons.items()):
        command = click.option(
            f"--{step}-by", required=default is None, metavar="NAME", show_default=default or False, help=text
        )(command)
    for option in (language_option, register_option, reason_option, at_option):
        command = option(command)
    return click.argument("round_name", metavar="ROUND")(click.argument("applicant", metavar="APPLICANT")(command))


@click.command()
@_round_arguments
def issue(**given: Any) -> None:
    """Write the entries of an application up to its certificate.

    They go from the receipt of APPLICANT's application of ROUND to the certificate, or to the decision not to
    certify, and rest on the SHA-256 of APPLICANT's evaluation.json. Either all of them are entered or none.
    """
    _enter_application(Purpose.NEW, **given)


@click.command()
@_round_arguments
def extend(**given: Any) -> None:
    """Write the entries of an application for an extension.

    They go from the receipt of APPLICANT's application of ROUND to the decision. Either all are entered or none.
    """
    _enter_application(Purpose.EXTENSION, **given)


def _enter_application(
    purpose: Purpose,
    *,
    round_name: str,
    applicant: str,
    at: datetime,
    reason: str,
    file: Path | None,
    language: str,
    evaluated_by: str,
    proposed_by: str,
    decided_by: str,
    applied_by: str | None,
    issued_by: str | None,
) -> None:
    opened = open_round(round_name)
    record = opened.record(applicant)
    holder = record.evaluation.applicant
    persons = Persons(
        applied=applied_by or holder.name.ko,
        evaluated=evaluated_by,
        proposed=proposed_by,
        decided=decided_by,
        issued=issued_by or decided_by,
    )
    store_evaluation(ensure_register(file), to_json(record))

    def build(register: Register) -> list[Draft]:
        certificate = compute_standing(register.events(holder.code), to_korean_day(at), load_law()).certificate
        valid_to = certificate.valid_to if certificate else None
        return list(draft_entries(opened, applicant, purpose, persons, at, reason, load_law(), valid_to))

    enter_events(file, build, language)


@click.command()
@click.argument("name")
@click.option(
    "--ground", type=click.Choice([ground.value for ground in Ground]), help="Needed with the first notice only."
)
@click.option("--until", type=DAY, required=True, help="The last day for explanatory material, as 2024-06-01.")
@event_options
@language_option
def notice(name: str, ground: str | None, until: date, at: datetime, language: str, **given: Any) -> None:
    """Write the entry on a notice of revocation.

    It is the first notice to NAME, or the second if the period of the first one passed with nothing.
    """
    facts = {"until": until.isoformat()}

    def choose_kind(register: Register, subject: str) -> EventKind:
        state = compute_state(register.events(subject), to_korean_day(at))
        if state.revocation_stage is not RevocationStage.NONE:
            return EventKind.SECOND_NOTICE
        if ground is None:
            raise UsageError("the first notice needs its --ground")
        facts["ground"] = ground
        return EventKind.FIRST_NOTICE

    _enter_event(name, choose_kind, facts, language, at=at, **given)


@click.command()
@click.argument("name")
@click.argument("outcome", type=click.Choice(["received", "accepted", "rejected"]))
@click.option("--document", default="", show_default="none", help="With received: what was handed in.")
@event_options
@language_option
def explain(name: str, outcome: str, document: str, language: str, **given: Any) -> None:
    """Write the entry on explanatory material.

    It says that material of NAME was received, accepted, or rejected as groundless.
    """
    if document and outcome != "received":
        raise UsageError("--document goes with received")
    _enter_event(name, EventKind(f"explanation_{outcome}"), {"document": document}, language, **given)


@click.command()
@click.argument("name")
@click.option(
    "--discretion",
    default="",
    show_default="none",
    help="Why the Minister uses a discretion that the ground leaves.",
)
@click.option("--drop", is_flag=True, help="Do not revoke, where the ground leaves that open.")
@event_options
@language_option
def revoke(name: str, discretion: str, drop: bool, language: str, **given: Any) -> None:
    """Write the entry on a revocation, or on dropping it.

    NAME's certificate is revoked after its procedure.
    """
    if drop and discretion:
        raise UsageError("with --drop the --reason says why")
    kind = EventKind.REVOCATION_DROPPED if drop else EventKind.REVOKED
    _enter_event(name, kind, {"discretion": discretion}, language, **given)


@click.command("object")
@click.argument("name")
@click.option(
    "--against", type=click.IntRange(min=1), metavar="ENTRY", help="File an objection against the entry of this number."
)
@click.option("--decided", type=click.Choice(["upheld", "rejected"]), help="Answer the objection that waits.")
@event_options
@language_option
def object_(name: str, against: int | None, decided: str | None, language: str, **given: Any) -> None:
    """Write the entry on an objection, or on its answer.

    It is an objection (이의신청) of NAME: with --against it is filed, with --decided it is answered.
    """
    if (against is None) == (decided is None):
        raise UsageError("give either --against or --decided")
    if against is not None:
        _enter_event(name, EventKind.OBJECTION_FILED, {"against": str(against)}, language, **given)
    else:
        facts = {"upheld": "yes" if decided == "upheld" else "no"}
        _enter_event(name, EventKind.OBJECTION_DECIDED, facts, language, **given)


@click.command()
@click.argument("event", metavar="EVENT")
@click.argument("name")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the entry; may be repeated.")
@click.option(
    "--evaluation",
    default="",
    metavar="SHA256|FILE",
    show_default="none",
    help="The evaluation.json that it rests on.",
)
@event_options
@language_option
def record(event: str, name: str, facts: tuple[str, ...], evaluation: str, language: str, **given: Any) -> None:
    """Write the entry of any single event.

    EVENT about NAME is one of: applied, evaluated, proposed, decided, reviewed, notified, published ...
    """
    known = [kind.value for kind in EventKind]
    if event not in known:
        raise UsageError(f"no event '{event}'{suggest(event, known)}; there are: {', '.join(known)}")
    if evaluation and len(evaluation) != _SHA256_DIGITS:
        try:
            evaluation = sha256_hex(Path(evaluation).read_bytes())
        except OSError as error:
            raise UsageError(f"--evaluation: {evaluation}: {error.strerror}") from None
    _enter_event(name, EventKind(event), _parse_pairs(facts), language, evaluation=evaluation, **given)


@click.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.argument("name")
@click.option("--void", is_flag=True, help="Take the entry out; it stays listed.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="FIELD=VALUE",
    help="What changes: actor, role, at, reason or evaluation; may be repeated.",
)
@click.option(
    "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact as it should have been; may be repeated."
)
@event_options
@language_option
def correct(
    entry: int, name: str, void: bool, changes: tuple[str, ...], facts: tuple[str, ...], language: str, **given: Any
) -> None:
    """Write the correction of an entry of the register.

    ENTRY is the number of an entry about NAME. Both versions stay in the register.
    """
    new: dict[str, Any] = _parse_pairs(changes)
    if "at" in new:
        new["at"] = MOMENT_OR_NOON.convert(new["at"], None, None).isoformat()
    if facts:
        new["facts"] = _parse_pairs(facts)
    if void == bool(new):
        raise UsageError("give either --void, or what changes with --set and --fact")
    facts_of_correction = {
        "corrects": str(entry),
        "void": "yes" if void else "no",
        "replacement": build_replacement(new) if new else "",
    }
    _enter_event(name, EventKind.CORRECTED, facts_of_correction, language, **given)


def _enter_event(
    name: str,
    kind: EventKind | Callable[[Register, str], EventKind],
    facts: dict[str, str],
    language: str,
    *,
    file: Path | None,
    round_name: str | None,
    at: datetime,
    actor: str,
    role: str | None,
    reason: str,
    evaluation: str = "",
) -> None:
    """Enter one event; its kind may be a function of the register as it is when it is locked for writing."""

    def build(register: Register) -> list[Draft]:
        subject = find_subject(name, register.events(), round_name)
        event_kind = kind if isinstance(kind, EventKind) else kind(register, subject)
        rule = get_role_rule(event_kind, load_law()(to_korean_day(at)))
        return [
            Draft(
                subject=subject,
                kind=event_kind,
                actor=actor,
                role=Role(role) if role else rule.value,
                at=at,
                reason=reason,
                evaluation=evaluation,
                facts={key: value for key, value in facts.items() if value},
            )
        ]

    enter_events(file, build, language)


def _parse_pairs(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise UsageError(f"'{text}' is not NAME=VALUE")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


@click.command("import")
@click.argument("lines", type=FILE, required=False)
@click.option("--public", is_flag=True, help="Enter the public history instead, as transcribed entries.")
@register_option
def import_(lines: Path | None, public: bool, file: Path | None) -> None:
    """Write a register from exported lines.

    Every hash of LINES is checked, and the register is a new one. With --public the published certifications of
    holders of whom the register says nothing yet are entered into one.
    """
    if public == (lines is not None):
        raise UsageError("give either a file of lines or --public")
    if lines is None:
        with Register.open(ensure_register(file)) as register:
            known = set(register.subjects())
            drafts = [
                draft for draft in build_drafts(open_history().certifications, load_law()) if draft.subject not in known
            ]
            entered = register.append_all(drafts, load_law(), get_now) if drafts else ()
            click.echo(f"{len(entered)} entries; {register.head()}")
        return
    path = file or REGISTER
    try:
        text = lines.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {lines}: {error.strerror}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"{path}: {rebuild(text, str(lines), path)}")
