"""The careless: each does one thing over and over until its process is ended, as politely scheduled as the machine allows.

A process of its own with the lowest priority, so that what is measured beside it is what the platform does with its input and not
what making the input costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from tests.e2e.caller import Buyer, Caller, new_key

ELSEWHERE = "127.0.0.2"
"""Their address: what is counted by address is not counted on who is measured, who calls from 127.0.0.1."""
_LUMAJANG = {"lat": -8.1335, "lng": 113.2248}
_EVERYTHING = """query Everything($point: PointInput!) { productsNear(point: $point, first: 100) { edges { node { id name description
  merchant { id name openNow products(first: 100) { edges { node { id name variants { id label price available } } } } }
  variants { id label price available } } } } }"""
_ORDERS = "subscription Ours($id: ID!) { merchantOrders(merchantId: $id) { orders { id status } } }"
"""It has no end of its own."""


_ACTS: ContextVar[Synchronized[int]] = ContextVar("acts")


@dataclass(frozen=True, slots=True)
class Aim:
    """What the careless know: an address, tokens of their own, and the way to a broker that trusts them."""

    url: str
    buyer: str
    """A bearer token of a buyer."""
    owner: str
    """A bearer token of an owner of `merchant`, who sells nothing to the honest."""
    merchant: str
    company: str
    """A bearer token of a company's machine."""
    company_id: str
    kafka: dict[str, Any]
    variant: str
    """An id that is for sale."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)


async def every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    """Begins one more act each `seconds`, whether or not the ones before were answered; at most 500 at once."""
    running: set[asyncio.Task[None]] = set()

    async def one() -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError, EOFError, TypeError, ValueError, AssertionError):
            await act()
        with acts.get_lock():
            acts.value += 1

    acts = _ACTS.get()
    while True:
        if len(running) < 500:
            task = asyncio.create_task(one())
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.sleep(seconds)


def _posting(caller: Caller, query: str, **variables: Any) -> Callable[[], Awaitable[object]]:
    return lambda: caller.ask(query, **variables)


async def _odd_tokens(aim: Aim, _: Buyer) -> None:
    body = b'{"query":"{ me { id } }"}'
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
    head += b"authorization: Bearer \xa0%b\r\ncontent-length: %d\r\n\r\n" % (aim.buyer.encode(), len(body))

    async def act() -> None:
        reader, writer = await asyncio.open_connection(*aim.address, local_addr=(ELSEWHERE, 0))
        writer.write(head + body)
        await reader.read()
        writer.close()

    await every(1 / 37, act)


async def _one_lock(aim: Aim, buyer: Buyer) -> None:
    lines = " ".join(
        f'l{n}: setCartLine(variantId: "{aim.variant}", quantity: {n + 1}) {{ __typename }}' for n in range(20)
    )
    ask = _posting(buyer, f"mutation {{ {lines} }}")
    await every(2, lambda: asyncio.gather(*(ask() for _ in range(48)), return_exceptions=True))


async def _introspections(_: Aim, buyer: Buyer) -> None:
    of = "ofType { name kind " * 6 + "}" * 6
    one = f"__schema {{ types {{ name fields {{ name args {{ name type {{ name {of} }} }} type {{ name {of} }} }} }} }}"
    await every(0.2, _posting(buyer, "{ " + " ".join(f"s{n}: {one}" for n in range(20)) + " }"))


async def _repeated_fields(_: Aim, buyer: Buyer) -> None:
    await every(
        0.2, lambda: buyer.ask("{ me { " + "id __typename " * 500 + f"}} a{secrets.randbelow(10**9)}: __typename }}")
    )


async def _fragment_chain(_: Aim, buyer: Buyer) -> None:
    async def act() -> object:
        mark = secrets.token_hex(4)
        links = [f"fragment F{n} on Buyer {{ id ...F{n + 1} ...F{n + 2} }}" for n in range(120)]
        links += [f"fragment F{n} on Buyer {{ id }}" for n in (120, 121)]
        return await buyer.ask(f"query Q{mark} {{ me {{ ...F0 }} }} " + " ".join(links))

    await every(0.2, act)


async def _everything(aim: Aim, buyer: Buyer) -> None:
    guest = Caller(aim.url, None, buyer.session)

    async def act() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await guest.ask(_EVERYTHING, point={**_LUMAJANG, "lat": -8 - secrets.randbelow(10**6) / 10**7})

    await every(0.5, act)


async def _subscriptions(aim: Aim, buyer: Buyer) -> None:
    owner = Caller(aim.url, aim.owner, buyer.session)
    open_now = 0

    async def act() -> None:
        nonlocal open_now
        if open_now >= 1_000:
            return
        open_now += 1
        try:
            async for _ in owner.follow(_ORDERS, id=aim.merchant):
                pass
        finally:
            open_now -= 1

    await every(0.02, act)


async def _half_requests(aim: Aim, _: Buyer) -> None:
    async def act() -> None:
        reader, writer = await asyncio.open_connection(*aim.address, local_addr=(ELSEWHERE, 0))
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-le")
        await reader.read()
        writer.close()

    await every(0.05, act)


async def _huge_headers(aim: Aim, _: Buyer) -> None:
    async def act() -> None:
        reader, writer = await asyncio.open_connection(*aim.address, local_addr=(ELSEWHERE, 0))
        try:
            writer.write(b"GET /graphql HTTP/1.1\r\nhost: x\r\nx-huge: ")
            for _ in range(160):
                writer.write(b"x" * 65_536)
                await writer.drain()
            await reader.read()
        finally:
            writer.close()

    await every(0.5, act)


def _junk(aim: Aim) -> dict[str, Any]:
    """A reply, well formed and about nothing."""
    body = {"job_id": "dlv_" + "0" * 26, "offer_id": "off_" + "0" * 26, "rider_id": "rid_" + "0" * 26}
    return {"specversion": "1.0", "id": new_key(), "type": "partner.accept.v1", "source": aim.company_id, "data": body}


async def _junk_replies(aim: Aim, buyer: Buyer) -> None:
    headers = {"authorization": f"Bearer {aim.company}", "content-type": "application/cloudevents+json"}

    async def act() -> None:
        async with buyer.session.post(f"{aim.url}/partner/v1/replies", headers=headers, json=_junk(aim)) as answer:
            await answer.read()

    await every(0.02, act)


async def _producing(aim: Aim, topic: str, seconds: float, burst: int = 0) -> None:
    async with AIOKafkaProducer(**aim.kafka) as producer:

        async def act() -> None:
            said = _junk(aim)
            headers = [(f"ce_{name}", str(said[name]).encode()) for name in ("specversion", "id", "type", "source")]
            await producer.send(topic, json.dumps(said["data"]).encode(), key=secrets.token_bytes(4), headers=headers)

        for _ in range(burst):
            await act()
        await every(seconds, act)


async def _junk_records(aim: Aim, _: Buyer) -> None:
    await _producing(aim, Topics.of(PartnerId.parse(aim.company_id)).replies, 0.4)


async def _many_records(aim: Aim, _: Buyer) -> None:
    await _producing(aim, Topics.of(PartnerId.parse(aim.company_id)).replies, 0.02, burst=4_000)


async def _forged_records(aim: Aim, _: Buyer) -> None:
    await _producing(aim, "catalog.products", 0.2)


ALL: dict[str, Callable[[Aim, Buyer], Awaitable[None]]] = {
    "tokens that no header may carry, 37/s": _odd_tokens,
    "48 times 20 aliased setCartLine on one cart, each 2 s": _one_lock,
    "20 aliased introspections, 5/s": _introspections,
    "a chain of fragments, each new, 5/s": _fragment_chain,
    "1,000 repeated fields, each new, 5/s": _repeated_fields,
    "the dearest page of a guest, given up after 1 s, 2/s": _everything,
    "1,000 subscriptions of one merchant, 50/s": _subscriptions,
    "half a request and silence, 20/s": _half_requests,
    "10 MB of one header, 2/s": _huge_headers,
    "a company's junk replies over HTTP, 50/s": _junk_replies,
    "a company's junk replies as records, 2.5/s": _junk_records,
    "4,000 replies at once, then 50/s": _many_records,
    "records that are no event on a service's topic, 5/s": _forged_records,
}


OF_A_COMPANY = frozenset(name for name in ALL if ALL[name] in (_junk_replies, _junk_records, _many_records))
"""Their company rides too: its own orders wait behind its own junk, and are measured apart."""


async def _act(name: str, aim: Aim) -> None:
    connector = aiohttp.TCPConnector(limit=0, local_addr=(ELSEWHERE, 0))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=600)) as session:
        await ALL[name](aim, Buyer(aim.url, aim.buyer, session))


def be(name: str, aim: Aim, acts: Synchronized[int]) -> None:
    """The whole life of one careless process; it is ended from outside. `acts` counts what was answered, or refused."""
    os.nice(19)
    _ACTS.set(acts)
    asyncio.run(_act(name, aim))
