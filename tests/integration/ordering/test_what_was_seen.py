"""What the buyer saw is what is placed."""

from __future__ import annotations

import asyncio

from services.contracts.catalog import LevelChanged, ProductStatus, VariantId
from tests.worlds.ordering import SITI, a_key, a_merchant, a_product, a_variant
from tests.worlds.ordering_site import BAYAM, PLACE, REMOVE, SET, Site, the_input
from tests.worlds.payloads import PROBLEMS, problems

SOP = str(VariantId.seeded("sop"))


async def _swap(site: Site) -> None:
    """One bayam goes, and something else of the same price and weight comes."""
    await site.done(REMOVE, variant=BAYAM)
    await site.done(SET, variant=SOP, quantity=2)


async def test_another_cart_of_the_same_price_is_not_placed(site: Site) -> None:
    await site.world.hear(a_product("sop", variants=[a_variant("sop")]))
    seen, key = await the_input(site.world), a_key()
    await _swap(site)
    before = await site.world.fingerprint()
    present = await site.world.value("SELECT version FROM cart")
    assert await site.refused(PLACE, input=seen, key=key) == {
        "code": "CART_CHANGED",
        "field": "input.cartVersion",
        "version": present,
    }
    assert await site.world.fingerprint() == before
    # The refusal is not remembered, and who looks again places what is there.
    await site.done(PLACE, input={**seen, "cartVersion": present}, key=key)
    assert await site.world.rows("SELECT variant_id::text FROM order_line") == [
        {"variant_id": str(VariantId.seeded("sop").uuid)}
    ]


async def test_of_two_tabs_that_change_and_place_at_once_only_what_was_seen_is_placed(site: Site) -> None:
    await site.world.hear(a_product("sop", variants=[a_variant("sop")]))
    for _ in range(5):
        seen, key = await the_input(site.world), a_key()
        placing = asyncio.create_task(site.data(PLACE, input=seen, key=key))
        await asyncio.gather(_swap(site), placing)
        for row in await site.world.rows(
            "SELECT l.variant_id FROM orders o JOIN seller_order s ON s.order_id = o.id JOIN order_line l ON l.seller_order_id = s.id"
        ):
            assert VariantId(row["variant_id"]) == VariantId.seeded("bayam")
        await site.done(REMOVE, variant=SOP)


async def test_a_repeat_is_answered_with_the_order_whatever_the_cart_is_by_now(site: Site) -> None:
    seen, key = await the_input(site.world), a_key()
    first = await site.done(PLACE, input=seen, key=key)
    await site.done(SET, variant=BAYAM, quantity=1)
    assert (await site.done(PLACE, input=seen, key=key))["id"] == first["id"]
    assert await site.refused(PLACE, input={**seen, "cartVersion": 99}, key=key) == {
        "code": "IDEMPOTENCY_KEY_REUSED",
        "field": "idempotencyKey",
    }


async def test_what_is_said_again_changes_no_version(site: Site) -> None:
    seen = await the_input(site.world)
    await site.done(SET, variant=BAYAM, quantity=2)
    await site.done(REMOVE, variant=SOP)
    await site.done(PLACE, input=seen, key=a_key())
    assert (
        await site.world.value(
            "SELECT count(*) FROM orders WHERE buyer_id = (SELECT id FROM buyer WHERE subject = $1)", SITI
        )
        == 1
    )


LINES = f"{{ me {{ id cart {{ lines {{ id {PROBLEMS} }} }} }} }}"


def left(name: str, available: int) -> LevelChanged:
    return LevelChanged(variant_id=VariantId.seeded(name), available=available)


async def test_what_is_known_to_be_short_is_a_problem_of_its_line_while_looking_and_at_placing(site: Site) -> None:
    await site.world.hear(a_product("sop"), left("bayam", 1), left("sop", 0))
    seen, key = await the_input(site.world, lines={"bayam": 2, "sop": 1}, total=17_500), a_key()
    lines = (await site.data(LINES))["cart"]["lines"]
    known = [
        {"code": "OUT_OF_STOCK", "lineId": line["id"], "variantId": variant, "limit": available, "unit": "BASE_UNIT"}
        for line, variant, available in zip(lines, (BAYAM, SOP), (1, 0), strict=True)
    ]
    assert [problems({"problems": line["problems"]}) for line in lines] == [[known[0]], [known[1]]]
    before = await site.world.fingerprint()
    assert await site.problems(PLACE, input=seen, key=key) == known
    assert await site.world.fingerprint() == before
    # There is more of it again: the same request is placed.
    await site.world.hear(left("bayam", 2), left("sop", 80))
    assert [line["problems"] for line in (await site.data(LINES))["cart"]["lines"]] == [[], []]
    await site.done(PLACE, input=seen, key=key)


async def test_a_line_says_all_that_stands_against_it(site: Site) -> None:
    await site.world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    await site.world.hear(a_merchant(always_open=False))
    (line,) = (await site.data(LINES))["cart"]["lines"]
    assert [each["code"] for each in line["problems"]] == ["MERCHANT_CLOSED"]
    await site.world.hear(a_merchant(), a_product(status=ProductStatus.HIDDEN))
    (line,) = (await site.data(LINES))["cart"]["lines"]
    assert [each["code"] for each in line["problems"]] == ["PRODUCT_UNAVAILABLE"]


async def test_of_what_nobody_has_told_an_order_is_placed_and_the_hold_decides(site: Site) -> None:
    await site.done(PLACE, input=await the_input(site.world), key=a_key())
