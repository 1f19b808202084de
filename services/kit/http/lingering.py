"""An answer that comes before the request was read to its end, and is read all the same."""

from __future__ import annotations

import asyncio
from typing import Any


class LingeringTransport:
    """A connection's transport as one answer sees it. Its `close` waits for the request's last byte, which nobody reads any more: a socket
    that is closed with bytes unread resets the connection, and the answer (that the body is too large, say) is lost with it. RFC 9112,
    9.6. How long that may take is the business of whoever bounds the body's time and closes the transport itself."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._read = False
        self._closing = False
        self.write = transport.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        self._closing = True
        if self._read:
            self._transport.close()

    def request_was_read(self) -> None:
        self._read = True
        if self._closing:
            self._transport.close()
