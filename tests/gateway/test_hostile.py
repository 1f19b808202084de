"""Input that nobody means well by: always an answer of the specification, never a fault, never without bound."""

import asyncio
import random

import pytest
from graphql import parse

from gateway.executor.subgraph_socket import _WAITING_BYTES, _WAITING_EVENTS, _Mailbox
from gateway.planner.planner import Planner
from gateway.planner.walk import Walk
from gateway.supergraph.load import load
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


def test_planning_over_subgraphs_that_are_all_alike_stays_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    subgraphs = [f"G{number}" for number in range(7)]
    values = " ".join(f'{name} @join__graph(name: "{name}", url: "http://{name}")' for name in subgraphs)
    joins = " ".join(f"@join__type(graph: {name})" for name in subgraphs)
    keyed = " ".join(f'@join__type(graph: {name}, key: "id")' for name in subgraphs)
    own = " ".join(f"own{number}: Int @join__field(graph: {name})" for number, name in enumerate(subgraphs))
    supergraph = load(
        'schema @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query } '
        f"enum join__Graph {{ {values} }} type Query {joins} {{ t: T }} "
        f"type T {keyed} {{ id: ID! x: Int next: T others: [T] {own} }}"
    )

    def nested(depth: int) -> str:
        if depth == 0:
            return "x own0 own2 own4"
        return f"id x own1 next {{ {nested(depth - 1)} }} others {{ {nested(depth - 1)} own{depth % 7} }}"

    def work(depth: int) -> tuple[int, int]:
        """Selections, and choices worked out for them."""
        made: list[Walk] = []
        original = Walk.__init__

        def counted(self: Walk, *args: object) -> None:
            original(self, *args)  # type: ignore[arg-type]  # passed through
            made.append(self)

        monkeypatch.setattr(Walk, "__init__", counted)
        document = parse("{ t { " + nested(depth) + " } }")
        Planner(supergraph).plan(document.definitions[0], {}, {})  # type: ignore[arg-type]  # an operation
        monkeypatch.setattr(Walk, "__init__", original)
        return 2 ** (depth + 1) - 1, len(made[0]._solved)

    small, large = work(3), work(7)
    assert large[1] / small[1] < 1.5 * large[0] / small[0]
