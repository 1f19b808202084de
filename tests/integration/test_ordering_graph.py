"""Ordering's graph asked over ASGI with an issuer's tokens: carts, contacts, orders, and who may see what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from graphql import ObjectTypeDefinitionNode, parse
from starlette.applications import Starlette

from services.catalog.events import MerchantId, MerchantStatus, ProductId, ProductStatus, VariantId
from services.delivery.events import DeliveryId
from services.kit.db import transaction
from services.kit.graphql.schema import print_sdl
from services.kit.health import Readiness
from services.kit.process import Api
from services.kit.settings import Secret
from services.ordering import app as ordering
from services.ordering import fulfilment
from services.ordering.events import OrderId, PaymentId, SellerOrderId
from services.ordering.ids import BuyerId, CartId
from services.ordering.schema import SCHEMA
from tests.asgi import ask, socket
from tests.ordering_world import (
    BUDI,
    HOME,
    KEYS,
    KILO,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    a_variant,
    an_order,
    assigned,
    fetched,
    handed_over,
    hold,
    market,
    placed,
)
from tests.servers import TestDatabase
from tests.tokens import Issuer


class Site:
    """Ordering's api in process."""

    def __init__(self, world: Market, **settings: Any) -> None:
        self.world = world
        self.issuer = Issuer()
        config = ordering.OrderingApi(
            port=0,
            database_url=Secret(""),
            jwt_issuer="",
            jwks_url="",
            quote_jwks=Secret(orjson.dumps(KEYS.as_dict(private=False)).decode()),
            **settings,
        )
        api = Api(config, world.db, world.live, self.issuer.verifier(), Readiness())
        self.app = Starlette(routes=list(ordering.routes(api)))

    def token(self, subject: str, *roles: str) -> str:
        return self.issuer.token(sub=subject, roles=list(roles or ("buyer",)))

    async def ask(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        token = self.token(who, role) if who else None
        return await ask(self.app, document, token=token, **variables)

    async def data(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        """The value of the one root field, without errors."""
        answer = await self.ask(document, who, role, **variables)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    async def code(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> str:
        """The code of the one error."""
        (error,) = (await self.ask(document, who, role, **variables))["errors"]
        return str(error["extensions"]["code"])


@pytest.fixture
async def world(database: Callable[[str], TestDatabase]) -> AsyncIterator[Market]:
    made = await asyncio.to_thread(database, "ordering")
    async with market(made.url, made.owner_url) as found:
        await found.hear(a_merchant(), a_product())
        yield found


@pytest.fixture
def site(world: Market) -> Site:
    return Site(world)


BAYAM = str(VariantId.seeded("bayam"))
SAVE = """mutation($input: SaveContactInput!, $key: String!) { saveContact(input: $input, idempotencyKey: $key) {
    __typename ... on Contact { id label recipient phone line kecamatanCode desaCode note point { lat lng } }
    ... on InvalidContact { code field message } ... on IdempotencyKeyReused { code } } }"""
SET = """mutation($variant: ID!, $quantity: Int!) { setCartLine(variantId: $variant, quantity: $quantity) { __typename
    ... on Cart { id version goodsTotal massGram lines { name unitLabel quantity price priceBasis total forSale
                  variant { id } merchant { id } } }
    ... on InvalidQuantity { code variantId min step } ... on ProductUnavailable { code variantId } ... on CartTooLarge { limit } } }"""
REMOVE = """mutation($variant: ID!) { removeCartLine(variantId: $variant) { __typename ... on Cart { version lines { quantity } } } }"""
PLACE = """mutation($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) { __typename
    ... on Problem { code message retryable }
    ... on PriceChanged { total } ... on MerchantClosed { merchantId opensAt } ... on MerchantSuspended { merchantId }
    ... on ProductUnavailable { variantId } ... on InvalidQuantity { variantId min step } ... on TooHeavy { limitGram }
    ... on QuoteExpired { expiredAt } ... on RateLimited { retryAfterMs } ... on TryLater { retryAfterMs }
    ... on Order { id orderCode: code status version total } } }"""
ORDER = """query($id: ID!) { order(id: $id) { id code version status placedAt goodsTotal deliveryFee total test slot
    contact { recipient phone } payment { method amount status } cancellation { reason borneBy }
    sellerOrders { id status goodsTotal merchant { id } order { id } lines { name quantity total variant { id } } }
    history { status } } }"""


def a_contact(**changed: Any) -> dict[str, Any]:
    return {
        "label": "Rumah",
        "recipient": " Siti  Aminah ",
        "phone": "0812-3450-0001",
        "line": "Jalan Kapten Suwandak 12",
        "kecamatanCode": "35.08.10",
        "desaCode": "35.08.10.1004",
        "point": {"lat": HOME.lat, "lng": HOME.lng},
        "note": "",
        **changed,
    }


async def the_input(world: Market, subject: str = SITI, **kwargs: Any) -> dict[str, Any]:
    wanted = await an_order(world, subject, **kwargs)
    return {
        "cartId": str(wanted.cart_id),
        "contactId": str(wanted.contact_id),
        "slot": "NOW",
        "paymentMethod": "COD",
        "quote": wanted.quote,
        "total": wanted.total_rupiah,
    }


async def test_a_contact_is_kept_with_its_phone_in_one_form(site: Site) -> None:
    key = a_key()
    saved = await site.data(SAVE, input=a_contact(), key=key)
    assert saved == {
        "__typename": "Contact",
        "id": saved["id"],
        "label": "Rumah",
        "recipient": "Siti Aminah",
        "phone": "+6281234500001",
        "line": "Jalan Kapten Suwandak 12",
        "kecamatanCode": "35.08.10",
        "desaCode": "35.08.10.1004",
        "note": None,
        "point": {"lat": HOME.lat, "lng": HOME.lng},
    }
    assert await site.data(SAVE, input=a_contact(), key=key) == saved
    assert (await site.data("{ me { contacts { id } } }"))["contacts"] == [{"id": saved["id"]}]
    other = await site.data(SAVE, input=a_contact(label="Kantor"), key=key)
    assert other == {"__typename": "IdempotencyKeyReused", "code": "IDEMPOTENCY_KEY_REUSED"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("label", "x" * 41),
        ("recipient", "   "),
        ("recipient", "Siti\x07"),
        ("line", "Jalan\x00 1"),
        ("phone", "12"),
        ("phone", "0812345678901234"),
        ("phone", "telepon"),
        ("line", "x" * 201),
        ("kecamatanCode", "35.09.10"),
        ("kecamatanCode", "350810"),
        ("desaCode", "35.08.11.1004"),
        ("point", {"lat": -6.2, "lng": 106.8}),
        ("point", {"lat": 113.2, "lng": -8.1}),
        ("note", "x" * 201),
    ],
)
async def test_a_contact_that_cannot_be_right_names_its_field(site: Site, field: str, value: Any) -> None:
    before = await site.world.fingerprint()
    answer = await site.ask(SAVE, input=a_contact(**{field: value}), key=a_key())
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        refusal = answer["data"]["saveContact"]
        assert (refusal["__typename"], refusal["code"], refusal["field"]) == (
            "InvalidContact",
            "INVALID_CONTACT",
            field,
        )
    assert await site.world.fingerprint() == before


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "tidak bisa é here ok"])
async def test_an_idempotency_key_has_a_form(site: Site, key: str) -> None:
    assert await site.code(SAVE, input=a_contact(), key=key) == "BAD_USER_INPUT"


