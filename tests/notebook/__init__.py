"""Tests of ``smartcert.notebook``."""
