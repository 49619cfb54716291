"""Tests of ``smartcert.cli``."""
