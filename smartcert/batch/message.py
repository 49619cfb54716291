"""Tasks and results as bytes: a line of JSON with what is short, then the long texts as they are.

To write a page or a notebook as a string of JSON and to read it again takes longer than to check it.
"""

from __future__ import annotations

import json
import socket
from dataclasses import fields
from typing import Any

from smartcert.batch.task import EngineName, Made, Task
from smartcert.reporting.record import Audience, Failure

_TEXTS: dict[type, tuple[str, ...]] = {Task: ("notebook", "record"), Made: ("page", "notebook"), Failure: ()}
"""The long texts of each kind of message, in their order."""
_KINDS = {kind.__name__: kind for kind in _TEXTS}


def message(value: Task | Made | Failure) -> bytes:
    """Return a task or a result as bytes."""
    long = [_bytes(getattr(value, name)) for name in _TEXTS[type(value)]]
    short = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in _TEXTS[type(value)]}
    head = {"kind": type(value).__name__, "lengths": [len(text) for text in long], "value": short}
    return b"".join([json.dumps(head).encode(), b"\n", *long])


def read_task(text: bytes) -> Task:
    """Return the task that `message` wrote."""
    value = _read(text)
    assert isinstance(value, Task)  # noqa: S101  # for the type checker: nothing else is sent this way
    return value


def read_result(text: bytes) -> Made | Failure:
    """Return the result that `message` wrote."""
    value = _read(text)
    assert not isinstance(value, Task)  # noqa: S101  # for the type checker: nothing else is sent this way
    return value


def imported(text: bytes) -> tuple[str, ...]:
    """Return what a result that `message` wrote says was imported for it, without reading its texts."""
    return tuple(_head(text)[0]["value"].get("imported", ()))


def receive(lane: socket.socket) -> bytes:
    """Return the next message of a lane; nothing where it was closed, also in the middle of a message."""
    text = bytearray()
    size = None
    while size is None or len(text) < size:
        part = lane.recv(1 << 20)
        if not part:
            return b""
        text += part
        if size is None and b"\n" in part:
            head, begin = _head(text)
            size = begin + sum(head["lengths"])
    return bytes(text)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _head(text: bytes | bytearray) -> tuple[dict[str, Any], int]:
    """Return the line of a message, and where its texts begin."""
    end = text.index(b"\n")
    head: dict[str, Any] = json.loads(text[:end])
    return head, end + 1


def _read(text: bytes) -> Task | Made | Failure:
    head, begin = _head(text)
    kind = _KINDS[head["kind"]]
    value = head["value"]
    for name, length in zip(_TEXTS[kind], head["lengths"], strict=True):
        long = text[begin : begin + length]
        value[name] = long.decode() if kind is Task else long
        begin += length
    value["audience"] = Audience(value["audience"])
    if kind is Task:
        value["engine"] = EngineName(value["engine"])
    if kind is Made:
        value["imported"] = tuple(value["imported"])
    made: Task | Made | Failure = kind(**value)
    return made