async def test_a_cart_shows_todays_prices_and_its_version_rises_with_changes_alone(site: Site) -> None:
    first = await site.data(SET, variant=BAYAM, quantity=2)
    assert first == {
        "__typename": "Cart",
        "id": first["id"],
        "version": 2,
        "goodsTotal": 5_000,
        "massGram": 500,
        "lines": [
            {
                "name": "bayam",
                "unitLabel": "ikat",
                "quantity": 2,
                "price": 2_500,
                "priceBasis": 1,
                "total": 5_000,
                "forSale": True,
                "variant": {"id": BAYAM},
                "merchant": {"id": str(MerchantId.seeded("wlijo"))},
            }
        ],
    }
    assert await site.data(SET, variant=BAYAM, quantity=2) == first
    assert (await site.data(SET, variant=BAYAM, quantity=3))["version"] == 3
    await site.world.hear(a_product(variants=[a_variant(price_rupiah=3_000)], status=ProductStatus.HIDDEN))
    cart = await site.data("query($id: ID!) { cart(id: $id) { goodsTotal lines { forSale } } }", id=first["id"])
    assert cart == {"goodsTotal": 9_000, "lines": [{"forSale": False}]}
    assert await site.data(REMOVE, variant=BAYAM) == {"__typename": "Cart", "version": 4, "lines": []}
    assert await site.data(REMOVE, variant=BAYAM) == {"__typename": "Cart", "version": 4, "lines": []}


