"""The researchers' notebooks in a real JupyterLab, used by keyboard, by mouse and by typing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartcert.analysis.what_if import Change, what_if
from smartcert.notebook import open_explorer
from smartcert.notebook.explorer import WeightExplorer
from tests.support.chromium import axe
from tests.support.patience import PATIENCE, wait_until

playwright = pytest.importorskip("playwright.sync_api")
playwright.expect.set_options(timeout=1000 * PATIENCE)  # a kernel answers when the machine lets it
NOTEBOOKS = (
    *("weight_explorer", "methodology_audit", "rules_comparison", "committee_review"),
    "certification_history",
)
HOSTS = ("lab", "notebook")
THEMES = ("JupyterLab Light", "JupyterLab Dark")

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(4 * PATIENCE)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start ``smartcert lab`` and yield its address with the token."""
    folder = tmp_path_factory.mktemp("lab")
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    command = [sys.executable, "-m", "smartcert", "lab", "example", "--language", "en", "--no-browser"]
    command += ["--folder", str(folder / "own"), "--", "--LabApp.expose_app_in_browser=True"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    command += ["--ServerApp.allow_root=True", "--ServerApp.port=0"] if os.geteuid() == 0 else []
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log, env=environment, start_new_session=True)
    try:
        yield _address(folder / "log", server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    address = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
    wait_until(lambda: address.search(log.read_text(errors="replace")) is not None, server)
    return address.findall(log.read_text(errors="replace"))[0]


class Opened:
    """One notebook in Lab, all cells run, with every request that the page made."""

    def __init__(self, context: Any, address: str, notebook: str, host: str = "lab") -> None:
        self.page, self.notebook, self.host = context.new_page(), notebook, host
        self.page.set_default_timeout(1000 * PATIENCE)  # a kernel starts when the machine lets it
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        path = f"/lab/tree/{notebook}.ipynb?reset&" if host == "lab" else f"/notebooks/{notebook}.ipynb?"
        self.page.goto(address.replace("/lab?", path))
        self.page.wait_for_function(
            "window.jupyterapp && window.jupyterapp.shell.currentWidget?.sessionContext?.isReady"
        )
        self.run()

    def run(self) -> None:
        """Run all cells, so that outputs and controls are as at first whatever was done with them."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(_ALL_RUN, timeout=1000 * PATIENCE, polling=200)

    def errors(self) -> list[str]:
        return list(self.page.evaluate(_ERRORS))

    def off_host(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]

    def violations(self) -> list[str]:
        """Return what axe finds wrong in our controls and outputs by any of its rules."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(axe())
        parts = [[".smartcert-control"]] * bool(self.controls()) + [[".jp-OutputArea .smartcert"]]
        found = [self.page.evaluate(_AXE, part) for part in parts]
        return [
            f"{one['id']}: {node['html'][:120]}"
            for part in found
            for one in part["violations"]
            for node in one["nodes"]
        ]

    def themes(self) -> list[str]:
        """Return the themes, the one that is seen first."""
        light = self.page.evaluate("document.body.dataset.jpThemeLight") == "true"
        return sorted(THEMES, key=lambda theme: theme.endswith("Light") is not light)

    def set_theme(self, theme: str) -> None:
        """Change the theme if it is another, and wait until its style sheet paints the page."""
        self.page.evaluate(f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
        self.page.wait_for_function(_IS_PAINTED, arg=theme.endswith("Light"))

    def texts(self) -> dict[str, list[str]]:
        """Return the texts of our outputs: all, those with too little contrast, those wider than their cell."""
        return dict(self.page.evaluate(_TEXTS))

    def controls(self) -> int:
        return int(self.page.locator(".smartcert-control").count())


_ALL_RUN = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets.filter((c) => c.model.type === "code");
  return cells.every((c) => c.model.executionCount !== null && c.model.executionState !== "running");
}"""
_AXE = "(part) => axe.run({include: [part]}, {resultTypes: ['violations']})"
_IS_PAINTED = """(light) => {
  const ground = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim();
  const probe = Object.assign(document.createElement("i"), {style: `color: ${ground}`});
  document.body.append(probe);
  const [red] = getComputedStyle(probe).color.match(/\\d+/g);
  probe.remove();
  return document.body.dataset.jpThemeLight === String(light) && (red > 128) === light
    && document.getAnimations().every((one) => one.playState === "finished");
}"""
_ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((c) => c.model.type === "code")
  .flatMap((c) => c.model.outputs.toJSON().filter((o) => o.output_type === "error").map((o) => o.evalue))"""


_TEXTS = """() => {
  const parse = (text) => {
    const n = (text.match(/[\\d.]+/g) || []).map(Number);
    return n.length < 3 ? [0, 0, 0, 0] : [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
  };
  const channel = (c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; };
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const all = [], faint = [], cut = [];
  const tags = "th, td, p, li, dt, dd, h1, h2, h3, h4, caption, figcaption, pre, span";
  for (const node of document.querySelectorAll(`.smartcert :is(${tags})`)) {
    const text = node.textContent.trim();
    if (node.closest("svg") || !text || node.getClientRects().length === 0) continue;
    const style = getComputedStyle(node), a = light(parse(style.color)), b = light(ground(node));
    const told = `${node.tagName} ${text.slice(0, 40)}`;
    all.push(told);
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) faint.push(told);
    const seen = style.display !== "inline" && style.clipPath === "none";
    if (seen && node.scrollWidth > node.clientWidth + 1) cut.push(told);
  }
  return {all, faint, cut};
}"""


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    """Give what all notebooks are opened in, so that the hosts' own scripts are fetched and compiled once."""
    shared = browser.new_context(viewport={"width": 1400, "height": 1000})
    yield shared
    shared.close()


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, lab: str, context: Any) -> Iterator[Opened]:
    """Give a notebook in one of the hosts; the tests that look at the same one share it, as its cells take long."""
    notebook, host = request.param
    shown = Opened(context, lab, notebook, host)
    yield shown
    shown.page.close()


