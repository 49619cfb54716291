"""A ``dataclass`` whose methods are compiled when one of them is first called: most classes of a command never are."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from reprlib import recursive_repr
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, repr=True, **options):  # noqa: A002  # the names of `dataclasses`
        """Return the decorator of `dataclasses.dataclass`: classes do the same, and are built in an eighth of the time.

        `dataclasses` compiles six functions for each frozen class, for 1.3 ms of processor time, and there are 400 of
        them in a run. Here three are compiled as one text, and only when one of them is called. Classes that are not
        frozen, and those that are ordered, are left to `dataclasses`.

        ``__dataclass_params__`` says of a frozen class that it is not, so neither kind can inherit from the other: that
        `dataclasses` refuses. In a subclass that is no dataclass no attribute can be set either.

        >>> @dataclass(frozen=True, kw_only=True, slots=True)
        ... class Shelf:
        ...     label: str
        ...     books: tuple[str, ...] = ()
        >>> Shelf(label="novels") == Shelf(label="novels", books=())
        True
        >>> Shelf(label="novels").label = "poems"
        Traceback (most recent call last):
            ...
        dataclasses.FrozenInstanceError: cannot assign to field 'label'

        Raises:
            TypeError: a field is no argument of ``__init__``.
        """
        if not frozen or options.get("order"):
            return dataclasses.dataclass(cls, frozen=frozen, eq=eq, repr=repr, **options)

        def decorate(original):
            own = vars(original).copy()
            original.__doc__ = original.__doc__ or original.__name__  # else `dataclasses` asks for the signature
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(original)
            if not all(field.init for field in dataclasses.fields(cls)):
                raise TypeError(f"{cls.__qualname__}: a field is no argument of __init__")
            wanted = ["__init__"] * ("__init__" not in own) + ["__eq__"] * (eq and "__eq__" not in own)
            wanted += ["__hash__"] * (eq and own.get("__hash__") is None)
            for name in wanted:
                setattr(cls, name, _compile_at_first_call(cls, name, wanted))
            cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
            if "__init__" in wanted:
                cls.__signature__ = _Signature(cls, wanted)
            if repr and "__repr__" not in own:
                cls.__repr__ = _describe
            if options.get("slots"):
                cls.__getstate__, cls.__setstate__ = _get_state, _set_state
            return cls

        return decorate


class _Factory:
    """The default of an argument whose value a function gives, as a signature shows it."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()
_FEW_FIELDS = 4
"""Up to so many fields are set as those of a frozen instance, which is slow but needs no second class."""
_OPEN = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}


class _Signature:
    """The signature of a class, for ``help`` and completion: they would see that of what compiles the methods."""

    def __init__(self, cls: type, names: Sequence[str]) -> None:
        self.cls, self.names = cls, names

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        _compile_methods(self.cls, self.names)
        return inspect.signature(MethodType(owner.__init__, owner))  # type: ignore[misc]  # that of this very class


def _compile_at_first_call(cls: type, name: str, names: Sequence[str]) -> Callable[..., Any]:
    def call(self: object, *args: Any, **kwargs: Any) -> Any:
        _compile_methods(cls, names)
        return vars(cls)[name](self, *args, **kwargs)

    call.__name__, call.__qualname__ = name, f"{cls.__qualname__}.{name}"
    return call


def _compile_methods(cls: type, names: Sequence[str]) -> None:
    """Set methods of a class, of ``__init__``, ``__eq__`` and ``__hash__``, as `dataclasses` has them."""
    fields = dataclasses.fields(cls)
    namespace: dict[str, Any] = {"__name__": cls.__module__, "_set": object.__setattr__, "_FACTORY": _FACTORY}
    arguments = ["self"]
    factories = []
    for field in sorted(fields, key=lambda field: field.kw_only is True):
        if field.kw_only and "*" not in arguments:
            arguments.append("*")
        argument = field.name
        if field.default is not dataclasses.MISSING:
            namespace[f"_default_{field.name}"] = field.default
            argument += f"=_default_{field.name}"
        elif field.default_factory is not dataclasses.MISSING:
            namespace[f"_default_{field.name}"] = field.default_factory
            argument += "=_FACTORY"
            factories.append(f"if {field.name} is _FACTORY: {field.name} = _default_{field.name}()")
        arguments.append(argument)
    own = [field.name for field in fields]
    if len(own) <= _FEW_FIELDS:
        setting = ["; ".join(f"_set(self, {name!r}, {name})" for name in own) or "pass"]
    else:
        # set as an instance of a class that is not frozen, and then made one of its own: 1.2 µs in place of 2.4 for 15
        namespace |= {"_cls": cls, "_Open": type(cls)(cls.__name__, (cls,), dict(_OPEN)), "_set_state": _set_state}
        opened = "; ".join(["_set(self, '__class__', _Open)", *(f"self.{name} = {name}" for name in own)])
        setting = [
            f"if self.__class__ is _cls: {opened}; self.__class__ = _cls",
            f"else: _set_state(self, ({', '.join(own)}))",
        ]
    body = "\n    ".join([*factories, *setting, *(["self.__post_init__()"] if hasattr(cls, "__post_init__") else [])])
    compared = [field.name for field in fields if field.compare]
    hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    text = f"""
def __init__({", ".join(arguments)}):
    {body}
def __eq__(self, other):
    if other.__class__ is self.__class__:
        return {_join(compared, "self")} == {_join(compared, "other")}
    return NotImplemented
def __hash__(self):
    return hash({_join(hashed, "self")})
"""
    exec(text, namespace)  # noqa: S102  # names of fields, which are identifiers, and nothing else
    namespace["__init__"].__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    for name in names:
        method = namespace[name]
        method.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, method)


def _join(names: Sequence[str], owner: str) -> str:
    return "(" + "".join(f"{owner}.{name}, " for name in names) + ")"


def _refuse_to_set(self: object, name: str, value: object) -> None:  # noqa: ARG001  # as Python calls it
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:  # noqa: ARG001  # as Python calls it
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


@recursive_repr()
def _describe(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: Sequence[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
