"""SQL of a search: what its words stand for, the goods that are found, how they are counted, what somebody may be typing.

What one search costs is bounded whatever is looked for: what very many goods have is met in the squares around the point; what few have is
looked at all; else squares are gone through from the point outwards until so many are met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from services.catalog.domain.finding import (
    MAX_FOUND,
    MAX_SUGGESTIONS,
    PRICE_BANDS,
    Completion,
    Group,
    Meaning,
    Narrowing,
    ProductOrder,
    Wanted,
)
from services.catalog.store.reading import PRODUCT_COLUMNS, ProductView, product_of
from services.contracts.catalog import MerchantKind
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection

_COMPLETIONS: Final = 20
_LOOKED_AT: Final = 10_000
"""Words that begin so, of which the completions are taken."""
_SYNONYMS: Final = 20
_ALIKE: Final = 5
_SQUARES_FIRST: Final = 30
"""What very many goods have is met in these; then nobody has to know how many there are."""
_FEW: Final = 5_000
"""So many matches are looked at all; of more, squares hold enough."""
_SQUARE_M: Final = 3_500
"""From the middle of a square no point of it is farther; merchants outside of the regency's box have none that is true."""
_OF_EACH: Final = 100
"""Goods that are looked at for what one completion is called by."""


class Place(NamedTuple):
    """Where a search begins, and how far it goes. Distances are told and weighed when the point is the caller's own."""

    point: GeoPoint
    radius_m: int
    own: bool


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """`key` orders, ascending."""

    product: ProductView
    key: float
    distance_m: float


# What lies between a word and what follows all that begin with it, in the order of bytes.
_BEGINS = "{column} >= t.word AND {column} < t.word || chr(1114111)"
_DEAD = "NOT EXISTS (SELECT FROM search_row r WHERE r.document @@ any_of.query)"
_MEANINGS = f"""
SELECT t.word, s.stems, c.completions, y.synonyms, k.categories,
    CASE WHEN c.completions = '{{}}' AND y.synonyms = '{{}}' AND k.categories = '{{}}' AND {_DEAD} THEN search_alike(t.word, {_ALIKE})
    ELSE '{{}}' END AS alike
FROM unnest($1::text[]) WITH ORDINALITY AS t (word, n)
CROSS JOIN LATERAL (SELECT coalesce(ts_lexize('indonesian_stem', t.word), '{{}}') AS stems) AS s
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT w.word FROM (
        SELECT * FROM search_word w WHERE {_BEGINS.format(column="w.word")} ORDER BY w.word LIMIT {_LOOKED_AT}
    ) AS w ORDER BY w.word = t.word DESC, cardinality(w.sellers) DESC, length(w.word), w.word LIMIT {_COMPLETIONS}) AS completions) AS c
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT o.means FROM synonym o WHERE (o.word = t.word OR length(t.word) >= 3) AND {_BEGINS.format(column="o.word")}
    UNION SELECT o.word FROM synonym o WHERE o.means = t.word
    UNION SELECT o.word FROM synonym m JOIN synonym o ON o.means = m.means WHERE m.word = t.word AND o.word <> t.word
    LIMIT {_SYNONYMS}) AS synonyms) AS y
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT g.code FROM category g WHERE to_tsvector('simple'::regconfig, g.name) || to_tsvector('indonesian'::regconfig, g.name)
        @@ to_tsquery('simple'::regconfig, '''' || t.word || '''') LIMIT {_SYNONYMS}) AS categories) AS k
CROSS JOIN LATERAL (
    SELECT array_to_string(ARRAY(SELECT '''' || each || '''' FROM unnest(t.word || s.stems) AS each), ' | ')::tsquery AS query
) AS any_of
ORDER BY t.n
"""


async def meanings(conn: Connection, words: Sequence[str]) -> tuple[list[Meaning], list[tuple[str, str]]]:
    """Of each word, and the synonyms of which all words are said that they mean."""
    rows = await conn.fetch(
        f"""SELECT m.*, ARRAY(SELECT (word, means) FROM synonym WHERE strpos(means, ' ') > 0 AND string_to_array(means, ' ') <@ $1::text[]
                ORDER BY word LIMIT {_SYNONYMS}) AS phrases FROM ({_MEANINGS}) AS m""",
        words,
    )
    found = [
        Meaning(row["word"], row["stems"], row["completions"], row["synonyms"], row["categories"], row["alike"])
        for row in rows
    ]
    return found, [(word, means) for word, means in rows[0]["phrases"]]


