"""Workbooks that people fill in or amend: the applicant's form, and an indicator edition as a table."""

from __future__ import annotations

from importlib.util import find_spec

import smartcert.reporting  # noqa: F401  # fixes which XML writer openpyxl takes, before it is imported
from smartcert.errors import UsageError

if find_spec("openpyxl") is None:
    raise UsageError("workbooks are written by openpyxl, which is not installed: pip install 'smartcert[forms]'")
