"""Applicant."""
