"""What the commands of the register share: where it is, when and by whom something is entered, whom a name means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import click

from smartcert.certification.events import Draft, Event, RefusedError, describe_refusal
from smartcert.certification.holders import list_schemes
from smartcert.certification.state import Law
from smartcert.certification.store import Register
from smartcert.certification.timeline import resolve_corrections
from smartcert.cli.options import (
    FILE,
    MOMENT_OR_NOON,
    REGISTER,
)
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.committee import normalise_body_name
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.io.rounds.organisations import compact_number, is_business_number
from smartcert.model.scheme import CITY
from smartcert.reporting.catalogue import Words
from smartcert.rules.parameters import Role
from smartcert.rules.rulebook import Rulebook
from smartcert.services.clock import get_now, get_today
from smartcert.services.editions import find_rules_folder
from smartcert.services.eligibility import find_entry
from smartcert.services.holders import codes_of, get_entity_id
from smartcert.services.local_governments import find_government
from smartcert.services.register_entries import RequestRefusedError, describe_refusals
from smartcert.services.rounds import open_round

_CODE_DIGITS = 10

register_option = click.option(
    "--register", "file", type=FILE, show_default=str(REGISTER), help="The file of the register."
)
round_option = click.option(
    "--round",
    "round_name",
    metavar="ROUND",
    show_default="every local government of Korea",
    help="Look names up in this round's registry.",
)
at_option = click.option(
    "--at",
    type=MOMENT_OR_NOON,
    default=get_now,
    show_default="now",
    help='When it happened, in Korean time: "2023-12-21 10:00", or a day for its noon.',
)
reason_option = click.option("--reason", required=True, help="Why: the words that are stored with the entry.")
_actor_option = click.option("--actor", required=True, help="Who does it, by name.")
_role_option = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    show_default="the one that the law gives the step to",
    help="In which capacity.",
)


_scheme_option = click.option(
    "--scheme",
    metavar="NAME",
    show_default="the only one that the holder has entries of",
    help="Of which scheme, such as service; city is the certification of cities.",
)
certificate_option = click.option(
    "--certificate",
    default="",
    metavar="NUMBER",
    show_default="the only one that is the holder's",
    help="Of which certificate, where several are the holder's: of services, after a merger, or with others.",
)
service_option = click.option(
    "--service",
    default="",
    metavar="NAME",
    show_default="the only one that is the holder's",
    help="Of which service, where a scheme certifies services; a name that is new begins a certificate of its own.",
)


def event_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of everything that is entered by one person."""
    for option in (
        round_option,
        register_option,
        service_option,
        certificate_option,
        _scheme_option,
        at_option,
        reason_option,
        _role_option,
        _actor_option,
    ):
        command = option(command)
    return command


def load_rulebook() -> Rulebook:
    """Return the rules of the working directory, else those of the package."""
    return _read_rules(find_rules_folder())[0]


def load_law() -> Law:
    """Return the function from a day and an edition to the rules of certificates of its scheme."""
    return _read_rules(find_rules_folder())[1]


@cache
def _read_rules(folder: Path) -> tuple[Rulebook, Law]:
    rulebook = read_rulebook(folder)
    return rulebook, cache(rulebook.certification_on)


def find_scheme(events: Sequence[Event], stated: str | None, facts: Mapping[str, str]) -> str:
    """Return the scheme of a new entry about a holder with these entries; empty is the certification of cities.

    It is the one that is stated, else that of the edition or of the earlier entry that the facts name, else the only
    one that the holder has entries of.

    Raises:
        UsageError: the one that is stated is unknown, or the holder has entries of several and none is stated.
    """
    rulebook = load_rulebook()
    known = {CITY: "", **{name: "" if name == CITY else name for name in rulebook.schemes}}
    if stated is not None:
        if stated not in known:
            raise UsageError(f"no scheme '{stated}'{suggest(stated, known)}; there are: {', '.join(known)}")
        return known[stated]
    edition = rulebook.editions.get(facts.get("edition", ""))
    if edition is not None:
        return known.get(edition.scheme, edition.scheme)
    named = {facts[name] for name in ("against", "corrects", "complaint") if facts.get(name)}
    for event in events:
        if str(event.seq) in named:
            return event.scheme
    schemes = list_schemes(events)
    if len(schemes) > 1:
        names = ", ".join(name or CITY for name in schemes)
        raise UsageError(f"the holder has entries of several schemes: {names}; say which with --scheme")
    return schemes[0] if schemes else ""


