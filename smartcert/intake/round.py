"""The folder of a round to a `Round`: ``round.yaml``, the registry it names, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from smartcert.errors import InputError, Problem, suggestion
from smartcert.intake.applications import read_applications, read_documents, read_supplements
from smartcert.intake.committee import Exclusions, read_committee, read_exclusions
from smartcert.intake.marks import Marking, read_marks
from smartcert.intake.measurements import read_inspections, read_measurements
from smartcert.intake.proceedings import ProceedingsRead
from smartcert.intake.registry import registry_of
from smartcert.intake.round_tables import NEEDED, TABLES, Anyone, Tables
from smartcert.intake.round_yaml import Call, call, registry_named, rules_named
from smartcert.intake.text import FileText, read_file, shown
from smartcert.intake.typed import Decoder
from smartcert.intake.yaml_text import Tree, read_tree
from smartcert.model.applicant import Registry
from smartcert.model.application import (
    Application,
    Document,
    Evaluator,
    Input,
    Inspection,
    Mark,
    Measurement,
    Round,
    Supplement,
)
from smartcert.model.committee import Proceedings
from smartcert.rules.rulebook import Rulebook, Rules

_CALL = "round.yaml"
_LARGEST_CALL = 1024 * 1024


def read_round(
    folder: Path,
    rulebook: Rulebook,
    registry_folder: Path,
    *,
    registry: Path | None = None,
    tables: bool = True,
) -> Round:
    """Return the round of a folder, its applications in the order of their ids.

    The registry that ``round.yaml`` names is looked for in the round's own folder, then in ``registry_folder``;
    ``registry`` takes the place of both. Entries of a registry of an invented round's own are marked as invented.
    Without ``tables`` the call alone is read, as before applications came.

    Raises:
        InputError: every problem of every file, each with its place.
    """
    reading = _Reading(folder=folder, rulebook=rulebook)
    reading.call()
    reading.registry(registry_folder, registry)
    if tables:
        reading.tables()
    if reading.problems or reading.called is None or reading.entries is None:
        raise InputError(reading.problems)
    called = reading.called
    return Round(
        id=called.id,
        title=called.title,
        invented=called.invented,
        governing_day=called.governing_day,
        window=called.window,
        edition=called.edition,
        registry=reading.entries,
        note=called.note,
        committee=reading.members,
        applications=tuple(reading.applications()),
        inputs=tuple(reading.inputs),
        proceedings=reading.proceedings(called),
    )


@dataclass(kw_only=True)
class _Reading:
    folder: Path
    rulebook: Rulebook
    problems: list[Problem] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    tree: Tree | None = None
    called: Call | None = None
    rules: Rules | None = None
    entries: Registry | None = None
    received: Mapping[str, Application] = field(default_factory=dict)
    documents: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
    supplements: Mapping[str, tuple[Supplement, ...]] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Measurement]] = field(default_factory=dict)
    inspected: Mapping[str, Mapping[str, Inspection]] = field(default_factory=dict)
    members: tuple[Evaluator, ...] = ()
    excluded: Exclusions = field(default_factory=Exclusions)
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    held: ProceedingsRead | None = None

    def open(self, path: Path, name: str, largest: int | None = None) -> FileText | None:
        try:
            source = read_file(path, largest=largest) if largest else read_file(path)
        except InputError as error:
            self.problems += error.problems
            return None
        self.inputs.append(Input(file=name, sha256=source.sha256))
        return source

    def call(self) -> None:
        source = self.open(self.folder / _CALL, _CALL, _LARGEST_CALL)
        if source is None:
            return
        try:
            self.tree = read_tree(source)
        except InputError as error:
            self.problems += error.problems
            return
        decoder = Decoder(self.tree)
        self.called = call(decoder, self.folder.resolve().name, self.rulebook)
        self.rules = rules_named(decoder, self.rulebook)
        self.problems += decoder.problems

    def registry(self, folder: Path, instead: Path | None) -> None:
        name = registry_named(self.tree) if self.tree else None
        path = instead or (self.folder / name if name else None)
        own = instead is None
        if path is not None and name is not None and own and not path.exists():
            path, own = folder / name, False
        if path is None:
            return
        if self.tree is not None and instead is None and not path.exists():
            self._no_registry(path, folder)
            return
        source = self.open(path, path.name if own else f"registry/{path.name}")
        if source is None:
            return
        try:
            entries = registry_of(source, path.name)
        except InputError as error:
            self.problems += error.problems
            return
        invented = own and self.called is not None and self.called.invented
        self.entries = _invented(entries) if invented else entries

    def _no_registry(self, path: Path, folder: Path) -> None:
        assert self.tree is not None  # noqa: S101 - the caller has looked
        known = sorted({one.name for place in (self.folder, folder) for one in place.glob("*.csv")} - set(_FILES))
        found = f"no file '{path.name}' here or in {shown(folder)}{suggestion(path.name, known)}"
        place = self.tree.place(("registry",))
        self.problems.append(Problem(place=place, found=found, wanted=f"one of: {', '.join(known)}"))

    def tables(self) -> None:
        tables = Tables(self.folder, self.open, self.problems)
        known = self._applications(tables)
        if known:
            self._papers(tables, known)
            self._values(tables, known)
        tables.hold_needed(NEEDED if known else ())
        tables.hold_no_slips()

    def _applications(self, tables: Tables) -> Mapping[str, int]:
        # where it cannot be read who applied, the other tables may name anyone
        known: Mapping[str, int] = Anyone()
        with tables.reading("applications") as table:
            if table is None:
                known = Anyone() if tables.failed("applications") else {}
            elif table.sound:
                received = read_applications(table, self.entries)
                self.received, known = received.applications, received.lines
        return known

    def _papers(self, tables: Tables, known: Mapping[str, int]) -> None:
        with tables.reading("documents") as table:
            self.documents = read_documents(table, known) if table else {}
        with tables.reading("supplements") as table:
            self.supplements = read_supplements(table, known) if table else {}

    def _values(self, tables: Tables, known: Mapping[str, int]) -> None:
        rules = self.rules
        with tables.reading("committee") as table:
            self.members = read_committee(table, rules.committee if rules else None) if table else ()
        with tables.reading("exclusions") as table:
            if table:
                self.excluded = read_exclusions(table, known, self.members, rules.committee if rules else None)
        if rules is None:
            return
        with tables.reading("measurements") as table:
            self.measured = read_measurements(table, known, rules.edition) if table else {}
        with tables.reading("inspections") as table:
            self.inspected = read_inspections(table, known, rules.edition) if table else {}
        if tables.failed("committee") or tables.failed("exclusions"):
            return
        self.held = ProceedingsRead(known=known, members=self.members, exclusions=self.excluded, rules=rules)
        self.held.before_marks(tables)
        marking = Marking(
            known=known,
            edition=rules.edition,
            members=self.members,
            exclusions=self.excluded,
            scale=rules.scoring.mark_scale.value,
            assigned=self.held.assigned,
        )
        with tables.reading("marks") as table:
            self.marks = read_marks(table, marking) if table else {}
        self.held.after_marks(tables, marking, self.marks)

    def proceedings(self, called: Call) -> Proceedings:
        held = self.held
        if held is None:
            return Proceedings(seed=called.seed, judged_on=called.judged_on)
        return Proceedings(
            seed=called.seed,
            judged_on=called.judged_on,
            interests=held.interests,
            contractors=held.contractors,
            conflict_decisions=held.conflict_decisions,
            groups=held.groups,
            assignments=held.assignments,
            votes=held.votes,
            discussed=held.discussed,
            decisions=held.decisions,
        )

    def applications(self) -> list[Application]:
        return [
            replace(
                application,
                documents=self.documents.get(name, ()),
                supplements=self.supplements.get(name, ()),
                measurements=self.measured.get(name, {}),
                inspections=self.inspected.get(name, {}),
                marks=self.marks.get(name, ()),
                exclusions=self.excluded.by_applicant.get(name, ()),
            )
            for name, application in sorted(self.received.items())
        ]


_FILES = tuple(f"{name}.csv" for name in TABLES)


def _invented(registry: Registry) -> Registry:
    return replace(registry, entries=tuple(replace(entry, invented=True) for entry in registry.entries))
