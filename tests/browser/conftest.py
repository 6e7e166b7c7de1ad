"""A real browser, spoken to by its own protocol: Chromium, where it is; CI has it."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

_PATIENCE = 60.0


def _lacking(what: str) -> None:
    pytest.fail(f"{what} is not here")


class Page:
    """One tab: open a file, set its width, ask it things, press keys."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket, self._session = socket, session
        self._numbers = itertools.count(1000)
        self.requests: list[str] = []
        self._loaded = False

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; events on the way are kept where they matter."""
        number = next(self._numbers)
        message = {
            "id": number, "method": method, "params": params, "sessionId": self._session,
        }  # fmt: skip
        self._socket.send(json.dumps(message))
        while True:
            said = json.loads(self._socket.recv(timeout=_PATIENCE))
            self._note(said)
            if said.get("id") == number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    def open(self, file: Path) -> None:
        """Load a file and wait until it stands there."""
        self.requests.clear()
        self._loaded = False
        self.call("Page.navigate", url=file.as_uri())
        while not self._loaded:
            self._note(json.loads(self._socket.recv(timeout=_PATIENCE)))

    def _note(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Network.requestWillBeSent":
            self.requests.append(said["params"]["request"]["url"])
        if said.get("method") == "Page.loadEventFired":
            self._loaded = True

    def ask(self, expression: str) -> Any:
        """The value of an expression (or of the promise that it is)."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def width(self, pixels: int, height: int = 900) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=pixels, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def medium(self, name: str) -> None:
        """'print' or 'screen'."""
        self.call("Emulation.setEmulatedMedia", media=name)

    def press(self, key: str) -> None:
        codes = {"Tab": 9, "Enter": 13, "Space": 32, "ArrowDown": 40}
        texts = {"Enter": "\r", "Space": " "}
        for kind in ("keyDown", "keyUp"):
            text = {"text": texts[key]} if key in texts and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind, key=" " if key == "Space" else key, code=key,
                windowsVirtualKeyCode=codes[key], **text,
            )  # fmt: skip


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a browser that runs for all these tests."""
    if "browser" not in os.environ.get("PERINATAL_REQUIRE", "").split(","):
        pytest.skip("a browser is asked in CI only")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        _lacking("Chromium")
    profile = tmp_path_factory.mktemp("chromium")
    process = subprocess.Popen(
        [str(program), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
         f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = profile / "DevToolsActivePort"
        until = time.monotonic() + _PATIENCE
        while not (told.is_file() and told.read_text().count("\n")):
            assert process.poll() is None, "Chromium has stopped"
            assert time.monotonic() < until, "Chromium did not start"
            time.sleep(0.05)
        port, path = told.read_text().split()
        with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as socket:
            browser = Page(socket, "")
            yield _tab(browser, socket)
    finally:
        process.kill()
        process.wait()


def _tab(browser: Page, socket: ClientConnection) -> Page:
    def whole(method: str, **params: Any) -> Any:
        number = next(browser._numbers)
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(socket.recv(timeout=_PATIENCE))
            if said.get("id") == number:
                return said["result"]

    target = whole("Target.createTarget", url="about:blank")["targetId"]
    session = whole("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    tab = Page(socket, session)
    for domain in ("Page", "Runtime", "Network"):
        tab.call(f"{domain}.enable")
    # a tab behind another one draws no frames, so it never scrolls
    tab.call("Page.bringToFront")
    return tab


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, as its package brings it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        _lacking("axe-core")
        raise AssertionError
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
