"""How many messages delivery exchanges with its database for what is asked often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.bench.quotes import QUOTE, an_input
from tests.worlds.delivery import KIOS, MALL, SEMERU, World
from tests.worlds.delivery_graph import Graph

REPORTS = ("pickup", "picked_up", "dropoff", "delivered")
STATED = 25
"""As handlers and replies ask it; the inbox adds a statement to each of the two events that are heard."""


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """What every connection of the pool says."""
    said: list[str] = []

    def hear(query: Any) -> None:
        said.append(" ".join(query.query.split())[:60])

    there = [each._con for each in world.db._pool._holders if each._con is not None]  # type: ignore[union-attr]
    assert there
    for each in there:
        each.add_query_logger(hear)
    try:
        yield said
    finally:
        for each in there:
            each.remove_query_logger(hear)


async def test_a_quote_is_one_exchange(graph: Graph) -> None:
    await graph.data("buyer", QUOTE, input=an_input(MALL))
    with counted(graph.world) as said:
        await graph.data("buyer", QUOTE, input=an_input(MALL))
        assert len(said) == 1, said
        answer = await graph.data("buyer", QUOTE, input=an_input(MALL, KIOS))
    assert answer["quoteDelivery"]["quotes"]
    assert len(said) == 2, said


_OF_STEPS = ("SELECT r.body_hash", "SELECT p.xmin", "SELECT version, valid_from", "WITH moved AS (SELECT)")


def asked(said: list[str]) -> list[str]:
    """What was said from each BEGIN to its end, and in steps. Not of them are what the world looks up, wake-ups, which go by themselves a
    moment after a commit, and what a connection asks of types when it meets one first."""
    found: list[str] = []
    within = False
    for each in said:
        if each.startswith(("SELECT pg_notify", "SELECT current_setting('jit')", "WITH RECURSIVE typeinfo_tree")):
            continue
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
        with counted(world) as said:
            assert (await world.report(SEMERU, job, report)).code is None
        assert len(asked(said)) == most, (report, asked(said))
    assert await world.status(job) == "DELIVERED"


async def test_an_orders_trip_asks_no_more_than_is_stated(world: World) -> None:
    """From its order to the handover, with every report, by the company that is asked first; relay and wake-ups are the kit's."""
    with counted(world) as said:
        job = await world.job()
        offer, partner = await world.open_offer(job)
        assert (await world.accept(job, offer, partner)).code is None
        for report in REPORTS:
            assert (await world.report(partner, job, report)).code is None
    assert await world.status(job) == "DELIVERED"
    assert len(found := asked(said)) <= STATED, "\n".join(found)
