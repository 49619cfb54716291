"""Local governments through time: their names, codes, kinds and parents, each with its days, and what changed them.

An entity outlives its names and codes: 여수시 is the same under 4613000000 and 1213000000. The last day of a span is
part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Protocol, TypeVar

from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import (
    NOT_LOCAL_GOVERNMENTS,
    Applicant,
    ApplicantChange,
    ApplicantChangeKind,
    ApplicantKind,
    Population,
    Registry,
)
from smartcert.model.citation import Citation, Text
from smartcert.model.place_names import LONGEST_QUESTION, fold_all, fold_name, match_tokens, shorten_names, split_names

_CODE = re.compile(r"[0-9]{10}")
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The days on which something holds, both part of it; None where it has no beginning or no end that is known."""

    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Return whether it holds on ``day``: exactly on its first and on its last day it does."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def overlaps(self, other: Span) -> bool:
        """Return whether some day lies in both."""
        return _is_before(self.first, other.last) and _is_before(other.first, self.last)

    def intersect(self, other: Span) -> Span:
        """Return the days that lie in both of two spans that overlap."""
        firsts = [day for day in (self.first, other.first) if day]
        lasts = [day for day in (self.last, other.last) if day]
        return Span(first=max(firsts, default=None), last=min(lasts, default=None))


def _is_before(first: date | None, last: date | None) -> bool:
    return first is None or last is None or first <= last


class NameUse(StrEnum):
    """What a name is: that of the lists, a designation by law beside it, its short form by law, another spelling."""

    REGISTERED = "registered"
    STATUTORY = "statutory"
    SHORT = "short"
    SPELLING = "spelling"


class CodeUse(StrEnum):
    """Whether a code is the one of the entity, or a second one that stands for it."""

    OWN = "own"
    SECOND = "second"


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedName:
    """A name with its days."""

    text: Text
    use: NameUse
    span: Span
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedCode:
    """A code of ten digits with its days."""

    code: str
    use: CodeUse
    span: Span
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedForm:
    """A kind, and what the entity belongs to (None: to nothing), with its days. It exists as long as it has one."""

    kind: ApplicantKind
    parent: str | None
    span: Span
    sources: tuple[str, ...]


class _Dated(Protocol):
    @property
    def span(self) -> Span: ...


D = TypeVar("D", bound=_Dated)


