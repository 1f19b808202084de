"""Answers are compressed as the client likes, when they are whole and worth it; whatever it says of encodings is no fault."""

import contextlib
import random
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import cramjam
import orjson
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocols import encoding
from gateway.protocols.encoding import LEAST, wanted
from services.kit.process.settings import Switch
from tests.gateway.kit.network import Running, SubgraphServer, gateway

BODY = {"query": "{ products { id name } }"}
UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: zlib.decompress(body, 31),
    "br": lambda body: bytes(cramjam.brotli.decompress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.decompress(body)),
    "": lambda body: body,
}


def goods(count: int) -> dict[str, Any]:
    rows = [{"id": f"p{number}", "name": f"Bayam {number}", "__typename": "Product"} for number in range(count)]
    return {"data": {"products": rows}}


@contextlib.asynccontextmanager
async def selling(subgraphs: dict[str, SubgraphServer], count: int, **options: Any) -> AsyncIterator[Running]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(goods(count))

    subgraphs["catalog"].respond = answer
    async with gateway({name: server.url for name, server in subgraphs.items()}, **options) as running:
        yield running


async def ask(running: Running, accepted: str | None, **more: str) -> tuple[bytes, Mapping[str, str]]:
    """The bytes as they came."""
    headers = {**more, **({"accept-encoding": accepted} if accepted is not None else {})}
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["accept-encoding"]) as client,
        client.post(f"{running.url}/graphql", json=BODY, headers=headers) as answer,
    ):
        assert answer.status == 200
        raw = await answer.read()
        assert answer.headers["content-length"] == str(len(raw))
        return raw, answer.headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("GZIP ; Q=0.5 , BR;q=0.8", "br"),
        ("gzip;q=1.0, br;q=0.5, zstd;q=0", "gzip"),
        ("gzip;q=0.1, identity;q=0.5", ""),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0, *", ""),
        ("br;q=0.3, *;q=0.9", "gzip"),
        ("identity;q=0", ""),
        ("deflate", ""),
        ("", ""),
        ("gzip;q=nan, br;q=inf, zstd;q=-1", ""),
        ("gzip;q=2, br;q=1.0001", ""),
        ("gzip;level=9", ""),
        (",;,=;q=,gzip;;q=1", ""),
        ("gzip, " * 1_000, ""),
    ],
)
async def test_the_client_gets_what_it_likes_best_of_what_it_can_read(accepted: str, coding: str) -> None:
    assert wanted(accepted.encode()) == coding


@given(st.binary(max_size=2_000))
def test_whatever_is_said_of_encodings_is_answered(accepted: bytes) -> None:
    assert wanted(accepted) in UNPACK


@given(st.lists(st.sampled_from(sorted(UNPACK)), min_size=1).map(lambda codings: ",".join(codings).encode()))
def test_no_client_gets_what_it_did_not_name(accepted: bytes) -> None:
    assert wanted(accepted) in {"", *accepted.decode().split(",")}


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("count", [49, 5_000])  # in the loop, and beside it
async def test_what_is_compressed_says_the_same(subgraphs: dict[str, SubgraphServer], coding: str, count: int) -> None:
    async with selling(subgraphs, count) as running:
        plain, headers = await ask(running, None)
        assert "content-encoding" not in headers
        raw, headers = await ask(running, coding)
    assert (headers["content-encoding"], headers["vary"]) == (coding, "Accept-Encoding")
    assert headers["cache-control"] == "no-store"
    assert UNPACK[coding](raw) == plain
    assert orjson.loads(plain)["data"]["products"][-1]["id"] == f"p{count - 1}"
    assert len(raw) < len(plain) / 3


async def test_a_small_answer_is_sent_as_it_is(subgraphs: dict[str, SubgraphServer]) -> None:
    async with selling(subgraphs, 1) as running:
        raw, headers = await ask(running, "gzip, br, zstd")
        assert len(raw) < LEAST
        assert ("content-encoding" in headers, headers["vary"]) == (False, "Accept-Encoding")
        refused, headers = await ask(running, "gzip", accept="application/json")
        assert "content-encoding" not in headers
        assert refused == raw


