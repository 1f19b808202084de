"""A slow line: what goes over it comes later, and no faster than the line takes it. Loopback alone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_BLOCK = 1_400
"""Bytes of a packet: the line is shared by packets and not by answers."""


@dataclass(slots=True)
class Way:
    """One direction: packets leave one after the other, and are on the way for `delay_s`."""

    bytes_per_s: float
    delay_s: float
    sent: int = 0
    _free_at: float = 0.0

    def arrival(self, now: float, size: int) -> float:
        """When a packet arrives that wants to leave now."""
        self.sent += size
        self._free_at = max(now, self._free_at) + size / self.bytes_per_s
        return self._free_at + self.delay_s


@dataclass(slots=True)
class Line:
    """In front of 127.0.0.1:`upstream`. `handshakes` are the round trips before a new connection can be written to: one for TCP, one more
    for TLS 1.3."""

    upstream: int
    up: Way
    down: Way
    handshakes: int
    port: int = 0
    connections: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def slow(cls, upstream: int, *, kbit_s: float, round_trip_s: float, handshakes: int = 2) -> Line:
        up, down = (Way(kbit_s * 1_000 / 8, round_trip_s / 2) for _ in range(2))
        return cls(upstream, up, down, handshakes)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await asyncio.sleep(self.handshakes * (self.up.delay_s + self.down.delay_s))
        back, out = await asyncio.open_connection("127.0.0.1", self.upstream)
        for way, source, sink in ((self.up, reader, out), (self.down, back, writer)):
            packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
            for work in (self._take(way, source, packets), self._bring(packets, sink)):
                task = asyncio.create_task(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _take(self, way: Way, source: asyncio.StreamReader, packets: asyncio.Queue[tuple[float, bytes]]) -> None:
        while packet := await source.read(_BLOCK):
            packets.put_nowait((way.arrival(time.monotonic(), len(packet)), packet))
        packets.put_nowait((way.arrival(time.monotonic(), 0), b""))

    async def _bring(self, packets: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        while True:
            at, packet = await packets.get()
            await asyncio.sleep(at - time.monotonic())
            if not packet:
                sink.close()
                return
            sink.write(packet)
