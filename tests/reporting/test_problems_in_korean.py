"""Whatever the desk's files can be refused for is said in Korean too: every sentence that the readers raise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import smartcert
from smartcert.batch.checks import NO_ALTERNATIVE
from smartcert.cli import main
from smartcert.reporting.problems import translate
from smartcert.representation import count_things
from tests.support.forms import new_simulated_round, send

PACKAGE = Path(smartcert.__file__).parent
READERS = [
    *sorted((PACKAGE / "reception").glob("*.py")),
    *sorted((PACKAGE / "io").rglob("*.py")),
    *sorted(
        path
        for name in ("batch", "certification", "cli", "reporting", "services")
        for path in (PACKAGE / name).rglob("*.py")
        if "Problem(" in path.read_text("utf-8")
    ),
]
"""What raises problems of files. What `analysis` and `decoding` raise is for researchers, in English."""
FIELD = "‡"
"""Stands for a value that is put into a sentence."""
PUT_TOGETHER = {f"a form of {FIELD} '{FIELD}'", f"the form of {FIELD} '{FIELD}'", f"the {FIELD} indicator '{FIELD}'"}
PUT_TOGETHER |= {
    f"{FIELD} as it was written{FIELD}",
    f"a form of {FIELD} {FIELD}",
    f"a table that nothing reads{FIELD}",
    f"receipt {FIELD} is {FIELD} already",
    f"bounds that {FIELD} and points that fall, best first",
    f"the class {FIELD}, which the scheme does not have{FIELD}",
    f"{FIELD}: it is {FIELD}",
    f"{FIELD} for a {FIELD}",
    f"that of {FIELD} until {FIELD}",
    f"that of {FIELD} until {FIELD} (now {FIELD})",
    f"{FIELD}, or '{FIELD}'",
}
PUT_TOGETHER |= {
    f"no edition '{FIELD}'{FIELD}; there are: {FIELD}, or give a file",
    f"certificate '{FIELD}' was {FIELD} on {FIELD}; none is made of it any more",
    f"the register has no certificate{FIELD} on {FIELD}",
    f"there is an {FIELD} '{FIELD}' already",
    f"{FIELD} is not {FIELD}",
    f"{FIELD}'{FIELD}' is not {FIELD}",
}
"""Sentences of which a field is a word of the sentence: they are in the catalogue with each word."""
OF_PYTHON = {"an edition is a name, a file, or a mapping with 'domains' or 'indicators'"}
"""Refusals of a call from Python, which no command makes."""


def list_sentences(node: ast.expr) -> list[str]:
    """Return the sentences that an expression may be, as far as they stand in the source."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            return ["".join(map(list_part, node.values))]
        case ast.IfExp():
            return [*list_sentences(node.body), *list_sentences(node.orelse)]
        case ast.BinOp(op=ast.Add()):
            ends = list_sentences(node.right) or [FIELD]
            return [start + end for start in list_sentences(node.left) or [FIELD] for end in ends]
    return []


def list_part(part: ast.expr) -> str:
    """Return a part of an f-string as it stands in the source, a field as the mark of one."""
    match part:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="count_things"), args=[_, ast.Constant(value=noun)])):
            return f"{FIELD} {noun}s"
    return FIELD


CALLS = {
    **dict.fromkeys(("refuse", "_add_problem"), slice(-2, None)),
    **dict.fromkeys(("required", "reason", "known"), slice(1, None)),
    "of_file": slice(1, 3),
    **dict.fromkeys(("NotReadableError", "Unreadable", "RefusedXmlError"), slice(None)),
}
"""By the name of what is called with a sentence: which of its arguments are sentences."""


def list_raised(tree: ast.AST) -> Iterator[str]:
    """Yield what is found and wanted wherever a problem is raised."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="found" | "wanted")], value=value):
                yield from list_sentences(value)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for name, value in zip(names, values, strict=True):
                    if isinstance(name, ast.Name) and name.id in ("found", "wanted"):
                        yield from list_sentences(value)
            case ast.Return(value=ast.Tuple(elts=[_, ast.List(elts=[ast.Tuple(elts=[*pair])])])):
                for value in pair:
                    yield from list_sentences(value)
            case ast.Call(func=ast.Name(id="Problem"), keywords=keywords):
                for keyword in keywords:
                    yield from list_sentences(keyword.value) if keyword.arg in ("found", "wanted") else ()
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments) if name in CALLS:
                for argument in arguments[CALLS[name]]:
                    yield from list_sentences(argument)


def list_described(tree: ast.AST) -> Iterator[str]:
    """Yield what functions give that describe something found or wanted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("describe_", "_describe_")):
            for part in ast.walk(node):
                if isinstance(part, ast.Return) and part.value is not None:
                    yield from list_sentences(part.value)


_VERBATIM = re.compile(
    r"'[^']*'|`[^`]*`|\([a-z ]+\)|--[a-z]+(?: spawn)?|(?:pip|apt) install.*|smartcert [a-z]+| min max"
)
"""What stands in a Korean sentence as it is: quoted words, commands, options, names in formulas."""


