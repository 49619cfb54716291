"""Receipts: number, moment and the hash of every file, so that an applicant can prove what was received."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from smartcert.intake.written import moment, write_bytes, write_table
from smartcert.model.application import Round
from smartcert.model.citation import Text
from smartcert.reception.store import ROOM, Kept
from smartcert.reception.versions import State, Version

COLUMNS = (
    "receipt",
    "applicant",
    "package",
    "sha256",
    "arrived_at",
    "channel",
    "files",
    "bytes",
    "state",
    "receipt_sha256",
)
_STATES = {
    State.COUNTS: Text(ko="유효한 신청", en="the application that counts"),
    State.REPLACED: Text(ko="뒤에 온 것으로 바뀜", en="replaced by a later one"),
    State.WITHDRAWN: Text(ko="철회됨", en="withdrawn"),
    State.WITHDRAWAL: Text(ko="철회", en="a withdrawal"),
    State.LATE: Text(ko="접수 기간 밖에 도착", en="not in time"),
    State.LATE_WITHDRAWAL: Text(ko="마감 뒤의 철회", en="a withdrawal after the deadline"),
    State.SUPPLEMENT: Text(ko="보완", en="a supplement"),
    State.UNREADABLE: Text(ko="읽을 수 없음", en="cannot be read"),
    State.UNKNOWN_APPLICANT: Text(ko="신청 지방자치단체를 알 수 없음", en="from an applicant that is not known"),
}
_LINES = {
    "heading": Text(ko="접수증", en="Receipt"),
    "round": Text(ko="공모", en="Round"),
    "applicant": Text(ko="신청 지방자치단체", en="Applicant"),
    "arrived": Text(ko="도착(한국시간)", en="Arrived (Korean time)"),
    "channel": Text(ko="방법", en="Channel"),
    "package": Text(ko="제출물", en="Package"),
    "hash": Text(ko="제출물 SHA-256", en="SHA-256 of the package"),
    "files": Text(ko="받은 파일 (SHA-256, 크기, 쪽수, 이름)", en="Files received (SHA-256, bytes, pages, name)"),
    "prove": Text(
        ko="파일의 SHA-256이 위와 같으면 그 파일을 받은 것이다. 제출물의 SHA-256은 '해시  이름' 줄을 모은 해시이다.",
        en="A file whose SHA-256 is the one above was received. The hash of the package is that of the lines"
        " 'hash  name' above, put together.",
    ),
}


def receipt_number(round_: Round, kept: Kept) -> str:
    """Return the number of a receipt, as ``2023-00012``."""
    return f"{round_.id}-{kept.number:05d}"


def receipt(version: Version, round_: Round, language: str) -> str:
    """Return a receipt as text. It says what came, not what becomes of it, and so never changes."""
    kept, say = version.kept, {key: text.of(language) for key, text in _LINES.items()}
    name = version.applicant.name.of(language) if version.applicant else "-"
    lines = [
        f"{say['heading']} {receipt_number(round_, kept)}",
        f"{say['round']}: {round_.title.of(language)} ({round_.id})",
        f"{say['applicant']}: {name} {version.applicant.code if version.applicant else kept.code}".rstrip(),
        f"{say['arrived']}: {moment(kept.arrived_at)}",
        f"{say['channel']}: {kept.channel.value}",
        f"{say['package']}: {kept.package or '-'}",
        f"{say['hash']}: {kept.sha256 or '-'}",
        f"{say['files']}:",
        *(f"  {file.sha256}  {file.size}  {file.pages or '-'}  {file.name}" for file in kept.files),
        *([say["prove"]] if kept.files else []),
    ]
    return "\n".join(lines) + "\n"


def write_receipts(folder: Path, versions: Iterable[Version], round_: Round, ids: dict[str, str]) -> None:
    """Write a receipt in each language for every package, and the table of all with what became of each."""
    rows = []
    for version in versions:
        kept, digest = version.kept, ""
        for language in ("ko", "en"):
            data = receipt(version, round_, language).encode()
            digest = digest or hashlib.sha256(data).hexdigest()
            write_bytes(folder / ROOM / "receipts" / f"{receipt_number(round_, kept)}.{language}.txt", data)
        total = sum(file.size for file in kept.files)
        name = ids.get(version.applicant.code, "") if version.applicant else ""
        moments = (moment(kept.arrived_at), kept.channel.value)
        counts = (str(len(kept.files)), str(total), version.state.value, digest)
        rows.append((receipt_number(round_, kept), name, kept.package, kept.sha256, *moments, *counts))
    write_table(folder / ROOM / "receipts.csv", COLUMNS, rows)


def state_told(state: State, language: str) -> str:
    """Return what became of a package, in words."""
    return _STATES[state].of(language)
