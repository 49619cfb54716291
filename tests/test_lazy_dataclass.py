"""Classes whose methods are compiled late do what those of `dataclasses` do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.lazy_dataclass import dataclass

OPTIONS = [
    {"frozen": True, "kw_only": True, "slots": True},
    {"frozen": True, "kw_only": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "kw_only": True, "eq": False},
    {"frozen": True, "kw_only": True, "repr": False},
    {"kw_only": True},
    {"frozen": True, "kw_only": True, "slots": True, "order": True},
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A class that pickle finds."""

    label: str
    books: tuple[str, ...] = ()


def declare(decorate: Callable[..., Any], **options: bool) -> Any:
    @decorate(**options)
    class Part:
        """A class with everything that a field may be."""

        shared: ClassVar[int] = 3
        first: int
        second: Fraction
        third: list[int] = dataclasses.field(default_factory=list, hash=False)
        fourth: str = dataclasses.field(default="x", compare=False)
        fifth: str = dataclasses.field(default="y", repr=False)

        def __post_init__(self) -> None:
            if self.first < 0:
                raise ValueError("below 0")

        def double(self) -> int:
            return 2 * self.first

    return Part


PAIRS = [(declare(dataclass, **options), declare(dataclasses.dataclass, **options)) for options in OPTIONS]
pairs = pytest.mark.parametrize("pair", PAIRS, ids=[" ".join(options) for options in OPTIONS])
small = st.integers(-1, 2)
values = st.fixed_dictionaries(
    {},
    optional={
        "first": small,
        "second": st.fractions(0, 1, max_denominator=2),
        "third": st.lists(small, max_size=1),
        "fourth": st.sampled_from("xz"),
        "fifth": st.sampled_from("yz"),
        "sixth": small,
    },
)


ASKED: list[Callable[[Any, Any], Any]] = [
    lambda one, other: (one == other, one != other),
    lambda one, other: hash(one) == hash(other),
    lambda one, _: hash(one) if type(one).__eq__ is not object.__eq__ else 0,
    lambda one, _: repr(one),
    lambda one, _: (one.double(), one.third, one.fourth, one.shared),
    lambda one, _: dataclasses.replace(one, first=1, fifth="q"),
    lambda one, _: dataclasses.replace(one, seventh=1),
    lambda one, _: dataclasses.asdict(one),
    lambda one, _: copy.deepcopy(one),
    lambda one, _: setattr(one, "first", 1),
    lambda one, _: setattr(one, "seventh", 1) if hasattr(one, "__dict__") else None,
    lambda one, _: delattr(one, "fourth"),
]


def answer(ask: Callable[[], Any]) -> str:
    """Return what came of it as text, without the address of an object."""
    try:
        return repr(ask()).split(" at 0x")[0]
    except (TypeError, ValueError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("pair", PAIRS, ids=[" ".join(options) for options in OPTIONS])
@given(one=values, other=values, positional=st.lists(small, max_size=2))
def test_a_class_does_what_that_of_dataclasses_does(pair: Any, one: Any, other: Any, positional: list[int]) -> None:
    answers = []
    for cls in pair:
        answers.append([answer(lambda cls=cls: cls(*positional, **one))])
        if "Error: " not in answers[-1][0] and "Error: " not in answer(lambda cls=cls: cls(**other)):
            for ask in ASKED:
                left, right = cls(*positional, **one), cls(**other)
                answers[-1].append(answer(lambda ask=ask, left=left, right=right: ask(left, right)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_class_shows_the_arguments_that_that_of_dataclasses_shows(options: dict[str, bool]) -> None:
    late, usual = declare(dataclass, **options), declare(dataclasses.dataclass, **options)
    assert str(inspect.signature(late)) == str(inspect.signature(usual))
    assert inspect.signature(late).parameters.keys() == {"first", "second", "third", "fourth", "fifth"}
    assert [field.name for field in dataclasses.fields(late)] == [field.name for field in dataclasses.fields(usual)]
    assert late.__match_args__ == usual.__match_args__
    assert late.__init__.__annotations__ == usual.__init__.__annotations__


@pytest.mark.parametrize("ask", ASKED[:4])
def test_what_was_built_without_init_answers_too(ask: Callable[[Any, Any], Any]) -> None:
    answers = []
    for decorate in (dataclass, dataclasses.dataclass):
        cls = declare(decorate, **OPTIONS[0])
        left, right = object.__new__(cls), object.__new__(cls)
        for part in (left, right):
            part.__setstate__([1, Fraction(1), [], "x", "y"])
        answers.append(answer(lambda left=left, right=right: ask(left, right)))
    assert answers[0] == answers[1]


def test_another_process_reads_it_back_before_one_was_built_there() -> None:
    shelf = Shelf(label="novels", books=("a",))
    code = (
        "import pickle, sys\n"
        "from tests.test_lazy_dataclass import Shelf\n"
        "shelf = pickle.load(sys.stdin.buffer)\n"
        "other = pickle.loads(pickle.dumps(shelf))\n"
        "assert hash(shelf) == hash(other)\n"
        "assert shelf == other != Shelf(label='novels')\n"
        "print(repr(shelf))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(shelf), capture_output=True, check=False)
    assert done.stdout.decode().strip() == repr(shelf) == "Shelf(label='novels', books=('a',))", done.stderr


def test_what_a_class_defines_itself_stays() -> None:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Own:
        value: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert (repr(Own(value=1)), Own(value=1) == Own(value=2), hash(Own(value=1))) == ("own", True, 7)


def test_a_subclass_has_the_fields_of_both_and_shows_the_arguments_of_its_own() -> None:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Case(Shelf):
        doors: int = 2

    class Described(Case):
        def __init__(self, text: str) -> None:
            super().__init__(label=text)

    assert repr(Case(label="a")).endswith("Case(label='a', books=(), doors=2)")
    assert Case(label="a") != Shelf(label="a")
    assert Described("b").label == "b"
    assert list(inspect.signature(Described).parameters) == ["text"]
    assert list(inspect.signature(Case).parameters) == ["label", "books", "doors"]


@pytest.mark.parametrize("options", OPTIONS[:5], ids=" ".join)
def test_an_instance_is_of_its_own_class_and_frozen_also_where_a_subclass_is_no_dataclass(
    options: dict[str, bool],
) -> None:
    part = declare(dataclass, **options)

    class Described(part):  # type: ignore[misc]
        text = "a"

    for cls in (part, Described, part):
        instance = cls(first=1, second=Fraction(1))
        assert type(instance) is cls
        assert (instance.third, instance.fourth) == ([], "x")
        for change in (lambda it: setattr(it, "first", 2), lambda it: delattr(it, "first")):
            with pytest.raises(dataclasses.FrozenInstanceError):
                change(instance)


def test_a_field_that_is_no_argument_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Part: a field is no argument of __init__"):

        @dataclass(frozen=True)
        class Part:
            count: int = dataclasses.field(default=0, init=False)
