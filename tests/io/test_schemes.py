"""The file of a scheme: what it may state, what is refused with its place, and how it overlays the rules."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.errors import InputError, UsageError
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.paths import PROJECT_ROOT
from smartcert.rules.rulebook import Rulebook, Rules

DAY = date(2023, 9, 13)
HEAD = """\
scheme: prize
title: {ko: 상, en: Prize}
since: 2020-01-01
status: illustrative
cite: [act]
"""
ENTRY = "      - {since: 2020-01-01, status: illustrative, cite: [act], value: "


def read(tmp_path: Path, text: str, scheme: str = "prize") -> Rulebook:
    shutil.copytree(PROJECT_ROOT / "parameters" / "rules", tmp_path / "rules")
    for other in (tmp_path / "rules" / "indicators").glob("service-*.yaml"):
        other.unlink()  # its scheme is not among those of this folder
    edition = tmp_path / "rules" / "indicators" / "illustrative-2023.yaml"
    edition.write_text(edition.read_text("utf-8").replace("scheme: city", f"scheme: {scheme}"), "utf-8")
    (tmp_path / "schemes").mkdir()
    (tmp_path / "schemes" / "prize.yaml").write_text(text, "utf-8")
    return read_rulebook(tmp_path / "rules")


def rules_of(tmp_path: Path, text: str) -> Rules:
    return read(tmp_path, text).on(DAY, "illustrative-2023")


def test_what_a_scheme_does_not_state_is_as_in_the_rules(tmp_path: Path) -> None:
    city = read_rulebook(PROJECT_ROOT / "parameters" / "rules").on(DAY, "illustrative-2023")
    own = rules_of(tmp_path, HEAD + "rules:\n  eligibility:\n    may_apply:\n" + ENTRY + "[company]}\n")
    assert [kind.value for kind in own.eligibility.may_apply.value] == ["company"]
    assert own.eligibility.joint_applications == city.eligibility.joint_applications
    assert own.levels == city.levels
    assert own.facts is not None
    assert own.facts.title.en == "Prize"
    assert city.facts is None


def test_the_scheme_of_the_rules_changes_nothing_and_is_no_input(tmp_path: Path) -> None:
    rulebook = read_rulebook(PROJECT_ROOT / "parameters" / "rules")
    files = [file.file for file in rulebook.inputs_of("illustrative-2023")]
    assert "schemes/city.yaml" not in files
    assert all(not name.startswith("rules/indicators") or name.endswith("/illustrative-2023.yaml") for name in files)
    own = read(tmp_path, HEAD)
    assert own.inputs_of("illustrative-2023")[-1].file == "schemes/prize.yaml"


@pytest.mark.parametrize(
    ("bounds", "percent"),
    [
        (("{points: 1600}", "{points: 1000}"), (80, 50)),
        (("{fraction: 2/3}", "{fraction: 1/2}"), (Fraction(200, 3), 50)),
        (("90", "{points: 1400}"), (90, 70)),
        (("200/3", "{percent: 50}"), (Fraction(200, 3), 50)),
    ],
)
def test_bounds_are_points_percentages_or_fractions_of_all_points(
    tmp_path: Path, bounds: tuple[str, str], percent: tuple[Fraction, Fraction]
) -> None:
    values = {"level_1": bounds[0], "level_2": bounds[1], "worst": "3", "certified_from": "2"}
    stated = "".join(f"    {name}:\n{ENTRY}{value}}}\n" for name, value in values.items())
    levels = rules_of(tmp_path, HEAD + "rules:\n  levels:\n" + stated).levels
    assert [bound.value for bound in levels.bounds.values()] == list(percent)
    assert (levels.worst.value, levels.certified_from.value) == (3, 2)


def test_one_bound_is_pass_or_fail(tmp_path: Path) -> None:
    value = "{bound: {points: 1400}, passed: {ko: 적합, en: pass}, failed: {ko: 부적합, en: fail}}}\n"
    rules = rules_of(tmp_path, HEAD + "rules:\n  scheme:\n    pass_or_fail:\n" + ENTRY + value)
    assert {level: bound.value for level, bound in rules.levels.bounds.items()} == {1: 70}
    assert (rules.levels.worst.value, rules.levels.certified_from.value) == (2, 1)
    assert rules.facts is not None
    assert rules.facts.level_names[2].ko == "부적합"


REFUSED = {
    "an unknown key": (HEAD + "colour: red\n", "prize.yaml:6:1", "the unknown key 'colour'"),
    "another name": (HEAD.replace("prize", "price", 1), "prize.yaml:1:9", "the name of the file"),
    "an unknown file": (HEAD + "rules: {level: {}}\n", "prize.yaml:6:16", "did you mean 'levels'"),
    "an unknown value": (HEAD + "rules: {eligibility: {may: []}}\n", "prize.yaml:6:23", "the unknown value 'may'"),
    "an unknown source": (HEAD.replace("[act]", "[akt]"), "prize.yaml:5:8", "the unknown source 'akt'"),
    "a sentence of no page": (HEAD + "words: {rapport: {a: {ko: 가, en: a}}}\n", "prize.yaml:6:18", "unknown page"),
    "no such sentence": (HEAD + "words: {report: {a: {ko: 가, en: a}}}\n", "prize.yaml:6:21", "the unknown key 'a'"),
    "a field that is not given": (
        HEAD + 'words: {report: {unit.points_of: {ko: 가, en: "{pints:number}"}}}\n',
        "prize.yaml:6:34",
        "the field pints",
    ),
    "bounds with a gap": (
        HEAD + f"rules:\n  levels:\n    level_2:\n{ENTRY}50}}\n",
        "prize.yaml:8:5",
        "all of level_1 to level_2",
    ),
    "two thresholds in one": (
        HEAD + f"rules:\n  levels:\n    level_1:\n{ENTRY}{{points: 1, percent: 2}}}}\n",
        "prize.yaml:9:",
        "one of points, percent and fraction",
    ),
    "two ways to a result": (
        HEAD
        + f"rules:\n  levels:\n    worst:\n{ENTRY}3}}\n  scheme:\n    pass_or_fail:\n{ENTRY}"
        + "{bound: {points: 1}, passed: {ko: 가, en: a}, failed: {ko: 나, en: b}}}\n",
        "prize.yaml:7:3",
        "one of levels, pass_or_fail and ranking",
    ),
    "a ranking without an end": (
        HEAD
        + f"rules:\n  scheme:\n    ranking:\n{ENTRY}{{selected: {{ko: 가, en: a}}, on_reserve: {{ko: 나, en: b}}, "
        + "not_selected: {ko: 다, en: c}, then: shared}}\n",
        "prize.yaml:9:",
        "places, class_places or a budget",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    text, place, message = REFUSED[case]
    with pytest.raises(InputError) as raised:
        read(tmp_path, text)
    told = [str(problem) for problem in raised.value.problems]
    assert any(place in line and message in line for line in told), told


def test_an_unknown_scheme_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'prise', which has no file in schemes") as raised:
        read(tmp_path, HEAD, scheme="prise")
    assert "one of city, prize" in str(raised.value)


def test_bounds_that_do_not_fall_and_names_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    rulebook = read(
        tmp_path,
        HEAD
        + "rules:\n  scheme:\n    stages:\n"
        + ENTRY
        + "[{id: written, name: {ko: 서면, en: written}, sections: [D9]}]}\n",
    )
    with pytest.raises(UsageError, match=r"scheme\.stages\.written names 'D9'"):
        rulebook.on(DAY, "illustrative-2023")
    edition = replace(rulebook.editions["illustrative-2023"], scheme="none")
    with pytest.raises(UsageError, match="there are: city, prize"):
        replace(rulebook, editions={edition.id: edition}).on(DAY, edition.id)