async def test_what_compression_would_not_make_smaller_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoding._CODINGS, "gzip", lambda body, _: body + b"more")
    told: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2000")]})
        await send({"type": "http.response.body", "body": b"x" * 2_000})

    async def send(message: Any) -> None:
        told.append(message)

    await encoding.Encoding(app)({"type": "http", "headers": [(b"accept-encoding", b"gzip")]}, None, send)  # type: ignore[arg-type]
    assert dict(told[0]["headers"]) == {b"content-length": b"2000", b"vary": b"Accept-Encoding"}
    assert told[1]["body"] == b"x" * 2_000


async def test_a_stream_of_events_is_neither_held_back_nor_compressed(subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    body = {"query": 'subscription { orderChanged(id: "o1") { code } }'}
    headers = {"accept": "text/event-stream", "accept-encoding": "gzip, br, zstd"}
    async with (
        gateway(urls) as running,
        aiohttp.ClientSession(auto_decompress=False) as client,
        client.post(f"{running.url}/graphql", json=body, headers=headers) as answer,
    ):
        assert (answer.headers.get("content-encoding"), answer.content_type) == (None, "text/event-stream")
        assert await answer.content.readline() == b":\n"
        assert b"event: next" in await answer.content.read()


async def test_the_schema_and_the_page_are_compressed_too(subgraphs: dict[str, SubgraphServer]) -> None:
    async with (
        gateway({}, explorer=Switch.ON) as running,
        aiohttp.ClientSession(auto_decompress=False) as client,
    ):
        for path, accept in (("/schema.graphql", "*/*"), ("/graphql", "text/html")):
            async with client.get(running.url + path, headers={"accept-encoding": "zstd", "accept": accept}) as answer:
                assert answer.headers["content-encoding"] == "zstd"
                text = UNPACK["zstd"](await answer.read()).decode()
            assert ("type Query {" in text) or ("<html" in text.lower())
        tag = '"x"'
        async with client.get(f"{running.url}/schema.graphql", headers={"accept-encoding": "zstd"}) as answer:
            tag = answer.headers["etag"]
        assert tag.startswith("W/")
        # What was got in one encoding is known in every other.
        for coding in ("identity", "br", "zstd"):
            headers = {"if-none-match": tag, "accept-encoding": coding}
            async with client.get(f"{running.url}/schema.graphql", headers=headers) as answer:
                assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_forty_nine_goods_are_within_four_kilobytes(coding: str) -> None:
    """As a buyer's list shows them, with ids of which half is chance: as UUIDv7 are, and no compression helps there."""
    chance = random.Random(1)

    def id_of(kind: str) -> str:
        return f"{kind}_01ep341r00" + "".join(chance.choices("0123456789abcdefghjkmnpqrstvwxyz", k=16))

    words = [
        "Bayam",
        "Kangkung",
        "Sawi",
        "Cabai rawit",
        "Tomat",
        "Tempe",
        "Kopi",
        "hijau",
        "Pasrujambe",
        "Kateki",
        "segar",
    ]
    sellers = [{"id": id_of("mer"), "name": f"Bu {name}", "openNow": True} for name in words]
    edges = [
        {
            "distanceM": chance.randrange(400, 20_000),
            "node": {
                "id": id_of("prd"),
                "name": " ".join(chance.sample(words, 2)),
                "merchant": chance.choice(sellers),
                "variants": [
                    {
                        "id": id_of("var"),
                        "label": "1 ikat (bunch)",
                        "price": chance.randrange(2_000, 90_000, 500),
                        "available": chance.randrange(100),
                        "unit": {"code": "ikat", "label": "ikat (bunch)"},
                    }
                ],
            },
        }
        for _ in range(49)
    ]
    body = orjson.dumps({"data": {"productsNear": {"edges": edges}}})
    assert len(body) > 16_000
    assert len(encoding._CODINGS[coding](body, encoding._LEVELS[coding][0])) <= 4_000


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_what_is_long_is_compressed_quickly_and_beside_the_loop(
    coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, bool]] = []

    def compress(body: bytes, level: int) -> bytes:
        told.append((level, threading.current_thread() is threading.main_thread()))
        return body[:1]

    monkeypatch.setitem(encoding._CODINGS, coding, compress)
    for length in (encoding._LONG, encoding._LONG + 1):
        assert await encoding._compressed(coding, b"x" * length) == b"x"
    thorough, quick = encoding._LEVELS[coding]
    assert quick < thorough
    assert told == [(thorough, True), (quick, False)]
