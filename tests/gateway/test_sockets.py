"""Connections that say too much, too little or nothing: each is answered or ended, and none takes what others need."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest

from gateway.settings import Limits
from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.gateway.kit.waiting import until

POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
BODY = b'{"query":"{ __typename }"}'
WHOLE = POST + b"content-length: %d\r\n\r\n%s" % (len(BODY), BODY)
LAST = POST + b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
SHAKE = (
    b"GET /graphql%s HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n%s\r\n"
)
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
# No test waits for a time: this is when one that hangs is given up.
WITHIN_S = 90


@pytest.fixture
def urls(subgraphs: dict[str, SubgraphServer]) -> Mapping[str, str]:
    return {name: server.url for name, server in subgraphs.items()}


@contextlib.asynccontextmanager
async def quick(urls: Mapping[str, str], *, head_s: float = 0.3, **limits: int) -> AsyncIterator[Running]:
    bounds = Limits(head_bytes=10_000, **limits)
    async with gateway(urls, limits=bounds, head_s=head_s, body_s=0.3, idle_s=1) as running:
        yield running


async def said(running: Running, *parts: bytes) -> bytes:
    """All that the gateway says until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    found = b""
    try:
        async with asyncio.timeout(WITHIN_S):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            while more := await reader.read(65_536):
                found += more
    except ConnectionError:
        pass
    finally:
        writer.close()
    return found


@pytest.mark.parametrize(
    "parts",
    [
        [POST + b"x: ", *[b"a" * 1_000] * 10],
        [POST, *[b"x: y\r\n" * 167] * 11],
        [b"GET /graphql?query=", *[b"a" * 1_000] * 11],
    ],
    ids=["one header", "many headers", "the address"],
)
async def test_a_head_without_end_is_answered_431(urls: Mapping[str, str], parts: list[bytes]) -> None:
    async with quick(urls, head_s=WITHIN_S) as running:
        assert (await said(running, *parts)).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (b"", b"x: " + b"a" * 9_000 + b"\r\n"),
        (b"?x=" + b"a" * 9_000, b""),
        (b"", b"".join(b"x%d: y\r\n" % n for n in range(200))),
    ],
    ids=["one header", "the address", "many headers"],
)
async def test_a_handshake_that_is_too_large_is_answered_and_ended(
    urls: Mapping[str, str], path: bytes, headers: bytes
) -> None:
    async with quick(urls, head_s=WITHIN_S) as running:
        assert (await said(running, SHAKE % (path, headers))).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [b"POST"],
        [POST],
        [POST + b"content-length: 50\r\n\r\n{"],
        [CHUNKED + b"5\r\n{"],
        [SHAKE[:40]],
        [WHOLE],
        [WHOLE, b"\r\n"],
        [WHOLE, b"\r\n" * 100, b"P"],
        [SHAKE % (b"", b"")],
    ],
    ids=lambda parts: repr(b"|".join(parts)[-24:]),
)
async def test_what_never_becomes_whole_and_what_stays_idle_is_ended(
    urls: Mapping[str, str], sent: list[bytes]
) -> None:
    async with quick(urls) as running:
        came = await said(running, *sent)
        assert came.count(b"HTTP/1.1 200") == (sent[:1] == [WHOLE])
        await until(lambda: running.serving.connections.open == 0)


@pytest.mark.parametrize(
    "framing",
    [b"0\r\nx: " + b"a" * 5_000, b"1;x=" + b"a" * 5_000],
    ids=["a trailer", "the word after a chunk's length"],
)
async def test_what_frames_a_body_is_bounded_too(urls: Mapping[str, str], framing: bytes) -> None:
    async with quick(urls) as running:
        came = await said(running, CHUNKED, framing, *[b"a" * 5_000] * 4)
        assert came.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))


async def test_an_address_has_so_many_connections_and_another_has_its_own(urls: Mapping[str, str]) -> None:
    async with gateway(urls, forwarded_allow_ips="10.0.0.1", connections_per_address=2, head_s=60) as running:
        port = int(running.url.rpartition(":")[2])
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await until(lambda: running.serving.connections.open == 2)
        assert (await said(running)).startswith(b"HTTP/1.1 429 ")
        other, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        writer.write(WHOLE)
        assert (await other.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        held[0][1].close()
        await until(lambda: running.serving.connections.open == 1)
        assert (await running.post({"query": "{ __typename }"}))[0] == 200
        text = await (await running.client.get(f"{running.url}/metrics")).text()
        assert 'wlijo_gateway_connections_refused_total{why="address"} 1.0' in text
        for _, each in held:
            each.close()


async def test_a_proxy_that_is_trusted_has_as_many_as_there_may_be_at_all(urls: Mapping[str, str]) -> None:
    async with gateway(
        urls, forwarded_allow_ips="127.0.0.0/8", connections_per_address=1, limits=Limits(connections=3), head_s=60
    ) as running:
        port = int(running.url.rpartition(":")[2])
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await until(lambda: running.serving.connections.open == 3)
        assert (await said(running)).startswith(b"HTTP/1.1 503 ")
        for _, each in held:
            each.close()


async def test_a_socket_outlives_the_time_that_a_head_may_take(urls: Mapping[str, str]) -> None:
    async with quick(urls) as running:
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await said(running, b"POST")  # begun later, and ended for its time
        await socket.send_json({"type": "ping"})
        assert (await socket.receive_json())["type"] == "pong"


async def test_a_socket_counts_as_a_connection_until_it_ends(urls: Mapping[str, str]) -> None:
    async with gateway(urls, forwarded_allow_ips="10.0.0.1", connections_per_address=1) as running:
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init"})
        await socket.receive()
        assert running.serving.connections.open == 1
        assert (await said(running)).startswith(b"HTTP/1.1 429 ")
        await socket.close()
        await until(lambda: running.serving.connections.open == 0)
        assert (await said(running, LAST)).startswith(b"HTTP/1.1 200")
