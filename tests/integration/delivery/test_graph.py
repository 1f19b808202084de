"""The delivery part of the graph, asked over ASGI: what a quote says, who sees what of a trip, and what a forged representation gets."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import KeySet
from starlette.applications import Starlette

from services.contracts.catalog import Member, MemberRole, MerchantId
from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus
from services.contracts.ordering import SellerOrderId
from services.contracts.partner import Location
from services.contracts.places import GeoPoint
from services.contracts.quote import merchant_texts, place_hash
from services.delivery import hears
from services.delivery.app import SERVICE, routes
from services.delivery.commands import positions
from services.delivery.domain import quote
from services.delivery.settings import DeliveryApi, TripSettings
from services.delivery.store import reading
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Api
from services.kit.process.settings import Mode
from services.kit.secret import Secret
from tests.worlds import asgi, servers, tokens
from tests.worlds.delivery import (
    AGUS,
    BUYER,
    HOME,
    KIOS,
    KONCAR,
    MALL,
    MALL_AT,
    RINI,
    SEMERU,
    World,
    a_merchant,
    a_world,
)
from tests.worlds.payloads import PROBLEMS, done, problems, refused


@dataclass
class Graph:
    world: World
    app: Starlette
    issuer: tokens.Issuer

    def token(self, who: str) -> str | None:
        claims: dict[str, dict[str, Any]] = {
            "buyer": {"sub": BUYER, "roles": ["buyer"]},
            "stranger": {"sub": "usr_stranger", "roles": ["buyer"]},
            "merchant": {"sub": BUYER, "roles": ["merchant"]},
            "rider": {"sub": "usr_agus", "roles": ["rider"]},
            "partner": {"sub": "usr_semeru", "roles": ["partner"], "partner_id": str(SEMERU)},
            "rival": {"sub": "usr_koncar", "roles": ["partner"], "partner_id": str(KONCAR)},
            "pretender": {"sub": "usr_pretender", "roles": ["buyer"], "partner_id": str(SEMERU)},
            "lost partner": {"sub": "usr_lost", "roles": ["partner"], "partner_id": "semeru"},
            "government": {"sub": "usr_pemkab", "roles": ["government"]},
            "ops": {"sub": "usr_ops", "roles": ["ops"]},
        }
        return None if who == "nobody" else self.issuer.token(**claims[who])

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        return await asgi.ask(self.app, document, token=self.token(who), **variables)

    async def data(self, who: str, document: str, **variables: Any) -> Any:
        answer = await self.ask(who, document, **variables)
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture
async def graph(own: servers.TestDatabase) -> AsyncIterator[Graph]:
    async with a_world(own.url) as world:
        issuer, live = tokens.Issuer(), Live(world.db)
        assert world.pins.key
        settings = DeliveryApi(
            mode=Mode.PRODUCTION,
            port=0,
            database_url=Secret(own.url),
            jwt_issuer=tokens.ISSUER,
            jwks_url="https://issuer.test/jwks",
            quote_signing_key=Secret(json.dumps(world.key.as_dict(private=True))),
            trips=TripSettings(handover_pin_key=world.pins.key),
        )
        api = Api(settings, world.db, live, issuer.verifier(), Readiness())
        listening = asyncio.create_task(live.run())
        try:
            yield Graph(world, Starlette(routes=routes(api)), issuer)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


QUOTE = f"""query Quote($input: QuoteDeliveryInput!) {{ quoteDelivery(input: $input) {{ {PROBLEMS}
  quotes {{ slot id token fee distanceM durationS riderShare partnerShare platformShare massLimitGram tariffVersion legalBasis
    expiresAt test }} }} }}"""


def an_input(**changes: Any) -> dict[str, Any]:
    plain = {"merchantIds": [str(MALL), str(KIOS)], "dropoff": {"lat": HOME.lat, "lng": HOME.lng}, "massGram": 2_100}
    return {**plain, **changes}


async def _quoted(graph: Graph, **changes: Any) -> Any:
    (quoted,) = done((await graph.data("buyer", QUOTE, input=an_input(**changes)))["quoteDelivery"])
    return quoted


async def test_a_quote_is_a_signed_statement_for_this_buyer_and_these_stops(graph: Graph) -> None:
    before = await graph.world.state()
    shown = await _quoted(graph)
    assert shown["fee"] == shown["riderShare"] + shown["partnerShare"] + shown["platformShare"] == 8_000
    assert (shown["massLimitGram"], shown["tariffVersion"], shown["test"]) == (3_000, "GOODS-I-v1", False)
    said = quote.read(shown["token"], KeySet([graph.world.key]))
    assert (str(said.id), said.buyer, said.fee_rupiah) == (shown["id"], BUYER, shown["fee"])
    assert merchant_texts(said.merchants) == sorted([str(MALL), str(KIOS)])
    assert said.dropoff == place_hash(HOME.lat, HOME.lng)
    assert (said.distance_m, said.duration_s) == (shown["distanceM"], shown["durationS"])
    assert said.expires_at.isoformat().startswith(shown["expiresAt"][:19])
    assert await graph.world.state() == before


async def test_a_quote_expires_a_quarter_of_an_hour_later_by_the_databases_clock(graph: Graph) -> None:
    await graph.world.move_clock(timedelta(days=-1_000))
    shown = await _quoted(graph)
    async with graph.world.db.acquire() as conn:
        now = await conn.fetchval("SELECT wlijo_now()")
    left = quote.read(shown["token"], KeySet([graph.world.key])).expires_at - now
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


async def test_a_merchant_named_twice_counts_once(graph: Graph) -> None:
    once = await _quoted(graph)
    twice = await _quoted(graph, merchantIds=[str(KIOS), str(MALL), str(KIOS)])
    assert twice["distanceM"] == once["distanceM"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"massGram": 20_001}, {"code": "TOO_HEAVY", "field": "input.massGram", "limit": 20_000, "unit": "GRAM"}),
        ({"massGram": 2**31 - 1}, {"code": "TOO_HEAVY", "field": "input.massGram", "limit": 20_000, "unit": "GRAM"}),
        ({"dropoff": {"lat": -7.2575, "lng": 112.7521}}, {"code": "OUT_OF_AREA"}),
        (
            {"merchantIds": [str(MerchantId.seeded(f"m{n}")) for n in range(9)]},
            {"code": "TOO_MANY_MERCHANTS", "field": "input.merchantIds", "limit": 8, "unit": "MERCHANT"},
        ),
    ],
)
async def test_what_no_rider_does_is_a_problem(graph: Graph, changes: dict[str, Any], problem: dict[str, Any]) -> None:
    answer = await graph.data("buyer", QUOTE, input=an_input(**changes))
    assert refused(answer["quoteDelivery"]) == problem


async def test_unknown_merchants_are_named(graph: Graph) -> None:
    one, other = str(MerchantId.new()), str(MerchantId.new())
    answer = await graph.data("buyer", QUOTE, input=an_input(merchantIds=[one, str(MALL), other]))
    assert problems(answer["quoteDelivery"]) == [
        {"code": "NOT_FOUND", "field": "input.merchantIds", "merchantId": each} for each in (one, other)
    ]


async def test_where_picking_up_is_not_allowed_no_quote_is_made_but_setting_down_is_fine(graph: Graph) -> None:
    at_station = GeoPoint(lat=-7.995, lng=113.255)
    stall = MerchantId.seeded("stall")
    await graph.world.hear(a_merchant(stall, at_station))
    answer = (await graph.data("buyer", QUOTE, input=an_input(merchantIds=[str(stall)])))["quoteDelivery"]
    assert refused(answer) == {"code": "OUT_OF_AREA"}
    assert answer["problems"][0]["message"] == "Station: no pick up here"
    dropoff = {"lat": at_station.lat, "lng": at_station.lng}
    assert await _quoted(graph, dropoff=dropoff)


async def test_without_a_tariff_of_the_day_a_quote_is_for_later(graph: Graph) -> None:
    async with graph.world.db.acquire() as conn:
        await conn.execute("DELETE FROM tariff_rule")
    answer = await graph.ask("buyer", QUOTE, input=an_input())
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SERVICE_UNAVAILABLE"]
    assert answer["errors"][0]["extensions"]["retryable"] is True


@pytest.mark.usefixtures("rates_stand_still")
async def test_haste_is_limited_per_buyer(graph: Graph) -> None:
    answers = [(await graph.data("buyer", QUOTE, input=an_input()))["quoteDelivery"] for _ in range(31)]
    assert all(done(answer) for answer in answers[:30])
    held = refused(answers[30])
    assert (held["code"], held["retryable"]) == ("RATE_LIMITED", True)
    assert held["retryAfterMs"] > 0
    assert done((await graph.data("stranger", QUOTE, input=an_input()))["quoteDelivery"])


@pytest.mark.parametrize(
    "changes",
    [
        {"merchantIds": []},
        {"merchantIds": ["mall"]},
        {"merchantIds": [str(SEMERU)]},
        {"massGram": -1},
        {"dropoff": {"lat": 91, "lng": 0}},
    ],
)
async def test_arguments_that_can_never_be_right_are_the_callers_error(graph: Graph, changes: dict[str, Any]) -> None:
    answer = await graph.ask("buyer", QUOTE, input=an_input(**changes))
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("who", "code"),
    [("nobody", "UNAUTHENTICATED"), *((who, "FORBIDDEN") for who in ("merchant", "partner", "rider", "ops"))],
)
async def test_only_buyers_are_quoted(graph: Graph, who: str, code: str) -> None:
    answer = await graph.ask(who, QUOTE, input=an_input())
    assert answer["errors"][0]["extensions"]["code"] == code


TRIP = """id version status test fee cashToCollect requestedAt handoverPin
  order { id } partner { id name status } rider { id name plate } position { point { lat lng } at } history { at status }"""


async def a_trip_with_position(graph: Graph) -> DeliveryId:
    job = await graph.world.trip(SEMERU, "pickup")
    async with transaction(graph.world.db) as conn:
        at = await conn.fetchval("SELECT wlijo_now() - interval '1 second'")
        await positions.move_rider(conn, SEMERU, Location(job_id=job, rider_id=AGUS, lat=-8.13, lng=113.22, at=at))
    return job


async def test_a_buyer_sees_the_trip_its_rider_its_position_and_the_pin(graph: Graph) -> None:
    job = await a_trip_with_position(graph)
    shown = (await graph.data("buyer", f"query($id: ID!) {{ delivery(id: $id) {{ {TRIP} }} }}", id=str(job)))[
        "delivery"
    ]
    assert shown["handoverPin"] == await graph.world.pin(job)
    assert (shown["status"], shown["fee"], shown["cashToCollect"]) == ("AT_PICKUP", 10_000, 65_000)
    assert shown["order"] == {"id": str(await graph.world.order_of(job))}
    assert shown["partner"] == {"id": str(SEMERU), "name": "Ojek Semeru", "status": "ACTIVE"}
    assert shown["rider"] == {"id": str(AGUS), "name": "Agus", "plate": "N 1 A"}
    assert shown["position"]["point"] == {"lat": -8.13, "lng": 113.22}
    assert [each["status"] for each in shown["history"]][-2:] == ["ASSIGNED", "AT_PICKUP"]
    assert len(shown["history"]) == shown["version"]


@pytest.mark.parametrize("who", ["partner", "ops"])
async def test_partner_and_ops_see_the_trip_without_pin_and_position(graph: Graph, who: str) -> None:
    job = await a_trip_with_position(graph)
    shown = (await graph.data(who, f"query($id: ID!) {{ delivery(id: $id) {{ {TRIP} }} }}", id=str(job)))["delivery"]
    assert (shown["status"], shown["rider"]["name"]) == ("AT_PICKUP", "Agus")
    assert (shown["handoverPin"], shown["position"]) == (None, None)


OTHERS = ["stranger", "merchant", "rider", "rival", "pretender", "lost partner", "government"]


@pytest.mark.parametrize("who", OTHERS)
async def test_for_everybody_else_there_is_no_such_trip(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    query = "query($id: ID!) { delivery(id: $id) { id handoverPin } }"
    assert await graph.data(who, query, id=str(job)) == {"delivery": None}
    assert await graph.data("buyer", query, id=str(DeliveryId.new())) == {"delivery": None}


async def test_without_a_token_nothing_is_asked(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    answer = await graph.ask("nobody", "query($id: ID!) { delivery(id: $id) { id } }", id=str(job))
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    answer = await graph.ask("nobody", "{ partners { edges { node { id } } } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


ENTITIES = f"""query($of: [_Any!]!) {{ _entities(representations: $of) {{ __typename
  ... on Delivery {{ {TRIP} }} ... on Order {{ id delivery {{ id handoverPin status }} }}
  ... on Rider {{ name plate }} ... on Partner {{ name }} }} }}"""


@pytest.mark.parametrize("who", [*OTHERS, "nobody"])
async def test_forged_representations_prove_nothing(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    order_id = await graph.world.order_of(job)
    forged = [
        {"__typename": "Delivery", "id": str(job), "status": "DELIVERED", "buyer": "usr_stranger"},
        {"__typename": "Order", "id": str(order_id), "buyer": {"id": "usr_stranger"}},
        {"__typename": "Rider", "id": str(AGUS)},
    ]
    data = await graph.data(who, ENTITIES, of=forged)
    assert data["_entities"] == [None, {"__typename": "Order", "id": str(order_id), "delivery": None}, None]


async def test_entities_are_answered_in_the_order_asked_with_one_statement_for_each_kind(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await graph.world.trip(SEMERU) for _ in range(3)]
    orders = [await graph.world.order_of(job) for job in jobs]
    read: Counter[str] = Counter()
    for name in ("deliveries", "deliveries_of_orders", "partners", "riders", "histories"):
        monkeypatch.setattr(reading, name, counting(name, read))
    asked = [
        *({"__typename": "Delivery", "id": str(job)} for job in jobs),
        *({"__typename": "Order", "id": str(order)} for order in orders),
    ]
    data = await graph.data("buyer", ENTITIES, of=asked)
    assert [each["id"] for each in data["_entities"]] == [str(each) for each in [*jobs, *orders]]
    assert [each["delivery"]["id"] for each in data["_entities"][3:]] == [str(job) for job in jobs]
    assert read == {"deliveries": 1, "deliveries_of_orders": 1, "partners": 1, "riders": 1, "histories": 1}


def counting(name: str, read: Counter[str]) -> Callable[..., Any]:
    """Each of these functions is one statement."""
    function: Callable[..., Any] = getattr(reading, name)

    def counted(*given: Any) -> Any:
        read[name] += 1
        return function(*given)

    return counted


async def test_a_representation_of_another_kind_is_an_error_at_its_own_place(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    asked = [{"__typename": "Delivery", "id": str(SEMERU)}, {"__typename": "Delivery", "id": str(job)}]
    answer = await graph.ask("buyer", ENTITIES, of=asked)
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["_entities", 0], "BAD_USER_INPUT")
    ]
    assert [each and each["id"] for each in answer["data"]["_entities"]] == [None, str(job)]


async def test_a_rider_is_seen_by_own_company_ops_and_the_buyer_of_the_trip(graph: Graph) -> None:
    await graph.world.trip(SEMERU)
    both = [{"__typename": "Rider", "id": str(AGUS)}, {"__typename": "Rider", "id": str(RINI)}]
    seen = {
        who: [bool(each) for each in (await graph.data(who, ENTITIES, of=both))["_entities"]]
        for who in ("buyer", "partner", "rival", "ops", "stranger")
    }
    assert seen == {
        "buyer": [True, False],
        "partner": [True, False],
        "rival": [False, True],
        "ops": [True, True],
        "stranger": [False, False],
    }
    assert await _shown_to_staff(graph) == sorted([("usr_ops", str(AGUS)), ("usr_ops", str(RINI))])


async def _shown_to_staff(graph: Graph) -> list[tuple[str, str]]:
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](graph.world.db, [], said.append) == 0
    return sorted((each["actor"], each["subject"]) for each in said)


async def test_whatever_shows_staff_a_rider_is_written_down(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    part = await _part_of(graph, job)
    query = (
        "query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder { pickup { rider { name } } } } }"
    )
    of = [{"__typename": "SellerOrder", "id": str(part)}]
    for who in ("buyer", "ops"):
        (found,) = (await graph.data(who, query, of=of))["_entities"]
        assert found["pickup"]["rider"] == {"name": "Agus"}
    assert await _shown_to_staff(graph) == [("usr_ops", str(AGUS))]


async def test_pin_and_position_end_with_the_trip(graph: Graph) -> None:
    job = await a_trip_with_position(graph)
    await graph.world.report(SEMERU, job, "picked_up")
    await graph.world.report(SEMERU, job, "delivered")
    query = "query($id: ID!) { delivery(id: $id) { status handoverPin position { at } rider { name } } }"
    shown = (await graph.data("buyer", query, id=str(job)))["delivery"]
    assert shown == {"status": "DELIVERED", "handoverPin": None, "position": None, "rider": {"name": "Agus"}}
    async with graph.world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM position") == 0


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


FOLLOW = "subscription($id: ID!) { deliveryChanged(id: $id) { version status position { point { lat } } } }"


async def test_a_follower_sees_the_present_then_each_change_and_the_rider_move(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    async with asgi.socket(graph.app, token=graph.token("buyer")) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(FOLLOW, id=str(job))

        async def following() -> Any:
            message = await socket.receive()
            assert message["type"] == "next", message
            return message["payload"]["data"]["deliveryChanged"]

        assert (await following())["status"] == "ASSIGNED"
        await graph.world.report(SEMERU, job, "pickup")
        at_pickup = await following()
        assert at_pickup["status"] == "AT_PICKUP"
        async with transaction(graph.world.db) as conn:
            now = await conn.fetchval("SELECT wlijo_now()")
            await positions.move_rider(conn, SEMERU, Location(job_id=job, rider_id=AGUS, lat=-8.12, lng=113.2, at=now))
        moved = await following()
        assert moved == {**at_pickup, "position": {"point": {"lat": -8.12}}}
        await graph.world.report(SEMERU, job, "picked_up")
        assert (await following())["status"] == "PICKED_UP"


@pytest.mark.parametrize("who", ["stranger", "rival", "rider"])
async def test_who_may_not_follow_a_trip_is_told_why(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    asked = {str(job): "NOT_FOUND", str(DeliveryId.new()): "NOT_FOUND", "dlv_x": "BAD_USER_INPUT"}
    for id_, code in asked.items():
        async with asgi.socket(graph.app, token=graph.token(who)) as socket:
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.subscribe(FOLLOW, id=id_)
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


async def test_a_trip_that_ends_is_told_with_its_end_and_so_is_one_that_had_ended(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")

    async def until_the_end(socket: asgi.Socket) -> list[str]:
        seen: list[str] = []
        while (message := await socket.receive())["type"] == "next":
            seen.append(message["payload"]["data"]["deliveryChanged"]["status"])
        assert message == {"id": "1", "type": "complete"}
        return seen

    async with asgi.socket(graph.app, token=graph.token("buyer")) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(FOLLOW, id=str(job))
        first = await socket.receive()
        assert first["payload"]["data"]["deliveryChanged"]["status"] == "PICKED_UP"
        await graph.data("ops", END, id=str(job), outcome="LOST", reason="the rider does not answer")
        assert (await until_the_end(socket))[-1] == "DISPOSED"
        await socket.subscribe(FOLLOW, id=str(job))
        assert await until_the_end(socket) == ["DISPOSED"]


END = """mutation($id: ID!, $outcome: DeliveryOutcome!, $reason: String!, $failure: FailureCode, $cash: Rupiah) {
  endDelivery(id: $id, outcome: $outcome, reason: $reason, failure: $failure, cashCollected: $cash) {
    delivery { status } problems { code status } } }"""


async def test_ops_end_a_trip_and_nobody_else_does(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")
    before = await graph.world.state()
    lost = {"id": str(job), "outcome": "LOST", "reason": "the rider does not answer"}
    for who, code in (("buyer", "FORBIDDEN"), ("partner", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")):
        answer = await graph.ask(who, END, **lost)
        assert answer["errors"][0]["extensions"]["code"] == code
    for bad in ({"reason": " "}, {"cash": 1}, {"outcome": "DELIVERED", "cash": 99_999_999}, {"id": "dlv_x"}):
        answer = await graph.ask("ops", END, **{**lost, **bad})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", bad
    early = await graph.data("ops", END, **{**lost, "outcome": "CANCELLED"})
    assert refused(early["endDelivery"]) == {"code": "WRONG_STATE", "status": "PICKED_UP"}
    unknown = await graph.data("ops", END, **{**lost, "id": str(DeliveryId.new())})
    assert refused(unknown["endDelivery"]) == {"code": "NOT_FOUND"}
    assert await graph.world.state() == before
    for _ in range(2):
        data = await graph.data("ops", END, **lost)
        assert data["endDelivery"] == {"delivery": {"status": "DISPOSED"}, "problems": []}


PICKUP = """query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder {
  pickup { status rider { name plate } partner { name } } } } }"""


async def _members(graph: Graph, merchant: MerchantId, *subjects: str) -> None:
    """As the consumer of its own hears it."""
    people = [Member(subject=subject, role=MemberRole.STAFF) for subject in subjects]
    async with transaction(graph.world.db) as conn:
        await hears.MEMBERS.given().handle(conn, a_merchant(merchant, MALL_AT, members=people))


async def _pickup(graph: Graph, part: SellerOrderId, who: str | None, role: str = "merchant") -> Any:
    token = graph.issuer.token(sub=who, roles=[role]) if who else None
    of = [{"__typename": "SellerOrder", "id": str(part), "merchantId": str(MALL), "buyer": BUYER}]
    answer = await asgi.ask(graph.app, PICKUP, token=token, of=of)
    assert "errors" not in answer, answer
    return answer["data"]["_entities"][0]["pickup"]


async def _part_of(graph: Graph, job: DeliveryId, merchant: MerchantId = MALL) -> SellerOrderId:
    async with graph.world.db.acquire() as conn:
        statement = "SELECT seller_order_id FROM stop WHERE delivery_id = $1 AND merchant_id = $2"
        return SellerOrderId(await conn.fetchval(statement, job, merchant))


async def test_a_merchants_people_see_who_fetches_their_goods_and_nobody_elses_do(graph: Graph) -> None:
    await _members(graph, MALL, "usr_ratna")
    await _members(graph, KIOS, "usr_cak_di")
    job = await graph.world.job()
    part = await _part_of(graph, job)
    assert await _pickup(graph, part, "usr_ratna") == {"status": "OFFERED", "rider": None, "partner": None}
    riding = await graph.world.trip(SEMERU, "pickup", "picked_up")
    part = await _part_of(graph, riding)
    seen = await _pickup(graph, part, "usr_ratna")
    assert (seen["status"], set(seen["rider"])) == ("PICKED_UP", {"name", "plate"})
    assert None not in (seen["rider"]["name"], seen["rider"]["plate"], seen["partner"]["name"])
    assert await _pickup(graph, part, BUYER, "buyer") == seen
    assert await _pickup(graph, part, "usr_ops", "ops") == seen
    for who, role in (
        ("usr_cak_di", "merchant"), ("usr_ratna", "buyer"), ("usr_ratna", "rider"), (BUYER, "merchant"), ("usr_any", "government"),
        (None, ""),
    ):  # fmt: skip
        assert (who, role, await _pickup(graph, part, who, role)) == (who, role, None)
    assert await _pickup(graph, SellerOrderId.new(), "usr_ratna") is None
    await _members(graph, MALL)
    assert await _pickup(graph, part, "usr_ratna") is None


async def test_who_fetches_ones_goods_is_told_without_the_door(graph: Graph) -> None:
    """A merchant's token reaches nothing else of the trip."""
    await _members(graph, MALL, "usr_ratna")
    job = await graph.world.trip(SEMERU, "pickup")
    token = graph.issuer.token(sub="usr_ratna", roles=["merchant"])
    document = """query($id: ID!, $of: [_Any!]!) { delivery(id: $id) { handoverPin position { at } }
      _entities(representations: $of) { ... on Order { delivery { id } } ... on Rider { name } } }"""
    of = [{"__typename": "Order", "id": str(await graph.world.order_of(job))}, {"__typename": "Rider", "id": str(AGUS)}]
    answer = await asgi.ask(graph.app, document, token=token, id=str(job), of=of)
    assert answer["data"] == {"delivery": None, "_entities": [{"delivery": None}, None]}


async def test_a_trip_of_before_has_no_parts_and_shows_none(graph: Graph) -> None:
    await _members(graph, MALL, "usr_ratna")
    job = await graph.world.job()
    part = await _part_of(graph, job)
    async with transaction(graph.world.db) as conn:
        await conn.execute("UPDATE stop SET seller_order_id = NULL WHERE delivery_id = $1", job)
    assert await _pickup(graph, part, "usr_ratna") is None
