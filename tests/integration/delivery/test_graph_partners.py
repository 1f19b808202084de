"""Companies are listed, and ops pause them with a reason."""

from __future__ import annotations

import pytest

from services.contracts.delivery import PartnerId, PartnerStatus
from tests.worlds.delivery import (
    SEMERU,
)
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import refused


async def test_partners_are_listed_by_name_page_by_page(graph: Graph) -> None:
    query = """query($first: Int, $after: String) { partners(first: $first, after: $after) {
      edges { node { name } } pageInfo { hasNextPage endCursor } } }"""
    first = (await graph.data("buyer", query, first=2))["partners"]
    assert [edge["node"]["name"] for edge in first["edges"]] == ["Ojek Baru", "Ojek Minak Koncar"]
    rest = (await graph.data("buyer", query, after=first["pageInfo"]["endCursor"]))["partners"]
    assert [edge["node"]["name"] for edge in rest["edges"]] == ["Ojek Semeru"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    for bad in ({"first": 101}, {"after": "nonsense"}, {"after": "WyJhIiwiYiJd"}):
        answer = await graph.ask("buyer", query, **bad)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


SET_STATUS = """mutation($id: ID!, $status: PartnerStatus!, $reason: String!) {
  setPartnerStatus(id: $id, status: $status, reason: $reason) {
    partner { name status } problems { code status } } }"""


async def test_ops_pause_a_partner_and_it_is_told(graph: Graph) -> None:
    for _ in range(2):  # by its target: the second changes and tells nothing
        data = await graph.data("ops", SET_STATUS, id=str(SEMERU), status="PAUSED", reason="asked to")
        assert data["setPartnerStatus"] == {"partner": {"name": "Ojek Semeru", "status": "PAUSED"}, "problems": []}
    told = [each for each in await graph.world.told(topic="delivery.partners") if each.key == str(SEMERU)]
    assert [(each.seq, each.data["status"]) for each in told] == [(1, "ACTIVE"), (2, "PAUSED")]


async def test_a_status_that_cannot_be_set_and_a_partner_that_is_none_are_problems(graph: Graph) -> None:
    before = await graph.world.state()
    invited = await graph.data("ops", SET_STATUS, id=str(SEMERU), status="INVITED", reason="x")
    assert refused(invited["setPartnerStatus"]) == {"code": "WRONG_STATE", "status": str(PartnerStatus.ACTIVE)}
    unknown = await graph.data("ops", SET_STATUS, id=str(PartnerId.new()), status="PAUSED", reason="x")
    assert refused(unknown["setPartnerStatus"]) == {"code": "NOT_FOUND"}
    for who, code in (("buyer", "FORBIDDEN"), ("partner", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")):
        answer = await graph.ask(who, SET_STATUS, id=str(SEMERU), status="PAUSED", reason="x")
        assert answer["errors"][0]["extensions"]["code"] == code
    answer = await graph.ask("ops", SET_STATUS, id=str(SEMERU), status="PAUSED", reason=" ")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await graph.world.state() == before


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", "reason has 1 to 500 characters"),
        (" \n ", "reason has 1 to 500 characters"),
        ("x" * 501, "reason has 1 to 500 characters"),
        ("a\0b", "reason has no control characters or characters that are not seen (U+0000)"),
        ("a\x1bb", "reason has no control characters or characters that are not seen (U+001B)"),
        ("a\u2066b", "reason has no control characters or characters that are not seen (U+2066)"),
    ],
)
async def test_a_reason_that_nobody_could_read_is_the_callers_error(graph: Graph, reason: str, message: str) -> None:
    before = await graph.world.state()
    answer = await graph.ask("ops", SET_STATUS, id=str(SEMERU), status="PAUSED", reason=reason)
    assert [(error["extensions"]["code"], error["message"]) for error in answer["errors"]] == [
        ("BAD_USER_INPUT", message)
    ]
    assert await graph.world.state() == before


async def test_a_reason_is_kept_as_one_line(graph: Graph) -> None:
    await graph.data("ops", SET_STATUS, id=str(SEMERU), status="PAUSED", reason="  rain\n in Senduro " + "x" * 480)
    async with graph.world.db.acquire() as conn:
        kept = await conn.fetchval("SELECT status_reason FROM partner WHERE id = $1", SEMERU)
    assert kept == "rain in Senduro " + "x" * 480
