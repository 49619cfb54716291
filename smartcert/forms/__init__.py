"""Workbooks that people fill in or amend: the applicant's form, and an indicator edition as a table."""
