"""What does a formula of named figures give? A text such as ``a / (b + c) * 100`` as a tree, and its exact value.

Allowed are names, plain decimal numbers, ``+ - * /``, brackets, ``min(...)`` and ``max(...)``. Nothing else is read,
and nothing is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from smartcert.lazy_dataclass import dataclass

LONGEST = 500
"""The most characters of a formula."""
DEEPEST = 30
"""The most brackets within brackets."""
_TOKEN = re.compile(r"\s*(?:([0-9]{1,18}(?:\.[0-9]{1,18})?)|([A-Za-z][A-Za-z0-9_]{0,39})|([-+*/(),]))")
_FUNCTIONS = ("min", "max")


class FormulaError(ValueError):
    """A text is no formula; the message says what is wrong, and ``column`` where (from 1)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (at character {column})")
        self.column = column


class DivisionByZeroError(ArithmeticError):
    """A formula divides by zero for these figures."""


class Operator(StrEnum):
    """What is done with the parts of an operation, from the first to the last."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    LEAST = "min"
    MOST = "max"


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number that stands in the formula."""

    value: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A figure, by its id."""

    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An operation on two parts, or ``min`` and ``max`` on any number of them."""

    operator: Operator
    parts: tuple[Formula, ...]


Formula = Number | Name | Operation


@lru_cache(maxsize=1000)
def parse_formula(text: str) -> Formula:
    """Return the tree of a formula: brackets first, then ``* /``, then ``+ -``, each from left to right.

    >>> evaluate_formula(parse_formula("a / (b + 2) * 100"), {"a": Fraction(1), "b": Fraction(1)})
    Fraction(100, 3)

    Raises:
        FormulaError: the text is no formula.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"a formula of more than {LONGEST} characters", LONGEST + 1)
    parser = _Parser(text)
    tree = parser.parse_sum(0)
    if parser.upcoming:
        raise FormulaError(f"'{parser.upcoming}' where the formula should end", parser.column)
    return tree


class _Parser:
    """Reads a text token by token; ``upcoming`` is the one to be read next, empty at the end."""

    def __init__(self, text: str) -> None:
        self._text, self._end = text, 0
        self.upcoming, self.column = "", 1
        self._advance()

    def _advance(self) -> str:
        """Return the current token and read the next one."""
        token = self.upcoming
        rest = self._text[self._end :]
        self.column = self._end + len(rest) - len(rest.lstrip()) + 1
        if not rest.strip():
            self.upcoming = ""
            return token
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            raise FormulaError(f"'{rest.strip()[0]}', which no formula has", self.column)
        self.upcoming, self._end = match.group().strip(), match.end()
        return token

    def _expect(self, token: str) -> None:
        if self.upcoming != token:
            found = f"'{self.upcoming}'" if self.upcoming else "the end"
            raise FormulaError(f"{found} where '{token}' is wanted", self.column)
        self._advance()

    def parse_sum(self, depth: int) -> Formula:
        if depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} brackets within brackets", self.column)
        tree = self._parse_product(depth)
        while self.upcoming in ("+", "-"):
            operator = Operator(self._advance())
            tree = Operation(operator=operator, parts=(tree, self._parse_product(depth)))
        return tree

    def _parse_product(self, depth: int) -> Formula:
        tree = self._parse_part(depth)
        while self.upcoming in ("*", "/"):
            operator = Operator(self._advance())
            tree = Operation(operator=operator, parts=(tree, self._parse_part(depth)))
        return tree

    def _parse_part(self, depth: int) -> Formula:
        if self.upcoming == "-":
            self._advance()
            if depth > DEEPEST:
                raise FormulaError(f"more than {DEEPEST} signs within signs", self.column)
            return Operation(operator=Operator.SUBTRACT, parts=(Number(value=Fraction(0)), self._parse_part(depth + 1)))
        if self.upcoming == "(":
            self._advance()
            tree = self.parse_sum(depth + 1)
            self._expect(")")
            return tree
        if self.upcoming in _FUNCTIONS:
            return self._parse_function(depth)
        if not self.upcoming or not self.upcoming[0].isalnum():
            found = f"'{self.upcoming}'" if self.upcoming else "the end"
            raise FormulaError(f"{found} where a name, a number or a bracket is wanted", self.column)
        token = self._advance()
        return Number(value=Fraction(token)) if token[0].isdigit() else Name(id=token)

    def _parse_function(self, depth: int) -> Formula:
        operator = Operator(self._advance())
        self._expect("(")
        parts = [self.parse_sum(depth + 1)]
        while self.upcoming == ",":
            self._advance()
            parts.append(self.parse_sum(depth + 1))
        self._expect(")")
        return Operation(operator=operator, parts=tuple(parts))


def list_names(formula: Formula) -> tuple[str, ...]:
    """Return the names of a formula, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(_iterate_names(formula)))


def _iterate_names(formula: Formula) -> Iterator[str]:
    match formula:
        case Name(id=name):
            yield name
        case Operation(parts=parts):
            for part in parts:
                yield from _iterate_names(part)


def evaluate_formula(formula: Formula, values: Mapping[str, Fraction]) -> Fraction:
    """Return a formula's exact value; a DivisionByZeroError where it divides by zero, a KeyError without a value."""
    match formula:
        case Number(value=value):
            return value
        case Name(id=name):
            return values[name]
        case Operation(operator=operator, parts=parts):
            return _operate(operator, [evaluate_formula(part, values) for part in parts])


def _operate(operator: Operator, parts: list[Fraction]) -> Fraction:
    first, last = parts[0], parts[-1]
    match operator:
        case Operator.ADD:
            return first + last
        case Operator.SUBTRACT:
            return first - last
        case Operator.MULTIPLY:
            return first * last
        case Operator.DIVIDE:
            if not last:
                raise DivisionByZeroError
            return first / last
        case Operator.LEAST:
            return min(parts)
        case Operator.MOST:
            return max(parts)


_LEVELS = {Operator.ADD: 1, Operator.SUBTRACT: 1, Operator.MULTIPLY: 2, Operator.DIVIDE: 2}


def format_formula(formula: Formula, names: Mapping[str, str]) -> str:
    """Return a formula as people read it, with what ``names`` has in place of each name (its own where none is given).

    >>> format_formula(parse_formula("a/(b+2)*100"), {"a": "30"})
    '30 ÷ (b + 2) × 100'
    """
    return _format(formula, names, 0)


def _format(formula: Formula, names: Mapping[str, str], around: int) -> str:
    match formula:
        case Number(value=value):
            whole = value.denominator == 1
            return str(value.numerator) if whole else f"{float(value):.18f}".rstrip("0")
        case Name(id=name):
            return names.get(name, name)
        case Operation(operator=operator, parts=parts):
            level = _LEVELS.get(operator)
            if level is None:
                return f"{operator}({', '.join(_format(part, names, 0) for part in parts)})"
            sign = {"*": "×", "/": "÷", "-": "−"}.get(operator, str(operator))
            left, right = _format(parts[0], names, level), _format(parts[1], names, level + 1)
            text = f"{left} {sign} {right}"
            return f"({text})" if level < around else text
