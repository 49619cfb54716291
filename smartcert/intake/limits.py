"""How much a package may hold: every limit of the door for what applicants send, declared and told in one place."""

from __future__ import annotations

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
"""Forms in one package that are opened."""

PART_BYTES = 12 * MIB
"""Bytes of one part inside a form, unpacked."""

PARTS_BYTES = 32 * MIB
"""Bytes of all parts inside a form, unpacked."""

PARTS = 1_000
"""Parts inside a form."""

RATIO = 200
"""How many times larger a file may become when it is unpacked; small ones may more."""

RATIO_FREE_BYTES = MIB
"""Up to this size unpacked the ratio does not matter."""

NAME_LENGTH = 240
"""Characters of one name with its folders."""

XML_ELEMENTS = 300_000
"""Elements of all XML of one package's forms."""

XML_DEPTH = 100
"""How deeply XML may be nested."""

SHEETS = 60
"""Sheets, or tables, of one form."""

ROWS = 20_000
"""Rows of one sheet that may hold something."""

COLUMNS = 256
"""Columns of one sheet that may hold something."""

CELLS = 100_000
"""Cells of one form that hold something."""

FIGURE_LENGTH = 80
"""Characters of a cell that may be a figure."""

PDF_BYTES = 64 * MIB
"""Bytes of a PDF of which the pages are counted; of a larger one the count is unknown."""


def told() -> dict[str, int]:
    """Return every limit by its name, for whoever wants to know them."""
    return {name.lower(): value for name, value in globals().items() if name.isupper() and name != "MIB"}
