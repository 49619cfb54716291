"""What counts is what was decided, in every file that a run writes and for every audience and language.

The round has applicants decided lower and higher than computed, not yet decided, decided against the vote, without a
quorum and without a reason, one that came late and one on hold.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from smartcert.analysis.committee.review import review_committee
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.cli import main
from smartcert.model.evaluation import Evaluation
from smartcert.model.outcome import Awaited, Outcome, Result
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.records import Audience
from smartcert.services.appeals import build_appeal_pack
from smartcert.services.rounds import OpenRound, open_round
from tests.support.small_example import small_example

pytestmark = pytest.mark.notebook

IDS = ("haneul", "yeoul", "mireu", "nuri", "garam", "ara", "danbi", "noeul", "areum")
REASON = "현장에서 소명된 사항"
WANTED = {
    "ara": (3, Result.CERTIFIED, None, 3),
    "areum": (None, Result.OPEN, Awaited.SUPPLEMENT, None),
    "danbi": (3, Result.OPEN, Awaited.VALID_DECISION, None),
    "garam": (2, Result.OPEN, Awaited.QUORUM, None),
    "haneul": (4, Result.CERTIFIED, None, 3),
    "mireu": (3, Result.OPEN, Awaited.DECISION, None),
    "noeul": (None, Result.EXCLUDED, None, None),
    "nuri": (4, Result.OPEN, Awaited.CARRIED_VOTE, None),
    "yeoul": (3, Result.NOT_CERTIFIED, None, 4),
}
"""The level computed, the result, what it waits for and the level decided."""
CERTIFIED = {"ara", "haneul"}
OPEN = {"areum", "danbi", "garam", "mireu", "nuri"}
LEVEL = {"ko": re.compile(r"(?<!\d)([1-5])등급"), "en": re.compile(r"\b[Ll]evel ([1-5])\b")}
COMPUTED = re.compile(r"산정|[Cc]omputed")
DECIDED = re.compile(r"결정|인증|[Dd]eci(?:ded|sion)|certified")
ON_THE_WAY = re.compile(r"제안|보고|효력 없|효력이 없|[Pp]ropos|[Rr]eported|no effect")
THRESHOLD = re.compile(
    r"점수기준|기준점수|등급까지|[Tt]hreshold|criteria are met from|below Level|next level|다음 등급"
)
WORDS = {
    "ko": {Result.CERTIFIED: "인증", Result.NOT_CERTIFIED: "불인증", Result.EXCLUDED: "제외", Result.OPEN: "결정 대기"},
    "en": {
        Result.CERTIFIED: "certified",
        Result.NOT_CERTIFIED: "not certified",
        Result.EXCLUDED: "excluded",
        Result.OPEN: "pending",
    },
}


def edit(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def decide(row: dict[str, str]) -> None:
    if row["applicant"] == "haneul":
        row.update(decided="3", reason=REASON)
    if row["applicant"] == "nuri":
        row.update(decided="4", reason="부결을 반영함")


def vote(row: dict[str, str]) -> None:
    if row["matter"] != "level":
        return
    if row["applicant"] == "nuri" and row["present"] == "yes":
        row["vote"] = "no"
    if row["applicant"] == "garam" and row["evaluator"] not in ("E1", "E2"):
        row.update(present="no", vote="")


@dataclass(frozen=True, kw_only=True)
class Made:
    """The outputs of the round, the round as the core has it, and what the demo printed."""

    folder: Path
    opened: OpenRound
    table: str

    def pairs(self) -> Iterator[tuple[Evaluation, Outcome]]:
        return zip(self.opened.evaluations, self.opened.outcomes, strict=True)

    def public(self) -> list[Path]:
        return [
            path
            for path in self.folder.rglob("*")
            if re.search(r"\.(?:public|press)\.|^(?:results|card|glossary|accessibility)\.", path.name)
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    home = tmp_path_factory.mktemp("home")
    rounds = home / "parameters" / "rounds"
    rounds.mkdir(parents=True)
    folder = small_example(rounds / "example", IDS)
    edit(folder / "decisions.csv", decide)
    edit(folder / "votes.csv", vote)
    with chdir(home):
        shown = CliRunner().invoke(main, ["demo", "--language", "en", "--output", str(home / "out"), "--quiet"])
        assert shown.exit_code == 0, shown.output
        result = run(
            RunRequest(
                round=str(folder),
                output=home / "out",
                jobs=2,
                quiet=True,
                languages=LANGUAGES,
                audiences=tuple(Audience),
            )
        )
    assert result.failures == ()
    return Made(folder=home / "out", opened=open_round(str(folder)), table=shown.output)


# --- reading a page: each text with what says what it is about


@dataclass
class Statement:
    """A text of a page, with its heading: of its column, its table or its term."""

    section: str
    text: str
    about: str = ""
    row: str = ""


BLOCKS = frozenset(
    {"p", "td", "th", "li", "caption", "figcaption", "dt", "dd", "h1", "h2", "h3", "h4", "summary", "title"}
)
SKIPPED = frozenset({"style", "script", "svg"})


@dataclass
class Table:
    """The table that is being read."""

    heads: list[str] = field(default_factory=list)
    caption: str = ""
    cells: int = 0
    row: str = ""
    inside_head: bool = False


class PageReader(HTMLParser):
    """Reads every text of a page with its heading, and labels for screen readers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.statements: list[Statement] = []
        self._sections: list[str] = [""]
        self._tables: list[Table] = []
        self._open: list[tuple[str, list[str]]] = []
        self._skipping = 0
        self._term = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in SKIPPED:
            self._skipping += 1
        if tag == "section":
            self._sections.append(given.get("aria-labelledby", ""))
        if tag == "table":
            self._tables.append(Table())
        if tag == "thead" and self._tables:
            self._tables[-1].inside_head = True
        if tag == "tr" and self._tables:
            self._tables[-1].cells, self._tables[-1].row = 0, ""
        if given.get("aria-label"):
            self._add(given["aria-label"])
        if tag in BLOCKS:
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        if not self._skipping and self._open:
            self._open[-1][1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in SKIPPED:
            self._skipping -= 1
        if tag == "section":
            self._sections.pop()
        if tag == "thead" and self._tables:
            self._tables[-1].inside_head = False
        if tag == "table":
            self._tables.pop()
        if tag in BLOCKS and self._open and self._open[-1][0] == tag:
            self._close(tag, " ".join("".join(self._open.pop()[1]).split()))

    def _close(self, tag: str, text: str) -> None:
        about = ""
        if tag == "dt":
            self._term = text
        if tag == "dd":
            about = self._term
        if self._tables:
            about = self._close_cell(self._tables[-1], tag, text)
        self._add(text, about, self._tables[-1].row if self._tables else "")

    def _close_cell(self, table: Table, tag: str, text: str) -> str:
        if tag == "caption":
            table.caption = text
        if tag not in ("td", "th"):
            return table.caption
        if table.inside_head:
            table.heads.append(text)
            return table.caption
        table.cells += 1
        if table.cells == 1:
            table.row = text
        head = table.heads[table.cells - 1] if table.cells <= len(table.heads) else ""
        first = table.heads[0] if table.heads else ""
        return f"{table.caption} | {head} | {first if table.cells == 1 else ''}"

    def _add(self, text: str, about: str = "", row: str = "") -> None:
        self.statements.append(Statement(section=self._sections[-1], text=text, about=about, row=row))


def read_statements(path: Path) -> list[Statement]:
    html = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        outputs = [output for cell in json.loads(html)["cells"] for output in cell.get("outputs", ())]
        html = "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    html = LexborHTMLParser(html).html or ""  # with the end tags that every parser adds
    return [one for one in PageReader(html).statements if one.section not in ("basis", "trace")]


def language_of(path: Path) -> str:
    return "en" if ".en." in path.name else "ko"


# --- the cases


def test_the_round_has_every_situation(made: Made) -> None:
    assert {
        evaluation.id: (outcome.computed, outcome.result, outcome.awaits, outcome.level)
        for evaluation, outcome in made.pairs()
    } == WANTED


def test_public_files_are_about_the_certified_and_name_nobody_else_but_who_is_open(made: Made) -> None:
    public = made.public()
    by_applicant = [path for path in public if path.parent.parent.name == "applicants"]
    assert {path.parent.name for path in by_applicant if not path.name.startswith("card.")} == CERTIFIED
    assert {path.parent.name for path in by_applicant if path.name.startswith("card.")} == CERTIFIED | OPEN
    names = {
        evaluation.id: (evaluation.applicant.full_name.ko, evaluation.applicant.full_name.en, evaluation.applicant.code)
        for evaluation in made.opened.evaluations
    }
    for path in public:
        text = public_text(path)
        for name in set(names) - CERTIFIED:
            press = "press" in path.name or (path.name.startswith("card.") and path.parent.name == name)
            named = [word for word in names[name] if word in text]
            if name in OPEN and press:
                assert set(named) <= set(names[name][:2]), (path.name, named)
            else:
                assert named == [], (path.name, named)
    press = json.loads((made.folder / "round.press.json").read_text("utf-8"))
    assert {name["ko"] for name in press["pending"]} == {names[name][0] for name in OPEN - {"areum"}}
    assert {name["ko"] for name in press["on_hold"]} == {names["areum"][0]}
    for language in LANGUAGES:
        page = public_text(made.folder / f"round_summary.press.{language}.html")
        assert all(names[name][0 if language == "ko" else 1] in page for name in OPEN)


def public_text(path: Path) -> str:
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    return re.sub(r"base64,[\w+/=]+", "", path.read_text("utf-8"))


def test_tables_of_results_have_the_certified_with_the_level_decided(made: Made) -> None:
    sheet = openpyxl.load_workbook(made.folder / "results.xlsx").active
    from_xlsx = [[str(cell.value) for cell in row] for row in sheet.iter_rows()]
    text = (made.folder / "results.csv").read_text("utf-8-sig")
    from_csv = list(csv.reader(io.StringIO(text, newline="")))
    for rows in (from_csv, from_xlsx):
        level = rows[0].index("결정 등급 / Decided level")
        assert {(row[2], row[level]) for row in rows[1:]} == {("Ara-gun", "3"), ("Haneul-si", "3")}


def test_a_computed_level_that_was_not_decided_is_nowhere_public(made: Made) -> None:
    points = [
        f"{float(evaluation.scorecard.points):,.1f}" for evaluation in made.opened.evaluations if evaluation.scorecard
    ]
    for path in made.public():
        if path.name.startswith("glossary."):  # it explains the words, and is about nobody
            continue
        if path.suffix in (".html", ".ipynb"):
            for statement in read_statements(path):
                assert set(LEVEL[language_of(path)].findall(statement.text)) <= {"3"}, (path.name, statement)
                assert not COMPUTED.search(statement.text), (path.name, statement)
        text = public_text(path)
        assert REASON not in text
        assert [one for one in points if one in text] == [], path.name
        assert '"computed"' not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_on_every_other_page_says_what_it_is(made: Made, language: str) -> None:
    pages = [path for path in made.folder.rglob(f"*.{language}.html") if path not in made.public()]
    pages += [made.folder / "index.html"] if language == "ko" else []
    assert len(pages) == 3 * len(IDS) + 1 + (language == "ko")
    for path in pages:
        for statement in read_statements(path):
            if LEVEL[language].search(statement.text):
                said = f"{statement.text} {statement.about}"
                assert any(kind.search(said) for kind in (COMPUTED, DECIDED, ON_THE_WAY, THRESHOLD)), (path, statement)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(name for name, wanted in WANTED.items() if wanted[0] not in (None, wanted[3])))
