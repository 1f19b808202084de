"""What stands beside a cart's lines: what was seen and said, what speaks against them, and all of it again in the order."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import OrderId
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.ordering import housekeeping
from services.ordering.commands import carts
from services.ordering.domain.wishes import WhenShort, Wish
from tests.integration.ordering.test_giving_back import in_cart, short
from tests.worlds.ordering import (
    BUDI,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    a_variant,
    an_order,
    placed,
    seen_now,
)
from tests.worlds.ordering_site import BAYAM, PLACE, Site, the_input
from tests.worlds.payloads import PROBLEMS, problems

WLIJO = str(MerchantId.seeded("wlijo"))
CONTACT_POINT = {"lat": -8.1321, "lng": 113.2193}
LINES = "{ me { cart { version lines { quantity note whenShort priceSeen { price priceBasis priceText } problems { code } } } } }"
SAY = f"""mutation($quantity: Int!, $note: String, $when: WhenShort) {{
    setCartLine(variantId: "{BAYAM}", quantity: $quantity, note: $note, whenShort: $when) {{ {PROBLEMS}
      cart {{ version lines {{ note whenShort }} }} }} }}"""
TELL = f"""mutation($merchant: ID!, $note: String!) {{ setSellerNote(merchantId: $merchant, note: $note) {{ {PROBLEMS}
    cart {{ version sellers {{ merchant {{ id }} note goodsTotal }} }} }} }}"""
REORDER = f"""mutation($id: ID!) {{ reorder(orderId: $id) {{ {PROBLEMS} cart {{ lines {{ quantity note whenShort }} }}
    leftOut {{ name quantity variant {{ id }} problems {{ code lineId }} }} }} }}"""
NEAR = """query($point: PointInput) { me { cart { lines { problems(point: $point) { code merchantId variantId } }
    checkout { problems { code lineId } } } } }"""


async def _line(site: Site) -> dict[str, Any]:
    (line,) = (await site.data(LINES))["cart"]["lines"]
    return dict(line)


async def test_a_price_that_has_changed_is_told_and_refuses_nothing(site: Site) -> None:
    world = site.world
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    assert (await _line(site))["priceSeen"] is None
    await world.hear(a_product(variants=[a_variant(price_rupiah=3_000)]))
    line = await _line(site)
    assert line["priceSeen"] == {"price": 2_500, "priceBasis": 1, "priceText": "Rp2.500 / ikat"}
    assert line["problems"] == []
    # The same by another basis is the same.
    await world.hear(a_product(variants=[a_variant(price_rupiah=5_000, price_basis=2)]))
    assert (await _line(site))["priceSeen"] is None
    await world.hear(a_product(variants=[a_variant(price_rupiah=3_000)]))
    # Who sets it again has seen today's.
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    assert (await _line(site))["priceSeen"] is None
    await placed(world, total=16_000)


async def test_a_line_of_the_release_before_says_nothing_of_what_was_seen(site: Site) -> None:
    await site.world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    await site.world.value("UPDATE cart_line SET seen_price_rupiah = NULL, seen_price_basis = NULL RETURNING 1")
    assert await _line(site) == {"quantity": 2, "note": None, "whenShort": "ASK", "priceSeen": None, "problems": []}


async def test_what_is_said_of_a_line_stays_until_it_is_said_otherwise(site: Site) -> None:
    said = await site.done(SAY, quantity=2, note="  yang   muda ", when="SIMILAR")
    assert said["lines"] == [{"note": "yang muda", "whenShort": "SIMILAR"}]
    assert await site.done(SAY, quantity=2, note="yang muda", when="SIMILAR") == said
    more = await site.done(SAY, quantity=3)
    assert more == {"version": said["version"] + 1, "lines": said["lines"]}
    assert (await site.done(SAY, quantity=3, note="", when="ASK"))["lines"] == [{"note": None, "whenShort": "ASK"}]


@pytest.mark.parametrize("note", ["x" * 201, "a\u202eb", "a\x07", "\u200b"])
async def test_a_note_that_cannot_be_read_is_refused(site: Site, note: str) -> None:
    await site.done(SAY, quantity=2)
    before = await site.world.fingerprint()
    refusal = {"code": "INVALID_TEXT", "field": "note", "minimum": 0, "limit": 200, "unit": "CHARACTER"}
    assert await site.refused(SAY, quantity=3, note=note) == refusal
    assert await site.refused(TELL, merchant=WLIJO, note=note) == refusal
    assert await site.world.fingerprint() == before


async def test_a_seller_of_the_cart_is_told_something_and_no_other(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant("toko"), a_product("beras", "toko"))
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2, VariantId.seeded("beras"): 1})
    said = await site.done(TELL, merchant=WLIJO, note="antar jam 7")
    assert said["sellers"] == [
        {"merchant": {"id": WLIJO}, "note": "antar jam 7", "goodsTotal": 5_000},
        {"merchant": {"id": str(MerchantId.seeded("toko"))}, "note": None, "goodsTotal": 2_500},
    ]
    assert await site.done(TELL, merchant=WLIJO, note="antar jam 7") == said
    for stranger in (str(MerchantId.seeded("nobody")), str(MerchantId.new())):
        assert await site.refused(TELL, merchant=stranger, note="halo") == {"code": "NOT_FOUND"}
    # It goes with the last of the seller's goods, when somebody else is told something.
    async with transaction(world.db) as conn:
        await carts.remove_cart_line(conn, SITI, VariantId.seeded("bayam"))
    await site.done(TELL, merchant=str(MerchantId.seeded("toko")), note="halo")
    assert await world.value("SELECT array_agg(note) FROM cart_seller") == ["halo"]
    gone = await site.done(TELL, merchant=str(MerchantId.seeded("toko")), note="")
    assert [each["note"] for each in gone["sellers"]] == [None]


async def _an_order_with_words(site: Site) -> OrderId:
    wanted = await an_order(site.world)
    async with transaction(site.world.db) as conn:
        await carts.set_cart_line(conn, SITI, VariantId.seeded("bayam"), 2, Wish("yang muda", WhenShort.DROP))
        await carts.set_seller_note(conn, SITI, MerchantId.seeded("wlijo"), "antar jam 7")
    return await site.world.place(SITI, await seen_now(site.world, wanted))


async def test_what_was_said_is_in_the_order_for_its_buyer_and_its_seller(site: Site) -> None:
    order_id = await _an_order_with_words(site)
    part = "sellerOrders { note lines { note whenShort } }"
    told = {"note": "antar jam 7", "lines": [{"note": "yang muda", "whenShort": "DROP"}]}
    order = await site.data(f"query($id: ID!) {{ order(id: $id) {{ {part} }} }}", id=str(order_id))
    assert order["sellerOrders"] == [told]
    entity = "query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder { note lines { note whenShort } } } }"
    shown = await site.data("query($id: ID!) { order(id: $id) { sellerOrders { id } } }", id=str(order_id))
    key = shown["sellerOrders"][0]["id"]
    of = [{"__typename": "SellerOrder", "id": key}]
    assert await site.data(entity, "usr_wlijo", "merchant", of=of) == [told]
    assert await site.data(entity, "usr_toko", "merchant", of=of) == [None]
    assert await site.data(entity, BUDI, of=of) == [None]
    assert (await site.data("{ me { cart { lines { id } sellers { note } } } }"))["cart"] == {
        "lines": [],
        "sellers": [],
    }
    assert await site.world.value("SELECT count(*) FROM cart_seller") == 0


async def test_what_is_given_back_says_it_again_and_who_is_erased_says_nothing(site: Site) -> None:
    world = site.world
    order_id = await _an_order_with_words(site)
    await world.hear(short(order_id))
    assert await _line(site) == {
        "quantity": 2,
        "note": "yang muda",
        "whenShort": "DROP",
        "priceSeen": None,
        "problems": [],
    }
    assert await world.value("SELECT note FROM cart_seller") == "antar jam 7"
    person = PersonId.new()
    await world.value("UPDATE buyer SET subject = $1 WHERE subject = $2 RETURNING 1", str(person), SITI)
    await world.hear(PersonErased(person_id=person, erased_at=await world.value("SELECT wlijo_now()")))
    for table in ("cart_line", "cart_seller", "order_line", "seller_order"):
        assert await world.value(f"SELECT count(*) FROM {table} WHERE note IS NOT NULL") == 0


async def test_an_open_order_of_who_is_erased_keeps_its_words_until_it_ends(site: Site) -> None:
    world = site.world
    order_id = await _an_order_with_words(site)
    person = PersonId.new()
    await world.value("UPDATE buyer SET subject = $1 WHERE subject = $2 RETURNING 1", str(person), SITI)
    await world.hear(PersonErased(person_id=person, erased_at=await world.value("SELECT wlijo_now()")))
    assert await world.value("SELECT note FROM order_line") == "yang muda"
    await world.hear(short(order_id))
    await housekeeping.look(world.db)
    assert await world.value("SELECT note FROM order_line") is None
    assert await world.value("SELECT note FROM seller_order") is None


async def test_whom_a_seller_does_not_bring_to_is_told_by_point_and_contact_and_not_placed(site: Site) -> None:
    world = site.world
    given = await the_input(world)
    assert await site.data(NEAR, point=CONTACT_POINT) == {
        "cart": {"lines": [{"problems": []}], "checkout": {"problems": []}}
    }
    areas: list[dict[str, Any]] = [{"serves_radius_m": 100}, {"serves_kecamatan": ["35.08.12"]}]
    for area in areas:
        await world.hear(a_merchant(**area))
        cart = (await site.data(NEAR, point=CONTACT_POINT))["cart"]
        assert cart["lines"] == [
            {"problems": [{"code": "OUT_OF_SERVING_AREA", "merchantId": WLIJO, "variantId": BAYAM}]}
        ]
        (problem,) = cart["checkout"]["problems"]
        assert problem["code"] == "OUT_OF_SERVING_AREA"
        assert (await site.data(NEAR))["cart"]["lines"] == [{"problems": []}]  # nobody has said where to
        before = await world.fingerprint()
        refusal = await site.refused(PLACE, input=given, key=a_key())
        assert refusal == {
            "code": "OUT_OF_SERVING_AREA",
            "lineId": problem["lineId"],
            "variantId": BAYAM,
            "merchantId": WLIJO,
        }
        assert await world.fingerprint() == before
    await world.hear(a_merchant(serves_kecamatan=["35.08.10"], serves_radius_m=5_000))
    assert (await site.done(PLACE, input=given, key=a_key()))["status"] == "PLACED"


async def test_goods_without_their_licence_say_so_and_not_only_that_they_are_gone(site: Site) -> None:
    world = site.world
    given = await the_input(world)
    await world.hear(a_product(status=ProductStatus.BLOCKED, lacks_licence=True))
    assert (await _line(site))["problems"] == [{"code": "LICENCE_LAPSED"}]
    (told,) = problems(await site.data(PLACE, input=given, key=a_key()))
    assert (told["code"], told["retryable"], told["variantId"]) == ("LICENCE_LAPSED", True, BAYAM)
    assert (await site.refused(SAY, quantity=3))["code"] == "LICENCE_LAPSED"
    await world.hear(a_product(status=ProductStatus.BLOCKED))
    assert (await _line(site))["problems"] == [{"code": "PRODUCT_UNAVAILABLE"}]
    await world.hear(a_product())
    assert (await _line(site))["problems"] == []


async def test_an_order_is_put_into_the_cart_again_as_far_as_it_is_for_sale(site: Site) -> None:
    world = site.world
    await world.hear(a_product("sop"), a_product("tomat"), a_product("tempe"))
    goods = {"bayam": 2, "sop": 3, "tomat": 1, "tempe": 1}
    order_id = await placed(world, lines=goods, total=27_500)
    await world.hear(
        a_product("tomat", status=ProductStatus.HIDDEN),
        a_product("tempe", status=ProductStatus.BLOCKED, lacks_licence=True),
    )
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 5})
    done = await site.data(REORDER, id=str(order_id))
    assert done["problems"] == []
    assert [(each["name"], each["quantity"], each["problems"]) for each in done["leftOut"]] == [
        ("tomat", 1, [{"code": "PRODUCT_UNAVAILABLE", "lineId": None}]),
        ("tempe", 1, [{"code": "LICENCE_LAPSED", "lineId": None}]),
    ]
    assert await in_cart(world) == {VariantId.seeded("bayam"): 5, VariantId.seeded("sop"): 3}
    before = await world.fingerprint()
    assert await site.data(REORDER, id=str(order_id)) == done
    assert await world.fingerprint() == before
    for who in (BUDI, "usr_nobody"):
        assert (await site.data(REORDER, who, id=str(order_id)))["problems"][0]["code"] == "NOT_FOUND"
    assert (await site.data(REORDER, id=str(OrderId.new())))["problems"][0]["code"] == "NOT_FOUND"


async def test_what_a_seller_who_is_suspended_sold_stays_out(site: Site) -> None:
    world: Market = site.world
    order_id = await placed(world)
    await world.hear(a_merchant(status=MerchantStatus.SUSPENDED))
    done = await site.data(REORDER, id=str(order_id))
    assert [each["problems"][0]["code"] for each in done["leftOut"]] == ["MERCHANT_SUSPENDED"]
    assert await in_cart(world) == {}
