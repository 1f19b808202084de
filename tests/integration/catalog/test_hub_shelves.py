"""A hub's shelf: both have agreed, the goods stay their merchant's, one stock is sold at the hub's counter and online."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Database
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
    confirmed,
    hear,
    states,
    stock_of,
    stock_up,
)
from tests.worlds.payloads import done, refused
from tests.worlds.stalls import (
    ACCEPT,
    COUNT,
    END,
    HUB,
    KUNIR,
    MOVE,
    OFFER,
    RECEIVE,
    SELL,
    SHELF,
    SPOIL,
    Keys,
    books_that_do_not_add_up,
    items,
    lies,
    movements,
)

SHELVES = """query($id: ID!) { merchant(id: $id) { shelves { edges { node {
    status merchant { name } hub { name } history { action byHub } } } } } }"""
MINE = "query($id: ID!) { merchant(id: $id) { stockPlaces { name status hub { name } } } }"
SEEN = """query($id: ID!) { node(id: $id) { ... on Variant { stock { onHand } stockAtPlaces { onHand } stockMovements { edges { node {
    cause } } } } } }"""

key = Keys()


@pytest.fixture
async def graph(db: Database) -> Graph:
    await stock_up(db, HUB)
    return Graph.over(db)


async def _ask(graph: Graph, document: str, name: str = "bu-sri", **given: Any) -> Any:
    return (await graph.data(document, role="merchant", name=name, **given))["answer"]


async def _shelf(graph: Graph, of: MerchantId = SRI, name: str = "bu-sri") -> str:
    offered = done(await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(of)))
    assert offered["status"] == "OFFERED"
    assert done(await _ask(graph, ACCEPT, name, id=offered["id"])) == {"id": offered["id"], "status": "OPEN"}
    return str(offered["id"])


async def _bring(graph: Graph, shelf: str, *amounts: tuple[VariantId, int]) -> None:
    done(await _ask(graph, MOVE, items=items(*amounts), to=shelf, key=key()))


async def _lying(graph: Graph, first: int = 20, after: str | None = None) -> list[tuple[str, str, int]]:
    page = (await graph.data(SHELF, id=str(KUNIR), first=first, after=after))["merchant"]["shelf"]
    found = [
        (
            edge["node"]["variant"]["product"]["merchant"]["name"],
            edge["node"]["variant"]["product"]["name"],
            edge["node"]["available"],
        )
        for edge in page["edges"]
    ]
    if page["pageInfo"]["hasNextPage"]:
        found += await _lying(graph, first, page["pageInfo"]["endCursor"])
    return found


async def test_a_shelf_is_offered_accepted_and_filled(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4), (KELAPA_PASANG, 6))
    of_min = await _shelf(graph, MIN, "pak-min")
    done(
        await _ask(graph, MOVE, "mbak-yuni", items=items((KLENGKENG_KG, 2000)), to=of_min, key=key())
    )  # staff bring goods too
    for first in (20, 1):
        assert sorted(await _lying(graph, first)) == [
            ("Kios Pak Min", "Klengkeng Kateki", 2000),
            ("Wlijo Bu Sri", "Bayam", 4),
            ("Wlijo Bu Sri", "Kelapa muda", 6),
        ]
    await hear(db, an_order((BAYAM_IKAT, 8)))  # online, of the one stock
    assert ("Wlijo Bu Sri", "Bayam", 2) in await _lying(graph)
    mine = (await graph.data(MINE, role="merchant", name="bu-sri", id=str(SRI)))["merchant"]["stockPlaces"]
    assert mine == [{"name": "Mall UMKM", "status": "OPEN", "hub": {"name": "Mall UMKM"}}]


async def test_the_hubs_counter_sells_and_counts_down_and_the_owner_reads_it(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4))
    done(await _ask(graph, SELL, "mbak-ika", items=items((BAYAM_IKAT, 1)), key=key(), place=shelf))
    done(await _ask(graph, COUNT, "mas-adi", items=items((BAYAM_IKAT, 2)), key=key(), place=shelf, note="satu rusak"))
    assert await lies(db, BAYAM_IKAT) == {"here": 6, "Mall UMKM": 2}
    assert (await movements(graph, BAYAM_IKAT))[1:] == [
        ("MOVED", -4, 0, 0, None),
        ("MOVED", 4, 0, 0, "Mall UMKM"),
        ("SOLD", -1, 0, 0, "Mall UMKM"),
        ("COUNTED", -1, 0, 0, "Mall UMKM"),
    ]
    async with db.acquire() as conn:
        who = await conn.fetch(
            "SELECT count(DISTINCT subject) FROM stock_movement WHERE cause IN ('SOLD', 'COUNTED') AND place_id IS NOT NULL"
        )
    assert who[0][0] == 2
    assert await books_that_do_not_add_up(db) == []


async def test_the_hub_touches_and_sees_nothing_but_its_shelf(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4))
    none = {"code": "NOT_FOUND"}
    not_there = {"code": "NOT_FOUND", "field": "items.0.variantId"}
    one, other = items((BAYAM_IKAT, 1)), items((KELAPA_PASANG, 1))

    async def hub(document: str, **given: Any) -> Any:
        return refused(await _ask(graph, document, "mbak-ika", key=key(), **given))

    assert await hub(SELL, items=other, place=shelf) == not_there  # hers, and not on the shelf
    assert await hub(COUNT, items=other, place=shelf) == not_there
    assert await hub(SELL, items=one) == not_there  # where she trades
    assert await hub(SPOIL, items=one, place=shelf) == none
    assert await hub(RECEIVE, items=one, place=shelf) == none
    assert await hub(MOVE, items=one, **{"from": shelf}) == none
    more = await hub(COUNT, items=items((BAYAM_IKAT, 5)), place=shelf)
    assert (more["code"], more["limit"]) == ("INVALID_QUANTITY", 4)  # it finds no more than was brought
    assert (await hub(SELL, items=items((BAYAM_IKAT, 5)), place=shelf))["limit"] == 4
    seen = (await graph.data(SEEN, role="merchant", name="mbak-ika", id=str(BAYAM_IKAT)))["node"]
    assert seen == {"stock": None, "stockAtPlaces": [], "stockMovements": {"edges": []}}
    assert await lies(db, BAYAM_IKAT) == {"here": 6, "Mall UMKM": 4}


async def test_another_merchant_has_nothing_to_do_with_a_shelf(graph: Graph, db: Database) -> None:
    offered = done(await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(SRI)))["id"]
    none = {"code": "NOT_FOUND"}
    for name in ("pak-min", "mas-adi"):  # the hub does not accept for her
        assert refused(await _ask(graph, ACCEPT, name, id=offered)) == none
    assert refused(await _ask(graph, END, "pak-min", id=offered)) == none
    early = refused(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 1)), to=offered, key=key()))
    assert early == {"code": "WRONG_STATE", "status": "OFFERED"}
    assert refused(await _ask(graph, OFFER, "bu-sri", hub=str(KUNIR), id=str(SRI))) == none
    no_hub = {"code": "NOT_A_HUB", "field": "hubId"}
    assert refused(await _ask(graph, OFFER, "bu-sri", hub=str(SRI), id=str(MIN))) == no_hub
    assert refused(await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(KUNIR))) == no_hub
    assert refused(await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(MerchantId.new()))) == none
    again = done(await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(SRI)))
    assert again["id"] == offered
    for name, seen in (("mbak-ika", 1), ("bu-sri", 0), ("pak-min", 0)):
        answer = await graph.data(SHELVES, role="merchant", name=name, id=str(KUNIR))
        assert len(answer["merchant"]["shelves"]["edges"]) == seen


@pytest.mark.parametrize(("who", "by_hub"), [("bu-sri", False), ("mbak-ika", True)])
async def test_either_ends_it_and_the_goods_are_with_their_merchant(
    graph: Graph, db: Database, who: str, by_hub: bool
) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4), (KELAPA_PASANG, 2))
    for _ in range(2):
        ended = await graph.data(END, role="merchant", name=who, id=shelf)
        assert done(ended["answer"]) == {"status": "CLOSED"}
    assert await lies(db, BAYAM_IKAT) == {"here": 10, "Mall UMKM": 0}
    assert await _lying(graph) == []
    late = refused(await _ask(graph, SELL, "mbak-ika", items=items((BAYAM_IKAT, 1)), key=key(), place=shelf))
    assert late == {"code": "WRONG_STATE", "status": "CLOSED"}
    again = await _shelf(graph)  # anew, by both
    assert again != shelf
    answer = await graph.data(SHELVES, role="merchant", name="mas-adi", id=str(KUNIR))
    (node,) = [edge["node"] for edge in answer["merchant"]["shelves"]["edges"]]
    assert node["history"] == [{"action": "ACCEPT", "byHub": False}, {"action": "OFFER", "byHub": True}]
    async with db.acquire() as conn:
        (last,) = await conn.fetch(
            "SELECT action, by_hub, subject FROM stock_place_history WHERE action = 'END' ORDER BY id DESC LIMIT 1"
        )
    assert (last["action"], last["by_hub"]) == ("END", by_hub)
    assert await books_that_do_not_add_up(db) == []


async def test_a_suspended_hub_sells_nothing_and_shows_nothing(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4))
    async with db.acquire() as conn:
        await conn.execute("UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", KUNIR)
    assert await _lying(graph) == []
    stopped = {"code": "WRONG_STATE", "status": "SUSPENDED"}
    assert refused(await _ask(graph, SELL, "mas-adi", items=items((BAYAM_IKAT, 1)), key=key(), place=shelf)) == stopped
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 4)), **{"from": shelf}, key=key()))  # its owner takes it away


async def test_goods_that_are_not_for_sale_do_not_lie_there_for_everybody(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4), (KELAPA_PASANG, 2))
    async with db.acquire() as conn:
        await conn.execute("UPDATE product SET status = 'HIDDEN' WHERE name = 'Bayam'")
    assert await _lying(graph) == [("Wlijo Bu Sri", "Kelapa muda", 2)]


async def test_a_hub_offers_to_twenty_that_have_not_answered(graph: Graph, db: Database) -> None:
    async with db.acquire() as conn:
        await conn.execute(
            """INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                                     accept_within_s, prep_time_s)
               SELECT gen_random_uuid(), 'm' || n, 'Merchant ' || n, 'HOME', 'ACTIVE', '35.08.10', -8.1, 113.2, 'MIKRO', true, true, 300, 0
               FROM generate_series(1, 21) n"""
        )
        ids = [
            MerchantId(row["id"])
            for row in await conn.fetch("SELECT id FROM merchant WHERE slug LIKE 'm_' OR slug LIKE 'm__'")
        ]
    answers = [await _ask(graph, OFFER, "mas-adi", hub=str(KUNIR), id=str(each)) for each in ids]
    assert [len(each["problems"]) for each in answers] == [0] * 20 + [1]
    assert refused(answers[20]) == {"code": "TOO_MANY_PLACES", "limit": 20, "unit": "PLACE"}


async def test_the_counter_and_orders_at_once_sell_what_there_is_and_no_more(graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 6))
    orders = [an_order((BAYAM_IKAT, 1)) for _ in range(10)]
    sales = [_ask(graph, SELL, "mbak-ika", items=items((BAYAM_IKAT, 1)), key=key(), place=shelf) for _ in range(10)]
    answers = await asyncio.gather(*(hear(db, each) for each in orders), *sales)
    sold = sum(1 for each in answers if each is not None and not each["problems"])
    held = (await states(db)).count("HELD")
    assert sold + held == 10
    assert await stock_of(db, BAYAM_IKAT) == (10 - sold, held)
    for order in orders:
        if (await states_of(db, str(order.order_id))) == "HELD":
            await hear(db, confirmed(order))
    assert (await stock_of(db, BAYAM_IKAT)) == (0, 0)
    assert await books_that_do_not_add_up(db) == []


async def states_of(db: Database, order_id: str) -> str:
    async with db.acquire() as conn:
        return str(await conn.fetchval("SELECT state FROM reservation WHERE order_id = $1", order_id))


async def test_the_shelves_of_many_are_one_statement(catalog: servers.TestDatabase, graph: Graph, db: Database) -> None:
    shelf = await _shelf(graph)
    await _bring(graph, shelf, (BAYAM_IKAT, 4))
    counting = Counting(catalog.url)
    await counting.open()
    asked = """{ merchants(first: 100) { edges { node { shelf { edges { node { available } } }
        shelves { edges { node { status } } } stockPlaces { name history { action } } loadTemplates { name }
        products { edges { node { variants { stockAtPlaces { onHand place { name } } loadedToday
            stockMovements { edges { node { cause place { name } } } } } } } } } } } }"""
    await Graph.over(counting).data(asked, role="ops")
    seen = [each for each in counting.statements if "stock_" in each or "load_template" in each]
    await counting.close()
    once = (
        "least(l.on_hand",
        "pl.hub_id = asked.hub_id",
        "FROM load_template t",
        "FROM stock_movement mv",
        "JOIN stock_load l",
    )
    assert {each: sum(each in statement for statement in seen) for each in once} == dict.fromkeys(once, 1)
    assert len(seen) <= 12, [" ".join(each.split())[:80] for each in seen]
