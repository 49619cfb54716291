"""Results as people read them: record, words, tables, charts, sections. Knows results, no notebook renderer."""

import os

os.environ["OPENPYXL_LXML"] = "False"
"""With lxml, where it is installed, openpyxl writes the same workbook in other bytes. It reads this when imported."""
