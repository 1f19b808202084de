"""Many lines in one call, and a cart on its way to a contact."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.quote import MAX_MASS_GRAM
from services.ordering.domain.cart import MAX_CART_LINES
from services.ordering.domain.ids import ContactId
from tests.worlds.ordering import BUDI, SITI, a_merchant, a_product, market, placed
from tests.worlds.ordering_site import BAYAM, SET, Site
from tests.worlds.payloads import PROBLEMS
from tests.worlds.servers import TestDatabase

SET_ALL = f"""mutation($lines: [CartLineInput!]!) {{ setCartLines(lines: $lines) {{ {PROBLEMS}
    cart {{ version massGram lines {{ variant {{ id }} quantity }} }} }} }}"""
CHECKOUT = """query($contact: ID) { me { id cart { id version checkout(contactId: $contact) {
    id cart { version goodsTotal } contact { id label } merchantIds massGram dropoff { lat lng } } } } }"""
MAKE_DEFAULT = f"mutation($id: ID!) {{ setDefaultContact(id: $id) {{ {PROBLEMS} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteContact(id: $id) {{ {PROBLEMS} }} }}"
SOP, TOMAT = (str(VariantId.seeded(name)) for name in ("sop", "tomat"))


def _lines(**quantities: int) -> list[dict[str, object]]:
    return [{"variantId": str(VariantId.seeded(name)), "quantity": n} for name, n in quantities.items()]


@pytest.fixture
async def shop(site: Site) -> Site:
    await site.world.hear(a_product("sop"), a_merchant("lain"), a_product("tomat", "lain"))
    return site


async def test_many_lines_come_in_one_call_and_those_that_are_not_named_stay(shop: Site) -> None:
    await shop.done(SET, variant=BAYAM, quantity=1)
    cart = await shop.done(SET_ALL, lines=_lines(sop=2, tomat=3))
    assert [(line["variant"]["id"], line["quantity"]) for line in cart["lines"]] == [(BAYAM, 1), (SOP, 2), (TOMAT, 3)]
    assert await shop.done(SET_ALL, lines=_lines(sop=2, tomat=3)) == cart


async def test_each_line_that_cannot_be_is_a_problem_and_nothing_is_changed(shop: Site) -> None:
    await shop.done(SET, variant=BAYAM, quantity=1)
    before = await shop.world.fingerprint()
    nobody = str(VariantId.new())
    lines = [*_lines(sop=2, tomat=0), {"variantId": nobody, "quantity": 1}]
    assert await shop.problems(SET_ALL, lines=lines) == [
        {
            "code": "INVALID_QUANTITY", "field": "lines.1.quantity", "variantId": TOMAT, "minimum": 1, "step": 1, "limit": 1_000_000,
            "unit": "BASE_UNIT",
        },
        {"code": "PRODUCT_UNAVAILABLE", "field": "lines.2.variantId", "variantId": nobody},
    ]  # fmt: skip
    assert await shop.world.fingerprint() == before


async def test_it_is_the_cart_as_it_would_be_that_is_too_heavy_or_not(shop: Site) -> None:
    await shop.done(SET, variant=BAYAM, quantity=80)
    cart = await shop.done(SET_ALL, lines=_lines(sop=40, bayam=40))
    assert cart["massGram"] == MAX_MASS_GRAM
    refusal = {"code": "TOO_HEAVY", "limit": MAX_MASS_GRAM, "unit": "GRAM"}
    before = await shop.world.fingerprint()
    assert await shop.refused(SET_ALL, lines=_lines(sop=41, tomat=1)) == refusal  # once, whichever line it is
    assert await shop.world.fingerprint() == before


@pytest.mark.parametrize(
    "lines", [[], _lines(bayam=1) * 2, _lines(**{f"v{n}": 1 for n in range(MAX_CART_LINES + 1)})], ids=len
)
async def test_no_lines_the_same_twice_or_more_than_a_cart_has_are_the_callers_mistake(
    shop: Site, lines: list[dict[str, object]]
) -> None:
    assert await shop.code(SET_ALL, lines=lines) == "BAD_USER_INPUT"


QUANTITIES = st.dictionaries(st.sampled_from(["bayam", "sop", "tomat"]), st.integers(1, 60), min_size=1)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(present=QUANTITIES, wanted=QUANTITIES)
async def test_the_sequence_of_lines_decides_nothing(
    made: TestDatabase, present: dict[str, int], wanted: dict[str, int]
) -> None:
    async with market(made, connections=2) as world:
        site = Site(world)
        await world.hear(a_merchant(), a_product(), a_product("sop"), a_product("tomat"))
        await site.data(SET_ALL, lines=_lines(**present))
        before = await world.value("SELECT coalesce(sum(quantity), 0)::int FROM cart_line")
        answer = await site.data(SET_ALL, lines=_lines(**wanted))
        rows = await world.rows("SELECT variant_id, quantity FROM cart_line")
        after = {VariantId(row["variant_id"]): row["quantity"] for row in rows}
        if answer["problems"]:
            assert sum(after.values()) == before
            return
        assert {name: after[VariantId.seeded(name)] for name in wanted} == wanted
        assert sum(after.values()) * 250 <= MAX_MASS_GRAM


async def test_a_checkout_has_all_that_a_delivery_hangs_on(shop: Site) -> None:
    contact = await shop.world.contact(SITI)
    await shop.done(SET_ALL, lines=_lines(bayam=1, sop=2, tomat=3))
    cart = (await shop.data(CHECKOUT, contact=str(contact)))["cart"]
    assert cart["checkout"] == {
        "id": f"{cart['id']}.{contact}",
        "cart": {"version": cart["version"], "goodsTotal": 15_000},
        "contact": {"id": str(contact), "label": "Rumah"},
        "merchantIds": [str(MerchantId.seeded(name)) for name in ("wlijo", "lain")],
        "massGram": 1_500,
        "dropoff": {"lat": -8.1321, "lng": 113.2193},
    }


async def test_an_empty_cart_and_another_buyers_contact_have_no_checkout(shop: Site) -> None:
    own = str(await shop.world.contact(SITI))
    assert (await shop.data(CHECKOUT, contact=own))["cart"]["checkout"] is None
    await shop.done(SET, variant=BAYAM, quantity=1)
    for other in (str(await shop.world.contact(BUDI)), str(ContactId.new())):
        assert (await shop.data(CHECKOUT, contact=other))["cart"]["checkout"] is None


async def test_without_a_contact_it_goes_to_the_default_one(shop: Site) -> None:
    await shop.done(SET, variant=BAYAM, quantity=1)
    assert (await shop.data(CHECKOUT))["cart"]["checkout"] is None
    oldest, chosen = [str(await shop.world.contact(SITI)) for _ in range(2)]
    await placed(shop.world)  # to a third one
    await shop.done(SET, variant=BAYAM, quantity=1)

    async def goes_to() -> str:
        return str((await shop.data(CHECKOUT))["cart"]["checkout"]["contact"]["id"])

    assert await goes_to() == oldest
    await shop.data(MAKE_DEFAULT, id=chosen)
    assert await goes_to() == chosen
    await shop.data(DELETE, id=chosen)
    assert await goes_to() == oldest
    assert (await shop.data(CHECKOUT, contact=chosen))["cart"]["checkout"] is None


async def test_it_is_found_by_its_id_and_by_its_buyer_alone(shop: Site) -> None:
    query = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Checkout { massGram } } }"
    contact = await shop.world.contact(SITI)
    await shop.done(SET, variant=BAYAM, quantity=2)
    cart = (await shop.data(CHECKOUT, contact=str(contact)))["cart"]
    of = [{"__typename": "Checkout", "id": cart["checkout"]["id"]}]
    assert await shop.data(query, of=of) == [{"massGram": 500}]
    assert await shop.data(query, BUDI, of=of) == [None]
