"""How a round's folder becomes evaluations and the records that reports are rendered from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path

from smartcert import __version__
from smartcert.argument_types import check_arguments
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.evaluation.evaluate import MARKS_AWAITED, add_margin, add_outlook, evaluate
from smartcert.evaluation.outcome import determine_outcomes
from smartcert.evaluation.scoring import compute_peers
from smartcert.files import sha256_hex, sha256_hex_of_parts
from smartcert.io.formats.text import display_path
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.io.rounds.round import read_round
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, InputFile, Round
from smartcert.model.evaluation import Evaluation, Peers, Stage
from smartcert.model.indicator import IndicatorKind
from smartcert.model.outcome import Outcome
from smartcert.paths import find_parameter_folder, find_round_folder
from smartcert.reporting.canonical import encode_object
from smartcert.reporting.records import Failure, Record, RoundFacts, RoundRecord, pause_gc
from smartcert.representation import describe_briefly
from smartcert.rules.rulebook import Rulebook, Rules


@dataclass(frozen=True, kw_only=True)
class OpenRound:
    """A round whose files were read without a problem. It is evaluated when the first evaluation is asked for."""

    __repr__ = describe_briefly

    folder: Path
    round: Round
    rulebook: Rulebook
    rules: Rules
    with_marks: bool = True
    """Whether the marks were read; without them nobody is scored who is judged by marks."""

    @cached_property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """Return the verdicts in the order of the applicants' ids, with what lies between each and the next level.

        Raises:
            InputError: an application with complete documents has no measurements or no marks to be scored.
        """
        with pause_gc():
            return tuple(map(add_outlook, self.verdicts))

    @cached_property
    def verdicts(self) -> tuple[Evaluation, ...]:
        """Return the same as `evaluations` without next level and margin, which points and levels do not need.

        To work these out takes a third of the time of all.

        Raises:
            InputError: an application with complete documents has no measurements or no marks to be scored.
        """
        with pause_gc():
            verdicts = evaluate(self.round, self.rules, outlook=False)
        _check_complete_have_values(self, verdicts)
        return verdicts

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Return what counts for each application, in the order of `evaluations`."""
        return determine_outcomes(self.round, self.verdicts, self.rules)

    @cached_property
    def rule_inputs(self) -> tuple[InputFile, ...]:
        """Return the files that the rules of the round are from, with those of its edition and its scheme."""
        return self.rulebook.inputs_of(self.round.edition)

    @cached_property
    def facts(self) -> RoundFacts:
        """Return what every report says about the round."""
        edition = self.rules.edition
        return RoundFacts(
            id=self.round.id,
            title=self.round.title,
            invented=self.round.invented,
            governing_day=self.round.governing_day,
            window=self.round.window,
            registry_as_of=self.round.registry.as_of,
            registry_source=self.round.registry.source,
            edition=edition.id,
            edition_title=edition.title,
            edition_basis=edition.basis,
            edition_note=edition.note,
            note=self.round.note,
            scheme=self.rules.facts,
        )

    @check_arguments
    def record(self, applicant_id: str) -> Record:
        """Return one applicant's record.

        Raises:
            UsageError: the round has no such applicant.
        """
        position = self._find_position(applicant_id)
        evaluation = add_outlook(self.verdicts[position])
        return Record(
            round=self.facts,
            evaluation=evaluation,
            outcome=self.outcomes[position],
            peers=self._peers[evaluation.size_type] if evaluation.scorecard and evaluation.size_type else None,
            inputs=(_application_input(self._applications[applicant_id]), *self.rule_inputs),
            package=__version__,
        )

    def records(self) -> Iterator[Record]:
        """Yield every applicant's record in the order of their ids."""
        return (self.record(verdict.id) for verdict in self.verdicts)

    def round_record(self, failures: Iterable[Failure] = ()) -> RoundRecord:
        """Return the round's own record; ``failures`` are the reports that could not be rendered.

        It has points by domain and the findings against each application. The working of each indicator, what was met
        and what the next level would have taken are in the applicants' own records.
        """
        return RoundRecord(
            round=self.facts,
            evaluations=self._without_workings,
            outcomes=self.outcomes,
            failures=tuple(failures),
            inputs=(*self.round.inputs, *self.rule_inputs),
            package=__version__,
            peers=tuple(self._peers.values()),
            open_receipts=self.round.open_receipts,
        )

    @cached_property
    def _without_workings(self) -> tuple[Evaluation, ...]:
        return tuple(_remove_workings(add_margin(verdict)) for verdict in self.verdicts)

    @check_arguments
    def application(self, applicant_id: str) -> Application:
        """Return one applicant's application.

        Raises:
            UsageError: the round has no such applicant.
        """
        self._find_position(applicant_id)
        return self._applications[applicant_id]

    @check_arguments
    def input_digests(self, applicant_id: str) -> dict[str, str]:
        """Return the hashes of what one applicant's record is built from, part by part, without building the record.

        ``application``: its own rows; ``decision``: its vote, proposal and decision; ``round``: the round's facts,
        committee and registry; ``rules``: the files of the rules; ``peers``: the anonymous figures and, where points go
        by rank, its ranks. Equal parts give equal
        records.

        Raises:
            UsageError: the round has no such applicant.
        """
        position = self._find_position(applicant_id)
        verdict = self.verdicts[position]
        return {
            "application": _application_input(self._applications[applicant_id]).sha256,
            "decision": sha256_hex(encode_object(self.outcomes[position])),
            "round": self._round_hash,
            "rules": self._rules_hash,
            "peers": self._peers_hash(verdict),
        }

    @cached_property
    def _round_hash(self) -> str:
        return sha256_hex_of_parts(*map(encode_object, (self.facts, self.round.committee, self.round.registry)))

    @cached_property
    def _rules_hash(self) -> str:
        return sha256_hex_of_parts(*(f"{file.file} {file.sha256}".encode() for file in self.rule_inputs))

    def _peers_hash(self, evaluation: Evaluation) -> str:
        if evaluation.scorecard is None or evaluation.size_type is None:
            return sha256_hex_of_parts()
        workings = (
            working
            for score in evaluation.scorecard.indicators()
            for working in (score.claimed, score.desk, score.confirmed, score.undone)
        )
        ranks = [(working.rank, working.of) for working in workings if working and working.rank is not None]
        return sha256_hex_of_parts(self._peers_json[evaluation.size_type], repr(ranks).encode())

    @cached_property
    def _peers_json(self) -> dict[str, bytes]:
        return {size: encode_object(peers) for size, peers in self._peers.items()}

    @cached_property
    def _peers(self) -> dict[str, Peers]:
        return compute_peers(self.verdicts, self.rules.scoring.suppress_below.value, self.rules.class_ids)

    def _find_position(self, applicant_id: str) -> int:
        if applicant_id not in self._positions:
            raise UsageError(
                f"no applicant '{applicant_id}' in round '{self.round.id}'{suggest(applicant_id, self._positions)}"
            )
        return self._positions[applicant_id]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {verdict.id: position for position, verdict in enumerate(self.verdicts)}

    @cached_property
    def _applications(self) -> dict[str, Application]:
        return {application.id: application for application in self.round.applications}


