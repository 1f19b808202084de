"""What an operation costs the first time, and what a thousand of them leave in memory."""

import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from graphql import parse

from gateway.planner.planner import Planner
from gateway.supergraph.load import load
from infra.bench.gateway.peers import Running

_ROOT = Path(__file__).parents[3]
PLANS = 1_000
# 40 fields of catalog, ordering and delivery.
OPERATION = """
query ($id: ID!) {
  order(id: $id) {
    id orderCode version status placedAt goodsTotal deliveryFee total test
    contact { id label recipient phone line }
    payment { id method amount status }
    sellerOrders { id status acceptBy goodsTotal
      merchant { id name slug kind openNow }
      lines { id name quantity price total variant { id sku label available } }
    }
    delivery { id status requestedAt rider { id name } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Planning:
    """CPU of one plan, the median of many, in milliseconds."""

    ms: float
    steps: int


def planning() -> Planning:
    supergraph = load((_ROOT / "gateway/supergraph.graphql").read_text("utf-8"))
    operation = parse(OPERATION).definitions[0]
    found: list[float] = []
    for _ in range(20):
        planner = Planner(supergraph)  # nothing remembered
        started = time.process_time()
        planned = planner.plan(planner.select(operation, {}, {}))  # type: ignore[arg-type]  # an operation
        found.append((time.process_time() - started) * 1e3)
    return Planning(sorted(found)[len(found) // 2], len(planned.plan.steps))


async def memory_mib(gateway: Running, query: str) -> tuple[float, float]:
    """Before and after a thousand operations that differ in a name."""
    before = gateway.memory_mib()
    async with aiohttp.ClientSession() as client:
        for number in range(PLANS):
            body = {"query": query.replace("id name", f"id n{number}: name", 1), "variables": {"page": number % 32}}
            async with client.post(f"http://127.0.0.1:{gateway.port}/graphql", json=body) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()
    return before, gateway.memory_mib()
