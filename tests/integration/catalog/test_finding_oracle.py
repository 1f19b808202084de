"""What a search finds is what a look at every row finds, however it goes about it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.bench.market import KINDS, NOUNS, fill
from services.catalog.domain import finding
from services.catalog.domain.finding import MAX_FOUND, Narrowing, ProductOrder, Wanted
from services.catalog.store import finding as stored
from services.catalog.store import rounds
from services.catalog.store.finding import Place
from services.contracts import regency
from services.contracts.catalog import MerchantId, MerchantKind
from services.contracts.places import KECAMATAN, GeoPoint
from services.contracts.serving import serves
from services.kit.database.db import Connection, Database, Row, transaction
from tests.worlds import servers

_SLACK_M = 7_000
"""Of more than are sorted, squares are gone through by their middles: a good at a far edge may come for one that is nearer by this."""
_EVERY_ROW = """
SELECT r.product_id, r.merchant_id, r.category_code, r.kind, r.in_stock, r.unit_price,
       r.place <-> place_on_earth($1, $2) AS chord, metres_of_chord(
           r.place <-> place_on_earth($1, $2)) AS metres, ($3::text IS NULL OR r.document @@ $3::tsquery) AS matches,
       (SELECT (o.always_open OR o.week @> second_of_week(wlijo_now())) AND NOT o.shut @> wlijo_now()
        FROM merchant_open o WHERE o.merchant_id = r.merchant_id) AS open_now
