"""Is an argument of the type that its function declares? For functions that researchers call."""

from __future__ import annotations

import builtins
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from datetime import date, datetime
from enum import StrEnum
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from math import isfinite
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin

from smartcert.errors import UsageError

_Parameters = ParamSpec("_Parameters")
_Returned = TypeVar("_Returned")
_PLAIN = (str, int, float, types.NoneType)
_RETURNED_BY = {"RoundArrays": "smartcert.arrays", "OpenRound": "smartcert.open_round"}
"""What returns an argument that is no plain value, by its type: an error says how to come to it from another thing."""
_GENERIC_OF_STUBS = re.compile(r"\b(pd\.\w+)\[[^\]]*\]")
"""``pd.Series[float]``: known to type checkers, not to pandas."""


def check_arguments(function: Callable[_Parameters, _Returned]) -> Callable[_Parameters, _Returned]:
    """Return the function, which refuses arguments of other types than those that it declares.

    A number is a real and finite one, and no truth value; a sequence is no single text; a choice (`StrEnum`) is any
    text, which the function reads by value. Types that are imported for type checkers only are compared by name.

    >>> @check_arguments
    ... def repeat(text: str, times: int = 2) -> str:
    ...     return text * times
    >>> repeat("a", True)
    Traceback (most recent call last):
        ...
    smartcert.errors.UsageError: repeat: times: int is wanted, not True
    """
    declared = signature(function)

    @wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Returned:
        hints = _resolve_hints(function, declared)
        for name, value in declared.bind(*args, **kwargs).arguments.items():
            if name in hints and not _matches(value, hints[name]):
                wanted = declared.parameters[name].annotation
                returned = f", as {_RETURNED_BY[wanted]} returns it," if wanted in _RETURNED_BY else ""
                raise UsageError(f"{function.__name__}: {name}: {wanted}{returned} is wanted, not {_describe(value)}")
        return function(*args, **kwargs)

    return call


def check_fields(value: object, *names: str) -> None:
    """Check fields of a dataclass by what it declares for them; a UsageError as of `check_arguments`."""
    annotations: dict[str, str] = type(value).__annotations__
    for name in names:
        hint = _resolve_hint(annotations[name], vars(sys.modules[type(value).__module__]))
        if not _matches(own := getattr(value, name), hint):
            raise UsageError(f"{name}: {annotations[name]} is wanted, not {_describe(own)}")


class _Names(dict[str, Any]):
    """The names of a module and of Python; a class for each other one, to be compared by its name."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name, None) or type(name, (), {"by_name": True})


@cache
def _resolve_hints(function: Callable[..., Any], declared: Signature) -> dict[str, Any]:
    names = getattr(function, "__globals__", {})
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_ONLY)
    return {
        name: _resolve_hint(parameter.annotation, names)
        for name, parameter in declared.parameters.items()
        if parameter.kind in named and isinstance(parameter.annotation, str) and name not in ("self", "cls")
    }


def _resolve_hint(annotation: str, names: dict[str, Any]) -> Any:
    return eval(_GENERIC_OF_STUBS.sub(r"\1", annotation), {}, _Names(names))  # noqa: S307  annotations are our own


def _matches(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if hint is None:
        return value is None
    if origin in (Union, types.UnionType):
        return any(_matches(value, own) for own in inner)
    if origin is None:
        return _is_one(value, hint)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _matches(key, inner[0]) and _matches(own, inner[1]) for key, own in value.items()
        )
    if origin is tuple and ... not in inner:
        fits = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == len(inner)
        return fits and all(map(_matches, value, inner))
    if origin in (Sequence, tuple):
        listed = isinstance(value, Iterable) and isinstance(value, Sized) and not isinstance(value, str | Mapping)
        return listed and getattr(value, "ndim", 1) == 1 and all(_matches(own, inner[0]) for own in value)
    return isinstance(value, origin)


def _is_one(value: Any, hint: type) -> bool:
    """Return whether a value is of a class, given as one or, where it is only known to type checkers, by its name."""
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and issubclass(bool, hint) and hint not in (int, float)
    if hint is float:
        return isinstance(value, Real) and isfinite(value)
    if hint is int:
        return isinstance(value, Integral)
    if hint is date and isinstance(value, datetime):
        return False  # a moment is no day: neither equals nor precedes one
    if issubclass(hint, StrEnum):
        return isinstance(value, str)
    if getattr(hint, "by_name", False):
        return any(own.__name__ == hint.__name__ for own in type(value).__mro__)
    return isinstance(value, hint)


def _describe(value: object) -> str:
    text = repr(value) if isinstance(value, _PLAIN) else type(value).__name__
    return text if len(text) <= 80 else text[:80] + "…"
