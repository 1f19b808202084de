"""Who rides is named by the company's own id, or as they are, and need not have been entered before."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, OfferId, PartnerId
from services.delivery.store import partners
from services.kit.database.db import transaction
from tests.worlds.delivery import AGUS, CASH, KONCAR, SEMERU, World, kinds
from tests.worlds.delivery_counter import Counter
from tests.worlds.waiting import until

_WAITING = """SELECT EXISTS (
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE rider%')"""
WAWAN = {"name": "Wawan", "plate": "n 77 w"}


async def _offered(world: World) -> tuple[DeliveryId, OfferId]:
    """To Semeru alone."""
    await world.pause(KONCAR)
    job = await world.job()
    offer, partner = await world.open_offer(job)
    assert partner == SEMERU
    return job, offer


async def _accept(counter: Counter, job: DeliveryId, offer: OfferId, reply_id: str = "a", **who: Any) -> dict[str, Any]:
    answer = await counter.post(SEMERU, "accept", reply_id, job_id=str(job), offer_id=str(offer), **who)
    found: dict[str, Any] = answer.json()
    return found


async def _rider_of(world: World, job: DeliveryId) -> dict[str, Any]:
    async with world.db.acquire() as conn:
        row = await conn.fetchrow("SELECT r.* FROM delivery d JOIN rider r ON r.id = d.rider_id WHERE d.id = $1", job)
    return dict(row) if row else {}


async def _riders(world: World, partner: PartnerId = SEMERU) -> int:
    async with world.db.acquire() as conn:
        count: int = await conn.fetchval("SELECT count(*) FROM rider WHERE partner_id = $1", partner)
    return count


@pytest.mark.parametrize("by_topic", [False, True])
async def test_the_company_s_own_id_names_its_rider_on_every_channel(
    counter: Counter, world: World, by_topic: bool
) -> None:
    job, offer = await _offered(world)
    if by_topic:
        said = {"job_id": str(job), "offer_id": str(offer), "external_id": "agus"}
        assert (await world.reply(SEMERU, "accept", said, by_topic=True)).code is None
    else:
        assert (await _accept(counter, job, offer, external_id="agus"))["outcome"] == "applied"
    assert (await _rider_of(world, job))["id"] == AGUS.uuid
    assigned = next(each for each in await world.told() if each.type == "partner.job_assigned.v1")
    assert assigned.data["rider_id"] == str(AGUS)
    again = await _accept(counter, job, offer, "another reply", rider_id=str(AGUS))
    assert again["outcome"] == "applied"
    other = await _accept(counter, job, offer, "with another", external_id="dewi")
    assert other["code"] == "ALREADY_DONE"


async def test_who_is_named_as_they_are_is_from_then_on_one_of_its_riders(counter: Counter, world: World) -> None:
    job, offer = await _offered(world)
    assert (await _accept(counter, job, offer, rider=WAWAN))["outcome"] == "applied"
    rider = await _rider_of(world, job)
    assert (rider["name"], rider["plate"], rider["external_id"]) == ("Wawan", "N 77 W", "N 77 W")
    assert (rider["vehicle"], rider["has_box"], rider["cash_limit_rupiah"]) == ("MOTORBIKE", False, 500_000)
    assert (rider["subject"], rider["on_shift"]) == (None, False)
    assert "rider_changed" in kinds(await world.told(topic="delivery.riders"))
    seen = (await counter.ask("GET", "riders/N 77 W")).json()
    assert (seen["name"], seen["carries_gram"], seen["job_ids"]) == ("Wawan", 20_000, [str(job)])
    # The same words again are the same rider, and nothing of them changes.
    assert (await _accept(counter, job, offer, "again", rider={**WAWAN, "name": "Eko"}))["outcome"] == "applied"
    assert (await _rider_of(world, job))["name"] == "Wawan"
    assert await _riders(world) == 3


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        ({}, "MALFORMED", "rider_id"),
        ({"rider_id": str(AGUS), "external_id": "agus"}, "MALFORMED", "external_id"),
        ({"external_id": "nobody"}, "NOT_YOUR_RIDER", "external_id"),
        ({"external_id": "rini"}, "NOT_YOUR_RIDER", "external_id"),
        ({"external_id": "a\u0000b"}, "NOT_YOUR_RIDER", "external_id"),
        ({"rider": {"name": "Wawan"}}, "MALFORMED", None),
        ({"rider": {**WAWAN, "name": "a\u200bb"}}, "MALFORMED", "rider"),
        ({"rider": {**WAWAN, "plate": " "}}, "MALFORMED", "rider"),
        ({"rider": {**WAWAN, "vehicle": "HORSE"}}, "MALFORMED", None),
        ({"rider": {**WAWAN, "cash_limit_rupiah": CASH - 1}}, "OVER_CASH_LIMIT", "rider"),
    ],
)
async def test_a_name_that_is_none_is_refused_and_enters_nobody(
    counter: Counter, world: World, who: dict[str, Any], code: str, field: str | None
) -> None:
    job, offer = await _offered(world)
    said = await _accept(counter, job, offer, **who)
    assert (said["outcome"], said["code"]) == ("refused", code)
    assert field is None or said["field"] == field
    assert (await _riders(world), await world.status(job)) == (2, "OFFERED")


