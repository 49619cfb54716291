"""Plain JSON with something changed in it anywhere: what a decoder must refuse, or read as pydantic reads it."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 7, 10**30, 0.0, 1.0, 1.5, [], {}, [1, 2], [1, 2, 3], {"kind": "bands"}, {"1": "1"}]),
    st.sampled_from(["", " ", "1", "+1", "-0", "01", "1.5", "1e3", "1/2", "1/0", " 1/2", "1_0", "١", "1/-2", "\ud800"]),
    st.sampled_from(
        ["2023-10-24", "2023-02-30", "20231024", "0", "true", "yes", "absent", "verified", "linear", "rank"]
    ),
    st.sampled_from(["smartcert-trace/2", "reviewer", "PUBLIC", "certified", "sum", "2023-10-24T00:00:00", "1e400"]),
    st.sampled_from([f"2023-10-24T{rest}" for rest in ("00:00:00Z", "25:00:00+09:00", "00:00:00+99:00")]),
    st.sampled_from([f"2023-10-24T00:00:00{rest}" for rest in ("+09:00", ".000001+09:00", ".1+09:00", "-00:00")]),
    st.sampled_from([{"rule": 0}, {"rule": "a"}]),
)
"""Values that are of no type, of another one, or nearly of one."""


def list_places(node: Any) -> list[tuple[Any, Any]]:
    """Return each container of a tree with each of its keys or positions."""
    places = []
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        places.append((node, key))
        if isinstance(value, dict | list):
            places += list_places(value)
    return places


def change_anything(data: st.DataObject, original: Any) -> Any:
    """Return a copy of a tree in which one or two values are replaced, exchanged, left out or added."""
    plain = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 2))):
        node, key = data.draw(st.sampled_from(list_places(plain)))
        change = data.draw(st.sampled_from(["replace", "swap", "drop", "add"]))
        if change == "replace":
            node[key] = data.draw(STRANGE)
        elif change == "swap":
            other, name = data.draw(st.sampled_from(list_places(plain)))
            node[key] = copy.deepcopy(other[name])
        elif change == "drop":
            del node[key]
        elif isinstance(node, dict):
            node[data.draw(st.sampled_from(["id", "kind", "format", "unknown", "1", "\ud800"]))] = data.draw(STRANGE)
        else:
            node.append(data.draw(STRANGE))
    return plain
