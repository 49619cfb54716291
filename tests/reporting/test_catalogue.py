"""The catalogue of words: both languages say the same things, and no field is ever left unfilled."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

import smartcert.evaluation
from smartcert.errors import ReportError, UsageError
from smartcert.model import applicant, application, citation, indicator
from smartcert.model import evaluation as outcome
from smartcert.model.citation import Text
from smartcert.model.evaluation import Facts, Finding, FindingOutcome, Stage
from smartcert.reporting import catalogue as catalogue_module
from smartcert.reporting.basis import collect_rules, name_rule
from smartcert.reporting.catalogue import LEVEL_FORMATS, Language, Words, find_placeholders, load_catalogue
from smartcert.reporting.formats import Amount
from smartcert.rules.parameters import CombinationMethod
from smartcert.rules.rulebook import RULE_CLASSES
from smartcert.services.rounds import open_round
from tests.support.build import rulebook

FOLDER = files("smartcert.reporting") / "words"
PAGES = sorted({file.name.split(".")[0] for file in FOLDER.iterdir() if file.name.endswith(".toml")})
CODES = sorted(load_catalogue("ko", "findings"))


def names(entry: str | tuple[str, ...]) -> list[set[str]]:
    sentences = (entry,) if isinstance(entry, str) else entry
    return [{gap.name for gap in find_placeholders(sentence)} for sentence in sentences]


@pytest.mark.parametrize("page", PAGES)
def test_korean_and_english_have_the_same_keys_and_fields(page: str) -> None:
    korean, english = load_catalogue("ko", page), load_catalogue("en", page)
    assert korean.keys() == english.keys()
    different = [key for key in korean if names(korean[key]) != names(english[key])]
    assert different == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_key_stands_twice_and_no_sentence_has_stray_white_space(page: str, language: str) -> None:
    text = (FOLDER / f"{page}.{language}.toml").read_text("utf-8")
    tomllib.loads(text)  # refuses a key that stands twice
    entries = load_catalogue(language, page)  # type: ignore[arg-type]  # the two languages there are
    for entry in entries.values():
        for sentence in (entry,) if isinstance(entry, str) else entry:
            assert sentence == " ".join(sentence.split())


def sentences_of(language: Language, page: str) -> dict[str, tuple[str, ...]]:
    entries = load_catalogue(language, page)
    return {key: (entry,) if isinstance(entry, str) else entry for key, entry in entries.items()}


BEHIND_ANY_NUMBER = frozenset({
    *("after", "again", "against", "as", "at", "below", "in", "not", "of", "on", "or", "out", "to", "under", "with"),
    *("abstained", "already", "certified", "counted", "decided", "fewer", "filled", "fresh", "issued", "left", "met"),
    *("more", "needed", "noted", "overdue", "present", "received", "redundant", "refused", "scored", "selected"),
    *("weak", "cannot"),
})  # fmt: skip
"""Words that stand behind 0, 1 and 2 alike; any other, a noun or a verb above all, is one of the two number forms."""
NAMED_BY_NUMBER = r"(?:entry|all) "
"""``entry {seq}`` is one thing whatever its number; of all evaluators, always two or more, the mean is spoken of."""
COUNT = r"\{[a-z_]+:number(?:\.\d)?"


def list_wrong_counts(sentence: str) -> list[str]:
    """Return the parts of an English sentence that do not go with every number that is filled in."""
    counted = re.sub(rf"{NAMED_BY_NUMBER}{COUNT}\}}", "#", sentence)
    alone = re.finditer(rf"{COUNT}\}}%? ([A-Za-z][a-z-]*)", counted)
    plain = re.sub(r" ?\([^)]*\)", "", counted)
    verbs = r" (?:were|are|have|do|is|was|has|they|their)\b"
    apart = re.finditer(rf"{COUNT}\|[^}}]+\}}[^.;:,]*?{verbs}", re.sub(r"\b(?:what|which)\b", ";", plain))
    greatest = re.finditer(rf"\b(?<!at )(?<!At )(?:\w+est|most) {COUNT}", counted)
    wrong = [match[0] for match in alone if match[1] not in BEHIND_ANY_NUMBER]
    return wrong + [match[0] for match in (*apart, *greatest)]


@pytest.mark.parametrize("page", PAGES)
def test_an_english_sentence_goes_with_every_number(page: str) -> None:
    wrong = {
        key: parts
        for key, variants in sentences_of("en", page).items()
        for sentence in variants
        if (parts := list_wrong_counts(sentence))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("{group:term}: the {shown:number} largest of {count:number}", False),
        ("the highest {count:number} of them", False),
        ("{count:number} applicants", False),
        ("{count:number} count", False),
        ("{size:number.1} points", False),
        ("{count:number|applicant/applicants} of the same class ({size_type:term}) were evaluated", False),
        ("Only {count:number|applicant was/applicants were} evaluated in the class ({size_type:term}).", True),
        ("{count:number|mark/marks}, which are few", True),
        ("entry {seq:number} was changed", True),
        ("{points:number} of {out_of:number|point/points}", True),
        ("at most {count:number|mark/marks}", True),
    ],
)
def test_a_sentence_that_does_not_go_with_every_number_is_found(sentence: str, right: bool) -> None:
    assert (list_wrong_counts(sentence) == []) is right


@pytest.mark.parametrize(
    ("value", "field", "shown"),
    [
        (Fraction(0), "{n:number|point/points}", "0 points"),
        (1, "{n:number|point/points}", "1 point"),
        (Fraction(1), "{n:number.1|point/points}", "1.0 points"),
        (Amount(value=Fraction(1), digits=0), "{n:number|point/points}", "1 point"),
        (Amount(value=Fraction(1), digits=1), "{n:number|point/points}", "1.0 points"),
        (-1, "{n:number|point/points}", "-1 points"),
        (1001, "{n:number|point/points}", "1,001 points"),
    ],
)
def test_the_number_form_goes_with_what_is_shown(value: Fraction | int | Amount, field: str, shown: str) -> None:
    words = Words("en")
    words._entries["test"] = field
    assert words("test", n=value).replace("−", "-") == shown


PARTICLE = re.compile(
    r"\{(?![a-z_]+:day\}[은이을과로])[a-z_]+[^}|]*\}[’'\"”」]?"
    r"(?:은|는|이|가|을|를|과|와|으로|로|이라|라|이나|나)(?=[ ,.…]|$)"
)
"""A particle that is written; behind a day, which ends in 일, it can be."""


@pytest.mark.parametrize("scheme", rulebook().schemes)
def test_the_sentences_of_a_scheme_go_with_every_number_and_sound(scheme: str) -> None:
    sentences = [wording.sentence for wording in rulebook().schemes[scheme].wordings]
    assert [sentence.en for sentence in sentences if list_wrong_counts(sentence.en)] == []
    assert [sentence.ko for sentence in sentences if PARTICLE.search(sentence.ko)] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_is_filled_in_has_its_particle_chosen_by_its_sound(page: str) -> None:
    sentences = [sentence for variants in sentences_of("ko", page).values() for sentence in variants]
    assert [sentence for sentence in sentences if PARTICLE.search(sentence)] == []


def test_a_korean_particle_always_has_its_two_forms() -> None:
    known = {"은/는", "이/가", "을/를", "과/와", "으로/로", "이라/라", "으로서/로서", "이고/고", "이나/나"}
    pairs = {
        gap.pair
        for page in PAGES
        for entry in load_catalogue("ko", page).values()
        for sentence in ((entry,) if isinstance(entry, str) else entry)
        for gap in find_placeholders(sentence)
    }
    assert pairs - {None} <= known


@pytest.mark.parametrize(
    ("prefix", "enum"),
    [
        ("kind", applicant.ApplicantKind),
        ("size_type", applicant.SizeType),
        ("channel", application.Channel),
        ("document", application.DocumentKind),
        ("missing", application.Missing),
        ("exclusion", application.ExclusionKind),
        ("status", citation.Status),
        ("status_explained", citation.Status),
        ("outcome", outcome.FindingOutcome),
        ("stage", outcome.Stage),
        ("indicator_kind", indicator.IndicatorKind),
        ("direction", indicator.Direction),
        ("policy", indicator.MissingPolicy),
        ("step", indicator.RoundingStep),
        ("mode", indicator.RoundingMode),
        ("method", CombinationMethod),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_member_of_an_enum_has_its_word(language: str, prefix: str, enum: type[StrEnum]) -> None:
    words = Words(language)
    assert all(words.term(f"{prefix}.{member.value}") for member in enum)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_rule_of_papers_and_points_has_its_name(language: str) -> None:
    words = Words(language, "report")
    for file in ("eligibility", "size_type", "receipt", "documents", "scoring", "levels"):
        for field in fields(RULE_CLASSES[file]):
            if (file, field.name) != ("levels", "bounds"):
                assert words(f"rule.{file}.{field.name}")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_rule_that_a_verdict_of_the_example_rests_on_has_its_name(language: str) -> None:
    words = Words(language, "report")
    for record in open_round("example").records():
        for rule in collect_rules(record.evaluation.rules, record.round):
            assert name_rule(rule, words) != rule.name


def test_every_finding_code_of_the_evaluation_has_a_sentence() -> None:
    folder = Path(smartcert.evaluation.__file__).parent
    evaluate = (folder / "evaluate.py").read_text("utf-8")
    used_by_it = re.findall(r"^from smartcert\.evaluation\.(\w+) import", evaluate, re.MULTILINE)
    source = "\n".join([evaluate, *((folder / f"{name}.py").read_text("utf-8") for name in used_by_it)])
    known = {key.removeprefix("finding.").split(".")[0] for key in CODES}
    decisions = set(
        re.findall(r'"((?:decision|decided|proposal)_[a-z_]+)"', (folder / "committee.py").read_text("utf-8"))
    )
    decisions -= {"decided_by", "proposed_by"}  # names of facts
    assert decisions
    assert decisions <= known  # what stands against a decision is on every page of its applicant and of its round
    used = decisions | {code for code in re.findall(r'"([a-z_]+)"', source) if code in known}
    assert known - used == {"value_absent_refused", "value_not_applicable_refused"}  # put together from the value
    named = re.findall(r'(?:code=|_finding\(|_stopped\(|_at_own_risk\()"([a-z_]+)"', source)
    assert set(named) <= known


def sample_fields(entry: str) -> dict[str, object]:
    samples: dict[str, object] = {
        "text": "하늘시",
        "source": "MOIS-POP-202310",
        "number": Fraction(3),
        "percent": Fraction(1, 2),
        "duration": 90,
        "day": date(2023, 10, 26),
        "moment": datetime(2023, 10, 26, 18, 0),
        "month": "2023-10",
        "term": "kind.city",
        "list": ["N01", "N02"],
        **dict.fromkeys(LEVEL_FORMATS, Fraction(3)),
    }
    return {gap.name: samples[gap.format] for gap in find_placeholders(entry)}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_can_be_said(language: str, page: str) -> None:
    words = Words(language, *({page} - {"terms", "findings"}))
    for key, entry in load_catalogue(language, page).items():  # type: ignore[arg-type]  # the two languages there are
        for sentence in (entry,) if isinstance(entry, str) else entry:
            filled = words(key, **sample_fields(sentence))  # type: ignore[arg-type]  # of every kind
            assert "{" not in filled
            assert "}" not in filled


def test_an_unknown_key_a_missing_field_and_an_unknown_field_are_errors() -> None:
    words = Words("ko", "report")
    with pytest.raises(ReportError, match="did you mean"):
        words("verdict.titel")
    with pytest.raises(ReportError, match="needs a field"):
        words("unit.points")
    with pytest.raises(ReportError, match="has no field"):
        words("unit.points", points=3, more=4)
    with pytest.raises(ReportError, match="cannot be shown as number"):
        words("unit.points", points="three")


def test_an_unknown_language_is_a_usage_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="no language 'kr'"):
        Words("kr")
    with pytest.raises(UsageError, match="did you mean 'en'"):
        Words("eng")


def test_english_counts_one_and_many() -> None:
    words = Words("en", "report")
    assert words("unit.points", points=1) == "1 point"
    assert words("unit.points", points=Fraction(3, 2)) == "1.5 points"
    assert words("unit.points", points=0) == "0 points"


def test_the_fullest_sentence_whose_fields_are_known_is_said() -> None:
    facts = Facts(words={"evaluator": "E3"}, terms={"exclusion": "exclusion.challenge"})
    finding = Finding(
        code="evaluator_excluded", stage=Stage.SCORING, outcome=FindingOutcome.NOTED, basis=(), facts=facts
    )
    assert Words("ko").finding(finding) == "평가위원 E3은 이 신청의 평가에서 제외되었습니다(기피)."


def test_the_sentence_of_a_finding_follows_its_outcome() -> None:
    def say(result: FindingOutcome) -> str:
        facts = Facts(terms={"document": "document.application"})
        return Words("ko").finding(
            Finding(code="document_missing", stage=Stage.DOCUMENTS, outcome=result, basis=(), facts=facts)
        )

    assert say(FindingOutcome.NOT_MET) == "스마트도시 인증신청서(별지 제1호서식)가 제출되지 않았습니다."
    assert say(FindingOutcome.OPEN) == "스마트도시 인증신청서(별지 제1호서식)가 제출되지 않아 보완을 요청하였습니다."
    assert (
        say(FindingOutcome.MET) == "스마트도시 인증신청서(별지 제1호서식)가 제출되지 않았으나 기한 안에 보완되었습니다."
    )


def test_a_name_beside_a_word_of_the_same_name_is_told_apart() -> None:
    facts = Facts(words={"indicator": "N01"}, names={"indicator": Text(ko="공공데이터", en="Open data")})
    finding = Finding(
        code="value_absent_refused", stage=Stage.SCORING, outcome=FindingOutcome.NOT_MET, basis=(), facts=facts
    )
    assert "N01(공공데이터)" in Words("ko").finding(finding)


def test_parsed_sentences_are_stored_beside_python_s_own_and_only_where_these_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file, stored = tmp_path / "page.ko.toml", tmp_path / "__pycache__" / "page.ko.toml.json"

    def read_as(text: str) -> None:
        """Check that the file is read as it stands, by who parses it and by who finds it parsed."""
        file.write_text(text, encoding="utf-8")
        for _ in range(2):
            table = catalogue_module._read_table(file)
            assert table == tomllib.loads(text)
            assert [*table] == [*tomllib.loads(text)]

    read_as('b = "\\"하늘\\" {name}"\na = ["x", "y"]\n[c.d]\ne = "f"\n')
    assert stored.exists()
    read_as('b = "changed"\n')
    for broken in (b"", b"no JSON", b"[]", b"{}", stored.read_bytes()[:-9]):
        stored.write_bytes(broken)
        read_as('b = "changed"\n')
    stored.unlink()
    read_as("day = 2024-01-01\n")  # no text: whoever asks refuses it
    assert not stored.exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    read_as('b = "again"\n')
    assert not stored.exists()


def test_what_is_stored_of_our_sentences_is_what_their_files_say() -> None:
    for file in sorted(Path(str(FOLDER)).glob("*.toml")):
        assert catalogue_module._read_table(file) == tomllib.loads(file.read_text("utf-8"))