async def test_a_topic_says_no_names(world: World) -> None:
    job, offer = await _offered(world)
    said = {"job_id": str(job), "offer_id": str(offer), "rider": WAWAN}
    outcome = await world.reply(SEMERU, "accept", said, by_topic=True)
    assert (outcome.code, outcome.field) == ("MALFORMED", "rider")
    assert "HTTP" in outcome.message
    assert await _riders(world) == 2


async def test_two_acceptances_with_the_same_new_rider_enter_them_once(counter: Counter, world: World) -> None:
    offered = [await _offered(world) for _ in range(3)]
    said = await asyncio.gather(*(_accept(counter, *each, f"r{at}", rider=WAWAN) for at, each in enumerate(offered)))
    assert [each["outcome"] for each in said] == ["applied"] * 3
    assert await _riders(world) == 3


async def test_a_company_with_as_many_riders_as_may_be_enters_no_more(counter: Counter, world: World) -> None:
    job, offer = await _offered(world)
    async with world.db.acquire() as conn:
        await conn.execute(
            """INSERT INTO rider (id, partner_id, external_id, name, plate)
               SELECT gen_random_uuid(), $1, 'X' || n, 'X', 'X' FROM generate_series(1, 198) AS n""",
            SEMERU,
        )
    assert (await _accept(counter, job, offer, rider=WAWAN))["code"] == "TOO_MANY_RIDERS"
    put = await counter.ask("PUT", "riders/W1", body=json.dumps(WAWAN).encode())
    assert (put.status, put.json()["code"]) == (409, "TOO_MANY_RIDERS")


async def test_a_machine_enters_changes_and_ends_riders_by_its_own_ids(counter: Counter, world: World) -> None:
    async def put(**said: Any) -> dict[str, Any]:
        answer = await counter.ask("PUT", "riders/W1", body=json.dumps({**WAWAN, **said}).encode())
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    made = await put()
    assert (made["external_id"], made["plate"], made["on_shift"]) == ("W1", "N 77 W", False)
    assert (made["cash_limit_rupiah"], made["carries_gram"]) == (None, 20_000)
    changed = await put(vehicle="CARGO_TRICYCLE", has_box=True, cash_limit_rupiah=900_000, on_shift=True)
    assert changed == {**made, "vehicle": "CARGO_TRICYCLE", "has_box": True, "cash_limit_rupiah": 900_000,
                       "carries_gram": 300_000, "on_shift": True}  # fmt: skip
    assert (await put(carries_gram=55_000))["carries_gram"] == 55_000
    for status in (204, 404):
        assert (await counter.ask("DELETE", "riders/W1")).status == status
    async with world.db.acquire() as conn:
        by = await conn.fetch("SELECT DISTINCT subject FROM partner_history WHERE partner_id = $1", SEMERU)
    assert [each["subject"] for each in by] == ["usr_ojek"]


@pytest.mark.parametrize(
    ("path", "said", "field"),
    [
        ("riders/W1", {"name": "Wawan"}, "plate"),
        ("riders/W1", {**WAWAN, "name": ""}, "name"),
        ("riders/W1", {**WAWAN, "plate": "x" * 16}, "plate"),
        ("riders/W1", {**WAWAN, "cash_limit_rupiah": -1}, "cash_limit_rupiah"),
        ("riders/W1", {**WAWAN, "carries_gram": 0}, "carries_gram"),
        ("riders/\u200b", WAWAN, "rider"),
        (f"riders/{AGUS}", WAWAN, "rider"),
    ],
)
async def test_a_rider_that_is_none_is_refused(
    counter: Counter, world: World, path: str, said: dict[str, Any], field: str
) -> None:
    answer = await counter.ask("PUT", path, body=json.dumps(said).encode())
    assert (answer.status, answer.json()["code"], answer.json()["field"]) == (400, "MALFORMED", field)
    assert await _riders(world) == 2


async def test_who_waited_for_a_rider_sees_the_job_that_they_were_given_meanwhile(world: World) -> None:
    job, offer = await _offered(world)

    async def another() -> partners.Rider | None:
        async with transaction(world.db) as conn:
            return (await partners.taking(conn, SEMERU, AGUS))[1]

    async def waits() -> bool:
        async with world.db.acquire() as conn:
            waiting: bool = await conn.fetchval(_WAITING)
        return waiting

    async with transaction(world.db) as conn:
        _, alone = await partners.taking(conn, SEMERU, AGUS)
        later = asyncio.create_task(another())
        await until(waits)
        await conn.execute(
            "UPDATE delivery SET status = 'ASSIGNED', partner_id = $2, rider_id = $3, offer_id = $4 WHERE id = $1",
            job,
            SEMERU,
            AGUS,
            offer,
        )
    assert alone
    assert not alone.rides
    found = await later
    assert found
    assert found.rides
