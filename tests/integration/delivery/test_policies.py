"""How riders are sought is entered by officers, dated, and felt by the next step of every search."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.delivery import PartnerId
from services.delivery.domain.dispatch import Policy
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS

SHOWN = "id validFrom rule offerSeconds rounds why companies { name }"
ENTER = f"""mutation($input: EnterDispatchPolicyInput!, $key: String!) {{
  answer: enterDispatchPolicy(input: $input, idempotencyKey: $key) {{ {PROBLEMS} policy {{ {SHOWN} }} }} }}"""
HOLDS = f"{{ dispatchPolicy {{ {SHOWN} }} }}"
LISTED = f"{{ dispatchPolicies {{ edges {{ node {{ {SHOWN} }} }} }} }}"


async def enter(graph: Graph, who: str = "officer", key: str | None = None, **given: Any) -> Any:
    said = {"rule": "FAIR_SHARE", "why": "rapat 3 Maret", **given}
    return (await graph.data(who, ENTER, input=said, key=key or uuid4().hex))["answer"]


async def entered(graph: Graph, **given: Any) -> Any:
    answer = await enter(graph, **given)
    assert answer["problems"] == []
    return answer["policy"]


async def holding(world: World) -> tuple[int, str]:
    """For how long an offer is open now, and who has it."""
    job = await world.job()
    [offer] = await world.offers(job)
    async with world.db.acquire() as conn:
        seconds = await conn.fetchval(
            "SELECT extract(epoch FROM expires_at - offered_at)::int FROM offer WHERE id = $1", offer.id
        )
    return seconds, str(offer.partner_id)


async def test_while_nothing_was_entered_the_stated_default_holds(graph: Graph) -> None:
    found = (await graph.data("buyer", HOLDS))["dispatchPolicy"]
    assert (found["id"], found["rule"], found["offerSeconds"]) == (None, "FAIR_SHARE", Policy().offer_s)
    assert (await graph.data("buyer", LISTED))["dispatchPolicies"]["edges"] == []
    assert (await holding(graph.world))[0] == Policy().offer_s


async def test_what_is_entered_holds_from_its_moment_until_the_next_and_stays(graph: Graph) -> None:
    await entered(graph, offerSeconds=45)
    later = await graph.world.now() + timedelta(hours=1)
    await entered(graph, offerSeconds=90, validFrom=later.isoformat())
    assert (await holding(graph.world))[0] == 45
    await graph.world.move_clock(timedelta(hours=1, seconds=1))
    assert (await holding(graph.world))[0] == 90
    for who, why in (("officer", "rapat 3 Maret"), ("buyer", None)):
        edges = (await graph.data(who, LISTED))["dispatchPolicies"]["edges"]
        assert [(each["node"]["offerSeconds"], each["node"]["why"]) for each in edges] == [(90, why), (45, why)]
    async with graph.world.db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE dispatch_policy SET offer_s = 1")


async def test_companies_are_asked_in_the_order_that_was_entered(graph: Graph) -> None:
    made = await entered(graph, rule="COMPANY_ORDER", companies=[str(KONCAR)])
    assert [each["name"] for each in made["companies"]] == ["Ojek Minak Koncar"]
    for _ in range(3):  # by fair share it would be the other's turn
        job = await graph.world.job()
        offer, partner = await graph.world.open_offer(job)
        assert partner == KONCAR
        await graph.world.accept(job, offer, partner)
    await graph.world.decline(job := await graph.world.job(), *await graph.world.open_offer(job))
    assert (await graph.world.open_offer(job))[1] == SEMERU


async def test_a_search_that_runs_goes_on_by_what_was_entered_meanwhile(graph: Graph) -> None:
    job = await graph.world.job()
    await entered(graph, atOnce=2)
    await graph.world.decline(job, *await graph.world.open_offer(job))
    assert [each.state for each in await graph.world.offers(job)] == ["DECLINED", "OPEN"]  # nobody else is there
    other = await graph.world.job()
    assert {each.partner_id for each in await graph.world.offers(other)} == {SEMERU, KONCAR}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rounds": 0}, {"field": "input.rounds", "minimum": 1, "limit": 10}),
        (
            {"offerSeconds": 601, "assignWithinSeconds": 7_200},
            {"field": "input.offerSeconds", "minimum": 10, "limit": 600},
        ),
        ({"offerSeconds": 100, "assignWithinSeconds": 199}, {"field": "input.assignWithinSeconds"}),
        ({"validFrom": "2020-01-01T00:00:00Z"}, {"field": "input.validFrom"}),
        ({"rule": "COMPANY_ORDER"}, {"field": "input.companies"}),
        ({"companies": [str(SEMERU)]}, {"field": "input.companies"}),
        ({"rule": "COMPANY_ORDER", "companies": [str(SEMERU)] * 2}, {"field": "input.companies"}),
        ({"rule": "COMPANY_ORDER", "companies": [str(PartnerId.seeded("nobody"))]}, {"field": "input.companies"}),
        ({"together": 3, "batch": 2}, {"field": "input.batch"}),
    ],
)
async def test_nonsense_is_told_at_its_field_and_enters_nothing(
    graph: Graph, change: dict[str, Any], problem: dict[str, Any]
) -> None:
    [said] = (await enter(graph, **change))["problems"]
    assert {
        name: value
        for name, value in said.items()
        if value is not None and name in ("code", "field", "minimum", "limit")
    } == {
        "code": "DISPATCH_POLICY_INVALID",
        **problem,
    }
    assert (await graph.data("officer", HOLDS))["dispatchPolicy"]["id"] is None


async def test_a_repeat_enters_it_once_and_others_than_officers_and_operators_nothing(graph: Graph) -> None:
    key = uuid4().hex
    answers = await asyncio.gather(*(enter(graph, key=key) for _ in range(3)))
    assert len({each["policy"]["id"] for each in answers}) == 1
    assert (await enter(graph, key=key, rounds=2))["problems"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    for who in ("buyer", "merchant", "rider", "partner"):
        answer = await graph.ask(who, ENTER, input={"rule": "NEAREST", "why": "x"}, key=uuid4().hex)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
