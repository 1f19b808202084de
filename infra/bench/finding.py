"""python -m infra.bench.finding [--variants 10000]: CPU time of a search, of service and database together, among goods made for it.

The goods are those of a regency: sellers lie around the districts' middles, names are drawn so that a few are common and many are rare.
`--variants 1000000 --merchants 50000` takes some minutes and 4 GB of disk.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from infra.bench.backbone import percentiles, say
from services.contracts.places import KECAMATAN
from services.kit.database.db import Database, Row
from tests.worlds import servers
from tests.worlds.catalog import Graph

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_NOUNS = """
bayam kangkung sawi tempe tahu cabai bawang tomat wortel kentang terong timun pisang pepaya mangga jeruk semangka salak
durian kelapa nangka klengkeng alpukat keripik kerupuk kue roti kopi teh gula garam beras minyak telur ayam daging ikan
udang lele mujair singkong ketela jagung kacang buncis labu kubis brokoli selada seledri jahe kunyit lengkuas serai
kencur petai jengkol melinjo sambal kecap santan madu susu abon rengginang batik tikar sapu
"""
_KINDS = """
merah hijau putih manis asin gurih segar lokal muda tua besar kecil super pilihan kampung organik agung semeru senduro
pasrujambe candipuro klakah ranu kering basah goreng rebus potong utuh iris
"""
_GOODS = """
INSERT INTO category SELECT 'jenis-' || n, 'Jenis ' || n FROM generate_series(1, 19) n ON CONFLICT DO NOTHING;
INSERT INTO sale_unit VALUES ('ikat', 'ikat', 'COUNT', 1), ('kg', 'kg', 'MASS', 1000) ON CONFLICT DO NOTHING;
"""
_MERCHANTS = """
INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                      accept_within_s, prep_time_s)
SELECT gen_random_uuid(), 'm' || n, 'Wlijo ' || n, (ARRAY['WLIJO', 'WLIJO', 'WLIJO', 'FIXED_STALL', 'HOME', 'FARMER_GROUP',
       'HUB'])[1 + n % 7], 'ACTIVE', k.code, k.lat + (random() - random()) * 0.05,
       k.lng + (random() - random()) * 0.05, 'MIKRO', n % 3 = 0, true, 300, 600
FROM generate_series(1, $1::int) n JOIN unnest($2::text[], $3::float8[], $4::float8[]) WITH ORDINALITY AS k (code, lat, lng, i)
ON k.i = 1 + n % 21
"""
_HOURS = """
INSERT INTO opening_hours SELECT m.id, d, '05:00', '15:00' FROM merchant m, generate_series(0, 6) d WHERE NOT m.always_open
"""
# The square of a chance makes the first words common: one good in ten is of the first noun.
_PRODUCTS = """
INSERT INTO product (id, merchant_id, slug, name, description, category_code, status, words)
SELECT gen_random_uuid(), m.id, 'p' || n,
       initcap(named.noun || ' ' || named.kind || CASE WHEN named.chance < 0.02 THEN ' ' || named.rare ELSE '' END),
       'Dipetik pagi, ' || named.noun || ' pilihan dari kebun',
       'jenis-' || 1 + abs(hashtext(named.noun)) % 19, 'PUBLISHED', named.noun || ' ' || named.kind
FROM merchant m, generate_series(1, $1::int) n, LATERAL (
    SELECT ($2::text[])[1 + floor(array_length($2, 1) * random() ^ 2)::int] AS noun,
           ($3::text[])[1 + floor(array_length($3, 1) * random() ^ 2)::int] AS kind, random() AS chance,
           translate(substr(md5(m.id::text || n), 1, 7), '0123456789', 'aiueonglrs') AS rare) AS named
"""
_VARIANTS = """
INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
SELECT gen_random_uuid(), p.id, place, p.id::text || place, (ARRAY['seikat', 'per kg'])[place + 1], (ARRAY['ikat', 'kg'])[place + 1], 1, 1,
       500 * (1 + floor(100 * random() ^ 3)::int), (ARRAY[1, 1000])[place + 1], 1
