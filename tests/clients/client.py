"""A client's process: what it says comes as it says it, its tokens and commands go to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "js"


@dataclass(slots=True)
class Client:
    """`token` is asked with the kind of connection that needs one."""

    process: asyncio.subprocess.Process
    token: Callable[[str], str]
    said: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _read: int = 0

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            message = json.loads(line)
            if kind := message.get("ask"):
                self.asked.append(kind)
                self._write({"token": self.token(kind)})
            else:
                self.said.append(message)
                self._heard.set()
        self._heard.set()

    @property
    def latest(self) -> dict[str, Any]:
        """The message that `until` found last."""
        return self.said[self._read - 1]

    def seen(self, key: str, matches: Callable[[Any], bool]) -> list[Any]:
        return [message[key] for message in self.said if key in message and matches(message[key])]

    def command(self, what: str) -> None:
        self._write({"do": what})

    async def until(self, key: str, matches: Callable[[Any], bool] = lambda _: True, within_s: float = 60) -> Any:
        """The value of the next message with this key that matches; those before it are passed over, but stay in `said`."""
        try:
            return await asyncio.wait_for(self._until(key, matches), within_s)
        except TimeoutError:
            raise AssertionError(f"no {key} that matches in {within_s} s: {self.said}") from None

    async def _until(self, key: str, matches: Callable[[Any], bool]) -> Any:
        while True:
            while self._read < len(self.said):
                message = self.said[self._read]
                self._read += 1
                if key in message and matches(message[key]):
                    return message[key]
            assert self.process.returncode is None, self.said
            self._heard.clear()
            await self._heard.wait()

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def client(script: str, *arguments: str, token: Callable[[str], str]) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        "node",
        SCRIPTS / script,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    running = Client(process, token)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading
