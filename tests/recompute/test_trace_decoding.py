"""A trace is decoded as pydantic decodes it, and what pydantic refuses is refused."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from smartcert.reporting.applicant.decoding import decode
from smartcert.reporting.applicant.trace import Trace, build_trace, embed_trace
from smartcert.reporting.audience import redact
from smartcert.reporting.records import Audience, Record
from tests.recompute.test_any_criteria import record as record_of_any_criteria
from tests.support.build import example

ADAPTER = TypeAdapter(Trace)
SCORED = ("ara", "haneul", "hanbit")


@cache
def plain_traces() -> tuple[dict[str, Any], ...]:
    records = [redact(example().record(name), audience) for name in SCORED for audience in list(Audience)[:2]]
    records += [record_of_any_criteria(seed) for seed in range(12)]
    traces = []
    for record in records:
        assert isinstance(record, Record)
        script = re.search(r">(\{.*\})<", embed_trace(build_trace(record, "ko", {"head": "0" * 32})))
        assert script is not None
        plain = json.loads(script[1])
        del plain["seal"]
        traces.append(plain)
    return tuple(traces)


def list_places(node: Any) -> list[tuple[Any, Any]]:
    """Return each container of a tree with each of its keys or positions."""
    places = []
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        places.append((node, key))
        if isinstance(value, dict | list):
            places += list_places(value)
    return places


def test_traces_as_we_write_them_need_no_pydantic() -> None:
    assert len(plain_traces()) == 18
    for plain in plain_traces():
        assert decode(Trace, plain) == ADAPTER.validate_json(json.dumps(plain))


strange = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 7, 10**30, 0.0, 1.0, 1.5, [], {}, [1, 2], [1, 2, 3], {"kind": "bands"}, {"1": "1"}]),
    st.sampled_from(["", " ", "1", "+1", "-0", "01", "1.5", "1e3", "1/2", "1/0", " 1/2", "1_0", "١", "1/-2", "\ud800"]),
    st.sampled_from(
        ["2023-10-24", "2023-02-30", "20231024", "0", "true", "yes", "absent", "verified", "linear", "rank"]
    ),
    st.sampled_from(["smartcert-trace/2", "reviewer", "PUBLIC", "certified", "sum", "2023-10-24T00:00:00", "1e400"]),
)


@given(data=st.data())
def test_what_pydantic_refuses_is_refused_and_all_else_is_equal(data: st.DataObject) -> None:
    plain = copy.deepcopy(data.draw(st.sampled_from(plain_traces())))
    for _ in range(data.draw(st.integers(1, 2))):
        node, key = data.draw(st.sampled_from(list_places(plain)))
        change = data.draw(st.sampled_from(["replace", "swap", "drop", "add"]))
        if change == "replace":
            node[key] = data.draw(strange)
        elif change == "swap":
            other, name = data.draw(st.sampled_from(list_places(plain)))
            node[key] = copy.deepcopy(other[name])
        elif change == "drop":
            del node[key]
        elif isinstance(node, dict):
            node[data.draw(st.sampled_from(["id", "kind", "format", "unknown", "1", "\ud800"]))] = data.draw(strange)
        else:
            node.append(data.draw(strange))
    try:
        decoded = decode(Trace, plain)
    except (ValueError, ArithmeticError, TypeError):
        return  # pydantic has to decide
    again = ADAPTER.validate_json(json.dumps(plain))
    assert decoded == again
    assert repr(decoded) == repr(again)


def nest(depth: int) -> dict[str, Any]:
    plain = copy.deepcopy(plain_traces()[0])
    for _ in range(depth):
        plain["domains"] = [{"id": "D", "points": "1", "sections": plain["domains"]}]
    return plain


def test_what_is_nested_too_deeply_is_left_to_pydantic() -> None:
    assert decode(Trace, nest(10)) == ADAPTER.validate_json(json.dumps(nest(10)))
    for depth in (40, 250):
        with pytest.raises(ValueError, match="nested too deeply"):
            decode(Trace, nest(depth))
