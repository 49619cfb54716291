"""Letters to applicants: the same in every format, nothing invented, numbers that stay, and a list for mail merge."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.io.formats.hwpx import read_hwpx
from smartcert.io.rounds.round import RoundCall, read_call
from smartcert.model.applicant import Applicant, ApplicantKind
from smartcert.model.citation import Text
from smartcert.model.sender import Sender
from smartcert.reception.letters import RequestDays
from smartcert.reception.take_in import take_in
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.letter import name_head
from tests.support.forms import PAPERS, PrefilledPaper, new_simulated_round, package, send, workbook

SENDER = """
sender:
  agency: {ko: 국토연구원, en: KRIHS}
  signatory: {ko: 국토연구원장, en: President of KRIHS}
  unit: {ko: 스마트도시센터, en: Smart City Center}
  drafter: {ko: 연구원 강하람, en: "Kang Haram, researcher"}
  reviewer: {ko: 센터장 문다올, en: "Mun Daol, head"}
  approver: {ko: 원장 노하람, en: "No Haram, president"}
  postcode: 30147
  address: {ko: 세종특별자치시 국책연구원로 5, en: "5 Gukchaegyeonguwon-ro, Sejong"}
  telephone: (044) 000-0000
  email: smart@example.kr
  disclosure: {ko: 비공개, en: not public}
  document_number: "스마트도시센터-{serial}"
  first_serial: 101