FROM product p, generate_series(0, 1) AS place WHERE place = 0 OR abs(hashtext(p.id::text)) % 4 = 0
"""
_REST = """
INSERT INTO stock_item (variant_id, on_hand) SELECT id, CASE WHEN random() < 0.1 THEN 0 ELSE 100 END FROM variant;
INSERT INTO price_history (variant_id, since, price_rupiah, price_basis) SELECT id, wlijo_now(), price_rupiah, price_basis FROM variant;
"""
_TABLES = ("merchant", "opening_hours", "product", "variant", "stock_item")
_SEARCH = """query($text: String, $point: PointInput, $narrowed: ProductNarrowing, $order: ProductOrder) {
  searchProducts(text: $text, point: $point, narrowed: $narrowed, order: $order, first: 20) { guessed FACETS pageInfo { endCursor }
    edges { distanceM node { id name merchant { name openNow } variants { priceText wasPrice available } } } } }"""
_COUNTED = (
    "facets { total openNow inStock categories { count category { name } } kinds { kind count } prices { count } }"
)
_SUGGESTED = "query($text: String!) { searchSuggestions(text: $text) { text category { code } } }"
_NEAR = """query($point: PointInput!, $text: String) { productsNear(point: $point, search: $text, first: 20) {
  edges { distanceM node { id name merchant { name openNow } variants { priceText wasPrice available } } } } }"""


async def fill(owner_url: str, variants: int, merchants: int) -> None:
    """So many, nearly: each product has one variant, every fourth two."""
    owner = await asyncpg.connect(owner_url)
    places = list(KECAMATAN.values())
    try:
        for table in _TABLES:
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await owner.execute("SELECT setseed(0.13)")
        await owner.execute(_GOODS)
        await owner.execute(
            _MERCHANTS,
            merchants,
            [each.code for each in places],
            [each.centre.lat for each in places],
            [each.centre.lng for each in places],
        )
        await owner.execute(_HOURS)
        await owner.execute(_PRODUCTS, max(1, round(variants * 4 / 5 / merchants)), _NOUNS.split(), _KINDS.split())
        await owner.execute(_VARIANTS)
        await owner.execute(_REST)
        for table in _TABLES:
            await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        await owner.execute("ANALYZE")
        began = time.perf_counter()
        await owner.execute("CALL search_begins(2000)")
        say("rows that a search looks in", f"{time.perf_counter() - began:.1f} s", "as the migration makes them")
        await owner.execute("VACUUM ANALYZE")
    finally:
        await owner.close()


class _Watched(Database):
    """One connection, whose server process is known."""

    backend = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        async with super().acquire() as conn:
            self.backend = conn.get_server_pid()
            yield conn

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.backend}/stat").read_text("ascii").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S


def _points(some: random.Random) -> Iterator[dict[str, float]]:
    while True:
        centre = some.choice(list(KECAMATAN.values())).centre
        yield {"lat": centre.lat + some.uniform(-0.01, 0.01), "lng": centre.lng + some.uniform(-0.01, 0.01)}


def _kinds(some: random.Random, rare: list[str]) -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
    points = _points(some)
    bare, counted = _SEARCH.replace("FACETS", ""), _SEARCH.replace("FACETS", _COUNTED)
    common, typed = (
        itertools.cycle(_NOUNS.split()[:10]),
        itertools.cycle(("byaam", "kangkong", "swai", "tempee", "kripik", "pisnag")),
    )
    return {
        "a common word, near": (bare, lambda: {"text": next(common), "point": next(points)}),
        "the same with facets": (counted, lambda: {"text": next(common), "point": next(points)}),
        "two words, near, with facets": (
            counted,
            lambda: {"text": f"{next(common)} {some.choice(_KINDS.split())}", "point": next(points)},
        ),
        "a rare word": (bare, lambda: {"text": some.choice(rare)}),
        "a word misspelt": (counted, lambda: {"text": next(typed), "point": next(points)}),
        "no word, near, in stock and open": (
            counted,
            lambda: {"point": next(points), "narrowed": {"openNow": True, "inStock": True}, "order": "DISTANCE"},
        ),
        "a category by price": (
            counted,
            lambda: {"narrowed": {"category": f"jenis-{some.randint(1, 19)}"}, "order": "PRICE"},
        ),
        "suggestions": (_SUGGESTED, lambda: {"text": next(common)[: some.randint(1, 4)]}),
        "productsNear, for comparison": (_NEAR, lambda: {"text": next(common), "point": next(points)}),
    }


async def measured(url: str, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU a request, by what was asked."""
    some, db = random.Random(13), _Watched(url, size=1)  # noqa: S311 - the same requests each time
    await db.open()
    graph, means = Graph.over(db), {}
    try:
        async with db.acquire() as conn:
            rows = await conn.fetch(
                "SELECT word FROM search_word WHERE length(word) = 7 AND word ~ '^[a-z]+$' ORDER BY md5(word) LIMIT 50"
            )
        kinds = _kinds(some, [row["word"] for row in rows] or _NOUNS.split())
        for name, (document, variables) in kinds.items():
            for _ in range(10):
                await graph.data(document, **variables())
            service, database, took = time.process_time(), db.cpu_s(), []
            for _ in range(rounds):
                began = time.perf_counter()
                await graph.data(document, **variables())
                took.append(time.perf_counter() - began)
            service, database = time.process_time() - service, db.cpu_s() - database
            means[name] = (service + database) / rounds * 1_000
            half, most = percentiles(took)
            parts = f"service {service / rounds * 1_000:.1f}, database {database / rounds * 1_000:.1f}"
            say(name, f"{means[name]:.1f} ms", f"{parts}; p50 {half:.1f}, p99 {most:.1f} ms")
    finally:
        await db.close()
    return means


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=10_000)
    parser.add_argument("--merchants", type=int, help="one for each 20 variants unless said")
    parser.add_argument("--rounds", type=int, default=200, help="of each kind of request")
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("catalog")
        began = time.perf_counter()
        asyncio.run(fill(made.owner_url, asked.variants, asked.merchants or max(1, asked.variants // 20)))
        say(f"{asked.variants:,} variants", f"{time.perf_counter() - began:.1f} s", "to make them")
        asyncio.run(measured(made.url, asked.rounds))


if __name__ == "__main__":
    main()
