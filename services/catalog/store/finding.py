"""SQL of a search: what its words stand for, the goods that are found, how they are counted.

What one search costs is bounded whatever is looked for: what very many goods have is met in the squares around the point; what few have is
looked at all; else squares are gone through from the point outwards until so many are met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from services.catalog.domain.finding import (
    MAX_FOUND,
    PRICE_BANDS,
    Group,
    Meaning,
    Narrowing,
    ProductOrder,
    Wanted,
)
from services.catalog.store.reading import PRODUCT_COLUMNS, SQUARE, ProductView, product_of
from services.contracts import regency
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection

_COMPLETIONS: Final = 20
_COMPLETIONS_OF_ALL: Final = 60
"""Of many words each has its part: single letters, eight of them, are not to be looked up as what very many goods have eight times."""
_LOOKED_AT: Final = 10_000
"""Words that begin so, of which the completions are taken."""
_SYNONYMS: Final = 20
_ALIKE: Final = 5
_SQUARES_FIRST: Final = 30
"""What very many goods have is met in these; then nobody has to know how many there are."""
_FEW: Final = 1_000
"""So many matches are looked at all; of more, squares hold enough."""
_DENSE: Final = 125
"""So many in the first squares, and what is farther out fills the rest: nobody looks up all that match to see that they are many."""
_LOOKED_THROUGH: Final = 20_000
"""Of what the words find, the nearest so many are looked through for what a search is narrowed to."""
_MERCHANTS: Final = 5_000
"""The nearest so many that are open, when nothing is said of the goods."""
_SQUARE_M: Final = 3_500
"""From the middle of a square no point of it is farther; merchants outside of the regency's box have none that is true."""


_GROUPS: Final = msgspec.json.Decoder(list[Group])


class Place(NamedTuple):
    """Where a search begins, and how far it goes: to all, or to those alone who have goods brought there. Distances are told and weighed
    when the point is the caller's own."""

    point: GeoPoint
    radius_m: int
    own: bool
    served: bool = False


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """`key` orders, ascending."""

    product: ProductView
    key: float
    distance_m: float


