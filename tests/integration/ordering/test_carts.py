"""Contacts and the cart, asked over ASGI with an issuer's tokens."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.catalog import MerchantId, ProductStatus, VariantId
from tests.worlds.ordering import HOME, KILO, SITI, a_key, a_product, a_variant
from tests.worlds.ordering_site import BAYAM, REMOVE, SAVE, SET, Site, a_contact
from tests.worlds.payloads import refused


async def test_a_contact_is_kept_with_its_phone_in_one_form(site: Site) -> None:
    key = a_key()
    saved = await site.done(SAVE, input=a_contact(), key=key)
    assert saved == {
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
    assert await site.done(SAVE, input=a_contact(), key=key) == saved
    assert (await site.data("{ me { contacts { id } } }"))["contacts"] == [{"id": saved["id"]}]
    other = await site.refused(SAVE, input=a_contact(label="Kantor"), key=key)
    assert other == {"code": "IDEMPOTENCY_KEY_REUSED", "field": "idempotencyKey"}


TEXT = {"code": "INVALID_TEXT", "minimum": 1, "unit": "CHARACTER"}
PHONE = {"code": "INVALID_PHONE"}
REGION = {"code": "UNKNOWN_REGION"}


@pytest.mark.parametrize(
    ("field", "value", "facts"),
    [
        ("label", "", {**TEXT, "limit": 40}),
        ("label", "x" * 41, {**TEXT, "limit": 40}),
        ("recipient", "   ", {**TEXT, "limit": 80}),
        ("recipient", "Siti\x07", {**TEXT, "limit": 80}),
        ("line", "Jalan\x00 1", {**TEXT, "minimum": 3, "limit": 200}),
        ("phone", "12", PHONE),
        ("phone", "0812345678901234", PHONE),
        ("phone", "telepon", PHONE),
        ("line", "x" * 201, {**TEXT, "minimum": 3, "limit": 200}),
        ("kecamatanCode", "35.09.10", REGION),
        ("kecamatanCode", "350810", REGION),
        ("kecamatanCode", "35.08.99", REGION),
        ("kecamatanCode", "35.08.1٠", REGION),
        ("desaCode", "35.08.11.1004", REGION),
        ("desaCode", "35.08.10.9999", REGION),
        ("desaCode", "35.08.10.100٤", REGION),
        ("point", {"lat": -8.2856, "lng": 112.975}, {"code": "OUTSIDE_REGION"}),
        ("point", {"lat": -8.108, "lng": 112.922}, {"code": "OUTSIDE_REGION"}),
        ("point", {"lat": -6.2, "lng": 106.8}, {"code": "OUTSIDE_REGION"}),
        ("point", {"lat": 113.2, "lng": -8.1}, {"code": "OUTSIDE_REGION"}),
        ("note", "x" * 201, {**TEXT, "limit": 200}),
    ],
)
async def test_a_contact_that_cannot_be_right_names_its_field(
    site: Site, field: str, value: Any, facts: dict[str, Any]
) -> None:
    before = await site.world.fingerprint()
    answer = await site.ask(SAVE, input=a_contact(**{field: value}), key=a_key())
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert refused(answer["data"]["saveContact"]) == {"field": f"input.{field}", **facts}
    assert await site.world.fingerprint() == before


async def test_every_field_that_cannot_be_right_is_named_at_once(site: Site) -> None:
    wrong = a_contact(label="", phone="12", kecamatanCode="35.09.10")
    told = await site.problems(SAVE, input=wrong, key=a_key())
    assert {each["field"]: each["code"] for each in told} == {
        "input.label": "INVALID_TEXT",
        "input.phone": "INVALID_PHONE",
        "input.kecamatanCode": "UNKNOWN_REGION",
    }
    assert len(told) == 3


async def test_the_crater_of_semeru_is_no_place_to_deliver_to_though_its_kecamatan_holds_it(site: Site) -> None:
    crater = a_contact(kecamatanCode="35.08.11", desaCode=None, point={"lat": -8.108, "lng": 112.922})
    answer = await site.data(SAVE, input=crater, key=a_key())
    assert refused(answer) == {"code": "OUT_OF_AREA", "field": "input.point"}
    assert answer["problems"][0]["message"] == "within 5000 m of Kawah Semeru, where nobody may stay"


async def test_a_buyer_keeps_two_hundred_contacts(site: Site) -> None:
    key = a_key()
    first = await site.done(SAVE, input=a_contact(), key=key)
    await site.world.value(
        """INSERT INTO contact (id, buyer_id, label, recipient, phone, line, lat, lng, kecamatan_code, created_at)
           SELECT gen_random_uuid(), buyer_id, label, recipient, phone, line, lat, lng, kecamatan_code, created_at
           FROM contact, generate_series(1, 199)"""
    )
    before = await site.world.fingerprint()
    refusal = await site.refused(SAVE, input=a_contact(), key=a_key())
    assert refusal == {"code": "TOO_MANY_CONTACTS", "limit": 200, "unit": "CONTACT"}
    assert await site.done(SAVE, input=a_contact(), key=key) == first
    assert await site.world.fingerprint() == before


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "tidak bisa é here ok"])
async def test_an_idempotency_key_has_a_form(site: Site, key: str) -> None:
    assert await site.code(SAVE, input=a_contact(), key=key) == "BAD_USER_INPUT"


async def test_a_cart_shows_todays_prices_and_its_version_rises_with_changes_alone(site: Site) -> None:
    first = await site.done(SET, variant=BAYAM, quantity=2)
    assert first == {
        "id": first["id"],
        "version": 2,
        "goodsTotal": 5_000,
        "massGram": 500,
        "lines": [
            {
                "name": "bayam",
                "quantityText": "2 ikat",
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
    assert await site.done(SET, variant=BAYAM, quantity=2) == first
    assert (await site.done(SET, variant=BAYAM, quantity=3))["version"] == 3
    await site.world.hear(a_product(variants=[a_variant(price_rupiah=3_000)], status=ProductStatus.HIDDEN))
    cart = await site.data("query($id: ID!) { cart(id: $id) { goodsTotal lines { forSale } } }", id=first["id"])
    assert cart == {"goodsTotal": 9_000, "lines": [{"forSale": False}]}
    assert await site.done(REMOVE, variant=BAYAM) == {"version": 4, "lines": []}
    assert await site.done(REMOVE, variant=BAYAM) == {"version": 4, "lines": []}


async def test_each_of_two_lines_set_in_one_request_shows_the_cart_of_its_moment(site: Site) -> None:
    await site.world.hear(a_product("sawi"))
    sawi = str(VariantId.seeded("sawi"))
    document = f"""mutation {{ first: setCartLine(variantId: "{BAYAM}", quantity: 1) {{ cart {{ version goodsTotal }} }}
        second: setCartLine(variantId: "{sawi}", quantity: 1) {{ cart {{ version goodsTotal lines {{ quantity }} }} }} }}"""
    data = (await site.ask(document))["data"]
    assert data["second"]["cart"]["version"] == data["first"]["cart"]["version"] + 1
    assert data["second"]["cart"]["goodsTotal"] == 2 * data["first"]["cart"]["goodsTotal"]
    assert len(data["second"]["cart"]["lines"]) == 2


@pytest.mark.parametrize("quantity", [0, -1, 249, 251, 1_000_250, 2_147_483_647, -2_147_483_648])
async def test_a_quantity_out_of_measure_is_refused(site: Site, quantity: int) -> None:
    variant = a_variant("klengkeng", unit=KILO)
    await site.world.hear(a_product("klengkeng", variants=[variant]))
    await site.done(SET, variant=BAYAM, quantity=1)
    before = await site.world.fingerprint()
    assert await site.refused(SET, variant=str(variant.variant_id), quantity=quantity) == {
        "code": "INVALID_QUANTITY",
        "field": "quantity",
        "variantId": str(variant.variant_id),
        "minimum": 250,
        "step": 250,
        "limit": 1_000_000,
        "unit": "BASE_UNIT",
    }
    assert await site.world.fingerprint() == before


@pytest.mark.parametrize("quantity", [1.5, "2", True, 2**31])
async def test_a_quantity_that_is_no_whole_number_is_bad_input(site: Site, quantity: Any) -> None:
    assert await site.code(SET, variant=BAYAM, quantity=quantity) == "BAD_USER_INPUT"


async def test_an_unknown_or_hidden_product_cannot_be_put_into_a_cart(site: Site) -> None:
    unknown = str(VariantId.new())
    refusal = {"code": "PRODUCT_UNAVAILABLE", "field": "variantId", "variantId": unknown}
    assert await site.refused(SET, variant=unknown, quantity=1) == refusal
    await site.world.hear(a_product(status=ProductStatus.HIDDEN))
    assert await site.refused(SET, variant=BAYAM, quantity=1) == {**refusal, "variantId": BAYAM}


async def test_a_cart_holds_fifty_lines(site: Site) -> None:
    variants = [a_variant(f"sayur-{n}") for n in range(51)]
    await site.world.hear(a_product("sayur", variants=variants))
    await site.world.fill_cart(SITI, {each.variant_id: 1 for each in variants[:50]})
    refusal = {"code": "CART_TOO_LARGE", "limit": 50, "unit": "LINE"}
    assert await site.refused(SET, variant=str(variants[50].variant_id), quantity=1) == refusal
    assert len((await site.done(SET, variant=str(variants[49].variant_id), quantity=2))["lines"]) == 50


async def test_a_buyer_comes_into_being_with_an_empty_cart(site: Site) -> None:
    document = "{ me { id contacts { id } cart { version lines { id } goodsTotal massGram } } }"
    first = await site.data(document, "usr_new")
    assert first["cart"] == {"version": 1, "lines": [], "goodsTotal": 0, "massGram": 0}
    assert first["contacts"] == []
    assert await site.data(document, "usr_new") == first
    assert await site.data("{ me { id } }", "usr_rider", "rider") is None