in_lab = [(notebook, "lab") for notebook in NOTEBOOKS]
in_every_host = [(notebook, host) for notebook in NOTEBOOKS for host in HOSTS]
of_the_batch = [("applicant_report", "lab"), ("round_summary", "notebook")]
THEME_OF_AXE = {"lab": "JupyterLab Light", "notebook": "JupyterLab Dark"}
"""The theme in which axe looks at a notebook that is opened in both hosts.

It takes most of the time, and the hosts have the colours of a theme in common; what is opened in one host is looked at
in both themes.
"""


@pytest.mark.parametrize("opened", [*in_every_host, *of_the_batch], indirect=True, ids="-".join)
def test_every_text_can_be_read_in_both_themes_of_both_hosts(opened: Opened) -> None:
    assert opened.errors() == []
    for theme in opened.themes():
        opened.set_theme(theme)
        texts = opened.texts()
        assert len(texts["all"]) > 100
        assert (theme, texts["faint"], texts["cut"]) == (theme, [], [])
        if opened.notebook not in NOTEBOOKS or theme == THEME_OF_AXE[opened.host]:
            assert (theme, opened.violations()) == (theme, [])


@pytest.mark.parametrize("opened", in_lab, indirect=True, ids="-".join)
def test_a_notebook_runs_to_its_end_and_reaches_for_nothing_off_the_host(opened: Opened) -> None:
    assert opened.errors() == []
    assert opened.page.locator(".jp-OutputArea .smartcert h2").count() >= 5
    assert opened.off_host() == []


explorer_in_lab = pytest.mark.parametrize("opened", [("weight_explorer", "lab")], indirect=True, ids="-".join)


def said(explorer: WeightExplorer, change: Change) -> str:
    return explorer.describe_result(what_if(explorer.arrays, change))