def _find_on(dated: Iterable[D], day: date) -> D | None:
    return next((value for value in dated if value.span.covers(day)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalGovernment:
    """One entity of the table, be it a local government or a code that looks like one."""

    id: str
    names: tuple[DatedName, ...]
    codes: tuple[DatedCode, ...]
    forms: tuple[DatedForm, ...]

    def form_on(self, day: date) -> DatedForm | None:
        """Return kind and parent on ``day``; None where it does not exist then."""
        return _find_on(self.forms, day)

    def name_on(self, day: date, use: NameUse = NameUse.REGISTERED) -> Text | None:
        """Return the name of some use on ``day``, or None."""
        name = _find_on((name for name in self.names if name.use is use), day)
        return name.text if name else None

    def code_on(self, day: date) -> str | None:
        """Return its own code on ``day``, or None."""
        code = _find_on((code for code in self.codes if code.use is CodeUse.OWN), day)
        return code.code if code else None

    @property
    def first(self) -> date | None:
        """The first day of its existence; None where it is older than the table."""
        firsts = [form.span.first for form in self.forms]
        return None if None in firsts else min(day for day in firsts if day)

    @property
    def last(self) -> date | None:
        """The last day of its existence; None where it exists."""
        lasts = [form.span.last for form in self.forms]
        return None if None in lasts else max(day for day in lasts if day)


class ChangeKind(StrEnum):
    """What can happen to a local government."""

    RENAMED = "renamed"
    STATUTORY_NAME = "statutory_name"
    OTHER_KIND = "other_kind"
    OTHER_PARENT = "other_parent"
    RECODED = "recoded"
    MERGED = "merged"
    DIVIDED = "divided"
    DISTRICTS_SET_UP = "districts_set_up"


OF_TERRITORY = frozenset({ChangeKind.MERGED, ChangeKind.DIVIDED})
"""Changes after which the local government is not the one that it was: what it held does not go on by itself."""


class ChangeStatus(StrEnum):
    """How firmly a change is known, firmest first."""

    LAW = "law"
    PUBLISHED = "published"
    OBSERVED = "observed"
    UNSOURCED = "unsourced"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What happened on a day. ``before`` and ``after`` are ids; one that stands in both goes on.

    ``members`` says that the codes of everything below changed too.
    """

    day: date
    kind: ChangeKind
    before: tuple[str, ...]
    after: tuple[str, ...]
    members: bool
    act: Text | None
    cite: tuple[Citation, ...]
    status: ChangeStatus
    note: Text | None = None


class MatchKind(StrEnum):
    """What a text is for an entity: its code, a name of it in full, or one as people shorten it."""

    CODE = "code"
    NAME = "name"
    SHORTENED = "shortened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An entity that a text may mean. ``current`` says whether all of the text holds on the day asked for.

    ``span`` are the days of the name or code that was matched.
    """

    entity: LocalGovernment
    match: MatchKind
    current: bool
    span: Span


@dataclass(frozen=True, kw_only=True)
class LocalGovernments:
    """The table of all entities with what changed them; ``begins`` is the first day that it answers for."""

    begins: date
    entities: Mapping[str, LocalGovernment]
    changes: tuple[Change, ...] = ()

    def on(self, day: date) -> tuple[LocalGovernment, ...]:
        """Return the entities that exist on ``day``, those that are no local governments included."""
        self._check_day(day)
        return tuple(entity for entity in self.entities.values() if entity.form_on(day))

    def governments_on(self, day: date) -> tuple[LocalGovernment, ...]:
        """Return the local governments of ``day``: without general districts, administrative cities and offices."""
        return tuple(entity for entity in self.on(day) if self.kind(entity, day) not in NOT_LOCAL_GOVERNMENTS)

    def kind(self, entity: LocalGovernment, day: date) -> ApplicantKind | None:
        """Return the kind of an entity on ``day``; None where it does not exist then."""
        form = entity.form_on(day)
        return form.kind if form else None

    def parent(self, entity: LocalGovernment, day: date) -> LocalGovernment | None:
        """Return what an entity belongs to on ``day``, or None."""
        form = entity.form_on(day)
        return self.entities[form.parent] if form and form.parent else None

    def by_code(self, code: str, day: date | None = None) -> LocalGovernment | None:
        """Return the entity that has a code on ``day``, or that ever had it where no day is given."""
        return next(
            (entity for entity, dated in self._codes.get(code, ()) if day is None or dated.span.covers(day)), None
        )

    def codes_of(self, code: str) -> tuple[str, ...]:
        """Return every code that the entity with this code ever had, oldest first; of an unknown code itself alone."""
        entity = self.by_code(code)
        return tuple(dated.code for dated in entity.codes) if entity else (code,)

    def name(self, entity: LocalGovernment, day: date) -> Text:
        """Return the name of an entity on ``day``, with its parent's where another entity of that day has the same.

        The one function that names a local government of a day: 인천광역시 중구, Jung-gu, Incheon. On a day without a
        name of its own it is the nearest one, so that what has ended can still be named.
        """
        if day < self.begins:
            return entity.name_on(day) or _nearest(entity.names).text
        day = self._clamp(entity, day)
        entry = self._entries_on(day).get(entity.code_on(day) or "")
        return entry.full_name if entry else _nearest(entity.names).text

    def _entries_on(self, day: date) -> Mapping[str, Applicant]:
        if day not in self._entry_cache:
            self._entry_cache[day] = self.registry(day).by_code()
        return self._entry_cache[day]

    @cached_property
    def _entry_cache(self) -> dict[date, Mapping[str, Applicant]]:
        return {}

    def _clamp(self, entity: LocalGovernment, day: date) -> date:
        if entity.last is not None and day > entity.last:
            return entity.last
        return max(day, entity.first) if entity.first else day

    def changes_of(self, entity: LocalGovernment) -> tuple[Change, ...]:
        """Return the changes that an entity took part in, by itself or below what changed, oldest first."""
        return tuple(change for change in self.changes if self._takes_part(entity, change))

    def changes_since(self, day: date) -> tuple[Change, ...]:
        """Return the changes on ``day`` and after it, oldest first."""
        return tuple(change for change in self.changes if change.day >= day)

    def _takes_part(self, entity: LocalGovernment, change: Change) -> bool:
        if entity.id in change.before or entity.id in change.after:
            return True
        if not change.members:
            return False
        above = self.ancestors(entity, change.day - _DAY) | self.ancestors(entity, change.day)
        return bool(above & {*change.before, *change.after})

    def ancestors(self, entity: LocalGovernment, day: date) -> frozenset[str]:
        """Return the ids of everything that an entity lies in on ``day``."""
        found: set[str] = set()
        above = self.parent(entity, day)
        while above is not None and above.id not in found:
            found.add(above.id)
            above = self.parent(above, day)
        return frozenset(found)

    def successors(self, entity: LocalGovernment) -> tuple[LocalGovernment, ...]:
        """Return what came of an entity that has ended; empty where it exists, or where nobody knows."""
        if entity.last is None:
            return ()
        end = entity.last + _DAY
        ids = {
            after: None
            for change in self.changes
            if change.day == end and entity.id in change.before
            for after in change.after
            if after != entity.id
        }
        return tuple(self.entities[after] for after in ids)

    def list_applicant_changes(self, code: str, day: date) -> tuple[ApplicantChange, ...]:
        """Return what happened to whoever has a code on ``day`` after that day, oldest first, its end last.

        Empty where the code is none of the table's on that day. A change that leaves name and area is not among them.
        """
        entity = self.by_code(code, day) if day >= self.begins else None
        if entity is None:
            return ()
        days = dict.fromkeys(change.day for change in self.changes_of(entity) if change.day > day)
        end = entity.last + _DAY if entity.last is not None and entity.last >= day else None
        changes = (self._describe_change(entity, since) for since in sorted({*days, *([end] if end else [])}))
        return tuple(change for change in changes if change is not None)

    def _describe_change(self, entity: LocalGovernment, since: date) -> ApplicantChange | None:
        own = [change for change in self.changes if change.day == since and entity.id in change.before]
        if entity.last is not None and entity.last < since:
            kind, after = ApplicantChangeKind.ENDED, [follower.id for follower in self.successors(entity)]
        elif any(change.kind in OF_TERRITORY for change in own):
            kind = ApplicantChangeKind.AREA
            after = [entity.id, *(name for change in own for name in change.after if change.kind in OF_TERRITORY)]
        else:
            kind, after = ApplicantChangeKind.RENAMED, [entity.id]
        codes = [self.entities[name].code_on(since) or "" for name in dict.fromkeys(after)]
        entries = tuple(self._entries_on(since)[code] for code in codes if code in self._entries_on(since))
        name = self.name(entity, since - _DAY)
        if kind is ApplicantChangeKind.RENAMED and [entry.full_name for entry in entries] == [name]:
            return None
        return ApplicantChange(kind=kind, name=name, since=since, after=entries)

    def predecessors(self, entity: LocalGovernment, day: date) -> tuple[tuple[LocalGovernment, Change], ...]:
        """Return what was merged into an entity, or divided so that it came about, up to ``day``, with the change."""
        return tuple(
            (self.entities[before], change)
            for change in self.changes
            if change.kind in OF_TERRITORY and change.day <= day and entity.id in change.after
            for before in change.before
            if before != entity.id
        )

    def registry(self, day: date, populations: Mapping[str, Population] | None = None) -> Registry:
        """Return the registry of ``day`` by code, with the ``populations`` of one month by entity, if given."""
        known = populations or {}
        entries = [self._entry(entity, code, day, known) for entity in self.on(day) for code in entity.codes]
        present = sorted(
            (entry for entry in entries if entry is not None),
            key=lambda entry: (entry.kind in NOT_LOCAL_GOVERNMENTS, entry.code),
        )
        figures = tuple(known.values())
        return Registry(
            as_of=figures[0].as_of if figures else "",
            entries=tuple(present),
            source="; ".join(sorted({population.source for population in figures})),
        )

    def _entry(
        self, entity: LocalGovernment, code: DatedCode, day: date, populations: Mapping[str, Population]
    ) -> Applicant | None:
        form, name = entity.form_on(day), entity.name_on(day)
        if form is None or name is None or not code.span.covers(day):
            return None
        second = code.use is CodeUse.SECOND
        parent = entity if second else self.parent(entity, day)
        return Applicant(
            code=code.code,
            name=name,
            kind=ApplicantKind.DUPLICATE_CODE if second else form.kind,
            parent_code=parent.code_on(day) if parent else None,
            parent_name=self._full_path(parent, day) if parent else "",
            population=populations.get(entity.id),
        )

    def _full_path(self, entity: LocalGovernment, day: date) -> str:
        above, name = self.parent(entity, day), entity.name_on(day)
        own = name.ko if name else ""
        return f"{self._full_path(above, day)} {own}" if above else own

    @cached_property
    def _codes(self) -> Mapping[str, tuple[tuple[LocalGovernment, DatedCode], ...]]:
        found: dict[str, tuple[tuple[LocalGovernment, DatedCode], ...]] = {}
        for entity in self.entities.values():
            for dated in entity.codes:
                found[dated.code] = (*found.get(dated.code, ()), (entity, dated))
        return found

    def _check_day(self, day: date) -> None:
        if day < self.begins:
            raise UsageError(f"the table of local governments begins on {self.begins}; nothing is known of {day}")

    def find(self, words: str, *, on: date) -> tuple[Candidate, ...]:
        """Return the entities that a code or a name may mean, at any time: those first for whom it holds on ``on``.

        A full name goes before a shortened one. A name with that of a parent means only what lies or lay in it: 광주
        동구 never means that of another city.

        Raises:
            UsageError: the day is before the table begins.
        """
        self._check_day(on)
        text = unicodedata.normalize("NFC", words).strip()
        if not text or len(text) > LONGEST_QUESTION:
            return ()
        if _CODE.fullmatch(text):
            found = [
                Candidate(entity=entity, match=MatchKind.CODE, current=dated.span.covers(on), span=dated.span)
                for entity, dated in self._codes.get(text, ())
            ]
            return tuple(sorted(found, key=lambda candidate: not candidate.current))
        for match in (MatchKind.NAME, MatchKind.SHORTENED):
            for tokens in split_names(text):
                candidates = [
                    candidate
                    for entity in self.entities.values()
                    if (candidate := self._match(entity, tokens, match, on)) is not None
                ]
                if candidates:
                    return tuple(sorted(candidates, key=lambda candidate: not candidate.current))
        return ()

    def _match(self, entity: LocalGovernment, tokens: tuple[str, ...], match: MatchKind, on: date) -> Candidate | None:
        best: Candidate | None = None
        for path in self._paths[entity.id]:
            own = path.shortened if match is MatchKind.SHORTENED else path.full
            if not match_tokens(tokens, own, path.above if len(tokens) > 1 else ()):
                continue
            span = path.span
            current = span.covers(on) and entity.form_on(on) is not None
            if len(tokens) > 1 or tokens[0] not in path.alone:
                current, span = current and path.below.covers(on), path.below.intersect(span)
            candidate = Candidate(entity=entity, match=match, current=current, span=span)
            if best is None or (current, _end(span)) > (best.current, _end(best.span)):
                best = candidate
        return best

    @cached_property
    def _paths(self) -> Mapping[str, tuple[_Path, ...]]:
        return {id_: tuple(self._build_paths(entity)) for id_, entity in self.entities.items()}

    def _build_paths(self, entity: LocalGovernment) -> Iterator[_Path]:
        for name in entity.names:
            korean, english = name.text.ko, name.text.en
            last = korean.split()[-1]
            full, shortened = fold_all((korean, last, english)), fold_all(shorten_names(last, english))
            for form in entity.forms:
                if form.span.overlaps(name.span):
                    above = self.entities[form.parent] if form.parent else None
                    parents = self._full_names(above, form.span) if above else ()
                    yield _Path(
                        full=full | {fold_name(f"{parent} {korean}") for parent in parents},
                        alone=full | shortened,
                        shortened=shortened,
                        above=self._names_above(above, form.span) if above else frozenset(),
                        span=name.span,
                        below=form.span,
                    )

    def _full_names(self, entity: LocalGovernment, span: Span) -> Iterator[str]:
        for name in entity.names:
            if name.span.overlaps(span):
                yield name.text.ko
                for form in entity.forms:
                    if form.parent and form.span.overlaps(span):
                        for above in self._full_names(self.entities[form.parent], span):
                            yield f"{above} {name.text.ko}"

    def _names_above(self, entity: LocalGovernment, span: Span) -> frozenset[str]:
        found: set[str] = set()
        for name in entity.names:
            if name.span.overlaps(span):
                found |= {name.text.ko, name.text.en, *shorten_names(name.text.ko.split()[-1], name.text.en)}
        folded = fold_all(found)
        for form in entity.forms:
            if form.parent and form.span.overlaps(span):
                folded |= self._names_above(self.entities[form.parent], span)
        return frozenset(folded)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Path:
    """One name of an entity below one parent, folded: in full, alone and shortened, and the names of what is above."""

    full: set[str]
    alone: set[str]
    shortened: set[str]
    above: frozenset[str]
    span: Span
    """The days of the name."""
    below: Span
    """The days below the parent."""


def _end(span: Span) -> date:
    return span.last or date.max


def _nearest(names: tuple[DatedName, ...]) -> DatedName:
    return max((name for name in names if name.use is NameUse.REGISTERED), key=lambda name: _end(name.span))
