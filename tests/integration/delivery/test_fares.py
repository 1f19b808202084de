"""Dated rules as officers enter them, and fares that are reckoned again when the rule is another since."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from joserfc.jwk import KeySet

from services.contracts.delivery import DeliveryId, ZoneId
from services.contracts.ordering import OrderId
from services.contracts.places import WIB
from services.delivery import by_hand
from services.delivery.domain import quote
from tests.integration.delivery.test_graph_quotes import QUOTE as PLAIN_QUOTE
from tests.integration.delivery.test_graph_quotes import an_input
from tests.worlds.delivery import MALL, a_quote, an_order_placed
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, done, refused

ENTER = f"""mutation Enter($input: EnterTariffInput!, $key: String!) {{ enterTariff(input: $input, idempotencyKey: $key) {{ {PROBLEMS}
  tariff {{ version validFrom validUntil perStop night {{ begins ends amount }} band {{ perKmLow }} binding why }} }} }}"""
REPLAY = """query Replay($id: ID!) { replayedFare(id: $id) { tariffVersion same quoted recomputed feeNow distanceSource pickups
  lines { part amount off } } }"""


async def tomorrow(graph: Graph, days: int = 1) -> str:
    async with graph.world.db.acquire() as conn:
        now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return str(now.astimezone(WIB).date() + timedelta(days=days))


def a_rule(valid_from: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "validFrom": valid_from, "minFee": 9_000, "includedM": 4_000, "perKm": 2_500, "perStop": 1_500, "riderSharePercent": 80,
        "partnerSharePercent": 12, "platformSharePercent": 8, "legalBasis": "SK Dishub 1/2026", "why": "rapat 3 Maret",
        "night": {"begins": "21:00", "ends": "05:00", "amount": 2_000},
        "band": {"perKmLow": 2_000, "perKmHigh": 2_500, "minFeeLow": 8_000, "minFeeHigh": 10_000}, "binding": True,
    }  # fmt: skip
    return {**plain, **changes}


async def enter(graph: Graph, given: dict[str, Any], who: str = "officer", key: str = "") -> Any:
    answer = await graph.data(who, ENTER, input=given, key=key or str(ZoneId.new()))
    return answer["enterTariff"]


async def quoted(graph: Graph) -> Any:
    (found,) = done((await graph.data("buyer", PLAIN_QUOTE, input=an_input()))["quoteDelivery"])
    return found


async def ordered(graph: Graph, token: str) -> OrderId:
    order = OrderId.new()
    await graph.world.hear(an_order_placed(order, token))
    return order


async def test_a_rule_holds_from_its_day_on_in_wib_and_what_was_promised_stays(graph: Graph) -> None:
    before = await quoted(graph)
    first = await tomorrow(graph)
    made = done(await enter(graph, a_rule(first)))
    assert (made["version"], made["validFrom"], made["why"]) == ("GOODS-I-v2", first, "rapat 3 Maret")
    assert (await quoted(graph))["tariffVersion"] == "GOODS-I-v1"
    order = await ordered(graph, before["token"])
    midnight = datetime.combine(date.fromisoformat(first), datetime.min.time(), WIB)
    async with graph.world.db.acquire() as conn:
        now = await conn.fetchval("SELECT wlijo_now()")
    await graph.world.move_clock(midnight - now + timedelta(hours=12))
    after = await quoted(graph)
    assert (after["tariffVersion"], after["fee"]) == ("GOODS-I-v2", 9_000 + 1_500)
    replayed = (await graph.data("officer", REPLAY, id=str(order)))["replayedFare"]
    assert (replayed["tariffVersion"], replayed["same"], replayed["quoted"]) == ("GOODS-I-v1", True, before["fee"])
    assert sum(each["amount"] for each in replayed["lines"]) == replayed["recomputed"] == before["fee"]


async def test_a_fare_is_found_by_order_trip_and_quote_and_a_forged_one_is_told_from_a_true(graph: Graph) -> None:
    shown = await quoted(graph)
    order = await ordered(graph, shown["token"])
    job = await graph.world.delivery_of(order)
    for id in (str(order), str(job), shown["id"]):
        said: list[Any] = []
        assert await by_hand.replay(graph.world.db, [id], said.append) == 0
        assert said[-1]["same"] is True
        assert (await graph.data("ops", REPLAY, id=id))["replayedFare"]["same"] is True
    async with graph.world.db.acquire() as conn:
        await conn.execute("UPDATE delivery SET fare = jsonb_set(fare, '{distance_m}', '14001')")
    said = []
    assert await by_hand.replay(graph.world.db, [str(order)], said.append) == 1
    assert (said[-1]["same"], said[-1]["recomputed_rupiah"] > said[-1]["quoted_rupiah"]) == (False, True)
    assert (await graph.data("officer", REPLAY, id=str(order)))["replayedFare"]["same"] is False


async def test_a_trip_whose_merchant_was_left_out_still_replays_as_quoted(graph: Graph) -> None:
    shown = await quoted(graph)
    order = await ordered(graph, shown["token"])
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            """UPDATE delivery SET distance_m = 1, fee_rupiah = 5, rider_share_rupiah = 5, partner_share_rupiah = 0,
                                   platform_share_rupiah = 0"""
        )
    found = (await graph.data("officer", REPLAY, id=str(order)))["replayedFare"]
    assert (found["same"], found["quoted"], found["feeNow"]) == (True, shown["fee"], 5)


async def test_what_was_not_kept_is_said(graph: Graph) -> None:
    old = await ordered(graph, quote.sign(a_quote(), graph.world.key))  # of the release before
    for id in (str(old), str(OrderId.new()), str(MALL), "x"):
        said: list[Any] = []
        assert await by_hand.replay(graph.world.db, [id], said.append) == 1
        assert set(said[0]) == {"refused"}
    assert (await graph.data("officer", REPLAY, id=str(old)))["replayedFare"] is None
    assert (await graph.data("officer", REPLAY, id=str(DeliveryId.new())))["replayedFare"] is None
    answer = await graph.ask("officer", REPLAY, id=str(MALL))
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"riderSharePercent": 70, "partnerSharePercent": 15, "platformSharePercent": 15}, None),
        ({"riderSharePercent": 81}, "input.riderSharePercent"),
        ({"perKm": 2_501}, None),
        ({"band": None}, None),
        ({"validUntil": "2020-01-01"}, "input.validUntil"),
        ({"validFrom": "2020-01-01"}, "input.validFrom"),
        ({"includedM": -1}, "input.includedM"),
        ({"rounding": 0}, None),
    ],
)
async def test_no_rule_of_the_past_or_beyond_its_limits(
    graph: Graph, change: dict[str, Any], field: str | None
) -> None:
    problem = refused(await enter(graph, {**a_rule(await tomorrow(graph)), **change}))
    assert problem == {"code": "TARIFF_INVALID", **({"field": field} if field else {})}


async def test_a_day_has_one_rule_and_a_key_one_answer(graph: Graph) -> None:
    given, key = a_rule(await tomorrow(graph)), str(ZoneId.new())
    answers = await asyncio.gather(*(enter(graph, given, key=key) for _ in range(3)))
    assert {done(each)["version"] for each in answers} == {"GOODS-I-v2"}
    assert refused(await enter(graph, given)) == {"code": "TARIFF_INVALID", "field": "input.validFrom"}
    other = await enter(graph, {**given, "perStop": 1}, key=key)
    assert refused(other)["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert done(await enter(graph, a_rule(await tomorrow(graph, 2))))["version"] == "GOODS-I-v3"
    listed = "{ tariffs { edges { node { version why } } } }"
    for who, why in (("officer", "rapat 3 Maret"), ("buyer", None)):
        edges = (await graph.data(who, listed))["tariffs"]["edges"]
        assert [edge["node"]["version"] for edge in edges] == ["GOODS-I-v3", "GOODS-I-v2", "GOODS-I-v1"]
        assert edges[0]["node"]["why"] == why


async def test_a_rule_that_ends_gives_way_to_the_one_before(graph: Graph) -> None:
    first = await tomorrow(graph)
    done(await enter(graph, a_rule(first, validUntil=first)))
    await graph.world.move_clock(timedelta(days=2))
    assert (await quoted(graph))["tariffVersion"] == "GOODS-I-v1"


async def test_nobody_is_quoted_by_a_rule_that_came_past_the_checks(graph: Graph) -> None:
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            """INSERT INTO tariff_rule (id, version, service, zone_code, valid_from, min_fee_rupiah, included_m, per_km_rupiah,
                                        rider_share_pct, partner_share_pct, platform_share_pct, legal_basis, binding)
               VALUES (gen_random_uuid(), 'GOODS-I-v9', 'GOODS', 'I', '2023-01-01', 8000, 4000, 2000, 60, 20, 20, 'x', false)"""
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE tariff_rule SET per_km_rupiah = 1")
    answer = await graph.ask("buyer", PLAIN_QUOTE, input=an_input())
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_fare_that_is_rounded_down_is_shown(graph: Graph) -> None:
    done(await enter(graph, a_rule(await tomorrow(graph), rounding=1_000, minFee=9_200, perStop=0)))
    await graph.world.move_clock(timedelta(days=1))
    text = PLAIN_QUOTE.replace("test }", "lines { part amount off } test }")
    (shown,) = done((await graph.data("buyer", text, input=an_input()))["quoteDelivery"])
    assert shown["fee"] == sum(each["amount"] - each["off"] for each in shown["lines"])
    assert shown["fee"] % 1_000 == 0
    assert shown["lines"][-1] == {"part": "ROUNDING", "amount": 0, "off": 200}


async def test_a_quote_is_one_exchange_with_the_database(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        asked.append(query)
        return await fetch(self, query, *args, **more)

    for name in ("execute", "fetchrow", "fetchval"):
        monkeypatch.setattr(asyncpg.Connection, name, _refused)
    monkeypatch.setattr(asyncpg.Connection, "fetch", counted)
    assert await quoted(graph)
    assert len([each for each in asked if not each.startswith("LISTEN")]) == 1  # waking is of the process


async def _refused(*_: Any, **__: Any) -> Any:
    raise AssertionError("another exchange")


async def test_the_quote_says_what_it_is_made_of_and_carries_it(graph: Graph) -> None:
    shown = await quoted(graph)
    said = quote.read(shown["token"], KeySet([graph.world.key]))
    assert said.basis is not None
    assert (said.basis.pickups, said.basis.roads, said.basis.surcharges) == (2, "ESTIMATE", ())