@explorer_in_lab
def test_a_slider_by_keyboard_and_by_mouse_and_a_typed_number_change_the_result_rightly(
    opened: Opened, tmp_path: Path
) -> None:
    explorer = open_explorer(language="en", scenarios=str(tmp_path))
    opened.run()
    page = opened.page
    box = page.locator(".smartcert-control", has=page.get_by_role("slider", name="Threshold of level 3 in percent"))
    slider = box.get_by_role("slider", name="Threshold of level 3 in percent")
    number = box.get_by_label("Threshold of level 3 in percent").and_(box.locator("input"))
    status = box.get_by_role("status")
    playwright.expect(status).to_have_text(said(explorer, Change()))

    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    playwright.expect(number).to_have_value("69.5")
    playwright.expect(status).to_have_text(said(explorer, Change(bounds={3: 69.5})))
    assert "Haneul-si" in status.inner_text()

    place = slider.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + 60, place["y"] + place["height"] / 2, steps=8)
    page.mouse.up()
    playwright.expect(number).not_to_have_value("69.5")
    wait_until(lambda: status.inner_text() == said(explorer, Change(bounds={3: float(number.input_value())})))
    assert float(number.input_value()) > 70

    number.fill("72.6")
    number.press("Tab")
    playwright.expect(status).to_have_text(said(explorer, Change(bounds={3: 72.6})))
    assert float(slider.get_attribute("aria-valuenow")) == pytest.approx(72.6)
    assert opened.off_host() == []


@explorer_in_lab
def test_the_explorer_shows_what_weights_come_to_refuses_resets_and_keeps_scenarios(opened: Opened) -> None:
    opened.run()
    page, expect = opened.page, playwright.expect
    points = page.get_by_label("Points of Innovation").and_(page.locator("input"))
    controls = page.locator(".smartcert-control", has=points)
    alert = controls.get_by_role("alert")
    points.fill("1200")
    points.press("Tab")
    effective = "Innovation: 923.1 points after scaling to the total (officially 600.0)"  # 1200 of 2600, of 2000
    expect(controls.get_by_text(effective)).to_be_visible()
    points.fill("5000")
    points.press("Tab")
    expect(alert).to_have_text("Refused: Points of Innovation is 0.0 to 1,200.0, not 5,000.0.")
    expect(points).to_have_value("1200")

    table = controls.get_by_role("table")
    expect(table.get_by_role("cell", name="is no longer certified")).to_have_count(2)
    beside, sliders = table.bounding_box(), points.bounding_box()
    assert beside is not None
    assert sliders is not None
    assert beside["x"] > sliders["x"] + sliders["width"]
    assert beside["y"] < sliders["y"] + 200

    box = page.locator(".smartcert-control", has=page.get_by_label("Name of the scenario"))
    name, saved = box.get_by_label("Name of the scenario"), box.get_by_label("Saved scenarios")

    def press(button: str, answer: str, written: str = "") -> None:
        name.fill(written) if written else None
        box.get_by_role("button", name=button).click()
        expect(box.get_by_role("status")).to_have_text(answer)

    press("Delete", "No scenario is saved yet.")
    press("Save", "Saved as first.scenario.json.", "first")
    press("Save", "there is already a scenario first.scenario.json; give another name")
    press("Save", "Saved as more-innovation.scenario.json.", "more innovation")
    press("Rename", "more innovation is now b-other-b.scenario.json.", "<b>other</b>")
    expect(saved).to_have_value("<b>other</b>")
    expect(box.get_by_role("rowheader", name="<b>other</b>")).to_be_visible()
    press("Delete", "<b>other</b> is deleted.")
    expect(box.get_by_role("rowheader", name="<b>other</b>")).to_have_count(0)

    names: dict[str, object] = {}
    exec(box.locator("pre").inner_text(), names)  # noqa: S102  # what a researcher copies
    assert names["change"] == Change(weights={"D1": 1200})

    controls.get_by_role("button", name="Back to the official rules").click()
    expect(points).to_have_value("600")
    expect(alert).to_have_count(0)
    expect(box.locator("pre")).to_contain_text("change = smartcert.Change()")
    press("Open", "first is open: the controls are set to it.")
    expect(points).to_have_value("1200")
    expect(page.get_by_role("cell", name="weights of D1 → 1,200").first).to_be_visible()
    assert opened.violations() == []


def test_the_server_answers_nobody_without_the_token_and_no_other_machine(lab: str) -> None:
    bare = lab.split("/lab")[0]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{bare}/api/contents")  # noqa: S310  # our own server
    assert refused.value.code in (401, 403)
    port = int(bare.rsplit(":", 1)[1])
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()
    listening = [
        line.split()[1] for line in lines if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    assert listening
    assert all(place.startswith("0100007F") for place in listening)
