"""The door through the graph: for the person who rides the job and for the people of its company, while the job is theirs."""

from __future__ import annotations

from typing import Any

from services.contracts.delivery import (
    DeliveryId,
    DeliveryUnassigned,
    FailureCode,
    PartnerChanged,
    PartnerId,
    PartnerMember,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.contracts.roles import Role
from services.kit.http.identity import Identity
from tests.integration.ordering.test_partner_contact import a_job
from tests.worlds.ordering import HOME, OPS, PARTNER, RIDER, RIVAL, Market, assigned, buyer, handed_over

DOOR = """query($refs: [_Any!]!) { _entities(representations: $refs) { ... on Delivery { id
  door { orderCode recipient phone line note point { lat lng } pickups { merchantName point { lat lng } } } } } }"""
TONO, AYU, LINA = Identity("per_tono"), Identity("per_ayu"), Identity("per_lina")


def company(partner: PartnerId, *dispatchers: str) -> PartnerChanged:
    members = [PartnerMember(subject=each, role=PartnerRole.DISPATCHER) for each in dispatchers]
    return PartnerChanged(partner_id=partner, name="Ojek", status=PartnerStatus.ACTIVE, members=members)


def rides(rider: RiderId, subject: str | None, *, partner: PartnerId = PARTNER, ended: bool = False) -> RiderChanged:
    return RiderChanged(rider_id=rider, partner_id=partner, subject=subject, on_shift=True, ended=ended)


async def doors(world: Market, who: Identity, *trips: DeliveryId) -> list[Any]:
    refs = [{"__typename": "Delivery", "id": str(each)} for each in trips]
    answer = await world.ask(who, DOOR, refs=refs)
    assert "errors" not in answer, answer
    return [each["door"] for each in answer["data"]["_entities"]]


async def reads(world: Market) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT subject, partner_id FROM contact_read ORDER BY id")
    return [(row["subject"], str(PartnerId(row["partner_id"]))) for row in rows]


async def test_rider_and_dispatcher_are_led_to_the_door_and_each_read_is_written_down(world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    await world.hear(company(PARTNER, "per_ayu"), company(RIVAL, "per_lina"), rides(RIDER, "per_tono"))
    assert await doors(world, TONO, trip) == await doors(world, AYU, trip) == [None]  # offered to nobody yet
    await world.hear(assigned(order_id, trip))
    (door,) = await doors(world, TONO, trip)
    assert door == {
        "orderCode": await world.value("SELECT code FROM orders"),
        "recipient": "Siti",
        "phone": "+6281234500001",
        "line": "Jalan Kapten Suwandak 12",
        "note": None,
        "point": {"lat": HOME.lat, "lng": HOME.lng},
        "pickups": [{"merchantName": "wlijo", "point": {"lat": -8.1359, "lng": 113.2247}}],
    }
    assert await doors(world, AYU, trip) == [door]
    assert await reads(world) == [("per_tono", str(PARTNER)), ("per_ayu", str(PARTNER))]
    for other in (LINA, buyer("usr_budi"), OPS, Identity("usr_ojek", frozenset({Role.PARTNER}))):
        assert await doors(world, other, trip) == [None]
    assert len(await reads(world)) == 2
    await world.hear(await handed_over(world, order_id, trip))
    assert await doors(world, TONO, trip) == await doors(world, AYU, trip) == [None]


async def test_who_rides_no_more_or_has_left_the_company_reads_nothing(world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    await world.hear(company(PARTNER, "per_ayu"), rides(RIDER, "per_tono"), assigned(order_id, trip))
    await world.hear(company(PARTNER), rides(RIDER, "per_tono", ended=True))
    assert await doors(world, TONO, trip) == await doors(world, AYU, trip) == [None]
    await world.hear(rides(RIDER, "per_tono"), company(PARTNER, "per_ayu"))
    assert None not in [*await doors(world, TONO, trip), *await doors(world, AYU, trip)]
    await world.hear(rides(RIDER, None))
    assert await doors(world, TONO, trip) == [None]


async def test_a_job_that_went_to_another_closes_the_door_of_who_had_it(world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    await world.hear(company(PARTNER, "per_ayu"), company(RIVAL, "per_lina"), rides(RIDER, "per_tono"))
    await world.hear(assigned(order_id, trip))
    gave_up = DeliveryUnassigned(
        delivery_id=trip, order_id=order_id, partner_id=PARTNER, code=FailureCode.RIDER_GAVE_UP
    )
    await world.hear(gave_up)
    assert await doors(world, TONO, trip) == await doors(world, AYU, trip) == [None]
    await world.hear(assigned(order_id, trip, RIVAL))
    # The rider who is named is one of the other company's: a rider is led to jobs of their own company alone.
    assert await doors(world, TONO, trip) == await doors(world, AYU, trip) == [None]
    assert await doors(world, LINA, trip) != [None]


async def test_many_doors_are_one_statement_and_a_trip_that_never_was_has_none(world: Market) -> None:
    trips = [DeliveryId.new() for _ in range(3)]
    await world.hear(company(PARTNER, "per_ayu"))
    for trip in trips[:2]:
        await world.hear(assigned(await a_job(world, trip), trip))
    found = await doors(world, AYU, *trips)
    assert [each is None for each in found] == [False, False, True]
    assert await world.value("SELECT count(DISTINCT xmin::text) FROM contact_read") == 1