def list_english(sentences: Iterable[str]) -> list[str]:
    """Return the sentences that are English in the Korean catalogue, as a whole or for two words and more."""
    found = []
    for text in sorted(sentences):
        said = translate(text, "ko")
        is_korean = re.search("[가-힣]", said) and not re.search("[a-z]{2,} [a-z]{2,}", _VERBATIM.sub("", said))
        if re.search("[a-z]{2}", text) and not is_korean:
            found.append(text)
    return found


@pytest.mark.parametrize(("count", "said"), [(1, "칸이 1개인 줄"), (0, "칸이 0개인 줄"), (2, "칸이 2개인 줄")])
def test_both_number_forms_of_a_sentence_are_said_in_korean(count: int, said: str) -> None:
    assert translate(f"a row of {count_things(count, 'cell')}", "ko") == said


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.stem)
def test_every_sentence_of_a_reader_is_in_the_catalogue(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    raised = {*list_raised(tree), *list_described(tree)} - PUT_TOGETHER
    assert list_english(raised) == []


def list_usage_errors(tree: ast.AST) -> Iterator[str]:
    """Yield what is wrong with a command wherever that is raised; hints and lists behind it are left out."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id="UsageError"), args=[argument])):
                for sentence in list_sentences(argument):
                    plain = sentence.replace(f"'{FIELD}'{FIELD}", f"'{FIELD}'").replace(f"{FIELD}{FIELD}", FIELD)
                    yield re.sub(f"(?<=[a-z]){FIELD}$|(?<=registry): {FIELD}$|(?<=as well:){FIELD}$", "", plain)


COMMANDS = [
    *sorted((PACKAGE / "cli").rglob("*.py")),
    *(path for name in ("certification", "reception", "services") for path in sorted((PACKAGE / name).glob("*.py"))),
    *(PACKAGE / name for name in ("files.py", "forms/__init__.py", "io/parameters/populations.py")),
    *sorted((PACKAGE / "batch").glob("*.py")),
    *(PACKAGE / "reporting" / name for name in ("certificate.py", "chromium.py", "pdf.py")),
    PACKAGE / "recompute" / "rebuild.py",
]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_what_is_wrong_with_a_command_is_in_the_catalogue(path: Path) -> None:
    raised = set(list_usage_errors(ast.parse(path.read_text("utf-8"))))
    assert list_english(raised - PUT_TOGETHER - OF_PYTHON) == []


def list_page_problems(tree: ast.AST) -> Iterator[str]:
    """Yield what a check of a page or of a cell finds."""
    for node in ast.walk(tree):
        match node:
            case ast.Yield(value=ast.expr() as value):
                yield from list_sentences(value)
            case ast.Call(func=ast.Attribute(attr="append", value=ast.Attribute(attr="problems")), args=[argument]):
                yield from list_sentences(argument)
            case ast.AugAssign(target=ast.Attribute(attr="problems"), value=ast.ListComp(elt=element)):
                yield from list_sentences(element)
            case ast.Call(func=ast.Name(id="ReportError" | "ValueError"), args=[argument]):
                yield from list_sentences(argument)
            case ast.FunctionDef(
                name="_describe_cell_problem" | "describe_level" | "_describe_end" | "_find_missing_glyph"
            ):
                for part in ast.walk(node):
                    if isinstance(part, ast.Return) and part.value is not None:
                        yield from list_sentences(part.value)


@pytest.mark.parametrize("name", ["added_cells", "checks", "claims", "parameters", "server"])
def test_what_is_wrong_with_a_cell_or_a_page_is_in_the_catalogue(name: str) -> None:
    found = set(list_page_problems(ast.parse((PACKAGE / "batch" / f"{name}.py").read_text("utf-8"))))
    words = {text for text in found if re.search("[a-z]{2} ", text)}
    assert len(words) > 0
    assert [text for text in sorted(words) if not re.search("[가-힣]", translate(text, "ko"))] == []


def test_what_is_wrong_with_several_cells_is_said_of_each() -> None:
    text = f"cell 2: 'x; y' gives level 1, the record 4; cell 3: <b> is not closed; cell 3: {NO_ALTERNATIVE}; its own"
    said = translate(text, "ko")
    assert said.startswith("셀 2: 'x; y': 1등급이라고 하나, 기록의 등급은 4입니다; 셀 3: <b> 요소가")
    assert "; 셀 3: 그림에 대체 텍스트가 없습니다. 출력의 메타데이터에 display(" in said
    assert said.endswith("; its own")


WRONG_COMMANDS = {
    "an unknown name": ("who", "없는시"),
    "a similar name": ("who", "송퍄구", "--round", "2023"),
    "a name of several": ("who", "동구"),
    "a name of several that have ended": ("who", "여천시"),
    "no name": ("who",),
    "an unknown round": ("status", "nope"),
    "a similar round": ("status", "exampel"),
    "no applicant": ("template", "2023"),
    "an unknown evaluator": ("template", "example", "--evaluator", "E99"),
    "an unknown applicant": ("template", "example", "--evaluator", "E1", "--applicant", "nobody"),
    "an evaluator who does not judge": ("template", "example", "--evaluator", "E1", "--applicant", "seora"),
    "two sheets at once": ("template", "example", "--evaluator", "E1", "--inspector", "x"),
    "no such folder": ("intake", "example", "nope"),
    "no such file": ("self-check", "nope.zip"),
    "a wrong day": ("who", "수원시", "--on", "2023-13-45"),
    "a wrong option": ("status", "example", "--onn", "2023-10-24"),
    "a wrong choice": ("template", "example", "--format", "pdf"),
    "no round": ("status",),
    "too much": ("status", "example", "2023"),
    "options that do not go together": ("intake", "example", "--undo", "a", "--redo", "b"),
    "an option without its value": ("status", "example", "--on"),
    "no register": ("register", "verify", "--register", "nope.sqlite"),
    "no key": ("register", "certificate", "1", "--key", "nope.key"),
    "an unknown edition": ("rules", "export", "nope"),
}


@pytest.mark.parametrize("name", WRONG_COMMANDS)
def test_a_wrong_command_is_told_in_korean(name: str) -> None:
    command, *rest = WRONG_COMMANDS[name]
    asked = [] if name in ("no key", "an unknown edition") else ["--language", "ko"]  # these follow the locale alone
    place = 0 if name == "an option without its value" else len(rest)
    done = CliRunner().invoke(main, [command, *rest[:place], *asked, *rest[place:]], env={"LC_ALL": "ko_KR.UTF-8"})
    assert done.exit_code == 2
    plain = re.sub(
        r"`[^`]*`|'[^']*'|--[a-z-]+|\([A-Z][^()]*\)|round\.yaml|parameters/rounds|smartcert [a-z]+ [a-z]+",
        "",
        done.stderr,
    )
    assert re.search("[가-힣]", plain)
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", plain), done.stderr


@pytest.mark.parametrize(
    ("text", "korean"),
    [
        ("'2023/10/24'", "'2023/10/24'"),
        ("the column 'applicant' again", "'applicant' 열이 또 있음"),
        ("the unknown column 'aplicant' (did you mean 'applicant'?)", "알 수 없는 열 'aplicant'(혹시 'applicant')"),
        ("each applicant once (first in line 3)", "신청 기관마다 한 번만 적을 것(처음은 3번째 줄)"),
        ("'no' as it was written, and a row of findings.csv", "쓰인 대로 'no'로 두고 findings.csv에 줄을 추가할 것"),
        ("a value from 0 up to 100", "값은 0 이상 100 이하로 적을 것"),
        (
            "the code 2900000000, that of 광주광역시 until 2026-06-30 (now 전남광주통합특별시 1200000000)",
            "코드 2900000000: 2026-06-30까지 광주광역시, 지금은 전남광주통합특별시 1200000000",
        ),
        ("the name '남구', a former one of 미추홀구 2817700000", "미추홀구 2817700000의 예전 이름 '남구'"),
        ("no receipt 'nothing' in round 'no file'", "공모 'no file'에 없는 접수번호: 'nothing'"),
    ],
)
def test_a_sentence_is_said_with_its_fields(text: str, korean: str) -> None:
    assert translate(text, "ko") == korean


def test_a_wrong_log_is_told_in_the_language_of_the_locale(tmp_path: Path) -> None:
    _, call = new_simulated_round(tmp_path / "round")
    folder = send(tmp_path / "sent", [("a.zip", b"x", "2023-10-25 10:00,pigeon,perhaps,,,,,")])
    (folder / "b.zip").write_bytes(b"y")
    told = {}
    for locale in ("ko_KR.UTF-8", "C"):
        done = CliRunner().invoke(main, ["intake", str(call.folder), str(folder)], env={"LC_ALL": locale})
        assert done.exit_code == 2
        told[locale] = done.stderr.splitlines()
    assert len(told["C"]) == len(told["ko_KR.UTF-8"]) == 3
    assert all(": found " in line and "; wanted " in line for line in told["C"])
    for line in told["ko_KR.UTF-8"]:
        place, _, words = line.partition(": ")
        assert "arrivals.csv" in place
        assert " → " in words
        assert not re.search("found|wanted|one of|a row", words)


def test_check_and_intake_speak_korean_under_a_korean_locale(tmp_path: Path) -> None:
    _, call = new_simulated_round(tmp_path / "round")
    (call.folder / "applications.csv").write_text("applicant,code\nx,y\n", "utf-8")
    done = CliRunner().invoke(main, ["check", str(call.folder)], env={"LC_ALL": "ko_KR.UTF-8"})
    assert done.exit_code == 2
    (line,) = [line for line in done.stderr.splitlines() if "applications.csv:1" in line]
    assert "다음 열이 없음: channel, arrived_at, " in line


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.stem)
def test_a_list_that_is_cut_short_says_so_without_english(path: Path) -> None:
    """A field of a sentence is put in as it is, so that words in it are in no catalogue."""
    texts = [node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    assert [text for text in texts if isinstance(text, str) and text.strip() == "more"] == []
