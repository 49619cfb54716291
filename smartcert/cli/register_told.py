"""What the register answers, as rows of labels and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartcert.certification.events import Event
    from smartcert.certification.holding import Law
    from smartcert.certification.state import Certificate, Standing
    from smartcert.reporting.words import Words

Rows = list[tuple[str, ...]]


def standing_rows(standing: Standing, words: Words, law: Law) -> Rows:
    """Return what one holder holds on a day."""
    rows: Rows = [(words("register.on", day=standing.day), words.term(f"holding.{standing.holding}"))]
    if standing.certificate:
        rows += _certificate(standing.certificate, words, law)
    rows += [
        (words("register.gap"), words("register.gap_value", first=gap.first, last=gap.last)) for gap in standing.gaps
    ]
    rows += _under_way(standing, words)
    if standing.certificate:
        rows.append(
            (words("register.mark"), words("register.mark_yes" if standing.mark_allowed else "register.mark_no"))
        )
    return rows


def _certificate(latest: Certificate, words: Words, law: Law) -> Iterator[tuple[str, ...]]:
    from smartcert.certification.days import ask_by

    if latest.number:
        yield words("register.number"), latest.number
    told = f"level_told.{latest.level_told}"
    level = words("register.level_value", level=str(latest.level), told=told) if latest.level else ""
    yield words("register.level"), level or words("register.level_unknown", told=told)
    yield words("register.issued_on"), words.show(latest.issued_on, "day")
    label = words("register.validity")
    for period in latest.periods:
        yield label, words("register.validity_value", first=period.valid_from, last=period.valid_to)
        label = ""
    asked_by = ask_by(latest.valid_to, law(latest.periods[-1].decided_on))
    yield words("register.ask_by"), words.show(asked_by, "day")


def _under_way(standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
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


def history_rows(events: Sequence[Event], words: Words) -> Rows:
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
            _facts(one, words),
            _fixed(fixed.get(one.seq), words),
            one.hash[:12],
        )
        for one in events
    ]


def _facts(event: Event, words: Words) -> str:
    return words.show("; ".join(f"{name}={value}" for name, value in sorted(event.facts.items())), "text")


def _fixed(correction: Event | None, words: Words) -> str:
    if correction is None:
        return ""
    return words(
        "register.taken_out_by" if correction.yes("void") else "register.corrected_by", entry=str(correction.seq)
    )


def due_rows(standings: Sequence[Standing], words: Words, law: Law, within: int) -> Rows:
    """Return what falls due from the day of the standings on within so many days, the last included, soonest first."""
    found = [
        (day, name, words(f"register.{key}", day=day))
        for standing in standings
        for day, name, key in _dues(standing, words, law)
        if standing.day <= day <= standing.day + timedelta(days=within)
    ]
    return [(day.isoformat(), name, told) for day, name, told in sorted(found)]


def _dues(standing: Standing, words: Words, law: Law) -> Iterator[tuple[date, str, str]]:
    from smartcert.certification.days import ask_by
    from smartcert.certification.holding import lapses_after
    from smartcert.certification.state import VALID, Holding

    latest = standing.certificate
    if latest is None or latest.ended:
        return
    name, rules = latest.name.of(words.language), law(standing.day)
    if standing.holding in VALID:
        yield ask_by(latest.valid_to, rules), name, "due_review"
        yield latest.valid_to, name, "due_end"
    if standing.holding is Holding.EXPIRED:
        yield lapses_after(latest, rules), name, "due_lapse"
    if standing.revocation and standing.revocation.stage == "notice":
        yield standing.revocation.until, name, "due_explanation"
