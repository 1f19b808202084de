"""Every way to data of a company's people that the schema has, asked by staff: written down, or shut."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from services.delivery.store import following as stored
from tests.contracts.staff_reads import AUDITED, OWN, gates
from tests.worlds.crews import Company, a_company
from tests.worlds.delivery import AGUS, SEMERU
from tests.worlds.delivery_graph import Graph

_ENTITY = "query($of: [_Any!]!) { _entities(representations: $of) { %s } }"
_RIDER = (
    "rider { name plate externalId vehicle hasBox cashLimit onShift ended signsIn isMe partner { id } jobs { id } }"
)
_SHOWN = {
    "Delivery.rider": ("Delivery", "... on Delivery { rider { name plate } }"),
    "Pickup.rider": ("SellerOrder", "... on SellerOrder { pickup { rider { name plate } } }"),
    "_Entity.Rider": ("Rider", "... on Rider { name plate }"),
    "Partner.riders": ("Partner", "... on Partner { riders { edges { node { name plate } } } }"),
    "RiderEdge.node": ("Partner", "... on Partner { riders { edges { node { externalId name } } } }"),
}
# What a job of theirs and a rider of theirs lead to as well.
_ROUNDABOUT = {
    "Partner.jobs": ("Partner", "... on Partner { jobs { edges { node { rider { name } } } } }"),
    "Rider.jobs": ("Rider", "... on Rider { jobs { rider { name } } }"),
}
_CHANGED = {
    "EndRiderPayload.rider": f"mutation($rider: ID!) {{ answer: endRider(id: $rider) {{ {_RIDER} }} }}",
    "InviteRiderPayload.rider": f"mutation($rider: ID!) {{ answer: inviteRider(id: $rider) {{ {_RIDER} }} }}",
    "SetShiftPayload.rider": f"mutation($rider: ID!) {{ answer: setShift(id: $rider, onShift: true) {{ {_RIDER} }} }}",
    "SaveRiderPayload.rider": 'mutation($partner: ID!) { answer: saveRider(partnerId: $partner, externalId: "R1", '
    f'input: {{name: "Wawan", plate: "N 77 W"}}) {{ {_RIDER} }} }}',
}
_OF_COMPANIES = {
    "Partner.members": ("members { name role isMe }", "Mbak Yuli"),
    "Partner.registration": ("registration { contactName phone }", "+6281234567890"),
}
_SHUT_ON_TRIPS = {
    "Delivery.position": "position { at }",
    "Delivery.handoverPin": "handoverPin",
    "Delivery.trackingToken": "trackingToken",
}
_SHUT = {*_SHUT_ON_TRIPS, "Query.myRider", "Query.trackedDelivery", "Rider.position"}
_FOLLOWED = {"Delivery.trail"}
_PROVEN = {"Delivery.proofs", "Pickup.proofs", "ProvenHandover.proofs"}
"""Tried in test_proofs.py; the trail and `Query.trackedDelivery`, which a token alone opens, in test_following.py, `Rider.position` in
test_whereabouts.py."""


def test_every_gate_is_tried() -> None:
    assert {*_SHOWN, *_CHANGED, *_OF_COMPANIES, *_FOLLOWED, *_PROVEN} == gates("delivery", AUDITED)
    assert set(_SHUT) == gates("delivery", OWN)


async def _trip(graph: Graph) -> tuple[DeliveryId, dict[str, str]]:
    job = await graph.world.trip(SEMERU, "picked_up")
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            """INSERT INTO rider_place (rider_id, lat, lng, at, near, kept_at)
               SELECT rider_id, -8.13, 113.22, wlijo_now(), place_on_earth(-8.13, 113.22), wlijo_now() FROM delivery WHERE id = $1""",
            job,
        )
        await stored.add_link(conn, job, b"n" * 16, b"d" * 32)
        part = await conn.fetchval(
            "SELECT seller_order_id FROM stop WHERE delivery_id = $1 AND kind = 'PICKUP' LIMIT 1", job
        )
    ids = {"Delivery": job, "Rider": AGUS, "SellerOrder": SellerOrderId(part), "Partner": SEMERU}
    return job, {kind: str(each) for kind, each in ids.items()}


@pytest.mark.parametrize("gate", [*_SHOWN, *_ROUNDABOUT])
async def test_what_staff_are_shown_is_written_down(graph: Graph, gate: str) -> None:
    _, ids = await _trip(graph)
    kind, fields = {**_SHOWN, **_ROUNDABOUT}[gate]
    data = await graph.data("ops", _ENTITY % fields, of=[{"__typename": kind, "id": ids[kind]}])
    assert "Agus" in str(data)
    assert ("usr_ops", str(AGUS)) in await graph.shown_to_staff()
    assert {who for who, _ in await graph.shown_to_staff()} == {"usr_ops"}


@pytest.mark.parametrize("gate", sorted({*_SHOWN, *_ROUNDABOUT} - {"_Entity.Rider", "Rider.jobs"}))
async def test_officers_are_shown_no_rider(graph: Graph, gate: str) -> None:
    _, ids = await _trip(graph)
    kind, fields = {**_SHOWN, **_ROUNDABOUT}[gate]
    data = await graph.data("officer", _ENTITY % fields, of=[{"__typename": kind, "id": ids[kind]}])
    assert "Agus" not in str(data)
    assert await graph.shown_to_staff() == []


async def test_an_officer_is_told_whom_they_pay_and_it_is_written_down(graph: Graph) -> None:
    """By the id that what is owed to them has: name and plate, and nothing else of them."""
    _, ids = await _trip(graph)
    asked = "... on Rider { name externalId signsIn jobs { id } }"
    data = await graph.data("officer", _ENTITY % asked, of=[{"__typename": "Rider", "id": ids["Rider"]}])
    assert data["_entities"] == [{"name": "Agus", "externalId": None, "signsIn": None, "jobs": []}]
    assert await graph.shown_to_staff() == [("per_officer", str(AGUS))]


@dataclass
class _Crew:
    company: Company
    ids: dict[str, str]


@pytest.fixture
async def crew(graph: Graph) -> _Crew:
    company = await a_company(graph)
    await company.begin()
    await company.come("yuli")
    return _Crew(company, {"partner": company.id, "rider": await company.rider()})


@pytest.mark.parametrize("gate", _CHANGED)
async def test_a_rider_whom_staff_change_is_shown_to_them_and_written_down(
    graph: Graph, crew: _Crew, gate: str
) -> None:
    before = await graph.shown_to_staff()
    document = _CHANGED[gate]
    named = {name: value for name, value in crew.ids.items() if f"${name}:" in document}
    shown = (await graph.data("ops", document, **named))["answer"]["rider"]
    assert (shown["name"], shown["externalId"], shown["partner"]) == ("Wawan", "R1", {"id": crew.company.id})
    assert ("usr_ops", crew.ids["rider"]) not in before
    assert ("usr_ops", crew.ids["rider"]) in await graph.shown_to_staff()


@pytest.mark.parametrize("gate", _OF_COMPANIES)
async def test_people_of_a_company_that_staff_are_shown_are_written_down(graph: Graph, crew: _Crew, gate: str) -> None:
    fields, mark = _OF_COMPANIES[gate]
    query = f"query($id: ID!) {{ partner(id: $id) {{ {fields} }} }}"
    before = await graph.shown_to_staff()
    for who, actor in (("ops", "usr_ops"), ("officer", "per_officer")):
        shown = await graph.data(who, query, id=crew.company.id)
        assert mark in str(shown)
        before = sorted([*before, (actor, crew.company.id)])
        assert await graph.shown_to_staff() == before
    assert mark in str(await graph.data("gatot", query, id=crew.company.id))
    assert mark not in str(await graph.data("stranger", query, id=crew.company.id))
    assert await graph.shown_to_staff() == before


async def test_what_is_shut_is_shut_to_staff_and_open_to_whose_it_is(graph: Graph) -> None:
    job, _ = await _trip(graph)
    for name, field in _SHUT_ON_TRIPS.items():
        query = f"query($id: ID!) {{ delivery(id: $id) {{ {field} }} }}"
        key = name.partition(".")[2]
        assert (await graph.data("ops", query, id=str(job)))["delivery"] == {key: None}
        assert (await graph.data("buyer", query, id=str(job)))["delivery"][key]


async def test_who_somebody_is_as_a_rider_they_alone_ask(graph: Graph, crew: _Crew) -> None:
    await crew.company.rides("wawan", crew.ids["rider"])
    before = await graph.shown_to_staff()
    query = "{ myRider { id name } }"
    for who in ("ops", "officer", "stranger", "gatot"):
        assert (await graph.data(who, query))["myRider"] is None
    assert (await graph.data("wawan", query))["myRider"] == {"id": crew.ids["rider"], "name": "Wawan"}
    assert await graph.shown_to_staff() == before
