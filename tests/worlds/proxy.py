"""A TCP proxy that can swallow answers and cut connections: the case of a commit whose answer is lost."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards 127.0.0.1:`port` to 127.0.0.1:`upstream`."""

    def __init__(self, upstream: int, *, port: int = 0) -> None:
        self.upstream = upstream
        self.port = port
        self._refusing = False
        self._cuts = 0
        self.swallow_answers = False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Reset every open connection, also those that are just being made."""
        self._cuts += 1
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    def refuse(self) -> None:
        """Reset every open connection and every new one, until `accept`."""
        self._refusing = True
        self.cut()

    def accept(self) -> None:
        self._refusing = False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        cuts = self._cuts
        back, out = await asyncio.open_connection("127.0.0.1", self.upstream)
        if self._cuts != cuts:
            writer.transport.abort()
            out.transport.abort()
            return
        self._open |= {writer, out}
        await asyncio.gather(self._pump(reader, out, False), self._pump(back, writer, True), return_exceptions=True)
        for each in (writer, out):
            each.close()
            self._open.discard(each)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        while data := await reader.read(65536):
            if is_answer and self.swallow_answers:
                continue
            writer.write(data)
            await writer.drain()
        writer.close()
