"""Is a register what was entered? Which entry was changed, removed, moved or added, or is missing at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from smartcert.certification import timeline
from smartcert.certification.events import Event, EventKind, Refusal, from_canonical
from smartcert.certification.holders import CodesOf, group_by_holder, only_code
from smartcert.certification.state import Law
from smartcert.certification.store import (
    SCHEMA,
    TRIGGERS,
    Head,
    format_number,
    is_evaluation_stored,
    read_evaluation,
    read_published_heads,
)
from smartcert.certification.timeline import OtherValidity, check_correction, replay
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import is_specimen_number


class DamageKind(StrEnum):
    """What is wrong at an entry."""

    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    CUT_OFF = "cut_off"
    NOT_ALLOWED = "not_allowed"
    NUMBER = "number"
    NATURE = "nature"
    EVALUATION = "evaluation"
    GUARD = "guard"
    HEADS = "heads"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Damage:
    """One thing that is wrong: the number of the entry (0: the register itself), and what."""

    seq: int
    kind: DamageKind
    detail: str = ""
    refusal: Refusal | None = field(default=None, compare=False)
    """Why the procedure does not allow the entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRow:
    """A row of the table as it stands in the file; ``event`` is None where its text is not an entry."""

    seq: int
    subject: str
    kind: str
    body: bytes
    previous: str
    hash: str
    event: Event | None


_ROWS = "SELECT seq, subject, kind, body, previous, hash FROM events ORDER BY seq"


