"""Issue, extend, notice, revoke ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import language_option
from smartcert.cli.register.options import (
    at_option,
    ensure_register,
    enter_events,
    event_options,
    find_subject,
    format_day,
    load_law,
    parse_moment,
    reason_option,
    register_option,
)
from smartcert.errors import UsageError
from smartcert.files import sha256_hex

if TYPE_CHECKING:
    from smartcert.certification.events import Draft, EventKind
    from smartcert.certification.store import Register


# --- ``smartcert register notice``, ``explain``, ``revoke``, ``object``, ``record``, ``correct``: one entry each.

_SHA256_DIGITS = 64


def _enter_event(
    name: str,
    kind: EventKind | Callable[[Register, str], EventKind],
    facts: dict[str, str],
    language: str,
    *,
    file: Path | None,
    round_name: str | None,
    at: str | None,
    actor: str,
    role: str | None,
    reason: str,
    evaluation: str = "",
) -> None:
    """Enter one event; which, may depend on the register as it is when it is held for writing."""
    from smartcert.certification.events import Draft, EventKind, to_korean_day
    from smartcert.certification.transitions import get_role_rule
    from smartcert.rules.parameters import Role

    when = parse_moment(at)

    def make(register: Register) -> list[Draft]:
        subject = find_subject(name, register.events(), round_name)
        which = kind if isinstance(kind, EventKind) else kind(register, subject)
        return [
            Draft(
                subject=subject,
                kind=which,
                actor=actor,
                role=Role(role) if role else get_role_rule(which, load_law()(to_korean_day(when))).value,
                at=when,
                reason=reason,
                evaluation=evaluation,
                facts={key: value for key, value in facts.items() if value},
            )
        ]

    enter_events(file, make, language)


@click.command()
@click.argument("name")
@click.option("--ground", type=click.Choice(["improper", "below_criteria"]), help="Needed with the first notice.")
@click.option("--until", required=True, metavar="DAY", help="The last day for explanatory material.")
@event_options
@language_option
def notice(name: str, ground: str | None, until: str, language: str, **who: Any) -> None:
    """Give NAME notice of a revocation: the first one, or the second if the first period passed with nothing."""
    from smartcert.certification.events import EventKind, to_korean_day
    from smartcert.certification.state import RevocationStage
    from smartcert.certification.timeline import compute_state

    facts = {"until": format_day(until, "--until")}

    def which(register: Register, subject: str) -> EventKind:
        state = compute_state(register.events(subject), to_korean_day(parse_moment(who["at"])))
        if state.revocation_stage is not RevocationStage.NONE:
            return EventKind.SECOND_NOTICE
        if ground is None:
            raise UsageError("the first notice needs its --ground")
        facts["ground"] = ground
        return EventKind.FIRST_NOTICE

    _enter_event(name, which, facts, language, **who)


@click.command()
@click.argument("name")
@click.argument("outcome", type=click.Choice(["received", "accepted", "rejected"]))
@click.option("--document", default="", help="With received: what was handed in.")
@event_options
@language_option
def explain(name: str, outcome: str, document: str, language: str, **who: Any) -> None:
    """Enter that explanatory material of NAME was received, accepted, or rejected as groundless."""
    from smartcert.certification.events import EventKind

    if document and outcome != "received":
        raise UsageError("--document goes with received")
    _enter_event(name, EventKind(f"explanation_{outcome}"), {"document": document}, language, **who)


@click.command()
@click.argument("name")
@click.option("--discretion", default="", help="Why the Minister uses a discretion that the ground leaves.")
@click.option("--drop", is_flag=True, help="Do not revoke, where the ground leaves that open.")
@event_options
@language_option
def revoke(name: str, discretion: str, drop: bool, language: str, **who: Any) -> None:
    """Revoke NAME's certificate after its procedure, or drop the revocation."""
    from smartcert.certification.events import EventKind

    if drop and discretion:
        raise UsageError("with --drop the --reason says why")
    kind = EventKind.REVOCATION_DROPPED if drop else EventKind.REVOKED
    _enter_event(name, kind, {"discretion": discretion}, language, **who)


@click.command("object")
@click.argument("name")
@click.option("--against", type=click.IntRange(min=1), help="File an objection against this entry.")
@click.option("--decided", type=click.Choice(["upheld", "rejected"]), help="Answer the objection that waits.")
@event_options
@language_option
def object_(name: str, against: int | None, decided: str | None, language: str, **who: Any) -> None:
    """Enter an objection (이의신청) of NAME, or the answer to it."""
    from smartcert.certification.events import EventKind

    if (against is None) == (decided is None):
        raise UsageError("give either --against or --decided")
    if against is not None:
        _enter_event(name, EventKind.OBJECTION_FILED, {"against": str(against)}, language, **who)
    else:
        facts = {"upheld": "yes" if decided == "upheld" else "no"}
        _enter_event(name, EventKind.OBJECTION_DECIDED, facts, language, **who)


