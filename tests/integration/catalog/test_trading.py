"""A merchant's people say when and how it trades, and that is shown and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.catalog.domain import trading
from services.catalog.domain.ids import ClosureId
from services.contracts.catalog import MerchantChanged
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.integration.catalog.test_rounds import AREA, TOMPOKERSAN
from tests.worlds import servers
from tests.worlds.catalog import SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, refused

SHOWN = """merchant { openNow opensNextAt alwaysOpen hours { weekday opensAt closesAt } closures { id startsAt endsAt note }
  pickupPoint { lat lng } autoAccept acceptWithinS preparationS }"""
HOURS = f"""mutation($id: ID!, $hours: [OpeningHoursInput!]!, $always: Boolean! = false) {{
  answer: setOpeningHours(id: $id, hours: $hours, alwaysOpen: $always) {{ {PROBLEMS} {SHOWN} }} }}"""
WAYS = f"""mutation($id: ID!, $input: MerchantWaysInput!) {{
  answer: setMerchantWays(id: $id, input: $input) {{ {PROBLEMS} {SHOWN} }} }}"""
SHUT = f"""mutation($id: ID!, $ends: DateTime!, $starts: DateTime, $note: String) {{
  answer: shutMerchant(id: $id, endsAt: $ends, startsAt: $starts, note: $note) {{ {PROBLEMS} {SHOWN} }} }}"""
AGAIN = f"""mutation($id: ID!, $closure: ID!) {{
  answer: openMerchantAgain(id: $id, closureId: $closure) {{ {PROBLEMS} {SHOWN} }} }}"""
NEVER: list[Any] = []


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, role: str = "merchant", name: str = "bu-sri", **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=name, id=str(SRI), **variables))["answer"]


async def _last(db: Database) -> MerchantChanged:
    _, payload = (await told(db))[-1]
    return decode(MerchantChanged, payload)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_a_week_is_set_whole_and_told(graph: Graph, db: Database) -> None:
    hours = [
        {"weekday": "MONDAY", "opensAt": "05:00", "closesAt": "10:30"},
        {"weekday": "SATURDAY", "opensAt": "20:00", "closesAt": "02:00"},
    ]
    shown = done(await _ask(graph, HOURS, hours=hours))
    assert [each["weekday"] for each in shown["hours"]] == ["MONDAY", "SATURDAY"]
    assert not shown["alwaysOpen"]
    assert shown["openNow"] == (shown["opensNextAt"] is None)
    heard = await _last(db)
    assert [(each.weekday, str(each.opens), str(each.closes)) for each in heard.hours] == [
        (0, "05:00:00", "10:30:00"),
        (5, "20:00:00", "02:00:00"),
    ]
    always = done(await _ask(graph, HOURS, hours=hours, always=True))
    assert (always["alwaysOpen"], always["hours"], always["openNow"], always["opensNextAt"]) == (True, [], True, None)
    never = done(await _ask(graph, HOURS, hours=NEVER))
    assert (never["openNow"], never["opensNextAt"]) == (False, None)


async def test_a_week_that_overlaps_is_refused_and_changes_nothing(graph: Graph, db: Database) -> None:
    before = done(await _ask(graph, WAYS, input={}))
    twice = [{"weekday": "MONDAY", "opensAt": "05:00", "closesAt": "10:00"}] * 2
    assert refused(await _ask(graph, HOURS, hours=twice)) == {"code": "INVALID_HOURS", "field": "hours"}
    assert done(await _ask(graph, WAYS, input={})) == before


async def test_shut_now_it_says_when_it_opens_and_opens_again_when_told(graph: Graph, db: Database) -> None:
    done(await _ask(graph, HOURS, hours=NEVER, always=True))
    ends = datetime.now(UTC) + timedelta(hours=3)
    shut = done(await _ask(graph, SHUT, ends=_text(ends), note="  ada hajatan "))
    (closure,) = shut["closures"]
    assert (closure["note"], closure["endsAt"], shut["opensNextAt"]) == ("ada hajatan", _text(ends), _text(ends))
    assert not shut["openNow"]
    assert [each.ends for each in (await _last(db)).closures] == [datetime.fromisoformat(closure["endsAt"])]
    for _ in range(2):
        again = done(await _ask(graph, AGAIN, closure=closure["id"]))
        assert (again["openNow"], again["closures"]) == (True, [])
    assert (await _last(db)).closures == []
    number = len(await told(db))
    done(await _ask(graph, AGAIN, closure=str(ClosureId.new())))
    assert len(await told(db)) == number


async def test_a_holiday_ahead_shuts_nothing_yet(graph: Graph) -> None:
    done(await _ask(graph, HOURS, hours=NEVER, always=True))
    starts = datetime.now(UTC) + timedelta(days=20)
    planned = done(await _ask(graph, SHUT, starts=_text(starts), ends=_text(starts + timedelta(days=3))))
    assert (planned["openNow"], planned["opensNextAt"]) == (True, None)
    assert [each["startsAt"] for each in planned["closures"]] == [_text(starts)]


async def test_closures_are_bounded_also_of_many_at_once(graph: Graph) -> None:
    ends = _text(datetime.now(UTC) + timedelta(hours=3))
    answers = await asyncio.gather(*(_ask(graph, SHUT, ends=ends) for _ in range(trading.MAX_CLOSURES + 2)))
    no = {"code": "TOO_MANY_CLOSURES", "limit": trading.MAX_CLOSURES, "unit": "CLOSURE"}
    assert [refused(each) for each in answers if each["problems"]] == [no, no]
    over = _text(datetime.now(UTC) - timedelta(hours=3))
    assert refused(await _ask(graph, SHUT, ends=over)) == {"code": "INVALID_TIME", "field": "endsAt"}


async def test_how_it_trades_is_changed_in_part(graph: Graph, db: Database) -> None:
    before = done(await _ask(graph, WAYS, input={}))
    point = {"lat": -8.1291, "lng": 113.2241}
    moved = done(await _ask(graph, WAYS, input={"pickupPoint": point, "preparationS": 900}))
    assert moved == {**before, "pickupPoint": point, "preparationS": 900}
    heard = await _last(db)
    assert (heard.pickup_point.lat, heard.prep_time_s, heard.accept_within_s) == (-8.1291, 900, before["acceptWithinS"])
    far = {"lat": -8.2134, "lng": 112.9866}
    assert refused(await _ask(graph, WAYS, input={"pickupPoint": far}))["field"] == "input.pickupPoint"
    slow = refused(await _ask(graph, WAYS, input={"acceptWithinS": 5}))
    assert slow == {
        "code": "INVALID_DURATION",
        "field": "input.acceptWithinS",
        "minimum": 60,
        "limit": 1800,
        "unit": "SECOND",
    }
    assert done(await _ask(graph, WAYS, input={})) == moved


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (HOURS, {"hours": NEVER}),
        (WAYS, {"input": {}}),
        (SHUT, {"ends": "2030-01-01T00:00:00Z"}),
        (AGAIN, {"closure": str(ClosureId.seeded("x"))}),
    ],
    ids=["hours", "ways", "shut", "again"],
)
async def test_it_is_for_its_own_people_and_operators(graph: Graph, document: str, variables: dict[str, Any]) -> None:
    assert refused(await _ask(graph, document, name="cak-di", **variables)) == {"code": "NOT_FOUND"}
    answer = await _ask(graph, document, role="ops", name="ops", **variables)
    assert "NOT_FOUND" not in [each["code"] for each in answer["problems"]]


async def test_an_area_is_set_shown_and_told(graph: Graph, db: Database) -> None:
    serves = "query($id: ID!, $point: PointInput!) { merchant(id: $id) { servesPoint(point: $point) } }"
    far = {"lat": -8.2451, "lng": 113.1029}  # Pasirian
    assert (await graph.data(serves, id=str(SRI), point=far))["merchant"]["servesPoint"]
    shown = done(await _ask(graph, AREA, radius=2_000, codes=["35.08.15", "35.08.10"]))
    assert shown["servingArea"] == {"radiusM": 2_000, "kecamatanCodes": ["35.08.10", "35.08.15"]}
    heard = decode(MerchantChanged, (await told(db))[-1][1])
    assert (heard.serves_radius_m, heard.serves_kecamatan) == (2_000, ["35.08.10", "35.08.15"])
    for point, expected in ((far, False), (TOMPOKERSAN, True), ({"lat": 0, "lng": 0}, False)):
        assert (await graph.data(serves, id=str(SRI), point=point))["merchant"]["servesPoint"] is expected
    assert done(await _ask(graph, AREA))["servingArea"] is None
    low = refused(await _ask(graph, AREA, radius=1))
    assert low == {"code": "INVALID_QUANTITY", "field": "radiusM", "minimum": 500, "limit": 50_000, "unit": "METRE"}
    unknown = refused(await _ask(graph, AREA, codes=["35.08.10", "35.09.01"]))
    assert unknown == {"code": "UNKNOWN_REGION", "field": "kecamatanCodes.1"}