# What lies between a word and what follows all that begin with it, in the order of bytes.
_BEGINS = "{column} >= t.word AND {column} < t.word || chr(1114111)"
_DEAD = "NOT search_has(any_of.query)"
_MEANINGS = f"""
SELECT t.word, s.stems, c.completions, y.synonyms, k.categories,
    CASE WHEN c.completions = '{{}}' AND y.synonyms = '{{}}' AND k.categories = '{{}}' AND {_DEAD} THEN search_alike(t.word, {_ALIKE})
    ELSE '{{}}' END AS alike
FROM unnest($1::text[]) WITH ORDINALITY AS t (word, n)
CROSS JOIN LATERAL (SELECT coalesce(ts_lexize('indonesian_stem', t.word), '{{}}') AS stems) AS s
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT w.word FROM (
        SELECT * FROM search_word w WHERE {_BEGINS.format(column="w.word")} ORDER BY w.word LIMIT {_LOOKED_AT}
    ) AS w ORDER BY w.word = t.word DESC, cardinality(w.sellers) DESC, length(w.word), w.word
    LIMIT least({_COMPLETIONS}, {_COMPLETIONS_OF_ALL} / cardinality($1::text[]))) AS completions) AS c
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT o.means FROM synonym o WHERE (o.word = t.word OR length(t.word) >= 3) AND {_BEGINS.format(column="o.word")}
    UNION SELECT o.word FROM synonym o WHERE o.means = t.word
    UNION SELECT o.word FROM synonym m JOIN synonym o ON o.means = m.means WHERE m.word = t.word AND o.word <> t.word
    LIMIT {_SYNONYMS}) AS synonyms) AS y
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT d.code FROM category g JOIN category d ON g.code = ANY (d.path)
    WHERE to_tsvector('simple'::regconfig, g.name) || to_tsvector('indonesian'::regconfig, g.name)
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


# What is typed first is what somebody means: in Indonesian a thing is named before what is said of it. So each word is kept with which,
# and all that are kept before it, something is found.
_TOGETHER = f"""
WITH RECURSIVE near AS MATERIALIZED (
    SELECT ARRAY(SELECT cell FROM search_square s ORDER BY s.middle <-> place_on_earth($3, $4), s.cell LIMIT {_SQUARES_FIRST}) AS squares
), kept AS (
    SELECT 0 AS n, NULL::text AS query, NULL::text AS met, '{{}}'::int[] AS places
    UNION ALL
    SELECT k.n + 1, CASE WHEN has.it THEN w.query ELSE k.query END, CASE WHEN has.it THEN w.met ELSE k.met END,
           CASE WHEN has.it THEN k.places || k.n ELSE k.places END
    FROM kept k CROSS JOIN near CROSS JOIN LATERAL (
        SELECT concat_ws(' & ', k.query, ($1::text[])[k.n + 1]) AS query, concat_ws(' & ', k.met, ($2::text[])[k.n + 1]) AS met
    ) AS w CROSS JOIN LATERAL (
        SELECT CASE WHEN search_met(w.met, near.squares, 1) = 1 THEN true ELSE search_has(w.query::tsquery) END AS it
    ) AS has
    WHERE k.n < cardinality($1::text[])
)
SELECT places FROM kept WHERE n = cardinality($1::text[]) AND cardinality(places) < n AND NOT coalesce(search_has($5::tsquery), false)
"""
# What is met around the point need not be looked for everywhere: that very many have a word takes longest to find out of all goods.


async def together(conn: Connection, wanted: Wanted, point: GeoPoint) -> list[int] | None:
    """Places of words that something for sale has together, when nothing has all of them; else None, and when nothing has any."""
    phrased = wanted.query if wanted.query != " & ".join(wanted.words) else None
    met = [in_square(each) for each in wanted.words]
    places: list[int] | None = await conn.fetchval(_TOGETHER, wanted.words, met, point.lat, point.lng, phrased)
    return places or None


OPEN: Final = "((o.always_open OR o.week @> here.second) AND NOT o.shut @> here.now)"
"""Of a row `o` of merchant_open; `second` is that of the WIB week."""
SERVED: Final = """((m.serves_radius_m IS NULL OR {chord} <= chord_of_metres(m.serves_radius_m))
    AND (m.serves_kecamatan IS NULL OR m.serves_kecamatan && $11::text[]))"""
"""Whether a merchant `m` so far away has its goods brought to the point, as contracts.serving.serves."""
LEXEME: Final = re.compile(r"'((?:[^']|'')*)'(:A)?")
"""Of a tsquery; a word that has to be one of a name is followed by A."""


def _query(wanted: Wanted | None, by: Narrowing) -> str | None:
    """A tsquery of words and marks, or none. What has a mark in each document is narrowed to here."""
    said = by.query()
    marks = [said] if said else []
    if by.kinds and (wanted or marks):
        marks.append("({})".format(" | ".join(f"'%{kind}'" for kind in by.kinds)))
    return " & ".join([f"({wanted.query})", *marks] if wanted else marks) or None


def in_square(query: str) -> str:
    return LEXEME.sub(lambda found: f"'{found[1]}{'=' if found[2] else ''}{SQUARE}'", query)


# What has no mark is narrowed to here, of a row `r` that the words find. With EXISTS, or a join, the planner would ask all merchants once,
# and not those of the rows. $1 to $3 are the place, $4 the query, $5 the same in a square, $6 to $10 this, $11 the kecamatan of the point.
_NARROWED = f"""
    (NOT $6::boolean OR (SELECT {OPEN} FROM merchant_open o WHERE o.merchant_id = r.merchant_id))
    AND (NOT $7::boolean OR r.in_stock) AND (NOT $10::boolean OR r.halal)
    AND ($8::bigint IS NULL OR r.unit_price >= $8) AND ($9::bigint IS NULL OR r.unit_price <= $9)
    AND r.chord_m <= here.reach
    AND ($11::text[] IS NULL OR (SELECT {SERVED.format(chord="r.chord_m")} FROM merchant m WHERE m.id = r.merchant_id))