@click.command()
@click.argument("event", metavar="EVENT")
@click.argument("name")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the entry; may be repeated.")
@click.option("--evaluation", default="", metavar="SHA256|FILE", help="The evaluation.json that it rests on.")
@event_options
@language_option
def record(event: str, name: str, facts: tuple[str, ...], evaluation: str, language: str, **who: Any) -> None:
    """Enter any single EVENT about NAME: applied, evaluated, proposed, decided, reviewed, notified, published ..."""
    from smartcert.certification.events import EventKind
    from smartcert.errors import suggest

    known = [kind.value for kind in EventKind]
    if event not in known:
        raise UsageError(f"no event '{event}'{suggest(event, known)}; there are: {', '.join(known)}")
    if evaluation and len(evaluation) != _SHA256_DIGITS:
        try:
            evaluation = sha256_hex(Path(evaluation).read_bytes())
        except OSError as error:
            raise UsageError(f"--evaluation: {evaluation}: {error.strerror}") from None
    _enter_event(name, EventKind(event), _parse_pairs(facts), language, evaluation=evaluation, **who)


@click.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.argument("name")
@click.option("--void", is_flag=True, help="Take the entry out; it stays listed.")
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="actor, role, at, reason or evaluation.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact as it should have been.")
@event_options
@language_option
def correct(
    entry: int, name: str, void: bool, changes: tuple[str, ...], facts: tuple[str, ...], language: str, **who: Any
) -> None:
    """Correct ENTRY about NAME: an error of the register. Both versions are kept."""
    from smartcert.certification.events import EventKind
    from smartcert.certification.timeline import build_replacement

    new: dict[str, Any] = _parse_pairs(changes)
    if "at" in new:
        new["at"] = parse_moment(new["at"]).isoformat()
    if facts:
        new["facts"] = _parse_pairs(facts)
    if void == bool(new):
        raise UsageError("give either --void, or what changes with --set and --fact")
    said = {
        "corrects": str(entry),
        "void": "yes" if void else "no",
        "replacement": build_replacement(new) if new else "",
    }
    _enter_event(name, EventKind.CORRECTED, said, language, **who)


def _parse_pairs(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise UsageError(f"'{text}' is no NAME=VALUE")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


# --- ``smartcert register issue`` and ``extend``: an application of a round, entered up to its decision.


def _person_options(command: Callable[..., Any]) -> Callable[..., Any]:
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


def _round_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (language_option, register_option, reason_option, at_option, _person_options):
        command = option(command)
    return click.argument("round_name", metavar="ROUND")(click.argument("applicant", metavar="APPLICANT")(command))


@click.command()
@_round_arguments
def issue(**given: Any) -> None:
    """Enter an application of ROUND from its receipt to the certificate, or to the decision not to certify.

    The entries rest on the SHA-256 of APPLICANT's evaluation.json. Either all of them are entered or none.
    """
    _enter_application("new", **given)


@click.command()
@_round_arguments
def extend(**given: Any) -> None:
    """Enter an application of ROUND for the extension of a certificate, up to its decision."""
    _enter_application("extension", **given)


def _enter_application(
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
    from smartcert.certification.events import Purpose, to_korean_day
    from smartcert.certification.integrity import store_evaluation
    from smartcert.certification.timeline import compute_standing
    from smartcert.reporting.records import to_json
    from smartcert.services.register_entries import Persons, draft_entries
    from smartcert.services.rounds import open_round

    opened, when, purpose = open_round(round_name), parse_moment(at), Purpose(purpose_name)
    holder = opened.record(applicant).evaluation.applicant
    persons = Persons(
        applied=applied_by or holder.name.ko,
        evaluated=evaluated_by,
        proposed=proposed_by,
        decided=decided_by,
        issued=issued_by or decided_by,
    )

    store_evaluation(ensure_register(file), to_json(opened.record(applicant)))

    def make(register: Register) -> list[Draft]:
        held = compute_standing(register.events(holder.code), to_korean_day(when), load_law()).certificate
        valid_to = held.valid_to if held else None
        return list(draft_entries(opened, applicant, purpose, persons, when, reason, load_law(), valid_to))

    enter_events(file, make, language)
