"""What is ordered by the piece and weighed later, and what is sold only so often in one order."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.amounts import capped
from services.contracts.catalog import CatchWeight, ProductChanged, SaleUnit, UnitKind, VariantId
from services.ordering.domain.cart import QuantityInvalid
from tests.worlds.ordering import SITI, Market, a_product, a_variant, an_order
from tests.worlds.ordering_site import SET, Site

EKOR = SaleUnit(code="ekor", label="ekor", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1, max=3)
BY_WEIGHT = CatchWeight(price_rupiah=36_000, price_basis=1_000, overrun_percent=15)
SHOWN = "quantity price total estimated capTotal catchWeight { price priceBasis overrunPercent priceText } unit { max }"
CART = f"{{ me {{ cart {{ goodsTotal lines {{ {SHOWN} }} }} }} }}"
ORDER = (
    f"query($id: ID!) {{ order(id: $id) {{ goodsTotal payment {{ amount }} sellerOrders {{ lines {{ {SHOWN} }} }} }} }}"
)
AYAM = VariantId.seeded("ayam")
TWO = {
    "quantity": 2,
    "price": 45_001,
    "total": 90_002,
    "estimated": True,
    "capTotal": 103_502,
    "catchWeight": {"price": 36_000, "priceBasis": 1_000, "overrunPercent": 15, "priceText": "Rp36.000 / kg"},
    "unit": {"max": 3},
}


def _chicken(**changed: Any) -> ProductChanged:
    told = {"unit": EKOR, "price_rupiah": 45_001, "gram_per_base": 1_250.0, "catch_weight": BY_WEIGHT, **changed}
    return a_product("ayam", variants=[a_variant("ayam", **told)])


async def test_a_line_shows_its_estimate_and_the_most_that_it_may_come_to(site: Site) -> None:
    await site.world.hear(_chicken())
    await site.world.fill_cart(SITI, {AYAM: 2})
    cart = (await site.data(CART))["cart"]
    assert cart == {"goodsTotal": 90_002, "lines": [TWO]}
    assert TWO["capTotal"] == capped(90_002, 15)


async def test_an_order_is_charged_by_the_estimate_and_keeps_how_it_is_priced(site: Site) -> None:
    await site.world.hear(_chicken())
    order_id = await site.world.place(SITI, await an_order(site.world, lines={"ayam": 2}, total=100_002))
    await site.world.hear(_chicken(catch_weight=CatchWeight(price_rupiah=1, price_basis=1_000, overrun_percent=0)))
    order = await site.data(ORDER, id=str(order_id))
    assert (order["goodsTotal"], order["payment"]["amount"]) == (90_002, 100_002)
    assert order["sellerOrders"] == [{"lines": [TWO]}]


async def test_what_is_not_weighed_is_no_estimate(site: Site) -> None:
    await site.world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    (line,) = (await site.data(CART))["cart"]["lines"]
    assert (line["estimated"], line["capTotal"], line["catchWeight"], line["unit"]) == (
        False,
        None,
        None,
        {"max": None},
    )


async def test_a_variant_that_is_priced_as_it_is_again_is_no_estimate(site: Site) -> None:
    for told in (_chicken(), _chicken(catch_weight=None)):
        await site.world.hear(told)
    await site.world.fill_cart(SITI, {AYAM: 1})
    assert not (await site.data(CART))["cart"]["lines"][0]["estimated"]


async def test_one_order_has_no_more_than_the_merchant_sells_in_one(site: Site) -> None:
    await site.world.hear(_chicken())
    assert await site.refused(SET, variant=str(AYAM), quantity=4) == {
        "code": "INVALID_QUANTITY",
        "field": "quantity",
        "variantId": str(AYAM),
        "minimum": 1,
        "limit": 3,
        "step": 1,
        "unit": "BASE_UNIT",
    }
    await site.done(SET, variant=str(AYAM), quantity=3)


async def test_a_cart_that_has_more_than_is_sold_now_is_no_order(world: Market) -> None:
    await world.hear(_chicken())
    wanted = await an_order(world, lines={"ayam": 3}, total=145_003)
    fewer = SaleUnit(code="ekor", label="ekor", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1, max=2)
    await world.hear(_chicken(unit=fewer))
    with pytest.raises(QuantityInvalid) as refused:
        await world.place(SITI, wanted)
    assert refused.value.maximum == 2


async def test_how_a_line_is_weighed_is_known_whole_or_not_at_all(site: Site) -> None:
    await site.world.hear(_chicken())
    await site.world.place(SITI, await an_order(site.world, lines={"ayam": 2}, total=100_002))
    owner = await asyncpg.connect(site.world.owner_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute("UPDATE order_line SET weight_basis = NULL")
    finally:
        await owner.close()
