"""The commands that write to the register: applications up to their certificate, single events, and imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from smartcert.certification.events import RULINGS, Draft, Event, EventKind, Ground, Purpose, Target
from smartcert.certification.exchange import rebuild
from smartcert.certification.periods import to_korean_day
from smartcert.certification.procedure import find_edition
from smartcert.certification.public_history import build_drafts
from smartcert.certification.state import RevocationStage
from smartcert.certification.store import Register, store_evaluation
from smartcert.certification.timeline import build_replacement, compute_state
from smartcert.certification.transitions import get_role_rule
from smartcert.cli.options import (
    DAY,
    FILE,
    MOMENT_OR_NOON,
    REGISTER,
    language_option,
)
from smartcert.cli.register.options import (
    certificate_option,
    ensure_register,
    enter_events,
    event_options,
    find_scheme,
    find_subject,
    load_law,
    register_option,
    service_option,
)
from smartcert.errors import UsageError, suggest
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Record, from_json, to_json
from smartcert.rules.parameters import Role
from smartcert.services.clock import get_now
from smartcert.services.history import open_history
from smartcert.services.holders import codes_of, get_code_on
from smartcert.services.holdings import NamedCertificate, choose_entries, complete_facts, find_related
from smartcert.services.local_governments import check_ruling
from smartcert.services.register_entries import (
    IssueRequest,
    IssueResult,
    IssueStatus,
    StatedPersons,
    describe_refusals,
    draft_entries,
    find_extended,
    is_invented_round,
    issue_all,
    spell_service,
)
from smartcert.services.rounds import open_round

_SHA256_DIGITS = 64


def _round_options(command: Callable[..., Any]) -> Callable[..., Any]:
    persons = {
        "applied": ("Who applied, for the applicant.", "the applicant"),
        "evaluated": ("Who evaluated, beside the committee; several are separated by ';'.", "who marked"),
        "proposed": ("Who reported the result to the Minister; it must be as recorded.", "as recorded"),
        "decided": ("Who decided; it must be as recorded.", "as recorded"),
        "issued": ("Who issued the certificate.", "who decided"),
    }
    for step, (text, default) in reversed(persons.items()):
        command = click.option(f"--{step}-by", default="", metavar="NAME", show_default=default, help=text)(command)
    reason = click.option(
        "--reason", required=True, help="Why: stored with the entries for which the round records no reason."
    )
    validity = [
        click.option(f"--valid-{name}", type=DAY, show_default="by the rules", help=f"The {which} day, as decided.")
        for name, which in (("from", "first"), ("to", "last"))
    ]
    otherwise = click.option(
        "--otherwise",
        default="",
        metavar="REASON",
        show_default="none",
        help="Why the days are not those of the rules.",
    )
    issued_at = click.option(
        "--at",
        type=MOMENT_OR_NOON,
        default=get_now,
        show_default="now",
        help='When the certificate is issued, in Korean time: "2023-12-21 10:00", or a day for its noon.',
    )
    for option in (language_option, register_option, otherwise, *reversed(validity), reason, issued_at):
        command = option(command)
    return command


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant", metavar="[APPLICANT]", required=False)
@click.option("--all", "everyone", is_flag=True, help="Every decided application of the round, one after the other.")
@service_option
@_round_options
def issue(everyone: bool, applicant: str | None, **given: Any) -> None:
    """Write the entries of an application up to its certificate.

    The application is decided. They go from the receipt of APPLICANT's application of ROUND to the certificate, or
    to the decision not to certify, and rest on the decision that the round records and on the SHA-256 of
    APPLICANT's evaluation.json. Either all of them are entered or none. With --all each application is entered for
    itself; the exit code is 1 if one that is decided could not be.
    """
    if everyone == (applicant is not None):
        raise UsageError("give either an APPLICANT or --all")
    if applicant is None:
        of_one = [given.pop(name) for name in ("valid_from", "valid_to", "otherwise", "service")]
        if any(of_one):
            raise UsageError("--valid-from, --valid-to, --otherwise and --service go with one APPLICANT")
        _enter_round(**given)
    else:
        _enter_application(Purpose.NEW, applicant=applicant, **given)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant", metavar="APPLICANT")
@certificate_option
@service_option
@_round_options
def extend(**given: Any) -> None:
    """Write the entries of an application for an extension.

    The application is decided. They go from the receipt of APPLICANT's application of ROUND to the extension, or to
    the decision not to extend. A certificate that a ruling on a merger or division has passed on to APPLICANT is
    extended in its name. Either all are entered or none.
    """
    _enter_application(Purpose.EXTENSION, **given)


def _enter_application(
    purpose: Purpose,
    *,
    round_name: str,
    applicant: str,
    at: datetime,
    reason: str,
    valid_from: date | None,
    valid_to: date | None,
    otherwise: str,
    file: Path | None,
    language: str,
    service: str,
    certificate: str = "",
    **persons: str,
) -> None:
    if len({valid_from is None, valid_to is None, not otherwise.strip()}) > 1:
        raise UsageError("--valid-from, --valid-to and --otherwise go together: other days than those of the rules")
    opened = open_round(round_name)
    record = opened.record(applicant)
    request = IssueRequest(
        purpose=purpose,
        at=at,
        reason=reason,
        persons=_parse_persons(persons),
        certificate=NamedCertificate(number=certificate, service=service),
        validity=(valid_from, valid_to) if valid_from and valid_to else None,
        otherwise=otherwise,
    )

    def build(register: Register) -> list[Draft]:
        events, code = register.events(), record.evaluation.applicant.code
        extended, asked = None, request
        if purpose is Purpose.EXTENSION:
            extended = find_extended(events, opened, applicant, request, load_law())
        else:
            asked = spell_service(events, opened, code, request, load_law())
        drafts = draft_entries(opened, applicant, asked, load_law(), now=get_now(), extended=extended)
        store_evaluation(register.path, to_json(record))
        return drafts

    enter_events(file, build, language)


def _parse_persons(persons: dict[str, str]) -> StatedPersons:
    return StatedPersons(**{option.removesuffix("_by"): name for option, name in persons.items()})


def _enter_round(
    *, round_name: str, at: datetime, reason: str, file: Path | None, language: str, **persons: str
) -> None:
    """Enter every decided application of a round and print a line for each, then how many of which kind."""
    opened, words = open_round(round_name), Words(language, "register")
    request = IssueRequest(purpose=Purpose.NEW, at=at, reason=reason, persons=_parse_persons(persons))
    counts: Counter[IssueStatus] = Counter()
    with Register.open(ensure_register(file), codes_of) as register:
        for result in issue_all(register, opened, request, load_law(), get_now):
            counts[result.status] += 1
            click.echo(_format_result(result, words))
    click.echo(words("issue.counts", **{status.value: counts[status] for status in IssueStatus}))
    if counts[IssueStatus.REFUSED]:
        raise SystemExit(1)


def _format_result(result: IssueResult, words: Words) -> str:
    name = f"{result.name.of(words.language)} ({result.application})"
    match result.status:
        case IssueStatus.ISSUED:
            return words("issue.line_issued", name=name, number=result.number, seq=result.entry)
        case IssueStatus.ALREADY if result.number:
            return words("issue.line_already", name=name, number=result.number)
        case IssueStatus.DECLINED | IssueStatus.ALREADY:
            key = "issue.line_declined" if result.status is IssueStatus.DECLINED else "issue.line_already_ended"
            return words(key, name=name, seq=result.entry, event=f"event.{result.event}")
    return words(f"issue.line_{result.status}", name=name, why=describe_refusals(result.refusals, words))


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

    def choose_kind(events: Sequence[Event]) -> EventKind:
        state = compute_state(events, to_korean_day(at))
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
    stated, kind = _parse_pairs(facts), EventKind(event)
    if evaluation and len(evaluation) != _SHA256_DIGITS:
        try:
            data = Path(evaluation).read_bytes()
            from_json(Record, data)
        except OSError as error:
            raise UsageError(f"--evaluation: {evaluation}: {error.strerror}") from None
        except ValueError:
            raise UsageError(f"--evaluation: {evaluation} is not the evaluation.json of an applicant") from None
        evaluation = store_evaluation(ensure_register(given["file"]), data)
    if kind is EventKind.APPLIED and is_invented_round(stated.get("round", "")):
        stated["invented"] = "yes"
    _enter_event(name, kind, stated, language, evaluation=evaluation, **given)


@click.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.argument("name")
@click.option("--void", is_flag=True, help="Take the entry out; it stays listed.")
@click.option("--restore", is_flag=True, help="Put back an entry that was taken out, as it was.")
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
    entry: int,
    name: str,
    void: bool,
    restore: bool,
    changes: tuple[str, ...],
    facts: tuple[str, ...],
    language: str,
    **given: Any,
) -> None:
    """Write the correction of an entry of the register.

    ENTRY is the number of an entry about NAME. Both versions stay in the register.
    """
    new: dict[str, Any] = _parse_pairs(changes)
    if "at" in new:
        new["at"] = MOMENT_OR_NOON.convert(new["at"], None, None).isoformat()
    roles = [role.value for role in Role]
    if new.get("role", roles[0]) not in roles:
        raise UsageError(f"no role '{new['role']}'{suggest(new['role'], roles)}; there are: {', '.join(roles)}")
    if facts:
        new["facts"] = _parse_pairs(facts)
    if [void, restore, bool(new)].count(True) != 1:
        raise UsageError("give either --void, --restore, or what changes with --set and --fact")
    facts_of_correction = {
        "corrects": str(entry),
        "void": "yes" if void else "no",
        "restored": "yes" if restore else "",
        "replacement": build_replacement(new) if new else "",
    }
    _enter_event(name, EventKind.CORRECTED, facts_of_correction, language, **given)


def _enter_event(
    name: str,
    kind: EventKind | Callable[[Sequence[Event]], EventKind],
    facts: dict[str, str],
    language: str,
    *,
    file: Path | None,
    round_name: str | None,
    at: datetime,
    actor: str,
    role: str | None,
    reason: str,
    scheme: str | None,
    certificate: str,
    service: str,
    evaluation: str = "",
) -> None:
    """Enter one event; its kind may be a function of the holder's entries when the register is locked for writing.

    It joins the entries with the certificate that is the holder's: its own, one that it shares, or one that a ruling
    has passed on to it.
    """

    def build(register: Register) -> list[Draft]:
        every, day = register.events(), to_korean_day(at)
        asked = find_subject(name, every, round_name)
        related = find_related(every, asked, day, load_law())
        own_scheme = find_scheme([event for one in related for event in one.entries], scheme, facts)
        of_scheme = [entries for entries in related if entries.scheme == own_scheme]
        first_kind = kind if isinstance(kind, EventKind) else EventKind.FIRST_NOTICE
        on_changes = load_law()(day).rules_on_changes.basis
        named = NamedCertificate(number=certificate, service=service)
        chosen = choose_entries(of_scheme, first_kind, facts, named, on_changes)
        subject = get_code_on(chosen.subject if chosen else asked, day)
        events = chosen.entries if chosen else ()
        event_kind = kind if isinstance(kind, EventKind) else kind(events)
        stated = complete_facts(chosen, event_kind, facts, day)
        target = chosen.target if chosen else Target(own_scheme, service)
        if event_kind in RULINGS:
            check_ruling(stated.get("partner") or subject, stated)
        edition = find_edition(compute_state(events, day), event_kind, stated.get("edition", ""))
        rule = get_role_rule(event_kind, load_law()(day, edition))
        return [
            Draft(
                subject=subject,
                kind=event_kind,
                actor=actor,
                role=Role(role) if role else rule.value,
                at=at,
                reason=reason,
                evaluation=evaluation,
                facts={key: value for key, value in {**stated, **target._asdict()}.items() if value},
            )
        ]

    enter_events(file, build, language)


def _parse_pairs(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise UsageError(f"'{text}' is not NAME=VALUE")
    pairs = [(name, value) for name, _, value in (text.partition("=") for text in texts)]
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise UsageError(f"'{name}' is given {count} times")
    return dict(pairs)


@click.command("import")
@click.argument("lines", type=FILE, required=False)
@click.option("--public", is_flag=True, help="Enter the public history instead, as transcribed entries.")
@register_option
@language_option
def import_(lines: Path | None, public: bool, file: Path | None, language: str) -> None:
    """Write a register from exported lines.

    Every hash of LINES is checked, and the register is a new one. With --public the published certifications of
    holders of whom the register says nothing yet are entered into one.
    """
    if public == (lines is not None):
        raise UsageError("give either a file of lines or --public")
    if lines is None:
        with Register.open(ensure_register(file), codes_of) as register:
            known = {code for subject in register.subjects() for code in codes_of(subject)}
            drafts = [
                draft for draft in build_drafts(open_history().certifications, load_law()) if draft.subject not in known
            ]
            entered = register.append_all(drafts, load_law(), get_now) if drafts else ()
            words = Words(language, "commands")
            click.echo(words("register.entered", count=len(entered), head=str(register.head())))
        return
    path = file or REGISTER
    try:
        text = lines.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {lines}: {error.strerror}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"{path}: {rebuild(text, str(lines), path)}")