@check_arguments
def open_round(name: str | Path | int, registry: Path | None = None, *, marks: bool = True) -> OpenRound:
    """Open a round by its name under ``parameters/rounds`` or by the path of its folder.

    A whole number is a name too, as papermill makes one of ``-p round 2023``.
    ``registry`` replaces the registry that the round names, for example by the ministry's export of another month.
    Without ``marks`` the round is opened as it is before there are any, whether or not there are some.

    >>> import smartcert
    >>> len(smartcert.open_round("example").evaluations)
    27

    Raises:
        UsageError: there is no such round, or its day has no rules.
        InputError: its files, or those of the rules, have problems; it lists all of them.
    """
    folder = find_round_folder(name)
    with pause_gc():
        rulebook = read_rulebook(find_parameter_folder(folder, "rules"))
        round_ = read_round(folder, rulebook, find_parameter_folder(folder, "registry"), registry=registry, marks=marks)
    rules = rulebook.on(round_.governing_day, round_.edition)
    return OpenRound(folder=folder, round=round_, rulebook=rulebook, rules=rules, with_marks=marks)


def list_awaited_marks(name: str) -> Mapping[str, frozenset[str]]:
    """Return by applicant the indicators of a stage that it goes on to, of which nobody has given a mark yet.

    Empty where that is not to be known: a file has a problem.
    """
    try:
        verdicts = open_round(name).verdicts
    except (InputError, UsageError):
        return {}
    return {
        verdict.id: frozenset(
            finding.facts.words["indicator"] for finding in verdict.findings if finding.code == MARKS_AWAITED
        )
        for verdict in verdicts
    }


def _remove_workings(evaluation: Evaluation) -> Evaluation:
    card = evaluation.scorecard
    if card is not None:
        domains = tuple(replace(domain, sections=(), indicators=()) for domain in card.domains)
        card = replace(card, domains=domains)
    against = tuple(finding for finding in evaluation.findings if finding.against)
    return replace(evaluation, findings=against, scorecard=card, next_level=None)


_OPTIONAL_FIELDS = ("bases", "partners", "asked", "applicant_changes")
"""Fields of an application that count only where they hold something: no hash changes because they are possible."""


def _application_input(application: Application) -> InputFile:
    """Return the hash of all rows about one applicant: what it submitted and what was found about it."""
    plain = {part.name: getattr(application, part.name) for part in fields(application)}
    for name in _OPTIONAL_FIELDS:
        if plain[name] in ((), {}, None):
            del plain[name]
    if not application.applicant.class_id:
        applicant = application.applicant
        plain["applicant"] = {
            part.name: getattr(applicant, part.name) for part in fields(applicant) if part.name != "class_id"
        }
    rows = encode_object(plain)
    return InputFile(file=f"application:{application.id}", sha256=sha256_hex(rows))


def _check_complete_have_values(opened: OpenRound, evaluations: tuple[Evaluation, ...]) -> None:
    """Refuse an application that came to its scoring without a row to be scored: nobody has judged it yet."""
    kinds = {indicator.kind for indicator in opened.rules.edition.indicators()}
    complete = {evaluation.id for evaluation in evaluations if evaluation.stage in (Stage.SCORING, Stage.EVALUATED)}
    problems = [
        Problem(
            place=Place(file=display_path(opened.folder / file)),
            found=f"no row for '{application.id}', whose documents are complete",
            wanted="a row for each indicator, or an application that is refused",
        )
        for application in opened.round.applications
        if application.id in complete
        for file, kind, rows in (
            ("measurements.csv", IndicatorKind.QUANTITATIVE, application.measurements),
            ("marks.csv", IndicatorKind.QUALITATIVE, application.marks),
        )
        if kind in kinds and not rows and (opened.with_marks or kind is not IndicatorKind.QUALITATIVE)
    ]
    if problems:
        raise InputError(problems)
