"""The texts that stand beside an indicator, for tests of where they are shown."""

from __future__ import annotations

from smartcert.model.citation import Text
from smartcert.model.indicator import About


def list_texts(about: About) -> list[Text | None]:
    """Return every text beside an indicator; None for what it does not say."""
    return [
        about.why,
        about.source,
        about.verify,
        about.period,
        *about.documents,
        *(anchor.meaning for anchor in about.anchors),
    ]
