"""Status, due, history, verify, recheck, appeal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import align_columns, language_option
from smartcert.cli.register.options import (
    REGISTER,
    day_option,
    find_subject,
    load_law,
    parse_day,
    parse_moment,
    register_option,
    round_option,
)
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.certification.events import Event
    from smartcert.certification.state import Certificate, Law, Standing
    from smartcert.reporting.catalogue import Words
    from smartcert.services.recheck import Recheck, RecheckVerdict


# --- ``smartcert register status``, ``due``, ``history``, ``verify``: what the register says, and whether it is whole.

_WITHIN = re.compile(r"([1-9][0-9]{0,4})d")


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@day_option
@click.option("--known", metavar="MOMENT", help="Only what the register had been told by then.")
@round_option
@register_option
@language_option
def status(
    name: tuple[str, ...], on: str, known: str | None, round_name: str | None, file: Path | None, language: str
) -> None:
    """Tell what NAME held on a day: from the register, or where none is at hand from the public history."""
    from smartcert.certification.timeline import compute_standing

    words, day = _register_words(language), parse_day(on)
    events, source = _read_events(file, words)
    asked = " ".join(name)
    subject = find_subject(asked, events, round_name)
    own = tuple(event for event in events if event.subject == subject)
    if not own and file is None and not _is_public(source, words):
        events, source = _read_public_history(words)
        own = tuple(event for event in events if event.subject == subject)
    held = compute_standing(own, day, load_law(), parse_moment(known) if known else None)
    label = held.certificate.name.of(language) if held.certificate else asked
    rows = [(label, subject), *format_standing(held, words, load_law()), (words("register.source"), source)]
    if _is_public(source, words):
        rows += [*_validity_rows(subject, day, language), *_pilot_rows(subject, day, language)]
    for line in align_columns(rows):
        click.echo(line)


@click.command()
@click.option("--within", default="90d", show_default=True, metavar="DAYS", help="How far ahead, as 90d.")
@day_option
@register_option
@language_option
def due(within: str, on: str, file: Path | None, language: str) -> None:
    """List what falls due: extensions to be asked for, ends of validity, explanations, lapses. Soonest first."""
    from smartcert.certification.timeline import compute_standing

    found = _WITHIN.fullmatch(within)
    if found is None:
        raise UsageError(f"--within: '{within}' is no number of days; write it as 90d")
    words, day = _register_words(language), parse_day(on)
    events, source = _read_events(file, words)
    by_subject: dict[str, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.subject, []).append(event)
    standings = [compute_standing(own, day, load_law()) for own in by_subject.values()]
    for line in align_columns(format_due(standings, words, load_law(), int(found[1]))) or [words("register.none_due")]:
        click.echo(line)
    click.echo(source, err=True)


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@round_option
@register_option
@language_option
def history(name: tuple[str, ...], round_name: str | None, file: Path | None, language: str) -> None:
    """Print every entry about NAME, corrected ones with what corrects them."""
    words = _register_words(language)
    events, source = _read_events(file, words)
    subject = find_subject(" ".join(name), events, round_name)
    own = [event for event in events if event.subject == subject]
    if not own:
        raise UsageError(words("register.no_one", name=" ".join(name)))
    for line in align_columns(format_history(own, words)):
        click.echo(line)
    click.echo(source, err=True)


@click.command()
@click.option("--head", "head_text", metavar="COUNT:HASH", help="A head that was kept elsewhere.")
@register_option
@language_option
def verify(head_text: str | None, file: Path | None, language: str) -> None:
    """Tell whether the register is what was entered, and which entry was changed, removed, moved or cut off.

    The exit code is 1 if something is wrong.
    """
    from smartcert.certification import integrity as chain
    from smartcert.certification import store as heads
    from smartcert.certification.store import Register

    words, path = _register_words(language), file or REGISTER
    damages = chain.verify(path, load_law(), heads.parse_head(head_text) if head_text else None)
    for damage in damages:
        fields = {"seq": damage.seq} if "seq" in _list_placeholders(f"damage.{damage.kind}", words) else {}
        detail = {"detail": damage.detail} if "detail" in _list_placeholders(f"damage.{damage.kind}", words) else {}
        click.echo(words(f"damage.{damage.kind}", **fields, **detail))
    if damages:
        raise SystemExit(1)
    with Register.read(path) as register:
        head = register.head()
    click.echo(words("register.none_wrong", count=head.count, head=str(head)))


def _list_placeholders(key: str, words: Words) -> set[str]:
    from smartcert.reporting.catalogue import find_placeholders, load_catalogue

    entry = load_catalogue(words.language, "register")[key]
    return {gap.name for gap in find_placeholders(entry if isinstance(entry, str) else entry[0])}


def _register_words(language: str) -> Words:
    from smartcert.reporting.catalogue import Words

    return Words(language, "register")


def _read_events(file: Path | None, words: Words) -> tuple[tuple[Event, ...], str]:
    """Return all entries and where they are from: the register, or the public history where there is none."""
    from smartcert.certification.store import Register

    if file is None and not REGISTER.exists():
        return _read_public_history(words)
    path = file or REGISTER
    with Register.read(path) as register:
        return register.events(), words("register.source_register", file=str(path))


def _read_public_history(words: Words) -> tuple[tuple[Event, ...], str]:
    from smartcert.certification.public_history import to_events
    from smartcert.services.history import open_history

    return to_events(open_history().certifications, load_law()), words("register.source_public")


def _is_public(source: str, words: Words) -> bool:
    return source == words("register.source_public")


def _validity_rows(subject: str, day: date, language: str) -> list[tuple[str, ...]]:
    """Return the row that says whether the days of validity are published or only inferred."""
    from smartcert.model.certification import CertificationKind
    from smartcert.reporting.catalogue import Words
    from smartcert.services.history import open_history

    words = Words(language, "history")
    return [
        (words("history.table.validity"), words(f"history.firm.{one.term.certification.validity_status}"))
        for one in open_history().timelines(subject, day)
        if one.term is not None and one.term.certification.kind is not CertificationKind.PILOT
    ]


def _pilot_rows(subject: str, day: date, language: str) -> list[tuple[str, ...]]:
    """Return the rows of the pilot certificate, which is none under the notice."""
    from smartcert.model.certification import CertificationKind
    from smartcert.services.history import open_history

    words = _register_words(language)
    return [
        (words("register.pilot"), words("register.pilot_value", day=one.decided_on))
        for one in open_history().certifications
        if one.code == subject and one.kind is CertificationKind.PILOT and one.decided_on <= day
    ]


# --- What the register answers, as rows of labels and values.

Rows = list[tuple[str, ...]]


def format_standing(standing: Standing, words: Words, law: Law) -> Rows:
    """Return what one holder holds on a day."""
    rows: Rows = [(words("register.on", day=standing.day), words.term(f"holding.{standing.holding}"))]
    if standing.certificate:
        rows += _format_certificate(standing.certificate, words, law)
    rows += [
        (words("register.gap"), words("register.gap_value", first=gap.first, last=gap.last)) for gap in standing.gaps
    ]
    rows += _format_procedures(standing, words)
    if standing.certificate:
        rows.append(
            (words("register.mark"), words("register.mark_yes" if standing.mark_allowed else "register.mark_no"))
        )
    return rows


def _format_certificate(latest: Certificate, words: Words, law: Law) -> Iterator[tuple[str, ...]]:
    from smartcert.certification.events import compute_extension_deadline

    if latest.number:
        yield words("register.number"), latest.number
    told = f"level_told.{latest.level_status}"
    level = words("register.level_value", level=str(latest.level), told=told) if latest.level else ""
    yield words("register.level"), level or words("register.level_unknown", told=told)
    yield words("register.issued_on"), words.show(latest.issued_on, "day")
    label = words("register.validity")
    for period in latest.periods:
        yield label, words("register.validity_value", first=period.valid_from, last=period.valid_to)
        label = ""
    asked_by = compute_extension_deadline(latest.valid_to, law(latest.periods[-1].decided_on))
    yield words("register.ask_by"), words.show(asked_by, "day")


def _format_procedures(standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
    application, revocation, objection = standing.application, standing.revocation, standing.objection
    if application:
        stage = f"stage_of_application.{application.stage}"
        value = words("register.application_value", purpose=f"purpose.{application.purpose}", stage=stage)
        yield words("register.application"), value
    if revocation and revocation.stage != "none":
        stage, ground = f"stage_of_revocation.{revocation.stage}", f"ground.{revocation.ground}"
        value = words("register.revocation_value", stage=stage, ground=ground, until=revocation.until)
        yield words("register.revocation"), value
    if objection:
        value = words("register.objection_value", entry=str(objection.against), day=objection.filed_on)
        yield words("register.objection"), value


def format_history(events: Sequence[Event], words: Words) -> Rows:
    """Return every entry, those that were corrected or taken out with what did so."""
    from smartcert.certification.events import EventKind

    fixed = {int(one.facts["corrects"]): one for one in events if one.kind is EventKind.CORRECTED}
    return [
        (
            str(one.seq),
            words.show(one.at, "moment"),
            words.term(f"event.{one.kind}"),
            f"{words.show(one.actor, 'text')} ({words.term(f'role.{one.role}')})",
            words.show(one.reason, "text"),
            _format_facts(one, words),
            _format_correction(fixed.get(one.seq), words),
            one.hash[:12],
        )
        for one in events
    ]


def _format_facts(event: Event, words: Words) -> str:
    return words.show("; ".join(f"{name}={value}" for name, value in sorted(event.facts.items())), "text")


def _format_correction(correction: Event | None, words: Words) -> str:
    if correction is None:
        return ""
    return words(
        "register.taken_out_by" if correction.yes("void") else "register.corrected_by", entry=str(correction.seq)
    )


def format_due(standings: Sequence[Standing], words: Words, law: Law, within: int) -> Rows:
    """Return what falls due from the day of the standings on within so many days, the last included, soonest first."""
    found = [
        (day, name, words(f"register.{key}", day=day))
        for standing in standings
        for day, name, key in _find_due_days(standing, words, law)
        if standing.day <= day <= standing.day + timedelta(days=within)
    ]
    return [(day.isoformat(), name, told) for day, name, told in sorted(found)]


def _find_due_days(standing: Standing, words: Words, law: Law) -> Iterator[tuple[date, str, str]]:
    from smartcert.certification.events import compute_extension_deadline
    from smartcert.certification.state import VALID, Holding, compute_certificate_lapse

    latest = standing.certificate
    if latest is None or latest.ended:
        return
    name, rules = latest.name.of(words.language), law(standing.day)
    if standing.holding in VALID:
        yield compute_extension_deadline(latest.valid_to, rules), name, "due_review"
        yield latest.valid_to, name, "due_end"
    if standing.holding is Holding.EXPIRED:
        yield compute_certificate_lapse(latest, rules), name, "due_lapse"
    if standing.revocation and standing.revocation.stage == "notice":
        yield standing.revocation.until, name, "due_explanation"


# --- ``smartcert register recheck`` and ``appeal``: would a certificate still stand, and what a verdict rests on.


@click.command()
@click.argument("round_name", metavar="ROUND")
@day_option
@register_option
@language_option
def recheck(round_name: str, on: str, file: Path | None, language: str) -> None:
    """Hold the data of ROUND, the newest, against the rules of each valid certificate and against those of the day.

    Those to look at before their review come first: who would not stand, then who has most fallen indicators.
    """
    from smartcert.certification.integrity import read_evaluation
    from smartcert.certification.store import Register
    from smartcert.reporting.catalogue import Words
    from smartcert.services.recheck import recheck_certificates
    from smartcert.services.rounds import open_round

    words, day = Words(language, "register"), parse_day(on)
    path = file or REGISTER
    with Register.read(path) as register:
        events = register.events()
    found = recheck_certificates(events, open_round(round_name), load_law(), day, partial(read_evaluation, path))
    if not found:
        click.echo(words("recheck.nobody", round=round_name))
        return
    titles = ("holder", "level", "own", "current", "due", "fell")
    rows = [tuple(words(f"recheck.{title}") for title in titles), *(_format_recheck(one, words) for one in found)]
    for line in align_columns(rows):
        click.echo(line)


def _format_recheck(one: Recheck, words: Words) -> tuple[str, ...]:
    from smartcert.reporting import formats as figures

    fell = words("recheck.not_the_same")
    if one.lost is not None:
        fell = ", ".join(
            f"{it.indicator} {figures.format_number(it.before)}→{figures.format_number(it.now)}" for it in one.lost
        )
    level = str(one.certificate.level) if one.certificate.level else words("symbol.none")
    name = one.certificate.name.of(words.language)
    due = words.show(one.due, "day")
    return (
        name,
        level,
        _format_verdict(one.own, words),
        _format_verdict(one.current, words),
        due,
        fell or words("symbol.none"),
    )


def _format_verdict(under: RecheckVerdict, words: Words) -> str:
    if under.evaluation is None:
        return words.show(under.reason, "text")
    level = under.evaluation.level
    told = str(level.level) if level else words("symbol.none")
    return words("recheck.stands" if under.stands else "recheck.falls", level=told)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant", metavar="APPLICANT")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to make.")
@register_option
def appeal(round_name: str, applicant: str, output: Path, file: Path | None) -> None:
    """Write the appeal pack of APPLICANT: submission, changes, marks without names, rules, trace, objections."""
    from smartcert.certification.integrity import read_evaluation
    from smartcert.certification.store import Register
    from smartcert.services.appeals import build_appeal_pack
    from smartcert.services.rounds import open_round

    opened = open_round(round_name)
    code = opened.record(applicant).evaluation.applicant.code
    path = file or REGISTER
    events: tuple[Event, ...] = ()
    if file is not None or path.exists():
        with Register.read(path) as register:
            events = register.events(code)
    made = build_appeal_pack(opened, applicant, events, partial(read_evaluation, path))
    _write_files(output, made.files)
    click.echo(f"{output}: {len(made.files)} files, evaluation.json {made.evaluation}")
    recorded = {event.evaluation for event in events if event.evaluation}
    if recorded - {made.evaluation}:
        click.echo("entries rest on another evaluation.json; where it was kept it is in entered/", err=True)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    except FileExistsError:
        raise UsageError(f"{folder} is there already") from None
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from None
