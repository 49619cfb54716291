"""Tests of ``smartcert.simulation``."""
