"""Readers and writers of what applies to every round: rules, schemes, editions, registries, certifications."""
