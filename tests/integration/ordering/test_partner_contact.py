"""The contact of a job over HTTP: for the assigned partner, while the job is theirs, and every read written down."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from services.contracts.delivery import (
    AttemptFailed,
    DeliveryId,
    DeliveryRequested,
    DeliveryReturned,
    DeliveryUnassigned,
    FailureCode,
    PartnerId,
    Place,
    RiderArrived,
)
from services.contracts.ordering import OrderId
from services.ordering import partner_api
from services.ordering.domain.process import CONTACT_WITHIN
from tests.worlds.asgi import Answer, request
from tests.worlds.ordering import (
    HOME,
    PARTNER,
    RIVAL,
    SITI,
    Market,
    assigned,
    fetched,
    handed_over,
    hold,
    placed,
)
from tests.worlds.tokens import Issuer


class Desk:
    """The route with an issuer of its own."""

    def __init__(self, world: Market) -> None:
        self.world = world
        self.issuer = Issuer()
        self.app = Starlette(routes=partner_api.routes(world.db, self.issuer.verifier()))

    async def ask(self, job: object, token: str | None) -> Answer:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await request(self.app, "GET", f"/partner/v1/jobs/{job}/contact", headers=headers)

    def token(self, partner: PartnerId | None, *roles: str, **claims: Any) -> str:
        return self.issuer.token(
            sub="usr_ojek", roles=list(roles or ("partner",)), partner_id=str(partner) if partner else None, **claims
        )

    async def status(self, job: object, partner: PartnerId | None = PARTNER, *roles: str) -> int:
        """The status; what is no success is a JSON problem and was not written down."""
        reads = await self.world.value("SELECT count(*) FROM contact_read")
        answer = await self.ask(job, self.token(partner, *roles))
        if answer.status != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status
            assert await self.world.value("SELECT count(*) FROM contact_read") == reads
        return answer.status


@pytest.fixture
def desk(world: Market) -> Desk:
    return Desk(world)


async def a_job(world: Market, trip: DeliveryId) -> OrderId:
    order_id = await placed(world)
    await hold(world, order_id)
    await world.hear(
        DeliveryRequested(
            delivery_id=trip, order_id=order_id, fee_rupiah=10_000, cash_to_collect_rupiah=15_000, test=True
        )
    )
    return order_id


async def test_the_assigned_partner_reads_the_contact_and_the_read_is_written_down(desk: Desk, world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    await world.hear(assigned(order_id, trip))
    answer = await desk.ask(trip, desk.token(PARTNER))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "job_id": str(trip),
        "order_code": await world.value("SELECT code FROM orders"),
        "pickups": [{"merchant": "wlijo", "point": {"lat": -8.1359, "lng": 113.2247}}],
        "dropoff": {
            "recipient": "Siti",
            "phone": "+6281234500001",
            "line": "Jalan Kapten Suwandak 12",
            "note": None,
            "point": {"lat": HOME.lat, "lng": HOME.lng},
        },
    }
    assert await world.rows("SELECT delivery_id, order_id, partner_id, subject FROM contact_read") == [
        {"delivery_id": trip.uuid, "order_id": order_id.uuid, "partner_id": PARTNER.uuid, "subject": "usr_ojek"}
    ]


async def test_the_contact_is_open_from_assignment_to_the_end_and_to_nobody_else(desk: Desk, world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    assert await desk.status(trip) == 404
    await world.hear(assigned(order_id, trip))
    assert await desk.status(trip) == 200
    assert await desk.status(trip, RIVAL) == 404
    assert await desk.status(trip, None) == 404
    for role in ("buyer", "merchant", "rider", "government"):
        assert await desk.status(trip, PARTNER, role) == 404
    await world.hear(
        DeliveryUnassigned(delivery_id=trip, order_id=order_id, partner_id=PARTNER, code=FailureCode.RIDER_GAVE_UP)
    )
    assert await desk.status(trip) == 404
    await world.hear(assigned(order_id, trip, RIVAL))
    assert (await desk.status(trip), await desk.status(trip, RIVAL)) == (404, 200)
    await world.hear(fetched(order_id, trip))
    assert (await desk.status(trip), await desk.status(trip, RIVAL)) == (404, 200)
    await world.hear(await handed_over(world, order_id, trip))
    assert await desk.status(trip, RIVAL) == 404


async def test_goods_that_came_back_close_the_contact(desk: Desk, world: Market) -> None:
    trip = DeliveryId.new()
    order_id = await a_job(world, trip)
    await world.hear(
        assigned(order_id, trip),
        fetched(order_id, trip),
        DeliveryReturned(delivery_id=trip, order_id=order_id, disposed=False, code=FailureCode.BUYER_REFUSED),
    )
    assert await desk.status(trip) == 404


async def test_a_silent_trip_closes_the_contact_and_news_of_it_opens_it_again(desk: Desk, world: Market) -> None:
    trip, silence = DeliveryId.new(), CONTACT_WITHIN.total_seconds()
    order_id = await a_job(world, trip)
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    await world.move_clock(silence - 60)
    assert await desk.status(trip) == 200
    for news in (
        RiderArrived(delivery_id=trip, order_id=order_id, place=Place.DROPOFF),
        AttemptFailed(delivery_id=trip, order_id=order_id, code=FailureCode.BUYER_UNREACHABLE),
    ):
        await world.move_clock(120)
        assert await desk.status(trip) == 404
        await world.hear(news)
        await world.move_clock(silence - 60)
        assert await desk.status(trip) == 200
    await world.move_clock(30 * 86_400)
    assert await desk.status(trip) == 404


async def test_a_job_of_the_release_before_counts_from_its_orders_confirmation(desk: Desk, world: Market) -> None:
    trip = DeliveryId.new()
    await world.hear(assigned(await a_job(world, trip), trip))
    await world.value("UPDATE job SET news_at = NULL")
    assert await desk.status(trip) == 200
    await world.move_clock(CONTACT_WITHIN.total_seconds() + 1)
    assert await desk.status(trip) == 404


@pytest.mark.parametrize("job", [DeliveryId.new(), "dlv_x", OrderId.seeded("x"), "%2e%2e"])
async def test_a_job_that_never_was_is_not_found(desk: Desk, job: object) -> None:
    assert await desk.status(job) == 404


async def test_without_a_good_token_nothing_is_read(desk: Desk, world: Market) -> None:
    trip = DeliveryId.new()
    await world.hear(assigned(await a_job(world, trip), trip))
    expired = desk.token(PARTNER, exp=1_000_000_000)
    foreign = Issuer().token(sub="usr_ojek", roles=["partner"], partner_id=str(PARTNER))
    for token, code in (
        (None, "UNAUTHENTICATED"),
        ("x", "UNAUTHENTICATED"),
        (expired, "TOKEN_EXPIRED"),
        (foreign, "UNAUTHENTICATED"),
    ):
        answer = await desk.ask(trip, token)
        assert (answer.status, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert await world.value("SELECT count(*) FROM contact_read") == 0
    assert SITI not in (await desk.ask(trip, desk.token(PARTNER))).body.decode()
