"""Which local government is meant on a day, what it is and was, and who came after it: in words, with the acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from smartcert.errors import UsageError
from smartcert.io.parameters.applicant_search import suggest_near
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.io.parameters.populations import last_day
from smartcert.model.applicant import Registry
from smartcert.model.citation import Text
from smartcert.model.local_government import (
    OF_TERRITORY,
    Candidate,
    Change,
    ChangeKind,
    ChangeStatus,
    LocalGovernment,
    LocalGovernments,
    MatchKind,
    NameUse,
)
from smartcert.reporting.catalogue import Words

_DAY = timedelta(days=1)


def find_government(asked: str, day: date) -> Candidate:
    """Return the entity that a name or code means on ``day``: the only one for whom it holds then, or ever held.

    Raises:
        UsageError: several may be meant, or none is; says whom to ask, and where it only guesses.
    """
    table = load_local_governments()
    found = table.find(asked, on=day)
    current = tuple(candidate for candidate in found if candidate.current)
    chosen = current or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        lines = "".join(f"\n  {_describe_candidate(candidate, day, table)}" for candidate in found)
        raise UsageError(f"'{asked}' may be one of {len(chosen)}; give its code or its parent as well:{lines}")
    raise UsageError(f"{describe_unknown(asked, table, day)}{describe_guesses(asked, table, day)}")


def describe_unknown(asked: str, table: LocalGovernments, day: date) -> str:
    """Return that nobody has, or ever had, a name or code: since the table begins, for before that it knows nothing."""
    return f"no local government '{asked}' on {day}, nor since the table begins on {table.begins}"


def describe_past(code: str, asked: str, day: date, words: Words) -> list[tuple[str, str]]:
    """Return what `describe_government` says beside name, code and kind of the entity with a code, asked for somehow.

    Empty for a code that nobody ever had, as those of invented rounds.
    """
    table = load_local_governments()
    known = table.find(code, on=day)
    if not known:
        return []
    same = [candidate for candidate in table.find(asked, on=day) if candidate.entity is known[0].entity]
    rows = describe_government(same[0], asked, day, words) if same else describe_government(known[0], code, day, words)
    said = {words("history.code"), words("history.kind")}
    return [row for row in rows[1:] if row[0] not in said]


def find_governments(names: tuple[str, ...], day: date) -> tuple[Candidate, ...]:
    """Return the entity that some words mean together (대구 동구), else those that each of them means by itself.

    Raises:
        UsageError: as `find_government`, of the words together.
    """
    table = load_local_governments()
    together = " ".join(names)
    if len(names) > 1 and not table.find(together, on=day) and all(table.find(name, on=day) for name in names):
        return tuple(find_government(name, day) for name in names)
    return (find_government(together, day),)


def _describe_candidate(candidate: Candidate, day: date, table: LocalGovernments) -> str:
    entity = candidate.entity
    name = table.name(entity, day)
    code = entity.code_on(day) or _last_code(entity)
    text = f"{code}  {name.ko} ({name.en})"
    if entity.last is not None and entity.last < day:
        after = ", ".join(
            f"{table.name(successor, day).ko} {successor.code_on(day)}" for successor in table.successors(entity)
        )
        return f"{text}, until {entity.last}" + (f"; ask {after}" if after else "")
    if not candidate.current and candidate.span.last is not None:
        return f"{text}, so called until {candidate.span.last}"
    return text


def _last_code(entity: LocalGovernment) -> str:
    return entity.codes[-1].code


def describe_guesses(asked: str, table: LocalGovernments, day: date) -> str:
    """Return the entities whose names are similar, as a guess that says so; never of another province than is named."""
    near = suggest_near(table.registry(max(day, table.begins)), asked)
    lines = "".join(f"\n  {entry.code}  {entry.full_name.ko} ({entry.full_name.en})" for entry in near)
    return f"; a guess from similar names, no more:{lines}" if near else ""


def describe_others(asked: str, registry: Registry) -> str:
    """Return who is meant by a code or name that the registry does not have, with whom to ask; empty where nobody is.

    It is for what has ended, or does not exist yet, in the month of the registry.
    """
    table = load_local_governments()
    day = last_day(registry.as_of) if registry.as_of else table.begins
    found = table.find(asked, on=day)
    return "".join(f"\n  {_describe_candidate(candidate, day, table)}" for candidate in found)


def describe_government(candidate: Candidate, asked: str, day: date, words: Words) -> list[tuple[str, str]]:
    """Return what an entity is on ``day`` and what happened to it as labels with values; the first is the heading.

    An empty label continues the value above it.
    """
    table = load_local_governments()
    entity, other = candidate.entity, "en" if words.language == "ko" else "ko"
    name = table.name(entity, day)
    rows = [
        ("", words("history.heading", name=name, other=name.of(other))),
        (words("history.day"), words.show(day, "day")),
    ]
    form, code = entity.form_on(day), entity.code_on(day)
    if form is None or code is None:
        rows += _describe_absence(entity, day, table, words)
    else:
        rows += [(words("history.code"), code), (words("history.kind"), words.term(f"kind.{form.kind}"))]
        parent = table.parent(entity, day)
        if parent is not None:
            since = f", {words('history.since', first=form.span.first)}" if form.span.first else ""
            rows.append((words("history.parent"), f"{table.name(parent, day).of(words.language)}{since}"))
        for use in (NameUse.STATUTORY, NameUse.SHORT):
            beside = entity.name_on(day, use)
            if beside is not None:
                rows.append((words(f"history.{use}"), beside.of(words.language)))
        rows.append((words("history.exists"), _describe_beginning(entity, table, words)))
    rows += _describe_asked(candidate, asked, day, words)
    changes = table.changes_of(entity)
    label = words("history.changes")
    if not changes:
        rows.append((label, words("history.none", begins=table.begins)))
    for change in changes:
        for line in _describe_change_of(entity, change, words):
            rows.append((label, line))
            label = ""
    return rows


def _describe_absence(
    entity: LocalGovernment, day: date, table: LocalGovernments, words: Words
) -> Iterator[tuple[str, str]]:
    if entity.last is None or day < entity.last:
        yield words("history.exists"), words("history.not_yet", first=entity.first or table.begins)
        return
    yield words("history.code"), _last_code(entity)
    yield words("history.exists"), words("history.ended", last=entity.last)
    followers = table.successors(entity)
    label = words("history.follows")
    for follower in followers:
        after = max(day, follower.first or day)
        code = follower.code_on(after) or ""
        yield label, words("history.ask", name=table.name(follower, after), code=code)
        label = ""
    if not followers:
        yield label, words("history.unknown_follower")


def _describe_beginning(entity: LocalGovernment, table: LocalGovernments, words: Words) -> str:
    if entity.first is None:
        return words("history.before_table", begins=table.begins)
    return words("history.since", first=entity.first)


def _describe_asked(candidate: Candidate, asked: str, day: date, words: Words) -> Iterator[tuple[str, str]]:
    """Yield how what was asked for differs from what holds on the day: an old code, a former name, a second code."""
    span, label = candidate.span, words("history.asked")
    of_code = candidate.match is MatchKind.CODE
    if of_code and candidate.current and candidate.entity.code_on(day) != asked:
        yield label, words("history.second_code", asked=asked)
    if candidate.current:
        return
    kind = "code" if of_code else "name"
    if span.last is not None and span.last < day:
        yield label, words(f"history.{kind}_until", asked=asked, last=span.last)
    elif span.first is not None and day < span.first:
        yield label, words(f"history.{kind}_from", asked=asked, first=span.first)


def describe_change(change: Change, words: Words) -> list[str]:
    """Return a change as lines: its day and what happened, then the act with its status."""
    table = load_local_governments()
    before, after = (
        [name.of(words.language) for name in dict.fromkeys(table.name(table.entities[id_], day) for id_ in ids)]
        for ids, day in ((_list_old(change), change.day - _DAY), (_list_new(change), change.day))
    )
    if change.kind is ChangeKind.STATUTORY_NAME:
        named = (table.entities[successor].name_on(change.day, NameUse.STATUTORY) for successor in change.after)
        after = [name.of(words.language) for name in named if name is not None]
    if change.kind is ChangeKind.OTHER_PARENT:
        before = [_name_with_parent(table, predecessor, change.day - _DAY, words) for predecessor in change.before]
        after = [_name_with_parent(table, successor, change.day, words) for successor in change.after]
    sentence = words(f"change.{change.kind}", before="; ".join(before), after="; ".join(after))
    return [f"{words.show(change.day, 'day')}: {sentence}", f"  {_describe_act(change, words)}"]


def _list_old(change: Change) -> tuple[str, ...]:
    if change.kind is ChangeKind.DISTRICTS_SET_UP:
        return tuple(predecessor for predecessor in change.before if predecessor in change.after)
    return change.before


def _list_new(change: Change) -> tuple[str, ...]:
    if change.kind is ChangeKind.DISTRICTS_SET_UP:
        return tuple(successor for successor in change.after if successor not in change.before)
    return change.after


def _name_with_parent(table: LocalGovernments, entity: str, day: date, words: Words) -> str:
    name, parent = table.name(table.entities[entity], day), table.parent(table.entities[entity], day)
    if parent is None:
        return name.of(words.language)
    above = table.name(parent, day)
    return f"{above.ko} {name.ko}" if words.language == "ko" else f"{name.en}, {above.en}"


def _describe_act(change: Change, words: Words) -> str:
    status = words(f"change_status.{change.status}")
    if change.status is ChangeStatus.UNSOURCED or change.act is None:
        return words("history.no_act", status=status)
    citations = "; ".join(words.citation(cite) for cite in change.cite)
    return words("history.act", act=change.act, citations=citations, status=status)


def _describe_change_of(entity: LocalGovernment, change: Change, words: Words) -> Iterator[str]:
    what, act = describe_change(change, words)
    yield what
    before, after = entity.code_on(change.day - _DAY), entity.code_on(change.day)
    if before and after and before != after:
        yield f"  {words('history.new_code', before=before, after=after)}"
    yield act


def list_territory_changes(code: str, after: date, day: date) -> tuple[Change, ...]:
    """Return the mergers and divisions of a local government after one day and up to another, that day included."""
    table = load_local_governments()
    entity = table.by_code(code)
    if entity is None:
        return ()
    own = (change for change in table.changes_of(entity) if change.kind in OF_TERRITORY and entity.id in change.before)
    return tuple(change for change in own if after < change.day <= day)


def list_predecessors(code: str, day: date) -> tuple[tuple[str, Change], ...]:
    """Return what was merged or divided into a local government up to ``day``, by its last code before the change.

    Each stands once, with the first of the changes that made it so.
    """
    table = load_local_governments()
    entity = table.by_code(code)
    found: dict[str, Change] = {}
    for before, change in table.predecessors(entity, day) if entity else ():
        found.setdefault(before.code_on(change.day - _DAY) or before.codes[-1].code, change)
    return tuple(found.items())


def check_ruling(code: str, facts: Mapping[str, str]) -> None:
    """Refuse a ruling on a merger or division that there was not, or that passes a certificate on to nobody of it.

    Of an invented holder, which has no changes, nothing is known.

    Raises:
        UsageError: names the changes, or those who may hold the certificate after the one of that day.
    """
    table = load_local_governments()
    entity = table.by_code(code)
    if entity is None:
        return
    own = [change for change in table.changes_of(entity) if change.kind in OF_TERRITORY and entity.id in change.before]
    on_day = [change for change in own if change.day.isoformat() == facts.get("change")]
    if not on_day:
        days = ", ".join(sorted({change.day.isoformat() for change in own})) or "none"
        raise UsageError(f"no merger or division of {code} on {facts.get('change')}; there are: {days}")
    after = {id_: table.entities[id_] for change in on_day for id_ in change.after}
    holder = table.by_code(facts.get("holder", ""))
    if facts.get("holder") and (holder is None or holder.id not in after):
        names = ", ".join(f"{table.name(one, on_day[0].day).ko} {one.code_on(on_day[0].day)}" for one in after.values())
        raise UsageError(f"the holder '{facts['holder']}' is none of those after the merger or division: {names}")


def name_government(code: str, day: date) -> tuple[Text, str] | None:
    """Return name and code that a local government has on ``day``, the nearest ones where it has none then.

    None for a code that nobody ever had, as those of invented rounds.
    """
    table = load_local_governments()
    entity = table.by_code(code)
    if entity is None:
        return None
    return table.name(entity, day), entity.code_on(day) or code


def list_changes(since: date | None, words: Words) -> list[str]:
    """Return every change since a day (that day included) as lines, oldest first; all of them without a day."""
    table = load_local_governments()
    changes = table.changes_since(since) if since else table.changes
    return [line for change in changes for line in describe_change(change, words)]
