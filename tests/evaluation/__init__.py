"""Tests of ``smartcert.evaluation``."""
