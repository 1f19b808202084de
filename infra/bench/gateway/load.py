"""The bench's client: keep-alive connections that ask page after page and check every answer."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import cramjam
import httptools
import orjson

CONNECTIONS = 8
_UNPACK = {"gzip": cramjam.gzip.decompress, "br": cramjam.brotli.decompress, "zstd": cramjam.zstd.decompress}


class WrongAnswer(Exception):
    """The message has the beginning of what came."""


@dataclass(slots=True)
class Case:
    """One operation with its pages, and the data that each must bring."""

    query: str
    truths: list[dict[str, Any]]
    # Bytes found right before need no second look.
    right: list[set[bytes]] = field(init=False)
    bodies: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.right = [set() for _ in self.truths]
        self.bodies = [
            orjson.dumps({"query": self.query, "variables": {"page": page}}) for page in range(len(self.truths))
        ]

    def check(self, page: int, status: int, body: bytes, coding: str = "") -> None:
        if status == 200 and body in self.right[page]:
            return
        plain = bytes(_UNPACK[coding](body)) if coding else body
        answer = orjson.loads(plain) if status == 200 else None
        if not isinstance(answer, dict) or answer.get("errors") or answer.get("data") != self.truths[page]:
            raise WrongAnswer(f"page {page}: status {status}: {body[:300]!r}")
        self.right[page].add(body)


class _Connection(asyncio.Protocol):
    """`accepted`: what it says of encodings, nothing when empty. `coding`: of the last answer."""

    def __init__(self, accepted: str) -> None:
        self._accepts = f"accept-encoding: {accepted}\r\n".encode() if accepted else b""
        self.coding = ""
        self._body: list[bytes] = []
        self._done: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(WrongAnswer("the connection was closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-encoding":
            self.coding = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._done is not None:
            self._done.set_result((self._parser.get_status_code(), b"".join(self._body)))
        self._parser = httptools.HttpResponseParser(self)

    async def post(self, body: bytes) -> tuple[int, bytes]:
        self._body, self.coding, self._done = [], "", asyncio.get_running_loop().create_future()
        self.transport.write(
            b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
            b"content-type: application/json\r\n%scontent-length: %d\r\n\r\n%s" % (self._accepts, len(body), body)
        )
        return await self._done


async def run(port: int, case: Case, requests: int, accepted: str = "") -> None:
    """So many requests, from all connections together. Raises WrongAnswer."""
    numbers = iter(range(requests))

    async def follow() -> None:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(accepted), "127.0.0.1", port
        )
        try:
            for number in numbers:
                page = number % len(case.truths)
                status, body = await connection.post(case.bodies[page])
                case.check(page, status, body, connection.coding)
        finally:
            connection.transport.close()

    following = [asyncio.ensure_future(follow()) for _ in range(CONNECTIONS)]
    try:
        async with asyncio.timeout(300):
            await asyncio.gather(*following)
    finally:
        for one in following:
            one.cancel()
        await asyncio.gather(*following, return_exceptions=True)
