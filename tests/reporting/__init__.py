"""Tests of ``smartcert.reporting``."""
