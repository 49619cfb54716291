"""Drafts of criteria: files to start from, tables that are scored against them, and a document of what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.io.formats.hwpx import read_hwpx
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.paths import PROJECT_ROOT
from tests.cli.conftest import Run

FIGURES = """\
applicant,N1,green,N3,N4,P1,B1
haneul,60,30,9,3,yes,no
byeol,45,absent,20,5,no,yes
dal,,20,7,2,예,아니오
"""
MARKS = "applicant,E1,E2,E3\nhaneul,4,5,3\nbyeol,2,3,3\ndal,5,5,4\n"
PEOPLE = """\
applicant,class,population,area_km2
haneul,large,600000,100
byeol,small_medium,80000,50
dal,small_medium,120000,200/3
"""
FILES = ["figures.csv", "--marks", "marks.csv", "--applicants", "people.csv"]


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a new edition and tables for it, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("figures.csv", FIGURES), ("marks.csv", MARKS), ("people.csv", PEOPLE)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert rules("new", "edition", "draft").exit_code == 0
    return tmp_path


def rules(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def test_a_new_edition_scores_a_table_as_it_stands(draft: Path) -> None:
    made = rules("try", "draft.yaml", *FILES, "--language", "en", "--working", "haneul", "--output", "points.csv")
    assert made.exit_code == 0, made.output
    rows = [line.split() for line in made.output.splitlines()[:4]]
    # haneul: 60 of 600,000 is 10 per 100,000, below 30: 0; 30 of 100 km2 is 30 %: 20; (9 - 14) / (7 - 14) x 20 = 14.29;
    # 3 x 5 = 15; the mean of 4, 5 and 3 is 4, halfway from 8 to 20: 14; together 63.29, rounded to 63.3
    assert rows[1] == ["haneul", "large", "63.3", "63.3%", "Level", "4", "1"]
    assert rows[2] == ["byeol", "small_medium", "39.7", "39.7%", "Level", "5", "3"]  # 10 + 20 + 6.67, and 3 of bonus
    assert "20 × (9 − 14) ÷ (7 − 14) ≈ 14.2857" in made.output
    assert (draft / "points.csv").read_text("utf-8-sig").splitlines()[1] == "haneul,0.0,20.0,14.29,15.0,14.0,1.0,0.0"


def test_a_bad_table_is_refused_with_its_cells_and_all_at_once(draft: Path) -> None:
    (draft / "figures.csv").write_text(FIGURES.replace("60,30", "sixty,30").replace("9,3", "9,2.5"), encoding="utf-8")
    (draft / "marks.csv").write_text(MARKS.replace("4,5,3", "4,6,3"), encoding="utf-8")
    made = rules("try", "draft.yaml", *FILES)
    assert made.exit_code == 2
    for said in ("figures.csv:2:2 (B2): found 'sixty'", "figures.csv:2:5 (E2): found '2.5'", "marks.csv:2:3 (C2)"):
        assert said in made.output
    assert "Traceback" not in made.output


@pytest.mark.parametrize(
    ("table", "said"), [("", "found"), ("name,N1\na,1\n", "the heading 'applicant'"), ("applicant,N9\na,1\n", "'N9'")]
)
def test_a_table_of_another_shape_is_refused(draft: Path, table: str, said: str) -> None:
    (draft / "figures.csv").write_text(table, encoding="utf-8")
    made = rules("try", "draft.yaml", "figures.csv")
    assert made.exit_code == 2
    assert said in made.output


def test_a_new_scheme_and_an_edition_of_it_are_valid_in_their_folders(tmp_path: Path, draft: Path) -> None:
    parameters = tmp_path / "parameters"
    (parameters / "schemes").mkdir(parents=True)
    official = PROJECT_ROOT / "parameters"
    for file in (official / "rules").rglob("*.yaml"):
        own = parameters / "rules" / file.relative_to(official / "rules")
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_bytes(file.read_bytes())
    for file in (official / "schemes").glob("*.yaml"):
        (parameters / "schemes" / file.name).write_bytes(file.read_bytes())
    assert rules("new", "scheme", "quality", "--output", str(parameters / "schemes" / "quality.yaml")).exit_code == 0
    path = parameters / "rules" / "indicators" / "quality-1.yaml"
    made = rules("new", "edition", "quality-1", "--scheme", "quality", "--output", str(path))
    assert made.exit_code == 0, made.output
    book = read_rulebook(parameters / "rules")
    assert book.on(book.editions["quality-1"].since, "quality-1").levels.worst.value == 3
    shown = rules("explain", "quality-1", "--language", "en")
    assert "Gold: 80% (80 points) or more" in shown.output
    assert draft.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "edition", "Draft"], "small letters"),
        (["new", "edition", "illustrative-2023"], "already"),
        (["new", "edition", "other", "--scheme", "citty"], "no scheme 'citty'"),
        (["new", "edition", "draft"], "draft.yaml exists already"),
        (["new", "scheme", "service"], "there is a scheme 'service'"),
        (["try", "nothing", "figures.csv"], "no edition 'nothing'"),
        (["explain", "draft.yaml", "--format", "hwpx"], "--output FILE.hwpx"),
    ],
)
def test_what_cannot_be_done_is_said(draft: Path, arguments: list[str], said: str) -> None:
    made = rules(*arguments)
    assert made.exit_code == 2
    assert said in made.output
    assert draft.exists()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("edition", ["illustrative-2023", "service-illustrative-2023", "draft.yaml"])
def test_an_edition_is_explained_whole_in_both_languages(draft: Path, edition: str, language: str) -> None:
    made = rules("explain", edition, "--language", language, "--output", "criteria.html")
    assert made.exit_code == 0, made.output
    page = (draft / "criteria.html").read_text("utf-8")
    assert f'<html lang="{language}">' in page
    text = rules("explain", edition, "--language", language).output
    book = read_rulebook(PROJECT_ROOT / "parameters" / "rules")
    if edition in book.editions:
        for indicator in book.editions[edition].indicators():
            assert f"{indicator.id} {indicator.name.of(language)}" in text
    else:
        for said in ("green / area_km2 * 100", "ISO 37122:2019 10.1"):
            assert said in text


def test_the_document_opens_as_a_hangul_document_too(draft: Path) -> None:
    made = rules("explain", "draft.yaml", "--language", "ko", "--output", "criteria.hwpx")
    assert made.exit_code == 0, made.output
    grids = read_hwpx((draft / "criteria.hwpx").read_bytes(), "criteria.hwpx")
    assert any("녹지율" in cell.text for grid in grids for _, row in grid.rows() for cell in row.values()) or grids


def test_a_mark_written_by_hand_needs_the_comment_that_the_edition_wants(run: Run) -> None:
    edition, marks = (
        Path("parameters/rules/indicators/illustrative-2023.yaml"),
        Path("parameters/rounds/example/marks.csv"),
    )
    text = edition.read_text("utf-8")
    edition.write_text(
        text.replace("          - id: L01\n", "          - id: L01\n            comment_for: [5]\n"), "utf-8"
    )
    assert "comment" not in run("check", "example")
    head, first, *rest = marks.read_text("utf-8-sig").splitlines()
    assert first.startswith("ara,L01,E1,5,")
    marks.write_text("\n".join([head, "ara,L01,E1,5,", *rest]), "utf-8")
    refused = run("check", "example", code=2)
    assert "marks.csv:2" in refused
    assert "a comment, which the edition wants for a mark of 5" in refused
    marks.write_text("\n".join([head, "ara,L01,E1,4,", *rest]), "utf-8")
    run("check", "example")