def test_on_their_own_pages_the_computed_level_is_called_computed(made: Made, language: str, name: str) -> None:
    computed = str(WANTED[name][0])
    for audience in ("", ".applicant"):
        path = made.folder / "applicants" / name / f"report{audience}.{language}.html"
        mentioning = [one for one in read_statements(path) if computed in LEVEL[language].findall(one.text)]
        assert mentioning
        for statement in mentioning:
            said = f"{statement.text} {statement.about} {statement.row}"
            assert any(kind.search(said) for kind in (COMPUTED, ON_THE_WAY, THRESHOLD)), (path.name, statement)


@pytest.mark.parametrize("language", LANGUAGES)
def test_summary_and_index_have_computed_and_decided_in_columns_of_their_own(made: Made, language: str) -> None:
    level, words = LEVEL[language], WORDS[language]
    pages = [made.folder / f"round_summary.{language}.html"]
    pages += [made.folder / "index.html"] if language == "ko" else []
    for path in pages:
        for evaluation, outcome in made.pairs():
            name = evaluation.applicant.full_name.of(language)
            cells = [one for one in read_statements(path) if one.row.startswith(name) and one.text != one.row]
            own = [one for one in cells if "27" in one.about or "9" in one.about.partition("|")[0]]
            found = [level.findall(one.text) for one in own if COMPUTED.search(one.about)]
            assert found == [[str(outcome.computed)] if outcome.computed else []], name
            decision = [one.text for one in own if re.search(r"\| (?:결정|Decision)", one.about)]
            assert len(decision) == 1, name
            if outcome.awaits is Awaited.SUPPLEMENT:
                assert re.search("보류|on hold", decision[0])
            else:
                assert words[outcome.result] in decision[0], (name, decision)
            assert level.findall(decision[0]) == ([str(outcome.level)] if outcome.level else []), (name, decision)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", IDS)
