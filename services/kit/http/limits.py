"""What a connection may hold before it has asked anything: bytes of a head, and time until a request is whole."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
# What the WebSocket library takes in one line; past it a handshake would be neither answered nor closed.
_MAX_HANDSHAKE_LINE = 8_000
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 26\r\nconnection: close\r\n\r\nThe headers are too large."
)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's, with bounds: a head past `head_bytes` is answered 431; a connection that has not sent a whole head `head_s` after it was
    opened or after its first byte, or a whole body `body_s` after that, is ended."""

    head_bytes = MAX_HEAD_BYTES
    head_s = 10.0
    body_s = 30.0
    _in_head = True
    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._until(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > self.head_bytes and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._late is None:
            self._until(self.head_s)

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        self._until(self.body_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_time()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._in_time()
        if any(len(name) + len(value) > _MAX_HANDSHAKE_LINE for name, value in self.headers):
            self._refuse()
        else:
            super().handle_websocket_upgrade()

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _until(self, seconds: float) -> None:
        self._in_time()
        self._late = self.loop.call_later(seconds, self.transport.close)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
