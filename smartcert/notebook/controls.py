"""Controls that everybody can use: a slider beside a number field, both with a name, answered once they rest.

A slider of ipywidgets has no name for screen readers and cannot be given one from here, so a script in the notebook
gives it one. The script loads nothing; exported pages have no script and no control.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from IPython import display as shell
from ipywidgets import HTML, Dropdown, FloatSlider, FloatText, HBox, Layout, VBox, Widget

from smartcert.notebook.page import render_note

DEBOUNCE_SECONDS = 0.06
"""Seconds for which a control must rest before what depends on it is redrawn."""

_slider_numbers = count(1)
_NAMING_SCRIPT = """
(() => {
  const names = %s;
  const give = () => {
    for (const [kind, name] of Object.entries(names)) {
      document.querySelectorAll("." + kind + " .noUi-handle").forEach((handle) => {
        if (handle.getAttribute("aria-label") !== name) handle.setAttribute("aria-label", name);
      });
    }
  };
  let waiting = false;
  give();
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; give(); });
  }).observe(document.body, { childList: true, subtree: true });
})();
"""


class Debounced:
    """Calls a function once its triggers rest for ``wait`` seconds: several quick triggers give one call."""

    def __init__(self, call: Callable[[], None], wait: float = DEBOUNCE_SECONDS) -> None:
        self._call, self._wait = call, wait
        self._handle: asyncio.TimerHandle | None = None

    def __call__(self, _: object = None) -> None:
        """Schedule the call. Without a running event loop (outside a kernel) it runs at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._call()
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = loop.call_later(self._wait, self._call)


class NumberControl:
    """A slider and a field that always have the same number; ``changed`` is called with it when it rests.

    A number out of the range is refused: ``refusal`` says so beside the field, which goes back to the number before.
    ``note`` is a text beside the control that follows from all controls together.
    """

    def __init__(
        self,
        *,
        name: str,
        value: float,
        low: float,
        high: float,
        step: float,
        changed: Callable[[float], None],
        refusal: Callable[[float], str] = str,
    ) -> None:
        self.name = name
        self.kind = f"smartcert-slider-{next(_slider_numbers)}"
        self._low, self._high, self._refusal = low, high, refusal
        self._last = _clean_number(value)
        full = {"description_width": "initial"}
        self.slider = FloatSlider(
            value=self._last,
            min=low,
            max=high,
            step=step,
            readout=False,
            layout=Layout(width="16rem", max_width="100%"),
        )
        self.slider.add_class(self.kind)
        self.number = FloatText(
            value=self._last, step=step, description=name, style=full, layout=Layout(width="22rem", max_width="100%")
        )
        self.note, self.message = create_html_area(), create_html_area()
        self._debounced = Debounced(lambda: changed(self._last))
        self.slider.observe(lambda change: self._take(change["new"]), names="value")
        self.number.observe(lambda change: self._take(change["new"]), names="value")
        row = HBox([self.number, self.slider], layout=Layout(flex_flow="row wrap", align_items="center"))
        self.box = VBox([row, self.note, self.message])

    @property
    def value(self) -> float:
        """Return the number."""
        return self._last

    def set(self, value: float) -> None:
        """Set the number, and forget what was refused; ``changed`` is called if it is another one."""
        self.message.value = ""
        self._take(value)

    def _take(self, value: float) -> None:
        number = _clean_number(value)
        if not self._low <= number <= self._high:  # so is what is no number
            self.message.value = render_note(self._refusal(number), alert=True)
            self.number.value = self._last
            return
        if number != self._last:
            self._last = number
            self.message.value = ""
            self._debounced()
        self.slider.value, self.number.value = number, number


def _clean_number(value: float) -> float:
    """Return a number as people write it: sliders count in binary steps, and would show 880.0000000000001.

    >>> _clean_number(880.0000000000001), _clean_number(69.30000000000001)
    (880.0, 69.3)
    """
    return round(float(value), 6)


class ChoiceControl:
    """A list to choose one thing from, with its name beside it."""

    def __init__(
        self, *, name: str, options: Mapping[str, str], value: str | None, changed: Callable[[str], None]
    ) -> None:
        self.list = Dropdown(
            options=[(label, key) for key, label in options.items()],
            value=value,
            description=name,
            style={"description_width": "initial"},
            layout=Layout(width="30rem", max_width="100%"),
        )
        debounced = Debounced(lambda: changed(str(self.list.value)))
        self.list.observe(debounced, names="value")
        self.box = self.list

    @property
    def value(self) -> str:
        """Return the key of what is chosen."""
        return str(self.list.value)

    def set(self, value: str) -> None:
        """Choose the option with this key; ``changed`` is called if it is another one."""
        self.list.value = value


def show(widgets: Sequence[Widget], controls: Sequence[NumberControl] = ()) -> None:
    """Show widgets in a cell, one under the other, and name their sliders."""
    box = VBox(list(widgets))
    box.add_class("smartcert-control")
    shell.display(box)  # type: ignore[no-untyped-call]  # IPython is typed in part
    if controls:
        names = json.dumps({control.kind: control.name for control in controls}).replace("<", "\\u003c")
        script: Any = {"application/javascript": _NAMING_SCRIPT % names}
        shell.display(script, raw=True)  # type: ignore[no-untyped-call]  # as above


def create_html_area() -> HTML:
    """Return an area for HTML that changes; it has the style of the page."""
    return HTML(layout=Layout(width="100%"))
