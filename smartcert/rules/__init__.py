"""The law as values: dated entries, and the rules of one day."""
