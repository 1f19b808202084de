"""What a merchant's people and the operators change: told once, written in the price history, and nobody else's to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.contracts.catalog import (
    MerchantChanged,
    MerchantId,
    MerchantStatus,
    ProductChanged,
    ProductId,
    ProductStatus,
    VariantId,
)
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM,
    BAYAM_IKAT,
    KLENGKENG,
    KLENGKENG_KG,
    MIN,
    SRI,
    Graph,
    an_order,
    hear,
    stock_of,
    stock_up,
    told,
)
from tests.worlds.payloads import PROBLEMS, done, refused

SET_STOCK = f"""mutation($id: ID!, $onHand: Int = 4) {{ answer: setStock(variantId: $id, onHand: $onHand) {{ {PROBLEMS}
  variant {{ available stock {{ onHand reserved }} }} }} }}"""
CHANGE_PRICE = f"""mutation($id: ID!, $price: Rupiah = 3500) {{ answer: changePrice(variantId: $id, price: $price) {{ {PROBLEMS}
  variant {{ price priceBasis }} }} }}"""
PUBLISH = f"mutation($id: ID!) {{ answer: publishProduct(id: $id) {{ {PROBLEMS} product {{ status }} }} }}"
HIDE = PUBLISH.replace("publishProduct", "hideProduct")
SUSPEND = f"""mutation($id: ID!, $reason: String = "izin habis") {{ answer: suspendMerchant(id: $id, reason: $reason) {{ {PROBLEMS}
  merchant {{ status statusReason }} }} }}"""
REACTIVATE = SUSPEND.replace("suspendMerchant", "reactivateMerchant")
BY_MEMBERS = {"setStock": (SET_STOCK, KLENGKENG_KG), "changePrice": (CHANGE_PRICE, KLENGKENG_KG),
              "publishProduct": (PUBLISH, KLENGKENG), "hideProduct": (HIDE, KLENGKENG)}  # fmt: skip
BY_OPS = {"suspendMerchant": (SUSPEND, MIN), "reactivateMerchant": (REACTIVATE, MIN)}


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _as(graph: Graph, name: str, document: str, *, role: str = "merchant", **variables: Any) -> Any:
    variables["id"] = str(variables["id"])
    return done((await graph.data(document, role=role, name=name, **variables))["answer"])


async def _refused(graph: Graph, name: str, document: str, *, role: str = "merchant", **variables: Any) -> Any:
    variables["id"] = str(variables["id"])
    return refused((await graph.data(document, role=role, name=name, **variables))["answer"])


async def _everything(db: Database) -> list[Any]:
    """Every row that a mutation of the catalog could touch."""
    async with db.acquire() as conn:
        return [
            await conn.fetch(f"SELECT * FROM {table} ORDER BY 1")
            for table in ("merchant", "product", "variant", "stock_item", "price_history", "outbox", "outbox_counter")
        ]


async def _prices(db: Database, variant_id: VariantId) -> list[tuple[int, bool]]:
    """Each price with whether it holds still; the end of one is the beginning of the next."""
    async with db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT price_rupiah, since, until FROM price_history WHERE variant_id = $1 ORDER BY since, until",
            variant_id,
        )
    assert [row["until"] for row in rows[:-1]] == [row["since"] for row in rows[1:]]
    return [(row["price_rupiah"], row["until"] is None) for row in rows]


async def test_a_member_counts_the_stock_and_what_is_for_sale_is_told(graph: Graph, db: Database) -> None:
    answer = await _as(graph, "bu-sri", SET_STOCK, id=BAYAM_IKAT, onHand=4)
    assert answer == {"available": 4, "stock": {"onHand": 4, "reserved": 0}}
    assert await stock_of(db, BAYAM_IKAT) == (4, 0)
    assert [kind for kind, _ in await told(db)] == ["catalog.level_changed.v1"]


async def test_stock_cannot_be_counted_below_what_is_reserved(graph: Graph, db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 3)))
    for on_hand in (2, -1, 1_000_000_001):
        assert await _refused(graph, "bu-sri", SET_STOCK, id=BAYAM_IKAT, onHand=on_hand) == {
            "code": "INVALID_QUANTITY",
            "field": "onHand",
            "minimum": 3,
            "limit": 1_000_000_000,
            "unit": "BASE_UNIT",
        }
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)
    assert (await _as(graph, "bu-sri", SET_STOCK, id=BAYAM_IKAT, onHand=3))["available"] == 0
    assert await stock_of(db, BAYAM_IKAT) == (3, 3)


async def test_orders_that_come_while_the_stock_is_counted_are_never_oversold(graph: Graph, db: Database) -> None:
    orders = [an_order((BAYAM_IKAT, 1)) for _ in range(8)]

    async def count() -> None:
        """Five lie there. When more are kept for orders already, the count is refused."""
        answer = (await graph.data(SET_STOCK, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), onHand=5))["answer"]
        assert all(problem["minimum"] > 5 for problem in answer["problems"])

    await asyncio.gather(*(hear(db, order) for order in orders), *(count() for _ in range(8)))
    on_hand, reserved = await stock_of(db, BAYAM_IKAT)
    assert 0 < reserved <= on_hand


async def test_a_changed_price_is_told_with_the_whole_product_and_kept_in_its_history(
    graph: Graph, db: Database
) -> None:
    answer = await _as(graph, "bu-sri", CHANGE_PRICE, id=BAYAM_IKAT, price=3500)
    assert answer == {"price": 3500, "priceBasis": 1}
    ((event_type, payload),) = await told(db)
    assert event_type == ProductChanged.type
    product = decode(ProductChanged, payload)
    assert (product.product_id, product.merchant_id, product.status) == (BAYAM, SRI, ProductStatus.PUBLISHED)
    assert [(each.variant_id, each.price_rupiah, each.unit.code) for each in product.variants] == [
        (BAYAM_IKAT, 3500, "ikat")
    ]
    assert await _prices(db, BAYAM_IKAT) == [(3000, False), (3500, True)]
    await _as(graph, "bu-sri", CHANGE_PRICE, id=BAYAM_IKAT, price=3000)
    assert await _prices(db, BAYAM_IKAT) == [(3000, False), (3500, False), (3000, True)]


async def test_two_prices_at_one_moment_leave_one_history(graph: Graph, db: Database) -> None:
    await asyncio.gather(
        *(_as(graph, "bu-sri", CHANGE_PRICE, id=BAYAM_IKAT, price=price) for price in range(3100, 3900, 100))
    )
    assert len(await _prices(db, BAYAM_IKAT)) == 9
    states = [decode(ProductChanged, payload) for _, payload in await told(db)]
    assert len(states) == 8
    async with db.acquire() as conn:
        present = await conn.fetchval("SELECT price_rupiah FROM variant WHERE id = $1", BAYAM_IKAT)
    assert states[-1].variants[0].price_rupiah == present


async def test_a_price_out_of_range_is_refused(graph: Graph, db: Database) -> None:
    before = await _everything(db)
    for price in (0, 1_000_000_001):
        assert await _refused(graph, "bu-sri", CHANGE_PRICE, id=BAYAM_IKAT, price=price) == {
            "code": "INVALID_PRICE",
            "field": "price",
            "minimum": 1,
            "limit": 1_000_000_000,
            "unit": "RUPIAH",
        }
    assert await _everything(db) == before


async def test_what_is_no_rupiah_is_bad_user_input(graph: Graph, db: Database) -> None:
    before = await _everything(db)
    for price in (-1, 1.5, "3000", 2**53, True):
        variables = {"id": str(BAYAM_IKAT), "price": price}
        assert await graph.code(CHANGE_PRICE, role="merchant", name="bu-sri", **variables) == "BAD_USER_INPUT", price
    assert await _everything(db) == before


async def test_a_product_is_hidden_and_published_and_each_is_told(graph: Graph, db: Database) -> None:
    assert await _as(graph, "bu-sri", HIDE, id=BAYAM) == {"status": "HIDDEN"}
    assert await _as(graph, "bu-sri", PUBLISH, id=BAYAM) == {"status": "PUBLISHED"}
    states = [decode(ProductChanged, payload).status for _, payload in await told(db)]
    assert states == [ProductStatus.HIDDEN, ProductStatus.PUBLISHED]


async def test_a_blocked_product_is_not_its_merchants_to_publish(graph: Graph, db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE product SET status = 'BLOCKED' WHERE id = $1", BAYAM)
    before = await _everything(db)
    answer = await _refused(graph, "bu-sri", PUBLISH, id=BAYAM)
    assert answer == {"code": "WRONG_STATE", "status": "BLOCKED"}
    assert await _everything(db) == before


async def test_operators_suspend_a_merchant_and_say_why_and_reactivate_it(graph: Graph, db: Database) -> None:
    answer = await _as(graph, "ops", SUSPEND, role="ops", id=MIN, reason=" izin\nhabis ")
    assert answer == {"status": "SUSPENDED", "statusReason": "izin habis"}
    answer = await _as(graph, "ops", REACTIVATE, role="ops", id=MIN, reason="izin baru")
    assert answer == {"status": "ACTIVE", "statusReason": "izin baru"}
    states = [decode(MerchantChanged, payload) for _, payload in await told(db)]
    assert [(state.merchant_id, state.status) for state in states] == [
        (MIN, MerchantStatus.SUSPENDED),
        (MIN, MerchantStatus.ACTIVE),
    ]
    assert sorted(member.role for member in states[0].members) == ["OWNER", "STAFF"]


async def test_a_closed_merchant_is_neither_suspended_nor_reactivated(graph: Graph, db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = 'CLOSED' WHERE id = $1", MIN)
    before = await _everything(db)
    for document in (SUSPEND, REACTIVATE):
        answer = await _refused(graph, "ops", document, role="ops", id=MIN)
        assert answer == {"code": "WRONG_STATE", "status": "CLOSED"}
    assert await _everything(db) == before


async def test_a_suspension_without_a_readable_reason_is_bad_user_input(graph: Graph, db: Database) -> None:
    before = await _everything(db)
    for reason, refusal in (
        ("", "reason has 1 to 500 characters"),
        ("   ", "reason has 1 to 500 characters"),
        ("x" * 501, "reason has 1 to 500 characters"),
        ("a\0b", "reason has no control characters or characters that are not seen (U+0000)"),
        ("a\x1b[31mb", "reason has no control characters or characters that are not seen (U+001B)"),
        ("a\u202eb", "reason has no control characters or characters that are not seen (U+202E)"),
    ):
        answer = await graph.answer(SUSPEND, role="ops", name="ops", id=str(MIN), reason=reason)
        assert [(error["extensions"]["code"], error["message"]) for error in answer["errors"]] == [
            ("BAD_USER_INPUT", refusal)
        ]
    assert await _everything(db) == before


async def test_what_is_so_already_succeeds_and_changes_and_tells_nothing(graph: Graph, db: Database) -> None:
    before = await _everything(db)
    for document, key, variables in (
        (SET_STOCK, BAYAM_IKAT, {"onHand": 10}),
        (CHANGE_PRICE, BAYAM_IKAT, {"price": 3000}),
        (PUBLISH, BAYAM, {}),
        (REACTIVATE, SRI, {}),
    ):
        assert await _as(graph, "ops", document, role="ops", id=key, **variables)
    assert await _everything(db) == before


@pytest.mark.parametrize("mutation", BY_MEMBERS)
async def test_another_merchants_people_are_answered_as_if_it_were_not_there_and_nothing_is_written(
    graph: Graph, db: Database, mutation: str
) -> None:
    document, key = BY_MEMBERS[mutation]
    before = await _everything(db)
    for name in ("bu-sri", "stranger"):
        theirs = await _refused(graph, name, document, id=key)
        nowhere = await _refused(graph, name, document, id=type(key).new())
        assert theirs == nowhere == {"code": "NOT_FOUND"}
    assert await _everything(db) == before


@pytest.mark.parametrize("mutation", BY_MEMBERS)
async def test_owner_staff_and_operators_may(graph: Graph, mutation: str) -> None:
    document, key = BY_MEMBERS[mutation]
    for role, name in (("merchant", "pak-min"), ("merchant", "mbak-yuni"), ("ops", "ops")):
        assert await _as(graph, name, document, role=role, id=key)


@pytest.mark.parametrize("mutation", [*BY_MEMBERS, *BY_OPS])
async def test_a_member_with_a_token_of_another_role_or_none_is_refused_and_nothing_is_written(
    graph: Graph, db: Database, mutation: str
) -> None:
    document, key = {**BY_MEMBERS, **BY_OPS}[mutation]
    before = await _everything(db)
    for role in ("buyer", "rider", "partner", "government"):
        assert await graph.code(document, role=role, name="pak-min", id=str(key)) == "FORBIDDEN"
    assert await graph.code(document, id=str(key)) == "UNAUTHENTICATED"
    assert await _everything(db) == before


@pytest.mark.parametrize("mutation", BY_OPS)
async def test_a_merchant_does_not_move_itself(graph: Graph, db: Database, mutation: str) -> None:
    document, key = BY_OPS[mutation]
    before = await _everything(db)
    assert await graph.code(document, role="merchant", name="pak-min", id=str(key)) == "FORBIDDEN"
    assert await _everything(db) == before


@pytest.mark.parametrize("mutation", [*BY_MEMBERS, *BY_OPS])
async def test_an_id_of_another_kind_is_bad_user_input_to_every_mutation(
    graph: Graph, db: Database, mutation: str
) -> None:
    document, key = {**BY_MEMBERS, **BY_OPS}[mutation]
    before = await _everything(db)
    for wrong in {MerchantId.new(), ProductId.new(), VariantId.new()}:
        if type(wrong) is not type(key):
            assert await graph.code(document, role="ops", name="ops", id=str(wrong)) == "BAD_USER_INPUT"
    assert await _everything(db) == before


async def test_two_changes_in_one_operation_each_show_their_own_outcome(graph: Graph) -> None:
    document = """mutation($id: ID!) { first: changePrice(variantId: $id, price: 3100) { variant { price } }
      second: changePrice(variantId: $id, price: 3200) { variant { price } } }"""
    data = await graph.data(document, role="merchant", name="bu-sri", id=str(BAYAM_IKAT))
    assert data == {"first": {"variant": {"price": 3100}}, "second": {"variant": {"price": 3200}}}
