"""What a round received, kept in its folder: each package under its receipt number, never changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smartcert.errors import InputError, Place, Problem
from smartcert.intake.archive import Package, SentFile
from smartcert.intake.arrivals import Arrival
from smartcert.intake.text import shown
from smartcert.intake.written import write_bytes
from smartcert.model.application import Channel, DocumentKind

ROOM = "intake"
_RECEIVED = "received"
_FACTS = "package.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptForm:
    """A form as it was sent: its name, and the name under which its bytes are kept."""

    name: str
    kept_as: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One package as received. ``number`` is that of its receipt; ``refused`` tells why it was not opened."""

    number: int
    package: str
    sha256: str
    arrived_at: datetime
    channel: Channel
    official_letter: bool
    code: str
    sent_at: datetime | None
    channel_reason: str
    supplements: tuple[DocumentKind, ...]
    withdraws: bool
    files: tuple[SentFile, ...]
    forms: tuple[KeptForm, ...]
    refused: tuple[str, ...] = ()


_KEPT = TypeAdapter(Kept)


class Store:
    """The packages of one round, in the order of their numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ROOM / _RECEIVED
        self.kept = tuple(sorted(self._read(), key=lambda one: one.number))

    def take(self, arrivals: Iterable[tuple[Arrival, Package | None]]) -> None:
        """Keep what is not kept yet: the same package that arrived at the same moment is the same."""
        known = {_key(one) for one in self.kept}
        number = max((one.number for one in self.kept), default=0)
        more = []
        for arrival, package in arrivals:
            kept = _kept(number + 1, arrival, package)
            if _key(kept) in known:
                continue
            number += 1
            known.add(_key(kept))
            self._write(kept, package)
            more.append(kept)
        self.kept = (*self.kept, *more)

    def forms(self, kept: Kept) -> list[tuple[str, bytes]]:
        """Return the forms of a package with their names as sent."""
        return [(form.name, (self._place(kept) / form.kept_as).read_bytes()) for form in kept.forms]

    def _place(self, kept: Kept) -> Path:
        return self.folder / f"{kept.number:05d}"

    def _write(self, kept: Kept, package: Package | None) -> None:
        for form, (_, data) in zip(kept.forms, package.forms if package else (), strict=True):
            write_bytes(self._place(kept) / form.kept_as, data)
        facts = json.loads(_KEPT.dump_json(kept))
        told = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
        # last, so that a package half written is none
        write_bytes(self._place(kept) / _FACTS, f"{told}\n".encode())

    def _read(self) -> Iterable[Kept]:
        for path in self.folder.glob(f"*/{_FACTS}"):
            try:
                kept = _KEPT.validate_json(path.read_bytes())
            except ValidationError:
                place = Place(file=shown(path))
                raise InputError(
                    [Problem(place=place, found="a receipt that was changed", wanted="it as kept")]
                ) from None
            yield replace(kept, number=int(path.parent.name)) if path.parent.name.isdigit() else kept


def _kept(number: int, arrival: Arrival, package: Package | None) -> Kept:
    forms = package.forms if package and not package.problems else ()
    return Kept(
        number=number,
        package=arrival.package,
        sha256=package.sha256 if package else "",
        arrived_at=arrival.arrived_at,
        channel=arrival.channel,
        official_letter=arrival.official_letter,
        code=arrival.code,
        sent_at=arrival.sent_at,
        channel_reason=arrival.channel_reason,
        supplements=arrival.supplements,
        withdraws=arrival.withdraws,
        files=package.files if package else (),
        forms=tuple(
            KeptForm(name=name, kept_as=f"form-{place}.{name.rpartition('.')[2].lower()}")
            for place, (name, _) in enumerate(forms, start=1)
        ),
        refused=tuple(str(problem) for problem in package.problems) if package else (),
    )


def _key(kept: Kept) -> tuple[str, str, str, str, bool]:
    return (kept.package, kept.sha256, kept.arrived_at.isoformat(), kept.code, kept.withdraws)