OPEN: Final = "((o.always_open OR o.week @> here.second) AND NOT o.shut @> here.now)"
"""Of a row `o` of merchant_open; `second` is that of the WIB week."""
# With EXISTS, or a join, the planner would ask all merchants once, and not those of the rows.
# $1 to $3 are the place, $4 the query or null, $5 and $6 the category and the kinds that it is narrowed to, $7 to $11 the rest.
_NARROWED = f"""
    (NOT $7::boolean OR (SELECT {OPEN} FROM merchant_open o WHERE o.merchant_id = r.merchant_id))
    AND (NOT $8::boolean OR r.in_stock) AND (NOT $11::boolean OR r.halal)
    AND ($9::bigint IS NULL OR r.unit_price >= $9) AND ($10::bigint IS NULL OR r.unit_price <= $10)
    AND r.place <-> here.point <= here.reach
"""


def _outwards(squares: str, condition: str) -> str:
    """Matches of one square after the other, from the point on, each square's nearest first."""
    return f"""(SELECT of_cell.* FROM here CROSS JOIN LATERAL (
            SELECT s.cell, s.middle <-> here.point AS chord FROM search_square s ORDER BY s.middle <-> here.point, s.cell {squares}
        ) AS c CROSS JOIN LATERAL (
            SELECT r.*, r.place <-> here.point AS chord_m FROM search_row r
            WHERE r.document @@ CASE WHEN here.query IS NULL THEN ('''@' || c.cell || '''')::tsquery
                                     ELSE here.query && ('''@' || c.cell || '''')::tsquery END AND {_NARROWED}
            ORDER BY chord_m, r.product_id LIMIT {MAX_FOUND}
        ) AS of_cell
        WHERE {condition} AND c.chord <= here.reach + {_SQUARE_M} LIMIT {MAX_FOUND})"""


_NEAR = f"""
here AS MATERIALIZED (
    SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach, now, second_of_week(now) AS second, (
        SELECT nullif(concat_ws(' & ', '(' || $4::text || ')', '''#' || $5::text || '''', '(' || (
            SELECT string_agg('''%' || kind || '''', ' | ') FROM unnest($6::text[]) AS kind) || ')'), '')::tsquery) AS query
    FROM wlijo_now() AS now),
first AS MATERIALIZED ({_outwards(f"LIMIT {_SQUARES_FIRST}", "true")}),
enough AS MATERIALIZED (SELECT count(*) = {MAX_FOUND} AS so FROM first),
few AS MATERIALIZED (
    SELECT r.* FROM search_row r WHERE NOT (SELECT so FROM enough) AND r.document @@ (SELECT query FROM here) LIMIT {_FEW + 1}),
many AS MATERIALIZED (SELECT NOT enough.so AND (query IS NULL OR (SELECT count(*) FROM few) > {_FEW}) AS so FROM here, enough),
near AS MATERIALIZED (
    SELECT * FROM first WHERE (SELECT so FROM enough)
    UNION ALL
    (SELECT r.*, r.place <-> here.point AS chord_m FROM few r CROSS JOIN here
     WHERE NOT (SELECT so FROM enough) AND NOT (SELECT so FROM many) AND {_NARROWED} ORDER BY chord_m, r.product_id LIMIT {MAX_FOUND})
    UNION ALL
    {_outwards("", "(SELECT so FROM many)")})
"""
# Goods that are sold out are worth half, and at ten kilometres everything is.
_SCORE = """
(CASE WHEN $15::text IS NULL THEN 1 ELSE
    2 * ts_rank('{0.05,0.2,0.4,1.0}', n.document, $15::tsquery) + ts_rank('{0.05,0.2,0.4,1.0}', n.document, $4::tsquery) END)
* CASE WHEN n.in_stock THEN 1 ELSE 0.5 END / CASE WHEN $16::boolean THEN 1 + n.chord_m / 10000 ELSE 1 END
"""
_KEYS: Final = {
    ProductOrder.RELEVANCE: f"-({_SCORE})",
    ProductOrder.DISTANCE: "n.chord_m",
    ProductOrder.PRICE: "coalesce(n.unit_price, 1e15)",
    ProductOrder.NEWEST: "-extract(epoch FROM n.listed_at)",
}


