"""A market for figures: sellers around the districts' middles, whose goods have names of which a few are common and many are rare.

A million variants are made in minutes because nothing is done row by row: indexes, keys and triggers are away while the rows come, and the
rows that a search looks in are made by the same function that the triggers call, in lots.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg

from infra.bench.backbone import say
from services.contracts.places import KECAMATAN
from services.kit.database.db import Row

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
NOUNS: Final = tuple(_NOUNS.split())
KINDS: Final = tuple(_KINDS.split())
_SIDES: Final = 2
"""Connections that fill side by side."""
_LOT: Final = 20_000
_REFERENCE = """
INSERT INTO category SELECT 'jenis-' || n, 'Jenis ' || n FROM generate_series(1, 19) n ON CONFLICT DO NOTHING;
INSERT INTO sale_unit VALUES ('ikat', 'ikat', 'COUNT', 1), ('kg', 'kg', 'MASS', 1000) ON CONFLICT DO NOTHING;
"""
_MERCHANTS = """
INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                      accept_within_s, prep_time_s)
SELECT gen_random_uuid(), 'm' || n, 'Wlijo ' || n, (ARRAY['WLIJO', 'WLIJO', 'WLIJO', 'FIXED_STALL', 'HOME', 'FARMER_GROUP',
       'HUB'])[1 + n % 7], 'ACTIVE', k.code, k.lat + (random() - random()) * 0.05,
       k.lng + (random() - random()) * 0.05, 'MIKRO', n / 21 % 3 = 0, true, 300, 600
FROM generate_series(1, $1::int) n JOIN unnest($2::text[], $3::float8[], $4::float8[]) WITH ORDINALITY AS k (code, lat, lng, i)
ON k.i = 1 + n % 21
"""
# Half of them are open at whatever hour it is measured.
_HOURS = """
INSERT INTO opening_hours SELECT m.id, d, make_time(first, 0, 0), make_time((first + 12) % 24, 0, 0)
FROM merchant m, generate_series(0, 6) d, LATERAL (SELECT abs(hashtext(m.slug)) % 24 AS first) AS begun WHERE NOT m.always_open
"""
# The square of a chance makes the first words common: one good in ten is of the first noun.
_PRODUCTS = """
INSERT INTO product (id, merchant_id, slug, name, description, category_code, status, words)
SELECT uuidv7(), m.id, 'p' || n,
       initcap(named.noun || ' ' || named.kind || CASE WHEN named.chance < 0.02 THEN ' ' || named.rare ELSE '' END),
       'Dipetik pagi, ' || named.noun || ' pilihan dari kebun',
       'jenis-' || 1 + abs(hashtext(named.noun)) % 19, 'PUBLISHED', named.noun || ' ' || named.kind
FROM merchant m, generate_series(1, $1::int) n, LATERAL (
    SELECT ($2::text[])[1 + floor(array_length($2, 1) * random() ^ 2)::int] AS noun,
           ($3::text[])[1 + floor(array_length($3, 1) * random() ^ 2)::int] AS kind, random() AS chance,
           translate(substr(md5(m.id::text || n), 1, 7), '0123456789', 'aiueonglrs') AS rare) AS named
WHERE abs(hashtext(m.slug)) % $4 = $5
"""
_VARIANTS = """
INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
SELECT uuidv7(), p.id, place, p.id::text || place, (ARRAY['seikat', 'per kg'])[place + 1], (ARRAY['ikat', 'kg'])[place + 1], 1, 1,
       500 * (1 + floor(100 * random() ^ 3)::int), (ARRAY[1, 1000])[place + 1], 1
FROM product p, generate_series(0, 1) AS place WHERE place = 0 OR abs(hashtext(p.id::text)) % 4 = 0
"""
_STOCK = (
    "INSERT INTO stock_item (variant_id, on_hand) SELECT id, CASE WHEN random() < 0.1 THEN 0 ELSE 100 END FROM variant"
)
_PRICES = """
INSERT INTO price_history (variant_id, since, price_rupiah, price_basis) SELECT id, wlijo_now(), price_rupiah, price_basis FROM variant
"""
# Every product has one, of three sizes; its files are nowhere.
_PHOTOS = """
INSERT INTO media (id, merchant_id, purpose, state, subject, made_at, source, color, sizes)
SELECT id, merchant_id, 'PRODUCT', 'CLAIMED', 'bench', wlijo_now(), sha256(id::text::bytea), '#336633',
       jsonb_build_array(jsonb_build_object('name', id || '-240.webp', 'width', 240, 'height', 180),
                         jsonb_build_object('name', id || '-640.webp', 'width', 640, 'height', 480),
                         jsonb_build_object('name', id || '-1280.webp', 'width', 1280, 'height', 960))
