"""Every error that a user can meet: what was found, where, what was wanted, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Place:
    """Where something was read: a file, and in it a line and a column, both counted from 1."""

    file: str
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place} ({self.field})" if self.field else place


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with an input file: where, what was found, what was wanted."""

    place: Place
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.place}: found {self.found}; wanted {self.wanted}"


class SmartcertError(Exception):
    """The base of every error that a command or a notebook shows without a traceback."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of the error in a notebook: its name and its message, every line of it."""
        return f"{type(self).__name__}: {self}".splitlines()


class UsageError(SmartcertError):
    """What was asked for does not exist or does not fit: an unknown round, applicant, parameter or day."""

    exit_code = 2


class InputError(SmartcertError):
    """Input files with problems: all of them at once, sorted by place."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=_sort_key))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of_file(cls, file: str, found: str, wanted: str, line: int | None = None) -> InputError:
        """Return the error of a file with a single problem."""
        return cls([Problem(place=Place(file=file, line=line), found=found, wanted=wanted)])


class ReportError(SmartcertError):
    """A report could not be rendered; nothing of it was written."""


class NoRuleError(UsageError):
    """No edition of a rule is in force on the day that was asked for."""


def describe_os_error(error: OSError) -> str:
    """Return one line that says what the system refused, and of which file where it names one.

    >>> describe_os_error(OSError(28, "No space left on device", "outputs/index.html"))
    'cannot read or write outputs/index.html: No space left on device'
    """
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    target = f" {' or '.join(names)}" if names else ""
    reason = error.strerror or str(error) or type(error).__name__
    return f"cannot read or write{target}: {' '.join(reason.split())}"


def _sort_key(problem: Problem) -> tuple[str, int, int, str, str]:
    place = problem.place
    return (place.file, place.line or 0, place.column or 0, problem.found, problem.wanted)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the nearest known word, or nothing.

    >>> suggest("languag", ["language", "round"])
    " (did you mean 'language'?)"
    """
    near = find_nearest(word, known)
    return f" (did you mean '{near}'?)" if near else ""


def find_nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like another one, at least by ``cutoff`` from 0 to 1; nothing where none is.

    >>> find_nearest("languag", ["language", "round"])
    'language'
    """
    from difflib import get_close_matches  # only where something went wrong: not in the time of every start

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")
