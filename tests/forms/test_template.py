"""The applicant's form: what it tells beside each cell, what it locks, and that the same input gives the same bytes."""

from __future__ import annotations

import io
import sys
from importlib import util
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from smartcert.cli import main
from smartcert.forms.phrases import PHRASES
from smartcert.forms.template import build_form
from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application
from smartcert.model.indicator import IndicatorKind
from smartcert.reception.take_in import take_in
from smartcert.simulation.packages import build_package
from tests.support.about import list_texts
from tests.support.forms import blank, edited, new_simulated_round, send, value_cell, workbook


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Application, RoundCall]:
    simulated, call = new_simulated_round(tmp_path_factory.mktemp("forms") / "round", applicants=1)
    return simulated.applications[0], call


def test_there_is_a_sheet_for_each_domain_a_cover_a_look_up_table_and_a_guide(
    one: tuple[Application, RoundCall],
) -> None:
    book = load_workbook(io.BytesIO(blank(*one)))
    domains = one[1].rules.edition.domains
    assert len(book.worksheets) == len(domains) + 3
    assert all(domain.id in sheet.title for domain, sheet in zip(domains, book.worksheets[1:], strict=False))
    quantitative = [one for one in one[1].rules.edition.indicators() if one.kind is IndicatorKind.QUANTITATIVE]
    listed = [cell.value for cell in book.worksheets[-2]["A"][3:]]
    assert listed == [indicator.id for indicator in quantitative]


def test_the_guide_has_what_stands_beside_each_indicator_in_both_languages(one: tuple[Application, RoundCall]) -> None:
    edition = one[1].rules.edition
    guide = load_workbook(io.BytesIO(blank(*one))).worksheets[-1]
    rows = {row[0]: " ".join(str(text) for text in row[1:] if text) for row in guide.iter_rows(4, values_only=True)}
    assert list(rows) == [indicator.id for indicator in edition.indicators()]
    for indicator in edition.indicators():
        about = indicator.about
        assert about is not None
        texts = list_texts(about)
        shown = rows[indicator.id]
        assert all(text is not None and text.ko in shown and text.en in shown for text in texts), indicator.id
        assert all(link in shown for link in about.links)
    assert edition.title.en in str(guide["A2"].value)


@pytest.mark.parametrize(
    ("language", "units"),
    [
        ("ko", '&" 건"'),
        (
            "en",
            "&IF(",
        ),
    ],
)
def test_the_look_up_table_has_the_unit_of_one_beside_1(
    one: tuple[Application, RoundCall], language: str, units: str
) -> None:
    form = build_form(one[0].applicant, one[1].round, one[1].rules, language)
    sheet = load_workbook(io.BytesIO(form)).worksheets[-2]
    formula = next(str(sheet.cell(row, 3).value) for row in range(4, 99) if sheet.cell(row, 1).value == "N01")
    assert units in formula
    assert ('=1," data set"," data sets")' in formula) is (language == "en")


def test_only_what_is_to_be_filled_in_can_be_changed(one: tuple[Application, RoundCall]) -> None:
    book = load_workbook(io.BytesIO(blank(*one)))
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    assert book.security.lockStructure
    cell = value_cell(book, "N01")
    assert not cell.protection.locked
    assert cell.offset(column=-1).protection.locked
    assert cell.offset(column=4).protection.locked


def test_each_value_has_a_rule_and_a_prompt_with_its_unit(one: tuple[Application, RoundCall]) -> None:
    book = load_workbook(io.BytesIO(blank(*one)))
    for indicator in one[1].rules.edition.indicators():
        cell = value_cell(book, indicator.id)
        rules = [rule for rule in cell.parent.data_validations.dataValidation if cell.coordinate in rule.sqref]
        assert len(rules) == 1
        assert indicator.unit.ko in (rules[0].prompt or "")
        assert rules[0].showInputMessage


def test_headings_are_in_both_languages_and_stay_in_sight(one: tuple[Application, RoundCall]) -> None:
    sheet = load_workbook(io.BytesIO(blank(*one))).worksheets[1]
    headings = [cell.value for cell in sheet[3]][:12]
    assert all(" / " in str(heading) for heading in headings)
    assert sheet.freeze_panes == "C4"
    assert sheet.print_title_rows == "$3:$3"
    assert not sheet.merged_cells.ranges


def test_the_cover_says_that_nothing_is_returned_and_what_is_at_the_applicants_risk(
    one: tuple[Application, RoundCall],
) -> None:
    cover = load_workbook(io.BytesIO(blank(*one))).worksheets[0]
    written = [cell.value for row in cover.iter_rows() for cell in row]
    notices = [notice.ko for notice in one[1].rules.documents.notices()]
    assert notices[0] == "제출한 서류는 반환하지 않습니다."
    assert len(notices) == 4
    assert set(notices) <= set(written)


def test_the_same_input_gives_the_same_bytes(one: tuple[Application, RoundCall]) -> None:
    assert workbook(*one) == workbook(*one)


def test_every_phrase_is_said_in_both_languages() -> None:
    assert all(phrase.ko and phrase.en for phrase in PHRASES.values())


def smartcert(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_writes_a_form_and_asks_which_of_several(tmp_path: Path) -> None:
    code, told = smartcert("template", "2023", "--applicant", "수원시", "--output", str(tmp_path), "--language", "ko")
    assert (code, [path.name for path in tmp_path.iterdir()]) == (0, ["2023-suwon-si.ko.xlsx"])
    code, told = smartcert("template", "2023", "--applicant", "중구", "--output", str(tmp_path))
    assert code == 2
    assert "may be one of 6" in told


@pytest.mark.parametrize("language", ["ko", "en"])
def test_self_check_tells_what_the_operating_body_would_find(
    one: tuple[Application, RoundCall], tmp_path: Path, language: str
) -> None:
    application, call = one
    clean, broken = tmp_path / "clean.zip", tmp_path / "broken.xlsx"
    clean.write_bytes(build_package(application, call.round, call.rules))
    broken.write_bytes(edited(workbook(*one), lambda book: setattr(value_cell(book, "N01"), "value", "1,23")))
    name = str(call.folder)
    code, told = smartcert("self-check", str(broken), "--round", name, "--language", language)
    assert code == 1
    assert "1.23 / 123" in told
    code, told = smartcert("self-check", str(clean), "--round", name, "--language", language)
    row = f"2023-10-25 10:00,website,yes,{application.code},,,,"
    taken = take_in(call, send(tmp_path / "sent", [("a.zip", clean.read_bytes(), row)]))
    assert (code == 0) is (not taken.problems and not taken.questions and not taken.remarks)


def test_without_openpyxl_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    for name in [name for name in sys.modules if name.startswith(("smartcert.forms", "smartcert.cli.applicants"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "openpyxl" else find(name))
    code, told = smartcert("template", "2023", "--applicant", "수원시")
    assert code == 2
    assert "smartcert[forms]" in told
