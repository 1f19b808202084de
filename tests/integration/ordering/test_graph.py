"""Orders in the graph: placed, refused, read, cancelled, accepted and packed."""

from __future__ import annotations

from typing import Any

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from services.ordering.domain.ids import CartId
from tests.worlds.ordering import (
    BUDI,
    KILO,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    a_variant,
    assigned,
    fetched,
    hold,
    placed,
)
from tests.worlds.ordering_site import BAYAM, MERCHANT_DOES, ORDER, PLACE, Site, the_input


async def test_an_order_is_placed_read_and_listed(site: Site) -> None:
    wanted = await the_input(site.world)
    order = await site.data(PLACE, input=wanted, key=a_key())
    assert order["__typename"] == "Order"
    assert (order["status"], order["version"], order["total"]) == ("PLACED", 1, 15_000)
    read = await site.data(ORDER, id=order["id"])
    assert read == {
        "id": order["id"],
        "code": order["orderCode"],
        "version": 1,
        "status": "PLACED",
        "placedAt": read["placedAt"],
        "goodsTotal": 5_000,
        "deliveryFee": 10_000,
        "total": 15_000,
        "test": True,
        "slot": "NOW",
        "contact": {"recipient": "Siti", "phone": "+6281234500001"},
        "payment": {"method": "COD", "amount": 15_000, "status": "DUE"},
        "cancellation": None,
        "sellerOrders": [
            {
                "id": read["sellerOrders"][0]["id"],
                "status": "AWAITING_MERCHANT",
                "goodsTotal": 5_000,
                "merchant": {"id": str(MerchantId.seeded("wlijo"))},
                "order": {"id": order["id"]},
                "lines": [{"name": "bayam", "quantity": 2, "total": 5_000, "variant": {"id": BAYAM}}],
            }
        ],
        "history": [{"status": "PLACED"}],
    }
    by_code = await site.data("query($code: String!) { orderByCode(code: $code) { id } }", code=order["orderCode"])
    assert by_code == {"id": order["id"]}
    mine = await site.data(
        "{ me { orders { edges { node { code } } pageInfo { hasNextPage } } cart { lines { id } } } }"
    )
    assert mine == {
        "orders": {"edges": [{"node": {"code": order["orderCode"]}}], "pageInfo": {"hasNextPage": False}},
        "cart": {"lines": []},
    }


async def test_orders_are_paged_newest_first(site: Site) -> None:
    for _ in range(3):
        await placed(site.world)
    document = """query($after: String) { me { orders(first: 2, after: $after) {
        edges { node { code } } pageInfo { hasNextPage endCursor } } } }"""
    first = (await site.data(document))["orders"]
    rest = (await site.data(document, after=first["pageInfo"]["endCursor"]))["orders"]
    codes = [edge["node"]["code"][-4:] for edge in first["edges"] + rest["edges"]]
    assert codes == ["0003", "0002", "0001"]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert await site.code("{ me { orders(first: 101) { edges { cursor } } } }") == "BAD_USER_INPUT"
    assert await site.code('{ me { orders(after: "x") { edges { cursor } } } }') == "BAD_USER_INPUT"


async def test_each_refusal_of_placing_is_its_own_type_with_its_facts(site: Site) -> None:
    world = site.world

    async def refused(**changed: Any) -> Any:
        answer = await site.data(PLACE, input={**wanted, **changed}, key=a_key())
        answer.pop("message")
        return answer

    wanted = await the_input(world)
    merchant_id = str(MerchantId.seeded("wlijo"))
    assert await refused(total=1) == {
        "__typename": "PriceChanged", "code": "PRICE_CHANGED", "retryable": False, "total": 15_000,
    }  # fmt: skip
    assert await refused(quote="x") == {"__typename": "QuoteInvalid", "code": "QUOTE_INVALID", "retryable": False}
    assert await refused(quote=await world.quote(SITI, mass_limit_gram=1)) == {
        "__typename": "TooHeavy", "code": "TOO_HEAVY", "retryable": False, "limitGram": 1,
    }  # fmt: skip
    expired = await refused(quote=await world.quote(SITI, exp=1_600_000_000))
    assert expired == {
        "__typename": "QuoteExpired", "code": "QUOTE_EXPIRED", "retryable": False, "expiredAt": "2020-09-13T12:26:40.000Z",
    }  # fmt: skip
    assert await refused(cartId=str(CartId.new())) == {
        "__typename": "NotFound",
        "code": "NOT_FOUND",
        "retryable": False,
    }
    await world.hear(a_merchant(always_open=False))
    assert await refused() == {
        "__typename": "MerchantClosed", "code": "MERCHANT_CLOSED", "retryable": True, "merchantId": merchant_id, "opensAt": None,
    }  # fmt: skip
    await world.hear(a_merchant(status=MerchantStatus.SUSPENDED))
    assert await refused() == {
        "__typename": "MerchantSuspended", "code": "MERCHANT_SUSPENDED", "retryable": False, "merchantId": merchant_id,
    }  # fmt: skip
    await world.hear(a_merchant(), a_product(status=ProductStatus.HIDDEN))
    assert await refused() == {
        "__typename": "ProductUnavailable", "code": "PRODUCT_UNAVAILABLE", "retryable": False, "variantId": BAYAM,
    }  # fmt: skip
    await world.hear(a_product(variants=[a_variant(unit=KILO)]))
    assert await refused() == {
        "__typename": "InvalidQuantity", "code": "INVALID_QUANTITY", "retryable": False, "variantId": BAYAM, "min": 250, "step": 250,
    }  # fmt: skip
    await world.hear(a_product())
    key = a_key()
    assert (await site.data(PLACE, input=wanted, key=key))["__typename"] == "Order"
    assert (await site.data(PLACE, input={**wanted, "total": 1}, key=key))["__typename"] == "IdempotencyKeyReused"
    assert await refused(quote=await world.quote(SITI)) == {
        "__typename": "CartEmpty", "code": "CART_EMPTY", "retryable": False,
    }  # fmt: skip
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    assert await refused() == {"__typename": "QuoteUsed", "code": "QUOTE_USED", "retryable": False}
    await world.move_clock(31)
    assert await refused(quote=await world.quote(SITI)) == {
        "__typename": "TryLater", "code": "TRY_LATER", "retryable": True, "retryAfterMs": 10_000,
    }  # fmt: skip
    assert await world.value("SELECT count(*) FROM orders") == 1


