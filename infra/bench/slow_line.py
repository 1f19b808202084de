"""python -m infra.bench.slow_line: what a buyer with a slow line waits for (400 kbit/s, 400 ms), from the first goods to the placed order.

An embedded installation of its own behind a line that is slowed down; a new connection takes one round trip for TCP and one for TLS, and
a browser asks by OPTIONS before its first GET. Bytes are those of the line, heads included.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from infra.bench.line import Line
from tests.e2e.caller import HOME, Buyer, calling, new_key
from tests.e2e.installation import Installation

GOODS = """query Goods($near: PointInput!, $first: Int) { productsNear(point: $near, radiusM: 50000, first: $first) {
  edges { distanceM node { id name merchant { id name openNow } variants { id label priceText available } } } } }"""
PLACE = """mutation Place($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) {
  problems { code message } cart { id version } order { ...Page } } }"""
ORDER = "query Page($id: ID!) { order(id: $id) { ...Page } }"
PAGE = """fragment Page on Order { id orderCode version status total goodsTotal deliveryFee placedAt
  contact { id label line } payment { id method status amount } cancellation { reason } history { at status }
  sellerOrders { id status readyAt merchant { id name } lines { id name quantityText total } }
  delivery { id status fee handoverPin partner { id name } rider { id name plate } } }"""
SECONDS = {"first goods": 2.0, "place to order": 1.2}
"""What is wanted."""
GOODS_SHOWN, ROUNDS = 49, 5


@dataclass(slots=True)
class Phone:
    """Over the line, as a browser's page of another origin. It reads gzip alone, the largest of the three."""

    line: Line
    session: aiohttp.ClientSession
    token: str | None = None
    requests: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/graphql"

    async def ask(self, method: str, **how: Any) -> Any:
        self.requests += 1
        headers = {"origin": "http://localhost:3000", "accept-encoding": "gzip", **how.pop("headers", {})}
        if self.token and method != "OPTIONS":
            headers["authorization"] = f"Bearer {self.token}"
        async with self.session.request(method, self.url, headers=headers, **how) as answer:
            assert answer.status in (200, 204), await answer.text()
            content = await answer.read()  # to its end: a connection whose answer was left half read is not used again
            return json.loads(content) if method != "OPTIONS" else None

    async def goods(self, first: int) -> int:
        """How many came, by the name of the document that others have asked before."""
        named = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(GOODS.encode()).hexdigest()}}
        params = {"extensions": json.dumps(named), "variables": json.dumps({"near": HOME, "first": first})}
        asking = {"access-control-request-method": "GET", "access-control-request-headers": "apollo-require-preflight"}
        await self.ask("OPTIONS", headers=asking)
        said = await self.ask("GET", params=params, headers={"apollo-require-preflight": "1"})
        return len(said["data"]["productsNear"]["edges"])

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        said = await self.ask("POST", json={"query": query, "variables": variables})
        assert "errors" not in said, said
        (value,) = said["data"].values()
        return dict(value)


@contextlib.asynccontextmanager
async def phone(line: Line, token: str | None = None) -> AsyncIterator[Phone]:
    async with line.open(), aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        yield Phone(line, session, token)


async def known(platform: Installation) -> None:
    """Somebody has asked for the goods before, so that the document's name is known."""
    named = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(GOODS.encode()).hexdigest()}}
    body = {"query": GOODS, "variables": {"near": HOME, "first": 1}, "extensions": named}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{platform.url}/graphql", json=body) as answer,
    ):
        assert answer.status == 200


async def ready(platform: Installation, subject: str) -> tuple[str, dict[str, Any]]:
    """A buyer at the checkout: token, and what placing takes."""
    async with calling(platform, "buyer", subject) as buyer:
        assert isinstance(buyer, Buyer)
        variant = await buyer.find("bayam", "ikat")
        wanted = await buyer.order_input((variant["id"], 1))
        assert buyer.token is not None
        return buyer.token, wanted


async def _run(platform: Installation) -> None:
    await known(platform)
    goods, placed, page = [], [], []
    for _ in range(ROUNDS):
        async with phone(slow(platform)) as it:
            goods.append(await _timed(it, it.goods(GOODS_SHOWN)))
        token, wanted = await ready(platform, f"bench|{new_key()}")
        async with phone(slow(platform), token) as it:
            await it.post("{ me { id } }")  # the checkout before it: the connection is there
            placing = it.post(PLACE + PAGE, input=wanted, key=new_key())
            placed.append(await _timed(it, placing))
            order = placed[-1].answer["order"]["id"]
            page.append(await _timed(it, it.post(ORDER + PAGE, id=order)))
    print(f"{'400 kbit/s, 400 ms, median of ' + str(ROUNDS):36}{'s':>6}{'wanted':>8}{'requests':>10}{'bytes down':>12}")
    for name, took in (("first goods", goods), ("place to order", placed), ("order page", page)):
        it_took = sorted(took, key=lambda each: each.seconds)[ROUNDS // 2]
        print(f"{name:36}{it_took.seconds:6.2f}{SECONDS.get(name, ''):>8}{it_took.requests:10}{it_took.bytes_down:12,}")
    print(f"goods shown: {goods[0].answer}")


@dataclass(frozen=True, slots=True)
class Took:
    answer: Any
    seconds: float
    requests: int
    bytes_down: int


async def _timed(it: Phone, asking: Awaitable[Any]) -> Took:
    requests, sent, began = it.requests, it.line.down.sent, time.perf_counter()
    answer = await asking
    return Took(answer, time.perf_counter() - began, it.requests - requests, it.line.down.sent - sent)


def slow(platform: Installation) -> Line:
    return Line.slow(platform.ports.gateway, kbit_s=400, round_trip_s=0.4)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            asyncio.run(_run(platform))
        finally:
            platform.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
