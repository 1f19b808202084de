"""Zones as officers enter, switch and end them: felt by the next quote, told as a state, kept with who and why."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import ZoneId
from services.contracts.places import WIB
from services.delivery.domain import zone as rules
from services.delivery.store import pricing
from tests.worlds.delivery import HOME, KIOS, KIOS_AT, MALL, MALL_AT
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, done, refused

ZONE = "id name kind effect reason reasonEn surcharge switchedOn holdsNow endedAt version validUntil hours { weekday opensAt closesAt }"
ENTER = f"""mutation Enter($input: EnterZonesInput!, $key: String!) {{
  enterZones(input: $input, idempotencyKey: $key) {{ {PROBLEMS} zones {{ {ZONE} history {{ action reason }} }} }} }}"""
SWITCH = f"""mutation Switch($id: ID!, $on: Boolean!, $reason: String!) {{
  switchZone(id: $id, on: $on, reason: $reason) {{ {PROBLEMS} zone {{ {ZONE} history {{ action reason }} }} }} }}"""
END = f"mutation End($id: ID!, $reason: String!) {{ endZone(id: $id, reason: $reason) {{ {PROBLEMS} zone {{ {ZONE} }} }} }}"
QUOTE = f"""query Quote($input: QuoteDeliveryInput!) {{ quoteDelivery(input: $input) {{ {PROBLEMS}
  quotes {{ fee distanceSource lines {{ part amount count each name }} }} }} }}"""


def around(lat: float, lng: float, half: float = 0.002) -> dict[str, Any]:
    corners = [(lng - half, lat - half), (lng + half, lat - half), (lng + half, lat + half), (lng - half, lat + half)]
    return {"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}


def drawn(boundary: dict[str, Any], **changes: Any) -> dict[str, Any]:
    plain = {
        "geojson": json.dumps(boundary),
        "name": "Lereng",
        "kind": "RESTRICTED",
        "effect": "DENY_DROPOFF",
        "reason": "Jalan ditutup untuk karnaval",
        "reasonEn": "The road is closed for a carnival",
        "why": "surat camat 12/2026",
    }
    return {**plain, **changes}


async def enter(graph: Graph, boundary: dict[str, Any], who: str = "officer", **changes: Any) -> Any:
    key = str(ZoneId.new())
    return (await graph.data(who, ENTER, input=drawn(boundary, **changes), key=key))["enterZones"]


async def quoted(graph: Graph, *, merchants: list[str] | None = None) -> Any:
    given = {
        "merchantIds": merchants or [str(MALL), str(KIOS)],
        "dropoff": {"lat": HOME.lat, "lng": HOME.lng},
        "massGram": 2_100,
    }
    answer = await graph.ask("buyer", QUOTE, input=given)
    assert "errors" not in answer, answer
    return answer["data"]["quoteDelivery"]


DOOR = around(HOME.lat, HOME.lng)


async def test_a_zone_is_felt_by_the_next_quote_and_gone_when_switched_off(graph: Graph) -> None:
    assert done(await quoted(graph))
    (made,) = done(await enter(graph, DOOR))
    assert (made["holdsNow"], made["version"], made["history"]) == (
        True,
        1,
        [{"action": "ENTER", "reason": "surat camat 12/2026"}],
    )
    assert refused(await quoted(graph)) == {
        "code": "NOT_SERVED",
        "field": "input.dropoff",
        "reason": "Lereng: Jalan ditutup untuk karnaval",
        "reasonEn": "Lereng: The road is closed for a carnival",
    }
    off = done((await graph.data("ops", SWITCH, id=made["id"], on=False, reason="usai"))["switchZone"])
    assert (off["switchedOn"], off["holdsNow"], off["version"], off["history"][-1]) == (
        False,
        False,
        2,
        {"action": "SWITCH_OFF", "reason": "usai"},
    )
    again = done((await graph.data("ops", SWITCH, id=made["id"], on=False, reason="lagi"))["switchZone"])
    assert again == off
    assert done(await quoted(graph))
    told = [each for each in await graph.world.told(topic="delivery.zones") if each.aggregate == made["id"]]
    assert [(each.data["switched_on"], each.data["ended"]) for each in told] == [(True, False), (False, False)]
    assert len(told[0].data["boundary"]) == 4


async def test_an_ended_zone_is_kept_and_changes_no_more(graph: Graph) -> None:
    (made,) = done(await enter(graph, DOOR))
    ended = done((await graph.data("officer", END, id=made["id"], reason="salah gambar"))["endZone"])
    assert ended["endedAt"]
    assert done((await graph.data("officer", END, id=made["id"], reason="lagi"))["endZone"]) == ended
    answer = (await graph.data("officer", SWITCH, id=made["id"], on=True, reason="x"))["switchZone"]
    assert refused(answer) == {"code": "WRONG_STATE", "status": "ENDED"}
    answer = (await graph.data("officer", SWITCH, id=str(ZoneId.new()), on=True, reason="x"))["switchZone"]
    assert refused(answer) == {"code": "NOT_FOUND"}
    listed = "query L($ended: Boolean!) { zones(ended: $ended) { edges { node { id } } } }"
    shown = [await graph.data("buyer", listed, ended=ended) for ended in (False, True)]
    assert [made["id"] in [edge["node"]["id"] for edge in each["zones"]["edges"]] for each in shown] == [False, True]
    assert done(await quoted(graph))


async def test_a_surcharge_is_a_line_that_goes_away_with_its_merchant(graph: Graph) -> None:
    plain = done(await quoted(graph))[0]
    done(
        await enter(
            graph, around(MALL_AT.lat, MALL_AT.lng), name="Alun-alun", effect="SURCHARGE_PICKUP", surcharge=3_000
        )
    )
    dear = done(await quoted(graph))[0]
    assert dear["fee"] == plain["fee"] + 3_000 == sum(each["amount"] for each in dear["lines"])
    assert dear["lines"][-1] == {"part": "SURCHARGE", "amount": 3_000, "count": None, "each": None, "name": "Alun-alun"}
    assert done(await quoted(graph, merchants=[str(KIOS)]))[0]["lines"][-1]["part"] != "SURCHARGE"


async def test_a_market_day_is_closed_in_its_hours_alone_by_wib(graph: Graph) -> None:
    async with graph.world.db.acquire() as conn:
        now: datetime = (await conn.fetchval("SELECT wlijo_now()")).astimezone(WIB)
    # To the next even quarter of an hour, so that no midnight and no hour is met on the way, whenever this runs.
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    await graph.world.move_clock(noon.astimezone(UTC) - now)
    span = {"weekday": noon.isoweekday(), "opensAt": "11:00", "closesAt": "13:00"}
    (made,) = done(await enter(graph, DOOR, hours=[span]))
    assert made["hours"] == [span]
    assert refused(await quoted(graph))["code"] == "NOT_SERVED"
    await graph.world.move_clock(timedelta(hours=1, minutes=1))
    assert done(await quoted(graph))
    await graph.world.move_clock(timedelta(days=7, hours=-1))
    assert refused(await quoted(graph))["code"] == "NOT_SERVED"


async def test_an_area_of_service_leaves_the_rest_out(graph: Graph) -> None:
    town = around(MALL_AT.lat, MALL_AT.lng, 0.05)
    (made,) = done(await enter(graph, town, kind="SERVICE", effect="SERVE"))
    assert done(await quoted(graph))
    await graph.data("officer", SWITCH, id=made["id"], on=False, reason="x")
    (narrow,) = done(await enter(graph, around(MALL_AT.lat, MALL_AT.lng, 0.01), kind="SERVICE", effect="SERVE"))
    assert refused(await quoted(graph))["field"] == "input.dropoff"
    await graph.data("officer", END, id=narrow["id"], reason="x")
    assert done(await quoted(graph))


async def test_a_point_on_the_border_lies_inside_and_a_merchant_sees_where_it_lies(graph: Graph) -> None:
    boundary = around(KIOS_AT.lat + 0.002, KIOS_AT.lng)  # the kiosk is on its southern side
    (made,) = done(await enter(graph, boundary, effect="DENY_PICKUP"))
    assert refused(await quoted(graph))["field"] == "input.merchantIds"
    at = "query At($point: PointInput!) { zonesAt(point: $point) { id effect holdsNow reason history { reason } } }"
    shown = (await graph.data("buyer", at, point={"lat": KIOS_AT.lat, "lng": KIOS_AT.lng}))["zonesAt"]
    assert [(each["id"], each["history"]) for each in shown] == [(made["id"], [])]
    assert (await graph.data("buyer", at, point={"lat": HOME.lat, "lng": HOME.lng}))["zonesAt"] == []


async def test_zones_come_in_once_by_their_key_and_all_or_none(graph: Graph) -> None:
    both: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": around(HOME.lat, HOME.lng)}
            for name in ("Satu", "Dua")
        ],
    }
    key = str(ZoneId.new())
    answers = await asyncio.gather(*(graph.data("officer", ENTER, input=drawn(both), key=key) for _ in range(3)))
    first, *others = [done(each["enterZones"]) for each in answers]
    assert [each["name"] for each in first] == ["Satu", "Dua"]
    assert all(each == first for each in others)
    other = await graph.data("officer", ENTER, input=drawn(both, name="lain"), key=key)
    assert refused(other["enterZones"])["code"] == "IDEMPOTENCY_KEY_REUSED"
    before = await _count(graph)
    both["features"][1]["properties"]["name"] = "x" * 81
    assert refused(await enter(graph, both))["code"] == "ZONE_INVALID"
    both["features"][1]["geometry"] = {"type": "Polygon", "coordinates": [[]]}
    assert refused(await enter(graph, both)) == {"code": "BOUNDARY_INVALID", "field": "input.geojson"}
    assert await _count(graph) == before


async def _count(graph: Graph) -> int:
    async with graph.world.db.acquire() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM zone"))


async def test_what_is_over_or_too_much_is_refused(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(await enter(graph, DOOR, validUntil="2020-01-01")) == {
        "code": "ZONE_INVALID",
        "field": "input.validUntil",
    }
    assert refused(await enter(graph, DOOR, surcharge=5))["field"] == "input.surcharge"
    monkeypatch.setattr(rules, "MAX_ZONES", await _count(graph))
    assert refused(await enter(graph, DOOR)) == {
        "code": "TOO_MANY_ZONES",
        "limit": rules.MAX_ZONES,
        "unit": "ZONE",
    }


@pytest.mark.parametrize("who", ["buyer", "rider", "partner", "government"])
async def test_only_officers_and_ops_change_zones(graph: Graph, who: str) -> None:
    answer = await graph.ask(who, ENTER, input=drawn(DOOR), key=str(ZoneId.new()))
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_database_keeps_a_zones_history_and_refuses_what_is_no_zone(graph: Graph) -> None:
    done(await enter(graph, DOOR))
    async with graph.world.db.acquire() as conn:
        for statement in (
            "DELETE FROM zone_history",
            "UPDATE zone_history SET reason = 'x'",
            "UPDATE zone SET surcharge_rupiah = 1 WHERE effect = 'DENY_DROPOFF'",
            "UPDATE zone SET effect = 'DENY_THROUGH'",
            "UPDATE zone SET valid_from = '2026-01-02', valid_until = '2026-01-01'",
        ):
            with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
                await conn.execute(statement)


async def test_many_zones_cost_one_statement_and_are_found_by_the_index(graph: Graph) -> None:
    async with graph.world.db.acquire() as conn:
        await conn.execute(
            """INSERT INTO zone (id, name, kind, effect, reason, boundary)
               SELECT gen_random_uuid(), 'z' || n, 'RESTRICTED', 'DENY_PICKUP', 'x',
                      polygon(box(point(112.9 + (n % 100) * 0.004, -8.3 + (n / 100) * 0.004),
                                  point(112.901 + (n % 100) * 0.004, -8.299 + (n / 100) * 0.004)))
               FROM generate_series(0, 4999) n"""
        )
        await conn.execute("ANALYZE zone")
        plan = await conn.fetchval(f"EXPLAIN (FORMAT JSON) {pricing.STATEMENT}", [MALL, KIOS], HOME.lat, HOME.lng)
    assert plan.count('"zone_boundary"') == 2, plan
