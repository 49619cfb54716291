"""Invented rounds: sound, the same for the same seed, correlated, with everything that goes wrong in a real one."""

from __future__ import annotations

from pathlib import Path
from statistics import correlation

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.io.parameters.registries import read_registry
from smartcert.model.application import Missing
from smartcert.paths import PROJECT_ROOT
from smartcert.services.rounds import OpenRound, open_round
from smartcert.simulation.write import simulate_round
from tests.support.forms import example_call


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenRound:
    folder = tmp_path_factory.mktemp("simulated") / "rehearsal"
    like = example_call()
    simulate_round(80, 7, folder, like.round, like.rules)
    return open_round(str(folder))


def test_an_invented_round_is_sound_and_says_that_it_is_invented(opened: OpenRound) -> None:
    assert len(opened.round.applications) == 80
    assert opened.round.invented
    assert all(entry.invented for entry in opened.round.registry.entries)


def test_no_invented_local_government_has_the_name_or_code_of_a_real_one(opened: OpenRound) -> None:
    real = read_registry(PROJECT_ROOT / "parameters" / "registry" / "local_governments.2023-10.csv")
    names = {entry.name.ko.split()[-1] for entry in real.entries}
    assert not names & {entry.name.ko for entry in opened.round.registry.entries}
    assert not real.by_code().keys() & opened.round.registry.by_code().keys()


def test_what_goes_wrong_in_a_real_round_is_there(opened: OpenRound) -> None:
    stages = {evaluation.stage for evaluation in opened.evaluations}
    assert {"evaluated", "documents", "receipt"} <= stages
    applications = opened.round.applications
    values = [one.claimed for application in applications for one in application.measurements.values()]
    assert {Missing.ABSENT, Missing.NOT_APPLICABLE} <= {value for value in values if isinstance(value, Missing)}
    assert any(application.exclusions for application in applications)
    assert any(mark.value is None for application in applications for mark in application.marks)
    assert len({evaluation.level.level for evaluation in opened.evaluations if evaluation.level}) >= 4


def test_desk_corrections_stand_in_their_own_table_and_say_who_made_and_who_confirmed_them(opened: OpenRound) -> None:
    header = (opened.folder / "measurements.csv").read_text("utf-8-sig").splitlines()[0]
    assert "desk" not in header
    corrections = (opened.folder / "corrections.csv").read_text("utf-8-sig").splitlines()
    corrected = [
        one
        for application in opened.round.applications
        for one in application.measurements.values()
        if one.desk != one.claimed
    ]
    assert 0 < len(corrected) == len(corrections) - 1
    for one in corrected:
        assert one.correction is not None
        assert one.desk_reason
        assert one.correction.confirmed_by not in ("", one.correction.by)


def test_able_applicants_are_able_in_every_domain(opened: OpenRound) -> None:
    cards = [evaluation.scorecard for evaluation in opened.evaluations if evaluation.scorecard]
    shares = [[float(domain.points / domain.out_of) for domain in card.domains] for card in cards]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert correlation([row[first] for row in shares], [row[second] for row in shares]) > 0.4


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    like = example_call()
    made = []
    for place, seed in enumerate((3, 3, 4)):
        simulate_round(5, seed, tmp_path / str(place) / "r", like.round, like.rules)
        made.append({path.name: path.read_bytes() for path in (tmp_path / str(place) / "r").iterdir()})
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "x").write_text("mine")
    like = example_call()
    with pytest.raises(UsageError, match="not empty"):
        simulate_round(5, 1, folder, like.round, like.rules)
    with pytest.raises(UsageError, match="fit into the tables"):
        simulate_round(10**7, 1, tmp_path / "big", like.round, like.rules)


def test_the_command_writes_a_round_that_checks(tmp_path: Path) -> None:
    folder = tmp_path / "rehearsal"
    arguments = ["simulate", "--applicants", "4", "--seed", "1", "--output", str(folder)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert CliRunner().invoke(main, ["check", str(folder)]).exit_code == 0
