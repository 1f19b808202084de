"""Test jobs over the graph: a company's machine and its people order them, others see nothing of them."""

from __future__ import annotations

from typing import Any

from services.contracts.delivery import PartnerId, PartnerRole
from services.delivery.store import crews
from services.kit.database.db import transaction
from tests.worlds.delivery import SEMERU
from tests.worlds.delivery_graph import Graph, subject

ORDER = """mutation($partner: ID!, $key: String!) {
  requestTestJob(partnerId: $partner, scenario: CASH, idempotencyKey: $key) {
    problems { code limit unit }
    testJob { id scenario status pin cashToCollect verdict findings { expected met } course { type what } } } }"""
SEE = "query($partner: ID!) { partner(id: $partner) { testJobs { id scenario } } }"
END = "mutation($id: ID!) { endTestJob(id: $id) { problems { code } testJob { status verdict } } }"


async def order(graph: Graph, who: str, partner: PartnerId = SEMERU, key: str = "one key of tests") -> Any:
    return (await graph.data(who, ORDER, partner=str(partner), key=key))["requestTestJob"]


async def test_a_machine_orders_for_its_own_company_and_no_other_sees_it(graph: Graph) -> None:
    made = (await order(graph, "partner"))["testJob"]
    assert (made["scenario"], made["status"], made["pin"], made["cashToCollect"]) == (
        "CASH",
        "OFFERED",
        "000000",
        65_200,
    )
    assert (await order(graph, "partner"))["testJob"]["id"] == made["id"]
    assert [each["type"] for each in made["course"]] == ["partner.job_offered.v1"]
    assert [(each["expected"], each["met"]) for each in made["findings"]] == [
        ("OFFERED", True), ("ACCEPTED", None), ("DELIVERED", None), ("CASH_AS_ASKED", None), ("NOTHING_REFUSED", None),
    ]  # fmt: skip
    assert (await order(graph, "rival", key="another's machine"))["problems"] == [
        {"code": "NOT_FOUND", "limit": None, "unit": None}
    ]
    seen = {
        who: (await graph.data(who, SEE, partner=str(SEMERU)))["partner"]["testJobs"]
        for who in ("partner", "rival", "buyer", "ops")
    }
    mine = [{"id": made["id"], "scenario": "CASH"}]
    assert seen == {"partner": mine, "rival": [], "buyer": [], "ops": mine}
    assert (await graph.data("rival", END, id=made["id"]))["endTestJob"]["problems"] == [{"code": "NOT_FOUND"}]
    ended = (await graph.data("partner", END, id=made["id"]))["endTestJob"]["testJob"]
    assert ended == {"status": "CANCELLED", "verdict": "FAILED"}


async def test_a_dispatcher_orders_and_a_stranger_does_not(graph: Graph) -> None:
    async with transaction(graph.world.db) as conn:
        await crews.add(conn, SEMERU, subject("tun"), PartnerRole.DISPATCHER, "Tun")
    assert (await order(graph, "tun"))["testJob"]["status"] == "OFFERED"
    assert (await order(graph, "stranger"))["problems"][0]["code"] == "NOT_FOUND"


async def test_a_test_job_of_its_own_has_no_order_to_be_asked_for(graph: Graph) -> None:
    made = (await order(graph, "partner"))["testJob"]
    found = await graph.data("ops", "query($id: ID!) { delivery(id: $id) { test order { id } } }", id=made["id"])
    assert found["delivery"] == {"test": True, "order": None}


async def test_more_than_may_be_open_are_refused(graph: Graph) -> None:
    for number in range(5):
        assert (await order(graph, "partner", key=f"key number {number:>8}"))["problems"] == []
    [refused] = (await order(graph, "partner", key="one more than may be"))["problems"]
    assert refused == {"code": "TOO_MANY_TEST_JOBS", "limit": 5, "unit": "TEST_JOB"}
