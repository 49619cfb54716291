"""Tests of ``smartcert.certification``."""
