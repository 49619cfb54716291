"""Tests of ``smartcert.forms``."""
