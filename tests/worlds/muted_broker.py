"""A line to a broker that can be muted: fetches of a topic are answered with nothing, however much there is, and all else as ever."""

from __future__ import annotations

import asyncio
import struct
from types import TracebackType
from typing import Self

from services.kit import tasks

_HOST = "127.0.0.1"
_FETCH, _METADATA, _FIND_COORDINATOR = 1, 3, 10
_HELD_S = 0.25
_SESSIONS_SINCE = 7
"""Of fetches: their answers have an error and a session since then."""


class MutedBroker:
    """Forwards 127.0.0.1:`port` to 127.0.0.1:`upstream`, and is itself the broker that clients are told of."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.port = 0
        self.mute = ""
        """A topic: whoever fetches it gets nothing, of what he asks for with it neither."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, out = await asyncio.open_connection(_HOST, self._upstream)
        self._open |= {writer, out}
        # Answers go back in the order of their requests, whoever gives them.
        answers: asyncio.Queue[asyncio.Future[bytes]] = asyncio.Queue()
        asked: asyncio.Queue[tuple[int, asyncio.Future[bytes]]] = asyncio.Queue()
        try:
            async with (
                tasks.running(self._answer(answers, writer), "answers"),
                tasks.running(self._hear(back, asked), "hears"),
            ):
                while True:
                    await self._ask(await _frame(reader), out, answers, asked)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for each in (writer, out):
                each.transport.abort()
                self._open.discard(each)

    async def _ask(
        self,
        frame: bytes,
        out: asyncio.StreamWriter,
        answers: asyncio.Queue[asyncio.Future[bytes]],
        asked: asyncio.Queue[tuple[int, asyncio.Future[bytes]]],
    ) -> None:
        kind, version, correlation = struct.unpack_from(">hhi", frame)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        answers.put_nowait(answer)
        if kind == _FETCH and self.mute and self.mute.encode() in frame:
            nothing = struct.pack(">iihii", correlation, 0, 0, 0, 0)
            if version < _SESSIONS_SINCE:
                nothing = struct.pack(">iii", correlation, 0, 0)
            # Whoever has left meanwhile waits for no answer.
            loop.call_later(_HELD_S, lambda: None if answer.done() else answer.set_result(nothing))
            return
        asked.put_nowait((kind, answer))
        out.write(struct.pack(">i", len(frame)) + frame)
        await out.drain()

    async def _hear(self, back: asyncio.StreamReader, asked: asyncio.Queue[tuple[int, asyncio.Future[bytes]]]) -> None:
        theirs, ours = (_HOST.encode() + struct.pack(">i", port) for port in (self._upstream, self.port))
        while True:
            frame = await _frame(back)
            kind, answer = asked.get_nowait()
            answer.set_result(frame.replace(theirs, ours) if kind in (_METADATA, _FIND_COORDINATOR) else frame)

    async def _answer(self, answers: asyncio.Queue[asyncio.Future[bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            frame = await (await answers.get())
            writer.write(struct.pack(">i", len(frame)) + frame)
            await writer.drain()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)
