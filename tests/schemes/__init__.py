"""Schemes that are in no word of the program, each from its files alone."""
