"""Who passes near a point, when and with what: by her plan, and by where she is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from services.catalog.domain.rounds import MAX_PASSING
from services.catalog.store import passing
from services.contracts.places import GeoPoint
from services.kit.database.db import transaction
from tests.integration.catalog.test_rounds import (
    END,
    HOME,
    JOGOYUDAN,
    REPORT,
    SET,
    START,
    TOMPOKERSAN,
    WEDNESDAY,
    _ask,
    _at,
    set_clock,
)
from tests.worlds import servers
from tests.worlds.catalog import BAYAM_IKAT, SRI, Counting, Graph, stock_up
from tests.worlds.payloads import done

PASSING = """query($point: PointInput!, $day: Date, $radius: Int) { wlijoPassing(point: $point, day: $day, radiusM: $radius) {
  at live distanceM merchant { name } stop { label } goods { name } } }"""
FAR = {"lat": -8.2451, "lng": 113.1029}


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Counting]:
    opened = Counting(catalog.url)
    await opened.open()
    await stock_up(opened)
    await set_clock(opened, _at("05:00"))
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Counting) -> Graph:
    return Graph.over(db)


async def _passing(graph: Graph, point: dict[str, float], day: date | None = None, radius: int | None = None) -> Any:
    answer = await graph.data(PASSING, point=point, day=day.isoformat() if day else None, radius=radius)
    return answer["wlijoPassing"]


def _stop(clock: str, point: dict[str, float]) -> dict[str, Any]:
    return {"label": f"Pukul {clock}", "point": point, "arrivesAt": clock}


async def test_a_guest_learns_who_stops_near_when_and_with_what(graph: Graph, db: Counting) -> None:
    assert await _passing(graph, TOMPOKERSAN) == [
        {
            "at": "2026-02-03T23:15:00.000Z",
            "live": False,
            "distanceM": 0,
            "merchant": {"name": "Wlijo Bu Sri"},
            "stop": {"label": "Tompokersan"},
            "goods": [{"name": "Bayam"}, {"name": "Kelapa muda"}],
        }
    ]
    assert await _passing(graph, FAR) == []
    assert await _passing(graph, {"lat": 0, "lng": 0}) == []
    async with transaction(db) as conn:
        await conn.execute("UPDATE stock_item SET on_hand = 0 WHERE variant_id = $1", BAYAM_IKAT)
    (seen,) = await _passing(graph, TOMPOKERSAN)
    assert seen["goods"] == [{"name": "Kelapa muda"}]


@pytest.mark.parametrize(
    "gone",
    [
        "UPDATE stock_item SET mode = 'DAILY', load_day = wib_today() - 1 WHERE variant_id = $1",
        "UPDATE variant SET retired_at = wlijo_now() WHERE id = $1",
    ],
    ids=["yesterday's load", "retired"],
)
async def test_what_cannot_be_ordered_is_not_said_to_come_along(graph: Graph, db: Counting, gone: str) -> None:
    async with transaction(db) as conn:
        await conn.execute(gone, BAYAM_IKAT)
    (seen,) = await _passing(graph, TOMPOKERSAN)
    assert seen["goods"] == [{"name": "Kelapa muda"}]


async def test_it_is_asked_of_today_and_some_days_ahead(graph: Graph) -> None:
    monday = WEDNESDAY + timedelta(days=5)
    (seen,) = await _passing(graph, TOMPOKERSAN, monday)
    assert seen["at"] == "2026-02-08T23:15:00.000Z"
    assert await _passing(graph, JOGOYUDAN, monday) == []  # on Mondays she goes no farther
    assert await _passing(graph, TOMPOKERSAN, WEDNESDAY + timedelta(days=1)) == []
    for day in (WEDNESDAY - timedelta(days=1), WEDNESDAY + timedelta(days=7)):
        assert await graph.code(PASSING, point=HOME, day=day.isoformat()) == "BAD_USER_INPUT"
    for radius in (0, 2_001):
        assert await graph.code(PASSING, point=HOME, radius=radius) == "BAD_USER_INPUT"


async def test_between_two_stops_she_passes_in_proportion(graph: Graph) -> None:
    halfway = {"lat": -8.1301, "lng": 113.22375}
    (seen,) = await _passing(graph, halfway, radius=100)
    assert (seen["stop"], seen["distanceM"]) == (None, 0)
    assert seen["at"][:16] == "2026-02-03T23:42"  # of 06:15 and 07:10
    assert await _passing(graph, {"lat": -8.1301, "lng": 113.2290}, radius=100) == []


async def test_a_round_past_midnight_is_of_both_days(graph: Graph) -> None:
    done(await _ask(graph, SET, day="THURSDAY", stops=[_stop("23:30", TOMPOKERSAN), _stop("00:20", FAR)]))
    thursday, friday = WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)
    assert [each["at"] for each in await _passing(graph, TOMPOKERSAN, thursday)] == ["2026-02-05T16:30:00.000Z"]
    assert [each["at"] for each in await _passing(graph, FAR, friday)] == ["2026-02-05T17:20:00.000Z"]
    assert await _passing(graph, FAR, thursday) == []


async def test_who_has_passed_is_shut_or_is_home_again_does_not_pass(graph: Graph, db: Counting) -> None:
    await set_clock(db, _at("06:29"))
    assert len(await _passing(graph, TOMPOKERSAN, radius=50)) == 1
    await set_clock(db, _at("06:31"))
    assert await _passing(graph, TOMPOKERSAN, radius=50) == []
    assert len(await _passing(graph, JOGOYUDAN)) == 1
    async with transaction(db) as conn:
        await conn.execute(
            "INSERT INTO merchant_closure VALUES (gen_random_uuid(), $1, $2, $3, NULL)", SRI, _at("07:00"), _at("07:30")
        )
    assert await _passing(graph, JOGOYUDAN, radius=50) == []
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM merchant_closure")
    assert len(await _passing(graph, JOGOYUDAN)) == 1
    done(await _ask(graph, START, point=HOME))
    done(await _ask(graph, END))
    assert await _passing(graph, JOGOYUDAN) == []
    assert len(await _passing(graph, TOMPOKERSAN, WEDNESDAY + timedelta(days=5))) == 1
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", SRI)
    assert await _passing(graph, TOMPOKERSAN, WEDNESDAY + timedelta(days=5)) == []


async def test_while_she_is_on_her_way_it_is_as_late_as_she_is(graph: Graph, db: Counting) -> None:
    await set_clock(db, _at("06:30"))
    done(await _ask(graph, START, point={"lat": -8.12745, "lng": 113.22635}))  # a quarter of an hour late
    (seen,) = await _passing(graph, JOGOYUDAN, radius=50)
    assert (seen["live"], seen["at"][:16]) == (True, "2026-02-04T00:25")
    await set_clock(db, _at("06:40"))
    done(await _ask(graph, REPORT, point=JOGOYUDAN))
    (here,) = await _passing(graph, JOGOYUDAN, radius=100)
    assert (here["live"], here["at"][:16]) == (True, "2026-02-03T23:40")
    assert await _passing(graph, TOMPOKERSAN, radius=50) == []  # she was there


async def test_who_walks_without_a_plan_is_met_where_she_is(graph: Graph, db: Counting) -> None:
    await set_clock(db, _at("08:00", WEDNESDAY + timedelta(days=1)))
    assert await _passing(graph, FAR) == []
    done(await _ask(graph, START, point=FAR))
    (seen,) = await _passing(graph, FAR)
    assert (seen["live"], seen["stop"], seen["merchant"]) == (True, None, {"name": "Wlijo Bu Sri"})
    await set_clock(db, _at("08:16", WEDNESDAY + timedelta(days=1)))
    assert await _passing(graph, FAR) == []  # nobody knows where she is


async def _many(db: Counting, sellers: int) -> None:
    """Wlijo with a round of twenty stops on each day, over a good part of the regency."""
    async with transaction(db) as conn:
        await conn.execute(
            """WITH made AS (
                   INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                                         accept_within_s, prep_time_s)
                   SELECT gen_random_uuid(), 'wlijo-' || n, 'Wlijo ' || n, 'WLIJO', 'ACTIVE', '35.08.10',
                          -8.13, 113.22, 'MIKRO', true, true, 300, 0 FROM generate_series(1, $1::int) AS n RETURNING id),
               days AS (INSERT INTO route SELECT id, day FROM made, generate_series(0, 6) AS day RETURNING merchant_id, weekday)
               INSERT INTO route_stop (merchant_id, weekday, position, label, lat, lng, arrives_at)
               SELECT d.merchant_id, d.weekday, n, 'x', -8.25 + random() * 0.2, 113.1 + random() * 0.2, time '05:00' + n * interval '10 min'
               FROM days d, generate_series(0, 19) AS n""",
            sellers,
        )
    async with db.acquire() as conn:
        await conn.execute("ANALYZE route_stop")


async def test_it_asks_few_statements_and_looks_at_few_ways_however_many_sell(graph: Graph, db: Counting) -> None:
    await _many(db, 300)
    await _passing(graph, HOME)  # a new connection first learns its types
    db.statements.clear()
    seen = await _passing(graph, {"lat": -8.15, "lng": 113.2}, radius=2_000)
    assert len(seen) == MAX_PASSING
    assert [each["at"] for each in seen] == sorted(each["at"] for each in seen)
    # The hour, the ways, who is near; and merchants, stops and goods once for all.
    assert len(db.statements) == 6
    async with db.acquire() as conn:
        plan = "\n".join(
            row[0]
            for row in await conn.fetch(
                "EXPLAIN (COSTS off) "
                + passing._PASSING.replace("$1", "-8.15")
                .replace("$2", "113.2")
                .replace("$3", "400")
                .replace("$4::date[]", "ARRAY[date '2026-02-04']")
            )
        )
        ways = await passing.candidates(conn, GeoPoint(lat=-8.15, lng=113.2), 2_000, [WEDNESDAY])
    assert "route_stop_leg_of_week" in plan
    assert len(ways) <= 1_000
