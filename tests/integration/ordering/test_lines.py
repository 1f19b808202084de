"""A line shows itself: the whole unit, and texts that need nothing else."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.catalog import ProductChanged, SaleUnit, UnitKind, VariantId
from tests.worlds.ordering import KILO, SITI, Market, a_product, a_variant, an_order
from tests.worlds.ordering_site import Site

UNIT = "unit { code label kind basePerUnit step min }"
SHOWN = f"{UNIT} quantityText priceText english: quantityText(language: EN) price: priceText(language: EN)"
CART = f"{{ me {{ cart {{ lines {{ {SHOWN} }} }} }} }}"
ORDER = f"query($id: ID!) {{ order(id: $id) {{ sellerOrders {{ lines {{ {SHOWN} }} }} }} }}"
IN_KILOS = {
    "unit": {"code": "kg", "label": "kg", "kind": "MASS", "basePerUnit": 1000, "step": 250, "min": 250},
    "quantityText": "1,5 kg",
    "priceText": "Rp12.000 / kg",
    "english": "1.5 kg",
    "price": "Rp12,000 / kg",
}


def _klengkeng(unit: SaleUnit = KILO) -> ProductChanged:
    variant = a_variant("klengkeng", unit=unit, price_rupiah=12_000, price_basis=1000, gram_per_base=1.0)
    return a_product("klengkeng", variants=[variant])


async def _line(site: Site, order_id: str) -> dict[str, Any]:
    ((line,),) = [each["lines"] for each in (await site.data(ORDER, id=order_id))["sellerOrders"]]
    found: dict[str, Any] = line
    return found


async def _placed(world: Market) -> str:
    await world.hear(_klengkeng())
    wanted = await an_order(world, lines={"klengkeng": 1500}, total=28_000)
    return str(await world.place(SITI, wanted))


async def test_a_line_of_a_cart_shows_itself(site: Site) -> None:
    await site.world.hear(_klengkeng())
    await site.world.fill_cart(SITI, {VariantId.seeded("klengkeng"): 1500})
    assert (await site.data(CART))["cart"]["lines"] == [IN_KILOS]


async def test_a_line_of_an_order_stays_what_was_sold(site: Site) -> None:
    order_id = await _placed(site.world)
    ons = SaleUnit(code="ons", label="ons", kind=UnitKind.MASS, base_per_unit=100, step=100, min=100)
    await site.world.hear(_klengkeng(ons))
    assert await _line(site, order_id) == IN_KILOS


@pytest.mark.parametrize("told_again", [True, False])
async def test_a_line_that_an_older_image_wrote_is_told_by_its_label(site: Site, told_again: bool) -> None:
    """Its variant is known whole once it was told again; until then what the label is called says most."""
    world = site.world
    order_id = await _placed(world)
    owner = await asyncpg.connect(world.owner_url)
    try:
        none = "unit_code = NULL, unit_kind = NULL, base_per_unit = NULL"
        await owner.execute(f"UPDATE order_line SET {none}, step = NULL, min = NULL")
        if not told_again:
            await owner.execute(f"UPDATE variant SET {none}")
    finally:
        await owner.close()
    assert await _line(site, order_id) == IN_KILOS


async def test_an_order_of_a_variant_whose_unit_was_never_told_can_be_placed(site: Site) -> None:
    world = site.world
    await world.hear(_klengkeng())
    owner = await asyncpg.connect(world.owner_url)
    try:
        await owner.execute("UPDATE variant SET unit_code = NULL, unit_kind = NULL, base_per_unit = NULL")
    finally:
        await owner.close()
    wanted = await an_order(world, lines={"klengkeng": 1500}, total=28_000)
    assert await _line(site, str(await world.place(SITI, wanted))) == IN_KILOS