@pytest.mark.parametrize("quantity", [0, -1, 249, 251, 1_000_250, 2_147_483_647, -2_147_483_648])
async def test_a_quantity_out_of_measure_is_refused(site: Site, quantity: int) -> None:
    variant = a_variant("klengkeng", unit=KILO)
    await site.world.hear(a_product("klengkeng", variants=[variant]))
    await site.data(SET, variant=BAYAM, quantity=1)
    before = await site.world.fingerprint()
    refusal = await site.data(SET, variant=str(variant.variant_id), quantity=quantity)
    assert refusal == {
        "__typename": "InvalidQuantity",
        "code": "INVALID_QUANTITY",
        "variantId": str(variant.variant_id),
        "min": 250,
        "step": 250,
    }
    assert await site.world.fingerprint() == before


@pytest.mark.parametrize("quantity", [1.5, "2", True, 2**31])
async def test_a_quantity_that_is_no_whole_number_is_bad_input(site: Site, quantity: Any) -> None:
    assert await site.code(SET, variant=BAYAM, quantity=quantity) == "BAD_USER_INPUT"


async def test_an_unknown_or_hidden_product_cannot_be_put_into_a_cart(site: Site) -> None:
    unknown = str(VariantId.new())
    refusal = {"__typename": "ProductUnavailable", "code": "PRODUCT_UNAVAILABLE", "variantId": unknown}
    assert await site.data(SET, variant=unknown, quantity=1) == refusal
    await site.world.hear(a_product(status=ProductStatus.HIDDEN))
    assert await site.data(SET, variant=BAYAM, quantity=1) == {**refusal, "variantId": BAYAM}


async def test_a_cart_holds_fifty_lines(site: Site) -> None:
    variants = [a_variant(f"sayur-{n}") for n in range(51)]
    await site.world.hear(a_product("sayur", variants=variants))
    await site.world.fill_cart(SITI, {each.variant_id: 1 for each in variants[:50]})
    assert await site.data(SET, variant=str(variants[50].variant_id), quantity=1) == {
        "__typename": "CartTooLarge",
        "limit": 50,
    }
    assert len((await site.data(SET, variant=str(variants[49].variant_id), quantity=2))["lines"]) == 50


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


ENTITIES = "query($of: [_Any!]!) { _entities(representations: $of) { __typename %s } }"


async def entity(site: Site, kind: str, id: Any, fields: str, who: str | None, role: str = "buyer") -> Any:
    document = ENTITIES % f"... on {kind} {{ {fields} }}"
    (found,) = await site.data(document, who, role, of=[{"__typename": kind, "id": str(id)}])
    return found


async def test_what_is_somebody_elses_does_not_exist_here_or_by_a_forged_representation(site: Site) -> None:
    world = site.world
    order_id = await placed(world)
    code = await world.value("SELECT code FROM orders")
    owned: dict[str, Any] = {
        "Order": order_id,
        "SellerOrder": SellerOrderId(await world.value("SELECT id FROM seller_order")),
        "Payment": PaymentId(await world.value("SELECT id FROM payment")),
        "Cart": CartId(await world.value("SELECT id FROM cart")),
        "Buyer": BuyerId(await world.value("SELECT id FROM buyer")),
    }
    strangers: list[tuple[str | None, str]] = [
        (BUDI, "buyer"), (BUDI, "merchant"), (BUDI, "rider"), (BUDI, "partner"), (BUDI, "government"), (None, ""),
        ("usr_kateki", "merchant"),
    ]  # fmt: skip
    for kind, id in owned.items():
        assert (await entity(site, kind, id, "id", SITI))["id"] == str(id)
        assert (await entity(site, kind, id, "id", "usr_ops", "ops"))["id"] == str(id)
        for who, role in strangers:
            assert await entity(site, kind, id, "id", who, role) is None, (kind, who, role)
    for who, role in strangers[:-2]:
        assert await site.data(ORDER, who, role, id=str(order_id)) is None
        assert await site.data("query($c: String!) { orderByCode(code: $c) { id } }", who, role, c=code) is None
        assert await site.data("query($id: ID!) { cart(id: $id) { id } }", who, role, id=str(owned["Cart"])) is None
    assert await site.data(ORDER, id=str(OrderId.new())) is None
    for no_code in ("", "\x00", "LMJ-260201-", code + "0", code.lower()):
        assert await site.data("query($c: String!) { orderByCode(code: $c) { id } }", c=no_code) is None