def verify(path: Path, law: Law, head: Head | None = None, codes_of: CodesOf = only_code) -> tuple[Damage, ...]:
    """Return everything that is wrong with a register in the order of its entries; nothing if it is intact.

    ``head`` is one that was stored elsewhere; it is compared like those published in the file beside the register.
    The evaluations stored beside the register belong to it: one that is not what its entry rests on is a damage of
    that entry. One that is not stored is none: see `find_missing_evaluations`. Numbers without a gap and the procedure
    are checked only where everything else is right. ``codes_of`` gives the codes of one holder, whose entries follow
    one another whichever of them they have.

    Raises:
        UsageError: there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"no register at {path}")
    try:
        rows, numbers, statements, genesis = _read_database(path)
    except (sqlite3.Error, TypeError, ValueError) as error:
        return (Damage(seq=0, kind=DamageKind.UNREADABLE, detail=str(error)),)
    published = read_published_heads(path)
    known = {line.count: line.hash for line in published or ()} | ({head.count: head.hash} if head else {})
    damages = [
        *_check_schema(statements),
        *_check_chain(rows, genesis),
        *_check_published(published, head),
        *_check_heads(rows, known),
        *_check_numbers(rows, numbers),
        *_check_evaluations(rows, path),
    ]
    if not damages:
        damages += [*_check_number_sequence(numbers), *_check_procedure(rows, law, codes_of), *_check_nature(rows)]
    return tuple(sorted(_select_damages(damages)))


def _read_database(path: Path) -> tuple[list[StoredRow], list[tuple[int, int, str, int]], set[str], str]:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    db.text_factory = bytes
    try:
        rows = [_parse_row(*row) for row in db.execute(_ROWS)]
        numbers = [
            (int(year), int(running), text.decode(), int(seq))
            for year, running, text, seq in db.execute("SELECT year, running, number, seq FROM numbers")
        ]
        statements = {row[0].decode() for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        genesis = db.execute("SELECT value FROM meta WHERE key = 'genesis'").fetchone()
        check = db.execute("PRAGMA integrity_check").fetchone()[0].decode()
    finally:
        db.close()
    if genesis is None or check != "ok":
        raise ValueError("no genesis" if genesis is None else check)
    return rows, numbers, statements, genesis[0].decode()


def _parse_row(seq: int, subject: bytes, kind: bytes, body: bytes, previous: bytes, digest: bytes) -> StoredRow:
    try:
        event = from_canonical(body)
    except (ValueError, KeyError):
        event = None
    return StoredRow(
        seq=seq,
        subject=subject.decode("utf-8", "replace"),
        kind=kind.decode("utf-8", "replace"),
        body=body,
        previous=previous.decode("utf-8", "replace"),
        hash=digest.decode("utf-8", "replace"),
        event=event,
    )


def _check_schema(statements: set[str]) -> Iterator[Damage]:
    for wanted in SCHEMA:
        if wanted not in statements:
            name = wanted.split()[2]
            kind = DamageKind.GUARD if wanted in TRIGGERS else DamageKind.UNREADABLE
            yield Damage(seq=0, kind=kind, detail=name)
    for unknown in statements - set(SCHEMA):
        yield Damage(seq=0, kind=DamageKind.GUARD, detail=unknown[:80])


def _check_chain(rows: Sequence[StoredRow], genesis: str) -> Iterator[Damage]:
    """Yield where a row is not intact by itself, or does not follow the one before it."""
    expected, previous = 1, genesis
    for row in rows:
        if row.seq > expected:
            yield from (Damage(seq=seq, kind=DamageKind.REMOVED) for seq in range(expected, row.seq))
        if not _is_intact(row):
            yield Damage(seq=row.seq, kind=DamageKind.CHANGED)
        elif row.seq == expected and row.previous != previous:
            # this row is intact by itself, so the one before it is not the one that it followed
            yield Damage(seq=max(1, row.seq - 1), kind=DamageKind.CHANGED, detail="chain")
        expected, previous = row.seq + 1, row.hash


def _is_intact(row: StoredRow) -> bool:
    event = row.event
    return (
        event is not None
        and sha256_hex(row.body) == row.hash
        and (event.seq, event.subject, event.kind, event.previous) == (row.seq, row.subject, row.kind, row.previous)
    )


def _check_published(published: Sequence[Head] | None, head: Head | None) -> Iterator[Damage]:
    """Yield where the file of published heads is missing, not one line per entry, or not what ``head`` says."""
    if published is None:
        yield Damage(seq=0, kind=DamageKind.HEADS, detail="missing")
    elif [line.count for line in published] != list(range(1, len(published) + 1)):
        yield Damage(seq=0, kind=DamageKind.HEADS, detail="unsound")
    elif head and 0 < head.count <= len(published) and published[head.count - 1].hash != head.hash:
        yield Damage(seq=head.count, kind=DamageKind.HEADS, detail="other")


def _check_heads(rows: Sequence[StoredRow], known: dict[int, str]) -> Iterator[Damage]:
    """Yield where the entries differ from the hashes that are known from heads."""
    digests = [sha256_hex(row.body) for row in rows]
    for row, digest in zip(rows, digests, strict=True):
        if known.get(row.seq, digest) != digest:
            yield Damage(seq=row.seq, kind=DamageKind.MOVED if digest in known.values() else DamageKind.CHANGED)
    last = rows[-1].seq if rows else 0
    for count, digest in known.items():
        if count > last and digest not in digests:
            yield Damage(seq=count, kind=DamageKind.CUT_OFF)


def _check_numbers(rows: Sequence[StoredRow], numbers: Sequence[tuple[int, int, str, int]]) -> Iterator[Damage]:
    """Yield where the table of numbers is not what the entries say, or lacks a number."""
    issued = {row.seq: row.event.text("number") for row in rows if row.event and row.event.kind is EventKind.ISSUED}
    given = {seq: (year, running, text) for year, running, text, seq in numbers}
    for seq in sorted(issued.keys() | given.keys()):
        year, running, text = given.get(seq, (0, 0, ""))
        forms = {format_number(year, running, specimen=specimen) for specimen in (False, True)}
        if issued.get(seq) != text or text not in forms:
            yield Damage(seq=seq, kind=DamageKind.NUMBER, detail=text or issued[seq])


def _check_evaluations(rows: Sequence[StoredRow], path: Path) -> Iterator[Damage]:
    """Yield the first entry of each stored evaluation that cannot be read or has another hash than its name says."""
    first: dict[str, int] = {}
    for row in rows:
        if row.event and row.event.evaluation:
            first.setdefault(row.event.evaluation, row.seq)
    for digest, seq in first.items():
        if is_evaluation_stored(path, digest) and read_evaluation(path, digest) is None:
            yield Damage(seq=seq, kind=DamageKind.EVALUATION, detail=digest[:12])


def find_missing_evaluations(events: Iterable[Event], path: Path) -> tuple[int, ...]:
    """Return the numbers of the entries that rest on an evaluation that is not stored beside the register.

    It is no damage by itself: an entry may name the hash only, and an import brings no evaluations.
    """
    return tuple(event.seq for event in events if event.evaluation and not is_evaluation_stored(path, event.evaluation))


def find_other_validities(
    events: Sequence[Event], law: Law, codes_of: CodesOf = only_code
) -> tuple[OtherValidity, ...]:
    """Return the entries of an intact register whose validity is on other days than the rules give it, in their order.

    It is no damage: it is what was decided, with the reason, or what an earlier version entered.
    """
    own_events = group_by_holder(events, codes_of).values()
    found = (other for own in own_events for other in timeline.find_other_validities(own, law))
    return tuple(sorted(found, key=lambda other: other.event.seq))


def _check_number_sequence(numbers: Sequence[tuple[int, int, str, int]]) -> Iterator[Damage]:
    """Yield the first entry of each year whose number does not follow the one before it."""
    for year in sorted({year for year, *_ in numbers}):
        given = sorted((running, seq) for year_given, running, _, seq in numbers if year_given == year)
        wrong = [seq for expected, (running, seq) in enumerate(given, start=1) if running != expected]
        yield from (Damage(seq=seq, kind=DamageKind.NUMBER, detail=str(year)) for seq in wrong[:1])


def _check_procedure(rows: Sequence[StoredRow], law: Law, codes_of: CodesOf) -> Iterator[Damage]:
    """Yield the entries of an intact chain that the procedure does not allow, holder by holder whatever their codes."""
    events = [row.event for row in rows if row.event]
    for (subject, _), own in sorted(group_by_holder(events, codes_of).items()):
        for correction in (event for event in own if event.kind is EventKind.CORRECTED):
            earlier = [event for event in own if event.seq < correction.seq]
            for refusal in check_correction(correction, earlier, new=False):
                yield _build_not_allowed(correction, refusal)
        for event, outcome in replay(own, law, subject):
            if isinstance(outcome, Refusal):
                yield _build_not_allowed(event, outcome)


def _build_not_allowed(event: Event, refusal: Refusal) -> Damage:
    return Damage(seq=event.seq, kind=DamageKind.NOT_ALLOWED, detail=refusal.code, refusal=refusal)


def _check_nature(rows: Sequence[StoredRow]) -> Iterator[Damage]:
    """Yield the entries of an invented round in a register of real ones and the other way round, and wrong numbers."""
    events = [row.event for row in rows if row.event]
    begun = [event for event in events if event.kind in (EventKind.APPLIED, EventKind.TRANSCRIBED)]
    if not begun:
        return
    invented = begun[0].yes("invented")
    for event in begun:
        if event.yes("invented") is not invented:
            yield Damage(seq=event.seq, kind=DamageKind.NATURE)
    for event in events:
        if event.kind is EventKind.ISSUED and is_specimen_number(event.text("number")) is not invented:
            yield Damage(seq=event.seq, kind=DamageKind.NATURE)


def _select_damages(damages: Sequence[Damage]) -> Iterator[Damage]:
    """Yield every damage of the register itself, and for each entry the one whose kind stands first in `DamageKind`.

    A broken link to the next entry is left out where the entry has a damage of its own.
    """
    order = list(DamageKind)
    yield from {damage for damage in damages if damage.seq == 0}
    for seq in sorted({damage.seq for damage in damages if damage.seq}):
        of_entry = [damage for damage in damages if damage.seq == seq]
        own = [damage for damage in of_entry if damage.detail != "chain"]
        yield min(own or of_entry, key=lambda damage: (order.index(damage.kind), damage.detail))
