"""Every way that we know of to break an input file: told with file, line and column, and with what was wanted."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from smartcert.errors import InputError
from tests.support.small_round import ROUND, small

EDITION = "indicators/small.yaml"


class Break(NamedTuple):
    """One break: in ``file``, ``new`` instead of ``old``, told with all of ``words`` at the spot marked in ``new``."""

    name: str
    file: str
    old: str
    new: str
    words: tuple[str, ...]
    whole_row: bool = False


BREAKS = [
    # YAML itself
    Break("mistyped key", "round.yaml", "invented: yes", "¦invnted: yes", ("unknown key 'invnted'", "'invented'")),
    Break(
        "duplicate key", "round.yaml", "edition: small", "edition: small\n¦edition: x", ("'edition' again", "line 11")
    ),
    Break("no YAML", "round.yaml", "id: small", "id: [small\ntitle¦: x", ("no YAML",)),
    Break("an alias", "round.yaml", "id: small", "id: ¦*it", ("alias *it",)),
    Break("an anchor", "round.yaml", "id: small", "id: ¦&it small", ("anchor &it",)),
    Break("a tag", "round.yaml", "id: small", "id: ¦!!str small", ("a tag",)),
    Break(
        "two documents", "round.yaml", "registry: own.csv\n", "registry: own.csv\n¦---\na: b\n", ("second document",)
    ),
    Break("a list as key", "round.yaml", "id: small", "¦[a, b]: c\nid: small", ("key that is no text",)),
    Break("nested too deeply", "round.yaml", "id: small", "id: " + "[" * 40 + "¦[" + "]" * 41, ("nested too deeply",)),
    # values
    Break("unquoted no as text", "round.yaml", "ko: 작은 공모", "ko: ¦no", ("unquoted no", '"no"')),
    Break("empty text", "round.yaml", "ko: 작은 공모", "ko: ¦''", ("found nothing", "a text")),
    Break("a list as text", "round.yaml", "en: Small round", "en: ¦[a]", ("a list", "one value")),
    Break(
        "a text as keys", "round.yaml", "{ko: 작은 공모, en: Small round}", "¦Small", ("'Small'", "keys with values")
    ),
    Break("maybe", "round.yaml", "invented: yes", "invented: ¦maybe", ("'maybe'", "yes or no")),
    Break(
        "impossible day", "round.yaml", "governing_day: 2023-09-13", "governing_day: ¦2023-02-30", ("day that exists",)
    ),
    Break("day of no ISO", "round.yaml", "governing_day: 2023-09-13", "governing_day: ¦13.9.2023", ("2023-10-24",)),
    Break("day as seconds", "round.yaml", "governing_day: 2023-09-13", "governing_day: ¦1697068800", ("a day",)),
    Break("impossible time", "round.yaml", "2023-10-26 18:00", "¦2023-10-26 25:00", ("moment that exists",)),
    Break("closes first", "round.yaml", "2023-10-26 18:00", "¦2023-10-20 18:00", ("after opens_at",)),
    Break(
        "judged first", "round.yaml", "edition: small", "edition: small\njudged_on: ¦2023-10-25", ("before closes_at",)
    ),
    Break(
        "called last", "round.yaml", "governing_day: 2023-09-13", "governing_day: ¦2023-10-25", ("not after opens_at",)
    ),
    Break("other id", "round.yaml", "id: small", "id: ¦smal", ("name of the folder",)),
    Break("unknown edition", "round.yaml", "edition: small", "edition: ¦smal", ("did you mean 'small'",)),
    Break(
        "before all rules", "round.yaml", "governing_day: 2023-09-13", "governing_day: ¦1999-09-13", ("holds since",)
    ),
    Break("unknown source", "round.yaml", "notice 9(1)", "¦notise 9(1)", ("source 'notise'", "'notice'")),
    Break("odd article", "round.yaml", "notice 9(1)", "¦notice nine", ("article 'nine'",)),
    Break("registry elsewhere", "round.yaml", "registry: own.csv", "registry: ¦../../x.csv", ("without a folder",)),
    Break(
        "unknown registry", "round.yaml", "registry: own.csv", "registry: ¦owm.csv", ("no file 'owm.csv'", "'own.csv'")
    ),
    # rules
    Break(
        "mistyped value name", "levels.yaml", "certified_from:", "¦certifed_from:", ("unknown value", "certified_from")
    ),
    Break("bounds that rise", "levels.yaml", "value: 80.5", "value: ¦90", ("not below that of level 1",)),
    Break("bound above 100", "levels.yaml", "value: 90", "value: ¦101", ("percentage from 0 to 100",)),
    Break("ratio as bound", "levels.yaml", "value: 90", "value: ¦2/3", ("a percentage such as 200/3",)),
    Break("certified from the worst", "levels.yaml", "value: 3", "value: ¦5", ("level 5", "from 1 to 4")),
    Break("missing bound", "levels.yaml", "value: 5", "value: 6", ("no bound for level_5",), True),
    Break("enum slip", "size_type.yaml", "by_population", "¦by_populaton", ("did you mean 'by_population'",)),
    Break("number with comma", "size_type.yaml", "value: 500000", "value: ¦500,000", ("whole number",)),
    Break("number with underscore", "size_type.yaml", "value: 500000", "value: ¦500_000", ("whole number",)),
    Break("exponent", "size_type.yaml", "value: 500000", "value: ¦1e308", ("'1e308'",)),
    Break("status slip", "sources.yaml", "kind: notice", "kind: ¦notiz", ("did you mean 'notice'",)),
    Break("address of no web", "sources.yaml", "https://example.org/notice", "¦javascript:alert(1)", ("http",)),
    Break("scale without room", "scoring.yaml", "{lowest: 1,", "¦{lowest: 5,", ("lowest below highest",)),
    Break(
        "drops all",
        "scoring.yaml",
        "{method: trimmed_mean, at_least: 5",
        "¦{method: trimmed_mean, at_least: 2",
        ("twice",),
    ),
    # an edition that does not add up
    Break("points of an item", EDITION, "        points: 100\n", "        points: ¦90\n", ("100, the sum",)),
    Break("stated total", EDITION, "points: 160", "points: ¦2000", ("2000 stated", "160")),
    Break("stated count", EDITION, "indicators: 7", "indicators: ¦53", ("53 stated", "7")),
    Break("stated split", EDITION, "qualitative: 70", "qualitative: ¦80", ("80 stated", "70")),
    Break("same id twice", EDITION, "id: N4", "id: ¦N3", ("'N3' again",)),
    Break("other edition", EDITION, "edition: small", "edition: ¦other", ("name of the file",)),
    Break("best band", EDITION, "at_least: 10, points: 30", "at_least: 10, points: ¦29", ("30, the points",)),
    Break("band order", EDITION, "{at_least: 5, points: 12}", "¦{at_least: 15, points: 12}", ("out of order",)),
    Break("band points", EDITION, "{at_least: 5, points: 12}", "¦{at_least: 5, points: 30}", ("out of order",)),
    Break(
        "other bound", EDITION, "{at_least: 5, points: 12}", "¦{at_most: 5, points: 12}", ("'at_least' and no other",)
    ),
    Break("linear direction", EDITION, "{kind: linear, zero_at: 10", "¦{kind: linear, zero_at: 1", ("above full_at",)),
    Break(
        "counted points", EDITION, "{kind: counted, points_each: 4", "¦{kind: counted, points_each: 5", ("= 25", "20")
    ),
    Break("unknown scale", EDITION, "{kind: yes_no}", "{kind: ¦yesno}", ("did you mean 'yes_no'",)),
    Break("key of no scale", EDITION, "{kind: yes_no}", "{kind: yes_no, ¦cap: 3}", ("unknown key 'cap'",)),
    Break("share above 100", EDITION, "{at_most: 50, points: 5}", "¦{at_most: 150, points: 5}", ("up to 100",)),
    Break("rounding order", EDITION, "at: total", "at: ¦indicator", ("each step once",)),
    Break("digits", EDITION, "digits: 1", "digits: ¦9", ("from 0 to 6",)),
    Break("limits crossed", EDITION, "{at_least: 0, at_most: 1000}", "¦{at_least: 9, at_most: 1}", ("at_least above",)),
    Break("no people", EDITION, "per_people: 10000", "per_people: ¦0", ("from 1 on",)),
    Break("NaN", EDITION, "at_least: 10,", "at_least: ¦NaN,", ("'NaN'",)),
    # applications
    Break("id as a path", "applications.csv", "haneul,9011", "¦../../x,9011", ("'../../x'", "small letter")),
    Break("id of a device", "applications.csv", "haneul,9011", "¦con,9011", ("'con'",)),
    Break("applicant twice", "applications.csv", "saebyeok,", "¦bada,", ("'bada' again", "line 3")),
    Break("same local government", "applications.csv", "bada,9013000000", "bada,¦9011000000", ("already", "line 2")),
    Break("unknown code", "applications.csv", "bada,9013000000", "bada,¦9013000001", ("'9013000001'", "registry")),
    Break("code as a number", "applications.csv", "bada,9013000000", "bada,¦9.013E+09", ("'9.013E+09'",)),
    Break("unknown channel", "applications.csv", ",mail,", ",¦e-mail,", ("did you mean 'mail'",)),
    Break("no moment", "applications.csv", "2023-10-25 10:00", "¦25/10/2023", ("2023-10-24 18:00",)),
    Break("sent after arrival", "applications.csv", "2023-10-24 09:00", "¦2023-10-27 09:00", ("not after arrived_at",)),
    Break("joint with nobody", "applications.csv", "하늘시;9011100000", "¦하늘시;9019999999", ("'9019999999'",)),
    # tables as such
    Break("missing column", "marks.csv", "evaluator,mark,", "evaluator,", ("no column 'mark'",), True),
    Break("misspelt column", "marks.csv", "evaluator,mark,", "evaluator,¦marc,", ("'marc'", "'mark'")),
    Break("extra column", "marks.csv", "mark,comment", "mark,comment,¦coment", ("'coment'", "'comment'")),
    Break("column twice", "marks.csv", "mark,comment", "mark,comment,¦mark", ("'mark' again",)),
    Break("ragged row", "marks.csv", "haneul,L1,E1,4,", "¦haneul,L1,E1,4", ("a row of 4 cells", "5 cells"), True),
    Break("stray quote", "marks.csv", "좋음", '¦좋"음', ("stray quote",), True),
    Break("open quote", "marks.csv", "좋음", '¦"좋음', ("no CSV",), True),
    Break("long cell", "marks.csv", "좋음", "¦" + "좋" * 10_001, ("10001 characters",)),
    # papers
    Break("document of nobody", "documents.csv", "bada,application", "¦bado,application", ("did you mean 'bada'",)),
    Break("document twice", "documents.csv", "haneul,quantitative", "haneul,¦application", ("again", "line 2")),
    Break(
        "sealed but not there", "documents.csv", "bada,application,no,,", "bada,application,no,¦yes,", ("not received",)
    ),
    Break(
        "due before asked",
        "supplements.csv",
        "2023-10-30,2023-11-08,pending",
        "2023-10-30,¦2023-10-29,pending",
        ("not before",),
    ),
    Break("answer without a day", "supplements.csv", "answered,2023-11-08", "answered,¦", ("day of the answer",)),
    Break("a day without answer", "supplements.csv", "pending,,", "pending,¦2023-11-01,", ("'pending'",)),
    # figures
    Break(
        "empty claimed",
        "measurements.csv",
        "N3,0,",
        "N3,¦,",
        ("found nothing", "zero, absent and not applicable differ"),
    ),
    Break("percent", "measurements.csv", "N1,12.5,", "N1,¦12.5%,", ("'12.5%'", "plain decimal")),
    Break("full-width", "measurements.csv", "N1,12.5,", "N1,¦\uff11\uff12,", ("plain decimal",)),
    Break("infinite", "measurements.csv", "N1,12.5,", "N1,¦inf,", ("plain decimal",)),
    Break("formula", "measurements.csv", "N1,12.5,", "N1,¦=SUM(A1:A2),", ("a formula",)),
    Break("half a centre", "measurements.csv", "N3,0,", "N3,¦1.5,", ("whole number from 0",)),
    Break("number for yes or no", "measurements.csv", "N2,yes", "N2,¦1", ("yes or no",)),
    Break("correction without reason", "measurements.csv", "11,두 건은 같은 자료", "11,¦", ("why the desk",)),
    Break("desk out of limits", "measurements.csv", "12.5,11,", "12.5,¦1001,", ("from 0 up to 1000",)),
    Break(
        "unknown indicator", "measurements.csv", "haneul,N3", "haneul,¦N33", ("unknown indicator 'N33'", "did you mean")
    ),
    Break("measured quality", "measurements.csv", "haneul,N3,0", "haneul,¦L1,0", ("marks.csv",)),
    Break("measured twice", "measurements.csv", "haneul,N5,", "haneul,¦N4,", ("'N4' of 'haneul' again", "line 5")),
    Break(
        "not measured",
        "measurements.csv",
        "haneul,N1,12.5,11,두 건은 같은 자료,a.pdf,3\nhaneul,N2",
        "haneul,¦N2",
        ("no row for N1",),
    ),
    Break("verified and corrected", "inspections.csv", "N1,yes,,", "N1,yes,¦12,", ("nothing, as the desk value",)),
    Break("not verified, no value", "inspections.csv", "N2,no,no,", "N2,no,¦,", ("the corrected value",)),
    Break("not verified, no reason", "inspections.csv", "no,조례가 폐지됨", "no,¦", ("why the value",)),
    Break("corrected to not applicable", "inspections.csv", "no,absent,", "no,¦not_applicable,", ("'absent'",)),
    # committee and marks
    Break("two chairs", "committee.csv", "교통,no", "교통,¦yes", ("2 chairs",)),
    Break("no chair", "committee.csv", "도시계획,yes", "도시계획,no", ("no chair",), True),
    Break(
        "too many",
        "committee.csv",
        "E3,도예린,,no",
        "E3,도예린,,no\n¦E4,라온,,no",
        ("4 members", "at most 3 (Act; Notice Art. 8(4))"),
    ),
    Break("evaluator twice", "committee.csv", "E3,", "¦E2,", ("'E2' again",)),
    Break("unknown ground", "exclusions.csv", "exclusion,3", "exclusion,¦6", ("one of 1, 2, 3, 4, 5",)),
    Break("unknown evaluator", "exclusions.csv", "E3,", "¦E9,", ("committee.csv",)),
    Break("mark above the scale", "marks.csv", "L2,E2,1", "L2,E2,¦6", ("'6'", "from 1 to 5")),
    Break("mark between steps", "marks.csv", "L2,E2,1", "L2,E2,¦1.5", ("steps of 1",)),
    Break("empty mark", "marks.csv", "L2,E2,1", "L2,E2,¦", ("found nothing", "'absent' (not zero)")),
    Break(
        "mark of an excluded one",
        "marks.csv",
        "haneul,L1,E1,4,",
        "haneul,L1,E1,4,\nhaneul,L1,¦E3,4,",
        ("exclusions.csv:2",),
    ),
    Break("two marks", "marks.csv", "haneul,L1,E1,4,", "haneul,L1,E1,4,\nhaneul,L1,E1,¦3,", ("line 2",)),
    Break("mark on a figure", "marks.csv", "haneul,L2,E1", "haneul,¦N1,E1", ("measurements.csv",)),
    Break(
        "mark missing",
        "marks.csv",
        "haneul,L1,E1,4,\nhaneul,L1,E2,absent",
        "haneul,L1,E2,¦absent",
        ("no row for L1/E1",),
    ),
    # registry
    Break("code cut short", "own.csv", "9013000000,", "¦901300000,", ("ten digits", "as text")),
    Break("code twice", "own.csv", "9013000000,", "¦9011000000,", ("again", "line 3")),
    Break("unknown parent", "own.csv", "county,9000000000", "county,¦9900000000", ("'9900000000'",)),
    Break("other parent", "own.csv", "9000000000,큰도,40000", "9000000000,¦작은도,40000", ("'큰도'",)),
    Break("negative people", "own.csv", "40000", "¦-1", ("from 0",)),
    Break("more than the parent", "own.csv", "40000", "¦1900000", ("at most 900000",)),
    Break("two months", "own.csv", "40000,2023-10", "40000,¦2023-11", ("2023-10, as above",)),
    Break("month 13", "own.csv", "40000,2023-10", "40000,¦2023-13", ("a month",)),
    Break("unknown kind", "own.csv", ",county,", ",¦countie,", ("did you mean",)),
]


@pytest.mark.parametrize("case", BREAKS, ids=[case.name for case in BREAKS])
def test_break_is_told_with_its_place(case: Break, tmp_path: Path) -> None:
    made = small(tmp_path)
    line, column = made.rewrite(case.file, case.old, case.new)
    problems = made.problems()
    told = [problem for problem in problems if all(word in str(problem) for word in case.words)]
    assert told, f"nothing says {case.words}: {[str(problem) for problem in problems]}"
    place = told[0].place
    assert place.file.endswith(case.file)
    if not case.whole_row:
        assert (place.line, place.column) == (line, column)
    elif "¦" in case.new:
        assert (place.line, place.column) == (line, None)
    else:
        assert place.line is not None


def test_the_unbroken_round_and_rules_have_no_problem(tmp_path: Path) -> None:
    assert small(tmp_path).problems() == ()


def test_names_of_breaks_are_their_own() -> None:
    assert len({case.name for case in BREAKS}) == len(BREAKS)


def test_a_single_slip_makes_no_other_problem(tmp_path: Path) -> None:
    # one slip in a row that other tables refer to: a member, an applicant, an entry of the registry
    made = small(tmp_path)
    made.rewrite("committee.csv", "도시계획,yes", "도시계획,perhaps")
    assert len(made.problems()) == 1
    made = small(tmp_path / "second")
    made.rewrite("applications.csv", "2023-10-25 10:00", "tomorrow")
    assert len(made.problems()) == 1
    made = small(tmp_path / "third")
    made.rewrite("own.csv", "county,9000000000", "count,9000000000")
    assert len(made.problems()) == 1
    made = small(tmp_path / "fourth")
    made.rewrite("applications.csv", "applicant,code", "applicants,code")
    assert {Path(problem.place.file).name for problem in made.problems()} == {"applications.csv"}


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("round.yaml", "invented: yes", "invented: perhaps")
    made.rewrite("own.csv", "40000,2023-10", "40000,October")
    made.rewrite("applications.csv", ",mail,", ",pigeon,")
    made.rewrite("documents.csv", "bada,application,no", "bada,application,perhaps")
    made.rewrite("measurements.csv", "N3,0,", "N3,,")
    made.rewrite("marks.csv", "L2,E2,1", "L2,E2,6")
    assert {Path(problem.place.file).name for problem in made.problems()} == {
        "round.yaml",
        "own.csv",
        "applications.csv",
        "documents.csv",
        "measurements.csv",
        "marks.csv",
    }


def test_problems_stand_in_the_order_of_their_places(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("marks.csv", "L1,E1,4", "L1,E1,8")
    made.rewrite("marks.csv", "L2,E2,1", "L2,E2,9")
    assert [problem.place.line for problem in made.problems()] == [2, 5]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"id: small\x00\n", "a NUL byte"),
        ("id: \ufeffsmall\n".encode(), "byte order mark in the middle"),
        ("id: small \u202e\n".encode(), "unseen character U+202E"),
        (b"id: small\n  \xff\xff\n", "byte 0xff"),
        ("id: small 가나다라".encode() + b"\xb0\n", "no text"),
        ("id: small".encode("utf-16"), "UTF-16"),
        (b"", "empty file"),
    ],
)
def test_bytes_that_are_no_text_are_told(data: bytes, words: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("round.yaml").write_bytes(data)
    (problem,) = [one for one in made.problems() if one.place.file.endswith("round.yaml")]
    assert words in str(problem)


def test_the_place_of_an_undecodable_byte_counts_characters(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("marks.csv").write_bytes("applicant\n하늘".encode() + b"\xff")
    (problem,) = made.problems()
    assert (problem.place.line, problem.place.column) == (2, 3)


@pytest.mark.parametrize("encoding", ["cp949", "utf-8-sig", "utf-8"])
def test_tables_are_read_as_korean_spreadsheets_write_them(encoding: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    text = made.path("documents.csv").read_text(encoding="utf-8").replace("없음", "뷁")
    made.path("documents.csv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    (bada, _, _) = made.read().applications
    assert bada.documents[0].note == "뷁, 요청함"


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("marks.csv").unlink()
    made.path("marks.csv").mkdir()
    (problem,) = made.problems()
    assert "a folder" in problem.found


@pytest.mark.parametrize("name", ["documents", "measurements", "committee", "marks"])
def test_a_table_that_is_needed_and_missing_is_told(name: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path(f"{name}.csv").unlink()
    told = [problem for problem in made.problems() if problem.found == "no such file"]
    assert [Path(problem.place.file).name for problem in told] == [f"{name}.csv"]


@pytest.mark.parametrize("name", ["supplements", "inspections"])
def test_a_table_that_may_be_missing_is_not_told(name: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path(f"{name}.csv").unlink()
    assert made.problems() == ()


def test_a_round_without_applications_needs_no_tables(tmp_path: Path) -> None:
    made = small(tmp_path)
    for path in made.round.glob("*.csv"):
        if path.name != "own.csv":
            path.unlink()
    assert made.read().applications == ()


def test_tables_without_the_applications_they_speak_of_are_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("applications.csv").unlink()
    (problem,) = made.problems()
    assert problem.place.file.endswith("applications.csv")


def test_a_slip_in_the_name_of_a_table_is_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("exclusions.csv").rename(made.round / "exclusion.csv")
    assert any("did you mean 'exclusions'" in str(problem) for problem in made.problems())


@pytest.mark.parametrize(
    "name", ["inspections.CSV", "Inspections.xlsx", "inspections.csv.xlsx", "inspections.ods", "INSPECTIONS.tsv"]
)
@pytest.mark.parametrize("beside", [False, True])
def test_a_table_of_another_format_is_told(name: str, beside: bool, tmp_path: Path) -> None:
    made = small(tmp_path)
    text = made.path("inspections.csv").read_bytes()
    if not beside:
        made.path("inspections.csv").unlink()
    (made.round / name).write_bytes(text)
    (problem,) = made.problems()
    assert (Path(problem.place.file).name, problem.wanted) == (name, "the table as inspections.csv")


@pytest.mark.parametrize("name", ["~$inspections.xlsx", ".~lock.inspections.csv#", "inspections.csv.bak", "list.xlsx"])
def test_files_that_programs_leave_beside_a_table_are_not_told(name: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    (made.round / name).touch()
    assert made.problems() == ()


@pytest.mark.parametrize("target", ["marks.csv", "inspections.csv", "round.yaml"])
@pytest.mark.parametrize("circle", [False, True])
def test_a_link_that_leads_nowhere_is_told(target: str, circle: bool, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path(target).unlink()
    try:
        made.path(target).symlink_to(target if circle else "nowhere")
    except OSError:
        pytest.skip("no links on this system")
    problems = made.problems()
    assert len(problems) == 1
    assert problems[0].found.startswith("a file that does not open" if circle else "no such file")


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "strokes")])
@pytest.mark.parametrize("file", ["applications.csv", "measurements.csv", "marks.csv"])
def test_other_signs_between_cells_are_told_before_all_else(sign: str, name: str, file: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    text = made.path(file).read_text(encoding="utf-8").replace(",", sign)
    made.path(file).write_text(text + f'x{sign}a "stray" quote\n', encoding="utf-8")
    (problem,) = [problem for problem in made.problems() if problem.place.file.endswith(file)]
    assert (problem.place.line, problem.found) == (1, f"{name} between cells")


@pytest.mark.parametrize("file", ["discussion.csv", "decisions.csv"])
def test_what_is_done_before_the_judging_began_is_told(file: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    rows = {
        "discussion.csv": "applicant,indicator,evaluator,before,after,changed_by,at,reason,minority_opinion\n"
        "haneul,L1,E1,3,4,a,{day} 10:00,why,\n",
        "decisions.csv": "applicant,proposed,proposed_by,proposed_on,proposal_reason,decided,decided_by,decided_on,"
        "reason\nhaneul,3,a,{day},,,,,\n",
    }
    made.rewrite("round.yaml", "edition: small", "edition: small\njudged_on: 2023-11-06")
    for day, told in {"2023-11-05": True, "2023-11-06": False, "2013-11-06": True}.items():
        (made.round / file).write_text(rows[file].format(day=day), encoding="utf-8")
        words = [str(problem) for problem in made.problems()]
        assert [("not before judged_on (2023-11-06)" in word) for word in words] == [True] * told


def test_a_slip_in_the_name_of_a_rule_file_is_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    (made.rules / "level.yaml").write_text("a: b\n", encoding="utf-8")
    (problem,) = made.problems()
    assert "did you mean 'levels'" in problem.found


def test_a_missing_rule_file_is_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    (made.rules / "levels.yaml").unlink()
    (problem,) = made.problems()
    assert (problem.found, Path(problem.place.file).name) == ("no such file", "levels.yaml")


def test_a_second_entry_of_the_same_day_is_told(tmp_path: Path) -> None:
    made = small(tmp_path)
    line = made.rewrite(
        "levels.yaml",
        "    value: 60\n",
        "    value: 60\n  - since: ¦2020-01-01\n    status: law\n    cite: [act]\n    value: 55\n",
    )
    (problem,) = made.problems()
    assert (problem.place.line, problem.place.column) == line
    assert "second entry since 2020-01-01" in problem.found


def test_bounds_are_held_against_each_other_on_every_day(tmp_path: Path) -> None:
    # the later bound of level 4 is above that of level 3 from its own day on only
    made = small(tmp_path)
    made.rewrite(
        "levels.yaml",
        "    value: 60\n",
        "    value: 60\n  - since: 2024-01-01\n    status: law\n    cite: [act]\n    value: 75\n",
    )
    (problem,) = made.problems()
    assert "not below that of level 3" in problem.found


@pytest.mark.parametrize("file", [file for file in ROUND if file.endswith(".csv")])
def test_a_table_that_is_wrong_throughout_ends_with_a_word(file: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    heading = ROUND[file].partition("\n")[0]
    rows = "".join(f"wrong{number}{',wrong' * heading.count(',')}\n" for number in range(2_000))
    made.path(file).write_text(f"{heading}\n{rows}", encoding="utf-8")
    problems = [problem for problem in made.problems() if problem.place.file.endswith(file)]
    assert len(problems) == 1_001
    assert any("1000 problems up to here" in problem.found for problem in problems)


def test_input_error_prints_one_line_per_problem(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("marks.csv", "L2,E2,1", "L2,E2,6")
    with pytest.raises(InputError, match=r"marks\.csv:5:4 \(mark\): found '6'; wanted a mark from 1 to 5") as told:
        made.read()
    assert "\n" not in str(told.value)
