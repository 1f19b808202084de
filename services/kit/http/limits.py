"""What a connection may hold and how long it may take: bytes of a head, time until a request is whole, time to take an answer,
connections of one address.

    uvicorn.Config(app, http=bounded(Bounds(per_address=50)), …)

A WebSocket counts as a connection of its address for as long as it lives.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from services.kit.http.lingering import LingeringTransport

# What the WebSocket library takes in one line, and how many; past it a handshake would be neither answered nor closed.
_MAX_HANDSHAKE_LINE = 8_000
_MAX_HANDSHAKE_LINES = 128
# Requests that one connection may send ahead of their answers.
_MAX_PIPELINED = 16
# What a reader takes at least of a waiting answer in `taken_s`.
_LEAST_TAKEN = 16 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of each connection of a server. `exempt` are addresses that speak for many, such as a proxy's: they are not counted. `long_bodies`:
    where a path begins so, a body may take so many seconds instead of `body_s`."""

    head_bytes: int = 64 * 1024
    head_s: float = 10.0
    body_s: float = 30.0
    taken_s: float = 30.0
    per_address: int = 1_000
    exempt: Callable[[str], bool] = lambda _: False
    long_bodies: Mapping[str, float] = field(default_factory=dict)

    def body_s_of(self, path: bytes) -> float:
        return next((s for begin, s in self.long_bodies.items() if path.startswith(begin.encode())), self.body_s)


class _Taking:
    """Ends a connection whose peer takes next to nothing of what waits for it."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._left = 0
        self._looks: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """From when something waits until nothing does."""
        if self._looks is None and self._transport.get_write_buffer_size():
            self._again()

    def end(self) -> None:
        if self._looks is not None:
            self._looks.cancel()
            self._looks = None

    def _again(self) -> None:
        self._left = self._transport.get_write_buffer_size()
        self._looks = asyncio.get_running_loop().call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._looks = None
        waits = self._transport.get_write_buffer_size()
        if waits and waits > self._left - _LEAST_TAKEN:
            self._transport.abort()
        elif waits:
            self._again()


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's, within `bounds`. Made by `bounded`.

    A head past `head_bytes` is answered 431, one connection too many of its address 429. One that has not sent a whole head `head_s` after
    it was opened or after its first byte, or a whole body `body_s` after that, is ended, and so is one that does not take its answer.
    """

    bounds: ClassVar[Bounds]
    open: ClassVar[Counter[str]]
    _in_head = True
    _refused = False
    _counted: str | None = None
    _neither = 0  # bytes since the last that were of a body or ended a head: a head without end, or trailers
    _late: asyncio.TimerHandle | None = None
    _answering: LingeringTransport | None = None
    _taking: _Taking

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **given: Any) -> None:
        super().__init__(config, server_state, app_state, **given)
        if self.ws_protocol_class is not None:
            self.ws_protocol_class = partial(self._socket, self.ws_protocol_class)  # type: ignore[assignment]  # it is only called

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._taking = _Taking(transport, self.bounds.taken_s)
        if not self._count():
            self._refuse("429 Too Many Requests", "Too many connections of this address.")
        else:
            self._until(self.bounds.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self.left()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._neither += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self or self._refused:
            return  # with nothing to wait for here: it has ended, or is a WebSocket from here on
        if self._neither > self.bounds.head_bytes:
            self._refuse_head()
        elif len(self.pipeline) > _MAX_PIPELINED:
            self.transport.close()
        elif self._late is None and self._idle():
            self._until(self.bounds.head_s)  # what came began no request: nothing else would end this connection

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._late is None:
            self._until(self.bounds.head_s)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers would join the headers of a request that is being answered
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._neither = False, 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.bounds.head_bytes:
            self._refuse_head()
            return
        self._until(self.bounds.body_s_of(self.url))
        super().on_headers_complete()
        if (cycle := getattr(self, "cycle", None)) is not None and not cycle.waiting_for_100_continue:
            cycle.transport = self._answering = LingeringTransport(self.transport)

    def on_body(self, body: bytes) -> None:
        self._neither = 0
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._neither = 0
        self._in_time()
        if not self._refused:
            super().on_message_complete()
        if self._answering is not None:
            self._answering.request_was_read()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._taking.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking.watch()

    def handle_websocket_upgrade(self) -> None:
        self._in_time()
        if self._refused:
            return
        lines = (len(self.url), *(len(name) + len(value) for name, value in self.headers))
        if len(lines) > _MAX_HANDSHAKE_LINES or max(lines) > _MAX_HANDSHAKE_LINE:
            self._refuse_head()
        else:
            super().handle_websocket_upgrade()

    def left(self) -> None:
        """The connection is gone, also one that has become a WebSocket."""
        self._in_time()
        self._taking.end()
        if self._counted is not None:
            self.open[self._counted] -= 1
            if not self.open[self._counted]:
                del self.open[self._counted]
            self._counted = None

    def _socket(self, kind: Callable[..., asyncio.Protocol], **given: Any) -> asyncio.Protocol:
        made = kind(**given)
        lost = made.connection_lost

        def ended(error: Exception | None) -> None:
            self.left()
            lost(error)

        made.connection_lost = ended  # type: ignore[method-assign,assignment]  # whatever class the server was told to use
        return made

    def _count(self) -> bool:
        address = self.client[0] if self.client else ""
        if self.bounds.exempt(address):
            return True
        self._counted = address
        self.open[address] += 1
        return self.open[address] <= self.bounds.per_address

    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return self.timeout_keep_alive_task is None and (cycle is None or cycle.response_complete)

    def _refuse_head(self) -> None:
        self._refuse("431 Request Header Fields Too Large", "The headers are too large.")

    def _refuse(self, status: str, why: str) -> None:
        self._refused = True
        head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {len(why)}\r\nconnection: close\r\n\r\n"
        self.transport.write((head + why).encode())
        self.transport.close()
        self._taking.watch()

    def _until(self, seconds: float) -> None:
        self._in_time()
        self._late = self.loop.call_later(seconds, self._was_late, seconds)

    def _was_late(self, seconds: float) -> None:
        self._late = None
        if self.flow.read_paused:  # it is we who do not read
            self._until(seconds)
        else:
            self.transport.close()
            self._taking.watch()

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def bounded(bounds: Bounds = Bounds()) -> type[BoundedHttp]:
    """The protocol of one server: what is counted, it counts alone."""
    return type("BoundedHttp", (BoundedHttp,), {"bounds": bounds, "open": Counter()})
