"""Composite indices from plain tables: structure, treatment, scales, weights, aggregation, audit and choices."""
