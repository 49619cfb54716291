"""A round of one of the schemes of ``tests/schemes``, written from its files alone: scheme, edition, cases."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import smartcert
from smartcert.io.rounds.organisations import compute_check_digit
from smartcert.paths import PROJECT_ROOT
from smartcert.services.rounds import OpenRound, open_round
from tests.support.worked_cases import read_texts

SCHEMES = Path(__file__).parents[1] / "schemes"
NAMES = ("leed", "grant", "contest", "index")
DAY = "2023-09-13"
"""The governing day of their rounds."""

_ROUND = """\
id: {name}
title: {{ko: 시험 공모, en: Test round}}
invented: yes
governing_day: 2023-09-13
window:
  opens_at: 2023-10-24 00:00
  closes_at: 2023-10-26 18:00
  since: 2023-09-13
  status: illustrative
  cite: [act]
scheme: {name}
edition: {name}
organisations: organisations.csv
seed: 시험 공모의 시드
"""


def load_cases(name: str) -> dict[str, Mapping[str, Any]]:
    """Return the cases of a scheme by the id of the applicant; every scalar stays a text."""
    cases: dict[str, Mapping[str, Any]] = read_texts(SCHEMES / name / "cases.yaml")["applicants"]
    return cases


def write_round(parent: Path, name: str, cases: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write parameters with the scheme and a round of these cases below ``parent``; return the folder of the round."""
    parameters = parent / "parameters"
    shutil.copytree(PROJECT_ROOT / "parameters" / "rules", parameters / "rules")
    (parameters / "schemes").mkdir()
    for scheme in NAMES:
        shutil.copy(SCHEMES / scheme / "scheme.yaml", parameters / "schemes" / f"{scheme}.yaml")
        shutil.copy(SCHEMES / scheme / "edition.yaml", parameters / "rules" / "indicators" / f"{scheme}.yaml")
    shutil.copy(PROJECT_ROOT / "parameters" / "schemes" / "service.yaml", parameters / "schemes" / "service.yaml")
    folder = parameters / "rounds" / name
    folder.mkdir(parents=True)
    (folder / "round.yaml").write_text(_ROUND.format(name=name), "utf-8")
    judges = max((len(marks) for case in cases.values() for marks in case.get("marks", {}).values()), default=1)
    numbers = {applicant: f"0018100{at:02d}" for at, applicant in enumerate(cases, start=1)}
    codes = {applicant: f"{nine}{compute_check_digit(nine)}" for applicant, nine in numbers.items()}
    _write_table(
        folder / "organisations.csv",
        ("number", "name_ko", "name_en", "kind", "note", "source", "class"),
        (
            (
                codes[one],
                f"{one} 신청자",
                f"Applicant {one}",
                case.get("kind", "company"),
                "",
                "test",
                case.get("class", ""),
            )
            for one, case in cases.items()
        ),
    )
    _write_table(
        folder / "applications.csv",
        ("applicant", "code", "channel", "arrived_at", "sent_at", "official_letter", "channel_reason", "asked"),
        (
            (one, codes[one], "website", case.get("arrived", "2023-10-25 10:00"), "", "yes", "", case.get("asked", ""))
            for one, case in cases.items()
        ),
    )
    if not cases:
        return folder
    documents = ("applicant", "document", "received", "sealed", "lookup_table", "requested", "note")
    _write_table(folder / "documents.csv", documents, ())
    _write_table(
        folder / "measurements.csv",
        ("applicant", "indicator", "claimed", "evidence_document", "evidence_page"),
        ((one, name, value, "a.pdf", "1") for one, case in cases.items() for name, value in case["given"].items()),
    )
    _write_table(
        folder / "committee.csv",
        ("evaluator", "name", "field", "chair"),
        ((f"E{number}", f"위원 {number}", "", "yes" if number == 1 else "no") for number in range(1, judges + 1)),
    )
    _write_table(
        folder / "marks.csv",
        ("applicant", "indicator", "evaluator", "mark", "comment"),
        (
            (one, indicator, f"E{number}", mark, "")
            for one, case in cases.items()
            for indicator, marks in case.get("marks", {}).items()
            for number, mark in enumerate([*marks, *["absent"] * (judges - len(marks))], start=1)
        ),
    )
    return folder


def open_scheme(parent: Path, name: str, cases: Mapping[str, Mapping[str, Any]]) -> OpenRound:
    """Return the round of these cases of a scheme, opened."""
    return open_round(str(write_round(parent, name, cases)))


def decide(folder: Path, levels: Mapping[str, int]) -> None:
    """Write a vote of everybody for each of these applicants, a proposal and a decision for its level."""
    with (folder / "committee.csv").open(encoding="utf-8", newline="") as file:
        members = [row["evaluator"] for row in csv.DictReader(file)]
    votes = ("applicant", "matter", "about", "evaluator", "present", "vote")
    rows = [(one, "level", "", member, "yes", "yes") for one in levels for member in members]
    _write_table(folder / "votes.csv", votes, rows)
    head = ("applicant", "proposed", "proposed_by", "proposed_on", "proposal_reason")
    columns = (*head, "decided", "decided_by", "decided_on", "reason")
    _write_table(
        folder / "decisions.csv",
        columns,
        ((one, level, "팀장", "2023-11-20", "", level, "과장", "2023-12-01", "") for one, level in levels.items()),
    )


def _write_table(path: Path, heading: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])


def score_cases(parent: Path, name: str, seed: str = "") -> smartcert.ScoredTable:
    """Return the cases of a scheme scored from tables alone."""
    folder = write_round(parent, name, load_cases(name))
    cases = load_cases(name)
    figures = pd.DataFrame.from_dict({one: case["given"] for one, case in cases.items()}, orient="index")
    marks = [
        {"applicant": one, "indicator": indicator, "evaluator": f"E{number}", "mark": mark}
        for one, case in cases.items()
        for indicator, given in case.get("marks", {}).items()
        for number, mark in enumerate(given, start=1)
    ]
    known = pd.DataFrame({"applicant": list(cases)})
    if any("asked" in case for case in cases.values()):
        known["asked"] = [case.get("asked") for case in cases.values()]
    rules = folder.parents[1] / "rules"
    return smartcert.score(name, figures, pd.DataFrame(marks) if marks else None, known, rules=rules, on=DAY, seed=seed)
