"""What a notebook calls: one function per notebook that opens what it shows."""

from smartcert.notebook.open import open_audit as open_audit
from smartcert.notebook.open import open_committee as open_committee
from smartcert.notebook.open import open_comparison as open_comparison
from smartcert.notebook.open import open_explorer as open_explorer
from smartcert.notebook.open import open_history as open_history
from smartcert.notebook.open import open_report as open_report
from smartcert.notebook.open import open_summary as open_summary