async def test_a_merchant_sees_its_own_seller_orders_and_nothing_of_the_buyer(site: Site) -> None:
    order_id = await placed(site.world)
    seller_order_id = str(SellerOrderId(await site.world.value("SELECT id FROM seller_order")))
    mine = str(MerchantId.seeded("wlijo"))
    orders = "orders { edges { node { id status orderCode dropoffKecamatanCode order { id } lines { name } } } }"
    seen = await entity(site, "Merchant", mine, orders, "usr_wlijo", "merchant")
    assert seen["orders"]["edges"] == [
        {
            "node": {
                "id": seller_order_id,
                "status": "AWAITING_MERCHANT",
                "orderCode": await site.world.value("SELECT code FROM orders"),
                "dropoffKecamatanCode": "35.08.10",
                "order": None,
                "lines": [{"name": "bayam"}],
            }
        }
    ]
    by_status = await entity(
        site, "Merchant", mine, "orders(status: COMPLETED) { edges { cursor } }", "usr_wlijo", "merchant"
    )
    assert by_status["orders"]["edges"] == []
    for who, role in ((SITI, "buyer"), (BUDI, "merchant"), (None, "")):
        assert (await entity(site, "Merchant", mine, orders, who, role))["orders"] is None
    assert await site.data(ORDER, "usr_wlijo", "merchant", id=str(order_id)) is None
    await site.world.hear(a_merchant(members=[]))
    assert (await entity(site, "Merchant", mine, orders, "usr_wlijo", "merchant"))["orders"] is None


MERCHANT_DOES = """mutation($id: ID!) { %s { __typename ... on SellerOrder { status acceptBy readyAt rejectReason }
    ... on SellerOrderWrongState { code status } } }"""


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