"""
DAYS = RequestDays(asked_on=date(2023, 10, 30), due_on=date(2023, 11, 8))
HOSTILE = '=HYPERLINK("x") <script>1.zip'


def take_in_two(folder: Path, sender: str) -> RoundCall:
    """Take in two packages: one whose form lacks a seal, and one that is complete, under a hostile name."""
    simulated, call = new_simulated_round(folder / "round")
    path = call.folder / "round.yaml"
    path.write_text(path.read_text("utf-8") + sender, "utf-8")
    call = read_call(str(call.folder))
    first, second, *_ = simulated.applications
    unsealed = {**PAPERS, "application": PrefilledPaper(file="신청서.pdf", sealed=False)}
    sent = send(folder / "sent", [("a.zip", package(workbook(first, call, unsealed)), row(first.code))])
    (sent / HOSTILE).write_bytes(package(workbook(second, call)))
    quoted = HOSTILE.replace('"', '""')
    with (sent / "arrivals.csv").open("a", encoding="utf-8") as log:
        log.write(f'"{quoted}",{row(second.code)}\n')
    take_in(call, sent, days=DAYS)
    return call


def row(code: str) -> str:
    return f"2023-10-25 12:00,website,yes,{code},,,,"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> RoundCall:
    """Give a round with a complete sender; it is only read."""
    return take_in_two(tmp_path_factory.mktemp("full"), SENDER)


def letters(call: RoundCall) -> list[dict[str, str]]:
    text = (call.folder / "intake" / "letters.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def request_stem(call: RoundCall) -> Path:
    (row,) = (row for row in letters(call) if row["letter"] == "request")
    return call.folder / "intake" / row["files"].removesuffix(".ko.hwpx")


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "ko",
            (
                *(
                    "국토연구원",
                    "수신  ",
                    "제목  ",
                    "국토교통부고시 제2021-223호 제9조제5항",
                    "2023. 11. 8.까지",
                    "날인이 없습니다",
                ),
                *("날인한 서류를 다시", "서류심사에 회부하지", "스마트도시센터, (044) 000-0000, smart@example.kr  끝."),
                *(
                    "국토연구원장  [직인]",
                    "시행 스마트도시센터-101 (2023. 10. 30.)",
                    "우 30147 세종특별자치시",
                    "비공개",
                    "견본",
                ),
            ),
        ),
        (
            "en",
            (
                *(
                    "KRIHS",
                    "To:  Mayor of ",
                    "Subject:  ",
                    "by 8 November 2023",
                    "The seal of the head",
                    "left out of the document",
                ),
                *("Contact: Smart City Center, (044) 000-0000, smart@example.kr", "President of KRIHS  [seal]"),
                *("(30 October 2023)", "Courtesy translation", "SPECIMEN"),
            ),
        ),
    ],
)
def test_a_request_says_all_that_an_official_letter_says_in_every_format(
    language: str, parts: tuple[str, ...], full: RoundCall
) -> None:
    hwpx = pytest.importorskip("hwpx")
    stem = request_stem(full)
    text = stem.with_name(f"{stem.name}.{language}.txt").read_text("utf-8")
    page = stem.with_name(f"{stem.name}.{language}.html").read_text("utf-8")
    document = hwpx.HwpxDocument.open(str(stem.with_name(f"{stem.name}.{language}.hwpx"))).text.plain()
    for part in parts:
        for written in (text, page, document):
            assert part in written, (part, written)
    assert "[" not in text.replace("[직인]", "").replace("[seal]", ""), "nothing is left blank"


def test_the_items_of_a_request_are_a_table_that_our_reader_reads(full: RoundCall) -> None:
    stem = request_stem(full)
    data = stem.with_name(f"{stem.name}.ko.hwpx").read_bytes()
    (grid,) = read_hwpx(data, "a.hwpx")
    heading = [grid.cells[1, column].text for column in range(1, 6)]
    assert heading == ["번호", "대상", "확인한 내용", "요청 사항", "근거"]
    assert [grid.cells[2, column].text for column in (1, 2, 3)] == [
        "1",
        "스마트도시 인증신청서(별지 제1호서식)",
        "지방자치단체장의 날인이 없습니다.",
    ]


def test_what_the_round_does_not_say_is_a_marked_blank(tmp_path: Path) -> None:
    call = take_in_two(tmp_path, "")
    stem = request_stem(call)
    page = stem.with_name(f"{stem.name}.ko.html").read_text("utf-8")
    for name in ("발신 기관", "발신 명의", "담당 부서", "전화번호", "문서번호", "주소"):
        assert f'<mark class="blank">[{name}]</mark>' in page
    assert "국토연구원장" not in page
    (row,) = (row for row in letters(call) if row["letter"] == "request")
    assert row["document_number"] == ""
    assert row["blanks_ko"].startswith("[발신 기관]; ")


def test_the_list_has_every_letter_and_no_formula(full: RoundCall) -> None:
    rows = letters(full)
    assert [row["letter"] for row in rows] == ["receipt", "receipt", "request"], "who lacks nothing gets no request"
    assert all(row["applicant"] and row["code"] for row in rows)
    assert all((full.folder / "intake" / row["files"]).is_file() for row in rows)
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+@" and cell]
    assert rows[2]["addressee_ko"].endswith(("시장", "군수", "구청장", "지사"))
    assert (rows[2]["written_on"], rows[2]["due_on"], rows[2]["items"]) == ("2023-10-30", "2023-11-08", "1")


def test_a_letter_retains_its_number_and_a_later_one_has_the_next(tmp_path: Path) -> None:
    call = take_in_two(tmp_path, SENDER)
    before = {path: path.read_bytes() for path in (call.folder / "intake").rglob("*") if path.is_file()}
    take_in(call, None, days=DAYS)
    assert {path: path.read_bytes() for path in before} == before
    take_in(call, None)
    assert letters(call)[-1]["document_number"] == "스마트도시센터-101"
    take_in(call, None, days=replace(DAYS, asked_on=date(2023, 11, 1)))
    requests = [row for row in letters(call) if row["letter"] == "request"]
    assert [(row["document_number"], row["written_on"]) for row in requests] == [
        ("스마트도시센터-101", "2023-10-30"),
        ("스마트도시센터-102", "2023-11-01"),
    ]
    assert len({row["files"] for row in requests}) == 2


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("2023-11-08", "45238", "'45238'"),
        ("2023-11-08", "11/8/2023", "'11/8/2023'"),
        ("2023-11-08", "2023-11-31", "'2023-11-31'"),
        (",due_on,", ",until,", "no column 'due_on'"),
        ("2023-10-30", "2023. 10. 30.", "'2023. 10. 30.'"),
    ],
)
def test_a_list_that_a_spreadsheet_has_saved_otherwise_is_refused_with_its_place(
    before: str, after: str, found: str, tmp_path: Path
) -> None:
    call = take_in_two(tmp_path, SENDER)
    path = call.folder / "intake" / "letters.csv"
    text = path.read_text("utf-8-sig")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8-sig")
    changed = path.read_bytes()
    with pytest.raises(InputError) as refused:
        take_in(call, tmp_path / "sent", days=DAYS)
    assert {(problem.place.file.rpartition("/")[2], problem.found) for problem in refused.value.problems} == {
        ("letters.csv", found)
    }
    assert path.read_bytes() == changed
    path.write_text(text, "utf-8")  # without a byte order mark, as some editors save it
    take_in(call, tmp_path / "sent", days=DAYS)
    assert path.read_text("utf-8-sig") == text


def test_a_hostile_name_of_a_file_does_no_harm_in_any_format(full: RoundCall) -> None:
    receipts = full.folder / "intake" / "receipts"
    stem = next(path for path in receipts.glob("*.ko.txt") if "<script>" in path.read_text("utf-8"))
    assert "<script" not in stem.with_suffix(".html").read_text("utf-8")
    grid = read_hwpx(stem.with_suffix(".hwpx").read_bytes(), "a.hwpx")[0]
    assert HOSTILE in [cell.text for cell in grid.cells.values()]


@pytest.mark.parametrize(
    ("kind", "name", "ko", "en"),
    [
        (ApplicantKind.SPECIAL_CITY, Text(ko="서울특별시", en="Seoul"), "서울특별시장", "Mayor of Seoul"),
        (ApplicantKind.CITY, Text(ko="수원시", en="Suwon-si"), "수원시장", "Mayor of Suwon-si"),
        (ApplicantKind.COUNTY, Text(ko="가평군", en="Gapyeong-gun"), "가평군수", "Mayor of Gapyeong-gun"),
        (ApplicantKind.AUTONOMOUS_DISTRICT, Text(ko="중구", en="Jung-gu"), "중구청장", "Mayor of Jung-gu"),
        (ApplicantKind.PROVINCE, Text(ko="경기도", en="Gyeonggi-do"), "경기도지사", "Governor of Gyeonggi-do"),
        (ApplicantKind.CITY, Text(ko="누솜", en="Nusom"), "누솜의 장", "Head of Nusom"),
        (ApplicantKind.COMPANY, Text(ko="가온(주)", en="Gaon"), "가온(주) 대표", "Representative of Gaon"),
        (ApplicantKind.PUBLIC_INSTITUTION, Text(ko="한빛공사", en="Hanbit"), "한빛공사의 장", "Head of Hanbit"),
        (
            ApplicantKind.COMPANY,
            Text(ko="가온(주)·하늘시", en="Gaon and Haneul-si"),
            "가온(주)·하늘시 대표",
            "Representative of Gaon and Haneul-si",
        ),
        (
            ApplicantKind.CITY,
            Text(ko="하늘시·별시", en="Haneul-si and Byeol-si"),
            "하늘시·별시 대표",
            "Representative of Haneul-si and Byeol-si",
        ),
        (ApplicantKind.DUPLICATE_CODE, Text(ko="중구", en="Jung-gu"), "중구의 장", "Head of Jung-gu"),
    ],
)
def test_a_letter_is_to_the_head_of_an_applicant(kind: ApplicantKind, name: Text, ko: str, en: str) -> None:
    applicant = Applicant(code="4111000000", name=name, kind=kind)
    assert (name_head(applicant, Words("ko", "letters")), name_head(applicant, Words("en", "letters"))) == (ko, en)
    distinct = replace(applicant, distinct_name=Text(ko=f"{name.ko} (4111000000)", en=f"{name.en} (4111000000)"))
    assert name_head(distinct, Words("ko", "letters")) == f"{ko} (4111000000)"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  document_number: 도시경제과", "도시경제과"),
        ('  document_number: "{serial}-{serial}"', "{serial}-{serial}"),
        ("  first_serial: 0", "found 0"),
        ("  fone: 1", "unknown key 'fone'"),
        ("  agency: 국토연구원", "sender"),
    ],
)
def test_a_sender_that_cannot_be_is_refused_with_its_line(line: str, found: str, tmp_path: Path) -> None:
    _, call = new_simulated_round(tmp_path / "round")
    path = call.folder / "round.yaml"
    text = path.read_text("utf-8")
    path.write_text(f"{text}sender:\n{line}\n", "utf-8")
    with pytest.raises(InputError) as error:
        read_call(str(call.folder))
    assert f"round.yaml:{text.count(chr(10)) + 2}:" in str(error.value)
    assert found in str(error.value) or found == "sender"


def test_a_sender_says_what_it_lacks() -> None:
    assert "agency" in Sender().list_missing()
    assert "fax" not in Sender().list_missing()
    full = {
        name: "x" if name in ("telephone", "email", "postcode", "document_number") else Text(ko="가", en="a")
        for name in Sender().list_missing()
    }
    assert Sender(**{**full, "first_serial": 1}).list_missing() == ()  # type: ignore[arg-type]  # by name
