"""The worked cases on papers and committee, as an official reads them in ``tests/cases``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from smartcert.errors import NoRuleError
from smartcert.evaluation.eligibility import (
    check_joint_application,
    check_may_apply,
    determine_class,
    determine_size_type,
)
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.requirements import check_documents, check_receipt
from smartcert.model.applicant import Applicant, ApplicantKind, Population, Registry
from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Channel,
    Document,
    DocumentKind,
    Supplement,
    SupplementAnswer,
)
from smartcert.model.citation import Basis, Status, Text
from smartcert.model.evaluation import Finding
from smartcert.model.scheme import ApplicantClass, ClassBy, Classes
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import in_force
from tests.support.build import example, rulebook
from tests.support.cited import check_cited
from tests.support.worked_cases import CASES, case_file, number, rules_of, worked, yes

KOREAN_NOON = datetime.fromisoformat("2023-10-25T12:00+09:00")


WITHOUT_CASES = frozenset({"rounds_of_criteria", "retired_words"})
"""Files that describe editions, of which whole rounds are invented, and words."""


def entry(given: Mapping[str, str]) -> Applicant:
    residents = given.get("population", "unknown")
    return Applicant(
        code=given.get("code", "9911000000"),
        name=Text(ko=given.get("name", "하늘시"), en=given.get("name", "Haneul-si")),
        kind=ApplicantKind(given["kind"]),
        parent_code=given.get("parent"),
        class_id=given.get("class", ""),
        population=None
        if residents == "unknown"
        else Population(residents=int(residents), as_of="2023-10", source="a worked case"),
    )


def application(**what: Any) -> Application:
    applicant = entry({"kind": "city"})
    base = {"id": "haneul", "applicant": applicant, "code": applicant.code, "channel": Channel.WEBSITE}
    return Application(**({**base, "arrived_at": KOREAN_NOON, **what}))


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def stops(findings: Iterable[Finding]) -> bool:
    return any(finding.refuses for finding in findings)


@pytest.mark.parametrize("file", sorted(path.stem for path in CASES.glob("*.yaml") if path.stem not in WITHOUT_CASES))
def test_every_file_of_cases_names_each_case_once(file: str) -> None:
    names = Counter(case["name"] if "expect" in case else str(case) for case in case_file(file)["cases"])
    assert names
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("case", worked("eligibility"))
def test_who_may_apply(case: dict[str, Any]) -> None:
    given, expect, rules = case["given"], case["expect"], rules_of("eligibility")
    entries = tuple(entry(one) for one in case_file("eligibility")["registry"])
    registry = Registry(as_of="2023-10", entries=entries, source="a worked case")
    applicant = registry.by_code()[given["code"]]
    own = example().round.applications[0]
    application = replace(own, applicant=applicant, joint_with=tuple(given.get("joint_with", ())), partners=())

    found = (
        *check_may_apply(applicant, registry, rules),
        *check_joint_application(application, registry, rules),
    )

    assert codes(found) == expect["findings"]
    assert stops(found) is not yes(expect["may_apply"])
    right = [one.facts.names["right"].ko for one in found if "right" in one.facts.names]
    assert right == ([expect["right"]] if "right" in expect else [])
    below = [one.facts.numbers["members"] for one in found if "members" in one.facts.numbers]
    assert below == ([Fraction(expect["members"])] if "members" in expect else [])
    check_cited(found)


@pytest.mark.parametrize("case", worked("size_type"))
def test_size_type(case: dict[str, Any]) -> None:
    expect = case["expect"]

    size, finding = determine_size_type(entry(case["given"]), rules_of("size_type"))

    assert (size.value if size else "none") == expect["size_type"]
    assert (finding.code if finding else "none") == expect["finding"]
    assert (finding.refuses if finding else False) is yes(expect["stops"])
    check_cited([finding] if finding else [])


@pytest.mark.parametrize("case", worked("classes"))
def test_class_that_a_scheme_declares(case: dict[str, Any]) -> None:
    expect, rules = case["expect"], rules_of("classes")
    declared = case_file("classes")["classes"][case["classes"]]
    classes = Classes(
        by=ClassBy(declared["by"]),
        classes=tuple(
            ApplicantClass(
                id=one["id"],
                name=Text(ko=one["id"], en=one["id"]),
                at_least=int(one["at_least"]) if "at_least" in one else None,
                kinds=tuple(map(ApplicantKind, one.get("kinds", ()))),
            )
            for one in declared["classes"]
        ),
    )
    cited = replace(rules.size_type.large_from, name="scheme.classes", value=classes)

    found, finding = determine_class(entry(case["given"]), replace(rules, scheme=replace(rules.scheme, classes=cited)))

    assert (found or "none") == expect["class"]
    assert (finding.code if finding else "none") == expect["finding"]
    assert (finding.refuses if finding else False) is yes(expect["stops"])
    check_cited([finding] if finding else [])


@pytest.mark.parametrize("case", worked("receipt"))
def test_received_in_time_and_by_an_allowed_channel(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    call = Basis(name="round.window", since=date(2023, 9, 13), status=Status.PUBLISHED, cite=())
    hours = {name: datetime.fromisoformat(text) for name, text in case_file("receipt")["window"].items()}
    received = application(
        channel=Channel(given["channel"]),
        arrived_at=datetime.fromisoformat(given["arrived"]),
        sent_at=datetime.fromisoformat(given["sent"]) if "sent" in given else None,
        official_letter=yes(given.get("letter", "yes")),
        channel_reason=given.get("reason", ""),
    )

    window = ApplicationWindow(opens_at=hours["opens"], closes_at=hours["closes"], basis=call)
    found = check_receipt(received, window, rules_of("receipt"))

    assert codes(found) == expect["findings"]
    assert stops(found) is yes(expect["stops"])
    minutes = [one.facts.numbers["minutes"] for one in found if "minutes" in one.facts.numbers]
    assert minutes == ([Fraction(expect["minutes"])] if "minutes" in expect else [])
    check_cited(found)


def document(kind: str, given: Mapping[str, str]) -> Document:
    return Document(
        kind=DocumentKind(kind),
        received=yes(given.get("received", "yes")),
        sealed=yes(given.get("sealed", "yes")) if kind == "application" or "sealed" in given else None,
        lookup_table=yes(given.get("lookup_table", "yes")) if kind == "quantitative" else None,
        requested=yes(given["requested"]) if "requested" in given else None,
    )


def supplement(given: Mapping[str, str]) -> Supplement:
    return Supplement(
        document=DocumentKind(given["document"]),
        asked_on=date.fromisoformat(given["asked"]),
        due_on=date.fromisoformat(given["due"]),
        answer=SupplementAnswer(given["answer"]),
        answered_on=date.fromisoformat(given["answered"]) if "answered" in given else None,
    )


@pytest.mark.parametrize("case", worked("documents"))
def test_documents_and_supplements(case: dict[str, Any]) -> None:
    given, expect, rules = case["given"], case["expect"], rules_of("documents")
    differing = given.get("documents", {})
    kinds = dict.fromkeys(["application", "quantitative", "qualitative", "evidence", *differing])
    handed_in = application(
        documents=tuple(document(kind, differing.get(kind, {})) for kind in kinds),
        supplements=tuple(
            map(supplement, given.get("supplements", [given["supplement"]] if "supplement" in given else []))
        ),
        misrepresentation=given.get("misrepresentation", ""),
    )

    found = check_documents(handed_in, rules)

    check_cited(found)
    deficiencies = [one for one in found if one.code != "document_complete"]
    assert [f"{one.code}, {_document(one)}, {one.outcome}" for one in deficiencies] == expect["findings"]
    assert len(found) - len(deficiencies) == int(expect["complete"])
    assert stops(found) is yes(expect["stops"])
    risks = [one.facts.names["risk"] for one in deficiencies if "risk" in one.facts.names]
    assert risks == ([getattr(rules.documents, expect["risk"]).value] if "risk" in expect else [])


def _document(finding: Finding) -> str:
    return finding.facts.terms.get("document", "").removeprefix("document.")


@pytest.mark.parametrize("case", worked("committee"))
def test_marks_of_the_committee_combine(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    marks = {who: None if mark == "absent" else number(mark) for who, mark in given["marks"].items()}
    rule = rules_of("committee").scoring.combination.value
    if "rule" in given:
        own = given["rule"]
        rule = CombinationRule(method=CombinationMethod(own["method"]), fewest=int(own.get("fewest", "1")))

    combined = combine_marks(marks, frozenset(given.get("excluded", ())), rule)

    if expect["mark"] == "none":
        assert combined is None
        return
    assert combined is not None
    assert combined.exact == number(expect["mark"])
    assert combined.method == expect["method"]
    assert [use.evaluator for use in combined.marks if use.trimmed] == expect["trimmed"]


@pytest.mark.parametrize("case", worked("mark_scale"))
def test_which_marks_stand_on_the_scale(case: dict[str, Any]) -> None:
    scale = rules_of("mark_scale").scoring.mark_scale.value
    assert scale.allows(number(case["given"]["mark"])) is yes(case["expect"]["allowed"])


@pytest.mark.parametrize("case", worked("rules_by_day"))
def test_a_rule_holds_from_its_day_on(case: dict[str, Any]) -> None:
    file, name = case["given"]["rule"].split(".")
    day, expected = date.fromisoformat(case["given"]["day"]), case["expect"]["value"]
    entries = rulebook().files[file][name]

    if expected == "none":
        with pytest.raises(NoRuleError, match=name):
            in_force(entries, day)
        return
    value = in_force(entries, day).value
    assert ({True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)) == expected


def test_a_partner_that_is_given_by_its_code_is_named() -> None:
    registry = Registry(
        as_of="2023-10", entries=tuple(map(entry, case_file("eligibility")["registry"])), source="a worked case"
    )
    partner = registry.entries[0]
    own = replace(example().round.applications[0], joint_with=(partner.code, "양평군"), partners=())
    (finding,) = check_joint_application(own, registry, rules_of("eligibility"))
    assert finding.facts.names["others"].en == f"{partner.full_name.en}, 양평군"
