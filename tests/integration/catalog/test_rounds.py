"""A wlijo's rounds: planned by her people, walked, seen by buyers while they last, and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from services.catalog.app import SERVICE
from services.catalog.commands import rounds as commands
from services.catalog.domain.caller import Caller
from services.catalog.schema import SCHEMA
from services.catalog.schema.context import Context, new_positions_limit
from services.contracts.catalog import (
    MerchantChanged,
    RoundEnded,
    RoundStarted,
    StopId,
)
from services.contracts.people import PersonId
from services.contracts.places import WIB, GeoPoint
from services.kit.database.db import Database, transaction
from services.kit.database.live import Live
from services.kit.graphql.app import graphql_routes
from services.kit.messaging.envelope import decode
from services.kit.messaging.timers import Timers
from tests.worlds import asgi, servers
from tests.worlds.catalog import MIN, SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, refused
from tests.worlds.tokens import Issuer

ROUND = "round { id day startedAt position { lat lng } lastSeenAt nextStop { label } etaAt }"
SHOWN = f"""merchant {{ route {{ weekday stops {{ id label point {{ lat lng }} arrivesAt nextDay orders orderUntilS }} }}
  servingArea {{ radiusM kecamatanCodes }} {ROUND} }}"""
SET = f"""mutation($id: ID!, $day: Weekday!, $stops: [RouteStopInput!]!) {{
  answer: setRoute(merchantId: $id, weekday: $day, stops: $stops) {{ {PROBLEMS} {SHOWN} }} }}"""
AREA = f"""mutation($id: ID!, $radius: Int, $codes: [String!]) {{
  answer: setServingArea(merchantId: $id, radiusM: $radius, kecamatanCodes: $codes) {{ {PROBLEMS} {SHOWN} }} }}"""
START = f"""mutation($id: ID!, $point: PointInput!) {{ answer: startRound(merchantId: $id, point: $point) {{ {PROBLEMS} {SHOWN} }} }}"""
REPORT = f"""mutation($id: ID!, $point: PointInput, $stop: ID) {{
  answer: reportRoundPosition(merchantId: $id, point: $point, stopId: $stop) {{ {PROBLEMS} {SHOWN} }} }}"""
END = f"mutation($id: ID!) {{ answer: endRound(merchantId: $id) {{ {PROBLEMS} {SHOWN} }} }}"
MERCHANT = f"query($id: ID!) {{ merchant(id: $id) {{ pickupPoint {{ lat lng }} {ROUND} }} }}"
HOME = {"lat": -8.1291, "lng": 113.2241}
TOMPOKERSAN, JOGOYUDAN = {"lat": -8.1274, "lng": 113.2263}, {"lat": -8.1328, "lng": 113.2212}
WEDNESDAY = date(2026, 2, 4)  # Tompokersan 06:15, Jogoyudan 07:10


def _at(clock: str, day: date = WEDNESDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), WIB)


async def set_clock(db: Database, at: datetime) -> None:
    async with db.acquire() as conn:
        await conn.execute(
            """INSERT INTO clock_shift (shift) VALUES ($1 - clock_timestamp())
               ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift""",
            at,
        )


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    await set_clock(opened, _at("06:00"))
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, role: str = "merchant", name: str = "bu-sri", **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=name, **{"id": str(SRI), **variables}))["answer"]


async def _seen(graph: Graph) -> Any:
    """Her round, as a guest sees it."""
    return (await graph.data(MERCHANT, id=str(SRI)))["merchant"]["round"]


async def _events(db: Database, like: str) -> list[str]:
    return [kind for kind, _ in await told(db, like)]


async def _fire(db: Database) -> None:
    timers = Timers(db, SERVICE.timers if not callable(SERVICE.timers) else {})
    while await timers.fire_one():
        pass


def _stop(clock: str, **more: Any) -> dict[str, Any]:
    return {"label": f"Pukul {clock}", "point": HOME, "arrivesAt": clock, **more}


async def test_a_day_is_set_whole_and_a_stop_that_is_kept_keeps_its_id(graph: Graph, db: Database) -> None:
    made = done(await _ask(graph, SET, day="FRIDAY", stops=[_stop("22:00"), _stop("23:30"), _stop("00:15")]))
    (friday,) = [each for each in made["route"] if each["weekday"] == "FRIDAY"]
    assert [each["nextDay"] for each in friday["stops"]] == [False, False, True]
    first, second, third = (each["id"] for each in friday["stops"])
    kept = [
        _stop("21:00"),
        {**_stop("22:30", orders=5, orderUntilS=7_200), "id": third},
        {**_stop("23:45"), "id": first},
    ]
    after = done(await _ask(graph, SET, day="FRIDAY", stops=kept))
    (friday,) = [each for each in after["route"] if each["weekday"] == "FRIDAY"]
    assert [each["id"] for each in friday["stops"]][1:] == [third, first]
    assert friday["stops"][0]["id"] not in (first, second, third)
    assert (friday["stops"][1]["orders"], friday["stops"][1]["orderUntilS"]) == (5, 7_200)

    _, payload = (await told(db))[-1]
    heard = decode(MerchantChanged, payload)
    assert [(each.weekday, str(each.arrives)) for each in heard.stops] == [
        (0, "06:15:00"), (2, "06:15:00"), (2, "07:10:00"), (4, "21:00:00"), (4, "22:30:00"), (4, "23:45:00"),
    ]  # fmt: skip
    assert (heard.stops[4].stop_id, heard.stops[4].orders) == (StopId.parse(third), 5)
    assert [each["weekday"] for each in done(await _ask(graph, SET, day="FRIDAY", stops=[]))["route"]] == [
        "MONDAY",
        "WEDNESDAY",
    ]
    async with db.acquire() as conn:
        noted = await conn.fetch("SELECT what, weekday, subject FROM route_change ORDER BY id")
    assert [tuple(each) for each in noted] == [("ROUTE", 4, str(PersonId.seeded("bu-sri")))] * 3


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ([_stop("06:00"), _stop("05:00")], {"code": "INVALID_TIME", "field": "stops.1.arrivesAt"}),
        ([_stop("00:00")] * 31, {"code": "TOO_MANY_STOPS", "field": "stops", "limit": 30, "unit": "STOP"}),
        (
            [{**_stop("06:00"), "point": {"lat": -7.25, "lng": 112.75}}],
            {"code": "OUTSIDE_REGION", "field": "stops.0.point"},
        ),
        (
            [_stop("06:00", orders=101)],
            {"code": "INVALID_QUANTITY", "field": "stops.0.orders", "minimum": 0, "limit": 100, "unit": "ORDER"},
        ),
        (
            [_stop("06:00", orderUntilS=-1)],
            {
                "code": "INVALID_DURATION",
                "field": "stops.0.orderUntilS",
                "minimum": 0,
                "limit": 172_800,
                "unit": "SECOND",
            },
        ),
        ([{**_stop("06:00"), "id": str(StopId.new())}], {"code": "NOT_FOUND", "field": "stops.0.id"}),
    ],
)
async def test_what_cannot_be_a_round_is_refused_and_nothing_changes(
    graph: Graph, db: Database, stops: list[Any], expected: dict[str, Any]
) -> None:
    assert refused(await _ask(graph, SET, day="FRIDAY", stops=stops)) == expected
    assert await told(db) == []


async def test_rounds_of_two_days_do_not_meet(graph: Graph) -> None:
    done(await _ask(graph, SET, day="FRIDAY", stops=[_stop("22:00"), _stop("03:00")]))
    saturday = refused(await _ask(graph, SET, day="SATURDAY", stops=[_stop("03:00")]))
    assert saturday == {"code": "INVALID_TIME", "field": "stops.0.arrivesAt"}
    done(await _ask(graph, SET, day="SATURDAY", stops=[_stop("03:01")]))
    later = refused(await _ask(graph, SET, day="FRIDAY", stops=[_stop("22:00"), _stop("03:30")]))
    assert later == {"code": "INVALID_TIME", "field": "stops.1.arrivesAt"}


async def test_a_stop_is_of_its_own_day_and_its_own_wlijo(graph: Graph) -> None:
    made = done(await _ask(graph, SET, day="FRIDAY", stops=[_stop("06:00")]))
    (friday,) = [each for each in made["route"] if each["weekday"] == "FRIDAY"]
    other = {**_stop("06:00"), "id": friday["stops"][0]["id"]}
    assert refused(await _ask(graph, SET, day="SUNDAY", stops=[other]))["code"] == "NOT_FOUND"
    twice = [other, {**other, "arrivesAt": "07:00"}]
    code = await graph.code(SET, role="merchant", name="bu-sri", id=str(SRI), day="FRIDAY", stops=twice)
    assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize("document", [SET, START, REPORT, END, AREA])
async def test_only_her_own_people_change_any_of_it(graph: Graph, db: Database, document: str) -> None:
    given: dict[str, Any] = {"day": "FRIDAY", "stops": [], "point": HOME}
    assert refused(await _ask(graph, document, name="pak-min", **given))["code"] == "NOT_FOUND"
    assert await told(db) == []
    assert await graph.code(document, role="buyer", name="siti", id=str(SRI), **given) == "FORBIDDEN"
    assert await graph.code(document, id=str(SRI), **given) == "UNAUTHENTICATED"


async def test_operators_set_rounds_and_walk_none(graph: Graph) -> None:
    done(await _ask(graph, SET, role="ops", name="ops", day="FRIDAY", stops=[_stop("06:00")]))
    assert await graph.code(START, role="ops", name="ops", id=str(SRI), point=HOME) == "FORBIDDEN"


async def test_who_sells_in_one_place_goes_on_no_rounds(graph: Graph) -> None:
    for document in (SET, START):
        answer = await _ask(graph, document, name="pak-min", id=str(MIN), day="FRIDAY", stops=[], point=HOME)
        assert refused(answer) == {"code": "NOT_A_WLIJO"}


async def test_a_round_is_seen_by_everybody_while_it_lasts_and_forgotten(graph: Graph, db: Database) -> None:
    assert await _seen(graph) is None
    done(await _ask(graph, START, point=HOME))
    seen = await _seen(graph)
    assert (seen["day"], seen["position"]) == ("2026-02-04", {"lat": -8.129, "lng": 113.224})  # to a hundred metres
    assert (seen["nextStop"], seen["etaAt"]) == ({"label": "Tompokersan"}, "2026-02-03T23:15:00.000Z")

    await set_clock(db, _at("06:25"))
    done(await _ask(graph, REPORT, point={"lat": -8.1275, "lng": 113.2262}))
    seen = await _seen(graph)
    assert (seen["nextStop"]["label"], seen["etaAt"][:16]) == ("Jogoyudan", "2026-02-04T00:20")  # ten minutes late

    await set_clock(db, _at("07:00"))
    stale = await _seen(graph)
    assert stale["position"] is None  # where she was 35 minutes ago
    stop = str(StopId.seeded("sri/2/1"))
    reached = done(await _ask(graph, REPORT, stop=stop))["round"]  # by a tap, early
    assert reached["position"] == {"lat": -8.133, "lng": 113.221}
    assert (reached["nextStop"], reached["etaAt"]) == (None, None)

    assert done(await _ask(graph, END))["round"] is None
    assert await _seen(graph) is None
    done(await _ask(graph, END))
    assert refused(await _ask(graph, REPORT, point=HOME)) == {"code": "NO_ROUND"}
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM wlijo_position") == 0
    started, ended = await told(db)
    begun, over = decode(RoundStarted, started[1]), decode(RoundEnded, ended[1])
    assert (begun.round_id, begun.merchant_id, begun.day) == (over.round_id, SRI, WEDNESDAY)
    assert not over.by_itself
    assert b"lat" not in started[1] + ended[1]


async def test_her_own_place_is_told_to_others_to_a_hundred_metres(graph: Graph) -> None:
    """Negative control: her own people, and the platform, see it as it is."""
    assert (await graph.data(MERCHANT, id=str(SRI)))["merchant"]["pickupPoint"] == {"lat": -8.129, "lng": 113.224}
    for role, name in (("merchant", "bu-sri"), ("ops", "ops")):
        own = await graph.data(MERCHANT, role=role, name=name, id=str(SRI))
        assert own["merchant"]["pickupPoint"] == HOME
    shop = await graph.data(MERCHANT, id=str(MIN))
    assert shop["merchant"]["pickupPoint"] == {"lat": -8.1059, "lng": 113.2362}


async def test_two_phones_of_one_wlijo_walk_one_round_and_the_newest_place_is_kept(graph: Graph, db: Database) -> None:
    answers = await asyncio.gather(*(_ask(graph, START, point=HOME) for _ in range(4)))
    assert len({done(each)["round"]["id"] for each in answers}) == 1
    assert await _events(db, "%round%") == ["catalog.round_started.v1"]
    await set_clock(db, _at("06:01"))
    await asyncio.gather(*(_ask(graph, REPORT, point=point) for point in (TOMPOKERSAN, JOGOYUDAN)))
    seen = (await _seen(graph))["position"]
    assert seen in ({"lat": -8.127, "lng": 113.226}, {"lat": -8.133, "lng": 113.221})
    await set_clock(db, _at("06:02"))
    done(await _ask(graph, REPORT, point=HOME))
    assert (await _seen(graph))["position"] == {"lat": -8.129, "lng": 113.224}


async def test_a_flood_of_places_counts_once_a_second_and_is_told_to_nobody(graph: Graph, db: Database) -> None:
    done(await _ask(graph, START, point=HOME))
    async with db.acquire() as conn:
        before = await conn.fetchval("SELECT count(*) FROM outbox")
    for _ in range(5):
        async with transaction(db) as conn:
            await conn.execute("UPDATE wlijo_position SET seen_at = wlijo_now()")  # heard this moment
        done(await _ask(graph, REPORT, point=TOMPOKERSAN))
        assert (await _seen(graph))["position"] == {"lat": -8.129, "lng": 113.224}
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox") == before


async def test_a_clock_that_was_set_back_stops_nothing(graph: Graph, db: Database) -> None:
    done(await _ask(graph, START, point=HOME))
    await set_clock(db, _at("05:30"))
    done(await _ask(graph, REPORT, point=TOMPOKERSAN))
    assert (await _seen(graph))["position"] == {"lat": -8.127, "lng": 113.226}


@pytest.mark.usefixtures("rates_stand_still")
async def test_one_person_reports_at_a_bounded_rate(db: Database) -> None:
    issuer, limit = Issuer(), new_positions_limit()
    routes = graphql_routes(
        SCHEMA, verifier=issuer.verifier(), context=lambda identity: Context(identity, db, positions_limit=limit)
    )
    graph = Graph(Starlette(routes=routes), issuer)
    done(await _ask(graph, START, point=HOME))
    codes = {each["code"] for _ in range(60) for each in (await _ask(graph, REPORT, point=HOME))["problems"]}
    assert codes == {"RATE_LIMITED"}


@pytest.mark.parametrize(
    ("point", "code"),
    [({"lat": 0, "lng": 0}, "OUTSIDE_REGION"), ({"lat": -8.108, "lng": 112.925}, "OUT_OF_AREA")],
)
async def test_a_place_off_the_island_is_no_place_of_hers(graph: Graph, point: Any, code: str) -> None:
    assert refused(await _ask(graph, START, point=point)) == {"code": code, "field": "point"}
    done(await _ask(graph, START, point=HOME))
    assert refused(await _ask(graph, REPORT, point=point)) == {"code": code, "field": "point"}
    assert await graph.code(REPORT, role="merchant", name="bu-sri", id=str(SRI)) == "BAD_USER_INPUT"


async def test_a_round_ends_by_itself_after_a_silence(graph: Graph, db: Database) -> None:
    done(await _ask(graph, START, point=HOME))
    await set_clock(db, _at("06:50"))
    done(await _ask(graph, REPORT, point=HOME))
    await set_clock(db, _at("07:01"))
    await _fire(db)  # an hour after the start, but eleven minutes after she was seen
    assert await _seen(graph) is not None
    await set_clock(db, _at("07:51"))
    await _fire(db)
    assert await _seen(graph) is None
    _, payload = (await told(db))[-1]
    assert decode(RoundEnded, payload).by_itself
    await _fire(db)
    assert await _events(db, "%round%") == ["catalog.round_started.v1", "catalog.round_ended.v1"]


async def test_a_round_ends_with_its_plan_though_she_is_still_seen(graph: Graph, db: Database) -> None:
    done(await _ask(graph, START, point=HOME))
    for clock in ("06:50", "07:40", "08:30", "09:09"):  # the last stop is at 07:10
        await set_clock(db, _at(clock))
        done(await _ask(graph, REPORT, point=HOME))
        await _fire(db)
        assert await _seen(graph) is not None
    await set_clock(db, _at("09:11"))
    await _fire(db)
    assert await _seen(graph) is None


async def test_who_may_not_sell_is_seen_no_more(graph: Graph, db: Database) -> None:
    done(await _ask(graph, START, point=HOME))
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", SRI)
    assert await _seen(graph) is None
    assert refused(await _ask(graph, REPORT, point=HOME)) == {"code": "NO_ROUND"}
    done(await _ask(graph, END))
    assert refused(await _ask(graph, START, point=HOME)) == {"code": "WRONG_STATE", "status": "SUSPENDED"}


async def test_rounds_of_one_day_are_so_many(graph: Graph, db: Database) -> None:
    for minute in range(10):
        await set_clock(db, _at(f"06:{minute:02}"))
        done(await _ask(graph, START, point=HOME))
        done(await _ask(graph, END))
    answer = refused(await _ask(graph, START, point=HOME))
    assert answer == {"code": "TOO_MANY_ROUNDS", "limit": 10, "unit": "ROUND"}
    await set_clock(db, _at("06:00", WEDNESDAY + timedelta(days=1)))
    done(await _ask(graph, START, point=HOME))


async def test_a_follower_sees_her_set_out_move_and_come_home(db: Database) -> None:
    issuer, live = Issuer(), Live(db)
    listening = asyncio.create_task(live.run())
    app = Starlette(
        routes=graphql_routes(
            SCHEMA, verifier=issuer.verifier(), context=lambda identity: Context(identity, db, live=live)
        )
    )
    sri = Caller(member=str(PersonId.seeded("bu-sri")))
    follow = (
        "subscription($id: ID!) { roundChanged(merchantId: $id) { round { position { lat } nextStop { label } } } }"
    )
    async with asgi.socket(app) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(follow, id=str(SRI))

        async def following() -> Any:
            message = await socket.receive()
            assert message["type"] == "next", message
            return message["payload"]["data"]["roundChanged"]["round"]

        assert await following() is None
        async with transaction(db) as conn:
            await commands.start(conn, sri, SRI, GeoPoint(**HOME), by=sri.member)
        assert await following() == {"position": {"lat": -8.129}, "nextStop": {"label": "Tompokersan"}}
        await set_clock(db, _at("06:05"))
        async with transaction(db) as conn:
            await commands.report(conn, sri, SRI, GeoPoint(**TOMPOKERSAN))
        assert await following() == {"position": {"lat": -8.127}, "nextStop": {"label": "Jogoyudan"}}
        async with transaction(db) as conn:
            await commands.end(conn, sri, SRI, by=sri.member)
        assert await following() is None
    async with asgi.socket(app) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(follow, id="mer_01ep341r00ed7ammdcsc56fsr0")
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")
    listening.cancel()
