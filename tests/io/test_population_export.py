"""The ministry's files of populations: every shape that it lets one download, and each way in which one is broken."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats.text import FileText
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.io.parameters.population_export import check_sums, join_populations, parse_population_export
from smartcert.io.parameters.populations import find_month_file, last_day, read_populations
from smartcert.io.parameters.registries import name_source, read_registry
from smartcert.model.applicant import ApplicantKind

MONTH = "2025-05"
DAY = last_day(MONTH)
GOVERNMENTS = load_local_governments()
POPULATIONS = read_populations(find_month_file(MONTH), GOVERNMENTS)
ENTRIES = GOVERNMENTS.registry(DAY, POPULATIONS).entries
Row = tuple[str, str, int]


def name_in_file(parent: str, name: str, kind: ApplicantKind) -> str:
    """The name as the ministry writes it: its province, its city, itself; two branch offices have no province."""
    last = name.split()[-1]
    bare = kind is ApplicantKind.BRANCH_OFFICE_CODE and name in ("북부출장소", "동해출장소")
    if bare or kind is ApplicantKind.DUPLICATE_CODE or not parent:
        return f"{last} "
    return f"{parent} {last}"


def rows(*, towns: bool = False) -> Iterator[Row]:
    for entry in sorted(ENTRIES, key=lambda entry: entry.code):
        residents = entry.population.residents if entry.population else 0
        yield name_in_file(entry.parent_name, entry.name.ko, entry.kind), entry.code, residents
        lowest = entry.kind not in (ApplicantKind.PROVINCE, ApplicantKind.METROPOLITAN_CITY)
        if towns and lowest and entry.code[2:] != "00000000" and residents:
            first = residents // 3
            for number, people in ((510, first), (520, residents - first)):
                yield f"{entry.name.ko} 동{number}", f"{entry.code[:5]}{number}00", people


def write(
    rows: Iterator[Row], heading: str = "2025년05월_총인구수", *, separator: str = ",", by_age: bool = False
) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n", delimiter=separator)
    ages = [f"2025년05월_계_{age}세" for age in range(100)] if by_age else []
    writer.writerow(["행정구역", heading, "2025년05월_남자 인구수", "2025년05월_여자 인구수", *ages])
    for name, code, people in rows:
        space = "" if code[5:] != "00000" else " "
        writer.writerow(
            [f"{name}{space}({code})", f"{people:,}", f"{people // 2:,}", f"{people - people // 2:,}"]
            + ["0"] * len(ages)
        )
    return out.getvalue()


def read(text: str) -> None:
    export = parse_population_export(FileText(file="export.csv", text=text, sha256=""))
    check_sums(export, GOVERNMENTS, ())
    join_populations(export, GOVERNMENTS, "test")


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as refused:
        read(text)
    return refused.value.problems


WHOLE = write(rows())


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("heading", ["2025년05월_총인구수", "2025년05월_계_총인구수"])
def test_a_file_is_read_however_it_was_saved(encoding: str, separator: str, heading: str, tmp_path: Path) -> None:
    path = tmp_path / "202505_202505_주민등록인구및세대현황_월간.csv"
    path.write_bytes(write(rows(), heading, separator=separator).encode(encoding))
    registry = read_registry(path)
    assert (registry.as_of, registry.source) == (MONTH, f"MOIS-POP-202505 ({path.name})")
    assert registry.by_code().keys() == {entry.code for entry in ENTRIES}
    for entry in ENTRIES:
        assert registry.by_code()[entry.code].name == entry.name


def write_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["※ 매월 말일자 통계 현황"])
    sheet.append([None, None, "2025년05월", None, "2025년06월"])
    sheet.append(["행정기관코드", "행정기관", "총인구수", "세대수", "총인구수"])
    for name, code, people in rows():
        sheet.append([code, f"{name} ", f"{people:,}", "1", "7"])
    book.save(path)


def test_the_workbook_with_its_preamble_is_read_and_asks_which_of_two_months(tmp_path: Path) -> None:
    from smartcert.io.parameters.population_export import read_population_export

    path = tmp_path / "month.xlsx"
    write_workbook(path)
    with pytest.raises(InputError, match=r"2 columns of population.*--month"):
        read_population_export(path)
    export = read_population_export(path, MONTH)
    assert name_source(export, GOVERNMENTS) == "MOIS-POP-202505"
    assert join_populations(export, GOVERNMENTS, "test")["seoul"].residents == POPULATIONS["seoul"].residents
    with pytest.raises(InputError, match="wanted those of 2025-07"):
        read_population_export(path, "2025-07")
    renamed = path.rename(tmp_path / "month.csv")
    assert read_population_export(renamed, MONTH).rows == export.rows
    renamed.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InputError, match=r"an \.xls or a protected workbook"):
        read_population_export(renamed)


def test_a_whole_export_with_towns_and_ages_is_read_in_seconds_of_work() -> None:
    text = write(rows(towns=True), "2025년05월_계_총인구수", by_age=True)
    begun = time.process_time()
    read(text)
    assert time.process_time() - begun < 5


def test_the_nation_is_a_sum_too() -> None:
    nation = (
        "전국 ",
        "1000000000",
        sum(p.residents for e, p in POPULATIONS.items() if not GOVERNMENTS.parent(GOVERNMENTS.entities[e], DAY)),
    )
    read(write(iter([nation, *rows()])))
    assert "the sum of the provinces" in str(problems(write(iter([(*nation[:2], nation[2] + 1), *rows()])))[0])


# --- the wrong file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (write(row for row in rows() if row[1][2:] == "00000000"), "provinces only"),
        (write(rows(), "2025년05월_총 거주자수"), "a part of the residents only.*등록구분 전체"),
        (write(rows(), "2025년05월_거주불명자수"), "a part of the residents only"),
        (write(rows(), "2025년05월_세대수"), "no column of population"),
        ("법정동코드\t법정동명\t폐지여부\r\n1100000000\t서울특별시\t존재\r\n", "legal-district codes.*주민등록 인구"),
        ("행정동코드,시도명,시군구명,읍면동명,생성일자,말소일자\r\n1100000000,서울특별시,,,19880423,\r\n", "KIKcd"),
        ('"행정구역(시군구)별","항목","2025.05"\r\n"종로구","총인구수[명]","1"\r\n', "KOSIS"),
        ("이름,값\r\n가,1\r\n", "no heading"),
        ('"행정구역","2025년05월_총인구수"\r\n', "no local government"),
    ],
)  # fmt: skip
def test_the_wrong_file_is_told_by_the_name_of_the_right_one(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text)


# --- a broken file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("(1114000000)", "(1111000000)", "the code 1111000000 again"),
        ("종로구 (1111000000)", "종로구", "a name and a code"),
        ("종로구 (1111000000)", "종로구 (1111000001)", "the sum of its cities"),
        ("종로구 (1111000000)", "종론구 (1111000000)", "beside the code of 종로구"),
        ("종로구 (1111000000)", "종로구 (1199000000)", "the sum of its cities|which nobody has"),
        ("여수시 (4613000000)", "여수시 (1213000000)", "the sum of its cities|the code of 여수시 from 2026-07-01 on"),
        ('"9,328,042"', '"9.328.042"', "residents such as"),
        ('"9,328,042"', '"-9,328,042"', "residents such as"),
        ("2025년05월_총인구수", "2025년13월_총인구수", "no column of population"),
    ],
)
def test_a_cell_that_is_wrong_is_told_with_its_place(old: str, new: str, words: str) -> None:
    assert old in WHOLE
    with pytest.raises(InputError, match=words) as refused:
        read(WHOLE.replace(old, new, 1))
    assert all(problem.place.line for problem in refused.value.problems if "no row of" not in problem.found)


LINES = WHOLE.splitlines(keepends=True)
GOVERNMENT_LINES = [number for number, line in enumerate(LINES) if number and "출장소" not in line]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([number for number in GOVERNMENT_LINES if "(3611000000)" not in LINES[number]]))
def test_a_file_that_lacks_a_row_is_refused(number: int) -> None:
    assert problems("".join(LINES[:number] + LINES[number + 1 :]))


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=1, max_value=len(WHOLE.rstrip()) - 1))
def test_a_file_that_is_cut_anywhere_is_refused(length: int) -> None:
    assert problems(WHOLE[:length])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_slip_of_a_digit_is_refused_in_its_row_or_that_of_the_sum(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(GOVERNMENT_LINES))
    name, figure, *others = next(csv.reader([LINES[number]]))
    places = [place for place, digit in enumerate(figure) if digit.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != figure[place]]))
    slipped = figure[:place] + digit + figure[place + 1 :]
    line = ",".join(f'"{cell}"' for cell in (name, slipped, *others)) + "\r\n"
    told = problems("".join([*LINES[:number], line, *LINES[number + 1 :]]))
    assert told[0].place.column == 2
    own = Place(file="export.csv", line=number + 1, column=2)
    assert own in [problem.place for problem in told] or "second code" in told[0].wanted


def test_where_a_sum_breaks_both_figures_are_said() -> None:
    told = problems(WHOLE.replace('"138,049"', '"138,094"', 1))
    assert any("9,328,042" in problem.found and "9,328,087" in problem.wanted for problem in told)


def test_a_composed_month_is_read_only_where_its_break_is_known(tmp_path: Path) -> None:
    path = tmp_path / "composed.csv"
    july = GOVERNMENTS.registry(date(2026, 7, 31), read_populations(find_month_file("2026-07"), GOVERNMENTS)).entries
    lines = [
        (name_in_file(one.parent_name, one.name.ko, one.kind), one.code, one.population.residents)
        for one in july
        if one.population
    ]
    path.write_text(write(iter(lines)).replace("2025년05월", "2026년07월"), encoding="utf-8")
    assert read_registry(path).source.startswith("COMPOSED-POP-202607")
    path.write_text(path.read_text(encoding="utf-8").replace('"98,720"', '"98,721"'), encoding="utf-8")
    with pytest.raises(InputError, match="residents of 인천광역시"):
        read_registry(path)
