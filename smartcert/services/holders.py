"""Holders of certificates as local governments: their codes through time, their code on a day, and what they became."""

from __future__ import annotations

from datetime import date

from smartcert.io.parameters.local_governments import load_local_governments


def codes_of(code: str) -> tuple[str, ...]:
    """Return every code that the local government with this code ever had; of an invented one the code alone."""
    return load_local_governments().codes_of(code)


def get_code_on(code: str, day: date) -> str:
    """Return the code that the local government with this code has on ``day``.

    Where it has none then - it has ended, or is invented, or the day is before the table - it is the code itself.
    """
    governments = load_local_governments()
    entity = governments.by_code(code)
    return (entity.code_on(day) if entity else None) or code


def get_entity_id(code: str) -> str:
    """Return the id of the local government that has, or ever had, a code; empty for an invented one."""
    entity = load_local_governments().by_code(code)
    return entity.id if entity else ""
