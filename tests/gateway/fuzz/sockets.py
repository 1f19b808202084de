"""Connections that break HTTP and WebSocket: each must end, and the gateway must answer the next one."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import orjson

from tests.gateway.kit.network import Running, gateway, subgraph_server
from tests.gateway.shop import catalog, delivery, ordering

# A frame that never becomes whole: 3 s until connection_init is missed, then 10 s for the close frame to be taken.
_END_WITHIN_S = 30
_SLOW_BODY_S = 0.2
_UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
# What the protocols may close with.
_CLOSES = {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4429}


@dataclass(slots=True)
class Breaker:
    """`url` is the gateway's."""

    url: str
    random: random.Random

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kinds(self) -> list[Callable[[], Awaitable[str]]]:
        return [
            self.slow_body,
            self.half_closed,
            self.cut_off,
            self.no_http,
            self.bad_length,
            self.bad_frames,
            self.bad_messages,
            self.huge_message,
            self.large_head,
            self.half_sent,
            self.odd_tokens,
        ]

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _post(self, body: bytes, length: int | None = None) -> bytes:
        return (
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body) if length is None else length, body)
        )

    async def _end(self, reader: asyncio.StreamReader) -> bytes:
        """All that came until the connection ended."""
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""

    def _no_fault(self, came: bytes) -> str:
        return f"answered {came[:60]!r}" if came.startswith(b"HTTP/1.1 5") else ""

    async def slow_body(self) -> str:
        async with self._connected() as (reader, writer):
            writer.write(self._post(b'{"query":', 500))
            came = await self._end(reader)
            return "" if came.startswith(b"HTTP/1.1 408") else f"a slow body got {came[:60]!r}"

    async def half_closed(self) -> str:
        """The client says that it will send no more, and still wants its answer."""
        async with self._connected() as (reader, writer):
            writer.write(self._post(b'{"query":"{ products { name } }"}'))
            writer.write_eof()
            return self._no_fault(await self._end(reader))

    async def cut_off(self) -> str:
        async with self._connected() as (_, writer):
            whole = self._post(b'{"query":"{ products { name sold } }"}')
            writer.write(whole[: self.random.randrange(len(whole))])
            writer.transport.abort()
        return ""

    async def no_http(self) -> str:
        async with self._connected() as (reader, writer):
            writer.write(self.random.randbytes(self.random.randint(1, 2_000)) + b"\r\n\r\n")
            writer.write_eof()
            return self._no_fault(await self._end(reader))

    async def bad_length(self) -> str:
        async with self._connected() as (reader, writer):
            lines = self.random.choice(
                (
                    b"content-length: -1",
                    b"content-length: 5\r\ncontent-length: 6",
                    b"transfer-encoding: chunked\r\n\r\nZZ",
                )
            )
            writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\n" + lines + b"\r\n\r\n{}")
            writer.write_eof()
            return self._no_fault(await self._end(reader))

    async def bad_frames(self) -> str:
        """Reserved bits and opcodes, frames without a mask, control frames that are too long, endless lengths."""
        async with self._connected() as (reader, writer):
            writer.write(_UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            head = bytes(
                (self.random.choice((0x83, 0x8F, 0xF1, 0x81, 0x01, 0x80)), self.random.choice((0x7F, 0xFF, 5, 0x85)))
            )
            writer.write(head + self.random.randbytes(self.random.randint(0, 300)))
            if self.random.random() < 0.5:
                writer.write_eof()
            return self._no_fault(await self._end(reader))

    async def large_head(self) -> str:
        """In one header, in many, in the address, of a request and of a handshake."""
        async with self._connected() as (reader, writer):
            size = self.random.choice((9_000, 70_000, 300_000))
            head = self.random.choice(
                (
                    b"POST /graphql HTTP/1.1\r\nhost: x\r\nx: " + b"a" * size + b"\r\n\r\n",
                    b"POST /graphql HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * (size // 6) + b"\r\n",
                    b"GET /graphql?query=" + b"a" * size + b" HTTP/1.1\r\nhost: x\r\n\r\n",
                    _UPGRADE[:-2] + b"x: " + b"a" * size + b"\r\n\r\n",
                    _UPGRADE[:-2] + b"x: y\r\n" * (size // 6) + b"\r\n",
                )
            )
            writer.write(head)
            return self._no_fault(await self._end(reader))

    async def half_sent(self) -> str:
        async with self._connected() as (reader, writer):
            whole = self.random.choice(
                (self._post(b'{"query":"{ products { name } }"}')[:-1], _UPGRADE[:-1], b"\r\n\r\n")
            )
            writer.write(whole[: self.random.randrange(len(whole) + 1)])
            return self._no_fault(await self._end(reader))

    async def odd_tokens(self) -> str:
        """In the payload of connection_init: line breaks, signs that no header carries, too much."""
        token = self.random.choice(("a\nb", "a\r\nx: y", "\xa0a", "\x00", "木", "a" * 9_000, "\u2028"))
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                self.url.replace("http", "ws") + "/graphql", protocols=("graphql-transport-ws",)
            ) as socket,
        ):
            await socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            await socket.receive()
            return "" if socket.close_code == 4403 else f"{token[:20]!r} was closed with {socket.close_code}"

    async def bad_messages(self) -> str:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                self.url.replace("http", "ws") + "/graphql", protocols=("graphql-transport-ws",), autoping=False
            ) as socket,
        ):
            for _ in range(self.random.randint(1, 6)):
                if socket.closed:
                    break
                message = self._message()
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_str(message)
            await socket.send_str("no JSON")
            while (frame := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                assert isinstance(orjson.loads(frame.data), dict)
            return "" if socket.close_code in _CLOSES else f"closed with {socket.close_code}"

    def _message(self) -> str | bytes:
        chance = self.random
        messages: list[object] = [
            {"type": "connection_init"},
            {"type": "connection_init", "payload": chance.choice((None, 1, [], {"authorization": 3}))},
            {"type": chance.choice(("ping", "pong", "next", "", None, 3, "connection_ack"))},
            {"type": "complete", "id": chance.choice(("1", None, 3, [], "x" * 5_000))},
            {
                "type": "subscribe",
                "id": chance.choice(("1", "", None, 3)),
                "payload": {"query": "{ products { name } }"},
            },
            {
                "type": "subscribe",
                "id": "1",
                "payload": {"query": chance.choice((1, "{", "{ nobody }", "x" * 9_000, None))},
            },
            {"type": "subscribe", "id": "2", "payload": {"query": 'subscription { orderChanged(id: "o1") { code } }'}},
            {"type": "subscribe", "id": "3", "payload": {"query": "query A { __typename } query B { __typename }"}},
            {
                "type": "subscribe",
                "id": "4",
                "payload": chance.choice((None, 1, [], {}, {"query": "{ __typename }", "variables": 1})),
            },
            [],
            1,
        ]
        text = orjson.dumps(chance.choice(messages)).decode()
        match chance.randrange(8):
            case 0:
                return text.encode()
            case 1:
                return text[: chance.randrange(len(text))]
            case _:
                return text

    async def huge_message(self) -> str:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                self.url.replace("http", "ws") + "/graphql", protocols=("graphql-transport-ws",)
            ) as socket,
        ):
            with contextlib.suppress(ConnectionError):
                await socket.send_str("x" * 2**24 + "xx")
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            return "" if socket.close_code in _CLOSES else f"closed with {socket.close_code}"