FROM search_row r WHERE r.for_sale"""

_AREAS = """
UPDATE merchant SET serves_radius_m = CASE abs(hashtext(slug)) % 4 WHEN 0 THEN 2000 WHEN 1 THEN 9000 END,
    serves_kecamatan = CASE abs(hashtext(slug)) / 4 % 3 WHEN 0 THEN ARRAY[kecamatan_code]
        WHEN 1 THEN $1::text[] END"""
"""Some to so far, some to their own kecamatan, some to all by name, some to everybody."""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    await fill(catalog.owner_url, 10_000, 500)
    opened = Database(catalog.url, size=1)
    await opened.open()
    async with transaction(opened) as conn:
        await conn.execute(_AREAS, list(KECAMATAN))
    yield opened
    await opened.close()


def _narrowed(row: Row, by: Narrowing) -> bool:
    return (
        by.category in (None, row["category_code"])
        and (by.kinds is None or MerchantKind(row["kind"]) in by.kinds)
        and (row["open_now"] or not by.open_now)
        and (row["in_stock"] or not by.in_stock)
        and (by.price_from is None or row["unit_price"] >= by.price_from)
        and (by.price_to is None or row["unit_price"] <= by.price_to)
    )


def _asked(some: random.Random) -> tuple[str | None, Place, Narrowing]:
    noun, kind = some.choice(NOUNS), some.choice(KINDS)
    text = some.choice((None, noun, some.choice(NOUNS[:6]), kind, f"{noun} {kind}", "k", "dipetik pagi"))
    centre = some.choice(list(KECAMATAN.values())).centre
    point = GeoPoint(lat=centre.lat + some.uniform(-0.05, 0.05), lng=centre.lng + some.uniform(-0.05, 0.05))
    by = Narrowing(
        category=some.choice((None, None, f"jenis-{some.randint(1, 19)}")),
        kinds=some.choice((None, None, [MerchantKind.HUB], [MerchantKind.WLIJO, MerchantKind.HOME])),
        open_now=some.random() < 0.3,
        in_stock=some.random() < 0.3,
        price_from=some.choice((None, None, 5_000)),
        price_to=some.choice((None, None, 12_000)),
    )
    if some.random() < 0.1:
        text, by = None, Narrowing()
    served = some.random() < 0.4 and regency.is_delivered_to(point)  # elsewhere a search is not begun
    return text, Place(point, some.choice((50_000, 50_000, 8_000, 1_500)), True, served), by


async def _differs(conn: Connection, wanted: Wanted | None, place: Place, by: Narrowing) -> str:
    """Empty when it finds what it is to find."""
    found, groups = await stored.search(
        conn, wanted, place, by, ProductOrder.DISTANCE, None, MAX_FOUND + 1, counting=True
    )
    rows = await conn.fetch(_EVERY_ROW, place.point.lat, place.point.lng, wanted.query if wanted else None)
    reach = await conn.fetchval("SELECT chord_of_metres($1)", float(place.radius_m))
    areas = await rounds.areas(conn, [MerchantId(each) for each in {row["merchant_id"] for row in rows}])
    serving = {
        id_.uuid
        for id_, area in areas.items()
        if not place.served or serves(area.pickup, area.radius_m, area.kecamatan, place.point)
    }
    said = [row for row in rows if row["matches"] and row["chord"] <= reach and row["merchant_id"] in serving]
    true = {row["product_id"]: row["metres"] for row in said if _narrowed(row, by)}
    got = {each.product.id.uuid: each.distance_m for each in found}
    if len(got) != len(found) or [each.key for each in found] != sorted(each.key for each in found):
        return "not in order"
    if not got.keys() <= true.keys():
        return f"{len(got.keys() - true.keys())} that are not to be found"
    if len(got) != min(len(true), MAX_FOUND):
        return f"{len(got)} of {len(true)}"
    if missed := [metres for id_, metres in true.items() if id_ not in got and metres < max(got.values()) - _SLACK_M]:
        return f"{len(missed)} that are nearer"
    counted = groups if groups is not None else await stored.groups(conn, wanted, place, by)
    if sum(each.count for each in counted) != min(len(said), MAX_FOUND):
        return f"{counted} of {len(said)}"
    if len(said) <= MAX_FOUND and finding.counted(counted, by).total != len(true):
        return f"counted {finding.counted(counted, by).total} of {len(true)}"
    return ""


async def _meant(conn: Connection, text: str | None) -> Wanted | None:
    return finding.wanted(*await stored.meanings(conn, finding.words(text))) if text else None


async def test_any_search_finds_what_a_look_at_every_row_finds(db: Database) -> None:
    some = random.Random(13)
    ways: set[tuple[bool, bool, bool]] = set()
    async with db.acquire() as conn:
        for _ in range(120):
            text, place, by = _asked(some)
            differs = await _differs(conn, await _meant(conn, text), place, by)
            assert (text, place, by, differs) == (text, place, by, "")
            ways.add((text is None and by.category is None, by == Narrowing(), place.served))
    assert len(ways) == 8


@pytest.mark.parametrize(
    "wrong",
    [
        "DELETE FROM search_square WHERE cell % 10 <> 0",
        "UPDATE search_row SET in_stock = NOT in_stock WHERE false",
    ],
)
async def test_what_is_not_met_is_seen(db: Database, wrong: str) -> None:
    """The first leaves squares out, the second nothing: only the first is to be seen."""
    async with transaction(db) as conn:
        await conn.execute(wrong)
        place = Place(KECAMATAN["35.08.10"].centre, 50_000, True)
        differs = await _differs(conn, await _meant(conn, "dipetik"), place, Narrowing(price_to=1_500))
        assert bool(differs) is wrong.startswith("DELETE")


async def test_where_there_are_few_squares_all_that_few_have_is_found(db: Database) -> None:
    async with db.acquire() as conn:
        rare: Any = await conn.fetchval(
            "SELECT word FROM search_word WHERE length(word) = 7 AND cardinality(sellers) = 1 ORDER BY word LIMIT 1"
        )
        wanted = await _meant(conn, rare)
        for each in KECAMATAN.values():
            found, _ = await stored.search(
                conn, wanted, Place(each.centre, 50_000, True), Narrowing(), ProductOrder.RELEVANCE, None, 10
            )
            assert [row.product.name.lower().split()[-1] for row in found] == [rare]
