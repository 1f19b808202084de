"""The client that asks subgraphs: what counts as an answer, and when a connection may be used again."""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from gateway.executor.http1 import Lost, Malformed, Origin, TooLong, Unsendable
from tests.gateway.kit.waiting import until

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Site:
    """Answers each request with the next of `says`; empty bytes close the connection, None says nothing."""

    says: list[bytes | None]
    connections: int = 0
    ended: int = 0
    requests: list[bytes] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                said = self.says.pop(0)
                if said is None:
                    continue
                writer.write(said)
                if not said or (b"content-length" not in said and b"chunked" not in said):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended += 1
            writer.close()


@contextlib.asynccontextmanager
async def site(*says: bytes | None) -> AsyncIterator[tuple[Site, Origin]]:
    found = Site(list(says))
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    origin = Origin(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql")
    try:
        yield found, origin
    finally:
        origin.close()
        server.close()
        await until(lambda: found.ended == found.connections)


async def test_a_connection_is_kept_and_used_again() -> None:
    async with site(OK, OK) as (there, origin):
        answers = [await origin.post(b'{"n":%d}' % number, {"traceparent": "t"}) for number in range(2)]
    assert [(one.status, one.content_type, one.body) for one in answers] == [(200, "application/json", b"{}")] * 2
    assert there.connections == 1
    assert there.requests[1].startswith(b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:")
    assert there.requests[1].endswith(b'\r\ntraceparent: t\r\ncontent-length: 7\r\n\r\n{"n":1}')


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    ],
    ids=["in chunks", "until the end of the connection", "after a word before it", "of HTTP/1.0"],
)
async def test_an_answer_is_whole_however_its_end_is_told(said: bytes) -> None:
    async with site(said, OK) as (_, origin):
        first = await origin.post(b"{}", {})
        second = await origin.post(b"{}", {})
    assert (first.status, first.body, second.body) == (200, b"{}", b"{}")


async def test_a_second_answer_to_one_request_never_reaches_the_next() -> None:
    intruder = OK.replace(b"{}", b"[]")
    async with site(OK + intruder, OK) as (there, origin):
        bodies = [(await origin.post(b"{}", {})).body for _ in range(2)]
    assert bodies == [b"{}", b"{}"]
    assert there.connections == 2


async def test_a_connection_that_ends_early_is_lost() -> None:
    async with site(b"", b"HTTP/1.1 200 OK\r\ncontent-len") as (_, origin):
        for _ in range(2):
            with pytest.raises(Lost):
                await origin.post(b"{}", {})


async def test_nobody_listening_is_lost() -> None:
    async with site() as (_, origin):
        pass
    with pytest.raises(Lost):
        await origin.post(b"{}", {})


async def test_what_is_no_http_is_malformed() -> None:
    async with site(b"220 mail.test ESMTP\r\n") as (_, origin):
        with pytest.raises(Malformed):
            await origin.post(b"{}", {})


def packed(body: bytes, encoding: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    "said",
    [
        packed(gzip.compress(b"{}"), "gzip"),
        packed(gzip.compress(b"{") + gzip.compress(b"}"), "X-GZip"),
        packed(zlib.compress(b"{}"), "deflate"),
        packed(bare(b"{}"), "deflate"),
        packed(b"{}", "identity"),
    ],
    ids=["gzip", "gzip of two parts", "deflate", "bare deflate", "identity"],
)
async def test_an_answer_that_was_compressed_although_nobody_asked_is_read(said: bytes) -> None:
    async with site(said, OK) as (there, origin):
        assert [(await origin.post(b"{}", {})).body for _ in range(2)] == [b"{}", b"{}"]
        assert there.connections == 1
    assert b"accept-encoding: identity\r\n" in there.requests[0]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (packed(b"{}", "br"), "encoding 'br'"),
        (packed(b"{}", "gzip, br"), "encoding 'gzip, br'"),
        (packed(b"{}", "gzip"), "calls gzip is not"),
        (packed(b"\xff\xff{}", "deflate"), "calls deflate is not"),
        (packed(gzip.compress(b"{}")[:-1], "gzip"), "ends early"),
        (packed(b"", "gzip"), "ends early"),
        (packed(gzip.compress(b"") * 101, "gzip"), "more than 100 parts"),
    ],
    ids=["br", "gzip in br", "no gzip", "no deflate", "cut", "empty", "too many parts"],  # gzip writes the time into it
)
async def test_an_encoding_that_cannot_be_read_is_named(said: bytes, message: str) -> None:
    async with site(said, OK) as (_, origin):
        with pytest.raises(Malformed, match=message):
            await origin.post(b"{}", {})
        assert (await origin.post(b"{}", {})).body == b"{}"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_answer_is_not_unpacked_beyond_its_bound(encoding: str) -> None:
    zeros = bytes(10_000_000)
    body = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    async with site(packed(body, encoding), OK) as (_, origin):
        origin.longest = 20_000
        with pytest.raises(TooLong):
            await origin.post(b"{}", {})
        assert (await origin.post(b"{}", {})).body == b"{}"


@pytest.mark.parametrize("head", [b"content-length: 11", b"transfer-encoding: chunked\r\n\r\nb"])
async def test_an_answer_that_is_longer_than_it_may_be_is_not_read_to_its_end(head: bytes) -> None:
    async with site(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" * (2 - head.endswith(b"b")) + b"01234567890") as (
        _,
        origin,
    ):
        origin.longest = 10
        with pytest.raises(TooLong):
            await origin.post(b"{}", {})


@pytest.mark.parametrize(
    "value", ["Bearer \xa0a", "Bearer a\r\nx-role: ops", "Bearer a\nb", "Bearer \x00", "Bearer 木"]
)
async def test_a_header_that_would_make_another_is_refused_and_nothing_is_sent(value: str) -> None:
    async with site(OK) as (there, origin):
        with pytest.raises(Unsendable):
            await origin.post(b"{}", {"authorization": value})
    assert (there.connections, there.requests) == (0, [])


async def test_a_request_that_is_given_up_takes_its_connection_with_it() -> None:
    async with site(None, OK) as (there, origin):
        asking = asyncio.ensure_future(origin.post(b'{"n":1}', {}))
        await until(lambda: len(there.requests) == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (await origin.post(b'{"n":2}', {})).body == b"{}"
    assert there.connections == 2
