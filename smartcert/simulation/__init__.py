"""Invented rounds of any size: who applies, what they claim, what the committee marks, what goes wrong."""
