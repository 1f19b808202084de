"""python -m infra.bench.quotes: what a quote costs delivery, of a cart of two merchants asked for by the graph.

On a database of its own, with the zones and tariffs of the seed. CPU of the database and of this process, in which the question is made
too, for each quote, and how many messages were exchanged with the database. `--rivals`: beside so many companies that ride
for less and do not go there, which is the most that a quote looks at. It waits for one before it asks for the next: no times are told, for
they are the machine's."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from typing import Any, Final

from infra.bench.backbone import say
from infra.bench.positions import cpu_of, postmaster
from services.contracts.catalog import MerchantId
from tests.worlds import asgi, servers
from tests.worlds.crews import cheaper_elsewhere
from tests.worlds.delivery import HOME, KIOS, MALL, World
from tests.worlds.delivery_graph import Graph, a_graph

QUOTE: Final = """query Quote($input: QuoteDeliveryInput!) { quoteDelivery(input: $input) {
  problems { code } quotes { slot id token fee distanceM durationS riderShare partnerShare platformShare massLimitGram
    tariffVersion expiresAt test } } }"""


def an_input(*merchants: MerchantId) -> dict[str, Any]:
    dropoff = {"lat": HOME.lat, "lng": HOME.lng}
    return {"merchantIds": [str(each) for each in merchants], "dropoff": dropoff, "massGram": 2_100}


def _listened(world: World, said: list[str]) -> None:
    assert world.db._pool is not None
    for each in world.db._pool._holders:  # type: ignore[attr-defined]  # all of its connections
        if each._con is not None:
            each._con.add_query_logger(lambda query: said.append(query.query))


async def _ask(graph: Graph, quotes: int, who: str) -> None:
    token = None
    for each in range(quotes):
        if each % 20 == 0:  # another buyer now and then: what one may ask for in a second is bounded
            token = graph.token(f"{who} {each}")
        answer = await asgi.ask(graph.app, QUOTE, token=token, input=an_input(MALL, KIOS))
        assert answer["data"]["quoteDelivery"]["quotes"], answer


async def run(own: servers.TestDatabase, quotes: int, rivals: int) -> None:
    async with a_graph(own) as graph:
        async with graph.world.db.acquire() as conn:
            await cheaper_elsewhere(conn, rivals)
        await _ask(graph, 50, "first")
        said: list[str] = []
        _listened(graph.world, said)
        server = await postmaster(graph.world.db)
        said.clear()
        before, own_before = cpu_of(server), time.process_time()
        await _ask(graph, quotes, "then")
        database, process = cpu_of(server) - before, time.process_time() - own_before
        say("exchanges with the database, a quote", f"{len(said) / quotes:.2f}", f"of {quotes} quotes")
        say("CPU of the database, a quote", f"{database / quotes * 1e3:.2f} ms", "")
        say("CPU of this process, a quote", f"{process / quotes * 1e3:.2f} ms", "the question included")
        say(
            "CPU of all, a quote",
            f"{(database + process) / quotes * 1e3:.2f} ms",
            f"load of the machine {os.getloadavg()[0]:.1f}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.quotes", description=__doc__)
    parser.add_argument("--quotes", type=int, default=1_000)
    parser.add_argument("--rivals", type=int, default=0)
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        asyncio.run(run(postgres.database("delivery"), asked.quotes, asked.rivals))


if __name__ == "__main__":
    main()
