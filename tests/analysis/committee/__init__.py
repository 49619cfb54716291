"""Tests of ``smartcert.analysis.committee``."""
