"""An issuer that tells which sessions are over, on a socket, as people does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.worlds.http_server import served

PATH = "/ended-sessions"


class Telling:
    """`over` are told to whoever comes; `end` tells all who listen. `status`: of who comes now; `cut` ends what is open."""

    def __init__(self) -> None:
        self.over: list[bytes] = []
        self.status = 200
        self.came = 0
        self._listening: set[asyncio.Queue[bytes | None]] = set()

    def end(self, sid: str, for_s: float = 900) -> None:
        self.say(orjson.dumps({"sid": sid, "for_s": for_s}) + b"\n")

    def say(self, line: bytes) -> None:
        self.over.append(line)
        for each in self._listening:
            each.put_nowait(line)

    def cut(self) -> None:
        for each in self._listening:
            each.put_nowait(None)

    @property
    def listening(self) -> int:
        return len(self._listening)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Its address."""

        async def ended(_: Request) -> Response:
            self.came += 1
            return StreamingResponse(self._lines()) if self.status == 200 else Response(status_code=self.status)

        async with served(Starlette(routes=[Route(PATH, ended)])) as port:
            try:
                yield f"http://127.0.0.1:{port}{PATH}"
            finally:
                self.status = 503  # whoever comes back while it closes
                self.cut()

    async def _lines(self) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        for line in (*self.over, b"\n"):
            queue.put_nowait(line)
        self._listening.add(queue)
        try:
            while (said := await queue.get()) is not None:
                yield said
        finally:
            self._listening.discard(queue)
