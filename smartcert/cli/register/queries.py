"""The commands that read the register: what is in force, what falls due, whether it is intact, and copies of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import click

from smartcert.certification import exchange, integrity
from smartcert.certification.events import Event, EventKind, describe_refusal
from smartcert.certification.periods import compute_extension_deadline
from smartcert.certification.public_history import to_events
from smartcert.certification.state import (
    RUNNING,
    Certificate,
    Holding,
    Law,
    Standing,
    bind_law,
    compute_certificate_lapse,
    find_unknown_since,
    limit_to_horizon,
)
from smartcert.certification.store import Register, parse_head, read_evaluation
from smartcert.certification.timeline import compute_standing
from smartcert.cli.options import (
    FILE,
    FOLDER,
    MOMENT_OR_NOON,
    REGISTER,
    align_columns,
    day_option,
    language_option,
)
from smartcert.cli.register.options import (
    find_subject,
    load_law,
    name_level,
    name_scheme,
    register_option,
    round_option,
)
from smartcert.errors import UsageError
from smartcert.files import write_new, write_new_folder
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import CertificationKind, is_specimen_number
from smartcert.reporting.catalogue import Words, find_placeholders, load_catalogue
from smartcert.reporting.formats import format_number
from smartcert.services.appeals import build_appeal_pack
from smartcert.services.clock import get_today
from smartcert.services.eligibility import format_basis
from smartcert.services.history import open_history
from smartcert.services.holders import codes_of, get_entity_id
from smartcert.services.holdings import (
    RelatedEntries,
    Relation,
    find_related,
    list_own,
    select_application,
    select_shared,
)
from smartcert.services.local_governments import describe_change, list_predecessors, name_government
from smartcert.services.recheck import Recheck, RecheckVerdict, recheck_certificates
from smartcert.services.register_entries import get_scheme
from smartcert.services.rounds import open_round

Rows = list[tuple[str, ...]]

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@day_option
@click.option(
    "--known",
    type=MOMENT_OR_NOON,
    show_default="all entries",
    help='Only what was entered by then: "2023-12-21 10:00", or a day for its noon.',
)
@round_option
@register_option
@language_option
def status(
    name: tuple[str, ...],
    day: date,
    known: datetime | None,
    round_name: str | None,
    file: Path | None,
    language: str,
) -> None:
    """Show what a holder holds on a day.

    Who has entries of several schemes holds a certificate of each, or none, and all of them are shown.
    The answer on NAME comes from the register, or where there is none from the public history. It says up to which day
    anything is known. A register that is not intact gives no answer and exit code 1.
    """
    words = Words(language, "register")
    origin = _read_events(file, words, known)
    asked = " ".join(name)
    subject = find_subject(asked, origin.events, round_name)
    related = find_related(origin.events, subject, day, load_law(), known)
    if not related and file is None and not origin.public and get_entity_id(subject):
        origin = _read_public_history(words)
        related = find_related(origin.events, subject, day, load_law(), known)
    if origin.public:
        _check_public(asked, subject, words)
    rows: list[tuple[str, ...]] = []
    if all(one.relation is not Relation.OWN for one in related):
        rows += _format_none(related, origin.limit(compute_standing((), day, load_law(), known)), words)
    schemes = {one.scheme for one in related}
    for one in related:
        if one.relation is Relation.OWN and len(schemes) > 1:
            rows.append((words("register.scheme"), name_scheme(one.scheme, words)))
        rows += _format_service(one, related, words)
        if one.relation is not Relation.OWN and one.certificate is not None:
            label = "register.joint" if one.relation is Relation.JOINT else "register.predecessor"
            rows.append((words(label), f"{one.certificate.name.of(language)}, {one.subject}"))
        if one.relation is Relation.OWN and one.standing.certificate is None:
            others = [other for other in related if other.scheme == one.scheme and other is not one]
            rows += _format_none(others, origin.limit(one.standing), words)
            continue
        rows += _format_related(one, origin.limit(one.standing), words)
    rows.insert(0, _format_heading(asked, subject, related, day, words))
    rows += [(words("register.source"), origin.source), (words("register.known"), origin.describe_horizon(words))]
    if origin.public:
        rows += _format_public(subject, day, words)
    for line in align_columns(rows):
        click.echo(line)


def _check_public(asked: str, subject: str, words: Words) -> None:
    """Refuse to answer from the public history about somebody of whom it can know nothing.

    Raises:
        UsageError: it is no local government of Korea, but one of an invented round or a company.
    """
    if not get_entity_id(subject):
        raise UsageError(words("register.not_public", name=asked, code=subject, file=str(REGISTER)))


def _format_heading(
    asked: str, subject: str, related: Iterable[RelatedEntries], day: date, words: Words
) -> tuple[str, str]:
    """Return name and code of the holder on ``day``; of who is no local government as the certificate has them."""
    named = name_government(subject, day)
    if named is not None:
        return named[0].of(words.language), named[1]
    own = [one.certificate for one in related if one.relation is Relation.OWN]
    names = [certificate.name.of(words.language) for certificate in own if certificate is not None]
    return names[0] if names else asked, subject


def _format_none(others: Sequence[RelatedEntries], standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield that somebody has no certificate of its own, where one of another may be its, and what else is entered."""
    rows = list(_format_standing(standing, words, load_law(), mark=""))
    if any(one.relation is Relation.PREDECESSOR and one.may_be_theirs for one in others):
        rows[0] = (words("register.on", day=standing.day), words("register.of_predecessor"))
    elif any(one.relation is Relation.JOINT for one in others):
        rows[0] = (words("register.on", day=standing.day), words("register.of_joint"))
    yield from rows


def _format_service(one: RelatedEntries, related: Iterable[RelatedEntries], words: Words) -> Iterator[tuple[str, ...]]:
    """Yield the service that entries are about, where they name it or others of the scheme do."""
    if one.target.service:
        yield words("register.service"), words.show(one.target.service, "text")
    elif any(other.scheme == one.scheme and other.target.service for other in related):
        yield words("register.service"), words("register.service_unnamed")


def _find_law(standing: Standing) -> Law:
    """Return the law of the scheme of the certificate in force."""
    certificate = standing.certificate
    return bind_law(load_law(), certificate.edition if certificate is not None else "")


def _format_related(one: RelatedEntries, standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
    yield from _format_standing(standing, words, _find_law(standing), mark=_find_mark(one, standing))
    for certificate in _list_others(standing):
        period = certificate.periods[-1]
        level = name_level(period.level, period.edition, period.valid_from, words, "level") if period.level else ""
        days = {"first": period.valid_from, "last": period.valid_to}
        yield words("register.also"), words("register.also_value", number=certificate.number, level=level, **days)
    yield from _format_changes(one, standing, words)


def _list_others(standing: Standing) -> list[Certificate]:
    """Return the certificates before the latest one that are in force beside it."""
    return [other for other in standing.certificates[:-1] if not other.ended and other.covers(standing.day)]


def _find_mark(one: RelatedEntries, standing: Standing) -> str:
    """Return whether the one asked for may use the mark: yes, no, or unknown; empty where there is no certificate."""
    certificate = standing.certificate
    if certificate is None:
        return ""
    if is_specimen_number(certificate.number):
        return "no"
    open_question = one.awaits_ruling or one.is_unsettled
    if find_unknown_since(standing) is not None or (standing.mark_allowed and open_question):
        return "unknown"
    return "yes" if standing.mark_allowed and (certificate.ended or one.is_theirs) else "no"


def _format_changes(one: RelatedEntries, standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield the mergers and divisions of the holders since the certificate was issued, and the rulings on them."""
    certificate = standing.certificate
    if certificate is None:
        return
    label, governments = words("register.change"), Words(words.language, "governments")
    for ruled in one.changes:
        change, ruling = ruled.change, ruled.ruling
        yield label, describe_change(change, governments)[0]
        if ruling is None:
            basis = _find_law(standing)(standing.day).rules_on_changes.basis
            last = change.day - timedelta(days=1)
            partner = None if ruled.of in codes_of(one.subject) else name_government(ruled.of, last)
            name = certificate.name if partner is None else partner[0]
            yield "", words("register.change_open", name=name, last=last, cite=format_basis(basis, words))
        else:
            yield (
                "",
                words("register.change_ruled", event=f"event.{ruling.kind}", day=ruling.day, entry=str(ruling.seq)),
            )
            named = name_government(ruled.passed_on_to, standing.day)
            if named is not None:
                yield "", words("register.change_holder", name=named[0], code=named[1])


def _format_standing(standing: Standing, words: Words, law: Law, *, mark: str) -> Iterator[tuple[str, ...]]:
    since = find_unknown_since(standing)
    holding = words("register.not_known_since", day=since) if since else words.term(f"holding.{standing.holding}")
    yield words("register.on", day=standing.day), holding
    certificate = standing.certificate
    if certificate:
        yield from _format_certificate(certificate, words, law)
    for gap in standing.gaps:
        yield words("register.gap"), words("register.gap_value", first=gap.first, last=gap.last)
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
    for complaint in standing.complaints:
        value = words("register.complaint_value", entry=str(complaint.entry), day=complaint.received_on)
        yield words("register.complaint"), value
    for day in standing.misused_on:
        yield words("register.misuse"), words.show(day, "day")
    if mark:
        yield words("register.mark"), words(f"register.mark_{mark}")


def _format_certificate(certificate: Certificate, words: Words, law: Law) -> Iterator[tuple[str, ...]]:
    if certificate.number:
        yield words("register.number"), certificate.number
    if is_specimen_number(certificate.number):
        yield words("register.specimen"), words("register.specimen_value")
    if certificate.suspended_on is not None:
        yield words("register.suspended"), words("register.suspended_value", day=certificate.suspended_on)
    if certificate.partners is not None:
        yield words("register.partners"), words.show(certificate.partners, "text")
    told = f"level_told.{certificate.level_status}"
    if certificate.level:
        form = "level" if words.language == "ko" else "barelevel"
        name = name_level(certificate.level, certificate.edition, certificate.periods[-1].valid_from, words, form)
        level = words("register.level_value", level=name, told=told)
    else:
        level = words("register.level_unknown", told=told)
    yield words("register.level"), level
    yield words("register.issued_on"), words.show(certificate.issued_on, "day")
    label = words("register.validity")
    for period in certificate.periods:
        yield label, words("register.validity_value", first=period.valid_from, last=period.valid_to)
        if period.otherwise:
            yield "", words("register.validity_otherwise", reason=period.otherwise)
        label = ""
    if certificate.ended_on is not None:
        yield words("register.ended_on"), words.show(certificate.ended_on, "day")
        return
    deadline = compute_extension_deadline(certificate.valid_to, law(certificate.periods[-1].decided_on))
    yield words("register.ask_by"), words.show(deadline, "day")


def _format_public(subject: str, day: date, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield whether the days of validity are published or only inferred, and the pilot, which is no certificate."""
    history, history_words = open_history(), Words(words.language, "history")
    for timeline in history.timelines(subject, day):
        if timeline.term is not None and timeline.term.certification.kind is not CertificationKind.PILOT:
            status = timeline.term.certification.validity_status
            yield history_words("history.table.validity"), history_words(f"history.firm.{status}")
    for certification in history.certifications:
        pilot = certification.kind is CertificationKind.PILOT
        if pilot and certification.code in codes_of(subject) and certification.decided_on <= day:
            yield words("register.pilot"), words("register.pilot_value", day=certification.decided_on)


@click.command()
@click.option("--within", default="90d", metavar="DAYS", help="How many days ahead, written as 90d.")
@day_option
@register_option
@language_option
def due(within: str, day: date, file: Path | None, language: str) -> None:
    """Show what falls due within a number of days.

    Extensions to be asked for, ends of validity, explanations, lapses; and since when something is open: a ruling on a
    merger or division, the step after a notice of revocation, the notice and publication of a revocation. The soonest
    first. A register that is not intact gives no answer and exit code 1.
    """
    match = _DAYS.fullmatch(within)
    if match is None:
        raise UsageError(f"--within: '{within}' is not a number of days, written as 90d")
    words = Words(language, "register")
    origin = _read_events(file, words)
    last = day + min(timedelta(days=int(match[1])), date.max - day)
    found = list_own(origin.events, day, load_law())
    dues = sorted(
        {
            (due_on, name, words(f"register.{key}", day=due_on))
            for one in found
            for due_on, name, key in _find_due_days(one, words, _find_law(one.standing))
            if day <= due_on <= last
        }
        | {
            (
                ruled.change.day,
                _name_holders(one, certificate, words),
                words("register.due_ruling", day=ruled.change.day),
            )
            for one in found
            if (certificate := one.standing.certificate) is not None and not certificate.ended
            for ruled in one.changes
            if ruled.ruling is None
        }
        | {duty for one in found for duty in _find_open_duties(one, words, _find_law(one.standing))}
    )
    rows = [(due_on.isoformat(), name, what) for due_on, name, what in dues]
    for line in align_columns(rows) or [words("register.none_due")]:
        click.echo(line)
    click.echo(f"{origin.source}; {origin.describe_horizon(words)}", err=True)


def _name_holders(one: RelatedEntries, certificate: Certificate, words: Words) -> str:
    """Return the name on a certificate, with its service, and with all who share it where it is a joint one."""
    name = ", ".join(part for part in (certificate.name.of(words.language), one.target.service) if part)
    return f"{name} ({certificate.partners.of(words.language)})" if certificate.partners is not None else name


def _find_due_days(one: RelatedEntries, words: Words, law: Law) -> Iterator[tuple[date, str, str]]:
    standing, certificate = one.standing, one.standing.certificate
    if certificate is None or certificate.ended:
        return
    name, rules = _name_holders(one, certificate, words), law(standing.day)
    for other in _list_others(standing):
        yield compute_extension_deadline(other.valid_to, rules), f"{name}, {other.number}", "due_review"
        yield other.valid_to, f"{name}, {other.number}", "due_end"
    if standing.holding in RUNNING:
        yield compute_extension_deadline(certificate.valid_to, rules), name, "due_review"
        yield certificate.valid_to, name, "due_end"
    if standing.holding is Holding.EXPIRED:
        yield compute_certificate_lapse(certificate, rules), name, "due_lapse"
    if standing.revocation and standing.revocation.stage == "notice":
        yield standing.revocation.until, name, "due_explanation"


def _find_open_duties(one: RelatedEntries, words: Words, law: Law) -> Iterator[tuple[date, str, str]]:
    """Yield what a revocation still asks for, with the day since which; it stays until it is done."""
    standing, certificate = one.standing, one.standing.certificate
    if certificate is None:
        return
    name, under_way = _name_holders(one, certificate, words), standing.revocation
    if under_way and under_way.stage == "notice" and under_way.until < standing.day and not certificate.ended:
        yield under_way.until, name, words("register.due_next_step", day=under_way.until)
    if certificate.ended == "revoked" and certificate.ended_on and law(standing.day).revocation_published.value:
        for kind in (EventKind.NOTIFIED, EventKind.PUBLISHED):
            if kind not in standing.announced:
                yield certificate.ended_on, name, words("register.due_announced", event=f"event.{kind}")


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@round_option
@register_option
@language_option
def history(name: tuple[str, ...], round_name: str | None, file: Path | None, language: str) -> None:
    """Show every entry about a holder.

    Entries on NAME that were corrected or taken out are listed with the entry that did so. Those on what was merged or
    divided into NAME, and those on who leads a joint application of NAME, are listed with its own, all with the code
    that they are on. A register that is not intact gives no answer and exit code 1.
    """
    words = Words(language, "register")
    origin = _read_events(file, words)
    subject = find_subject(" ".join(name), origin.events, round_name)
    if origin.public:
        _check_public(" ".join(name), subject, words)
    codes = [subject, *dict.fromkeys(code for code, _ in list_predecessors(subject, get_today()))]
    found = {
        event.seq: event for code in codes for event in (*origin.select(code), *select_shared(origin.events, code))
    }
    own = [found[seq] for seq in sorted(found)]
    if not own:
        raise UsageError(words("register.no_one", name=" ".join(name), source=origin.source))
    others = {event.subject for event in own}.difference(codes_of(subject))
    corrections = {int(event.facts["corrects"]): event for event in own if event.kind is EventKind.CORRECTED}
    for line in align_columns(
        (*((event.subject,) if others else ()), *_format_entry(event, corrections.get(event.seq), words))
        for event in own
    ):
        click.echo(line)
    click.echo(f"{origin.source}; {origin.describe_horizon(words)}", err=True)


def _format_entry(event: Event, correction: Event | None, words: Words) -> tuple[str, ...]:
    corrected = ""
    if correction is not None:
        how = "taken_out" if correction.yes("void") else "restored" if correction.yes("restored") else "corrected"
        key = f"register.{how}_by"
        corrected = words(key, entry=str(correction.seq))
    return (
        str(event.seq),
        words.show(event.at, "moment"),
        words.term(f"event.{event.kind}"),
        f"{words.show(event.actor, 'text')} ({words.term(f'role.{event.role}')})",
        words.show(event.reason, "text"),
        words.show("; ".join(f"{name}={value}" for name, value in sorted(event.facts.items())), "text"),
        corrected,
        event.hash[:12],
    )


@click.command()
@click.option(
    "--head",
    "head_text",
    metavar="COUNT:HASH",
    show_default="the published ones only",
    help="A head that was stored elsewhere.",
)
@register_option
@language_option
def verify(head_text: str | None, file: Path | None, language: str) -> None:
    """Check that the register is what was entered.

    Each entry that was changed, removed, moved or cut off is listed, and each whose stored evaluation is another one.
    The exit code is 1 if something is wrong. Said, and not wrong: an evaluation that is not stored, and a validity on
    other days than those of the rules, with the reason that was recorded.
    """
    words, path = Words(language, "register"), file or REGISTER
    damages = integrity.verify(path, load_law(), parse_head(head_text) if head_text else None, codes_of)
    for line in _describe_damages(damages, words):
        click.echo(line)
    if damages:
        raise SystemExit(1)
    with Register.read(path, codes_of) as register:
        head, invented = register.head(), register.is_invented()
        events = register.events()
        missing = integrity.find_missing_evaluations(events, path)
    click.echo(words("register.none_wrong", count=head.count, head=str(head)))
    if invented:
        click.echo(words("register.invented"))
    for other in integrity.find_other_validities(events, load_law(), codes_of):
        days = {"first": other.event.date("valid_from"), "last": other.event.date("valid_to")}
        wanted = {"wanted_first": other.wanted[0], "wanted_last": other.wanted[1]}
        key = "register.validity_differs" if other.reason else "register.validity_unexplained"
        click.echo(
            words(key, seq=other.event.seq, **days, **wanted, **({"reason": other.reason} if other.reason else {}))
        )
    if missing:
        click.echo(words("register.evaluations_missing", entries=[str(seq) for seq in missing]))


def _describe_damages(damages: Iterable[integrity.Damage], words: Words) -> Iterator[str]:
    sentences = load_catalogue(words.language, "register")
    for damage in damages:
        key = f"damage.{damage.kind}"
        if damage.refusal is not None:
            yield words("damage.not_allowed", seq=damage.seq, why=describe_refusal(damage.refusal, words))
            continue
        sentence = sentences[key]
        fields: dict[str, int | str] = {"seq": damage.seq, "detail": damage.detail}
        wanted = {gap.name for gap in find_placeholders(sentence if isinstance(sentence, str) else sentence[0])}
        yield words(key, **{name: value for name, value in fields.items() if name in wanted})


def _require_intact(path: Path, words: Words) -> None:
    """End the command with exit code 1 where the register is not what was entered: it gives no answer then."""
    damages = integrity.verify(path, load_law(), codes_of=codes_of)
    if not damages:
        return
    click.echo(words("register.not_intact", file=str(path)), err=True)
    for line in _describe_damages(damages, words):
        click.echo(line, err=True)
    raise SystemExit(1)


@click.command()
@click.option("--output", type=FILE, show_default="stdout", help="The file to write, a new one.")
@register_option
def export(output: Path | None, file: Path | None) -> None:
    """Write the register as lines of canonical JSON.

    One line per entry, the head at the end. The same register gives the same bytes.
    """
    with Register.read(file or REGISTER, codes_of) as register:
        text = b"".join(exchange.export_lines(register))
    if output is None:
        click.echo(text, nl=False)
        return
    write_new(output, text)


@click.command()
@click.argument("target", type=FILE)
@register_option
def backup(target: Path, file: Path | None) -> None:
    """Write a copy of the register, also while it is in use.

    The register and its heads are copied to TARGET, which appears under its name only when it is complete.
    """
    click.echo(f"{target}: {exchange.backup(file or REGISTER, target)}")


@click.command()
@click.argument("round_name", metavar="ROUND")
@day_option
@register_option
@language_option
def recheck(round_name: str, day: date, file: Path | None, language: str) -> None:
    """Check each valid certificate against the newest data.

    The data of ROUND, the newest, are evaluated by the rules of the certificate and by those of the day. Those to
    look at before their review come first: who would not stand, then who has most fallen indicators.
    """
    words, path = Words(language, "register"), file or REGISTER
    _require_intact(path, words)
    with Register.read(path, codes_of) as register:
        events = register.events()
    rechecks = recheck_certificates(events, open_round(round_name), load_law(), day, partial(read_evaluation, path))
    if not rechecks:
        click.echo(words("recheck.nobody", round=round_name))
        return
    heading = tuple(words(f"recheck.{name}") for name in ("holder", "level", "own", "current", "due", "fell"))
    for line in align_columns([heading, *(_format_recheck(recheck, words) for recheck in rechecks)]):
        click.echo(line)
    for recheck in rechecks:
        if line := _format_size_type(recheck, words):
            click.echo(line)


def _format_size_type(recheck: Recheck, words: Words) -> str:
    """Return a line where the newest population puts the holder in another size type than its certificate."""
    evaluation = recheck.current.evaluation
    before, now = recheck.certificate.size_type, evaluation.size_type if evaluation else None
    people = evaluation.applicant.population if evaluation else None
    if now is None or people is None or not before or before == now:
        return ""
    return words(
        "recheck.size_type",
        name=recheck.certificate.name,
        before=f"size_type.{before}",
        now=f"size_type.{now}",
        residents=people.residents,
        as_of=people.as_of,
    )


def _format_recheck(recheck: Recheck, words: Words) -> tuple[str, ...]:
    none = words("symbol.none")
    if not recheck.service_known:
        unknown = words("recheck.other_service")
        return _name_certified(recheck, words), none, unknown, unknown, words.show(recheck.due, "day"), none
    fell = words("recheck.not_the_same")
    if recheck.lost is not None:
        fell = ", ".join(
            f"{fall.indicator} {format_number(fall.before)}→{format_number(fall.now)}" for fall in recheck.lost
        )
    return (
        _name_certified(recheck, words),
        name_level(
            recheck.certificate.level, recheck.certificate.edition, recheck.certificate.periods[-1].valid_from, words
        )
        if recheck.certificate.level
        else none,
        _format_verdict(recheck.own, words),
        _format_verdict(recheck.current, words),
        words.show(recheck.due, "day"),
        fell or none,
    )


def _name_certified(recheck: Recheck, words: Words) -> str:
    certificate = recheck.certificate
    return ", ".join(part for part in (certificate.name.of(words.language), certificate.service) if part)


def _format_verdict(verdict: RecheckVerdict, words: Words) -> str:
    if verdict.evaluation is None:
        return words.show(verdict.reason, "text")
    level = verdict.evaluation.level
    text = name_level(level.level, verdict.edition, verdict.day, words, "lowerlevel") if level else words("symbol.none")
    return words("recheck.stands" if verdict.stands else "recheck.falls", level=text)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant", metavar="APPLICANT")
@click.option("--output", type=FOLDER, required=True, help="The folder to write into, a new one.")
@register_option
@language_option
def appeal(round_name: str, applicant: str, output: Path, file: Path | None, language: str) -> None:
    """Write the appeal pack of an applicant.

    It holds APPLICANT's submission and changes, marks without names, rules, trace and objections.
    """
    words = Words(language, "register")
    opened = open_round(round_name)
    code = opened.record(applicant).evaluation.applicant.code
    path = file or REGISTER
    events: tuple[Event, ...] = ()
    if file is not None or path.exists():
        _require_intact(path, words)
        with Register.read(path, codes_of) as register:
            asked = (opened.round.id, applicant)
            events = select_application(register.events(), code, get_scheme(opened), asked, get_today(), load_law())
    pack = build_appeal_pack(opened, applicant, events, partial(read_evaluation, path))
    _write_files(output, pack.files)
    click.echo(words("appeal_pack.written", folder=str(output), files=len(pack.files), hash=pack.evaluation))
    recorded = {event.evaluation for event in events if event.evaluation}
    if recorded - {pack.evaluation}:
        click.echo(words("appeal_pack.entered_on_another"), err=True)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    write_new_folder(folder, files)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Origin:
    """The entries that answer, where they are from, and the last day of which anything is known (None: of none)."""

    events: tuple[Event, ...]
    source: str
    public: bool
    known_to: date | None

    def select(self, subject: str) -> list[Event]:
        codes = codes_of(subject)
        return [event for event in self.events if event.subject in codes]

    def limit(self, standing: Standing) -> Standing:
        if self.known_to is None:
            return replace(standing, holding=Holding.NOT_KNOWN, mark_allowed=False)
        return limit_to_horizon(standing, self.known_to)

    def describe_horizon(self, words: Words) -> str:
        return words("register.known_to", day=self.known_to) if self.known_to else words("register.known_nothing")


def _read_events(file: Path | None, words: Words, known: datetime | None = None) -> _Origin:
    """Return all entries of the register, or the public history where there is none.

    A register that is not intact ends the command with exit code 1.
    """
    if file is None and not REGISTER.exists():
        return _read_public_history(words)
    path = file or REGISTER
    _require_intact(path, words)
    with Register.read(path, codes_of) as register:
        source = words("register.source_register", file=str(path))
        return _Origin(events=register.events(), source=source, public=False, known_to=register.known_to(known))


def _read_public_history(words: Words) -> _Origin:
    history = open_history()
    return _Origin(
        events=to_events(history.certifications, load_law()),
        source=words("register.source_public"),
        public=True,
        known_to=history.known_to,
    )
