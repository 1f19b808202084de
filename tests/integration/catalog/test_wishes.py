"""Who wants to know when a wlijo comes near: kept to a hundred metres, told once a day, taken back, and forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.catalog import hears
from services.contracts.catalog import WlijoNear
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.integration.catalog.test_rounds import (
    END,
    HOME,
    REPORT,
    START,
    TOMPOKERSAN,
    WEDNESDAY,
    _ask,
    _at,
    _events,
    set_clock,
)
from tests.worlds import servers
from tests.worlds.catalog import MIN, SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, refused

TELL = f"""mutation($id: ID!, $point: PointInput!) {{
  answer: tellMeWhenPassing(merchantId: $id, point: $point) {{ {PROBLEMS} wish {{ id point {{ lat lng }} merchant {{ name }} }} }} }}"""
NO_MORE = f"mutation($id: ID!) {{ answer: tellMeNoMore(merchantId: $id) {{ {PROBLEMS} merchant {{ name }} }} }}"
WISHES = "{ myPassingWishes { merchant { name } point { lat lng } } }"


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    await set_clock(opened, _at("06:00"))
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def test_who_asked_is_told_once_a_day_when_she_comes_near(graph: Graph, db: Database) -> None:
    near = {"lat": -8.12712, "lng": 113.22618}
    wish = done(await graph_answer(graph, TELL, "siti", point=near))
    assert wish["point"] == {"lat": -8.127, "lng": 113.226}  # as it is kept
    done(await graph_answer(graph, TELL, "budi", point={"lat": -8.16, "lng": 113.25}))
    done(await _ask(graph, START, point={"lat": -8.135, "lng": 113.224}))
    assert await _events(db, "%near%") == []
    for clock, point in (
        ("06:10", HOME),
        ("06:15", TOMPOKERSAN),
        ("06:40", {"lat": -8.135, "lng": 113.224}),
        ("06:50", HOME),
    ):
        await set_clock(db, _at(clock))
        done(await _ask(graph, REPORT, point=point))
    ((kind, payload),) = await told(db, "%near%")
    event = decode(WlijoNear, payload)
    assert (event.merchant_id, event.subject) == (SRI, str(PersonId.seeded("siti")))
    assert kind == "catalog.wlijo_near.v1"
    assert b"lat" not in payload
    assert b"113" not in payload.replace(str(event.wish_id).encode(), b"").replace(str(event.near_at).encode(), b"")
    # Asked anew, or on a second round of the day: told already.
    done(await graph_answer(graph, TELL, "siti", point=near))
    done(await _ask(graph, END))
    await set_clock(db, _at("07:30"))
    done(await _ask(graph, START, point=TOMPOKERSAN))
    assert len(await told(db, "%near%")) == 1
    done(await _ask(graph, END))
    await set_clock(db, _at("06:15", WEDNESDAY + timedelta(days=1)))
    done(await _ask(graph, START, point=TOMPOKERSAN))
    assert len(await told(db, "%near%")) == 2


async def graph_answer(graph: Graph, document: str, name: str, **variables: Any) -> Any:
    return (await graph.data(document, role="buyer", name=name, **{"id": str(SRI), **variables}))["answer"]


async def test_wishes_are_ones_own_and_bounded_and_taken_back(graph: Graph, db: Database) -> None:
    done(await graph_answer(graph, TELL, "siti", point=HOME))
    own = await graph.data(WISHES, role="buyer", name="siti")
    assert own["myPassingWishes"] == [{"merchant": {"name": "Wlijo Bu Sri"}, "point": {"lat": -8.129, "lng": 113.224}}]
    assert (await graph.data(WISHES, role="buyer", name="budi"))["myPassingWishes"] == []
    assert await graph.code(WISHES) == "UNAUTHENTICATED"
    assert refused(await graph_answer(graph, TELL, "siti", id=str(MIN), point=HOME)) == {"code": "NOT_A_WLIJO"}
    outside = refused(await graph_answer(graph, TELL, "siti", point={"lat": 1, "lng": 1}))
    assert outside == {"code": "OUTSIDE_REGION", "field": "point"}
    done(await graph_answer(graph, NO_MORE, "siti"))
    done(await graph_answer(graph, NO_MORE, "siti"))
    assert (await graph.data(WISHES, role="buyer", name="siti"))["myPassingWishes"] == []
    async with transaction(db) as conn:
        await conn.execute(
            """WITH made AS (
                   INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                                         accept_within_s, prep_time_s)
                   SELECT
                       gen_random_uuid(), 'wlijo-' || n, 'Wlijo', 'WLIJO', 'ACTIVE', '35.08.10', -8.13, 113.22, 'MIKRO', true, true, 300, 0
                   FROM generate_series(1, 20) AS n RETURNING id)
               INSERT INTO passing_wish (id, subject, merchant_id, lat, lng, made_at)
               SELECT gen_random_uuid(), $1, id, -8.13, 113.22, wlijo_now() FROM made""",
            str(PersonId.seeded("siti")),
        )
    too_many = refused(await graph_answer(graph, TELL, "siti", point=HOME))
    assert too_many == {"code": "TOO_MANY_WISHES", "limit": 20, "unit": "WISH"}


async def test_who_is_erased_wishes_nothing_and_is_nowhere(graph: Graph, db: Database) -> None:
    sri = PersonId.seeded("bu-sri")
    done(await _ask(graph, START, point=HOME))
    done(await graph_answer(graph, TELL, "siti", point=HOME))
    for person in (sri, PersonId.seeded("siti")):
        async with transaction(db) as conn:
            await hears.HANDLERS.handle(conn, PersonErased(person_id=person, erased_at=_at("06:00")))
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM passing_wish") == 0
        assert await conn.fetchval("SELECT count(*) FROM wlijo_position") == 0
    assert (await _events(db, "%round%"))[-1] == "catalog.round_ended.v1"