def _page(key: str) -> str:
    # The last two are named once more: every order is asked with the same arguments.
    return f"""
    WITH {_NEAR}, page AS (
        SELECT * FROM (SELECT n.product_id, ({key})::float8 AS key, n.chord_m FROM near n) AS keyed
        WHERE ($12::float8 IS NULL OR (key, product_id) > ($12, $13::uuid))
        AND ($15::text IS NULL OR true) AND ($16::boolean OR true)
        ORDER BY key, product_id LIMIT $14)
    SELECT {PRODUCT_COLUMNS}, page.key, metres_of_chord(page.chord_m) AS distance_m
    FROM page JOIN product p ON p.id = page.product_id JOIN category c ON c.code = p.category_code ORDER BY page.key, p.id"""


_PAGES: Final = {order: _page(key) for order, key in _KEYS.items()}


async def search(
    conn: Connection,
    wanted: Wanted | None,
    place: Place,
    by: Narrowing,
    order: ProductOrder,
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[FoundView]:
    """For sale, ascending by (key, id)."""
    key, last = after or (None, None)
    rows = await conn.fetch(
        _PAGES[order], *_asked(wanted, place, by), key, last, limit, wanted and wanted.exact, place.own
    )
    return [FoundView(product=product_of(row), key=row["key"], distance_m=row["distance_m"]) for row in rows]


_FACETS = f"""
WITH {_NEAR}
SELECT n.category_code, n.kind, n.open_now, n.in_stock, n.band, n.priced, n.halal, count(*) AS count FROM (
    SELECT near.category_code, near.kind, near.in_stock, near.halal,
           (SELECT {OPEN} FROM merchant_open o WHERE o.merchant_id = near.merchant_id) AS open_now,
           coalesce(width_bucket(near.unit_price, $12::bigint[]), 0) AS band,
           ($13::bigint IS NULL OR near.unit_price >= $13) AND ($14::bigint IS NULL OR near.unit_price <= $14) AS priced
    FROM here CROSS JOIN near
) AS n GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


async def groups(conn: Connection, wanted: Wanted | None, place: Place, by: Narrowing) -> list[Group]:
    """Of all that the words find, narrowed by nothing."""
    rows = await conn.fetch(_FACETS, *_asked(wanted, place, Narrowing()), list(PRICE_BANDS), by.price_from, by.price_to)
    return [
        Group(
            row["category_code"],
            MerchantKind(row["kind"]),
            row["open_now"],
            row["in_stock"],
            row["band"],
            row["priced"],
            row["count"],
            row["halal"],
        )
        for row in rows
    ]


def _asked(wanted: Wanted | None, place: Place, by: Narrowing) -> tuple[object, ...]:
    return (
        place.point.lat,
        place.point.lng,
        float(place.radius_m),
        wanted and wanted.query,
        by.category,
        None if by.kinds is None else [str(kind) for kind in by.kinds],
        by.open_now,
        by.in_stock,
        by.price_from,
        by.price_to,
        by.halal,
    )


async def suggestions(conn: Connection, completions: Sequence[Completion]) -> list[str]:
    """What goods are called that these find, those of the first first and then what most are called."""
    rows = await conn.fetch(
        f"""SELECT min(p.name) AS name FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q (query, begun, n) CROSS JOIN LATERAL (
                SELECT r.product_id FROM search_row r WHERE r.document @@ q.query::tsquery LIMIT {_OF_EACH}
            ) AS found JOIN product p ON p.id = found.product_id
            WHERE q.begun IS NULL OR strpos(' ' || translate(lower(p.name), '-/(.,', '     '), ' ' || q.begun) > 0
            GROUP BY lower(p.name) ORDER BY min(q.n), count(*) DESC, lower(p.name) LIMIT {MAX_SUGGESTIONS}""",
        [each.query for each in completions],
        [each.begun for each in completions],
    )
    return [row["name"] for row in rows]