async def test_a_buyer_in_haste_is_held_back_and_others_are_not(world: Market) -> None:
    site = Site(world, place_order_burst=2, place_order_per_second=0.001)
    wanted = await the_input(world)
    for _ in range(2):
        await site.data(PLACE, input={**wanted, "total": 1}, key=a_key())
    held = await site.data(PLACE, input=wanted, key=a_key())
    assert (held["__typename"], held["code"], held["retryable"]) == ("RateLimited", "RATE_LIMITED", True)
    assert held["retryAfterMs"] > 0
    other = await the_input(world, BUDI)
    assert (await site.data(PLACE, BUDI, input=other, key=a_key()))["__typename"] == "Order"


async def test_a_cancelled_order_says_why_and_a_fetched_one_cannot_be_cancelled(site: Site) -> None:
    cancel = """mutation($id: ID!) { cancelOrder(id: $id) { __typename ... on NotCancellable { code status }
        ... on Order { status cancellation { reason borneBy } payment { status } } } }"""
    order_id = await placed(site.world)
    cancelled = {
        "__typename": "Order",
        "status": "CANCELLED",
        "cancellation": {"reason": "BUYER_CANCELLED", "borneBy": "NOBODY"},
        "payment": {"status": "VOIDED"},
    }
    assert await site.data(cancel, BUDI, id=str(order_id)) == {"__typename": "NotFound"}
    assert await site.data(cancel, id=str(order_id)) == cancelled
    assert await site.data(cancel, id=str(order_id)) == cancelled
    other, trip = await placed(site.world), DeliveryId.new()
    await hold(site.world, other)
    await site.world.hear(assigned(other, trip), fetched(other, trip))
    assert await site.data(cancel, id=str(other)) == {
        "__typename": "NotCancellable",
        "code": "NOT_CANCELLABLE",
        "status": "IN_PROGRESS",
    }


async def test_a_merchant_accepts_packs_or_rejects_its_seller_orders(site: Site) -> None:
    await site.world.hear(a_merchant(auto_accept=False))
    order_id = await placed(site.world)
    await hold(site.world, order_id)
    id = str(SellerOrderId(await site.world.value("SELECT id FROM seller_order")))
    accept, ready = MERCHANT_DOES % "acceptSellerOrder(id: $id)", MERCHANT_DOES % "markSellerOrderReady(id: $id)"
    reject = MERCHANT_DOES % 'rejectSellerOrder(id: $id, reason: "habis")'
    for document in (accept, ready, reject):
        assert await site.data(document, BUDI, "merchant", id=id) == {"__typename": "NotFound"}
        assert await site.code(document, "usr_wlijo", "buyer", id=id) == "FORBIDDEN"
    assert await site.data(ready, "usr_wlijo", "merchant", id=id) == {
        "__typename": "SellerOrderWrongState",
        "code": "WRONG_STATE",
        "status": "AWAITING_MERCHANT",
    }
    accepted = await site.data(accept, "usr_wlijo", "merchant", id=id)
    assert (accepted["status"], accepted["rejectReason"]) == ("ACCEPTED", None)
    assert accepted["acceptBy"] is not None
    assert accepted["readyAt"] is not None
    assert (await site.data(ready, "usr_ops", "ops", id=id))["status"] == "READY"
    assert (await site.data(reject, "usr_wlijo", "merchant", id=id))["__typename"] == "SellerOrderWrongState"
    for reason in (" ", "a\\u0000b", "x" * 201):
        other = MERCHANT_DOES % f'rejectSellerOrder(id: $id, reason: "{reason}")'
        assert await site.code(other, "usr_wlijo", "merchant", id=id) == "BAD_USER_INPUT"
