"""Readers and writers of what holds for every round: rules, schemes, editions, registries, certifications."""
