"""Orders in the graph: placed, refused, read, cancelled, accepted and packed."""

from __future__ import annotations

from typing import Any

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from services.ordering.domain.ids import CartId, ContactId
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
from tests.worlds.payloads import PROBLEMS


async def test_an_order_is_placed_read_and_listed(site: Site) -> None:
    wanted = await the_input(site.world)
    order = await site.done(PLACE, input=wanted, key=a_key())
    assert (order["status"], order["version"], order["total"]) == ("PLACED", 1, 15_000)
    read = await site.data(ORDER, id=order["id"])
    assert read == {
        "id": order["id"],
        "orderCode": order["orderCode"],
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
    for said in (order["orderCode"], f"  {order['orderCode'].lower()}\n", order["orderCode"].replace("LMJ", "Lmj")):
        by_code = await site.data("query($code: String!) { orderByCode(code: $code) { id } }", code=said)
        assert (said, by_code) == (said, {"id": order["id"]})
    assert by_code == {"id": order["id"]}
    mine = await site.data(
        "{ me { orders { edges { node { orderCode } } pageInfo { hasNextPage } } cart { lines { id } } } }"
    )
    assert mine == {
        "orders": {"edges": [{"node": {"orderCode": order["orderCode"]}}], "pageInfo": {"hasNextPage": False}},
        "cart": {"lines": []},
    }


async def test_orders_are_paged_newest_first(site: Site) -> None:
    for _ in range(3):
        await placed(site.world)
    document = """query($after: String) { me { orders(first: 2, after: $after) {
        edges { node { orderCode } } pageInfo { hasNextPage endCursor } } } }"""
    first = (await site.data(document))["orders"]
    rest = (await site.data(document, after=first["pageInfo"]["endCursor"]))["orders"]
    codes = [edge["node"]["orderCode"][-4:] for edge in first["edges"] + rest["edges"]]
    assert codes == ["0003", "0002", "0001"]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert await site.code("{ me { orders(first: 101) { edges { cursor } } } }") == "BAD_USER_INPUT"
    assert await site.code('{ me { orders(after: "x") { edges { cursor } } } }') == "BAD_USER_INPUT"


async def test_each_refusal_of_placing_tells_its_facts(site: Site) -> None:
    world = site.world

    async def refused(**changed: Any) -> Any:
        return await site.refused(PLACE, input={**wanted, **changed}, key=a_key())

    wanted = await the_input(world)
    line = {
        "lineId": (await site.data("{ me { cart { lines { id } } } }"))["cart"]["lines"][0]["id"],
        "variantId": BAYAM,
    }
    merchant_id = str(MerchantId.seeded("wlijo"))
    assert await refused(total=1) == {"code": "PRICE_CHANGED", "field": "input.total", "total": 15_000}
    assert await refused(quote="x") == {"code": "QUOTE_INVALID", "field": "input.quote"}
    assert await refused(quote=await world.quote(BUDI)) == {"code": "QUOTE_INVALID", "field": "input.quote"}
    outdated = {"code": "QUOTE_OUTDATED", "field": "input.quote"}
    assert await refused(quote=await world.quote(SITI, mass_limit_gram=1)) == outdated
    assert await refused(quote=await world.quote(SITI, dropoff="0" * 64)) == outdated
    expired = await refused(quote=await world.quote(SITI, exp=1_600_000_000))
    assert expired == {"code": "QUOTE_EXPIRED", "field": "input.quote", "until": "2020-09-13T12:26:40.000Z"}
    assert await refused(cartId=str(CartId.new())) == {"code": "NOT_FOUND", "field": "input.cartId"}
    assert await refused(contactId=str(ContactId.new())) == {"code": "NOT_FOUND", "field": "input.contactId"}
    await world.hear(a_merchant(always_open=False))
    assert await refused() == {"code": "MERCHANT_CLOSED", "retryable": True, "merchantId": merchant_id, **line}
    await world.hear(a_merchant(status=MerchantStatus.SUSPENDED))
    assert await refused() == {"code": "MERCHANT_SUSPENDED", "merchantId": merchant_id, **line}
    await world.hear(a_merchant(), a_product(status=ProductStatus.HIDDEN))
    assert await refused() == {"code": "PRODUCT_UNAVAILABLE", **line}
    await world.hear(a_product(variants=[a_variant(unit=KILO)]))
    assert await refused() == {
        "code": "INVALID_QUANTITY", "minimum": 250, "step": 250, "limit": 1_000_000, "unit": "BASE_UNIT", **line,
    }  # fmt: skip
    await world.hear(a_product())
    key = a_key()
    placed_ = await site.data(PLACE, input=wanted, key=key)
    assert await site.data(PLACE, input=wanted, key=key) == placed_
    reused = await site.refused(PLACE, input={**wanted, "total": 1}, key=key)
    assert reused == {"code": "IDEMPOTENCY_KEY_REUSED", "field": "idempotencyKey"}
    now = await world.value("SELECT version FROM cart")
    changed = {"code": "CART_CHANGED", "field": "input.cartVersion", "version": now}
    assert await refused(quote=await world.quote(SITI)) == changed
    assert await refused(quote=await world.quote(SITI), cartVersion=now) == {"code": "CART_EMPTY"}
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    wanted["cartVersion"] = await world.value("SELECT version FROM cart")
    assert await refused() == {"code": "QUOTE_USED", "field": "input.quote"}
    await world.move_clock(31)
    assert await refused(quote=await world.quote(SITI)) == {
        "code": "TRY_LATER", "retryable": True, "retryAfterMs": 10_000,
    }  # fmt: skip
    assert await world.value("SELECT count(*) FROM orders") == 1


async def test_every_line_that_cannot_be_ordered_is_named_at_once(site: Site) -> None:
    names = ("bayam", "sawi", "tomat")
    await site.world.hear(*(a_product(name) for name in names))
    wanted = await the_input(site.world, lines=dict.fromkeys(names, 1))
    await site.world.hear(a_product("bayam", status=ProductStatus.HIDDEN))
    await site.world.hear(a_product("tomat", variants=[a_variant("tomat", unit=KILO)]))
    before = await site.world.fingerprint()
    told = await site.problems(PLACE, input=wanted, key=a_key())
    assert [(each["code"], each["variantId"]) for each in told] == [
        ("PRODUCT_UNAVAILABLE", str(VariantId.seeded("bayam"))),
        ("INVALID_QUANTITY", str(VariantId.seeded("tomat"))),
    ]
    lines = (await site.data("{ me { cart { lines { id variant { id } } } } }"))["cart"]["lines"]
    of = {line["id"]: line["variant"]["id"] for line in lines}
    assert [of[each["lineId"]] for each in told] == [each["variantId"] for each in told]
    assert await site.world.fingerprint() == before


async def test_placing_answers_the_emptied_cart_too_and_a_repeat_the_same(site: Site) -> None:
    document = """mutation($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) {
        order { id } cart { id version lines { id } } problems { code } } }"""
    wanted, key = await the_input(site.world), a_key()
    (before,) = (await site.data("{ me { cart { version } } }")).values()
    answer = await site.data(document, input=wanted, key=key)
    assert answer["cart"] == {"id": wanted["cartId"], "version": before["version"] + 1, "lines": []}
    assert answer["problems"] == []
    assert await site.data(document, input=wanted, key=key) == answer


async def test_a_buyer_in_haste_is_held_back_and_others_are_not(world: Market) -> None:
    site = Site(world, place_order_burst=2, place_order_per_second=0.001)
    wanted = await the_input(world)
    for _ in range(2):
        await site.data(PLACE, input={**wanted, "total": 1}, key=a_key())
    held = await site.refused(PLACE, input=wanted, key=a_key())
    assert (held["code"], held["retryable"]) == ("RATE_LIMITED", True)
    assert held["retryAfterMs"] > 0
    other = await the_input(world, BUDI)
    await site.done(PLACE, BUDI, input=other, key=a_key())


async def test_a_cancelled_order_says_why_and_a_fetched_one_cannot_be_cancelled(site: Site) -> None:
    cancel = f"""mutation($id: ID!) {{ cancelOrder(id: $id) {{ {PROBLEMS} cancellation {{ reason }} cancellationRequest {{ answer }}
        order {{ status cancellation {{ reason borneBy }} payment {{ status }} }} }} }}"""
    order_id = await placed(site.world)
    cancelled: dict[str, Any] = {
        "problems": [],
        "order": {
            "status": "CANCELLED",
            "cancellation": {"reason": "BUYER_CANCELLED", "borneBy": "NOBODY"},
            "payment": {"status": "VOIDED"},
        },
        "cancellation": {"reason": "BUYER_CANCELLED"},
        "cancellationRequest": None,
    }
    assert await site.refused(cancel, BUDI, id=str(order_id)) == {"code": "NOT_FOUND"}
    assert await site.data(cancel, id=str(order_id)) == cancelled
    assert await site.data(cancel, id=str(order_id)) == cancelled
    other, trip = await placed(site.world), DeliveryId.new()
    await hold(site.world, other)
    await site.world.hear(assigned(other, trip), fetched(other, trip))
    assert await site.refused(cancel, id=str(other)) == {"code": "NOT_CANCELLABLE", "status": "IN_PROGRESS"}


async def test_a_merchant_accepts_packs_or_rejects_its_seller_orders(site: Site) -> None:
    await site.world.hear(a_merchant(auto_accept=False))
    order_id = await placed(site.world)
    await hold(site.world, order_id)
    id = str(SellerOrderId(await site.world.value("SELECT id FROM seller_order")))
    accept, ready = MERCHANT_DOES % "acceptSellerOrder(id: $id)", MERCHANT_DOES % "markSellerOrderReady(id: $id)"
    reject = MERCHANT_DOES % 'rejectSellerOrder(id: $id, reason: "habis")'
    for document in (accept, ready, reject):
        assert await site.refused(document, BUDI, "merchant", id=id) == {"code": "NOT_FOUND"}
        assert await site.code(document, "usr_wlijo", "buyer", id=id) == "FORBIDDEN"
    early = {"code": "WRONG_STATE", "status": "AWAITING_MERCHANT"}
    assert await site.refused(ready, "usr_wlijo", "merchant", id=id) == early
    accepted = await site.done(accept, "usr_wlijo", "merchant", id=id)
    assert (accepted["status"], accepted["rejectReason"]) == ("ACCEPTED", None)
    assert accepted["acceptBy"] is not None
    assert accepted["readyAt"] is not None
    assert (await site.done(ready, "usr_ops", "ops", id=id))["status"] == "READY"
    assert (await site.refused(reject, "usr_wlijo", "merchant", id=id))["code"] == "WRONG_STATE"
    for reason in (" ", "a\\u0000b", "x" * 201):
        other = MERCHANT_DOES % f'rejectSellerOrder(id: $id, reason: "{reason}")'
        assert await site.code(other, "usr_wlijo", "merchant", id=id) == "BAD_USER_INPUT"