def name_scheme(scheme: str, words: Words) -> str:
    """Return what a scheme is called, as entries state it."""
    file = load_rulebook().schemes.get(scheme or CITY)
    return words.show(file.title if file is not None else scheme or CITY, "text")


def name_level(level: int, edition: str, day: date, words: Words, form: str = "barelevel") -> str:
    """Return what the scheme of an edition calls a level, else the level in a form of `LEVEL_FORMATS`."""
    scheme = load_rulebook().facts_of(edition, day)
    return (Words(words.language, scheme=scheme) if scheme is not None else words).level(level, form)


def find_subject(name: str, events: tuple[Event, ...], round_name: str | None) -> str:
    """Return the code that a name means: a code or business number, a name in the register, or of a local government.

    It is the code of today, or the last one of what has ended. A code is returned as it is: which others the holder
    has is known wherever entries are looked up.

    Raises:
        UsageError: it means nobody, or several. A code is one of the register's, of a local government at any time, of
            the round's registry, or a business number with its check digit: else it is a slip, and no answer is true.
    """
    code = compact_number(name)
    if len(code) == _CODE_DIGITS and code.isdigit():
        if not (any(event.subject == code for event in events) or get_entity_id(code) or is_business_number(code)):
            return find_entry(open_round(round_name).round.registry, code).code if round_name else _refuse_code(code)
        return code
    counted = resolve_corrections(events)
    asked = normalise_body_name(name)
    named = (
        event
        for event in counted
        if asked and asked in {normalise_body_name(event.text(key)) for key in ("name_ko", "name_en")}
    )
    holders = {codes_of(event.text("holder") or event.subject)[-1] for event in named}
    if len(holders) == 1 and not round_name:
        return holders.pop()
    if holders and not round_name:
        lines = "".join(f"\n  {code}" for code in sorted(holders))
        raise UsageError(f"'{name}' may be one of {len(holders)}; give its code or its parent as well:{lines}")
    if round_name:
        return find_entry(open_round(round_name).round.registry, name).code
    entity = find_government(name, get_today()).entity
    return entity.code_on(get_today()) or entity.codes[-1].code


def _refuse_code(code: str) -> NoReturn:
    raise UsageError(f"'{code}' is the code of no local government, no holder in the register and no business number")


def ensure_register(file: Path | None) -> Path:
    """Return the path of the register to write to; one that does not exist is created with its folder."""
    path = file or REGISTER
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            Register.create(path).close()
        except UsageError:
            if not path.exists():  # else another operator has created it at the same moment
                raise
    return path


def enter_events(file: Path | None, build: Callable[[Register], list[Draft]], language: str) -> None:
    """Enter the drafts that ``build`` returns for the register as it is, and print the entries.

    Raises:
        UsageError: one of them is refused: a sentence in ``language`` with the article. Nothing is entered.
    """
    words = Words(language, "register")
    with Register.open(ensure_register(file), codes_of) as register:
        try:
            entered = register.append_all(build(register), load_law(), get_now)
        except RefusedError as error:
            raise UsageError(describe_refusal(error.refusal, words)) from None
        except RequestRefusedError as error:
            raise UsageError(describe_refusals(error.refusals, words)) from None
    for event in entered:
        number = event.text("number")
        kind = f"event.{event.kind}"
        if number:
            click.echo(words("register.entered", number=number, seq=event.seq, event=kind, hash=event.hash))
        else:
            click.echo(words("register.entered_bare", seq=event.seq, event=kind, hash=event.hash))
