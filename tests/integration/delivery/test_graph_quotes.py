"""What a quote says, what it is refused for, and who is quoted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import KeySet

from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.contracts.quote import merchant_texts, place_hash
from services.delivery.domain import quote
from tests.worlds.delivery import (
    BUYER,
    HOME,
    KIOS,
    MALL,
    SEMERU,
    a_merchant,
)
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, done, problems, refused

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
    assert refused(answer) == {
        "code": "NOT_SERVED",
        "field": "input.merchantIds",
        "reason": "Station: no pick up here",
        "reasonEn": "Station: no pick up here",
    }
    assert answer["problems"][0]["message"] == "Station: no pick up here"
    dropoff = {"lat": at_station.lat, "lng": at_station.lng}
    assert await _quoted(graph, dropoff=dropoff)


async def test_without_a_tariff_of_the_day_a_quote_is_for_later(graph: Graph) -> None:
    await graph.world.move_clock(timedelta(days=-10_000))  # before the first
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
