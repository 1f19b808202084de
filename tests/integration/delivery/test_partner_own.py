"""A company's machine sees its own riders and jobs over HTTP, page by page, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, PartnerId
from tests.worlds.delivery import AGUS, CASH, DEWI, KONCAR, RINI, SANDBOXED, SEMERU, World
from tests.worlds.delivery_counter import Counter


async def _all(counter: Counter, path: str, partner: PartnerId, query: str = "") -> list[dict[str, Any]]:
    """One at a time, from page to page."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        said = (await counter.ask("GET", path, partner, query=f"limit=1&after={after}&{query}")).json()
        found += said[path]
        after = said["next"]
    return found


async def test_a_company_reads_who_rides_for_it_page_by_page(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    agus, dewi = await _all(counter, "riders", SEMERU)
    assert (agus["rider_id"], agus["external_id"], agus["name"], agus["plate"]) == (str(AGUS), "agus", "Agus", "N 1 A")
    assert (agus["vehicle"], agus["signs_in"], agus["job_ids"]) == ("MOTORBIKE", True, [str(job)])
    assert (dewi["rider_id"], dewi["job_ids"]) == (str(DEWI), [])
    for name in ("agus", str(AGUS)):
        assert (await counter.ask("GET", f"riders/{name}")).json() == agus


@pytest.mark.parametrize("name", [str(RINI), "rini", str(SEMERU), "ada apa", "\0", "nobody"])
async def test_a_rival_s_rider_and_one_who_is_not_there_are_one_answer(counter: Counter, name: str) -> None:
    answer = await counter.ask("GET", f"riders/{name}")
    assert (answer.status, answer.json()["code"], answer.json()["field"]) == (404, "NOT_FOUND", "rider")


async def test_a_job_says_what_is_expected_of_it_until_it_has_ended(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    said = (await counter.ask("GET", f"jobs/{job}")).json()
    assert (said["status"], said["rider_id"], said["rider_external_id"]) == ("ASSIGNED", str(AGUS), "agus")
    assert said["cash_to_collect_rupiah"] == CASH
    assert [each["merchant_name"] for each in said["pickups"]] == ["Mall UMKM", "Kios Cak Di"]
    assert said["dropoff"]["kecamatan"] == "Sukodono"
    heard = []
    while said["expected"]:
        (kind, data) = said["expected"][0]["type"], said["expected"][0]["data"]
        heard.append(kind)
        if kind == "partner.delivered.v1":
            data = {"pin": await world.pin(job), "cash_collected_rupiah": CASH}
        answer = await counter.post(SEMERU, kind.split(".")[1], kind + str(len(heard)), job_id=str(job), **data)
        assert answer.json()["outcome"] == "applied"
        said = (await counter.ask("GET", f"jobs/{job}")).json()
    assert said["status"] == "DELIVERED"
    assert heard == ["partner.arrived.v1", "partner.picked_up.v1", "partner.arrived.v1", "partner.delivered.v1"]


async def test_open_jobs_and_those_of_a_day_are_listed_the_newest_first(counter: Counter, world: World) -> None:
    done = await world.trip(SEMERU, "picked_up", "delivered")
    carried = await world.trip(SEMERU)
    await world.trip(KONCAR)
    async with world.db.acquire() as conn:
        day = await conn.fetchval("SELECT (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date")
        await conn.execute("UPDATE offer SET offered_at = offered_at - interval '2 days' WHERE delivery_id = $1", done)
    assert [each["job_id"] for each in await _all(counter, "jobs", SEMERU)] == [str(carried), str(done)]
    assert [each["job_id"] for each in await _all(counter, "jobs", SEMERU, "open=true")] == [str(carried)]
    assert [each["job_id"] for each in await _all(counter, "jobs", SEMERU, f"day={day}")] == [str(carried)]
    assert await _all(counter, "jobs", SEMERU, "day=2021-01-01") == []


async def test_a_rival_s_job_one_that_was_given_back_and_none_are_one_answer(counter: Counter, world: World) -> None:
    theirs, given_back = await world.trip(KONCAR), await world.trip(SEMERU, "failed")
    answers = [await counter.ask("GET", f"jobs/{each}") for each in (theirs, given_back, DeliveryId.new(), "x")]
    assert {(each.status, each.body) for each in answers} == {(404, answers[0].body)}
    assert answers[0].json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("riders", "limit=0", "limit"),
        ("riders", "limit=201", "limit"),
        ("riders", "after=x", "after"),
        ("jobs", "after=WyJ4Il0", "after"),
        ("jobs", "open=maybe", "open"),
        ("jobs", "day=2026-2-1", "day"),
        ("jobs", "day=1026-02-01", "day"),
    ],
)
async def test_what_was_asked_wrongly_is_named(counter: Counter, path: str, query: str, field: str) -> None:
    answer = await counter.ask("GET", path, query=query)
    assert (answer.status, answer.json()["code"], answer.json()["field"]) == (400, "MALFORMED", field)


@pytest.mark.usefixtures("rates_stand_still")
async def test_who_takes_no_part_and_who_is_hasty_reads_nothing(world: World) -> None:
    counter = Counter(world, burst=2)
    for path in ("riders", "jobs", "riders/agus", "jobs/x"):
        nobody = await counter.ask("GET", path, None)
        assert (nobody.status, nobody.json()["code"]) == (401, "UNAUTHENTICATED")
        stranger = await counter.ask("GET", path, token=counter.token(None))
        assert (stranger.status, stranger.json()["code"]) == (403, "FORBIDDEN")
    answers = [await counter.ask("GET", "jobs", SANDBOXED) for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "RATE_LIMITED"
