"""Every way to a rider's data that the schema has, asked by staff: written down, or shut."""

from __future__ import annotations

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from tests.contracts.staff_reads import AUDITED, OWN, gates
from tests.worlds.delivery import AGUS, SEMERU
from tests.worlds.delivery_graph import Graph

_ENTITY = "query($of: [_Any!]!) { _entities(representations: $of) { %s } }"
_SHOWN = {
    "Delivery.rider": ("Delivery", "... on Delivery { rider { name plate } }"),
    "Pickup.rider": ("SellerOrder", "... on SellerOrder { pickup { rider { name plate } } }"),
    "_Entity.Rider": ("Rider", "... on Rider { name plate }"),
}
_SHUT = {"Delivery.position": "position { at }", "Delivery.handoverPin": "handoverPin"}


def test_every_gate_is_tried() -> None:
    assert set(_SHOWN) == gates("delivery", AUDITED)
    assert set(_SHUT) == gates("delivery", OWN)


async def _trip(graph: Graph) -> tuple[DeliveryId, dict[str, str]]:
    job = await graph.world.trip(SEMERU, "picked_up")
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            "INSERT INTO position (delivery_id, lat, lng, at) VALUES ($1, -8.13, 113.22, wlijo_now())", job
        )
        part = await conn.fetchval(
            "SELECT seller_order_id FROM stop WHERE delivery_id = $1 AND kind = 'PICKUP' LIMIT 1", job
        )
    return job, {"Delivery": str(job), "Rider": str(AGUS), "SellerOrder": str(SellerOrderId(part))}


@pytest.mark.parametrize("gate", _SHOWN)
async def test_what_staff_are_shown_is_written_down(graph: Graph, gate: str) -> None:
    _, ids = await _trip(graph)
    kind, fields = _SHOWN[gate]
    data = await graph.data("ops", _ENTITY % fields, of=[{"__typename": kind, "id": ids[kind]}])
    assert "Agus" in str(data)
    assert await graph.shown_to_staff() == [("usr_ops", str(AGUS))]


async def test_what_is_shut_is_shut_to_staff_and_open_to_whose_it_is(graph: Graph) -> None:
    job, _ = await _trip(graph)
    for name, field in _SHUT.items():
        query = f"query($id: ID!) {{ delivery(id: $id) {{ {field} }} }}"
        key = name.partition(".")[2]
        assert (await graph.data("ops", query, id=str(job)))["delivery"] == {key: None}
        assert (await graph.data("buyer", query, id=str(job)))["delivery"][key]
