"""How much a package of an applicant may hold: every limit of the intake, so that `LIMITS` is the complete list."""

from __future__ import annotations

from collections.abc import Mapping

MIB = 1024 * 1024

PACKAGE_FILES = 2_000
"""Files in one package."""

PACKAGE_BYTES = 1024 * MIB
"""Bytes of one package, unpacked."""

EVIDENCE_BYTES = 256 * MIB
"""Bytes of one file of evidence."""

FORM_BYTES = 8 * MIB
"""Bytes of one form (XLSX, CSV, HWPX) as sent."""

FORM_FILES = 12
"""Forms in one package: files that name the round or the edition."""

EXAMINED_ELEMENTS = 10_000_000
"""Elements of XML, or 50 bytes of other files, that are looked at in one package to find its forms."""

PART_BYTES = 12 * MIB
"""Bytes of one part inside a form, unpacked."""

PARTS_BYTES = 32 * MIB
"""Bytes of all parts inside a form, unpacked."""

PARTS = 1_000
"""Parts inside a form."""

RATIO = 200
"""How many times larger a file may become when it is unpacked; one of up to `RATIO_FREE_BYTES` may grow more."""

RATIO_FREE_BYTES = MIB
"""Bytes unpacked up to which the ratio does not matter."""

NAME_LENGTH = 240
"""Characters of one name with its folders."""

XML_ELEMENTS = 300_000
"""Elements of all XML of one package's forms, and of one file that is looked at."""

XML_DEPTH = 100
"""How deeply XML may be nested."""

SHEETS = 60
"""Sheets, or tables, of one form."""

ROWS = 20_000
"""Rows of one sheet, up to the last one that is not empty."""

COLUMNS = 256
"""Columns of one sheet, up to the last one that is not empty."""

CELLS = 100_000
"""Cells of one form that are not empty."""

FIGURE_LENGTH = 80
"""Characters of a cell that may be a figure."""

PDF_BYTES = 64 * MIB
"""Bytes of a PDF of which the pages are counted; of a larger one the count is unknown."""

PDF_MEMORY = 1024 * MIB
"""Bytes of memory for counting the pages of a PDF."""

PDF_SECONDS = 10
"""Seconds for counting the pages of one PDF."""

XLS_MEMORY = 1024 * MIB
"""Bytes of memory for reading a form in .xls."""

XLS_SECONDS = 10
"""Seconds for reading one form in .xls."""

LIMITS: Mapping[str, int] = {
    name.lower(): limit for name, limit in globals().copy().items() if name.isupper() and name != "MIB"
}
"""Every limit by its name."""