async def run(connections: int, seed: int) -> tuple[Counter[str], list[str]]:
    """What was tried how often, and what went wrong."""
    tried: Counter[str] = Counter()
    broken: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(subgraph_server(one())) for one in (catalog, ordering, delivery)]
        urls = {one.subgraph.name: one.url for one in servers}
        running = await stack.enter_async_context(gateway(urls, body_s=_SLOW_BODY_S, head_s=_SLOW_BODY_S, idle_s=1))
        breaker = Breaker(running.url, random.Random(seed))
        for number in range(connections):
            kind = breaker.kinds()[number % len(breaker.kinds())]
            what = await _tried(kind) or await _still_there(running)
            tried[kind.__name__.replace("_", " ")] += 1
            if what:
                broken.append(f"{number}: {kind.__name__}: {what}")
    return tried, broken


async def _tried(kind: Callable[[], Awaitable[str]]) -> str:
    try:
        async with asyncio.timeout(_END_WITHIN_S):
            return await kind()
    except TimeoutError:
        return "the connection did not end"
    except (ConnectionError, asyncio.IncompleteReadError):
        return ""  # the gateway ended it


async def _still_there(running: Running) -> str:
    status, answer, _ = await running.post({"query": "{ __typename }"})
    return "" if (status, answer) == (200, {"data": {"__typename": "Query"}}) else f"afterwards {status} {answer}"
