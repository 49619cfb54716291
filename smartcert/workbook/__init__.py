"""What a notebook calls: one function per notebook that opens what it shows."""

from smartcert.workbook.history import open_history as open_history
from smartcert.workbook.opening import open_report as open_report
from smartcert.workbook.opening import open_summary as open_summary
