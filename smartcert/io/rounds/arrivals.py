"""The log of a folder of packages (``arrivals.csv``): when and how each of them came to the office."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from smartcert.errors import InputError
from smartcert.io.formats.csv import Cells, Table, TooManyProblemsError, iterate_cells, raise_problems
from smartcert.io.formats.free_text import Ambiguous, Certain, clean_text, fold_text, interpret_moment, interpret_yes_no
from smartcert.io.formats.grid import RawCell
from smartcert.io.formats.text import display_path, quote, read_file
from smartcert.io.formats.zip import check_file_name
from smartcert.io.rounds.forms import DOCUMENT_KINDS
from smartcert.io.rounds.organisations import compact_number
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Channel, DocumentKind

ARRIVALS_FILE = "arrivals.csv"
ARRIVAL_COLUMNS = ("package", "arrived_at", "channel", "official_letter")
OPTIONAL_ARRIVAL_COLUMNS = ("code", "sent_at", "channel_reason", "supplements", "withdraws")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One row of ``arrivals.csv``. ``supplements`` are the documents that a supplement has, none for an application.

    A withdrawal has a code and no package.
    """

    package: str
    arrived_at: datetime
    channel: Channel
    official_letter: bool
    code: str = ""
    sent_at: datetime | None = None
    channel_reason: str = ""
    supplements: tuple[DocumentKind, ...] = ()
    withdraws: bool = False


def read_arrivals(folder: Path, present: Collection[str]) -> tuple[Arrival, ...]:
    """Return the log of a folder of packages in the order of arrival; it must name each of those that are ``present``.

    Columns and their words may be Korean: 제출물, 도착, 방법, 공문; 홈페이지, 예.

    Raises:
        InputError: no log, rows that are wrong, packages that the log does not name, or rows without their package.
    """
    _check_log_exists(folder)
    table = Table(
        read_file(folder / ARRIVALS_FILE), ARRIVAL_COLUMNS, OPTIONAL_ARRIVAL_COLUMNS, also=_KOREAN_ARRIVAL_COLUMNS
    )
    packages = {name for name in present if name != ARRIVALS_FILE}
    lines: dict[str, int] = {}
    arrivals: list[Arrival] = []
    with suppress(TooManyProblemsError):
        for cells in iterate_cells(table):
            arrival = _parse_arrival(cells, packages, lines)
            if cells.valid:
                arrivals.append(arrival)
        for name in sorted(packages - lines.keys()) if table.valid else ():
            table.refuse(1, "package", f"no row for {quote(name)}", "a row that says when each package arrived")
    raise_problems(table)
    return tuple(sorted(arrivals, key=lambda arrival: (arrival.arrived_at, arrival.package)))


_NAMES_OF_LOGS = ("arrival", "도착", "접수")


def _check_log_exists(folder: Path) -> None:
    """Refuse a folder without its log; names files that may be it, such as a workbook."""
    if (folder / ARRIVALS_FILE).exists():
        return
    near = [path.name for path in sorted(folder.iterdir()) if any(word in path.name.lower() for word in _NAMES_OF_LOGS)]
    found = f"no log beside the packages, but {', '.join(near)}" if near else "no log beside the packages"
    wanted = f"the log saved as CSV with the columns {', '.join(ARRIVAL_COLUMNS)}"
    raise InputError.of_file(display_path(folder / ARRIVALS_FILE), found, wanted)


def _parse_arrival(cells: Cells, present: set[str], lines: dict[str, int]) -> Arrival:
    name = unicodedata.normalize("NFC", cells.text("package"))
    withdraws = bool(cells.text("withdraws")) and _parse_yes_no(cells, "withdraws")
    if name in lines:
        cells.refuse("package", f"{quote(name)} again", f"each package once (first in line {lines[name]})")
    elif name and (check_file_name(name) or "/" in name or name not in present):
        cells.refuse("package", quote(name), "the name of a file or folder beside this log")
    elif not name and not withdraws:
        cells.refuse("package", "nothing", "the name of a package, or a withdrawal with its code")
    if name:
        lines.setdefault(name, cells.line)
    if withdraws and not cells.text("code"):
        cells.refuse("code", "nothing", "the code of the applicant who withdraws")
    return Arrival(
        package=name,
        arrived_at=_parse_moment(cells, "arrived_at"),
        channel=_parse_channel(cells),
        official_letter=_parse_yes_no(cells, "official_letter"),
        code=compact_number(cells.text("code")),
        sent_at=_parse_moment(cells, "sent_at") if cells.text("sent_at") else None,
        channel_reason=cells.text("channel_reason"),
        supplements=_parse_kinds(cells),
        withdraws=withdraws,
    )


def _parse_moment(cells: Cells, column: str) -> datetime:
    read = interpret_moment(RawCell(cells.text(column)))
    if isinstance(read, Certain):
        return read.value
    wanted = f"one of {', '.join(read.readings)}: {read.why.en}" if isinstance(read, Ambiguous) else read.wanted
    cells.refuse(column, quote(cells.text(column)), wanted)
    return datetime.min


_KOREAN_ARRIVAL_COLUMNS = {
    "제출물": "package",
    "파일": "package",
    "도착": "arrived_at",
    "도착일시": "arrived_at",
    "접수일시": "arrived_at",
    "방법": "channel",
    "접수방법": "channel",
    "공문": "official_letter",
    "코드": "code",
    "기관코드": "code",
    "발송": "sent_at",
    "발송일시": "sent_at",
    "사유": "channel_reason",
    "보완": "supplements",
    "철회": "withdraws",
}
_KOREAN_CHANNELS = {
    "홈페이지": Channel.WEBSITE,
    "누리집": Channel.WEBSITE,
    "온라인": Channel.WEBSITE,
    "방문": Channel.IN_PERSON,
    "직접": Channel.IN_PERSON,
    "직접제출": Channel.IN_PERSON,
    "방문접수": Channel.IN_PERSON,
    "우편": Channel.MAIL,
    "등기": Channel.MAIL,
    "등기우편": Channel.MAIL,
    "우편접수": Channel.MAIL,
}


def _parse_channel(cells: Cells) -> Channel:
    word = fold_text(clean_text(cells.text("channel")))
    known = _KOREAN_CHANNELS | {channel.value: channel for channel in Channel}
    return known[word] if word in known else cells.choice("channel", Channel)


def _parse_yes_no(cells: Cells, column: str) -> bool:
    read = interpret_yes_no(RawCell(cells.text(column)))
    return read.value if isinstance(read, Certain) else cells.yes_no(column)


def _parse_kinds(cells: Cells) -> tuple[DocumentKind, ...]:
    known = {kind.value: kind for kind in DocumentKind} | DOCUMENT_KINDS
    names = [fold_text(clean_text(part)) for part in re.split("[;,/]", cells.text("supplements")) if part.strip()]
    for name in names:
        if name not in known:
            listed = ", ".join(kind.value for kind in DocumentKind)
            cells.refuse("supplements", quote(name), f"documents parted by ';': {listed}")
    return tuple(known[name] for name in names if name in known)
