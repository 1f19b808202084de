"""Loads of a day: for sale until midnight, in one tap the next morning, and stock that nobody counts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.catalog.commands import loads
from services.contracts.catalog import VariantId
from services.kit.database.db import Database
from services.kit.messaging.timers import Timers
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    KLENGKENG_KG,
    SRI,
    Graph,
    an_order,
    cancelled,
    confirmed,
    hear,
    picked_up,
    states,
    stock_of,
    told,
    trip_cancelled,
)
from tests.worlds.payloads import PROBLEMS, done, problems, refused
from tests.worlds.stalls import (
    AS_YESTERDAY,
    LOAD,
    MODE,
    MOVE,
    PLACE,
    RECEIVE,
    SELL,
    Keys,
    at,
    books_that_do_not_add_up,
    close_day,
    items,
    movements,
)

AVAILABLE = "query($id: ID!) { node(id: $id) { ... on Variant { available stockMode loadedToday stock { onHand } } } }"
SAVE = f"""mutation($id: ID!, $called: String!, $items: [StockItemInput!]) {{
    answer: saveLoadTemplate(merchantId: $id, name: $called, items: $items) {{ {PROBLEMS}
      merchant {{ loadTemplates {{ id name items {{ quantity variant {{ id }} }} }} }} }} }}"""
FROM = f"""mutation($id: ID!, $template: ID!, $key: String!) {{
    answer: loadFromTemplate(merchantId: $id, templateId: $template, idempotencyKey: $key) {{ {PROBLEMS} merchant {{ id }} }} }}"""
DROP = f"""mutation($id: ID!, $template: ID!) {{
    answer: deleteLoadTemplate(merchantId: $id, templateId: $template) {{ {PROBLEMS} merchant {{ loadTemplates {{ id }} }} }} }}"""

key = Keys()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, name: str = "bu-sri", **given: Any) -> Any:
    return (await graph.data(document, role="merchant", name=name, **given))["answer"]


async def _load(graph: Graph, *amounts: tuple[VariantId, int]) -> None:
    done(await _ask(graph, LOAD, id=str(SRI), items=items(*amounts), key=key()))


async def _available(graph: Graph, variant_id: VariantId) -> int:
    return int((await graph.data(AVAILABLE, id=str(variant_id)))["node"]["available"])


async def _levels(db: Database, variant_id: VariantId) -> list[int]:
    told_of = [json.loads(payload) for _, payload in await told(db, "catalog.level_changed.v1")]
    return [each["available"] for each in told_of if each["variant_id"] == str(variant_id)]


async def _in_stock(db: Database) -> bool:
    async with db.acquire() as conn:
        found: bool = await conn.fetchval(
            "SELECT in_stock FROM search_row r JOIN variant v ON v.product_id = r.product_id WHERE v.id = $1",
            BAYAM_IKAT,
        )
    return found


async def test_a_load_is_for_sale_until_midnight_and_not_a_moment_longer(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 30))
    assert await _available(graph, BAYAM_IKAT) == 30
    assert await _levels(db, BAYAM_IKAT) == [10, 30]
    await hear(db, an_order((BAYAM_IKAT, 4)))
    assert await _available(graph, BAYAM_IKAT) == 26

    await at(db, "00:00")  # no timer has fired
    assert await _available(graph, BAYAM_IKAT) == 0
    await hear(db, an_order((BAYAM_IKAT, 1)))
    assert await states(db) == ["HELD", "REFUSED"]
    assert await stock_of(db, BAYAM_IKAT) == (4, 4)  # what is kept for the order of yesterday is its buyer's
    assert (await movements(graph, BAYAM_IKAT))[1:] == [
        ("LOADED", 20, 0, 0, None),
        ("PLACED", 0, 4, 0, None),
        ("RESET", -26, 0, 0, None),
    ]
    assert await books_that_do_not_add_up(db) == []


async def test_the_end_of_a_day_is_told_and_searched(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 30), (KELAPA_PASANG, 8))
    assert await _in_stock(db)
    timers = Timers(db, {"stock_day_is_over": loads.close_day})
    assert not await timers.fire_one()
    await at(db, "23:59", days=0)
    assert not await timers.fire_one()
    await close_day(db, SRI)  # too early is too early
    assert await _in_stock(db)
    await at(db, "01:00")
    assert await _available(graph, BAYAM_IKAT) == 0
    assert await timers.fire_one()
    assert not await _in_stock(db)
    assert await _levels(db, BAYAM_IKAT) == [10, 30, 0]
    assert await _levels(db, KELAPA_PASANG) == [12, 8, 0]
    assert await stock_of(db, KLENGKENG_KG) == (5000, 0)  # another's, and no load
    assert not await timers.fire_one()  # it waits for the next midnight
    await at(db, "01:00")
    assert await timers.fire_one()
    assert await _levels(db, BAYAM_IKAT) == [10, 30, 0]
    assert await books_that_do_not_add_up(db) == []


async def test_what_an_order_of_yesterday_gives_back_is_not_sold_today(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 10))
    first, second, third = (an_order((BAYAM_IKAT, 2)) for _ in range(3))
    await hear(db, first, second, third, confirmed(second), confirmed(third))
    await at(db, "04:00")
    await hear(db, cancelled(first), cancelled(second), trip_cancelled(second), picked_up(third))
    assert await _available(graph, BAYAM_IKAT) == 0
    assert await stock_of(db, BAYAM_IKAT) == (0, 0)
    assert not await _in_stock(db)
    await _load(graph, (BAYAM_IKAT, 5))
    assert await _available(graph, BAYAM_IKAT) == 5
    assert await books_that_do_not_add_up(db) == []


async def test_nor_when_today_was_loaded_before_it_came_back(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 10))
    held, packed = an_order((BAYAM_IKAT, 3)), an_order((BAYAM_IKAT, 2))
    await hear(db, held, packed, confirmed(packed))
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 4))
    today = an_order((BAYAM_IKAT, 1))
    await hear(db, today, cancelled(held), cancelled(packed), trip_cancelled(packed))
    assert await _available(graph, BAYAM_IKAT) == 3
    assert (await _levels(db, BAYAM_IKAT))[-1] == 3
    await hear(db, cancelled(today))
    assert await _available(graph, BAYAM_IKAT) == 4  # of today's
    assert (await _levels(db, BAYAM_IKAT))[-1] == 4
    assert await books_that_do_not_add_up(db) == []


async def test_the_next_morning_is_one_tap_and_a_second_tap_sells_nothing_twice(graph: Graph, db: Database) -> None:
    assert refused(await _ask(graph, AS_YESTERDAY, id=str(SRI), key=key())) == {"code": "NOTHING_TO_LOAD"}
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 30), (KELAPA_PASANG, 8))
    await at(db, "05:00")
    await at(db, "05:00")  # a day off between
    await _load(graph, (KELAPA_PASANG, 2))
    tap = key()
    done(await _ask(graph, AS_YESTERDAY, id=str(SRI), key=tap))
    assert (await _available(graph, BAYAM_IKAT), await _available(graph, KELAPA_PASANG)) == (30, 2)
    done(await _ask(graph, SELL, items=items((BAYAM_IKAT, 30)), key=key()))
    for again in (tap, key()):
        done(await _ask(graph, AS_YESTERDAY, id=str(SRI), key=again))
        assert await _available(graph, BAYAM_IKAT) == 0
    answer = await graph.data(AVAILABLE, role="merchant", name="bu-sri", id=str(BAYAM_IKAT))
    assert answer["node"]["loadedToday"] == 30
    assert (await graph.data(AVAILABLE, id=str(BAYAM_IKAT)))["node"]["loadedToday"] is None


async def test_two_taps_at_once_load_once(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 30))
    await at(db, "05:00")
    await asyncio.gather(*(_ask(graph, AS_YESTERDAY, id=str(SRI), key=key()) for _ in range(6)))
    assert await _available(graph, BAYAM_IKAT) == 30
    assert [cause for cause, *_ in await movements(graph, BAYAM_IKAT)].count("LOADED") == 2  # of both days


async def test_a_load_said_again_that_day_is_what_is_for_sale_beside_what_is_kept(graph: Graph, db: Database) -> None:
    await _load(graph, (BAYAM_IKAT, 12))
    await hear(db, an_order((BAYAM_IKAT, 3)))
    await _load(graph, (BAYAM_IKAT, 5))
    assert await stock_of(db, BAYAM_IKAT) == (8, 3)
    done(await _ask(graph, RECEIVE, items=items((BAYAM_IKAT, 4)), key=key()))
    assert await _available(graph, BAYAM_IKAT) == 9


async def test_goods_counted_or_received_on_another_day_are_that_days(graph: Graph, db: Database) -> None:
    await at(db, "05:00")
    await _load(graph, (BAYAM_IKAT, 12))
    await at(db, "05:00")
    done(await _ask(graph, RECEIVE, items=items((BAYAM_IKAT, 4)), key=key()))
    assert await _available(graph, BAYAM_IKAT) == 4  # without what was left of yesterday
    assert (await movements(graph, BAYAM_IKAT))[-2:] == [("RESET", -12, 0, 0, None), ("RECEIVED", 4, 0, 0, None)]


async def test_a_template_is_kept_by_its_name_and_loaded(graph: Graph, db: Database) -> None:
    given = items((BAYAM_IKAT, 7), (KELAPA_PASANG, 4))
    made = done(await _ask(graph, SAVE, id=str(SRI), called="Hari pasar", items=given))["loadTemplates"]
    again = done(await _ask(graph, SAVE, id=str(SRI), called="Hari pasar", items=items((BAYAM_IKAT, 9))))[
        "loadTemplates"
    ]
    assert [(each["id"], each["name"]) for each in again] == [(made[0]["id"], "Hari pasar")]
    assert again[0]["items"] == [{"quantity": 9, "variant": {"id": str(BAYAM_IKAT)}}]
    done(await _ask(graph, FROM, id=str(SRI), template=made[0]["id"], key=key()))
    assert await _available(graph, BAYAM_IKAT) == 9
    saved = done(await _ask(graph, SAVE, id=str(SRI), called="Hari ini"))["loadTemplates"]
    assert [each["name"] for each in saved] == ["Hari ini", "Hari pasar"]
    assert done(await _ask(graph, DROP, id=str(SRI), template=made[0]["id"]))["loadTemplates"] == [
        {"id": saved[0]["id"]}
    ]
    assert refused(await _ask(graph, FROM, id=str(SRI), template=made[0]["id"], key=key())) == {"code": "NOT_FOUND"}


async def test_a_merchant_keeps_twenty_templates(graph: Graph, db: Database) -> None:
    for n in range(20):
        done(await _ask(graph, SAVE, id=str(SRI), called=f"Hari {n}", items=items((BAYAM_IKAT, 1))))
    full = await _ask(graph, SAVE, id=str(SRI), called="Hari lain", items=items((BAYAM_IKAT, 1)))
    assert refused(full) == {"code": "TOO_MANY_TEMPLATES", "limit": 20, "unit": "TEMPLATE"}


async def test_anothers_goods_and_templates_are_nobodys_to_load(graph: Graph, db: Database) -> None:
    made = done(await _ask(graph, SAVE, id=str(SRI), called="Hari pasar", items=items((BAYAM_IKAT, 7))))[
        "loadTemplates"
    ]
    strange = {"code": "NOT_FOUND"}
    for document, given in (
        (LOAD, {"items": items((BAYAM_IKAT, 1)), "key": key()}),
        (AS_YESTERDAY, {"key": key()}),
        (SAVE, {"called": "Hari pasar"}),
        (FROM, {"template": made[0]["id"], "key": key()}),
        (DROP, {"template": made[0]["id"]}),
    ):
        assert refused(await _ask(graph, document, name="pak-min", id=str(SRI), **given)) == strange
    wrong = await _ask(graph, LOAD, id=str(SRI), items=items((BAYAM_IKAT, 0), (KLENGKENG_KG, 250)), key=key())
    assert problems(wrong) == [
        {
            "code": "INVALID_QUANTITY",
            "field": "items.0.quantity",
            "minimum": 1,
            "limit": 1_000_000_000,
            "unit": "BASE_UNIT",
        },
        {"code": "NOT_FOUND", "field": "items.1.variantId"},
    ]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)


async def test_what_nobody_counts_is_never_short_until_its_people_say_so(graph: Graph, db: Database) -> None:
    assert done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="UNTRACKED")) == {
        "stockMode": "UNTRACKED",
        "available": 80,  # enough for any cart: 20 kg of 250 g
    }
    assert await _levels(db, BAYAM_IKAT) == [10, 80]
    order = an_order((BAYAM_IKAT, 90))
    await hear(db, order, an_order((BAYAM_IKAT, 90)), confirmed(order), picked_up(order))
    assert sorted(await states(db)) == ["COMMITTED", "HELD"]
    assert await _available(graph, BAYAM_IKAT) == 80
    answer = await graph.data(AVAILABLE, role="merchant", name="bu-sri", id=str(BAYAM_IKAT))
    assert answer["node"]["stock"] == {"onHand": 90}  # what is known to lie there
    assert refused(await _ask(graph, SELL, items=items((BAYAM_IKAT, 1)), key=key())) == {
        "code": "WRONG_STATE",
        "field": "items.0.quantity",
        "status": "UNTRACKED",
    }
    sold_out = f"""mutation($id: ID!, $out: Boolean!) {{ answer: markSoldOut(changes: [{{variantId: $id, soldOut: $out}}]) {{
        {PROBLEMS} variants {{ available }} }} }}"""
    assert done(await _ask(graph, sold_out, id=str(BAYAM_IKAT), out=True)) == [{"available": 0}]
    await hear(db, an_order((BAYAM_IKAT, 1)))
    assert (await states(db))[-1] == "REFUSED"
    assert done(await _ask(graph, sold_out, id=str(BAYAM_IKAT), out=False)) == [{"available": 80}]
    assert done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="TRACKED", available=6)) == {
        "stockMode": "TRACKED",
        "available": 6,
    }
    assert await stock_of(db, BAYAM_IKAT) == (96, 90)
    assert await books_that_do_not_add_up(db) == []


async def test_what_nobody_counts_is_made_up_again_when_it_runs_low(graph: Graph, db: Database) -> None:
    done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="UNTRACKED"))
    async with db.acquire() as conn:
        await conn.execute("UPDATE stock_item SET on_hand = 3 WHERE variant_id = $1", BAYAM_IKAT)
    await hear(db, an_order((BAYAM_IKAT, 50)))
    assert await states(db) == ["HELD"]
    assert (await movements(graph, BAYAM_IKAT))[-2:] == [("ASSUMED", None, 0, 0, None), ("PLACED", 0, 50, 0, None)]


async def test_a_way_of_keeping_stock_keeps_what_is_there(graph: Graph, db: Database) -> None:
    assert done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="DAILY")) == {"stockMode": "DAILY", "available": 10}
    assert done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="DAILY", available=3))["available"] == 10  # as it is
    assert done(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="TRACKED")) == {
        "stockMode": "TRACKED",
        "available": 10,
    }
    await at(db, "05:00")
    assert await _available(graph, BAYAM_IKAT) == 10
    assert refused(await _ask(graph, MODE, name="pak-min", id=str(BAYAM_IKAT), mode="DAILY")) == {"code": "NOT_FOUND"}
    wrong = refused(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="DAILY", available=-1))
    assert (wrong["code"], wrong["field"], wrong["minimum"]) == ("INVALID_QUANTITY", "available", 0)


async def test_a_load_lies_in_one_place(graph: Graph, db: Database) -> None:
    place = done(await _ask(graph, PLACE, id=str(SRI), called="di rumah", key=key()))["id"]
    done(await _ask(graph, MOVE, items=items((BAYAM_IKAT, 4)), to=place, key=key()))
    assert refused(await _ask(graph, LOAD, id=str(SRI), items=items((BAYAM_IKAT, 5)), key=key())) == {
        "code": "PLACE_NOT_EMPTY",
        "field": "items.0.quantity",
    }
    assert refused(await _ask(graph, MODE, id=str(BAYAM_IKAT), mode="UNTRACKED")) == {
        "code": "PLACE_NOT_EMPTY",
        "field": "mode",
    }
    await _load(graph, (KELAPA_PASANG, 6))
    assert refused(await _ask(graph, MOVE, items=items((KELAPA_PASANG, 1)), to=place, key=key())) == {
        "code": "WRONG_STATE",
        "field": "items.0.quantity",
        "status": "DAILY",
    }
