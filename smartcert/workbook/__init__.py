"""What a notebook calls: one function per notebook that opens what it shows."""

from smartcert.workbook.committee import open_committee as open_committee
from smartcert.workbook.history import open_history as open_history
from smartcert.workbook.opening import open_report as open_report
from smartcert.workbook.opening import open_summary as open_summary
from smartcert.workbook.researching import open_audit as open_audit
from smartcert.workbook.researching import open_comparison as open_comparison
from smartcert.workbook.researching import open_explorer as open_explorer