def test_the_first_sentence_of_a_report_says_the_situation(made: Made, language: str, name: str) -> None:
    _, result, awaits, level = WANTED[name]
    for audience in ("", ".applicant"):
        path = made.folder / "applicants" / name / f"report{audience}.{language}.html"
        text = " ".join(one.text for one in read_statements(path) if one.section in ("", "verdict"))
        if awaits is Awaited.SUPPLEMENT:
            assert re.search("보류|on hold", text)
        elif result is Result.OPEN:
            assert re.search("결정되지 않았|decision pending|[Nn]o decision|not decided", text)
            assert not re.search(r"인증을 결정하였|decided to certify|불인증으로 결정", text)
        elif result is Result.EXCLUDED:
            assert re.search("제외|excluded", text)
        else:
            assert re.search(rf"{level}등급|Level {level}", text)
            assert WORDS[language][result] in text
    if name in ("haneul", "yeoul"):
        reasons = {row.applicant: row.reason for row in made.opened.round.proceedings.decisions}
        assert reasons[name] in text


def test_records_have_computed_and_decided_side_by_side(made: Made) -> None:
    whole = json.loads((made.folder / "round.json").read_text("utf-8"))
    by_id = {outcome["application"]: outcome for outcome in whole["outcomes"]}
    for name, (computed, result, awaits, level) in WANTED.items():
        own = json.loads((made.folder / "applicants" / name / "evaluation.json").read_text("utf-8"))["outcome"]
        for outcome in (own, by_id[name]):
            assert (outcome["computed"], outcome["result"], outcome["awaits"]) == (computed, result.value, awaits)
            assert level is None or outcome["decided"]["level"] == level


