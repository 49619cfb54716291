"""How does Chromium print a page: found, started once, driven over pipes, and gone whatever happens?

It is driven by its DevTools protocol over two pipes, which no other program can reach: messages in JSON, each ended by
a zero byte (https://chromedevtools.github.io/devtools-protocol/). Chromium ends itself when the pipes close, so it ends
with this process however that ends, killed included. Its profile is a temporary folder of its own, which the next to
start removes where a killed process left it; scripts of a page do not run, and what a page asks for outside itself is
noted and refused.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from smartcert.errors import ReportError, UsageError
from smartcert.lazy_dataclass import dataclass

PROGRAM_VARIABLE = "SMARTCERT_CHROMIUM"
"""The environment variable that names the program, where it is none of the usual ones."""
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge-stable")
_MAC_PROGRAMS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-startup-window",
    "--password-store=basic",
    "--use-mock-keychain",
)
_UNUSED_FEATURES = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
"""What a browser that nobody types in prepares all the same: as much processor time as a report takes."""
_NO_SANDBOX = "--no-sandbox"
START_SECONDS = 60.0
PAGE_SECONDS = 120.0
"""How long Chromium may take to start, and to print one page, before it is ended."""
_CLOSE_SECONDS = 5.0
_SCREEN = {"width": 780, "height": 50, "deviceScaleFactor": 1, "mobile": False}
"""The size of the screen in pixels: it is lower than any paper, and by that a style knows that it is not printed on."""
_HEAD_END = "</head>"
_UNPRINTED_STYLE = "<style>@media (max-height: 50px) {:root:not([data-shown]) {display: none !important}}</style>"
"""Shows a page on paper only, so that it is laid out once: for that, and not for a screen before and after it."""
_LOAD_FONTS = "Promise.allSettled([...document.fonts].map(font => font.load())).then(() => true)"
_SHOWN_TEXT = """(() => {
  document.documentElement.setAttribute("data-shown", "");
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility({visibilityProperty: true})) continue;
    if (parent.closest(".visually-hidden, .working caption") || getComputedStyle(parent).fontSize === "0px") continue;
    found.push(node.data);
  }
  document.documentElement.removeAttribute("data-shown");
  return found.join(" ");
})()"""
"""Returns all text of a page that is shown on paper. It is asked from outside: no script of the page itself runs."""
_PROFILE_PREFIX = "smartcert-chromium-"
"""How the name of a profile begins once it is locked; before that it has another, so that nobody takes it for left."""
_OWN_URLS = ("data:", "about:")
_READ, _WRITE = 3, 4
"""The numbers of the pipes as Chromium wants them."""


def find_chromium() -> str | None:
    """Return the path of the program; None where there is none, or it cannot be driven over pipes (Windows)."""
    if named := os.environ.get(PROGRAM_VARIABLE):
        path = shutil.which(named)
        if path is None:
            raise UsageError(f"{PROGRAM_VARIABLE} names '{named}', which is no program here")
        return path if hasattr(os, "posix_spawn") else None
    if not hasattr(os, "posix_spawn"):
        return None
    return next((path for path in map(shutil.which, (*_PROGRAMS, *_MAC_PROGRAMS)) if path), None)


def read_chromium_version(program: str) -> str:
    """Return the version that the program says it has, ``156.0.8078.108``; a UsageError where it says none."""
    try:
        said = subprocess.run(  # noqa: S603  # the program that was found, or that the user named
            [program, "--version"], capture_output=True, text=True, timeout=START_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"'{program}' does not start: {error}") from None
    version = next((word for word in said.split() if word[:1].isdigit() and "." in word), "")
    if not version:
        raise UsageError(f"'{program}' is no Chromium: it does not say its version")
    return version


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedPage:
    """A page as it was printed, and all its text that is shown on paper, where the engine reports it."""

    content: bytes
    text: str = ""


class Browser:
    """A Chromium that prints pages, as a context; it is gone when the context ends."""

    def __init__(self, program: str) -> None:
        """Start the program; whether it answers is known with the first page, or by `wait_until_ready`."""
        self._program = program
        _remove_abandoned_profiles()
        self._folder, self._lock = _create_profile()
        self._buffer = bytearray()
        self._events: list[dict[str, Any]] = []
        self._last_id = 0
        self._session = ""
        self._frame = ""
        self._pid = 0
        self._is_closed = False
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium refuses to be root in its sandbox
        self._sandboxed = not is_root
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        theirs_in, self._out = _open_pipe()
        self._in, theirs_out = _open_pipe()
        flags = [
            *_FLAGS,
            f"--disable-features={','.join(_UNUSED_FEATURES)}",
            f"--user-data-dir={self._folder}",
            *([] if self._sandboxed else [_NO_SANDBOX]),
        ]
        null = os.open(os.devnull, os.O_RDWR)
        try:
            self._pid = os.posix_spawn(
                self._program,
                [self._program, *flags],
                dict(os.environ),
                file_actions=[
                    *((os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)),
                    (os.POSIX_SPAWN_DUP2, theirs_in, _READ),
                    (os.POSIX_SPAWN_DUP2, theirs_out, _WRITE),
                ],
                setpgroup=0,  # Ctrl-C in a terminal is for this process, which ends the browser itself
            )
        except OSError as error:
            raise UsageError(f"'{self._program}' does not start: {error}") from None
        finally:
            for number in (theirs_in, theirs_out, null):
                os.close(number)
        os.set_blocking(self._out, False)

    def wait_until_ready(self) -> None:
        """Open the page that all others are shown in, if need be; a UsageError where Chromium does not start."""
        if self._session:
            return
        if self._is_closed:
            raise UsageError("the browser was closed")
        if not self._pid:  # it was ended because a page took too long
            self._start()
        try:
            self._open_page()
        except ReportError as error:
            if not self._sandboxed:
                raise UsageError(f"'{self._program}' does not start: {error}") from None
            self._end_process()  # a machine without user namespaces has no sandbox; no script runs here anyway
            self._sandboxed = False
            self._start()
            self.wait_until_ready()

    def _open_page(self) -> None:
        until = time.monotonic() + START_SECONDS
        target = self._call("Target.createTarget", until, url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", until, targetId=target, flatten=True)["sessionId"]
        self._session = session
        self._call("Page.enable", until)
        self._call("Network.enable", until)
        self._call("Emulation.setScriptExecutionDisabled", until, value=True)
        self._call("Emulation.setEmulatedMedia", until, media="print")
        self._call("Emulation.setDeviceMetricsOverride", until, **_SCREEN)
        self._frame = self._call("Page.getFrameTree", until)["frameTree"]["frame"]["id"]

    def print_page(self, html: str, seconds: float = PAGE_SECONDS) -> PrintedPage:
        """Return the page as a tagged PDF, on the paper and with the margins that its style asks for, and its text.

        Raises:
            ReportError: the page asks for something outside itself, or it takes longer than ``seconds``.
            UsageError: Chromium does not start.
        """
        self.wait_until_ready()
        until = time.monotonic() + seconds
        self._events.clear()
        html = html.replace(_HEAD_END, _UNPRINTED_STYLE + _HEAD_END, 1)
        self._call("Page.setDocumentContent", until, frameId=self._frame, html=html)
        self._wait_for("Page.loadEventFired", until)
        self._call("Runtime.evaluate", until, expression=_LOAD_FONTS, awaitPromise=True)
        self._refuse_requests()
        shown = self._call("Runtime.evaluate", until, expression=_SHOWN_TEXT, returnByValue=True)
        if "value" not in shown["result"]:
            raise ReportError("Chromium does not report the text of the page")
        printed = self._call(
            "Page.printToPDF",
            until,
            printBackground=True,
            preferCSSPageSize=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
        )
        self._refuse_requests()
        return PrintedPage(content=base64.b64decode(printed["data"]), text=shown["result"]["value"])

    def _refuse_requests(self) -> None:
        urls = (
            event["params"]["request"]["url"]
            for event in self._events
            if event.get("method") == "Network.requestWillBeSent"
        )
        if refused := [url[:60] for url in urls if not url.startswith(_OWN_URLS)]:
            raise ReportError(f"the page fetches something: {', '.join(refused)}")

    # --- messages

    def _call(self, method: str, until: float, **params: object) -> dict[str, Any]:
        """Return the answer to a command; what else comes before it is stored among the events."""
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0", until)
        while True:
            answer = self._receive(until)
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise ReportError(f"Chromium refuses {method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def _wait_for(self, method: str, until: float) -> None:
        while not any(event.get("method") == method for event in self._events):
            self._events.append(self._receive(until))

    def _send(self, message: bytes, until: float) -> None:
        rest = memoryview(message)
        while rest:
            readable, writable, _ = select.select([self._in], [self._out], [], self._count_seconds(until))
            if readable:
                self._read()  # so that neither waits for the other with full pipes
            if writable:
                try:
                    rest = rest[os.write(self._out, rest) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    raise ReportError("Chromium has ended") from None

    def _receive(self, until: float) -> dict[str, Any]:
        searched = 0
        while (end := self._buffer.find(b"\0", searched)) < 0:
            searched = len(self._buffer)
            readable, _, _ = select.select([self._in], [], [], self._count_seconds(until))
            if readable:
                self._read()
        message: dict[str, Any] = json.loads(self._buffer[:end])
        del self._buffer[: end + 1]
        return message

    def _read(self) -> None:
        data = os.read(self._in, 1 << 20)
        if not data:
            raise ReportError("Chromium has ended")
        self._buffer += data

    def _count_seconds(self, until: float) -> float:
        rest = until - time.monotonic()
        if rest <= 0:
            self._end_process()
            raise ReportError("Chromium took too long and was ended")
        return rest

    # --- the end

    def close(self) -> None:
        """End Chromium, wait until it is gone, and remove its profile; to call it again does nothing."""
        self._is_closed = True
        self._end_process()
        shutil.rmtree(self._folder, ignore_errors=True)
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)

    def _end_process(self) -> None:
        """End Chromium: it ends by itself when its pipes close, and is killed where it does not."""
        for name in ("_in", "_out"):
            number, self.__dict__[name] = self.__dict__.get(name, -1), -1
            if number >= 0:
                os.close(number)
        self._buffer.clear()
        self._session = ""
        pid, self._pid = self._pid, 0
        if not pid:
            return
        until = time.monotonic() + _CLOSE_SECONDS
        while time.monotonic() < until:
            if _has_ended(pid):
                return
            time.sleep(0.01)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _create_profile() -> tuple[Path, int]:
    """Return a new folder for a profile, and the open file whose lock says that it is in use, however we end."""
    folder = Path(tempfile.mkdtemp(prefix="smartcert-profile-"))
    lock = _lock_folder(folder)
    if lock is None:
        raise UsageError(f"cannot lock {folder}, the folder of the browser's profile")
    return folder.rename(folder.with_name(folder.name.replace("smartcert-profile-", _PROFILE_PREFIX))), lock


def _lock_folder(folder: Path) -> int | None:
    """Return the open file by which a folder is locked, or None where somebody else has it or it is gone."""
    import fcntl  # not on Windows

    try:
        lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _remove_abandoned_profiles() -> None:
    """Remove the profiles that processes of this user left which were killed: those that nobody has locked."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PROFILE_PREFIX}*"):
        lock = _lock_folder(folder)
        if lock is None:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _open_pipe() -> tuple[int, int]:
    """Return both ends of a pipe, with numbers that are none of those that a started program gets its own on."""
    import fcntl  # not on Windows

    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