"""


def _outwards(columns: str, squares: str, condition: str, most: str = str(MAX_FOUND)) -> str:
    """Matches of one square after the other, from the point on, each square's nearest first."""
    met = f"""
        SELECT of_cell.* FROM here CROSS JOIN LATERAL (
            SELECT s.cell, s.middle <-> here.point AS chord FROM search_square s ORDER BY s.middle <-> here.point, s.cell {squares}
        ) AS c CROSS JOIN LATERAL (
            SELECT {columns}, r.place <-> here.point AS chord_m FROM search_row r
            WHERE search_near(r.document) @@ replace($5::text, '{SQUARE}', '@' || c.cell)::tsquery ORDER BY chord_m, r.product_id
        ) AS of_cell
        WHERE {condition} AND c.chord <= here.reach + {_SQUARE_M}"""
    return _narrowed(met, most)


def _narrowed(met: str, most: str = str(MAX_FOUND)) -> str:
    """The first of those that are met, of so many that are looked at."""
    return f"(SELECT r.* FROM here CROSS JOIN ({met} LIMIT {_LOOKED_THROUGH}) AS r WHERE {_NARROWED} LIMIT {most})"


_HERE = """
here AS MATERIALIZED (
    SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach, now, second_of_week(now) AS second FROM wlijo_now() AS now)"""


def _matching(columns: str) -> str:
    """Common table expressions of which the last, `near`, are the goods that are sorted and counted: those that $4 finds."""
    return f"""{_HERE},
first AS MATERIALIZED ({_outwards(columns, f"LIMIT {_SQUARES_FIRST}", "true")}),
enough AS MATERIALIZED (
    SELECT n = {MAX_FOUND} OR count(*) <= {_SQUARES_FIRST} AS so, n >= {_DENSE} AS dense, n
    FROM (SELECT count(*) AS n FROM first) AS met, here JOIN search_square s ON s.middle <-> here.point <= here.reach + {_SQUARE_M}
    GROUP BY n),
-- Very many match, and what they are narrowed to leaves few: then all that match are not looked up to see that there are many.
narrow AS MATERIALIZED (
    SELECT CASE WHEN NOT so AND NOT dense AND ($6 OR $7 OR $8 IS NOT NULL OR $9 IS NOT NULL OR $11 IS NOT NULL) THEN search_met($5, ARRAY(
        SELECT cell FROM search_square s ORDER BY s.middle <-> here.point, s.cell LIMIT {_SQUARES_FIRST}
    ), {_FEW + 1}) > {_FEW} ELSE false END AS so FROM enough, here),
few AS MATERIALIZED (
    SELECT r.* FROM enough CROSS JOIN narrow CROSS JOIN LATERAL search_some($4::tsquery, {_FEW + 1}) AS r
    WHERE NOT enough.so AND NOT enough.dense AND NOT narrow.so),
many AS MATERIALIZED (
    SELECT NOT enough.so AND NOT enough.dense AND (narrow.so OR (SELECT count(*) FROM few) > {_FEW}) AS so FROM enough, narrow),
near AS MATERIALIZED (
    SELECT * FROM first WHERE (SELECT so OR dense FROM enough)
    UNION ALL
    {_outwards(columns, f"OFFSET {_SQUARES_FIRST}", "(SELECT dense AND NOT so FROM enough)", f"(SELECT {MAX_FOUND} - n FROM enough)")}
    UNION ALL
    (SELECT r.* FROM here CROSS JOIN (
         SELECT {columns}, r.place <-> here.point AS chord_m FROM here CROSS JOIN few r
         WHERE (SELECT NOT so AND NOT dense FROM enough) AND NOT (SELECT so FROM many)
     ) AS r WHERE {_NARROWED} ORDER BY chord_m, product_id LIMIT {MAX_FOUND})
    UNION ALL
    {_outwards(columns, "", "(SELECT so FROM many)")})
"""


