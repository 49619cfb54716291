"""Tests of ``smartcert.reception``."""
