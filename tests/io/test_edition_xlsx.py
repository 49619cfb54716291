"""The indicator table as a workbook: there and back loss-free, refused with its cell, compared in words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from smartcert.cli import main
from smartcert.errors import InputError
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.io.parameters.edition import format_edition
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.model.citation import Text
from smartcert.model.indicator import Band, BandScale, Edition, Indicator, Rounding, RoundingMode, RoundingStep, Section
from smartcert.reporting import amendment
from smartcert.reporting.catalogue import Words
from smartcert.services.rounds import open_round
from tests.support.build import PARAMETERS, rulebook, rules_of_2023
from tests.support.forms import edited

SOURCES = rulebook().sources


def illustrative() -> Edition:
    return rules_of_2023().edition


def back(edition: Edition) -> Edition:
    return read_edition_workbook(build_edition_workbook(edition), "edition.xlsx", SOURCES)


def test_an_edition_goes_into_a_workbook_and_back_loss_free() -> None:
    assert back(illustrative()) == illustrative()


def test_an_edition_written_as_a_file_is_read_as_it_was(tmp_path: Path) -> None:
    shutil.copytree(PARAMETERS / "rules", tmp_path / "rules")
    shutil.copytree(PARAMETERS / "schemes", tmp_path / "schemes")
    path = tmp_path / "rules" / "indicators" / "illustrative-2023.yaml"
    path.write_text(format_edition(illustrative()), "utf-8")
    assert read_rulebook(tmp_path / "rules").editions["illustrative-2023"] == illustrative()


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
points = st.fractions(Fraction(1, 999), 500, max_denominator=999)


@settings(max_examples=25, deadline=None)
@given(name=texts, definition=texts, worth=points, steps=st.lists(points, min_size=1, max_size=4, unique=True))
def test_any_text_and_any_exact_number_survives(
    name: str, definition: str, worth: Fraction, steps: list[Fraction]
) -> None:
    first = illustrative().domains[0].sections[0].indicators[0]
    bounds = sorted(steps, reverse=True)
    bands = tuple(
        Band(bound=bound, points=worth * (len(bounds) - place) / len(bounds)) for place, bound in enumerate(bounds)
    )
    odd = replace(
        first,
        name=Text(ko=name, en=name),
        definition=Text(ko=definition, en=definition),
        points=worth,
        scale=BandScale(bands=bands, otherwise=Fraction(0)),
    )
    assert back(small(odd)) == small(odd)


def small(*indicators: Indicator) -> Edition:
    whole = sum((one.points for one in indicators), Fraction(0))
    domain = Section(id="D1", name=Text(ko="분야", en="Domain"), points=whole, indicators=indicators)
    return replace(illustrative(), points=whole, domains=(domain,))


def write(sheet: str, cell: str, value: object) -> Callable[[Workbook], None]:
    def edit(book: Workbook) -> None:
        book[sheet][cell].value = value  # type: ignore[union-attr]  # a plain cell

    return edit


BROKEN: dict[str, tuple[Callable[[Workbook], None], str]] = {
    "points that do not add up": (write("indicators", "H2", 31), "sections:3:5"),
    "an unknown scale": (write("indicators", "O2", "curve"), "indicators:2:15 (O2)"),
    "an unknown section": (write("indicators", "A2", "D9"), "indicators:2:1 (A2)"),
    "an unknown source": (write("edition", "B7", "call-1066"), "edition:7:2 (B7)"),
    "a formula": (write("indicators", "H2", "=15+15"), "indicators:2:8 (H2)"),
    "a heading that is none": (write("bands", "A1", "indicatr"), "bands:1:1 (A1)"),
    "a sheet too many": (lambda book: book.create_sheet("notes"), "the sheet 'notes'"),
    "a section below itself": (write("sections", "B3", "D1-1"), "sections:"),
    "two indicators of one id": (write("indicators", "B3", "N01"), "indicators:3:2 (B3)"),
    "an empty definition": (write("indicators", "E2", None), "indicators:2"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_that_does_not_hold_is_refused_with_its_cell(name: str) -> None:
    edit, place = BROKEN[name]
    with pytest.raises(InputError) as error:
        read_edition_workbook(edited(build_edition_workbook(illustrative()), edit), "edition.xlsx", SOURCES)
    assert place in str(error.value)


def sixty_three() -> Edition:
    """Return the illustrative edition with ten more indicators, another total, other bounds and another rounding."""
    old = illustrative()
    item = old.domains[0].sections[0]
    model = next(one for one in item.indicators if isinstance(one.scale, BandScale))
    assert isinstance(model.scale, BandScale)
    added = tuple(
        replace(
            model,
            id=f"N{number}",
            name=Text(ko=f"새 지표 {number}", en=f"New indicator {number}"),
            points=Fraction(25, 2),
            scale=BandScale(
                bands=(
                    Band(bound=Fraction(7), points=Fraction(25, 2)),
                    Band(bound=Fraction("3.5"), points=Fraction(5)),
                ),
                otherwise=Fraction(0),
            ),
            per_people=None,
        )
        for number in range(71, 81)
    )
    item = replace(item, indicators=(*item.indicators, *added), points=item.points + 125)
    first = replace(old.domains[0], sections=(item, *old.domains[0].sections[1:]), points=old.domains[0].points + 125)
    return replace(
        old,
        id="notice-2027",
        title=Text(ko="2027년 지표", en="Indicators of 2027"),
        since=date(2023, 9, 1),
        points=old.points + 125,
        domains=(first, *old.domains[1:]),
        rounding=(Rounding(at=RoundingStep.TOTAL, digits=0, mode=RoundingMode.DOWN),),
        basis=replace(old.basis, name="indicators.notice-2027", since=date(2023, 9, 1)),
    )


def smartcert(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_ministry_replaces_the_illustrative_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = tmp_path / "parameters"
    shutil.copytree(PARAMETERS, parameters)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "official.xlsx").write_bytes(build_edition_workbook(sixty_three()))
    assert "63 indicators" in smartcert("rules", "import", "official.xlsx")
    assert "the same already" in smartcert("rules", "import", "official.xlsx")
    levels = parameters / "rules" / "levels.yaml"
    levels.write_text(levels.read_text("utf-8").replace("value: 90\n", "value: 85\n", 1), "utf-8")
    told = smartcert("rules", "diff", "illustrative-2023", "notice-2027", "--language", "en")
    assert "The total changes from 2,000 points to 2,125 points." in told
    assert "The number of indicators changes from 53 to 63." in told
    assert "Indicator N71 New indicator 71 is new in D1-1 (12.5 points)." in told
    korean = smartcert("rules", "diff", "illustrative-2023", "notice-2027", "--language", "ko")
    assert "총점: 2,000점에서 2,125점으로 변경" in korean
    like = parameters / "rounds" / "2023" / "round.yaml"
    like.write_text(like.read_text("utf-8").replace("edition: illustrative-2023", "edition: notice-2027"), "utf-8")
    round_ = parameters / "rounds" / "rehearsal"
    smartcert("simulate", "--applicants", "6", "--seed", "3", "--output", str(round_), "--like", "2023")
    opened = open_round(str(round_))
    cards = [one for one in opened.evaluations if one.scorecard and one.level]
    assert cards
    for one in cards:
        assert one.scorecard is not None
        assert one.level is not None
        assert one.scorecard.out_of == 2125
        assert one.scorecard.points.denominator == 1
        assert len(list(one.scorecard.indicators())) == 63
        assert one.level.bounds[0].points == Fraction(85 * 2125, 100)


def test_an_edition_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    shutil.copytree(PARAMETERS / "rules", tmp_path / "rules")
    shutil.copytree(PARAMETERS / "schemes", tmp_path / "schemes")
    other = replace(illustrative(), note=Text(ko="다른", en="other"))
    (tmp_path / "other.xlsx").write_bytes(build_edition_workbook(other))
    done = CliRunner().invoke(
        main, ["rules", "import", str(tmp_path / "other.xlsx"), "--rules", str(tmp_path / "rules")]
    )
    assert done.exit_code == 2
    assert "differs" in done.output
    assert read_rulebook(tmp_path / "rules").editions["illustrative-2023"] == illustrative()


def test_export_and_diff_take_names_and_files(tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    smartcert("rules", "export", "illustrative-2023", "--output", str(path))
    assert "are the same" in smartcert("rules", "diff", "illustrative-2023", str(path), "--language", "en")
    told = smartcert("rules", "diff", "2021-05-01", "2023-09-13", "--language", "en")
    assert "Population threshold for a large city" in told


def test_rules_on_a_day_still_prints_what_is_in_force() -> None:
    assert "size_type" in smartcert("rules", "--on", "2023-09-13")


CHANGES: dict[str, Callable[[Indicator], dict[str, Any]]] = {
    "points": lambda one: {"points": one.points + 1},
    "name": lambda _: {"name": Text(ko="다른 이름", en="Another name")},
    "definition": lambda _: {"definition": Text(ko="다른 정의", en="Another definition")},
    "unit": lambda _: {"unit": Text(ko="마리", en="animals")},
    "residents per unit": lambda _: {"per_people": 77},
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_change_of_an_indicator_is_one_sentence(what: str, language: str) -> None:
    old = illustrative()
    first = old.domains[0].sections[0].indicators[0]
    item = old.domains[0].sections[0]
    new = replace(item, indicators=(replace(first, **CHANGES[what](first)), *item.indicators[1:]))
    domain = replace(old.domains[0], sections=(new, *old.domains[0].sections[1:]))
    told = amendment.describe_edition_changes(
        old, replace(old, domains=(domain, *old.domains[1:])), Words(language, *amendment.CATALOGUE_PAGES)
    )
    assert "N01" in told[0]
    if language == "en":
        assert any(what in sentence for sentence in told)
