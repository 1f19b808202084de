"""A small HTTP/1.1 client for POST over kept connections: a fraction of what a general client costs per request."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools

from gateway.executor.unpacking import TooLarge, Unreadable, unpacked

LONGEST_ANSWER = 64 * 1024 * 1024


class Lost(Exception):
    """The connection could not be made, or ended before the answer was whole."""


class Malformed(Exception):
    """What came is no HTTP answer, or in an encoding that nobody asked for."""


class TooLong(Exception):
    """The answer is longer than may be kept."""


class Unsendable(Exception):
    """A header has characters that no header may have: nothing was sent."""


@dataclass(slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class _Connection(asyncio.Protocol):
    """One request at a time. `idle_since` is in the loop's time; `longest` bounds the bytes of an answer's body."""

    def __init__(self, longest: int) -> None:
        self.idle_since = 0.0
        self._longest = longest
        self.usable = False
        self._waiting: asyncio.Future[Answer] | None = None
        self._reset()

    def _reset(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._size = 0
        self._type = ""
        self._encoding = ""
        self._sized = False
        self._begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self.usable = True

    def post(self, request: bytes) -> "asyncio.Future[Answer]":
        self._waiting = asyncio.get_running_loop().create_future()
        self.usable = False
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        self.usable = False
        self._transport.abort()

    # -- what the transport and the parser call ---------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(Malformed(f"no HTTP: {error}"))
            self.close()

    def on_message_begin(self) -> None:
        if self._waiting is None:
            self.close()  # a second answer to one request must never reach the next one

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"content-type":
            self._type = value.decode("latin-1")
        elif name == b"content-encoding":
            self._encoding = value.decode("latin-1").strip().lower()
        elif name in (b"content-length", b"transfer-encoding"):
            self._sized = True

    def on_headers_complete(self) -> None:
        self._begun = True

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._longest:
            self._fail(TooLong(f"the answer is longer than {self._longest} bytes"))
            self.close()
            return
        self._parts.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._type, self._encoding, self._sized, self._begun = "", "", False, False  # a word before the answer
            return
        self._land(keep=self._parser.should_keep_alive())

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        if self._waiting is not None and self._begun and not self._sized and error is None:
            self._land(keep=False)  # its end is the end of the connection
        self._fail(Lost("the connection was closed before the answer was whole"))

    def _land(self, *, keep: bool) -> None:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        try:
            body = unpacked(body, self._encoding, self._longest)
        except Unreadable as error:
            self._fail(Malformed(str(error)))
        except TooLarge:
            self._fail(TooLong(f"the answer is longer than {self._longest} bytes"))
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(Answer(self._parser.get_status_code(), self._type, body))
        self.usable = keep
        if keep:
            self._reset()
        else:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)


@dataclass(slots=True)
class Origin:
    """The kept connections to one address. `kept_s`: an idle one older than this is not used again.

    `longest` bounds the bytes of an answer's body.
    """

    url: str
    connections: int = 64
    kept_s: float = 4.0
    longest: int = LONGEST_ANSWER
    _head: bytes = b""
    _idle: list[_Connection] = field(default_factory=list)
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {target} HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\ncontent-type: application/json\r\n"
            "accept: application/graphql-response+json, application/json;q=0.9\r\naccept-encoding: identity\r\n"
        ).encode("latin-1")
        self._places = asyncio.Semaphore(self.connections)

    async def post(self, body: bytes, headers: Mapping[str, str], begun: Callable[[], None] = lambda: None) -> Answer:
        """Raises Unsendable, Lost, Malformed or TooLong. When it is cancelled, its connection goes too.

        `begun` is called when a connection is free for it: what was waited before that is no doing of the other side.
        """
        request = b"%s%scontent-length: %d\r\n\r\n%s" % (self._head, _lines(headers), len(body), body)
        async with self._places:
            begun()
            connection = self._kept() or await self._connect()
            try:
                answer = await connection.post(request)
            except BaseException:
                connection.close()
                raise
            if connection.usable:
                connection.idle_since = asyncio.get_running_loop().time()
                self._idle.append(connection)
            return answer

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _kept(self) -> _Connection | None:
        oldest = asyncio.get_running_loop().time() - self.kept_s
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        parts = urlsplit(self.url)
        secure = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or (443 if secure else 80)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self.longest), parts.hostname or "", port, ssl=secure
            )
        except OSError as error:
            raise Lost(str(error)) from error
        return connection


def _lines(headers: Mapping[str, str]) -> bytes:
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if text.count("\n") != len(headers) or not text.isascii() or not text.replace("\r\n", "").isprintable():
        raise Unsendable("a header has characters that no header may have")
    return text.encode("ascii")
