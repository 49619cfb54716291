"""Tests of ``smartcert.recompute``."""
