"""Months that come in, and rounds that stand on the registry of their governing day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.io.parameters.populations import find_month_file
from smartcert.paths import PROJECT_ROOT
from tests.io.test_population_export import rows, write


def smartcert(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "parameters"


def test_a_month_is_imported_in_one_step_and_a_second_time_is_the_same(tmp_path: Path) -> None:
    file, folder = tmp_path / "export.csv", tmp_path / "registry"
    file.write_text(write(rows(towns=True)), encoding="cp949")
    asked = ["registry", "import", str(file), "--month", "2025-05", "--folder", str(folder), "--language", "en"]
    done = smartcert(*asked)
    assert done.exit_code == 0, done.stderr
    assert "243 local governments with 51,169,148 residents in May 2025" in done.output
    written = folder / "population" / "2025-05.csv"
    assert written.read_bytes() == find_month_file("2025-05").read_bytes()
    assert smartcert(*asked).exit_code == 0
    written.write_bytes(written.read_bytes().replace(b"138049", b"138048"))
    assert smartcert(*asked).exit_code == 2
    assert smartcert(*asked, "--replace").exit_code == 0
    assert written.read_bytes() == find_month_file("2025-05").read_bytes()


def test_what_is_new_or_gone_is_listed_with_the_change_that_explains_it(tmp_path: Path) -> None:
    folder, file = tmp_path / "registry" / "population", tmp_path / "export.csv"
    folder.mkdir(parents=True)
    shutil.copy(find_month_file("2023-10"), folder)
    file.write_text(write(rows()), encoding="utf-8")
    done = smartcert("registry", "import", str(file), "--folder", str(folder.parent), "--language", "en")
    for words in (
        "compared with October 2023",
        "new: Wonmi-gu 4119200000",
        "gone: Hyoja",
        "districts set up in Bucheon",
    ):
        assert words in done.output


@pytest.mark.parametrize(
    ("month", "words"), [("2025-06", "populations of 2025-05"), ("2025", "not a month"), ("2025-13", "not a month")]
)
def test_another_month_than_the_file_has_is_refused(month: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(write(rows()), encoding="utf-8")
    done = smartcert("registry", "import", str(file), "--month", month, "--folder", str(tmp_path))
    assert (done.exit_code, words in done.stderr) == (2, True)
    assert not (tmp_path / "population").exists()


def test_the_shipped_table_and_months_have_no_problem() -> None:
    done = smartcert("registry", "check")
    assert done.exit_code == 0, done.stderr
    assert "no problem in 303 entities" in done.output


def amend(parameters: Path, registry: str, day: str = "2027-09-01") -> None:
    sources = parameters / "rules" / "sources.yaml"
    text = (
        sources.read_text(encoding="utf-8")
        + "  call-2027:\n    title: {ko: 2027년 공모, en: Call of 2027}\n    short: {ko: 2027년 공모, en: 2027 call}\n"
        + "    kind: call\n    date: 2027-09-01\n"
    )
    sources.write_text(text, encoding="utf-8")
    opened = ["--governing-day", day, "--opens", "2027-10-19 00:00", "--closes", "2027-10-21 18:00"]
    done = smartcert("new-round", "2027", "--from", "2023", *opened, "--cite", "call-2027")
    assert done.exit_code == 0, done.stderr
    path = parameters / "rounds" / "2027" / "round.yaml"
    text = path.read_text(encoding="utf-8")
    assert "registry: 2026-07" in text
    path.write_text(text.replace("registry: 2026-07", f"registry: {registry}"), encoding="utf-8")


def test_a_new_round_takes_the_newest_month_and_answers_by_its_governing_day(parameters: Path) -> None:
    amend(parameters, "2026-07")
    assert smartcert("check", "2027").exit_code == 0
    answer = smartcert("who", "전남", "여수시", "--round", "2027", "--language", "en").output
    for words in ("Yeosu-si (여수시)", "1213000000", "July 2026", "14 months before the day of the rules", "COMPOSED"):
        assert words in answer
    gone = smartcert("who", "전라남도", "--round", "2027")
    assert (gone.exit_code, "until 2026-06-30; ask 전남광주통합특별시 1200000000" in gone.stderr) == (2, True)
    dong = smartcert("who", "광주", "동구", "--round", "2027", "--language", "en").output
    assert dong.startswith("Dong-gu, Jeonnam-Gwangju (전남광주통합특별시 동구)")
    assert "Busan" not in dong


@pytest.mark.parametrize("registry", ["local_governments.2023-10.csv", "2026-08"])
def test_a_round_is_refused_with_a_registry_of_what_does_not_exist_on_its_day(registry: str, parameters: Path) -> None:
    amend(parameters, registry)
    done = smartcert("check", "2027")
    assert done.exit_code == 2
    assert "round.yaml:15" in done.stderr or "(registry)" in done.stderr
    if registry.endswith(".csv"):
        assert "does not exist on 2027-09-01 under its code: " in done.stderr
        assert "such as 2026-07" in done.stderr


def test_an_older_month_is_joined_by_entity_and_told(parameters: Path) -> None:
    amend(parameters, "2025-05")
    checked = smartcert("check", "2027")
    assert checked.exit_code == 0
    assert "28 months before the day of the rules" in checked.output
    assert "[interpretation]" in checked.output
    shown = smartcert("who", "1213000000", "--round", "2027", "--language", "en").output
    assert "265,755 residents, May 2025" in shown
    assert "28 months before the day of the rules" in shown
