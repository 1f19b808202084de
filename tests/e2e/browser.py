"""A browser without a window: Chromium, where the machine has one, by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.worlds.waiting import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HANGS_AFTER_S = 90.0
_KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "Escape": ("Escape", 27, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "End": ("End", 35, ""),
    " ": ("Space", 32, ""),
}
CTRL = 2


def found() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """One page. `complaints`: what its console and its network said that nobody wants to read."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""

    async def listen(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame.data)
            if "id" in message:
                self._waiting.pop(message["id"]).set_result(message)
            else:
                self._hear(message["method"], message["params"])

    def _hear(self, method: str, told: dict[str, Any]) -> None:
        match method:
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["exceptionDetails"])[:500])
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                self.complaints.append(f"{told['type']}: {told['args']}")
            case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
                self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
            case "Network.requestWillBeSent":
                self.asked.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(told["url"])

    async def say(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(message | ({"sessionId": self._session} if self._session else {}))
        async with asyncio.timeout(HANGS_AFTER_S):
            said = await answer
        assert "error" not in said, (method, said["error"])
        result: dict[str, Any] = said["result"]
        return result

    async def begin(self) -> None:
        target = (await self.say("Target.createTarget", url="about:blank"))["targetId"]
        self._session = (await self.say("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.say(f"{domain}.enable")

    async def go(self, url: str) -> None:
        await self.say("Page.navigate", url=url)

    async def size(self, width: int, height: int, *, mobile: bool = False) -> None:
        await self.say(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        await self.say("Emulation.setTouchEmulationEnabled", enabled=mobile)

    async def value(self, expression: str) -> Any:
        said = await self.say("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, (expression, said["exceptionDetails"])
        return said["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Its value, once it is true."""

        async def look() -> Any:
            # While a page comes there may be no such element.
            return await self.value(f"(() => {{ try {{ return {expression} }} catch {{ }} }})()")

        try:
            return await until(look)
        except AssertionError:
            screen = await self.value("document.body.innerText")
            raise AssertionError(f"never true: {expression}\n{screen}\n{self.complaints}") from None

    async def press(self, key: str, modifiers: int = 0) -> None:
        code, number, text = _KEYS[key]
        told = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        await self.say(
            "Input.dispatchKeyEvent", type="keyDown", **told, **({"text": text} if text and not modifiers else {})
        )
        await self.say("Input.dispatchKeyEvent", type="keyUp", **told)

    async def type(self, text: str) -> None:
        """As fingers do, a character at a time."""
        for character in text:
            await self.say("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.say("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def click(self, selector: str) -> None:
        """In its middle, wherever that is: what lies over it gets the click."""
        x, y = await self.value(
            f"""(() => {{ const found = document.querySelector({json.dumps(selector)});
            found.scrollIntoView({{ block: "nearest", behavior: "instant" }});
            const place = found.getBoundingClientRect();
            return [place.x + place.width / 2, place.y + place.height / 2]; }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.say("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def picture(self) -> bytes:
        """A PNG of what is seen, for people who look for the cause."""
        return base64.b64decode((await self.say("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def browsing(program: str) -> AsyncIterator[Tab]:
    folder = tempfile.mkdtemp(prefix="browser-")
    process = await asyncio.create_subprocess_exec(
        program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--no-first-run",
        "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", *(["--no-sandbox"] if os.geteuid() == 0 else []),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    listening: asyncio.Task[None] | None = None
    try:
        port, path = await _address(Path(folder) / "DevToolsActivePort")
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as socket,
        ):
            tab = Tab(socket)
            listening = asyncio.create_task(tab.listen())
            await tab.begin()
            yield tab
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        if listening is not None:
            await asyncio.gather(listening, return_exceptions=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _address(file: Path) -> tuple[int, str]:
    port, path = await until(lambda: asyncio.to_thread(_lines, file))
    return int(port), path


def _lines(file: Path) -> list[str]:
    """Both, or none."""
    lines = file.read_text().splitlines() if file.exists() else []
    return lines if len(lines) == 2 else []
