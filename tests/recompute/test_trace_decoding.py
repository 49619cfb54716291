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

from smartcert.decoding import REFUSALS, decode
from smartcert.reporting.applicant.trace import Trace, build_trace, embed_trace
from smartcert.reporting.audience import redact
from smartcert.reporting.records import Audience, Record
from tests.recompute.test_any_criteria import record as record_of_any_criteria
from tests.support.build import example
from tests.support.changed_json import change_anything

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


def test_traces_as_we_write_them_need_no_pydantic() -> None:
    assert len(plain_traces()) == 18
    for plain in plain_traces():
        assert decode(Trace, plain) == ADAPTER.validate_json(json.dumps(plain))


@given(data=st.data())
def test_what_pydantic_refuses_is_refused_and_all_else_is_equal(data: st.DataObject) -> None:
    plain = change_anything(data, data.draw(st.sampled_from(plain_traces())))
    try:
        decoded = decode(Trace, plain)
    except REFUSALS:
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
