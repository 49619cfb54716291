"""Tests of ``smartcert.io``."""
