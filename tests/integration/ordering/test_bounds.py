"""No sequence of what buyers and merchants may do makes an integer that cannot be stored or shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.catalog import VariantId
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS
from services.kit.graphql.scalars import MAX_INT, MAX_RUPIAH
from services.ordering.domain.cart import MAX_CART_LINES, MAX_GOODS_RUPIAH, MAX_QUANTITY
from tests.worlds.ordering import KILO, SITI, a_key, a_merchant, a_product, a_variant, market
from tests.worlds.ordering_site import BAYAM, PLACE, SET, Site, the_input
from tests.worlds.payloads import PROBLEMS
from tests.worlds.servers import TestDatabase

ME = """{ me { id cart { version goodsTotal massGram lines { quantity price total massGram } }
    orders { edges { node { total goodsTotal } } } } }"""
SETS = f"""mutation($variant: ID!, $quantity: Int!) {{ setCartLine(variantId: $variant, quantity: $quantity) {{ {PROBLEMS}
    cart {{ massGram goodsTotal }} }} }}"""


async def test_a_cart_that_nobody_could_carry_is_refused_and_the_buyer_stays_readable(site: Site) -> None:
    sack = a_variant("sak", gram_per_base=5_000.0)
    await site.world.hear(a_product("sak", variants=[sack]))
    assert (await site.done(SETS, variant=str(sack.variant_id), quantity=3))["massGram"] == 15_000
    before = await site.world.fingerprint()
    refusal = {"code": "TOO_HEAVY", "limit": MAX_MASS_GRAM, "unit": "GRAM"}
    assert await site.refused(SETS, variant=str(sack.variant_id), quantity=5) == refusal
    assert await site.refused(SETS, variant=str(sack.variant_id), quantity=200) == refusal
    assert await site.refused(SETS, variant=BAYAM, quantity=21) == refusal
    assert await site.world.fingerprint() == before
    assert (await site.done(SETS, variant=BAYAM, quantity=20))["massGram"] == MAX_MASS_GRAM
    assert (await site.data(ME))["cart"]["massGram"] == MAX_MASS_GRAM


async def test_goods_dearer_than_any_order_are_refused(site: Site) -> None:
    gold = a_variant("emas", price_rupiah=MAX_GOODS_RUPIAH, gram_per_base=1.0)
    await site.world.hear(a_product("emas", variants=[gold]))
    assert (await site.done(SETS, variant=str(gold.variant_id), quantity=1))["goodsTotal"] == MAX_GOODS_RUPIAH
    refusal = {"code": "TOTAL_TOO_HIGH", "limit": MAX_GOODS_RUPIAH, "unit": "RUPIAH"}
    assert await site.refused(SETS, variant=str(gold.variant_id), quantity=2) == refusal
    assert await site.refused(SETS, variant=BAYAM, quantity=1) == refusal


async def test_a_quantity_says_its_maximum(site: Site) -> None:
    assert await site.refused(SETS, variant=BAYAM, quantity=MAX_QUANTITY + 1) == {
        "code": "INVALID_QUANTITY",
        "field": "quantity",
        "variantId": BAYAM,
        "minimum": 1,
        "limit": MAX_QUANTITY,
        "step": 1,
        "unit": "BASE_UNIT",
    }


async def test_the_ninth_merchant_is_refused_when_its_goods_are_put_into_the_cart(site: Site) -> None:
    names = [f"lapak-{n}" for n in range(MAX_MERCHANTS + 1)]
    for name in names:
        await site.world.hear(a_merchant(name), a_product(name, name, variants=[a_variant(name)]))
    ids = [str(VariantId.seeded(name)) for name in names]
    for each in ids[:-1]:
        await site.done(SETS, variant=each, quantity=1)
    before = await site.world.fingerprint()
    refusal = {"code": "TOO_MANY_MERCHANTS", "limit": MAX_MERCHANTS, "unit": "MERCHANT"}
    assert await site.refused(SETS, variant=ids[-1], quantity=1) == refusal
    assert await site.world.fingerprint() == before
    await site.done(SETS, variant=ids[0], quantity=2)  # more of one who is in it already
    wanted = {**await _input(site), "quote": await site.world.quote(SITI)}
    await site.world.value(  # as a cart of the release before may be
        "INSERT INTO cart_line (id, cart_id, variant_id, quantity) SELECT gen_random_uuid(), id, $1, 1 FROM cart",
        VariantId.seeded(names[-1]),
    )
    assert (await site.refused(PLACE, input=wanted, key=a_key()))["code"] == "TOO_MANY_MERCHANTS"


async def test_a_cart_that_prices_and_weights_have_outgrown_can_be_read_and_emptied_and_not_ordered(site: Site) -> None:
    many = [a_variant(f"v{n}", price_rupiah=1, gram_per_base=0.0001) for n in range(MAX_CART_LINES)]
    await site.world.hear(a_product("bayam", variants=many))
    await site.world.fill_cart(SITI, {each.variant_id: MAX_QUANTITY for each in many})
    grown = [a_variant(f"v{n}", price_rupiah=1_000_000_000, gram_per_base=1e6) for n in range(MAX_CART_LINES)]
    await site.world.hear(a_product("bayam", variants=grown))
    cart = (await site.data(ME))["cart"]
    assert (cart["goodsTotal"], cart["massGram"]) == (MAX_RUPIAH, MAX_INT)
    assert (await site.done(SETS, variant=str(grown[0].variant_id), quantity=1))["massGram"] == MAX_INT
    wanted = {**await _input(site), "quote": await site.world.quote(SITI, mass_limit_gram=10**15)}
    told = await site.problems(PLACE, input=wanted, key=a_key())
    assert [each["code"] for each in told] == ["TOO_HEAVY", "TOTAL_TOO_HIGH"]


async def _input(site: Site) -> dict[str, Any]:
    """As of a cart that is there."""
    cart_id = await site.world.value("SELECT id FROM cart")
    contact_id = await site.world.contact(SITI)
    return {
        "cartId": str((await site.data("{ me { cart { id } } }"))["cart"]["id"]),
        "cartVersion": await site.world.value("SELECT version FROM cart"),
        "contactId": str(contact_id),
        "slot": "NOW",
        "paymentMethod": "COD",
        "total": MAX_RUPIAH,
        "quote": str(cart_id),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cart_line SET quantity = 1000001",
        "UPDATE payment SET amount_rupiah = 9007199254740992",
        "UPDATE orders SET goods_rupiah = 9007199254740991, total_rupiah = 9007199254740991 + delivery_rupiah",
    ],
)
async def test_the_tables_refuse_it_too(site: Site, statement: str) -> None:
    await site.done(PLACE, input=await the_input(site.world), key=a_key())
    await site.data(SET, variant=BAYAM, quantity=1)
    with pytest.raises(Exception, match="violates check constraint"):
        await site.world.value(statement)


NAMES = ("bayam", "beras", "kelapa")
PRICES = st.one_of(st.integers(1, 1_000_000_000), st.sampled_from((1, 999_999_999, 1_000_000_000)))
WEIGHTS = st.one_of(st.floats(0.001, 1e9), st.sampled_from((0.1, 1.0, 1e9)))
QUANTITIES = st.one_of(st.integers(-1, MAX_INT), st.integers(1, 40), st.sampled_from((250, MAX_QUANTITY, 20_000)))
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(NAMES), QUANTITIES, st.just(0.0)),
        st.tuples(st.just("change"), st.sampled_from(NAMES), PRICES, WEIGHTS),
        st.tuples(st.just("place"), st.just(""), st.just(0), st.just(0.0)),
    ),
    max_size=25,
)


def _product(name: str, price: int, weight: float) -> Any:
    unit = KILO if name == "beras" else a_variant().unit
    return a_product(name, variants=[a_variant(name, price_rupiah=price, gram_per_base=weight, unit=unit)])


async def _do(site: Site, deeds: list[tuple[str, str, int, float]]) -> None:
    await site.world.hear(a_merchant(), *(_product(name, 2_500, 250.0) for name in NAMES))
    for what, name, number, weight in deeds:
        match what:
            case "set":
                await site.data(SETS, variant=str(VariantId.seeded(name)), quantity=number)
            case "change":
                await site.world.hear(_product(name, number, weight))
            case _:
                cart = (await site.data(ME))["cart"]
                wanted = {**await _input(site), "quote": await site.world.quote(SITI, mass_limit_gram=10**12)}
                wanted["total"] = min(MAX_RUPIAH, cart["goodsTotal"] + 10_000)
                await site.data(PLACE, input=wanted, key=a_key())
        await site.data(ME)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
def test_whatever_is_permitted_leaves_buyer_cart_and_orders_readable(
    made: TestDatabase, deeds: list[tuple[str, str, int, float]]
) -> None:
    async def run() -> None:
        async with market(made) as world:
            await _do(Site(world), deeds)

    asyncio.run(run())
