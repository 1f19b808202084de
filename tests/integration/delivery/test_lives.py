"""A trip from inside: what operators read of its steps, offers, replies and of what they did; shut for everybody else."""

from __future__ import annotations

from services.contracts.delivery import FailureCode
from services.delivery.domain.ending import DeliveryOutcome
from tests.worlds.delivery import SEMERU
from tests.worlds.delivery_graph import Graph

LIFE = """query($id: ID!) { delivery(id: $id) { life { steps { status cause } offers { partnerName state }
  replies { partnerName type code } deeds { outcome failure reason byMe fromPartnerName } timers { kind isOverdue }
  told { type sentAt } } } }"""
_REASSIGN = (
    'mutation($id: ID!) { reassignDelivery(id: $id, failure: BREAKDOWN, reason: "ban bocor") { problems { code } } }'
)


async def test_what_happened_to_a_trip_is_read_by_ops_alone(graph: Graph) -> None:
    job = str(await graph.world.trip(SEMERU, "pickup"))
    assert (await graph.data("ops", _REASSIGN, id=job))["reassignDelivery"]["problems"] == []
    life = (await graph.data("ops", LIFE, id=job))["delivery"]["life"]
    assert life["steps"][0]["status"] == "WAITING"
    assert {"ASSIGNED", "AT_PICKUP"} <= {each["status"] for each in life["steps"]}
    assert "ACCEPTED" in {each["state"] for each in life["offers"]}
    assert {each["code"] for each in life["replies"]} == {None}
    (deed,) = life["deeds"]
    assert (deed["outcome"], deed["failure"], deed["reason"], deed["byMe"]) == (
        None,
        str(FailureCode.BREAKDOWN),
        "ban bocor",
        True,
    )
    assert deed["fromPartnerName"] in {each["partnerName"] for each in life["offers"]}
    assert "delivery.delivery_unassigned.v1" in {each["type"] for each in life["told"]}
    assert life["timers"]
    for who in ("buyer", "partner", "officer"):
        trip = (await graph.data(who, LIFE, id=job))["delivery"]
        assert trip is None or trip["life"] is None


async def test_a_trip_that_a_person_ended_says_so(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")
    await graph.world.end(job, DeliveryOutcome.LOST)
    (deed,) = (await graph.data("ops", LIFE, id=str(job)))["delivery"]["life"]["deeds"]
    assert (deed["outcome"], deed["failure"]) == ("LOST", "LOST_IN_TRANSIT")