def test_the_committee_review_has_computed_proposed_and_decided_and_says_what_has_no_effect(made: Made) -> None:
    record = review_committee(made.opened)
    assert {row.applicant: row.effective for row in record.decisions if row.decided is not None} == {
        name: WANTED[name][3] is not None for name in ("ara", "danbi", "garam", "haneul", "nuri", "yeoul")
    }
    for language, pending in (("ko", "결정 대기"), ("en", "decision pending")):
        html = CommitteeReview(record, language).votes().html
        rows = re.findall(r"<tr>(.*?)</tr>", html[html.rindex("<table") :], re.DOTALL)[1:]
        cells = [re.sub(r"<[^>]+>", "", row.replace("</td>", "|").replace("</th>", "|")).split("|") for row in rows]
        names = {evaluation.applicant.full_name.of(language): outcome for evaluation, outcome in made.pairs()}
        assert len(cells) == len(record.decisions)
        for name, _, _, decided, *_ in cells:
            assert (pending in decided) is (names[name.strip()].level is None), (name, decided)
            assert names[name.strip()].level is None or LEVEL[language].findall(decided) == [
                str(names[name.strip()].level)
            ]


def test_an_appeal_pack_says_first_what_counts(made: Made) -> None:
    for name, (computed, _, _, level) in WANTED.items():
        pack = build_appeal_pack(made.opened, name, (), lambda _: None)
        for language in LANGUAGES:
            first = pack.files[f"pack.{language}.txt"].decode().split("\n\n")[1]
            found = LEVEL[language].findall(first)
            assert found == [str(one) for one in (level, computed) if one is not None], first
            undecided = level is None and computed is not None
            assert bool(re.search("결정되지 않았습니다|not decided", first)) is undecided
            assert (computed is not None) is bool(COMPUTED.search(first))
        rows = list(csv.DictReader(io.StringIO(pack.files["decision.csv"].decode("utf-8-sig"))))
        assert [row["level"] for row in rows if row["step"] == "counts"] == [str(level or "")]
        assert [row["result"] for row in rows if row["step"] == "decided"] in (
            *([], [""] if level is not None else ["without_effect"]),
        )


def test_the_table_of_the_demo_has_both(made: Made) -> None:
    lines = {line.split("  ")[0]: line for line in made.table.splitlines()}
    for evaluation, outcome in made.pairs():
        line = lines[evaluation.applicant.full_name.en]
        if outcome.computed is not None:
            assert re.search(rf"  {outcome.computed}  ", line)
        assert (f"Level {outcome.level}" in line) is (outcome.level is not None)
        if outcome.awaits is Awaited.SUPPLEMENT:
            assert "on hold" in line
        else:
            assert WORDS["en"][outcome.result] in line
