"""A search that finds nobody wants a person before its end, who may offer the job, let the search go on, or end it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import DeliveryId
from services.delivery import gauges
from services.delivery.domain.dispatch import Policy
from services.kit.observe import telemetry
from tests.worlds.delivery import KONCAR, SANDBOXED, SEMERU, World
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS

SEARCH = """search { status seekUntil wantsPersonSince asked { state byHand takenToday askedOf partner { name } }
                     decisions { action minutes reason partner { name } } }"""
OFFER = f"""mutation($id: ID!, $partner: ID!) {{
  answer: offerToPartner(deliveryId: $id, partnerId: $partner, reason: "sudah ditelepon") {{ {PROBLEMS} {SEARCH} }} }}"""
EXTEND = f"""mutation($id: ID!, $minutes: Int! = 10) {{
  answer: extendSearch(deliveryId: $id, minutes: $minutes, reason: "hujan") {{ {PROBLEMS} {SEARCH} }} }}"""
CANCEL = (
    f"""mutation($id: ID!) {{ answer: cancelSearch(deliveryId: $id, reason: "banjir") {{ {PROBLEMS} {SEARCH} }} }}"""
)
LISTED = "{ searchesWantingAPerson { edges { node { deliveryId asked { state } } } } }"
HALF = Policy().assign_within_s // 2


async def listed(graph: Graph, who: str = "officer") -> list[str]:
    edges = (await graph.data(who, LISTED))["searchesWantingAPerson"]["edges"]
    return [edge["node"]["deliveryId"] for edge in edges]


async def long(world: World) -> DeliveryId:
    """A search of which half is over: all declined, or let it pass."""
    job = await world.job()
    await world.pass_by(HALF + 5, step_s=30)
    return job


def wanting() -> float | None:
    return telemetry.REGISTRY.get_sample_value("wlijo_searches_wanting_a_person")


async def done(graph: Graph, who: str, document: str, job: DeliveryId, **given: Any) -> Any:
    answer = (await graph.data(who, document, id=str(job), **given))["answer"]
    assert answer["problems"] == [], answer
    return answer["search"]


async def refused(graph: Graph, who: str, document: str, job: DeliveryId, **given: Any) -> tuple[str, str | None]:
    [said] = (await graph.data(who, document, id=str(job), **given))["answer"]["problems"]
    return said["code"], said["status"]


async def test_officers_the_alert_and_the_buyer_hear_of_it_before_the_end(graph: Graph) -> None:
    world = graph.world
    job = await world.job()
    await world.pass_by(HALF - 30, step_s=30)
    assert await listed(graph) == []
    await world.pass_by(60, step_s=30)
    assert await listed(graph) == [str(job)] == await listed(graph, "ops")
    told = [each for each in await world.told(topic="delivery.deliveries") if "prolonged" in each.type]
    assert [each.key for each in told] == [str(job)]
    seen = (await graph.data("buyer", f'{{ delivery(id: "{job}") {{ wantsPersonSince seekUntil }} }}'))["delivery"]
    assert seen["wantsPersonSince"] is not None
    assert seen["seekUntil"] == told[0].data["until"].replace("Z", "+00:00") or seen["seekUntil"] is not None
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert wanting() == 1
    await world.pass_by(HALF, step_s=60)
    assert (await world.status(job), await listed(graph)) == ("UNASSIGNABLE", [])
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert wanting() == 0


async def test_a_person_offers_it_out_of_turn_and_it_is_kept_who_and_why(graph: Graph) -> None:
    world = graph.world
    job = await long(world)
    found = await done(graph, "officer", OFFER, job, partner=str(KONCAR))
    assert found["asked"][0] == {
        "state": "OPEN", "byHand": True, "takenToday": 0, "askedOf": 1, "partner": {"name": "Ojek Minak Koncar"}
    }  # fmt: skip
    assert [each["action"] for each in found["decisions"]] == ["OFFER"]
    again = await done(graph, "ops", OFFER, job, partner=str(KONCAR))
    assert len(again["asked"]) == len(found["asked"])  # it has the offer
    [offer] = [each for each in await world.offers(job) if each.is_open and each.partner_id == KONCAR]
    assert (await world.accept(job, offer.id, KONCAR)).code is None
    assert await listed(graph) == []


async def test_who_has_the_job_and_not_the_goods_loses_it_to_the_named_company(graph: Graph) -> None:
    world = graph.world
    job = await world.trip(SEMERU, "pickup")
    await done(graph, "officer", OFFER, job, partner=str(SEMERU))
    assert await world.status(job) == "AT_PICKUP"  # it is theirs
    await done(graph, "officer", OFFER, job, partner=str(KONCAR))
    assert (await world.open_offer(job))[1] == KONCAR
    last = (await world.told_to(SEMERU))[-1]
    assert (last.type, last.data["reason"]) == ("partner.job_withdrawn.v1", "REASSIGNED")
    assert (await world.report(SEMERU, job, "picked_up")).code == "NOT_YOUR_JOB"
    assert (await world.accept(job, *await world.open_offer(job))).code is None
    assert (await world.report(KONCAR, job, "picked_up")).code is None
    assert await refused(graph, "officer", OFFER, job, partner=str(SEMERU)) == ("WRONG_STATE", "PICKED_UP")


async def test_a_search_goes_on_and_companies_are_asked_anew_but_not_for_ever(graph: Graph) -> None:
    world = graph.world
    job = await world.job()
    await world.pass_by(Policy().assign_within_s - 30, step_s=30)
    rounds = len(await world.offers(job))
    before = (await graph.data("ops", f'{{ delivery(id: "{job}") {{ seekUntil }} }}'))["delivery"]["seekUntil"]
    found = await done(graph, "officer", EXTEND, job, minutes=20)
    assert found["wantsPersonSince"] is None
    assert found["seekUntil"] > before
    await world.pass_by(300, step_s=30)
    assert await world.status(job) in ("REQUESTED", "OFFERED")
    assert len(await world.offers(job)) > rounds
    await world.pass_by(600, step_s=30)
    assert await listed(graph) == [str(job)]
    await done(graph, "officer", EXTEND, job, minutes=60)
    await done(graph, "officer", EXTEND, job, minutes=60)
    assert (await refused(graph, "officer", EXTEND, job, minutes=60))[0] == "WRONG_STATE"  # two hours
    answer = await graph.ask("officer", EXTEND, id=str(job), minutes=61)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_search_is_ended_with_its_order(graph: Graph) -> None:
    world = graph.world
    job = await long(world)
    found = await done(graph, "officer", CANCEL, job)
    assert (found["status"], [each["reason"] for each in found["decisions"]]) == ("CANCELLED", ["banjir"])
    assert (await world.told(topic="delivery.deliveries"))[-1].data["reason"] == "OPERATIONS"
    for document, given in ((CANCEL, {}), (EXTEND, {}), (OFFER, {"partner": str(KONCAR)})):
        assert await refused(graph, "officer", document, job, **given) == ("WRONG_STATE", "CANCELLED")


async def test_nobody_is_offered_what_they_may_not_have_and_nobody_else_may_decide(graph: Graph) -> None:
    world = graph.world
    job = await long(world)
    assert await refused(graph, "officer", OFFER, job, partner=str(SANDBOXED)) == ("WRONG_STATE", "SANDBOX")
    nobody = str(type(KONCAR).seeded("nobody"))
    assert (await refused(graph, "officer", OFFER, job, partner=nobody))[0] == "NOT_FOUND"
    before = await world.state()
    for who in ("buyer", "merchant", "partner", "rider", "stranger"):
        for document, given in ((CANCEL, {}), (EXTEND, {}), (OFFER, {"partner": str(KONCAR)})):
            answer = await graph.ask(who, document, id=str(job), **given)
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert (await graph.ask(who, LISTED))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await world.state() == before
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("DELETE FROM search_decision")


async def test_a_search_that_finds_somebody_in_time_wants_nobody(graph: Graph) -> None:
    world = graph.world
    job = await world.trip(SEMERU)
    await world.move_clock(timedelta(seconds=HALF + 10))
    await world.fire()
    assert await listed(graph) == []
    assert not [each for each in await world.told(topic="delivery.deliveries") if "prolonged" in each.type]
    assert (await graph.data("buyer", f'{{ delivery(id: "{job}") {{ wantsPersonSince }} }}'))["delivery"] == {
        "wantsPersonSince": None
    }