MUTATIONS: dict[str, tuple[str, str]] = {
    "saveContact": (SAVE, "buyer"),
    "setCartLine": (SET, "buyer"),
    "removeCartLine": (REMOVE, "buyer"),
    "placeOrder": (PLACE, "buyer"),
    "cancelOrder": ("mutation($id: ID!) { cancelOrder(id: $id) { __typename } }", "buyer"),
    "acceptSellerOrder": (MERCHANT_DOES % "acceptSellerOrder(id: $id)", "merchant"),
    "rejectSellerOrder": (MERCHANT_DOES % 'rejectSellerOrder(id: $id, reason: "x")', "merchant"),
    "markSellerOrderReady": (MERCHANT_DOES % "markSellerOrderReady(id: $id)", "merchant"),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_needs_a_token_of_its_role(site: Site, name: str) -> None:
    document, role = MUTATIONS[name]
    variables: dict[str, Any] = {
        "input": a_contact() if name == "saveContact" else await the_input(site.world),
        "key": a_key(),
        "variant": BAYAM,
        "quantity": 1,
        "id": str(OrderId.new()) if name == "cancelOrder" else str(SellerOrderId.new()),
    }
    before = await site.world.fingerprint()
    assert await site.code(document, None, **variables) == "UNAUTHENTICATED"
    for wrong in {"buyer", "merchant", "rider", "partner", "government"} - {role}:
        assert await site.code(document, SITI, wrong, **variables) == "FORBIDDEN", wrong
    assert await site.world.fingerprint() == before


def test_every_mutation_is_in_the_matrix() -> None:
    (mutation,) = (
        each
        for each in parse(print_sdl(SCHEMA)).definitions
        if isinstance(each, ObjectTypeDefinitionNode) and each.name.value == "Mutation"
    )
    assert {field.name.value for field in mutation.fields or ()} == set(MUTATIONS)


@pytest.mark.parametrize(
    "document",
    [
        "{ me { id } }",
        f'{{ order(id: "{OrderId.new()}") {{ id }} }}',
        'query { orderByCode(code: "x") { id } }',
        f'{{ cart(id: "{CartId.new()}") {{ id }} }}',
    ],
)
async def test_a_query_needs_a_token(site: Site, document: str) -> None:
    assert await site.code(document, None) == "UNAUTHENTICATED"


async def test_an_id_of_another_kind_is_bad_input(site: Site) -> None:
    for id in (str(CartId.new()), "ord_x", "", "1"):
        assert await site.code(ORDER, id=id) == "BAD_USER_INPUT"
    assert await site.code(SET, variant=str(ProductId.new()), quantity=1) == "BAD_USER_INPUT"


async def test_a_buyer_comes_into_being_with_an_empty_cart(site: Site) -> None:
    document = "{ me { id contacts { id } cart { version lines { id } goodsTotal massGram } } }"
    first = await site.data(document, "usr_new")
    assert first["cart"] == {"version": 1, "lines": [], "goodsTotal": 0, "massGram": 0}
    assert first["contacts"] == []
    assert await site.data(document, "usr_new") == first
    assert await site.data("{ me { id } }", "usr_rider", "rider") is None


FOLLOW = (
    "subscription($id: ID!) { orderChanged(id: $id) { version status payment { status } sellerOrders { status } } }"
)


async def test_a_subscription_shows_the_present_and_then_each_change(site: Site) -> None:
    order_id, trip = await placed(site.world), DeliveryId.new()
    seen: list[tuple[int, str]] = []
    async with socket(site.app, token=site.token(SITI)) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(FOLLOW, id=str(order_id))

        async def until(version: int) -> Any:
            while True:
                message = await opened.receive()
                if message["type"] == "next":
                    order = message["payload"]["data"]["orderChanged"]
                    seen.append((order["version"], order["status"]))
                    if order["version"] >= version:
                        return order

        assert (await until(1))["status"] == "PLACED"
        await hold(site.world, order_id)
        assert (await until(2))["status"] == "CONFIRMED"
        await site.world.hear(assigned(order_id, trip))
        assert (await until(3))["status"] == "IN_PROGRESS"
        await site.world.hear(fetched(order_id, trip), await handed_over(site.world, order_id, trip))
        last = await until(5)
        assert last == {
            "version": 5,
            "status": "COMPLETED",
            "payment": {"status": "COLLECTED"},
            "sellerOrders": [{"status": "COMPLETED"}],
        }
    assert [version for version, _ in seen] == sorted({version for version, _ in seen})


async def test_somebody_elses_order_cannot_be_followed(site: Site) -> None:
    order_id = await placed(site.world)
    for who in (BUDI, "usr_wlijo"):
        async with socket(site.app, token=site.token(who, "buyer", "merchant")) as opened:
            assert (await opened.receive())["type"] == "connection_ack"
            await opened.subscribe(FOLLOW, id=str(order_id))
            assert (await opened.receive())["type"] == "complete"


async def test_a_merchant_is_shown_what_awaits_and_then_what_changes(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    await placed(world)
    document = "subscription($id: ID!) { merchantOrders(merchantId: $id) { id status orderCode } }"
    merchant_id = str(MerchantId.seeded("wlijo"))
    async with socket(site.app, token=site.token("usr_wlijo", "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(document, id=merchant_id)

        async def next_one() -> Any:
            while True:
                message = await opened.receive()
                if message["type"] == "next":
                    return message["payload"]["data"]["merchantOrders"]

        first = await next_one()
        assert (first["status"], first["orderCode"][-4:]) == ("AWAITING_MERCHANT", "0001")
        await placed(world)
        second = await next_one()
        assert (second["status"], second["orderCode"][-4:]) == ("AWAITING_MERCHANT", "0002")
        async with transaction(world.db) as conn:
            await fulfilment.accept_seller_order(conn, SellerOrderId.parse(first["id"]), "usr_wlijo", sees_all=False)
        assert await next_one() == {**first, "status": "ACCEPTED"}
    async with socket(site.app, token=site.token(BUDI, "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(document, id=merchant_id)
        assert (await opened.receive())["type"] == "complete"
