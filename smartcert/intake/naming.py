"""The id that an applicant has in a round, made from its English name: the same for everybody who makes one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from smartcert.model.applicant import Applicant, Registry

_OTHER = re.compile(r"[^a-z0-9]+")
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_LONGEST = 40


def ids(registry: Registry) -> Mapping[str, str]:
    """Return the id of every entry by its code.

    The English name in small letters; where several entries have it, the code follows it. ``Jung-gu`` becomes
    ``jung-gu-1114000000``, ``Suwon-si`` is ``suwon-si``.
    """
    names = {entry.code: _slug(entry) for entry in registry.entries}
    times = Counter(names.values())
    return {code: name if times[name] == 1 else f"{name[:28]}-{code}" for code, name in names.items()}


def _slug(entry: Applicant) -> str:
    plain = unicodedata.normalize("NFKD", entry.name.en.casefold()).encode("ascii", "ignore").decode("ascii")
    slug = _OTHER.sub("-", plain).strip("-")[:_LONGEST].strip("-")
    fits = slug and slug[0].isalpha() and not _DEVICES.fullmatch(slug)
    return slug if fits else f"a{entry.code}"
