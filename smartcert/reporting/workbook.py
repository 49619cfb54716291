"""How does a workbook become the same bytes each time it is written from the same values?"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import openpyxl.xml
from openpyxl import Workbook

from smartcert.errors import ReportError

_EPOCH = datetime(1980, 1, 1)  # the first moment that a ZIP file can state; it has no time zone
_MODIFIED_ELEMENT = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
"""openpyxl writes the time of saving into it and cannot be told otherwise."""


def save_workbook(book: Workbook, created: datetime = _EPOCH) -> bytes:
    """Return a workbook as XLSX without the moments of its making; ``created`` is the one that it states."""
    if openpyxl.xml.LXML:
        raise ReportError(
            "openpyxl was imported before smartcert and writes with lxml, which gives other bytes: "
            "import smartcert first, or set OPENPYXL_LXML=False"
        )
    book.properties.created = created
    saved, out = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = _MODIFIED_ELEMENT.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", source.read(name))
            target.writestr(zipfile.ZipInfo(name, _EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
