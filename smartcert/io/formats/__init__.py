"""Formats of files, from bytes to cells with their places: text, YAML, CSV, workbooks, Hangul documents, PDF."""
