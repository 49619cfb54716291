"""Tests of ``smartcert.batch``."""