def _any(columns: str) -> str:
    """As `_matching`, when nothing is said of the goods: what the nearest merchants sell, of the kinds that are asked for."""
    met = f"""
        SELECT {columns}, m.chord AS chord_m FROM here CROSS JOIN LATERAL (
            SELECT m.id, m.place <-> here.point AS chord FROM merchant m
            WHERE m.status = 'ACTIVE' AND ($4::text IS NULL OR m.kind = ANY (string_to_array($4, ' '))) AND $5::text IS NULL
            AND m.place <-> here.point <= here.reach AND (NOT $6 OR (SELECT {OPEN} FROM merchant_open o WHERE o.merchant_id = m.id))
            AND ($11::text[] IS NULL OR {SERVED.format(chord="(m.place <-> here.point)")})
            ORDER BY m.place <-> here.point, m.id LIMIT {_MERCHANTS}
        ) AS m CROSS JOIN LATERAL (
            SELECT * FROM search_row r WHERE r.merchant_id = m.id AND r.for_sale ORDER BY r.product_id LIMIT {_LOOKED_THROUGH}
        ) AS r"""
    return f"{_HERE}, near AS MATERIALIZED {_narrowed(met)}"


# Goods that are sold out are worth half, and at ten kilometres everything is.
_SCORE = """
(CASE WHEN $15::text IS NULL THEN 1 ELSE
    2 * ts_rank('{0.05,0.2,0.4,1.0}', n.document, $15::tsquery) + ts_rank('{0.05,0.2,0.4,1.0}', n.document, $16::tsquery) END)
* CASE WHEN n.in_stock THEN 1 ELSE 0.5 END / CASE WHEN $17::boolean THEN 1 + n.chord_m / 10000 ELSE 1 END
"""
_KEYS: Final = {
    ProductOrder.RELEVANCE: f"-({_SCORE})",
    ProductOrder.DISTANCE: "n.chord_m",
    ProductOrder.PRICE: "coalesce(n.unit_price, 1e15)",
    ProductOrder.NEWEST: "-extract(epoch FROM n.listed_at)",
}


_COLUMNS: Final = "r.product_id, r.merchant_id, r.category_code, r.kind, r.in_stock, r.unit_price, r.listed_at, r.halal"
_Near = Callable[[str], str]


def _counted(bands: str, priced: str) -> str:
    """A common table expression, of `near`: how many are alike, as a list of Group. A facet is a column here and a field there."""
    return f"""
    counted AS (
        SELECT coalesce(json_agg(of_kind), '[]')::text AS groups FROM (
            SELECT category, kind, open_now, in_stock, band, priced, halal, marks, count(*) AS count FROM (
                SELECT n.category_code AS category, n.kind, n.in_stock, n.halal,
                    CASE WHEN (SELECT EXISTS (SELECT FROM attribute)) THEN (
                        SELECT CASE WHEN r.document @@ $$'=':*$$::tsquery THEN ARRAY(
                            SELECT each FROM unnest(tsvector_to_array(r.document)) AS each WHERE each ^@ '=') ELSE '{{}}' END
                        FROM search_row r WHERE r.product_id = n.product_id) ELSE '{{}}' END AS marks,
                    coalesce(width_bucket(n.unit_price, {bands}::bigint[]), 0) AS band,
                    coalesce((SELECT {OPEN} FROM merchant_open o WHERE o.merchant_id = n.merchant_id), false) AS open_now,
                    {priced} AS priced
                FROM here CROSS JOIN near n
            ) AS good GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ) AS of_kind)"""


