"""How many messages delivery exchanges with its database for what is asked often."""

from __future__ import annotations

from infra.bench.quotes import QUOTE, an_input
from tests.worlds.asked import asked_of
from tests.worlds.delivery import KIOS, MALL, SEMERU, World
from tests.worlds.delivery_graph import Graph

REPORTS = ("pickup", "picked_up", "dropoff", "delivered")
STATED = 25
"""As handlers and replies ask it; the inbox adds a statement to each of the two events that are heard."""


async def test_a_quote_is_one_exchange(graph: Graph) -> None:
    await graph.data("buyer", QUOTE, input=an_input(MALL))
    async with asked_of(graph.world.db) as said:
        await graph.data("buyer", QUOTE, input=an_input(MALL))
    assert len(said) == 1, said
    async with asked_of(graph.world.db) as said:
        answer = await graph.data("buyer", QUOTE, input=an_input(MALL, KIOS))
    assert answer["quoteDelivery"]["quotes"]
    assert len(said) == 1, said


_OF_STEPS = ("SELECT r.body_hash", "SELECT p.xmin", "SELECT version, valid_from", "WITH moved AS (SELECT)")


def asked(said: list[str]) -> list[str]:
    """What was said from each BEGIN to its end, and in steps. Not of them is what the world looks up."""
    found: list[str] = []
    within = False
    for each in said:
        within = within or each == "BEGIN;"
        if within or each.startswith(_OF_STEPS):
            found.append(each)
        within = within and each not in ("COMMIT;", "ROLLBACK;")
    return found


async def test_a_report_is_a_look_and_a_write(world: World) -> None:
    """What is known of the reply with the trip it is about, and all that is written and told. Of goods that the rider had to wait for, by
    which rule that is paid."""
    job = await world.trip(SEMERU)
    for report, most in (("pickup", 2), ("picked_up", 3), ("dropoff", 2), ("delivered", 2)):
        async with asked_of(world.db) as said:
            assert (await world.report(SEMERU, job, report)).code is None
        assert len(asked(said)) == most, (report, asked(said))
    assert await world.status(job) == "DELIVERED"


async def test_an_orders_trip_asks_no_more_than_is_stated(world: World) -> None:
    """From its order to the handover, with every report, by the company that is asked first; relay and wake-ups are the kit's."""
    async with asked_of(world.db) as said:
        job = await world.job()
        offer, partner = await world.open_offer(job)
        assert (await world.accept(job, offer, partner)).code is None
        for report in REPORTS:
            assert (await world.report(partner, job, report)).code is None
    assert await world.status(job) == "DELIVERED"
    assert len(found := asked(said)) <= STATED, "\n".join(found)
