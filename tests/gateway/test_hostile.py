"""Input that nobody means well by: always an answer of the specification, never a fault, never without bound."""

import asyncio
import random

from gateway.executor.subgraph_socket import _WAITING_BYTES, _WAITING_EVENTS, _Mailbox
from tests.gateway.kit.network import Running

SEEDS = [
    b'{"query":"query ($id: ID!) { product(id: $id) { id name fee } }","variables":{"id":"p1"}}',
    b'{"query":"{ node(id: \\"o1\\") { ... on Order { code lines { product { name } } } } }","operationName":null}',
    b'{"query":"mutation { placeOrder(productId: \\"p1\\") { __typename } }","extensions":{}}',
]


def spoiled(body: bytes, chance: random.Random) -> bytes:
    text = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        match chance.randrange(4):
            case 0:
                text[at] = chance.randrange(256)
            case 1:
                del text[at : at + chance.randint(1, 8)]
            case 2:
                text[at:at] = chance.choice((b"{", b"}", b"[", b'"', b"\\", b"\x00", b"...", b"\xff", b"$", b"@skip"))
            case _:
                text[at:at] = text[at : at + chance.randint(1, 40)]
        if not text:
            return b""
    return bytes(text)


async def test_spoiled_bodies_never_make_a_fault(running: Running) -> None:
    chance = random.Random(7)
    statuses: set[int] = set()
    for _ in range(400):
        body = spoiled(chance.choice(SEEDS), chance)
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        async with running.client.post(f"{running.url}/graphql", data=body, headers=headers) as answer:
            document = await answer.json(content_type=None)
        statuses.add(answer.status)
        assert answer.status in (200, 400), body
        assert "data" in document or document["errors"][0]["extensions"]["code"], body
    assert statuses == {200, 400}


async def test_a_full_mailbox_holds_its_reader_back_and_drops_nothing() -> None:
    box = _Mailbox()

    async def read() -> None:
        for number in range(_WAITING_EVENTS * 2):
            await box.put({"data": {"version": number}}, 10)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    assert len(box.events) == _WAITING_EVENTS
    taken = []
    while not reading.done() or box.events:
        taken.append(box.take())
        await asyncio.sleep(0)
    assert taken == [{"data": {"version": number}} for number in range(_WAITING_EVENTS * 2)]


async def test_a_mailbox_is_bounded_by_bytes_too() -> None:
    box = _Mailbox()
    await box.put({}, _WAITING_BYTES * 2)
    second = asyncio.create_task(box.put({}, 1))
    await asyncio.sleep(0)
    assert not second.done()
    box.take()
    await second
    assert box.size == 1
