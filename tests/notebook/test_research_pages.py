"""Controls, scenarios and pages for researchers, without a browser."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import smartcert
from smartcert.analysis.arrays import AbsentPolicy, Aggregation
from smartcert.analysis.vectorised import Scorer
from smartcert.analysis.what_if import (
    SCENARIO_SUFFIX,
    Change,
    build_scenario,
    list_scenarios,
    read_scenario,
    run_scenario,
    save_scenario,
    what_if,
)
from smartcert.cli import main
from smartcert.cli.notebooks import copy_notebooks
from smartcert.errors import InputError, SmartcertError, UsageError
from smartcert.notebook import open_audit, open_comparison, open_explorer
from smartcert.notebook.audit import STEPS
from smartcert.notebook.controls import ChoiceControl, Debounced, NumberControl
from smartcert.notebook.explorer import WeightExplorer
from smartcert.paths import PROJECT_ROOT, find_round_folder
from smartcert.reporting.catalogue import find_placeholders, load_catalogue
from smartcert.reporting.page import PageSection
from smartcert.rules.parameters import CombinationMethod
from tests.support.big_round import big_arrays
from tests.support.build import PARAMETERS, example

LANGUAGES = ("ko", "en")


def explorer(folder: Path, language: str = "en") -> WeightExplorer:
    return open_explorer(language=language, scenarios=str(folder))


def test_both_languages_have_the_same_sentences_with_the_same_fields() -> None:
    korean, english = (load_catalogue(language, "research") for language in LANGUAGES)  # type: ignore[arg-type]  # both are languages
    assert korean.keys() == english.keys()
    for key, one in korean.items():
        sides = [
            {gap.name for line in ([side] if isinstance(side, str) else side) for gap in find_placeholders(line)}
            for side in (one, english[key])
        ]
        assert sides[0] == sides[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_of_every_page_is_built_and_numbered(language: str, tmp_path: Path) -> None:
    sections: list[PageSection] = []
    audit = open_audit(language=language, draws=64)
    sections += [getattr(audit, step)() for step in STEPS]
    comparison = open_comparison(language=language, bound=69.5, method="median")
    sections += [getattr(comparison, name)() for name in ("compared", "moved", "alone", "bound", "bunching")]
    page = explorer(tmp_path, language)
    sections += [
        getattr(page, name)() for name in ("outcome", "weights", "indicator_weight", "bound", "rules", "scenarios")
    ]
    numbers = [int(section.title.split(".")[0]) for section in sections]
    assert numbers == [*range(1, 11), *range(1, 6), *range(1, 7)]
    assert all("<table" in section.html or "<p" in section.html for section in sections)
    assert not re.search(r"\bnan\b", "".join(section.html for section in sections))


def test_the_numbers_of_a_widget_are_those_of_the_batch(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    official = {one.id: one for one in example().evaluations if one.scorecard is not None}
    for row in page.result.table.reset_index().to_dict("records"):
        one = official[row["applicant"]]
        assert one.scorecard is not None
        assert one.level is not None
        assert (row["points_if"], row["level_if"]) == (float(one.scorecard.points), one.level.level)
        name = page.words.show(one.applicant.name, "text")
        assert f'<th scope="row">{name} (' in page._table.value
    page.set_change(Change(bounds={3: 69.5}))
    assert page.describe_result(what_if(page.arrays, Change(bounds={3: 69.5}))) in page._status.value
    assert "Haneul-si" in page._status.value


def test_the_table_of_a_range_shows_what_the_control_does_at_the_same_value(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    html = page.bound().html
    for value in (60.1, 65.0, 70.0, 74.95):
        table = what_if(page.arrays, Change(bounds={3: value})).table
        count = page.count_certified(table["level_if"])
        if f'<th scope="row">{value:.1f}</th>' in html:
            assert f'<th scope="row">{value:.1f}</th><td class="number">{count}</td>' in html


def test_the_page_takes_the_arrays_of_its_round_and_refuses_others(tmp_path: Path) -> None:
    opened = example()
    own = smartcert.arrays(opened)
    assert open_audit(round=opened, language="en", arrays=own).arrays is own
    assert open_explorer(round=opened, language="en", scenarios=str(tmp_path), arrays=own).arrays is own
    assert open_comparison(round=opened, language="en", arrays=own).arrays is own
    others = own.select(0), replace(own, edition=replace(own.edition, rounding=()))
    for arrays in others:
        with pytest.raises(UsageError, match="not those of this round"):
            open_audit(round=opened, arrays=arrays)
    with pytest.raises(SmartcertError, match="differ from the evaluation"):
        open_audit(round=opened, arrays=replace(own, marks=own.marks / 2))


def test_results_that_a_notebook_has_give_the_same_section_as_none() -> None:
    audit, other = (open_audit(round=example(), language="en", draws=64) for _ in range(2))
    sure = smartcert.confidence(audit.arrays, audit.plan, 64)
    indices = smartcert.sensitivity(audit.arrays, audit.plan, seed=audit.plan.seed)
    assert audit.uncertainty(sure, indices).html == other.uncertainty().html
    assert audit.back(smartcert.leave_one_out(audit.arrays)).html == other.back().html
    standard = smartcert.standard(audit.arrays)
    given = {
        "selection": (smartcert.separation(standard), smartcert.burden(example(), standard)),
        "multivariate": (smartcert.correlations(standard),),
        "weighting": (smartcert.importance(standard), smartcert.weights(audit.arrays)),
        "links": (smartcert.links(audit.arrays),),
    }
    for step, results in given.items():
        assert getattr(audit, step)(*results).html == getattr(other, step)().html, step


def test_slider_and_field_have_the_same_number_and_report_it_once() -> None:
    values: list[float] = []
    control = NumberControl(name="x", value=3, low=0, high=10, step=1, changed=values.append)
    control.slider.value = 5
    assert (control.value, control.number.value) == (5, 5)
    control.number.value = 7
    assert control.slider.value == 7
    control.slider.value = 0.1 + 0.2
    assert control.number.value == 0.3
    assert values == [5, 7, 0.3]
    choice = ChoiceControl(
        name="y", options={"a": "A", "b": "B"}, value="a", changed=lambda value: values.append(len(value))
    )
    choice.set("b")
    assert (choice.value, values[-1]) == ("b", 1)


@pytest.mark.parametrize("entry", [99, -1, 10.1, float("nan")])
def test_a_number_out_of_the_range_is_refused_and_said_and_the_one_before_stays(entry: float) -> None:
    values: list[float] = []
    control = NumberControl(
        name="x", value=3, low=0, high=10, step=1, changed=values.append, refusal=lambda value: f"no <{value}>"
    )
    control.number.value = entry
    assert (control.value, control.number.value, control.slider.value, values) == (3, 3, 3, [])
    assert f"no &lt;{float(entry)}&gt;" in control.message.value
    assert 'role="alert"' in control.message.value
    control.number.value = 4
    assert control.message.value == ""


def test_the_points_after_scaling_stand_beside_the_ones_that_were_typed(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    page.weights()
    control = page.number_controls["D1"]
    control.number.value = 1200
    result = what_if(page.arrays, Change(weights={"D1": 1200.0}))
    scaled = result.weights[page.arrays.domains[0].columns].sum()
    assert scaled < 1000
    assert f"Innovation: {scaled:,.1f} points after scaling" in control.note.value


def test_everything_goes_back_to_the_official_rules_at_a_click(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    page.weights()
    page.bound()
    page.number_controls["D1"].number.value = 900
    page.set_change(Change(weights={"D1": 900.0}, bounds={3: 69.5}, method=CombinationMethod.MEDIAN))
    page._create_reset().click()
    assert page.change == Change()
    assert page.number_controls["D1"].value == page._official_points("D1")


def test_the_lines_of_python_give_what_the_controls_show(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    page.set_change(FULL)
    *lines, last = page.code.splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102  # the lines that a researcher copies
    assert eval(last, names).equals(page.result.table)  # noqa: S307  # as above
    assert "smartcert.open_round(&#x27;example&#x27;)" in page._code.value


def test_quick_moves_are_answered_once_when_they_have_come_to_rest() -> None:
    heard: list[int] = []

    async def moves() -> None:
        rest = Debounced(lambda: heard.append(1), wait=0.02)
        for _ in range(20):
            rest()
        await asyncio.sleep(0.2)

    asyncio.run(moves())
    assert heard == [1]


def test_a_redraw_for_243_applicants_takes_a_fraction_of_a_second(tmp_path: Path) -> None:
    page = explorer(tmp_path)
    arrays = big_arrays()
    name = next(iter(page._names.values()))
    page.__dict__["arrays"], page.__dict__["scorer"] = arrays, Scorer(arrays)
    page._names = dict.fromkeys(arrays.ids, name)
    page._redraw()
    took = []
    for value in range(12):
        start = time.process_time()
        page.set_change(Change(weights={"D1": 500.0 + value}, bounds={3: 69.0 + value / 10}))
        took.append(time.process_time() - start)
    assert page._table.value.count("<tr>") > 243
    assert min(took) < 0.75  # of processor time, the fastest of twelve: five times what it takes on a slow machine


def official_files() -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in PARAMETERS.rglob("*") if path.is_file()
    }


FULL = Change(
    weights={"D1": 900.0, "N01": 0.0},
    bounds={3: 69.5},
    method=CombinationMethod.MEDIAN,
    aggregation=Aggregation.GEOMETRIC,
    absent=AbsentPolicy.ZERO,
)


def test_a_scenario_is_saved_reopened_and_gives_the_same_and_nothing_official_is_touched(tmp_path: Path) -> None:
    before = official_files()
    page = explorer(tmp_path)
    path = save_scenario(
        build_scenario("더 많은 혁신 / more", "example", page.arrays.edition.id, FULL), tmp_path / "own"
    )
    assert path.name == f"더-많은-혁신-more{SCENARIO_SUFFIX}"
    again = read_scenario(path)
    assert again.change == FULL
    table = what_if(page.arrays, FULL).table
    assert run_scenario(again, page.arrays).table.equals(table)
    assert list_scenarios(tmp_path / "own") == [path]
    assert list_scenarios(tmp_path / "nowhere") == []
    opened = open_explorer(language="en", scenario=str(path), scenarios=str(tmp_path))
    assert opened.result.table.equals(table)
    assert official_files() == before


@pytest.mark.parametrize(
    "folder",
    [PROJECT_ROOT / "parameters", PROJECT_ROOT / "parameters" / "rounds" / "example", PROJECT_ROOT / "outputs" / "x"],
)
def test_no_scenario_is_written_where_something_official_is_stored(folder: Path) -> None:
    with pytest.raises(UsageError, match="scenarios are not written into"):
        save_scenario(build_scenario("x", "example", "e", FULL), folder)


def test_no_scenario_is_written_beside_results_or_over_another_file(tmp_path: Path) -> None:
    scenario = build_scenario("x", "example", "e", FULL)
    save_scenario(scenario, tmp_path)
    with pytest.raises(UsageError, match="already a scenario"):
        save_scenario(scenario, tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "evaluation.json").write_text("{}")
    with pytest.raises(UsageError, match=r"holds evaluation\.json"):
        save_scenario(scenario, tmp_path / "out" / "deeper")
    with pytest.raises(UsageError, match="letter or digit"):
        build_scenario(" / ", "example", "e", FULL)


def test_a_file_that_is_not_a_scenario_is_an_error_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "x.scenario.json"
    with pytest.raises(UsageError, match="no such file"):
        read_scenario(path)
    path.write_text(json.dumps({"name": "x", "round": "r", "weights": {"a": "so"}, "bounds": {}, "official": 1}))
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    assert {problem.place.field for problem in caught.value.problems} == {"edition", "weights.a", "official"}
    path.write_text(json.dumps({"name": "x", "round": "r", "edition": "e", "weights": {}, "bounds": {}, "format": "y"}))
    with pytest.raises(InputError, match="smartcert-scenario/1"):
        read_scenario(path)


def test_the_box_saves_opens_and_shows_what_went_wrong(tmp_path: Path) -> None:
    from smartcert.notebook.explorer import ScenarioBox

    page = explorer(tmp_path)
    page.weights()
    page.set_change(Change(weights={"D1": 900.0}))
    box = ScenarioBox(page)
    box.name.value = "one"
    box.save.click()
    assert "Saved as one.scenario.json." in box.message.value
    assert "weights of D1 → 900" in box.table.value
    box.save.click()
    assert "already a scenario" in box.message.value
    page.set_change(Change())
    box.open.click()
    assert page.change == Change(weights={"D1": 900.0})
    box.name.value = "two"
    box.rename.click()
    assert "one is now two.scenario.json." in box.message.value
    assert [path.name for path in list_scenarios(tmp_path)] == ["two.scenario.json"]
    box.name.value = " "
    box.rename.click()
    assert "letter or digit" in box.message.value
    box.delete.click()
    assert "two is deleted." in box.message.value
    assert list_scenarios(tmp_path) == []
    box.delete.click()
    assert "No scenario is saved yet." in box.message.value


def test_the_box_is_in_the_language_of_the_page_and_a_file_that_is_no_scenario_is_named(tmp_path: Path) -> None:
    from smartcert.notebook.explorer import ScenarioBox

    page = explorer(tmp_path, "ko")
    for name in ("first", "second"):
        page.set_change(Change(weights={"D1": 900.0}))
        box = ScenarioBox(page)
        box.name.value = name
        box.save.click()
        assert box.list.value == name
    box.save.click()
    assert "이미 있습니다" in box.message.value
    box.name.value = "!"
    box.save.click()
    assert "글자나 숫자" in box.message.value
    (tmp_path / "broken.scenario.json").write_text("{")
    text = list_scenarios(tmp_path)[1].read_text("utf-8").replace("D1", "D9")
    (tmp_path / "other.scenario.json").write_text(text, "utf-8")
    table = ScenarioBox(page).table.value
    assert "broken.scenario.json" in table
    assert "other.scenario.json" in table
    assert table.count("<tr") == 3
    box.delete.click()
    assert [path.name.split(".")[0] for path in list_scenarios(tmp_path)] == ["broken", "first", "other"]


def test_rules_and_editions_that_there_are_not_are_refused_with_what_there_is() -> None:
    for given in ({"method": "medain"}, {"aggregation": "sum"}, {"absent": "none"}, {"edition": "illustrative-2022"}):
        with pytest.raises(UsageError, match="there are"):
            open_comparison(**given)  # type: ignore[arg-type]  # one of several words


def test_lab_copies_the_notebooks_set_to_the_round_and_leaves_what_is_there(tmp_path: Path) -> None:
    notebooks, own = PROJECT_ROOT / "notebooks", tmp_path / "own"
    number = len(list(notebooks.glob("*.ipynb")))
    assert copy_notebooks(notebooks, own, find_round_folder("example"), "en") == (number, 0)
    for path in own.glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        names: dict[str, object] = {}
        exec("".join(next(one["source"] for one in cells if "parameters" in one["metadata"].get("tags", []))), names)  # noqa: S102  # ours
        assert names.get("round", "") in ("", str(find_round_folder("example"))), path
        assert names["language"] == "en", path
    (own / "weight_explorer.ipynb").write_text("mine")
    (own / "methodology_audit.ipynb").unlink()
    assert copy_notebooks(notebooks, own, find_round_folder("2023"), "ko") == (1, number - 1)
    assert (own / "weight_explorer.ipynb").read_text() == "mine"
    with pytest.raises(UsageError, match="the notebooks themselves"):
        copy_notebooks(notebooks, notebooks, find_round_folder("example"), "en")


def test_lab_and_page_name_what_is_unknown() -> None:
    for arguments, message in (
        (["lab", "exampel"], "no round 'exampel' "),
        (["page", "weight_exporer"], "did you mean 'weight_explorer'?"),
        (["page", "weight_explorer", "-p", "langage=ko"], "unknown notebook parameter 'langage'"),
        (["page", "weight_explorer", "-p", "x"], "write it as NAME=VALUE"),
        (["page", "certification_history"], "is not about a round; `smartcert register page` writes the page"),
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert message.strip() in result.output


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("name", "language"), [("weight_explorer", "ko"), ("methodology_audit", "en"), ("rules_comparison", "ko")]
)
def test_a_notebook_becomes_a_page_without_widget_or_script(name: str, language: str, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    words = ["page", name, "example", "--language", language, "--output", str(out)]
    words += ["-p", "draws=64"] if name == "methodology_audit" else []
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    page = out.read_text("utf-8")
    assert "<script" not in page
    assert "VBox(" not in page
    assert "IPython.core" not in page
    assert page.count("<h2") >= 5
