"""YAML as texts with places, and texts as values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smartcert.errors import InputError
from smartcert.io.formats import text as scalars
from smartcert.io.formats import yaml as yaml_text
from smartcert.io.formats.text import FileText, NotReadableError
from smartcert.io.formats.yaml import Decoder, YamlTree, parse_yaml


def tree(text: str) -> YamlTree:
    return parse_yaml(FileText(file="x.yaml", text=text, sha256=""))


def test_every_scalar_stays_text() -> None:
    assert tree("a: no\nb: 1.10\nc: 2023-02-30\nd: ~\ne: 0o17\nf:\n").plain == {
        "a": "no",
        "b": "1.10",
        "c": "2023-02-30",
        "d": "~",
        "e": "0o17",
        "f": "",
    }


def test_every_node_knows_its_line_and_column() -> None:
    read = tree("a:\n  - {b: 1}\n  - 2\n")
    assert str(read.place(("a", 0, "b"))) == "x.yaml:2:9 (a[1].b)"
    assert str(read.key_place(("a", 0, "b"))) == "x.yaml:2:6 (a[1].b)"
    assert str(read.place(("a", 1))) == "x.yaml:3:5 (a[2])"


def test_what_is_missing_stands_where_its_parent_does() -> None:
    assert str(tree("a: {b: 1}\n").place(("a", "c", 3))) == "x.yaml:1:4 (a)"


@pytest.mark.parametrize("loader", [yaml.BaseLoader, getattr(yaml, "CBaseLoader", yaml.BaseLoader)])
def test_both_readers_of_yaml_tell_the_same(loader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "_LOADER", loader)
    read = tree("가: {나: no, 다: 'no'}\n라: >-\n  긴\n  글\n")
    assert read.plain == {"가": {"나": "no", "다": "no"}, "라": "긴 글"}
    assert read.bare == {("가", "나")}
    assert read.values["가", "다"] == (1, 15)
    with pytest.raises(InputError, match=r"x\.yaml:2:4: found a tag"):
        tree("a: b\nc: !!int 5\n")


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_a_told_problem(text: str) -> None:
    # anything but a told problem is raised here and fails
    with suppress(InputError):
        assert tree(text).values


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    number: int
    share: Fraction = Fraction(1)
    on: date = date(2000, 1, 1)
    at: datetime | None = None
    flag: bool = False
    words: tuple[str, ...] = ()


def decode(tree: YamlTree) -> Sample:
    decoder = Decoder(tree)
    sample: Sample = decoder.read(Sample)
    if decoder.problems:
        raise InputError(decoder.problems)
    return sample


def test_texts_become_what_the_annotations_say() -> None:
    text = "number: 7\nshare: 1.10\non: 2024-02-29\nat: 2023-10-24 18:00\nflag: yes\nwords: [a, 'no']\n"
    assert decode(tree(text)) == Sample(
        number=7,
        share=Fraction(11, 10),
        on=date(2024, 2, 29),
        at=datetime(2023, 10, 24, 18, tzinfo=timezone(timedelta(hours=9))),
        flag=True,
        words=("a", "no"),
    )


def test_all_problems_of_a_tree_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        decode(tree("share: a\non: 2023-02-30\nat: soon\nflag: on\nwords: b\nnumbr: 1\n"))
    assert [(one.place.line, one.place.column) for one in told.value.problems] == [
        (1, 1),  # no 'number'
        (1, 8),
        (2, 5),
        (3, 5),
        (4, 7),
        (5, 8),
        (6, 1),
    ]


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "1,000", "1_000", "1e3", "NaN", "inf", "0x1", "１", "1.", ".5", "-"]
)
def test_these_are_no_numbers(text: str) -> None:
    with pytest.raises(NotReadableError):
        scalars.parse_decimal(text)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_decimals_are_read_exactly(number: object) -> None:
    text = f"{number:f}"
    assert scalars.parse_decimal(text) == Fraction(text)


@given(st.dates())
def test_days_are_read_as_written(day: date) -> None:
    assert scalars.parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2023-10-26 18:00", "2023-10-26T09:00:00+00:00"),
        ("2023-10-26T18:00:30", "2023-10-26T09:00:30+00:00"),
        ("2023-10-26 18:00+09:00", "2023-10-26T09:00:00+00:00"),
        ("2023-10-26T09:00:00Z", "2023-10-26T09:00:00+00:00"),
    ],
)
def test_moments_are_korean_time_unless_they_say_otherwise(text: str, utc: str) -> None:
    assert scalars.parse_moment(text) == datetime.fromisoformat(utc)
    assert scalars.parse_moment(text).utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    "text", ["0001-01-01 00:00+14:00", "9999-12-31 23:59-14:00", "2023-10-26", "2023-10-26 18:00+99:00"]
)
def test_moments_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(NotReadableError):
        scalars.parse_moment(text)