def _page(order: ProductOrder, near: _Near, counting: bool) -> str:
    # Arguments are named once more: every order is asked with the same, and with as many whether it is counted.
    columns = f"{_COLUMNS}, r.document" if order is ProductOrder.RELEVANCE else _COLUMNS
    counted = _counted("$18", "true") if counting else "counted AS (SELECT NULL::text AS groups)"
    return f"""
    WITH {near(columns)}, {counted}, page AS (
        SELECT row_number() OVER (ORDER BY key, product_id) AS n, * FROM (
            SELECT * FROM (SELECT n.product_id, ({_KEYS[order]})::float8 AS key, n.chord_m FROM near n) AS keyed
            WHERE ($12::float8 IS NULL OR (key, product_id) > ($12, $13::uuid))
            AND ($15::text IS NULL OR true) AND ($16::text IS NULL OR true) AND ($17::boolean OR true) AND ($18::bigint[] IS NULL OR true)
            ORDER BY key, product_id LIMIT $14
        ) AS nearest)
    SELECT {PRODUCT_COLUMNS}, page.key, metres_of_chord(page.chord_m) AS distance_m,
           CASE WHEN page.n IS NULL OR page.n = 1 THEN counted.groups END AS groups
    FROM counted LEFT JOIN (page JOIN product p ON p.id = page.product_id JOIN category c ON c.code = p.category_code) ON true
    ORDER BY page.n"""


_PAGES: Final[dict[tuple[ProductOrder, _Near, bool], str]] = {
    (order, near, counting): _page(order, near, counting)
    for order in ProductOrder
    for near in (_matching, _any)
    for counting in (True, False)
}
_FACETS: Final[dict[_Near, str]] = {
    near: f"""WITH {near(_COLUMNS)}, {
        _counted("$12", "($13::bigint IS NULL OR n.unit_price >= $13) AND ($14::bigint IS NULL OR n.unit_price <= $14)")
    } SELECT groups FROM counted"""
    for near in (_matching, _any)
}


async def search(
    conn: Connection,
    wanted: Wanted | None,
    place: Place,
    by: Narrowing,
    order: ProductOrder,
    after: tuple[float, UUID] | None,
    limit: int,
    *,
    counting: bool = False,
) -> tuple[list[FoundView], list[Group] | None]:
    """For sale, ascending by (key, id). When it is to be counted and is narrowed by nothing, what `groups` tells comes with it."""
    key, last = after or (None, None)
    words = (wanted.exact, wanted.begun) if wanted else (None, None)
    near, asked = _asked(wanted, place, by)
    counting = counting and by == Narrowing()
    rows = await conn.fetch(
        _PAGES[order, near, counting], *asked, key, last, limit, *words, place.own, list(PRICE_BANDS)
    )
    found = [
        FoundView(product=product_of(row), key=row["key"], distance_m=row["distance_m"])
        for row in rows
        if row["id"] is not None
    ]
    return found, _GROUPS.decode(rows[0]["groups"]) if counting else None


async def groups(conn: Connection, wanted: Wanted | None, place: Place, by: Narrowing) -> list[Group]:
    """Of all that the words find, narrowed by nothing."""
    near, asked = _asked(wanted, place, Narrowing())
    return _GROUPS.decode(await conn.fetchval(_FACETS[near], *asked, list(PRICE_BANDS), by.price_from, by.price_to))


def _asked(wanted: Wanted | None, place: Place, by: Narrowing) -> tuple[_Near, tuple[object, ...]]:
    """How what is sorted and counted is found, and $1 to $11."""
    query = _query(wanted, by)
    said = (query, in_square(query)) if query else (by.kinds and " ".join(by.kinds), None)
    where = (place.point.lat, place.point.lng, float(place.radius_m))
    return (_matching if query else _any), (
        *where,
        *said,
        by.open_now,
        by.in_stock,
        by.price_from,
        by.price_to,
        by.halal,
        list(regency.kecamatan_around(place.point)) if place.served else None,
    )
