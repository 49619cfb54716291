"""Which files of earlier rounds, and which register, stand beside the outputs of a round?"""

from __future__ import annotations

from pathlib import Path

from smartcert.errors import InputError, Place, Problem
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.records import RoundRecord, from_json

REGISTER = "register.sqlite"
_RECORD = "round.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierFiles:
    """The records of other rounds, in the order of their folders, and the register of certificates, if there is one."""

    records: tuple[Path, ...] = ()
    register: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.records, *([self.register] if self.register else []))

    def read_records(self) -> tuple[RoundRecord, ...]:
        """Return the records of rounds whose folder has their id; an InputError names all that cannot be read."""
        if not self.records:
            return ()
        from pydantic import ValidationError  # heavy, and most rounds have none before them

        records, problems = [], []
        for path in self.records:
            try:
                record = from_json(RoundRecord, path.read_bytes())
            except ValidationError as error:
                wanted = "the record of a round; run that round again, or move its folder elsewhere"
                found = " ".join(str(error.errors()[0]["msg"]).split())
                problems.append(Problem(place=Place(file=str(path)), found=found, wanted=wanted))
                continue
            if record.round.id == path.parent.name:
                records.append(record)
        if problems:
            raise InputError(problems)
        return tuple(records)


def find_earlier_files(outputs: Path, round_id: str) -> EarlierFiles:
    """Return what stands beside the folder of a round's outputs; nothing where it has another name than the round.

    A folder that was named for one run (``--output``) stands among others that need not be rounds.
    """
    if outputs.absolute().name != round_id:
        return EarlierFiles()
    beside = outputs.absolute().parent
    records = tuple(path for path in sorted(beside.glob(f"*/{_RECORD}")) if path.parent.name != round_id)
    register = beside / REGISTER
    return EarlierFiles(records=records, register=register if register.is_file() else None)
