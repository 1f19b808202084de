"""A dispatcher's map: where a company's riders are and its trips go, for its own people and nobody else."""

from __future__ import annotations

from typing import Any

from tests.integration.delivery.test_following import ride_to
from tests.worlds.delivery import AGUS, SEMERU
from tests.worlds.delivery_graph import Graph

BOARD = """query($id: ID!) { delivery(id: $id) { places { kecamatanName merchantName point { lat lng } }
  rider { position { at point { lat lng } } } } }"""


async def board(graph: Graph, who: str, job: object) -> Any:
    found = (await graph.data(who, BOARD, id=str(job)))["delivery"]
    return found and (found["places"], found["rider"] and found["rider"]["position"])


async def test_its_own_company_sees_where_a_rider_is_and_about_where_the_goods_go(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    assert (await board(graph, "partner", job))[1] is None
    await ride_to(graph, job)
    places, position = await board(graph, "partner", job)
    assert position["point"] == {"lat": -8.13041, "lng": 113.22041}
    assert [bool(each["merchantName"]) for each in places] == [True] * (len(places) - 1) + [False]
    assert all(round(each["point"][name], 3) == each["point"][name] for each in places for name in ("lat", "lng"))


async def test_others_see_neither(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    await ride_to(graph, job)
    assert await board(graph, "buyer", job) == ([], None)
    assert await board(graph, "rival", job) is None
    assert await board(graph, "ops", job) == ([], None)


async def test_what_is_old_or_over_shows_nobody(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    await ride_to(graph, job)
    async with graph.world.db.acquire() as conn:
        await conn.execute("UPDATE rider_place SET at = at - interval '11 minutes' WHERE rider_id = $1", AGUS)
    assert (await board(graph, "partner", job))[1] is None
    await graph.world.report(SEMERU, job, "picked_up")
    await graph.world.report(SEMERU, job, "delivered")
    assert (await board(graph, "partner", job))[0] == []
