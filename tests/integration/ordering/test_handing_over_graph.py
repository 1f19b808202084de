"""How and when, by the graph: what a buyer is shown, chooses and is refused; what the merchant's people say and see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.contracts.catalog import MerchantId, MerchantKind
from services.contracts.ordering import HandoverWay, OrderId
from tests.worlds.handing_over import a_stop, code_of, morning, part_of, shown
from tests.worlds.ordering import BUDI, Market, a_merchant, a_product, hold, hours
from tests.worlds.ordering_site import BAYAM, PLACE, SET, Site, the_input
from tests.worlds.payloads import PROBLEMS

WLIJO = str(MerchantId.seeded("wlijo"))
CART = """query($day: DateTime) { me { cart { handovers(day: $day) {
    way slotFrom slotTo orderUntil capacityLeft unavailable stopId place point { lat lng } } } } }"""
OF_MERCHANT = """query($id: ID!) { _entities(representations: [{__typename: "Merchant", id: $id}]) { ... on Merchant {
    handovers { way slotFrom capacityLeft unavailable } handoverLimits { pickupsPerHour deliveriesPerHour } } } }"""
SHOWN = """query($id: ID!) { order(id: $id) { status slot counterCode handover { way slotFrom slotTo place point { lat lng } }
    cancellation { reason borneBy } payment { status cashCollected } sellerOrders { id status handover { way slotFrom } } } }"""
OF_PART = """query($id: ID!) { _entities(representations: [{__typename: "SellerOrder", id: $id}]) { ... on SellerOrder {
    status handover { way slotFrom place } order { counterCode } } } }"""
HAND_OVER = f"""mutation($id: ID!, $code: String!) {{ handOverSellerOrder(id: $id, code: $code) {{ {PROBLEMS}
    sellerOrder {{ status }} }} }}"""
LIMITS = f"""mutation($input: HandoverLimitsInput!) {{ setHandoverLimits(input: $input) {{ {PROBLEMS}
    merchant {{ handoverLimits {{ pickupsPerHour deliveriesPerHour }} }} }} }}"""


@pytest.fixture(autouse=True)
async def at(world: Market) -> datetime:
    now = await morning(world)
    await world.hear(
        a_merchant(
            kind=MerchantKind.FIXED_STALL, always_open=False, hours=hours("07:00", "12:00"), stops=[a_stop(now)]
        ),
        a_product(),
    )
    return now


def wanted(slot: dict[str, Any]) -> dict[str, Any]:
    return {"way": slot["way"], "slotFrom": slot["slotFrom"], "stopId": slot["stopId"]}


class Buying(Site):
    async def done_order(self, given: dict[str, Any], who: str) -> Any:
        return await self.done(PLACE, who, input=given, key="0123456789abcdef" + who)


async def slots(site: Site, way: str, who: str = "usr_siti") -> list[dict[str, Any]]:
    found = (await site.data(CART, who))["cart"]["handovers"]
    return [slot for slot in found if slot["way"] == way]


async def placed(site: Buying, slot: dict[str, Any], who: str = "usr_siti") -> OrderId:
    given = await the_input(site.world, who)
    if slot["way"] != "DELIVERY":
        given |= {"quote": None, "total": given["total"] - 10_000}
    order = await site.done_order(given | {"handover": wanted(slot)}, who)
    order_id = OrderId.parse(order["id"])
    await hold(site.world, order_id)
    return order_id


@pytest.fixture
def site(world: Market) -> Buying:
    return Buying(world)


async def test_a_buyer_chooses_a_stop_of_what_is_shown_and_sees_place_time_and_code(site: Buying) -> None:
    await site.done(SET, variant=BAYAM, quantity=2)
    (slot,) = await slots(site, "ROUTE_STOP")
    assert (slot["place"], slot["capacityLeft"], slot["unavailable"]) == ("Balai desa", 2, None)
    order_id = await placed(site, slot)
    found = await site.data(SHOWN, id=str(order_id))
    assert (found["status"], found["slot"]) == ("CONFIRMED", "NOW")
    assert found["handover"] == {
        "way": "ROUTE_STOP", "slotFrom": slot["slotFrom"], "slotTo": slot["slotTo"], "place": "Balai desa", "point": slot["point"],
    }  # fmt: skip
    assert found["counterCode"] == await code_of(site.world, order_id)
    assert found["sellerOrders"][0]["handover"] == {"way": "ROUTE_STOP", "slotFrom": slot["slotFrom"]}


async def test_the_code_is_the_buyers_alone(site: Buying) -> None:
    await site.done(SET, variant=BAYAM, quantity=2)
    order_id = await placed(site, (await slots(site, "PICKUP"))[-1])
    part = str(await part_of(site.world, order_id))
    assert (await site.data(SHOWN, "usr_ops", "ops", id=str(order_id)))["counterCode"] is None
    assert (await site.data(SHOWN, BUDI, id=str(order_id))) is None
    (of_merchant,) = await site.data(OF_PART, "usr_wlijo", "merchant", id=part)
    assert of_merchant["order"] is None
    assert of_merchant["handover"]["way"] == "PICKUP"


async def test_the_merchant_hands_over_against_the_code(site: Buying) -> None:
    await site.done(SET, variant=BAYAM, quantity=2)
    order_id = await placed(site, (await slots(site, "PICKUP"))[-1])
    part, code = str(await part_of(site.world, order_id)), await code_of(site.world, order_id)
    wrong = "999999" if code != "999999" else "999998"
    problem = await site.refused(HAND_OVER, "usr_wlijo", "merchant", id=part, code=wrong)
    assert problem == {"code": "WRONG_PIN", "field": "code"}
    assert await site.world.value("SELECT counter_tries FROM orders") == 1
    assert await site.done(HAND_OVER, "usr_wlijo", "merchant", id=part, code=f" {code} ") == {"status": "COMPLETED"}
    found = await site.data(SHOWN, id=str(order_id))
    assert (found["status"], found["counterCode"]) == ("COMPLETED", None)
    assert found["payment"] == {"status": "COLLECTED", "cashCollected": 5_000}
    assert await site.refused(HAND_OVER, "usr_other", "merchant", id=part, code=code) == {"code": "NOT_FOUND"}
    assert await site.code(HAND_OVER, id=part, code=code) == "FORBIDDEN"


async def test_a_day_is_wibs(site: Buying, at: datetime) -> None:
    await site.done(SET, variant=BAYAM, quantity=2)
    today = (await site.data(CART, day=at.isoformat()))["cart"]["handovers"]
    every = (await site.data(CART))["cart"]["handovers"]
    assert 0 < len(today) < len(every)
    assert [each["slotFrom"] for each in every] == sorted(each["slotFrom"] for each in every)


async def test_refusals_say_what_is_wrong(site: Buying, at: datetime) -> None:
    await site.done(SET, variant=BAYAM, quantity=2)
    (slot,) = await slots(site, "ROUTE_STOP")
    await placed(site, slot)
    await placed(site, slot, BUDI)
    await site.done(SET, variant=BAYAM, quantity=2)
    assert (await slots(site, "ROUTE_STOP"))[0]["unavailable"] == "FULL"
    given = await the_input(site.world) | {"quote": None, "total": 5_000}
    full = await site.refused(PLACE, input=given | {"handover": wanted(slot)}, key="full-of-that-time")
    assert full == {"code": "SLOT_FULL", "field": "input.handover.slotFrom"}
    gone = {"way": "PICKUP", "slotFrom": "2020-01-01T00:00:00Z"}
    none = await site.refused(PLACE, input=given | {"handover": gone}, key="none-of-that-time")
    assert none == {"code": "SLOT_NOT_OFFERED", "field": "input.handover.slotFrom"}
    brought = {"way": "DELIVERY", "slotFrom": (await slots(site, "DELIVERY"))[-1]["slotFrom"]}
    no_quote = await site.refused(PLACE, input=given | {"handover": brought}, key="none-of-any-quote")
    assert no_quote == {"code": "QUOTE_INVALID", "field": "input.quote"}
    for malformed in ({"way": "PICKUP"}, {"way": "ROUTE_STOP", "slotFrom": slot["slotFrom"]}):
        assert (
            await site.code(PLACE, input=given | {"handover": malformed}, key="malformed-as-it-is") == "BAD_USER_INPUT"
        )


async def test_an_app_that_says_nothing_is_brought_its_order_now(site: Buying) -> None:
    order = await site.done_order(await the_input(site.world), "usr_siti")
    found = await site.data(SHOWN, id=order["id"])
    assert found["handover"] == {"way": "DELIVERY", "slotFrom": None, "slotTo": None, "place": None, "point": None}
    assert found["counterCode"] is None


async def test_limits_are_the_merchants_own_to_set_and_see(site: Buying) -> None:
    given = {"merchantId": WLIJO, "pickupsPerHour": 0, "deliveriesPerHour": 3}
    done = await site.done(LIMITS, "usr_wlijo", "merchant", input=given)
    assert done == {"handoverLimits": {"pickupsPerHour": 0, "deliveriesPerHour": 3}}
    (seen,) = await site.data(OF_MERCHANT, id=WLIJO)
    assert seen["handoverLimits"] is None
    assert {(each["way"], each["capacityLeft"]) for each in seen["handovers"]} == {("DELIVERY", 3), ("ROUTE_STOP", 2)}
    refused = await site.problems(
        LIMITS, "usr_wlijo", "merchant", input=given | {"pickupsPerHour": -1, "deliveriesPerHour": 9_999}
    )
    assert [(each["code"], each["field"]) for each in refused] == [
        ("INVALID_SLOT_LIMIT", "input.pickupsPerHour"),
        ("INVALID_SLOT_LIMIT", "input.deliveriesPerHour"),
    ]
    assert refused[0]["limit"] == 1_000
    assert await site.refused(LIMITS, "usr_other", "merchant", input=given) == {
        "code": "NOT_FOUND",
        "field": "input.merchantId",
    }


async def test_of_who_does_not_sell_now_nothing_is_offered(site: Buying) -> None:
    await site.world.hear(a_merchant(status="SUSPENDED"))
    (seen,) = await site.data(OF_MERCHANT, id=WLIJO)
    assert seen["handovers"] == []
    (unknown,) = await site.data(OF_MERCHANT, id=str(MerchantId.seeded("nobody")))
    assert unknown["handovers"] == []
    assert await shown(site.world, HandoverWay.PICKUP) is not None
