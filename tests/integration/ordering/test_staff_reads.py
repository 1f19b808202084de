"""Every way to a buyer's data that the schema has, asked by staff: written down, or shut."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.catalog import MerchantKind
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import HandoverWay, OrderId
from services.ordering.app import SERVICE
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from tests.contracts.staff_reads import AUDITED, OWN, gates
from tests.integration.ordering.test_access import entity
from tests.integration.ordering.test_door_of_a_job import company
from tests.worlds.handing_over import code_of, placed_for, shown
from tests.worlds.kasbons import WLIJO, opened
from tests.worlds.ordering import BUDI, PARTNER, SITI, a_key, a_merchant, assigned, placed
from tests.worlds.ordering_site import UPDATE, Site, a_contact

_OPS = "usr_ops"
_OF_ORDER = {"Order.contact": "contact { phone }"}
_OF_BUYER = {"Buyer.contacts": "contacts { phone }", "Buyer.defaultContact": "defaultContact { phone }"}
_SHUT = {"Cart.checkout", "_Entity.Checkout", "SaveContactPayload.contact", "UpdateContactPayload.contact"}
# Each shows what the caller is a side of; each mutation that answers with one refuses who is none.
_KASBON = {
    "Query.kasbon", "Merchant.myKasbon", "KasbonEdge.node", "KasbonEntryEdge.node",
    *(f"{each}Payload.kasbon" for each in (
        "AcceptKasbon", "AskKasbon", "CloseKasbon", "DeclineKasbon", "DisputeKasbonEntry", "ForgiveKasbon", "NoteKasbonPayment",
        "OfferKasbon", "SetKasbonLimit", "TakeBackKasbonPayment")),
}  # fmt: skip


@pytest.fixture
async def order_id(site: Site) -> OrderId:
    return await placed(site.world)


async def _said(site: Site) -> int:
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](site.world.db, ["--subject", SITI, "--actor", _OPS], said.append) == 0
    return len(said)


def test_every_gate_is_tried() -> None:
    # Of photos of claims, test_claim_photos.py has it.
    assert {*_OF_ORDER, *_OF_BUYER, "Claim.photos"} == gates("ordering", AUDITED)
    assert gates("ordering", OWN) == _SHUT | {
        "Order.counterCode",
        "Delivery.door",
        "Rider.cash",
        "CompanyCash.riders",
        *_KASBON,
    }


@pytest.mark.parametrize("gate", [*_OF_ORDER, *_OF_BUYER])
async def test_what_staff_are_shown_is_written_down(site: Site, order_id: OrderId, gate: str) -> None:
    if gate in _OF_ORDER:
        shown = await entity(site, "Order", order_id, _OF_ORDER[gate], _OPS, "ops")
    else:
        buyer = BuyerId(await site.world.value("SELECT id FROM buyer WHERE subject = $1", SITI))
        shown = await entity(site, "Buyer", buyer, _OF_BUYER[gate], _OPS, "ops")
    assert "+62" in str(shown)
    assert await _said(site) == 1


async def test_the_code_at_the_counter_is_shown_to_its_buyer_alone(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(kind=MerchantKind.FIXED_STALL))
    code = await code_of(world, await placed_for(world, (await shown(world, HandoverWay.PICKUP))[-1]))
    order_id = OrderId(await world.value("SELECT id FROM orders"))
    assert (await entity(site, "Order", order_id, "counterCode", SITI))["counterCode"] == code
    assert (await entity(site, "Order", order_id, "counterCode", _OPS, "ops"))["counterCode"] is None
    assert await _said(site) == 0


async def test_the_door_of_a_job_is_shown_to_its_crew_alone(site: Site, order_id: OrderId) -> None:
    trip = DeliveryId.new()
    await site.world.hear(assigned(order_id, trip), company(PARTNER, "per_ayu"))
    assert (await entity(site, "Delivery", trip, "door { phone }", "per_ayu"))["door"] is not None
    assert (await entity(site, "Delivery", trip, "door { phone }", _OPS, "ops"))["door"] is None
    assert await _said(site) == 0


async def test_a_kasbon_is_shown_to_its_two_sides_alone(site: Site) -> None:
    kasbon_id = await opened(site.world, test=False)
    one = "query($id: ID!) { kasbon(id: $id) { called entries { edges { node { kind } } } } }"
    for who, role in ((SITI, "buyer"), ("usr_wlijo", "merchant")):
        shown = await site.data(one, who, role, id=str(kasbon_id))
        assert (shown["called"], len(shown["entries"]["edges"])) == ("Bu Siti", 2)
    for who, role in ((_OPS, "ops"), ("usr_officer", "officer"), (BUDI, "buyer")):
        assert await site.data(one, who, role, id=str(kasbon_id)) is None
        lists = "kasbonOwed kasbons { edges { node { called } } } myKasbon { called }"
        merchant = await entity(site, "Merchant", WLIJO, lists, who, role)
        assert [merchant[each] for each in ("kasbonOwed", "kasbons", "myKasbon")] == [None, None, None]
    buyer = BuyerId(await site.world.value("SELECT id FROM buyer WHERE subject = $1", SITI))
    shown = await entity(site, "Buyer", buyer, "kasbons { edges { node { called } } }", _OPS, "ops")
    assert shown["kasbons"] == {"edges": []}


async def test_what_is_shut_is_shut(site: Site, order_id: OrderId) -> None:
    """A basket on its way is shown with the contacts of whoever asks; a contact is changed by its buyer."""
    await site.world.contact(SITI)
    await site.world.value("UPDATE cart SET version = version")
    cart = CartId(
        await site.world.value("SELECT c.id FROM cart c JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = $1", SITI)
    )
    contact = ContactId(await site.world.value("SELECT id FROM contact WHERE gone_at IS NULL LIMIT 1"))
    found = await entity(site, "Cart", cart, f'checkout(contactId: "{contact}") {{ contact {{ phone }} }}', _OPS, "ops")
    assert found["checkout"] is None
    assert await entity(site, "Checkout", f"{cart}.{contact}", "contact { phone } dropoff { lat }", _OPS, "ops") is None
    changed = await site.ask(UPDATE, _OPS, "ops", id=str(contact), input=a_contact(), key=a_key())
    assert "+62" not in str(changed)
    assert await _said(site) == 0
