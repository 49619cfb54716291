"""Folders of rounds that hardly are rounds: nobody applied, one applicant, nobody scored, one kind of indicator ..."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from smartcert.io.parameters.edition import format_edition
from smartcert.model.indicator import Edition, IndicatorKind, Section
from smartcert.simulation.write import simulate_round
from tests.support.build import PARAMETERS, example, rules_of_2023

Row = dict[str, str]
APPLICANTS, SEED = 6, 11
LATE = "2023-10-26 18:01"
ROUNDS = (
    *("no-application", "one-applicant", "nobody-scored", "no-marks", "constant-marks", "constant-figures"),
    *("one-evaluator", "too-few-evaluators", "figures-only", "marks-only"),
)


def select_kind(edition: Edition, kind: IndicatorKind) -> Edition:
    """Return the edition with its indicators of one kind only."""

    def thin_out(section: Section) -> Section:
        sections = tuple(part for part in map(thin_out, section.sections) if part.sections or part.indicators)
        indicators = tuple(one for one in section.indicators if one.kind is kind)
        points = sum((part.points for part in (*sections, *indicators)), Fraction(0))
        return replace(section, sections=sections, indicators=indicators, points=points)

    domains = tuple(part for part in map(thin_out, edition.domains) if part.sections or part.indicators)
    return replace(edition, domains=domains, points=sum((part.points for part in domains), Fraction(0)))


def write_degenerate_round(parent: Path, name: str) -> Path:
    """Write parameters with one of `ROUNDS` below ``parent``; return the folder of the round."""
    parameters = parent / "parameters"
    shutil.copytree(PARAMETERS, parameters, ignore=shutil.ignore_patterns("rounds", "*.md"))
    folder = parameters / "rounds" / name
    simulate_round(APPLICANTS, SEED, folder, example().round, rules_of_2023())
    with (folder / "round.yaml").open("a", encoding="utf-8") as call:
        call.write("seed: 시험 공모의 시드\n")
    _CHANGES[name](folder)
    return folder


def rewrite(folder: Path, table: str, change: Callable[[Row], Row | None]) -> None:
    """Replace each row of a table if it is there; a row for which there is no other is left out."""
    path = folder / f"{table}.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows, heading = [change(row) for row in reader], reader.fieldnames
    assert heading is not None
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heading, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row is not None)


def list_applicants(folder: Path) -> list[str]:
    """Return the ids of the applicants that have marks, so that they are scored; in the order of the table."""
    found: dict[str, None] = {}
    rewrite(folder, "marks", lambda row: found.setdefault(row["applicant"]) or row)
    return list(found)


def _select(folder: Path, applicants: Iterable[str]) -> None:
    wanted = set(applicants)
    for path in folder.glob("*.csv"):
        rewrite(folder, path.stem, lambda row: row if row.get("applicant", next(iter(wanted), "")) in wanted else None)


def _empty(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        if path.stem not in ("registry", "committee"):
            rewrite(folder, path.stem, lambda _: None)


def _select_indicators(folder: Path, kind: IndicatorKind) -> None:
    edition = replace(select_kind(rules_of_2023().edition, kind), id=folder.name, stated=None)
    names = {one.id for one in edition.entries()}
    text = format_edition(edition)
    (folder.parents[1] / "rules" / "indicators" / f"{folder.name}.yaml").write_text(text, "utf-8")
    call = folder / "round.yaml"
    lines = [
        f"edition: {folder.name}" if line.startswith("edition:") else line
        for line in call.read_text("utf-8").split("\n")
    ]
    call.write_text("\n".join(lines), "utf-8")
    for table in ("measurements", "corrections", "inspections", "marks"):
        rewrite(folder, table, lambda row: row if row["indicator"] in names else None)
    for table in ("measurements", "marks"):
        path = folder / f"{table}.csv"
        if len(path.read_text("utf-8").splitlines()) == 1:
            path.unlink()


def _one_evaluator(folder: Path, fewest: int) -> None:
    for table in ("committee", "marks", "exclusions"):
        rewrite(folder, table, lambda row: row if row["evaluator"] == "E1" else None)
    rewrite(folder, "exclusions", lambda _: None)
    rules = folder.parents[1] / "rules" / "scoring.yaml"
    text = rules.read_text("utf-8")
    assert "fewest: 3" in text
    rules.write_text(text.replace("fewest: 3", f"fewest: {fewest}"), "utf-8")


def _constant_figures(folder: Path) -> None:
    first: dict[str, Row] = {}
    rewrite(folder, "measurements", lambda row: row | {"claimed": first.setdefault(row["indicator"], row)["claimed"]})
    for table in ("corrections", "inspections"):
        rewrite(folder, table, lambda _: None)


_CHANGES: dict[str, Callable[[Path], None]] = {
    "no-application": _empty,
    "one-applicant": lambda folder: _select(folder, list_applicants(folder)[:1]),
    "nobody-scored": lambda folder: rewrite(folder, "applications", lambda row: row | {"arrived_at": LATE}),
    "no-marks": lambda folder: rewrite(folder, "marks", lambda _: None),
    "constant-marks": lambda folder: rewrite(folder, "marks", lambda row: row | {"mark": "3"}),
    "constant-figures": _constant_figures,
    "one-evaluator": lambda folder: _one_evaluator(folder, 1),
    "too-few-evaluators": lambda folder: _one_evaluator(folder, 3),
    "figures-only": lambda folder: _select_indicators(folder, IndicatorKind.QUANTITATIVE),
    "marks-only": lambda folder: _select_indicators(folder, IndicatorKind.QUALITATIVE),
}
