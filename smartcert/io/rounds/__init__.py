"""Readers of a round's folder: applications, forms and sheets, the committee, marks, organisations."""
