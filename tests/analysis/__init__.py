"""Tests of ``smartcert.analysis``."""
