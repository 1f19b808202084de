"""How many messages ordering exchanges with its database: one per field batch, and few per mutation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.contracts.catalog import VariantId
from tests.worlds.ordering import SITI, Market, a_key, a_merchant, a_product, a_variant, an_order, buyer, market, placed
from tests.worlds.servers import TestDatabase


@pytest.fixture
async def world(made: TestDatabase) -> AsyncIterator[Market]:
    """With one connection alone, so that all it says can be counted."""
    async with market(made, connections=1) as found:
        yield found


@contextmanager
def counted(connection: Any) -> Iterator[list[str]]:
    """What is said, BEGIN and COMMIT included; the coalesced wake-up after a commit is not the operation's."""
    said: list[str] = []

    def hear(query: Any) -> None:
        if "pg_notify" not in query.query:
            said.append(" ".join(query.query.split())[:60])

    connection.add_query_logger(hear)
    try:
        yield said
    finally:
        connection.remove_query_logger(hear)


async def raw(world: Market) -> Any:
    async with world.db.acquire() as conn:
        return conn._con  # type: ignore[attr-defined]  # the pool's only connection, behind its proxy


PLACE = """mutation($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) {
    order { id status total } problems { code } } }"""


async def test_an_order_of_twenty_lines_of_four_merchants_takes_eight_exchanges(world: Market) -> None:
    names = [f"m{n}" for n in range(4)]
    for name in names:
        variants = [a_variant(f"{name}-{n}") for n in range(5)]
        await world.hear(a_merchant(name), a_product(name, name, variants=variants))
    lines = {f"{name}-{n}": 2 for name in names for n in range(5)}

    async def place() -> list[str]:
        wanted = await an_order(world, lines=lines, merchants=names, total=110_000)
        given = {
            "cartId": str(wanted.cart_id),
            "cartVersion": wanted.cart_version,
            "contactId": str(wanted.contact_id),
            "slot": "NOW",
            "paymentMethod": "COD",
            "quote": wanted.quote,
            "total": 110_000,
        }
        with counted(await raw(world)) as said:
            answer = await world.ask(buyer(), PLACE, input=given, key=a_key())
        assert answer["data"]["placeOrder"]["problems"] == [], answer
        return said

    await place()  # a connection that is new also learns the types of its parameters, once
    said = await place()
    assert await world.value("SELECT count(*) FROM order_line") == 40
    assert await world.value("SELECT count(*) FROM seller_order") == 8
    assert len(said) == 8, said
    assert said[0].startswith("BEGIN")
    assert said[6].startswith("COMMIT")


PAGE = """{ me { orders(first: 10) { edges { node { orderCode status payment { status } contact { recipient } history { status }
    sellerOrders { status lines { name total } } } } } } }"""


async def test_a_page_of_orders_takes_one_statement_per_field_batch(world: Market) -> None:
    await world.hear(a_merchant(), a_product())
    for _ in range(3):
        await placed(world)
    with counted(await raw(world)) as said:
        answer = await world.ask(buyer(), PAGE)
    assert len(answer["data"]["me"]["orders"]["edges"]) == 3
    assert len(said) == 6, said  # buyer, orders, contacts, histories, seller orders, lines


async def test_a_cart_line_is_set_in_few_statements(world: Market) -> None:
    await world.hear(a_merchant(), a_product())
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 1})
    document = """mutation($variant: ID!) { setCartLine(variantId: $variant, quantity: 2) {
        cart { version goodsTotal massGram lines { name } } problems { code } } }"""
    with counted(await raw(world)) as said:
        await world.ask(buyer(), document, variant=str(VariantId.seeded("bayam")))
    assert len(said) == 4, said
