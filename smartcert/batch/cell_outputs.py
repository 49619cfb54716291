"""What a running cell puts out, kept as the outputs of the cell instead of sent to a socket."""

from __future__ import annotations

import io
from typing import Any

import nbformat
from jupyter_client.session import Session

_SHOWN = {
    "execute_result": ("metadata", "data", "execution_count"),
    "display_data": ("metadata", "data"),
    "stream": ("name", "text"),
    "error": ("ename", "evalue", "traceback"),
}
"""What of a message becomes the output of a cell, by its kind."""


class Outputs(Session):
    """A kernel session that sends nothing: it keeps what the running cell puts out."""

    def __init__(self) -> None:
        super().__init__()
        self.cell_outputs: list[Any] = []
        self.streams: tuple[Stream, ...] = ()
        self._displayed: dict[str, list[Any]] = {}
        self._clear_before_next = False

    def begin(self, outputs: list[Any]) -> None:
        """Collect into ``outputs`` from now on."""
        self.cell_outputs = outputs
        self._clear_before_next = False

    def end(self) -> None:
        """Put out what the cell printed last."""
        for stream in self.streams:
            stream.flush()

    def send(  # type: ignore[override]  # what it would return is a message that was sent
        self, _stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any
    ) -> None:
        """Keep a message that the shell wants to send to a socket, which we do not have."""
        if isinstance(msg_or_type, str):
            self._keep(msg_or_type, content or {})
        else:
            self._keep(msg_or_type["header"]["msg_type"], msg_or_type["content"])

    def _keep(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "clear_output":
            self._clear_before_next = bool(content.get("wait"))
            if not self._clear_before_next:
                self.cell_outputs.clear()
            return
        display_id = (content.get("transient") or {}).get("display_id")
        if kind == "update_display_data":
            self._update(display_id, content)
            return
        if self._clear_before_next:
            self.cell_outputs.clear()
            self._clear_before_next = False
        if kind not in _SHOWN:
            raise ValueError(f"a message of the kind '{kind}' is no output of a cell")
        # as nbformat makes it, but for the check: the whole notebook is checked when it is written
        shown = {name: content[name] for name in _SHOWN[kind]}
        output = nbformat.from_dict({"output_type": kind, **shown})
        if display_id:
            self._displayed.setdefault(display_id, []).append(output)
        self.cell_outputs.append(output)

    def _update(self, display_id: str | None, content: dict[str, Any]) -> None:
        for output in self._displayed.get(display_id or "", []):
            output.update(data=nbformat.from_dict(content["data"]), metadata=nbformat.from_dict(content["metadata"]))


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell: collects until the shell flushes it, as a kernel's does."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs, echo: Any = None) -> None:
        self.name = name
        self._outputs = outputs
        self._echo = echo
        self._waiting: list[str] = []

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep what is printed until it is flushed."""
        self._waiting.append(text)
        if self._echo is not None:
            self._echo.write(text)
            self._echo.flush()
        return len(text)

    def flush(self) -> None:
        """Put out what was printed since the last time."""
        text = "".join(self._waiting)
        self._waiting.clear()
        if text:
            self._outputs.send(None, "stream", {"name": self.name, "text": text})
