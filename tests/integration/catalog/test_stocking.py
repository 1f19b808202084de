"""Stock beside orders: received, sold, spoilt, counted and moved between places; every change is a movement, and places add up."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.catalog import VariantId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    KLENGKENG_KG,
    MIN,
    SRI,
    Counting,
    Graph,
    an_order,
    cancelled,
    confirmed,
    hear,
    picked_up,
    states,
    stock_of,
    stock_up,
    trip_cancelled,
)
from tests.worlds.payloads import PROBLEMS, done, problems, refused
from tests.worlds.stalls import (
    CLOSE,
    COUNT,
    MOVE,
    MOVEMENTS,
    PLACE,
    RECEIVE,
    SELL,
    SPOIL,
    Keys,
    books_that_do_not_add_up,
    items,
    lies,
    movements,
)

CHANGE = f"""mutation($id: ID!, $called: String, $position: Int) {{
    answer: changeStockPlace(id: $id, name: $called, position: $position) {{ {PROBLEMS} place {{ name position }} }} }}"""
PLACES = """query($id: ID!) { merchant(id: $id) { stockPlaces { name position status history { action byHub } }
    shelves { edges { node { id } } } loadTemplates { id } } }"""
LIES = "query($id: ID!) { node(id: $id) { ... on Variant { stockAtPlaces { onHand place { name } } } } }"

key = Keys()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, name: str = "bu-sri", **given: Any) -> Any:
    return (await graph.data(document, role="merchant", name=name, **given))["answer"]


async def _do(graph: Graph, document: str, *amounts: tuple[VariantId, int], **given: Any) -> Any:
    return done(await _ask(graph, document, items=items(*amounts), key=key(), **given))


async def _home(graph: Graph, called: str = "di rumah") -> str:
    return str(done(await _ask(graph, PLACE, id=str(SRI), called=called, key=key()))["id"])


async def test_each_thing_that_happens_is_a_movement_with_who_and_why(graph: Graph, db: Database) -> None:
    await _do(graph, RECEIVE, (BAYAM_IKAT, 5), (KELAPA_PASANG, 2), note="dari Pasar Baru")
    await _do(graph, SELL, (BAYAM_IKAT, 3))
    await _do(graph, SPOIL, (BAYAM_IKAT, 1), note="layu")
    there = await _do(graph, COUNT, (BAYAM_IKAT, 9), note="dua hilang")
    assert there == [{"id": str(BAYAM_IKAT), "available": 9, "stock": {"onHand": 9, "reserved": 0, "onCounter": 0}}]
    assert await movements(graph, BAYAM_IKAT) == [
        ("OPENED", 10, 0, 0, None),
        ("RECEIVED", 5, 0, 0, None),
        ("SOLD", -3, 0, 0, None),
        ("SPOILED", -1, 0, 0, None),
        ("COUNTED", -2, 0, 0, None),
    ]
    answer = await graph.data(MOVEMENTS, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), first=2)
    page = answer["node"]["stockMovements"]
    assert [each["node"]["note"] for each in page["edges"]] == ["dua hilang", "layu"]
    assert all(each["node"]["memberId"].startswith("mem_") for each in page["edges"])
    after = page["pageInfo"]["endCursor"]
    answer = await graph.data(MOVEMENTS, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), first=5, after=after)
    rest = answer["node"]["stockMovements"]
    assert [each["node"]["cause"] for each in rest["edges"]] == ["SOLD", "RECEIVED", "OPENED"]
    assert not rest["pageInfo"]["hasNextPage"]
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize("document", [RECEIVE, SELL, SPOIL, COUNT])
async def test_a_repeat_is_the_same_one(graph: Graph, db: Database, document: str) -> None:
    tap = key()
    for _ in range(2):
        done(await _ask(graph, document, items=items((BAYAM_IKAT, 2)), key=tap))
    assert len(await movements(graph, BAYAM_IKAT)) == 2
    other = refused(await _ask(graph, document, items=items((BAYAM_IKAT, 3)), key=tap))
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_all_that_is_wrong_is_told_and_nothing_is_done(graph: Graph, db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 8)))
    wrong = items((BAYAM_IKAT, 3), (KELAPA_PASANG, 0), (KLENGKENG_KG, 250))
    for document in (SELL, SPOIL):
        assert problems(await _ask(graph, document, items=wrong, key=key())) == [
            {"code": "OUT_OF_STOCK", "field": "items.0.quantity", "limit": 2, "unit": "BASE_UNIT"},
            {
                "code": "INVALID_QUANTITY",
                "field": "items.1.quantity",
                "minimum": 1,
                "limit": 1_000_000_000,
                "unit": "BASE_UNIT",
            },
            {"code": "NOT_FOUND", "field": "items.2.variantId"},
        ]
    counted = refused(await _ask(graph, COUNT, items=items((BAYAM_IKAT, 7), (KELAPA_PASANG, 3)), key=key()))
    assert (counted["code"], counted["minimum"]) == ("INVALID_QUANTITY", 8)
    received = refused(await _ask(graph, RECEIVE, items=items((BAYAM_IKAT, 1_000_000_000)), key=key()))
    assert (received["code"], received["limit"]) == ("INVALID_QUANTITY", 999_999_990)
    assert await stock_of(db, KELAPA_PASANG) == (20, 0)
    for bad in (items(), items((BAYAM_IKAT, 1), (BAYAM_IKAT, 2))):
        assert await graph.code(SELL, role="merchant", name="bu-sri", items=bad, key=key()) == "BAD_USER_INPUT"
    bad_note = {"items": items((BAYAM_IKAT, 1)), "key": key(), "note": "a\u202eb"}
    assert await graph.code(SELL, role="merchant", name="bu-sri", **bad_note) == "BAD_USER_INPUT"


async def test_a_count_holds_what_is_packed_on_the_counter(graph: Graph, db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, confirmed(order))
    await _do(graph, COUNT, (BAYAM_IKAT, 10))
    assert (await movements(graph, BAYAM_IKAT))[-1] == ("CONFIRMED", 0, -3, 3, None)
    await _do(graph, COUNT, (BAYAM_IKAT, 3))  # what is packed, and nothing else
    assert await stock_of(db, BAYAM_IKAT) == (0, 0)


async def test_goods_in_places_are_sold_as_one_stock_and_packed_in_their_order(graph: Graph, db: Database) -> None:
    home, stall = await _home(graph), await _home(graph, "lapak")
    assert done(await _ask(graph, CHANGE, id=stall, position=1)) == {"name": "lapak", "position": 1}
    assert done(await _ask(graph, CHANGE, id=home, position=2)) == {"name": "di rumah", "position": 2}
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 4)), to=home, key=key()))
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 1)), **{"from": home}, to=stall, key=key()))
    await _do(graph, RECEIVE, (BAYAM_IKAT, 3), place=stall)
    assert await lies(db, BAYAM_IKAT) == {"here": 6, "di rumah": 3, "lapak": 4}
    order = an_order((BAYAM_IKAT, 12))
    await hear(db, order)
    assert await lies(db, BAYAM_IKAT) == {"here": 6, "di rumah": 3, "lapak": 4}  # where it is packed is not known yet
    await hear(db, confirmed(order))
    assert await lies(db, BAYAM_IKAT) == {"here": 0, "di rumah": 1, "lapak": 0}
    assert await books_that_do_not_add_up(db) == []
    await hear(db, cancelled(order), trip_cancelled(order))
    assert await lies(db, BAYAM_IKAT) == {"here": 6, "di rumah": 3, "lapak": 4}  # back where it was
    assert await books_that_do_not_add_up(db) == []
    answer = await graph.data(LIES, role="merchant", name="bu-sri", id=str(BAYAM_IKAT))
    assert answer["node"]["stockAtPlaces"] == [
        {"onHand": 4, "place": {"name": "lapak"}},
        {"onHand": 3, "place": {"name": "di rumah"}},
    ]


async def test_goods_of_an_order_that_were_fetched_from_a_place_do_not_come_back(graph: Graph, db: Database) -> None:
    home = await _home(graph)
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 8)), to=home, key=key()))
    order = an_order((BAYAM_IKAT, 5))
    await hear(db, order, confirmed(order), picked_up(order), cancelled(order))
    assert await lies(db, BAYAM_IKAT) == {"here": 0, "di rumah": 5}
    assert [each for each in await movements(graph, BAYAM_IKAT) if each[4]] == [
        ("MOVED", 8, 0, 0, "di rumah"),
        ("CONFIRMED", -3, 0, 0, "di rumah"),
    ]
    assert await books_that_do_not_add_up(db) == []


async def test_of_a_place_no_more_is_taken_than_lies_there_and_is_not_kept(graph: Graph, db: Database) -> None:
    home = await _home(graph)
    await _do(graph, RECEIVE, (BAYAM_IKAT, 3), place=home)
    assert refused(await _ask(graph, SELL, items=items((BAYAM_IKAT, 4)), key=key(), place=home))["limit"] == 3
    assert refused(await _ask(graph, SELL, items=items((BAYAM_IKAT, 11)), key=key()))["limit"] == 10
    await hear(db, an_order((BAYAM_IKAT, 12)))
    assert refused(await _ask(graph, SELL, items=items((BAYAM_IKAT, 3)), key=key(), place=home))["limit"] == 1
    await _do(graph, SELL, (BAYAM_IKAT, 1), place=home)
    assert await lies(db, BAYAM_IKAT) == {"here": 10, "di rumah": 2}
    counted = refused(await _ask(graph, COUNT, items=items((BAYAM_IKAT, 1)), key=key(), place=home))
    assert (counted["minimum"], counted["limit"]) == (2, 999_999_990)  # of twelve that are kept, ten lie elsewhere
    await _do(graph, COUNT, (BAYAM_IKAT, 6), place=home)
    assert await stock_of(db, BAYAM_IKAT) == (16, 12)
    assert refused(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 7)), **{"from": home}, key=key()))["limit"] == 6
    assert await books_that_do_not_add_up(db) == []


async def test_a_place_is_closed_when_nothing_lies_there(graph: Graph, db: Database) -> None:
    home = await _home(graph)
    await _do(graph, RECEIVE, (BAYAM_IKAT, 3), place=home)
    order = an_order((BAYAM_IKAT, 13))
    await hear(db, order)
    assert refused(await _ask(graph, CLOSE, id=home)) == {"code": "PLACE_NOT_EMPTY", "field": "id"}
    await hear(db, confirmed(order))
    for _ in range(2):
        assert done(await _ask(graph, CLOSE, id=home)) == {"status": "CLOSED"}
    await hear(db, cancelled(order), trip_cancelled(order))
    assert await lies(db, BAYAM_IKAT) == {"here": 13, "di rumah": 0}  # that place is none any more
    gone = {"code": "WRONG_STATE", "status": "CLOSED"}
    assert refused(await _ask(graph, RECEIVE, items=items((BAYAM_IKAT, 1)), key=key(), place=home)) == gone
    assert refused(await _ask(graph, CHANGE, id=home, called="x")) == gone
    assert await books_that_do_not_add_up(db) == []


async def test_places_are_the_merchants_own_and_few(graph: Graph, db: Database) -> None:
    tap = key()
    first = done(await _ask(graph, PLACE, id=str(SRI), called="di rumah", key=tap))
    assert done(await _ask(graph, PLACE, id=str(SRI), called="di rumah", key=tap)) == first
    for n in range(9):
        await _home(graph, f"rak {n}")
    full = refused(await _ask(graph, PLACE, id=str(SRI), called="satu lagi", key=key()))
    assert full == {"code": "TOO_MANY_PLACES", "limit": 10, "unit": "PLACE"}
    none = {"code": "NOT_FOUND"}
    assert refused(await _ask(graph, PLACE, "pak-min", id=str(SRI), called="x", key=key())) == none
    for document, given in (
        (CHANGE, {"id": first["id"], "called": "milik saya"}),
        (CLOSE, {"id": first["id"]}),
        (RECEIVE, {"items": items((KLENGKENG_KG, 250)), "key": key(), "place": first["id"]}),
        (SELL, {"items": items((BAYAM_IKAT, 1)), "key": key(), "place": first["id"]}),
        (MOVE, {"items": items((KLENGKENG_KG, 250)), "key": key(), "to": first["id"]}),
    ):
        assert refused(await _ask(graph, document, "pak-min", **given)) == none
    mine = (await graph.data(PLACES, role="merchant", name="bu-sri", id=str(SRI)))["merchant"]["stockPlaces"]
    assert [each["name"] for each in mine][:2] == ["di rumah", "rak 0"]
    assert mine[0]["history"] == [{"action": "CREATE", "byHub": False}]
    for role, name in ((None, "siti"), ("merchant", "pak-min")):
        found = (await graph.data(PLACES, role=role, name=name, id=str(SRI)))["merchant"]
        assert found == {"stockPlaces": [], "shelves": {"edges": []}, "loadTemplates": []}
        answer = await graph.data(MOVEMENTS, role=role, name=name, id=str(BAYAM_IKAT))
        assert answer["node"]["stockMovements"]["edges"] == []
        assert (await graph.data(LIES, role=role, name=name, id=str(BAYAM_IKAT)))["node"] == {"stockAtPlaces": []}


async def test_places_of_two_merchants_are_not_moved_between(graph: Graph, db: Database) -> None:
    home = await _home(graph)
    theirs = done((await graph.data(PLACE, role="ops", id=str(MIN), called="gudang", key=key()))["answer"])["id"]
    answer = await graph.data(MOVE, role="ops", items=items((BAYAM_IKAT, 1)), **{"from": home}, to=theirs, key=key())
    assert refused(answer["answer"]) == {"code": "NOT_FOUND"}
    same = {"items": items((BAYAM_IKAT, 1)), "from": home, "to": home, "key": key()}
    assert await graph.code(MOVE, role="merchant", name="bu-sri", **same) == "BAD_USER_INPUT"


async def test_what_the_image_before_takes_comes_from_the_places_too(graph: Graph, db: Database) -> None:
    """It knows of the whole alone."""
    home = await _home(graph)
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 6)), to=home, key=key()))
    async with transaction(db) as conn:
        await conn.execute("UPDATE stock_item SET on_hand = on_hand - 7 WHERE variant_id = $1", BAYAM_IKAT)
    assert await lies(db, BAYAM_IKAT) == {"here": 0, "di rumah": 3}
    assert await books_that_do_not_add_up(db) == []


async def test_an_order_on_goods_of_one_place_sends_no_statement_more(catalog: servers.TestDatabase) -> None:
    """Of what lies in several places as many as of what lies in one."""
    db = Counting(catalog.url)
    await db.open()
    await stock_up(db)
    graph = Graph.over(db)
    counts = []
    for split in (False, True):
        if split:
            home = await _home(graph)
            done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 6)), to=home, key=key()))
        order = an_order((BAYAM_IKAT, 3))
        db.statements.clear()
        await hear(db, order, confirmed(order), picked_up(order))
        counts.append(len([each for each in db.statements if "stock_" in each or "reservation" in each]))
    await db.close()
    assert counts[0] == counts[1] == 6, counts


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_at_place SET on_hand = on_hand + 1",
        "UPDATE stock_item SET elsewhere = elsewhere + 1 WHERE split",
        "UPDATE stock_item SET elsewhere = on_hand + 1 WHERE split",
        "UPDATE stock_item SET split = false WHERE split",
        "UPDATE stock_item SET mode = 'DAILY' WHERE split",
        "UPDATE stock_item SET mode = 'NOW AND THEN'",
        "UPDATE stock_at_place SET on_hand = -1",
        "UPDATE stock_place SET status = 'OFFERED'",
    ],
)
async def test_what_must_not_be_the_database_refuses(graph: Graph, db: Database, statement: str) -> None:
    home = await _home(graph)
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 6)), to=home, key=key()))
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(db) as conn:
            await conn.execute("SELECT set_config('wlijo.movement', '{\"cause\": \"UNEXPLAINED\"}', true)")
            await conn.execute(statement)
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ('{"cause": "RECEIVED", "subject": "s"}', "on_hand = on_hand - 1"),
        ('{"cause": "RECEIVED"}', "on_hand = on_hand + 1"),
        ('{"cause": "SOLD", "subject": "s"}', "on_hand = on_hand + 1"),
        ('{"cause": "SOLD"}', "on_hand = on_hand - 1"),
        ('{"cause": "SPOILED", "subject": "s"}', "on_hand = on_hand + 1"),
        ('{"cause": "MOVED", "subject": "s"}', "on_hand = on_hand + 1"),
        ('{"cause": "LOADED", "subject": "s"}', "reserved = reserved + 1"),
        ('{"cause": "RESET"}', "on_hand = on_hand + 1"),
        ('{"cause": "ASSUMED"}', "on_hand = on_hand - 1"),
    ],
)
async def test_a_movement_that_its_cause_does_not_make_is_refused(db: Database, cause: str, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(db) as conn:
            await conn.execute("SELECT set_config('wlijo.movement', $1, true)", cause)
            await conn.execute(f"UPDATE stock_item SET {change} WHERE variant_id = $1", BAYAM_IKAT)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM stock_movement WHERE place_id IS NOT NULL",
        "UPDATE stock_movement SET on_hand = on_hand + 1 WHERE place_id IS NULL AND cause = 'MOVED'",
        "UPDATE stock_movement SET elsewhere = elsewhere - 1 WHERE cause = 'MOVED' AND place_id IS NULL",
    ],
)
async def test_the_checker_sees_books_that_do_not_add_up(
    catalog: servers.TestDatabase, graph: Graph, db: Database, statement: str
) -> None:
    home = await _home(graph)
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 6)), to=home, key=key()))
    owner = await asyncpg.connect(catalog.owner_url)
    await owner.execute("ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_cause")
    await owner.execute(statement)
    await owner.close()
    assert await books_that_do_not_add_up(db) == ["SRI-BAYAM-IKAT"]


@pytest.mark.parametrize("table", ["stock_place_history", "stock_at_place", "stock_movement"])
async def test_what_was_done_is_never_taken_back(db: Database, table: str) -> None:
    async with db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"DELETE FROM {table}")


async def test_an_order_is_refused_by_the_whole_and_not_by_a_place(graph: Graph, db: Database) -> None:
    home = await _home(graph)
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 6)), to=home, key=key()))
    await hear(db, an_order((BAYAM_IKAT, 10)), an_order((BAYAM_IKAT, 1)))
    assert await states(db) == ["HELD", "REFUSED"]
