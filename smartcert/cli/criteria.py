"""``smartcert rules new`` and ``rules try``: a draft to start from, and what it gives for a table of figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import click
import pandas as pd

from smartcert.analysis.tables import ScoredTable, score
from smartcert.cli.editions import rules_option
from smartcert.cli.options import FILE, align_columns, language_option
from smartcert.errors import InputError, Place, Problem, UsageError
from smartcert.files import write_atomic
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.free_text import parse_stored_number
from smartcert.io.formats.grid import CellType, RawCell, read_delimited
from smartcert.io.formats.text import display_path
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.model.evaluation import IndicatorScore, Scorecard
from smartcert.model.indicator import Effect
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import format_number
from smartcert.services.editions import find_rules_folder, start_edition, start_scheme

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("new")
@click.argument("kind", type=click.Choice(["edition", "scheme"]))
@click.argument("name")
@click.option("--scheme", default="city", show_default=True, help="The scheme of a new edition.")
@click.option("--output", type=FILE, show_default="NAME.yaml", help="The file to write.")
@rules_option
def new(kind: str, name: str, scheme: str, output: Path | None, folder: Path | None) -> None:
    """Write a commented edition or scheme to start from.

    It is valid as it stands. A file that exists is never overwritten.
    """
    rulebook = read_rulebook(find_rules_folder(folder))
    text = start_edition(name, scheme, rulebook) if kind == "edition" else start_scheme(name, rulebook)
    path = output or Path(f"{name}.yaml")
    if path.exists():
        raise UsageError(f"{path} exists already; give another --output")
    write_atomic(path, text.encode())
    click.echo(str(path))


@click.command("try")
@click.argument("edition")
@click.argument("file", metavar="FIGURES", type=_EXISTING)
@click.option(
    "--marks",
    type=_EXISTING,
    show_default="none",
    help="A table of marks: applicant, indicator, then a column per evaluator.",
)
@click.option(
    "--applicants",
    type=_EXISTING,
    show_default="none",
    help="A table of applicants: applicant, class, population, bases, asked.",
)
@click.option(
    "--working", metavar="APPLICANT", multiple=True, help="Show how each point of it came about; may be repeated."
)
@click.option(
    "--output", type=FILE, show_default="not written", help="Write the points of every indicator as a table too."
)
@click.option("--seed", default="", help="The published text from which a lot is drawn, in a scheme that draws lots.")
@rules_option
@language_option
def try_(
    edition: str,
    file: Path,
    marks: Path | None,
    applicants: Path | None,
    working: tuple[str, ...],
    output: Path | None,
    seed: str,
    folder: Path | None,
    language: str,
) -> None:
    """Show what an edition gives for a table.

    Points, levels, and with --working how each point came about. EDITION is a name, or a .yaml or .xlsx file that is
    not published yet. FIGURES is a .csv or .xlsx with a row per applicant and a column per figure; a table of marks
    alone may stand in its place. Nothing official is touched.
    """
    tables = {"measurements": _ReadTable(file)}
    if marks is not None:
        tables["marks"] = _ReadTable(marks)
    elif "evaluator" in tables["measurements"].frame.columns or "mark" in tables["measurements"].frame.columns:
        tables = {"marks": tables["measurements"]}
    if applicants is not None:
        tables["applicants"] = _ReadTable(applicants)
    frames = {name: table.frame for name, table in tables.items()}
    try:
        scored = score(
            edition,
            frames.get("measurements"),
            frames.get("marks"),
            frames.get("applicants"),
            rules=find_rules_folder(folder),
            seed=seed,
        )
    except InputError as error:
        raise InputError([_find_place(problem, tables) for problem in error.problems]) from None
    words = Words(language, "report", "commands", scheme=scored.rules.facts)
    for line in align_columns(_list_rows(scored, words)):
        click.echo(line)
    for name in working:
        click.echo(f"\n{name}")
        for line in _list_working(scored, name, words):
            click.echo(line)
        if reason := scored.describe_reason(name, words.language):
            click.echo(f"  {reason}")
    if output is not None:
        write_atomic(output, scored.points.to_csv().encode("utf-8-sig"))
        click.echo(f"\n{output}")


class _ReadTable:
    """A table of a file as a frame of texts, with the place of each cell."""

    def __init__(self, path: Path) -> None:
        self.file = display_path(path)
        data = path.read_bytes()
        grid = read_workbook(data, self.file)[0] if path.suffix == ".xlsx" else read_delimited(data, self.file)
        rows = list(grid.rows())
        if not rows:
            raise InputError([Problem(place=grid.place(1), found="an empty table", wanted="a row of headings")])
        self._grid = grid
        self._line, first = rows[0]
        self.columns = {cell.text.strip(): column for column, cell in first.items() if cell.text.strip()}
        if "applicant" not in self.columns:
            found = f"the headings {', '.join(self.columns)}"
            raise InputError([Problem(place=grid.place(self._line), found=found, wanted="the heading 'applicant'")])
        self.lines: dict[tuple[str, ...], int] = {}
        records = []
        for line, cells in rows[1:]:
            record = {name: _read_cell(cells.get(column)) for name, column in self.columns.items()}
            name = record["applicant"] or ""
            self.lines.setdefault((name,), line)
            self.lines.setdefault((name, record.get("indicator") or ""), line)
            records.append(record)
        self.frame = pd.DataFrame(records, columns=list(self.columns), dtype=object)

    def place(self, field: str) -> Place:
        """Return the place of what a problem of `score` names: an applicant, a column, or a cell ("a, Q1, E2")."""
        parts = tuple(field.split(", "))
        line = self.lines.get(parts[:2], self.lines.get(parts[:1], self._line))
        return self._grid.place(line, self.columns.get(parts[-1]))


def _read_cell(cell: RawCell | None) -> str | None:
    if cell is None:
        return None
    if cell.cell_type in (CellType.NUMBER, CellType.PERCENT):
        number = parse_stored_number(cell.text)
        return cell.text if number is None else format_exact(number)
    return cell.text.strip() or None


def _find_place(problem: Problem, tables: Mapping[str, _ReadTable]) -> Problem:
    """Return a problem of a table with its place in the file that the table was read from."""
    table = tables.get(problem.place.file)
    return problem if table is None else replace(problem, place=table.place(problem.place.field or ""))


def _list_rows(scored: ScoredTable, words: Words) -> list[tuple[str, ...]]:
    heads = ("applicant", "class", "points", "share", "level", "place")
    rows = [tuple(words(f"try.{name}") for name in heads)]
    table = scored.table
    levels = {evaluation.id: evaluation.level.level for evaluation in scored.verdicts if evaluation.level}
    for name, card in _order_cards(scored).items():
        class_id = scored.classes[name]
        if card is None:
            rows.append((name, class_id, scored.describe_reason(name, words.language)))
            continue
        share = f"{format_number(100 * card.points / card.out_of, 1)}%" if card.out_of else ""
        level, place = words.level(levels[name]), str(table.loc[name, "place"])
        rows.append((name, class_id, format_number(card.points), share, level, place))
    return rows


def _order_cards(scored: ScoredTable) -> dict[str, Scorecard | None]:
    cards = {evaluation.id: evaluation.scorecard for evaluation in scored.verdicts}
    return {name: cards[name] for name in scored.classes}


def _list_working(scored: ScoredTable, name: str, words: Words) -> Iterator[str]:
    working = scored.working(name, words.language).reset_index()
    card = _order_cards(scored)[name]
    shown = {score.id: _format_share(score, words) for score in card.indicators()} if card else {}
    if card:
        shown[""] = f"{format_number(card.points)} / {format_number(card.out_of)}"
    for row in working.to_dict("records"):
        yield f"  {row['indicator']} {row['name']}: {shown[row['indicator']]}".replace("   ", "  ")
        yield from (f"    {row[part]}" for part in ("rule", "steps") if row[part])


def _format_share(score: IndicatorScore, words: Words) -> str:
    if score.effect is Effect.PREREQUISITE:
        return words("working.met" if score.points else "working.not_met")
    return f"{format_number(score.points)} / {format_number(score.out_of)}"