FROM product;
INSERT INTO product_photo (media_id, product_id, position, alt) SELECT id, id, 0, name FROM product
"""
# As search_refresh does for what is called otherwise, of all at once.
_SQUARES = """
INSERT INTO search_square
SELECT DISTINCT cell, place_on_earth(-8.49 + cell / 100 * 0.02, 112.81 + cell % 100 * 0.02)
FROM merchant m, search_cell(m.lat, m.lng) AS cell
WHERE EXISTS (SELECT FROM search_row r WHERE r.merchant_id = m.id AND r.for_sale) ON CONFLICT DO NOTHING
"""
_WORDS = """
INSERT INTO search_word (word, sellers)
SELECT word, (array_agg(merchant_id))[1:8] FROM (
    SELECT DISTINCT word, merchant_id FROM (
        SELECT DISTINCT p.name, p.merchant_id FROM product p JOIN search_row r ON r.product_id = p.id WHERE r.for_sale
        UNION SELECT m.name, m.id FROM merchant m WHERE EXISTS (SELECT FROM search_row r WHERE r.merchant_id = m.id AND r.for_sale)
    ) AS called, unnest(tsvector_to_array(to_tsvector('simple'::regconfig, called.name))) AS word
    WHERE length(word) BETWEEN 2 AND 40 AND word !~ '[''\\\\]'
) AS named GROUP BY word ON CONFLICT DO NOTHING
"""
_FILLED: Final = (
    "merchant",
    "opening_hours",
    "product",
    "variant",
    "stock_item",
    "price_history",
    "media",
    "product_photo",
)
_LOOKED_IN: Final = ("search_row", "search_word", "merchant_open")
_AWAY: Final = """
SELECT c.conrelid::regclass AS of_table, format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS away,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS back,
       c.contype = 'f' AS last
FROM pg_constraint c WHERE c.conrelid::regclass::text = ANY ($1) AND c.contype IN ('f', 'u')
UNION ALL
SELECT i.indrelid::regclass, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), false
FROM pg_index i WHERE i.indrelid::regclass::text = ANY ($1)
AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY last DESC
"""
"""Keys to other tables first: what they lean on goes after them."""


async def fill(owner_url: str, variants: int, merchants: int) -> None:
    """So many, nearly: each product has one variant, every fourth two. The database holds nothing else yet; on an error it is of no use."""
    places = list(KECAMATAN.values())
    sides = [await asyncpg.connect(owner_url) for _ in range(_SIDES)]
    owner = sides[0]
    try:
        for side in sides:
            await side.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'; SELECT setseed(0.13)")
        await owner.execute(_REFERENCE)
        away = [*await owner.fetch(_AWAY, [*_FILLED, *_LOOKED_IN])]
        for table in _FILLED:
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for each in away:
            await owner.execute(each["away"])
        with _step("merchants and their hours"):
            columns = (
                [each.code for each in places],
                [each.centre.lat for each in places],
                [each.centre.lng for each in places],
            )
            await owner.execute(_MERCHANTS, merchants, *columns)
            await owner.execute(_HOURS)
        with _step("products"):
            of_each = max(1, round(variants * 4 / 5 / merchants))
            await asyncio.gather(
                *(side.execute(_PRODUCTS, of_each, NOUNS, KINDS, _SIDES, n) for n, side in enumerate(sides))
            )
        with _step("variants, what they cost, how many there are"):
            await owner.execute(_VARIANTS)
            await _beside(sides, [_STOCK, _PRICES])
        with _step("rows of photos"):
            await owner.execute(_PHOTOS)
        with _step("their indexes"):
            await _beside(sides, [each["back"] for each in away if each["of_table"] in _FILLED and not each["last"]])
            await owner.execute("ANALYZE")
        with _step("rows that a search looks in"):
            ids = [row["id"] for row in await owner.fetch("SELECT id FROM product ORDER BY id")]
            lots = [ids[n : n + _LOT] for n in range(0, len(ids), _LOT)]
            await _beside(sides, ["SELECT search_refresh($1::uuid[], false)"] * len(lots), lots)
            await _beside(sides, ["SELECT merchant_open_refresh(id) FROM merchant", _SQUARES, _WORDS])
        with _step("indexes of those, and keys"):
            await _beside(sides, [each["back"] for each in away if each["of_table"] in _LOOKED_IN and not each["last"]])
            for each in away:
                if each["last"]:
                    await owner.execute(each["back"])
        for table in _FILLED:
            await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        with _step("vacuum and analyze"):
            await owner.execute("VACUUM ANALYZE")
    finally:
        for side in sides:
            await side.close()


async def _beside(
    sides: Sequence[asyncpg.Connection[Row]], statements: Sequence[str], arguments: Sequence[Any] = ()
) -> None:
    """Each by the first that is free."""
    left = [*itertools.zip_longest(statements, arguments)]
    left.reverse()

    async def work(side: asyncpg.Connection[Row]) -> None:
        while left:
            statement, argument = left.pop()
            await side.execute(statement, *([] if argument is None else [argument]))

    await asyncio.gather(*map(work, sides))


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    say(f"  {name}", f"{time.perf_counter() - began:.1f} s")
